"""What can be refused before the first write: missing rights, lock-outs, and what Grafana would not take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from dojoboards.artifact import Artifact
from dojoboards.errors import Problem
from dojoboards.plan import Change
from dojoboards.targets.grafana_api import documents
from dojoboards.targets.grafana_api.apply import nobody
from dojoboards.targets.grafana_api.connection import Connection, Refusal
from dojoboards.targets.grafana_api.read import Account, Held, Json, people
from dojoboards.targets.requests import part

_ADMIN = "Admin"
_WRITES = {
    ("dashboard", "create"): ("dashboards:create",),
    ("dashboard", "update"): ("dashboards:write",),
    ("dashboard", "delete"): ("dashboards:delete",),
    ("folder", "create"): ("folders:create",),
    ("folder", "update"): ("folders:write",),
    ("team", "create"): ("teams:create", "teams.permissions:write"),
    ("team", "update"): ("teams:write", "teams.permissions:write"),
    ("data-source", "create"): ("datasources:create",),
    ("data-source", "update"): ("datasources:write",),
}
_GRANTS = ("folders.permissions:read", "folders.permissions:write")
# Panels that are no plug-ins, or that a server makes into others as it shows them.
_NO_PLUGIN = frozenset({"", "graph", "grafana-piechart-panel", "grafana-singlestat-panel", "row", "singlestat"})
_NO_PLUGIN |= {"grafana-worldmap-panel", "heatmap-new", "library-panel", "table-old"}


def needed(artifacts: Sequence[Artifact]) -> set[str]:
    """Return every permission that a push of *artifacts* can need, but for deletions."""
    kinds = {artifact.kind for artifact in artifacts}
    actions = {name for (kind, done), names in _WRITES.items() if kind in kinds and done != "delete" for name in names}
    granting = any(each.kind == "folder" and "permissions" in orjson.loads(each.body) for each in artifacts)
    return {*actions, *(_GRANTS if granting else ()), "annotations:create"}


@dataclass(frozen=True, slots=True)
class Guard:
    """Looks at a plan before it is applied.

    Args:
        connection: Grafana.
        me: Who pushes.
        held: What Grafana held when it was read.
        wanted: Everything that it is to hold.
    """

    connection: Connection
    me: Account
    held: Held
    wanted: Sequence[Artifact]

    def problems(self, changes: Sequence[Change]) -> Iterator[Problem]:
        """Yield everything that stands against applying *changes*.

        Raises:
            Refusal: something that must be known cannot be read.
        """
        if not changes:
            return
        allowed = self._allowed()
        yield from self._rights(changes, allowed)
        yield from self._untouchable(changes)
        yield from self._plugins(changes)
        folders = [(change, document) for change in changes if (document := _permissions(change)) is not None]
        rows = self._people() if folders or any(change.kind == "team" for change in changes) else None
        yield from self._unknown(changes, rows)
        if folders:
            yield from self._lockouts(folders, rows, everywhere=self._everywhere(allowed))

    def _allowed(self) -> Mapping[str, Any] | None:
        """Return what this account may do, by action; None where the server keeps no such list."""
        try:
            found: Mapping[str, Any] = self.connection.get("/access-control/user/permissions", scoped="true")
        except Refusal as refusal:
            if refusal.status == 404:  # noqa: PLR2004  # role-based access control is off
                return None
            raise
        return found

    def _rights(self, changes: Sequence[Change], allowed: Mapping[str, Any] | None) -> Iterator[Problem]:
        if allowed is None:
            return
        needed = {action: change for change in changes for action in _WRITES.get((change.kind, change.action), ())}
        for change in changes:
            if _permissions(change) is not None:
                needed |= dict.fromkeys(_GRANTS, change)
        if changes:
            needed["annotations:create"] = changes[0]
        for action in sorted(needed.keys() - allowed.keys()):
            what = f" ({needed[action].path})" if not action.startswith("annotations") else " (the mark of a push)"
            message = f"{self.me.login!r} may not do {action} in {self.connection.name}, which this push needs{what}"
            yield Problem(message, None, "give the pushing account that permission, or the role Admin")

    def _untouchable(self, changes: Sequence[Change]) -> Iterator[Problem]:
        for change in changes:
            board = self.held.boards.get(change.key) if change.kind == "dashboard" else None
            source = self.held.sources.get(change.key) if change.kind == "data-source" else None
            if board and board.modern:
                message = f"{change.path} is stored in schema v2 there, of which a push would lose tabs and conditions"
                yield Problem(
                    message, change.source, "delete it in Grafana, or give the content's dashboard another uid"
                )
            elif board and board.provisioned:
                message = f"{change.path} is provided by a file there ({board.provisioned}), so it cannot be saved"
                yield Problem(message, change.source, "take the file away: one Grafana is fed by its API or by files")
            elif source and source.get("readOnly"):
                message = f"{change.path} is provided by a file there, so it cannot be changed"
                yield Problem(message, change.source, "take the file away: one Grafana is fed by its API or by files")

    def _plugins(self, changes: Sequence[Change]) -> Iterator[Problem]:
        named = [(change, frozenset(_named_types(change))) for change in changes]
        if all(names <= _NO_PLUGIN for _, names in named):
            return
        try:
            installed = {row["id"]: row for row in self.connection.get("/plugins")}
        except Refusal:  # who may not see them is told by Grafana itself
            return
        aliases = {alias for row in installed.values() for alias in row.get("aliasIDs") or ()}
        known = {*installed, *aliases, *_NO_PLUGIN}
        used = {name: change for change, names in named if not names <= known for name in _used_types(change)}
        for name in sorted(used.keys() - known):
            message = f"{used[name].path} needs the plug-in {name!r}, which {self.connection.name} does not have"
            yield Problem(message, used[name].source, f"install it there: grafana cli plugins install {name}")

    def _people(self) -> Sequence[Json] | None:
        try:
            return people(self.connection, self.held)
        except Refusal:
            return None

    def _unknown(self, changes: Sequence[Change], rows: Sequence[Json] | None) -> Iterator[Problem]:
        accounts = {str(row.get(key) or "").lower() for row in rows or () for key in ("login", "email")}
        accounts |= {self.me.login.lower()}
        teams = self.held.teams.keys() | {each.key for each in self.wanted if each.kind == "team"}
        for change in changes:
            grants = _permissions(change) or ()
            members = orjson.loads(change.after)["members"] if change.kind == "team" and change.after else ()
            names = [*members, *(grant["user"] for grant in grants if "user" in grant)]
            for name in names if rows is not None else ():
                if str(name).lower() not in accounts:
                    found = nobody(self.connection, name)
                    yield Problem(found.message, change.source, found.remedy)
            for name in (grant["team"] for grant in grants if "team" in grant):
                if name not in teams:
                    message = (
                        f"{change.path} grants something to the team {name!r}, which {self.connection.name} has not"
                    )
                    yield Problem(message, change.source, "declare the team, or make it there")

    def _everywhere(self, allowed: Mapping[str, Any] | None) -> bool:
        """Return whether this account administers every folder, whatever is granted on it."""
        scopes = (allowed or {}).get("folders.permissions:write")
        if isinstance(scopes, list):
            return not {"*", "folders:*", "folders:uid:*"}.isdisjoint(scopes)
        return self._role() == _ADMIN

    def _role(self) -> str:
        current = self.connection.get("/org").get("id")
        return next((row["role"] for row in self.connection.get("/user/orgs") if row["orgId"] == current), "")

    def _lockouts(
        self, folders: Sequence[tuple[Change, list[Json]]], rows: Sequence[Json] | None, *, everywhere: bool
    ) -> Iterator[Problem]:
        parents = {
            each.key: str(orjson.loads(each.body).get("parentUid", "")) for each in self.wanted if each.kind == "folder"
        }
        others = rows is None or any(row.get("role") == _ADMIN and not row.get("isDisabled") for row in rows)
        mine = None if everywhere else self._own_names()
        for change, grants in folders:
            granted = list(grants)
            uid, seen = parents.get(change.key, ""), {change.key}
            while uid and uid not in seen:
                granted += self._grants_of(uid)
                seen.add(uid)
                uid = parents.get(uid, "")
            admins = [documents.grantee(grant) for grant in granted if grant["permission"] == _ADMIN]
            going = f" (going: {', '.join(gone)})" if (gone := going_grants(change)) else ""
            if mine is not None and mine.isdisjoint(admins):
                message = f"{change.path} would take from {self.me.login!r}, who pushes, its own Admin right{going}"
                remedy = "grant Admin to it or to a team of it, or push as an administrator of the organisation"
                yield Problem(message, change.source, remedy)
            elif not others and not any(self._somebody(name) for name in admins):
                message = f"{change.path} would be left with nobody who can administer it{going}"
                yield Problem(message, change.source, "grant Admin to a team that has members, or to a user")

    def _own_names(self) -> set[str]:
        """Return the names by which grants reach this account."""
        role = self._role()
        roles = {"Editor": {"role:Editor", "role:Viewer"}, "Viewer": {"role:Viewer"}}.get(role, set())
        teams = {str(row["name"]) for row in self.connection.get("/user/teams")}
        return {*roles, *teams, f"user:{self.me.login}"}

    def _grants_of(self, uid: str) -> list[Json]:
        """Return what is granted on a folder once the plan is applied."""
        declared = next((each for each in self.wanted if each.kind == "folder" and each.key == uid), None)
        if declared and (grants := orjson.loads(declared.body).get("permissions")) is not None:
            return list(grants)
        rows = self.connection.find(f"/folders/{part(uid)}/permissions")
        return documents.grants(rows or (), {})

    def _somebody(self, name: str) -> bool:
        """Return whether a grant reaches at least one account."""
        if name.startswith(("user:", "role:")):
            return True
        team = next((each for each in self.wanted if each.kind == "team" and each.key == name), None)
        if team and orjson.loads(team.body)["members"]:
            return True
        return bool(self.held.teams.get(name, {}).get("memberCount"))


def going_grants(change: Change) -> list[str]:
    """Return the grants that a change of a folder takes away or lowers, such as `developers: Edit`."""
    before = _grants(change.before)
    after = {documents.grantee(grant): documents.level(grant) for grant in _grants(change.after)}
    if change.after is None or _permissions(change) is None:
        return []
    return [
        f"{documents.grantee(grant)}: {grant['permission']}"
        for grant in before
        if after.get(documents.grantee(grant), 0) < documents.level(grant)
    ]


def _grants(body: bytes | None) -> list[Json]:
    return list(orjson.loads(body).get("permissions") or ()) if body else []


def _permissions(change: Change) -> list[Json] | None:
    """Return the permissions that a change sets; None where it leaves them alone."""
    if change.kind != "folder" or change.after is None:
        return None
    found: list[Json] | None = orjson.loads(change.after).get("permissions")
    return found


def _named_types(change: Change) -> Iterator[str]:
    """Yield every plug-in that a change may use; more than it does where something else in a panel has a type.

    A dashboard is not parsed for it, which takes longer than all else before the first write: canonical JSON has the
    types of panels, and of those in rows, at the beginnings of lines of their own.
    """
    if change.kind != "dashboard":
        yield from _used_types(change)
        return
    panels = (change.after or b"").partition(b'\n  "panels": [')[2]
    for depth in (6, 10):
        for rest in panels.split(b"\n" + b" " * depth + b'"type": "')[1:]:
            yield rest.partition(b'"')[0].decode()


def _used_types(change: Change) -> Iterator[str]:
    """Yield the plug-ins that a change uses."""
    document = orjson.loads(change.after) if change.after else {}
    if change.kind == "dashboard":
        yield from _panel_types(document.get("panels", ()))
    elif change.kind == "data-source":
        yield document.get("type", "")


def _panel_types(panels: Sequence[Any]) -> Iterator[str]:
    for panel in panels:
        if "libraryPanel" not in panel:
            yield str(panel.get("type") or "")
        yield from _panel_types(panel.get("panels") or ())
