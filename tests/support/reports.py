"""What a report says of one change, as a user reads it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import yaml

from dojoboards import report
from dojoboards.plan import Change
from dojoboards.report.differences import KINDS

_SUFFIXES = {"JSON": ".json", "YAML": ".yml", "text": ".tmpl", "bytes": ""}


def body(kind: str, value: Any) -> bytes:
    """Return a document of *kind* as bytes; bytes are what they are."""
    if isinstance(value, bytes):
        return value
    match KINDS[kind].format:
        case "JSON":
            return json.dumps(value).encode()
        case "YAML":
            return yaml.safe_dump(value, sort_keys=False).encode()
        case _:
            return str(value).encode()


def change(kind: str, before: Any, after: Any, action: str = "update", **more: Any) -> Change:
    """Return a change between two documents of *kind*; None where there is none."""
    bodies = {
        key: body(kind, value)
        for key, value in (("before", before), ("after", after), ("base", more.pop("base", None)))
        if value is not None
    }
    path = more.pop("path", f"x{_SUFFIXES[KINDS[kind].format]}")
    return Change(action=action, kind=kind, key="x", path=path, **bodies, **more)  # type: ignore[arg-type]


def report_of(*changes: Change, prune: bool = False, system: str = "grafana") -> report.Report:
    """Return a report of changes at one target."""
    return report.described("prod", [report.TargetPlan("the target", system, changes)], prune=prune)


def told(kind: str, before: Any, after: Any) -> Sequence[str]:
    """Return the lines that tell what an update from *before* to *after* changes."""
    lines = list(report.as_text(report_of(change(kind, before, after))))
    return [line.removeprefix("      ") for line in lines if line.startswith("      ")]
