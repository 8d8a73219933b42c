"""Plan: what we want, what the target holds, and what we last pushed, compared. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from dojoboards.artifact import Artifact
from dojoboards.errors import Source

Action = Literal["create", "update", "delete", "unchanged", "drifted", "conflict"]

Key = tuple[str, str]
"""The identity of an artifact: its kind and its key."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Who last changed something by hand, and when, as far as the target knows.

    Args:
        who: A login.
        when: A time as ISO 8601 has it; may be empty.
    """

    who: str
    when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What a target holds of one artifact.

    Args:
        path: Where it stands in the target.
        body: What is there now; None if it is gone.
        base: What was last pushed; None if it was never pushed by this project.
        pending: What a push that was interrupted was about to write, if that is what is there.
        ours: Whether this project pushed it.
        aside: Something that is not ours stands where it would be written.
        leftovers: Other paths of ours at which it still stands, after a push that was interrupted while it moved.
        displaced: Whether someone moved it since our last push.
        edited: Who changed it since our last push, and when, where the target knows.
    """

    path: str
    body: bytes | None
    base: bytes | None = None
    pending: bytes | None = None
    ours: bool = False
    aside: bool = False
    leftovers: tuple[str, ...] = ()
    displaced: bool = False
    edited: Edit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a plan says about one artifact.

    Args:
        action: `create`, `update`, `delete` or `unchanged`; `drifted`: ours, but changed by someone since our last
            push; `conflict`: something stands at its place that is not ours.
        kind: The artifact's kind.
        key: Its key.
        path: Where it stands in the target, or is to stand.
        base: What was last pushed.
        before: What is there now.
        after: What we want there; None to remove it.
        moved_from: Where else it stands, if its place changes.
        edited: Who changed it since our last push, and when, where the target knows.
        source: The Python that made it.
    """

    action: Action
    kind: str
    key: str
    path: str
    base: bytes | None = field(default=None, repr=False)
    before: bytes | None = field(default=None, repr=False)
    after: bytes | None = field(default=None, repr=False)
    moved_from: tuple[str, ...] = ()
    edited: Edit | None = None
    source: Source | None = field(default=None, compare=False)

    @property
    def writes(self) -> bool:
        """Whether applying it changes the target."""
        return self.action in ("create", "update", "delete")

    @property
    def stops(self) -> bool:
        """Whether it stops a push until the user decides."""
        return self.action in ("drifted", "conflict")


def plan(
    wanted: Iterable[Artifact],
    live: Mapping[Key, Live],
    *,
    overwrite: bool = False,
    adopt: bool = False,
) -> tuple[Change, ...]:
    """Compare *wanted* with what a target holds; what is ours and no longer wanted stands last, as `delete`.

    Args:
        wanted: Artifacts, with their paths and bodies as the target is to hold them.
        live: What the target holds of them, and everything in it that is ours.
        overwrite: Whether what drifted is written over.
        adopt: Whether what is not ours becomes ours and is written over.
    """
    changes: list[Change] = []
    seen: set[Key] = set()
    for artifact in wanted:
        identity = (artifact.kind, artifact.key)
        seen.add(identity)
        found = live.get(identity, Live(path=artifact.path, body=None))
        moved: tuple[str, ...] = (found.path,) if found.ours and found.path != artifact.path else ()
        moved += tuple(path for path in found.leftovers if path != artifact.path)
        changes.append(
            Change(
                action=_action(artifact, found, moved=bool(moved), overwrite=overwrite, adopt=adopt),
                kind=artifact.kind,
                key=artifact.key,
                path=artifact.path,
                base=found.base,
                before=found.body,
                after=artifact.body,
                moved_from=moved,
                edited=found.edited,
                source=artifact.source,
            )
        )
    changes.sort(key=lambda change: change.path)
    gone = sorted(identity for identity, found in live.items() if found.ours and identity not in seen)
    changes.extend(_deletion(identity, live[identity], overwrite=overwrite) for identity in gone)
    return tuple(changes)


def _action(artifact: Artifact, found: Live, *, moved: bool, overwrite: bool, adopt: bool) -> Action:
    foreign = found.aside or (found.body is not None and not found.ours)
    if foreign and not adopt:
        return "conflict"
    if not found.ours:
        return "update" if foreign else "create"
    if found.body is None:
        # Without a base, or while a push is pending, it is ours that is missing; otherwise someone took it away.
        taken = found.base is not None and found.pending is None and not moved
        return "drifted" if taken and not overwrite else "create"
    if found.displaced and moved and not overwrite:
        return "drifted"
    if found.body == artifact.body:
        return "update" if moved else "unchanged"
    if found.body not in (found.base, found.pending) and not overwrite:
        return "drifted"
    return "update"


def _deletion(identity: Key, found: Live, *, overwrite: bool) -> Change:
    drifted = found.body not in (None, found.base, found.pending) and not overwrite
    kind, key = identity
    return Change(
        action="drifted" if drifted else "delete",
        kind=kind,
        key=key,
        path=found.path,
        base=found.base,
        before=found.body,
        moved_from=found.leftovers,
        edited=found.edited,
    )


def applicable(changes: Sequence[Change], *, prune: bool) -> tuple[Change, ...]:
    """Return the changes that a push applies, in their order: deletions last, and only with *prune*."""
    writing = [change for change in changes if change.writes and change.action != "delete"]
    deleting = [change for change in changes if change.action == "delete"]
    return (*writing, *deleting) if prune else tuple(writing)


def counts(changes: Iterable[Change]) -> Mapping[Action, int]:
    """Return how many changes there are of each action."""
    return Counter(change.action for change in changes)
