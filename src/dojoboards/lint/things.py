"""What checks judge beside the declarations: dashboards taken apart, and expressions wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from dojoboards import names
from dojoboards.artifact import Artifact, parse
from dojoboards.errors import Source
from dojoboards.model import Alert, Project, RecordingRule, RuleGroup

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard as it is built.

    Args:
        uid: Its uid.
        title: Its title.
        document: Its JSON.
        source: Where it was made.
        panels: Its panels, those in rows among them, without the rows.
    """

    uid: str
    title: str
    document: Json
    source: Source | None
    panels: Sequence[BoardPanel] = field(repr=False)

    @property
    def variables(self) -> Sequence[Json]:
        """Its template variables."""
        return mappings(mapping(self.document.get("templating")).get("list"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BoardPanel:
    """A panel of a dashboard as it is built.

    Args:
        title: Its title.
        type: Its type, such as `timeseries`.
        json: Its JSON.
        board: The title of its dashboard.
        source: Where it was made; its dashboard's place where that is not known.
        queries: Its queries.
    """

    title: str
    type: str
    json: Json
    board: str
    source: Source | None
    queries: Sequence[Json] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "queries", mappings(self.json.get("targets")))

    @property
    def what(self) -> str:
        """What a message calls it."""
        return f"panel {self.title!r} of dashboard {self.board!r}"

    @property
    def unit(self) -> str:
        """The unit of its values; empty for none."""
        return str(mapping(mapping(self.json.get("fieldConfig")).get("defaults")).get("unit") or "")


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Boards:
    """All dashboards of a project, for checks across them."""

    all: Sequence[Board]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Query:
    """A PromQL expression, wherever it stands.

    Args:
        expr: The expression; in a dashboard, with Grafana's variables.
        what: What a message calls the place: `alert 'Down'`, `panel 'CPU' of dashboard 'Hosts'`.
        kind: What asks: an alert, a recording rule, a panel, a template variable or an annotation.
        source: Where it was written.
        owner: The rule, the panel, or the JSON of the variable or annotation.
        group: The group of a rule.
        json: The JSON of a panel's query.
    """

    expr: str
    what: str
    kind: Literal["alert", "record", "panel", "variable", "annotation"]
    source: Source | None
    owner: Alert | RecordingRule | BoardPanel | Json
    group: RuleGroup | None = None
    json: Json = field(default_factory=dict)

    @property
    def in_dashboard(self) -> bool:
        """Whether Grafana's variables may stand in it."""
        return self.kind not in ("alert", "record")


def boards_of(artifacts: Sequence[Artifact], places: Mapping[str, Mapping[int, Source]]) -> list[Board]:
    """Return the dashboards among *artifacts*, taken apart.

    Args:
        artifacts: What a project is built to.
        places: By uid: where each panel was made, by its id.
    """
    return [
        board(parse(artifact), artifact.source, places.get(artifact.key, {}))
        for artifact in artifacts
        if artifact.kind == "dashboard"
    ]


def board(document: Json, source: Source | None, places: Mapping[int, Source]) -> Board:
    """Return a dashboard, taken apart; what is no dashboard at all has no panels."""
    title = str(document.get("title") or "")
    panels = [
        BoardPanel(
            title=str(json.get("title") or ""),
            type=str(json.get("type") or ""),
            json=json,
            board=title,
            source=_place(json, places) or source,
        )
        for json in _panels(document)
    ]
    return Board(uid=str(document.get("uid") or ""), title=title, document=document, source=source, panels=panels)


def _place(json: Json, places: Mapping[int, Source]) -> Source | None:
    identity = json.get("id")
    return places.get(identity) if isinstance(identity, int) else None


def _panels(document: Json) -> Iterator[Json]:
    for json in (*mappings(document.get("panels")), *_in_rows(document)):
        if json.get("type") == "row":
            yield from mappings(json.get("panels"))
        else:
            yield json


def _in_rows(document: Json) -> Iterator[Json]:
    """Yield the panels of a dashboard of Grafana 4 and older."""
    for row in mappings(document.get("rows")):
        yield from mappings(row.get("panels"))


def things_of(project: Project, boards: Sequence[Board]) -> Iterator[Boards | Board | BoardPanel | Query]:
    """Yield all dashboards, each of them, their panels, and every PromQL expression of rules and dashboards."""
    yield Boards(boards)
    for group in project.groups:
        for rule in group.rules:
            yield _of_rule(rule, group)
    for one in boards:
        yield one
        for panel in one.panels:
            yield panel
            yield from _of_panel(panel)
        yield from _around(one)


def asked(board: Board) -> Iterator[Query]:
    """Yield every PromQL expression of a dashboard."""
    for panel in board.panels:
        yield from _of_panel(panel)
    yield from _around(board)


def _of_rule(rule: Alert | RecordingRule, group: RuleGroup) -> Query:
    if isinstance(rule, Alert):
        what, kind = f"alert {rule.name!r}", "alert"
    else:
        what, kind = f"recording rule {rule.record!r}", "record"
    return Query(expr=rule.expr, what=what, kind=kind, source=rule.source, owner=rule, group=group)  # type: ignore[arg-type]  # one of two words


def _of_panel(panel: BoardPanel) -> Iterator[Query]:
    own = mapping(panel.json.get("datasource")).get("type")
    for query in panel.queries:
        expr = query.get("expr")
        plugin = str(mapping(query.get("datasource")).get("type") or own or "prometheus")
        if isinstance(expr, str) and expr.strip() and plugin in names.PROMETHEUS_TYPES:
            yield Query(expr=expr, what=panel.what, kind="panel", source=panel.source, owner=panel, json=query)


def _around(one: Board) -> Iterator[Query]:
    for variable in one.variables:
        asked = variable.get("query")
        definition = mapping(asked).get("query") if isinstance(asked, Mapping) else asked
        plugin = str(mapping(variable.get("datasource")).get("type") or "prometheus")
        if variable.get("type") == "query" and isinstance(definition, str) and plugin in names.PROMETHEUS_TYPES:
            selector = names.variable_selector(definition)
            if selector and selector.strip():
                what = f"variable {variable.get('name')!r} of dashboard {one.title!r}"
                yield Query(expr=selector, what=what, kind="variable", source=one.source, owner=variable)
    for mark in mappings(mapping(one.document.get("annotations")).get("list")):
        expr = mark.get("expr") or mapping(mark.get("target")).get("expr")
        plugin = str(mapping(mark.get("datasource")).get("type") or "prometheus")
        if isinstance(expr, str) and expr.strip() and plugin in names.PROMETHEUS_TYPES:
            what = f"annotation {mark.get('name')!r} of dashboard {one.title!r}"
            yield Query(expr=expr, what=what, kind="annotation", source=one.source, owner=mark)


def mapping(value: object) -> Json:
    """Return *value* where it is a mapping, else an empty one: a dashboard may hold anything."""
    # Nearly all are, and to ask for a Mapping takes its time.
    return value if type(value) is dict or isinstance(value, Mapping) else {}


def mappings(value: object) -> Sequence[Json]:
    """Return the mappings in a list; none where *value* is something else."""
    if not isinstance(value, list):
        return []
    return [entry for entry in value if type(entry) is dict or isinstance(entry, Mapping)]
