"""One panel of a dashboard: its type, queries, unit, thresholds, links, and whatever else it has."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterator, Mapping
from typing import Any

from dojoboards.report.differences.compare import Where, compare, expression, friendly, named, same_expression
from dojoboards.report.differences.difference import Difference, What
from dojoboards.report.differences.matching import matched, out_of_order
from dojoboards.report.differences.values import ABSENT, frozen, same, shown

_SHOWN_APART = frozenset({"fieldConfig", "gridPos", "id", "options", "panels", "pluginVersion", "targets", "title"})
_OF_ITS_TYPE = ("custom", "legend", "options")
"""What a panel has because of its type: with another type all of it is another."""

_KNOWN_BY_NAME = frozenset(
    {
        "color",
        "custom",
        "decimals",
        "displayName",
        "legend",
        "mappings",
        "max",
        "min",
        "noValue",
        "overrides",
        "thresholds",
        "unit",
    }
)
"""What people know without the path to it: `fieldConfig`, `fieldConfig.defaults`, or `options`."""

_TEXTS = ("expr", "rawSql", "query")
"""Where a query has its text, by data source."""


def compare_panel(where: Where, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what differs between two versions of a panel, but for its title, id and place."""
    lifted = _KNOWN_BY_NAME - before.keys() - after.keys()
    one, other = _aspects(before, lifted), _aspects(after, lifted)
    if not same(one.get("type"), other.get("type")):
        old, new = (shown(panel.pop("type", "none")) for panel in (one, other))
        note = "with the options of the new type"
        yield Difference(what="changed", where=(*where, "type"), before=old, after=new, note=note)
        for key in _OF_ITS_TYPE:
            one.pop(key, None)
            other.pop(key, None)
    source = one.pop("datasource", ABSENT), other.pop("datasource", ABSENT)
    yield from friendly((*where, "data source"), *source, _source)
    yield from _queries(where, before.get("targets", ABSENT), after.get("targets", ABSENT), source)
    steps = one.pop("thresholds", ABSENT), other.pop("thresholds", ABSENT)
    yield from friendly((*where, "thresholds"), *steps, _thresholds)
    yield from named(
        where, "link", one.pop("links", ABSENT), other.pop("links", ABSENT), key="title", path="links", ordered=True
    )
    yield from _overrides(where, one.pop("overrides", ABSENT), other.pop("overrides", ABSENT))
    yield from compare(where, one, other)


def content(panel: Mapping[str, Any]) -> Hashable:
    """Return what a panel shows, by which it is recognised under another title: its queries, or what it has instead."""
    queries = panel.get("targets")
    if isinstance(queries, list) and queries:
        return frozen([panel.get("type"), [_text(query) or query for query in queries]])
    options = panel.get("options")
    return frozen([panel.get("type"), options]) if isinstance(options, dict) and options else None


def queries_of(panel: Mapping[str, Any]) -> list[str]:
    """Return the texts of a panel's queries."""
    queries = panel.get("targets")
    return [text for query in queries if (text := _text(query))] if isinstance(queries, list) else []


def _text(query: Any) -> str:
    if not isinstance(query, dict):
        return ""
    return next((value for key in _TEXTS if isinstance(value := query.get(key), str) and value), "")


def _aspects(panel: Mapping[str, Any], lifted: Container[str]) -> dict[str, Any]:
    """Return a panel with what people know by name at the top: `unit`, `thresholds`, `overrides`, `legend`.

    Args:
        panel: The panel.
        lifted: What goes to the top; nothing that stands there already.
    """
    found = {key: value for key, value in panel.items() if key not in _SHOWN_APART}
    config = panel.get("fieldConfig", ABSENT)
    if isinstance(config, dict):
        defaults = config.get("defaults", {})
        if isinstance(defaults, dict):
            found |= {key if key in lifted else f"fieldConfig.defaults.{key}": defaults[key] for key in defaults}
        rest = {key: value for key, value in config.items() if key != "defaults" or not isinstance(value, dict)}
        found |= {key if key in lifted else f"fieldConfig.{key}": value for key, value in rest.items()}
    elif config is not ABSENT:
        found["fieldConfig"] = config
    options = panel.get("options", ABSENT)
    if isinstance(options, dict) and "legend" in options and "legend" in lifted:
        found["legend"] = options["legend"]
        options = {key: value for key, value in options.items() if key != "legend"}
    if options not in (ABSENT, {}):
        found["options"] = options
    return found


