"""Dashboards in the classic schema, as a current Grafana would itself have saved them.

One dashboard at a time: its objects are dropped as soon as its bytes are made. The format is Grafana's dashboard JSON,
schema version 42.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from dojoboards import names, places, schemas, units
from dojoboards.artifact import Artifact, json_bytes
from dojoboards.errors import DojoboardsError, Problem, Source
from dojoboards.layout import Panel, Placed, Row, fixed, place
from dojoboards.model import Dashboard, Project
from dojoboards.panels.plain import Json
from dojoboards.render import header, saved, unreadable
from dojoboards.render.grafana import folder_path
from dojoboards.render.plain import LIBRARY_PANEL, dashboard, item
from dojoboards.render.references import EXPRESSION, MIXED, References

_WITHOUT_QUERIES = frozenset({LIBRARY_PANEL, "alertlist", "annolist", "dashlist", "news", "row", "text"})

# What Grafana gives a dashboard itself, and what it wrote long ago.
_DROPPED = frozenset(
    [
        "__elements",
        "__inputs",
        "__requires",
        "gnetId",
        "hideControls",
        "id",
        "iteration",
        "meta",
        "nav",
        "originalTitle",
        "pulldowns",
        "revision",
        "sharedCrosshair",
        "snapshot",
        "style",
        "version",
    ]
)
_ERRORS = (TypeError, ValueError, AttributeError, KeyError, IndexError, RecursionError)
"""What a value of the wrong shape raises, wherever it is first looked at; the last, one that holds itself."""


def render(project: Project, made: dict[str, Mapping[int, Source]] | None = None) -> Iterator[Artifact | Problem]:
    """Yield each dashboard, and a problem for each thing in it that Grafana would not take or show.

    Args:
        project: Whose dashboards.
        made: Where it goes, by dashboard uid and panel id, where each panel was made.
    """
    paths: dict[str, str] = {}
    checked: set[str] = set()
    folders = {folder.uid for folder in project.folders}
    for declared in project.dashboards:
        problems: list[Problem] = []
        try:
            document = _document(declared, project, checked, problems, made)
            if edited := project.saved.get(document["uid"]):
                document = saved.document(edited, project, checked, problems)
            body = json_bytes(document)
        except DojoboardsError as error:
            problems.extend(error.problems)
        except _ERRORS as error:
            problems.extend(unreadable.problems(declared, error))
        yield from problems
        if declared.folder and declared.folder not in folders:
            message = f"a dashboard lies in the unknown folder {declared.folder!r}"
            yield Problem(message, declared.source, names.hint(declared.folder, folders))
        if problems:
            continue
        uid = document["uid"]
        if declared.folder not in paths:
            paths[declared.folder] = folder_path(project, declared.folder)
        path = f"grafana/dashboards/{paths[declared.folder]}/{uid}.json"
        yield Artifact("dashboard", uid, path, body, declared.source)


def _document(
    declared: Dashboard,
    project: Project,
    checked: set[str],
    problems: list[Problem],
    made: dict[str, Mapping[int, Source]] | None,
) -> Json:
    keys = dashboard(declared.spec)
    if "elements" in keys or {"apiVersion", "spec"} <= keys.keys():
        message = "this dashboard is in Grafana's schema v2, which dojoboards does not write"
        remedy = "give it in the classic schema (a `panels` list)"
        raise DojoboardsError([Problem(message, declared.source, remedy)])
    title = keys.get("title")
    if not isinstance(title, str) or not title.strip():
        raise DojoboardsError([Problem("a dashboard has no title", declared.source, "give it a `title`")])
    items = list(_items(keys.pop("panels"), declared.source, problems))
    references = References(project.environment, keys, declared.source, checked=checked, problems=problems)
    drawn = _Panels(title, references)
    document = {key: value for key, value in keys.items() if key not in _DROPPED}
    document |= header.settings(keys)
    document |= {
        "annotations": {"list": list(header.annotation_list(keys["annotations"], references))},
        "links": list(header.link_list(keys.get("links") or (), project.name)),
        "panels": drawn.all(place(items)),
        "tags": _tags(keys.get("tags", []), project.name),
        "templating": {"list": list(header.variable_list(keys["templating"], references))},
    }
    if not document.get("description"):
        document.pop("description", None)
    problems.extend(_violations(document, drawn, declared.source))
    if made is not None:
        made[document["uid"]] = {panel: place_of for panel, (_, place_of) in drawn.ids.items() if place_of}
    return document


def _tags(given: Any, project: str) -> Any:
    if not isinstance(given, list):
        return given  # the schema tells
    return list(dict.fromkeys([*given, names.project_tag(project)]))


def _items(values: Iterable[Any], place_of: Source | None, problems: list[Problem]) -> Iterator[Panel | Row]:
    for value in values:
        try:
            yield item(value)
        except DojoboardsError as error:
            found = places.of(value) or place_of
            problems.extend(dataclasses.replace(problem, source=problem.source or found) for problem in error.problems)
        except _ERRORS as error:
            problems.append(unreadable.problem("this panel", error, places.of(value) or place_of))


def _violations(document: Json, drawn: _Panels, source: Source | None) -> Iterator[Problem]:
    for misfit in schemas.misfits("dashboard", document):
        found: Any = document
        name, place_of, where = f"dashboard {document['title']!r}", source, misfit.place
        for depth, part in enumerate(misfit.place, start=1):
            found = found[int(part)] if isinstance(found, list) else found.get(str(part))  # "1" is told as 1
            if isinstance(found, dict) and found.get("id") in drawn.ids:
                panel, place_of = drawn.ids[found["id"]]
                name, where = f"dashboard {document['title']!r}, {panel}", misfit.place[depth:]
        what = ".".join(map(str, where))
        message = f"{name}: {what}: {misfit.message}" if what else f"{name}: {misfit.message}"
        yield Problem(message, place_of or source, misfit.guess or "Grafana's classic schema does not have it so")


class _Panels:
    """The panels of one dashboard while they are rendered.

    Args:
        title: The dashboard's title.
        references: What its names mean.
    """

    def __init__(self, title: str, references: References) -> None:
        self.title = title
        self.references = references
        self.ids: dict[int, tuple[str, Source | None]] = {}

    def all(self, placed: Iterable[Placed]) -> list[Json]:
        """Return all panels and rows, those of closed rows within these."""
        result: list[Json] = []
        row = ""
        into = result
        for entry in placed:
            panel = entry.panel
            if panel is None:
                bar = self._bar(entry)
                result.append(bar)
                row = bar["title"]
                into = bar["panels"] if bar["collapsed"] else result
            elif panel.json.get("type") == "row":
                result.extend(self._brought(panel, entry))
                row, into = panel.title, result
            else:
                within = into if entry.row is not None else result
                within.append(self._panel(panel, entry, row))
        return result

    def _bar(self, placed: Placed) -> Json:
        assert placed.row is not None  # noqa: S101  # a bar without a panel is that of a row
        row = placed.row
        key = row.key or row.title or (row.panels[0].title if row.panels else "")
        result: Json = {
            "collapsed": row.collapsed,
            "gridPos": placed.position,
            "id": self._id(f"row/{key}", f"row {row.title!r}", row.source),
            "panels": [],
            "title": row.title,
            "type": "row",
        }
        if row.repeat:
            result["repeat"] = row.repeat
        return result

    def _brought(self, panel: Panel, placed: Placed) -> Iterator[Json]:
        """Yield a row that content brought as a panel, with the panels that it has itself."""
        json = panel.json
        inner = [self._panel(entry, Placed(entry, None, fixed(entry)), panel.title) for entry in json.get("panels", ())]
        collapsed = bool(json.get("collapsed"))
        result: Json = {
            "collapsed": collapsed,
            "gridPos": placed.position,
            "id": self._id(f"row/{panel.key or panel.title}", f"row {panel.title!r}", panel.source, json.get("id")),
            "panels": inner if collapsed else [],
            "title": panel.title,
            "type": "row",
        }
        if json.get("repeat"):
            result["repeat"] = json["repeat"]
        yield result
        if not collapsed:
            yield from inner

    def _id(self, key: str, what: str, source: Source | None, given: Any = None) -> int:
        is_given = isinstance(given, int) and given > 0
        identity: int = given if is_given else names.panel_id(key)
        if identity in self.ids:
            other, place_of = self.ids[identity]
            at = f" at {place_of}" if place_of else ""
            shared = f"id {identity}" if is_given else f"key {key!r}"
            message = f"dashboard {self.title!r}: {what} and {other}{at} have the same {shared}"
            remedy = "take the `id` out of one of them" if is_given else _OTHER_KEY
            self.references.problem(message, source, remedy)
        self.ids[identity] = (what, source)
        return identity

    def _panel(self, panel: Panel, placed: Placed, row: str) -> Json:
        given, source = panel.json, panel.source
        kind, title = given.get("type"), given.get("title") or ""
        key = panel.key or names.panel_key(title or str(kind), row)
        name = f"panel {title!r}"
        result = {**given, "id": self._id(key, name, source, given.get("id")), "gridPos": placed.position}
        self._check_units(given, name, source)
        if kind in _WITHOUT_QUERIES:
            result.pop("datasource", None)
            result.pop("targets", None)
            return result
        own = given.get("datasource")
        queries = given.get("targets")
        if queries:
            result["targets"], result["datasource"] = self._queries(queries, own, name, source)
        elif own:
            result["datasource"] = self.references.source(own, source)
        return result

    def _queries(self, queries: list[Json], own: Any, panel: str, place_of: Source | None) -> tuple[list[Json], Json]:
        """Return the queries of a panel with their letters and data sources, and the panel's own data source."""
        references = self.references
        checked = references.checked
        of_panel = references.source(own, place_of) if own else None
        usual = None if of_panel == MIXED else of_panel
        is_mixed = of_panel == MIXED
        targets: list[Json] = []
        first: Json | None = None
        for query, letter in zip(queries, self._letters(queries, panel, place_of), strict=True):
            source = usual
            if (given := query.get("datasource")) or source is None:
                source = references.source(given, place_of)
                usual = usual or (None if given else source)
            expr = query.get("expr")
            if expr is not None and expr not in checked:
                references.check(expr, source, panel, place_of)
            targets.append(_fitted({**query, "datasource": source, "refId": letter}))
            if source is not first and source != EXPRESSION:
                is_mixed = is_mixed or (first is not None and source != first)
                first = first or source
        return targets, MIXED if is_mixed else first or of_panel or EXPRESSION

    def _letters(self, queries: list[Json], panel: str, place_of: Source | None) -> list[str]:
        """Return the refId of each query: its own, or the first letter that is free."""
        given: list[Any] = [query.get("refId") for query in queries]
        taken = set(given)
        if len(taken) == 1 and not given[0]:
            return _first_letters(len(given))
        if len(taken) == len(given) and all(given):
            return given
        if len(taken) < len(given):
            twice = next((letter for letter in given if letter and given.count(letter) > 1), None)
            if twice:
                message = f"{panel}: two queries have the refId {twice!r}"
                self.references.problem(message, place_of, "give one of them another letter, or none")
        free = (letter for index in itertools.count() if (letter := _letter(index)) not in taken)
        return [letter or next(free) for letter in given]

    def _check_units(self, panel: Json, name: str, place_of: Source | None) -> None:
        config = panel.get("fieldConfig")
        if not config:
            return
        unit, overrides = config["defaults"].get("unit"), config["overrides"]
        if not overrides and panel["type"] != "heatmap" and (not unit or unit in units.UNITS):
            return
        given = [unit]
        for override in overrides:
            given += [entry.get("value") for entry in override.get("properties", ()) if entry.get("id") == "unit"]
        if panel["type"] == "heatmap":
            given.append(panel["options"]["yAxis"].get("unit"))
        for unit in given:
            if unit and unit not in units.UNITS and not units.known(unit):
                self._unknown_unit(unit, name, place_of)

    def _unknown_unit(self, unit: str, name: str, place_of: Source | None) -> None:
        self.references.problem(f"{name}: Grafana has no unit {unit!r}", place_of, units.remedy(unit))


_letter = cache(names.ref_id)


@cache
def _first_letters(count: int) -> list[str]:
    return [_letter(index) for index in range(count)]


_OTHER_KEY = "give one of them another title, or a key of its own: `key=`, or `Panel(..., key=)` around it"


def _fitted(query: Json) -> Json:
    """Return a query without what its data source has no word for, or has no more."""
    kind = query["datasource"].get("type")
    if kind == "prometheus" and not _DEAD.isdisjoint(query):
        return {key: value for key, value in query.items() if key not in _DEAD}
    if kind == "loki" and ("format" in query or "range" in query):
        kind = "instant" if query.get("instant") else "range"
        return {"queryType": kind, **{key: value for key, value in query.items() if key not in _OF_PROMETHEUS}}
    return query


_OF_PROMETHEUS = frozenset({"exemplar", "format", "instant", "interval", "intervalFactor", "range"})
_DEAD = frozenset({"metric", "step", "target"})
