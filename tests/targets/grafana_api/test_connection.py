"""How a Grafana is reached, and what happens when it answers wrongly or not at all."""

from __future__ import annotations

import contextlib
import logging
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.model import Api, Lookup, SecretRef
from dojoboards.targets.grafana_api import connection, session
from dojoboards.targets.grafana_api.connection import Connection, Refusal
from support import certificates
from support.answers import Reply, answering
from support.faults import BAD_JSON, CUT_BEFORE, ENDLESS, LOGIN_PAGE, TRUNCATED, Fault, answer, redirect
from support.grafana import Grafana, grafana
from support.pushing import Site, problems, shop, stand_in_site


@contextmanager
def connected(url: str | Lookup, root: Path, **api: Any) -> Iterator[Connection]:
    (root / "token").write_text("glsa_example0standin0token")
    settings = {"token": SecretRef(file="token"), "retries": 1, "timeout": 5, **api}
    made = Connection(Api(url=url, **settings), root)
    yield made
    made.close()


def wrong(url: str | Lookup, root: Path, **api: Any) -> Problem:
    """The problem that asking gives."""
    with connected(url, root, **api) as made, pytest.raises(DojoboardsError) as caught:
        made.get("/user")
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize("base_path", ["", "/grafana", "/a/b"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_an_address_may_have_a_path_with_and_without_a_slash(base_path: str, slash: str, tmp_path: Path) -> None:
    with grafana(base_path=base_path) as server, connected(f"{server.url}{slash}", tmp_path) as made:
        assert made.get("/user")["login"] == "sa-deployer"
        assert server.requests[0].path == f"{base_path}/api/user"


def test_ipv6_addresses_work(tmp_path: Path) -> None:
    with grafana(host="::1") as server, connected(server.url, tmp_path) as made:
        assert made.get("/user")["login"] == "sa-deployer"


def test_a_user_pushes_with_a_password_and_to_an_organisation(tmp_path: Path) -> None:
    with grafana() as server:
        (tmp_path / "password").write_text(server.password)
        own = {"token": None, "username": "admin", "password": SecretRef(file="password"), "organisation": 1}
        with connected(server.url, tmp_path, **own) as made:
            assert made.get("/user")["login"] == "admin"
        assert server.requests[0].headers["x-grafana-org-id"] == "1"


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an authority and the certificates of a server and of a client."""
    directory = tmp_path_factory.mktemp("certificates")
    certificates.make(directory)
    return directory


def test_a_server_with_a_private_authority_that_wants_our_certificate_is_trusted(signed: Path, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed / "server.pem", signed / "server.key")
    context.load_verify_locations(signed / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    files = {"ca_file": signed / "ca.pem", "cert_file": signed / "client.pem", "key_file": signed / "client.key"}
    with grafana(tls=context) as server:
        with connected(server.url, tmp_path, **{key: str(file) for key, file in files.items()}) as made:
            assert made.get("/user")["login"] == "sa-deployer"
        assert wrong(server.url, tmp_path, ca_file=str(files["ca_file"])).exit == Exit.UNREACHABLE


def test_a_certificate_that_is_not_trusted_is_told_and_nothing_is_sent(signed: Path, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed / "server.pem", signed / "server.key")
    with grafana(tls=context) as server:
        problem = wrong(server.url, tmp_path)

        assert problem.message.startswith(f"Grafana at {server.url} cannot be trusted: ")
        assert server.requests == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://grafana.example", "Grafana at ftp://grafana.example has an address that cannot be used"),
        ("grafana.example", "Grafana at grafana.example has an address that cannot be used"),
        ("http://[", "Grafana at http://[ has an address that cannot be used"),
        ("http://admin:hunter2@grafana.example", "Grafana at http://grafana.example has credentials in its address"),
        ("https://grafana.example/?orgId=2", "Grafana at https://grafana.example/?orgId=2 has an address that cannot"),
    ],
)
def test_an_address_that_cannot_be_used_is_told(url: str, message: str, tmp_path: Path) -> None:
    problem = wrong(url, tmp_path)

    assert problem.message.startswith(message)
    assert problem.exit == Exit.UNREADABLE


@pytest.mark.parametrize("url", ["me:example-secret@a.example", "http://me:example-secret@a.example", "a.example"])
def test_a_variable_that_holds_no_address_is_named_and_not_shown(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_URL", url)

    problem = wrong(Lookup(env="SHOP_URL", default="http://127.0.0.1:1"), tmp_path)

    assert problem.message.startswith("Grafana at $SHOP_URL has ")
    assert problem.exit == Exit.UNREADABLE
    assert "example-secret" not in str(problem)


def test_a_token_that_no_header_may_have_is_told_without_being_shown(tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("two\nlines")

    assert wrong("http://127.0.0.1:1", tmp_path, token=SecretRef(file="bad")) == Problem(
        "Grafana at http://127.0.0.1:1 has a token that no header may have",
        None,
        "look for line ends and quotes in it",
        Exit.UNREADABLE,
    )


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    problem = wrong("http://127.0.0.1:1", tmp_path, retries=0)

    reason = "it cannot be reached: Connection refused"
    assert problem.message == f"Grafana at http://127.0.0.1:1 gives no answer: {reason}"
    assert problem.exit == Exit.UNREACHABLE


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (CUT_BEFORE, "gives no answer (2 attempts): it cannot be reached: "),
        (TRUNCATED, "gives no answer (2 attempts): it cannot be reached: "),
        (BAD_JSON, "answers something that is not JSON"),
        (LOGIN_PAGE, "answers with a page for people instead of data"),
        (answer(200, b""), "answers something that is not JSON"),
        (answer(200, b"42"), "answers with a page for people instead of data"),
        (redirect("http://127.0.0.1:9/elsewhere"), "answers 302, a redirect, which is not followed"),
        (ENDLESS, "answers without end"),
    ],
    ids=["cut", "truncated", "bad-json", "login-page", "empty", "number", "redirect", "endless"],
)
def test_an_answer_that_is_none_gives_one_clear_problem(
    fault: Fault, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MOST_BYTES", 1024 * 1024)
    with grafana() as server:
        server.fail(fault, times=None)
        problem = wrong(server.url, tmp_path)

    assert problem.message.startswith(f"Grafana at {server.url} {message}")
    assert problem.exit == Exit.UNREACHABLE
    assert problem.remedy


def test_a_redirect_takes_no_credentials_along(tmp_path: Path) -> None:
    with grafana() as server, grafana() as other:
        server.fail(redirect(f"{other.url}/api/user", 307))
        wrong(server.url, tmp_path)

        assert other.requests == []


def test_a_server_that_is_too_slow_is_told(tmp_path: Path) -> None:
    release = threading.Event()

    def drip() -> Iterator[bytes]:
        while not release.wait(0.05):
            yield b" "

    with grafana() as server:
        server.fail(Fault(acts=False, reply=Reply(200, drip, {"Content-Type": "application/json"})), times=None)
        problem = wrong(server.url, tmp_path, timeout=0.2, retries=0)
        release.set()

    assert problem.message == f"Grafana at {server.url} gives no answer: it did not answer within 0.2 s"


@pytest.mark.parametrize(("asked", "waited"), [("3", 3.0), ("86400", 30.0), ("soon", 0.25), (None, 0.25)])
def test_a_busy_server_is_left_alone_as_long_as_it_asks_but_not_for_ever(
    asked: str | None, waited: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(connection, "pause", pauses.append)
    with grafana() as server, connected(server.url, tmp_path) as made:
        server.fail(answer(429, Retry_After=asked) if asked else answer(429))

        assert made.get("/user")["login"] == "sa-deployer"
    (pause,) = pauses
    assert waited / 2 <= pause <= waited


def test_pauses_grow_between_attempts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(connection, "pause", pauses.append)
    with grafana() as server:
        server.fail(answer(503), times=None)
        wrong(server.url, tmp_path, retries=7)

    limits = [0.25, 0.5, 1, 2, 4, 8, 8]
    assert all(limit / 2 <= pause <= limit for pause, limit in zip(pauses, limits, strict=True))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422, 500])
def test_a_refusal_is_not_asked_again(status: int, tmp_path: Path) -> None:
    with grafana() as server, connected(server.url, tmp_path) as made:
        server.fail(answer(status, b'{"message": "no", "status": "word"}'), times=None)
        with pytest.raises(Refusal) as caught:
            made.get("/user")

        assert (caught.value.status, caught.value.message, caught.value.word) == (status, "no", "word")
        assert len(server.requests) == 1


def test_a_token_that_is_not_known_is_told_with_its_remedy(tmp_path: Path) -> None:
    with grafana() as server, ExitStack() as stack:
        site = stand_in_site(server, tmp_path, stack)
        (tmp_path / "token").write_text("glsa_unknown")
        with pytest.raises(DojoboardsError) as caught:
            site.push(shop(site))

    (problem,) = caught.value.problems
    assert problem.message == f"Grafana at {server.url} does not let us in: 401, Invalid API key"
    assert problem.remedy.startswith("check the `token`, or `username` and `password`")
    assert problem.exit == Exit.UNREACHABLE


def test_a_server_that_is_too_old_is_told(tmp_path: Path) -> None:
    with grafana() as server, ExitStack() as stack:
        site = stand_in_site(server, tmp_path, stack)
        server.state.flavour = replace(server.state.flavour, version="8.5.27")
        with pytest.raises(DojoboardsError) as caught:
            site.push(shop(site))

    (message,) = problems(caught.value)
    assert message == f"Grafana at {server.url} is version 8.5.27; dojoboards pushes to 9.4 and newer"


def test_another_organisation_than_the_configured_one_is_told(tmp_path: Path) -> None:
    with grafana("9.4") as server, ExitStack() as stack:
        site = stand_in_site(server, tmp_path, stack, organisation=7)
        with pytest.raises(DojoboardsError) as caught:
            site.push(shop(site))

    assert caught.value.exit == Exit.UNREACHABLE


@pytest.mark.parametrize("fault", [answer(400, b"{}"), answer(500, b"{}"), BAD_JSON, LOGIN_PAGE, CUT_BEFORE])
def test_no_secret_is_in_any_output_or_log(
    fault: Fault, here: Site, server: Grafana, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = answer(400, f'{{"message": "you sent {server.token}"}}'.encode())
    for wrong_answer, method in ((fault, "POST"), (echo, "POST"), (fault, "GET"), (echo, "GET")):
        server.heal()
        server.fail(wrong_answer, method=method, times=None)
        with pytest.raises(DojoboardsError) as caught:
            here.push(shop(here))

        assert server.token not in str(caught.value)
        assert server.token not in caplog.text
        assert "example-data-source-password" not in f"{caught.value}{caplog.text}"


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"version": 7, "login": 3}', b"[1]", b'[{"uid": null}]'])
def test_answers_of_another_shape_are_told_wherever_they_come(body: bytes, here: Site, server: Grafana) -> None:
    here.push(shop(here))
    for number in range(1, 20):
        server.heal()
        server.fail(answer(200, body), nth=number)
        with contextlib.suppress(DojoboardsError):  # an empty answer may be a good one
            here.push(shop(here, title=f"Changed {number}"))
        server.heal()
        here.push(shop(here), overwrite=True, adopt=True)

    server.fail(answer(200, body), times=None)
    with pytest.raises(DojoboardsError) as caught:
        here.push(shop(here))
    assert caught.value.exit == Exit.UNREACHABLE


def test_a_proxy_of_the_environment_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda _: Reply(200, b'{"login": "far"}', {"Content-Type": "application/json"})) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//user:proxy%20word@"))
        with connected("http://grafana.example/below", tmp_path) as made:
            assert made.get("/user") == {"login": "far"}

    (request,) = proxy.requests
    assert request.path == "http://grafana.example/below/api/user"
    assert request.headers["Proxy-Authorization"] == "Basic dXNlcjpwcm94eSB3b3Jk"
    assert request.headers["Host"] == "grafana.example"


def test_a_connection_that_the_server_hung_up_on_is_opened_anew(tmp_path: Path) -> None:
    hung_up: queue.Queue[int] = queue.Queue()

    def serve(listening: socket.socket) -> None:
        for number in range(2):
            accepted, _ = listening.accept()
            with accepted:
                accepted.recv(65536)
                accepted.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
            hung_up.put(number)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=[listening], daemon=True)
        thread.start()
        with connected(f"http://127.0.0.1:{listening.getsockname()[1]}", tmp_path, retries=0) as made:
            assert made.get("/user") == {}
            hung_up.get(timeout=5)
            assert made.get("/user") == {}
        thread.join(5)


def test_requests_are_under_way_at_once_but_never_more_than_are_allowed(tmp_path: Path) -> None:
    with grafana() as server, ExitStack() as stack:
        site = stand_in_site(server, tmp_path, stack, max_concurrent=3)
        site.push(shop(site, boards=12))
        under_way, most = set(), 0
        lock = threading.Lock()
        exchange = server.exchange

        def counted(request: Any) -> Any:
            nonlocal most
            with lock:
                under_way.add(id(request))
                most = max(most, len(under_way))
            time.sleep(0.005)
            try:
                return exchange(request)
            finally:
                with lock:
                    under_way.discard(id(request))

        server.exchange = counted  # type: ignore[method-assign]
        site.push(shop(site, boards=12))

    assert most == 3
