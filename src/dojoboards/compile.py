"""Compile: one project in one environment to its artifacts, with every problem on the way. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dojoboards import lint
from dojoboards.artifact import Artifact
from dojoboards.errors import DojoboardsError, Problem
from dojoboards.model import Project
from dojoboards.render import RENDERERS


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a project becomes: artifacts sorted by path, and the problems that were found."""

    artifacts: tuple[Artifact, ...]
    problems: tuple[Problem, ...]


def compile_project(project: Project) -> Compiled:
    """Render and check *project*; dashboards are read once and dropped as soon as their bytes are made."""
    artifacts: list[Artifact] = []
    problems: list[Problem] = []
    for render in RENDERERS.values():
        try:
            for item in render(project):
                if isinstance(item, Artifact):
                    artifacts.append(item)
                else:
                    problems.append(item)
        except DojoboardsError as error:  # content that cannot be read, after all that could be
            problems.extend(error.problems)
    artifacts.sort(key=lambda artifact: artifact.path)
    problems.extend(lint.check(project, artifacts))
    return Compiled(tuple(artifacts), DojoboardsError(problems).problems)
