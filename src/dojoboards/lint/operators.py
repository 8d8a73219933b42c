"""Checks of aggregations and of operators: labels that are still there, sides that find each other, divisions."""

from __future__ import annotations

from collections.abc import Iterator

from dojoboards.expressions import (
    COMPARISONS,
    SETS,
    Aggregation,
    Binary,
    Call,
    Labels,
    Matcher,
    Matching,
    Node,
    Paren,
    Selector,
    Subquery,
    bare,
    descend,
    unmatched,
    variable,
)
from dojoboards.expressions.functions import FUNCTIONS, PICKING
from dojoboards.lint.analysis import Analysis, analysed, constant, selectors
from dojoboards.lint.registry import Finding, check
from dojoboards.lint.things import Query, RecordingQuery
from dojoboards.model import Project

_GROWTH = frozenset({"rate", "irate", "increase"})
_SEVERAL = frozenset(
    {"cpu", "device", "mountpoint", "fstype", "le", "quantile", "datname", "collector", "interface", "mode"}
)
"""Labels that one target has several of, as exporters use them."""

_NO_LIMIT = ("_limit_bytes", "_max_bytes", "_quota")
"""Ends of the names of metrics that are 0 where there is no limit."""


@check("operator/label", on=Query, where={Aggregation}, severity="warning")
def lost_label(query: Query, project: Project) -> Iterator[Finding]:
    """What is grouped by a label still has it.

    A label that is misspelt, or that an aggregation inside has dropped, groups everything into one.
    Bad: `sum by (host) (sum by (job) (up))`, `sum by (mod) (rate(node_cpu_seconds_total[5m]))`.
    Good: `sum by (job) (up)`, `sum by (mode) (rate(node_cpu_seconds_total[5m]))`.
    """
    found = analysed(query, project)
    for node in found.aggregations:
        labels = found.gives(node.inner).labels
        for name in node.by or ():
            if not variable(name) and labels.has(name) is False:
                message = f"{query.what} aggregates by the label {name!r}, which {_why(found, node.inner, name)}"
                yield found.finding(message, _known(labels), node, name)


def _why(found: Analysis, inner: Node, name: str) -> str:
    """Say why a label is not there: whether it was, deeper inside."""
    for node in descend(inner):
        if isinstance(node, Aggregation) and found.gives(node.inner).labels.has(name) is not False:
            return f"the `{node.operation}` inside drops"
    return "none of the series has"


def _known(labels: Labels) -> str:
    if not labels.possible:
        return "no label is left there: keep it in the aggregation inside, or take it away"
    return f"known: {', '.join(sorted(labels.possible))}"


@check("operator/on", on=Query, where={Matching}, severity="warning")
def matched_label(query: Query, project: Project) -> Iterator[Finding]:
    """The labels of `on` are there on some side, and those of `group_left` and `group_right` on the side with one.

    Bad: `up * on (instance) group_left (nodname) node_uname_info`.
    Good: `up * on (instance) group_left (nodename) node_uname_info`.
    """
    found = analysed(query, project)
    for node in found.binaries:
        matching = node.matching
        left, right = found.gives(node.left), found.gives(node.right)
        if left.type != "vector" or right.type != "vector":
            continue
        for name in matching.labels if matching.on else ():
            if not variable(name) and left.labels.has(name) is right.labels.has(name) is False:
                message = f"{query.what} matches on the label {name!r}, which neither side of `{node.operator}` has"
                yield found.finding(message, _known(left.labels), node, name)
        one = right if matching.many == "left" else left
        for name in matching.include:
            if not variable(name) and one.labels.has(name) is False:
                message = f"{query.what} takes over the label {name!r}, which the other side has not"
                yield found.finding(message, _known(one.labels), node, name)


