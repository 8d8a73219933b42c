"""Files that Grafana reads at start: dashboard providers and data sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dojoboards.report.differences.compare import compare, named
from dojoboards.report.differences.difference import Difference
from dojoboards.report.differences.values import ABSENT, omit

_LISTS = {"providers": "dashboard provider", "datasources": "data source"}


def compare_provisioning(before: Any, after: Any) -> Iterator[Difference]:
    """Yield what differs between two provisioning files."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        yield from compare((), before, after)
        return
    for key, noun in _LISTS.items():
        yield from named((), noun, before.get(key, ABSENT), after.get(key, ABSENT), key="name", path=key)
    yield from compare((), omit(before, _LISTS), omit(after, _LISTS))
