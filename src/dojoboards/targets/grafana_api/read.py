"""What a Grafana holds of what is wanted and of what is ours, with as few requests as its API allows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from dojoboards import names
from dojoboards.artifact import Artifact
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.plan import Edit, Key, Live
from dojoboards.targets.grafana_api import documents
from dojoboards.targets.grafana_api.connection import Connection, Refusal
from dojoboards.targets.grafana_api.pool import pooled
from dojoboards.targets.requests import part

_OLDEST = (9, 4)
_NESTS = (11, 0)
_PAGE = 5000
_HIT = ("folderUid", "tags", "title", "type", "uid")
_ROWS = 100
_MOST_VERSIONS = 1000
# What versions of Grafana grant on a folder that was just made, besides Admin for whoever made it.
_FIRST_GRANTS = frozenset({("role:Editor", "Edit"), ("role:Viewer", "View")})

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Account:
    """Who pushes, and to what.

    Args:
        login: The account's login.
        id: Its number; 0 where the server does not tell.
        version: The server's version, as two numbers.
    """

    login: str
    id: int
    version: tuple[int, int]

    @property
    def nests(self) -> bool:
        """Whether folders lie in folders there."""
        return self.version >= _NESTS


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard that is there.

    Args:
        version: Its version, which a save must name.
        id: Its number, without which a save at the limit of a quota is refused.
        provisioned: The file that provides it, if one does.
        modern: Whether it is stored in schema v2, which cannot be written here.
    """

    version: int
    id: int = 0
    provisioned: str = ""
    modern: bool = False


@dataclass(slots=True)
class Held:
    """What Grafana holds besides the bodies that a plan compares: numbers and versions that a write needs.

    Args:
        boards: Dashboards that were read, by uid.
        folders: The titles of all folders, by uid.
        teams: All teams by name, as Grafana lists them: numbers and mail addresses.
        members: The members of each declared team: their numbers, by how the code writes them or their login.
        sources: Data sources that were read, by uid, as Grafana answers them.
        people: The organisation's accounts; None until they are asked for.
        theirs: Dashboards that are as they are wanted and were last saved by another account, by uid.
    """

    boards: dict[str, Board] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    teams: dict[str, Json] = field(default_factory=dict)
    members: dict[str, dict[str, int]] = field(default_factory=dict)
    sources: dict[str, Json] = field(default_factory=dict)
    people: Sequence[Json] | None = None
    theirs: dict[str, Artifact] = field(default_factory=dict)


def greet(connection: Connection, organisation: int) -> Account:
    """Return who we are there.

    Raises:
        DojoboardsError: the server is too old, or does not let us in.
    """
    try:
        version = str(connection.get("/health").get("version") or "")
        user = connection.get("/user")
        if not version:  # it may be hidden from those who are not known yet
            version = str(connection.get("/frontend/settings").get("buildInfo", {}).get("version") or "")
        if organisation and (found := connection.get("/org").get("id")) != organisation:
            message = f"{connection.name} lets this account into organisation {found}, not into {organisation}"
            remedy = "check `organisation` of `targets.grafana`; a service account belongs to one organisation"
            raise DojoboardsError([Problem(message, None, remedy, Exit.UNREACHABLE)])
    except Refusal as refusal:
        raise DojoboardsError([connection.problem("let us in", refusal)]) from None
    login = str(user.get("login") or "") if isinstance(user, dict) else ""
    if not login:
        message = f"{connection.name} answers without knowing who asks"
        raise DojoboardsError([Problem(message, None, "give a token that it knows", Exit.UNREACHABLE)])
    numbers = re.match(r"(\d+)\.(\d+)", version)
    known = (int(numbers[1]), int(numbers[2])) if numbers else _NESTS
    if known < _OLDEST:
        message = f"{connection.name} is version {version}; dojoboards pushes to 9.4 and newer"
        raise DojoboardsError([Problem(message, None, "upgrade it, or feed it by files", Exit.UNREACHABLE)])
    return Account(login, int(user.get("id") or 0), known)


