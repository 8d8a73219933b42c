"""Dashboards in the classic schema, as a current Grafana would itself have saved them.

One dashboard at a time: its objects are dropped as soon as its bytes are made. The format is Grafana's dashboard JSON,
schema version 42.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dojoboards import names, panels, promql, schemas
from dojoboards.artifact import Artifact, json_bytes
from dojoboards.errors import DojoboardsError, Problem, Source
from dojoboards.layout import Panel, Placed, place
from dojoboards.model import Dashboard, Project
from dojoboards.render.grafana import folder_path
from dojoboards.render.plain import Json, dashboard, item

_BUILT_IN = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
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
_SPECIAL = {
    "-- Grafana --": {"type": "grafana", "uid": "-- Grafana --"},
    "-- Mixed --": {"type": "datasource", "uid": "-- Mixed --"},
    "-- Dashboard --": {"type": "datasource", "uid": "-- Dashboard --"},
}
_WITHOUT_QUERIES = frozenset({"alertlist", "annolist", "dashlist", "news", "row", "text"})
_WITH_SOURCE = frozenset({"adhoc", "groupby", "query"})
_DROPPED = frozenset({"id", "version", "iteration", "gnetId", "revision", "snapshot", "__inputs", "__requires"})


def render(project: Project) -> Iterator[Artifact | Problem]:
    """Yield each dashboard, and a problem for each thing in it that Grafana would not take or show."""
    paths: dict[str, str] = {}
    taken: dict[str, Source] = {}
    checked: set[object] = set()
    for declared in project.dashboards:
        document, problems = _document(declared, project, checked)
        yield from problems
        if document is None:
            continue
        uid = document["uid"]
        if uid in taken:
            message = f"two dashboards have the uid {uid!r}: this one and that at {taken[uid]}"
            yield Problem(message, declared.source, "give one of them another uid")
            continue
        taken[uid] = declared.source
        if declared.folder not in paths:
            paths[declared.folder] = folder_path(project, declared.folder)
        path = f"grafana/dashboards/{paths[declared.folder]}/{uid}.json"
        yield Artifact("dashboard", uid, path, json_bytes(document), declared.source)


def _document(declared: Dashboard, project: Project, checked: set[object]) -> tuple[Json | None, list[Problem]]:
    problems: list[Problem] = []
    try:
        keys = dashboard(declared.spec)
        if "elements" in keys or {"apiVersion", "spec"} <= keys.keys():
            message = "this dashboard is in Grafana's schema v2, which dojoboards does not write"
            return None, [Problem(message, declared.source, "give it in the classic schema (a `panels` list)")]
        items = [item(value) for value in keys.pop("panels")]
    except DojoboardsError as error:
        return None, list(error.problems)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        return None, [Problem(f"this dashboard cannot be read: {error}", declared.source, "see docs/dashboards.md")]
    title = keys.get("title")
    if not isinstance(title, str) or not title.strip():
        return None, [Problem("a dashboard has no title", declared.source, "give it a `title`")]
    one = _One(declared, project, keys, problems, checked)
    placed = list(place(items))
    document = {key: value for key, value in keys.items() if key not in _DROPPED}
    document |= {
        "annotations": {"list": one.annotations()},
        "editable": bool(keys.get("editable", True)),
        "fiscalYearStartMonth": 0,
        "graphTooltip": int(keys.get("graphTooltip") or 0),
        "links": one.links(),
        "panels": one.panels(placed),
        "schemaVersion": panels.SCHEMA_VERSION,
        "tags": list(dict.fromkeys([*keys.get("tags", ()), names.project_tag(project.name)])),
        "templating": {"list": one.variables},
        "time": keys.get("time") or {"from": "now-6h", "to": "now"},
        "timepicker": keys.get("timepicker") or {},
        "timezone": keys.get("timezone") or "browser",
        "title": title,
        "uid": keys.get("uid") or names.slug(title)[:40].strip("-"),
    }
    if not document.get("description"):
        document.pop("description", None)
    document["refresh"] = keys.get("refresh") or ""
    problems.extend(_violations(document, declared, placed))
    return (None if problems else document), problems


def _violations(document: Json, declared: Dashboard, placed: Sequence[Placed]) -> Iterator[Problem]:
    by_position = {tuple(sorted(entry.position.items())): entry.panel for entry in placed}
    for violation in schemas.violations("dashboard", document):
        where, _, what = violation.partition(": ")
        found: Any = document
        panel: Panel | None = None
        for part in where.split("."):
            found = (
                found[int(part)] if isinstance(found, list) else found.get(part) if isinstance(found, dict) else None
            )
            if isinstance(found, dict) and "gridPos" in found:
                panel = by_position.get(tuple(sorted(found["gridPos"].items())))
        of_panel = f", panel {panel.title!r}" if panel else ""
        message = f"dashboard {document['title']!r}{of_panel}: {where}: {what}"
        source = (panel.source if panel else None) or declared.source
        yield Problem(message, source, "Grafana's classic schema does not have it so")


class _One:
    """One dashboard while it is rendered."""

    def __init__(
        self, declared: Dashboard, project: Project, keys: Json, problems: list[Problem], checked: set[object]
    ) -> None:
        self.declared = declared
        self.checked = checked
        self.project = project
        self.keys = keys
        self.problems = problems
        self.sources: dict[str, Json] = {}
        self.ids: dict[int, tuple[str, Source | None]] = {}
        given = [dict(entry) for entry in keys.get("templating", {}).get("list", ())]
        self.variable_types = {
            entry.get("name"): str(entry.get("query")) for entry in given if entry.get("type") == "datasource"
        }
        self.variables = [self._variable(entry) for entry in given]

    def _problem(self, message: str, source: Source | None, remedy: str) -> None:
        self.problems.append(Problem(message, source or self.declared.source, remedy))

    def _source(self, given: Any, place_of: Source | None) -> Json:
        """Return a data source as `{type, uid}`: by its name in the environment, as it is, or the default one."""
        if isinstance(given, dict):
            return given
        name = given or ""
        if name not in self.sources:
            self.sources[name] = self._resolved(name, place_of)
        return self.sources[name]

    def _resolved(self, name: str, place_of: Source | None) -> Json:
        known = self.project.environment.data_sources
        if name in _SPECIAL:
            return _SPECIAL[name]
        if name.startswith("$"):
            variable = name.strip("${}")
            return {"type": self.variable_types.get(variable, "prometheus"), "uid": f"${{{variable}}}"}
        if not name:
            name = "prometheus" if "prometheus" in known else next(iter(known), "") if len(known) == 1 else ""
        if name in known:
            return {"type": known[name].type, "uid": known[name].uid}
        environment = self.project.environment.name
        what = f"there is no data source {name!r} in environment {environment!r}"
        if not name:
            what = f"environment {environment!r} has no default data source: none is called 'prometheus'"
        remedy = f"add it under `data_sources:` in dojoboards.yaml ({names.hint(name, known)})"
        self._problem(what, place_of, remedy)
        return {"type": "prometheus", "uid": "unknown"}

    def _check(self, expr: Any, kind: str, what: str, source: Source | None) -> None:
        if kind != "prometheus" or not isinstance(expr, str):
            return
        if reason := promql.problem(expr):
            self._problem(f"{what}: {expr!r} is not PromQL: {reason}", source, "correct the expression")
        else:
            self.checked.add(expr)

    def _variable(self, entry: Json) -> Json:
        kind = entry.get("type")
        allowed = schemas.schema("dashboard")["$defs"]["VariableModel"]["properties"]
        value = {key: item for key, item in entry.items() if key in allowed}
        current = value.get("current")
        if isinstance(current, dict):
            kept = {key: current[key] for key in ("text", "value") if current.get(key) is not None}
            value["current"] = kept if {"text", "value"} <= kept.keys() else {}
        if kind != "interval":
            for key in ("auto", "auto_min", "auto_count"):
                value.pop(key, None)
        if kind not in _WITH_SOURCE:
            value.pop("datasource", None)
            return value
        source = self._source(entry.get("datasource"), None)
        value["datasource"] = source
        text = value.get("query")
        if kind == "query" and isinstance(text, str) and source.get("type") == "prometheus":
            value["definition"] = text
            reference = "PrometheusVariableQueryEditor-VariableQuery"
            value["query"] = {"qryType": 1, "query": text, "refId": reference}
        if kind == "query":
            self._check(
                _selector(str(value.get("definition", ""))),
                str(source.get("type")),
                f"variable {entry.get('name')!r}",
                None,
            )
        return value

    def annotations(self) -> list[Json]:
        given = self.keys.get("annotations") or {}
        entries = given.get("list", ()) if isinstance(given, Mapping) else given
        result = [dict(_BUILT_IN)]
        for entry in entries:
            if entry.get("builtIn"):
                result[0] = {**_BUILT_IN, **entry}
                continue
            source = self._source(entry.get("datasource"), None)
            made = {"enable": True, "iconColor": "blue", **entry, "datasource": source}
            self._check(entry.get("expr"), str(source.get("type")), f"annotation {entry.get('name')!r}", None)
            result.append(made)
        return result

    def links(self) -> list[Json]:
        allowed = schemas.schema("dashboard")["$defs"]["DashboardLink"]["properties"]
        own = [
            {**_LINK, **{key: value for key, value in entry.items() if key in allowed}}
            for entry in self.keys.get("links") or ()
        ]
        among = {
            **_LINK,
            "asDropdown": True,
            "includeVars": True,
            "keepTime": True,
            "tags": [names.project_tag(self.project.name)],
            "title": self.project.name,
            "tooltip": f"The other dashboards of {self.project.name}",
            "type": "dashboards",
        }
        return [*own, among]

    def panels(self, placed: Sequence[Placed]) -> list[Json]:
        result: list[Json] = []
        title = ""
        row: Json | None = None
        for entry in placed:
            if entry.panel is None:
                row = self._row(entry)
                result.append(row)
                title = entry.row.title if entry.row else ""
                continue
            if entry.row is None and entry.panel.json.get("type") == "row":
                title = entry.panel.title
                result.append(self._separator(entry))
                continue
            panel = self._panel(entry, entry.row.title if entry.row else title)
            if entry.row is not None and entry.row.collapsed and row is not None:
                row["panels"].append(panel)
            else:
                result.append(panel)
        return result

    def _row(self, placed: Placed) -> Json:
        assert placed.row is not None  # noqa: S101  # a bar without a panel is that of a row
        row = placed.row
        result: Json = {
            "collapsed": row.collapsed,
            "gridPos": placed.position,
            "id": self._id(f"row/{row.key or row.title}", f"row {row.title!r}", row.source),
            "panels": [],
            "title": row.title,
            "type": "row",
        }
        if row.repeat:
            result["repeat"] = row.repeat
            result["repeatDirection"] = "h"
        return result

    def _separator(self, placed: Placed) -> Json:
        panel = placed.panel
        assert panel is not None  # noqa: S101  # the caller looked
        kept = {key: panel.json[key] for key in ("repeat", "title") if panel.json.get(key)}
        identity = self._id(f"row/{panel.key or panel.title}", f"row {panel.title!r}", panel.source)
        base = {"collapsed": False, "panels": [], "title": "", "type": "row"}
        return {**base, **kept, "gridPos": placed.position, "id": identity}

    def _id(self, key: str, what: str, source: Source | None, given: Any = None) -> int:
        identity = given if isinstance(given, int) and given > 0 else names.panel_id(key)
        if identity in self.ids:
            other, place_of = self.ids[identity]
            at = f" at {place_of}" if place_of else ""
            dashboard_title = self.keys["title"]
            message = f"dashboard {dashboard_title!r}: {what} and {other}{at} have the same key {key!r}"
            self._problem(message, source, "give one of them a `key=` of its own, or another title")
        self.ids[identity] = (what, source)
        return identity

    def _panel(self, placed: Placed, row: str) -> Json:
        panel: Panel | None = placed.panel
        assert panel is not None  # noqa: S101  # the caller looked
        given = panel.json
        kind = given.get("type")
        title = given.get("title") or ""
        key = panel.key or names.panel_key(title or str(kind), row)
        result = dict(given)
        result["id"] = self._id(key, f"panel {title!r}", panel.source, given.get("id"))
        result["gridPos"] = placed.position
        if kind in _WITHOUT_QUERIES:
            result.pop("datasource", None)
            return result
        own = given.get("datasource")
        queries = given.get("targets") or ()
        letters = {query["refId"] for query in queries if query.get("refId")}
        targets: list[Json] = []
        first: Json | None = None
        mixed = False
        index = 0
        for query in queries:
            source = self._source(query.get("datasource") or own, panel.source)
            letter = query.get("refId")
            if not letter:
                while (letter := names.ref_id(index)) in letters:
                    index += 1
                index += 1
            expr = query.get("expr")
            if expr not in self.checked:
                self._check(expr, str(source.get("type")), f"panel {title!r}", panel.source)
            first = first or source
            mixed = mixed or source != first
            targets.append({**query, "datasource": source, "refId": letter})
        result["targets"] = targets
        if own or first is None:
            result["datasource"] = self._source(own, panel.source)
        else:
            result["datasource"] = _SPECIAL["-- Mixed --"] if mixed else first
        return result


def _selector(definition: str) -> str | None:
    """Return the expression in a variable's definition, such as the selector in `label_values(selector, label)`."""
    name, bracket, rest = definition.partition("(")
    inside = rest.rstrip().removesuffix(")")
    if not bracket:
        return None
    if name.strip() == "query_result":
        return inside
    if name.strip() == "label_values" and "," in inside:
        return inside.rpartition(",")[0]
    return None