def _queries(where: Where, before: Any, after: Any, source: tuple[Any, Any]) -> Iterator[Difference]:
    """Yield what differs between the queries of two versions; *source* are the data sources of the panel itself."""
    one, other = ([] if value is ABSENT else value for value in (before, after))
    if not (_are_queries(one) and _are_queries(other)):
        yield from compare(where, before, after, "targets")
        return
    found = matched(
        one,
        other,
        lambda query: (_letter(query), _text(query)),
        lambda query: _text(query) or None,
        _letter,
    )
    for j in found.added:
        yield _whole_query("added", where, other[j])
    for i in found.removed:
        yield _whole_query("removed", where, one[i])
    for i, j in found.pairs:
        yield from _of_query(where, one[i], other[j], source)
    if out_of_order([i for i, _ in found.pairs]):
        yield Difference(what="moved", where=(*where, "queries"), note="they are in another order")


def _are_queries(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(query, dict) for query in value)


def _letter(query: Mapping[str, Any]) -> Hashable:
    return frozen(query.get("refId"))


def _label(query: Mapping[str, Any]) -> str:
    return f"query {shown(query['refId'], limit=20)}" if "refId" in query else "query"


def _whole_query(what: What, where: Where, query: Mapping[str, Any]) -> Difference:
    label, text = (*where, _label(query)), _text(query)
    if not text:
        return Difference(what=what, where=label)
    return expression(label, text if what == "removed" else None, text if what == "added" else None)


def _of_query(
    where: Where, before: Mapping[str, Any], after: Mapping[str, Any], source: tuple[Any, Any]
) -> Iterator[Difference]:
    label = (*where, _label(after))
    one, other = dict(before), dict(after)
    letters = one.pop("refId", ABSENT), other.pop("refId", ABSENT)
    if not same(*letters):
        yield from compare(label, *letters, "letter")
    for key in _TEXTS:
        old, new = one.get(key), other.get(key)
        if not (isinstance(old, str) and isinstance(new, str)):
            continue
        if not (same_expression(old, new) if key == "expr" else old == new):
            yield expression(label, old, new)
        del one[key], other[key]
    sources = one.pop("datasource", ABSENT), other.pop("datasource", ABSENT)
    if not (same(sources[0], source[0]) and same(sources[1], source[1])):
        yield from friendly((*label, "data source"), *sources, _source)
    legends = one.pop("legendFormat", ABSENT), other.pop("legendFormat", ABSENT)
    yield from compare((*label, "legend"), *legends)
    yield from compare(label, one, other)


def _source(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if not isinstance(value, dict) or "uid" not in value or set(value) - {"type", "uid"}:
        return None
    return shown(value["uid"]) + (f" ({shown(value['type'])})" if "type" in value else "")


def _thresholds(value: Any) -> str | None:
    if not isinstance(value, dict) or not isinstance(value.get("steps"), list) or set(value) - {"mode", "steps"}:
        return None
    if not all(isinstance(step, dict) and "color" in step for step in value["steps"]):
        return None
    steps = [
        shown(step["color"]) + (f" from {shown(step['value'])}" if step.get("value") is not None else "")
        for step in value["steps"]
    ]
    return ", ".join(steps) + (" (percent of the range)" if value.get("mode") == "percentage" else "")


def _overrides(where: Where, before: Any, after: Any) -> Iterator[Difference]:
    """Yield what differs between the overrides of two versions, each by what it matches."""
    one, other = ([] if value is ABSENT else value for value in (before, after))
    old, new = _by_matcher(one), _by_matcher(other)
    if old is None or new is None:
        yield from compare(where, before, after, "overrides")
        return
    for label in sorted({*old, *new}):
        yield from compare((*where, label), old.get(label, ABSENT), new.get(label, ABSENT))
    if out_of_order([list(old).index(label) for label in new if label in old]):
        yield Difference(what="moved", where=(*where, "overrides"), note="they are in another order")


def _by_matcher(overrides: Any) -> Mapping[str, Mapping[str, Any]] | None:
    """Return overrides by what they match and, in each, values by property; None for overrides of another shape."""
    if not isinstance(overrides, list):
        return None
    found: dict[str, Mapping[str, Any]] = {}
    for override in overrides:
        if not isinstance(override, dict) or set(override) - {"matcher", "properties"}:
            return None
        matcher, properties = override.get("matcher"), override.get("properties", [])
        if not isinstance(matcher, dict) or not isinstance(properties, list) or set(matcher) - {"id", "options"}:
            return None
        if not all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in properties):
            return None
        values = {one["id"]: one.get("value") for one in properties}
        label = f"override {shown(matcher.get('id'))} {shown(matcher.get('options'))}"
        if label in found or len(values) < len(properties):
            return None
        found[label] = values
    return found
