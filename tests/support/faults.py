"""What goes wrong between a client and a stand-in server, and with which request."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from support.answers import Reply, Request


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request.

    Args:
        acts: Whether the server does what was asked all the same.
        cut: Whether the connection is cut instead of an answer.
        reply: What is answered instead of the server's own answer.
        keep: How many bytes of the answer's body arrive before the connection is cut; None: all of them.
        delay: How many seconds longer it takes, before anything is done.
    """

    acts: bool = True
    cut: bool = False
    reply: Reply | None = None
    keep: int | None = None
    delay: float = 0.0


def answer(status: int, body: bytes = b'{"message": "injected"}', *, acts: bool = False, **headers: str) -> Fault:
    """Answer this instead; an underscore in the name of a header stands for a dash.

    Args:
        status: HTTP's status.
        body: The whole of it.
        acts: Whether the server does what was asked, as behind a proxy that lost patience.
        headers: More headers, such as `Retry_After="1"`.
    """
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(acts=acts, reply=Reply(status, body, {"Content-Type": "application/json", **named}))


def redirect(url: str, status: int = 302) -> Fault:
    """Send the client somewhere else."""
    return answer(status, b"", Location=url)


def _forever() -> Iterator[bytes]:
    yield b'{"endless": "'
    yield from itertools.repeat(b"x" * 65536)


_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body><form action='/login'></form></body></html>"

CUT_BEFORE = Fault(acts=False, cut=True)
CUT_AFTER = Fault(cut=True)
TRUNCATED = Fault(keep=7)
ENDLESS = Fault(acts=False, reply=Reply(200, _forever, {"Content-Type": "application/json"}))
LOGIN_PAGE = Fault(acts=False, reply=Reply(200, _PAGE, {"Content-Type": "text/html; charset=UTF-8"}))
BAD_JSON = answer(200, b'{"dashboard": {"title": ')


@dataclass
class _Rule:
    fault: Fault
    method: str | None
    path: str
    first: int
    times: int | None
    seen: int = 0

    def applies(self, request: Request) -> bool:
        if self.method not in {None, request.method} or not fnmatchcase(request.path.partition("?")[0], self.path):
            return False
        self.seen += 1
        return self.seen >= self.first and (self.times is None or self.seen < self.first + self.times)


@dataclass
class Faults:
    """Which requests go wrong, and how; whoever uses it holds the server's lock."""

    rules: list[_Rule] = field(default_factory=list)

    def add(self, fault: Fault, method: str | None, path: str, nth: int, times: int | None) -> None:
        """Add a rule; the first rule that applies to a request decides."""
        self.rules.append(_Rule(fault, method, path, nth, times))

    def of(self, request: Request) -> Fault | None:
        """Return what goes wrong with a request; every rule counts it."""
        return next(iter([rule.fault for rule in self.rules if rule.applies(request)]), None)
