"""How values are shown, the part that panels of all types share: colours, value mappings, thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dojoboards.panels.options import BASE_COLOR, is_mode
from dojoboards.panels.plain import Json

RANGE_TO_TEXT = 2
"""Grafana's former number of a mapping of a range."""


def field_config(config: Mapping[str, Any]) -> Json:
    """Return a panel's `fieldConfig` as a current Grafana writes it."""
    defaults = config.get("defaults", {})
    changes: Json = {}
    if isinstance(defaults.get("color"), str):
        changes["color"] = color(defaults["color"])
    limits = defaults.get("thresholds")
    if isinstance(limits, Mapping):
        mode = limits.get("mode") or "absolute"
        changes["thresholds"] = {**limits, "mode": mode, "steps": steps(limits.get("steps") or ())}
    if given := defaults.get("mappings"):
        changes["mappings"] = mappings(given)
    return {"defaults": {**defaults, **changes}, "overrides": config.get("overrides", [])}


def color(value: str) -> Json:
    """Return a colour or a colour mode, either by its name, as a colour of fields."""
    return {"mode": value} if is_mode(value) else {"fixedColor": value, "mode": "fixed"}


def steps(given: Iterable[Any]) -> list[Json]:
    """Return the steps of thresholds: the first one is the base and has no value, whatever it says."""
    made = [_step(step) for step in given]
    if not made:
        return [{"color": BASE_COLOR, "value": None}]
    made[0]["value"] = None
    return made


def _step(step: Mapping[str, Any]) -> Json:
    return {"color": step.get("color", BASE_COLOR), "value": step.get("value")}


def mappings(given: Iterable[Json]) -> list[Json]:
    """Return value mappings; those of Grafana 7 and older are a value or a range each, with a text."""
    return [_mapping(entry, index) for index, entry in enumerate(given)]


def _mapping(entry: Json, index: int) -> Json:
    if isinstance(entry.get("type"), str):
        return entry
    result = {"index": index, "text": str(entry.get("text", ""))}
    if entry.get("type") == RANGE_TO_TEXT or ("from" in entry and "value" not in entry):
        ends = {end: _end(entry.get(end)) for end in ("from", "to")}
        return {"type": "range", "options": {**ends, "result": result}}
    value = str(entry.get("value", ""))
    if value == "null":
        return {"type": "special", "options": {"match": "null", "result": result}}
    return {"type": "value", "options": {value: result}}


def _end(value: Any) -> float | None:
    return None if value in (None, "", "null") else float(value)
