"""Judging a project with many dashboards in several processes. What is found comes in the same order as in one.

What looks at expressions takes nearly all of the time. The rules with all that depends on them are one part, stretches
of dashboards are the others, and each expression is taken apart in one process. Checks across dashboards come last, in
ours: what they ask of an expression is told by whoever took it apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import NamedTuple

from dojoboards.errors import Source
from dojoboards.lint.analysis import Asked, learn, selected
from dojoboards.lint.judging import judge, judged, of_the_rest, of_the_whole
from dojoboards.lint.registry import Artifacts, Check, Finding, Judgement
from dojoboards.lint.things import Board, Boards, Query, of_boards, of_rules
from dojoboards.model import Project
from dojoboards.workers import processors, shared

_WORTH_A_PROCESS = 50
"""How many dashboards are worth one more process."""
_PARTS = 8
"""Stretches of dashboards for each process, so that none waits for long for another."""

_Told = tuple[str, Finding, Source | None]
"""A judgement, with the id of its check: functions do not travel."""


class _Done(NamedTuple):
    """What was found in each stretch of things, and what their expressions select."""

    found: Sequence[Sequence[_Told]]
    selected: Mapping[Asked, frozenset[str] | None]


def judgements(
    project: Project,
    artifacts: Artifacts,
    boards: Sequence[Board],
    checks: Sequence[Check],
    failed: Callable[[Check, object, Exception], Judgement],
    known: Mapping[str, Check],
) -> list[Judgement]:
    """Return what *checks* find, as `judge` does.

    Args:
        project: What is judged.
        artifacts: What it is built to.
        boards: Its dashboards taken apart.
        checks: Some of `CHECKS`.
        failed: Makes a judgement of a check that raised an exception.
        known: The checks of all judgements, by their ids.
    """
    processes = min(processors(), len(boards) // _WORTH_A_PROCESS)
    if processes <= 1:
        return list(judge(project, artifacts, boards, checks, failed))

    def work(part: Sequence[Iterable[object]]) -> _Done:
        stretches = [list(things) for things in part]
        found = [[_told(one) for one in judged(things, project, checks, failed)] for things in stretches]
        return _Done(found, _selected(chain.from_iterable(stretches), project))

    size = -(-len(boards) // (_PARTS * processes))
    stretches = [boards[start : start + size] for start in range(0, len(boards), size)]
    rules = (of_the_whole(project, artifacts), of_rules(project), of_the_rest(project))
    first, *others = shared(work, [rules, *((of_boards(some),) for some in stretches)], processes)
    for done in (first, *others):
        learn(project, done.selected)
    whole, of_each_rule, rest = first.found
    across = map(_told, judged([Boards(boards)], project, checks, failed))
    told = chain(whole, across, of_each_rule, *(found for done in others for found in done.found), rest)
    return [Judgement(known[id], finding, source) for id, finding, source in told]


def _told(judgement: Judgement) -> _Told:
    return judgement.check.id, judgement.finding, judgement.source


def _selected(things: Iterable[object], project: Project) -> dict[Asked, frozenset[str] | None]:
    found: dict[Asked, frozenset[str] | None] = {}
    for query in things:
        if isinstance(query, Query):
            asked = Asked(query.expr, query.in_dashboard)
            with suppress(Exception):  # then each check that asks fails by itself, and is told
                found[asked] = selected(asked, project)
    return found
