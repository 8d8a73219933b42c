"""Checks of functions: rates of counters, quantiles of buckets, and what they are given."""

from __future__ import annotations

from collections.abc import Iterator

from dojoboards import promql
from dojoboards.expressions import (
    Aggregation,
    Call,
    Node,
    Number,
    Selector,
    Subquery,
    Text,
    bare,
    descend,
    variable,
)
from dojoboards.expressions.functions import FUNCTIONS
from dojoboards.lint import texts
from dojoboards.lint.analysis import Analysis, analysed, constant, number, selectors
from dojoboards.lint.registry import Finding, check
from dojoboards.lint.things import PanelQuery, Query
from dojoboards.model import Project

_COUNTERS = frozenset(name for name, function in FUNCTIONS.items() if function.wants == "counter")
_GAUGES = frozenset(name for name, function in FUNCTIONS.items() if function.wants == "gauge")
_LIKE_COUNTERS = ("_total", "_count", "_sum", "_bucket")
_INSTEAD = {"rate": "deriv", "irate": "deriv", "increase": "delta", "resets": "changes"}
_FOR_COUNTERS = {"delta": "increase", "idelta": "irate", "deriv": "rate"}
_DRAWN = frozenset({"timeseries", "graph", "barchart", "heatmap", "histogram", "trend"})


@check("function/gauge", on=Query, where=_COUNTERS, severity="warning")
def of_gauge(query: Query, project: Project) -> Iterator[Finding]:
    """`rate`, `irate`, `increase` and `resets` are of counters.

    They take each fall of a value for a counter that began anew: of a gauge, they tell an invented growth.
    Bad: `rate(node_load1[5m])`. Good: `deriv(node_load1[5m])`, `rate(node_context_switches_total[5m])`.
    """
    found = analysed(query, project)
    for call in found.calls:
        if call.function not in _COUNTERS or not call.arguments:
            continue
        selector = bare(call.arguments[0])
        if not isinstance(selector, Selector) or found.gives(selector).series.kind != "gauge":
            continue
        name = selector.name
        rules = found.known.recorded.get(name, ())
        if rules and any(_is_counting(rule.expr) for rule in rules):
            message = f"{query.what}: `{call.function}` of {name!r}, which is recorded as a sum of counters"
            fix = f"record the sum of the rates: where one of the counters begins anew, `{call.function}` sees a jump"
        elif rules:
            message = f"{query.what}: `{call.function}` of {name!r}, which a rule records and which is no counter"
            fix = f"ask for {name} itself, or record what `{call.function}` can take"
        elif name and not name.endswith(_LIKE_COUNTERS):
            message = f"{query.what}: `{call.function}` of {name!r}, which is a gauge"
            fix = f"use `{_INSTEAD[call.function]}`, or a counter"
        else:
            continue
        yield found.finding(message, fix, call, "name")


def _is_counting(expr: str) -> bool:
    """Return whether an expression adds up what it selects, as it is."""
    parsed = promql.parse(expr, variables=False)
    inner = parsed and bare(parsed.root)
    return isinstance(inner, Aggregation) and isinstance(bare(inner.inner), Selector)


@check("function/counter", on=Query, where=_GAUGES, severity="warning")
def of_counter(query: Query, project: Project) -> Iterator[Finding]:
    """`delta`, `idelta`, `deriv`, `predict_linear` and smoothing are of gauges.

    A counter begins anew with its process: then they see a fall.
    Bad: `delta(node_forks_total[5m])`. Good: `increase(node_forks_total[5m])`.
    """
    found = analysed(query, project)
    for call in found.calls:
        if call.function not in _GAUGES or not call.arguments:
            continue
        series = found.gives(call.arguments[0]).series
        if series.kind == "counter":
            name = next((each.name for each in selectors(call.arguments[0])), "")
            message = f"{query.what}: `{call.function}` of {name!r}, which is a counter"
            instead = _FOR_COUNTERS.get(call.function)
            fix = f"use `{instead}`" if instead else f"use it on a rate: {call.function}(rate(...)[...:...])"
            yield found.finding(message, fix, call, "name")


