"""Folders of Grafana: title, parent and permissions. A permission that somebody loses is told loudly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from dojoboards.report.differences.compare import compare
from dojoboards.report.differences.difference import Difference
from dojoboards.report.differences.values import ABSENT, name, shown

_GRANTEES = ("team", "role", "user")
_LEVELS = {"View": 1, "Edit": 2, "Admin": 3}
_LABELS = {"parentUid": "parent folder"}


def compare_folders(before: Any, after: Any) -> Iterator[Difference]:
    """Yield what differs between two folders."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        yield from compare((), before, after)
        return
    for key in sorted({*before, *after} - {"permissions"}):
        place = (_LABELS.get(key, key),)
        yield from compare(place, before.get(key, ABSENT), after.get(key, ABSENT))
    yield from _permissions(before.get("permissions", ABSENT), after.get("permissions", ABSENT))


def _permissions(before: Any, after: Any) -> Iterator[Difference]:
    old, new = (_grants(value) for value in (before, after))
    if old is None or new is None:
        for found in compare((), before, after, "permissions"):
            yield replace(found, revokes=found.what != "added")  # rather too loud than not
        return
    if after is ABSENT and before is not ABSENT:
        yield Difference(what="removed", where=("permissions",), note="the code says nothing of them")
        return
    if before is ABSENT and after == []:
        yield Difference(what="added", where=("permissions",), note="nobody has any")
    for who in sorted({*old, *new}):
        one, other = old.get(who), new.get(who)
        if one == other:
            continue
        yield Difference(
            what="added" if one is None else "removed" if other is None else "changed",
            where=(f"permission of {who}",),
            before=one,
            after=other,
            revokes=other is None or _LEVELS.get(other, 0) < _LEVELS.get(one or "", 0),
        )


def _grants(value: Any) -> Mapping[str, str] | None:
    """Return the permission of each grantee, or None if *value* is no list of grants, each of somebody else."""
    if value is ABSENT:
        return {}
    if not isinstance(value, list):
        return None
    found: dict[str, str] = {}
    for grant in value:
        if not isinstance(grant, dict) or len(grant) != 2 or "permission" not in grant:  # noqa: PLR2004  # who and what
            return None
        (kind,) = grant.keys() - {"permission"}
        if kind not in _GRANTEES:
            return None
        found[f"{kind} {name(grant[kind])}"] = shown(grant["permission"])
    return found if len(found) == len(value) else None
