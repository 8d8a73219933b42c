"""What an expression gives: its type, the labels of its series, whether they count, and what they measure.

Everything is three-valued: what cannot be known is told as not known, and never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from dojoboards.expressions import arithmetic, functions
from dojoboards.expressions.labels import ANY, NONE, Labels
from dojoboards.expressions.measure import COUNT, RATIO, TRUTH, Measure
from dojoboards.expressions.nodes import (
    COMPARISONS,
    NO_MATCHING,
    SETS,
    Aggregation,
    Binary,
    Call,
    Expression,
    Negation,
    Node,
    Number,
    Paren,
    Selector,
    Subquery,
    Text,
    Variable,
    bare,
    variable,
)

Type = Literal["scalar", "vector", "matrix", "string", "unknown"]
Kind = Literal["counter", "gauge", "unknown"]


class Series(NamedTuple):
    """What is known of the series of a selector, or of those that an expression gives.

    Args:
        labels: Their labels, without the metric's name.
        kind: `counter` for what only grows until it starts anew, as `rate` wants it; `gauge` for everything else,
            sums of counters and rates included; `unknown` where a catalogue does not say.
        measure: What their numbers measure; None where it is not known.
        buckets: Whether they are the buckets of a classic histogram, or rates or sums of these, with the label `le`;
            None where it is not known.
        bound: What `le` measures, for `histogram_quantile`.
    """

    labels: Labels = ANY
    kind: Kind = "unknown"
    measure: Measure | None = None
    buckets: bool | None = None
    bound: Measure | None = None


UNKNOWN = Series()
"""Nothing is known."""

LookUp = Callable[[Selector], Series]
"""Tells what is known of the series of a selector; `UNKNOWN` where that is nothing. It calls `selected`."""


class Result(NamedTuple):
    """What a part of an expression gives.

    Args:
        type: `vector` for a value of each series, `matrix` for a range of them, `scalar`, `string`; `unknown` for a
            variable that stands alone.
        series: What is known of the series; a scalar has no labels.
        filters: Whether it is a condition: a comparison without `bool`, or `and`, `or`, `unless`.
    """

    type: Type
    series: Series
    filters: bool = False

    @property
    def labels(self) -> Labels:
        """The labels of each series."""
        return self.series.labels

    @property
    def measure(self) -> Measure | None:
        """What the numbers measure."""
        return self.series.measure


Results = Mapping[Node, Result]

_NOTHING = Result("unknown", UNKNOWN)


def results(expression: Expression, look_up: LookUp) -> Results:
    """Return what each part of an expression gives.

    Where a variable stands for a function or an operator, nothing is known of any part.
    """
    if expression.vague:
        return dict.fromkeys(expression.nodes, _NOTHING)
    found: dict[Node, Result] = {}
    for node in reversed(expression.nodes):  # what is in a part comes after it
        found[node] = _result(node, found, look_up)
    return found


def result(expression: Expression, look_up: LookUp) -> Result:
    """Return what the whole expression gives."""
    return results(expression, look_up)[expression.root]


def _result(node: Node, found: Mapping[Node, Result], look_up: LookUp) -> Result:
    match node:
        case Selector():
            return Result("matrix" if node.range else "vector", look_up(node))
        case Call():
            return _called(node, found)
        case Aggregation():
            return Result("vector", _aggregated(node, found[node.inner].series))
        case Binary():
            return _combined(node, found[node.left], found[node.right])
        case Number():
            return Result("scalar", Series(NONE, "gauge"))
        case Text():
            return Result("string", Series(NONE))
        case Variable():
            return _NOTHING
        case Paren():
            return found[node.inner]
        case Negation():
            inner = found[node.inner]
            return inner._replace(series=inner.series._replace(kind=_lost(inner.series.kind)))
        case Subquery():
            return found[node.inner]._replace(type="matrix", filters=False)


def _lost(kind: Kind) -> Kind:
    """Return the kind of what is made of series of *kind*, where it is no counter any more."""
    return "unknown" if kind == "unknown" else "gauge"


def selected(selector: Selector, series: Series) -> Series:
    """Return what is known of *series* that a selector finds: that they have the labels that it asks for, besides."""
    sure = {matcher.name for matcher in selector.matchers if matcher.accepts("") is False}
    gone = {matcher.name for matcher in selector.matchers if matcher.operator == "=" and not matcher.value}
    labels = series.labels
    if present := [name for name in sure - {"__name__"} if labels.has(name) is None]:
        labels = labels.plus(present)
    if gone:
        labels = labels.without(gone)
    return series if labels is series.labels else series._replace(labels=labels)


# Aggregations


def _aggregated(node: Aggregation, inner: Series) -> Series:
    if node.operation in functions.PICKING:
        return inner
    labels = NONE
    if node.by is not None:
        labels = inner.labels.only(node.by)
    elif node.without is not None:
        labels = inner.labels.without(node.without)
    if node.operation == "count_values" and isinstance(name := bare(node.parameter or node), Text):
        labels = ANY if variable(name.value) else labels.plus([name.value])
    kind = "gauge" if node.operation in functions.COUNTING else _lost(inner.kind)
    buckets = inner.buckets
    if labels.has("le") is False or node.operation in functions.COUNTING:
        buckets = False
    elif buckets and node.operation != "sum":
        buckets = None
    return Series(labels, kind, _measured(node.operation, inner.measure), buckets, inner.bound if buckets else None)


def _measured(operation: str, inner: Measure | None) -> Measure | None:
    if operation in functions.COUNTING:
        return COUNT if operation in ("count", "count_values") else None
    if operation == "stdvar":
        return None
    if inner == TRUTH:
        return {"sum": COUNT, "avg": RATIO}.get(operation, TRUTH)
    return inner


# Functions


def _called(node: Call, found: Mapping[Node, Result]) -> Result:
    function = functions.FUNCTIONS.get(node.function)
    main = _main(node, found)
    if node.function in ("absent", "absent_over_time"):
        return Result("vector", Series(_asked(node.arguments[0]), "gauge", TRUTH, buckets=False))
    if node.function == "scalar":
        return Result("scalar", main._replace(labels=NONE, kind=_lost(main.kind)))
    if function is None:
        return Result("vector", Series(main.labels))
    labels = main.labels
    if node.function == "label_replace":
        labels = _replaced(node, labels)
    elif node.function == "label_join":
        labels = _joined(node, labels)
    elif node.function in ("histogram_quantile", "histogram_fraction"):
        return Result("vector", _quantile(node.function, main))
    elif function.labels == "none" or not node.arguments:
        labels = NONE
    elif function.labels == "any":
        labels = ANY._replace(certain=labels.certain)
    kind = main.kind if function.keeps_kind else "gauge"
    buckets = main.buckets if function.keeps_buckets else False
    bound = main.bound if buckets else None
    return Result(function.type, Series(labels, kind, function.measure(main.measure), buckets, bound))


def _main(node: Call, found: Mapping[Node, Result]) -> Series:
    """Return what the argument that has series gives; nothing where there is none."""
    for argument in node.arguments:
        if (given := found[argument]).type in ("vector", "matrix", "unknown"):
            return given.series
    first = found[node.arguments[0]].series if node.arguments else Series(NONE)
    return first._replace(labels=NONE)


def _asked(argument: Node) -> Labels:
    """Return the labels of what `absent` gives: those that a selector asks to be equal, each once."""
    inner = bare(argument)
    while isinstance(inner, Subquery):
        inner = bare(inner.inner)
    if not isinstance(inner, Selector):
        return ANY if isinstance(inner, Variable) else NONE
    names = [matcher.name for matcher in inner.matchers if matcher.name != "__name__"]
    equal = [matcher.name for matcher in inner.matchers if matcher.operator == "=" and matcher.value]
    return NONE.plus(name for name in equal if names.count(name) == 1)


def _texts(node: Call) -> list[str | None]:
    return [text.value if isinstance(text := bare(each), Text) else None for each in node.arguments]


def _replaced(node: Call, labels: Labels) -> Labels:
    _, target, replacement, _, pattern = _texts(node)
    if target is None or replacement is None or variable(target):
        return ANY
    if replacement and "$" not in replacement and pattern in (".*", "(.*)"):
        return labels.plus([target])
    if replacement and labels.has(target) and "$" not in replacement:
        return labels
    return labels.perhaps([target])


def _joined(node: Call, labels: Labels) -> Labels:
    _, target, separator, *sources = _texts(node)
    if target is None or variable(target) or None in sources:
        return ANY
    names = [source for source in sources if source is not None]
    if any(labels.has(name) for name in names) or (separator and len(names) > 1):
        return labels.plus([target])
    return labels.perhaps([target])


def _quantile(function: str, buckets: Series) -> Series:
    measured = buckets.bound if function == "histogram_quantile" else RATIO
    return Series(buckets.labels.without(["le"]), "gauge", measured, buckets=False)


# Operators


def _combined(node: Binary, left: Result, right: Result) -> Result:
    filters = node.operator in SETS or (node.operator in COMPARISONS and not node.bool)
    if "unknown" in (left.type, right.type):
        return _with_variable(node, left, right, filters)
    kind = _kind(node, left, right)
    measured = arithmetic.measured(node, left.measure, right.measure, scalar_left=left.type == "scalar")
    if left.type == right.type == "scalar":
        return Result("scalar", Series(NONE, "gauge", measured, buckets=False))
    buckets = False if node.bool else _buckets(node, left, right)
    bound = (left if left.type == "vector" else right).series.bound if buckets else None
    if "scalar" in (left.type, right.type):
        labels = right.labels if left.type == "scalar" else left.labels
    else:
        labels = _matched(node, left.labels, right.labels)
    return Result("vector", Series(labels, kind, measured, buckets, bound), filters)


def _with_variable(node: Binary, left: Result, right: Result, filters: bool) -> Result:
    """Return what is known with a variable on one side, which may be a number or a metric."""
    known = right if left.type == "unknown" else left
    if left.type == right.type or known.type == "scalar":
        return _NOTHING._replace(filters=filters)
    measured = known.measure if filters else TRUTH if node.bool else None
    # A number leaves the labels as they are, and so does a metric, whose labels must be the same ones.
    keeps = known is left or node.operator not in SETS
    labels = known.labels if keeps and node.operator != "or" and node.matching == NO_MATCHING else ANY
    return Result("vector", Series(labels, "unknown", measured), filters)


def _matched(node: Binary, left: Labels, right: Labels) -> Labels:
    """Return the labels of what two vectors give together."""
    matching = node.matching
    if node.operator in ("and", "unless"):
        return left
    if node.operator == "or":
        return left.joined(right)
    if matching.many:
        many, one = (left, right) if matching.many == "left" else (right, left)
        for name in matching.include:
            if variable(name):
                return Labels(many.certain & frozenset(matching.labels if matching.on else ()), None)
            has = one.has(name)
            many = many.plus([name]) if has else many.without([name]) if has is False else many.perhaps([name])
        return many
    if matching.on:
        return left.only(matching.labels)
    kept = left.without(matching.labels)
    # What one side surely has, the other has too, or there is no result.
    both = (right.certain - set(matching.labels)) - kept.certain
    return kept.plus(name for name in both if kept.has(name) is None) if both else kept


def _kind(node: Binary, left: Result, right: Result) -> Kind:
    kinds = {left.series.kind, right.series.kind}
    if node.operator in SETS or (node.operator in COMPARISONS and not node.bool):
        side = right if left.type == "scalar" else left
        return side.series.kind if node.operator != "or" or len(kinds) == 1 else "unknown"
    if node.operator in ("*", "/") and right.type == "scalar":
        return left.series.kind
    if node.operator == "*" and left.type == "scalar":
        return right.series.kind
    return "unknown" if "unknown" in kinds else "gauge"


def _buckets(node: Binary, left: Result, right: Result) -> bool | None:
    sides = [side.series.buckets for side in (left, right) if side.type == "vector"]
    if node.operator in ("and", "unless") or (node.operator in COMPARISONS and len(sides) == 2):  # noqa: PLR2004
        return sides[0]
    return sides[0] if len(set(sides)) == 1 else None
