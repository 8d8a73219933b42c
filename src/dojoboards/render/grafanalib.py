"""grafanalib's objects as plain values, without what grafanalib writes for Grafanas of long ago.

The library is never imported here: its objects are known by the module of their class.
"""

from __future__ import annotations

import contextlib
import copy
import io
from collections.abc import Mapping
from functools import cache
from typing import Any

from dojoboards.panels.plain import Json, plain
from dojoboards.panels.queries import asked
from dojoboards.render.fields import mappings, steps

DEFAULT_MAX_DATA_POINTS = 100
"""What grafanalib writes where nobody asked: too coarse to be meant."""


@cache
def _is_theirs(kind: type) -> bool:
    return any(base.__module__.partition(".")[0] == "grafanalib" for base in kind.__mro__)


def is_grafanalib(value: Any) -> bool:
    """Return whether *value* is an object of grafanalib, or of a subclass of one."""
    kind: Any = type(value)
    return _is_theirs(kind)


def fast(value: Any) -> Json | None:
    """Return a panel of the class that dashboards mostly consist of, complete; None for any other.

    It is several times faster than `general` and what completes its result, and gives the same.
    """
    kind: Any = type(value)
    return time_series(vars(value)) if _is_time_series(kind) and value.extraJson is None else None


@cache
def _is_time_series(kind: type) -> bool:
    return kind.__module__ == "grafanalib.core" and kind.__name__ == "TimeSeries"


def general(value: Any) -> Json:
    """Return a panel of any class, from what it says of itself; not yet complete."""
    extra = getattr(value, "extraJson", None)
    if extra is not None:
        value = copy.deepcopy(value)  # grafanalib writes what it adds into mappings that belong to content
    with contextlib.redirect_stdout(io.StringIO()):  # it also prints, where our own result belongs
        json: Json = plain(value)
    if isinstance(getattr(value, "targets", None), list) and "targets" not in (extra or {}):
        json["targets"] = [asked(target) for target in value.targets]
    json = {key: item for key, item in json.items() if item or key not in _UNSAID}
    if json.get("maxDataPoints") == DEFAULT_MAX_DATA_POINTS and "maxDataPoints" not in (extra or {}):
        del json["maxDataPoints"]
    if "repeat" in json:
        json.setdefault("repeatDirection", "h")
    else:
        json.pop("repeatDirection", None)
        json.pop("maxPerRow", None)
    config = json.get("fieldConfig", {})
    if isinstance(config.get("defaults"), dict):
        json["fieldConfig"] = {**config, "defaults": _cleaned(config["defaults"], str(json.get("type")))}
    return json


_WITHOUT_VALUES = frozenset({"dashlist", "logs", "news", "text"})


def _cleaned(defaults: Json, kind: str) -> Json:
    """Return the `defaults` of fields without what says nothing."""
    unsaid = {"thresholds"} if kind in _WITHOUT_VALUES else set()
    unsaid |= {key for key in ("custom", "links", "override", "title", "unit") if not defaults.get(key, True)}
    result = {key: value for key, value in defaults.items() if key not in unsaid}
    custom = result.get("custom")
    if custom:
        shown = {key: value for key, value in custom.items() if (key, value) != _SHOWN}
        if shown.get("stacking") == {}:
            shown["stacking"] = {"group": "A", "mode": "none"}
        scale = shown.get("scaleDistribution", {})
        if scale and scale.get("type") != "log":
            shown["scaleDistribution"] = {"type": scale.get("type")}
        result["custom"] = shown
    return result


_SHOWN = ("hideFrom", {"legend": False, "tooltip": False, "viz": False})


