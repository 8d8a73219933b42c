from typing import Any

import pytest

from dojoboards.errors import Source
from dojoboards.model import (
    Alertmanager,
    BasicAuth,
    DataSource,
    DataSourceRef,
    Email,
    Environment,
    HttpDiscovery,
    PagerDuty,
    Project,
    Prometheus,
    Receiver,
    ScrapeJob,
    Secret,
    SecretRef,
    Slack,
    TargetSettings,
    Webhook,
)
from dojoboards.render import RENDERERS, secrets
from support.rendered import problems, rendered

VALUE = "s3cret-value-that-must-never-be-seen"
NAMES = (
    "bearer",
    "password",
    "discovery",
    "write",
    "slack",
    "smtp",
    "own_slack",
    "hook",
    "pager",
    "raw",
    "mail",
    "grafana",
)


def project(refs: dict[str, SecretRef]) -> Project:
    """Return a project with a secret wherever one may stand."""
    environment = Environment(
        name="prod",
        secrets=refs,
        data_sources={"prometheus": DataSourceRef(uid="a", type="prometheus", url="http://a.example")},
        targets={"grafana": TargetSettings(system="grafana", directory="out")},
    )
    discovery = HttpDiscovery(url="https://a.example", authorization=Secret("discovery"))
    write = {"url": "https://b.example", "authorization": {"credentials_file": Secret("write")}}
    return Project(
        name="shop",
        environment=environment,
        scrape_jobs=[
            ScrapeJob(name="a", authorization=Secret("bearer"), discovery=[discovery]),
            ScrapeJob(name="b", targets=["b:1"], basic_auth=BasicAuth(username="b", password=Secret("password"))),
            ScrapeJob(name="c", targets=["c:1"], authorization=Secret("bearer")),
        ],
        prometheus=Prometheus(extra={"remote_write": [write]}),
        alertmanager=Alertmanager(
            receiver="all",
            slack_api_url=Secret("slack"),
            smtp_smarthost="mail:25",
            smtp_from="a@example.com",
            smtp_auth_username="a",
            smtp_auth_password=Secret("smtp"),
        ),
        receivers=[
            Receiver(
                name="all",
                slack=[Slack(channel="#a", api_url=Secret("own_slack"), text="x")],
                email=[Email(to="a@example.com", text="x", extra={"auth_password_file": Secret("mail")})],
                webhook=[Webhook(url=Secret("hook"))],
                pagerduty=[PagerDuty(routing_key=Secret("pager"))],
                raw={"opsgenie_configs": [{"api_key_file": Secret("raw")}]},
            )
        ],
        data_sources=[
            DataSource(name="prometheus", type="prometheus", secure_json_data={"password": Secret("grafana")})
        ],
    )


def everything(declared: Project) -> dict[str, str]:
    return {
        path: text
        for name in ("alertmanager", "grafana", "prometheus", "rules", "secrets")
        for path, text in rendered(RENDERERS[name], declared).items()
    }


def test_each_secret_of_a_system_is_one_file_that_holds_the_reference() -> None:
    refs = {name: SecretRef(env=f"SHOP_{name.upper()}") for name in NAMES} | {"hook": SecretRef(file="/run/hook")}

    assert rendered(secrets.render, project(refs)) == {
        "prometheus/secrets/write": "env: SHOP_WRITE\n",
        "prometheus/secrets/bearer": "env: SHOP_BEARER\n",
        "prometheus/secrets/discovery": "env: SHOP_DISCOVERY\n",
        "prometheus/secrets/password": "env: SHOP_PASSWORD\n",
        "alertmanager/secrets/slack": "env: SHOP_SLACK\n",
        "alertmanager/secrets/smtp": "env: SHOP_SMTP\n",
        "alertmanager/secrets/own_slack": "env: SHOP_OWN_SLACK\n",
        "alertmanager/secrets/mail": "env: SHOP_MAIL\n",
        "alertmanager/secrets/hook": "file: /run/hook\n",
        "alertmanager/secrets/pager": "env: SHOP_PAGER\n",
        "alertmanager/secrets/raw": "env: SHOP_RAW\n",
        "grafana/secrets/grafana": "env: SHOP_GRAFANA\n",
    }


