"""Panels that show how values change over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Unpack

from dojoboards.layout import Panel
from dojoboards.panels.options import Calc, LegendMode, PanelOptions, panel
from dojoboards.panels.options import legend as _legend
from dojoboards.panels.plain import Json
from dojoboards.panels.queries import Query, query


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
    return panel("timeseries", title, queries, shown, options, custom, color="palette-classic")


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
    return panel("heatmap", title, asked, shown, options, {"scaleDistribution": {"type": "linear"}})


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
        "legend": _legend(legend),
        "mergeValues": merge,
        "rowHeight": 0.9,
        "showValue": show_value,
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return panel("state-timeline", title, queries, shown, options, {"fillOpacity": 70, "lineWidth": 0})


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
        "legend": _legend(legend),
        "rowHeight": 0.9,
        "showValue": show_value,
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return panel("status-history", title, queries, shown, options, {"fillOpacity": 70, "lineWidth": 1})
