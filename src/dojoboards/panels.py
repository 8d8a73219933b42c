"""Panels, queries, template variables and dashboards, typed, in Grafana's classic schema.

Every function returns plain values (`Panel` around a mapping), so they mix with grafanalib's objects, with objects of
the foundation SDK and with mappings written by hand. Options that all panels share are those of `PanelOptions`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack

from dojoboards import names, units
from dojoboards.errors import DojoboardsError, Exit, Problem, calling_source
from dojoboards.layout import Panel, Row
from dojoboards.model import Threshold

Json = dict[str, Any]
ThresholdLike = Threshold | tuple[float, str]

LegendMode = Literal["list", "table", "hidden"]
Calc = Literal[
    "lastNotNull", "last", "firstNotNull", "first", "min", "max", "mean", "sum", "count", "range", "delta", "diff"
]

SCHEMA_VERSION = 42
"""The classic schema's last version, Grafana 11 and newer; older servers take it too."""

BASE_COLOR = "green"

row = Row


class PanelOptions(TypedDict, total=False):
    """What every panel takes.

    Args:
        description: What it shows and when to worry; a tooltip.
        unit: Grafana's id of the unit, such as `s`, `percentunit`, `bytes` or `suffix:players`.
        decimals: Digits behind the point.
        min: The lower end of the scale.
        max: Its upper end.
        thresholds: Limits in rising order: `env.threshold(...)` or `(value, color)`.
        base_color: Grafana's colour below the first threshold; default green.
        color: A fixed colour, or a mode such as `palette-classic` or `thresholds`.
        no_value: What stands where there is no value.
        display_name: The series' name, may contain `${__field.labels.x}`.
        mappings: Value mappings in Grafana's words.
        overrides: Overrides in Grafana's words.
        transformations: Transformations in Grafana's words.
        links: Links of the panel, made by `link` or `dashboard_link`.
        data_links: Links of each value, made by `link`.
        datasource: The name of a data source, for all queries that name none.
        interval: The least step of its queries (a Prometheus duration).
        max_data_points: The most points of a series.
        repeat: A template variable; the panel is repeated for each of its values.
        repeat_direction: `h` or `v`.
        max_per_row: Of repeated panels.
        time_from: Shows another range than the dashboard, such as `24h`.
        time_shift: Shows it shifted back, such as `1d`.
        transparent: Without background.
        key: What its id is made of; default: the titles of its row and its own.
        width: Columns of 24.
        height: Units of 30 pixels.
    """

    description: str
    unit: str
    decimals: int
    min: float
    max: float
    thresholds: Sequence[ThresholdLike]
    base_color: str
    color: str
    no_value: str
    display_name: str
    mappings: Sequence[Mapping[str, Any]]
    overrides: Sequence[Mapping[str, Any]]
    transformations: Sequence[Mapping[str, Any]]
    links: Sequence[Mapping[str, Any]]
    data_links: Sequence[Mapping[str, Any]]
    datasource: str
    interval: str
    max_data_points: int
    repeat: str
    repeat_direction: Literal["h", "v"]
    max_per_row: int
    time_from: str
    time_shift: str
    transparent: bool
    key: str
    width: int
    height: int


_TOP = {
    "interval": "interval",
    "max_data_points": "maxDataPoints",
    "max_per_row": "maxPerRow",
    "time_from": "timeFrom",
    "time_shift": "timeShift",
    "transparent": "transparent",
}
_FIELD = {
    "decimals": "decimals",
    "min": "min",
    "max": "max",
    "no_value": "noValue",
    "display_name": "displayName",
}
_MODES = ("palette", "continuous", "thresholds", "shades")


