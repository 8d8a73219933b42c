"""What walks a project and calls the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from dojoboards.lint.registry import Artifacts, Check, Feature, Judgement, all_routes
from dojoboards.lint.things import Board, BoardPanel, Boards, Query, of_boards, of_rules
from dojoboards.model import Project

if TYPE_CHECKING:
    from dojoboards.lint.analysis import Analysis


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
    yield from judged(_things(project, artifacts, boards), project, checks, failed)


def judged(
    things: Iterable[object],
    project: Project,
    checks: Iterable[Check],
    failed: Callable[[Check, object, Exception], Judgement] | None = None,
) -> Iterator[Judgement]:
    """Yield what *checks* find about some of the *things* of a project, as `judge` does about all."""
    chosen = tuple(checks)
    known: dict[tuple[type, frozenset[Feature] | None], list[Check]] = {}
    again: dict[tuple[type, object], list[Check]] = {}
    for thing in things:
        kind, apart = type(thing), _taken_apart(thing, project)
        place = kind, apart.features if apart else None
        if place not in known:
            known[place] = [entry for entry in chosen if issubclass(kind, entry.on) and _concerned(entry, place[1])]
        entries = again.get((kind, apart), known[place])
        finding: list[Check] = []
        for entry in entries:
            try:
                for found in entry.function(thing, project):
                    finding.append(entry)
                    yield Judgement(entry, found, found.source or getattr(thing, "source", None))
            except Exception as error:
                if failed is None:
                    raise
                finding.append(entry)
                yield failed(entry, thing, error)
        if isinstance(thing, Query) and apart is not None and (kind, apart) not in again:
            again[kind, apart] = [entry for entry in entries if entry.on is not Query or entry in finding]


def _taken_apart(thing: object, project: Project) -> Analysis | BoardPanel | None:
    """Return what tells the features of what is judged; None where it has none, or that cannot be told."""
    if isinstance(thing, BoardPanel):
        return thing
    if not isinstance(thing, Query):
        return None
    from dojoboards.lint.analysis import analysed  # a build judges no expressions, and need not load what knows them

    try:
        return analysed(thing, project)
    except Exception:  # each check that looks at it fails by itself, and is told
        return None


def _concerned(check: Check, features: frozenset[Feature] | None) -> bool:
    return not check.where or features is None or not check.where.isdisjoint(features)


def _things(project: Project, artifacts: Artifacts, boards: Sequence[Board] | None) -> Iterator[object]:
    yield from of_the_whole(project, artifacts)
    if boards is not None:
        yield Boards(boards)
        yield from of_rules(project)
        yield from of_boards(boards)
    yield from of_the_rest(project)


def of_the_whole(project: Project, artifacts: Artifacts) -> Iterator[object]:
    """Yield what is judged first: the project, and all that it is built to."""
    yield project
    yield artifacts


def of_the_rest(project: Project) -> Iterator[object]:
    """Yield the declarations."""
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
