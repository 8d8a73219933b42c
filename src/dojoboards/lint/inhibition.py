"""Checks of what keeps alerts from being told: inhibit rules and time intervals, by the alerts that there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dojoboards import names
from dojoboards.catalogue.index import Index
from dojoboards.catalogue.relabel import LabelSet
from dojoboards.lint.dispatch import Delivery, all_known, arriving, deliveries, fits, fitting, named
from dojoboards.lint.registry import Finding, all_routes, check, once
from dojoboards.model import InhibitRule, Project, TimeInterval
from dojoboards.model.catalogue import Values

_MOST = 250_000
"""Pairs of alerts that are looked at, at most."""


class _Sides(NamedTuple):
    """The alerts that may be a rule's source, and those that may be its target."""

    sources: Sequence[Delivery]
    targets: Sequence[Delivery]


def _sides(rule: InhibitRule, project: Project, *, surely: bool = False) -> _Sides:
    alerts = arriving(project)
    sides = (rule.source_matchers, rule.target_matchers)
    return _Sides(*([each for each, match in fitting(side, alerts) if match or not surely] for side in sides))


def named_rule(rule: InhibitRule) -> str:
    """Return what a message calls an inhibit rule."""
    return f"the inhibit rule of {', '.join(rule.target_matchers)} by {', '.join(rule.source_matchers)}"


@check("inhibition/source", on=InhibitRule, severity="warning")
def inhibition_source(rule: InhibitRule, project: Project) -> Iterator[Finding]:
    """Some alert can be the source of an inhibit rule.

    Bad: `source_matchers=['alertname="NodeDown"']` where the alert is called `HostDown`.
    Good: `source_matchers=['alertname="HostDown"']`.
    """
    if all_known(project) and not _sides(rule, project).sources:
        message = f"{named_rule(rule)} silences nothing: no alert is its source"
        yield Finding(message, _near(rule.source_matchers, project))


@check("inhibition/target", on=InhibitRule, severity="warning")
def inhibition_target(rule: InhibitRule, project: Project) -> Iterator[Finding]:
    """Some alert can be the target of an inhibit rule.

    Bad: `target_matchers=['severity="info"']` where no alert has that severity.
    Good: `target_matchers=['severity="warning"']`.
    """
    if all_known(project) and not _sides(rule, project).targets:
        message = f"{named_rule(rule)} silences nothing: no alert is its target"
        yield Finding(message, _near(rule.target_matchers, project))


def _near(matchers: Sequence[str], project: Project) -> str:
    """Return a remedy: the alert that is called like the one that is asked for."""
    known = {each.alert.name for each in deliveries(project)}
    for text in matchers:
        name, _, value = text.partition("=")
        if name.strip() == "alertname" and (near := names.nearest(value.strip('~" '), known)):
            return f"did you mean {near!r}?"
    return "correct its matchers, or take it away"


@check("inhibition/equal-values", on=InhibitRule, severity="warning")
def inhibition_equal_values(rule: InhibitRule, project: Project) -> Iterator[Finding]:
    """The labels that an inhibit rule compares can be equal.

    Where every source has a label and no target has it, they never are.
    Bad: `equal=["instance"]` where the source is an aggregate without `instance`. Good: `equal=["cluster"]`.
    """
    if not all_known(project):
        return
    sources, targets = _sides(rule, project)
    if not sources or not targets:
        return
    alone = len(sources) == 1
    sources, targets = _of_each_kind(sources, rule.equal), _of_each_kind(targets, rule.equal)
    if len(sources) * len(targets) > _MOST:
        return
    different: dict[str, None] = {}
    for source in sources:
        for target in targets:
            if source is target and not alone:
                continue
            label = _different(source, target, rule.equal)
            if not label:
                return
            different[label] = None
    message = f"{named_rule(rule)} silences nothing: {', '.join(map(repr, different))} can never be the same on both"
    yield Finding(message, "compare labels that both have, or take it out of `equal`")


def _of_each_kind(alerts: Sequence[Delivery], equal: Sequence[str]) -> Sequence[Delivery]:
    """Return two of all alerts that are the same in what is compared, so that each can meet another one."""
    kinds: dict[tuple[Values, ...], list[Delivery]] = {}
    for each in alerts:
        labels = each.labels or LabelSet()
        kinds.setdefault(tuple(labels.get(name) for name in equal), []).append(each)
    kept = {id(each) for same in kinds.values() for each in same[:2]}
    return [each for each in alerts if id(each) in kept]


def _different(source: Delivery, target: Delivery, equal: Sequence[str]) -> str:
    """Return the first label that the two surely have with different values, or only one of them; empty for none."""
    for name in equal:
        sides = [(side.labels or LabelSet()).get(name) for side in (source, target)]
        one, other = (values.known for values in sides)
        if one is not None and other is not None:
            if not one & other:
                return name
        elif any(mine.certain and theirs.absent for mine, theirs in (sides, reversed(sides))):
            return name
    return ""


@check("inhibition/label", on=InhibitRule, severity="warning")
def inhibition_label(rule: InhibitRule, project: Project) -> Iterator[Finding]:
    """Each label that an inhibit rule compares is one that some alert has.

    Where both sides lack a label they are equal in it: one that is misspelt silences alerts of everything else.
    Bad: `equal=["hots"]`. Good: `equal=["host"]`.
    """
    if not all_known(project):
        return
    for name in rule.equal:
        if not _somewhere(name, arriving(project)):
            near = names.nearest(name, _labels(project))
            message = f"{named_rule(rule)} compares the label {name!r}, which no alert has: it does not narrow"
            yield Finding(message, f"did you mean {near!r}?" if near else "take it out of `equal`")