def query(
    expr: str,
    legend: str = "",
    *,
    datasource: str = "",
    instant: bool = False,
    format: Literal["time_series", "table", "heatmap"] = "time_series",  # Grafana's word
    exemplars: bool = False,
    interval: str = "",
    hide: bool = False,
    ref_id: str = "",
) -> Json:
    """Return a Prometheus query.

    Args:
        expr: PromQL; Grafana's variables are welcome.
        legend: The series' name, such as `{{instance}}`; empty leaves it to Grafana.
        datasource: The name of a data source; empty takes the panel's.
        instant: One value at the end of the range, in place of a series.
        format: What Grafana makes of the result.
        exemplars: Whether to ask for exemplars too.
        interval: The least step (a Prometheus duration).
        hide: Whether it is only there for expressions and transformations.
        ref_id: The letter that transformations and overrides use; empty is given by position.
    """
    target: Json = {"expr": expr, "legendFormat": legend or "__auto", "editorMode": "code", "format": format}
    target["range"] = not instant
    target["instant"] = instant
    if datasource:
        target["datasource"] = datasource
    if exemplars:
        target["exemplar"] = True
    if interval:
        target["interval"] = interval
    if hide:
        target["hide"] = True
    if ref_id:
        target["refId"] = ref_id
    return target


Query = str | Mapping[str, Any]


