"""Reports: what a plan says, as text for people and as plain values for machines. Pure, and without secrets."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dojoboards.plan import Action, Change, counts

_ORDER: Sequence[Action] = ("create", "update", "delete", "drifted", "conflict", "unchanged")
_WORDS = {"create": "to create", "update": "to update", "delete": "to delete", "conflict": "in conflict"}
_NOTES = {
    "drifted": "changed by someone since the last push",
    "conflict": "something that is not ours stands there",
}


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """What is to happen at one target.

    Args:
        name: What the target is called.
        system: The system that reads it.
        changes: Everything about it, in the order in which it is applied.
    """

    name: str
    system: str
    changes: Sequence[Change]


def text(environment: str, plans: Sequence[TargetPlan], *, prune: bool) -> Iterator[str]:
    """Yield the lines of a plan for people.

    Args:
        environment: The environment's name.
        plans: What is to happen, by target.
        prune: Whether deletions are applied.
    """
    for plan in plans:
        shown = [change for change in plan.changes if change.action != "unchanged"]
        if not shown:
            continue
        yield plan.name
        width = max(len(change.path) for change in shown)
        for change in shown:
            yield f"  {change.action:9} {change.path:{width}}  {_note(change, prune=prune)}".rstrip()
    every = [change for plan in plans for change in plan.changes]
    yield f"{environment}: {summary(every)}"


def summary(changes: Sequence[Change]) -> str:
    """Return how many changes there are of each action, in words."""
    found = counts(changes)
    return ", ".join(f"{found[action]} {_WORDS.get(action, action)}" for action in _ORDER if found.get(action))


def document(environment: str, plans: Sequence[TargetPlan]) -> dict[str, Any]:
    """Return a plan as plain values: the targets with their changes, and how many there are of each action."""
    every = [change for plan in plans for change in plan.changes]
    found = counts(every)
    return {
        "environment": environment,
        "targets": [
            {"name": plan.name, "system": plan.system, "changes": [_entry(change) for change in plan.changes]}
            for plan in plans
        ],
        "counts": {action: found.get(action, 0) for action in _ORDER},
    }


def _entry(change: Change) -> dict[str, Any]:
    entry: dict[str, Any] = {"action": change.action, "kind": change.kind, "key": change.key, "path": change.path}
    if change.moved_from:
        entry["moved_from"] = list(change.moved_from)
    if change.source:
        entry["source"] = str(change.source)
    return entry


def _note(change: Change, *, prune: bool) -> str:
    if change.action == "delete":
        return "" if prune else "only with --prune"
    if change.action in _NOTES:
        return _NOTES[change.action]
    moved = f"moved from {', '.join(change.moved_from)}" if change.moved_from else ""
    return ", ".join(part for part in (moved, _size(change)) if part)


def _size(change: Change) -> str:
    """Return how many lines come and go; nothing for a secret, whose length is nobody's business."""
    if change.kind == "secret" or change.before is None or change.after is None or change.before == change.after:
        return ""
    lines = difflib.ndiff(change.before.decode().splitlines(), change.after.decode().splitlines())
    marks = [line[0] for line in lines]
    return f"+{marks.count('+')} -{marks.count('-')} lines"
