"""Checks are called for what they may find something about, and for nothing else."""

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from dojoboards.lint import Artifacts, BoardPanel, Check, Finding, Judgement, Query, boards_of, judge
from dojoboards.lint.every import CHECKS
from dojoboards.lint.registry import Feature
from dojoboards.model import Project
from support.expressions import drawing, firing
from support.lint import Case, board, panel, project

TABLES = [importlib.import_module(f"lint.cases.{file.stem}") for file in (Path(__file__).parent / "cases").glob("*.py")]
CASES = [case for table in TABLES for case in (*table.BAD, *table.GOOD) if CHECKS[case.check].where]


def judged(case: Case, checks: Iterable[Check]) -> list[Judgement]:
    return list(judge(case.project, Artifacts(case.artifacts), boards_of(case.artifacts, {}), checks))


def looked_at(case: Case, *where: Feature) -> bool:
    """Whether a check on expressions with one of these features looks at the one of a case."""
    seen: list[str] = []

    def function(query: Query, _: Project) -> Iterator[Finding]:
        seen.append(query.expr)
        yield from ()

    judged(case, [Check("x/y", Query, function, "info", frozenset(where))])
    return "x == 1 or rate(y[5m])" in seen


def test_a_check_that_is_not_called_would_have_found_nothing() -> None:
    some = [check for check in CHECKS.values() if check.where]
    everywhere = [replace(check, where=frozenset()) for check in some]

    for case in CASES:
        found = [(one.check.id, one.finding) for one in judged(case, some)]
        assert found == [(one.check.id, one.finding) for one in judged(case, everywhere)]


def test_a_check_is_called_for_an_expression_that_has_one_of_its_features() -> None:
    for case in (firing("", "x == 1 or rate(y[5m])"), drawing("", "x == 1 or rate(y[5m])")):
        assert looked_at(case)
        assert looked_at(case, "rate")
        assert looked_at(case, "sum", "==")
        assert not looked_at(case, "sum", "irate")


def test_a_check_is_called_for_a_panel_that_has_one_of_its_features() -> None:
    seen: list[str] = []

    def function(panel: BoardPanel, _: Project) -> Iterator[Finding]:
        seen.append(panel.title)
        yield from ()

    asking = {"refId": "A", "expr": "up", "hide": False}
    given = Case(
        "",
        project(),
        artifacts=[
            board(panel(asking, title="Plain", links=[], fieldConfig={"overrides": []})),
            board(panel(asking, {**asking, "hide": True}, title="Hidden"), uid="other"),
            board(panel(title="Limited", fieldConfig={"defaults": {"min": 0}, "overrides": [{}]}), uid="third"),
        ],
    )
    for where in ({"hide"}, {"several"}, {"min"}, {"overrides"}, {"links"}, {"timeseries"}):
        judged(given, [Check("x/y", BoardPanel, function, "info", frozenset(where))])

    every = ["Plain", "Hidden", "Limited"]
    assert seen == ["Hidden", "Hidden", "Limited", "Limited", *every]
