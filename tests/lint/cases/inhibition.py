"""Inhibit rules and time intervals, beside alerts that they are for and alerts that they are not for."""

from collections.abc import Mapping, Sequence
from typing import Any

from dojoboards.model import Alert, InhibitRule, Project, Prometheus, Route, TimeInterval
from support.lint import Case, alert, at, group, job, notified

CRITICAL, WARNING = 'severity="critical"', 'severity="warning"'


def called(name: str, severity: str = "critical", **fields: Any) -> Alert:
    return alert(name=name, severity=severity, **fields)


DOWN, SLOW = called("HostDown"), called("Slow", "warning")


def rule(source: str, target: str, line: int = 4, equal: Sequence[str] = ()) -> InhibitRule:
    return InhibitRule(source_matchers=[source], target_matchers=[target], equal=equal, source=at(line))


def silenced(*rules: InhibitRule, alerts: Sequence[Alert] = (DOWN, SLOW), **fields: Any) -> Project:
    return notified(inhibitions=rules, groups=[group(*alerts)], **fields)


def muted(*intervals: Mapping[str, Any], route: str = "mute_time_intervals") -> Project:
    night = TimeInterval(name="night", intervals=intervals, source=at(6))
    routes = [Route(**{"matchers": [CRITICAL], "source": at(5), route: ["night"]})] if route else []  # type: ignore[arg-type]
    return notified(routes=routes, time_intervals=[night])


ALL_DAY = {"times": [{"start_time": "00:00", "end_time": "24:00"}]}
NIGHT = {"times": [{"start_time": "22:00", "end_time": "24:00"}]}
AGGREGATE = called("AllDown", expr="sum by (job) (up) == 0")
PLACED = [called("HostDown", labels={"site": "a"}), called("Slow", "warning", labels={"site": "b"})]

BAD = [
    Case(
        "inhibition/source",
        silenced(rule('alertname="HostDwon"', WARNING)),
        [
            (
                'content.py:4: the inhibit rule of severity="warning" by alertname="HostDwon" silences nothing: '
                "no alert is its source"
                "\n    did you mean 'HostDown'?"
            )
        ],
    ),
    Case(
        "inhibition/source",
        silenced(rule('severity="info"', WARNING)),
        [
            (
                'content.py:4: the inhibit rule of severity="warning" by severity="info" silences nothing: no '
                "alert is its source"
                "\n    correct its matchers, or take it away"
            )
        ],
    ),
    Case(
        "inhibition/target",
        silenced(rule(CRITICAL, 'alertname=~"Slo|Fast"')),
        [
            (
                'content.py:4: the inhibit rule of alertname=~"Slo|Fast" by severity="critical" silences '
                "nothing: no alert is its target"
                "\n    did you mean 'Slow'?"
            )
        ],
    ),
    Case(
        "inhibition/equal-values",
        silenced(rule(CRITICAL, WARNING, equal=["job", "instance"]), alerts=(AGGREGATE, SLOW), scrape_jobs=[job()]),
        [
            (
                'content.py:4: the inhibit rule of severity="warning" by severity="critical" silences nothing: '
                "'instance' can never be the same on both"
                "\n    compare labels that both have, or take it out of `equal`"
            )
        ],
    ),
    Case(
        "inhibition/equal-values",
        silenced(rule(CRITICAL, WARNING, equal=["alertname", "site"]), alerts=PLACED),
        [
            (
                'content.py:4: the inhibit rule of severity="warning" by severity="critical" silences nothing: '
                "'alertname' can never be the same on both"
                "\n    compare labels that both have, or take it out of `equal`"
            )
        ],
    ),
    Case(
        "inhibition/label",
        silenced(
            rule(CRITICAL, WARNING, equal=["sity"]),
            alerts=(
                called("Gone", expr="sum(up) == 0", labels={"site": "a"}),
                called("Few", "warning", expr="sum(up) < 2", labels={"site": "a"}),
            ),
        ),
        [
            (
                'content.py:4: the inhibit rule of severity="warning" by severity="critical" compares the label '
                "'sity', which no alert has: it does not narrow"
                "\n    did you mean 'site'?"
            )
        ],
    ),
    Case(
        "inhibition/label",
        silenced(
            rule(CRITICAL, WARNING, equal=["zone"]),
            alerts=(called("Gone", expr="sum(up) == 0"), called("Few", "warning", expr="sum(up) < 2")),
        ),
        [
            (
                'content.py:4: the inhibit rule of severity="warning" by severity="critical" compares the label '
                "'zone', which no alert has: it does not narrow"
                "\n    take it out of `equal`"
            )
        ],
    ),
    Case(
        "inhibition/mutual",
        silenced(rule('alertname="HostDown"', WARNING), rule('alertname="Slow"', CRITICAL, 5)),
        [
            (
                "content.py:5: 'Slow' silences 'HostDown', which silences it too (the inhibit rule at "
                "content.py:4): nobody is told of either"
                "\n    let only the cause silence what follows from it"
            )
        ],
    ),
    Case(
        "time-interval/used",
        muted(NIGHT, route=""),
        [
            (
                "content.py:6: no route uses the time interval 'night'"
                "\n    name it in `mute_time_intervals` or `active_time_intervals`, or take it away"
            )
        ],
    ),
    Case(
        "route/muted",
        muted(ALL_DAY),
        [
            (
                "content.py:5: the route for severity=\"critical\" is always muted: the time interval 'night' "
                "never ends"
                "\n    say when it is to be muted"
            )
        ],
    ),
    Case(
        "route/muted",
        muted({"weekdays": ["sunday:saturday"], "months": ["1:12"], "location": "Europe/Berlin"}),
        [
            (
                "content.py:5: the route for severity=\"critical\" is always muted: the time interval 'night' "
                "never ends"
                "\n    say when it is to be muted"
            )
        ],
    ),
]

