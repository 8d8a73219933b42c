"""Checks of who is told when: routes, inhibit rules and time intervals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dojoboards import names
from dojoboards.lint import texts
from dojoboards.lint.registry import Finding, all_routes, check, repeated
from dojoboards.lint.texts import Matcher
from dojoboards.model import Alertmanager, InhibitRule, Project, Route, TimeInterval

_LABEL = r"[^\s\"'`{},=~!]+"
"""Alertmanager takes any text as the name of a label; with one of these in it, it is two names or a matcher."""

_MATCHER = 'write label="value"; the operators are =, !=, =~ and !~'


def unknown_receiver(name: str, what: str, project: Project) -> Iterator[Finding]:
    """Yield a finding if *what* names a receiver that is not declared."""
    known = [receiver.name for receiver in project.receivers]
    if name not in known:
        yield Finding(f"{what} names the unknown receiver {name!r}", names.hint(name, known))


def timing(of: Alertmanager | Route, what: str) -> Iterator[Finding]:
    """Yield what is wrong with how a route, or the root, groups and waits."""
    for key in ("group_wait", "group_interval", "repeat_interval"):
        text = getattr(of, key)
        if wrong := texts.duration(text) if key == "group_wait" else texts.interval(text):
            fix = "give whole numbers with units, such as 30s, 5m or 4h"
            yield Finding(f"`{key}` of {what}: {wrong}", fix, edit=texts.respelt(text))
    yield from _label_names(of.group_by, "group_by", what)
    if "..." in of.group_by and len(of.group_by) > 1:
        yield Finding(f"`group_by` of {what} has '...' and other labels", "'...' is all labels: it stands alone")


def _label_names(given: Sequence[str], key: str, what: str) -> Iterator[Finding]:
    for index, name in enumerate(given):
        if not re.fullmatch(_LABEL, name):
            yield Finding(f"`{key}` of {what} has {name!r}, which is not the name of a label", "give one label each")
        elif name in given[:index]:
            yield Finding(f"`{key}` of {what} has {name!r} twice", "take one away")


def _route(route: Route) -> str:
    which = route.receiver or ", ".join(route.matchers)
    return f"the route to {which!r}" if route.receiver else f"the route {which!r}" if which else "a route"


@check("route/receiver", on=Route)
def route_receiver(route: Route, project: Project) -> Iterator[Finding]:
    """A route's receiver is declared.

    Alertmanager refuses a configuration that names an unknown one.
    Bad: `Route(receiver="operation-mail")`. Good: `Route(receiver="operations-mail")`.
    """
    if route.receiver:
        yield from unknown_receiver(route.receiver, _route(route), project)


@check("route/timing", on=Route)
def route_timing(route: Route, _: Project) -> Iterator[Finding]:
    """A route's durations are durations, not zero where Alertmanager has to wait, and alerts are grouped by labels.

    Bad: `group_by=["service, host"]`, `repeat_interval="0s"`. Good: `group_by=["service", "host"]`.
    """
    yield from timing(route, _route(route))


@check("route/matchers", on=Route)
def route_matchers(route: Route, _: Project) -> Iterator[Finding]:
    """A route's matchers are matchers, and can all be true of one alert.

    Bad: `matchers=["severity=critical and team=web"]`. Good: `matchers=['severity="critical"', 'team="web"']`.
    """
    yield from _malformed(route.matchers, "matchers", _route(route))
    wanted: dict[str, str] = {}
    for matcher in _matchers(route.matchers):
        if matcher.operator == "=" and wanted.setdefault(matcher.name, matcher.value) != matcher.value:
            first = wanted[matcher.name]
            message = f"{_route(route)} asks that {matcher.name} be {first!r} and {matcher.value!r} at once"
            either = f'{matcher.name}=~"{first}|{matcher.value}"'
            yield Finding(message, f"write {either} for one of the two, or make two routes")


@check("route/severity", on=Route)
def route_severity(route: Route, project: Project) -> Iterator[Finding]:
    """A route asks for severities that alerts can have.

    One that is misspelt catches nothing, and what it was for goes elsewhere.
    Bad: `matchers=['severity="crit"']`. Good: `matchers=['severity="critical"']`.
    """
    yield from _severities(route.matchers, _route(route), project)


@check("route/intervals", on=Route)
def route_intervals(route: Route, project: Project) -> Iterator[Finding]:
    """The time intervals of a route are declared.

    Alertmanager refuses a configuration that names an unknown one.
    Bad: `mute_time_intervals=["week-end"]`. Good: `mute_time_intervals=["weekend"]`.
    """
    known = [interval.name for interval in project.time_intervals]
    for name in (*route.mute_time_intervals, *route.active_time_intervals):
        if name not in known:
            message = f"{_route(route)} names the unknown time interval {name!r}"
            yield Finding(message, names.hint(name, known))


@check("route/reached", on=Project, severity="warning")
def route_reached(project: Project, _: Project) -> Iterator[Finding]:
    """No route stands behind one that catches everything.

    Alertmanager tries routes in their order, top-level ones by `priority`, and stops at the first that matches unless
    it has `continue_`. Bad: a route without matchers before others. Good: it comes last, or has `continue_=True`.
    """
    top = sorted(project.routes, key=lambda route: route.priority)
    for siblings in (top, *(route.routes for route in all_routes(project.routes))):
        catching = next((route for route in siblings if not route.matchers and not route.continue_), None)
        if catching is not None:
            for route in siblings[list(siblings).index(catching) + 1 :]:
                message = f"no alert comes to {_route(route)}: the route at {catching.source} catches everything before"
                yield Finding(message, "put the route without matchers last, or give it `continue_=True`", route.source)


@check("inhibition/matchers", on=InhibitRule)
def inhibition_matchers(rule: InhibitRule, _: Project) -> Iterator[Finding]:
    """An inhibit rule has matchers on both sides.

    An empty side matches every alert.
    Bad: `source_matchers=[]`. Good: `source_matchers=['severity="critical"']`.
    """
    for key, given in (("source_matchers", rule.source_matchers), ("target_matchers", rule.target_matchers)):
        if not given:
            yield Finding(f"`{key}` of an inhibit rule is empty, which is every alert", "say which alerts are meant")
        yield from _malformed(given, key, "an inhibit rule")


@check("inhibition/severity", on=InhibitRule)
def inhibition_severity(rule: InhibitRule, project: Project) -> Iterator[Finding]:
    """An inhibit rule asks for severities that alerts can have.

    Bad: `target_matchers=['severity="warn"']`. Good: `target_matchers=['severity="warning"']`.
    """
    yield from _severities([*rule.source_matchers, *rule.target_matchers], "an inhibit rule", project)


@check("inhibition/equal", on=InhibitRule)
def inhibition_equal(rule: InhibitRule, _: Project) -> Iterator[Finding]:
    """What has to be equal are names of labels, each once.

    Bad: `equal=["alertname,host"]`. Good: `equal=["alertname", "host"]`.
    """
    yield from _label_names(rule.equal, "equal", "an inhibit rule")


@check("inhibition/effect", on=InhibitRule)
def inhibition_effect(rule: InhibitRule, _: Project) -> Iterator[Finding]:
    """An inhibit rule's two sides are different alerts.

    An alert that matches both sides silences none that does so too, or it would silence itself. With the same
    matchers on both sides nothing is ever silenced.
    Bad: `severity="critical"` as source and target. Good: `severity="critical"` and `severity="warning"`.
    """
    source, target = set(_matchers(rule.source_matchers)), set(_matchers(rule.target_matchers))
    if source and source == target:
        message = "an inhibit rule silences nothing: its two sides are the same alerts"
        yield Finding(message, "give source_matchers that the alerts to be silenced do not match")


def _matchers(given: Sequence[str]) -> Iterator[Matcher]:
    for text in given:
        found, wrong = texts.matchers(text)
        if not wrong:
            yield from found


def _malformed(given: Sequence[str], key: str, what: str) -> Iterator[Finding]:
    for text in given:
        _, wrong = texts.matchers(text)
        if wrong:
            yield Finding(f"`{key}` of {what}: {wrong}", _MATCHER)


def _severities(given: Sequence[str], what: str, project: Project) -> Iterator[Finding]:
    known = project.environment.severities
    for matcher in _matchers(given):
        one_of = "~" in matcher.operator
        if matcher.name != "severity" or (one_of and not re.fullmatch(r"\w+(\|\w+)*", matcher.value)):
            continue
        for severity in matcher.value.split("|") if one_of else [matcher.value]:
            if severity and known and severity not in known:
                message = f"{what} asks for the severity {severity!r}, which no alert has"
                yield Finding(message, names.hint(severity, known))


@check("time-interval/unique", on=Project)
def time_interval_unique(project: Project, _: Project) -> Iterator[Finding]:
    """A time interval's name is unique in the project.

    Alertmanager refuses a configuration that has one twice. Bad: `night` in two modules. Good: `night`, `night-asia`.
    """
    for interval, first in repeated(project.time_intervals, lambda interval: interval.name):
        message = f"the time interval {interval.name!r} is declared twice"
        yield Finding(message, f"rename one; the first is at {first.source}", interval.source)


@check("time-interval/times", on=TimeInterval)
def time_interval_times(interval: TimeInterval, _: Project) -> Iterator[Finding]:
    """The times of a time interval are times, days, months and years, each range from the earlier to the later.

    Alertmanager's week begins on Sunday, and no range goes over midnight or over a year's end.
    Bad: `{"weekdays": ["saturday:sunday"]}`, `{"times": [{"start_time": "22:00", "end_time": "06:00"}]}`.
    Good: `{"weekdays": ["saturday", "sunday"]}`, and two ranges, until `24:00` and from `00:00`.
    """
    what = f"the time interval {interval.name!r}"
    if not interval.intervals:
        yield Finding(f"{what} has no times", "give at least one mapping with `times`, `weekdays` or the like")
    for entry in interval.intervals:
        if not entry:
            yield Finding(f"{what} has an entry without times, which is always", "say when")
        for wrong, remedy in _entry(entry):
            yield Finding(f"{what}: {wrong}", remedy)


_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july",
    "august", "september", "october", "november", "december",
)  # fmt: skip
_SHORTEST_MONTH = 28
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00"


def _entry(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for times in _list(entry, "times"):
        if isinstance(times, Mapping):
            yield from _times(times)
    ranges = {
        "weekdays": (_weekday, "write days in full, such as monday or monday:friday; the week begins on sunday"),
        "days_of_month": (_day, "write 1 to 31, or -1 to -31 counted from the end, such as 1:7 or -3:-1"),
        "months": (_month, "write months in full or as 1 to 12, such as november or january:march"),
        "years": (_year, "write years in full, such as 2026 or 2026:2028"),
    }
    for key, (number, remedy) in ranges.items():
        for text in _list(entry, key):
            if not isinstance(text, str):
                continue  # the schema says so
            ends = [number(part) for part in text.lower().split(":")]
            if len(ends) > 2 or 0 in ends:  # noqa: PLR2004  # a range has two ends
                yield f"{text!r} in `{key}` is no such range", remedy
            elif _backwards(ends):
                yield f"{text!r} in `{key}` ends before it begins", remedy


def _list(entry: Mapping[str, Any], key: str) -> Sequence[Any]:
    given = entry.get(key, ())
    return given if isinstance(given, Sequence) and not isinstance(given, str) else ()


def _times(times: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    start, end = (str(times.get(key, "")) for key in ("start_time", "end_time"))
    for text in (start, end):
        if not re.fullmatch(_TIME, text):
            yield f"{text!r} in `times` is no time", "give start_time and end_time as HH:MM"
            return
    if start >= end:
        remedy = "make two ranges, until 24:00 and from 00:00"
        yield f"the range from {start} to {end} in `times` ends before it begins", remedy


# Each gives the number of one end of a range, from 1 on, or 0 for what is none.
def _weekday(text: str) -> int:
    return _WEEKDAYS.index(text) + 1 if text in _WEEKDAYS else 0


def _month(text: str) -> int:
    if text in _MONTHS:
        return _MONTHS.index(text) + 1
    return int(text) if re.fullmatch(r"0?[1-9]|1[0-2]", text) else 0


def _day(text: str) -> int:
    return int(text) if re.fullmatch(r"-?(0?[1-9]|[12][0-9]|3[01])", text) else 0


def _year(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{4}", text) else 0


def _backwards(ends: Sequence[int]) -> bool:
    first, last = ends[0], ends[-1]
    if last < 0 < first:
        return first > _SHORTEST_MONTH + last
    return first < 0 < last or first > last
