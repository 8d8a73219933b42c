"""A Slack and a mail server that keep what they are told, taken apart into alerts."""

from __future__ import annotations

import email
import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from support import servers
from support.answers import Reply, Request, answering

LINES = r"\[(\w+)\] (\w+)\nDescription: (.+)\nDuration: ((?:\d+[dhm] )*\d+s)"
"""The three lines of an alert."""


@dataclass(frozen=True)
class Told:
    """An alert in a message: its three lines. How long it lasts does not make it another one."""

    severity: str
    name: str
    description: str
    duration: str = field(default="", compare=False)


@dataclass(frozen=True)
class Message:
    """A message as it was received.

    Args:
        at: When, in seconds of the monotonic clock.
        to: The channel, or the recipients of a mail.
        text: The whole text.
        over: Whether it says of itself that nothing in it goes on: by its colour, or by its subject.
        authenticated: Whether the sender of a mail gave the right password.
    """

    at: float
    to: str
    text: str
    over: bool
    authenticated: bool = False

    def alerts(self) -> list[Told]:
        """Return the alerts in it."""
        return [Told(*lines) for lines in re.findall(LINES, self.text)]


@dataclass(frozen=True)
class Receivers:
    """The running receivers.

    Args:
        url: Where Slack answers at `/slack`, and a dead man's switch at `/alive`.
        smarthost: Where mail goes, `host:port`.
        slack: What came to Slack.
        mails: What came by mail.
        alive: When the dead man's switch was told, in seconds of the monotonic clock.
    """

    url: str
    smarthost: str
    slack: Sequence[Message]
    mails: Sequence[Message]
    alive: Sequence[float]


@dataclass
class _Kept:
    password: str
    slack: list[Message] = field(default_factory=list)
    mails: list[Message] = field(default_factory=list)
    alive: list[float] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        if request.path == "/alive":
            self.alive.append(time.monotonic())
        else:
            body = json.loads(request.body)
            for part in body["attachments"]:
                over = part["color"] == "good"
                self.slack.append(Message(time.monotonic(), body["channel"], part["text"], over))
        return Reply(body=b"ok")

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=default)
        (part,) = mail.iter_parts()
        text = part.get_content().replace("\r\n", "\n").strip()
        over = mail["Subject"].startswith("[Resolved]")
        to = ", ".join(envelope.rcpt_tos)
        self.mails.append(Message(time.monotonic(), to, text, over, bool(session.authenticated)))
        return "250 OK"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _way: str, given: object
    ) -> AuthResult:
        return AuthResult(success=isinstance(given, LoginPassword) and given.password == self.password.encode())


@contextmanager
def receiving(password: str) -> Iterator[Receivers]:
    """Receive until the context ends; mail is taken from whoever has the password, and from nobody else."""
    kept = _Kept(password)
    port = servers.free_port()
    mail = Controller(
        kept,
        hostname="127.0.0.1",
        port=port,
        authenticator=kept.authenticate,
        auth_require_tls=False,
        auth_exclude_mechanism=["LOGIN"],
    )
    with answering(kept.answer) as web:
        mail.start()
        try:
            yield Receivers(web.url, f"127.0.0.1:{port}", kept.slack, kept.mails, kept.alive)
        finally:
            mail.stop()
