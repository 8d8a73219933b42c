"""Findings that somebody decided to live with: which they are, and which of these decisions are of no use any more."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from dojoboards.lint import own
from dojoboards.lint.every import CHECKS
from dojoboards.lint.registry import Judgement
from dojoboards.model import Ignore

_QUOTED = re.compile(r"(?<!\w)(?:'([^']*)'|\"([^\"]*)\")(?!\w)")


class Sifted(NamedTuple):
    """Judgements that are told, those that are not, and what says so."""

    told: Sequence[Judgement]
    ignored: Sequence[Judgement]
    used: frozenset[Ignore]


def sifted(judgements: Iterable[Judgement], ignores: Iterable[Ignore], root: str = "") -> Sifted:
    """Return which judgements are told, and which are ignored.

    Args:
        judgements: What was found.
        ignores: What is to be ignored; those without a reason do not count.
        root: The project's directory: files are compared by their path below it.
    """
    by_check: dict[str, list[Ignore]] = {}
    for ignore in ignores:
        if ignore.reason.strip() and ignore.check in CHECKS:
            by_check.setdefault(ignore.check, []).append(ignore)
    told: list[Judgement] = []
    ignored: list[Judgement] = []
    used: set[Ignore] = set()
    for judgement in judgements:
        covering = [ignore for ignore in by_check.get(judgement.check.id, ()) if _covers(ignore, judgement, root)]
        used.update(covering)
        (ignored if covering else told).append(judgement)
    return Sifted(told, ignored, frozenset(used))


def _covers(ignore: Ignore, judgement: Judgement, root: str) -> bool:
    file, line = (judgement.source.file, judgement.source.line) if judgement.source else ("", 0)
    if ignore.file and ignore.file != file:
        return False
    if ignore.lines is not None and line not in ignore.lines:
        return False
    if not ignore.of:
        return True
    found = [file.removeprefix(f"{root}/") if root else file]
    found.extend(single or double for single, double in _QUOTED.findall(judgement.finding.message))
    return any(fnmatchcase(name, ignore.of) for name in found)


def wrong(ignores: Iterable[Ignore]) -> Iterator[Judgement]:
    """Yield what is wrong with what is to be ignored."""
    for ignore in ignores:
        yield from own.told(own.SUPPRESSION, ignore)


def stale(ignores: Iterable[Ignore], used: Collection[Ignore], ran: Collection[str]) -> Iterator[Judgement]:
    """Yield what is to be ignored and was not found anywhere.

    Args:
        ignores: What is to be ignored.
        used: What of it was found.
        ran: The ids of the checks that judged everything; of the others nothing is known.
    """
    for ignore in ignores:
        if ignore not in used and ignore.reason.strip() and ignore.check in ran:
            yield from own.told(own.STALE, ignore)
