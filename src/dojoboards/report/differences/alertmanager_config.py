"""Alertmanager's configuration: the routing tree, receivers, inhibit rules, time intervals."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from dojoboards.report.differences.compare import Where, compare, named
from dojoboards.report.differences.difference import Difference
from dojoboards.report.differences.matching import matched, out_of_order
from dojoboards.report.differences.notification_template import DIGEST
from dojoboards.report.differences.values import ABSENT, NOT_SHOWN, Hidden, frozen, omit, shown

_MATCHER = re.compile(r"\s*\"?([\w:.]+)\"?\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
_INTERVALS = {"time_intervals": "time interval", "mute_time_intervals": "time interval"}
_SHOWN_APART = frozenset({"global", "inhibit_rules", "receivers", "route", "templates", *_INTERVALS})
_MATCHING = ("matchers", "match", "match_re")
_SIDES = ("source", "target")
_OF_SIDES = frozenset(f"{side}_{key}" for side in _SIDES for key in _MATCHING)


def compare_alertmanager_configs(before: Any, after: Any) -> Iterator[Difference]:
    """Yield what differs between two configurations.

    The order of receivers, inhibit rules and time intervals means nothing, and a digest in a template's file name
    is no difference: the template itself has one.
    """
    if not (isinstance(before, dict) and isinstance(after, dict)):
        yield from compare((), before, after)
        return

    def both(key: str) -> tuple[Any, Any]:
        return before.get(key, ABSENT), after.get(key, ABSENT)

    yield from compare(("global settings",), *both("global"))
    yield from _routes(*both("route"))
    old, new = (_without_addresses(value) for value in both("receivers"))
    yield from named((), "receiver", old, new, key="name", path="receivers", each=_of_receiver, note=_integrations)
    yield from _inhibitions(*both("inhibit_rules"))
    for key, noun in _INTERVALS.items():
        yield from named((), noun, *both(key), key="name", path=key)
    old, new = (_without_digests(value) for value in both("templates"))
    yield from compare((), old, new, "templates")
    yield from compare((), omit(before, _SHOWN_APART), omit(after, _SHOWN_APART))


@dataclass(frozen=True, slots=True)
class _Route:
    """A route of the tree.

    Args:
        json: Its own settings, without matchers and the routes below it.
        matchers: Its matchers, as one writes them today, sorted.
        chain: The matchers of all routes above it, from the root down.
        parent: Where the route above it stands in the list of all routes; -1 above the root.
        place: Its place among the routes of its parent, counted from 1.
    """

    json: Mapping[str, Any]
    matchers: tuple[str, ...]
    chain: tuple[tuple[str, ...], ...]
    parent: int
    place: int

    @property
    def label(self) -> str:
        """What it is called."""
        if self.parent < 0:
            return "root route"
        steps = [", ".join(matchers) for matchers in (*self.chain[1:], self.matchers) if matchers]
        receiver = f" to {shown(self.json['receiver'])}" if "receiver" in self.json else ""
        return f"route {shown(' > '.join(steps)) if steps else 'without matchers'}{receiver}"


def _routes(before: Any, after: Any) -> Iterator[Difference]:
    if not (_is_tree(before) and _is_tree(after)):
        yield from compare((), before, after, "route")
        return
    one, other = list(_flat(before)), list(_flat(after))
    found = matched(
        one,
        other,
        lambda route: (route.chain, route.matchers, frozen(route.json)),
        lambda route: (route.chain, route.matchers, _receiver(route)),
        lambda route: (route.matchers, frozen(route.json)) if route.matchers else None,
        lambda route: (route.chain, route.matchers),
        lambda route: (route.chain, frozen(route.json)) if route.json else None,
        lambda route: (route.matchers, _receiver(route)) if route.matchers else None,
    )
    for j in found.added:
        yield Difference(what="added", where=(other[j].label,), note=_settings(other[j]))
    for i in found.removed:
        yield Difference(what="removed", where=(one[i].label,))
    now = dict(found.pairs)
    places: dict[int, list[tuple[int, int, int]]] = {}
    for i, j in found.pairs:
        old, new = one[i], other[j]
        yield from _of_route(old, new)
        if now.get(old.parent, old.parent) != new.parent:
            above, now_above = one[old.parent].label, other[new.parent].label
            yield Difference(what="moved", where=(new.label,), before=f"below {above}", after=f"below {now_above}")
        else:
            places.setdefault(new.parent, []).append((old.place, i, j))
    for siblings in places.values():
        astray = out_of_order([place for place, _, _ in siblings])
        for place, _, j in siblings:
            if place in astray:
                to = f"place {other[j].place}"
                yield Difference(what="moved", where=(other[j].label,), before=f"place {place}", after=to)


def _is_tree(route: Any) -> bool:
    if not isinstance(route, dict):
        return False
    routes = route.get("routes", [])
    texts = route.get("matchers", [])
    pairs = [route.get(key, {}) for key in ("match", "match_re")]
    return (
        isinstance(routes, list)
        and all(_is_tree(child) for child in routes)
        and isinstance(texts, list)
        and all(isinstance(text, str) for text in texts)
        and all(isinstance(value, dict) for value in pairs)
        and all(isinstance(text, str | int | float) for value in pairs for text in value.values())
    )


def _flat(root: Mapping[str, Any]) -> Iterator[_Route]:
    count = 0

    def walk(json: Mapping[str, Any], chain: tuple[tuple[str, ...], ...], parent: int, place: int) -> Iterator[_Route]:
        nonlocal count
        number = count
        count += 1
        own = omit(json, {"routes", *_MATCHING})
        matchers = _matchers(json)
        yield _Route(own, matchers, chain, parent, place)
        for index, child in enumerate(json.get("routes", []), 1):
            yield from walk(child, (*chain, matchers), number, index)

    return walk(root, (), -1, 1)


def _matchers(json: Mapping[str, Any], prefix: str = "") -> tuple[str, ...]:
    """Return matchers in one way of writing, in which a former `match` looks like today's `matchers`."""
    texts = [_matcher(text) for text in json.get(f"{prefix}matchers", [])]
    for key, operator in (("match", "="), ("match_re", "=~")):
        texts += [f'{label}{operator}"{value}"' for label, value in json.get(f"{prefix}{key}", {}).items()]
    return tuple(sorted(texts))


