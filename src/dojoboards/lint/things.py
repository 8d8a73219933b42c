"""What checks judge beside the declarations: dashboards taken apart, and expressions wherever they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dojoboards import names
from dojoboards.artifact import Artifact, parse
from dojoboards.errors import Source
from dojoboards.lint.registry import Feature
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


@dataclass(frozen=True, kw_only=True, eq=False)
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

    @cached_property
    def defaults(self) -> Json:
        """The settings of all its fields, as far as no override has others."""
        return mapping(mapping(self.json.get("fieldConfig")).get("defaults"))

    @property
    def unit(self) -> str:
        """The unit of its values; empty for none."""
        return str(self.defaults.get("unit") or "")

    @property
    def features(self) -> frozenset[Feature]:
        """What it has, for `Check.where`."""
        several = ("several",) if len(self.queries) > 1 else ()
        config = mapping(self.json.get("fieldConfig"))
        told = (self.json, config, *self.queries)
        return frozenset((self.type, *several, *self.defaults, *(key for json in told for key in json if json[key])))

    @cached_property
    def asked(self) -> Sequence[PanelQuery]:
        """The PromQL expressions among its queries."""
        return tuple(_of_panel(self))


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
        source: Where it was written.
        owner: The rule, the panel, or the JSON of the variable or annotation.
        group: The group of a rule.
    """

    expr: str
    what: str
    source: Source | None
    owner: Alert | RecordingRule | BoardPanel | Json
    group: RuleGroup | None = None

    @property
    def in_dashboard(self) -> bool:
        """Whether Grafana's variables may stand in it."""
        return self.group is None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RuleQuery(Query):
    """The expression of a rule."""

    owner: Alert | RecordingRule


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AlertQuery(RuleQuery):
    """The expression of an alert."""

    owner: Alert


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecordingQuery(RuleQuery):
    """The expression of a recording rule."""

    owner: RecordingRule


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VariableQuery(Query):
    """The series of which a template variable has the labels."""

    owner: Json


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PanelQuery(Query):
    """A query of a panel.

    Args:
        json: Its JSON.
    """

    owner: BoardPanel
    json: Json


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


def of_rules(project: Project) -> Iterator[Query]:
    """Yield every PromQL expression of rules."""
    for group in project.groups:
        for rule in group.rules:
            yield _of_rule(rule, group)


def of_boards(boards: Iterable[Board]) -> Iterator[Board | BoardPanel | Query]:
    """Yield each of some dashboards, with its panels and every PromQL expression in it."""
    for one in boards:
        yield one
        for panel in one.panels:
            yield panel
            yield from panel.asked
        yield from _around(one)


def asked(board: Board) -> Iterator[Query]:
    """Yield every PromQL expression of a dashboard."""
    for panel in board.panels:
        yield from panel.asked
    yield from _around(board)


def _of_rule(rule: Alert | RecordingRule, group: RuleGroup) -> Query:
    if isinstance(rule, Alert):
        what = f"alert {rule.name!r}"
        return AlertQuery(expr=rule.expr, what=what, source=rule.source, owner=rule, group=group)
    what = f"recording rule {rule.record!r}"
    return RecordingQuery(expr=rule.expr, what=what, source=rule.source, owner=rule, group=group)


def _of_panel(panel: BoardPanel) -> Iterator[PanelQuery]:
    own = mapping(panel.json.get("datasource")).get("type")
    for query in panel.queries:
        expr = query.get("expr")
        plugin = str(mapping(query.get("datasource")).get("type") or own or "prometheus")
        if isinstance(expr, str) and expr.strip() and plugin in names.PROMETHEUS_TYPES:
            yield PanelQuery(expr=expr, what=panel.what, source=panel.source, owner=panel, json=query)


def _around(one: Board) -> Iterator[Query]:
    for variable in one.variables:
        asked = variable.get("query")
        definition = mapping(asked).get("query") if isinstance(asked, Mapping) else asked
        plugin = str(mapping(variable.get("datasource")).get("type") or "prometheus")
        if variable.get("type") == "query" and isinstance(definition, str) and plugin in names.PROMETHEUS_TYPES:
            selector = names.variable_selector(definition)
            if selector and selector.strip():
                what = f"variable {variable.get('name')!r} of dashboard {one.title!r}"
                yield VariableQuery(expr=selector, what=what, source=one.source, owner=variable)
    for mark in mappings(mapping(one.document.get("annotations")).get("list")):
        expr = mark.get("expr") or mapping(mark.get("target")).get("expr")
        plugin = str(mapping(mark.get("datasource")).get("type") or "prometheus")
        if isinstance(expr, str) and expr.strip() and plugin in names.PROMETHEUS_TYPES:
            what = f"annotation {mark.get('name')!r} of dashboard {one.title!r}"
            yield Query(expr=expr, what=what, source=one.source, owner=mark)


def mapping(value: object) -> Json:
    """Return *value* where it is a mapping, else an empty one: a dashboard may hold anything."""
    if type(value) is dict:  # as nearly all are, or None: to ask for a Mapping takes its time
        return value
    return value if value is not None and isinstance(value, Mapping) else {}


def mappings(value: object) -> Sequence[Json]:
    """Return the mappings in a list; none where *value* is something else."""
    if not isinstance(value, list):
        return []
    return [entry for entry in value if type(entry) is dict or isinstance(entry, Mapping)]
