"""Why a dashboard cannot be read: what in it has another type than it should have.

It is looked for only where reading it failed: the schema, which tells it otherwise, sees finished dashboards alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dojoboards import schemas
from dojoboards.errors import Problem, Source
from dojoboards.layout import Panel, Row
from dojoboards.model import Dashboard, shape
from dojoboards.panels.plain import Json
from dojoboards.render.document import not_plain
from dojoboards.render.plain import dashboard, item

_REMEDY = "docs/dashboards.md says what a dashboard may hold"
_FRAME: Json = {
    "annotations": {"list": []},
    "panels": [],
    "schemaVersion": 42,
    "tags": [],
    "templating": {"list": []},
    "time": {"from": "now-6h", "to": "now"},
    "title": "-",
    "uid": "-",
}
_PLACE: Json = {"gridPos": {"h": 1, "w": 1, "x": 0, "y": 0}, "id": 1}
_QUERY: Json = {"datasource": {"type": "prometheus", "uid": "-"}, "refId": "A"}


def problem(what: str, error: Exception, source: Source | None) -> Problem:
    """Return what Python says of a thing that cannot be read."""
    deep = "recursion" in str(error).lower()
    why = "it holds itself or is nested too deeply" if deep else error
    return Problem(f"{what} cannot be read: {why}", source, _REMEDY)


def problems(declared: Dashboard, error: Exception) -> list[Problem]:
    """Return what in a dashboard has the wrong type, or what Python says of it where that is not found."""
    try:
        found = list(dict.fromkeys(_wrong(declared)))
    except Exception:  # it is what could not be read before
        found = []
    return found or [problem("this dashboard", error, declared.source)]


def _wrong(declared: Dashboard) -> Iterator[Problem]:
    keys = dashboard(declared.spec)
    what = f"dashboard {keys.get('title')!r}"
    for value in keys.pop("panels"):
        inner = value.panels if isinstance(value, Row) else (value,)
        if isinstance(value, Row):
            yield from shape.problems(value, Row)
        for each in inner:
            panel = each if isinstance(each, Panel) else item(each)
            if isinstance(panel, Panel) and panel.json.get("type") != "row":
                yield from shape.problems(panel, Panel)
                place = panel.source or declared.source
                yield from _misfits({"panels": [_placed(panel.json)]}, f"{what}, panel {panel.title!r}", place)
    yield from _misfits({key: keys[key] for key in keys.keys() - _FRAME.keys()}, what, declared.source)


def _placed(json: Json) -> Json:
    """Return a panel with what it still lacks."""
    kept = {key: value for key, value in json.items() if key != "datasource"}
    if isinstance(json.get("targets"), list):
        kept["targets"] = [_asked(query) for query in json["targets"]]
    return {**kept, **_PLACE}


def _asked(query: Any) -> Any:
    if not isinstance(query, dict):
        return query
    return {**_QUERY, **query} if query.get("datasource") is None else {"refId": query.get("refId", "A")}


def _misfits(part: Json, what: str, source: Source | None) -> Iterator[Problem]:
    """Yield what is wrong with a part of a dashboard, but for keys that it has no word for, which may be dropped."""
    strange = list(not_plain(part))
    for each in strange:
        yield Problem(f"{what}: {each.removeprefix('panels.0.')}", source, _REMEDY)
    if strange:
        return
    for misfit in schemas.misfits("dashboard", {**_FRAME, **part}):
        if not misfit.key:
            where = ".".join(map(str, misfit.place)).removeprefix("panels.0.")
            yield Problem(f"{what}: {where}: {misfit.message}", source, misfit.guess or _REMEDY)
