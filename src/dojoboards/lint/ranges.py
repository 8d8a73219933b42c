"""Checks of limits that what is calculated can never reach, and of conditions that exclude each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from dojoboards.expressions import (
    COMPARISONS,
    Aggregation,
    Binary,
    Call,
    Negation,
    Node,
    Selector,
    bare,
    descend,
    span,
)
from dojoboards.expressions.measure import RATIO
from dojoboards.lint.analysis import Analysis, Comparison, analysed, compared, constant, number
from dojoboards.lint.registry import Finding, check
from dojoboards.lint.things import Query
from dojoboards.model import Project

_SLACK = 1e-9
"""What calculating may add to a result."""
_IN_PERCENT = (5, 100)
"""From where to where a limit of a ratio looks like percent."""


class _Bounds(NamedTuple):
    """The least and the most that a value can be."""

    least: float
    most: float


_ANY = _Bounds(-math.inf, math.inf)
_NOT_BELOW_ZERO = _Bounds(0, math.inf)
_OF_FUNCTIONS = {
    **dict.fromkeys(
        ("rate", "irate", "increase", "resets", "changes", "count_over_time", "abs", "sqrt", "time"), _NOT_BELOW_ZERO
    ),
    **dict.fromkeys(("stddev_over_time", "stdvar_over_time"), _NOT_BELOW_ZERO),
    **dict.fromkeys(("absent", "absent_over_time", "present_over_time"), _Bounds(1, 1)),
    "sgn": _Bounds(-1, 1),
    "minute": _Bounds(0, 59),
    "hour": _Bounds(0, 23),
    "day_of_week": _Bounds(0, 6),
    "day_of_month": _Bounds(1, 31),
    "day_of_year": _Bounds(1, 366),
    "days_in_month": _Bounds(28, 31),
    "month": _Bounds(1, 12),
}
_OF_AGGREGATIONS = {
    "count": _Bounds(1, math.inf),
    "count_values": _Bounds(1, math.inf),
    "group": _Bounds(1, 1),
    "stddev": _NOT_BELOW_ZERO,
    "stdvar": _NOT_BELOW_ZERO,
}
_KEEPS = frozenset({"avg", "min", "max", "topk", "bottomk", "limitk", "limit_ratio"})
_KEEPS_CALLED = frozenset(
    {
        *("avg_over_time", "min_over_time", "max_over_time", "last_over_time", "sort", "sort_desc", "sort_by_label"),
        *("sort_by_label_desc", "label_replace", "label_join"),
    }
)


@check("comparison/range", on=Query, where=COMPARISONS, severity="warning")
def out_of_range(query: Query, project: Project) -> Iterator[Finding]:
    """A limit is within what is calculated.

    Of a whole no part is above 1, and 1 less a share is no more than 1: such an alert never fires.
    Bad: `1 - avg(rate(node_cpu_seconds_total{mode="idle"}[5m])) > 90`, `hour() > 24`, `x > 2000 < 1000`.
    Good: `1 - avg(rate(node_cpu_seconds_total{mode="idle"}[5m])) > 0.9`.
    """
    found = analysed(query, project)
    for comparison in found.comparisons:
        if _is_simple(comparison.side):
            continue  # told by `comparison/impossible`
        least, most = _bounds(found, comparison.side)
        if _reachable(comparison.operator, comparison.number, least - _SLACK, most + _SLACK):
            continue
        if not _is_told_in_percent(found, comparison):
            yield _finding(query, found, comparison, least, most)


def _is_simple(side: Node) -> bool:
    """Return whether nothing is calculated: a series, how much it grew, or how many there are."""
    inner = bare(side)
    while isinstance(inner, Aggregation) and inner.operation in _KEEPS - {"avg"}:
        inner = bare(inner.inner)
    if isinstance(inner, Call):
        return inner.function in ("rate", "irate", "increase", "resets", "changes", "absent", "absent_over_time")
    return isinstance(inner, Selector) or (isinstance(inner, Aggregation) and inner.operation == "count")


def _is_told_in_percent(found: Analysis, comparison: Comparison) -> bool:
    """Return whether `alert/limit` takes the limit for percent."""
    shares = (node for node in descend(comparison.side) if isinstance(node, Binary) and node.operator == "/")
    in_percent = _IN_PERCENT[0] <= abs(comparison.number) <= _IN_PERCENT[1]
    return in_percent and _is_ratio(found, comparison) and any(map(_is_share, shares))


def _is_ratio(found: Analysis, comparison: Comparison) -> bool:
    measure = found.gives(comparison.side).measure
    return measure is not None and measure.same(RATIO)


def _finding(query: Query, found: Analysis, comparison: Comparison, least: float, most: float) -> Finding:
    below = comparison.operator in ("<", "<=") or (comparison.operator == "==" and comparison.number < least)
    why = f"at least {number(least)}" if below else f"at most {number(most)}"
    written = f"{comparison.node.operator} {number(comparison.number)}"
    as_percent = _is_ratio(found, comparison) and most <= 1 and _IN_PERCENT[0] <= comparison.number <= _IN_PERCENT[1]
    fix = f"write {number(comparison.number / 100)}" if as_percent else "compare with what it can be"
    return found.finding(
        f"{query.what}: `{written}` is never true, as what is compared is {why}", fix, comparison.node, "operator"
    )


def _reachable(operator: str, limit: float, least: float, most: float) -> bool:
    """Return whether a comparison can be true of something between two bounds."""
    match operator:
        case ">":
            return most > limit
        case ">=":
            return most >= limit
        case "<":
            return least < limit
        case "<=":
            return least <= limit
        case "==":
            return least <= limit <= most
        case _:
            return not least == most == limit


def _bounds(found: Analysis, node: Node) -> _Bounds:
    """Return the least and the most that a part can be, as far as that is sure."""
    inner = bare(node)
    if (value := constant(inner)) is not None:
        return _Bounds(value, value) if math.isfinite(value) else _ANY
    match inner:
        case Selector(name="up"):
            return _Bounds(0, 1)
        case Selector():
            kind = found.gives(inner).series.kind
            return _NOT_BELOW_ZERO if kind == "counter" else _ANY
        case Negation(part):
            least, most = _bounds(found, part)
            return _Bounds(-most, -least)
        case Call(function, arguments):
            return _of_call(found, function, arguments)
        case Aggregation(operation, part):
            return _of_aggregation(_bounds(found, part), operation)
        case Binary():
            return _of_binary(found, inner)
        case _:
            return _ANY


def _of_call(found: Analysis, function: str, arguments: Sequence[Node]) -> _Bounds:
    if function in _OF_FUNCTIONS:
        return _OF_FUNCTIONS[function]
    if function in _KEEPS_CALLED and arguments:
        return _bounds(found, arguments[0])
    if function in ("clamp", "clamp_min", "clamp_max") and arguments:
        return _clamped(_bounds(found, arguments[0]), function, [constant(each) for each in arguments[1:]])
    return _ANY


def _clamped(given: _Bounds, function: str, limits: Sequence[float | None]) -> _Bounds:
    if None in limits or not limits:
        return _ANY
    numbers = [each for each in limits if each is not None and math.isfinite(each)]
    if len(numbers) < len(limits):
        return _ANY
    low = numbers[0] if function != "clamp_max" else -math.inf
    high = numbers[-1] if function != "clamp_min" else math.inf
    return _Bounds(min(max(given.least, low), high), max(min(given.most, high), low)) if low <= high else _ANY


def _of_aggregation(given: _Bounds, operation: str) -> _Bounds:
    if operation in _KEEPS:
        return given
    if operation == "sum":
        return _Bounds(given.least if given.least >= 0 else -math.inf, given.most if given.most <= 0 else math.inf)
    return _OF_AGGREGATIONS.get(operation, _ANY)


def _of_binary(found: Analysis, node: Binary) -> _Bounds:
    left, right = _bounds(found, node.left), _bounds(found, node.right)
    if node.bool:
        return _Bounds(0, 1)
    match node.operator:
        case "+":
            return _Bounds(left.least + right.least, left.most + right.most)
        case "-":
            return _Bounds(left.least - right.most, left.most - right.least)
        case "*":
            return _product(left, right)
        case "/":
            return _Bounds(0, 1) if _is_share(node) else _quotient(left, right)
        case "and" | "unless":
            return left
        case "or":
            return _Bounds(min(left.least, right.least), max(left.most, right.most))
        case operator if operator in COMPARISONS:
            return _filtered(left, operator, constant(node.right))
        case _:
            return _ANY


def _product(left: _Bounds, right: _Bounds) -> _Bounds:
    ends = [first * second if first and second else 0.0 for first in left for second in right]
    return _Bounds(min(ends), max(ends))


def _quotient(left: _Bounds, right: _Bounds) -> _Bounds:
    if right.least == right.most and right.least and math.isfinite(right.least):
        return _product(left, _Bounds(1 / right.least, 1 / right.least))
    return _NOT_BELOW_ZERO if left.least >= 0 and right.least >= 0 else _ANY


def _filtered(given: _Bounds, operator: str, limit: float | None) -> _Bounds:
    if limit is None or not math.isfinite(limit):
        return given
    if operator in (">", ">="):
        return _Bounds(max(given.least, limit), max(given.most, limit))
    if operator in ("<", "<="):
        return _Bounds(min(given.least, limit), min(given.most, limit))
    return _Bounds(limit, limit) if operator == "==" else given


def _is_share(node: Binary) -> bool:
    """Return whether a part of something is divided by all of it: sums of how much a counter grew."""
    part, whole = bare(node.left), bare(node.right)
    if not (isinstance(part, Aggregation) and isinstance(whole, Aggregation)):
        return False
    if {part.operation, whole.operation} != {"sum"} or node.matching.many or node.matching.labels:
        return False
    if (part.by, part.without) != (whole.by, whole.without):
        return False
    one, other = bare(part.inner), bare(whole.inner)
    if not (isinstance(one, Call) and isinstance(other, Call) and one.function == other.function):
        return False
    if one.function not in ("rate", "increase"):
        return False
    first, second = bare(one.arguments[0]), bare(other.arguments[0])
    if not (isinstance(first, Selector) and isinstance(second, Selector)):
        return False
    same = first.name == second.name and first.range == second.range and not (first.offset or second.offset)
    return bool(same and first.name and {*second.matchers} <= {*first.matchers})


# Conditions that exclude each other


@check("comparison/contradiction", on=Query, where={"and", "unless"}, severity="warning")
def contradiction(query: Query, project: Project) -> Iterator[Finding]:
    """What is asked of one value can be true at once.

    Bad: `node_load1 < 1 and node_load1 > 2`, `node_load1 > 2 unless node_load1 > 1`.
    Good: `node_load1 > 1 and node_load1 < 2`.
    """
    found = analysed(query, project)
    for node in found.binaries:
        if node.operator not in ("and", "unless") or node.matching.on or node.matching.labels:
            continue
        for one, other in combinations(_asked(found, node), 2):
            if one.of == other.of and not _together(one, other):
                message = f"{query.what}: `{one.written}` and `{other.written}` are never true together"
                yield found.finding(message, "turn one of them around, or take one away", node, "operator")
                break


class _Asked(NamedTuple):
    """What one side of `and` or `unless` asks of a value, which is told by its text."""

    of: str
    operator: str
    limit: float
    negated: bool
    written: str


def _asked(found: Analysis, node: Binary) -> Iterator[_Asked]:
    for side, negated in ((node.left, False), (node.right, node.operator == "unless")):
        inner = bare(side)
        if isinstance(inner, Binary) and inner.operator == "and" and not negated:
            if not (inner.matching.on or inner.matching.labels):
                yield from _asked(found, inner)
        elif isinstance(inner, Binary) and not inner.bool and (comparison := compared(inner)) is not None:
            of = _text(found, bare(comparison.side))
            if of and found.gives(comparison.side).type == "vector" and not math.isnan(comparison.number):
                negation = "unless " * negated
                written = f"{negation}{of} {comparison.operator} {number(comparison.number)}"
                yield _Asked(of, comparison.operator, comparison.number, negated, written)


def _text(found: Analysis, node: Node) -> str:
    place = span(found.expression, node) if found.expression else None
    return " ".join(found.expression.text[place.start : place.end].split()) if found.expression and place else ""


def _together(one: _Asked, other: _Asked) -> bool:
    """Return whether one value fits both."""
    ends = (one.limit, other.limit)
    tried = [*ends, min(ends) - 1, max(ends) + 1, sum(ends) / 2]
    return any(all(_fits(asked, value) for asked in (one, other)) for value in tried)


def _fits(asked: _Asked, value: float) -> bool:
    return _reachable(asked.operator, asked.limit, value, value) != asked.negated
