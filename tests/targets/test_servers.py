import itertools
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.model import Lookup, SecretRef, Server
from dojoboards.targets.servers import Client
from support import certificates
from support.answers import Answering, Reply, Request, answering
from support.connect import Connect
from support.faults import CUT_AFTER, CUT_BEFORE, TRUNCATED, Fault, answer
from support.serving import StandIn, running


def asked(url: str | Lookup, system: str = "prometheus", root: Path = Path(), **server: object) -> Problem:
    """The problem that asking a server gives."""
    client = Client(Server(url=url, **server), system, root)  # type: ignore[arg-type]
    with pytest.raises(DojoboardsError) as caught:
        client.get("/-/ready")
    client.close()
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("status", "body", "exit_code", "remedy"),
    [
        (401, b"Unauthorized\n", Exit.UNREACHABLE, "check `username` and `password`, or `bearer_token`"),
        (403, b"Forbidden", Exit.UNREACHABLE, "check `username` and `password`, or `bearer_token`"),
        (403, b"Lifecycle API is not enabled.", Exit.UNREACHABLE, "start it with --web.enable-lifecycle"),
        (404, b"404 page not found", Exit.UNREACHABLE, "is this the address of that server"),
        (302, b"", Exit.UNREACHABLE, "is this the address of that server"),
        (503, b"Service Unavailable", Exit.UNREACHABLE, "it is starting or stopping: try again"),
        (500, b"failed to reload config: <why>", Exit.PROBLEM, "its log says more"),
    ],
)
def test_every_refusal_says_what_to_do(status: int, body: bytes, exit_code: Exit, remedy: str) -> None:
    with answering(lambda _: Reply(status, body)) as server:
        problem = asked(server.url, retries=0)

    text = body.decode().strip() or "nothing"
    assert problem.message == f"Prometheus at {server.url} answers {status}: {text}"
    assert problem.exit == exit_code
    assert problem.remedy.startswith(remedy)


def test_a_long_answer_is_cut_in_the_message() -> None:
    with answering(lambda _: Reply(500, b"x" * 100_000)) as server:
        assert len(asked(server.url).message) < 500


def test_a_redirect_is_not_followed_and_takes_no_credentials_along() -> None:
    with answering(lambda _: Reply()) as other:

        def away(_: Request) -> Reply:
            return Reply(302, headers={"Location": f"{other.url}/login"})

        with answering(away) as server:
            problem = asked(server.url)

    assert "answers 302" in problem.message
    assert other.requests == []


def test_a_server_that_is_down_is_told() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"

    problem = asked(url)

    assert problem.message == f"Prometheus at {url} cannot be reached: [Errno 111] Connection refused (5 attempts)"
    assert (problem.exit, problem.remedy) == (Exit.UNREACHABLE, "is it running, and is this its address?")


@pytest.mark.parametrize("path", ["/-/ready", "/-/reload"])
@pytest.mark.parametrize("fault", [answer(503, b"Service Unavailable"), CUT_BEFORE, CUT_AFTER, TRUNCATED])
def test_a_fault_that_passes_is_not_noticed(fault: Fault, path: str, pauses: list[float], connect: Connect) -> None:
    with running(StandIn(lambda _: Reply(200, b"it is well"))) as server:
        server.fail(fault)
        client = connect(server.url)
        found = client.reload() if path == "/-/reload" else client.reach(path)

    assert found == []
    assert [(request.method, request.path) for request in server.requests] == [
        ("POST" if path == "/-/reload" else "GET", path)
    ] * 2
    assert len(pauses) == 1
    assert 0.125 <= pauses[0] <= 0.25


def test_a_server_that_stays_busy_is_given_up_in_the_end(pauses: list[float]) -> None:
    with running(StandIn(lambda _: Reply(503, b"Service Unavailable", {"Retry-After": "7"}))) as server:
        problem = asked(server.url, retries=2)

    assert problem.message == f"Prometheus at {server.url} answers 503: Service Unavailable (3 attempts)"
    assert problem.remedy == "it is starting or stopping: try again"
    assert pauses == [7.0, 7.0]


