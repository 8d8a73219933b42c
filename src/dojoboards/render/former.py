"""Panels as Grafana wrote them in former years, made current: grafanalib still writes some, and so do old exports.

What Grafana itself does when it opens such a dashboard is done here, on plain values without nulls.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dojoboards.errors import DojoboardsError, Problem, Source
from dojoboards.layout import COLUMNS, Panel, Row
from dojoboards.panels.plain import Json
from dojoboards.render import angular

REMOVED = {
    "flant-statusmap-panel": "status-history",
    "grafana-worldmap-panel": "geomap",
    "marcuscalidus-svg-panel": "canvas",
    "natel-discrete-panel": "state-timeline",
    "table-old": "table",
}
"""Panel types that Grafana no longer loads, each with the one that took its place."""


def current(panel: Json) -> Json:
    """Return *panel* as a current Grafana would write it; itself where it already is.

    Raises:
        DojoboardsError: Grafana no longer shows it.
    """
    kind = panel["type"]
    title = panel.get("title", "")
    if kind in REMOVED:
        message = f"panel {title!r}: Grafana 12 and newer do not load panels of the type {kind!r}"
        raise DojoboardsError([Problem(message, None, f"make it a panel of the type {REMOVED[kind]!r}")])
    if panel.get("alert"):
        message = f"panel {title!r} holds an alert of the kind that Grafana 11 removed"
        raise DojoboardsError([Problem(message, None, "declare an `Alert` in alerts/, and take it out of the panel")])
    convert = _CONVERTERS.get(kind)
    return convert(panel) if convert else panel


def is_row(json: Mapping[str, Any]) -> bool:
    """Return whether *json* is a row as dashboards had them before panels were laid out on a grid."""
    return "collapse" in json and "panels" in json


def row(json: Mapping[str, Any], panels: Sequence[Panel], source: Source | None) -> Row:
    """Return such a row, with *panels* as its panels."""
    widths = _widths([entry.get("span") if isinstance(entry, Mapping) else entry.span for entry in json["panels"]])
    sized = (replace(panel, width=panel.width or width) for panel, width in zip(panels, widths, strict=True))
    title = "" if json.get("showTitle") is False else str(json.get("title") or "")
    options: Json = {"collapsed": bool(json["collapse"]), "repeat": str(json.get("repeat") or "")}
    return Row(title, *sized, height=_units(json.get("height")), source=source, **options)


def _widths(spans: Sequence[Any]) -> list[int]:
    """Return widths for spans of twelve; 0 where all share the row alike, which grids of 24 do more evenly."""
    if len(set(spans)) == 1 and spans[0] == math.ceil(_SPANS / len(spans)):
        return [0] * len(spans)
    return [min(int((span or 0) * COLUMNS / _SPANS), COLUMNS) for span in spans]


def _units(height: Any) -> int:
    """Return the height of a row's panels in units of the grid; 0 where it is the former usual one."""
    pixels = int(re.sub(r"\D", "", str(height)) or _ROW_HEIGHT)
    return 0 if pixels == _ROW_HEIGHT else math.ceil(pixels / _PIXELS_PER_UNIT)


_SPANS = 12
_ROW_HEIGHT = 250
_PIXELS_PER_UNIT = 38  # of a unit and the gap below it


def _gauge(panel: Json) -> Json:
    """Return a gauge or bar gauge with its former `fieldOptions` at the places where they are now looked for."""
    options, config = panel.get("options") or {}, panel.get("fieldConfig") or {}
    former = options.get("fieldOptions")
    defaults = config.get("defaults", {})
    if former is None:
        if "calcs" not in defaults and "showThresholdLabels" not in config:
            return panel
        former = {key: defaults[key] for key in ("calcs", "values", "limit", "mappings") if key in defaults}
        former["defaults"] = defaults
    own = former.get("defaults", {})
    kept = {key: value for key, value in {**defaults, **own}.items() if key not in _MOVED}
    thresholds = former.get("thresholds") or config.get("defaults", {}).get("thresholds", {}).get("steps")
    moved = {
        "displayName": own.get("title") or own.get("displayName"),
        "mappings": former.get("mappings") or kept.get("mappings"),
        "thresholds": {"mode": kept.get("thresholds", {}).get("mode", "absolute"), "steps": thresholds},
    }
    reduced = {"calcs": former.get("calcs", ["mean"]), "fields": "", "values": bool(former.get("values"))}
    shown = {key: value for key, value in options.items() if key != "fieldOptions"}
    for key in ("showThresholdLabels", "showThresholdMarkers"):
        if panel["type"] == "bargauge":
            shown.pop(key, None)
        elif key in config:
            shown[key] = config[key]
    shown["reduceOptions"] = reduced | ({"limit": former["limit"]} if former.get("limit") else {})
    field_config = {
        "defaults": {**kept, **{key: value for key, value in moved.items() if value is not None}},
        "overrides": config.get("overrides", []),
    }
    return {**panel, "options": shown, "fieldConfig": field_config}