def time_series(values: Mapping[str, Any]) -> Json:
    """Return a complete panel for a `TimeSeries` with these attributes."""
    stacking = values["stacking"]
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
        "scaleDistribution": {"type": values["scaleDistributionType"]},
        "showPoints": values["showPoints"],
        "spanNulls": values["spanNulls"],
        "stacking": plain(stacking) if stacking else {"group": "A", "mode": "none"},
        "thresholdsStyle": {"mode": values["thresholdsStyleMode"]},
    }
    if values["scaleDistributionType"] == "log":
        custom["scaleDistribution"]["log"] = values["scaleDistributionLog"]
    for key in ("axisSoftMin", "axisSoftMax"):
        if values[key] is not None:
            custom[key] = values[key]
    given, limits = values["mappings"], values["thresholds"]
    defaults: Json = {
        "color": {"mode": values["colorMode"]},
        "custom": custom,
        "mappings": mappings(plain(given)) if given else [],
        "thresholds": {"mode": values["thresholdType"], "steps": steps(plain(limits) if limits else ())},
    }
    for key, name in (("valueMin", "min"), ("valueMax", "max"), ("valueDecimals", "decimals")):
        if values[key] is not None:
            defaults[name] = values[key]
    if values["unit"]:
        defaults["unit"] = values["unit"]
    mode, overrides = values["legendDisplayMode"], values["overrides"]
    json: Json = {
        "type": "timeseries",
        "title": values["title"],
        "fieldConfig": {"defaults": defaults, "overrides": plain(overrides) if overrides else []},
        "options": {
            "legend": {
                "calcs": list(values["legendCalcs"]),
                "displayMode": "list" if mode == "hidden" else mode,
                "placement": values["legendPlacement"],
                "showLegend": mode != "hidden",
            },
            "tooltip": {"mode": values["tooltipMode"], "sort": values["tooltipSort"]},
        },
    }
    for key, name in _HEAD:
        if value := values[key]:
            json[name] = value if type(value) is str else plain(value)
    if values["targets"]:
        json["targets"] = [asked(target) for target in values["targets"]]
    if values["maxDataPoints"] not in (None, DEFAULT_MAX_DATA_POINTS):
        json["maxDataPoints"] = values["maxDataPoints"]
    repeat = values["repeat"]
    if repeat.variable:
        json["repeat"] = repeat.variable
        json["repeatDirection"] = repeat.direction or "h"
        if repeat.maxPerRow:
            json["maxPerRow"] = repeat.maxPerRow
    return json


_HEAD = (
    ("cacheTimeout", "cacheTimeout"),
    ("dataSource", "datasource"),
    ("description", "description"),
    ("gridPos", "gridPos"),
    ("hideTimeOverride", "hideTimeOverride"),
    ("id", "id"),
    ("interval", "interval"),
    ("links", "links"),
    ("timeFrom", "timeFrom"),
    ("timeShift", "timeShift"),
    ("transformations", "transformations"),
    ("transparent", "transparent"),
)
_UNSAID = frozenset({"targets", *(name for _, name in _HEAD)})


def row(value: Any) -> Json | None:
    """Return what a `RowPanel` or a `Row` says of itself, with its panels as they are; None for anything else."""
    values = vars(value)
    if "panels" not in values:
        return None
    if "collapse" in values:
        keys: Json = {key: values[key] for key in ("collapse", "panels", "repeat", "showTitle", "title")}
        return {**keys, "height": plain(value.height)}
    keys = {"type": "row", "title": value.title, "collapsed": value.collapsed, "panels": value.panels}
    return {**keys, "repeat": value.repeat.variable, "gridPos": plain(value.gridPos), "id": value.id}


def dashboard(value: Any) -> Json:
    """Return a dashboard's own keys, with `panels` still as content gave them; rows of both kinds among them."""
    kept = ("annotations", "description", "editable", "graphTooltip", "links", "refresh", "tags", "templating", "time")
    result: Json = {key: getattr(value, key) for key in (*kept, "timezone", "title", "uid")}
    result["__inputs"] = value.inputs
    if value.sharedCrosshair and not value.graphTooltip:
        result["graphTooltip"] = 1
    result["timepicker"] = _timepicker(value.timePicker)
    result["panels"] = [*value.rows, *value.panels]
    return result


def _timepicker(value: Any) -> Json:
    given = plain(value)
    kept = {key: given[key] for key in ("hidden", "nowDelay") if given.get(key)}
    if given.get("refresh_intervals") != _INTERVALS:
        kept["refresh_intervals"] = given.get("refresh_intervals")
    return kept


_INTERVALS = ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d"]
