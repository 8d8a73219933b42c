"""The comparison of any two values, and of lists whose items have names."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

from dojoboards import promql
from dojoboards.report.differences.difference import Difference, What
from dojoboards.report.differences.matching import changed_runs, matched, out_of_order
from dojoboards.report.differences.values import (
    ABSENT,
    LIMIT,
    NOT_SHOWN,
    Hidden,
    cut,
    frozen,
    name,
    pair,
    printable,
    same,
    shown,
)

Where = tuple[str, ...]
Each = Callable[[Where, Any, Any], Iterator[Difference]]

_EXPRESSIONS = frozenset({"expr", "expression"})


def compare(where: Where, before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Yield what differs between two plain values, each with the path of keys that leads to it.

    Args:
        where: What the values belong to.
        before: The former value, or `ABSENT`.
        after: The new value, or `ABSENT`.
        path: The keys that led to the values, with dots.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            below = f"{path}.{printable(key)}" if path else printable(key)
            yield from compare(where, before.get(key, ABSENT), after.get(key, ABSENT), below)
    elif isinstance(before, list) and isinstance(after, list):
        if not same(before, after):
            yield from _lists(where, before, after, path)
    elif not same(before, after):
        place = _at(where, path)
        if not (_is_expression(place) and same_expression(before, after)):
            yield leaf(place, before, after)


def _at(where: Where, path: str) -> Where:
    return ((*where, path) if path else where) or ("content",)


def leaf(where: Where, before: Any, after: Any, *, note: str = "") -> Difference:
    """Return the difference of two values that are shown as a whole; either may be `ABSENT`."""
    what: What = "added" if before is ABSENT else "removed" if after is ABSENT else "changed"
    if _is_expression(where):
        one, other = (None if value is ABSENT else value for value in (before, after))
        if isinstance(one, str | None) and isinstance(other, str | None):
            return expression(where, one, other, note=note)
    if what != "changed":
        value = after if before is ABSENT else before
        if isinstance(value, Hidden) and value.hint == NOT_SHOWN:
            return Difference(what=what, where=where, note=note, hidden=True)
        text = shown(value)
        return Difference(
            what=what,
            where=where,
            before=text if what == "removed" else None,
            after=text if what == "added" else None,
            note=note,
        )
    one, other = pair(before, after)
    if one == other:
        return Difference(what=what, where=where, note=note, hidden=True)
    return Difference(what=what, where=where, before=one, after=other, note=note)


def _is_expression(where: Where) -> bool:
    return bool(where) and where[-1].rpartition(".")[2] in _EXPRESSIONS


def expression(where: Where, before: str | None, after: str | None, *, note: str = "") -> Difference:
    """Return the difference of two expressions, which are shown whole; None where there is none."""
    what: What = "added" if before is None else "removed" if after is None else "changed"
    return Difference(what=what, where=where, before=_code(before), after=_code(after), code=True, note=note)


def _code(text: str | None) -> str | None:
    return None if text is None else printable(text.strip("\n"), lines=True)


def same_expression(one: Any, other: Any) -> bool:
    """Return whether two expressions mean the same, however they are formatted."""
    if not isinstance(one, str) or not isinstance(other, str):
        return same(one, other)
    return one == other or promql.canonical(one) == promql.canonical(other)


def friendly(where: Where, before: Any, after: Any, text_of: Callable[[Any], str | None]) -> Iterator[Difference]:
    """Yield the difference of two values as *text_of* shows them, or key by key where it cannot tell them apart."""
    if same(before, after):
        return
    one, other = (None if value is ABSENT else text_of(value) for value in (before, after))
    is_odd = (one is None and before is not ABSENT) or (other is None and after is not ABSENT)
    if is_odd or one == other:
        *outer, last = where
        yield from compare(tuple(outer), before, after, last)
        return
    what: What = "added" if one is None else "removed" if other is None else "changed"
    yield Difference(what=what, where=where, before=_short(one), after=_short(other))


def _short(text: str | None) -> str | None:
    return None if text is None else cut(printable(text), LIMIT)


def named(
    where: Where,
    noun: str,
    before: Any,
    after: Any,
    *,
    key: str,
    path: str,
    each: Each = compare,
    note: Callable[[Mapping[str, Any]], str] = lambda _: "",
    ordered: bool = False,
) -> Iterator[Difference]:
    """Yield what differs between two lists of mappings that have names.

    Args:
        where: What the lists belong to.
        noun: What one item is.
        before: The former list, or `ABSENT`.
        after: The new list, or `ABSENT`.
        key: Under which key an item has its name.
        path: Where the lists stand, for lists of another shape, which are compared like any value.
        each: Compares two items with one name.
        note: What is worth knowing of an item that comes or goes.
        ordered: Whether the order of the items means something.
    """
    one, other = ([] if value is ABSENT else value for value in (before, after))
    if not (_have(one, key) and _have(other, key)):
        yield from compare(where, before, after, path)
        return

    def identity(item: Any) -> Hashable:
        return frozen(item[key])

    def label(item: Any) -> Where:
        return (*where, f"{noun} {name(item[key])}")

    found = matched(one, other, identity)
    for old, new in found.pairs:
        yield from each(label(other[new]), one[old], other[new])
    for position in found.added:
        item = other[position]
        yield Difference(what="added", where=label(item), note=printable(note(item)))
    for position in found.removed:
        item = one[position]
        yield Difference(what="removed", where=label(item), note=printable(note(item)))
    if ordered and out_of_order([old for old, _ in found.pairs]):
        yield Difference(what="moved", where=(*where, f"{noun}s"), note="they are in another order")


def _have(items: Any, key: str) -> bool:
    return isinstance(items, list) and all(isinstance(item, dict) and item.get(key) is not None for item in items)


def _lists(where: Where, before: list[Any], after: list[Any], path: str) -> Iterator[Difference]:
    if not any(isinstance(item, dict | list) for item in (*before, *after)):
        yield from _scalars(_at(where, path), before, after)
        return
    if len(before) == len(after) == 1:
        yield from compare(where, before[0], after[0], path)
        return
    for number, (one, other) in _aligned(before, after):
        yield from compare(where, one, other, f"{path}[{number}]")


def _scalars(where: Where, before: list[Any], after: list[Any]) -> Iterator[Difference]:
    """Yield which items of a list of single values come and go."""
    old, new = Counter(frozen(item) for item in before), Counter(frozen(item) for item in after)
    gone, come = _only(before, old - new), _only(after, new - old)
    if not gone and not come:
        yield Difference(what="moved", where=where, before=shown(before), after=shown(after), note="in another order")
    elif len(gone) == len(come) == 1:
        yield leaf(where, gone[0], come[0])
    elif len(gone) == len(before) and before and after:
        yield leaf(where, before, after)
    else:
        if come:
            yield leaf(where, ABSENT, come[0] if len(come) == 1 else come)
        if gone:
            yield leaf(where, gone[0] if len(gone) == 1 else gone, ABSENT)


def _only(items: list[Any], counted: Counter[Hashable]) -> list[Any]:
    left = Counter(counted)
    found = []
    for item in items:
        key = frozen(item)
        if left[key] > 0:
            left[key] -= 1
            found.append(item)
    return found


def _aligned(before: list[Any], after: list[Any]) -> Iterator[tuple[int, tuple[Any, Any]]]:
    """Yield the items that differ, with their position, counted from 0: the new one, or the former of what is gone."""
    for old, new in changed_runs([frozen(item) for item in before], [frozen(item) for item in after]):
        for i, j in itertools.zip_longest(old, new):
            one, other = ABSENT if i is None else before[i], ABSENT if j is None else after[j]
            yield i if j is None else j, (one, other)
