"""Checks of dashboards as a whole: what they are called, their time range, their data sources, and secrets in them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping

import orjson

from dojoboards import names
from dojoboards.lint.analysis import milliseconds
from dojoboards.lint.literals import LOGIN
from dojoboards.lint.registry import Finding, check, repeated
from dojoboards.lint.things import Board, Boards, Json, mapping, mappings
from dojoboards.model import Project

_MANY = 60
_SHORTEST_REFRESH = 5_000
"""Milliseconds; what Grafana allows unless its configuration says otherwise."""
_OWN = frozenset({"-- Dashboard --", "-- Grafana --", "-- Mixed --", "__expr__", "grafana", "-100"})
_TIME = re.compile(r"now(?:(?P<sign>[+-])(?P<count>\d+)(?P<unit>[smhdwMQy]|fQ|fy))?(?:/(?:[smhdwMQy]|fQ|fy))?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_592_000, "Q": 7_776_000, "y": 31_536_000}
_SECONDS |= {"fQ": _SECONDS["Q"], "fy": _SECONDS["y"]}
_ZONE = re.compile(r"(?:browser|utc|UTC|[A-Z][A-Za-z_]*(?:[/_-][A-Za-z0-9_+-]+)*|[A-Z]{3,4}(?:\d[A-Z]{3})?)?")
_OFFSET = re.compile(r"(?i)(?:utc|gmt)?[+-]\d|.*\s")


def text(board: Board) -> bytes:
    """Return the JSON of a dashboard; the checks look at one dashboard after the other."""
    if not _last or _last[0][0] is not board:
        _last[:] = [(board, _bytes(board.document))]
    return _last[0][1]


def _bytes(document: Json) -> bytes:
    try:
        return orjson.dumps(document)
    except TypeError:  # what no JSON can hold, such as half a character
        return repr(document).encode(errors="replace")


_last: list[tuple[Board, bytes]] = []


@check("dashboard/empty", on=Board, severity="warning")
def dashboard_empty(board: Board, _: Project) -> Iterator[Finding]:
    """A dashboard has panels.

    Bad: `panels=[]`. Good: a panel, or no dashboard.
    """
    if not board.panels:
        yield Finding(f"the dashboard {board.title!r} has no panels", "give it some, or take it away")


@check("dashboard/size", on=Board, severity="info")
def dashboard_size(board: Board, _: Project) -> Iterator[Finding]:
    """A dashboard opens with no more than sixty panels.

    Each asks when it comes into view, and nobody scrolls so far. What is in a closed row does not count.
    Bad: eighty panels. Good: two dashboards with a link, or closed rows.
    """
    shown = len([panel for panel in mappings(board.document.get("panels")) if panel.get("type") != "row"])
    if shown > _MANY:
        message = f"the dashboard {board.title!r} opens with {shown} panels"
        yield Finding(message, "put what is seldom looked at into closed rows, or on a dashboard of its own")


@check("dashboard/title", on=Boards, severity="info")
def dashboard_title(boards: Boards, _: Project) -> Iterator[Finding]:
    """No two dashboards have the same title: whoever searches cannot tell them apart.

    Bad: two dashboards `Overview`. Good: `Shop / Overview` and `Warehouse / Overview`.
    """
    for board, first in repeated(boards.all, lambda board: board.title):
        message = f"two dashboards have the title {board.title!r}: {first.uid!r} and {board.uid!r}"
        yield Finding(message, "say in one title what it is about", board.source)


@check("dashboard/tags", on=Board, severity="info")
def dashboard_tags(board: Board, project: Project) -> Iterator[Finding]:
    """A dashboard has a tag that says what it is about; Grafana lists and links dashboards by tags.

    Bad: no `tags`. Good: `tags=["database"]`.
    """
    tags = board.document.get("tags")
    if not [tag for tag in tags if tag != names.project_tag(project.name)] if isinstance(tags, list) else True:
        yield Finding(f"the dashboard {board.title!r} has no tags", "give it `tags`")


@check("dashboard/panel-titles", on=Board, severity="info")
def dashboard_panel_titles(board: Board, _: Project) -> Iterator[Finding]:
    """No two panels of a row have the same title.

    Bad: `Requests` twice. Good: `Requests by status` and `Requests by method`.
    """
    for row, titles in _rows(board.document):
        for title, count in Counter(titles).items():
            if count > 1:
                where = f" in the row {row!r}" if row else ""
                message = f"dashboard {board.title!r} has {count} panels with the title {title!r}{where}"
                yield Finding(message, "say in each title what the panel shows")


def _rows(document: Json) -> Iterator[tuple[str, list[str]]]:
    row, titles = "", list[str]()
    for panel in mappings(document.get("panels")):
        if panel.get("type") != "row":
            titles.append(_title(panel))
            continue
        yield row, [title for title in titles if title]
        row, titles = _title(panel), [_title(inner) for inner in mappings(panel.get("panels"))]
    yield row, [title for title in titles if title]


def _title(panel: Json) -> str:
    # Of what is repeated, each copy has the same title until its variable is put in.
    return "" if panel.get("type") == "library-panel-ref" else str(panel.get("title") or "")


@check("dashboard/time", on=Board, severity="warning")
def dashboard_time(board: Board, _: Project) -> Iterator[Finding]:
    """The time range of a dashboard is one that Grafana can read, and its start is before its end.

    Bad: `time_from="now"`, `time_from="6h"`. Good: `time_from="now-6h"`.
    """
    time = mapping(board.document.get("time"))
    ends: list[float] = []
    for key in ("from", "to"):
        given = str(time.get(key, "now"))
        found = _TIME.fullmatch(given)
        if not found and not re.fullmatch(r"\d{13}|\d{4}-\d\d-\d\d[T ].*", given):
            end = "begins at" if key == "from" else "ends at"
            message = f"the time range of dashboard {board.title!r} {end} {given!r}, which Grafana cannot read"
            yield Finding(message, "write such as now-6h, now-1d/d or now")
            return
        ends.append(_ago(found) if found else math.nan)
    if time and ends[0] <= ends[1]:
        message = (
            f"the time range of dashboard {board.title!r} is empty: from {time.get('from')!r} to {time.get('to')!r}"
        )
        yield Finding(message, "let it start before it ends, such as from now-6h to now")


def _ago(found: re.Match[str]) -> float:
    """Return how many seconds ago a time is; no number where it is rounded."""
    if "/" in found[0]:
        return math.nan
    if not found["count"]:
        return 0
    return int(found["count"]) * _SECONDS.get(found["unit"], 0) * (-1 if found["sign"] == "+" else 1)


@check("dashboard/refresh", on=Board, severity="info")
def dashboard_refresh(board: Board, project: Project) -> Iterator[Finding]:
    """A dashboard is not refreshed more often than there are new samples.

    Grafana itself allows nothing below five seconds, unless its configuration does.
    Bad: `refresh="5s"` where Prometheus scrapes every 30 s. Good: `refresh="30s"`.
    """
    refresh = str(board.document.get("refresh") or "")
    often = milliseconds(refresh)
    jobs = [milliseconds(job.scrape_interval) for job in project.scrape_jobs if job.scrape_interval]
    scrape = project.prometheus.scrape_interval if project.prometheus else ""
    least = min([*jobs, *([milliseconds(scrape)] if scrape else [])], default=0)
    if often and often < max(_SHORTEST_REFRESH, least):
        why = f"there are new samples every {least / 1000:g}s" if often < least else "Grafana allows no less than 5s"
        yield Finding(f"dashboard {board.title!r} is refreshed every {refresh}, and {why}", "refresh it less often")


@check("dashboard/timezone", on=Board, severity="warning")
def dashboard_timezone(board: Board, _: Project) -> Iterator[Finding]:
    """The time zone of a dashboard is `browser`, `utc` or a name of the tz database.

    Grafana takes another for that of the browser.
    Bad: `timezone="UTC+2"`, `timezone="local"`. Good: `timezone="Europe/Berlin"`.
    """
    zone = board.document.get("timezone")
    if isinstance(zone, str) and (not _ZONE.fullmatch(zone) or _OFFSET.match(zone)):
        yield Finding(
            f"the time zone of dashboard {board.title!r} is {zone!r}", "write browser, utc or such as Europe/Berlin"
        )


@check("dashboard/data-source", on=Board, severity="warning")
def dashboard_data_source(board: Board, project: Project) -> Iterator[Finding]:
    """The data sources that a dashboard asks are those of the environment.

    A uid that is written down is that of one Grafana: elsewhere the panels stay empty.
    Bad: `"datasource": {"type": "prometheus", "uid": "P1809F7CD0C75ACF3"}`. Good: `datasource="prometheus"`.
    """
    known = {ref.uid: name for name, ref in project.environment.data_sources.items()}
    if not known:
        return
    places = [(panel.what, [panel.json, *panel.queries], panel.source) for panel in board.panels]
    things = (*board.variables, *mappings(mapping(board.document.get("annotations")).get("list")))
    places += [(f"{thing.get('name')!r} of dashboard {board.title!r}", [thing], board.source) for thing in things]
    for what, asking, source in places:
        uids = {str(mapping(one.get("datasource")).get("uid") or "") for one in asking}
        for uid in sorted(uids - known.keys() - _OWN - {""}):
            if not uid.startswith("$"):
                message = (
                    f"{what} asks the data source with the uid {uid!r}, which environment {project.environment.name!r} "
                    "has not"
                )
                yield Finding(message, f"give its name: {', '.join(sorted(known.values()))}", source)


@check("dashboard/secret", on=Board)
def dashboard_secret(board: Board, _: Project) -> Iterator[Finding]:
    """No dashboard holds a secret: everybody who may look at it can read it.

    Looked at are passwords in addresses, keys with such names, and headers.
    Bad: `https://me:0123@api.example.com`, `{"key": "Authorization", "value": "Bearer 0123"}`.
    Good: a data source with `secure_json_data`, which Grafana asks on its server.
    """
    found = text(board).lower()
    if not (b"@" in found and b"://" in found) and not any(word in found for word in _WORDS):
        return
    for where, key, value in _texts(board.document, ""):
        if LOGIN.search(value):
            message = f"`{where}` of dashboard {board.title!r} has a password in its address"
        elif "$" not in value and value and (_SECRET.fullmatch(key) or _IN_TEXT.search(value)):
            message = f"`{where}` of dashboard {board.title!r} is a secret in clear"
        else:
            continue
        yield Finding(message, "take it out: a data source holds it in `secure_json_data`")


_WORDS = (b"passw", b"secret", b"token", b"api", b"auth", b"credential", b"private key", b"cookie", b"access")
"""One of these is in every text that is looked for below, or in its key."""
_SECRET = re.compile(
    r"(?i)[\w-]*(?:password|passwd|secret|token|authorization|cookie|credentials?|(?:api|access|private)[_-]?key)"
)
_IN_TEXT = re.compile(
    r"(?i)[?&](?:access_token|api_?key|auth_token|password|token)=[^&\s]{6}|-----BEGIN [A-Z ]*PRIVATE KEY"
)


def _texts(value: object, where: str, key: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield every text with its place and its key; what `{"key": ..., "value": ...}` says has the former as its key."""
    if isinstance(value, str):
        yield where, key, value
    elif isinstance(value, Mapping):
        pair = value.get("key") if isinstance(value.get("key"), str) and "value" in value else None
        for name, item in value.items():
            own = str(pair) if pair and name == "value" else str(name)
            yield from _texts(item, f"{where}.{name}".lstrip("."), own)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{where}[{index}]", key)
