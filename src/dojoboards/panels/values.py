"""Panels that show what values are now."""

from __future__ import annotations

from typing import Literal, Unpack

from dojoboards.layout import Panel
from dojoboards.panels.options import Calc, Orientation, PanelOptions, panel, reduce
from dojoboards.panels.options import legend as _legend
from dojoboards.panels.plain import Json
from dojoboards.panels.queries import Query, query


def stat(
    title: str,
    *queries: Query,
    calc: Calc = "lastNotNull",
    graph: Literal["none", "area", "line"] = "none",
    color_mode: Literal["value", "background", "background_solid", "none"] = "value",
    text_mode: Literal["auto", "value", "value_and_name", "name", "none"] = "auto",
    orientation: Orientation = "auto",
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
        "reduceOptions": reduce(calc),
        "showPercentChange": False,
        "textMode": text_mode,
        "wideLayout": True,
    }
    return panel("stat", title, queries, shown, options)


def gauge(
    title: str,
    *queries: Query,
    calc: Calc = "lastNotNull",
    orientation: Orientation = "auto",
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
        "reduceOptions": reduce(calc),
        "showThresholdLabels": False,
        "showThresholdMarkers": True,
        "sizing": "auto",
    }
    return panel("gauge", title, queries, shown, options)


def bargauge(
    title: str,
    *queries: Query,
    calc: Calc = "lastNotNull",
    orientation: Orientation = "horizontal",
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
        "legend": _legend("hidden"),
        "maxVizHeight": 300,
        "minVizHeight": 16,
        "minVizWidth": 8,
        "namePlacement": "auto",
        "orientation": orientation,
        "reduceOptions": reduce(calc),
        "showUnfilled": True,
        "sizing": "auto",
        "valueMode": "color",
    }
    return panel("bargauge", title, queries, shown, options)


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
    return panel("table", title, asked, shown, options, custom)