@check("function/rate-of-sum", on=Query, where={Subquery}, severity="warning")
def rate_of_sum(query: Query, project: Project) -> Iterator[Finding]:
    """A rate is taken of each counter, before they are summed.

    When one process begins anew the sum falls a little, and `rate` takes all the rest for growth.
    Bad: `rate(sum(flask_http_request_total)[5m:])`. Good: `sum(rate(flask_http_request_total[5m]))`.
    """
    found = analysed(query, project)
    for call in found.calls:
        if call.function not in _COUNTERS or not call.arguments:
            continue
        over = bare(call.arguments[0])
        if not isinstance(over, Subquery):
            continue
        inner = bare(over.inner)
        within = [node.function for node in descend(inner) if isinstance(node, Call)]
        if rate := next((name for name in within if name in _COUNTERS), ""):
            message = f"{query.what}: `{call.function}` of what `{rate}` gives, which is no counter any more"
            fix = f"take one of them away; for the change of a rate, `deriv({rate}(...)[...:...])`"
            yield found.finding(message, fix, call, "name")
        elif any(isinstance(node, Aggregation) and node.operation in ("sum", "avg") for node in descend(inner)):
            message = f"{query.what}: `{call.function}` of an aggregation of counters"
            fix = f"aggregate what it gives: sum({call.function}(...[5m]))"
            yield found.finding(message, fix, call, "name")
        elif found.gives(over).series.kind == "gauge":
            message = f"{query.what}: `{call.function}` of what is no counter"
            yield found.finding(message, f"use `{_INSTEAD[call.function]}`", call, "name")


@check("function/buckets", on=Query, where={"histogram_quantile"}, severity="warning")
def buckets(query: Query, project: Project) -> Iterator[Finding]:
    """`histogram_quantile` is given the buckets of a histogram, with their label `le`.

    Without `le` there is nothing to tell one bucket from another, and it gives nothing.
    Bad: `histogram_quantile(0.9, sum by (job) (rate(flask_http_request_duration_seconds_bucket[5m])))`.
    Good: `histogram_quantile(0.9, sum by (job, le) (rate(flask_http_request_duration_seconds_bucket[5m])))`.
    """
    found = analysed(query, project)
    for call in found.calls:
        if call.function != "histogram_quantile" or len(call.arguments) <= 1:
            continue
        given = call.arguments[1]
        series = found.gives(given).series
        if series.buckets is not False or series.labels.has("le") is None:
            continue
        names = sorted({each.name for each in selectors(given) if each.name})
        what = f"{query.what}: `histogram_quantile`"
        lossy = next((node for node in _aggregations(given) if _has_buckets(found, node.inner)), None)
        if lossy is not None:
            fix = "keep it: `by (..., le)`" if lossy.without is None else "take it out of `without`"
            yield found.finding(f"{what} of buckets whose label 'le' is aggregated away", fix, lossy, "name")
        elif series.labels.has("le") is False and names and found.known.metric(names[0]):
            name = names[0]
            base = name.removesuffix("_count").removesuffix("_sum")
            near = f"{base}_bucket" if f"{base}_bucket" in found.known.names else ""
            fix = f"ask for {near}" if near else "a quantile needs a histogram, whose series end in _bucket"
            selector = next(each for each in selectors(given) if each.name == name)
            yield found.finding(f"{what} of {name!r}, which are no buckets", fix, selector, "name")


def _has_buckets(found: Analysis, node: Node) -> bool:
    """Return whether a part gives the buckets of a classic histogram; a native one has no `le`."""
    series = found.gives(node).series
    named = any(each.name.endswith("_bucket") for each in selectors(node))
    return bool(series.buckets) or (named and series.labels.has("le") is not False)


def _aggregations(node: Node) -> Iterator[Aggregation]:
    return (each for each in descend(node) if isinstance(each, Aggregation))


@check("function/all-time", on=Query, where={"histogram_quantile"}, severity="warning")
def all_time(query: Query, project: Project) -> Iterator[Finding]:
    """A quantile is one of the last minutes: of the rates of buckets.

    Buckets are counters: by themselves they hold everything since the process began, and nothing moves their quantile.
    Bad: `histogram_quantile(0.9, flask_http_request_duration_seconds_bucket)`.
    Good: `histogram_quantile(0.9, rate(flask_http_request_duration_seconds_bucket[5m]))`.
    """
    found = analysed(query, project)
    for call in found.calls:
        if call.function == "histogram_quantile" and len(call.arguments) > 1:
            inner = bare(call.arguments[1])
            while isinstance(inner, Aggregation):
                inner = bare(inner.inner)
            if isinstance(inner, Selector) and found.gives(inner).series.buckets:
                message = f"{query.what}: `histogram_quantile` of all that {inner.name!r} has counted since it began"
                yield found.finding(message, f"take their rate: rate({inner.name}[5m])", inner, "name")


