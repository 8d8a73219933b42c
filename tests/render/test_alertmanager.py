from pathlib import Path
from typing import Any

import pytest
import yaml

from dojoboards.artifact import TEMPLATE_HEADER
from dojoboards.errors import Source
from dojoboards.model import (
    Alertmanager,
    Email,
    Environment,
    InhibitRule,
    NotificationTemplate,
    PagerDuty,
    Project,
    Receiver,
    Route,
    Secret,
    SecretRef,
    Slack,
    TimeInterval,
    Webhook,
)
from dojoboards.render import alertmanager, secrets
from support.golden import golden
from support.rendered import accepted, document, problems, rendered, write

PATH = "alertmanager/alertmanager.yml"
TEMPLATE = "alertmanager/templates/shop.tmpl"
ENVIRONMENT = Environment(
    name="prod",
    secrets={
        name: SecretRef(env=f"SHOP_{name.upper()}")
        for name in ("slack", "other_slack", "smtp", "hook", "pager", "genie")
    },
)
NOBODY = Receiver(name="nobody")


def project(*receivers: Receiver, server: Alertmanager | None = None, **fields: Any) -> Project:
    server = server or Alertmanager(receiver="nobody", source=Source("alerts/routing.py", 1))
    return Project(name="shop", environment=ENVIRONMENT, alertmanager=server, receivers=[NOBODY, *receivers], **fields)


