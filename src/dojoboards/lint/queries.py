"""Checks of how panels ask: legends, ranges, formats, and queries that are asked for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dojoboards.expressions import Labels, Range, Selector
from dojoboards.lint.analysis import Analysis, analysed
from dojoboards.lint.panels import NUMBERS
from dojoboards.lint.registry import Finding, check
from dojoboards.lint.things import BoardPanel, Json, PanelQuery, mapping, mappings
from dojoboards.model import Project

_LABEL = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
_OF_NOW = frozenset({"bargauge", "gauge", "piechart", "stat", "table"})
"""Types of panels that show what is now."""
_OVER_TIME = frozenset({"heatmap", "timeseries", "trend"})
_LAST = frozenset({"last", "lastNotNull"})
_REDUCING = frozenset({"reduce", "timeSeriesTable", "groupBy", "seriesToRows", "calculateField", "heatmap"})
_OF_ALL_SERIES = frozenset({"", "__auto"})
_LOGQL_RANGE = re.compile(r"\[\s*\d+\w+\s*\]")


def _labels(found: Analysis) -> Labels | None:
    return found.gives(found.expression.root).labels if found.expression else None


@check("query/legend-label", on=PanelQuery, severity="warning")
def query_legend_label(query: PanelQuery, project: Project) -> Iterator[Finding]:
    """A label in a legend is one that the query leaves.

    Where it is aggregated away, all series have the same empty name.
    Bad: `query("sum by (job) (rate(flask_http_request_total[5m]))", "{{instance}}")`. Good: `"{{job}}"`.
    """
    names = _LABEL.findall(str(query.json.get("legendFormat") or ""))
    labels = _labels(analysed(query, project)) if names else None
    if labels is None:
        return
    for name in dict.fromkeys(names):
        if name != "__name__" and labels.has(name) is False:
            message = f"a legend of {query.what} has {{{{{name}}}}}, a label that its query does not leave"
            left = ", ".join(sorted(labels.possible or ()))
            yield Finding(
                message, f"it leaves {left}" if left else "it leaves no labels: write a name", expr=query.expr
            )


@check("query/legend", on=BoardPanel, where={"several"}, severity="info")
def query_legend(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """Where a panel has several queries, each has a legend: Grafana would show the expressions.

    Bad: `timeseries("CPU", "avg(a)", "max(a)")`. Good: `query("avg(a)", "mean")` and `query("max(a)", "highest")`.
    """
    if panel.type not in NUMBERS - {"heatmap", "histogram"}:
        return
    asked = [query for query in panel.queries if query.get("expr") and not query.get("hide")]
    bare = [str(query.get("refId")) for query in asked if str(query.get("legendFormat") or "") in _OF_ALL_SERIES]
    names = panel.defaults.get("displayName")
    if len(asked) > 1 and bare and not names and not panel.json.get("transformations"):
        which = f"the query {bare[0]!r}" if len(bare) == 1 else f"the queries {', '.join(map(repr, bare))}"
        yield Finding(f"{which} of {panel.what} ha{'s' if len(bare) == 1 else 've'} no legend", "say what each shows")


@check("query/instant", on=BoardPanel, where=_OF_NOW, severity="info")
def query_instant(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """A panel that shows what is now asks for now.

    Over a whole range, what is gone for hours still has a last value, and a table has a line for each step.
    Bad: `stat("Up", query("up"))`. Good: `stat("Up", query("up", instant=True))`; with a graph it needs the range.
    """
    if any(str(step.get("id")) in _REDUCING for step in mappings(panel.json.get("transformations"))):
        return
    options = mapping(panel.json.get("options"))
    calcs = mapping(options.get("reduceOptions")).get("calcs")
    last = isinstance(calcs, list) and bool(calcs) and _LAST.issuperset(map(str, calcs))
    if panel.type != "table" and not (last and options.get("graphMode", "none") == "none"):
        return
    ranges = [query for query in panel.queries if query.get("expr") and _prometheus(query) and not query.get("instant")]
    if ranges and not any(mapping(cell).get("type") == "sparkline" for cell in _cells(panel)):
        yield Finding(
            f"{panel.what} asks for a whole range and shows its last value", "give `instant=True` to its queries"
        )


def _cells(panel: BoardPanel) -> Iterator[object]:
    config = mapping(panel.json.get("fieldConfig"))
    yield mapping(mapping(config.get("defaults")).get("custom")).get("cellOptions")
    for override in mappings(config.get("overrides")):
        yield from (entry.get("value") for entry in mappings(override.get("properties")))


def _prometheus(query: Json) -> bool:
    return str(mapping(query.get("datasource")).get("type", "prometheus")) == "prometheus"


@check("query/rate-interval", on=PanelQuery, where={Range}, severity="info")
def query_rate_interval(query: PanelQuery, project: Project) -> Iterator[Finding]:
    """A rate over time looks back over `$__rate_interval`, which follows the zoom.

    A fixed range skips samples when one looks at a month, and smooths when one looks at an hour. Where a panel draws a
    limit, the range may be that of the alert.
    Bad: `rate(node_disk_io_time_seconds_total[5m])`. Good: `rate(node_disk_io_time_seconds_total[$__rate_interval])`.
    """
    panel = query.owner
    if panel.type not in _OVER_TIME or query.json.get("instant") or _draws_limit(panel):
        return
    found = analysed(query, project)
    for call in found.calls:
        inner = call.arguments[0] if call.arguments else None
        if (
            call.function in ("rate", "irate")
            and isinstance(inner, Selector)
            and inner.range
            and inner.range.milliseconds
        ):
            message = f"{query.what} takes a rate over a fixed range"
            yield found.finding(message, "write [$__rate_interval]", inner, "range")


def _draws_limit(panel: BoardPanel) -> bool:
    limits = mapping(panel.defaults.get("thresholds"))
    return len(mappings(limits.get("steps"))) > 1


@check("query/heatmap", on=PanelQuery, severity="warning")
def query_heatmap(query: PanelQuery, project: Project) -> Iterator[Finding]:
    """A heatmap of a classic histogram is given its buckets by `le`, in the format `heatmap`.

    Each bucket counts what is in the smaller ones too; Grafana takes them apart in that format only.
    Bad: `query("sum by (le) (rate(x_bucket[5m]))")`.
    Good: `query("sum by (le) (rate(x_bucket[5m]))", format="heatmap")`.
    """
    panel = query.owner
    if panel.type != "heatmap" or mapping(panel.json.get("options")).get("calculate"):
        return
    found = analysed(query, project)
    labels = _labels(found)
    buckets = any((each.selector.name or "").endswith("_bucket") for each in found.selections)
    if labels is None or not buckets or "histogram_quantile" in query.expr:
        return
    if labels.has("le") is False:
        message = f"{query.what} aggregates the label 'le' away, so that there are no buckets to draw"
        yield Finding(message, "keep it: sum by (le) (...)", expr=query.expr)
    elif query.json.get("format") != "heatmap":
        message = f"{query.what} draws buckets that count what is in the smaller ones too"
        yield Finding(message, 'give format="heatmap"', expr=query.expr)


@check("query/hidden", on=BoardPanel, where={"hide"}, severity="info")
def query_hidden(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """A hidden query is one that an expression of the panel uses.

    Others are not asked at all.
    Bad: `query("up", hide=True)` that was left over. Good: the same beside the expression `$A * 100`.
    """
    expressions = [query for query in panel.queries if mapping(query.get("datasource")).get("type") == "__expr__"]
    used = " ".join(f"{query.get('expression')} {query.get('conditions')}" for query in expressions)
    for query in panel.queries:
        letter = str(query.get("refId") or "")
        if query.get("hide") is True and query not in expressions and not re.search(rf"\b{re.escape(letter)}\b", used):
            if not all(other.get("hide") is True for other in panel.queries):  # told by another check
                yield Finding(f"the query {letter!r} of {panel.what} is hidden, and nothing uses it", "take it away")


@check("query/logql-range", on=BoardPanel, severity="info")
def query_logql_range(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """A rate of log lines looks back over `$__auto`, which follows the zoom.

    Bad: `rate({job="shop"}[5m])`. Good: `rate({job="shop"}[$__auto])`.
    """
    own = mapping(panel.json.get("datasource")).get("type")
    for query in panel.queries if panel.type in _OVER_TIME else ():
        kind, expr = mapping(query.get("datasource")).get("type", own), query.get("expr")
        if kind == "loki" and isinstance(expr, str) and (found := _LOGQL_RANGE.search(expr)):
            message = f"{panel.what} looks back over a fixed range"
            yield Finding(message, "write [$__auto]", expr=expr, span=found.span())
