"""Values of documents: made plain, with secrets hidden from the start; compared by meaning; shown in one line.

What was not made by this project may have any shape, and may hold secrets where this project would have none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

NOT_SHOWN = "(not shown)"
LIMIT = 100
"""Characters of a value that are shown, where it is not an expression."""

_DEEPEST = 100
_MOST = 1_000_000
_SHORTEST_SECRET = 4
_CONTEXT = 20

# Of a mapping below such a key everything is hidden; of one below `authorization` only what its own keys say.
_SECRET = re.compile(
    r"password|passwd|passphrase|secret|token|credential|api_?key|bearer|private_?key|secure_?json"
    r"|(?:access|account|integration|routing|service|user)_?key$|(?:api|webhook)_?url$",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(r"authorization$|cookie$", re.IGNORECASE)
_OF_A_FILE = re.compile(r"(?:_file|_ref|File)$")
_USER_INFO = re.compile(r"(://)[^/\s@'\"]*@")
_QUERY = re.compile(r"([?&](?:[\w-]*(?:token|key|secret|password|signature)|sig|auth)=)[^&\s'\"]+", re.IGNORECASE)
_PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")


class Absent:
    """The type of `ABSENT`."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()
"""Stands where one of two versions has nothing."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A value that is or holds a secret: it can be compared and is never shown.

    Args:
        value: The value.
        hint: What is shown in its place.
    """

    value: Hashable = field(repr=False)
    hint: str = NOT_SHOWN


class IntractableError(ValueError):
    """A document is too deep or too large to be compared."""


def plain(value: Any, secrets: Iterable[str] = ()) -> Any:
    """Return *value* made of dicts with text as keys, lists, text, numbers, truth values, None and `Hidden`.

    Args:
        value: What a parser returned.
        secrets: Values that must not be shown, wherever they stand.

    Raises:
        IntractableError: it is nested more than 100 deep, or holds more than a million values.
    """
    known = tuple(secrets)
    count = 0

    def walk(value: Any, depth: int, *, hide: bool, above: tuple[str, str] = ("", "")) -> Any:
        nonlocal count
        count += 1
        if depth > _DEEPEST or count > _MOST:
            raise IntractableError("it is nested too deeply" if depth > _DEEPEST else "it is too large")
        if isinstance(value, str):
            return Hidden(value) if hide else _safe(value, known)
        if isinstance(value, dict):
            found: dict[str, Any] = {}
            for key, item in value.items():
                name = _key(key, known)
                below = hide or _hides(name) or (_hides_text(name) and not isinstance(item, dict))
                below = below or _hides_there(name, above)
                found[name] = walk(item, depth + 1, hide=below, above=(above[1], name))
            return found
        if isinstance(value, list | tuple):
            return [walk(item, depth + 1, hide=hide, above=above) for item in value]
        if isinstance(value, set | frozenset):
            return [walk(item, depth + 1, hide=hide) for item in sorted(value, key=repr)]
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return Hidden(value) if hide else value
        return walk(str(value), depth, hide=hide)

    return walk(value, 0, hide=False)


