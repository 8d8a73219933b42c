"""Grafana, fed by files: it looks at them by itself, every 30 seconds, so there is nothing to reload.

Its own interface is what tells that it shows them; a directory target without it writes and leaves it at that.
"""

from __future__ import annotations

from collections.abc import Mapping

from dojoboards.errors import Problem
from dojoboards.model import Project
from dojoboards.targets.servers import Client


def reach(server: Client) -> list[Problem]:
    """Return why Grafana does not answer, if so."""
    return server.reach("/api/health")


def reload(server: Client) -> list[Problem]:  # noqa: ARG001  # the protocol's
    """Do nothing: Grafana finds changed dashboard files by itself."""
    return []


def verify(
    server: Client,
    project: Project,  # noqa: ARG001  # the protocol's
    held: Mapping[str, bytes],  # noqa: ARG001
    timeout: float | None,  # noqa: ARG001
) -> list[Problem]:
    """Return whether Grafana has answered; what it shows is known a while later."""
    return server.reach("/api/health")
