"""Panels, queries, links, annotations and dashboards, typed, in Grafana's classic schema.

Every function returns plain values (`Panel` around a mapping), so they mix with grafanalib's objects, with objects of
the foundation SDK and with mappings written by hand. Options that all panels share are those of `PanelOptions`.
"""

from __future__ import annotations

from dojoboards.layout import Panel, Row
from dojoboards.panels.boards import annotation, dashboard, dashboard_link, link
from dojoboards.panels.options import BASE_COLOR, Calc, LegendMode, Orientation, PanelOptions, ThresholdLike
from dojoboards.panels.queries import Query, query
from dojoboards.panels.series import heatmap, state_timeline, status_history, timeseries
from dojoboards.panels.values import bargauge, gauge, stat, table
from dojoboards.panels.words import alert_list, logs, text

__all__ = [
    "BASE_COLOR",
    "SCHEMA_VERSION",
    "Calc",
    "LegendMode",
    "Orientation",
    "Panel",
    "PanelOptions",
    "Query",
    "Row",
    "ThresholdLike",
    "alert_list",
    "annotation",
    "bargauge",
    "dashboard",
    "dashboard_link",
    "gauge",
    "heatmap",
    "link",
    "logs",
    "query",
    "row",
    "stat",
    "state_timeline",
    "status_history",
    "table",
    "text",
    "timeseries",
]

SCHEMA_VERSION = 42
"""The classic schema's last version, Grafana 11 and newer; older servers take it too."""

row = Row
