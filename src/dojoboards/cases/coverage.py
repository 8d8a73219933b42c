"""What has no case: of each alert that it fires, that it does not, what it does without its data, and where it goes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dojoboards.cases.built import Built, Rule
from dojoboards.cases.routing import Tree
from dojoboards.cases.rules import Group
from dojoboards.expressions.nodes import Selector

MEANINGS = {
    "fires": "no case in which it fires",
    "silent": "no case in which it does not fire",
    "absent": "no case without its data",
    "routed": "no case says who is told",
    "reached": "no case reaches it",
}
"""What is asked of alerts, and the last of routes, as a message says that it is missing."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that needs a case.

    Args:
        thing: What it is about: an alert or a route.
        what: What is asked of it; a key of `MEANINGS`.
        covered: Whether a case shows it.
    """

    thing: str
    what: str
    covered: bool


@dataclass(frozen=True)
class Coverage:
    """What has a case, and what has none."""

    items: tuple[Item, ...]

    @property
    def missing(self) -> tuple[Item, ...]:
        """What has none."""
        return tuple(item for item in self.items if not item.covered)

    @property
    def percent(self) -> float:
        """How much has a case, in hundredths of a percent that are never rounded up."""
        covered = len(self.items) - len(self.missing)
        return math.floor(10000 * covered / len(self.items)) / 100 if self.items else 100.0


def coverage(
    built: Built, groups: Sequence[Group], tree: Tree | None, reached: Iterable[int], routed: Iterable[Rule]
) -> Coverage:
    """Return what has a case.

    Args:
        built: The alerts of an environment.
        groups: The test groups of its cases for rules.
        tree: Its routes; None for none.
        reached: The numbers of the routes that a case reaches.
        routed: The alerts of which a case says who is told.
    """
    items = [item for rule in built.alerts for item in _of_alert(rule, built, groups)]
    if tree is not None:
        known, found = {*routed}, {*reached}
        every = (*built.alerts, *built.log_alerts)
        items += [Item(f"alert {built.titles[rule]}", "routed", rule in known) for rule in every]
        items += [Item(f"route {route.title}", "reached", route.number in found) for route in tree.routes]
    return Coverage(tuple(items))


def _of_alert(rule: Rule, built: Built, groups: Sequence[Group]) -> Iterator[Item]:
    title = f"alert {built.titles[rule]}"
    asked = [(group, check) for group in groups for check in group.checks if check.alert == rule.name]
    outcomes = [any(rule.gives(fired.labels) for fired in check.expected) for _, check in asked]
    yield Item(title, "fires", True in outcomes)
    needed = needs(rule, built)
    if needed:  # what rests on nothing, such as vector(1), always fires
        yield Item(title, "silent", False in outcomes)
        yield Item(title, "absent", _absent(needed, built, groups, rule))


def needs(rule: Rule, built: Built) -> tuple[Selector, ...]:
    """Return what an alert selects, directly or in the recorded series that it uses.

    `up` is left out, unless there is nothing else: Prometheus makes it itself, also where no data comes.
    """
    _, found = built.rests_on(rule.selectors)
    return tuple(selector for selector in found if selector.names != ("up",)) or found


def _absent(needed: Sequence[Selector], built: Built, groups: Sequence[Group], rule: Rule) -> bool:
    """Return whether a case without all of the data asks for the alert, or for one that tells of just that."""
    metrics = {name for selector in needed for name in selector.names or ()}
    tells = {
        other.name: other
        for other in built.alerts
        if any(name in metrics for missed in other.misses for name in missed.names or ())
    }
    for group in groups:
        if any(group.gives(selector) for selector in needed):
            continue
        for check in group.checks:
            companion = tells.get(check.alert)
            if check.alert == rule.name or (companion and any(companion.gives(one.labels) for one in check.expected)):
                return True
    return False
