"""One Grafana over HTTP: bounded, retrying requests whose failures are problems with a remedy."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.model import Api
from dojoboards.targets import requests
from dojoboards.targets.secrets import lookup, resolve, shown_address

_SHOWN = 300
_LOGIN = "check the `token`, or `username` and `password`, of `targets.grafana` in dojoboards.yaml"
_ADDRESS = "is this the address of a Grafana, with the path below which it lives?"

pause = time.sleep


class Refusal(Exception):  # noqa: N818  # an answer, which the caller may have waited for
    """Grafana said no.

    Args:
        status: HTTP's status.
        message: Grafana's words.
        word: What Grafana calls it, such as `version-mismatch`; may be empty.
    """

    def __init__(self, status: int, message: str, word: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.word = word


class Connection:
    """A Grafana that is asked through grafana-client; several threads may ask at once.

    Args:
        api: Where it is, and how to log in.
        root: The project's directory, to which the paths of files refer.
    """

    def __init__(self, api: Api, root: Path) -> None:
        self.url = lookup(api.url).rstrip("/")
        self.name = f"Grafana at {shown_address(api.url)}"
        self._api = api
        self._root = root
        self._client: Any = None
        self._lock = threading.Lock()
        self._secret = ""

    def get(self, path: str, **query: Any) -> Any:
        """Return what Grafana answers at *path*, which is below `/api`.

        Raises:
            Refusal: the answer is 400 or more.
            DojoboardsError: there is no usable answer.
        """
        return self._ask("GET", f"{path}?{urlencode(query, doseq=True)}" if query else path, None, None)

    def find(self, path: str, **query: Any) -> Any:
        """Return what Grafana answers at *path*, or None where there is nothing.

        Raises:
            Refusal: the answer is another refusal.
            DojoboardsError: there is no usable answer.
        """
        try:
            return self.get(path, **query)
        except Refusal as refusal:
            if refusal.status == 404:  # noqa: PLR2004  # HTTP's own number
                return None
            raise

    def write(self, method: str, path: str, body: object = None, *, done: Callable[[], bool] | None = None) -> Any:
        """Let Grafana change something.

        Args:
            method: `POST`, `PUT` or `DELETE`.
            path: Below `/api`.
            body: What to send, as plain values or as JSON bytes.
            done: Looks whether a request that got no answer has acted all the same, in which case the result is None.
                Without it, repeating the request must be harmless.

        Raises:
            Refusal: the answer is 400 or more.
            DojoboardsError: there is no usable answer.
        """
        content = body if isinstance(body, bytes) else orjson.dumps(body if body is not None else {})
        return self._ask(method, path, None if method == "DELETE" else content, done)

    def problem(
        self, what: str, refusal: Refusal, source: Source | None = None, remedies: Mapping[int | str, str] | None = None
    ) -> Problem:
        """Return the problem that Grafana refuses something.

        Args:
            what: What was asked for, such as `read the dashboard 'shop'`.
            refusal: The answer.
            source: The Python that wanted it.
            remedies: By HTTP's status or Grafana's word.
        """
        given = remedies or {}
        remedy = given.get(refusal.word) or given.get(refusal.status)
        exit_code = Exit.PROBLEM
        if refusal.status in {401, 407}:
            remedy, exit_code = _LOGIN, Exit.UNREACHABLE
        elif refusal.status == 403 and not remedy:  # noqa: PLR2004
            remedy = "give the pushing account the permission that Grafana names, or the role Admin"
            exit_code = Exit.UNREACHABLE
        elif refusal.status >= 500 and not remedy:  # noqa: PLR2004
            remedy = "Grafana's log says more"
        said = refusal.message or "nothing"
        return Problem(f"{self.name} does not {what}: {refusal.status}, {said}", source, remedy or "", exit_code)

    @contextmanager
    def understood(self) -> Iterator[None]:
        """Take what an answer of another shape than Grafana's makes of us for the server's fault.

        Raises:
            DojoboardsError: an answer lacks what every Grafana tells.
        """
        try:
            yield
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            what = f"answers something else than a Grafana does ({type(error).__name__}: {error})"
            raise self._unusable(what, _ADDRESS) from error

    def unready(self) -> list[Problem]:
        """Return why it cannot even be asked: a token that is not set, say. Nothing is sent."""
        try:
            self._grafana()
        except DojoboardsError as error:
            return list(error.problems)
        return []

    def close(self) -> None:
        """Close its connections."""
        if self._client is not None:
            self._client.s.close()

    def _ask(self, method: str, path: str, content: bytes | None, done: Callable[[], bool] | None) -> Any:
        from dojoboards.targets.grafana_api.session import Fault, Unusable

        for attempt in range(self._api.retries + 1):
            try:
                return self._send(method, path, content)
            except Unusable as error:
                raise self._unusable(str(error), _ADDRESS) from None
            except Fault as fault:
                reason, wait = fault.reason, fault.wait
            if attempt < self._api.retries:
                pause(requests.pause_before(attempt, wait))
                if done is not None and done():
                    return None
        remedy = "is it running, and is this its address? What was pushed stays, and the next push goes on from there"
        raise self._unusable(f"gives no answer{requests.attempts(self._api.retries)}: {reason}", remedy)

    def _send(self, method: str, path: str, content: bytes | None) -> Any:
        from grafana_client.client import GrafanaException

        headers = {"Content-Type": "application/json"} if content is not None else None
        try:
            answer = getattr(self._grafana(), method)(path, data=content, headers=headers)
        except GrafanaException as error:
            raise self._refusal(error.status_code, error.response) from None
        except ValueError:
            raise self._unusable("answers something that is not JSON", _ADDRESS) from None
        if not isinstance(answer, dict | list):
            raise self._unusable("answers with a page for people instead of data", f"{_ADDRESS} {_LOGIN}")
        return answer

    def _grafana(self) -> Any:
        """Return grafana-client's client, which is made once."""
        from dojoboards.targets.grafana_api import session

        with self._lock:
            if self._client is None:
                address = self._address()
                trust = self._trust() if address["protocol"] == "https" else None
                sending = session.Session(trust, self._api.timeout)
                self._client = session.client(address, self._auth(), sending, self._api.organisation)
        return self._client

    def _trust(self) -> ssl.SSLContext:
        api = self._api
        try:
            context = ssl.create_default_context(cafile=self._file(api.ca_file) if api.ca_file else None)
            if api.cert_file:
                context.load_cert_chain(self._file(api.cert_file), self._file(api.key_file))
        except OSError as error:
            reason = error.strerror or str(error)
            remedy = "check `ca_file`, `cert_file` and `key_file` of `targets.grafana` in dojoboards.yaml"
            raise self._wrong(f"has certificates that cannot be read: {reason}", remedy) from None
        return context

    def _file(self, path: str) -> str:
        return str(self._root / Path(path).expanduser())

    def _address(self) -> dict[str, Any]:
        try:
            parts = urlsplit(self.url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port, parts = "", None, urlsplit("")
        if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
            raise self._wrong("has an address that cannot be used", "give `url` as https://HOST[:PORT][/PATH]")
        if parts.username is not None:
            raise self._wrong("has credentials in its address", "give `username` and `password` instead")
        # The library takes the host as it stands in the address, and a path that ends in a slash.
        path = parts.path.strip("/")
        return {
            "protocol": parts.scheme,
            "host": f"[{host}]" if ":" in host else host,
            "port": port,
            "url_path_prefix": f"{path}/" if path else "",
        }

    def _auth(self) -> str | tuple[str, str]:
        api = self._api
        if api.token is not None:
            token = resolve(api.token, f"the token for {self.name}", self._root)
            if not (token.isascii() and token.isprintable()):  # an error about the header would show it
                raise self._wrong("has a token that no header may have", "look for line ends and quotes in it")
            self._secret = token
            return token
        if api.password is None:
            raise self._wrong("has neither a token nor a password", "give `token` in dojoboards.yaml")
        self._secret = resolve(api.password, f"the password for {self.name}", self._root)
        return api.username, self._secret

    def _refusal(self, status: int, response: Any) -> Refusal:
        word = ""
        if isinstance(response, dict):
            words = [str(response[key]) for key in ("message", "error") if response.get(key)]
            text, word = ". ".join(dict.fromkeys(words)), str(response.get("status") or "")
        else:
            text = " ".join(str(response).split())
        if self._secret:  # a server may repeat what it was sent
            text = text.replace(self._secret, "(secret)")
        return Refusal(status, text[:_SHOWN], word)

    def _wrong(self, message: str, remedy: str) -> DojoboardsError:
        return DojoboardsError([Problem(f"{self.name} {message}", None, remedy, Exit.UNREADABLE)])

    def _unusable(self, message: str, remedy: str) -> DojoboardsError:
        return DojoboardsError([Problem(f"{self.name} {message}", None, remedy, Exit.UNREACHABLE)])
