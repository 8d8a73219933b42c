import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dojoboards.errors import Exit
from dojoboards.model import Alert, Environment, Project, RecordingRule, RuleGroup, SecretRef
from dojoboards.render import rules
from dojoboards.targets import prometheus
from support import certificates, servers
from support.connect import Connect

# The bcrypt digest of "example-password".
WEB_CONFIG = """\
tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
basic_auth_users:
  deploy: $2b$04$zRxmfUxdCmfGSwqilZ9nX.2lrpc5npz5yMVMWoEYwuz.F.1BrcF4i
"""


def project(*rules_: Alert | RecordingRule) -> Project:
    group = RuleGroup(name="up", interval="1s", rules=rules_, module="shop")
    return Project(name="shop", environment=Environment(name="prod"), groups=[group])


def alert(expr: str = "vector(1)", **more: Any) -> Alert:
    text = {"summary": "Up", "description": "{{ $value }}"} | more
    return Alert(name="Up", expr=expr, severity="critical", **text)


def files(of: Project) -> dict[str, bytes]:
    """The files of a project, as they stand in a directory."""
    made = {"prometheus.yml": b"global: {evaluation_interval: 1s}\nrule_files: [rules/*.yml]\n"}
    for entry in rules.render(of):
        made[entry.path.removeprefix("prometheus/")] = entry.body  # type: ignore[union-attr]
    return made


def write(directory: Path, held: dict[str, bytes]) -> None:
    for path, body in held.items():
        (directory / path).parent.mkdir(exist_ok=True)
        (directory / path).write_bytes(body)


@pytest.fixture
def running(programs: None, tmp_path: Path) -> Iterator[servers.Server]:
    with servers.prometheus(tmp_path / "prometheus") as server:
        yield server


def test_rules_that_run_are_verified(running: servers.Server, connect: Connect) -> None:
    wanted = project(alert(), RecordingRule(record="up:one", expr="1 + vector(1)", labels={"b": "1", "a": "2"}))
    write(running.directory, files(wanted))

    assert prometheus.reload(connect(running.url)) == []
    assert prometheus.verify(connect(running.url), wanted, files(wanted), None) == []


@pytest.mark.parametrize(
    "expr",
    [
        # Prometheus prints them in its own way.
        'up{job="b",instance!="a"} == 1',
        "up{job='single', instance=`back`}",
        'sum(rate(x_total{a=~"b|c",z="{,}"}[1h30m])) BY (b, a) > 1e3',
        "x offset 90m and on() (y @ end()) unless ignoring(z) group",
        "quantile_over_time(0.95, x[1d:5m]) > bool -Inf",
        'label_replace(x, "a", "$1", "b", "(.*)\\\\.c")',
        "x == 0.000001 or x == 123456789.5 or x == 0x10",
        'count_values("v", up) without (instance) ^ 2 ^ 3',
        "sum by (a) (\n  x  # a comment\n) / on (a) group_left (b)\n  y",
        "predict_linear(x[6h], 24 * 3600) < 0",
        '{__name__="x", y="é"}',
        "sum(rate(x[1500ms] offset 500ms)) by () > 0 or sum without () (y)",
    ],
)
def test_however_prometheus_prints_an_expression_it_is_the_same(
    running: servers.Server, connect: Connect, expr: str
) -> None:
    wanted = project(alert(expr))
    write(running.directory, files(wanted))

    assert prometheus.reload(connect(running.url)) == []
    assert prometheus.verify(connect(running.url), wanted, files(wanted), None) == []


def test_a_rule_that_is_not_there_is_named(running: servers.Server, connect: Connect) -> None:
    wanted = project(alert())

    (problem,) = prometheus.verify(connect(running.url), wanted, files(wanted), 0)

    assert problem.message == f"Prometheus at {running.url} does not have rule 'Up' of group 'up'"
    assert problem.source == wanted.groups[0].rules[0].source


@pytest.mark.parametrize("change", [{"expr": "vector(2)"}, {"for_": "5m"}, {"severity": "warning"}])
def test_another_version_of_a_rule_is_told(running: servers.Server, connect: Connect, change: dict[str, Any]) -> None:
    former = project(dataclasses.replace(alert(), **change))
    write(running.directory, files(former))
    assert prometheus.reload(connect(running.url)) == []
    wanted = project(alert())

    (problem,) = prometheus.verify(connect(running.url), wanted, files(wanted), 0)

    assert "runs another version of rule 'Up'" in problem.message


def test_a_failed_reload_is_told_even_if_the_rules_are_there(running: servers.Server, connect: Connect) -> None:
    wanted = project(alert())
    write(running.directory, files(wanted))
    assert prometheus.reload(connect(running.url)) == []
    (running.directory / "prometheus.yml").write_text("nonsense: 1\n")

    (refused,) = prometheus.reload(connect(running.url))
    (problem,) = prometheus.verify(connect(running.url), wanted, files(wanted), None)

    assert "field nonsense not found" in refused.message
    assert "could not read its configuration at its last reload" in problem.message


def test_a_scrape_job_that_is_not_there_is_named(running: servers.Server, connect: Connect) -> None:
    held = {"prometheus.yml": b"scrape_configs: [{job_name: shop}]\n"}

    (problem,) = prometheus.verify(connect(running.url), project(), held, None)

    assert problem.message == f"Prometheus at {running.url} does not run the scrape job 'shop'"


def test_an_annotation_that_cannot_be_expanded_is_told(running: servers.Server, connect: Connect) -> None:
    wanted = project(alert(description="{{ .Nope }}"))
    write(running.directory, files(wanted))
    assert prometheus.reload(connect(running.url)) == []

    (problem,) = prometheus.verify(connect(running.url), wanted, files(wanted), None)

    assert problem.message.startswith("the annotation 'description' of rule 'Up' of group 'up' does not work: <error")


def test_tls_a_client_certificate_and_a_password_let_us_in(
    programs: None, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "example-password")
    monkeypatch.setenv("SHOP_OTHER", "example-other-password")
    certificates.make(tmp_path / "tls")
    (tmp_path / "tls/web.yml").write_text(WEB_CONFIG)
    trusted: dict[str, Any] = {
        "ca_file": "tls/ca.pem",
        "cert_file": "tls/client.pem",
        "key_file": "tls/client.key",
        "username": "deploy",
        "password": SecretRef(env="SHOP_PASSWORD"),
    }
    with servers.prometheus(
        tmp_path / "prometheus", f"--web.config.file={tmp_path}/tls/web.yml", scheme="https"
    ) as server:
        assert prometheus.reach(connect(server.url, tmp_path, **trusted)) == []
        assert prometheus.reload(connect(server.url, tmp_path, **trusted)) == []

        (wrong,) = prometheus.reach(
            connect(server.url, tmp_path, **trusted | {"password": SecretRef(env="SHOP_OTHER")})
        )
        (stranger,) = prometheus.reach(connect(server.url, tmp_path, **trusted | {"ca_file": ""}))
        (nobody,) = prometheus.reach(connect(server.url, tmp_path, ca_file="tls/ca.pem"))

    assert wrong.message == f"Prometheus at {server.url} answers 401: Unauthorized"
    assert "certificate verify failed" in stranger.message
    assert "certificate required" in nobody.message
    assert {wrong.exit, stranger.exit, nobody.exit} == {Exit.UNREACHABLE}
    assert "example" not in f"{wrong}{stranger}{nobody}"
