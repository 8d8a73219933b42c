"""An HTTP server on loopback for stand-ins: quick, strict about nothing, and as faulty as a test wants it.

It speaks what clients of an API use of HTTP/1.1: connections that stay open, bodies with a length or in chunks.
Each connection has a thread; the stand-in's state is only touched under its lock.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from io import BufferedIOBase
from typing import Any, TypeVar

from support.answers import Reply, Request
from support.faults import Fault, Faults

_LINE = 65536
_OWN = Fault()

S = TypeVar("S", bound="StandIn")


@dataclass
class Seen:
    """A request that came in, and what was answered.

    Args:
        method: HTTP's method.
        path: The path with its query, as it came.
        headers: The headers; names in lower case.
        body: The whole of it, or nothing when bodies are not kept.
        status: What was answered; None when the connection was cut.
        acted: Whether the server did what was asked.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int | None = None
    acted: bool = False

    @property
    def writes(self) -> bool:
        """Whether its method says that it changes something."""
        return self.method not in {"GET", "HEAD", "OPTIONS"}


class StandIn:
    """A running stand-in server.

    Args:
        answer: What it answers to a request; called by one thread at a time.

    Attributes:
        url: Its address, without a slash at the end.
        requests: What came in, in order.
        latency_ms: How long each answer takes at least.
        clock: Its clock, as the `Date` of its answers tells it.
        keep_bodies: Whether bodies of requests are kept in `requests`.
        lock: Held whenever its state is touched.
        mistakes: What the stand-in itself could not cope with.
    """

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.answer = answer
        self.url = ""
        self.requests: list[Seen] = []
        self.latency_ms = 0.0
        self.clock: Callable[[], float] = time.time
        self.keep_bodies = True
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self.mistakes: list[Exception] = []
        self._faults = Faults()

    @property
    def writes(self) -> list[Seen]:
        """The requests that change something by their method."""
        return [request for request in self.requests if request.writes]

    def fail(
        self, fault: Fault, *, nth: int = 1, times: int | None = 1, method: str | None = None, path: str = "*"
    ) -> None:
        """Let requests go wrong from now on.

        Args:
            fault: What goes wrong.
            nth: With which of the matching requests it starts; the next one is 1.
            times: With how many it goes wrong; None: with all that follow.
            method: Only requests with this method.
            path: Only paths that match this pattern, in which `*` stands for anything; the query is not looked at.
        """
        with self.lock:
            self._faults.add(fault, method, path, nth, times)

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        with self.lock:
            self._faults.rules.clear()

    def exchange(self, request: Request) -> tuple[Reply, Fault]:
        """Return the answer to a request, and what goes wrong on its way."""
        seen = Seen(request.method, request.path, request.headers, request.body if self.keep_bodies else b"")
        with self.lock:
            self.requests.append(seen)
            fault = self._faults.of(request) or _OWN
        self.stopping.wait(self.latency_ms / 1000 + fault.delay)
        with self.lock:
            reply = self._act(request) if fault.acts else Reply(503)
            reply = fault.reply or reply
            seen.acted = fault.acts
            seen.status = None if fault.cut else reply.status
        return reply, fault

    def _act(self, request: Request) -> Reply:
        try:
            return self.answer(request)
        except Exception as mistake:
            self.mistakes.append(mistake)
            return Reply(500, repr(mistake).encode())


@contextmanager
def running(
    stand_in: S, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, base_path: str = ""
) -> Iterator[S]:
    """Serve a stand-in until the context ends; a mistake of the stand-in itself is raised then.

    Args:
        stand_in: What to serve.
        host: `127.0.0.1` or `::1`.
        tls: Serve HTTPS with this.
        base_path: The path below which its address is, such as `/grafana`.
    """
    with _Server(stand_in, host, tls) as server:
        name = f"[{host}]" if ":" in host else host
        stand_in.url = f"{'https' if tls else 'http'}://{name}:{server.server_address[1]}{base_path}"
        thread = threading.Thread(target=server.accept, daemon=True)
        thread.start()
        try:
            yield stand_in
        finally:
            stand_in.stopping.set()
            server.hang_up()
            thread.join()
    if stand_in.mistakes:
        raise stand_in.mistakes[0]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, stand_in: StandIn, host: str, tls: ssl.SSLContext | None) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.stand_in = stand_in
        self.tls = tls
        self.open: set[socket.socket] = set()
        super().__init__((host, 0), _Connection)

    def accept(self) -> None:
        while not self.stand_in.stopping.is_set():
            self.handle_request()

    def hang_up(self) -> None:
        with contextlib.suppress(OSError), socket.socket(self.address_family) as last:
            last.connect(self.server_address)
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: object) -> None:
        """Whoever asked has had enough, or did not trust us."""


class _Connection(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        connection: socket.socket = self.request
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server.open.add(connection)
        try:
            if self.server.tls:
                connection = self.server.tls.wrap_socket(connection, server_side=True)
                self.server.open.add(connection)
            with connection, connection.makefile("rb") as incoming:
                self._converse(connection, incoming)
        except OSError:
            pass  # whoever asked has had enough, or did not trust us
        finally:
            self.server.open -= {connection, self.request}

    def _converse(self, connection: socket.socket, incoming: BufferedIOBase) -> None:
        stand_in = self.server.stand_in
        while not stand_in.stopping.is_set() and (request := _read(incoming)) is not None:
            reply, fault = stand_in.exchange(request)
            if fault.cut:
                return
            stays = isinstance(reply.body, bytes) and fault.keep is None
            stays &= request.headers.get("connection", "").lower() != "close"
            _write(connection, reply, fault, stand_in, stays=stays)
            if not stays:
                return


def _read(incoming: BufferedIOBase) -> Request | None:
    words = incoming.readline(_LINE).split()
    if len(words) != 3:
        return None
    headers: dict[str, str] = {}
    while (line := incoming.readline(_LINE).strip()) != b"":
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b"".join(_chunks(incoming))
    else:
        body = incoming.read(int(headers.get("content-length") or 0))
    return Request(words[0].decode(), words[1].decode(), headers, body)


def _chunks(incoming: BufferedIOBase) -> Iterator[bytes]:
    while size := int(incoming.readline(_LINE).split(b";")[0], 16):
        yield incoming.read(size)
        incoming.readline(_LINE)
    incoming.readline(_LINE)


def _write(connection: socket.socket, reply: Reply, fault: Fault, stand_in: StandIn, *, stays: bool) -> None:
    headers: dict[str, Any] = {"Date": formatdate(stand_in.clock(), usegmt=True), **reply.headers}
    headers["Connection"] = "keep-alive" if stays else "close"
    if isinstance(reply.body, bytes) and reply.status != HTTPStatus.NO_CONTENT:
        headers["Content-Length"] = len(reply.body)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    start = f"HTTP/1.1 {reply.status} {_phrase(reply.status)}\r\n{head}\r\n".encode("latin-1")
    if isinstance(reply.body, bytes):
        connection.sendall(start + reply.body[: fault.keep])
        return
    connection.sendall(start)
    for piece in reply.body():
        if stand_in.stopping.is_set():
            return
        connection.sendall(piece)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
