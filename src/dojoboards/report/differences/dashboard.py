"""Dashboards in Grafana's classic schema: title, variables, annotations, links, and the panels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dojoboards.report.differences.compare import Where, compare, friendly, named
from dojoboards.report.differences.difference import Difference
from dojoboards.report.differences.panels import compare_panels
from dojoboards.report.differences.values import ABSENT, omit, shown

_OF_THE_SERVER = frozenset({"id", "version", "iteration", "meta"})
"""What a server gives a dashboard when it is saved."""

_SHOWN_APART = frozenset({"annotations", "links", "panels", "tags", "templating", "time"})


def compare_dashboards(before: Any, after: Any) -> Iterator[Difference]:
    """Yield what differs between two dashboards.

    What a server adds when it saves a dashboard is no difference, nor is an empty value where the other has none.
    """
    if not (isinstance(before, dict) and isinstance(after, dict)):
        yield from compare((), before, after)
        return
    if _schema(before) != _schema(after):
        yield Difference(what="changed", where=("schema",), before=_schema(before), after=_schema(after))
        return
    one, other = (_filled(omit(document, _OF_THE_SERVER)) for document in (before, after))

    def both(key: str) -> tuple[Any, Any]:
        return one.get(key, ABSENT), other.get(key, ABSENT)

    yield from compare((), omit(one, _SHOWN_APART), omit(other, _SHOWN_APART))
    yield from compare((), _sorted(one.get("tags", [])), _sorted(other.get("tags", [])), "tags")
    yield from friendly(("time range",), *both("time"), _time_range)
    yield from _inside("templating", "variable", *both("templating"))
    yield from _inside("annotations", "annotation", *both("annotations"))
    yield from named((), "link", *both("links"), key="title", path="links", ordered=True)
    yield from compare_panels(*both("panels"))


def _schema(document: Mapping[str, Any]) -> str:
    """Return the name of a dashboard's schema."""
    is_new = "elements" in document or ("spec" in document and "panels" not in document)
    return "v2" if is_new else "classic"


def _filled(value: Any) -> Any:
    """Return *value* without the empty values of mappings."""
    if isinstance(value, dict):
        found = ((key, _filled(item)) for key, item in value.items())
        return {key: item for key, item in found if item or not (item is None or isinstance(item, str | list | dict))}
    return [_filled(item) for item in value] if isinstance(value, list) else value


def _sorted(tags: Any) -> Any:
    """Return tags in one order, since theirs means nothing."""
    return sorted(tags) if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags) else tags


def _time_range(value: Any) -> str | None:
    if not isinstance(value, dict) or set(value) != {"from", "to"}:
        return None
    return f"{shown(value['from'])} to {shown(value['to'])}"


def _inside(key: str, noun: str, before: Any, after: Any) -> Iterator[Difference]:
    """Yield what differs between two lists of variables or annotations, which stand below `list`."""
    one, other = ({} if value is ABSENT else value for value in (before, after))
    if not (isinstance(one, dict) and isinstance(other, dict)):
        yield from compare((), before, after, key)
        return
    old, new = (value.get("list", ABSENT) for value in (one, other))
    yield from named((), noun, old, new, key="name", path=f"{key}.list", each=_of_item, note=_kind, ordered=True)
    yield from compare((), omit(one, {"list"}), omit(other, {"list"}), key)


def _kind(item: Mapping[str, Any]) -> str:
    return shown(item["type"]) if isinstance(item.get("type"), str) else ""


def _of_item(where: Where, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what differs between two variables or annotations."""
    one, other = _told_once(before), _told_once(after)
    options = one.pop("options", ABSENT), other.pop("options", ABSENT)
    yield from compare(where, one, other)
    yield from friendly((*where, "options"), *options, _options)


def _told_once(variable: Mapping[str, Any]) -> dict[str, Any]:
    """Return a variable without the second copy of its query, which Grafana keeps under `definition`."""
    found = dict(variable)
    query = found.get("query")
    text = query.get("query") if isinstance(query, dict) else query
    if isinstance(text, str) and found.get("definition") == text:
        del found["definition"]
    return found


def _options(value: Any) -> str | None:
    if not isinstance(value, list) or not all(isinstance(option, dict) and "value" in option for option in value):
        return None
    return ", ".join(shown(option["value"]) for option in value)
