"""Dashboards as Grafana exports them, as its API wraps them, and as somebody keeps them in files."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from dojoboards import promql
from dojoboards.artifact import Artifact
from dojoboards.errors import Problem, Source
from dojoboards.importer.document import Document, Path, mapping, mappings, text
from dojoboards.importer.rules import is_logql
from dojoboards.lint.things import Board, asked, board
from dojoboards.model import DataSource

_TITLE = re.compile(r'"title"\s*:\s*("(?:[^"\\]|\\.)*")')
_OWN = {
    "-- Mixed --": "datasource",
    "-- Dashboard --": "datasource",
    "-- Grafana --": "grafana",
    "__expr__": "__expr__",
    "grafana": "grafana",
}
"""Data sources that every Grafana has, and their types."""

_UNKNOWN = "unknown"
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class Exported(NamedTuple):
    """A dashboard of a file.

    Args:
        board: It, taken apart.
        artifact: It, where it has a uid.
        problems: What Grafana would refuse, and queries that are none.
    """

    board: Board
    artifact: Artifact | None
    problems: list[Problem]


def read(document: Document, at: Path, sources: list[DataSource], uids: Mapping[str, str]) -> Exported:
    """Return the dashboard of a file.

    Args:
        document: The file's.
        at: Where in it the dashboard stands.
        sources: The data sources that are known.
        uids: The types of data sources by their uids.
    """
    part = document.part(at)
    types = {source.title or source.name: source.type for source in sources} | dict(uids)
    made = {key: value for key, value in _Typed(part, types).value(part, "").items() if not key.startswith("__")}
    whole = Source(document.path)
    taken = board(made, whole, _places(made, document))
    problems = [*_shape(made, whole), *_expressions(taken)]
    uid = text(made, "uid")
    artifact = Artifact("dashboard", uid, f"{document.path}.json", orjson.dumps(made), whole) if uid else None
    return Exported(taken, artifact, problems)


def _shape(made: Mapping[str, Any], source: Source) -> Iterator[Problem]:
    if not text(made, "title").strip():
        yield Problem("the dashboard has no title: Grafana refuses it", source, "give it a `title`")
    panels = made.get("panels", [])
    if not isinstance(panels, list) or not all(isinstance(panel, Mapping) for panel in panels):
        yield Problem("`panels` of the dashboard is no list of panels", source, "make it a list of objects")
    for key in ("templating", "annotations"):
        listed = made.get(key, {})
        if not isinstance(listed, Mapping) or not isinstance(listed.get("list", []), list):
            yield Problem(f"`{key}` of the dashboard has no `list`", source, f'write "{key}": {{"list": [...]}}')


def _expressions(taken: Board) -> Iterator[Problem]:
    for query in asked(taken):
        if what := promql.problem(query.expr):
            yield Problem(f"{query.what}: {query.expr!r} is not PromQL: {what}", query.source, "correct the expression")


def _places(made: Mapping[str, Any], document: Document) -> dict[int, Source]:
    """Return the lines of panels by their ids: those of their titles."""
    lines: dict[str, deque[int]] = defaultdict(deque)
    line, counted = 1, 0
    for found in _TITLE.finditer(document.text):
        line, counted = line + document.text.count("\n", counted, found.start()), found.start()
        lines[found[1]].append(line)
    places = {}
    for panel in _panels(made):
        identity, title = panel.get("id"), panel.get("title")
        if isinstance(identity, int) and isinstance(title, str):
            left = lines.get(orjson.dumps(title).decode())
            if left:
                places[identity] = Source(document.path, left.popleft())
    return places


def _panels(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for key in ("panels", "rows"):
        for _, panel in mappings(part, key):
            yield panel
            yield from _panels(panel)


class _Typed:
    """A dashboard with the type of each data source, where it can be told."""

    def __init__(self, whole: Any, types: Mapping[str, str]) -> None:
        self.types = types
        asked = [entry for _, entry in mappings(whole, "__inputs")]
        self.asked = {text(entry, "name"): text(entry, "value") for entry in asked}
        self.inputs = {
            text(entry, "name"): text(entry, "pluginId") for entry in asked if text(entry, "type") == "datasource"
        }
        self.inputs |= {
            text(entry, "name"): text(entry, "query")
            for _, entry in mappings(mapping(whole, "templating"), "list")
            if text(entry, "type") == "datasource"
        }

    def value(self, given: Any, around: str) -> Any:
        """Return *given*, which stands where *around* is the type of the data source."""
        if isinstance(given, str):
            return self.filled_in(given)
        if isinstance(given, list):
            return [self.value(item, around) for item in given]
        if not isinstance(given, Mapping):
            return given
        own = self.type(given.get("datasource"))
        expr = given.get("expr")
        if isinstance(expr, str) and (own or around) in ("", _UNKNOWN):
            own = _asked(expr, own or around)
        made = {key: item if key == "datasource" else self.value(item, own or around) for key, item in given.items()}
        if own:
            known = given.get("datasource")
            made["datasource"] = {
                **self.value(known if isinstance(known, Mapping) else {"uid": known}, ""),
                "type": own,
            }
        return made

    def filled_in(self, given: str) -> str:
        """Return a text as it is after the import: with the values of constants, and without data sources to choose."""
        if self.asked and "$" in given:
            return _VARIABLE.sub(lambda found: self.asked.get(found[1], found[0]), given)
        return given

    def type(self, given: Any) -> str:
        """Return the type of a data source as a dashboard names it; empty for the default one."""
        if isinstance(given, Mapping):
            if named := text(given, "type"):
                return self.inputs.get(named.strip("${}"), _UNKNOWN) if named.startswith("$") else named
            given = given.get("uid")
        if not isinstance(given, str) or given in ("", "default"):
            return ""
        if given in _OWN:
            return _OWN[given]
        if given.startswith(("$", "[[")):
            return self.inputs.get(given.strip("${}[]").partition(":")[0], _UNKNOWN)
        return self.types.get(given, "") or ("prometheus" if "prom" in given.lower() else _UNKNOWN)


def _asked(expr: str, known: str) -> str:
    """Return the type of the data source that an expression asks: PromQL if it is that, or if it is to be."""
    if promql.problem(expr) is None:
        return "prometheus"
    return known or ("loki" if is_logql(expr) else "prometheus")


def types_of(documents: list[Document]) -> dict[str, str]:
    """Return the types of data sources by their uids, as Grafana's provisioning says."""
    found = {}
    for document in documents:
        for _, entry in mappings(document.value, "datasources"):
            if text(entry, "uid"):
                found[text(entry, "uid")] = text(entry, "type")
    return found
