"""Cases for routing: labels in, receivers out; alerts in, messages out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dojoboards import names
from dojoboards.cases.built import Built, Json, Labels, Rule
from dojoboards.cases.document import CaseFile, Renaming, labels
from dojoboards.cases.rules import Group
from dojoboards.errors import DojoboardsError, Problem
from dojoboards.written import Place


@dataclass(frozen=True, eq=False)
class Chosen:
    """Alerts that a case is about.

    Args:
        labels: What they have.
        whole: Whether these are all their labels; else they choose from the alerts that there are.
    """

    labels: Labels
    whole: bool = False

    def among(self, alerts: Sequence[Alert]) -> list[Labels]:
        """Return the labels of each of them."""
        if self.whole:
            return [self.labels]
        return [alert.labels for alert in alerts if self.labels.items() <= alert.labels.items()]

    def __str__(self) -> str:
        return "{" + ", ".join(f"{name}: {value}" for name, value in self.labels.items()) + "}"


@dataclass(frozen=True, eq=False)
class RouteCase:
    """A case for routes: which receivers an alert reaches, in order.

    Args:
        name: What it shows.
        place: Where it stands in its file.
        alerts: The alerts.
        receivers: The receivers of each of them.
    """

    name: str
    place: Place
    alerts: Chosen
    receivers: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class MessageCase:
    """A case for a real Alertmanager: what is told while some alerts fire.

    Args:
        name: What it shows.
        place: Where it stands in its file.
        told: Alerts that fire and are told.
        silenced: Alerts that fire too and are not told.
        during: The time intervals that are in force; no others are.
        over: How long the alerts fire, in milliseconds; 0 looks at the first messages only.
        messages: By receiver: its messages, each with its alerts. Receivers that are not named may get any.
    """

    name: str
    place: Place
    told: tuple[Chosen, ...] = ()
    silenced: tuple[Chosen, ...] = ()
    during: tuple[str, ...] = ()
    over: int = 0
    messages: Mapping[str, tuple[tuple[Chosen, ...], ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class RoutingCases:
    """A file of cases for routing.

    Args:
        file: The file.
        environment: The one that it is written for.
        routes: Cases for routes.
        messages: Cases for messages.
    """

    file: CaseFile
    environment: str
    routes: tuple[RouteCase, ...]
    messages: tuple[MessageCase, ...]

    def for_environment(self, built: Built, urls: Mapping[str, str]) -> RoutingCases:
        """Return the cases as they are for another environment.

        Args:
            built: That environment.
            urls: The address of Grafana in each environment.
        """
        renaming = Renaming(self.environment, built.environment, urls.get(self.environment, ""), built.grafana_url)
        document = {
            key: [{**case, **{part: renaming(case[part]) for part in _RENAMED & case.keys()}} for case in cases]
            for key, cases in self.file.document.items()
            if key != "environment"
        }
        return RoutingCases(self.file, self.environment, *_cases(document))


_RENAMED = frozenset({"alerts", "labels", "told", "silenced", "messages"})


def routing_cases(file: CaseFile) -> RoutingCases:
    """Return the cases in a file that fits its schema.

    Raises:
        DojoboardsError: they cannot be run; all problems at once.
    """
    problems = list(_problems(file))
    if problems:
        raise DojoboardsError(problems)
    return RoutingCases(file, file.document["environment"], *_cases(file.document))


def _problems(file: CaseFile) -> Iterator[Problem]:
    if not file.document.keys() & {"routes", "messages"}:
        yield file.problem((), "it has neither routes nor messages", "docs/testing.md says what a file of cases holds")
    for index, case in enumerate(file.document.get("routes", ())):
        if len(case.keys() & {"alerts", "labels"}) != 1:
            remedy = "`alerts` chooses from the alerts that there are, `labels` gives all labels of one"
            yield file.problem(("routes", index), f"{case['name']!r} needs one of `alerts` and `labels`", remedy)
    for index, case in enumerate(file.document.get("messages", ())):
        place: Place = ("messages", index)
        if not (case.get("told") or case.get("silenced")):
            yield file.problem(place, f"in {case['name']!r} no alert fires", "name some under `told` or `silenced`")
        if "over" in case:
            try:
                names.milliseconds(case["over"])
            except ValueError as error:
                yield file.problem((*place, "over"), f"over: {error}")
            if "messages" not in case:
                remedy = "say which messages there are in that time"
                yield file.problem((*place, "over"), f"{case['name']!r} has `over` and no `messages`", remedy)


def _cases(document: Mapping[str, Any]) -> tuple[tuple[RouteCase, ...], tuple[MessageCase, ...]]:
    routes = tuple(
        RouteCase(
            case["name"],
            ("routes", index),
            Chosen(labels(case.get("labels", case.get("alerts"))), "labels" in case),
            tuple(case["receivers"]),
        )
        for index, case in enumerate(document.get("routes", ()))
    )
    messages = tuple(
        MessageCase(
            case["name"],
            ("messages", index),
            _chosen(case.get("told", ())),
            _chosen(case.get("silenced", ())),
            tuple(case.get("during", ())),
            names.milliseconds(case["over"]) if "over" in case else 0,
            {name: tuple(_chosen(one) for one in each) for name, each in case.get("messages", {}).items()},
        )
        for index, case in enumerate(document.get("messages", ()))
    )
    return routes, messages


def _chosen(entries: Iterable[Mapping[str, Any]]) -> tuple[Chosen, ...]:
    return tuple(
        Chosen(labels(entry["labels"]), whole=True)
        if isinstance(entry.get("labels"), Mapping)
        else Chosen(labels(entry))
        for entry in entries
    )


@dataclass(frozen=True, eq=False)
class Alert:
    """An alert that there is.

    Args:
        rule: What gives it.
        labels: As Alertmanager gets them.
    """

    rule: Rule
    labels: Labels


def alerts(built: Built, groups: Iterable[Group]) -> list[Alert]:
    """Return the alerts that there are: each with the labels that the cases for rules expect of it.

    Of one that no case expects, the labels that its rule adds are known.

    Args:
        built: What gives them.
        groups: The test groups of the cases for rules.
    """
    seen: dict[str, dict[frozenset[tuple[str, str]], Labels]] = {}
    for group in groups:
        for check in group.checks:
            for fired in check.expected:
                by_labels = seen.setdefault(check.alert, {})
                by_labels.setdefault(frozenset(fired.labels.items()), fired.labels)
    found: list[Alert] = []
    for rule in built.alerts:
        own = [given for given in seen.get(rule.name, {}).values() if rule.gives(given)]
        for given in own or [_fixed(rule)]:
            sent = built.sent({"alertname": rule.name, **given})
            if sent:
                found.append(Alert(rule, sent))
    found += [Alert(rule, {"alertname": rule.name, **_fixed(rule)}) for rule in built.log_alerts]
    return found


def _fixed(rule: Rule) -> Labels:
    """Return the labels that a rule adds and that are the same for all of its alerts."""
    return {name: value for name, value in rule.labels.items() if "{{" not in value}


@dataclass(frozen=True, eq=False)
class Route:
    """A route of the tree.

    Args:
        number: Its position when the tree is read from above; that of the root is 0.
        receiver: Its receiver, also where it has that of the route above.
        title: What a message calls it.
    """

    number: int
    receiver: str
    title: str


@dataclass(frozen=True, eq=False)
class Tree:
    """The routes of an Alertmanager.

    Args:
        routes: All of them; their numbers are their positions.
        text: A configuration with nothing but these routes, in which each has a receiver of its own, named after its
            number: so amtool tells not only who is told, but by which routes.
        matched: The labels that matchers ask for; None where that is not known.
    """

    routes: tuple[Route, ...]
    text: str
    matched: frozenset[str] | None

    def asked(self, given: Labels) -> tuple[tuple[str, str], ...]:
        """Return the labels of an alert by which routes tell it from others."""
        return tuple(sorted(each for each in given.items() if self.matched is None or each[0] in self.matched))


_ROUTING = ("matchers", "match", "match_re", "continue")
_LABEL = re.compile(r'\{?\s*("(?:[^"\\]|\\.)*"|[^\s=!~{",]+)\s*(?:=~|!~|!=|=)[^=]*')


def tree(alertmanager: Json) -> Tree:
    """Return the routes of a configuration of Alertmanager."""
    routes: list[Route] = []
    matched: set[str | None] = set()

    def numbered(node: Json, above: str, title: str) -> dict[str, Any]:
        number, receiver = len(routes), node.get("receiver") or above
        shown = " > ".join(part for part in (title, matchers_of(node)) if part)
        routes.append(Route(number, receiver, f"{shown or 'all others'} -> {receiver}"))
        matched.update(_labels(node))
        inner = [numbered(child, receiver, shown) for child in node.get("routes", ())]
        kept = {key: node[key] for key in _ROUTING if key in node}
        return {"receiver": str(number), **kept, "routes": inner}

    root = numbered(alertmanager["route"], "", "")
    receivers = [{"name": str(route.number)} for route in routes]
    known = None if None in matched else frozenset(name for name in matched if name is not None)
    return Tree(tuple(routes), json.dumps({"route": root, "receivers": receivers}), known)


def matchers_of(node: Json) -> str:
    """Return the matchers of a route as a message shows them."""
    old = [f'{name}{sign}"{value}"' for key, sign in _OLD for name, value in node.get(key, {}).items()]
    return ", ".join([*old, *node.get("matchers", ())])


_OLD = (("match", "="), ("match_re", "=~"))


def _labels(node: Json) -> Iterator[str | None]:
    """Yield the labels that a route's matchers ask for; None for a matcher in which they are not found."""
    for key, _ in _OLD:
        yield from node.get(key, {})
    for matcher in node.get("matchers", ()):
        found = _LABEL.fullmatch(matcher.strip())  # text with more than one, or one within a value, is not looked at
        yield found[1].strip('"') if found else None
