"""What content may give as a dashboard or a panel, made plain: mappings and lists without nulls.

grafanalib's objects have `to_json_data`, those of the foundation SDK `to_json`, its builders `build`; all may be mixed.
Nothing that content gave is changed: a module's constant is rendered for several environments.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

from dojoboards import panels, places, schemas
from dojoboards.layout import Panel, Row

Json = dict[str, Any]

_SCALARS = frozenset({str, int, float, bool, type(None)})


def plain(value: Any) -> Any:
    """Return *value* as plain JSON values without nulls, but for those that the schema wants.

    Raises:
        TypeError: there is something in it that cannot be made plain.
    """
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is list or kind is tuple:
        return [item if type(item) in _SCALARS else plain(item) for item in value]
    if isinstance(value, Mapping):
        # Most values are scalars: deciding here saves a call for each.
        result = {
            str(key): item if type(item) in _SCALARS else plain(item) for key, item in value.items() if item is not None
        }
        if len(result) != len(value):
            for key in _wanted_nulls(value):
                result[key] = None
        return result
    if isinstance(value, str | int | float):  # an enumeration, say
        return value.value if isinstance(value, Enum) else value
    for method in ("to_json_data", "to_json", "build"):
        make = getattr(value, method, None)
        if make is not None:
            return plain(make())
    raise TypeError(f"a {type(value).__name__} is no part of a dashboard")


def _wanted_nulls(value: Mapping[Any, Any]) -> list[str]:
    if "color" in value and "value" in value:  # the base step of thresholds
        return [key for key in ("value",) if value[key] is None]
    if "result" in value:  # an open end of a range mapping
        return [key for key in ("from", "to") if key in value and value[key] is None]
    return []


def dashboard(spec: Any) -> Json:
    """Return a dashboard's own keys as plain values, with `panels` still as content gave them.

    Raises:
        TypeError: *spec* is not a dashboard.
    """
    if isinstance(spec, Mapping):
        keys = dict(spec)
    elif _is_grafanalib(spec):
        keys = _grafanalib_dashboard(spec)
    else:
        keys = plain(spec)
        if not isinstance(keys, dict):
            raise TypeError(f"a {type(spec).__name__} is no dashboard")
    items = list(keys.pop("panels", None) or ())
    return {**{key: plain(value) for key, value in keys.items() if value is not None}, "panels": items}


def item(value: Any) -> Panel | Row:
    """Return a panel or a row of any kind as ours, with plain values.

    Raises:
        TypeError: *value* is neither.
    """
    if type(value) is Panel:
        return value
    if isinstance(value, Row):
        if all(isinstance(panel, Panel) for panel in value.panels):
            return value
        inner = tuple(_panel(panel) for panel in value.panels)
        return _row(value.title, inner, value.collapsed, value.repeat, value.source, value.height, value.key)
    source = places.of(value)
    if _is_grafanalib(value) and hasattr(value, "panels"):
        return _row(value.title, tuple(_panel(panel) for panel in value.panels), value.collapsed, "", source)
    json = _json(value)
    if json.get("type") == "row" and json.get("panels"):
        inner = tuple(_panel(panel) for panel in json["panels"])
        is_collapsed = bool(json.get("collapsed"))
        return _row(str(json.get("title", "")), inner, is_collapsed, str(json.get("repeat") or ""), source)
    return Panel(json, source=source)


def _panel(value: Any) -> Panel:
    found = item(value)
    if isinstance(found, Row):
        raise TypeError("a row stands inside a row")
    return found


def _row(
    title: str, inner: tuple[Panel, ...], collapsed: bool, repeat: str, source: Any, height: int = 0, key: str = ""
) -> Row:
    return Row(title, *inner, collapsed=collapsed, repeat=repeat, source=source, height=height, key=key)


def _json(value: Any) -> Json:
    fast = _FAST.get(type(value).__name__) if _is_grafanalib(value) else None
    if fast is not None and value.extraJson is None:
        made: Json = fast(vars(value))
        return made
    json = plain(value)
    if not isinstance(json, dict) or "type" not in json:
        raise TypeError(f"a {type(value).__name__} is no panel")
    convert = _LEGACY.get(json["type"])
    if convert is not None:
        json = convert(json)
    return completed(json, foreign=_is_grafanalib(value))


def _is_grafanalib(value: Any) -> bool:
    return type(value).__module__.startswith("grafanalib.")


def completed(json: Json, *, foreign: bool = False) -> Json:
    """Return a panel with the options that Grafana itself would have added.

    Args:
        json: The panel.
        foreign: Whether to drop what the schema does not know: grafanalib writes keys of long ago.
    """
    kind = str(json["type"])
    result = {key: value for key, value in json.items() if key in _panel_keys()} if foreign else dict(json)
    known = _known(kind)
    if known is None:
        return result
    option_keys, custom_keys, defaults = known
    options = result.get("options", {})
    if foreign:
        options = {key: value for key, value in options.items() if key in option_keys}
    result["options"] = _filled(options, defaults)
    config = {"defaults": {}, "overrides": [], **result.get("fieldConfig", {})}
    custom = config["defaults"].get("custom")
    if foreign and custom is not None:
        kept = {key: value for key, value in custom.items() if key in custom_keys}
        config["defaults"] = {**config["defaults"], "custom": kept}
    if foreign:
        config["defaults"] = _field_defaults(config["defaults"])
    result["fieldConfig"] = config
    return result


def _filled(options: Json, defaults: Mapping[str, Any]) -> Json:
    result = {**defaults, **options}
    for key, value in defaults.items():
        if isinstance(value, dict) and isinstance(options.get(key), dict):
            result[key] = {**value, **options[key]}
    return result


def _field_defaults(defaults: Json) -> Json:
    result = {key: value for key, value in defaults.items() if value != "" or key == "noValue"}
    thresholds = result.get("thresholds")
    if isinstance(thresholds, dict):
        result["thresholds"] = {"mode": thresholds.get("mode") or "absolute", "steps": _steps(thresholds.get("steps"))}
    if isinstance(result.get("color"), str):
        result["color"] = {"mode": result["color"]}
    if not result.get("custom", True):
        result.pop("custom")
    return result


def _steps(steps: Any) -> list[Json]:
    """Return threshold steps; the first one is the base, which has no value."""
    made = [
        {"color": step.get("color", panels.BASE_COLOR), "value": step.get("value")} for step in plain(steps or []) or ()
    ]
    if not made or made[0]["value"] is not None:
        made.insert(0, {"color": panels.BASE_COLOR, "value": None})
    return made


@cache
def _panel_keys() -> frozenset[str]:
    return frozenset(schemas.schema("dashboard")["$defs"]["Panel"]["properties"])


@cache
def _known(kind: str) -> tuple[frozenset[str], frozenset[str], Mapping[str, Any]] | None:
    """Return the options and field options that the schema knows for a type, and the options' defaults."""
    definitions = schemas.schema("dashboard")["$defs"]
    for branch in definitions["Panel"]["allOf"]:
        if branch["if"]["properties"]["type"]["const"] == kind:
            then = branch["then"]["properties"]
            options = _keys(then["options"], definitions)
            field = then.get("fieldConfig")
            custom = field["properties"]["defaults"]["properties"]["custom"] if field else {}
            return options, _keys(custom, definitions), _option_defaults(kind)
    return None


