"""Checks of links in dashboards: to other dashboards, their panels and variables, and to runbooks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dojoboards import names
from dojoboards.errors import Source
from dojoboards.lint.analysis import alerts
from dojoboards.lint.registry import Finding, check, once
from dojoboards.lint.things import Board, Boards, Json, mapping, mappings
from dojoboards.model import Project

_DASHBOARD = re.compile(r"(?:^|/)d(?:-solo)?/(?P<uid>[A-Za-z0-9_-]+)(?:/[^?#]*)?(?:\?(?P<query>[^#]*))?")
_PANEL = re.compile(r"(?:^|[?&])(?:viewPanel|editPanel|panelId)=(?:panel-)?(?P<id>\d+)(?=&|$)")
_VARIABLE = re.compile(r"(?:^|[?&])var-(?P<name>\w+)=")


class _Link(NamedTuple):
    """A link: what a message calls the place where it stands, and its address."""

    what: str
    url: str
    source: Source | None


def _links(board: Board) -> Iterator[_Link]:
    """Yield the links of a dashboard, of its panels, and of the values in these."""
    for link in mappings(board.document.get("links")):
        if link.get("type") != "dashboards":
            yield _Link(f"a link of dashboard {board.title!r}", str(link.get("url") or ""), board.source)
    for panel in board.panels:
        for link in (*mappings(panel.json.get("links")), *_of_values(panel.json)):
            yield _Link(panel.what, str(link.get("url") or ""), panel.source)


def _of_values(panel: Json) -> Iterator[Json]:
    config = mapping(panel.get("fieldConfig"))
    yield from mappings(mapping(config.get("defaults")).get("links"))
    for override in mappings(config.get("overrides")):
        for entry in mappings(override.get("properties")):
            if entry.get("id") == "links":
                yield from mappings(entry.get("value"))


@once
def _all(boards: Boards) -> Sequence[_Link]:
    """Return the links of all dashboards."""
    return [link for board in boards.all for link in _links(board) if link.url]


def _inside(boards: Boards, project: Project) -> Iterator[tuple[_Link, str, str]]:
    """Yield the links that lead to a dashboard of this Grafana: with the uid and what is behind the question mark."""
    own = project.environment.grafana_url.rstrip("/")
    for link in _all(boards):
        local = own and link.url.startswith(f"{own}/")
        if local or not urlsplit(link.url[:8].partition("$")[0]).scheme:
            if found := _DASHBOARD.search(link.url.removeprefix(own) if local else link.url):
                yield link, found["uid"], found["query"] or ""


@check("link/dashboard", on=Boards, severity="warning")
def link_dashboard(boards: Boards, project: Project) -> Iterator[Finding]:
    """The dashboard that a link leads to is built.

    Bad: `/d/shop-mian`. Good: `/d/shop-main`, the uid of a dashboard of the project.
    """
    known = {board.uid for board in boards.all}
    if len(known) < 2 or "dashboards" in project.partial:  # noqa: PLR2004  # of one alone, the others may be anywhere
        return
    for link, uid, _ in _inside(boards, project):
        if uid not in known:
            message = f"{link.what} links the dashboard {uid!r}, which is not built"
            yield Finding(message, names.hint(uid, known), link.source)


@check("link/panel", on=Boards, severity="warning")
def link_panel(boards: Boards, project: Project) -> Iterator[Finding]:
    """The panel that a link opens is on that dashboard.

    Bad: `/d/shop?viewPanel=panel-7` where no panel has that id.
    Good: `dashboard_link("CPU", "shop", panel="Hosts/CPU")`.
    """
    known = {board.uid: {str(panel.json.get("id")) for panel in board.panels} for board in boards.all}
    for link, uid, query in _inside(boards, project):
        found = _PANEL.search(query)
        if found and uid in known and found["id"] not in known[uid]:
            message = f"{link.what} links the panel {found['id']} of the dashboard {uid!r}, which it has not"
            yield Finding(message, "give the key of a panel to `dashboard_link`", link.source)


@check("link/variable", on=Boards, severity="warning")
def link_variable(boards: Boards, project: Project) -> Iterator[Finding]:
    """A link sets variables that the other dashboard has.

    It opens with everything where one was to be chosen.
    Bad: `/d/hosts?var-server=$host` where the variable is called `host`. Good: `/d/hosts?var-host=$host`.
    """
    known = {board.uid: [str(variable.get("name")) for variable in board.variables] for board in boards.all}
    for link, uid, query in _inside(boards, project):
        for name in dict.fromkeys(_VARIABLE.findall(query)) if uid in known else ():
            if name not in known[uid]:
                message = f"{link.what} sets the variable {name!r} of the dashboard {uid!r}, which it has not"
                yield Finding(message, names.hint(name, known[uid]), link.source)


@check("link/tags", on=Boards, severity="info")
def link_tags(boards: Boards, _: Project) -> Iterator[Finding]:
    """A list of dashboards by tags has some.

    Bad: `{"type": "dashboards", "tags": ["host"]}` where the tag is `hosts`. Good: `"tags": ["hosts"]`.
    """
    tags = [set(map(str, _strings(board.document.get("tags")))) for board in boards.all]
    for board in boards.all:
        for link in mappings(board.document.get("links")):
            wanted = set(map(str, _strings(link.get("tags"))))
            if link.get("type") == "dashboards" and wanted and not any(wanted <= each for each in tags):
                message = f"a link of dashboard {board.title!r} lists dashboards with {_list(wanted)}: there is none"
                yield Finding(message, names.hint(min(wanted), set().union(*tags)), board.source)


def _strings(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _list(tags: set[str]) -> str:
    return f"the tag{'s' if len(tags) > 1 else ''} {', '.join(map(repr, sorted(tags)))}"


@check("link/runbook", on=Boards, severity="warning")
def link_runbook(boards: Boards, project: Project) -> Iterator[Finding]:
    """The runbook that a panel links is that of an alert.

    Bad: a link to `.../runbooks/CpuHihg.md`. Good: `.../runbooks/CpuHigh.md`, where there is an alert `CpuHigh`.
    """
    address = project.environment.runbook_url
    before, place, after = address.partition("{alert}")
    known = {alert.name for alert, _ in alerts(project)}
    if not place or not known:
        return
    pages = project.runbooks.alerts if project.runbooks else frozenset()
    for link in _all(boards):
        if link.url.startswith(before) and link.url.endswith(after) and len(link.url) > len(address) - len(place):
            name = link.url[len(before) : len(link.url) - len(after)].partition("#")[0]
            if re.fullmatch(names.LABEL_PATTERN, name) and name not in known and name not in pages:
                message = f"{link.what} links the runbook of {name!r}, which is no alert"
                yield Finding(message, names.hint(name, known), link.source)
