"""Dashboards that were saved in Grafana and pulled: JSON files beside the content modules.

Each holds one dashboard as Grafana has it, but for its `id` and `version`, and with the environment's data sources by
their names, so that it can be built for other environments too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from dojoboards import names, reading
from dojoboards.artifact import json_bytes
from dojoboards.errors import Exit, Problem, Source
from dojoboards.model import DataSourceRef, Environment, Saved

_SERVERS_OWN = frozenset({"id", "version"})


def file_name(uid: str) -> str:
    """Return how the file of a dashboard is called: another one for each uid, and none that is passed over."""
    return f"uid.{uid}.json" if uid.startswith("_") else f"{uid}.json"


def read(folder: Path, problems: list[Problem]) -> dict[str, Saved]:
    """Return the dashboards in *folder* by uid; a file whose name starts with an underscore is none.

    Args:
        folder: The directory of the content modules of dashboards.
        problems: Where files go that cannot be read or hold something else.
    """
    found: dict[str, Saved] = {}
    for file in sorted(_files(folder)):
        source = Source(str(file))
        try:
            document = orjson.loads(reading.read(file))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or f"it is not JSON: {error}"
            message = f"cannot read what was pulled from Grafana: {reason}"
            problems.append(Problem(message, source, _REMEDY, Exit.UNREADABLE))
            continue
        if wrong := _wrong(document):
            problems.append(Problem(f"this is no dashboard as Grafana saves it: {wrong}", source, _REMEDY, _UNREADABLE))
        elif (uid := document["uid"]) in found:
            message = f"the dashboard {uid!r} was pulled twice, here and to {found[uid].source.file}"
            problems.append(Problem(message, source, "keep one of the two", Exit.UNREADABLE))
        else:
            found[uid] = Saved(document=document, source=source)
    return found


_REMEDY = "remove it, and pull it again; a JSON file for something else has a name that starts with an underscore"
_UNREADABLE = Exit.UNREADABLE


def _files(folder: Path) -> list[Path]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return []  # looking for modules says it
    return [Path(entry.path) for entry in entries if entry.name.endswith(".json") and entry.name[0] not in "_."]


def _wrong(document: Any) -> str:
    """Return why *document* is no dashboard, or an empty text."""
    if not isinstance(document, dict):
        return "it is no object"
    if "elements" in document:
        return "it is in schema v2"
    if not re.match(names.UID_PATTERN, str(document.get("uid") or "")):
        return "it has no `uid`"
    if not str(document.get("title") or "").strip():
        return "it has no `title`"
    return "" if _are_panels(document.get("panels") or []) else "its `panels` are no list of objects"


def _are_panels(given: Any) -> bool:
    return isinstance(given, list) and all(
        isinstance(one, dict) and _are_panels(one.get("panels") or []) for one in given
    )


def as_saved(document: Mapping[str, Any], environment: Environment) -> bytes:
    """Return what to write of a dashboard that Grafana holds: the build makes the same document of it.

    Args:
        document: As Grafana gives it.
        environment: Whose data sources are told by their names.
    """
    named: dict[tuple[str, str], str] = {}
    for name, ref in environment.data_sources.items():
        named.setdefault(_identity(ref), name)
    own = {key: value for key, value in document.items() if key not in _SERVERS_OWN}
    return json_bytes(_with_names(own, named))


def _identity(ref: DataSourceRef) -> tuple[str, str]:
    return ref.type, ref.uid


def _with_names(value: Any, named: Mapping[tuple[str, str], str]) -> Any:
    if isinstance(value, list):
        return [_with_names(item, named) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _name(item, named) if key == "datasource" else _with_names(item, named) for key, item in value.items()}


def _name(source: Any, named: Mapping[tuple[str, str], str]) -> Any:
    if not isinstance(source, dict) or source.keys() != {"type", "uid"}:
        return source
    return named.get((str(source["type"]), str(source["uid"])), source)
