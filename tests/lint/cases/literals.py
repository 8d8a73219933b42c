"""Secrets that are written down, and that are referred to."""

from typing import Any

from dojoboards.model import (
    DataSource,
    DataSourceRef,
    Environment,
    HttpDiscovery,
    PagerDuty,
    Project,
    Prometheus,
    Receiver,
    Secret,
    Slack,
    Webhook,
)
from support.lint import Case, alertmanager, at, job, notified, project

FORM = "\n    give a `Secret` under the key's form for files, such as `password_file`; "
CONFIG = "dojoboards.yaml says where its value is found"
SECURE = "\n    give a `Secret` in `secure_json_data`; "
ADDRESS = "\n    take it out: there is a field or a `Secret` for it"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nexample-secret\n-----END RSA PRIVATE KEY-----\n"


def told(**fields: Any) -> Project:
    return notified(receivers=[Receiver(name="default", **fields, source=at(2))])


def raw(**integrations: Any) -> Project:
    return told(raw={f"{name}_configs": [config] for name, config in integrations.items()})


def scraped(**extra: Any) -> Project:
    return project(scrape_jobs=[job(extra=extra)])


def data_source(**json_data: Any) -> Project:
    ref = DataSourceRef(uid="a", type="loki")
    source = DataSource(name="logs", type="loki", json_data=json_data, source=at(3))
    return project(data_sources=[source], environment=Environment(name="test", data_sources={"logs": ref}))


def clear(line: int, where: str, what: str) -> str:
    return f"content.py:{line}: `{where}` of {what} is a secret in clear{FORM}{CONFIG}"


def address(where: str, what: str, line: int) -> str:
    return f"content.py:{line}: `{where}` of {what} has a password in its address{ADDRESS}"


BAD = [
    Case(
        "secret/literal",
        raw(opsgenie={"api_key": "example-secret", "message": "a"}, telegram={"bot_token": "example-secret"}),
        [
            clear(2, "raw['opsgenie_configs'][0]['api_key']", "the receiver 'default'"),
            clear(2, "raw['telegram_configs'][0]['bot_token']", "the receiver 'default'"),
        ],
    ),
    Case(
        "secret/literal",
        raw(webhook={"url": "https://me:example-secret@a.example", "http_config": {"tls_config": {"key": KEY}}}),
        [
            address("raw['webhook_configs'][0]['url']", "the receiver 'default'", 2),
            clear(2, "raw['webhook_configs'][0]['http_config']['tls_config']['key']", "the receiver 'default'"),
        ],
    ),
    Case(
        "secret/literal",
        told(
            pagerduty=[PagerDuty(routing_key=Secret("a"), extra={"service_key": "example-secret"})],
            webhook=[Webhook(url="https://:example-secret@a.example/hook")],
        ),
        [
            address("webhook[0].url", "the receiver 'default'", 2),
            clear(2, "pagerduty[0].extra['service_key']", "the receiver 'default'"),
        ],
    ),
    Case(
        "secret/literal",
        notified(alertmanager=alertmanager(extra={"smtp_auth_password": "example-secret"})),
        [clear(1, "extra['smtp_auth_password']", "Alertmanager")],
    ),
    Case(
        "secret/literal",
        scraped(
            basic_auth={"username": "me", "password": "example-secret"},
            oauth2={"client_id": "me", "client_secret": "example-secret"},
            authorization={"type": "Bearer", "credentials": "example-secret"},
            http_headers={"X-API-Key": {"secrets": ["example-secret"]}},
        ),
        [
            clear(1, f"extra{place}", "the scrape job 'node'")
            for place in (
                "['basic_auth']['password']",
                "['oauth2']['client_secret']",
                "['authorization']['credentials']",
                "['http_headers']['X-API-Key']['secrets'][0]",
            )
        ],
    ),
    Case(
        "secret/literal",
        project(scrape_jobs=[job(discovery=[HttpDiscovery(url="http://me:example-secret@a.example/targets")])]),
        [address("discovery[0].url", "the scrape job 'node'", 1)],
    ),
    Case(
        "secret/literal",
        project(
            prometheus=Prometheus(
                extra={"remote_write": [{"url": "https://a.example", "headers": {"Authorization": "example-secret"}}]},
                source=at(4),
            )
        ),
        [clear(4, "extra['remote_write'][0]['headers']['Authorization']", "Prometheus")],
    ),
    Case(
        "secret/literal",
        data_source(apiToken="example-secret"),
        [
            f"content.py:3: `json_data['apiToken']` of the data source 'logs' is a secret in clear{SECURE}{CONFIG}",
        ],
    ),
]

GOOD = [
    Case("secret/literal", raw(opsgenie={"api_key_file": Secret("genie"), "message": "the password is wrong"})),
    Case("secret/literal", raw(victorops={"api_key_file": "/etc/key", "routing_key": "operations"})),
    Case("secret/literal", raw(pagerduty={"routing_key": "{{ .CommonLabels.key }}", "token": ""})),
    Case("secret/literal", told(webhook=[Webhook(url="https://a.example:8080/a:b@c"), Webhook(url=Secret("hook"))])),
    Case("secret/literal", notified(alertmanager=alertmanager(slack_api_url=Secret("slack")))),
    Case("secret/literal", told(slack=[Slack(channel="#a", api_url=Secret("slack"), extra={"title_link": "x"})])),
    Case("secret/literal", scraped(oauth2={"client_secret_file": Secret("a"), "token_url": "https://a.example"})),
    Case("secret/literal", scraped(http_headers={"X-API-Key": {"files": [Secret("a")]}})),
    Case("secret/literal", data_source(tlsAuth=True, derivedFields=[{"name": "token", "matcherRegex": "token=(.+)"}])),
]
