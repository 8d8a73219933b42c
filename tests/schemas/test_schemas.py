from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dojoboards import schemas
from dojoboards.artifact import KINDS, yaml_bytes
from support.rendered import judged

NAMES = sorted(
    file.name.removesuffix(".schema.json")
    for file in resources.files(schemas).iterdir()
    if file.name.endswith(".schema.json")
)


def rules(*given: dict[str, Any], **group: Any) -> dict[str, Any]:
    return {"groups": [{"name": "a", "rules": list(given), **group}]}


def job(**keys: Any) -> dict[str, Any]:
    return {"scrape_configs": [{"job_name": "a", **keys}]}


def receiver(**keys: Any) -> dict[str, Any]:
    return {"route": {"receiver": "a"}, "receivers": [{"name": "a", **keys}]}


ALERT = {"alert": "A", "expr": "up == 0"}

LEGAL: list[tuple[str, dict[str, Any]]] = [
    ("rules", rules()),
    ("rules", rules(ALERT, {"record": "a:b", "expr": "up"}, interval="1h30m", limit=5)),
    ("rules", rules({**ALERT, "for": "0s", "keep_firing_for": "1d", "labels": {"a": ""}, "annotations": {"b": "c"}})),
    ("prometheus", {}),
    ("prometheus", {"global": {"scrape_interval": "1m30s", "body_size_limit": "10MB", "external_labels": {"a": "b"}}}),
    ("prometheus", {"rule_files": ["rules/*.rules", "more/a.yml"], "scrape_config_files": ["scrape/*.yml"]}),
    ("prometheus", {"remote_read": [{"url": "http://a.example/read", "read_recent": True}]}),
    (
        "prometheus",
        {
            "remote_write": [
                {"url": "http://a.example/write", "queue_config": {"max_shards": 5, "batch_send_deadline": "5s"}}
            ],
            "storage": {"tsdb": {"out_of_order_time_window": "30m"}, "exemplars": {"max_exemplars": 10}},
        },
    ),
    ("prometheus", job(dns_sd_configs=[{"names": ["a.example"], "type": "a", "port": 80}])),
    ("prometheus", job(file_sd_configs=[{"files": ["a/*.JSON", "b.yaml"]}])),
    ("prometheus", job(http_sd_configs=[{"url": "http://a.example", "basic_auth": {"username": "a"}}])),
    ("prometheus", job(tls_config={"insecure_skip_verify": True, "min_version": "TLS12"}, follow_redirects=False)),
    ("prometheus", job(relabel_configs=[{"source_labels": ["a"], "regex": "", "action": "drop"}], label_limit=1)),
    ("alertmanager", receiver()),
    ("alertmanager", receiver(webhook_configs=[{"url": "http://a.example", "http_config": {"enable_http2": False}}])),
    ("alertmanager", receiver(pagerduty_configs=[{"routing_key": "a", "details": {"a": "b"}, "links": []}])),
    ("alertmanager", receiver(pushover_configs=[{"user_key": "a", "token": "b", "retry": "1m", "expire": "1.5h"}])),
    ("alertmanager", receiver(telegram_configs=[{"bot_token": "a", "chat_id": -100, "parse_mode": "HTML"}])),
    ("alertmanager", receiver(discord_configs=[{"webhook_url": "http://a.example", "title": "b"}])),
    ("alertmanager", receiver(msteamsv2_configs=[{"webhook_url": "http://a.example", "text": "b"}])),
    ("alertmanager", receiver(opsgenie_configs=[{"api_key": "a", "responders": [{"name": "b", "type": "team"}]}])),
    ("alertmanager", receiver(sns_configs=[{"topic_arn": "arn:aws:sns:us-east-2:1:a", "sigv4": {"region": "a"}}])),
    (
        "alertmanager",
        receiver(email_configs=[{"to": "a@b.c", "from": "d@b.c", "smarthost": "e:25", "require_tls": False}]),
    ),
    (
        "alertmanager",
        {
            "route": {"receiver": "a", "group_by": ["..."], "routes": [{"matchers": ['a="b"'], "continue": True}]},
            "receivers": [{"name": "a"}],
            "inhibit_rules": [{"source_matchers": ["a=b"], "target_matchers": ["c=d"], "equal": ["e"]}],
            "time_intervals": [{"name": "t", "time_intervals": [{"weekdays": ["MONDAY:friday"], "months": ["1:3"]}]}],
        },
    ),
]  # fmt: skip

