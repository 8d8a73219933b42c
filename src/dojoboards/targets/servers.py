"""Servers: HTTP to Prometheus and Alertmanager, to make them reload and to see what they run.

Both are asked over their own interfaces: `/-/ready`, `/-/reload`, Prometheus' `/api/v1/rules` and
`/api/v1/status/config`, and `/metrics`.
"""

from __future__ import annotations

import base64
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from dojoboards import names
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.model import Api, Lookup, Server
from dojoboards.report.differences.values import printable
from dojoboards.targets import requests
from dojoboards.targets.secrets import is_address, lookup, resolve, shown_address

if TYPE_CHECKING:
    import httpx

_MOST_BYTES = 256 * 1024 * 1024
_SHOWN = 400

pause: Callable[[float], None] = time.sleep


class Unanswered(Exception):  # noqa: N818  # it may pass
    """There is no answer: no connection, or none in time.

    Args:
        message: What was seen.
        remedy: What to do about it.
        lasting: Whether it is no use to ask again.
    """

    def __init__(self, message: str, remedy: str, *, lasting: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.lasting = lasting


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Args:
        status: HTTP's status.
        headers: The headers; names in lower case.
        body: The whole of it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


def server_of(api: Api) -> Server:
    """Return the server that an API is asked at, with the same login and the same trust."""
    return Server(
        url=api.url,
        username=api.username,
        password=api.password,
        bearer_token=api.token,
        ca_file=api.ca_file,
        cert_file=api.cert_file,
        key_file=api.key_file,
        timeout=api.timeout,
        retries=api.retries,
    )


def tenant_header(tenant: str) -> dict[str, str]:
    """Return the header that names a tenant; nothing where there is none."""
    return {"X-Scope-OrgID": tenant} if tenant else {}


class Client:
    """One server over HTTP: every request is bounded in time and size, and no redirect is followed.

    All that it is asked may be asked again without harm, and is after a fault that may pass.

    Args:
        server: Where it is, and how to log in.
        system: What it is.
        root: The project's directory, to which the paths of files refer.
        headers: Sent with every request.
    """

    def __init__(self, server: Server, system: str, root: Path, headers: Mapping[str, str] | None = None) -> None:
        self.url = lookup(server.url).rstrip("/")
        self.name = f"{system.capitalize()} at {shown_address(server.url)}"
        self._system = system
        self._server = server
        self._root = root
        self._headers = dict(headers or {})
        self._http: httpx.Client | None = None
        self._secrets: tuple[str, ...] = ()

    def reach(self, path: str = "/-/ready") -> list[Problem]:
        """Return why the server does not answer at *path*, if so."""
        try:
            self.get(path)
        except DojoboardsError as error:
            return list(error.problems)
        return []

    def reload(self) -> list[Problem]:
        """Let the server read its files again, and return what it says if it cannot."""
        try:
            self.post("/-/reload")
        except DojoboardsError as error:
            return list(error.problems)
        return []

    def unready(self) -> list[Problem]:
        """Return why the server cannot even be asked: a token that is not set, say. Nothing is sent."""
        try:
            self._client()
        except DojoboardsError as error:
            return list(error.problems)
        return []

    def close(self) -> None:
        """Close its connections."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def get(self, path: str) -> bytes:
        """Return what the server has at *path*.

        Raises:
            DojoboardsError: anything but 200.
        """
        return self._ask("GET", path)

    def post(self, path: str) -> bytes:
        """Ask the server to do what is at *path*, and return its answer.

        Raises:
            DojoboardsError: anything but 200.
        """
        return self._ask("POST", path)

    def _ask(self, method: str, path: str) -> bytes:
        try:
            answer = self.insist(method, path)
        except Unanswered as error:
            raise _unusable(error.message, error.remedy) from None
        if answer.status != 200:  # noqa: PLR2004  # HTTP's own number
            raise DojoboardsError([self._refused(answer)])
        if answer.headers.get("content-type", "").startswith("text/html"):
            remedy = f"{_IS_IT} Or does something before it ask who we are?"
            raise _unusable(f"{self.name} answers {path} with a page for people instead of data", remedy)
        return answer.body

    @contextmanager
    def understood(self) -> Iterator[None]:
        """Take what an answer of another shape makes of us for the server's fault.

        Raises:
            DojoboardsError: an answer lacks what such a server tells.
        """
        try:
            yield
        except (
            ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, yaml.YAMLError,
        ) as error:  # fmt: skip
            name = self._system.capitalize()
            remedy = f"is this the address of {names.a(name)}?"
            raise _unusable(f"{self.name} answers something else than {name} does", remedy) from error

    def insist(self, method: str, path: str, content: bytes | None = None) -> Answer:
        """Send a request, again and again where that may help, and return whatever is answered.

        Raises:
            Unanswered: nothing is, or not in time.
            DojoboardsError: the answer has no end, or what we log in with cannot be used.
        """
        left = self._server.retries
        for attempt in range(left):
            try:
                answer = self.exchange(method, path, content)
            except Unanswered as fault:
                if fault.lasting:
                    raise
                wait = 0.0
            else:
                if answer.status not in requests.BUSY:
                    return answer
                wait = requests.asked_for(answer.headers.get("retry-after"))
            pause(requests.pause_before(attempt, wait))
        try:
            return self.exchange(method, path, content)
        except Unanswered as fault:
            raise Unanswered(fault.message + requests.attempts(left), fault.remedy) from None

    def exchange(self, method: str, path: str, content: bytes | None = None) -> Answer:
        """Send a request once, and return whatever is answered.

        Raises:
            Unanswered: nothing is, or not in time.
            DojoboardsError: the answer has no end, or what we log in with cannot be used.
        """
        import httpx

        timeout = self._server.timeout
        deadline = time.monotonic() + timeout
        body = bytearray()
        try:
            with self._client().stream(method, f"{self.url}{path}", content=content) as response:
                for chunk in response.iter_bytes():
                    body += chunk
                    if time.monotonic() > deadline:
                        raise self._slow(timeout)
                    if len(body) > _MOST_BYTES:
                        raise _unusable(f"{self.name} answers without end", _IS_IT)
        except httpx.TimeoutException:
            raise self._slow(timeout) from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            reason = str(error) or type(error).__name__
            untrusted = "CERTIFICATE_VERIFY_FAILED" in reason
            remedy = "is it running, and is this its address?"
            if untrusted:
                remedy = "`ca_file` of this server in dojoboards.yaml names the authority to trust"
            lasting = untrusted or isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol)
            raise Unanswered(f"{self.name} cannot be reached: {reason}", remedy, lasting=lasting) from None
        return Answer(response.status_code, dict(response.headers), bytes(body))

    def _slow(self, timeout: float) -> Unanswered:
        message = f"{self.name} did not answer within {timeout:g} s"
        return Unanswered(message, "is it busy? `timeout` of the server in dojoboards.yaml says how long to wait")

    def _refused(self, answer: Answer) -> Problem:
        status = answer.status
        text = words(self._without_secrets(answer.body[: 16 * _SHOWN].decode(errors="replace")))
        tried = requests.attempts(self._server.retries) if status in requests.BUSY else ""
        what = f"{self.name} answers {status}: {text or 'nothing'}{tried}"
        if status == 403 and "ifecycle" in text:  # noqa: PLR2004  # HTTP's own number
            return Problem(what, None, "start it with --web.enable-lifecycle", Exit.UNREACHABLE)
        if status in (401, 403, 407):
            remedy = "check `username` and `password`, or `bearer_token`, of this server in dojoboards.yaml"
            return Problem(what, None, remedy, Exit.UNREACHABLE)
        if status == 503:  # noqa: PLR2004
            return Problem(what, None, "it is starting or stopping: try again", Exit.UNREACHABLE)
        if status >= 500:  # noqa: PLR2004
            return Problem(what, None, "its log says more", Exit.PROBLEM)
        return Problem(what, None, _IS_IT, Exit.UNREACHABLE)

    def _without_secrets(self, text: str) -> str:
        """Return *text* without what we log in with: a server may repeat what it was sent."""
        for secret in self._secrets:
            text = text.replace(secret, "(secret)")
        return text

    def _client(self) -> httpx.Client:
        if self._http is None:
            import httpx

            server = self._server
            if isinstance(server.url, Lookup) and not is_address(self.url):
                message = f"the environment variable {server.url.env} does not hold the address of a server"
                remedy = (
                    "give http://HOST[:PORT][/PATH] or https://...; `username` and `password` have keys of their own"
                )
                raise DojoboardsError([Problem(message, None, remedy, Exit.UNREADABLE)])
            headers = dict(self._headers)
            auth = None
            if server.password is not None:
                password = resolve(server.password, f"the password for {self.name}", self._root)
                auth = httpx.BasicAuth(server.username, password)
                pair = base64.b64encode(f"{server.username}:{password}".encode()).decode()
                self._secrets = (pair, password)
            if server.bearer_token is not None:
                token = resolve(server.bearer_token, f"the token for {self.name}", self._root)
                if not (token.isascii() and token.isprintable()):  # an error about the header would show it
                    message = f"the token for {self.name} has characters that no header may have"
                    remedy = "look for line ends and quotes in it"
                    raise DojoboardsError([Problem(message, None, remedy, Exit.UNREADABLE)])
                headers["Authorization"] = f"Bearer {token}"
                self._secrets = (*self._secrets, token)
            self._http = httpx.Client(
                auth=auth, headers=headers, timeout=server.timeout, verify=self._trust(), follow_redirects=False
            )
        return self._http

    def _trust(self) -> ssl.SSLContext:
        server = self._server
        if not self.url.startswith("https:"):
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody; to read the authorities takes a while
        try:
            context = ssl.create_default_context(cafile=str(self._root / server.ca_file) if server.ca_file else None)
            if server.cert_file:
                context.load_cert_chain(self._root / server.cert_file, self._root / server.key_file)
        except OSError as error:
            reason = error.strerror or str(error)
            message = f"{self.name}: cannot read the certificates: {reason}"
            remedy = "check `ca_file`, `cert_file` and `key_file` of this server in dojoboards.yaml"
            raise DojoboardsError([Problem(message, None, remedy, Exit.UNREADABLE)]) from None
        return context


_IS_IT = "is this the address of that server, with the path below which it lives?"


def words(said: object, most: int = _SHOWN) -> str:
    """Return what a server says, in one line of at most *most* characters, as a terminal can show it."""
    return printable(" ".join(str(said).split())[:most])


def _unusable(message: str, remedy: str) -> DojoboardsError:
    return DojoboardsError([Problem(message, None, remedy, Exit.UNREACHABLE)])
