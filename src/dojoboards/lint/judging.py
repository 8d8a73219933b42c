"""What walks a project and calls the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from dojoboards.lint.registry import Artifacts, Check, Feature, Judgement, all_routes
from dojoboards.lint.things import Board, Query, things_of
from dojoboards.model import Project


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
    known: dict[tuple[type, frozenset[Feature] | None], list[Check]] = {}
    for thing in _things(project, artifacts, boards):
        key = kind, features = type(thing), _features(thing, project)
        if key not in known:
            known[key] = [entry for entry in chosen if issubclass(kind, entry.on) and _concerned(entry, features)]
        for entry in known[key]:
            try:
                for finding in entry.function(thing, project):
                    yield Judgement(entry, finding, finding.source or getattr(thing, "source", None))
            except Exception as error:
                if failed is None:
                    raise
                yield failed(entry, thing, error)


def _features(thing: object, project: Project) -> frozenset[Feature] | None:
    """Return what the expression has that is judged; None for anything else, and where that cannot be told."""
    if not isinstance(thing, Query):
        return None
    from dojoboards.lint.analysis import analysed  # a build judges no expressions, and need not load what knows them

    try:
        return analysed(thing, project).features
    except Exception:  # each check that looks at it fails by itself, and is told
        return None


def _concerned(check: Check, features: frozenset[Feature] | None) -> bool:
    return not check.where or features is None or not check.where.isdisjoint(features)


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
