"""A call of Grafana's API: who asks what of which organisation, and how it is answered or refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from support.answers import Reply
from support.grafana.state import Account, Organisation, State

UID = re.compile(r"[a-zA-Z0-9\-_]*")


@dataclass(frozen=True)
class Call:
    """A call that is allowed to knock.

    Args:
        state: Everything the server holds.
        org: The organisation that it is about.
        who: Who asks.
        params: The parts of the path that vary.
        query: The query.
        content: The JSON of the body; None: there is none, or it is none.
    """

    state: State
    org: Organisation
    who: Account
    params: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    content: Any

    @property
    def role(self) -> str:
        """The basic role of who asks, in this organisation."""
        return self.who.roles.get(self.org.id, "None")

    def body(self) -> dict[str, Any]:
        """Return the body, which must be an object.

        Raises:
            Refused: it is none.
        """
        if not isinstance(self.content, dict):
            raise Refused(400, "bad request data")
        return self.content

    def text(self, name: str) -> str:
        """Return a parameter of the query, empty when it is not given."""
        return next(iter(self.query.get(name, [])), "")

    def whole(self, name: str, default: int = 0) -> int:
        """Return a whole number of the query; what is none counts as not given."""
        return int(self.text(name)) if self.text(name).lstrip("-").isdigit() else default


class Refused(Exception):  # noqa: N818  # it is no mistake
    """A refusal, with HTTP's status and the fields of the answer."""

    def __init__(self, status: int, message: str, /, **fields: Any) -> None:
        super().__init__(message)
        self.reply = ok({"message": message, **fields}, status)


def ok(document: Any, status: int = 200) -> Reply:
    """Answer with a JSON document."""
    return Reply(status, orjson.dumps(document), {"Content-Type": "application/json", "Cache-Control": "no-store"})


def forbidden(action: str) -> Refused:
    """Return the refusal of role-based access control that names the missing permission."""
    return Refused(
        403,
        f"You'll need additional permissions to perform this action. Permissions needed: {action}",
        title="Access denied",
        accessErrorId="ACE0000000001",
    )


def admin(call: Call, action: str) -> None:
    """Refuse whoever is no administrator of the organisation."""
    if call.role != "Admin":
        raise forbidden(action)


def page(rows: Sequence[Any], number: int, size: int) -> Sequence[Any]:
    """Return one page of rows; pages count from 1."""
    start = (max(number, 1) - 1) * size
    return rows[start : start + size]


@lru_cache(65536)
def slug(title: str) -> str:
    """Return the part of a URL that Grafana makes of a title; what is not ASCII is left out here."""
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in title.lower()).split()
    return "-".join(words)


def same_title(one: str, other: str) -> bool:
    """Return whether 9.4 takes two titles for the same: it compares what a URL would have of them."""
    return one == other or (slug(one) == slug(other) != "")