def test_a_refusal_and_a_certificate_that_is_not_trusted_are_asked_for_once(
    tmp_path: Path, pauses: list[float]
) -> None:
    certificates.make(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    with running(StandIn(lambda _: Reply(500, b"no"))) as server:
        asked(server.url)
    with running(StandIn(lambda _: Reply()), tls=tls) as stranger:
        problem = asked(stranger.url)

    assert len(server.requests) == 1
    assert problem.remedy == "`ca_file` of this server in dojoboards.yaml names the authority to trust"
    assert pauses == []


def test_a_server_that_hangs_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        problem = asked(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2, retries=0)

    assert "did not answer within 0.2 s" in problem.message
    assert problem.exit == Exit.UNREACHABLE


def test_a_server_that_never_comes_to_an_end_is_given_up() -> None:
    stop = threading.Event()

    def drop_by_drop() -> Iterator[bytes]:
        for _ in itertools.takewhile(lambda _: not stop.wait(0.02), range(500)):
            yield b"x"

    with answering(lambda _: Reply(body=drop_by_drop)) as server:
        problem = asked(server.url, timeout=0.3, retries=0)
        stop.set()

    assert "did not answer within 0.3 s" in problem.message


@pytest.mark.parametrize("url", ["prometheus.example:9090", "ftp://prometheus.example", "http://[::1", "http://"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    problem = asked(url)

    assert "cannot be reached" in problem.message
    assert problem.exit == Exit.UNREACHABLE


def test_an_address_below_a_path_and_with_a_slash_at_its_end_works(connect: Connect) -> None:
    with answering(lambda _: Reply()) as server:
        connect(f"{server.url}/prometheus/").post("/-/reload")

    assert [(request.method, request.path) for request in server.requests] == [("POST", "/prometheus/-/reload")]


@pytest.fixture
def welcoming() -> Iterator[Answering]:
    with answering(lambda _: Reply()) as server:
        yield server


def test_a_token_and_a_password_are_sent(
    welcoming: Answering, connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "example-token")
    (tmp_path / "password").write_text("example-pässword\n")

    connect(welcoming.url, tmp_path, bearer_token=SecretRef(env="SHOP_TOKEN")).get("/a")
    connect(welcoming.url, tmp_path, username="me", password=SecretRef(file="password")).get("/b")

    sent = [request.headers["Authorization"] for request in welcoming.requests]
    assert sent == ["Bearer example-token", "Basic bWU6ZXhhbXBsZS1ww6Rzc3dvcmQ="]


@pytest.mark.parametrize("token", ["example\ntoken", "exämple-token"])
def test_a_token_that_cannot_be_sent_is_not_shown(
    token: str, welcoming: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", token)

    problem = asked(welcoming.url, bearer_token=SecretRef(env="SHOP_TOKEN"))

    assert "has characters that no header may have" in problem.message
    assert "mple" not in str(problem)
    assert welcoming.requests == []


def test_a_password_in_the_address_is_not_shown() -> None:
    problem = asked("http://me:example-password@127.0.0.1:1")

    assert problem.message.startswith("Prometheus at http://127.0.0.1:1 cannot be reached")
    assert "example-password" not in str(problem)


def test_certificates_that_are_not_there_are_told(tmp_path: Path) -> None:
    problem = asked("https://127.0.0.1:1", root=tmp_path, ca_file="gone.pem")

    assert problem.message == (
        "Prometheus at https://127.0.0.1:1: cannot read the certificates: No such file or directory"
    )
    assert problem.exit == Exit.UNREADABLE


@pytest.mark.parametrize(
    "url",
    [
        "prometheus.example:9090",
        "ftp://a",
        "me:example-secret@a",
        "http://me:example-secret@a",
        "http://a b",
        "http://",
    ],
)
def test_a_variable_that_holds_no_address_is_named_and_not_shown(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", url)

    problem = asked(Lookup(env="SHOP_URL", default="http://127.0.0.1:1"))

    assert problem.message == "the environment variable SHOP_URL does not hold the address of a server"
    assert problem.exit == Exit.UNREADABLE
    assert (
        "example-secret" not in f"{problem}{Client(Server(url=Lookup(env='SHOP_URL', default='x')), 'y', Path()).name}"
    )


def test_a_server_that_repeats_what_it_was_sent_does_not_make_us_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", "example-secret")

    with answering(lambda request: Reply(400, f"no: {request.headers['Authorization']}".encode())) as server:
        by_token = asked(server.url, bearer_token=SecretRef(env="SHOP_SECRET"))
        by_password = asked(server.url, username="me", password=SecretRef(env="SHOP_SECRET"))

    assert by_token.message == f"Prometheus at {server.url} answers 400: no: Bearer (secret)"
    assert by_password.message == f"Prometheus at {server.url} answers 400: no: Basic (secret)"