def _keys(reference: Mapping[str, Any], definitions: Mapping[str, Any]) -> frozenset[str]:
    while "$ref" in reference:
        reference = definitions[reference["$ref"].removeprefix("#/$defs/")]
    return frozenset(reference.get("properties", ()))


def _option_defaults(kind: str) -> Mapping[str, Any]:
    made = {
        "alertlist": lambda: panels.alert_list(""),
        "bargauge": lambda: panels.bargauge(""),
        "gauge": lambda: panels.gauge(""),
        "heatmap": lambda: panels.heatmap(""),
        "logs": lambda: panels.logs(""),
        "stat": lambda: panels.stat(""),
        "state-timeline": lambda: panels.state_timeline(""),
        "status-history": lambda: panels.status_history(""),
        "table": lambda: panels.table(""),
        "text": lambda: panels.text(""),
        "timeseries": lambda: panels.timeseries("", tooltip="single"),
    }
    if kind in made:
        defaults: Mapping[str, Any] = made[kind]().json["options"]
        return defaults
    reduce = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    if kind == "piechart":
        legend = {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True, "values": []}
        tooltip = {"mode": "single", "sort": "none"}
        return {"legend": legend, "orientation": "auto", "pieType": "pie", "reduceOptions": reduce, "tooltip": tooltip}
    if kind == "dashlist":
        switches = {"keepTime": False, "includeVars": False, "showStarred": True, "showRecentlyViewed": False}
        shown = {"showSearch": False, "showHeadings": True, "showFolderNames": True}
        return {**switches, **shown, "maxItems": 10, "query": "", "tags": []}
    return {}


