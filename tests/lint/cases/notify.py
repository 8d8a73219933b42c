"""Receivers and templates, rightly and wrongly declared."""

from dojoboards.model import (
    Email,
    InhibitRule,
    NotificationTemplate,
    PagerDuty,
    Project,
    Receiver,
    Route,
    Secret,
    Slack,
    TimeInterval,
    Webhook,
)
from support.lint import Case, alertmanager, at, notified, project

WEBHOOK = Secret("slack_api_url")
MAIL = {"smtp_smarthost": "mail.example.com:587", "smtp_from": "alerts@example.com"}


def told(**fields: object) -> Project:
    """A project whose default receiver is given, and which has all that receivers need."""
    receiver = Receiver(**{"name": "default", "source": at(2), **fields})  # type: ignore[arg-type]
    return project(alertmanager=alertmanager(slack_api_url=WEBHOOK, **MAIL), receivers=[receiver])


def template(name: str, text: str, line: int = 5) -> NotificationTemplate:
    return NotificationTemplate(name=name, text=text, source=at(line))


SHOP = '{{ define "shop.text" }}{{ len .Alerts }} alerts{{ end }}'
NO_TEMPLATE = "there is no template 'shop.txt'\n    did you mean 'shop.text'? known: shop.text"

BAD = [
    Case(
        "alertmanager/missing",
        project(
            receivers=[Receiver(name="a", source=at(3))],
            routes=[Route(receiver="a", source=at(4))],
            inhibitions=[InhibitRule(source_matchers=["a=1"], target_matchers=["a=2"], source=at(5))],
            time_intervals=[TimeInterval(name="n", intervals=[{"weekdays": ["sunday"]}], source=at(6))],
            templates=[template("shop", SHOP, 7)],
        ),
        [
            f"content.py:{line}: '{name}' is declared, but no 'alertmanager': nothing is written for Alertmanager\n"
            "    declare `alertmanager` in a module of alerts/"
            for line, name in enumerate(("receivers", "routes", "inhibitions", "time_intervals", "templates"), 3)
        ],
    ),
    Case(
        "alertmanager/receiver",
        notified(alertmanager=alertmanager(receiver="defualt"), routes=[Route(receiver="default")]),
        ["content.py:1: Alertmanager names the unknown receiver 'defualt'\n    did you mean 'default'? known: default"],
    ),
    Case(
        "alertmanager/receiver",
        project(alertmanager=alertmanager(receiver="slack")),
        ["content.py:1: Alertmanager names the unknown receiver 'slack'\n    none is declared"],
    ),
    Case(
        "alertmanager/timing",
        notified(
            alertmanager=alertmanager(group_wait="30 s", repeat_interval="0s", resolve_timeout="x", group_by=["a,b"])
        ),
        [
            (
                "content.py:1: `group_wait` of Alertmanager: '30 s' is not a duration such as 30s, 5m or 1h30m\n"
                "    give whole numbers with units, such as 30s, 5m or 4h"
            ),
            (
                "content.py:1: `repeat_interval` of Alertmanager: '0s' is no time at all\n"
                "    give whole numbers with units, such as 30s, 5m or 4h"
            ),
            (
                "content.py:1: `group_by` of Alertmanager has 'a,b', which is not the name of a label\n"
                "    give one label each"
            ),
            (
                "content.py:1: `resolve_timeout` of Alertmanager: 'x' is not a duration such as 30s, 5m or 1h30m\n"
                "    give whole numbers with units, such as 5m"
            ),
        ],
    ),
    Case(
        "alertmanager/mail",
        notified(alertmanager=alertmanager(smtp_smarthost="mail.example.com", smtp_auth_password=Secret("p"))),
        [
            (
                "content.py:1: `smtp_smarthost` of Alertmanager is 'mail.example.com'\n"
                "    give host:port, such as mail.example.com:587"
            ),
            "content.py:1: Alertmanager has `smtp_auth_password` without `smtp_auth_username`\n    give both",
        ],
    ),
    Case(
        "receiver/unique",
        notified(Receiver(name="default", source=at(7))),
        ["content.py:7: the receiver 'default' is declared twice\n    rename one; the first is at content.py:2"],
    ),
    Case(
        "receiver/reached",
        notified(Receiver(name="pager", source=at(7))),
        ["content.py:7: no route leads to the receiver 'pager'\n    name it in a route, or take it away"],
    ),
    Case(
        "receiver/slack",
        project(
            alertmanager=alertmanager(),
            receivers=[
                Receiver(
                    name="default", slack=[Slack(channel="#a", api_url=WEBHOOK), Slack(channel="#b")], source=at(2)
                )
            ],
        ),
        [
            (
                "content.py:2: the message to '#b' of the receiver 'default' has no webhook\n"
                "    give `slack_api_url` to Alertmanager, or `api_url` to Slack"
            )
        ],
    ),
    Case(
        "receiver/email",
        project(
            alertmanager=alertmanager(),
            receivers=[Receiver(name="default", email=[Email(to="ops@example.com")], source=at(2))],
        ),
        [
            (
                "content.py:2: the mail to 'ops@example.com' of the receiver 'default' has no server\n"
                "    give `smtp_smarthost` to Alertmanager"
            ),
            (
                "content.py:2: the mail to 'ops@example.com' of the receiver 'default' has no sender\n"
                "    give `smtp_from` to Alertmanager"
            ),
        ],
    ),
    Case(
        "receiver/email",
        told(email=[Email(to=" "), Email(to="a@example.com", subject="x", headers={"subject": "y", "X-A": "1"})]),
        [
            "content.py:2: a mail of the receiver 'default' has no recipient\n    give `to`",
            (
                "content.py:2: the mail to 'a@example.com' of the receiver 'default' has the header 'subject' twice\n"
                "    names of headers have to differ in more than their case"
            ),
        ],
    ),
    Case(
        "receiver/template",
        project(
            alertmanager=alertmanager(slack_api_url=WEBHOOK),
            receivers=[
                Receiver(
                    name="default",
                    slack=[Slack(channel="#a", text='{{ template "shop.txt" . }}')],
                    pagerduty=[PagerDuty(routing_key=Secret("key"), details={"n": "{{ len .Alerts }"})],
                    raw={"telegram_configs": [{"message": "{{ .Labels.a | toUper }}"}]},
                    source=at(2),
                )
            ],
            templates=[template("shop", SHOP)],
        ),
        [
            f"content.py:2: `slack[0].text` of the receiver 'default': {NO_TEMPLATE}",
            (
                "content.py:2: `pagerduty[0].details['n']` of the receiver 'default': {{ in line 1 is not closed\n"
                "    close it with }}, and every quote inside it"
            ),
            (
                "content.py:2: `raw['telegram_configs'][0]['message']` of the receiver 'default':"
                " the function 'toUper' does not exist\n    did you mean 'toUpper', or the label .Labels.toUper?"
            ),
        ],
    ),
    Case(
        "template/name",
        notified(
            templates=[
                template("shop/text", '{{ define "a" }}{{ end }}'),
                template("shop.tmpl", '{{ define "b" }}{{ end }}', 6),
                template("", '{{ define "c" }}{{ end }}', 7),
            ]
        ),
        [
            (
                "content.py:5: 'shop/text' is not the name of a file of templates\n"
                "    use letters, digits, hyphens and underscores"
            ),
            "content.py:6: the template 'shop.tmpl' gets .tmpl twice\n    give the name without its ending",
            "content.py:7: '' is not the name of a file of templates\n    use letters, digits, hyphens and underscores",
        ],
    ),
    Case(
        "template/unique",
        notified(
            templates=[
                template("shop", '{{ define "a" }}{{ end }}'),
                template("Shop", '{{ define "b" }}{{ end }}', 6),
                template("pool", '{{ define "a" }}{{ end }}', 7),
            ]
        ),
        [
            "content.py:6: the template 'Shop' is declared twice\n    rename one; the first is at content.py:5",
            (
                "content.py:7: 'a' is defined in the template 'pool' and before that in 'shop'\n"
                "    rename one; the first is at content.py:5"
            ),
        ],
    ),
    Case(
        "receiver/template",
        told(slack=[Slack(channel="#a", title="{{ .CommonLabel.job }}", text="{{ if }}x{{ end }}")]),
        [
            (
                "content.py:2: `slack[0].text` of the receiver 'default': {{ if }} in line 1 has no value\n"
                "    write {{ if VALUE }}"
            ),
            (
                "content.py:2: `slack[0].title` of the receiver 'default': .CommonLabel is not there: the data of a "
                "message has no 'CommonLabel'\n    did you mean 'CommonLabels'? known: Alerts, CommonAnnotations, "
                "CommonLabels, ExternalURL, GroupLabels, Receiver, Status"
            ),
        ],
    ),
    Case(
        "template/text",
        notified(
            Receiver(name="chat", slack=[Slack(channel="#a", text='{{ template "shop.text" . }}', api_url=WEBHOOK)]),
            templates=[template("shop", '{{ define "shop.text" }}{{ .Alerts.Fired }}{{ end }}')],
            routes=[Route(receiver="chat")],
        ),
        [
            (
                "content.py:5: the template 'shop': .Alerts.Fired is not there: the list of alerts has no 'Fired'\n"
                "    did you mean 'Firing'? known: Firing, Resolved"
            )
        ],
    ),
    Case(
        "template/text",
        notified(
            templates=[
                template("empty", "Alert!"),
                template("open", '{{ define "a" }}\n{{ if .Alerts }}x{{ end }}', 6),
                template("uses", '{{ define "shop.text" }}{{ template "shop.txt" . }}{{ end }}', 7),
            ]
        ),
        [
            (
                "content.py:5: the template 'empty' defines nothing\n"
                '    write {{ define "name" }}...{{ end }}, and {{ template "name" . }} where it is used'
            ),
            "content.py:6: the template 'open': {{ define }} in line 1 has no {{ end }}\n    end it with {{ end }}",
            (
                "content.py:7: the template 'uses': there is no template 'shop.txt'\n"
                "    did you mean 'shop.text'? known: a, shop.text"
            ),
        ],
    ),
]

