"""Checks: pure functions that judge the model and the artifacts. The docstring of a check is its documentation.

A check judges one kind of thing and yields findings:

    @check("alert/severity", on=Alert)
    def severity(alert: Alert, project: Project) -> Iterator[Finding]:
        ...

On `Project` it is called once; on a declaration (`Alert`, `RecordingRule`, `RuleGroup`, `Route`, `Receiver`,
`ScrapeJob`, `Folder`, ...) once for each; on `Artifacts` once, with all artifacts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dojoboards.artifact import Artifact
from dojoboards.errors import Problem
from dojoboards.lint import access, notify, routing, rules, scrape
from dojoboards.lint.registry import CHECKS, Artifacts, Check, Finding, check_project
from dojoboards.model import Project

__all__ = ["CHECKS", "Artifacts", "Check", "Finding", "access", "check", "notify", "routing", "rules", "scrape"]
# The modules are exported because to import one is to register its checks.


def check(project: Project, artifacts: Sequence[Artifact]) -> Iterator[Problem]:
    """Yield every finding of every check about *project* and its *artifacts* as a problem."""
    return check_project(project, Artifacts(artifacts))
