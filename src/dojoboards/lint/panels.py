"""Checks of panels: what they are called, what they ask for, and whether their settings refer to something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dojoboards.lint import texts
from dojoboards.lint.dispatch import fitting, parsed, raised
from dojoboards.lint.registry import Finding, check
from dojoboards.lint.things import BoardPanel, Json, mapping, mappings
from dojoboards.model import Project

NUMBERS = frozenset(
    {"bargauge", "barchart", "candlestick", "gauge", "heatmap", "histogram", "piechart", "stat", "timeseries", "trend"}
)
"""Types of panels that show numbers."""
_ASKING = NUMBERS | {
    "flamegraph", "geomap", "logs", "nodeGraph", "state-timeline", "status-history", "table", "traces", "xychart",
}  # fmt: skip
_WITH_SCALE = frozenset({"bargauge", "barchart", "gauge", "timeseries", "trend"})
_LIBRARY = "library-panel-ref"
_MANY = 12
_REMOVED: Mapping[str, str] = {
    "flant-statusmap-panel": "status-history",
    "grafana-piechart-panel": "piechart",
    "grafana-worldmap-panel": "geomap",
    "graph": "timeseries",
    "heatmap-new": "heatmap",
    "jdbranham-diagram-panel": "canvas",
    "marcuscalidus-svg-panel": "canvas",
    "natel-discrete-panel": "state-timeline",
    "singlestat": "stat",
    "table-old": "table",
}
"""Types of panels in Angular, which Grafana 12 no longer loads, each with what took its place."""


_MIGRATED = frozenset({"graph", "singlestat", "table-old"})


@check("panel/type", on=BoardPanel, where=_REMOVED, severity="warning")
def panel_type(panel: BoardPanel, project: Project) -> Iterator[Finding]:
    """A panel is of a type that Grafana still loads.

    Grafana 12 has no Angular. It migrates `graph` and `singlestat` when it opens a dashboard, the others stay empty;
    a build writes the new type.
    Bad: `"type": "grafana-piechart-panel"`. Good: `"type": "piechart"`.
    """
    if not project.conventions and panel.type in _MIGRATED:
        return  # as it was exported, it can be imported
    if panel.type in _REMOVED:
        message = f"{panel.what} is of the type {panel.type!r}, which Grafana no longer has"
        yield Finding(message, f"make it one of the type {_REMOVED[panel.type]!r}")


@check("panel/title", on=BoardPanel, severity="info")
def panel_title(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """A panel has a title.

    Bad: `timeseries("", ...)`. Good: `timeseries("Requests", ...)`; a text needs none.
    """
    if panel.type in _ASKING and not panel.title.strip():
        yield Finding(f"a panel ({panel.type}) of dashboard {panel.board!r} has no title", "say what it shows")


@check("panel/description", on=BoardPanel, severity="info")
def panel_description(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """A panel says what it shows and when to worry.

    Bad: no `description`. Good: `description="Share of requests answered with 5xx. Above the line an alert begins."`.
    """
    if panel.type in _ASKING and not str(panel.json.get("description") or "").strip():
        yield Finding(f"{panel.what} has no description", "say what it shows, and when to worry")


@check("panel/no-unit", on=BoardPanel, severity="info")
def panel_no_unit(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """A panel that shows numbers says their unit; `none` and `short` say that there is none.

    Bad: 4000000000 without a unit. Good: `unit="bytes"`, which shows 3.73 GiB.
    """
    if panel.type not in NUMBERS or panel.unit or panel.defaults.get("mappings"):
        return
    if any(entry.get("id") in ("unit", "mappings") for one in _overrides(panel) for entry in _properties(one)):
        return
    options = mapping(panel.json.get("options"))
    if any(mapping(options.get(axis)).get("unit") for axis in ("yAxis", "cellValues")) or not panel.queries:
        return
    yield Finding(f"{panel.what} says no unit", 'give `unit`, such as "s", "bytes" or "short"')


@check("panel/no-query", on=BoardPanel, severity="warning")
def panel_no_query(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """A panel that shows data asks for some.

    Bad: `timeseries("Requests")`. Good: `timeseries("Requests", "sum(rate(flask_http_request_total[5m]))")`.
    """
    if (
        panel.type in _ASKING
        and not panel.queries
        and "libraryPanel" not in panel.json
        and "snapshotData" not in panel.json
    ):
        yield Finding(f"{panel.what} has no query: it stays empty", "give it one, or take it away")


@check("panel/hidden", on=BoardPanel, where={"hide"}, severity="warning")
def panel_hidden(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """A panel shows at least one of its queries.

    Bad: `query("up", hide=True)` alone. Good: `query("up")`, or an expression that uses the hidden one.
    """
    if panel.queries and all(query.get("hide") is True for query in panel.queries):
        yield Finding(f"all queries of {panel.what} are hidden: it stays empty", "take `hide` from one of them")


@check("panel/queries", on=BoardPanel, where={"several"}, severity="info")
def panel_queries(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """A panel asks no more than a dozen questions: one who looks at it sees no more.

    Bad: a query for each of twenty services. Good: one query with `by (service)`.
    """
    if len(panel.queries) > _MANY and panel.type != "table":
        yield Finding(
            f"{panel.what} has {len(panel.queries)} queries", "ask with one query `by` a label, or make two panels"
        )


@check("panel/same-query", on=BoardPanel, where={"several"}, severity="info")
def panel_same_query(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """A panel asks nothing twice.

    Bad: `query("up", "a")` and `query("up", "a")`. Good: `query("up", "a")`.
    """
    seen: dict[str, Any] = {}
    for query in panel.queries:
        if not (expr := query.get("expr")) or not isinstance(expr, str):
            continue
        key = repr(sorted((str(key), str(value)) for key, value in query.items() if key != "refId"))
        if key in seen:
            message = f"queries {seen[key]!r} and {query.get('refId')!r} of {panel.what} are the same"
            yield Finding(message, "take one away", expr=expr)
        seen.setdefault(key, query.get("refId"))


# Scales and thresholds


@check("panel/scale", on=BoardPanel, where={"min"}, severity="warning")
def panel_scale(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """The scale of a panel begins below its end.

    Bad: `min=1, max=0`. Good: `min=0, max=1`.
    """
    least, most = _scale(panel)
    if least is not None and most is not None and least >= most:
        yield Finding(f"the scale of {panel.what} is from {least:g} to {most:g}", "give a `min` below its `max`")


@check("panel/threshold", on=BoardPanel, where={"thresholds"}, severity="warning")
def panel_threshold(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """Each threshold of a panel is on its scale, and they rise.

    One beyond the scale is not drawn; of those that fall, Grafana passes over all but the first.
    Bad: `max=1, thresholds=[(80, "red")]`. Good: `max=1, thresholds=[(0.8, "red")]`.
    """
    limits = mapping(panel.defaults.get("thresholds"))
    values = [step.get("value") for step in mappings(limits.get("steps"))]
    steps = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if steps != sorted(steps):
        shown = ", ".join(f"{step:g}" for step in steps)
        yield Finding(f"the thresholds of {panel.what} do not rise: {shown}", "put them in order")
    least, most = (0, 100) if limits.get("mode") == "percentage" else _scale(panel)
    for step in steps if panel.type in _WITH_SCALE else ():
        if most is not None and step > most:
            yield Finding(f"the threshold {step:g} of {panel.what} is beyond its scale, which ends at {most:g}", _SCALE)
        elif least is not None and step < least:
            yield Finding(
                f"the threshold {step:g} of {panel.what} is below its scale, which begins at {least:g}", _SCALE
            )


_SCALE = "give the threshold in the unit of the scale, or another `min` and `max`"


def _scale(panel: BoardPanel) -> tuple[float | None, float | None]:
    return _number(panel.defaults.get("min")), _number(panel.defaults.get("max"))


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


@check("panel/time", on=BoardPanel, where={"timeFrom", "timeShift", "interval"}, severity="warning")
def panel_time(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """A panel's own time range, its shift and its least step are durations that Grafana can read.

    Bad: `time_from="now-24h"`, `interval="1 minute"`. Good: `time_from="24h"`, `interval="1m"`.
    """
    for key, pattern in (("timeFrom", _RELATIVE), ("timeShift", _RELATIVE), ("interval", _STEP)):
        given = panel.json.get(key)
        if isinstance(given, str) and given and "$" not in given and not re.fullmatch(pattern, given):
            yield Finding(f"`{key}` of {panel.what} is {given!r}, which Grafana cannot read", "write such as 24h or 1m")


_RELATIVE = r"(?:\d+(?:[smhdwMy]|fQ|fy)|now(?:/(?:[smhdwMQy]|fQ|fy))?)(?:/(?:[smhdwMQy]|fQ|fy))?"
_STEP = r">?\s*\d+(?:\.\d+)?(?:ms|[smhdwMy])"


# What settings refer to


@check("panel/ref-id", on=BoardPanel, where={"overrides", "transformations", "expression"}, severity="warning")
def panel_ref_id(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """A query that a transformation, an override or an expression names by its letter is there.

    Bad: `{"matcher": {"id": "byFrameRefID", "options": "C"}}` where the queries are A and B. Good: `"options": "B"`.
    """
    known = {str(query.get("refId") or "") for query in panel.queries}
    if not known or panel.type == _LIBRARY:
        return
    for letter, where in dict.fromkeys(_letters(panel)):
        if letter not in known:
            message = f"{where} of {panel.what} names the query {letter!r}, which is not there"
            yield Finding(message, f"the queries are {', '.join(sorted(known))}")


def _letters(panel: BoardPanel) -> Iterator[tuple[str, str]]:
    for override in _overrides(panel):
        yield from _named_by(mapping(override.get("matcher")), "an override")
    for step in mappings(panel.json.get("transformations")):
        where, options = f"the transformation {step.get('id')!r}", mapping(step.get("options"))
        yield from _named_by(mapping(step.get("filter")), where)
        if step.get("id") == "configFromData":
            yield from _letter(options.get("configRefId"), where)
        for key in ("excludeByName", "indexByName", "renameByName"):
            for name in mapping(options.get(key)):
                yield from _value(name, where)
    for query in panel.queries:
        source = mapping(query.get("datasource"))
        if source.get("type") == "__expr__" or source.get("uid") == "__expr__":
            yield from _of_expression(query)


def _named_by(matcher: Json, where: str) -> Iterator[tuple[str, str]]:
    if matcher.get("id") in ("byFrameRefID", "byRefId"):
        yield from _letter(matcher.get("options"), where)
    elif matcher.get("id") == "byName":
        yield from _value(matcher.get("options"), where)


def _letter(given: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(given, str) and re.fullmatch(r"[A-Z]{1,2}", given):
        yield given, where


def _value(name: Any, where: str) -> Iterator[tuple[str, str]]:
    """Yield the letter in the name that Grafana gives the values of one of several queries in a table."""
    if isinstance(name, str) and (found := re.fullmatch(r"Value #([A-Z]{1,2})", name)):
        yield found[1], where


def _of_expression(query: Json) -> Iterator[tuple[str, str]]:
    where, expression = f"the expression {query.get('refId')!r}", query.get("expression")
    if not isinstance(expression, str):
        return
    if query.get("type") == "math":
        for braced, bare in re.findall(r"\$\{(\w+)\}|\$(\w+)", expression):
            yield braced or bare, where
    elif query.get("type") in ("reduce", "resample", "threshold"):
        yield expression.strip("${}"), where


@check("panel/override", on=BoardPanel, where={"overrides"}, severity="info")
def panel_override(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """What an override names is one of the panel's series.

    Looked at where all legends are fixed texts and nothing renames them.
    Bad: `{"id": "byName", "options": "Errors"}` where the legend is `errors`. Good: `"options": "errors"`.
    """
    if panel.type not in NUMBERS or panel.json.get("transformations") or not panel.queries:
        return
    legends = [str(query.get("legendFormat") or "") for query in panel.queries]
    vague = any(not legend or legend == "__auto" or "{" in legend or "$" in legend for legend in legends)
    if vague or panel.defaults.get("displayName") or any(query.get("expr") is None for query in panel.queries):
        return
    for override in _overrides(panel):
        matcher = mapping(override.get("matcher"))
        name = matcher.get("options")
        if matcher.get("id") == "byName" and isinstance(name, str) and name not in (*legends, "Time", "Value"):
            message = f"an override of {panel.what} is for {name!r}, which is none of its series"
            yield Finding(message, f"the series are {', '.join(sorted(set(legends)))}")


def _overrides(panel: BoardPanel) -> Sequence[Json]:
    return mappings(mapping(panel.json.get("fieldConfig")).get("overrides"))


def _properties(override: Json) -> Sequence[Json]:
    return mappings(override.get("properties"))


@check("panel/alert-list", on=BoardPanel, where={"alertlist"}, severity="warning")
def panel_alert_list(panel: BoardPanel, project: Project) -> Iterator[Finding]:
    """A list of alerts lists some.

    Bad: `alert_list("Alerts", matching='{severity="crit"}')`. Good: `matching='{severity="critical"}'`.
    """
    given = mapping(panel.json.get("options")).get("alertInstanceLabelFilter")
    if panel.type != "alertlist" or not isinstance(given, str) or not given.strip() or "$" in given:
        return
    if parsed((given,)) is None:
        yield Finding(f"{panel.what} lists alerts by {given!r}: {texts.matchers(given)[1]}", 'write {label="value"}')
        return
    if raised(project).all and not fitting([given], raised(project)):
        yield Finding(f"{panel.what} lists alerts by {given!r}, which no alert matches", "correct the matchers")
