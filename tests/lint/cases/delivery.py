"""Where alerts are sent, by routes that reach them and by routes that do not."""

from typing import Any

from dojoboards.model import (
    Alert,
    Email,
    Environment,
    PagerDuty,
    Project,
    Prometheus,
    Receiver,
    Relabel,
    Route,
    Secret,
    Slack,
    StaticTargets,
    Webhook,
)
from support.lint import Case, alert, alertmanager, at, group, project

CRITICAL, WARNING = 'severity="critical"', 'severity="warning"'
SLACK = Receiver(name="default", slack=[Slack(channel="#alerts")], source=at(7))
MAIL = Receiver(name="mail", email=[Email(to="ops@example.com")], source=at(8))
NOBODY = Receiver(name="null", source=at(9))
SERVER = Prometheus(alertmanagers=[StaticTargets(targets=["alertmanager:9093"])], source=at(1))


def sent(*routes: Route, alerts: tuple[Alert, ...] = (alert(),), **fields: Any) -> Project:
    """A project that sends alerts by routes, to Slack where none catches them."""
    given = {"alertmanager": alertmanager(), "receivers": [SLACK, MAIL, NOBODY], "groups": [group(*alerts)]}
    return project(**{**given, "routes": routes, **fields})


def route(*matchers: str, line: int = 4, **fields: Any) -> Route:
    return Route(**{"matchers": matchers, "source": at(line), **fields})


def called(name: str, severity: str = "critical", **fields: Any) -> Alert:
    return alert(name=name, severity=severity, **fields)


TO_MAIL = route(CRITICAL, receiver="mail")
WEB = called("Slow", labels={"service": "web"})
AGGREGATE = called("Gone", expr="sum(up) == 0")
DROP = Relabel(source_labels=["severity"], regex="warn.*", action="drop")

