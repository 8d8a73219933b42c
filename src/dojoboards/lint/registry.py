"""The registry of checks and what walks the project for them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeVar

from dojoboards.artifact import Artifact
from dojoboards.errors import Problem, Source
from dojoboards.lint.things import Board, things_of
from dojoboards.model import Project, Route

Severity = Literal["info", "warning", "error"]
"""How grave a finding is. `error`: a server would refuse it, or take it for something else, so that a build refuses it.
`warning`: an alert would never fire, a panel would stay empty, someone would be misled. `info`: it could be better.
"""

SEVERITIES: Sequence[Severity] = ("info", "warning", "error")


class Edit(NamedTuple):
    """What mends a finding without a thought: a text as it is written, and as it is to be."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Args:
        message: What is wrong, in one sentence, naming the thing.
        fix: What to do about it; may be empty.
        source: The place, where it is not that of the thing that was judged.
        expr: The expression in which it stands, to be shown.
        span: Where in *expr* the offending part stands: the first character and the one behind the last.
        edit: What `lint --fix` does about it, where that needs no decision and changes no meaning.
    """

    message: str
    fix: str = ""
    source: Source | None = None
    expr: str = ""
    span: tuple[int, int] | None = None
    edit: Edit | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A finding with the check that made it and the place where it is."""

    check: Check
    finding: Finding
    source: Source | None

    @property
    def problem(self) -> Problem:
        """The same as what a build refuses."""
        return Problem(self.finding.message, self.source, self.finding.fix)


@dataclass(frozen=True, slots=True)
class Artifacts:
    """All artifacts of a project, for checks across them."""

    all: Sequence[Artifact]

    def find(self, kind: str, key: str) -> Artifact | None:
        """Return the artifact of this kind and key."""
        return next((artifact for artifact in self.all if artifact.kind == kind and artifact.key == key), None)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its id (`area/thing`), the type it judges, and the function whose docstring documents it.

    Args:
        id: Its id.
        on: The type of what it judges.
        function: Yields what it finds about one thing of a project.
        severity: How grave all its findings are.
    """

    id: str
    on: type
    function: Callable[[Any, Project], Iterator[Finding]]
    severity: Severity = "error"


F = TypeVar("F", bound=Callable[[Any, Project], Iterator[Finding]])

CHECKS: dict[str, Check] = {}


def check(id: str, *, on: type, severity: Severity = "error") -> Callable[[F], F]:
    """Register the decorated function as the check *id* on things of the type *on*."""
    if id in CHECKS:
        raise ValueError(f"there are two checks {id!r}")

    def register(function: F) -> F:
        CHECKS[id] = Check(id, on, function, severity)
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


def judge(
    project: Project,
    artifacts: Artifacts,
    boards: Sequence[Board] | None,
    checks: Iterable[Check],
    failed: Callable[[Check, object, Exception], Judgement] | None = None,
) -> Iterator[Judgement]:
    """Yield what *checks* find, each with the place of the thing that was judged.

    Args:
        project: What is judged.
        artifacts: What it is built to.
        boards: Its dashboards taken apart, where the checks judge these.
        checks: Some of `CHECKS`.
        failed: Makes a judgement of a check, the thing it judged and the exception that it raised; without it, the
            exception is raised.
    """
    chosen = tuple(checks)
    known: dict[type, list[Check]] = {}
    for thing in _things(project, artifacts, boards):
        kind = type(thing)
        if kind not in known:
            known[kind] = [entry for entry in chosen if issubclass(kind, entry.on)]
        for entry in known[kind]:
            try:
                for finding in entry.function(thing, project):
                    yield Judgement(entry, finding, finding.source or getattr(thing, "source", None))
            except Exception as error:
                if failed is None:
                    raise
                yield failed(entry, thing, error)


def all_routes(routes: Sequence[Route]) -> Iterator[Route]:
    """Yield the routes and all that is below them."""
    for route in routes:
        yield route
        yield from all_routes(route.routes)


def _things(project: Project, artifacts: Artifacts, boards: Sequence[Board] | None) -> Iterator[object]:
    yield project
    yield artifacts
    if boards is not None:
        yield from things_of(project, boards)
    for group in project.rule_groups:
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