def timeseries(
    title: str,
    *queries: Query,
    legend: LegendMode = "list",
    legend_placement: Literal["bottom", "right"] = "bottom",
    legend_calcs: Sequence[Calc] = (),
    tooltip: Literal["single", "multi", "none"] = "multi",
    draw: Literal["line", "bars", "points"] = "line",
    fill: int = 10,
    line_width: int = 1,
    stack: Literal["none", "normal", "percent"] = "none",
    axis_label: str = "",
    soft_min: float | None = None,
    soft_max: float | None = None,
    log_base: int = 0,
    threshold_style: Literal["off", "line", "dashed", "area", "line+area", "dashed+area"] = "dashed",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a time series panel.

    Args:
        title: The panel's title.
        *queries: PromQL, or `query(...)`.
        legend: How series are listed.
        legend_placement: Where.
        legend_calcs: What is shown of each series.
        tooltip: Whether the tooltip shows one series or all.
        draw: Lines, bars or points.
        fill: Opacity below the line, 0 to 100.
        line_width: 0 to 10.
        stack: Series on top of each other, as they are or in percent.
        axis_label: Beside the axis.
        soft_min: The axis starts here unless a value is lower.
        soft_max: The axis ends here unless a value is higher.
        log_base: 2 or 10 for a logarithmic axis.
        threshold_style: How thresholds are drawn, where there are any.
        **options: See `PanelOptions`.
    """
    custom: Json = {
        "drawStyle": draw,
        "fillOpacity": fill,
        "lineWidth": line_width,
        "showPoints": "always" if draw == "points" else "never",
        "spanNulls": False,
        "stacking": {"group": "A", "mode": stack},
        "thresholdsStyle": {"mode": threshold_style if options.get("thresholds") else "off"},
    }
    if axis_label:
        custom["axisLabel"] = axis_label
    if soft_min is not None:
        custom["axisSoftMin"] = soft_min
    if soft_max is not None:
        custom["axisSoftMax"] = soft_max
    if log_base:
        custom["scaleDistribution"] = {"type": "log", "log": log_base}
    sort = "desc" if tooltip == "multi" else "none"
    shown = {
        "legend": _legend(legend, legend_placement, legend_calcs),
        "tooltip": {"mode": tooltip, "sort": sort},
    }
    return _panel("timeseries", title, queries, shown, options, custom, color="palette-classic")


def stat(
    title: str,
    *queries: Query,
    calc: Calc = "lastNotNull",
    graph: Literal["none", "area", "line"] = "none",
    color_mode: Literal["value", "background", "background_solid", "none"] = "value",
    text_mode: Literal["auto", "value", "value_and_name", "name", "none"] = "auto",
    orientation: Literal["auto", "horizontal", "vertical"] = "auto",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a stat panel: one large value for each series.

    Args:
        title: The panel's title.
        *queries: PromQL, or `query(...)`.
        calc: What makes one value of a series.
        graph: A small graph behind the value.
        color_mode: What is coloured by the thresholds.
        text_mode: Whether the series' name is shown too.
        orientation: How several values are laid out.
        **options: See `PanelOptions`.
    """
    shown = {
        "colorMode": color_mode,
        "graphMode": graph,
        "justifyMode": "auto",
        "orientation": orientation,
        "percentChangeColorMode": "standard",
        "reduceOptions": _reduce(calc),
        "showPercentChange": False,
        "textMode": text_mode,
        "wideLayout": True,
    }
    return _panel("stat", title, queries, shown, options)


def gauge(
    title: str,
    *queries: Query,
    calc: Calc = "lastNotNull",
    orientation: Literal["auto", "horizontal", "vertical"] = "auto",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a gauge; give `min` and `max`.

    Args:
        title: The panel's title.
        *queries: PromQL, or `query(...)`.
        calc: What makes one value of a series.
        orientation: How several gauges are laid out.
        **options: See `PanelOptions`.
    """
    shown = {
        "minVizHeight": 75,
        "minVizWidth": 75,
        "orientation": orientation,
        "reduceOptions": _reduce(calc),
        "showThresholdLabels": False,
        "showThresholdMarkers": True,
        "sizing": "auto",
    }
    return _panel("gauge", title, queries, shown, options)


def bargauge(
    title: str,
    *queries: Query,
    calc: Calc = "lastNotNull",
    orientation: Literal["auto", "horizontal", "vertical"] = "horizontal",
    display: Literal["basic", "lcd", "gradient"] = "basic",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a bar gauge: one bar for each series.

    Args:
        title: The panel's title.
        *queries: PromQL, or `query(...)`.
        calc: What makes one value of a series.
        orientation: How the bars lie.
        display: How they are drawn.
        **options: See `PanelOptions`.
    """
    shown = {
        "displayMode": display,
        "legend": _legend("hidden", "bottom", ()),
        "maxVizHeight": 300,
        "minVizHeight": 16,
        "minVizWidth": 8,
        "namePlacement": "auto",
        "orientation": orientation,
        "reduceOptions": _reduce(calc),
        "showUnfilled": True,
        "sizing": "auto",
        "valueMode": "color",
    }
    return _panel("bargauge", title, queries, shown, options)


def table(
    title: str,
    *queries: Query,
    sort_by: str = "",
    sort_desc: bool = True,
    cell_height: Literal["sm", "md", "lg"] = "sm",
    cell_type: Literal["auto", "color-text", "color-background"] = "auto",
    filterable: bool = False,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a table; a plain expression is asked for once, as a table.

    Args:
        title: The panel's title.
        *queries: PromQL, or `query(..., instant=True, format="table")`.
        sort_by: The column to sort by.
        sort_desc: Whether from the highest.
        cell_height: Small, medium or large.
        cell_type: What is coloured by the thresholds.
        filterable: Whether columns have a filter.
        **options: See `PanelOptions`.
    """
    shown: Json = {"cellHeight": cell_height, "showHeader": True}
    if sort_by:
        shown["sortBy"] = [{"desc": sort_desc, "displayName": sort_by}]
    custom: Json = {"align": "auto", "cellOptions": {"type": cell_type}, "inspect": False}
    if filterable:
        custom["filterable"] = True
    asked = [query(entry, instant=True, format="table") if isinstance(entry, str) else entry for entry in queries]
    return _panel("table", title, asked, shown, options, custom)


def heatmap(
    title: str,
    *queries: Query,
    scheme: str = "Oranges",
    y_unit: str = "s",
    calculate: bool = False,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a heatmap; a plain expression is taken as the buckets of a histogram, `sum by (le) (rate(..._bucket))`.

    Args:
        title: The panel's title.
        *queries: PromQL, or `query(..., "{{le}}", format="heatmap")`.
        scheme: Grafana's colour scheme.
        y_unit: The unit of the buckets' bounds.
        calculate: Whether Grafana makes the buckets, of plain series.
        **options: See `PanelOptions`.
    """
    _check_unit(y_unit)
    shown = {
        "calculate": calculate,
        "cellGap": 1,
        "color": {"exponent": 0.5, "fill": "dark-orange", "mode": "scheme", "reverse": False, "scale": "exponential"}
        | {"scheme": scheme, "steps": 64},
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-09},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"mode": "single", "showColorScale": False, "yHistogram": True},
        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": y_unit},
    }
    form: Literal["time_series", "heatmap"] = "time_series" if calculate else "heatmap"
    asked = [query(entry, "{{le}}", format=form) if isinstance(entry, str) else entry for entry in queries]
    return _panel("heatmap", title, asked, shown, options, {"scaleDistribution": {"type": "linear"}})


def state_timeline(
    title: str,
    *queries: Query,
    show_value: Literal["auto", "always", "never"] = "auto",
    merge: bool = True,
    legend: LegendMode = "hidden",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a state timeline: how a state changes, one line for each series.

    Args:
        title: The panel's title.
        *queries: PromQL, or `query(...)`.
        show_value: Whether values stand on the bars.
        merge: Whether equal values next to each other are one bar.
        legend: How states are listed.
        **options: See `PanelOptions`; `mappings` name the states.
    """
    shown = {
        "alignValue": "left",
        "legend": _legend(legend, "bottom", ()),
        "mergeValues": merge,
        "rowHeight": 0.9,
        "showValue": show_value,
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return _panel("state-timeline", title, queries, shown, options, {"fillOpacity": 70, "lineWidth": 0})


def status_history(
    title: str,
    *queries: Query,
    show_value: Literal["auto", "always", "never"] = "auto",
    legend: LegendMode = "hidden",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a status history: a grid of states at regular times.

    Args:
        title: The panel's title.
        *queries: PromQL, or `query(...)`.
        show_value: Whether values stand on the cells.
        legend: How states are listed.
        **options: See `PanelOptions`; `mappings` name the states.
    """
    shown = {
        "colWidth": 0.9,
        "legend": _legend(legend, "bottom", ()),
        "rowHeight": 0.9,
        "showValue": show_value,
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return _panel("status-history", title, queries, shown, options, {"fillOpacity": 70, "lineWidth": 1})


def logs(
    title: str,
    *queries: Query,
    newest_first: bool = True,
    wrap: bool = True,
    details: bool = True,
    dedup: Literal["none", "exact", "numbers", "signature"] = "none",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a logs panel; its data source (Loki, say) has to be named.

    Args:
        title: The panel's title.
        *queries: The data source's own language, or a mapping.
        newest_first: The order of lines.
        wrap: Whether long lines are wrapped.
        details: Whether a line can be opened.
        dedup: Which repeated lines are hidden.
        **options: See `PanelOptions`.
    """
    shown = {
        "dedupStrategy": dedup,
        "enableLogDetails": details,
        "prettifyLogMessage": False,
        "showCommonLabels": False,
        "showLabels": False,
        "showLogContextToggle": False,
        "showTime": True,
        "sortOrder": "Descending" if newest_first else "Ascending",
        "wrapLogMessage": wrap,
    }
    asked = [{"expr": entry, "queryType": "range"} if isinstance(entry, str) else entry for entry in queries]
    return _panel("logs", title, asked, shown, options)


def alert_list(
    title: str,
    *,
    matching: str = "",
    name: str = "",
    firing: bool = True,
    pending: bool = True,
    group_by: Sequence[str] = (),
    max_items: int = 20,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a list of alerts.

    Args:
        title: The panel's title.
        matching: Label matchers, such as `{severity="critical"}`.
        name: Part of the alerts' names.
        firing: Whether firing ones are shown.
        pending: Whether pending ones are shown.
        group_by: Labels to group by.
        max_items: The most alerts.
        **options: See `PanelOptions`.
    """
    shown = {
        "alertInstanceLabelFilter": matching,
        "alertName": name,
        "dashboardAlerts": False,
        "groupBy": list(group_by),
        "groupMode": "custom" if group_by else "default",
        "maxItems": max_items,
        "showInactiveAlerts": False,
        "sortOrder": 3,
        "stateFilter": {"error": True, "firing": firing, "noData": False, "normal": False, "pending": pending},
        "viewMode": "list",
    }
    return _panel("alertlist", title, (), shown, options)


def text(
    content: str,
    *,
    title: str = "",
    mode: Literal["markdown", "html"] = "markdown",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a text panel.

    Args:
        content: Markdown or HTML.
        title: The panel's title; may be empty, then `key` names it if there is a second one in its row.
        mode: What *content* is.
        **options: See `PanelOptions`.
    """
    shown = {
        "code": {"language": "plaintext", "showLineNumbers": False, "showMiniMap": False},
        "content": content,
        "mode": mode,
    }
    return _panel("text", title, (), shown, options)


def _panel(
    kind: str,
    title: str,
    queries: Sequence[Query],
    shown: Mapping[str, Any],
    options: PanelOptions,
    custom: Json | None = None,
    color: str = "thresholds",
) -> Panel:
    json: Json = {"type": kind, "title": title}
    if description := options.get("description"):
        json["description"] = description
    if datasource := options.get("datasource"):
        json["datasource"] = datasource
    if queries:
        json["targets"] = [query(entry) if isinstance(entry, str) else entry for entry in queries]
    defaults = _defaults(options, color)
    if custom:
        defaults["custom"] = custom
    json["fieldConfig"] = {"defaults": defaults, "overrides": list(options.get("overrides", ()))}
    json["options"] = shown
    for name, value in options.items():
        if name in _TOP:
            json[_TOP[name]] = value
    if repeat := options.get("repeat"):
        json["repeat"] = repeat
        json["repeatDirection"] = options.get("repeat_direction", "h")
    if links := options.get("links"):
        json["links"] = list(links)
    if transformations := options.get("transformations"):
        json["transformations"] = list(transformations)
    return Panel(json, options.get("key", ""), options.get("width", 0), options.get("height", 0))


def _defaults(options: PanelOptions, color: str) -> Json:
    color = options.get("color", color)
    fixed = not color.startswith(_MODES)
    base = {"color": options.get("base_color", BASE_COLOR), "value": None}
    defaults: Json = {
        "color": {"fixedColor": color, "mode": "fixed"} if fixed else {"mode": color},
        "mappings": list(options.get("mappings", ())),
        "thresholds": {
            "mode": "absolute",
            "steps": [base, *(_step(threshold) for threshold in options.get("thresholds", ()))],
        },
    }
    if unit := options.get("unit"):
        _check_unit(unit)
        defaults["unit"] = unit
    for name, value in options.items():
        if name in _FIELD:
            defaults[_FIELD[name]] = value
    if links := options.get("data_links"):
        defaults["links"] = list(links)
    return defaults


def _step(threshold: ThresholdLike) -> Json:
    if isinstance(threshold, Threshold):
        return {"color": threshold.color, "value": threshold.value}
    value, color = threshold
    return {"color": color, "value": value}


def _check_unit(unit: str) -> None:
    if units.known(unit):
        return
    near = names.nearest(unit, units.UNITS)
    remedy = f"did you mean {near!r}? " if near else ""
    problem = Problem(
        f"Grafana has no unit {unit!r}",
        calling_source(),
        f"{remedy}A unit of your own is written suffix:{unit}",
        Exit.PROBLEM,
    )
    raise DojoboardsError([problem])


def _legend(mode: LegendMode, placement: str, calcs: Sequence[str]) -> Json:
    shown = mode != "hidden"
    return {
        "calcs": list(calcs),
        "displayMode": mode if shown else "list",
        "placement": placement,
        "showLegend": shown,
    }


def _reduce(calc: str) -> Json:
    return {"calcs": [calc], "fields": "", "values": False}


def link(title: str, url: str, *, new_tab: bool = False, tooltip: str = "") -> Json:
    """Return a link of a panel or of a value.

    Args:
        title: What is shown.
        url: An address; Grafana's variables are welcome.
        new_tab: Whether it opens in a new tab.
        tooltip: Shown over it, in a dashboard's links.
    """
    return {"title": title, "url": url, "targetBlank": new_tab, **({"tooltip": tooltip} if tooltip else {})}


def dashboard_link(title: str, uid: str, *, panel: str = "", keep_time: bool = True, variables: bool = True) -> Json:
    """Return a link of a panel to another dashboard.

    Args:
        title: What is shown.
        uid: The dashboard's uid.
        panel: The key of a panel to open alone.
        keep_time: Whether the time range goes along.
        variables: Whether the template variables go along.
    """
    parts = [f"viewPanel=panel-{names.panel_id(panel)}"] if panel else []
    parts += ["${__url_time_range}"] * keep_time + ["${__all_variables}"] * variables
    return link(title, f"/d/{uid}" + (f"?{'&'.join(parts)}" if parts else ""))


def annotation(
    name: str,
    *,
    expr: str = "",
    tags: Sequence[str] = (),
    title: str = "",
    text: str = "",
    color: str = "blue",
    step: str = "60s",
    datasource: str = "",
    enable: bool = True,
) -> Json:
    """Return an annotation: marks on every time series, from a Prometheus query or from Grafana's own by tags.

    Args:
        name: What its switch is called.
        expr: PromQL; a mark stands where it has a value.
        tags: Without *expr*: marks of Grafana that have one of these tags.
        title: Of a mark, may contain `{{label}}`.
        text: Likewise.
        color: Grafana's colour.
        step: The step of *expr*.
        datasource: The name of a data source; empty takes the default one.
        enable: Whether it is on when the dashboard opens.
    """
    if expr:
        mark: Json = {"name": name, "enable": enable, "iconColor": color, "expr": expr, "step": step}
        if datasource:
            mark["datasource"] = datasource
        return mark | {"titleFormat": title or name, "textFormat": text}
    target = {"limit": 100, "matchAny": True, "tags": list(tags), "type": "tags"}
    source = {"type": "grafana", "uid": "-- Grafana --"}
    return {"name": name, "enable": enable, "iconColor": color, "datasource": source, "target": target}


def dashboard(
    title: str,
    *,
    uid: str,
    panels: Sequence[Any],
    variables: Sequence[Mapping[str, Any]] = (),
    description: str = "",
    tags: Sequence[str] = (),
    links: Sequence[Mapping[str, Any]] = (),
    annotations: Sequence[Mapping[str, Any]] = (),
    time_from: str = "now-6h",
    time_to: str = "now",
    refresh: str = "1m",
    timezone: str = "browser",
    shared_crosshair: bool = True,
) -> Json:
    """Return a dashboard in the classic schema.

    Args:
        title: Its title.
        uid: At most 40 letters, digits, `-` and `_`; unique in Grafana.
        panels: Panels and rows, from top to bottom.
        variables: Template variables, made by the functions of this module's sibling `variables`, or mappings.
        description: What it is for.
        tags: More tags.
        links: Links at its top: `link(...)`.
        annotations: Made by `annotation`.
        time_from: Where the time range starts when it opens.
        time_to: Where it ends.
        refresh: How often it is refreshed; empty for never.
        timezone: `browser`, `utc` or a name of the tz database.
        shared_crosshair: Whether all panels show the time that one points at.
    """
    return {
        "annotations": {"list": list(annotations)},
        "description": description,
        "graphTooltip": 1 if shared_crosshair else 0,
        "links": [{"type": "link", **entry} for entry in links],
        "panels": list(panels),
        "refresh": refresh,
        "tags": list(tags),
        "templating": {"list": list(variables)},
        "time": {"from": time_from, "to": time_to},
        "timezone": timezone,
        "title": title,
        "uid": uid,
    }
