"""Targets: where artifacts are pushed. They read, apply and verify, and decide nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from dojoboards.artifact import Artifact
from dojoboards.errors import Problem
from dojoboards.model import Project, TargetSettings
from dojoboards.plan import Change, Key, Live
from dojoboards.targets.directory import directory_target
from dojoboards.targets.grafana_api import grafana_target
from dojoboards.targets.ruler import ruler_target


class Target(Protocol):
    """What a push needs of a target.

    A push calls `wanted`, `read` and `preflight` of all targets before it writes anything; then `apply`, `reload` and
    `verify` of one after the other; and at the end `commit` of all, or `undo` of those that were applied.
    """

    system: str
    """The system that reads it: `prometheus`, `alertmanager`, `loki` or `grafana`."""

    kinds: frozenset[str]
    """The kinds of artifacts that it takes."""

    name: str
    """What it is called in a plan."""

    place: str
    """Where it is; no two targets of one push are at one place."""

    undoes: bool
    """Whether everything can be put back as it was; otherwise what was applied stays, and the next push goes on."""

    verifies: bool
    """Whether there is a server that can show that it runs what was pushed."""

    keep_going: bool
    """Whether a change that fails does not stop the others; a push sets it, and it counts where nothing can be undone.
    """

    def wanted(self) -> Sequence[Artifact]:
        """Return the artifacts as this target is to hold them, secrets included.

        Raises:
            DojoboardsError: a secret is not set, nor what its servers want to see before they are asked.
        """

    def read(self) -> Mapping[Key, Live]:
        """Return what it holds: everything that is ours, and whatever stands in the way of what is wanted.

        Raises:
            DojoboardsError: it cannot be read, belongs to another project, or another push is at work.
        """

    def preflight(self, changes: Sequence[Change]) -> list[Problem]:
        """Return everything that can be refused before the first write."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Write the changes, so that an interruption can be completed or undone.

        Raises:
            DojoboardsError: something cannot be written.
        """

    def reload(self) -> list[Problem]:
        """Let the servers read again what was changed, or left over by a push that was interrupted."""

    def verify(self, timeout: float | None) -> list[Problem]:
        """Return what the servers do not run of what is held; also where nothing was changed.

        Args:
            timeout: Seconds to wait for it; None is long enough for every rule to be evaluated.
        """

    def commit(self, changes: Sequence[Change]) -> None:
        """Remember what was pushed as the base of the next push.

        Args:
            changes: The plan, also of what is unchanged; nothing besides is to be touched.
        """

    def undo(self) -> list[Problem]:
        """Put everything back as it was before `apply`, and let the servers run it again."""

    def close(self) -> None:
        """Let go of it."""


Make = Callable[[Project, TargetSettings, Sequence[Artifact], Path], Target]

TARGETS: Mapping[str, Make] = {
    "directory": directory_target,
    "grafana-api": grafana_target,
    "ruler": ruler_target,
}
"""Every kind of target. A new one is a module, a line here, and its choice in `commands/planning.py`."""
