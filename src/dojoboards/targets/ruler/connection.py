"""A Mimir, Cortex or Loki over HTTP: retrying requests whose failures are problems with a remedy."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson
import yaml

from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.model import Api
from dojoboards.targets import requests
from dojoboards.targets.secrets import resolve
from dojoboards.targets.servers import Answer, Client, Unanswered, server_of, tenant_header

_SHOWN = 400
_DEEPEST = 50


class Refusal(Exception):  # noqa: N818  # an answer, which the caller may have waited for
    """The server said no.

    Args:
        status: HTTP's status.
        message: Its words.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Connection:
    """One tenant of a server.

    Args:
        api: Where it is, and how to log in.
        part: The part of it that is asked, `ruler` or `Alertmanager`.
        root: The project's directory, to which the paths of files refer.
    """

    def __init__(self, api: Api, part: str, root: Path) -> None:
        self._client = Client(server_of(api), api.flavour, root, tenant_header(api.tenant))
        product, _, url = self._client.name.partition(" at ")
        self.name = f"{product}'s {part} at {url}" + (f", tenant {api.tenant}" if api.tenant else "")
        self._client.name = self.name
        self._api = api
        self._root = root
        self._secrets: tuple[str, ...] = ()

    def hide(self, secrets: Iterable[str]) -> None:
        """Show none of *secrets* in a message, even where the server repeats them."""
        self._secrets = tuple(sorted(secrets, key=len, reverse=True))

    def get(self, path: str, missing: str = "") -> Any:
        """Return the YAML or JSON at *path*, as plain values; None where there is nothing.

        Args:
            path: Below the address.
            missing: What the server says with 404 where there is nothing.

        Raises:
            Refusal: the answer is a refusal.
            DojoboardsError: there is no usable answer.
        """
        try:
            return self._document(self._ask("GET", path, None, HTTPStatus.OK))
        except Refusal as refusal:
            if missing and refusal.status == HTTPStatus.NOT_FOUND and missing in refusal.message:
                return None
            raise

    def post(self, path: str, body: bytes, done: int) -> None:
        """Store *body*, which is YAML; to repeat that must be harmless.

        Args:
            path: Below the address.
            body: What to store.
            done: The status that says that it is stored.

        Raises:
            Refusal: the answer is a refusal.
            DojoboardsError: there is no usable answer.
        """
        self._ask("POST", path, body, done)

    def delete(self, path: str, done: int) -> None:
        """Delete what is at *path*, if anything is.

        Raises:
            Refusal: the answer is a refusal.
            DojoboardsError: there is no usable answer.
        """
        try:
            self._ask("DELETE", path, None, done)
        except Refusal as refusal:
            # A request that got no answer may have acted, so that the repeated one finds nothing.
            if refusal.status != HTTPStatus.NOT_FOUND or "page not found" in refusal.message:
                raise

    def problem(self, what: str, refusal: Refusal, source: Source | None = None) -> Problem:
        """Return the problem that the server refuses something.

        Args:
            what: What was asked for, such as `let us read the rules`.
            refusal: The answer.
            source: The Python that wanted it.
        """
        remedy, exit_code = self._remedy(refusal)
        said = refusal.message or "nothing"
        return Problem(f"{self.name} does not {what}: {refusal.status}, {said}", source, remedy, exit_code)

    def unusable(self, what: str) -> DojoboardsError:
        """Return the error that an answer is not one of such a server."""
        remedy = f"is this the address of a {self._api.flavour.capitalize()}, without the path of its API?"
        return DojoboardsError([Problem(f"{self.name} {what}", None, remedy, Exit.UNREACHABLE)])

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def _remedy(self, refusal: Refusal) -> tuple[str, Exit]:
        if refusal.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED}:
            if "org id" in refusal.message:
                return "it serves several tenants: give `tenant` in dojoboards.yaml", Exit.UNREACHABLE
            return "check `token`, or `username` and `password`, in dojoboards.yaml", Exit.UNREACHABLE
        if refusal.status == HTTPStatus.FORBIDDEN:
            return "may this account change the rules of this tenant?", Exit.UNREACHABLE
        if refusal.status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
            product = self._api.flavour.capitalize()
            remedy = f"is this the address of a {product}, and does it let its configuration API be used?"
            return remedy, Exit.UNREACHABLE
        if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return "its log says more", Exit.PROBLEM
        return "", Exit.PROBLEM

    def _ask(self, method: str, path: str, content: bytes | None, done: int) -> Answer:
        try:
            answer = self._client.insist(method, path, content)
        except Unanswered as fault:
            reason, remedy = fault.message, fault.remedy
        else:
            if answer.status not in requests.BUSY:
                return self._understood(answer, done)
            tried = requests.attempts(self._api.retries)
            reason, remedy = (
                f"{self.name} answers {answer.status}: {self._text(answer)}{tried}",
                "try again when it can",
            )
        raise DojoboardsError([Problem(reason, None, remedy, Exit.UNREACHABLE)])

    def _understood(self, answer: Answer, done: int) -> Answer:
        if answer.status == done:
            return answer
        if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
            raise self.unusable(f"answers {answer.status}, a redirect, which is not followed")
        if answer.status < HTTPStatus.BAD_REQUEST:
            raise self.unusable(f"answers {answer.status} instead of {done}{_page(answer)}")
        raise Refusal(answer.status, self._text(answer))

    def _document(self, answer: Answer) -> Any:
        if page := _page(answer):
            raise self.unusable(f"answers{page}")
        try:
            if "json" in answer.headers.get("content-type", ""):
                return orjson.loads(answer.body)
            depth = 0
            for event in yaml.parse(answer.body, yaml.CSafeLoader):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if isinstance(event, yaml.AliasEvent) or depth > _DEEPEST:  # a few lines may stand for billions
                    raise self.unusable("answers with YAML that no ruler writes")
            return yaml.load(answer.body, yaml.CSafeLoader)
        except (yaml.YAMLError, ValueError):
            raise self.unusable("answers something that is neither YAML nor JSON") from None

    def _text(self, answer: Answer) -> str:
        """Return the words of an answer, without what we log in with and what is hidden."""
        text = " ".join(answer.body[: 16 * _SHOWN].decode(errors="replace").split())
        own = [
            resolve(reference, "what we log in with", self._root)
            for reference in (self._api.token, self._api.password)
            if reference is not None
        ]
        pairs = [base64.b64encode(f"{self._api.username}:{value}".encode()).decode() for value in own]
        for secret in (*pairs, *own, *self._secrets):
            text = text.replace(secret, "(secret)")
        return text[:_SHOWN] or "nothing"


def _page(answer: Answer) -> str:
    is_page = "html" in answer.headers.get("content-type", "") or answer.body.lstrip()[:1] == b"<"
    return " with a page for people instead of data" if is_page else ""
