"""Compile: one project in one environment to its artifacts, with every problem on the way. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from dojoboards import lint
from dojoboards.artifact import Artifact
from dojoboards.errors import DojoboardsError, Problem, Source
from dojoboards.lint import Board, boards_of
from dojoboards.model import Project
from dojoboards.render import RENDERERS
from dojoboards.render import dashboards as dashboard_renderer


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a project becomes: artifacts sorted by path, and the problems that were found."""

    artifacts: tuple[Artifact, ...]
    problems: tuple[Problem, ...]


def compile_project(project: Project, dashboards: Iterable[Artifact | Problem] | None = None) -> Compiled:
    """Render and check *project*; dashboards are read once and dropped as soon as their bytes are made.

    Args:
        project: What to compile.
        dashboards: What `rendered("dashboards", ...)` gave, where that has been done already.
    """
    shown = rendered("dashboards", project) if dashboards is None else list(dashboards)
    items: list[Artifact | Problem] = []
    for name in RENDERERS:
        items.extend(shown if name == "dashboards" else rendered(name, project))
    artifacts, problems = _sorted(items)
    problems.extend(lint.check(known(project, shown), artifacts))
    return Compiled(tuple(artifacts), DojoboardsError(problems).problems)


def rendered(name: str, project: Project) -> list[Artifact | Problem]:
    """Return what one renderer, a key of `RENDERERS`, makes of *project*, with every problem on the way."""
    return _collected(RENDERERS[name](project))


def known(project: Project, dashboards: Iterable[Artifact | Problem]) -> Project:
    """Return *project* as checks are to judge it: where a dashboard could not be made, none is told to be missing."""
    if any(isinstance(item, Problem) for item in dashboards):
        return replace(project, partial=project.partial | {"dashboards"})
    return project


def _collected(rendering: Iterator[Artifact | Problem]) -> list[Artifact | Problem]:
    items: list[Artifact | Problem] = []
    try:
        items.extend(rendering)
    except DojoboardsError as error:  # content that cannot be read, after all that could be
        items.extend(error.problems)
    return items


def _sorted(items: Sequence[Artifact | Problem]) -> tuple[list[Artifact], list[Problem]]:
    """Return the artifacts by path, and the problems."""
    artifacts = sorted((item for item in items if isinstance(item, Artifact)), key=lambda artifact: artifact.path)
    return artifacts, [item for item in items if isinstance(item, Problem)]


class Parts(NamedTuple):
    """What checks judge, and the problems on the way to it."""

    project: Project
    artifacts: list[Artifact]
    boards: list[Board]
    problems: list[Problem]


def parts(project: Project) -> Parts:
    """Render *project* without refusing anything, and take its dashboards apart, with the place of every panel."""
    made: dict[str, Mapping[int, Source]] = {}
    shown = _collected(dashboard_renderer.render(project, made))
    items: list[Artifact | Problem] = []
    for name in RENDERERS:
        items.extend(shown if name == "dashboards" else rendered(name, project))
    artifacts, problems = _sorted(items)
    return Parts(known(project, shown), artifacts, boards_of(artifacts, made), problems)