def people(connection: Connection, held: Held) -> Sequence[Json]:
    """Return the organisation's accounts, which are asked for once.

    Raises:
        Refusal: this account may not see them.
    """
    if held.people is None:
        held.people = connection.get("/org/users")
    return held.people or ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads what a plan needs.

    Args:
        connection: Grafana.
        project: The project's name.
        me: Who asks.
        many: How many requests are under way at once, at most.
        held: Filled with what a write needs.
        values: The values of the secrets of each data source, by its uid.
    """

    connection: Connection
    project: str
    me: Account
    many: int
    held: Held
    values: Mapping[str, Mapping[str, str]]

    def live(self, wanted: Sequence[Artifact]) -> Mapping[Key, Live]:
        """Return what stands there.

        Raises:
            DojoboardsError: something cannot be read.
        """
        of_kind = {kind: [each for each in wanted if each.kind == kind] for kind in {each.kind for each in wanted}}
        try:
            hits = list(self._hits())
            live = self._boards(of_kind.get("dashboard", []), [hit for hit in hits if hit.get("type") == "dash-db"])
            folders = {str(hit["uid"]): hit for hit in hits if hit.get("type") == "dash-folder"}
            self.held.folders.update({uid: str(hit.get("title")) for uid, hit in folders.items()})
            full = {str(hit.get("folderUid") or "") for hit in hits if hit.get("type") == "dash-db"}
            there = [each for each in of_kind.get("folder", []) if each.key in folders]
            found = pooled(lambda each: self._folder(each, folders[each.key], each.key in full), there, self.many)
            live |= {("folder", each.key): one for each, one in zip(there, found, strict=True) if one is not None}
            if "team" in of_kind or any(b'"team"' in each.body for each in of_kind.get("folder", [])):
                self.held.teams.update(self._teams())
            teams = [each for each in of_kind.get("team", []) if each.key in self.held.teams]
            live |= zip([("team", each.key) for each in teams], pooled(self._team, teams, self.many), strict=True)
            sources = of_kind.get("data-source", [])
            read = zip(sources, pooled(self._source, sources, self.many), strict=True)
            live |= {("data-source", each.key): one for each, one in read if one is not None}
        except Refusal as refusal:
            raise DojoboardsError([self.connection.problem("let us read what it holds", refusal)]) from None
        return live

    def _hits(self) -> Iterator[Json]:
        """Yield every dashboard and folder that we may see; one request for 5,000 of them."""
        for page in range(1, 1000):
            hits = self.connection.get("/search", limit=_PAGE, page=page)
            yield from ({key: hit[key] for key in _HIT if key in hit} for hit in hits)
            if len(hits) < _PAGE:
                return

    def _boards(self, wanted: Sequence[Artifact], hits: Sequence[Json]) -> dict[Key, Live]:
        by_uid = {artifact.key: artifact for artifact in wanted}
        tag = names.project_tag(self.project)
        there = [hit for hit in hits if hit["uid"] in by_uid or tag in (hit.get("tags") or ())]
        found = pooled(lambda hit: self._board(str(hit["uid"]), by_uid.get(str(hit["uid"]))), there, self.many)
        return {("dashboard", str(hit["uid"])): live for hit, live in zip(there, found, strict=True) if live}

    def board(self, artifact: Artifact) -> Live | None:
        """Return the dashboard that stands where *artifact* is wanted; None where there is none.

        Raises:
            DojoboardsError: it cannot be read.
        """
        try:
            return self._board(artifact.key, artifact)
        except Refusal as refusal:
            raise DojoboardsError([self.connection.problem(f"show {artifact.path}", refusal)]) from None

    def _board(self, uid: str, artifact: Artifact | None) -> Live | None:
        try:
            answer = self.connection.find(f"/dashboards/uid/{part(uid)}")
        except Refusal as refusal:
            if refusal.status != 406:  # noqa: PLR2004  # "not acceptable": it is stored in another schema
                raise
            return self._modern(uid, artifact)
        if answer is None:  # the search may know less, or more, than there is
            return None
        meta, document = answer["meta"], documents.board(answer["dashboard"])
        if str(meta.get("apiVersion") or "").startswith("v2"):
            return self._modern(uid, artifact)
        file = str(meta.get("provisionedExternalId") or "a file") if meta.get("provisioned") else ""
        self.held.boards[uid] = Board(
            int(answer["dashboard"].get("version") or 0), int(answer["dashboard"].get("id") or 0), file
        )
        folder = str(meta.get("folderUid") or "")
        path = documents.board_path(folder, uid)
        wanted = orjson.loads(artifact.body) if artifact else None
        tagged = names.project_tag(self.project) in (document.get("tags") or ())
        if artifact and wanted and documents.same_board(wanted, document):
            if path == artifact.path:
                if not file and meta.get("updatedBy") not in {None, "", self.me.login}:
                    self.held.theirs[uid] = artifact
                return Live(path=path, body=artifact.body, base=artifact.body, ours=True)
            document = wanted
        row, edited = self._history(uid)
        if row is None and artifact is None:
            return None  # a copy that somebody made of one of ours
        body = documents.body(document)
        if row is None:
            by = Edit(str(meta.get("updatedBy") or ""), str(meta.get("updated") or ""))
            return Live(path=path, body=body, ours=tagged, edited=by)
        digest, at = row["pushed"]
        displaced = at != folder
        if edited is None and not displaced and artifact and digest == documents.digest(artifact.body):
            # Nobody has touched what we pushed: where it differs, the server made it so.
            return Live(path=path, body=artifact.body, base=artifact.body, ours=True)
        if edited is None:
            return Live(path=path, body=body, base=body, ours=True, displaced=displaced)
        base = documents.board({**row["data"], "uid": uid})
        same = documents.same_board(base, document)
        base_body = body if same else documents.body(base)
        changed = None if same and not displaced else edited
        return Live(path=path, body=body, base=base_body, ours=True, displaced=displaced, edited=changed)

    def _modern(self, uid: str, artifact: Artifact | None) -> Live | None:
        """Return a dashboard that was stored in schema v2, of which only that is known."""
        row, edited = self._history(uid)
        if artifact is None:
            return None
        self.held.boards[uid] = Board(0, modern=True)
        body = documents.body({"uid": uid, "apiVersion": "dashboard.grafana.app/v2"})
        base = documents.body(documents.board({**row["data"], "uid": uid})) if row else None
        return Live(path=artifact.path, body=body, base=base, ours=row is not None, edited=edited)

    def edited(self, uid: str) -> bool:
        """Return whether the newest version of a dashboard is not one that we saved.

        Raises:
            Refusal: we may not see its versions.
        """
        row, edited = self._history(uid)
        return row is None or edited is not None

    def _history(self, uid: str) -> tuple[Json | None, Edit | None]:
        """Return the newest version that we saved, with `pushed` and `data`, and who saved the newest one since."""
        edited: Edit | None = None
        for listed in self._versions(uid):
            row = listed
            mine = documents.pushed(self.project, str(row.get("message") or ""))
            # Of a version without a parent, the list does not tell the message.
            if mine is None and not row.get("parentVersion"):
                row = self._version(uid, row)
                mine = documents.pushed(self.project, str(row.get("message") or ""))
            if mine is not None:
                row = row if "data" in row or edited is None else self._version(uid, row)
                return {**row, "pushed": mine}, edited
            edited = edited or Edit(str(row.get("createdBy") or ""), str(row.get("created") or ""))
        return None, edited

    def _version(self, uid: str, row: Json) -> Json:
        found: Json = self.connection.get(f"/dashboards/uid/{part(uid)}/versions/{row['version']}")
        return found

    def _versions(self, uid: str) -> Iterator[Json]:
        """Yield the versions that are kept, the newest first; the server keeps 20 unless told otherwise."""
        query: Json = {"limit": _ROWS}
        for start in range(0, _MOST_VERSIONS, _ROWS):
            answer = self.connection.get(f"/dashboards/uid/{part(uid)}/versions", **query)
            rows = answer.get("versions") or [] if isinstance(answer, dict) else answer
            yield from rows
            more = answer.get("continueToken") if isinstance(answer, dict) else len(rows) == _ROWS
            if not rows or not more:
                return
            query = {"limit": _ROWS, "continueToken": more, "start": start + _ROWS}

    def _folder(self, artifact: Artifact, hit: Json, full: bool) -> Live | None:
        wanted = orjson.loads(artifact.body)
        document: Json = {"uid": artifact.key, "title": hit.get("title")}
        parent = hit.get("folderUid") if self.me.nests else wanted.get("parentUid")
        if parent:
            document["parentUid"] = parent
        extra: list[Json] = []
        if "permissions" in wanted:
            rows = self.connection.find(f"/folders/{part(artifact.key)}/permissions")
            if rows is None:
                return None
            known = {str(each["user"]).lower(): str(each["user"]) for each in wanted["permissions"] if "user" in each}
            document["permissions"] = documents.grants(rows, known)
            declared = {documents.grantee(each) for each in wanted["permissions"]}
            extra = [each for each in document["permissions"] if documents.grantee(each) not in declared]
        body = documents.body(document)
        base: bytes | None = body
        edited: Edit | None = None
        renamed = any(document.get(key) != wanted.get(key) for key in ("title", "parentUid"))
        if renamed or extra:
            about = self.connection.find(f"/folders/{part(artifact.key)}")
            if about is None:
                return None
            half_made = not full and about.get("createdBy") == self.me.login and self._first(extra)
            if extra and not half_made:
                # What the code does not name was given by someone, and goes only when we are told.
                declared_only = [each for each in document["permissions"] if each not in extra]
                base = documents.body({**document, "permissions": declared_only})
            if renamed and about.get("updatedBy") not in (None, self.me.login):
                base, edited = None, Edit(str(about["updatedBy"]), str(about.get("updated") or ""))
        return Live(path=artifact.path, body=body, base=base, ours=True, edited=edited)

    def _first(self, extra: Sequence[Json]) -> bool:
        """Return whether these grants are those that a server puts on a folder that we made."""
        first = _FIRST_GRANTS | {(f"user:{self.me.login}", "Admin")}
        return all((documents.grantee(each), each["permission"]) in first for each in extra)

    def _teams(self) -> Iterator[tuple[str, Json]]:
        for page in range(1, 1000):
            answer = self.connection.get("/teams/search", perpage=1000, page=page)
            yield from ((str(team["name"]), team) for team in answer["teams"])
            if page * 1000 >= int(answer.get("totalCount") or 0):
                return

    def _team(self, artifact: Artifact) -> Live:
        wanted = orjson.loads(artifact.body)
        row = self.held.teams[artifact.key]
        known = {str(each).lower(): str(each) for each in wanted["members"]}
        rows = self.connection.get(f"/teams/{row['id']}/members")
        members = {documents.spelt(each, known): each for each in rows}
        self.held.members[artifact.key] = {name: int(each["userId"]) for name, each in members.items()}
        email = str(row.get("email") or "")
        body = documents.body({"name": artifact.key, "email": email, "members": sorted(members)})
        # Whoever makes a team may find itself in it, which is ours to mend.
        expected = [name for name in sorted(members) if name in wanted["members"] or self._is_me(members[name])]
        base = documents.body({"name": artifact.key, "email": email, "members": expected})
        return Live(path=artifact.path, body=body, base=base, ours=True)

    def _is_me(self, row: Json) -> bool:
        return bool(row.get("login") == self.me.login)

    def _source(self, artifact: Artifact) -> Live | None:
        document = self.connection.find(f"/datasources/uid/{part(artifact.key)}")
        if document is None:
            return None
        self.held.sources[artifact.key] = document
        wanted, values = orjson.loads(artifact.body), self.values.get(artifact.key, {})
        fields = document.get("secureJsonFields") or {}
        found = documents.source(document)
        secret = {key: value for key, value in wanted.get("secureJsonData", {}).items() if fields.get(key)}
        if secret and not documents.has_values(fields, values):
            secret = {key: dict.fromkeys(reference, "(another value)") for key, reference in secret.items()}
        body = documents.body({**found, **({"secureJsonData": secret} if secret else {})})
        if documents.marked(self.project, document, fields):
            return Live(path=artifact.path, body=body, base=body, ours=True)
        same = body == artifact.body
        return Live(path=artifact.path, body=body, ours=same or bool(documents.marks(fields)))
