"""A report as plain values for machines."""

from __future__ import annotations

from typing import Any

from dojoboards.report.described import Entry, Report
from dojoboards.report.differences import Difference
from dojoboards.report.words import ORDER


def as_document(report: Report) -> dict[str, Any]:
    """Return a report as plain values: targets with their changes, and how many there are of each action."""
    return {
        "environment": report.environment,
        "targets": [
            {"name": target.name, "system": target.system, "changes": [_entry(entry) for entry in target.entries]}
            for target in report.targets
        ],
        "counts": {action: report.counts.get(action, 0) for action in ORDER},
        "left_out": report.left_out,
        "revoked_permissions": report.revoked,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    change = entry.change
    found: dict[str, Any] = {"action": change.action, "kind": change.kind, "key": change.key, "path": change.path}
    if change.moved_from:
        found["moved_from"] = list(change.moved_from)
    if change.source:
        found["source"] = str(change.source)
    if change.edited:
        found["edited"] = {"who": change.edited.who, "when": change.edited.when}
    for key, differences in (("differences", entry.differences), ("drift", entry.drift)):
        if differences:
            found[key] = [_difference(difference) for difference in differences]
    return found


def _difference(difference: Difference) -> dict[str, Any]:
    found: dict[str, Any] = {"what": difference.what, "where": list(difference.where)}
    found |= {key: value for key in ("before", "after") if (value := getattr(difference, key)) is not None}
    return found | {key: value for key in ("note", "revokes", "hidden") if (value := getattr(difference, key))}
