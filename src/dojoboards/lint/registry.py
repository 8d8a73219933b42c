"""The registry of checks, and what they find."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, NamedTuple, TypeVar

from dojoboards.artifact import Artifact
from dojoboards.errors import Problem, Source
from dojoboards.model import Project, Route

Severity = Literal["info", "warning", "error"]
"""How grave a finding is. `error`: a server would refuse it, or take it for something else, so that a build refuses it.
`warning`: an alert would never fire, a panel would stay empty, someone would be misled. `info`: it could be better.
"""

SEVERITIES: Sequence[Severity] = ("info", "warning", "error")


Feature = str | type
"""What an expression may have: a function, an aggregation or an operator by its name, that of a matcher too; parts of a
class, such as `Subquery`; `Matching` of two sides that are series, or a `Measure` of each of two sides; a `Range` that
is written down, or the variable that says it; a `Miss` of a selector, or an `Exposed` that no catalogue lists.

What a panel may have: its type, and the keys of its JSON, of its defaults and of its queries.
"""


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
        on: The type of what it judges. One on `Query` judges an expression for itself, wherever it stands: where it
            finds nothing, it is not asked about the same expression at another place.
        function: Yields what it finds about one thing of a project.
        severity: How grave all its findings are.
        where: Of which features an expression or a panel has to have one, for a check on `Query` or `BoardPanel` to
            have anything to find; all are judged where it is empty.
    """

    id: str
    on: type
    function: Callable[[Any, Project], Iterator[Finding]]
    severity: Severity = "error"
    where: frozenset[Feature] = frozenset()


F = TypeVar("F", bound=Callable[[Any, Project], Iterator[Finding]])

CHECKS: dict[str, Check] = {}


def check(id: str, *, on: type, where: Iterable[Feature] = (), severity: Severity = "error") -> Callable[[F], F]:
    """Register the decorated function as the check *id* on things of the type *on*; see `Check`."""
    if id in CHECKS:
        raise ValueError(f"there are two checks {id!r}")

    def register(function: F) -> F:
        CHECKS[id] = Check(id, on, function, severity, frozenset(where))
        return function

    return register


T = TypeVar("T")
R = TypeVar("R")


def once(function: Callable[[T], R]) -> Callable[[T], R]:
    """Let *function* give the same answer when it is asked again for the same project, or whatever it is of.

    Only the last one is remembered: many checks ask for one project before the next.
    """
    last: list[tuple[weakref.ref[T], R]] = []

    @wraps(function)
    def answered(thing: T) -> R:
        if not last or last[0][0]() is not thing:
            last[:] = [(weakref.ref(thing), function(thing))]
        return last[0][1]

    return answered


def repeated(things: Iterable[T], key: Callable[[T], Hashable]) -> Iterator[tuple[T, T]]:
    """Yield each thing whose key an earlier one has, with the first that has it."""
    seen: dict[Hashable, T] = {}
    for thing in things:
        if (value := key(thing)) in seen:
            yield thing, seen[value]
        else:
            seen[value] = thing


def all_routes(routes: Sequence[Route]) -> Iterator[Route]:
    """Yield the routes and all that is below them."""
    for route in routes:
        yield route
        yield from all_routes(route.routes)
