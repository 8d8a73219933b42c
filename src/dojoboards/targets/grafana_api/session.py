"""What grafana-client sends its requests with: bounded in time and size, for several threads, without redirects.

The library's own session follows redirects, reads without end, and costs as much as Grafana's answer; this one is the
standard library's HTTP. Imported only by a push, since grafana-client takes its time.
"""

from __future__ import annotations

import base64
import http.client
import select
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from grafana_client.api import GrafanaApi

from dojoboards.targets import requests

MOST_BYTES = 64 * 1024 * 1024
_PIECE = 256 * 1024
_REDIRECTS = range(300, 400)


class Fault(Exception):  # noqa: N818  # a retry may mend it
    """What may pass: no connection, a server that is busy.

    Args:
        reason: What was seen.
        wait: How many seconds the server asks to be left alone; 0 if it does not say.
    """

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


class Unusable(Exception):  # noqa: N818  # the connection makes a problem of it
    """An answer that is none: a redirect, one without end, or of somebody who cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was read to its end; the members are those that grafana-client looks at."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        """Return the value of the content.

        Raises:
            ValueError: it is not JSON.
        """
        return orjson.loads(self.content)


@dataclass(slots=True)
class Session:
    """Connections that stay open, each used by one thread at a time.

    Args:
        trust: How servers and we are known by certificates; None for plain HTTP.
        timeout: Seconds for one whole request.
        headers: Sent with every request.
    """

    trust: ssl.SSLContext | None
    timeout: float
    headers: dict[str, str] = field(default_factory=dict)
    _idle: list[http.client.HTTPConnection] = field(default_factory=list)
    _proxies: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def request(
        self,
        method: str,
        url: str,
        *,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Callable[[Any], Any] | None = None,
        **_: Any,
    ) -> Answer:
        """Send a request and read the whole answer.

        Args:
            method: HTTP's method.
            url: Where to.
            data: The body.
            headers: More headers.
            auth: Puts credentials on a request.

        Raises:
            Fault: there is no connection, or the server is busy.
            Unusable: the answer is none, or comes from somebody who cannot be trusted.
        """
        prepared = SimpleNamespace(headers={**self.headers, **(headers or {})})
        if auth is not None:
            auth(prepared)
        try:
            with self._connection(url) as (connection, path, extra):
                answer = self._exchange(connection, method.upper(), path, data, {**prepared.headers, **extra})
        except ssl.SSLError as error:
            raise Unusable(f"cannot be trusted: {error.reason or error}") from None
        except TimeoutError:
            raise Fault(f"it did not answer within {self.timeout:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise Fault(f"it cannot be reached: {reason}") from None
        if answer.status_code in requests.BUSY:
            raise Fault(f"it answers {answer.status_code}", requests.asked_for(answer.headers.get("Retry-After")))
        if answer.status_code in _REDIRECTS:
            raise Unusable(f"answers {answer.status_code}, a redirect, which is not followed")
        return answer

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, path: str, data: bytes | None, headers: Any
    ) -> Answer:
        deadline = time.monotonic() + self.timeout
        connection.request(method, path, data, headers)
        body = bytearray()
        with connection.getresponse() as response:
            while piece := response.read1(_PIECE):
                body += piece
                if time.monotonic() > deadline:
                    raise TimeoutError
                if len(body) > MOST_BYTES:
                    raise Unusable("answers without end")
            if response.length:  # `read1` takes an end before its time for an end
                raise http.client.IncompleteRead(bytes(body), response.length)
        return Answer(response.status, dict(response.headers.items()), bytes(body))

    @contextmanager
    def _connection(self, url: str) -> Iterator[tuple[http.client.HTTPConnection, str, dict[str, str]]]:
        """Lend a connection, with the path and the headers that a request needs there; a broken one is closed."""
        parts = urlsplit(url)
        if parts.netloc not in self._proxies:  # to look through the environment takes longer than to ask
            self._proxies[parts.netloc] = _proxy(parts.scheme, parts.netloc)
        proxy = self._proxies[parts.netloc]
        plain_proxy = proxy is not None and parts.scheme == "http"
        path = url if plain_proxy else f"{parts.path}?{parts.query}" if parts.query else parts.path
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is not None and _has_ended(connection):
            connection.close()
            connection = None
        connection = connection or self._open(parts.scheme, parts.hostname or "", parts.port, proxy)
        try:
            yield connection, path, _credentials(proxy) if plain_proxy else {}
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)

    def _open(self, scheme: str, host: str, port: int | None, proxy: Any) -> http.client.HTTPConnection:
        near, near_port = (proxy.hostname or "", proxy.port) if proxy else (host, port)
        if scheme == "http":
            return http.client.HTTPConnection(near, near_port, timeout=self.timeout)
        connection = http.client.HTTPSConnection(near, near_port, timeout=self.timeout, context=self.trust)
        if proxy:
            connection.set_tunnel(host, port or 443, _credentials(proxy))
        return connection


def client(address: Mapping[str, Any], auth: str | tuple[str, str], session: Session, organisation: int) -> Any:
    """Return a client of grafana-client that uses *session*.

    Args:
        address: `protocol`, `host`, `port` and `url_path_prefix`, as the library wants them.
        auth: A token, or a name and a password.
        session: What sends.
        organisation: The number of the organisation; 0 is the account's own.
    """
    made: Any = GrafanaApi(auth, **address, organization_id=organisation or None).client
    session.headers |= {key: str(value) for key, value in made.s.headers.items() if key in _SENT}
    made.s.close()
    made.s = session
    return made


_SENT = ("User-Agent", "X-Grafana-Org-Id")


def _proxy(scheme: str, host: str) -> Any:
    """Return the address of the proxy that the environment names for a host, or None."""
    found = urllib.request.getproxies().get(scheme)
    return urlsplit(found if "//" in found else f"//{found}") if found and not _bypassed(host) else None


def _bypassed(host: str) -> bool:
    return bool(urllib.request.proxy_bypass(host))


def _credentials(proxy: Any) -> dict[str, str]:
    if proxy is None or proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _has_ended(connection: http.client.HTTPConnection) -> bool:
    """Return whether the server has hung up on a connection on which nothing is under way."""
    if connection.sock is None:
        return False  # it opens itself again
    with suppress(OSError, ValueError):
        return bool(select.select([connection.sock], [], [], 0)[0])
    return True
