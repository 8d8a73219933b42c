"""Checks of whom alerts reach: every alert is sent through the routing tree as Alertmanager would send it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dojoboards.catalogue.index import Index
from dojoboards.lint.analysis import alerts, milliseconds
from dojoboards.lint.dispatch import (
    Delivery,
    Stop,
    all_known,
    arriving,
    deliveries,
    fitting,
    integrations,
    named,
    parsed,
    top,
)
from dojoboards.lint.registry import Finding, all_routes, check
from dojoboards.model import Alertmanager, Environment, Project, Receiver, Route

_FEW = 5
_PEOPLE = frozenset({"email", "pagerduty", "opsgenie", "slack", "msteams", "discord", "telegram", "victorops", "webex"})
_RETENTION = "120h"
"""How long Alertmanager remembers that it has told, unless it is started with another `--data.retention`."""
_NEARLY = 0.75
"""The share of an interval that is meant to be the whole of it: a little less, so that no turn is missed."""


@check("alert/alertmanager", on=Project, severity="warning")
def alert_alertmanager(project: Project, _: Project) -> Iterator[Finding]:
    """A Prometheus that evaluates alerts knows an Alertmanager.

    Without one, alerts fire and nobody is told.
    Bad: `Prometheus()` beside rule groups with alerts.
    Good: `Prometheus(alertmanagers=[StaticTargets(targets=["alertmanager:9093"])])`.
    """
    server = project.prometheus
    rulers = any(target.api for target in project.environment.targets.values())
    if server is None or server.alertmanagers or "alerting" in server.extra or rulers:
        return
    if any(group not in project.log_groups for _, group in alerts(project)):
        yield Finding(
            "Prometheus knows no Alertmanager: no alert reaches anybody", "give `alertmanagers`", server.source
        )


@check("alert/relabelled", on=Project, severity="warning")
def alert_relabelled(project: Project, _: Project) -> Iterator[Finding]:
    """Prometheus' relabelling of alerts lets every alert through.

    Bad: `alert_relabel=[Relabel(source_labels=["severity"], regex="warning", action="drop")]` with such alerts.
    Good: the same without alerts of that severity.
    """
    for delivery in deliveries(project):
        if delivery.labels is None:
            message = f"{delivery.what} is dropped by Prometheus' relabelling of alerts: it reaches nobody"
            yield Finding(message, "change `alert_relabel`, or take the alert away", delivery.alert.source)


@check("alert/default-route", on=Project, severity="info")
def alert_default_route(project: Project, _: Project) -> Iterator[Finding]:
    """Each alert has a route, where the project has routes at all.

    What no route catches goes to the receiver of the root, which is seldom whom it is for.
    Bad: `severity="info"` where routes ask for `critical` and `warning`. Good: a route for `severity="info"` too.
    """
    if not project.routes or project.alertmanager is None:
        return
    telling = _telling(project)
    for delivery in deliveries(project):
        stop = _only(delivery)
        if stop and not stop.way and telling.get(stop.receiver) is not False:
            message = f"no route catches {delivery.what}: it goes to the default receiver {stop.receiver!r}"
            yield Finding(message, "add a route for it, or correct its labels", delivery.alert.source)


@check("alert/nobody", on=Project, severity="warning")
def alert_nobody(project: Project, _: Project) -> Iterator[Finding]:
    """Each alert reaches a receiver that tells somebody.

    A receiver without any integration swallows what it gets. Where a route names an alert, that is meant.
    Bad: a critical alert that goes to `Receiver(name="null")`.
    Good: `Route(receiver="null", matchers=['alertname="Watchdog"'])`.
    """
    if project.alertmanager is None:
        return
    telling = _telling(project)
    for delivery in deliveries(project):
        silent = bool(delivery.stops) and all(telling.get(stop.receiver) is False for stop in delivery.stops)
        if silent and not _named_by(delivery):
            receivers = _list(sorted({stop.receiver for stop in delivery.stops}))
            message = f"{delivery.what} reaches nobody: it goes to {receivers}, which tells no one"
            yield Finding(message, "route it to a receiver with an integration", delivery.alert.source)


@check("alert/mail-only", on=Project, severity="info")
def alert_mail_only(project: Project, _: Project) -> Iterator[Finding]:
    """The gravest alerts reach somebody by more than mail, which is read when one has time.

    Bad: `severity="critical"` to a receiver with `email` alone. Good: a page, or a message in a channel, besides.
    """
    if project.alertmanager is None or not project.environment.severities:
        return
    by_mail = {receiver.name: receiver for receiver in project.receivers if integrations(receiver) == {"email"}}
    gravest = project.environment.severities[0]
    alone: dict[tuple[str, ...], dict[str, None]] = {}
    for delivery in deliveries(project):
        receivers = tuple(dict.fromkeys(stop.receiver for stop in delivery.stops))
        if delivery.alert.severity == gravest and receivers and by_mail.keys() >= set(receivers):
            alone.setdefault(receivers, {})[delivery.alert.name] = None
    for receivers, told in alone.items():
        message = f"alerts of the severity {gravest!r} are told by mail alone, to {_list(receivers)}: {_list([*told])}"
        yield Finding(message, "add a receiver that calls somebody", by_mail[receivers[0]].source)


def _only(delivery: Delivery) -> Stop | None:
    """Return the one place where an alert surely ends up; None where there are several, or where it is not known."""
    return delivery.stops[0] if len(delivery.stops) == 1 and delivery.stops[0].certain else None


def _telling(project: Project) -> Mapping[str, bool]:
    """Return whether each receiver tells somebody, by its name."""
    return {receiver.name: bool(integrations(receiver)) for receiver in project.receivers}


def _named_by(delivery: Delivery) -> bool:
    """Return whether a route that an alert goes through names it."""
    return any("alertname" in text for stop in delivery.stops for route in stop.way for text in route.matchers)


@check("receiver/alerts", on=Project, severity="warning")
def receiver_alerts(project: Project, _: Project) -> Iterator[Finding]:
    """Some alert reaches each receiver.

    One that no alert reaches tells nobody anything, for want of alerts or because of its routes.
    Bad: a receiver behind `Route(matchers=['team="web"'])` where no alert has that team.
    Good: the same with an alert that has `team="web"`.
    """
    if not all_known(project):
        return
    stops = [stop for delivery in deliveries(project) for stop in delivery.stops]
    reached = {stop.receiver for stop in stops}
    passed = {id(route) for stop in stops for route in stop.way}
    leading: dict[str, list[Route]] = {}
    for route in all_routes(project.routes):
        leading.setdefault(route.receiver, []).append(route)
    default = project.alertmanager and project.alertmanager.receiver
    for receiver in project.receivers:
        routes = leading.get(receiver.name)
        if routes and receiver.name not in reached and receiver.name != default:
            # What no route names is told by another check.
            if all(id(route) not in passed for route in routes):
                message, fix = "", "correct the matchers of its routes, or take it away"
            else:
                message, fix = ": those for it go on to routes below", "look at the routes below those that name it"
            yield Finding(f"no alert reaches the receiver {receiver.name!r}{message}", fix, receiver.source)


@check("route/alerts", on=Project, severity="warning")
def route_alerts(project: Project, _: Project) -> Iterator[Finding]:
    """Some alert comes to each route.

    Bad: `matchers=['team="ops"']` where alerts have `team="operations"`; a route behind one that catches its alerts
    and has no `continue_`. Good: matchers that an alert fulfils, before others that catch more.
    """
    if not all_known(project):
        return
    yield from _routes_without(top(project), arriving(project))


def _routes_without(routes: Sequence[Route], coming: Index[Delivery]) -> Iterator[Finding]:
    """Yield a finding for each of *routes* that none of the *coming* alerts comes to, and for those below."""
    catching: dict[int, int] = {}  # by the identity of an alert: the place of the first route that keeps it
    values: dict[str, Sequence[str] | None] = {}
    for index, route in enumerate(routes):
        fit = fitting(route.matchers, coming)
        here = [each for each, _ in fit if id(each) not in catching]
        if here:
            yield from _routes_without(route.routes, Index(here))
        elif fit:
            before = [catching[id(each)] for each, match in fit if match]
            first = routes[min(before)] if before else None
            if first and first.matchers:  # one without matchers is told by another check
                message = (
                    f"no alert comes to {named(route)}: {named(first)} at {first.source} catches all of them before"
                )
                yield Finding(message, "put it first, or give the other one `continue_=True`", route.source)
        else:
            message = f"no alert comes to {named(route)}: none has such labels"
            yield Finding(message, _nearest(route, coming, values), route.source)
        if not route.continue_:
            for each, match in fit:
                if match:
                    catching.setdefault(id(each), index)


def _nearest(route: Route, coming: Index[Delivery], known: dict[str, Sequence[str] | None]) -> str:
    """Return a remedy: the values that the alerts have of the label that matches none of them.

    Args:
        route: It.
        coming: The alerts.
        known: By label: their values, as far as they were asked for.
    """
    for matcher in parsed(tuple(route.matchers)) or ():
        if matcher.name not in known:
            known[matcher.name] = _values(matcher.name, coming)
        values = known[matcher.name]
        if values is not None and not any(matcher.accepts(value) for value in (*values, "")):
            return f"alerts have {matcher.name} {_list(values)}" if values else f"no alert has {matcher.name!r}"
    return "correct its matchers, or take it away"


def _values(label: str, coming: Index[Delivery]) -> Sequence[str] | None:
    """Return the values that alerts have of a label; None where there are no alerts, or not all are known."""
    found: set[str] = set()
    for each in coming.all:
        if each.labels is None or (known := each.labels.get(label).known) is None:
            return None
        found |= known
    return sorted(found - {""}) if coming.all else None


def _list(found: Sequence[str]) -> str:
    more = f" and {len(found) - _FEW} more" if len(found) > _FEW else ""
    return ", ".join(repr(name) for name in found[:_FEW]) + more


@check("route/timing-order", on=Project, severity="info")
def route_timing_order(project: Project, _: Project) -> Iterator[Finding]:
    """The first notification of a group does not wait longer than the following ones.

    Bad: `group_wait="10m"` with `group_interval="5m"`. Good: `group_wait="30s"`.
    """
    for what, of, timing in _timings(project):
        if milliseconds(timing["group_wait"]) > milliseconds(timing["group_interval"]) > 0:
            message = (
                f"`group_wait` of {what} is {timing['group_wait']}, longer than its `group_interval` "
                f"of {timing['group_interval']}"
            )
            yield Finding(message, "the first message is the urgent one: let it wait less", of.source)


@check("route/repeat", on=Project, severity="warning")
def route_repeat(project: Project, _: Project) -> Iterator[Finding]:
    """What is told again is told at a turn of `group_interval`: a shorter `repeat_interval` does nothing.

    A little less than a turn is well, so that none is missed.
    Bad: `repeat_interval="1m"` with `group_interval="5m"`. Good: `repeat_interval="4h"`.
    """
    for what, of, timing in _timings(project):
        repeat, turn = milliseconds(timing["repeat_interval"]), milliseconds(timing["group_interval"])
        if 0 < repeat < _NEARLY * turn:
            message = (
                f"`repeat_interval` of {what} is {timing['repeat_interval']}, but it tells no more often than its "
                f"`group_interval` of {timing['group_interval']}"
            )
            yield Finding(message, "give a shorter `group_interval`, or a longer `repeat_interval`", of.source)


@check("route/retention", on=Project, severity="info")
def route_retention(project: Project, _: Project) -> Iterator[Finding]:
    """What is told again is so before Alertmanager forgets that it has told.

    It remembers for 120 hours, unless it is started with another `--data.retention`, and then tells anew.
    Bad: `repeat_interval="30d"`. Good: `repeat_interval="4d"`.
    """
    for what, of, timing in _timings(project):
        if of.repeat_interval and milliseconds(of.repeat_interval) > milliseconds(_RETENTION):
            message = (
                f"`repeat_interval` of {what} is {timing['repeat_interval']}: Alertmanager forgets after {_RETENTION}"
            )
            yield Finding(message, "give at most 5d, or start Alertmanager with a longer --data.retention", of.source)


def _timings(project: Project) -> Iterator[tuple[str, Alertmanager | Route, dict[str, str]]]:
    """Yield the root and each route that says something of its timing, with what holds for it."""
    server = project.alertmanager
    if server is None:
        return
    held = {key: getattr(server, key) for key in ("group_wait", "group_interval", "repeat_interval")}
    yield "Alertmanager", server, held
    yield from _timings_below(top(project), held)


def _timings_below(
    routes: Sequence[Route], above: dict[str, str]
) -> Iterator[tuple[str, Alertmanager | Route, dict[str, str]]]:
    for route in routes:
        held = {key: getattr(route, key) or value for key, value in above.items()}
        if held != above:
            yield named(route), route, held
        yield from _timings_below(route.routes, held)


@check("route/ungrouped", on=Project, severity="info")
def route_ungrouped(project: Project, _: Project) -> Iterator[Finding]:
    """People get one message for one outage.

    Grouped by `...`, each alert is a message of its own: a host that is down is as many as there are alerts about it.
    Bad: `group_by=["..."]` to Slack. Good: `group_by=["alertname", "cluster"]`; `...` to a program.
    """
    server = project.alertmanager
    if server is None:
        return
    kinds = {receiver.name: integrations(receiver) for receiver in project.receivers}
    found = [("Alertmanager", server.receiver, server.group_by, server.source)]
    found += [(named(route), route.receiver, route.group_by, route.source) for route in all_routes(project.routes)]
    for what, receiver, group_by, source in found:
        if "..." in group_by and kinds.get(receiver, frozenset()) & _PEOPLE:
            message = f"{what} groups by all labels: {receiver!r} gets a message for each single alert"
            yield Finding(message, "group by what one outage has in common", source)


@check("route/idle", on=Project, severity="info")
def route_idle(project: Project, _: Project) -> Iterator[Finding]:
    """A route changes something: who is told, when, or which routes behind it are tried.

    Bad: `Route(matchers=['team="web"'])` as the last one. Good: `Route(matchers=['team="web"'], receiver="web")`.
    """
    for siblings in (top(project), *(route.routes for route in all_routes(project.routes))):
        for index, route in enumerate(siblings):
            rest = route.receiver or route.routes or route.group_by or route.mute_time_intervals
            rest = rest or route.active_time_intervals or route.group_wait or route.group_interval
            last = index == len(siblings) - 1 or route.continue_
            if last and not rest and not route.repeat_interval and not any(each.continue_ for each in siblings[:index]):
                yield Finding(f"{named(route)} changes nothing", "give it a `receiver`, or take it away", route.source)


@check("receiver/resolved", on=Receiver, severity="info")
def receiver_resolved(receiver: Receiver, _: Project) -> Iterator[Finding]:
    """Who was called is told when it is over.

    Alertmanager's own default for Slack is to keep silent.
    Bad: `Slack(channel="#alerts", send_resolved=False)`, `raw={"slack_configs": [{"channel": "#alerts"}]}`.
    Good: `Slack(channel="#alerts")`.
    """
    silent = [f"Slack {slack.channel!r}" for slack in receiver.slack if not slack.send_resolved]
    silent += ["PagerDuty" for pager in receiver.pagerduty if not pager.send_resolved]
    for key, usual in (("slack", False), ("pagerduty", True), ("opsgenie", True)):
        given = receiver.raw.get(f"{key}_configs")
        for entry in given if isinstance(given, list) else ():
            if isinstance(entry, dict) and not entry.get("send_resolved", usual):
                silent.append(f"{key}_configs")
    for what in silent:
        message = f"{what} of the receiver {receiver.name!r} is not told when an alert has ended"
        yield Finding(message, "give `send_resolved: true`" if "_" in what else "take `send_resolved=False` away")


@check("alert/severities", on=Project, severity="info")
def alert_severities(project: Project, _: Project) -> Iterator[Finding]:
    """Each of the project's severities has an alert.

    One that none has is a route too many, or an alert that was forgotten.
    Bad: `severities: [critical, warning, ticket]` and no alert for a ticket. Good: `severities: [critical, warning]`.
    """
    declared = project.environment.severities
    used = {alert.severity for alert, _ in alerts(project)}
    if not used or tuple(declared) == tuple(Environment(name="").severities):
        return
    for severity in declared:
        if severity not in used:
            message = f"no alert has the severity {severity!r}"
            yield Finding(message, "take it out of `severities` in dojoboards.yaml, or give it to an alert")