def _target(target: Any) -> Any:
    """Return a query of grafanalib without the keys of other data sources."""
    if type(target).__name__ != "Target" or not _is_grafanalib(target):
        return plain(target)
    values = vars(target)
    instant = values["instant"]
    json = {
        "editorMode": "code",
        "expr": values["expr"],
        "format": values["format"],
        "instant": instant,
        "legendFormat": values["legendFormat"] or "__auto",
        "range": not instant,
    }
    for key in ("datasource", "hide", "interval", "refId"):
        if values[key]:
            json[key] = plain(values[key])
    return json


def _head(kind: str, values: Mapping[str, Any], defaults: Json) -> Json:
    """Return what all panels of grafanalib share."""
    thresholds = {"mode": values["thresholdType"], "steps": _steps(values["thresholds"])}
    config = {"defaults": {**defaults, "thresholds": thresholds}, "overrides": plain(values["overrides"])}
    json: Json = {"type": kind, "title": values["title"], "fieldConfig": config}
    for key, name in _HEAD.items():
        if values[key]:
            json[name] = plain(values[key])
    if values["targets"]:
        json["targets"] = [_target(target) for target in values["targets"]]
    if values["maxDataPoints"] not in (None, 100):  # 100 is grafanalib's default, and too coarse to be meant
        json["maxDataPoints"] = values["maxDataPoints"]
    repeat = values["repeat"]
    if repeat.variable:
        json["repeat"] = repeat.variable
        json["repeatDirection"] = repeat.direction or "h"
        if repeat.maxPerRow:
            json["maxPerRow"] = repeat.maxPerRow
    return json


_HEAD = {
    "cacheTimeout": "cacheTimeout",
    "dataSource": "datasource",
    "description": "description",
    "gridPos": "gridPos",
    "hideTimeOverride": "hideTimeOverride",
    "id": "id",
    "interval": "interval",
    "links": "links",
    "timeFrom": "timeFrom",
    "timeShift": "timeShift",
    "transformations": "transformations",
    "transparent": "transparent",
}


