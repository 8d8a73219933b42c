"""What is asked of a Prometheus itself: which it is, and whether it could read its configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dojoboards.doctor.finding import Finding, error, ok
from dojoboards.doctor.queries import data
from dojoboards.targets.servers import Client


def version(server: Client) -> Iterator[Finding]:
    """Yield its version; this is asked first, and without an answer nothing else is."""
    yield ok("version", f"Prometheus {data(server, '/api/v1/status/buildinfo').get('version')}")


def configuration(server: Client) -> Iterator[Finding]:
    """Yield that it could not read its configuration."""
    yield from reloaded(server, "prometheus")


def reloaded(server: Client, name: str) -> Iterator[Finding]:
    """Yield whether a server's last reload failed; *name* is what its metrics begin with."""
    text = server.get("/metrics").decode(errors="replace")
    found = re.search(rf"^{name}_config_last_reload_successful (\S+)$", text, re.MULTILINE)
    if found and float(found[1]) != 1:
        remedy = "its log says which file, and why; dojoboards push checks before it writes"
        yield error("configuration", "it could not read it at its last reload, and runs an older one", remedy)
    else:
        yield ok("configuration", "read at its last reload")
