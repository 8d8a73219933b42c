"""What all panels share: their options, and how a panel is put together from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypedDict

from dojoboards import names
from dojoboards.errors import DojoboardsError, Exit, Problem, calling_source
from dojoboards.layout import Panel
from dojoboards.model import Threshold
from dojoboards.panels.plain import Json, plain
from dojoboards.panels.queries import Query, asked

ThresholdLike = Threshold | tuple[float, str]

LegendMode = Literal["list", "table", "hidden"]
Orientation = Literal["auto", "horizontal", "vertical"]
Calc = Literal[
    "lastNotNull", "last", "firstNotNull", "first", "min", "max", "mean", "sum", "count", "range", "delta", "diff"
]

BASE_COLOR = "green"


class PanelOptions(TypedDict, total=False):
    """What every panel takes.

    Args:
        description: What it shows and when to worry; a tooltip.
        unit: Grafana's id of the unit, such as `s`, `percentunit`, `bytes` or `suffix:players`.
        decimals: Digits behind the point.
        min: The lower end of the scale.
        max: Its upper end.
        thresholds: Limits: `env.threshold(...)` or `(value, color)`.
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
    mappings: Sequence[Any]
    overrides: Sequence[Any]
    transformations: Sequence[Any]
    links: Sequence[Any]
    data_links: Sequence[Any]
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


_OPTIONS = frozenset(PanelOptions.__annotations__)

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
_RARE = frozenset({*_TOP, "height", "key", "links", "repeat", "transformations", "width"})
"""What stands beside the queries, the fields and the options of a type; most panels have nothing of it."""

_MODES = ("palette", "continuous", "thresholds", "shades")


def panel(
    kind: str,
    title: str,
    queries: Sequence[Query],
    shown: Mapping[str, Any],
    options: PanelOptions,
    custom: Json | None = None,
    color: str = "thresholds",
) -> Panel:
    """Return a panel.

    Args:
        kind: Grafana's id of its type.
        title: Its title.
        queries: PromQL, or queries of any kind.
        shown: The options of its type.
        options: The options that all panels share.
        custom: The field options of its type.
        color: The colour mode, unless *options* has a colour; empty for a panel without values.

    Raises:
        DojoboardsError: *options* has something else than `PanelOptions`.
    """
    if not _OPTIONS.issuperset(options):
        raise DojoboardsError(_unknown(kind, title, options))
    json: Json = {"type": kind, "title": title}
    if description := options.get("description"):
        json["description"] = description
    if datasource := options.get("datasource"):
        json["datasource"] = datasource
    if queries:
        json["targets"] = [asked(entry) for entry in queries]
    defaults = _defaults(options, color)
    if custom:
        defaults["custom"] = custom
    overrides = options.get("overrides")
    json["fieldConfig"] = {"defaults": defaults, "overrides": plain(overrides) if overrides else []}
    json["options"] = shown
    if _RARE.isdisjoint(options):
        return Panel(json, "", 0, 0, complete=True)
    for name, value in options.items():
        if name in _TOP:
            json[_TOP[name]] = value
    if repeat := options.get("repeat"):
        json["repeat"] = repeat
        json["repeatDirection"] = options.get("repeat_direction", "h")
    if links := options.get("links"):
        json["links"] = plain(links)
    if transformations := options.get("transformations"):
        json["transformations"] = plain(transformations)
    return Panel(json, options.get("key", ""), options.get("width", 0), options.get("height", 0), complete=True)


def _unknown(kind: str, title: str, options: PanelOptions) -> Iterator[Problem]:
    for name in sorted(options.keys() - _OPTIONS):
        near = names.nearest(name, _OPTIONS)
        remedy = f"did you mean {near!r}?" if near else "docs/dashboards.md has the options of panels"
        message = f"panel {title!r}: {names.a(kind)} has no option {name!r}"
        yield Problem(message, calling_source(), remedy, Exit.UNREADABLE)


def _defaults(options: PanelOptions, color: str) -> Json:
    defaults: Json = {}
    if chosen := options.get("color", color):
        defaults["color"] = {"mode": chosen} if is_mode(chosen) else {"fixedColor": chosen, "mode": "fixed"}
    mappings = options.get("mappings")
    if color or mappings is not None:
        defaults["mappings"] = plain(mappings) if mappings else []
    if color or "thresholds" in options or "base_color" in options:
        defaults["thresholds"] = {"mode": "absolute", "steps": _steps(options)}
    if unit := options.get("unit"):
        defaults["unit"] = unit
    if not _FIELD.keys().isdisjoint(options):
        defaults |= {_FIELD[name]: value for name, value in options.items() if name in _FIELD}
    if links := options.get("data_links"):
        defaults["links"] = plain(links)
    return defaults


def is_mode(color: str) -> bool:
    """Return whether *color* is a mode that gives several colours, and not one colour."""
    return color.startswith(_MODES)


def _steps(options: PanelOptions) -> list[Json]:
    base = {"color": options.get("base_color", BASE_COLOR), "value": None}
    thresholds = options.get("thresholds")
    return [base, *sorted(map(_step, thresholds), key=_by_value)] if thresholds else [base]


def _step(threshold: ThresholdLike) -> Json:
    if isinstance(threshold, Threshold):
        return {"color": threshold.color, "value": threshold.value}
    value, color = threshold
    return {"color": color, "value": value}


def _by_value(step: Json) -> float:
    return float(step["value"])


def legend(mode: LegendMode, placement: str = "bottom", calcs: Sequence[str] = ()) -> Json:
    """Return a legend."""
    shown = mode != "hidden"
    return {
        "calcs": list(calcs),
        "displayMode": mode if shown else "list",
        "placement": placement,
        "showLegend": shown,
    }


def reduce(calc: str) -> Json:
    """Return what makes one value of a series."""
    return {"calcs": [calc], "fields": "", "values": False}
