"""Ways to break a project's rules and its routing, one at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from dojoboards import names, promql
from dojoboards.expressions import selections
from dojoboards.model import Alert, Project, RecordingRule, Route, RuleGroup

Rule = Alert | RecordingRule


@dataclass(frozen=True)
class Mutation:
    """One broken project.

    Args:
        kind: In which way.
        what: What is broken, and how.
        project: The project with it.
    """

    kind: str
    what: str
    project: Project


def mutations(project: Project) -> Iterator[Mutation]:
    """Yield every mutation of the rules and the routes of *project*."""
    for group in project.groups:
        for rule in group.rules:
            name = rule.name if isinstance(rule, Alert) else rule.record
            for kind, changed, how in _of_rule(rule):
                if changed != rule:
                    yield Mutation(kind, f"{name}: {how}", _with(project, group, rule, changed))
            yield Mutation("rule removed", name, _with(project, group, rule, None))
    yield from _of_routes(project)
    for index, inhibition in enumerate(project.inhibitions):
        rest = (*project.inhibitions[:index], *project.inhibitions[index + 1 :])
        yield Mutation("inhibition removed", str(inhibition.source), replace(project, inhibitions=rest))


def _with(project: Project, group: RuleGroup, rule: Rule, changed: Rule | None) -> Project:
    rules = [changed if one is rule else one for one in group.rules]
    broken = replace(group, rules=tuple(one for one in rules if one is not None))
    return replace(project, groups=tuple(broken if one is group else one for one in project.groups))


def _of_rule(rule: Rule) -> Iterator[tuple[str, Rule, str]]:
    for kind, change in _EXPRESSIONS.items():
        for expr, how in change(rule.expr):
            yield kind, replace(rule, expr=expr), how
    if isinstance(rule, Alert):
        if rule.for_ and rule.for_ != "0s":
            longer = f"{names.milliseconds(rule.for_) * 4}ms"
            yield "for removed", replace(rule, for_=""), f"no `for`, was {rule.for_}"
            yield "for longer", replace(rule, for_=longer), f"`for` {longer}, was {rule.for_}"
        other = "warning" if rule.severity == "critical" else "critical"
        yield "severity swapped", replace(rule, severity=other), other
    else:
        yield "record renamed", replace(rule, record=f"{rule.record}s"), f"{rule.record}s"


def _metric_renamed(expr: str) -> Iterator[tuple[str, str]]:
    for name in _metrics(expr):
        wrong = f"{name[:-2]}{name[-1]}{name[-2]}" if name[-1] != name[-2] else f"{name}s"
        yield re.sub(rf"(?<![\w:]){re.escape(name)}(?![\w:])", wrong, expr), f"{name} -> {wrong}"


def _metrics(expr: str) -> list[str]:
    parsed = promql.parse(expr, variables=False)
    found = (selection.selector.name for selection in selections(parsed)) if parsed else ()
    return list(dict.fromkeys(name for name in found if name))


def _comparison_turned(expr: str) -> Iterator[tuple[str, str]]:
    turned = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "!=", "!=": "=="}
    for match in re.finditer(r"(?<=\s)(>=|<=|==|!=|>|<)(?=\s)", expr):
        yield expr[: match.start()] + turned[match[0]] + expr[match.end() :], f"{match[0]} -> {turned[match[0]]}"


def _threshold_scaled(expr: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"(?<=[<>=]\s)(\d+(?:\.\d+)?)\b", expr):
        value = float(match[0])
        for factor in (0.01, 0.5, 2, 100) if value else ():
            scaled = f"{value * factor:g}"
            yield expr[: match.start()] + scaled + expr[match.end() :], f"{match[0]} -> {scaled}"


def _label_dropped(expr: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"\b(by|on)\s*\(([^)]+)\)", expr):
        labels = [label.strip() for label in match[2].split(",")]
        for label in labels:
            rest = ", ".join(one for one in labels if one != label)
            yield expr[: match.start()] + f"{match[1]} ({rest})" + expr[match.end() :], f"{match[1]} ({label}) dropped"


def _matcher_changed(expr: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r'(\w+)(=~|!~|!=|=)"([^"]*)"', expr):
        opposite = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}[match[2]]
        for changed in (f'{match[1]}{opposite}"{match[3]}"', f'{match[1]}{match[2]}"{match[3]}x"'):
            yield expr[: match.start()] + changed + expr[match.end() :], f"{match[0]} -> {changed}"


def _function_changed(expr: str) -> Iterator[tuple[str, str]]:
    other = {"rate": "increase", "increase": "rate", "sum": "avg", "max": "min", "min": "max", "avg": "max"}
    other |= {"count": "sum", "max_over_time": "min_over_time", "min_over_time": "max_over_time", "delta": "increase"}
    for match in re.finditer(r"\b(\w+)(?=\s*\(|\s+by\b)", expr):
        if (changed := other.get(match[1])) is not None:
            yield expr[: match.start()] + changed + expr[match.end() :], f"{match[1]} -> {changed}"


_EXPRESSIONS: dict[str, Callable[[str], Iterator[tuple[str, str]]]] = {
    "metric renamed": _metric_renamed,
    "comparison turned": _comparison_turned,
    "threshold scaled": _threshold_scaled,
    "label dropped": _label_dropped,
    "matcher changed": _matcher_changed,
    "function changed": _function_changed,
}


def _of_routes(project: Project) -> Iterator[Mutation]:
    for path, route in _routes(project.routes, ()):
        what = f"route to {route.receiver}: {', '.join(map(str, route.matchers))}"
        yield Mutation("route removed", what, replace(project, routes=_changed(project.routes, path, None)))
        turned = replace(route, continue_=not route.continue_)
        yield Mutation("continue turned", what, replace(project, routes=_changed(project.routes, path, turned)))
        for other in project.receivers:
            if other.name != route.receiver:
                sent = replace(route, receiver=other.name)
                changed = replace(project, routes=_changed(project.routes, path, sent))
                yield Mutation("receiver swapped", f"{what} -> {other.name}", changed)


def _routes(routes: tuple[Route, ...], path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Route]]:
    for index, route in enumerate(routes):
        yield (*path, index), route
        yield from _routes(tuple(route.routes), (*path, index))


def _changed(routes: tuple[Route, ...], path: tuple[int, ...], route: Route | None) -> tuple[Route, ...]:
    first, *rest = path
    old = routes[first]
    new = replace(old, routes=_changed(tuple(old.routes), tuple(rest), route)) if rest else route
    return (*routes[:first], *([new] if new else []), *routes[first + 1 :])