BAD = [
    Case(
        "alert/alertmanager",
        sent(prometheus=Prometheus(source=at(1))),
        [("content.py:1: Prometheus knows no Alertmanager: no alert reaches anybody\n    give `alertmanagers`")],
    ),
    Case(
        "alert/relabelled",
        sent(prometheus=Prometheus(alert_relabel=[DROP]), alerts=(alert(), called("Slow", "warning"))),
        [
            (
                "content.py:2: the alert 'Slow' (warning) is dropped by Prometheus' relabelling of alerts: it "
                "reaches nobody"
                "\n    change `alert_relabel`, or take the alert away"
            )
        ],
    ),
    Case(
        "alert/relabelled",
        sent(
            prometheus=Prometheus(
                external_labels={"environment": "test"},
                extra={
                    "alerting": {
                        "alert_relabel_configs": [{"source_labels": ["environment"], "regex": "prod", "action": "keep"}]
                    }
                },
            ),
            alerts=(AGGREGATE,),
        ),
        [
            (
                "content.py:2: the alert 'Gone' (critical) is dropped by Prometheus' relabelling of alerts: it "
                "reaches nobody"
                "\n    change `alert_relabel`, or take the alert away"
            )
        ],
    ),
    Case(
        "alert/default-route",
        sent(TO_MAIL, alerts=(alert(), called("Slow", "warning"), called("Odd", "info"))),
        [
            (
                "content.py:2: no route catches the alert 'Slow' (warning): it goes to the default receiver "
                "'default'"
                "\n    add a route for it, or correct its labels"
            ),
            (
                "content.py:2: no route catches the alert 'Odd' (info): it goes to the default receiver 'default'"
                "\n    add a route for it, or correct its labels"
            ),
        ],
    ),
    Case(
        "alert/default-route",
        sent(route('severity!~"critical|warn.*"', receiver="mail")),
        [
            (
                "content.py:2: no route catches the alert 'Down' (critical): it goes to the default receiver "
                "'default'"
                "\n    add a route for it, or correct its labels"
            )
        ],
    ),
    Case(
        "alert/nobody",
        sent(route('team="web"', receiver="null"), alerts=(called("Slow", team="web"), alert())),
        [
            (
                "content.py:2: the alert 'Slow' (critical) reaches nobody: it goes to 'null', which tells no one"
                "\n    route it to a receiver with an integration"
            )
        ],
    ),
    Case(
        "alert/nobody",
        sent(alertmanager=alertmanager(receiver="null")),
        [
            (
                "content.py:2: the alert 'Down' (critical) reaches nobody: it goes to 'null', which tells no one"
                "\n    route it to a receiver with an integration"
            )
        ],
    ),
    Case(
        "alert/mail-only",
        sent(TO_MAIL, alerts=(alert(), called("Slow", "warning"))),
        [
            (
                "content.py:8: alerts of the severity 'critical' are told by mail alone, to 'mail': 'Down'"
                "\n    add a receiver that calls somebody"
            )
        ],
    ),
    Case(
        "receiver/alerts",
        sent(TO_MAIL, alerts=(called("Slow", "warning"),)),
        [
            (
                "content.py:8: no alert reaches the receiver 'mail'"
                "\n    correct the matchers of its routes, or take it away"
            )
        ],
    ),
    Case(
        "receiver/alerts",
        sent(route(CRITICAL, receiver="mail", routes=[route(receiver="default")])),
        [
            (
                "content.py:8: no alert reaches the receiver 'mail': those for it go on to routes below"
                "\n    look at the routes below those that name it"
            )
        ],
    ),
    Case(
        "route/alerts",
        sent(
            route('team="ops"'),
            route("region=~eu.*", line=5),
            route('host="a"', 'severity="info"', line=6),
            alerts=(called("Slow", team="web"), called("Gone", team="db", labels={"host": "a"})),
        ),
        [
            (
                'content.py:4: no alert comes to the route for team="ops": none has such labels'
                "\n    alerts have team 'db', 'web'"
            ),
            (
                'content.py:6: no alert comes to the route for host="a", severity="info": none has such labels'
                "\n    alerts have severity 'critical'"
            ),
        ],
    ),
    Case(
        "route/alerts",
        sent(
            route(CRITICAL, receiver="mail"),
            route('alertname="Down"', line=5),
            route(WARNING, line=6),
            alerts=(alert(), called("Slow", "warning")),
        ),
        [
            (
                "content.py:5: no alert comes to the route for alertname=\"Down\": the route to 'mail' for "
                'severity="critical" at content.py:4 catches all of them before'
                "\n    put it first, or give the other one `continue_=True`"
            )
        ],
    ),
    Case(
        "route/alerts",
        sent(
            route(CRITICAL, receiver="mail", routes=[route(WARNING, line=5)]),
            alerts=(alert(), called("Slow", "warning")),
        ),
        [
            (
                'content.py:5: no alert comes to the route for severity="warning": none has such labels'
                "\n    alerts have severity 'critical'"
            )
        ],
    ),
    Case(
        "route/alerts",
        sent(route('alertname="Down"', priority=5), route('alertname=~"Do.*"', line=5, receiver="mail")),
        [
            (
                "content.py:4: no alert comes to the route for alertname=\"Down\": the route to 'mail' for "
                'alertname=~"Do.*" at content.py:5 catches all of them before'
                "\n    put it first, or give the other one `continue_=True`"
            )
        ],
    ),
    Case(
        "route/timing-order",
        sent(route(CRITICAL, group_wait="10m")),
        [
            (
                'content.py:4: `group_wait` of the route for severity="critical" is 10m, longer than its '
                "`group_interval` of 5m"
                "\n    the first message is the urgent one: let it wait less"
            )
        ],
    ),
    Case(
        "route/timing-order",
        sent(alertmanager=alertmanager(group_wait="10m", group_interval="1m")),
        [
            (
                "content.py:1: `group_wait` of Alertmanager is 10m, longer than its `group_interval` of 1m"
                "\n    the first message is the urgent one: let it wait less"
            )
        ],
    ),
    Case(
        "route/repeat",
        sent(
            route(
                CRITICAL,
                repeat_interval="1m",
                routes=[route(WARNING, line=5, group_interval="2h", repeat_interval="1h")],
            )
        ),
        [
            (
                'content.py:4: `repeat_interval` of the route for severity="critical" is 1m, but it tells no '
                "more often than its `group_interval` of 5m"
                "\n    give a shorter `group_interval`, or a longer `repeat_interval`"
            ),
            (
                'content.py:5: `repeat_interval` of the route for severity="warning" is 1h, but it tells no more '
                "often than its `group_interval` of 2h"
                "\n    give a shorter `group_interval`, or a longer `repeat_interval`"
            ),
        ],
    ),
    Case(
        "route/retention",
        sent(route(CRITICAL, repeat_interval="30d")),
        [
            (
                'content.py:4: `repeat_interval` of the route for severity="critical" is 30d: Alertmanager '
                "forgets after 120h"
                "\n    give at most 5d, or start Alertmanager with a longer --data.retention"
            )
        ],
    ),
    Case(
        "route/ungrouped",
        sent(route(CRITICAL, receiver="mail", group_by=["..."])),
        [
            (
                "content.py:4: the route to 'mail' for severity=\"critical\" groups by all labels: 'mail' gets a "
                "message for each single alert"
                "\n    group by what one outage has in common"
            )
        ],
    ),
    Case(
        "route/ungrouped",
        sent(alertmanager=alertmanager(group_by=["..."])),
        [
            (
                "content.py:1: Alertmanager groups by all labels: 'default' gets a message for each single alert"
                "\n    group by what one outage has in common"
            )
        ],
    ),
    Case(
        "route/idle",
        sent(route(CRITICAL), route(WARNING, line=5, routes=[route(line=6)])),
        [("content.py:6: the route without matchers changes nothing\n    give it a `receiver`, or take it away")],
    ),
    Case(
        "receiver/resolved",
        project(
            receivers=[
                Receiver(
                    name="a",
                    slack=[Slack(channel="#a", send_resolved=False), Slack(channel="#b")],
                    pagerduty=[PagerDuty(routing_key=Secret("key"), send_resolved=False)],
                    raw={"slack_configs": [{"channel": "#c"}], "opsgenie_configs": [{"send_resolved": False}]},
                    source=at(3),
                )
            ]
        ),
        [
            (
                "content.py:3: Slack '#a' of the receiver 'a' is not told when an alert has ended"
                "\n    take `send_resolved=False` away"
            ),
            (
                "content.py:3: PagerDuty of the receiver 'a' is not told when an alert has ended"
                "\n    take `send_resolved=False` away"
            ),
            (
                "content.py:3: slack_configs of the receiver 'a' is not told when an alert has ended"
                "\n    give `send_resolved: true`"
            ),
            (
                "content.py:3: opsgenie_configs of the receiver 'a' is not told when an alert has ended"
                "\n    give `send_resolved: true`"
            ),
        ],
    ),
    Case(
        "alert/severities",
        project(environment=Environment(name="test", severities=("critical", "ticket")), groups=[group(alert())]),
        [
            (
                "no alert has the severity 'ticket'"
                "\n    take it out of `severities` in dojoboards.yaml, or give it to an alert"
            )
        ],
    ),
]