_MOVED = frozenset({"calcs", "limit", "override", "title", "values"})


def _table(panel: Json) -> Json:
    result = {key: value for key, value in panel.items() if key not in _TABLE}
    config = panel.get("fieldConfig") or {}
    defaults = dict(config.get("defaults", {}))
    custom = dict(defaults.get("custom", {}))
    if mode := custom.pop("displayMode", None):
        custom["cellOptions"] = _cell(mode)
    if custom:
        defaults["custom"] = {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False, **custom}
    for key in ("color", "mappings"):
        if panel.get(key):
            defaults.setdefault(key, panel[key])
    overrides = [
        {**entry, "properties": [_cell_property(item) for item in entry.get("properties", ())]}
        for entry in config.get("overrides", ())
    ]
    return {**result, "fieldConfig": {**config, "defaults": defaults, "overrides": overrides}}


_TABLE = frozenset({"color", "columns", "fontSize", "mappings", "pageSize", "scroll", "showHeader", "sort", "styles"})


def _cell(mode: str) -> Json:
    if mode in ("basic", "gradient-gauge", "lcd-gauge"):
        return {"type": "gauge", "mode": mode.removesuffix("-gauge")}
    if mode in ("color-background", "color-background-solid"):
        return {"type": "color-background", "mode": "gradient" if mode == "color-background" else "basic"}
    return {"type": mode}


def _cell_property(entry: Json) -> Json:
    if entry.get("id") != "custom.displayMode":
        return entry
    return {"id": "custom.cellOptions", "value": _cell(str(entry.get("value")))}


def _renamed(names: Mapping[str, str], dropped: Iterable[str] = ()) -> Callable[[Json], Json]:
    """Return a converter that moves keys of the panel to its options under new names."""

    def convert(panel: Json) -> Json:
        moved = {new: panel[old] for old, new in names.items() if old in panel}
        kept = {key: value for key, value in panel.items() if key not in names and key not in dropped}
        return {**kept, "options": {**moved, **(panel.get("options") or {})}}

    return convert


_dashboard_list = _renamed(
    {
        "headings": "showHeadings",
        "limit": "maxItems",
        "query": "query",
        "recent": "showRecentlyViewed",
        "search": "showSearch",
        "starred": "showStarred",
        "tags": "tags",
    }
)
_alert_list_keys = _renamed(
    {
        "limit": "maxItems",
        "nameFilter": "alertName",
        "onlyAlertsOnDashboard": "dashboardAlerts",
        "sortOrder": "sortOrder",
        "stateFilter": "stateFilter",
    },
    ("dashboardTags", "folderId", "show"),
)
_STATES = {"alerting": "firing", "execution_error": "error", "no_data": "noData", "ok": "normal", "pending": "pending"}


def _alert_list(panel: Json) -> Json:
    result = _alert_list_keys(panel)
    options = {**result["options"], "alertName": result["options"].get("alertName") or panel.get("nameFilter", "")}
    wanted = options.get("stateFilter")
    if isinstance(wanted, list):
        options["stateFilter"] = {new: not wanted or old in wanted for old, new in _STATES.items()}
    return {**result, "options": options}


_text_keys = _renamed({"content": "content", "mode": "mode"})


def _text(panel: Json) -> Json:
    result = _text_keys(panel)
    if result["options"].get("mode") == "text":
        result["options"]["mode"] = "markdown"
    return result


_CONVERTERS: Mapping[str, Callable[[Json], Json]] = {
    **angular.CONVERTERS,
    "alertlist": _alert_list,
    "bargauge": _gauge,
    "dashlist": _dashboard_list,
    "gauge": _gauge,
    "table": _table,
    "text": _text,
}
