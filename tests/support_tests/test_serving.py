from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from support import certificates, faults
from support.answers import Reply, Request
from support.asking import PLAIN
from support.serving import StandIn, running


class Counter(StandIn):
    """Counts what it did."""

    def __init__(self) -> None:
        super().__init__(self._count)
        self.done = 0

    def _count(self, request: Request) -> Reply:
        done = self.done
        time.sleep(0)
        self.done = done + 1
        return Reply(200, f'{{"body": "{request.body.decode()}"}}'.encode(), {"Content-Type": "application/json"})


@pytest.fixture
def counter() -> Iterator[Counter]:
    with running(Counter()) as server:
        yield server


@pytest.fixture
def client(counter: Counter) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=counter.url, trust_env=False, verify=PLAIN) as client:
        yield client


def test_it_answers_over_a_connection_that_stays_open(counter: Counter, client: httpx.Client) -> None:
    answers = [client.post("/x", content=text).json()["body"] for text in ("a", "b")]

    assert answers == ["a", "b"]
    assert counter.done == 2


def test_a_body_in_chunks_is_read(client: httpx.Client) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one "
        yield b"two"

    assert client.post("/x", content=pieces()).json() == {"body": "one two"}


def test_requests_are_kept_with_their_method_path_status_headers_and_body(
    counter: Counter, client: httpx.Client
) -> None:
    client.get("/x?y=1", headers={"X-Some-Header": "z"})
    client.put("/x", content="body")
    read, written = counter.requests

    assert (read.method, read.path, read.status, read.headers["x-some-header"]) == ("GET", "/x?y=1", 200, "z")
    assert (written.method, written.body) == ("PUT", b"body")
    assert counter.writes == [written]


def test_many_clients_at_once_never_meet_in_its_state(counter: Counter, client: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.post("/x"), range(200)))

    assert counter.done == 200
    assert len(counter.requests) == 200


def test_latency_is_that_of_each_request_alone(counter: Counter, client: httpx.Client) -> None:
    counter.latency_ms = 100
    start = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.get("/"), range(8)))

    assert 0.1 <= time.monotonic() - start < 0.6


def test_the_nth_request_gets_the_answer_that_is_injected(counter: Counter, client: httpx.Client) -> None:
    counter.fail(faults.answer(429, Retry_After="7"), nth=2)
    answers = [client.post("/x") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert answers[1].headers["Retry-After"] == "7"
    assert answers[1].json() == {"message": "injected"}
    assert counter.done == 2
    assert [request.acted for request in counter.requests] == [True, False, True]


def test_a_fault_may_meet_only_one_method_and_path_and_several_requests(counter: Counter, client: httpx.Client) -> None:
    counter.fail(faults.answer(503), method="POST", path="/a/*", nth=2, times=2)
    asked = [("GET", "/a/1"), ("POST", "/b"), *[("POST", "/a/b/c?d=e")] * 4]

    assert [client.request(method, path).status_code for method, path in asked] == [200, 200, 200, 503, 503, 200]


def test_a_fault_may_last_until_it_is_healed(counter: Counter, client: httpx.Client) -> None:
    counter.fail(faults.answer(502), times=None)
    broken = [client.get("/").status_code for _ in range(3)]
    counter.heal()

    assert broken == [502, 502, 502]
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(("fault", "done"), [(faults.CUT_BEFORE, 0), (faults.CUT_AFTER, 1)])
def test_a_connection_is_cut_before_or_after_the_server_acts(
    counter: Counter, client: httpx.Client, fault: faults.Fault, done: int
) -> None:
    counter.fail(fault)
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/x")

    assert counter.done == done
    assert [request.status for request in counter.requests] == [None]
    assert client.post("/x").status_code == 200


def test_an_answer_may_come_from_a_proxy_though_the_server_acted(counter: Counter, client: httpx.Client) -> None:
    counter.fail(faults.answer(504, acts=True))

    assert client.post("/x").status_code == 504
    assert counter.done == 1


def test_an_answer_may_end_early(counter: Counter, client: httpx.Client) -> None:
    counter.fail(faults.TRUNCATED)

    with pytest.raises(httpx.RemoteProtocolError, match="received 7 bytes"):
        client.post("/x")


def test_an_answer_may_never_end(counter: Counter, client: httpx.Client) -> None:
    counter.fail(faults.ENDLESS)
    got = 0
    with client.stream("GET", "/x") as answer:
        for piece in answer.iter_bytes():
            got += len(piece)
            if got > 1_000_000:
                break

    assert got > 1_000_000


def test_an_answer_may_be_a_login_page_or_no_json(counter: Counter, client: httpx.Client) -> None:
    counter.fail(faults.LOGIN_PAGE)
    counter.fail(faults.BAD_JSON, nth=2)
    page, broken = client.get("/x"), client.get("/x")

    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=UTF-8")
    assert "Sign in" in page.text
    assert broken.status_code == 200
    with pytest.raises(ValueError, match="char"):
        broken.json()


def test_a_redirect_may_lead_to_another_host_where_credentials_can_be_looked_for(
    counter: Counter, client: httpx.Client
) -> None:
    with running(Counter()) as other:
        counter.fail(faults.redirect(f"{other.url}/x", 307))
        client.post("/y", headers={"Authorization": "Bearer example"}, follow_redirects=True)

    assert [(request.path, "authorization" in request.headers) for request in other.requests] == [("/x", False)]


def test_a_delay_does_not_hold_up_others(counter: Counter, client: httpx.Client) -> None:
    counter.fail(faults.Fault(delay=0.5), path="/slow")
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(client.get, "/slow")
        quick = client.get("/quick").elapsed.total_seconds()

    assert quick < 0.4
    assert slow.result().elapsed.total_seconds() >= 0.5


def test_its_clock_can_be_wrong(counter: Counter, client: httpx.Client) -> None:
    counter.clock = lambda: time.time() + 3600
    told = parsedate_to_datetime(client.get("/").headers["Date"]).timestamp()

    assert 3590 < told - time.time() < 3610


def test_it_can_be_served_at_an_address_of_ip_version_6_and_below_a_path() -> None:
    with running(Counter(), host="::1", base_path="/below") as server:
        answer = httpx.get(f"{server.url}/x", trust_env=False, verify=PLAIN)

    assert server.url.startswith("http://[::1]:")
    assert answer.status_code == 200
    assert server.requests[0].path == "/below/x"


def test_it_can_be_served_over_tls_and_survives_clients_that_do_not_trust_it(tmp_path: Path) -> None:
    certificates.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    with running(Counter(), tls=context) as server:
        with pytest.raises(httpx.ConnectError):
            httpx.get(server.url, trust_env=False, verify=PLAIN)
        trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        answer = httpx.get(server.url, trust_env=False, verify=trusting)

    assert server.url.startswith("https://")
    assert answer.status_code == 200
    assert server.done == 1


def test_a_mistake_of_the_stand_in_itself_is_not_hidden() -> None:
    def broken(_: Request) -> Reply:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), running(StandIn(broken)) as server:
        assert httpx.get(server.url, trust_env=False, verify=PLAIN).status_code == 500


def test_stopping_it_ends_answers_that_never_would() -> None:
    start = time.monotonic()
    with running(Counter()) as server, httpx.Client(trust_env=False, verify=PLAIN) as client:
        server.fail(faults.ENDLESS)
        stream = client.send(client.build_request("GET", server.url), stream=True)

    stream.close()

    assert time.monotonic() - start < 5