def _somewhere(label: str, alerts: Index[Delivery]) -> bool:
    return not all(each.labels is None or each.labels.get(label).absent for each in alerts.all)


@once
def _labels(project: Project) -> Collection[str]:
    """Return the labels that alerts are known to have."""
    known = [each.labels for each in arriving(project).all if each.labels is not None]
    return {label for labels in known for label, values in labels.labels.items() if not values.absent}


@check("inhibition/mutual", on=Project, severity="warning")
def inhibition_mutual(project: Project, _: Project) -> Iterator[Finding]:
    """No two alerts silence each other.

    While both fire, nobody is told of either.
    Bad: `HostDown` silences `ServiceDown` in one rule, and `ServiceDown` silences `HostDown` in another.
    Good: only the cause silences what follows from it.
    """
    silencing: dict[int, list[int]] = {}  # by the identity of an alert: the rules of which it is the target
    sure: list[_Sides] = []
    for index, rule in enumerate(project.inhibitions):
        sources, targets = _sides(rule, project, surely=True)
        met = {id(each) for each in sources} & silencing.keys()
        for back in sorted({other for key in met for other in silencing[key]}):
            other = project.inhibitions[back]
            others, ends = sure[back]
            found = _first(_both(sources, ends), _both(targets, others), rule, other)
            if found:
                first, second = found
                message = (
                    f"{first.alert.name!r} silences {second.alert.name!r}, which silences it too (the inhibit rule at "
                    f"{other.source}): nobody is told of either"
                )
                yield Finding(message, "let only the cause silence what follows from it", rule.source)
        sure.append(_Sides(sources, targets))
        for each in targets:
            silencing.setdefault(id(each), []).append(index)


def _both(some: Sequence[Delivery], others: Sequence[Delivery]) -> list[Delivery]:
    known = {id(each) for each in others}
    return [each for each in some if id(each) in known]


def _first(
    some: Sequence[Delivery], others: Sequence[Delivery], rule: InhibitRule, back: InhibitRule
) -> tuple[Delivery, Delivery] | None:
    """Return the first two of which each surely silences the other."""
    if len(some) * len(others) > _MOST:
        return None
    for first in some:
        for second in others:
            if first is not second and _silences(first, second, rule) and _silences(second, first, back):
                return first, second
    return None


def _silences(source: Delivery, target: Delivery, rule: InhibitRule) -> bool:
    """Return whether one surely silences the other where both have all labels of `equal`, and can have them equal.

    Alertmanager leaves alone what matches both sides, where its source does too.
    """
    alone = fits(rule.source_matchers, target.labels or LabelSet()) is False
    alone = alone or fits(rule.target_matchers, source.labels or LabelSet()) is False
    return alone and not _different(source, target, rule.equal)


@check("time-interval/used", on=TimeInterval, severity="warning")
def time_interval_used(interval: TimeInterval, project: Project) -> Iterator[Finding]:
    """A time interval is used by a route.

    One that none uses mutes nothing, and whoever wrote it believes that it does.
    Bad: `TimeInterval(name="night")` alone. Good: `Route(mute_time_intervals=["night"])` with it.
    """
    if interval.name not in _used(project):
        message = f"no route uses the time interval {interval.name!r}"
        yield Finding(message, "name it in `mute_time_intervals` or `active_time_intervals`, or take it away")


@once
def _used(project: Project) -> Collection[str]:
    routes = all_routes(project.routes)
    return {name for route in routes for name in (*route.mute_time_intervals, *route.active_time_intervals)}


_WHOLE: Mapping[str, frozenset[str]] = {
    "weekdays": frozenset({"sunday:saturday"}),
    "days_of_month": frozenset({"1:31", "1:-1"}),
    "months": frozenset({"1:12", "january:december"}),
}


@check("route/muted", on=Project, severity="warning")
def route_muted(project: Project, _: Project) -> Iterator[Finding]:
    """A route is not muted at all times.

    Bad: `mute_time_intervals=["quiet"]` where `quiet` is every day from 00:00 to 24:00. Good: from 22:00 to 24:00.
    """
    always = {each.name for each in project.time_intervals if any(_always(entry) for entry in each.intervals)}
    for route in all_routes(project.routes):
        for name in route.mute_time_intervals:
            if name in always:
                message = f"{named(route)} is always muted: the time interval {name!r} never ends"
                yield Finding(message, "say when it is to be muted", route.source)


def _always(entry: Mapping[str, Any]) -> bool:
    parts = {key: value for key, value in entry.items() if key != "location"}
    return bool(parts) and all(_whole(key, value) for key, value in parts.items())


def _whole(key: str, value: Any) -> bool:
    """Return whether a part of a time interval leaves nothing out."""
    if not isinstance(value, list | tuple):
        return False
    if key == "times":
        return any(
            isinstance(each, Mapping) and (each.get("start_time"), each.get("end_time")) == ("00:00", "24:00")
            for each in value
        )
    return any(str(each).lower() in _WHOLE.get(key, frozenset()) for each in value)
