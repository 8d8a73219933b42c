"""Several processes find what one finds, in the same order."""

import os
from collections.abc import Iterator

import pytest

from dojoboards.artifact import Artifact
from dojoboards.lint import BoardPanel, Check, Finding, Query, boards_of, own, sharing
from dojoboards.lint.every import CHECKS
from dojoboards.model import Alert, Project, RecordingRule
from support.lint import alert, at, board, group, job, panel, project, recording

Found = list[tuple[str, Finding, object]]


def shop() -> tuple[Project, list[Artifact]]:
    """A project with something wrong in rules, in dashboards and across both."""
    boards = [
        board(
            panel(f"rate(node_load1[{number}m])", title="Load" if number % 3 else ""),
            uid=f"u{number}",
            title=f"T{number % 90}",
        )
        for number in range(1, 121)
    ]
    rules: list[Alert | RecordingRule] = [
        alert(name="Unseen", expr="node_load15 > 1"),
        alert(name="Seen", expr="node_load1 > 1"),
        alert(name="Wrong", expr="node_load1 / count(up) > 1", source=at(3)),
        recording(record="job:nobody:asks"),
    ]
    return project(groups=[group(*rules)], scrape_jobs=[job()]), boards


def found(processes: int, monkeypatch: pytest.MonkeyPatch, *more: Check) -> Found:
    monkeypatch.setattr(sharing, "processors", lambda: processes)
    judged, artifacts = shop()
    boards = boards_of(artifacts, {})
    judgements = own.judgements(judged, artifacts, boards, checks=[*CHECKS.values(), *more])
    return [(one.check.id, one.finding, one.source) for one in judgements]


def test_two_processes_find_what_one_finds_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = found(1, monkeypatch)

    assert {"alert/shown", "recording/used", "dashboard/title", "panel/title", "function/gauge"} <= {
        id for id, _, _ in alone
    }
    assert found(2, monkeypatch) == alone
    assert found(3, monkeypatch) == alone


def test_a_check_that_fails_in_another_process_is_told_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def function(panel: BoardPanel, _: Project) -> Iterator[Finding]:
        yield from ()
        raise ValueError(panel.board)

    odd = Check("x/odd", BoardPanel, function, "info")
    alone = found(1, monkeypatch, odd)

    assert sum(id == "lint/crash" for id, _, _ in alone) == 120
    assert found(2, monkeypatch, odd) == alone


def test_a_process_that_is_killed_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = os.getpid()
    looked_at: list[str] = []

    def function(query: Query, _: Project) -> Iterator[Finding]:
        if os.getpid() != parent:
            os._exit(1)
        looked_at.append(query.expr)
        yield from ()

    odd = Check("x/odd", Query, function, "info")
    alone = found(1, monkeypatch, odd)
    before = len(looked_at)

    assert found(2, monkeypatch, odd) == alone
    assert len(looked_at) == 2 * before