GOOD = [
    Case("inhibition/source", silenced(rule('alertname=~"Host.*"', WARNING))),
    Case(
        "inhibition/source",
        silenced(rule('severity="info"', WARNING), prometheus=Prometheus(extra={"rule_files": ["more.yml"]})),
    ),
    Case("inhibition/source", silenced(rule('severity="info"', WARNING), alerts=())),
    Case("inhibition/target", silenced(rule(CRITICAL, 'job="node"'))),
    Case("inhibition/equal-values", silenced(rule(CRITICAL, WARNING, equal=["job", "host"]))),
    Case(
        "inhibition/equal-values",
        silenced(
            rule(CRITICAL, WARNING, equal=["site"]), alerts=(*PLACED, called("Far", "warning", labels={"site": "a"}))
        ),
    ),
    Case("inhibition/label", silenced(rule(CRITICAL, WARNING, equal=["host", "alertname"]))),
    Case("inhibition/mutual", silenced(rule(CRITICAL, WARNING), rule('alertname="Slow"', 'severity="info"'))),
    Case(
        "inhibition/mutual",
        silenced(
            rule('alertname="HostDown"', 'alertname=~"HostDown|Slow"'),
            rule('alertname=~"HostDown|Slow"', 'alertname=~"HostDown|Slow"'),
        ),
    ),
    Case(
        "inhibition/mutual",
        silenced(
            rule('alertname="HostDown"', WARNING, equal=["site"]),
            rule('alertname="Slow"', CRITICAL, equal=["site"]),
            alerts=PLACED,
        ),
    ),
    Case("time-interval/used", muted(NIGHT, route="active_time_intervals")),
    Case("route/muted", muted(NIGHT, {**ALL_DAY, "weekdays": ["sunday"]}, {"months": ["1:11"]})),
    Case("route/muted", muted(ALL_DAY, route="active_time_intervals")),
]
