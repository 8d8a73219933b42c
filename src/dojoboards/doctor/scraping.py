"""Which scrape targets are down, and why: the checklist for a service that does not report metrics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dojoboards.doctor.finding import Finding, error, listed, note, ok, warning
from dojoboards.doctor.queries import data, query
from dojoboards.model import Project
from dojoboards.targets.servers import Client

_SUBJECT = "scrape targets"

_WHY: tuple[tuple[str, str], ...] = (
    ("connection refused", "health: nothing listens there. Is the service or its exporter running, on this port?"),
    ("no such host|server misbehaving|lookup ", "network: the name is not known. Is it right, and does DNS know it?"),
    ("no route to host|network is unreachable", "network: there is no way to this host. Is it up, and the network?"),
    (
        "deadline exceeded|timeout",
        "network or health: no answer in time. Does a firewall drop it, or is it overloaded?",
    ),
    ("connection reset|EOF", "health: it hangs up. Did it crash, or does something between close the connection?"),
    ("HTTP status 40[13]", "exporter configuration: it does not let Prometheus in. Check the job's credentials"),
    ("HTTP status 404", "exporter configuration: there are no metrics at this path. Check `metrics_path` of the job"),
    ("HTTP status 3", "exporter configuration: it leads elsewhere. Check the job's scheme and `metrics_path`"),
    ("HTTP status 5", "health: the exporter itself fails. Its log says why"),
    (
        "x509|tls|certificate|HTTP response to HTTPS|HTTP request",
        "exporter configuration: scheme or certificate are wrong. Check `scheme` and `tls` of the job",
    ),
    ("limit exceeded", "exporter configuration: it exposes more than the job allows. Raise the limit, or find out why"),
    ("", "exporter configuration: what it answers are no metrics. Open its address and look"),
)
"""By what Prometheus says of its last try: where to look, and for what."""


def why(reason: str) -> str:
    """Return where to look when a scrape fails, from Prometheus' own words."""
    return next(remedy for pattern, remedy in _WHY if re.search(pattern, reason, re.IGNORECASE))


def targets(server: Client, project: Project) -> Iterator[Finding]:
    """Yield each scrape target that is down, and each job of the content that has none."""
    active = data(server, "/api/v1/targets", state="active")["activeTargets"]
    up = [target for target in active if target.get("health") == "up"]
    for target in active:
        reason = str(target.get("lastError") or "")
        if target.get("health") == "down":
            yield error(_SUBJECT, f"{_name(target)} is down: {reason or 'no reason is told'}", why(reason))
        elif target not in up:
            yield note(_SUBJECT, f"{_name(target)} has not been scraped yet")
    known = {target.get("scrapePool") for target in active}
    for job in project.scrape_jobs:
        if job.name not in known:
            remedy = "does its discovery find something, and has this configuration been pushed?"
            yield warning(_SUBJECT, f"the job {job.name!r} has no targets", remedy)
    if up:
        yield ok(_SUBJECT, f"{len(up)} of {len(active)} are up")


def exporters(server: Client) -> Iterator[Finding]:
    """Yield each exporter that runs and does not reach what it is there for."""
    rows = query(server, '{__name__=~"[a-z]+_up"}')
    where: dict[str, list[str]] = {}
    for labels in (labels for labels, value in rows if not value):
        where.setdefault(labels["__name__"], []).append(f"{labels.get('job')} {labels.get('instance')}")
    for name, places in sorted(where.items()):
        remedy = "exporter configuration: it runs, but its service is down, or its address or credentials are wrong"
        yield error("exporters", f"{name} is 0 at {listed(sorted(places))}", remedy)
    if rows and not where:
        yield ok("exporters", f"each of {len(rows)} reaches what it is there for")


def _name(target: Any) -> str:
    labels = target.get("labels") or {}
    return f"{labels.get('job')} {labels.get('instance')} ({target.get('scrapeUrl')})"
