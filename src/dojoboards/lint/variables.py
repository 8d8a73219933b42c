"""Checks of template variables: those that are used and not there, there and not used, or that never match."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dojoboards import names
from dojoboards.errors import Source
from dojoboards.lint.dashboards import text
from dojoboards.lint.registry import Finding, check, repeated
from dojoboards.lint.things import Board, BoardPanel, Json, asked, mapping, mappings
from dojoboards.model import Project

_REFERENCE = re.compile(r"\$\{(?P<braced>[A-Za-z_]\w*)|\$(?P<bare>[A-Za-z_]\w*)|\[\[(?P<old>[A-Za-z_]\w*)(?::\w+)?\]\]")
_IN_BYTES = re.compile(_REFERENCE.pattern.encode())
_GRAFANAS = frozenset({"timeFilter", "interval", "timezone"})
"""Names that Grafana gives a meaning itself, beside all that begin with two underscores."""
_APPLIED = frozenset({"adhoc", "groupby", "switch"})
"""Types that Grafana applies to every query, without being named in it."""
_EQUAL = re.compile(r"""=\s*(?P<quote>["'])\$\{?(?P<name>\w+)(?::\w+)?\}?(?P=quote)""")
_BEFORE = re.compile(r"(?P<label>[A-Za-z_]\w*)\s*(?P<not>!?)$")


class _Use(NamedTuple):
    """A text in which Grafana puts variables, with what a message calls its place."""

    text: str
    what: str
    source: Source | None


def referred(given: str) -> list[str]:
    """Return the names of the variables that a text refers to, without those that Grafana always has."""
    return list(_referred(given))


def _referred(given: str) -> dict[str, tuple[int, int]]:
    """Return the same, each with the place where it is referred to first."""
    found: dict[str, tuple[int, int]] = {}
    for match in _REFERENCE.finditer(given):
        name = match["braced"] or match["bare"] or match["old"]
        if not name.startswith("__") and name not in _GRAFANAS:
            found.setdefault(name, match.span(match.lastgroup or 0))
    return found


def _in_document(board: Board) -> frozenset[str]:
    """Return the names of all variables that anything in a dashboard may refer to."""
    if not _last or _last[0][0] is not board:
        found = {b"".join(names).decode() for names in _IN_BYTES.findall(text(board))}
        _last[:] = [(board, frozenset(found))]
    return _last[0][1]


_last: list[tuple[Board, frozenset[str]]] = []


def _name(variable: Json) -> str:
    return str(variable.get("name") or "")


def _repeated_by(board: Board) -> Iterator[tuple[str, str, Source | None]]:
    """Yield what is repeated: the variable, what a message calls it, and its place."""
    for panel in board.panels:
        if panel.json.get("repeat"):
            yield str(panel.json["repeat"]), panel.what, panel.source
    for row in mappings(board.document.get("panels")):
        if row.get("type") == "row" and row.get("repeat"):
            what = f"row {row.get('title')!r} of dashboard {board.title!r}"
            yield str(row["repeat"]), what, board.source


@check("variable/unknown", on=Board, severity="warning")
def variable_unknown(board: Board, _: Project) -> Iterator[Finding]:
    """A variable that a query, a title or a link refers to is declared.

    Grafana leaves what it does not know as it is: the query fails, or finds nothing.
    Bad: `up{host="$hots"}`. Good: `up{host="$host"}`, where the dashboard has the variable `host`.
    """
    # What was exported to be given away has inputs, which are asked for when it is imported.
    known = {_name(variable) for variable in (*board.variables, *mappings(board.document.get("__inputs")))}
    if not {name for name in _in_document(board) - known if name[:2] != "__"} - _GRAFANAS:
        return
    seen: set[tuple[str, str]] = set()
    for use in _uses(board):
        local = set(re.findall(r"\(\?P?<(\w+)>", use.text))  # a group of a regular expression
        for name, span in _referred(use.text).items():
            if name not in known | local and (use.what, name) not in seen:
                seen.add((use.what, name))
                message = f"{use.what} refers to the variable {name!r}, which is not declared"
                yield Finding(message, names.hint(name, known), use.source, expr=use.text, span=span)


def _uses(board: Board) -> Iterator[_Use]:
    """Yield the texts in which Grafana puts variables, of those that are sure not to mean something else by a `$`."""
    for query in asked(board):
        yield _Use(query.expr, query.what, query.source)
    for panel in board.panels:
        yield _Use(panel.title, f"the title of {panel.what}", panel.source)
        for json in panel.queries:
            yield _Use(str(json.get("legendFormat") or ""), f"a legend of {panel.what}", panel.source)
            if mapping(json.get("datasource")).get("type") == "loki":
                yield _Use(str(json.get("expr") or ""), panel.what, panel.source)
        for link in mappings(panel.json.get("links")):
            yield _Use(str(link.get("url") or ""), f"a link of {panel.what}", panel.source)
        for one in (panel.json, *panel.queries):
            yield _Use(str(mapping(one.get("datasource")).get("uid") or ""), panel.what, panel.source)


@check("variable/repeat", on=Board, severity="warning")
def variable_repeat(board: Board, _: Project) -> Iterator[Finding]:
    """A panel or row is repeated over a variable that is declared, and of which several values can be chosen.

    Over one value there is one panel; over a variable that is not there, there is one with a title that says so.
    Bad: `repeat="host"` where the variable is called `instance`, or is not `multi`. Good: `multi=True`.
    """
    known = {_name(variable): variable for variable in board.variables}
    for name, what, source in _repeated_by(board):
        if name not in known:
            message = f"{what} is repeated over the variable {name!r}, which is not declared"
            yield Finding(message, names.hint(name, known), source)
        elif not (known[name].get("multi") or known[name].get("includeAll")):
            message = f"{what} is repeated over the variable {name!r}, of which one value can be chosen"
            yield Finding(message, "make the variable `multi`, or take `repeat` away", source)


@check("variable/unused", on=Board, severity="warning")
def variable_unused(board: Board, _: Project) -> Iterator[Finding]:
    """Each variable of a dashboard changes something.

    Who chooses a value and sees no difference believes what is not so.
    Bad: a variable `host` that no query refers to. Good: `up{host=~"$host"}`.
    """
    used = _in_document(board) | {name for name, _what, _source in _repeated_by(board)}
    if any(panel.type == "library-panel-ref" for panel in board.panels):
        return  # its queries are elsewhere
    passed = any(
        link.get("includeVars") and link.get("type") != "dashboards" for link in mappings(board.document.get("links"))
    )
    for variable in board.variables:
        name = _name(variable)
        if name and name not in used and str(variable.get("type")) not in _APPLIED and not passed:
            message = f"nothing on dashboard {board.title!r} refers to the variable {name!r}"
            yield Finding(message, f'use it, such as {name}=~"${name}", or take it away')


@check("variable/name", on=Board, severity="warning")
def variable_name(board: Board, _: Project) -> Iterator[Finding]:
    """A variable's name is one word that does not begin with two underscores, and no other variable has it.

    Bad: two variables `host`; `__host`, as Grafana's own are called. Good: `host` and `other_host`.
    """
    for variable, _first in repeated(board.variables, _name):
        if _name(variable):
            message = f"dashboard {board.title!r} has two variables with the name {_name(variable)!r}"
            yield Finding(message, "rename one")
    for variable in board.variables:
        if not re.fullmatch(r"(?!__)\w+", _name(variable)):
            message = f"{_name(variable)!r} is not the name of a variable (dashboard {board.title!r})"
            yield Finding(message, "use letters, digits and underscores, no two at the start")


@check("variable/cycle", on=Board, severity="warning")
def variable_cycle(board: Board, _: Project) -> Iterator[Finding]:
    """Variables do not wait for each other.

    Bad: `host` is asked with `$job`, and `job` with `$host`: neither ever has a value. Good: only `host` with `$job`.
    """
    needs = _needs(board)
    told: set[str] = set()
    for name in needs:
        way = _circle(name, needs)
        if way and name not in told:
            told.update(way)
            message = (
                f"variables of dashboard {board.title!r} wait for each other: {' for '.join(map(repr, [*way, name]))}"
            )
            yield Finding(message, "let one of them do without the others", board.source)


@check("variable/order", on=Board, severity="info")
def variable_order(board: Board, _: Project) -> Iterator[Finding]:
    """A variable stands behind those that it depends on: one chooses from left to right.

    Bad: `host`, asked with `$environment`, before `environment`. Good: `environment`, then `host`.
    """
    needs = _needs(board)
    order = list(needs)
    for index, name in enumerate(order):
        for other in needs[name]:
            if other in order[index + 1 :] and not _circle(name, needs):
                message = f"the variable {name!r} of dashboard {board.title!r} stands before {other!r}, which it needs"
                yield Finding(message, f"put {other!r} first", board.source)


def _needs(board: Board) -> dict[str, list[str]]:
    """Return the names of all variables in their order, each with those that its own query refers to."""
    known = {_name(variable) for variable in board.variables}
    return {
        _name(variable): [name for name in referred(_asks(variable)) if name in known] for variable in board.variables
    }


def _asks(variable: Json) -> str:
    query = variable.get("query")
    texts = [query if isinstance(query, str) else str(mapping(query).get("query") or "")]
    texts += [str(variable.get("regex") or ""), str(mapping(variable.get("datasource")).get("uid") or "")]
    return "\n".join(texts)


def _circle(name: str, needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the way from a variable over what it needs back to itself; nothing where there is none."""
    waiting: list[list[str]] = [[name]]
    seen: set[str] = set()
    while waiting:
        way = waiting.pop()
        for other in needs.get(way[-1], ()):
            if other == name:
                return way
            if other not in seen:
                seen.add(other)
                waiting.append([*way, other])
    return []


@check("variable/refresh", on=Board, severity="info")
def variable_refresh(board: Board, _: Project) -> Iterator[Finding]:
    """A variable asks for its values anew when the time range changes.

    Else what came or went since is not to be chosen, and a look at last week offers the hosts of today.
    Bad: `"refresh": 1`, or none. Good: `"refresh": 2`, as `variables.query` has it.
    """
    for variable in board.variables:
        if variable.get("type") == "query" and variable.get("refresh") != 2:  # noqa: PLR2004  # Grafana's number
            how = "when the dashboard opens" if variable.get("refresh") == 1 else "only once, when it is edited"
            message = f"the variable {_name(variable)!r} of dashboard {board.title!r} asks for its values {how}"
            yield Finding(message, "give `refresh` 2")


@check("variable/several", on=Board, severity="warning")
def variable_several(board: Board, _: Project) -> Iterator[Finding]:
    """A variable of which several values can be chosen, or all, is matched as a regular expression.

    Grafana writes several as `(a|b)` and all as `.*`, which equal nothing.
    Bad: `up{host="$host"}` where `host` is `multi` or has "All". Good: `up{host=~"$host"}`.
    """
    several = {_name(variable) for variable in board.variables if variable.get("multi") or variable.get("includeAll")}
    several -= {str(row.get("repeat")) for row in mappings(board.document.get("panels")) if row.get("type") == "row"}
    if not several:
        return
    told: set[tuple[str, str]] = set()
    for query in asked(board):
        for match in _EQUAL.finditer(query.expr) if "$" in query.expr else ():
            before = _BEFORE.search(query.expr[: match.start()]) if match["name"] in several else None
            repeats = isinstance(query.owner, BoardPanel) and query.owner.json.get("repeat") == match["name"]
            if before is None or repeats or (query.what, before[0] + match[0]) in told:
                continue
            written = before[0] + match[0]
            told.add((query.what, written))
            sign, does = ("!~", "leaves nothing out") if before["not"] else ("=~", "matches nothing")
            message = f"{query.what}: {written} {does} once several values of {match['name']!r} are chosen"
            fix = f"write {before['label']}{sign}{match['quote']}${match['name']}{match['quote']}"
            yield Finding(message, fix, query.source, expr=query.expr, span=(before.start(), match.end()))


@check("variable/data-source", on=Board, severity="warning")
def variable_data_source(board: Board, project: Project) -> Iterator[Finding]:
    """A variable of data sources has one to choose in this environment.

    Bad: `variables.data_source("logs", "loki")` where the environment has no data source of the type `loki`.
    Good: the same with one under `data_sources` in dojoboards.yaml.
    """
    types = {ref.type for ref in project.environment.data_sources.values()}
    for variable in board.variables:
        plugin = variable.get("query")
        if types and variable.get("type") == "datasource" and isinstance(plugin, str) and plugin not in types:
            message = (
                f"the variable {_name(variable)!r} of dashboard {board.title!r} chooses among data sources of the type "
                f"{plugin!r}, of which environment {project.environment.name!r} has none"
            )
            yield Finding(message, names.hint(plugin, types))
