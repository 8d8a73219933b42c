"""The saved plan: what was reviewed, so that exactly that is applied later, or nothing.

It holds no content, only digests: a plan is compared with what a push finds when it compiles and reads again. The
value of a secret is in no digest, since a short one could be guessed from it. What may hold a secret that somebody
else wrote has a digest that is slow to guess from.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from dojoboards import __version__
from dojoboards.artifact import json_bytes
from dojoboards.commands.planning import Decisions, Planned
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.files import write_tree
from dojoboards.plan import Change
from dojoboards.targets.secrets import slow_digest

_FORMAT = "dojoboards plan"
_VERSION = 1
_MODE = 0o600

_HARMLESS = frozenset({"dashboard", "folder", "log-rules", "notification-template", "rules", "team"})
"""Kinds in which no secret stands, whoever wrote them."""

_SECRET = "(a secret)"  # noqa: S105  # what stands for one
_NOTE = "digests are salted; the values of secrets are in none of them"
_ANEW = "save a new plan with --save-plan, have it reviewed, and push that"

_Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan as it was saved.

    Args:
        file: Where it was read.
        decisions: What was decided when it was made.
        salt: Goes into every digest.
        targets: The changes of each target by its name, each change by kind and key.
    """

    file: Path
    decisions: Decisions
    salt: bytes
    targets: Mapping[str, Mapping[tuple[str, str], _Entry]]

    def compare(self, plan: Planned) -> None:
        """Refuse a plan that is not the saved one.

        Raises:
            DojoboardsError: it differs; the problems say in what.
        """
        now = _targets(plan, self.salt)
        found = [f"{name} is no longer a target" for name in self.targets.keys() - now.keys()]
        found += [f"{name} is a target that the plan has not" for name in now.keys() - self.targets.keys()]
        for name in self.targets.keys() & now.keys():
            saved, new = self.targets[name], now[name]
            found += [
                f"{what} ({name})" for key in sorted(saved.keys() | new.keys()) if (what := _what(saved, new, key))
            ]
        if found:
            source = Source(str(self.file))
            raise DojoboardsError(Problem(f"not the plan that was saved: {what}", source, _ANEW) for what in found)


def write(file: Path, plan: Planned, project: str, decisions: Decisions) -> None:
    """Save a plan, for its owner's eyes only.

    Args:
        file: Where to.
        plan: The plan.
        project: The project's name.
        decisions: What was decided when it was made.

    Raises:
        DojoboardsError: it cannot be written.
    """
    salt = secrets.token_bytes(16)
    targets = _targets(plan, salt)
    document = {
        "format": _FORMAT,
        "version": _VERSION,
        "dojoboards": __version__,
        "project": project,
        "environment": plan.environment,
        "note": _NOTE,
        "decisions": {name: getattr(decisions, name) for name in Decisions.__slots__},
        "salt": salt.hex(),
        "targets": [{"name": name, "changes": list(changes.values())} for name, changes in targets.items()],
    }
    document["digest"] = _digest_of(document)
    write_tree(file.parent, {file.name: json_bytes(document)}, modes={file.name: _MODE}, durable=True)


def read(file: Path, project: str, environment: str) -> Saved:
    """Return a saved plan.

    Args:
        file: Where it is.
        project: The project's name.
        environment: The environment's name.

    Raises:
        DojoboardsError: it cannot be read, is damaged, or is of another project, environment or dojoboards.
    """
    source = Source(str(file))
    try:
        document = orjson.loads(file.read_bytes())
        kind, version = document["format"], document["version"]
    except OSError as error:
        problem = Problem(f"cannot read the plan: {error.strerror}", source, exit=Exit.UNREADABLE)
        raise DojoboardsError([problem]) from None
    except (ValueError, KeyError, TypeError):
        problem = Problem("this is no saved plan, or it is damaged", source, _ANEW, Exit.UNREADABLE)
        raise DojoboardsError([problem]) from None
    if (kind, version) != (_FORMAT, _VERSION):
        message = f"the plan has the format {kind!r} {version}, and this dojoboards reads {_FORMAT!r} {_VERSION}"
        raise DojoboardsError([Problem(message, source, _ANEW, Exit.UNREADABLE)])
    try:
        if document.pop("digest") != _digest_of(document):
            raise ValueError("it was changed")
        own = {"project": project, "environment": environment, "dojoboards": __version__}
        others = [f"{name} {document[name]!r}, not {value!r}" for name, value in own.items() if document[name] != value]
        decided = document["decisions"]
        targets = {
            target["name"]: {(entry["kind"], entry["key"]): entry for entry in target["changes"]}
            for target in document["targets"]
        }
        decisions = Decisions(**{**decided, "only": tuple(decided["only"])})
        salt = bytes.fromhex(document["salt"])
    except (ValueError, KeyError, TypeError, AttributeError):
        problem = Problem("the plan is damaged: it is not as it was saved", source, _ANEW, Exit.UNREADABLE)
        raise DojoboardsError([problem]) from None
    if others:
        raise DojoboardsError(Problem(f"the plan is of {other}", source, _ANEW) for other in others)
    return Saved(file, decisions, salt, targets)


def _digest_of(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(json_bytes(document)).hexdigest()


def _targets(plan: Planned, salt: bytes) -> dict[str, dict[tuple[str, str], _Entry]]:
    return {
        part.target.name: {(change.kind, change.key): _entry(change, salt, plan.secrets) for change in part.changes}
        for part in plan.parts
    }


def _entry(change: Change, salt: bytes, values: tuple[str, ...]) -> _Entry:
    return {
        "action": change.action,
        "kind": change.kind,
        "key": change.key,
        "path": change.path,
        "moved_from": list(change.moved_from),
        "before": _digest(change.kind, change.before, salt, values),
        "after": _digest(change.kind, change.after, salt, values),
    }


def _digest(kind: str, body: bytes | None, salt: bytes, values: tuple[str, ...]) -> str | None:
    """Return what stands for a content in a plan; None for none."""
    if body is None:
        return None
    if kind == "secret":
        return _SECRET
    for value in values:
        body = body.replace(value.encode(), _SECRET.encode())
    if kind in _HARMLESS:
        return hashlib.sha256(salt + body).hexdigest()
    return _slow_digest(body, salt)


@lru_cache(maxsize=1)
def _slow_digest(body: bytes, salt: bytes) -> str:
    """Return the digest of a configuration; what is unchanged has the same twice in a row."""
    return slow_digest(body, salt, 32)


def _what(saved: Mapping[tuple[str, str], _Entry], new: Mapping[tuple[str, str], _Entry], key: tuple[str, str]) -> str:
    """Return in what a change differs from the one that was saved; empty for nothing."""
    old, now = saved.get(key), new.get(key)
    if old == now:
        return ""
    if now is None:
        return f"{old['path'] if old else ''} is neither built nor ours any more"
    if old is None:
        return f"{now['path']} is new"
    path = now["path"]
    if old["before"] != now["before"]:
        return f"{path} has changed there since"
    if old["after"] != now["after"]:
        return f"the content gives another {path}"
    if old["action"] != now["action"]:
        return f"{path} is {now['action']} now, and was {old['action']}"
    return f"{path} stands elsewhere, or is to: {_places(now)}, and was {_places(old)}"


def _places(entry: _Entry) -> str:
    return ", ".join([entry["path"], *entry["moved_from"]])