GOOD = [
    Case("alert/alertmanager", sent(prometheus=SERVER)),
    Case("alert/alertmanager", project(prometheus=Prometheus())),
    Case("alert/alertmanager", sent(prometheus=Prometheus(extra={"alerting": {"alertmanagers": []}}))),
    Case("alert/relabelled", sent(prometheus=Prometheus(alert_relabel=[DROP]), alerts=(alert(),))),
    Case("alert/default-route", sent(TO_MAIL)),
    Case("alert/default-route", sent(route('host="a"', receiver="mail"))),
    Case("alert/default-route", sent(alerts=(called("Odd", "info"),))),
    Case("alert/nobody", sent(route('alertname="Down"', receiver="null"))),
    Case("alert/nobody", sent(route(CRITICAL, receiver="null", continue_=True), TO_MAIL)),
    Case("alert/nobody", sent(route('host="a"', receiver="null"))),
    Case(
        "alert/mail-only", sent(route(CRITICAL, receiver="mail", continue_=True), route(CRITICAL, receiver="default"))
    ),
    Case("alert/mail-only", sent(route(WARNING, receiver="mail"), alerts=(called("Slow", "warning"),))),
    Case("receiver/alerts", sent(TO_MAIL)),
    Case("receiver/alerts", sent(route('host="a"', receiver="mail"))),
    Case("receiver/alerts", sent(route(WARNING, receiver="mail"), groups=[])),
    Case(
        "receiver/alerts",
        sent(route(WARNING, receiver="mail"), prometheus=Prometheus(extra={"rule_files": ["more/*.yml"]})),
    ),
    Case("route/alerts", sent(route('service="web"'), route(CRITICAL, receiver="mail"), alerts=(WEB, alert()))),
    Case("route/alerts", sent(route(CRITICAL, continue_=True), route('alertname="Down"', line=5))),
    Case(
        "route/alerts",
        sent(route('environment="test"'), prometheus=Prometheus(external_labels={"environment": "test"})),
    ),
    Case("route/alerts", sent(route('instance!=""'), route('instance=""', line=5), alerts=(alert(), AGGREGATE))),
    Case("route/timing-order", sent(route(CRITICAL, group_wait="1m"))),
    Case("route/repeat", sent(route(CRITICAL, group_interval="1d", repeat_interval="23h"))),
    Case("route/retention", sent(route(CRITICAL, repeat_interval="5d"))),
    Case(
        "route/ungrouped",
        sent(
            route(CRITICAL, receiver="hook", group_by=["..."]),
            receivers=[SLACK, Receiver(name="hook", webhook=[Webhook(url="https://hooks.example.com")])],
        ),
    ),
    Case("route/idle", sent(route(CRITICAL), route(WARNING, receiver="mail"))),
    Case("route/idle", sent(route(CRITICAL, receiver="mail", continue_=True), route(CRITICAL))),
    Case(
        "receiver/resolved",
        project(
            receivers=[
                Receiver(
                    name="a",
                    slack=[Slack(channel="#a")],
                    email=[Email(to="ops@example.com")],
                    raw={"slack_configs": [{"send_resolved": True}], "opsgenie_configs": [{}]},
                )
            ]
        ),
    ),
    Case("alert/severities", project(groups=[group(alert())])),
    Case(
        "alert/severities",
        project(environment=Environment(name="test", severities=("critical",)), groups=[group(alert())]),
    ),
]
