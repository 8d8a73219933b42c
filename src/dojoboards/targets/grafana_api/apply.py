"""What a push changes in a Grafana, in an order in which nothing is ever visible to the wrong people."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from dojoboards.artifact import Artifact
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.plan import Change
from dojoboards.targets.grafana_api import documents
from dojoboards.targets.grafana_api.connection import Connection, Refusal
from dojoboards.targets.grafana_api.pool import pooled
from dojoboards.targets.grafana_api.read import Account, Held, Json, Reader, people
from dojoboards.targets.requests import part

_TAKEN = frozenset({409, 412})
_AGAIN = "push again: the plan shows what it is now"
_REMEDIES: Mapping[int | str, str] = {
    "version-mismatch": f"someone changed it between plan and save; {_AGAIN}",
    "name-exists": "this Grafana wants titles to be unique in a folder: rename one of the two",
    "name-match": "this Grafana wants no dashboard to be called like a folder: rename one of the two",
    400: "Grafana says what it does not take",
    409: f"something else there has its name, or someone changed it between plan and save; {_AGAIN}",
    412: f"someone changed it between plan and save; {_AGAIN}",
}
_FULL: Mapping[int | str, str] = {
    403: "raise the quota in Grafana's configuration (`[quota]`), or remove something there"
}
_NAMED = 5


@dataclass(slots=True)
class Writer:
    """Applies changes.

    Args:
        connection: Grafana.
        project: The project's name.
        me: Who pushes.
        held: What Grafana held when it was read.
        reader: Reads again what a write must be sure of.
        values: The values of the secrets of each data source, by its uid.
        about: The commit and who pushes, for the history of dashboards.
        keep_going: Whether a change that fails does not stop the others.
        done: What was applied.
    """

    connection: Connection
    project: str
    me: Account
    held: Held
    reader: Reader
    values: Mapping[str, Mapping[str, str]]
    about: str
    keep_going: bool = False
    done: list[Change] = field(default_factory=list)
    _problems: list[Problem] = field(default_factory=list)
    _failed_folders: set[str] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)

    def apply(self, changes: Sequence[Change]) -> None:
        """Apply *changes*: teams, folders from the top down, data sources, dashboards, and deletions last.

        Raises:
            DojoboardsError: Grafana refuses something, or gives no answer; the problems say what was done.
        """
        writing = [change for change in changes if change.action != "delete"]
        many = self.reader.many
        self._all([each for each in writing if each.kind == "team"], self._team, 1)
        self._all(by_depth([each for each in writing if each.kind == "folder"]), self._folder, 1)
        self._all([each for each in writing if each.kind == "data-source"], self._source, 1)
        self._all([each for each in writing if each.kind == "dashboard"], self._board, many)
        self._all([each for each in changes if each.action == "delete"], self._delete, many)
        if self._problems:
            raise DojoboardsError([*self._problems, *partly(self.connection.name, self.done, changes)])

    def _all(self, changes: Sequence[Change], write: Callable[[Change], None], many: int) -> None:
        """Apply changes, at most *many* at once, and never in the main thread: Ctrl-C would cut a request short."""
        for _ in pooled(lambda change: self._one(change, write), changes, many):
            pass

    def _one(self, change: Change, write: Callable[[Change], None]) -> None:
        """Apply one change; what goes wrong is noted, and stops the others unless we are to keep going."""
        if self._stop.is_set() or self._above(change) in self._failed_folders:
            return
        try:
            with self.connection.understood():
                write(change)
        except Refusal as refusal:
            remedies = _FULL if "quota" in refusal.message.lower() else _REMEDIES
            self._failed(change, [self.connection.problem(_what(change), refusal, change.source, remedies)])
        except DojoboardsError as error:
            self._failed(change, error.problems)
        else:
            self.done.append(change)

    def _failed(self, change: Change, problems: Sequence[Problem]) -> None:
        self._problems.extend(problems)
        if change.kind == "folder":
            self._failed_folders.add(change.key)
        if not self.keep_going:
            self._stop.set()

    def _above(self, change: Change) -> str:
        """Return the uid of the folder that must be there for a change."""
        if change.kind == "dashboard" and change.action != "delete":
            return documents.folder_of(change.path)
        return str(_after(change).get("parentUid", "")) if change.kind == "folder" else ""

    def _team(self, change: Change) -> None:
        wanted = _after(change)
        own = {"name": change.key, "email": wanted["email"]}
        if change.key not in self.held.teams:
            self._make_team(own)
        team = self.held.teams[change.key]
        if str(team.get("email") or "") != wanted["email"]:
            self.connection.write("PUT", f"/teams/{team['id']}", own)
        path = f"/teams/{team['id']}/members"
        known = {str(each).lower(): str(each) for each in wanted["members"]}
        members = {documents.spelt(row, known): int(row["userId"]) for row in self.connection.get(path)}
        for name in wanted["members"]:
            if name not in members:
                self._add_member(path, self.person(name))
        # Whoever came since the plan was shown in none; we became a member ourselves if we made the team.
        seen = {*self.held.members.get(change.key, {}).values(), *([self.me.id] if change.before is None else [])}
        for number in (number for name, number in members.items() if name not in wanted["members"] and number in seen):
            try:
                self.connection.write("DELETE", f"{path}/{number}")
            except Refusal as refusal:
                if refusal.status != 404:  # noqa: PLR2004  # gone already
                    raise

    def _make_team(self, own: Json) -> None:
        name = own["name"]
        try:
            made = self.connection.write("POST", "/teams", own, done=lambda: self._found_team(name))
        except Refusal as refusal:
            if refusal.status not in _TAKEN or not self._found_team(name):
                raise
        else:
            if made is not None:
                self.held.teams[name] = {"id": made["teamId"], **own}

    def _add_member(self, path: str, number: int) -> None:
        def is_there() -> bool:
            return any(int(row["userId"]) == number for row in self.connection.get(path))

        try:
            self.connection.write("POST", path, {"userId": number}, done=is_there)
        except Refusal:
            if not is_there():
                raise

    def _found_team(self, name: str) -> bool:
        rows = self.connection.get("/teams/search", name=name)["teams"]
        self.held.teams |= [(name, row) for row in rows if row["name"] == name]
        return name in self.held.teams

    def person(self, name: str) -> int:
        """Return the number of the account with this login or mail address.

        Raises:
            DojoboardsError: there is none in the organisation.
        """
        for row in people(self.connection, self.held):
            if name.lower() in {str(row.get(key) or "").lower() for key in ("login", "email")}:
                return int(row["userId"])
        raise DojoboardsError([nobody(self.connection, name)])

    def _folder(self, change: Change) -> None:
        wanted = _after(change)
        parent = wanted.get("parentUid", "") if self.me.nests else ""
        if change.before is None:
            self._make_folder(change, wanted, parent)
        else:
            self._change_folder(change, wanted, parent)
        if "permissions" in wanted:
            self._grant(change, wanted["permissions"])

    def _make_folder(self, change: Change, wanted: Json, parent: str) -> None:
        document = {"uid": change.key, "title": wanted["title"], **({"parentUid": parent} if parent else {})}
        path = f"/folders/{part(change.key)}"
        try:
            self.connection.write("POST", "/folders", document, done=lambda: self.connection.find(path) is not None)
        except Refusal as refusal:
            about = self.connection.find(path) if refusal.status in _TAKEN else None
            # The search may not know yet what a push that was interrupted has made.
            if about is None or about.get("createdBy") != self.me.login:
                raise

    def _change_folder(self, change: Change, wanted: Json, parent: str) -> None:
        path = f"/folders/{part(change.key)}"
        about = self.connection.get(path)
        if about.get("title") != wanted["title"]:
            document = {"title": wanted["title"], "version": about.get("version")}
            if about.get("description"):
                document["description"] = about["description"]
            self.connection.write(
                "PUT", path, document, done=lambda: bool(self.connection.get(path).get("title") == wanted["title"])
            )
        if self.me.nests and str(about.get("parentUid") or "") != parent:
            self.connection.write("POST", f"{path}/move", {"parentUid": parent})

    def _grant(self, change: Change, wanted: Sequence[Json]) -> None:
        path = f"/folders/{part(change.key)}/permissions"
        known = {str(each["user"]).lower(): str(each["user"]) for each in wanted if "user" in each}
        found = documents.grants(self.connection.get(path), known)
        if change.before is not None and found != orjson.loads(change.before).get("permissions"):
            message = f"the permissions of {change.path} were changed between plan and save ({self.connection.name})"
            raise DojoboardsError([Problem(message, change.source, _AGAIN)])
        if found != wanted:
            self.connection.write("POST", path, {"items": [self._item(grant) for grant in wanted]})

    def _item(self, grant: Mapping[str, Any]) -> Json:
        item: Json = {"permission": documents.level(grant)}
        if "role" in grant:
            return {**item, "role": grant["role"]}
        if "team" in grant:
            return {**item, "teamId": self.held.teams[grant["team"]]["id"]}
        return {**item, "userId": self.person(grant["user"])}

    def _source(self, change: Change) -> None:
        wanted = _after(change)
        wanted.pop("secureJsonData", None)
        path, values = f"/datasources/uid/{part(change.key)}", dict(self.values.get(change.key, {}))
        there = self.held.sources.get(change.key)
        mark = documents.mark(self.project, wanted, values)
        # An old mark goes by being emptied: Grafana keeps every secret field that an update does not name.
        old = dict.fromkeys(documents.marks((there or {}).get("secureJsonFields") or {}), "")
        secret = {**old, **values, mark: "1"}

        def is_there() -> bool:
            found = self.connection.find(path)
            return found is not None and mark in documents.marks(found.get("secureJsonFields") or {})

        if there is None:
            self.connection.write("POST", "/datasources", {**wanted, "secureJsonData": secret}, done=is_there)
            return
        body: Json = {key: there[key] for key in ("user", "database", "withCredentials") if key in there}
        body |= {"basicAuth": False, "basicAuthUser": "", **wanted}
        body |= {"version": there.get("version"), "secureJsonData": secret}
        self.connection.write("PUT", path, body, done=is_there)

    def _board(self, change: Change) -> None:
        wanted, folder = change.after or b"", documents.folder_of(change.path)
        board = self.held.boards.get(change.key)
        known = {"version": board.version, "id": board.id} if board else {}
        body = {
            "dashboard": orjson.Fragment(documents.sent(wanted, known)),
            "folderUid": folder,
            "message": documents.message(self.project, wanted, folder, self.about),
            "overwrite": False,
        }
        artifact = Artifact(change.kind, change.key, change.path, wanted, change.source)

        def is_there() -> bool:
            live = self.reader.board(artifact)
            return live is not None and (live.path, live.body) == (artifact.path, artifact.body)

        try:
            answer = self.connection.write("POST", "/dashboards/db", body, done=is_there)
            if answer is not None and answer["status"] != "success":
                raise ValueError("no word of success")
        except Refusal as refusal:
            # The search may not know yet what a push that was interrupted has saved.
            if refusal.status not in _TAKEN or not is_there():
                raise

    def _delete(self, change: Change) -> None:
        path, board = f"/dashboards/uid/{part(change.key)}", self.held.boards[change.key]
        found = self.connection.find(path)
        if found is None:
            return
        if int(found["dashboard"].get("version") or 0) != board.version:
            message = f"{change.path} was changed between plan and deletion ({self.connection.name})"
            raise DojoboardsError([Problem(message, change.source, _AGAIN)])
        try:
            self.connection.write("DELETE", path, done=lambda: self.connection.find(path) is None)
        except Refusal as refusal:
            if refusal.status != 404:  # noqa: PLR2004  # gone already
                raise


def by_depth(changes: Sequence[Change]) -> list[Change]:
    """Return the changes of folders with each folder behind the one it lies in."""
    parents = {change.key: str(_after(change).get("parentUid", "")) for change in changes}

    def depth(uid: str) -> int:
        steps, seen = 0, {uid}
        while (uid := parents.get(uid, "")) and uid not in seen:
            seen.add(uid)
            steps += 1
        return steps

    return sorted(changes, key=lambda change: (depth(change.key), change.key))


def nobody(connection: Connection, name: str) -> Problem:
    """Return the problem that an account is not in the organisation."""
    message = f"{connection.name} has no account {name!r} in this organisation"
    return Problem(message, None, "invite it first, or correct the login or mail address", Exit.PROBLEM)


def partly(name: str, done: Sequence[Change], changes: Sequence[Change]) -> list[Problem]:
    """Return what was done and what was not; nothing where nothing was done."""
    if not done:
        return []
    finished = {(change.kind, change.key) for change in done}
    left = [change.path for change in changes if (change.kind, change.key) not in finished]
    shown = ", ".join(left[:_NAMED]) + (f" and {len(left) - _NAMED} more" if len(left) > _NAMED else "")
    message = f"{len(done)} of {len(changes)} changes were applied to {name}" + (f"; not yet: {shown}" if left else "")
    return [Problem(message, None, "mend what is wrong and push again: it goes on from there", Exit.PARTIAL)]


def _after(change: Change) -> Json:
    document: Json = orjson.loads(change.after) if change.after else {}
    return document


def _what(change: Change) -> str:
    verbs = {"create": "create", "update": "take", "delete": "delete"}
    return f"{verbs.get(change.action, 'take')} {change.path}"