@check("operator/match", on=Query, where={Matching}, severity="warning")
def match(query: Query, project: Project) -> Iterator[Finding]:
    """The two sides of an operator can find each other.

    Series match where all their labels are equal, or those of `on`. Where one side has a label that the other has
    not, or never the same value, there is no result at all.
    Bad: `sum by (job) (up) / count(up)`, `node_load1 / redis_connected_clients`.
    Good: `sum by (job) (up) / on () group_left () count(up)`.
    """
    found = analysed(query, project)
    for node in found.binaries:
        left, right = found.gives(node.left), found.gives(node.right)
        if node.operator == "or" or left.type != "vector" or right.type != "vector":
            continue
        matching = node.matching
        result = "nothing is ever taken away" if node.operator == "unless" else "there is never a result"
        name = unmatched(left.labels, right.labels, on=matching.on, names=matching.labels)
        if name:
            side = "left" if left.labels.has(name) else "right"
            message = f"{query.what}: only the {side} side of `{node.operator}` has the label {name!r}, so {result}"
            yield found.finding(message, _bridged(node, left.labels, right.labels), node, "operator")
        elif differing := _differing(found, node):
            sides = f"both sides of `{node.operator}`"
            message = f"{query.what}: the label {differing!r} is never the same on {sides}, so {result}"
            fix = f"match without it: `{node.operator} ignoring ({differing})`, or `on (...)` with what is the same"
            yield found.finding(message, fix, node, "operator")


def _bridged(node: Binary, left: Labels, right: Labels) -> str:
    if node.matching.on:
        return "match on labels that both have, or keep it in the aggregation"
    common = ", ".join(sorted(left.certain & right.certain))
    many = "" if node.operator in SETS else " group_left ()" if left.certain > right.certain else ""
    many = " group_right ()" if node.operator not in SETS and right.certain > left.certain else many
    return f"match on what both have: `{node.operator} on ({common}){many}`, or aggregate both to the same labels"


def _differing(found: Analysis, node: Binary) -> str:
    """Return a label that is compared and of which the sides have no value in common."""
    matching = node.matching
    asked = [{(each.name, _equal(each)) for each in selectors(side)} for side in (node.left, node.right)]
    if asked[0] == asked[1]:
        return ""
    left, right = found.gives(node.left).labels, found.gives(node.right).labels
    labels = matching.labels if matching.on else (left.certain & right.certain) - set(matching.labels)
    for name in sorted(labels):
        if variable(name) or not (left.has(name) and right.has(name)):
            continue
        first, second = _values(found, node.left, name), _values(found, node.right, name)
        if first is not None and second is not None and not first & second:
            return name
    return ""


def _equal(selector: Selector) -> frozenset[Matcher]:
    return frozenset(matcher for matcher in selector.matchers if matcher.operator == "=")


def _values(found: Analysis, node: Node, label: str) -> frozenset[str] | None:
    """Return the values that a label can have in what a part gives; None where they are not known."""
    match bare(node):
        case Selector() as selector:
            return _selected(found, selector, label)
        case Subquery(inner) | Aggregation(inner=inner):
            return _values(found, inner, label)
        case Call(function, arguments) if (known := FUNCTIONS.get(function)) and known.labels == "same":
            if function in ("label_replace", "label_join"):
                return None
            series = [each for each in arguments if found.gives(each).type in ("vector", "matrix")]
            return _values(found, series[0], label) if len(series) == 1 else None
        case Binary(operator, left, right) if operator != "or":
            if found.gives(left).type == "scalar":
                return _values(found, right, label)
            return _values(found, left, label)
        case _:
            return None


def _selected(found: Analysis, selector: Selector, label: str) -> frozenset[str] | None:
    matchers = selector.on(label)
    equal = [matcher.value for matcher in matchers if matcher.operator == "=" and not variable(matcher.value)]
    if equal:
        return frozenset(equal[:1])
    values: set[str] = set()
    for name in selector.names or ():
        for part in found.known.exposures(name):
            known = part.labels.get(label).known
            if known is None:
                return None
            values |= known
    if not values or any(matcher.accepts(value) is None for matcher in matchers for value in values):
        return None
    return frozenset(value for value in values if all(matcher.accepts(value) for matcher in matchers))


