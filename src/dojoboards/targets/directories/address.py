"""Addresses of directories on other machines: `ssh://user@host:port/path`."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from dojoboards.config import FILE
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.targets.secrets import without_login

_SCHEME = "ssh://"
LIKE_AN_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")
"""What no path begins with, unless it is a slip."""

_PARTS = re.compile(
    r"""ssh://
    (?:(?P<user>[^@/]*)@)?
    (?:\[(?P<six>[^\]/]*)\]|(?P<host>[^:/]*))
    (?::(?P<port>[^/]*))?
    (?P<path>/.*)?""",
    re.VERBOSE | re.DOTALL,
)
# None of them can be taken for an option of ssh, or for anything by a shell.
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_SIX = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9_.-]+)?")
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Address:
    """Where a directory on another machine is.

    Args:
        host: A name, an alias of ssh's configuration, or an IP address.
        path: The directory's absolute path there.
        user: Whom to log in as; empty is up to ssh's configuration.
        port: Empty is up to ssh's configuration.
    """

    host: str
    path: str
    user: str = ""
    port: str = ""

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        return f"{_SCHEME}{user}{host}{port}{self.path}"


def address(text: str, root: Path) -> Address:
    """Return what an address with `ssh://` says; `%20` and the like stand for a character of the path.

    Args:
        text: The address.
        root: The project's directory, for the message.

    Raises:
        DojoboardsError: something in it cannot be used.
    """
    if not text.startswith(_SCHEME):
        raise _wrong(f"{without_login(text)} is neither a path nor the address of a directory", _SHAPE, root)
    parts = _PARTS.fullmatch(text)
    user, six, host, port, path = parts.group("user", "six", "host", "port", "path") if parts else [None] * 5
    if ":" in (user or ""):
        raise _wrong("an address of a directory holds a password", "log in with a key, and take the password out", root)
    if user is not None and not _USER.fullmatch(user):
        raise _wrong(f"{text}: no user is called {user!r}", _SHAPE, root)
    if not (_SIX.fullmatch(six) if six is not None else _HOST.fullmatch(host or "")):
        raise _wrong(f"{text}: no host is called {six if six is not None else host or ''!r}", _SHAPE, root)
    if port is not None and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) <= _LAST_PORT):
        raise _wrong(f"{text}: {port!r} is no port", _SHAPE, root)
    directory = "/" + posixpath.normpath(unquote(path or "/")).strip("/")
    if directory == "/" or any(ord(character) < ord(" ") for character in directory):
        raise _wrong(f"{text} names no directory", _SHAPE, root)
    return Address(six or host or "", directory, user or "", port or "")


_SHAPE = "write it as ssh://user@host:port/path; user and port may be left to ssh's own configuration"


def _wrong(message: str, remedy: str, root: Path) -> DojoboardsError:
    return DojoboardsError([Problem(message, Source(str(root / FILE)), remedy, Exit.UNREADABLE)])
