"""`--only`: what of a plan a pattern names, and what has to go with it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase

import orjson

from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.model import Folder, Project
from dojoboards.plan import Change, Key
from dojoboards.render.grafana import folder_path

_TOGETHER = frozenset({"alertmanager-config", "notification-template", "prometheus-config", "provisioning", "secret"})
"""A configuration and the files that it names: one without the others would be a configuration that does not work."""

_JSON = frozenset({"dashboard", "data-source", "folder"})
_NEAR = 3


def chosen(patterns: Sequence[str], plans: Sequence[Sequence[Change]], project: Project) -> list[Sequence[Change]]:
    """Return of each of *plans* what one of *patterns* names, with what has to go with it.

    A pattern is a glob that is compared, in lower case, with the kind, `kind/key`, key, path and title or name of what
    is changed, and of a dashboard with the uid, title and path of titles of its folder.

    Args:
        patterns: At least one.
        plans: By target.
        project: Whose folders they are.

    Raises:
        DojoboardsError: a pattern names nothing.
    """
    folders = _folders(project)
    names = [{(change.kind, change.key): _names(change, folders) for change in plan} for plan in plans]
    every = {name for by_key in names for found in by_key.values() for name in found}
    unused = [pattern for pattern in patterns if not any(_matches(pattern, name) for name in every)]
    if unused:
        raise DojoboardsError(_names_nothing(pattern, every) for pattern in unused)
    found: list[Sequence[Change]] = []
    for plan, by_key in zip(plans, names, strict=True):
        picked = {
            key for key, own in by_key.items() if any(_matches(pattern, name) for pattern in patterns for name in own)
        }
        picked = _with_needed(plan, picked)
        found.append([change for change in plan if (change.kind, change.key) in picked])
    return found


def _matches(pattern: str, name: str) -> bool:
    return fnmatchcase(name, pattern.casefold())


def _names_nothing(pattern: str, every: set[str]) -> Problem:
    near = difflib.get_close_matches(pattern.casefold(), sorted(every), n=_NEAR, cutoff=0.5)
    guess = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
    remedy = f"{guess}A pattern is a kind, a folder, a key, a title or a path; * stands for anything"
    return Problem(f"--only {pattern!r} names nothing that is built or ours", None, remedy, Exit.UNREADABLE)


def _folders(project: Project) -> Mapping[str, frozenset[str]]:
    """Return the names of each folder, by its uid and by its directory."""
    by_uid = {folder.uid: folder for folder in project.folders}
    found = {"general": frozenset({"general"})}
    for folder in project.folders:
        titles = "/".join(reversed([above.title for above in _chain(folder, by_uid)]))
        directory = folder_path(project, folder.uid)
        own = frozenset(name.casefold() for name in (folder.uid, folder.title, titles, directory))
        found |= {folder.uid: own, directory: own}
    return found


def _chain(folder: Folder, by_uid: Mapping[str, Folder]) -> Iterator[Folder]:
    """Yield a folder and those that it lies in, from the inside out."""
    seen: set[str] = set()
    above: Folder | None = folder
    while above is not None and above.uid not in seen:
        seen.add(above.uid)
        yield above
        above = by_uid.get(above.parent)


def _names(change: Change, folders: Mapping[str, frozenset[str]]) -> frozenset[str]:
    own = {change.kind, change.key, f"{change.kind}/{change.key}", change.path}
    if change.kind in _JSON:
        with suppress(ValueError, AttributeError):  # somebody may have made something else of what stands there
            document = orjson.loads(change.after or change.before or b"")
            own |= {str(document[word]) for word in ("title", "name") if document.get(word)}
    found = {name.casefold() for name in own}
    if change.kind == "dashboard":
        folder = _folder_of(change)
        found |= folders.get(folder, {folder.casefold()})
    if change.kind == "folder":
        found |= folders.get(change.key, set())
    return frozenset(found)


def _folder_of(change: Change) -> str:
    """Return what the path of a dashboard says of its folder: a uid in an API, a directory name among files."""
    return change.path.split("/")[1]


def _with_needed(plan: Sequence[Change], picked: set[Key]) -> set[Key]:
    """Return *picked* with everything that has to go with it."""
    pending = {(change.kind, change.key): change for change in plan if change.action != "unchanged"}
    found: set[Key] = set()
    queue = sorted(picked)
    while queue:
        key = queue.pop()
        if key not in found:
            found.add(key)
            if key in pending:
                queue += [needed for needed in _needed(pending[key], pending) if needed in pending]
    return found


def _needed(change: Change, pending: Mapping[Key, Change]) -> Iterator[Key]:
    """Yield what has to go with a change, whether or not it is among the pending ones."""
    if change.kind in _TOGETHER:
        yield from (key for key in pending if key[0] in _TOGETHER)
    elif change.kind == "dashboard" and change.after is not None:
        folder = _folder_of(change)
        made = pending.get(("folder", folder))
        if made is not None and made.before is None:
            yield "folder", folder
        providers = pending.get(("provisioning", "dashboards"))
        if providers is not None and not _provides(providers.before or b"", folder):
            yield "provisioning", "dashboards"
    elif change.kind == "folder" and change.after is not None:
        document = orjson.loads(change.after)
        yield "folder", str(document.get("parentUid", ""))
        yield from (("team", str(grant["team"])) for grant in document.get("permissions") or () if "team" in grant)


def _provides(providers: bytes, folder: str) -> bool:
    """Return whether a provisioning file names the directory of a folder's dashboards."""
    return re.search(rb"dashboards/%s[\"']?\s*$" % re.escape(folder.encode()), providers, re.MULTILINE) is not None
