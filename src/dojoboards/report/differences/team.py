"""Teams of Grafana: their mail address and members."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dojoboards.report.differences.compare import compare
from dojoboards.report.differences.difference import Difference
from dojoboards.report.differences.values import name


def compare_teams(before: Any, after: Any) -> Iterator[Difference]:
    """Yield what differs between two teams; the order of members means nothing."""
    if not (_fits(before) and _fits(after)):
        yield from compare((), before, after)
        return
    one, other = dict(before), dict(after)
    old, new = one.pop("members", []), other.pop("members", [])
    yield from compare((), one, other)
    for member in sorted({*new} - {*old}):
        yield Difference(what="added", where=(f"member {name(member)}",))
    for member in sorted({*old} - {*new}):
        yield Difference(what="removed", where=(f"member {name(member)}",))


def _fits(document: Any) -> bool:
    if not isinstance(document, dict):
        return False
    members = document.get("members", [])
    return isinstance(members, list) and all(isinstance(member, str) for member in members)