@check("operator/several", on=Query, where={Matching}, severity="warning")
def several(query: Query, project: Project) -> Iterator[Finding]:
    """Where a side has several series for one of the other, `group_left` or `group_right` says so.

    Without it the whole query fails as soon as there are two.
    Bad: `node_filesystem_avail_bytes / on (instance) node_memory_MemTotal_bytes`.
    Good: `node_filesystem_avail_bytes / on (instance) group_left () node_memory_MemTotal_bytes`.
    """
    found = analysed(query, project)
    for node in found.binaries:
        matching = node.matching
        if node.operator in SETS or not (matching.on or matching.labels):
            continue
        if found.gives(node.left).type != "vector" or found.gives(node.right).type != "vector":
            continue
        for side, inner in (("left", node.left), ("right", node.right)):
            name = _several(found, inner, matching) if side != matching.many else ""
            if name:
                message = (
                    f"{query.what}: the {side} side of `{node.operator}` has several series that differ in {name!r}, "
                    "which is not matched"
                )
                fix = f"add `group_{side} ()`, or aggregate that label away"
                if matching.many:
                    fix = f"aggregate that label away: only the {matching.many} side may have several"
                yield found.finding(message, fix, node, "operator")
                break


def _several(found: Analysis, node: Node, matching: Matching) -> str:
    labels = found.gives(node).labels
    for name in sorted(labels.certain & _SEVERAL):
        compared = name in matching.labels if matching.on else name not in matching.labels
        if not compared and not any(_narrowed(each, name) for each in selectors(node)):
            return name
    return ""


def _narrowed(selector: Selector, label: str) -> bool:
    return any(matcher.operator in ("=", "=~") for matcher in selector.on(label))


@check("operator/itself", on=Query, where={"/", "-"}, severity="warning")
def itself(query: Query, project: Project) -> Iterator[Finding]:
    """A ratio is one of sums: a series is not divided by itself.

    What is picked on the left by a label finds, on the right, the series with the same label: itself.
    Bad: `rate(flask_http_request_total{status="500"}[5m]) / rate(flask_http_request_total[5m])`.
    Good: `sum(rate(flask_http_request_total{status="500"}[5m])) / sum(rate(flask_http_request_total[5m]))`.
    """
    found = analysed(query, project)
    for node in found.binaries:
        if node.operator not in ("/", "-"):
            continue
        left, right = _unaggregated(node.left), _unaggregated(node.right)
        if left is None or right is None or not left.name or left.name != right.name or left.offset or right.offset:
            continue
        if left.range != right.range or _outer(node.left) != _outer(node.right):
            continue
        matching = node.matching
        picked = [matcher for matcher in left.matchers if matcher not in right.matchers]
        compared = (
            (each.name in matching.labels) if matching.on else (each.name not in matching.labels) for each in picked
        )
        if set(right.matchers) <= set(left.matchers) and (not picked or all(compared)):
            word = "divides each series by itself" if node.operator == "/" else "takes each series from itself"
            more = f": on the right, {picked[0].name!r} is matched too" if picked else ""
            fix = (
                "sum both sides: sum(...) / sum(...)" if node.operator == "/" else "sum both sides: sum(...) - sum(...)"
            )
            yield found.finding(f"{query.what} {word}{more}", fix, node, "operator")


def _unaggregated(node: Node) -> Selector | None:
    """Return the one selector of a part that neither aggregates nor combines."""
    inner = bare(node)
    while isinstance(inner, Call) and inner.function in FUNCTIONS and len(inner.arguments) == 1:
        inner = bare(inner.arguments[0])
    return inner if isinstance(inner, Selector) else None