@check(
    "function/quantile", on=Query, where={"histogram_quantile", "quantile_over_time", "quantile"}, severity="warning"
)
def quantile(query: Query, project: Project) -> Iterator[Finding]:
    """A quantile is a number from 0 to 1.

    Beyond it, the result is infinite. Bad: `quantile(95, node_load1)`. Good: `quantile(0.95, node_load1)`.
    """
    found = analysed(query, project)
    asked: list[tuple[Call | Aggregation, str, Node]] = [
        (call, call.function, call.arguments[0])
        for call in found.calls
        if call.function in ("histogram_quantile", "quantile_over_time") and call.arguments
    ]
    asked += [
        (node, "quantile", node.parameter)
        for node in found.aggregations
        if node.operation == "quantile" and node.parameter is not None
    ]
    for _, name, argument in asked:
        value = constant(argument)
        if value is not None and not 0 <= value <= 1:
            message = f"{query.what}: `{name}` of {number(value)}, which is not between 0 and 1"
            fix = f"write {number(value / 100)}" if 1 < value <= 100 else "give a number from 0 to 1"  # noqa: PLR2004
            yield found.finding(message, fix, argument)


@check("function/mean-of-quantiles", on=Query, where={"avg", "sum"}, severity="warning")
def mean_of_quantiles(query: Query, project: Project) -> Iterator[Finding]:
    """Quantiles are neither averaged nor summed.

    The mean of two instances' 95th percentiles is nobody's: sum their buckets, and take the quantile of these.
    Bad: `avg(histogram_quantile(0.95, rate(flask_http_request_duration_seconds_bucket[5m])))`.
    Good: `histogram_quantile(0.95, sum by (le) (rate(flask_http_request_duration_seconds_bucket[5m])))`.
    """
    found = analysed(query, project)
    for node in found.aggregations:
        if node.operation not in ("avg", "sum"):
            continue
        inner = bare(node.inner)
        word = "the mean" if node.operation == "avg" else "a sum"
        if isinstance(inner, Call) and inner.function == "histogram_quantile":
            fix = "sum the buckets first: histogram_quantile(..., sum by (le) (rate(...[5m])))"
            yield found.finding(f"{query.what}: {word} of quantiles", fix, node, "name")
        elif isinstance(inner, Selector) and _is_quantile(found, inner):
            fix = "take `max`, or record the rates of the buckets and take a quantile of their sum"
            yield found.finding(f"{query.what}: {word} of quantiles, as {inner.name!r} is one", fix, node, "name")


def _is_quantile(found: Analysis, selector: Selector) -> bool:
    for rule in found.known.recorded.get(selector.name, ()):
        parsed = promql.parse(rule.expr, variables=False)
        root = parsed and bare(parsed.root)
        return isinstance(root, Call) and root.function == "histogram_quantile"
    metric = found.known.metric(selector.name)
    return metric is not None and metric.type == "summary" and not metric.part


@check("function/label", on=Query, where={"label_replace", "label_join"}, severity="warning")
def copied_label(query: Query, project: Project) -> Iterator[Finding]:
    """`label_replace` and `label_join` read labels that are there, and their regular expression can be read.

    Bad: `label_replace(node_load1, "host", "$1", "node", "(.+)")`.
    Good: `label_replace(node_load1, "host", "$1", "instance", "(.+):.*")`.
    """
    found = analysed(query, project)
    for call in found.calls:
        if call.function not in ("label_replace", "label_join"):
            continue
        labels = found.gives(call.arguments[0]).labels
        words = [text.value if isinstance(text := bare(each), Text) else "" for each in call.arguments]
        if call.function == "label_replace" and len(words) > 4 and not variable(words[4]):  # noqa: PLR2004
            sources, pattern = [(words[3], call.arguments[3])], words[4]
            if wrong := texts.regex(pattern):
                message = f"{query.what}: `label_replace`: {wrong}"
                yield found.finding(message, "correct it; the syntax is that of RE2", call.arguments[4])
                continue
            if pattern in ("", ".*", "(.*)"):
                continue  # also for what has no such label
        else:
            sources = list(zip(words[3:], call.arguments[3:], strict=True))
        for source, argument in sources:
            if source and not variable(source) and labels.has(source) is False:
                message = f"{query.what}: `{call.function}` reads the label {source!r}, which is not there"
                fix = f"known: {', '.join(sorted(labels.possible))}" if labels.possible else "take a label that is"
                yield found.finding(message, fix, argument)


