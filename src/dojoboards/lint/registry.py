"""The registry of checks and what walks the project for them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from dojoboards.artifact import Artifact
from dojoboards.errors import Problem, Source
from dojoboards.model import Project, Route


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Args:
        message: What is wrong, in one sentence, naming the thing.
        fix: What to do about it; may be empty.
        source: The place, where it is not that of the thing that was judged.
    """

    message: str
    fix: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Artifacts:
    """All artifacts of a project, for checks across them."""

    all: Sequence[Artifact]

    def find(self, kind: str, key: str) -> Artifact | None:
        """Return the artifact of this kind and key."""
        return next((artifact for artifact in self.all if artifact.kind == kind and artifact.key == key), None)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its id (`area/thing`), the type it judges, and the function whose docstring documents it."""

    id: str
    on: type
    function: Callable[[Any, Project], Iterator[Finding]]


F = TypeVar("F", bound=Callable[[Any, Project], Iterator[Finding]])

CHECKS: dict[str, Check] = {}


def check(id: str, *, on: type) -> Callable[[F], F]:
    """Register the decorated function as the check *id* on things of the type *on*."""
    if id in CHECKS:
        raise ValueError(f"there are two checks {id!r}")

    def register(function: F) -> F:
        CHECKS[id] = Check(id, on, function)
        return function

    return register


T = TypeVar("T")


def repeated(things: Iterable[T], key: Callable[[T], Hashable]) -> Iterator[tuple[T, T]]:
    """Yield each thing whose key an earlier one has, with the first that has it."""
    seen: dict[Hashable, T] = {}
    for thing in things:
        if (value := key(thing)) in seen:
            yield thing, seen[value]
        else:
            seen[value] = thing


def check_project(project: Project, artifacts: Artifacts) -> Iterator[Problem]:
    """Yield the findings of every check, each with the place of the thing that was judged."""
    known: dict[type, list[Check]] = {}
    for thing in _things(project, artifacts):
        kind = type(thing)
        if kind not in known:
            known[kind] = [entry for entry in CHECKS.values() if issubclass(kind, entry.on)]
        for entry in known[kind]:
            for finding in entry.function(thing, project):
                yield Problem(finding.message, finding.source or getattr(thing, "source", None), finding.fix)


def all_routes(routes: Sequence[Route]) -> Iterator[Route]:
    """Yield the routes and all that is below them."""
    for route in routes:
        yield route
        yield from all_routes(route.routes)


def _things(project: Project, artifacts: Artifacts) -> Iterator[object]:
    yield project
    yield artifacts
    for group in project.groups:
        yield group
        yield from group.rules
    for thing in (project.prometheus, project.alertmanager):
        if thing is not None:
            yield thing
    yield from project.scrape_jobs
    yield from all_routes(project.routes)
    yield from project.receivers
    yield from project.inhibitions
    yield from project.time_intervals
    yield from project.templates
    yield from project.folders
    yield from project.teams
    yield from project.data_sources
