"""Checks: pure functions that judge the model and the artifacts. The docstring of a check is its documentation.

A check judges one kind of thing and yields findings:

    @check("alert/severity", on=Alert)
    def severity(alert: Alert, project: Project) -> Iterator[Finding]:
        ...

On `Project` it is called once; on a declaration (`Alert`, `RecordingRule`, `RuleGroup`, `Route`, `Receiver`,
`ScrapeJob`, `Folder`, ...) once for each; on `Artifacts` once, with all artifacts.
On `Query` it is called once for each expression, wherever that stands; on `AlertQuery`, `PanelQuery` and the like for
those alone. What an expression must have for it to find anything is its `where`: `where={"rate", "irate"}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dojoboards.artifact import Artifact
from dojoboards.errors import Problem
from dojoboards.lint import access, literals, logs, notify, routing, rules, scrape
from dojoboards.lint.judging import judge
from dojoboards.lint.registry import CHECKS, Artifacts, Check, Finding, Judgement, Severity
from dojoboards.lint.things import Board, BoardPanel, Boards, Query, boards_of
from dojoboards.model import Project

__all__ = [
    "CHECKS",
    "Artifacts",
    "Board",
    "BoardPanel",
    "Boards",
    "Check",
    "Finding",
    "Judgement",
    "Query",
    "Severity",
    "access",
    "boards_of",
    "check",
    "judge",
    "literals",
    "logs",
    "notify",
    "routing",
    "rules",
    "scrape",
]
# To import a module of checks is to register them. These are what a build needs; `every` has the others.


def check(project: Project, artifacts: Sequence[Artifact]) -> Iterator[Problem]:
    """Yield what a build refuses: every finding that is an error, of the checks that need no dashboard taken apart."""
    checks = (
        entry
        for entry in CHECKS.values()
        if entry.severity == "error" and not issubclass(entry.on, Board | BoardPanel | Boards | Query)
    )
    for judgement in judge(project, Artifacts(artifacts), None, checks):
        yield judgement.problem