GOOD = [
    Case("alertmanager/missing", notified()),
    Case("alertmanager/missing", project()),
    Case("alertmanager/receiver", notified()),
    Case("alertmanager/timing", notified(alertmanager=alertmanager(group_by=["..."], group_wait="0s"))),
    Case("alertmanager/timing", notified(alertmanager=alertmanager(group_by=[], repeat_interval="1w"))),
    Case("alertmanager/mail", notified(alertmanager=alertmanager(**MAIL))),
    Case("alertmanager/mail", notified(alertmanager=alertmanager(smtp_smarthost="[::1]:25"))),
    Case("receiver/unique", notified()),
    Case(
        "receiver/reached", notified(Receiver(name="a"), routes=[Route(matchers=["b=c"], routes=[Route(receiver="a")])])
    ),
    Case("receiver/slack", told(slack=[Slack(channel="#alerts", text="{{ .Status }}")])),
    Case(
        "receiver/slack",
        project(
            alertmanager=alertmanager(extra={"slack_api_url": "http://127.0.0.1:9/slack"}),
            receivers=[Receiver(name="default", slack=[Slack(channel="#alerts")])],
        ),
    ),
    Case(
        "receiver/slack",
        project(
            alertmanager=alertmanager(),
            receivers=[Receiver(name="default", slack=[Slack(channel="#a", extra={"api_url_file": "/etc/url"})])],
        ),
    ),
    Case("receiver/email", told(email=[Email(to="ops@example.com", subject="x", headers={"Reply-To": "y"})])),
    Case(
        "receiver/email",
        project(
            alertmanager=alertmanager(extra={"smtp_from": "alerts@example.com"}),
            receivers=[Receiver(name="default", email=[Email(to="a@example.com", extra={"smarthost": "m:25"})])],
        ),
    ),
    Case(
        "receiver/template",
        told(
            slack=[Slack(channel="#a", text='{{ template "slack.default.text" . }}{{ template "__subject" . }}')],
            email=[Email(to="a@example.com", html='{{ define "x" }}{{ end }}{{ template `x` . }}{{/* {{ */}}')],
            webhook=[Webhook(url="https://hooks.example.com")],
        ),
    ),
    Case("template/name", notified(templates=[template("shop-2_a", SHOP)])),
    Case(
        "template/unique",
        notified(templates=[template("a", SHOP), template("b", '{{ define "__subject" }}{{ end }}')]),
    ),
    Case(
        "template/text",
        notified(
            templates=[template("a", SHOP), template("b", '{{ define "b" }}{{ template "shop.text" . }}{{ end }}')]
        ),
    ),
]
