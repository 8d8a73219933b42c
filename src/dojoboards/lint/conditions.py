"""Checks of when an alert fires: conditions that are always or never true, turned around, or that flap."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TypeGuard

from dojoboards import promql
from dojoboards.expressions import (
    COMPARISONS,
    Aggregation,
    Binary,
    Call,
    Node,
    Number,
    Paren,
    Selector,
    bare,
    descend,
)
from dojoboards.expressions.functions import COUNTING, PICKING
from dojoboards.expressions.measure import TRUTH
from dojoboards.lint.analysis import Analysis, analysed, compared, conditions, constant, number, through
from dojoboards.lint.registry import Finding, check
from dojoboards.lint.things import AlertQuery, Query
from dojoboards.model import Project

_GOOD = re.compile(r"(?:^|_)(?:up|ok|success|successful|healthy|health_state|connected|ready)$")
"""Names of metrics that are 1 when all is well."""
_BAD = re.compile(r"(?:^|_)(?:errors?|failed|failure|readonly|down|unhealthy|corrupt)$")
"""Names of metrics that are 0 when all is well."""


@check("alert/condition", on=AlertQuery, severity="warning")
def condition(query: AlertQuery, project: Project) -> Iterator[Finding]:
    """An alert has a condition: a comparison, `absent`, or what another series decides.

    Without one it fires for every series, whatever its value.
    Bad: `rate(redis_evicted_keys_total[5m])`. Good: `rate(redis_evicted_keys_total[5m]) > 10`.
    """
    found = analysed(query, project)
    if found.root is None or not found.nodes or _decides(found, found.root):
        return
    if isinstance(found.root, Call) and found.root.function == "vector":
        return  # a dead man's switch
    if _with_bool(found.root) or _compares_constants(found.root):
        return  # told by another check
    message = f"{query.what} has no condition: it fires for every series that there is"
    yield found.finding(message, "compare it with a limit, such as `> 0`", found.root)


def _decides(found: Analysis, node: Node, through: frozenset[str] = frozenset()) -> bool:
    """Return whether a part gives less than there is, depending on values.

    Args:
        found: The whole.
        node: The part.
        through: The recorded series by which we came here: a rule may record what it reads.
    """
    match bare(node):
        case Binary(operator="or", left=left, right=right):
            return _decides(found, left, through) and _decides(found, right, through)
        case Binary(operator="and" | "unless"):
            return True
        case Binary() as operation if operation.operator in COMPARISONS:
            return not operation.bool
        case Binary(_, left, right):
            return _decides(found, left, through) or _decides(found, right, through)
        case Aggregation(inner=inner):
            return _decides(found, inner, through)
        case Call(function, arguments):
            return function.startswith("absent") or any(_decides(found, each, through) for each in arguments)
        case Selector() as selector:
            return selector.name.startswith("ALERTS") or _recorded_condition(found, selector.name, through)
        case _:
            return False


def _recorded_condition(found: Analysis, name: str, through: frozenset[str]) -> bool:
    for rule in found.known.recorded.get(name, ()) if name not in through else ():
        parsed = promql.parse(rule.expr, variables=False)
        if parsed and _decides(found, parsed.root, through | {name}):
            return True
    return False


@check("alert/constant", on=AlertQuery, where=COMPARISONS, severity="warning")
def constant_condition(query: AlertQuery, project: Project) -> Iterator[Finding]:
    """An alert depends on something that is measured.

    Bad: `vector(1) > 0`, which always fires; `vector(0) > 1`, which never does.
    Good: `up == 0`; `vector(1)` by itself for an alert that is to fire always, so that somebody misses it.
    """
    found = analysed(query, project)
    root = found.root
    if root is None or not _compares_constants(root):
        return
    left, right = constant(root.left), constant(root.right)
    if left is None or right is None:
        return
    always = root.bool or _holds(root.operator, left, right)
    message = f"{query.what} compares constants: it {'always' if always else 'never'} fires"
    yield found.finding(message, "compare something that is measured", root)


def _compares_constants(node: Node) -> TypeGuard[Binary]:
    if not isinstance(node, Binary) or node.operator not in COMPARISONS:
        return False
    return constant(node.left) is not None and constant(node.right) is not None


def _holds(operator: str, left: float, right: float) -> bool:
    return {
        "==": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[operator]


@check("alert/bool", on=AlertQuery, where=COMPARISONS, severity="warning")
def bool_condition(query: AlertQuery, project: Project) -> Iterator[Finding]:
    """An alert's comparison leaves out what does not hold; with `bool` it gives 0 instead, which fires too.

    Bad: `up == bool 0`. Good: `up == 0`.
    """
    found = analysed(query, project)
    node = _with_bool(found.root)
    if node is not None and not _compares_constants(node):
        message = f"{query.what} compares with `bool`: it always fires, with 0 or with 1"
        yield found.finding(message, "take `bool` away, or compare the result: (...) == 1", node, "operator")


def _with_bool(root: Node | None) -> Binary | None:
    """Return the comparison with `bool` that a part is, or aggregates."""
    node = root
    while isinstance(node, Aggregation | Paren):
        node = node.inner
    return node if isinstance(node, Binary) and node.bool else None


@check("comparison/nan", on=Query, where=COMPARISONS, severity="warning")
def nan(query: Query, project: Project) -> Iterator[Finding]:
    """Nothing equals NaN, not even NaN.

    Bad: `x == NaN`, which is never true. Good: `x != x`, which is true of NaN alone.
    """
    if "nan" not in query.expr.lower():
        return
    found = analysed(query, project)
    for node in found.binaries:
        if node.operator in COMPARISONS:
            for side in (node.left, node.right):
                if isinstance(inner := bare(side), Number) and math.isnan(inner.value):
                    always = "always" if node.operator == "!=" else "never"
                    message = f"{query.what}: a comparison with NaN is {always} true"
                    yield found.finding(message, "to find NaN, write `x != x`", side)


@check("comparison/impossible", on=Query, where=COMPARISONS, severity="warning")
def impossible(query: Query, project: Project) -> Iterator[Finding]:
    """A comparison can be true, and can be false.

    What is 0 or 1 is never 2; what counts is never below 0; where there is nothing, `count` gives nothing, not 0.
    Bad: `up > 1`, `count(up == 1) == 0`, `node_forks_total < 0`.
    Good: `up == 0`, `absent(up == 1)`, `(count(up == 1) or vector(0)) == 0`.
    """
    found = analysed(query, project)
    for comparison in found.comparisons:
        if found.gives(comparison.side).type != "vector":
            continue
        least, most, why = _bounds(found, comparison.side)
        if why and (told := _outcome(comparison.operator, comparison.number, least, most)):
            written = f"{comparison.node.operator} {number(comparison.number)}"
            message = f"{query.what}: `{written}` is {told} true, as {why}"
            yield found.finding(message, _possible(comparison.side), comparison.node, "operator")


def _bounds(found: Analysis, side: Node) -> tuple[float, float, str]:
    """Return the least and the most that a part can be, and why; nothing where that is not known."""
    inner = bare(side)
    if isinstance(inner, Aggregation) and inner.operation == "count":
        return 1, math.inf, "`count` of nothing gives nothing"
    while isinstance(inner, Aggregation) and inner.operation in ("max", "min", *PICKING):
        inner = bare(inner.inner)
    if isinstance(inner, Call) and inner.function.startswith("absent"):
        return 1, 1, f"`{inner.function}` gives 1 or nothing"
    if isinstance(inner, Call) and inner.function in ("rate", "increase", "irate", "resets", "changes"):
        return 0, math.inf, f"`{inner.function}` is never below 0"
    if not isinstance(inner, Selector) or not inner.name:
        return -math.inf, math.inf, ""
    given = found.gives(inner)
    if given.measure == TRUTH and _is_truth(found, inner.name):
        return (1, 1, "it is 1 or not there") if inner.name == "ALERTS" else (0, 1, f"{inner.name} is 0 or 1")
    if given.series.kind == "counter":
        return 0, math.inf, "a counter is never below 0"
    return -math.inf, math.inf, ""


def _is_truth(found: Analysis, name: str) -> bool:
    metric = found.known.metric(name)
    return metric is not None and not found.known.recorded.get(name) and (metric.unit == "bool" or name == "up")


def _outcome(operator: str, limit: float, least: float, most: float) -> str:
    """Return `always` or `never`, or nothing where both can be."""
    first, last = _holds(operator, least, limit), _holds(operator, most, limit)
    if operator in ("==", "!="):
        if limit < least or limit > most:
            return "never" if operator == "==" else "always"
        return ("always" if operator == "==" else "never") if least == most == limit else ""
    return "" if first != last else "always" if first else "never"


def _possible(side: Node) -> str:
    inner = bare(side)
    if isinstance(inner, Aggregation) and inner.operation == "count":
        return "ask for `absent(...)`, or give it a value: (count(...) or vector(0))"
    return "compare with what it can be"


@check("alert/upside-down", on=AlertQuery, where=COMPARISONS, severity="warning")
def upside_down(query: AlertQuery, project: Project) -> Iterator[Finding]:
    """An alert fires when something is wrong, not while all is well.

    Bad: `up == 1`, `node_filesystem_readonly == 0`. Good: `up == 0`, `node_filesystem_readonly == 1`.
    """
    found = analysed(query, project)
    if not isinstance(found.root, Binary):
        return
    comparison = compared(found.root)
    inner = comparison and through(comparison.side)
    if comparison is None or not isinstance(inner, Selector) or found.gives(inner).measure != TRUTH:
        return
    fires_on_one = _holds(comparison.operator, 1, comparison.number)
    fires_on_zero = _holds(comparison.operator, 0, comparison.number)
    if fires_on_one and not fires_on_zero and _GOOD.search(inner.name):
        message = f"{query.what} fires while {inner.name!r} is 1, which is when all is well"
        yield found.finding(message, "turn it around: `== 0`", found.root, "operator")
    elif fires_on_zero and not fires_on_one and _BAD.search(inner.name):
        message = f"{query.what} fires while {inner.name!r} is 0, which is when all is well"
        yield found.finding(message, "turn it around: `== 1`", found.root, "operator")


@check("alert/counter", on=AlertQuery, where=COMPARISONS, severity="warning")
def counter(query: AlertQuery, project: Project) -> Iterator[Finding]:
    """An alert compares how much a counter grew, not the counter.

    Once above its limit a counter stays there until its process begins anew: the alert never ends.
    Bad: `redis_evicted_keys_total > 100`. Good: `increase(redis_evicted_keys_total[5m]) > 100`.
    """
    found = analysed(query, project)
    if found.root is None:
        return
    for node in conditions(found.root):
        comparison = compared(node)
        inner = comparison and bare(comparison.side)
        while isinstance(inner, Aggregation) and inner.operation not in COUNTING:
            inner = bare(inner.inner)
        if isinstance(inner, Selector) and inner.name and found.gives(inner).series.kind == "counter":
            message = f"{query.what} compares the counter {inner.name!r} itself with a number"
            yield found.finding(message, f"compare increase({inner.name}[5m])", inner, "name")


@check("alert/counts-all", on=AlertQuery, where={"count"}, severity="warning")
def counts_all(query: AlertQuery, project: Project) -> Iterator[Finding]:
    """What is to count those that are up counts only these.

    `count` counts series, whatever their value: a target that is down too.
    Bad: `count(up{job="node"}) < 3`. Good: `count(up{job="node"} == 1) < 3`, `sum(up{job="node"}) < 3`.
    """
    found = analysed(query, project)
    if found.root is None:
        return
    for node in conditions(found.root):
        comparison = compared(node)
        inner = comparison and bare(comparison.side)
        if not (
            isinstance(inner, Aggregation) and inner.operation == "count" and isinstance(bare(inner.inner), Selector)
        ):
            continue
        selector = bare(inner.inner)
        if isinstance(selector, Selector) and _is_truth(found, selector.name) and selector.name != "ALERTS":
            message = f"{query.what} counts every {selector.name!r}, also those that are 0"
            yield found.finding(message, f"count({selector.name} == 1), or sum({selector.name})", inner, "name")


@check("alert/sampling", on=AlertQuery, where=PICKING, severity="warning")
def sampling(query: AlertQuery, project: Project) -> Iterator[Finding]:
    """An alert is about the same series from one evaluation to the next.

    `topk` and the like choose others each time: the alert ends and begins anew, and `for` never passes.
    Bad: `topk(3, node_load1) > 10`. Good: `node_load1 > 10`.
    """
    found = analysed(query, project)
    for node in found.aggregations:
        if node.operation in PICKING and not _around_all(found, node):
            message = f"{query.what} chooses its series by `{node.operation}`, which are others from time to time"
            yield found.finding(message, f"take `{node.operation}` away: compare all", node, "name")


def _around_all(found: Analysis, node: Aggregation) -> bool:
    """Return whether what is chosen is aggregated again, so that the labels of the alert stay the same."""
    for other in found.aggregations:
        if other is not node and other.operation not in PICKING and node in descend(other.inner):
            return True
    return False


@check("alert/irate", on=AlertQuery, where={"irate", "idelta"}, severity="info")
def irate(query: AlertQuery, project: Project) -> Iterator[Finding]:
    """An alert looks at all of a range; `irate` sees its last two samples only.

    A single calm scrape ends the alert, or keeps `for` from passing.
    Bad: `irate(redis_evicted_keys_total[5m]) > 10`. Good: `rate(redis_evicted_keys_total[5m]) > 10`.
    """
    found = analysed(query, project)
    for call in found.calls:
        if call.function in ("irate", "idelta"):
            instead = "rate" if call.function == "irate" else "delta"
            message = f"{query.what} rests on `{call.function}`, which sees two samples only"
            yield found.finding(message, f"use `{instead}`", call, "name")


@check("alert/absent-of-many", on=AlertQuery, where={"absent", "absent_over_time"}, severity="warning")
def absent_of_many(query: AlertQuery, project: Project) -> Iterator[Finding]:
    """`absent` asks for one thing: of several, it fires only when all of them are gone.

    Bad: `absent(up{job=~"node|nginx"})`. Good: `absent(up{job="node"})` and another alert for `nginx`.
    """
    found = analysed(query, project)
    for call in found.calls:
        if not call.function.startswith("absent") or not call.arguments:
            continue
        selector = bare(call.arguments[0])
        for matcher in selector.matchers if isinstance(selector, Selector) else ():
            if matcher.operator == "=~" and re.fullmatch(r"[\w.:/-]+(?:\|[\w.:/-]+)+", matcher.value):
                message = f"{query.what} fires only when all of {matcher.value} are gone"
                fix = f'ask for each by itself: {matcher.name}="{matcher.value.partition("|")[0]}"'
                yield found.finding(message, fix, selector, matcher.name)
