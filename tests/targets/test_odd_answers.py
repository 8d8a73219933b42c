"""Whatever a Prometheus, an Alertmanager or something in their place answers: one clear problem; nothing is lost."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dojoboards.errors import Problem
from dojoboards.model import Environment, Project, Server
from dojoboards.targets import alertmanager, prometheus, servers
from dojoboards.targets.servers import Client
from support import certificates
from support.answers import Reply, Request, answering
from support.faults import BAD_JSON, CUT_BEFORE, ENDLESS, LOGIN_PAGE, TRUNCATED, Fault, answer, redirect
from support.project import ROUTING, RULES, SCRAPE, Builder, tree
from support.serving import StandIn, running

SECRET = "example-secret-0123"
PROJECT = Project(name="shop", environment=Environment(name="prod"))
HELD = {
    "prometheus.yml": b"scrape_configs: [{job_name: shop}]\n",
    "rules/shop.yml": b"groups: [{name: up, rules: [{alert: Up, expr: vector(1), labels: {severity: critical}}]}]\n",
}
RULE = {
    "name": "Up",
    "query": "vector(1)",
    "duration": 0,
    "labels": {"severity": "critical"},
    "health": "ok",
    "lastError": "",
    "alerts": [{"annotations": {"summary": "It is up"}}],
}
ANSWERS: dict[str, Any] = {
    "/-/ready": "Prometheus Server is Ready.\n",
    "/-/reload": "It is reloaded.\n",
    "/metrics": "alertmanager_config_last_reload_successful 1\nalertmanager_config_hash 1\n",
    "/api/v1/status/flags": {"status": "success", "data": {"web.enable-lifecycle": "true"}},
    "/api/v1/status/config": {"status": "success", "data": {"yaml": "scrape_configs:\n- job_name: shop\n"}},
    "/api/v1/rules": {
        "status": "success",
        "data": {"groups": [{"name": "up", "file": "/etc/prometheus/rules/shop.yml", "rules": [RULE]}]},
    },
}


class Odd(StandIn):
    """Answers as a Prometheus and an Alertmanager do, but where a test says otherwise."""

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.bodies: dict[str, bytes] = {}

    def _reply(self, request: Request) -> Reply:
        told = ANSWERS.get(request.path)
        body = told.encode() if isinstance(told, str) else json.dumps(told).encode()
        kind = "text/plain" if isinstance(told, str) else "application/json"
        return Reply(404 if told is None else 200, self.bodies.get(request.path, body), {"Content-Type": kind})


@pytest.fixture
def odd() -> Iterator[Odd]:
    with running(Odd()) as server:
        yield server


@pytest.fixture
def client(odd: Odd) -> Iterator[Client]:
    client = Client(Server(url=odd.url), "prometheus", Path())
    yield client
    client.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ONE_SHARED_FIXTURE = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def nearly(document: Any) -> st.SearchStrategy[Any]:
    """The document, with something else here and there."""
    whole: st.SearchStrategy[Any] = st.just(document)
    if isinstance(document, dict):
        whole = st.fixed_dictionaries({}, optional={key: nearly(value) for key, value in document.items()})
    elif isinstance(document, list):
        whole = st.lists(nearly(document[0]), max_size=2)
    return st.integers(0, 19).flatmap(lambda number: JSON if number == 0 else whole)


def told(found: list[Problem]) -> list[str]:
    """The messages, each of which a terminal can show as one line."""
    assert all(problem.message.isprintable() for problem in found)
    return [problem.message for problem in found]


@pytest.mark.parametrize("path", ["/api/v1/status/config", "/api/v1/rules"])
@ONE_SHARED_FIXTURE
@given(data=st.data())
def test_whatever_prometheus_answers_is_a_problem_and_no_exception(
    path: str, odd: Odd, client: Client, data: st.DataObject
) -> None:
    odd.bodies = {path: json.dumps(data.draw(JSON)).encode()}

    assert told(prometheus.verify(client, PROJECT, HELD, 0))


def test_what_prometheus_answers_where_all_is_well_is_no_problem(client: Client) -> None:
    assert told(prometheus.reach(client)) == []
    assert told(prometheus.verify(client, PROJECT, HELD, 0)) == []


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("/api/v1/status/flags", ""), ("/api/v1/status/config", "job_name: shop"), ("/api/v1/rules", '"Up"')],
)
@ONE_SHARED_FIXTURE
@given(data=st.data())
def test_whatever_is_nearly_what_prometheus_answers_is_a_problem_unless_it_has_what_was_pushed(
    path: str, wanted: str, odd: Odd, client: Client, data: st.DataObject
) -> None:
    answer = json.dumps(data.draw(nearly(ANSWERS[path])))
    odd.bodies = {path: answer.encode()}

    found = told(prometheus.reach(client)) + told(prometheus.verify(client, PROJECT, HELD, 0))

    assert found or wanted in answer


YAML = st.text("abc:-[]{}&*!|>%@?\"'# \n\t,<=0.", max_size=30) | st.sampled_from(["a: &a [*a]", "[" * 2000, "!!int x"])
NUMBERS = st.sampled_from(["", "1", "0", "NaN", "Inf", "-1e999", "x", "1 2", "9" * 5000])
METRICS = [
    "alertmanager_config_last_reload_successful",
    "alertmanager_config_hash",
    "prometheus_config_last_reload_successful",
]


@ONE_SHARED_FIXTURE
@given(YAML)
def test_whatever_prometheus_says_that_it_runs_is_no_exception(odd: Odd, client: Client, text: str) -> None:
    odd.bodies = {"/api/v1/status/config": json.dumps({"data": {"yaml": text}}).encode()}

    assert told(prometheus.verify(client, PROJECT, HELD, 0))


@ONE_SHARED_FIXTURE
@given(st.lists(st.tuples(st.sampled_from(METRICS), NUMBERS).map(" ".join)).map("\n".join) | st.text())
def test_whatever_the_metrics_are_is_a_problem_and_no_exception(odd: Odd, client: Client, text: str) -> None:
    odd.bodies = {"/metrics": text.encode()}

    told(prometheus.verify(client, PROJECT, HELD, 0))
    told(alertmanager.reach(client))
    assert told(alertmanager.verify(client, PROJECT, {"alertmanager.yml": b"route: {}\n"}, 0))


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"[" * 100_000, b'{"data": ' + b"[" * 100_000, b'{"data": 1e999}', b"1" * 9999],
)
@pytest.mark.parametrize("path", ["/api/v1/status/config", "/api/v1/rules"])
def test_what_is_no_json_or_nests_without_end_is_told(path: str, body: bytes, odd: Odd, client: Client) -> None:
    odd.bodies = {path: body}

    (message,) = told(prometheus.verify(client, PROJECT, HELD, 0))
    assert message.startswith(f"Prometheus at {odd.url} answers ")


def test_what_a_server_says_is_shown_in_one_line_without_what_a_terminal_would_obey(odd: Odd, client: Client) -> None:
    rule = RULE | {"health": "err", "lastError": "\x1b[2Jmany\n to many \ud800"}
    odd.bodies = {"/api/v1/rules": json.dumps(_rules(rule)).encode()}

    (message,) = told(prometheus.verify(client, PROJECT, HELD, 0))
    assert message.endswith(r"evaluates it: \x1b[2Jmany to many \ud800")


def _rules(rule: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"groups": [{"name": "up", "file": "shop.yml", "rules": [rule]}]}}


class Pushing:
    """A project with one directory, whose server is as odd as a test wants it.

    Args:
        builder: Changes and pushes it.
        system: `prometheus` or `alertmanager`.
        server: The server.
    """

    def __init__(self, builder: Builder, system: str, server: Odd) -> None:
        self.builder, self.system, self.server = builder, system, server
        self.directory = builder.root.parent / system
        self.directory.mkdir()
        (self.directory / "targets.json").write_text("[]")
        (builder.root.parent / "password").write_text(SECRET)
        self.point(server.url)

    def point(self, url: str) -> None:
        """Write the project, with the server at an address."""
        password = {"file": str(self.builder.root.parent / "password")}
        contents = {
            "prometheus": {"alerts/rules.py": RULES, "alerts/scrape.py": SCRAPE},
            "alertmanager": {"alerts/routing.py": ROUTING.replace('url=Secret("hook")', 'url="https://hook.example"')},
        }
        entry = {"url": url, "username": "me", "password": password, "timeout": 5}
        targets: dict[str, Any] = {self.system: {"directory": str(self.directory), "servers": [entry]}}
        self.builder.write(contents[self.system], **targets)

    def refused(self, capsys: pytest.CaptureFixture[str]) -> str:
        """Push, and return the one error, after which everything is as it was and no secret was shown."""
        assert self.builder.run("build") == 0
        before = tree(self.directory)
        capsys.readouterr()

        assert self.builder.run("push", "--env", "prod", "--verify-timeout", "0.1") == 3

        captured = capsys.readouterr()
        assert SECRET not in captured.out + captured.err
        assert tree(self.directory) == before
        (error,) = [line for line in captured.err.splitlines() if "error: " in line]
        return error.partition("error: ")[2].replace(self.server.url, "URL")


@pytest.fixture(params=["prometheus", "alertmanager"])
def pushing(request: pytest.FixtureRequest, builder: Builder, odd: Odd, monkeypatch: pytest.MonkeyPatch) -> Pushing:
    monkeypatch.setattr(servers, "_MOST_BYTES", 1 << 20)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return Pushing(builder, request.param, odd)


READ = {"prometheus": "/api/v1/status/flags", "alertmanager": "/metrics"}
JUDGED = {
    "prometheus": "answers /api/v1/status/flags with something that is not Prometheus' JSON",
    "alertmanager": "does not say which configuration it runs",
}
ECHO = answer(400, f"no access for me:{SECRET}".encode())
FAULTS: list[Any] = [
    pytest.param(LOGIN_PAGE, "answers /-/ready with a page for people instead of data", id="login page"),
    pytest.param(TRUNCATED, "cannot be reached: peer closed connection without sending complete", id="truncated"),
    pytest.param(ENDLESS, "answers without end", id="endless"),
    pytest.param(CUT_BEFORE, "cannot be reached: Server disconnected without sending a response.", id="cut"),
    pytest.param(answer(401, b"no"), "answers 401: no", id="not let in"),
    pytest.param(ECHO, "answers 400: no access for me:(secret)", id="repeats the password"),
]


@pytest.mark.parametrize(("fault", "message"), FAULTS)
def test_a_server_that_is_wrong_from_the_beginning_is_told_and_nothing_is_written(
    pushing: Pushing, fault: Fault, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pushing.server.fail(fault, times=None)

    error = pushing.refused(capsys)

    assert error.startswith(f"{pushing.system.capitalize()} at URL {message}")


@pytest.mark.parametrize("fault", [BAD_JSON, answer(200, b"[]"), answer(200, b""), answer(200, b'{"data": null}')])
def test_another_kind_of_server_is_told_and_nothing_is_written(
    pushing: Pushing, fault: Fault, capsys: pytest.CaptureFixture[str]
) -> None:
    pushing.server.fail(fault, times=None, path=READ[pushing.system])

    error = pushing.refused(capsys)

    assert error == f"{pushing.system.capitalize()} at URL {JUDGED[pushing.system]}"


@pytest.mark.parametrize(("fault", "message"), FAULTS)
def test_a_server_that_is_wrong_when_it_is_to_reload_is_told_and_all_is_put_back(
    pushing: Pushing, fault: Fault, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    passes = fault.cut or fault.keep is not None
    pushing.server.fail(fault, times=5 if passes else 1, method="POST", path="/-/reload")

    error = pushing.refused(capsys)

    assert error.startswith(f"{pushing.system.capitalize()} at URL {message.replace('/-/ready', '/-/reload')}")


def test_a_redirect_to_another_host_is_told_and_takes_no_password_along(
    pushing: Pushing, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(lambda _: Reply()) as other:
        pushing.server.fail(redirect(f"{other.url}/login"), times=None)

        error = pushing.refused(capsys)

    assert error == f"{pushing.system.capitalize()} at URL answers 302: nothing"
    assert other.requests == []


def test_a_certificate_that_is_not_trusted_is_told_and_nothing_is_sent(
    pushing: Pushing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certificates.make(tmp_path / "tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "tls/server.pem", tmp_path / "tls/server.key")
    with ExitStack() as opened:
        server = opened.enter_context(running(Odd(), tls=context))
        pushing.point(server.url)

        error = pushing.refused(capsys)

    assert "cannot be reached: [SSL: CERTIFICATE_VERIFY_FAILED]" in error
    assert server.requests == []
