"""What is asked of an Alertmanager: which it is, and whether its notifications arrive."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from dojoboards.doctor.finding import Finding, error, note, ok
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.targets.servers import Client

_COUNTER = re.compile(
    r"^alertmanager_notifications(?P<failed>_failed)?_total\{"
    r'.*?integration="(?P<integration>[^"]*)".*\} (?P<value>\S+)$',
    re.MULTILINE,
)


def version(server: Client) -> Iterator[Finding]:
    """Yield its version; this is asked first, and without an answer nothing else is."""
    try:
        status = json.loads(server.get("/api/v2/status"))
        yield ok("version", f"Alertmanager {status['versionInfo']['version']}")
    except (ValueError, KeyError, TypeError):
        message = f"{server.name} answers /api/v2/status with something that is not Alertmanager's JSON"
        remedy = "is this the address of an Alertmanager?"
        raise DojoboardsError([Problem(message, None, remedy, Exit.UNREACHABLE)]) from None


def receivers(server: Client) -> Iterator[Finding]:
    """Yield through which integrations notifications failed since it was started."""
    sent: dict[str, float] = {}
    failed: dict[str, float] = {}
    for found in _COUNTER.finditer(server.get("/metrics").decode(errors="replace")):
        into = failed if found["failed"] else sent
        into[found["integration"]] = into.get(found["integration"], 0) + float(found["value"])
    remedy = "check the receiver's address and credentials; its log says why each failed"
    for integration, number in sorted(failed.items()):
        whole = max(sent.get(integration, 0), number)
        message = f"{number:.0f} of {whole:.0f} notifications by {integration} failed since it was started"
        if number and number >= whole:
            yield error("receivers", message, remedy)
        elif number:
            yield note("receivers", message, remedy)
    if not any(failed.values()):
        yield ok("receivers", f"none of {sum(sent.values()):.0f} notifications failed")
