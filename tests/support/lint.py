"""Small projects for the tests of checks, and what the checks say about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dojoboards import lint
from dojoboards.artifact import Artifact, json_bytes
from dojoboards.errors import Source
from dojoboards.lint import Artifacts, Board, BoardPanel, Boards, Query, boards_of, judge
from dojoboards.lint.every import CHECKS
from dojoboards.model import (
    Alert,
    Alertmanager,
    Environment,
    Project,
    Receiver,
    RecordingRule,
    RuleGroup,
    ScrapeJob,
)
from dojoboards.render import dashboards


class Case(NamedTuple):
    """A project, and every problem that is found in it, as a user sees it; a check's id where the case is bad."""

    check: str
    project: Project
    problems: Sequence[str] = ()
    artifacts: Sequence[Artifact] = ()


TAKEN_APART = (Board, BoardPanel, Boards, Query)
"""What there is of dashboards only where they are taken apart."""


def at(line: int) -> Source:
    return Source("content.py", line)


def project(**fields: Any) -> Project:
    return Project(**{"name": "shop", "environment": Environment(name="test"), **fields})


def alert(**fields: Any) -> Alert:
    given = {"name": "Down", "expr": "up == 0", "severity": "critical", "summary": "Down", "description": "It is down."}
    return Alert(**{**given, "source": at(2), **fields})


def recording(**fields: Any) -> RecordingRule:
    return RecordingRule(**{"record": "job:up:sum", "expr": "sum by (job) (up)", "source": at(2), **fields})


def group(*rules: Alert | RecordingRule, **fields: Any) -> RuleGroup:
    return RuleGroup(**{"name": "hosts", "rules": rules, "module": "system", "source": at(1), **fields})


def rules(*given: Alert | RecordingRule) -> Project:
    return project(groups=[group(*given)])


def job(**fields: Any) -> ScrapeJob:
    return ScrapeJob(**{"name": "node", "targets": ["node:9100"], "source": at(1), **fields})


def notified(*receivers: Receiver, **fields: Any) -> Project:
    """A project with an Alertmanager, whose receiver `default` exists."""
    given = {"alertmanager": alertmanager(), "receivers": [Receiver(name="default", source=at(2)), *receivers]}
    return project(**{**given, **fields})


def alertmanager(**fields: Any) -> Alertmanager:
    return Alertmanager(**{"receiver": "default", "source": at(1), **fields})


def board(*panels: Mapping[str, Any], **fields: Any) -> Artifact:
    """A dashboard as it is built."""
    document = {"uid": "shop", "title": "Shop", "panels": panels, **fields}
    path = f"grafana/dashboards/general/{document['uid']}.json"
    return Artifact("dashboard", document["uid"], path, json_bytes(document), at(1))


def panel(*queries: str | Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """A panel as it is built, with queries of Prometheus."""
    asked = [query if isinstance(query, Mapping) else target(query) for query in queries]
    lettered = [{"refId": letter, **query} for letter, query in zip("ABCDEFGHIJKLMNOPQ", asked, strict=False)]
    return {"id": 1, "type": "timeseries", "title": "CPU", **({"targets": lettered} if queries else {}), **fields}


def target(expr: str, legend: str = "", **fields: Any) -> dict[str, Any]:
    """A query of Prometheus as it is built."""
    source = {"type": "prometheus", "uid": "prometheus"}
    return {"datasource": source, "expr": expr, "legendFormat": legend, **fields}


def found(case: Case, only: str = "") -> list[str]:
    """Return what a build says about a project, or what one check says."""
    if not only:
        return [str(problem) for problem in lint.check(case.project, case.artifacts)]
    check, made = CHECKS[only], dict[str, Mapping[int, Source]]()
    rendered = [item for item in dashboards.render(case.project, made) if isinstance(item, Artifact)]
    artifacts = [*case.artifacts, *rendered]
    boards = boards_of(artifacts, made) if issubclass(check.on, TAKEN_APART) else None
    return [str(judgement.problem) for judgement in judge(case.project, Artifacts(artifacts), boards, [check])]


def refused(check: str) -> bool:
    """Whether a build refuses what a check finds."""
    return CHECKS[check].severity == "error" and not issubclass(CHECKS[check].on, TAKEN_APART)