ILLEGAL: list[tuple[str, dict[str, Any], str]] = [
    ("rules", rules({"alert": "A"}), "groups.0.rules.0: the key 'expr' is missing"),
    ("rules", rules({**ALERT, "fro": "1m"}), "groups.0.rules.0: unknown key 'fro', did you mean 'for'?"),
    ("rules", rules({"record": "a", "expr": "b", "for": "1m"}), "groups.0.rules.0: unknown key 'for'"),
    ("rules", rules(name=""), 'groups.0.name: "" is shorter than 1 character'),
    ("rules", {"groups": [], "group": []}, "the document: unknown key 'group', did you mean 'groups'?"),
    ("prometheus", {"scrape_config": []}, "the document: unknown key 'scrape_config', did you mean 'scrape_configs'?"),
    (
        "prometheus",
        job(metrics_pth="/a"),
        "scrape_configs.0: unknown key 'metrics_pth', did you mean 'metrics_path'?",
    ),
    ("prometheus", {"scrape_configs": [{}]}, "scrape_configs.0: the key 'job_name' is missing"),
    ("prometheus", {"rule_files": ["*/a.yml"]}, 'rule_files.0: "*/a.yml" is not a path in which a * '),
    (
        "prometheus",
        job(relabel_configs=[{"action": "delete"}]),
        'scrape_configs.0.relabel_configs.0.action: "delete" is not one of "replace", "keep", "drop", "keepequal", ',
    ),
    (
        "prometheus",
        job(dns_sd_configs=[{"names": ["a"], "type": "TXT", "port": 1}]),
        'scrape_configs.0.dns_sd_configs.0.type: "TXT" is not one of "SRV", "A", "AAAA", "MX", "NS", ',
    ),
    ("alertmanager", {"receivers": [{"name": "a"}]}, "the document: the key 'route' is missing"),
    ("alertmanager", receiver(slak_configs=[]), "receivers.0: unknown key 'slak_configs', did you mean 'slack_confi"),
    (
        "alertmanager",
        receiver(webhook_configs=[{"url": "http://a.example", "timeout": "1d"}]),
        'receivers.0.webhook_configs.0.timeout: "1d" is not a duration such as 30s, 5m or 1.5h',
    ),
    (
        "alertmanager",
        receiver(jira_configs=[{"api_url": "http://a.b", "project": "A", "issue_type": "B", "custom_fields": {}}]),
        "receivers.0.jira_configs.0: unknown key 'custom_fields'",
    ),
    (
        "alertmanager",
        {**receiver(), "inhibit_rules": [{"sources": []}]},
        "inhibit_rules.0: unknown key 'sources'",
    ),
]  # fmt: skip

COMMANDS = {
    "rules": ["promtool", "check", "rules"],
    "prometheus": ["promtool", "check", "config", "--syntax-only"],
    "alertmanager": ["amtool", "check-config"],
}


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schemas.schema(name))


def test_every_kind_of_document_has_a_schema() -> None:
    without = {"notification-template", "secret"}  # text

    kinds = {kind.removesuffix("-config").removeprefix("log-") for kind in KINDS}
    by_hand = {"catalogue", "config", "routing-cases", "rule-cases"}
    assert kinds - without | by_hand == set(NAMES)


@pytest.mark.parametrize(("name", "document"), LEGAL)
def test_what_a_server_takes_is_accepted(name: str, document: dict[str, Any]) -> None:
    assert list(schemas.violations(name, document)) == []


@pytest.mark.parametrize(("name", "document", "expected"), ILLEGAL)
def test_what_a_server_refuses_is_told_with_its_place(name: str, document: dict[str, Any], expected: str) -> None:
    (found,) = schemas.violations(name, document)

    assert found.startswith(expected)


def test_every_violation_and_every_unknown_key_is_told() -> None:
    document = rules({"alert": 1, "expr": "up"}, {"x": 1, "y": 2, "alert": "A", "expr": "up"}, interval=5)

    assert sorted(schemas.violations("rules", document)) == [
        "groups.0.interval: 5 is not text",
        "groups.0.rules.0.alert: 1 is not text",
        "groups.0.rules.1: unknown key 'x'",
        "groups.0.rules.1: unknown key 'y'",
    ]


def test_the_servers_own_tools_judge_the_same(programs: None, tmp_path: Path) -> None:
    file = tmp_path / "document.yml"
    wrong: list[object] = []
    for name, document in LEGAL:
        file.write_bytes(yaml_bytes(document))
        ok, said = judged(*COMMANDS[name], "document.yml", cwd=tmp_path)
        wrong += [] if ok else [("refused", document, said)]
    for name, document, _ in ILLEGAL:
        file.write_bytes(yaml_bytes(document))
        ok, said = judged(*COMMANDS[name], "document.yml", cwd=tmp_path)
        wrong += [("accepted", document, said)] if ok else []

    assert wrong == []