def test_every_reference_of_a_configuration_leads_to_a_file_that_is_written() -> None:
    files = everything(project({name: SecretRef(env="SHOP") for name in NAMES}))

    for system, configuration in (("prometheus", "prometheus.yml"), ("alertmanager", "alertmanager.yml")):
        named = {word for word in files[f"{system}/{configuration}"].split() if word.startswith("secrets/")}
        assert {f"{system}/{name}" for name in named} == {
            path for path in files if path.startswith(f"{system}/secrets/")
        }


def test_a_secret_on_the_server_is_named_and_has_no_file() -> None:
    files = everything(project({name: SecretRef(server_file=f"/etc/secret/{name}") for name in NAMES}))

    assert not [path for path in files if "/secrets/" in path]
    assert "credentials_file: /etc/secret/bearer\n" in files["prometheus/prometheus.yml"]
    assert "slack_api_url_file: /etc/secret/slack\n" in files["alertmanager/alertmanager.yml"]
    assert "$__file{/etc/secret/grafana}" in files["grafana/provisioning/datasources/dojoboards.yaml"]


@pytest.mark.parametrize("way", ["env", "file"])
def test_no_value_of_a_secret_is_in_what_is_built(way: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    refs: dict[str, SecretRef] = {}
    for name in NAMES:
        monkeypatch.setenv(f"SHOP_{name.upper()}", VALUE)
        (tmp_path / name).write_text(VALUE)
        refs[name] = SecretRef(env=f"SHOP_{name.upper()}") if way == "env" else SecretRef(file=str(tmp_path / name))

    files = everything(project(refs))

    assert files
    assert VALUE not in "".join(files.values())


def test_a_secret_that_the_environment_does_not_know_is_told_where_it_is_used() -> None:
    declared = Project(
        name="shop",
        environment=Environment(name="prod", secrets={"token": SecretRef(env="A")}),
        scrape_jobs=[
            ScrapeJob(name="a", targets=["a:1"], authorization=Secret("tokn"), source=Source("alerts/scrape.py", 8))
        ],
    )

    assert problems(secrets.render, declared) == [
        (
            "alerts/scrape.py:8: the environment prod does not say where the secret 'tokn' is found\n"
            "    add it under `secrets:` in dojoboards.yaml (did you mean 'token'? known: token)"
        )
    ]


def test_systems_that_are_not_declared_have_no_secrets() -> None:
    declared = Project(
        name="shop",
        environment=Environment(name="prod"),
        receivers=[Receiver(name="a", webhook=[Webhook(url=Secret("unknown"))])],
    )

    assert list(secrets.render(declared)) == []


@pytest.mark.parametrize(
    ("raw", "key", "form"),
    [
        ({"opsgenie_configs": [{"api_key": Secret("raw")}]}, "api_key", "api_key_file"),
        (
            {"webhook_configs": [{"http_config": {"authorization": {"credentials": Secret("raw")}}}]},
            "credentials",
            "credentials_file",
        ),
        (
            {"webhook_configs": [{"http_config": {"http_headers": {"X-A": {"secrets": [Secret("raw")]}}}}]},
            "secrets",
            "files",
        ),
    ],
)
def test_a_secret_under_a_key_that_is_no_file_is_told_where_it_is_declared(
    raw: dict[str, Any], key: str, form: str
) -> None:
    declared = Project(
        name="shop",
        environment=Environment(name="prod", secrets={"raw": SecretRef(env="A")}),
        alertmanager=Alertmanager(receiver="a"),
        receivers=[Receiver(name="a", raw=raw, source=Source("alerts/routing.py", 4))],
    )

    assert problems(secrets.render, declared) == [
        (
            f"alerts/routing.py:4: `{key}` of Receiver 'a' is a secret, whose file would be taken for its value\n"
            f"    use the key's form for files: `{form}`"
        )
    ]


def test_the_files_of_headers_may_be_secrets() -> None:
    headers = {"X-A": {"files": [Secret("raw")]}}
    declared = Project(
        name="shop",
        environment=Environment(name="prod", secrets={"raw": SecretRef(env="A")}),
        scrape_jobs=[ScrapeJob(name="a", targets=["a:1"], extra={"http_headers": headers})],
    )

    assert problems(secrets.render, declared) == []


def test_a_secret_is_shown_by_its_name() -> None:
    assert repr(Secret("k")) == "Secret(name='k')"
    assert "Secret(name='k')" in repr(Webhook(url=Secret("k")))
