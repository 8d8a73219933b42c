"""Secrets: from a reference to its value, on the pushing machine, at push. A value is never shown."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from dojoboards import reading, schemas
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.model import Lookup, SecretRef


def resolve(reference: SecretRef, what: str, root: Path) -> str:
    """Return the value of a secret.

    Args:
        reference: Where it is found: a variable, or a file (relative to *root*); one final line end is dropped.
        what: What it is, for the message.
        root: The project's directory.

    Raises:
        DojoboardsError: it is not set, or empty, or the file cannot be read.
    """
    if reference.env:
        value = os.environ.get(reference.env, "")
        if not value:
            raise _missing(
                f"{what}: the environment variable {reference.env} is not set", f"export {reference.env}=..."
            )
        return value
    file = root / Path(reference.file).expanduser()
    try:
        value = file.read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = reading.reason(error)
        raise _missing(f"{what}: cannot read the file {reference.file}: {reason}", "write the secret there") from None
    if not value:
        raise _missing(f"{what}: the file {reference.file} is empty", "write the secret there")
    return value


GUESSING_COST = 2**14
"""How much work each guess takes that starts from a digest; scrypt's N."""


def slow_digest(body: bytes, salt: bytes, length: int) -> str:
    """Return a digest of *length* bytes that is slow to guess from: what it stands for may be short or a word."""
    return hashlib.scrypt(body, salt=salt, n=GUESSING_COST, r=8, p=1, dklen=length).hex()


def lookup(value: str | Lookup) -> str:
    """Return plain text, or what the environment says, or its default."""
    return value if isinstance(value, str) else os.environ.get(value.env) or value.default


def is_address(url: str) -> bool:
    """Return whether *url* is what `dojoboards.yaml` takes as the address of a server: no credentials in it."""
    return re.fullmatch(schemas.schema("config")["$defs"]["address"]["pattern"], url) is not None


def shown_address(url: str | Lookup) -> str:
    """Return an address without credentials, for messages; the variable that should hold it where it holds none."""
    text = lookup(url).rstrip("/")
    return without_login(text) if isinstance(url, str) or is_address(text) else f"${url.env}"


def without_login(address: str) -> str:
    """Return an address without the user and the password that may stand in it."""
    return re.sub("//[^/]*@", "//", address)


def bare_address(address: str) -> str:
    """Return any address for messages: without user info and query; where it cannot be told apart, its scheme alone."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # not a number: part of a password
    except ValueError:
        return f"{address.partition('://')[0]}://..."
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _missing(message: str, remedy: str) -> DojoboardsError:
    return DojoboardsError([Problem(message, None, remedy, Exit.UNREADABLE)])
