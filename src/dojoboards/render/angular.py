"""Panels of the Angular years (graph, single stat, pie chart, heatmap) as the panels that took their place.

What Grafana itself does when it opens such a panel is done here, on plain values without nulls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dojoboards.panels.options import BASE_COLOR, legend
from dojoboards.panels.plain import Json
from dojoboards.render.fields import color, mappings

_CALCS = {"avg": "mean", "current": "lastNotNull", "total": "sum", "first": "firstNotNull"}
_SORTS = {0: "none", 1: "asc", 2: "desc"}
_LEVELS = {"ok": "green", "warning": "orange", "critical": "red"}
_KEPT = [
    "cacheTimeout",
    "datasource",
    "description",
    "gridPos",
    "hideTimeOverride",
    "id",
    "interval",
    "links",
    "maxDataPoints",
    "maxPerRow",
    "repeat",
    "repeatDirection",
    "targets",
    "timeFrom",
    "timeShift",
    "title",
    "transformations",
    "transparent",
]


def _made(panel: Json, kind: str, options: Json, defaults: Json, overrides: Iterable[Json] = ()) -> Json:
    kept = {key: panel[key] for key in _KEPT if key in panel}
    own = panel.get("fieldConfig", {}).get("overrides", ())
    return {
        **kept,
        "type": kind,
        "options": options,
        "fieldConfig": {"defaults": _filled(defaults), "overrides": [*overrides, *own]},
    }


def _filled(values: Mapping[str, Any]) -> Json:
    return {key: value for key, value in values.items() if value is not None}


def _graph(panel: Json) -> Json:
    left, right = [*panel.get("yaxes", ()), {}, {}][:2]
    unit = left.get("format") or panel.get("fieldConfig", {}).get("defaults", {}).get("unit")
    limits = panel.get("thresholds") or ()
    defaults = {
        "unit": unit or None,
        "decimals": panel.get("decimals", left.get("decimals")),
        "min": _number(left.get("min")),
        "max": _number(left.get("max")),
        "links": panel.get("options", {}).get("dataLinks") or None,
        "color": {"mode": "palette-classic"},
        "thresholds": {"mode": "absolute", "steps": _graph_steps(limits)},
        "custom": _graph_custom(panel, left, limits),
    }
    tooltip = panel.get("tooltip", {})
    shared = tooltip.get("shared", True)
    options = {
        "legend": _graph_legend(panel.get("legend", {})),
        "tooltip": {"mode": "multi" if shared else "single", "sort": _SORTS.get(tooltip.get("sort", 0), "none")},
    }
    series = [_graph_override(entry, right) for entry in panel.get("seriesOverrides", ())]
    colors = [_override(alias, {"color": color(own)}) for alias, own in panel.get("aliasColors", {}).items()]
    return _made(panel, "timeseries", options, defaults, [*colors, *series])


def _graph_custom(panel: Json, axis: Json, limits: Iterable[Json]) -> Json:
    lines, points, bars = (panel.get(key, default) for key, default in (("lines", True), ("points", 0), ("bars", 0)))
    stack = "percent" if panel.get("percentage") else "normal"
    log = axis.get("logBase", 1)
    return _filled(
        {
            "drawStyle": "bars" if bars else "points" if points and not lines else "line",
            "fillOpacity": 100 if bars else 10 * int(panel.get("fill", 1)),
            "gradientMode": "opacity" if panel.get("fillGradient") else "none",
            "lineInterpolation": "stepAfter" if panel.get("steppedLine") else "linear",
            "lineWidth": panel.get("linewidth", 1),
            "pointSize": 2 + 2 * panel.get("pointradius", 1),
            "showPoints": "always" if points else "never",
            "spanNulls": panel.get("nullPointMode") == "connected",
            "stacking": {"group": "A", "mode": stack if panel.get("stack") else "none"},
            "thresholdsStyle": {"mode": _graph_style(limits)},
            "axisLabel": axis.get("label") or None,
            "axisPlacement": None if axis.get("show", True) else "hidden",
            "scaleDistribution": {"type": "log", "log": log} if log > 1 else None,
        }
    )


def _graph_legend(given: Json) -> Json:
    flags = ("min", "max", "avg", "current", "total")
    calcs = [_CALCS.get(flag, flag) for flag in flags if given.get(flag)] if given.get("values", True) else []
    mode = "table" if given.get("alignAsTable") else "list"
    shown = legend("list" if given.get("show", True) else "hidden", "right" if given.get("rightSide") else "bottom")
    return shown | {"calcs": calcs, "displayMode": mode}


def _graph_steps(limits: Iterable[Json]) -> list[Json]:
    base = "transparent"
    steps: list[Json] = []
    for limit in sorted(limits, key=lambda entry: float(entry["value"])):
        custom = limit.get("fillColor") or limit.get("lineColor") or "red"
        own = _LEVELS.get(limit.get("colorMode", "critical"), custom)
        if limit.get("op") == "lt":
            base, own = (own, "transparent") if not steps else (base, own)
        steps.append({"color": own, "value": _number(limit["value"])})
    return [{"color": base if steps else BASE_COLOR, "value": None}, *steps]


def _graph_style(limits: Iterable[Json]) -> str:
    lines = any(limit.get("line") for limit in limits)
    areas = any(limit.get("fill") for limit in limits)
    return "line+area" if lines and areas else "line" if lines else "area" if areas else "off"


def _graph_override(entry: Json, right: Json) -> Json:
    properties: Json = {}
    if entry.get("yaxis") == 2:  # noqa: PLR2004  # the right one
        properties |= {"custom.axisPlacement": "right", "unit": right.get("format"), "min": _number(right.get("min"))}
        properties |= {"max": _number(right.get("max")), "custom.axisLabel": right.get("label") or None}
    if entry.get("bars"):
        properties |= {"custom.drawStyle": "bars", "custom.fillOpacity": 100}
    elif "fill" in entry:
        properties["custom.fillOpacity"] = 10 * entry["fill"]
    if entry.get("lines") is False and not entry.get("bars"):
        properties["custom.lineWidth"] = 0
    if entry.get("dashes"):
        dash = [entry.get("dashLength", 10), entry.get("spaceLength", 10)]
        properties["custom.lineStyle"] = {"fill": "dash", "dash": dash}
    if entry.get("transform") == "negative-Y":
        properties["custom.transform"] = "negative-Y"
    if entry.get("color"):
        properties["color"] = color(entry["color"])
    properties["custom.fillBelowTo"] = entry.get("fillBelowTo")
    return _override(str(entry.get("alias", "")), properties)


def _override(alias: str, properties: Mapping[str, Any]) -> Json:
    pattern = len(alias) > 1 and alias.startswith("/") and re.search(r"/[a-z]*$", alias[1:]) is not None
    return {
        "matcher": {"id": "byRegexp" if pattern else "byName", "options": alias},
        "properties": [{"id": name, "value": value} for name, value in properties.items() if value is not None],
    }


def _single_stat(panel: Json) -> Json:
    dial = panel.get("gauge", {})
    colors = [*panel.get("colors", ()), "green", "orange", "red"]
    limits = [_number(part) for part in str(panel.get("thresholds") or "").split(",") if part.strip()]
    steps = [{"color": colors[0], "value": None}]
    steps += [{"color": own, "value": limit} for own, limit in zip(colors[1:], limits, strict=False)]
    defaults: Json = {
        "unit": _affixed(panel),
        "decimals": panel.get("decimals"),
        "noValue": panel.get("nullText"),
        "mappings": mappings([*panel.get("valueMaps", ()), *panel.get("rangeMaps", ())]),
        "color": {"mode": "thresholds"},
        "thresholds": {"mode": "absolute", "steps": steps},
    }
    name = str(panel.get("valueName", "avg"))
    options: Json = {"reduceOptions": {"calcs": [_CALCS.get(name, name)], "fields": "", "values": False}}
    if dial.get("show"):
        defaults |= {"min": dial.get("minValue"), "max": dial.get("maxValue")}
        options["showThresholdLabels"] = bool(dial.get("thresholdLabels"))
        options["showThresholdMarkers"] = bool(dial.get("thresholdMarkers"))
        return _made(panel, "gauge", options, defaults)
    options["colorMode"] = "background" if panel.get("colorBackground") else "value"
    if not panel.get("colorBackground") and not panel.get("colorValue"):
        options["colorMode"] = "none"
    options["graphMode"] = "area" if panel.get("sparkline", {}).get("show") else "none"
    return _made(panel, "stat", options, defaults)


def _affixed(panel: Json) -> str | None:
    unit = panel.get("format") or "none"
    if unit == "none" and (suffix := str(panel.get("postfix") or "").strip()):
        return f"suffix:{suffix}"
    if unit == "none" and (prefix := str(panel.get("prefix") or "").strip()):
        return f"prefix:{prefix}"
    return str(unit)


def _pie(panel: Json) -> Json:
    given = panel.get("legend", {})
    side = "right" if panel.get("legendType", "Right side") == "Right side" else "bottom"
    shown = legend("list" if given.get("show", True) else "hidden", side)
    values = [name for name, key in (("value", "values"), ("percent", "percentage")) if given.get(key)]
    name = str(panel.get("valueName", "current"))
    options = {
        "legend": shown | {"values": values},
        "pieType": panel.get("pieType", "pie"),
        "reduceOptions": {"calcs": [_CALCS.get(name, name)], "fields": "", "values": False},
    }
    defaults: Json = {"color": {"mode": "palette-classic"}, "unit": panel.get("format"), "mappings": []}
    colors = [_override(alias, {"color": color(own)}) for alias, own in panel.get("aliasColors", {}).items()]
    return _made(panel, "piechart", options, defaults, colors)


def _heatmap(panel: Json) -> Json:
    if "dataFormat" not in panel:
        return panel
    axis, drawn = panel.get("yAxis", {}), panel.get("color", {})
    scheme = str(drawn.get("colorScheme", "interpolateOranges")).removeprefix("interpolate")
    bounds = {"upper": "le", "lower": "ge", "middle": "unknown"}
    tooltip = panel.get("tooltip", {})
    colors = {
        "exponent": drawn.get("exponent", 0.5),
        "fill": drawn.get("cardColor", "dark-orange"),
        "max": drawn.get("max"),
        "min": drawn.get("min"),
        "mode": "opacity" if drawn.get("mode") == "opacity" else "scheme",
        "reverse": False,
        "scale": "linear" if drawn.get("colorScale") == "linear" else "exponential",
        "scheme": scheme,
        "steps": 128,
    }
    shown_axis = {
        "axisPlacement": "left" if axis.get("show", True) else "hidden",
        "axisLabel": axis.get("label") or None,
        "decimals": axis.get("decimals"),
        "max": _number(axis.get("max")),
        "min": _number(axis.get("min")),
        "reverse": bool(panel.get("reverseYBuckets")),
        "unit": axis.get("format"),
    }
    options: Json = {
        "calculate": panel["dataFormat"] == "timeseries",
        "calculation": _heatmap_buckets(panel, axis),
        "cellGap": panel.get("cards", {}).get("cardPadding", 1),
        "color": _filled(colors),
        "filterValues": {"le": 1e-9} if panel.get("hideZeroBuckets") else None,
        "legend": {"show": bool(panel.get("legend", {}).get("show", True))},
        "rowsFrame": {"layout": bounds.get(panel.get("yBucketBound", ""), "auto")},
        "tooltip": {"mode": "single" if tooltip.get("show", True) else "none", "yHistogram": True},
        "yAxis": _filled(shown_axis),
    }
    return _made(panel, "heatmap", _filled(options), {})


def _heatmap_buckets(panel: Json, axis: Json) -> Json | None:
    if panel["dataFormat"] != "timeseries":
        return None
    buckets: Json = {}
    for name, letter in (("xBuckets", "x"), ("yBuckets", "y")):
        for mode, key in (("count", f"{letter}BucketNumber"), ("size", f"{letter}BucketSize")):
            if value := panel.get(key):
                buckets[name] = {"mode": mode, "value": str(value)}
    if axis.get("logBase", 1) > 1:
        buckets["yBuckets"] = {**buckets.get("yBuckets", {}), "scale": {"type": "log", "log": axis["logBase"]}}
    return buckets


def _number(value: Any) -> float | None:
    """Return a number that may have been written as text, such as a limit of an axis."""
    if isinstance(value, int | float):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return int(number) if number.is_integer() else number


CONVERTERS: Mapping[str, Callable[[Json], Json]] = {
    "grafana-piechart-panel": _pie,
    "grafana-singlestat-panel": _single_stat,
    "graph": _graph,
    "heatmap": _heatmap,
    "singlestat": _single_stat,
}
"""By type: what makes a current panel of a former one, and gives a current one back as it is."""