def _matcher(text: str) -> str:
    found = _MATCHER.fullmatch(text)
    if found is None:
        return text
    label, operator, value = found.groups()
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return f"{label}{operator}{value}" if quoted else f'{label}{operator}"{value}"'


def _receiver(route: _Route) -> Hashable:
    return frozen(route.json.get("receiver"))


def _settings(route: _Route) -> str:
    return ", ".join(f"{key} {shown(value)}" for key, value in sorted(omit(route.json, {"receiver"}).items()))


def _of_route(before: _Route, after: _Route) -> Iterator[Difference]:
    yield from compare((after.label,), before.json, after.json)
    yield from compare((after.label,), list(before.matchers), list(after.matchers), "matchers")


def _of_receiver(where: Where, before: Any, after: Any) -> Iterator[Difference]:
    """Yield what differs between two receivers, each with the integration in which it stands."""
    for key in sorted({*before, *after} - {"name"}):
        kind = key.removesuffix("_configs")
        one, other = before.get(key, ABSENT), after.get(key, ABSENT)
        if kind != key and (one is ABSENT or other is ABSENT):
            yield Difference(what="added" if one is ABSENT else "removed", where=(*where, kind))
        else:
            yield from compare(where, one, other, kind)


def _integrations(receiver: Mapping[str, Any]) -> str:
    return ", ".join(sorted(key.removesuffix("_configs") for key in receiver if key.endswith("_configs")))


def _without_addresses(value: Any) -> Any:
    """Return receivers without the paths of their addresses: whoever knows the whole of a webhook's may post there."""
    if isinstance(value, dict):
        return {
            key: _host(item) if key == "url" and isinstance(item, str) else _without_addresses(item)
            for key, item in value.items()
        }
    return [_without_addresses(item) for item in value] if isinstance(value, list) else value


def _host(url: str) -> Hidden:
    try:
        parts = urlsplit(url)
        return Hidden(url, f"{parts.scheme}://{parts.hostname}/..." if parts.hostname else NOT_SHOWN)
    except ValueError:
        return Hidden(url)


def _inhibitions(before: Any, after: Any) -> Iterator[Difference]:
    one, other = ([] if value is ABSENT else value for value in (before, after))
    if not (_are_inhibitions(one) and _are_inhibitions(other)):
        yield from compare((), before, after, "inhibit_rules")
        return
    by_both, by_source = _sides(*_SIDES), _sides("source")
    found = matched(
        one, other, lambda rule: (by_both(rule), frozen(omit(rule, _OF_SIDES))), by_both,
        lambda rule: (by_source(rule), frozen(omit(rule, _OF_SIDES))) if by_source(rule) != ((),) else None,
    )  # fmt: skip
    for j in found.added:
        yield Difference(what="added", where=(_inhibition(other[j]),))
    for i in found.removed:
        yield Difference(what="removed", where=(_inhibition(one[i]),))
    for i, j in found.pairs:
        where = (_inhibition(other[j]),)
        yield from compare(where, omit(one[i], _OF_SIDES), omit(other[j], _OF_SIDES))
        for side in _SIDES:
            old, new = (list(_matchers(rule, f"{side}_")) for rule in (one[i], other[j]))
            yield from compare(where, old, new, f"{side} matchers")


def _are_inhibitions(rules: Any) -> bool:
    return isinstance(rules, list) and all(
        isinstance(rule, dict) and all(_is_tree({key.partition("_")[2]: rule[key]}) for key in _OF_SIDES if key in rule)
        for rule in rules
    )


def _sides(*sides: str) -> Callable[[Mapping[str, Any]], tuple[tuple[str, ...], ...]]:
    return lambda rule: tuple(_matchers(rule, f"{side}_") for side in sides)


def _inhibition(rule: Mapping[str, Any]) -> str:
    source, target = (", ".join(_matchers(rule, f"{side}_")) or "everything" for side in _SIDES)
    return f"inhibit rule {shown(source)} over {shown(target)}"


def _without_digests(value: Any) -> Any:
    if isinstance(value, list):
        return [DIGEST.sub("", item) if isinstance(item, str) else item for item in value]
    return value