def receiver_document(**fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = document(alertmanager.render, project(Receiver(name="r", **fields)), PATH)["receivers"][1]
    return found


def configuration(declared: Project) -> dict[str, Any]:
    found: dict[str, Any] = document(alertmanager.render, declared, PATH)
    return found


def everything() -> Project:
    text = '{{ template "shop.text" . }}'
    chat = Slack(channel="#alerts", text=text)
    custom = Slack(
        channel="#web",
        api_url=Secret("other_slack"),
        text=text,
        title="{{ .CommonLabels.alertname }}",
        fallback="An alert",
        send_resolved=False,
        extra={"color": "danger", "actions": [{"type": "button", "text": "Runbook", "url": "https://a.example"}]},
    )
    mail = Email(
        to="operations@example.com",
        subject="[{{ .Status }}] {{ .CommonLabels.alertname }}",
        text=text,
        send_resolved=True,
        headers={"Reply-To": "nobody@example.com"},
        extra={"hello": "alertmanager.example.com"},
    )
    hook = Webhook(
        url=Secret("hook"), send_resolved=False, max_alerts=10, extra={"http_config": {"enable_http2": False}}
    )
    pager = PagerDuty(
        routing_key=Secret("pager"),
        severity="{{ .CommonLabels.severity }}",
        description="{{ .CommonAnnotations.summary }}",
        details={"runbook": "{{ .CommonAnnotations.runbook_url }}"},
    )
    raw = {"opsgenie_configs": [{"api_key_file": Secret("genie"), "message": "{{ .CommonLabels.alertname }}"}]}
    return project(
        Receiver(name="chat", slack=[chat, custom]),
        Receiver(name="operations", email=[mail], pagerduty=[pager]),
        Receiver(name="hooks", webhook=[hook, Webhook(url="https://hook.example.com/alerts")], raw=raw),
        server=Alertmanager(
            receiver="chat",
            group_by=["environment", "service"],
            group_wait="10s",
            group_interval="1m",
            repeat_interval="12h",
            resolve_timeout="10m",
            slack_api_url=Secret("slack"),
            smtp_smarthost="mail.example.com:587",
            smtp_from="alerts@example.com",
            smtp_auth_username="alerts",
            smtp_auth_password=Secret("smtp"),
            extra={"smtp_hello": "example.com"},
        ),
        routes=[
            Route(receiver="hooks", matchers=['team="web"'], priority=10),
            Route(
                receiver="operations",
                matchers=['severity="critical"', 'environment=~"prod|staging"'],
                group_by=["..."],
                group_wait="0s",
                group_interval="5m",
                repeat_interval="4h",
                continue_=True,
                mute_time_intervals=["maintenance"],
                active_time_intervals=["office"],
                routes=[Route(matchers=['service!=""'], routes=[Route(receiver="nobody", matchers=["host=db-1"])])],
            ),
        ],
        inhibitions=[
            InhibitRule(
                source_matchers=['severity="critical"'],
                target_matchers=['severity="warning"'],
                equal=["alertname", "instance"],
            )
        ],
        time_intervals=[
            TimeInterval(
                name="office",
                intervals=[
                    {
                        "times": [{"start_time": "09:00", "end_time": "17:00"}],
                        "weekdays": ["monday:friday"],
                        "months": ["january:november", "12"],
                        "days_of_month": ["1:15", "-1"],
                        "years": ["2030:2040"],
                        "location": "Europe/Berlin",
                    }
                ],
            ),
            TimeInterval(name="maintenance", intervals=[{"weekdays": ["sunday"]}]),
        ],
        templates=[NotificationTemplate(name="shop", text='{{ define "shop.text" }}\n{{ .Status }}: é\n{{ end }}\n')],
    )


def test_the_configuration_and_its_templates_are_files_that_a_reviewer_can_read() -> None:
    files = rendered(alertmanager.render, everything())

    assert sorted(files) == [PATH, TEMPLATE]
    assert files[PATH] == golden("alertmanager/alertmanager.yml", files[PATH])
    assert files[TEMPLATE] == golden("alertmanager/shop.tmpl", files[TEMPLATE])
    assert files[TEMPLATE].startswith(TEMPLATE_HEADER)


def test_nothing_is_written_without_an_alertmanager() -> None:
    declared = Project(name="shop", environment=ENVIRONMENT, receivers=[NOBODY])

    assert rendered(alertmanager.render, declared) == {}


def test_an_alertmanager_with_one_receiver_is_enough() -> None:
    assert configuration(project()) == {
        "global": {"resolve_timeout": "5m"},
        "route": {
            "receiver": "nobody",
            "group_by": ["alertname"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "4h",
        },
        "receivers": [{"name": "nobody"}],
    }


def test_top_level_routes_are_tried_by_priority_and_then_as_declared() -> None:
    routes = [
        Route(matchers=["a=1"]),
        Route(matchers=["b=1"], priority=-1),
        Route(matchers=["c=1"]),
        Route(matchers=["d=1"], priority=5, routes=[Route(matchers=["e=1"], priority=9), Route(matchers=["f=1"])]),
    ]

    found = configuration(project(routes=routes))["route"]["routes"]

    assert [route["matchers"] for route in found] == [["b=1"], ["a=1"], ["c=1"], ["d=1"]]
    assert [route["matchers"] for route in found[-1]["routes"]] == [["e=1"], ["f=1"]]


def test_a_route_says_only_what_differs_from_its_parent() -> None:
    found = configuration(project(routes=[Route(matchers=['a="b"'])]))

    assert found["route"]["routes"] == [{"matchers": ['a="b"']}]


def test_an_empty_list_of_labels_is_one_group_of_all_alerts() -> None:
    server = Alertmanager(receiver="nobody", group_by=())

    assert "group_by" not in configuration(project(server=server))["route"]


def test_slack_without_a_title_or_a_text_has_none_of_alertmanagers_own() -> None:
    assert receiver_document(slack=[Slack(channel="#a", text="x")]) == {
        "name": "r",
        "slack_configs": [
            {"channel": "#a", "send_resolved": True, "title": "", "title_link": "", "fallback": "x", "text": "x"}
        ],
    }
    assert receiver_document(slack=[Slack(channel="#a", title="x")])["slack_configs"] == [
        {"channel": "#a", "send_resolved": True, "title": "x", "fallback": "", "text": ""}
    ]


def test_slack_with_neither_says_what_alertmanager_says() -> None:
    assert receiver_document(slack=[Slack(channel="#a")])["slack_configs"] == [{"channel": "#a", "send_resolved": True}]


def test_mail_has_the_part_that_was_given_or_alertmanagers_own() -> None:
    assert receiver_document(email=[Email(to="a@example.com", text="x")])["email_configs"] == [
        {"to": "a@example.com", "send_resolved": False, "html": "", "text": "x"}
    ]
    assert receiver_document(email=[Email(to="a@example.com", html="<p>x</p>")])["email_configs"] == [
        {"to": "a@example.com", "send_resolved": False, "html": "<p>x</p>", "text": ""}
    ]
    assert receiver_document(email=[Email(to="a@example.com")])["email_configs"] == [
        {"to": "a@example.com", "send_resolved": False}
    ]


def test_a_webhook_is_an_address_or_the_file_of_a_secret_one() -> None:
    found = receiver_document(webhook=[Webhook(url="https://a.example"), Webhook(url=Secret("hook"))])

    assert found["webhook_configs"] == [
        {"url": "https://a.example", "send_resolved": True},
        {"url_file": "secrets/hook", "send_resolved": True},
    ]


def test_raw_configurations_follow_those_of_the_same_kind() -> None:
    found = receiver_document(
        webhook=[Webhook(url="https://a.example")],
        raw={
            "webhook_configs": [{"url": "https://b.example"}],
            "discord_configs": [{"webhook_url_file": Secret("hook")}],
        },
    )

    assert [entry["url"] for entry in found["webhook_configs"]] == ["https://a.example", "https://b.example"]
    assert found["discord_configs"] == [{"webhook_url_file": "secrets/hook"}]


def test_further_keys_replace_what_was_rendered() -> None:
    slack = Slack(channel="#a", text="x", extra={"fallback": "y", "short_fields": True})

    (found,) = receiver_document(slack=[slack])["slack_configs"]

    assert (found["fallback"], found["short_fields"]) == ("y", True)


def test_mail_settings_are_written_where_there_is_a_mail_server() -> None:
    server = Alertmanager(
        receiver="nobody", smtp_smarthost="mail:25", smtp_from="a@example.com", smtp_require_tls=False
    )

    assert configuration(project(server=server))["global"] == {
        "resolve_timeout": "5m",
        "smtp_smarthost": "mail:25",
        "smtp_from": "a@example.com",
        "smtp_require_tls": False,
    }


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (
            project(Receiver(name="r", slack=[Slack(channel="#a", extra={"chanel": 1})], source=Source("a.py", 7))),
            f"a.py:7: {PATH}: receivers.1.slack_configs.0: unknown key 'chanel', did you mean 'channel'?",
        ),
        (
            project(Receiver(name="r", raw={"slak_configs": []}, source=Source("a.py", 7))),
            f"a.py:7: {PATH}: receivers.1: unknown key 'slak_configs', did you mean 'slack_configs'?",
        ),
        (
            project(Receiver(name="r", webhook=[Webhook(url="a.example")], source=Source("a.py", 7))),
            (
                f'a.py:7: {PATH}: receivers.1.webhook_configs.0.url: "a.example" is not an address with http:// or '
                "https://, or a template"
            ),
        ),
        (
            project(time_intervals=[TimeInterval(name="t", intervals=[{"years": [2030]}], source=Source("a.py", 8))]),
            f"a.py:8: {PATH}: time_intervals.0.time_intervals.0.years.0: 2030 is not text",
        ),
        (
            project(
                routes=[
                    Route(matchers=["a=1"], priority=2, source=Source("a.py", 1)),
                    Route(matchers=[{"a": 1}], priority=1, source=Source("a.py", 9)),  # type: ignore[list-item]
                ]
            ),
            f'a.py:9: {PATH}: route.routes.0.matchers.0: {{"a":1}} is not text',
        ),
        (
            project(server=Alertmanager(receiver="nobody", extra={"smtp_smarthst": "x"}, source=Source("a.py", 3))),
            f"a.py:3: {PATH}: global: unknown key 'smtp_smarthst', did you mean 'smtp_smarthost'?",
        ),
    ],
)
def test_what_alertmanager_refuses_is_told_where_it_was_declared(declared: Project, expected: str) -> None:
    assert [line.partition("\n")[0] for line in problems(alertmanager.render, declared)] == [expected]


