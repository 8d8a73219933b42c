"""A report: plans with what each change changes. What is unchanged is only counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dojoboards.plan import Action, Change, counts
from dojoboards.report.differences import Difference, differences
from dojoboards.report.differences.notification_template import DIGEST


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


@dataclass(frozen=True, slots=True)
class Entry:
    """A change and what it changes.

    Args:
        change: The change.
        differences: Between what stands there and what we want there.
        drift: Between what we last pushed and what stands there, where someone changed it since.
    """

    change: Change
    differences: Sequence[Difference] = ()
    drift: Sequence[Difference] = ()


@dataclass(frozen=True, slots=True)
class TargetReport:
    """What is to happen at one target, with what each change changes.

    Args:
        name: What the target is called.
        system: The system that reads it.
        entries: Everything that is not unchanged, in the order in which it is applied.
        counts: How many changes there are of each action, also of what is unchanged.
    """

    name: str
    system: str
    entries: Sequence[Entry]
    counts: Mapping[Action, int]


@dataclass(frozen=True, slots=True)
class Report:
    """What is to happen in one environment.

    Args:
        environment: Its name.
        prune: Whether deletions are applied.
        targets: By target.
        counts: How many changes there are of each action.
        left_out: How many changes are pending that were not asked for.
    """

    environment: str
    prune: bool
    targets: Sequence[TargetReport]
    counts: Mapping[Action, int]
    left_out: int = 0

    @property
    def pending(self) -> bool:
        """Whether a push would have to change something, or to be told how."""
        actions = {action for action, number in self.counts.items() if number} - {"unchanged"}
        return bool(actions if self.prune else actions - {"delete"})

    @property
    def revoked(self) -> int:
        """How many permissions a push takes away, or a part of them."""
        return sum(
            difference.revokes
            for target in self.targets
            for entry in target.entries
            if entry.change.writes
            for difference in entry.differences
        )


def described(environment: str, plans: Sequence[TargetPlan], *, prune: bool, left_out: int = 0) -> Report:
    """Return a report of *plans*; a secret that is in any of them is in no part of it.

    Args:
        environment: The environment's name.
        plans: What is to happen, by target.
        prune: Whether deletions are applied.
        left_out: How many changes are pending besides that were not asked for.
    """
    every = [change for plan in plans for change in plan.changes]
    secrets = sorted(_secrets(every), key=lambda text: (-len(text), text))
    targets = [
        TargetReport(
            plan.name,
            plan.system,
            [_entry(change, secrets) for change in plan.changes if change.action != "unchanged"],
            counts(plan.changes),
        )
        for plan in plans
    ]
    return Report(environment, prune, targets, counts(every), left_out)


def _secrets(changes: Iterable[Change]) -> set[str]:
    bodies = [
        body for change in changes if change.kind == "secret" for body in (change.base, change.before, change.after)
    ]
    texts = {body.decode(errors="replace") for body in bodies if body}
    return texts | {text.strip() for text in texts} - {""}


def _entry(change: Change, secrets: Sequence[str]) -> Entry:
    drift: tuple[Difference, ...] = ()
    if change.action == "drifted" and change.base is not None and change.before is not None:
        drift = differences(change.kind, change.base, change.before, secrets=secrets)
    return Entry(change, (*_moves(change), *_updates(change, secrets)), drift)


def _updates(change: Change, secrets: Sequence[str]) -> tuple[Difference, ...]:
    """Return what an update changes, or would change; nothing where what would be written over is not known."""
    if change.action == "create" or change.before is None or change.after is None:
        return ()
    is_elsewhere = change.action == "conflict" and bool(change.moved_from)
    return () if is_elsewhere else differences(change.kind, change.before, change.after, secrets=secrets)


def _moves(change: Change) -> tuple[Difference, ...]:
    """Return the move of a dashboard to another folder."""
    if change.kind != "dashboard" or len(change.moved_from) != 1:
        return ()
    one, other = (path.rpartition("/")[0].rpartition("/")[2] for path in (change.moved_from[0], change.path))
    return (Difference(what="moved", where=("folder",), before=one, after=other),) if one != other else ()


def moved_from(change: Change) -> Sequence[str]:
    """Return the former places of a change that are worth telling.

    A digest in a file name is not, and the folder of a dashboard is among its differences.
    """
    if _moves(change):
        return ()
    return [path for path in change.moved_from if DIGEST.sub("", path) != DIGEST.sub("", change.path)]