def _time_series(values: Mapping[str, Any]) -> Json:
    custom: Json = {
        "axisLabel": values["axisLabel"],
        "axisPlacement": values["axisPlacement"],
        "barAlignment": values["barAlignment"],
        "drawStyle": values["drawStyle"],
        "fillOpacity": values["fillOpacity"],
        "gradientMode": values["gradientMode"],
        "lineInterpolation": values["lineInterpolation"],
        "lineWidth": values["lineWidth"],
        "pointSize": values["pointSize"],
        "showPoints": values["showPoints"],
        "spanNulls": values["spanNulls"],
        "stacking": dict(values["stacking"]) or {"group": "A", "mode": "none"},
        "thresholdsStyle": {"mode": values["thresholdsStyleMode"]},
    }
    if values["scaleDistributionType"] == "log":
        custom["scaleDistribution"] = {"log": values["scaleDistributionLog"], "type": "log"}
    else:
        custom["scaleDistribution"] = {"type": values["scaleDistributionType"]}
    for key in ("axisSoftMin", "axisSoftMax"):
        if values[key] is not None:
            custom[key] = values[key]
    defaults: Json = {"color": {"mode": values["colorMode"]}, "custom": custom, "mappings": plain(values["mappings"])}
    for key, name in (("valueMin", "min"), ("valueMax", "max"), ("valueDecimals", "decimals")):
        if values[key] is not None:
            defaults[name] = values[key]
    if values["unit"]:
        defaults["unit"] = values["unit"]
    json = _head("timeseries", values, defaults)
    shown = values["legendDisplayMode"] != "hidden"
    json["options"] = {
        "legend": {
            "calcs": list(values["legendCalcs"]),
            "displayMode": values["legendDisplayMode"] if shown else "list",
            "placement": values["legendPlacement"],
            "showLegend": shown,
        },
        "tooltip": {"mode": values["tooltipMode"], "sort": values["tooltipSort"]},
    }
    return json


_FAST = {"TimeSeries": _time_series}
"""Emitters of classes that dashboards consist of, several times faster than the general way."""


def _grafanalib_dashboard(spec: Any) -> Json:
    keys: Json = (
        spec.to_json_data() if not (spec.panels and spec.rows) else {**vars(spec), "templating": spec.templating}
    )
    kept = ("annotations", "description", "editable", "graphTooltip", "links", "refresh", "tags", "templating", "time")
    result: Json = {key: keys.get(key) for key in (*kept, "timezone", "title", "uid")}
    if spec.sharedCrosshair and not result["graphTooltip"]:
        result["graphTooltip"] = 1
    if result["refresh"] in (True, False):
        result["refresh"] = ""
    hidden = spec.timePicker.hidden
    result["timepicker"] = {"hidden": True} if hidden else {}
    rows = [_grafanalib_row(entry) for entry in spec.rows]
    result["panels"] = [*rows, *spec.panels]
    return result


def _grafanalib_row(entry: Any) -> Row:
    title = entry.title if entry.showTitle or entry.title != "New row" else ""
    panels_of_row = tuple(_panel(panel) for panel in entry.panels)
    return _row(title, panels_of_row, bool(entry.collapse), entry.repeat or "", places.of(entry))


def _from_graph(json: Json) -> Json:
    """Return a time series panel for one of Grafana's former graph panels."""
    axes = json.get("yaxes") or [{}]
    made = panels.timeseries(
        str(json.get("title", "")),
        fill=10 * int(json.get("fill") or 0),
        line_width=int(json.get("linewidth") or 1),
        stack="percent" if json.get("percentage") else "normal" if json.get("stack") else "none",
        axis_label=str(axes[0].get("label") or ""),
    )
    result = {**{key: json[key] for key in _SHARED if key in json}, **made.json}
    if unit := axes[0].get("format"):
        result["fieldConfig"]["defaults"]["unit"] = unit
    if "targets" in json:
        result["targets"] = json["targets"]
    return result


def _from_single_stat(json: Json) -> Json:
    """Return a stat panel for one of Grafana's former single stat panels."""
    calcs = {"avg": "mean", "current": "lastNotNull", "total": "sum", "first": "firstNotNull"}
    name = str(json.get("valueName", "avg"))
    made = panels.stat(str(json.get("title", "")))
    result = {**{key: json[key] for key in _SHARED if key in json}, **made.json}
    result["options"]["reduceOptions"]["calcs"] = [calcs.get(name, name)]
    if unit := json.get("format"):
        result["fieldConfig"]["defaults"]["unit"] = unit
    if "targets" in json:
        result["targets"] = json["targets"]
    return result


_SHARED = ("datasource", "description", "gridPos", "id", "links", "timeFrom", "timeShift", "transparent")

_LEGACY = {"graph": _from_graph, "singlestat": _from_single_stat}