def test_a_template_that_no_file_can_hold_is_told() -> None:
    template = NotificationTemplate(name="shop", text="\ud800", source=Source("a.py", 5))

    (found,) = problems(alertmanager.render, project(templates=[template]))

    assert found.startswith(f"a.py:5: {TEMPLATE} cannot be written: ")


def test_amtool_accepts_every_field(programs: None, tmp_path: Path) -> None:
    write(tmp_path, everything(), alertmanager.render, secrets.render)

    said = accepted("amtool", "check-config", PATH, cwd=tmp_path)

    assert "SUCCESS" in said
    assert "4 receivers" in said
    assert "1 templates" in said


def routed(tmp_path: Path, *labels: str) -> str:
    return accepted("amtool", "config", "routes", "test", f"--config.file={PATH}", *labels, cwd=tmp_path).split("\n")[0]


def test_alertmanager_routes_as_declared(programs: None, tmp_path: Path) -> None:
    write(tmp_path, everything(), alertmanager.render, secrets.render)

    assert routed(tmp_path, "severity=critical", "environment=prod", "team=web") == "operations,hooks"
    assert routed(tmp_path, "severity=critical", "environment=prod", "service=a", "host=db-1") == "nobody"
    assert routed(tmp_path, "severity=critical", "environment=local") == "chat"
    assert routed(tmp_path, "severity=info") == "chat"


def test_the_header_of_a_template_file_adds_nothing_to_a_message(programs: None, tmp_path: Path) -> None:
    write(tmp_path, everything(), alertmanager.render, secrets.render)
    glob = f"--template.glob={TEMPLATE}"

    said = accepted(
        "amtool", "template", "render", glob, '--template.text=<{{ template "shop.text" . }}>', cwd=tmp_path
    )
    whole = accepted(
        "amtool", "template", "render", glob, '--template.text=<{{ template "shop.tmpl" . }}>', cwd=tmp_path
    )

    assert said == "<\nalertstatus: é\n>"
    assert whole == "<\n>"


def test_alertmanager_reads_the_texts_that_were_meant(programs: None, tmp_path: Path) -> None:
    strange = ["~", "null", "yes", "0o17", "1e3", "12:30:00", "<<", "- a", "a: b #c", " a ", "a\nb\n", "\ta", "a\r\nb"]
    write(tmp_path, project(*(Receiver(name=name) for name in strange)), alertmanager.render)

    said = accepted("amtool", "check-config", PATH, cwd=tmp_path)
    names = [entry["name"] for entry in yaml.safe_load((tmp_path / PATH).read_text())["receivers"]]

    assert f"{len(strange) + 1} receivers" in said
    assert names == ["nobody", *strange]
