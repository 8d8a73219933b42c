"""What stands around the panels of a dashboard: template variables, annotations, links, and its settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dojoboards import names, panels
from dojoboards.panels.plain import Json
from dojoboards.places import Noted
from dojoboards.render.references import GRAFANA, References

_BUILT_IN = {
    "builtIn": 1,
    "datasource": GRAFANA,
    "enable": True,
    "hide": True,
    "iconColor": "rgba(0, 211, 255, 1)",
    "name": "Annotations & Alerts",
    "type": "dashboard",
}
_LINK = {
    "asDropdown": False,
    "icon": "external link",
    "includeVars": False,
    "keepTime": False,
    "tags": [],
    "targetBlank": False,
    "title": "",
    "tooltip": "",
    "type": "link",
    "url": "",
}
_WITH_SOURCE = frozenset({"adhoc", "groupby", "query"})
_QUERY_TYPES = {"label_names": 0, "label_values": 1, "metrics": 2, "query_result": 3}
_SERIES_QUERY = 4
_QUERY_REFERENCE = "PrometheusVariableQueryEditor-VariableQuery"

# Keys of long ago, and those that exist only while Grafana shows a dashboard.
_DEAD_VARIABLE = frozenset(
    [
        "$$hashKey",
        "error",
        "global",
        "id",
        "index",
        "initLock",
        "isAdhocVariable",
        "rootStateKey",
        "state",
        "tagValuesQuery",
        "tags",
        "tagsQuery",
        "useTags",
    ]
)
_DEAD_ANNOTATION = frozenset(["$$hashKey", "limit", "matchAny", "showIn", "snapshotData", "tags"])
_DEAD_LINK = frozenset(["$$hashKey", "dashUri", "dashboard", "dashboards", "params"])
_DEAD_TIMEPICKER = frozenset(["collapse", "enable", "notice", "now", "status", "time_options", "type"])

# What Grafana leaves out when it saves a variable.
_UNSAID: Mapping[str, Any] = {"hide": 0, "label": "", "multi": False, "skipUrlSync": False, "sort": 0}


def settings(keys: Json) -> Json:
    """Return the settings of a dashboard: what it says, and Grafana's own where it says nothing."""
    crosshair = 1 if keys.get("sharedCrosshair") else 0
    refresh = keys.get("refresh")
    timepicker = keys.get("timepicker") or {}
    return {
        "editable": keys.get("editable", True),
        "fiscalYearStartMonth": keys.get("fiscalYearStartMonth", 0),
        "graphTooltip": keys.get("graphTooltip") or crosshair,
        "refresh": refresh if isinstance(refresh, str) else "",
        "schemaVersion": panels.SCHEMA_VERSION,
        "time": keys.get("time") or {"from": "now-6h", "to": "now"},
        "timepicker": {key: value for key, value in timepicker.items() if key not in _DEAD_TIMEPICKER},
        "timezone": keys.get("timezone") or "browser",
        "title": keys["title"],
        "uid": keys.get("uid") or names.slug(keys["title"])[:40].strip("-"),
    }


def variable_list(given: Iterable[Noted], references: References) -> Iterator[Json]:
    """Yield the template variables."""
    for entry in given:
        yield _variable(entry, references)


def _variable(entry: Noted, references: References) -> Json:
    kind = entry.get("type")
    value = {
        key: item
        for key, item in entry.items()
        if key not in _DEAD_VARIABLE and (key not in _UNSAID or item != _UNSAID[key])
    }
    if "current" in value:
        value["current"] = _chosen(value["current"], bool(value.get("multi")))
    if kind != "interval":
        for key in ("auto", "auto_min", "auto_count"):
            value.pop(key, None)
    if kind == "custom":
        value["options"] = _once(value.get("options", ()))
    if kind not in _WITH_SOURCE:
        value.pop("datasource", None)
        return value
    source = value["datasource"] = references.source(entry.get("datasource"), entry.source)
    if kind == "query":
        text = value.get("query")
        definition = str(text if isinstance(text, str) else value.get("definition") or (text or {}).get("query", ""))
        if isinstance(text, str) and source.get("type") == "prometheus":
            value["definition"] = text
            value["query"] = {"qryType": _query_type(text), "query": text, "refId": _QUERY_REFERENCE}
        references.check(names.variable_selector(definition), source, f"variable {entry.get('name')!r}", entry.source)
    return value


def _chosen(current: Any, several: bool) -> Json:
    """Return what is chosen; nothing where its text or its value is missing."""
    if not isinstance(current, Mapping) or current.get("text") is None or current.get("value") is None:
        return {}
    chosen = {key: current[key] for key in ("text", "value")}
    if several:
        return {key: own if isinstance(own, list) else [own] for key, own in chosen.items()}
    return {key: own[0] if isinstance(own, list) and len(own) == 1 else own for key, own in chosen.items()}


def _once(options: Any) -> list[Json]:
    """Return each option once: grafanalib adds its own to the list it was given, again for each environment."""
    by_value = {str(option.get("value")): option for option in reversed(options)}
    return list(reversed(by_value.values()))


def _query_type(definition: str) -> int:
    return _QUERY_TYPES.get(definition.partition("(")[0].strip(), _SERIES_QUERY)


def annotation_list(given: Sequence[Noted], references: References) -> Iterator[Json]:
    """Yield the annotations, Grafana's own first."""
    own = next((entry for entry in given if entry.get("builtIn")), Noted({}, None))
    source = references.source(own.get("datasource") or GRAFANA, own.source)
    yield {**_BUILT_IN, **_annotation(own), "datasource": source}
    for entry in given:
        if not entry.get("builtIn"):
            source = references.source(entry.get("datasource"), entry.source)
            expr = entry.get("expr", entry.get("target", {}).get("expr"))
            references.check(expr, source, f"annotation {entry.get('name')!r}", entry.source)
            yield {"enable": True, "iconColor": "blue", **_annotation(entry), "datasource": source}


def _annotation(entry: Json) -> Json:
    made = {key: value for key, value in entry.items() if key not in _DEAD_ANNOTATION}
    if made.get("type") in ("tags", "dashboard") and "target" not in made and not made.get("builtIn"):
        asked = {"limit": entry.get("limit", 100), "matchAny": entry.get("matchAny", False)}
        made["target"] = {**asked, "tags": entry.get("tags", []), "type": made.pop("type")}
    return made


def link_list(given: Any, project: str) -> Iterator[Json]:
    """Yield the links at the top, and one to the other dashboards of the project."""
    tags = [names.project_tag(project)]
    for entry in given:
        if entry.get("type") != "dashboards" or entry.get("tags") != tags:
            yield {**_LINK, **{key: value for key, value in entry.items() if key not in _DEAD_LINK}}
    yield {
        **_LINK,
        "asDropdown": True,
        "includeVars": True,
        "keepTime": True,
        "tags": tags,
        "title": project,
        "tooltip": f"The other dashboards of {project}",
        "type": "dashboards",
    }
