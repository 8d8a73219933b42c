"""Servers: HTTP to Prometheus and Alertmanager, to make them reload and to see what they run.

Both are asked over their own interfaces: `/-/ready`, `/-/reload`, Prometheus' `/api/v1/rules` and
`/api/v1/status/config`, and `/metrics`.
"""

from __future__ import annotations

import re
import ssl
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.model import Server
from dojoboards.targets.secrets import lookup, resolve

if TYPE_CHECKING:
    import httpx

_MOST_BYTES = 256 * 1024 * 1024
_SHOWN = 400


class Client:
    """One server over HTTP: every request is bounded in time and size, and no redirect is followed."""

    def __init__(self, server: Server, system: str, root: Path) -> None:
        self.url = lookup(server.url).rstrip("/")
        self.name = f"{system.capitalize()} at {re.sub('//[^/]*@', '//', self.url)}"
        self._server = server
        self._root = root
        self._http: httpx.Client | None = None

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
        import httpx

        timeout = self._server.timeout
        deadline = time.monotonic() + timeout
        body = bytearray()
        try:
            with self._client().stream(method, f"{self.url}{path}") as response:
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
            remedy = "is it running, and is this its address?"
            raise _unusable(f"{self.name} cannot be reached: {reason}", remedy) from None
        if response.status_code != httpx.codes.OK:
            raise DojoboardsError([self._refused(response.status_code, bytes(body))])
        return bytes(body)

    def _slow(self, timeout: float) -> DojoboardsError:
        message = f"{self.name} did not answer within {timeout:g} s"
        return _unusable(message, "is it busy? `timeout` of the server in dojoboards.yaml says how long to wait")

    def _refused(self, status: int, body: bytes) -> Problem:
        text = " ".join(body[:_SHOWN].decode(errors="replace").split())
        what = f"{self.name} answers {status}: {text or 'nothing'}"
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

    def _client(self) -> httpx.Client:
        if self._http is None:
            import httpx

            server = self._server
            headers = {}
            auth = None
            if server.password is not None:
                password = resolve(server.password, f"the password for {self.name}", self._root)
                auth = httpx.BasicAuth(server.username, password)
            if server.bearer_token is not None:
                token = resolve(server.bearer_token, f"the token for {self.name}", self._root)
                if not (token.isascii() and token.isprintable()):  # an error about the header would show it
                    message = f"the token for {self.name} has characters that no header may have"
                    remedy = "look for line ends and quotes in it"
                    raise DojoboardsError([Problem(message, None, remedy, Exit.UNREADABLE)])
                headers["Authorization"] = f"Bearer {token}"
            self._http = httpx.Client(
                auth=auth, headers=headers, timeout=server.timeout, verify=self._trust(), follow_redirects=False
            )
        return self._http

    def _trust(self) -> ssl.SSLContext | bool:
        server = self._server
        if not self.url.startswith("https:"):
            return True
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


def _unusable(message: str, remedy: str) -> DojoboardsError:
    return DojoboardsError([Problem(message, None, remedy, Exit.UNREACHABLE)])
