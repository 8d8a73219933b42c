"""Which items of two lists are the same thing, and which of them left their order."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

_MOST_PAIRS = 250_000


@dataclass(frozen=True, slots=True)
class Matches:
    """Which items of two lists are the same thing.

    Args:
        pairs: Their positions in both lists, in the order of the second.
        removed: Positions of what is only in the first.
        added: Positions of what is only in the second.
    """

    pairs: Sequence[tuple[int, int]]
    removed: Sequence[int]
    added: Sequence[int]


def matched(before: Sequence[T], after: Sequence[T], *identities: Callable[[T], Hashable]) -> Matches:
    """Match the items of two lists by each of *identities* in turn; one that is None matches nothing.

    Of several items with one identity the first match the first.
    """
    pairs: list[tuple[int, int]] = []
    left, right = list(range(len(before))), list(range(len(after)))
    for identity in identities:
        if not left or not right:
            break
        waiting: dict[Hashable, deque[int]] = defaultdict(deque)
        for index in left:
            if (key := identity(before[index])) is not None:
                waiting[key].append(index)
        found = {
            index: waiting[key].popleft()
            for index in right
            if (key := identity(after[index])) is not None and waiting.get(key)
        }
        taken = set(found.values())
        pairs += ((old, new) for new, old in found.items())
        left = [index for index in left if index not in taken]
        right = [index for index in right if index not in found]
    return Matches(sorted(pairs, key=lambda both: both[1]), left, right)


def out_of_order(positions: Sequence[int]) -> set[int]:
    """Return the fewest of *positions* without which the rest ascends."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for index, position in enumerate(positions):
        length = bisect_left(ends, position)
        ends[length : length + 1] = [position]
        at[length : length + 1] = [index]
        before.append(at[length - 1] if length else -1)
    kept: set[int] = set()
    index = at[-1] if at else -1
    while index >= 0:
        kept.add(positions[index])
        index = before[index]
    return set(positions) - kept


def changed_runs(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[tuple[range, range]]:
    """Yield the runs of positions in which two lists differ; one of the two is empty where items come or go.

    Long stretches that have little in common are one run: to look closer would take too long.
    """
    start = _common_start(before, after)
    least = min(len(before), len(after)) - start
    end = min(least, _common_start(before[::-1], after[::-1]))
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    if len(old) * len(new) > _MOST_PAIRS:
        yield range(start, start + len(old)), range(start, start + len(new))
        return
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield range(start + i1, start + i2), range(start + j1, start + j2)


def _common_start(before: Sequence[Hashable], after: Sequence[Hashable]) -> int:
    pairs = enumerate(zip(before, after, strict=False))
    return next((index for index, (one, other) in pairs if one != other), min(len(before), len(after)))