def without(text: str, secrets: Iterable[str]) -> str:
    """Return *text* with each of *secrets* and each secret in an address replaced."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET or secret == text:
            text = text.replace(secret, NOT_SHOWN)
    if "://" in text:
        text = _QUERY.sub(rf"\1{NOT_SHOWN}", _USER_INFO.sub(rf"\1{NOT_SHOWN}@", text))
    return text


def _safe(text: str, secrets: Sequence[str]) -> str | Hidden:
    if not secrets and "://" not in text and "PRIVATE KEY" not in text:
        return text
    if _PRIVATE.search(text):
        return Hidden(text)
    shown = without(text, secrets)
    return text if shown == text else Hidden(text, shown)


def _key(key: Any, secrets: Sequence[str]) -> str:
    text = key if isinstance(key, str) else repr(key)
    return without(text, secrets) if secrets or "://" in text else text


@lru_cache(maxsize=4096)
def _hides(key: str) -> bool:
    return _SECRET.search(key) is not None and not _OF_A_FILE.search(key)


@lru_cache(maxsize=4096)
def _hides_text(key: str) -> bool:
    return _SECRET_TEXT.search(key) is not None


def _hides_there(key: str, above: tuple[str, str]) -> bool:
    """Return whether a key holds secrets only because of the two keys above it: those of requests that are made."""
    match key:
        case "key":
            return above[1] == "tls_config"
        case "headers":
            return above[1] in ("remote_write", "remote_read")
        case "values":
            return above[0] == "http_headers"
    return False


def frozen(value: Any) -> Hashable:
    """Return what is equal for two values that mean the same: 1 and 1.0, mappings in any order; but not 1 and true."""
    match value:
        case dict():
            return ("map", *sorted(((key, frozen(item)) for key, item in value.items()), key=lambda pair: pair[0]))
        case list():
            return ("list", *(frozen(item) for item in value))
        case bool():
            return ("truth", value)
        case float() if value != value:  # noqa: PLR0124  # not a number: the one value that is not itself
            return ("nan",)
        case _:
            found: Hashable = value
            return found


def same(one: Any, other: Any) -> bool:
    """Return whether two plain values mean the same."""
    if one is other:
        return True
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    return frozen(one) == frozen(other)


def omit(document: Mapping[str, Any], keys: Container[str]) -> dict[str, Any]:
    """Return a mapping without *keys*."""
    return {key: value for key, value in document.items() if key not in keys}


def shown(value: Any, *, limit: int = LIMIT) -> str:
    """Return a plain value as one printable line of at most *limit* characters."""
    return cut(_line(value, limit), limit)


def pair(before: Any, after: Any) -> tuple[str, str]:
    """Return two values that differ as lines that differ, too, where that is possible without showing a secret.

    Of long texts the part is shown in which they begin to differ.
    """
    one, other = _line(before, _MOST), _line(after, _MOST)
    if one == other:
        one, other = _quoted(before, one), _quoted(after, other)
    start = 0
    if max(len(one), len(other)) > LIMIT:
        start = max(0, _common(one, other) - _CONTEXT)
    return cut(one, LIMIT, start), cut(other, LIMIT, start)


def cut(text: str, limit: int, start: int = 0) -> str:
    """Return at most *limit* characters of *text*, from *start* on, with an ellipsis where something is left out."""
    if not start and len(text) <= limit:
        return text
    piece = text[start : start + limit]
    return f"{'...' if start else ''}{piece}{'...' if start + limit < len(text) else ''}"


def printable(text: str, *, lines: bool = False) -> str:
    """Return *text* with what a terminal would not print as characters written as escapes.

    Args:
        text: Any text.
        lines: Whether line ends and tabs stay.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or (lines and char in "\n\t") else char.encode("unicode_escape").decode()
        for char in text
    )


def name(value: Any) -> str:
    """Return a value as a name in quotes."""
    return f"'{shown(value, limit=80)}'"


def _line(value: Any, limit: int) -> str:
    parts: list[str] = []
    left = limit
    for part in _parts(value):
        parts.append(part)
        left -= len(part)
        if left < 0:
            break
    return "".join(parts)


def _parts(value: Any) -> Iterator[str]:
    match value:
        case None:
            yield "null"
        case bool():
            yield "true" if value else "false"
        case Hidden():
            yield printable(value.hint)
        case str():
            yield printable(value) if value and value == value.strip() else json.dumps(value)
        case dict():
            yield "{"
            for index, key in enumerate(sorted(value)):
                yield f"{', ' if index else ''}{printable(key)}: "
                yield from _parts(value[key])
            yield "}"
        case list():
            yield "["
            for index, item in enumerate(value):
                yield ", " if index else ""
                yield from _parts(item)
            yield "]"
        case _:
            yield printable(str(value))


def _quoted(value: Any, line: str) -> str:
    return json.dumps(value) if isinstance(value, str) else line


def _common(one: str, other: str) -> int:
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))
