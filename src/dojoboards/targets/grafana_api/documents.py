"""Grafana's documents as they are compared: bodies, digests and marks. Pure."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from dojoboards.artifact import json_bytes
from dojoboards.targets.secrets import slow_digest

GENERAL = "general"
"""Grafana's word for the place of what lies in no folder."""

_LONGEST_MESSAGE = 500
_EXACT = 2**53
_MESSAGE = re.compile(r"dojoboards (?P<project>\S+) sha256:(?P<digest>[0-9a-f]{64}) folder:(?P<folder>\S+)")
_INDENTATION = re.compile(rb"\n *")
_LEVELS = {1: "View", 2: "Edit", 4: "Admin"}
_MARK = re.compile(r"dojoboards(?P<digest>[0-9a-f]{32})(?:s(?P<salt>[0-9a-f]{16})x(?P<values>[0-9a-f]{32}))?")

Json = dict[str, Any]


def board_path(folder: str, uid: str) -> str:
    """Return where a dashboard stands in Grafana, for plans."""
    return f"dashboards/{folder or GENERAL}/{uid}.json"


def folder_of(path: str) -> str:
    """Return the uid of the folder in a dashboard's path; empty where it lies in none."""
    folder = path.split("/")[1]
    return "" if folder == GENERAL else folder


def board(document: Mapping[str, Any]) -> Json:
    """Return a dashboard without what the server gives it."""
    return {key: value for key, value in document.items() if key not in {"id", "version"}}


def same_board(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether Grafana holds the same for both: it trims titles, and may write 1.0 as 1."""
    return _sorted(board(one)) == _sorted(board(other)) or _sorted(_plain_board(one)) == _sorted(_plain_board(other))


def sent(content: bytes, known: Mapping[str, int]) -> bytes:
    """Return the bytes of a dashboard as they are sent: in one line, and with what the server gave it.

    Nothing is parsed, which would take longer than to send it: in JSON a line never ends inside a value.

    Args:
        content: The dashboard's canonical bytes, which have none of the keys of *known*.
        known: Its number and its version; nothing where it is not there yet.
    """
    line = _INDENTATION.sub(b"", content)
    return orjson.dumps(known)[:-1] + b"," + line[1:] if known else line


def digest(content: bytes) -> str:
    """Return the digest of the bytes of a dashboard as it is wanted."""
    return hashlib.sha256(content).hexdigest()


def _sorted(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _plain_board(document: Mapping[str, Any]) -> Json:
    plain: Json = _plain(board(document))
    return {**plain, "title": str(plain.get("title", "")).strip()}


def _plain(value: Any) -> Any:
    match value:
        case float() if value.is_integer() and abs(value) < _EXACT:
            return int(value)
        case int() if abs(value) >= _EXACT:
            return float(value)
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case _:
            return value


def message(project: str, content: bytes, folder: str, about: str) -> str:
    """Return the message of a version that we save.

    Args:
        project: The project's name.
        content: The dashboard.
        folder: The uid of its folder; empty for none.
        about: The commit and who pushes; cut where the whole is longer than Grafana takes.
    """
    text = f"dojoboards {project} sha256:{digest(content)} folder:{folder or GENERAL} {about}".strip()
    return text.encode()[:_LONGEST_MESSAGE].decode(errors="ignore")


def pushed(project: str, text: str) -> tuple[str, str] | None:
    """Return the digest and the folder's uid from the message of a version, if *project* saved it."""
    found = _MESSAGE.match(text)
    if found is None or found["project"] != project:
        return None
    return found["digest"], "" if found["folder"] == GENERAL else found["folder"]


def grants(rows: Sequence[Mapping[str, Any]], known: Mapping[str, str]) -> list[Json]:
    """Return a folder's own grants from the server's rows, in the form of the folder's artifact.

    Args:
        rows: What the server answers; inherited grants are left out.
        known: How the code writes a login or a mail address, by its lower-case form.
    """
    found = {}
    for row in rows:
        if row.get("inherited"):
            continue
        level = _LEVELS.get(int(row.get("permission") or 0), "")
        if row.get("role"):
            found[f"role:{row['role']}"] = {"role": row["role"], "permission": level}
        elif row.get("teamId") or row.get("team"):
            found[str(row.get("team"))] = {"team": row.get("team"), "permission": level}
        else:
            login = spelt(row, known, "userLogin", "userEmail")
            found[f"user:{login}"] = {"user": login, "permission": level}
    return [found[who] for who in sorted(found)]


def grantee(grant: Mapping[str, Any]) -> str:
    """Return whom a grant is for, as the code writes it."""
    if "team" in grant:
        return str(grant["team"])
    return f"role:{grant['role']}" if "role" in grant else f"user:{grant['user']}"


def level(grant: Mapping[str, Any]) -> int:
    """Return the number of a grant's permission: 1 View, 2 Edit, 4 Admin."""
    return next((number for number, name in _LEVELS.items() if name == grant["permission"]), 0)


def spelt(row: Mapping[str, Any], known: Mapping[str, str], login: str = "login", email: str = "email") -> str:
    """Return how the code writes an account: by its login or its mail address; the login where it does not."""
    for key in (login, email):
        if (value := str(row.get(key) or "")) and value.lower() in known:
            return known[value.lower()]
    return str(row.get(login) or "")


def source(document: Mapping[str, Any]) -> Json:
    """Return a data source in the form of its artifact, without secrets."""
    found = {key: document.get(key) for key in ("uid", "name", "type", "access", "url")}
    found |= {"isDefault": bool(document.get("isDefault")), "jsonData": document.get("jsonData") or {}}
    if document.get("basicAuth") and document.get("basicAuthUser"):
        found |= {"basicAuth": True, "basicAuthUser": document["basicAuthUser"]}
    return found


def mark(project: str, document: Mapping[str, Any], values: Mapping[str, str]) -> str:
    """Return the name of the secure field by which a data source says what was last pushed to it.

    Args:
        project: The project's name.
        document: The data source.
        values: Its secrets, of which the mark has a salted digest that is slow to guess from.
    """
    text = f"dojoboards{_source_digest(project, document)}"
    if not values:
        return text
    salt = secrets.token_hex(8)
    return f"{text}s{salt}x{_values_digest(salt, values)}"


def marks(fields: Mapping[str, Any]) -> list[str]:
    """Return the marks among the names of the secure fields that are set."""
    return [name for name, is_set in fields.items() if is_set and _MARK.fullmatch(name)]


def marked(project: str, document: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    """Return whether a data source is as *project* last pushed it."""
    expected = _source_digest(project, document)
    return any((found := _MARK.fullmatch(name)) and found["digest"] == expected for name in marks(fields))


def has_values(fields: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    """Return whether the secrets that were last pushed are *values*."""
    for name in marks(fields):
        found = _MARK.fullmatch(name)
        if found and found["salt"] and found["values"] == _values_digest(found["salt"], values):
            return True
    return False


def _source_digest(project: str, document: Mapping[str, Any]) -> str:
    text = _sorted([project, _plain(source(document))])
    return hashlib.sha256(text).hexdigest()[:32]


def _values_digest(salt: str, values: Mapping[str, str]) -> str:
    text = _sorted(dict(values))
    return slow_digest(text, salt.encode(), 16)


def body(document: object) -> bytes:
    """Return the canonical bytes of a document."""
    return json_bytes(document)
