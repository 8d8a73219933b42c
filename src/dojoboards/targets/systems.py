"""How the servers of each system are made to run something, and how they show that they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from dojoboards.errors import Problem
from dojoboards.model import Project
from dojoboards.targets import alertmanager, grafana, loki, prometheus
from dojoboards.targets.servers import Client


class System(Protocol):
    """One system; a module with these functions."""

    def reach(self, server: Client) -> list[Problem]:
        """Return why a server cannot be pushed to; nothing is changed by asking."""

    def reload(self, server: Client) -> list[Problem]:
        """Let a server read its files again, and return what it says if it cannot."""

    def verify(
        self, server: Client, project: Project, held: Mapping[str, bytes], timeout: float | None
    ) -> list[Problem]:
        """Return what of *held*, our files by path, a server does not run, after waiting for it."""


SYSTEMS: Mapping[str, System] = {
    "alertmanager": alertmanager,
    "grafana": grafana,
    "loki": loki,
    "prometheus": prometheus,
}
"""By the name of a target in `dojoboards.yaml`."""
