"""What many things have in common is told once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dojoboards.report.differences.difference import Difference

_MANY = 4
"""From how many things on a difference that all of them have is told once."""

_NAMED = 3


def told_once(differences: Iterable[Difference], noun: str) -> Iterator[Difference]:
    """Yield *differences*, those that many things share only once, with the names of the first of them.

    Args:
        differences: Differences whose `where` begins with the thing they belong to.
        noun: What the things are, in the plural.
    """
    every = list(differences)
    things: dict[Difference, list[str]] = defaultdict(list)
    for difference in every:
        things[_of_any(difference)].append(difference.where[0])
    for difference in every:
        having = things[_of_any(difference)]
        if len(difference.where) == 1 or len(having) < _MANY:
            yield difference
        elif difference.where[0] == having[0]:
            note = f"{', '.join(having[:_NAMED])} and {len(having) - _NAMED} more"
            where = (f"{len(having)} {noun}", *difference.where[1:])
            yield replace(difference, where=where, note="; ".join(part for part in (difference.note, note) if part))


def _of_any(difference: Difference) -> Difference:
    return replace(difference, where=difference.where[1:])
