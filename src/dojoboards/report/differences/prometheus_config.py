"""Prometheus' configuration: global settings, scrape jobs, Alertmanagers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dojoboards.report.differences.compare import compare, named
from dojoboards.report.differences.difference import Difference
from dojoboards.report.differences.shared import told_once
from dojoboards.report.differences.values import ABSENT, omit

_SHOWN_APART = frozenset({"global", "scrape_configs"})


def compare_prometheus_configs(before: Any, after: Any) -> Iterator[Difference]:
    """Yield what differs between two configurations; the order of scrape jobs means nothing."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        yield from compare((), before, after)
        return
    yield from compare(("global settings",), before.get("global", ABSENT), after.get("global", ABSENT))
    old, new = (document.get("scrape_configs", ABSENT) for document in (before, after))
    jobs = named((), "scrape job", old, new, key="job_name", path="scrape_configs")
    yield from told_once(jobs, "scrape jobs")
    yield from compare((), omit(before, _SHOWN_APART), omit(after, _SHOWN_APART))