def _outer(node: Node) -> tuple[str, ...]:
    return tuple(each.function for each in descend(node) if isinstance(each, Call))


@check("operator/no-limit", on=Query, where={"/"}, severity="warning")
def no_limit(query: Query, project: Project) -> Iterator[Finding]:
    """What is divided by a limit is so only where there is one.

    Where a limit of 0 means that there is none, the share is infinite, and above every threshold.
    Bad: `redis_memory_used_bytes / redis_memory_max_bytes > 0.9`.
    Good: `redis_memory_used_bytes / (redis_memory_max_bytes > 0) > 0.9`.
    """
    found = analysed(query, project)
    for node in found.binaries:
        if node.operator != "/":
            continue
        divisor = bare(node.right)
        while isinstance(divisor, Aggregation) and divisor.operation in ("max", "min", "avg", "sum", *PICKING):
            divisor = bare(divisor.inner)
        if not isinstance(divisor, Selector) or not divisor.name.endswith(_NO_LIMIT):
            continue
        if found.gives(divisor).series.kind == "gauge" and not _guarded(found, node, divisor.name):
            message = f"{query.what} divides by {divisor.name!r}, which is 0 where there is no limit"
            yield found.finding(message, f"leave those out: ({divisor.name} > 0)", divisor, "name")


def _guarded(found: Analysis, division: Binary, name: str) -> bool:
    """Return whether the whole asks elsewhere for what is divided by to be above 0."""
    for node in found.binaries:
        if node is not division and node.operator in COMPARISONS and constant(node.right) is not None:
            if any(each.name == name for each in selectors(node.left)) and division not in descend(node.left):
                return True
    return False


@check("operator/spoilt-mean", on=Query, where={"/"}, severity="warning")
def spoilt_mean(query: Query, project: Project) -> Iterator[Finding]:
    """What is averaged or summed does not divide by what can be nothing.

    Without any traffic, 0 / 0 is no number, and one series of that kind makes the whole sum none.
    Bad: `avg by (job) (rate(errors_total[5m]) / rate(requests_total[5m]))`.
    Good: `sum by (job) (rate(errors_total[5m])) / sum by (job) (rate(requests_total[5m]))`.
    """
    found = analysed(query, project)
    for node in found.aggregations:
        if node.operation not in ("sum", "avg", "stddev", "stdvar"):
            continue
        inner = bare(node.inner)
        if not isinstance(inner, Binary) or inner.operator != "/" or found.gives(inner.right).type != "vector":
            continue
        divisor = inner.right
        while isinstance(divisor, Paren) or (isinstance(divisor, Aggregation) and divisor.operation == "sum"):
            divisor = divisor.inner
        if isinstance(divisor, Call) and divisor.function in _GROWTH:
            message = (
                f"{query.what}: `{node.operation}` of a division by a `{divisor.function}`, which is no number for a "
                "series without any"
            )
            fix = "divide sums: sum(...) / sum(...), or divide only by what is above 0: (... > 0)"
            yield found.finding(message, fix, inner, "operator")


@check("recording/level", on=RecordingQuery, severity="warning")
def recorded_level(query: RecordingQuery, project: Project) -> Iterator[Finding]:
    """The level in the name of a recorded series tells the labels that are left.

    Bad: `instance:node_load:max` for `max by (job) (node_load1)`. Good: `job:node_load:max`.
    """
    rule = query.owner
    found = analysed(query, project)
    level, colon, _ = rule.record.partition(":")
    if found.root is None or not colon:
        return
    left = found.gives(found.root).labels
    for name in (level, *level.split("_")):
        there = [each for each in found.selections if found.gives(each.selector).labels.has(name)]
        if there and left.has(name) is False and name not in rule.labels:
            labels = ", ".join(sorted(left.possible or ())) or "none"
            message = f"{query.what} is named for the label {name!r}, which its expression drops"
            yield found.finding(message, f"keep it, or name the level for what is left: {labels}", found.root)
            return
