"""The target that is a Grafana, read and written through its HTTP API.

`connection` asks and is refused, `read` finds what is there, `guard` looks at a plan before the first write, `apply`
writes, and `documents` says what is compared.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import orjson

from dojoboards.artifact import Artifact
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.model import Api, Project, SecretRef, TargetSettings
from dojoboards.plan import Change, Key, Live
from dojoboards.render.grafana import folder_path
from dojoboards.targets.grafana_api import documents
from dojoboards.targets.grafana_api.apply import Writer, partly
from dojoboards.targets.grafana_api.connection import Connection, Refusal
from dojoboards.targets.grafana_api.guard import Guard
from dojoboards.targets.grafana_api.pool import pooled
from dojoboards.targets.grafana_api.read import Account, Held, Reader, greet
from dojoboards.targets.secrets import resolve

_DIGITS = 12


def grafana_target(
    project: Project, settings: TargetSettings, artifacts: Sequence[Artifact], root: Path
) -> GrafanaTarget:
    """Return the target of a Grafana with an API.

    Args:
        project: Whose artifacts they are.
        settings: Where they go; its `api` is set.
        artifacts: All artifacts of the environment.
        root: The project's directory, to which relative paths refer.
    """
    return GrafanaTarget(project, settings, artifacts, root)


class GrafanaTarget:
    """One organisation of a Grafana; `targets.Target` says what its members do.

    Attributes:
        keep_going: Whether a change that fails does not stop the others.
    """

    def __init__(self, project: Project, settings: TargetSettings, artifacts: Sequence[Artifact], root: Path) -> None:
        self.system = settings.system
        self.undoes = False
        self.verifies = True
        self.kinds = frozenset({"dashboard", "data-source", "folder", "team"})
        self.keep_going = False
        self._project = project
        self._api = settings.api or Api(url="")
        self._root = root
        self._built = [each for each in artifacts if each.system == self.system and each.kind in self.kinds]
        self._connection = Connection(self._api, root)
        self.name = self._connection.name
        self.place = self.name
        self._wanted: Sequence[Artifact] | None = None
        self._state = ""
        self._values: dict[str, dict[str, str]] = {}
        self._held = Held()
        self._me: Account | None = None
        self._writer: Writer | None = None
        self._planned: Sequence[Change] = ()

    def wanted(self) -> Sequence[Artifact]:
        """Return the artifacts with their paths in Grafana; of a secret, still only the reference."""
        if self._wanted is None:
            folders = {folder_path(self._project, folder.uid): folder.uid for folder in self._project.folders}
            problems: list[Problem] = []
            found = [self._placed(artifact, folders) for artifact in self._built]
            for artifact in found:
                if artifact.kind == "data-source":
                    self._values[artifact.key] = self._resolved(artifact, problems)
            problems.extend(self._connection.unready())
            if problems:
                raise DojoboardsError(problems)
            self._wanted, self._state = found, _digest(found)
        return self._wanted

    def _placed(self, artifact: Artifact, folders: Mapping[str, str]) -> Artifact:
        path = artifact.path.partition("/")[2]
        if artifact.kind == "dashboard":
            path = documents.board_path(folders.get(path.split("/")[1], ""), artifact.key)
        return replace(artifact, path=path)

    def _resolved(self, artifact: Artifact, problems: list[Problem]) -> dict[str, str]:
        values = {}
        for key, reference in orjson.loads(artifact.body).get("secureJsonData", {}).items():
            what = f"the secret {key!r} of {artifact.path}"
            if "server_file" in reference:
                message = f"{what} stands in a file on the server, which Grafana's API does not read"
                remedy = "give it by `env` or `file` in dojoboards.yaml"
                problems.append(Problem(message, artifact.source, remedy, Exit.UNREADABLE))
                continue
            try:
                values[key] = resolve(SecretRef(**reference), what, self._root)
            except DojoboardsError as error:
                problems.extend(replace(problem, source=artifact.source) for problem in error.problems)
        return values

    def read(self) -> Mapping[Key, Live]:
        """Return what Grafana holds of what is wanted, and what else there is ours."""
        wanted = self.wanted()
        with self._connection.understood():
            self._me = greet(self._connection, self._api.organisation)
            self._held = Held()
            return self._reader(self._me).live(wanted)

    def _reader(self, me: Account) -> Reader:
        many = self._api.max_concurrent
        return Reader(self._connection, self._project.name, me, many, self._held, self._values)

    def preflight(self, changes: Sequence[Change]) -> list[Problem]:
        """Return everything that can be refused before the first write."""
        if self._me is None:
            self.read()
        guard = Guard(self._connection, self._me or Account("", 0, (0, 0)), self._held, self.wanted())
        try:
            with self._connection.understood():
                return list(guard.problems(changes))
        except Refusal as refusal:
            return [self._connection.problem("let us see what this account may do", refusal)]
        except DojoboardsError as error:
            return list(error.problems)

    def apply(self, changes: Sequence[Change]) -> None:
        """Write the changes; one that fails stops the others unless we are to keep going."""
        if not changes:
            return
        if self._me is None:
            self.read()
        me = self._me or Account("", 0, (0, 0))
        self._planned = changes
        self._writer = Writer(
            self._connection,
            self._project.name,
            me,
            self._held,
            self._reader(me),
            self._values,
            self._about,
            keep_going=self.keep_going,
        )
        self._writer.apply(changes)

    def reload(self) -> list[Problem]:
        """Do nothing: Grafana shows what it was given."""
        return []

    def verify(self, timeout: float | None) -> list[Problem]:  # noqa: ARG002  # the protocol's
        """Do nothing: Grafana has answered each write with what it stored, and all else was just read."""
        return []

    def commit(self, changes: Sequence[Change]) -> None:
        """Let the dashboards show that something was deployed; once, also if an earlier push could not.

        What was pushed is there all the same: a mark that cannot be written is a note, and fails no push.
        """
        self._take_over({change.key for change in changes if change.kind == "dashboard"})
        text = f"sha256:{self._state}"
        tags = ["deploy", self._project.name]
        wrote = self._writer is not None and bool(self._writer.done)

        def is_there() -> bool:
            rows = self._connection.get("/annotations", tags=tags, limit=1)
            return any(text in str(row.get("text")) for row in rows)

        about = f"dojoboards deployed {self._project.name} {self._about}".strip()
        said = {"text": f"{about} {text}", "tags": tags}
        try:
            with self._connection.understood():
                if wrote or not is_there():
                    self._connection.write("POST", "/annotations", said, done=is_there)
        except Refusal as refusal:
            _note([self._connection.problem("take the mark of this push", refusal)])
        except DojoboardsError as error:
            _note(error.problems)
        self._writer = None

    def _take_over(self, covered: Collection[str]) -> None:
        """Save once more what somebody else saved and the content gives by now, so that it does not count as drift."""
        if self._me is None or not self._held.theirs:
            return
        reader = self._reader(self._me)
        theirs = [artifact for uid, artifact in self._held.theirs.items() if uid in covered]
        try:
            with self._connection.understood():
                edited = list(pooled(lambda artifact: reader.edited(artifact.key), theirs, reader.many))
        except Refusal as refusal:
            raise DojoboardsError([self._connection.problem("show the versions of dashboards", refusal)]) from None
        changes = [_as_it_is(artifact) for artifact, is_so in zip(theirs, edited, strict=True) if is_so]
        writer = Writer(self._connection, self._project.name, self._me, self._held, reader, self._values, self._about)
        writer.apply(changes)

    @cached_property
    def _about(self) -> str:
        """The commit that is pushed and who made it, for the history; empty outside a repository."""
        command = ("git", "log", "-1", "--format=commit:%h by %an")
        try:
            done = subprocess.run(command, cwd=self._root, capture_output=True, text=True, timeout=10, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return " ".join(done.stdout.split()) if done.returncode == 0 else ""

    def undo(self) -> list[Problem]:
        """Return what was done and stays: what people see in Grafana is not taken back behind their backs."""
        if self._writer is None:
            return []
        return partly(self.name, self._writer.done, self._planned)

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()


def _digest(artifacts: Sequence[Artifact]) -> str:
    """Return the digest of all that is wanted, by which the mark of a push says what was deployed."""
    whole = hashlib.sha256()
    for artifact in artifacts:
        whole.update(f"{artifact.kind} {artifact.path} {documents.digest(artifact.body)}\n".encode())
    return whole.hexdigest()[:_DIGITS]


def _note(problems: Sequence[Problem]) -> None:
    for problem in problems:
        print(f"note: everything was pushed, but {problem.message}", file=sys.stderr)


def _as_it_is(artifact: Artifact) -> Change:
    """Return the change that saves a dashboard as it is there already."""
    body = artifact.body
    return Change(
        action="update",
        kind=artifact.kind,
        key=artifact.key,
        path=artifact.path,
        before=body,
        after=body,
        source=artifact.source,
    )
