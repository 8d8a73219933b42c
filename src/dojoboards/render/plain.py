"""What content may give as a dashboard or a panel, as panels and rows of ours: plain values, with all options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from dojoboards import names, panels, places
from dojoboards.errors import Source
from dojoboards.layout import Panel, Row
from dojoboards.panels.plain import Json, plain
from dojoboards.places import Noted
from dojoboards.render import former, grafanalib
from dojoboards.render.fields import field_config

LIBRARY_PANEL = "library-panel-ref"
"""The type that Grafana writes for a library panel, whose own type it does not know."""

DEAD = frozenset(
    [
        "alert",
        "alertName",
        "cachedPluginOptions",
        "editable",
        "error",
        "hasRefreshed",
        "height",
        "isNew",
        "minSpan",
        "pluginLoaded",
        "renderer",
        "repeatByRow",
        "repeatIteration",
        "repeatPanelId",
        "repeatedByRow",
        "scopedVars",
        "snapshotData",
        "span",
    ]
)
"""Keys of a panel that Grafana wrote once, or only while it showed the panel."""


def dashboard(spec: Any) -> Json:
    """Return a dashboard's own keys as plain values, with `panels` still as content gave them.

    `annotations` and `templating` are the lists of these, with their places. What Grafana wraps around a dashboard (its
    API, a resource of the classic schema) is taken off.

    Raises:
        TypeError: *spec* is not a dashboard.
    """
    if isinstance(spec, Mapping):
        keys = dict(spec)
    elif grafanalib.is_grafanalib(spec) and hasattr(spec, "templating"):
        keys = grafanalib.dashboard(spec)
    else:
        keys = plain(spec)
        if not isinstance(keys, dict) or keys.get("type") or "expr" in keys:
            raise TypeError(f"{names.a(type(spec).__name__)} is no dashboard")
    keys = _unwrapped(keys)
    items = [*(keys.pop("rows", None) or ()), *(keys.pop("panels", None) or ())]
    lists = {key: _noted(key, keys.pop(key, None)) for key in ("annotations", "templating")}
    return {**{key: plain(value) for key, value in keys.items() if value is not None}, **lists, "panels": items}


def _noted(key: str, value: Any) -> list[Noted]:
    """Return the items of what Grafana and grafanalib hold as a `list` within something, with their places."""
    inner = value.get("list") if isinstance(value, Mapping) else getattr(value, "list", value)
    entries = [(plain(entry), places.of(entry)) for entry in inner or ()]
    for entry, _ in entries:
        if not isinstance(entry, dict):
            raise TypeError(f"{key} holds {names.a(type(entry).__name__)}")
    return [Noted(entry, source) for entry, source in entries]


def _unwrapped(keys: Json) -> Json:
    if isinstance(keys.get("dashboard"), Mapping) and "panels" not in keys:
        return dict(keys["dashboard"])
    spec = keys.get("spec")
    if "apiVersion" in keys and isinstance(spec, Mapping) and "elements" not in spec:
        metadata = keys.get("metadata") or {}
        return {"uid": metadata.get("name"), **spec}
    return keys


def item(value: Any) -> Panel | Row:
    """Return a panel or a row of any kind as ours, with plain values.

    Raises:
        TypeError: *value* is neither.
        DojoboardsError: Grafana no longer shows such a panel.
    """
    if type(value) is Panel:
        return value if value.complete else _wrapped(value)
    if isinstance(value, Row):
        return _with_panels(value, tuple(_panel(panel) for panel in value.panels))
    source = places.of(value)
    if (complete := grafanalib.fast(value)) is not None:
        return Panel(complete, source=source, complete=True)
    if grafanalib.is_grafanalib(value):
        json = grafanalib.row(value) or grafanalib.general(value)
    elif isinstance(value, Mapping) and "panels" in value:
        json = {**plain({key: entry for key, entry in value.items() if key != "panels"}), "panels": value["panels"]}
    else:
        json = plain(value)
    if not isinstance(json, dict):
        raise TypeError(f"{names.a(type(value).__name__)} is no panel")
    if json.get("type") == "row" or former.is_row(json):
        return _row(json, source)
    position = json.get("gridPos")
    if position and _is_of_sdk(value) and not position.get("x") and not position.get("y"):
        # Only a dashboard of the SDK gives its panels positions; alone, they have nothing but a size.
        rest = {key: entry for key, entry in json.items() if key != "gridPos"}
        return Panel(completed(rest), "", position.get("w", 0), position.get("h", 0), source, complete=True)
    return Panel(completed(json), source=source, complete=True)


def _wrapped(value: Panel) -> Panel:
    inner = _panel(value.json)
    size = (value.width or inner.width, value.height or inner.height)
    return Panel(inner.json, value.key, *size, value.source, complete=True)


def _panel(value: Any) -> Panel:
    found = item(value)
    if isinstance(found, Row) or found.json.get("type") == "row":
        raise TypeError("a row stands inside a row or a panel")
    return found


def _is_of_sdk(value: object) -> bool:
    return type(value).__module__.partition(".")[0] == "grafana_foundation_sdk"


def _with_panels(row: Row, inner: tuple[Panel, ...]) -> Row:
    if all(new is old for new, old in zip(inner, row.panels, strict=True)):
        return row
    options = {name: getattr(row, name) for name in ("collapsed", "repeat", "height", "key", "source")}
    return Row(row.title, *inner, **options)


def _row(json: Json, source: Source | None) -> Panel | Row:
    """Return a row of Grafana: with its own panels, or as a bar above those that follow it."""
    given = json.get("panels") or ()
    inner = tuple(_panel(entry) for entry in given)
    if former.is_row(json):
        return former.row(json, inner, source)
    if inner and not (json.get("gridPos") and all(panel.json.get("gridPos") for panel in inner)):
        title, repeat = str(json.get("title") or ""), str(json.get("repeat") or "")
        return Row(title, *inner, collapsed=bool(json.get("collapsed")), repeat=repeat, source=source)
    kept = {key: json[key] for key in ("collapsed", "gridPos", "id", "repeat", "title") if json.get(key)}
    return Panel({**kept, "type": "row", "panels": inner}, source=source, complete=True)


def completed(json: Json) -> Json:
    """Return a panel in the current form, with the options that Grafana itself would have added.

    Raises:
        TypeError: it has no type.
        DojoboardsError: Grafana no longer shows such a panel.
    """
    if isinstance(json.get("libraryPanel"), dict):
        return _library_panel(json)
    if "type" not in json:
        raise TypeError(f"the panel {json.get('title', '')!r} has no `type`")
    result = {key: value for key, value in former.current(json).items() if key not in DEAD}
    kind = str(result["type"])
    if kind in DEFAULTS or "options" in result:
        result["options"] = _options(result.get("options") or {}, _defaults(kind))
    result["fieldConfig"] = field_config(result.get("fieldConfig") or {})
    return result


_OF_LIBRARY_PANEL = ("gridPos", "id", "maxPerRow", "repeat", "repeatDirection", "title")


def _library_panel(json: Json) -> Json:
    reference = {key: json["libraryPanel"][key] for key in ("name", "uid") if key in json["libraryPanel"]}
    kept: Json = {key: json[key] for key in _OF_LIBRARY_PANEL if key in json}
    return {**kept, "libraryPanel": reference, "type": LIBRARY_PANEL}


def _options(given: Json, defaults: Mapping[str, Any]) -> Json:
    result = {**defaults, **given}
    for key, usual in defaults.items():
        if isinstance(usual, dict) and isinstance(given.get(key), dict):
            result[key] = {**usual, **given[key]}
    legend = given.get("legend")
    if isinstance(legend, dict) and "displayMode" in legend:
        result["legend"] = {**result["legend"], **_shown(legend)}
    return result


def _shown(legend: Json) -> Json:
    """Return whether a legend is shown, which once was one of its modes."""
    if legend["displayMode"] == "hidden":
        return {"displayMode": "list", "showLegend": False}
    return {"showLegend": legend.get("showLegend", True)}


@cache
def _defaults(kind: str) -> Mapping[str, Any]:
    make = DEFAULTS.get(kind)
    return make() if make else {}


def _of(panel: Panel) -> Mapping[str, Any]:
    options: Mapping[str, Any] = panel.json["options"]
    return options


_TOOLTIP = {"mode": "single", "sort": "none"}
_LEGEND = {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True}

DEFAULTS: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "alertlist": lambda: _of(panels.alert_list("")),
    "annolist": lambda: {
        "limit": 10,
        "navigateAfter": "10m",
        "navigateBefore": "10m",
        "navigateToPanel": True,
        "onlyFromThisDashboard": False,
        "onlyInTimeRange": False,
        "showTags": True,
        "showTime": True,
        "showUser": True,
        "tags": [],
    },
    "barchart": lambda: {"legend": _LEGEND, "tooltip": _TOOLTIP},
    "bargauge": lambda: _of(panels.bargauge("")),
    "dashlist": lambda: {
        "includeVars": False,
        "keepTime": False,
        "maxItems": 10,
        "query": "",
        "showFolderNames": True,
        "showHeadings": True,
        "showRecentlyViewed": False,
        "showSearch": False,
        "showStarred": True,
        "tags": [],
    },
    "gauge": lambda: _of(panels.gauge("")),
    "heatmap": lambda: _of(panels.heatmap("")),
    "histogram": lambda: {"legend": _LEGEND, "tooltip": _TOOLTIP},
    "logs": lambda: _of(panels.logs("")),
    "piechart": lambda: {
        "legend": {**_LEGEND, "values": []},
        "orientation": "auto",
        "pieType": "pie",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "tooltip": _TOOLTIP,
    },
    "stat": lambda: _of(panels.stat("")),
    "state-timeline": lambda: _of(panels.state_timeline("")),
    "status-history": lambda: _of(panels.status_history("")),
    "table": lambda: _of(panels.table("")),
    "text": lambda: _of(panels.text("")),
    "timeseries": lambda: {"legend": _LEGEND, "tooltip": _TOOLTIP},
}
"""By type: the options that Grafana adds where they are missing."""
