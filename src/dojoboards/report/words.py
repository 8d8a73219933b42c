"""The words that text and Markdown share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dojoboards import names
from dojoboards.plan import Action
from dojoboards.report.described import Entry, Report, moved_from
from dojoboards.report.differences import Difference
from dojoboards.report.differences.values import printable

ORDER: Sequence[Action] = ("create", "update", "delete", "drifted", "conflict", "unchanged")
"""The actions in the order in which they are counted."""

_WORDS = {"create": "to create", "update": "to update", "delete": "to delete", "conflict": "in conflict"}


def summary(counts: Mapping[Action, int]) -> str:
    """Return how many changes there are of each action."""
    return ", ".join(f"{counts[action]} {_WORDS.get(action, action)}" for action in ORDER if counts.get(action))


def revoked(report: Report) -> str:
    """Return how many permissions are taken away; empty for none."""
    number = report.revoked
    return f"takes away {names.counted(number, 'permission')}" if number else ""


def left_out(report: Report) -> str:
    """Return how many changes are pending that were not asked for; empty for none."""
    return f"{report.left_out} left out" if report.left_out else ""


def note(entry: Entry, *, prune: bool) -> str:
    """Return what is to be said of a change beside its path."""
    change = entry.change
    if change.action == "delete":
        return "" if prune else "only with --prune"
    if change.action == "conflict":
        return "something that is not ours stands there"
    if change.action == "drifted":
        return _drift(entry)
    places = moved_from(change)
    if places:
        return f"moved from {printable(', '.join(places))}"
    is_written_anew = change.action == "update" and change.before != change.after and not entry.differences
    return "no change in meaning" if is_written_anew else ""


def _drift(entry: Entry) -> str:
    change = entry.change
    what = "taken away" if change.before is None else "changed"
    by = printable(change.edited.who) if change.edited else "someone"
    when = f", {printable(change.edited.when)}" if change.edited and change.edited.when else ""
    return f"{what} by {by} since the last push{when}"


def sections(entry: Entry) -> Sequence[tuple[str, Sequence[Difference]]]:
    """Return the differences of a change in parts, each with what is to be said before it; no words for an update.

    A part without differences is a sentence.
    """
    change = entry.change
    if change.action == "drifted":
        mended = "--overwrite puts back what was pushed last"
        goes_back = change.after is not None and change.after == change.base
        found = [
            ("since the last push", entry.drift),
            (mended, ()) if goes_back else ("--overwrite would change", entry.differences),
        ]
        return [(words, part) for words, part in found if part or words == mended]
    return [("--adopt would change" if change.action == "conflict" else "", entry.differences)] * bool(
        entry.differences
    )