@check("function/overwritten-label", on=Query, where={"label_replace"}, severity="info")
def overwritten_label(query: Query, project: Project) -> Iterator[Finding]:
    """`label_replace` does not write over a label with what another one has.

    Two series that differed in that label only are then the same, and the whole query fails.
    Bad: `label_replace(node_load1, "instance", "$1", "job", "(.+)")`.
    Good: `label_replace(node_load1, "name", "$1", "job", "(.+)")`, or `instance` from `instance`.
    """
    found = analysed(query, project)
    for call in found.calls:
        if call.function == "label_replace":
            _, target, _, source, _ = (
                text.value if isinstance(text := bare(each), Text) else "" for each in _five(call)
            )
            if target and target != source and found.gives(call.arguments[0]).labels.has(target):
                message = f"{query.what}: `label_replace` writes over the label {target!r} that the series have"
                yield found.finding(message, "write to a label that they have not", call.arguments[1])


def _five(call: Call) -> tuple[Node, ...]:
    return (*call.arguments, *[Number(0)] * 5)[:5]


@check("function/ahead", on=Query, where={"predict_linear"}, severity="info")
def ahead(query: Query, project: Project) -> Iterator[Finding]:
    """`predict_linear` looks no further ahead than its range can tell: at most some fifty times as far.

    A line through five minutes says nothing about tomorrow.
    Bad: `predict_linear(node_filesystem_avail_bytes[5m], 86400)`.
    Good: `predict_linear(node_filesystem_avail_bytes[6h], 86400)`.
    """
    found = analysed(query, project)
    for call in found.calls:
        if call.function != "predict_linear" or len(call.arguments) < 2:  # noqa: PLR2004
            continue
        over, seconds = bare(call.arguments[0]), constant(call.arguments[1])
        length = over.range.milliseconds if isinstance(over, Selector | Subquery) and over.range else None
        if length and seconds and seconds * 1000 > length * _FURTHEST:
            message = (
                f"{query.what}: `predict_linear` looks {number(seconds * 1000 / length)} times as far ahead as back"
            )
            yield found.finding(message, "give a longer range", over, "range")


_FURTHEST = 50


@check("panel/counter", on=PanelQuery, severity="warning")
def panel_counter(query: PanelQuery, project: Project) -> Iterator[Finding]:
    """A graph shows how fast a counter grows, not the counter.

    A counter is a slope that falls to nothing with each restart: what happened cannot be seen in it.
    Bad: `sum(node_forks_total)`. Good: `sum(rate(node_forks_total[$__rate_interval]))`.
    """
    panel = query.owner
    if panel.type not in _DRAWN or query.json.get("instant"):
        return
    found = analysed(query, project)
    inner = found.root
    while isinstance(inner, Aggregation) and inner.operation in ("sum", "avg", "max", "min", "topk", "bottomk"):
        inner = bare(inner.inner)
    if isinstance(inner, Selector) and inner.name and found.gives(inner).series.kind == "counter":
        message = f"{query.what} draws the counter {inner.name!r} itself"
        yield found.finding(message, f"draw rate({inner.name}[$__rate_interval])", inner, "name")


@check("function/counter-offset", on=Query, where={"-"}, severity="warning")
def counter_offset(query: Query, project: Project) -> Iterator[Finding]:
    """How much a counter has grown is told by `increase`.

    The difference to an earlier value is negative when the process began anew in between.
    Bad: `node_forks_total - node_forks_total offset 1h`. Good: `increase(node_forks_total[1h])`.
    """
    found = analysed(query, project)
    for node in found.binaries:
        left, right = _plain(node.left), _plain(node.right)
        if node.operator != "-" or left is None or right is None or left.name != right.name:
            continue
        if left.offset != right.offset and found.gives(left).series.kind == "counter":
            message = f"{query.what} takes an earlier value of the counter {left.name!r} from a later one"
            yield found.finding(message, f"use increase({left.name}[...])", node)


def _plain(node: Node) -> Selector | None:
    inner = bare(node)
    while isinstance(inner, Aggregation) and inner.operation in ("sum", "max"):
        inner = bare(inner.inner)
    return inner if isinstance(inner, Selector) else None
