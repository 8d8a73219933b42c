"""The directory target: files that a server reads, on this machine, in a directory that belongs to us."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dojoboards.artifact import Artifact
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.files import STAGING, write_tree
from dojoboards.model import Project, SecretRef, TargetSettings
from dojoboards.plan import Change, Key, Live
from dojoboards.targets import manifest as manifests
from dojoboards.targets import preflight
from dojoboards.targets.localise import localised
from dojoboards.targets.secrets import lookup, resolve
from dojoboards.targets.servers import Client, System, system

_KINDS = {
    "alertmanager": frozenset({"alertmanager-config", "notification-template", "secret"}),
    "grafana": frozenset({"dashboard", "provisioning"}),
    "prometheus": frozenset({"prometheus-config", "rules", "secret"}),
}
_SECRET_MODE = 0o600
_LOCK = f"{manifests.DIRECTORY}/lock"


def directory_target(
    project: Project, settings: TargetSettings, artifacts: Sequence[Artifact], root: Path
) -> DirectoryTarget:
    """Return the target of one system's directory.

    Args:
        project: Whose artifacts they are.
        settings: Where they go.
        artifacts: All artifacts of the environment.
        root: The project's directory, to which relative paths refer.
    """
    return DirectoryTarget(project, settings, artifacts, root)


class DirectoryTarget:
    """One system's directory and the servers that read it; `targets.Target` says what its members do."""

    def __init__(self, project: Project, settings: TargetSettings, artifacts: Sequence[Artifact], root: Path) -> None:
        self.kinds = _KINDS[settings.system]
        self.directory = (root / Path(lookup(settings.directory)).expanduser()).resolve()
        self.name = f"{settings.system} in {self.directory}"
        self._project = project
        self._settings = settings
        self._root = root
        self._built = [
            artifact for artifact in artifacts if artifact.system == settings.system and artifact.kind in self.kinds
        ]
        self._servers: Sequence[Client] = [Client(server, settings.system, root) for server in settings.servers]
        self._system: System | None = system(settings.system)
        self._wanted: Sequence[Artifact] | None = None
        self._manifest = manifests.Manifest()
        self._applied: Sequence[Change] = ()
        self._before: dict[str, tuple[bytes, int] | None] = {}
        self._lock: int | None = None

    def wanted(self) -> Sequence[Artifact]:
        """Return the files as they are to stand here, with the values of secrets."""
        if self._wanted is None:
            seen_as = self._settings.server_path or str(self.directory)
            problems: list[Problem] = []
            found = [self._with_value(entry, problems) for entry in localised(self._built, seen_as)]
            if problems:
                raise DojoboardsError(problems)
            self._wanted = found
        return self._wanted

    def _with_value(self, artifact: Artifact, problems: list[Problem]) -> Artifact:
        if artifact.kind != "secret":
            return artifact
        name = artifact.key.partition("/")[2]
        reference = self._project.environment.secrets.get(name, SecretRef())
        what = f"the secret {name!r} of environment {self._project.environment.name!r}"
        try:
            return replace(artifact, body=resolve(reference, what, self._root).encode())
        except DojoboardsError as error:
            problems.extend(replace(problem, source=artifact.source) for problem in error.problems)
            return artifact

    def read(self) -> Mapping[Key, Live]:
        """Return what stands here of what is ours, and what stands in the way."""
        self._take_lock()
        self._manifest = manifests.read(self.directory, self._project.name)
        live: dict[Key, Live] = {}
        for path, entry in self._manifest.files.items():
            body = self._body(path)
            base = self._manifest.base.get(path)
            digest = entry.digest_of(body) if body is not None else ""
            if entry.kind == "secret" and entry.digest:
                base = body if digest == entry.digest else b""
            pending = body if entry.next and digest == entry.next else None
            live[entry.kind, entry.key] = Live(path=path, body=body, base=base, pending=pending, ours=True)
        for artifact in self.wanted():
            self._inside(artifact.path)
            if artifact.path in self._manifest.files or (body := self._body(artifact.path)) is None:
                continue
            identity = (artifact.kind, artifact.key)
            known = live.get(identity)
            live[identity] = replace(known, aside=True) if known else Live(path=artifact.path, body=body, aside=True)
        return live

    def preflight(self, changes: Sequence[Change]) -> list[Problem]:
        """Return what the servers' own tools find in it, and servers that do not answer."""
        problems = preflight.check(self._settings.system, self._after(changes), self._project)
        for server in self._servers:
            problems.extend(server.reach())
        if not problems and changes:
            problems.extend(self._writable())
        return problems

    def apply(self, changes: Sequence[Change]) -> None:
        """Note what is about to be written, then write it."""
        self._applied = changes
        if not changes and not self._manifest.project:
            return
        if not changes:
            return
        touched = {path for change in changes for path in (change.path, change.moved_from) if path}
        self._before = {path: self._with_mode(path) for path in (*touched, manifests.MANIFEST, manifests.BASE)}
        writes = {
            change.path: (change.kind, change.key, change.after) for change in changes if change.after is not None
        }
        self._manifest = manifests.intending(
            self._manifest,
            self._project.name,
            {path: (kind, key, body or b"") for path, (kind, key, body) in writes.items()},
        )
        self._write({manifests.MANIFEST: self._manifest.bytes()}, modes={manifests.MANIFEST: _SECRET_MODE})
        secret = {change.path: _SECRET_MODE for change in changes if change.kind == "secret"}
        remove = [change.moved_from for change in changes if change.moved_from]
        remove += [change.path for change in changes if change.action == "delete"]
        self._write({path: body or b"" for path, (_, _, body) in writes.items()}, remove, secret)

    def activate(self, timeout: float | None) -> list[Problem]:
        """Reload the servers where something was changed or left over, and see whether they run it."""
        if self._system is None:
            return []
        problems: list[Problem] = []
        for server in self._servers:
            changed = bool(self._applied) or self._manifest.pending
            problems.extend(self._system.activate(server, self._project, self._held(), changed, timeout))
        return problems

    def commit(self) -> None:
        """Remember what stands here now as the base of the next push."""
        if not self._applied and not self._manifest.pending:
            return
        done = manifests.finished(self._manifest, self._kept(), pending=False)
        files = {manifests.BASE: done.archive(), manifests.MANIFEST: done.bytes()}
        self._write(files, modes=dict.fromkeys(files, _SECRET_MODE))
        self._manifest = done

    def undo(self) -> list[Problem]:
        """Put every file back, byte for byte, and let the servers read them again."""
        if not self._before:
            return []
        # The list of what is ours goes back last: until then everything here is known as ours.
        order = sorted(self._before, key=lambda path: path.startswith(manifests.DIRECTORY))
        for part in (False, True):
            paths = [path for path in order if path.startswith(manifests.DIRECTORY) is part]
            files = {path: found[0] for path in paths if (found := self._before[path]) is not None}
            modes = {path: found[1] for path in paths if (found := self._before[path]) is not None}
            self._write(files, [path for path in paths if self._before[path] is None], modes)
        problems: list[Problem] = []
        if self._system is not None:
            for server in self._servers:
                problems.extend(self._system.reload(server))
        self._before = {}
        return problems

    def close(self) -> None:
        """Let others push here."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _after(self, changes: Sequence[Change]) -> Mapping[str, Artifact]:
        """Return the files as they will stand here, by path."""
        gone = {change.path for change in changes if change.action == "delete"}
        return {artifact.path: artifact for artifact in self.wanted() if artifact.path not in gone}

    def _held(self) -> Mapping[str, bytes]:
        """Return what of ours stands here, by path."""
        return {path: body for path in self._manifest.files if (body := self._body(path)) is not None}

    def _kept(self) -> Mapping[str, tuple[str, str, bytes]]:
        return {
            path: (entry.kind, entry.key, body)
            for path, entry in self._manifest.files.items()
            if (body := self._body(path)) is not None
        }

    def _body(self, path: str) -> bytes | None:
        try:
            return (self.directory / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            place = Source(str(self.directory / path))
            message = f"cannot read what stands there: {error.strerror}"
            raise DojoboardsError([Problem(message, place, "push as a user who may", Exit.UNREADABLE)]) from None

    def _with_mode(self, path: str) -> tuple[bytes, int] | None:
        body = self._body(path)
        return None if body is None else (body, (self.directory / path).stat().st_mode & 0o777)

    def _inside(self, path: str) -> None:
        """Refuse a path that a link leads out of the directory."""
        parent = (self.directory / path).parent.resolve()
        if not parent.is_relative_to(self.directory):
            message = f"{path} would be written to {parent}, outside {self.directory}"
            place = Source(str(self.directory / path))
            raise DojoboardsError([Problem(message, place, "remove the link that leads there", Exit.PROBLEM)])

    def _writable(self) -> list[Problem]:
        existing = self.directory
        while not existing.exists():
            existing = existing.parent
        if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
            return []
        reason = "it may not be written by this user" if existing.is_dir() else "it is not a directory"
        place = Source(str(existing))
        return [
            Problem(
                f"cannot push to {self.directory}: {reason}", place, "mend it, or push as another user", Exit.UNREADABLE
            )
        ]

    def _write(
        self, files: Mapping[str, bytes], remove: Sequence[str] = (), modes: Mapping[str, int] | None = None
    ) -> None:
        write_tree(self.directory, files, remove, modes, durable=True)
        if os.geteuid() == 0:
            self._own(files)

    def _own(self, files: Mapping[str, Any]) -> None:
        """Give what root has written to the directory's owner, who is the one that has to read it."""
        owner = self.directory.stat()
        if owner.st_uid == 0:
            return
        paths = {self.directory / path for path in files}
        paths |= {parent for path in paths for parent in path.parents if parent.is_relative_to(self.directory)}
        for path in paths - {self.directory}:
            os.chown(path, owner.st_uid, owner.st_gid)

    def _take_lock(self) -> None:
        if self._lock is not None or not self.directory.exists():
            return
        place = self.directory / _LOCK
        try:
            place.parent.mkdir(mode=0o700, exist_ok=True)
            self._lock = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            message = f"another push to {self.directory} is at work"
            raise DojoboardsError([Problem(message, None, "wait until it is done", Exit.PROBLEM)]) from None
        except OSError:
            self._lock = None  # a directory that may only be read can still be compared; writing says what is wrong
        for left_over in self.directory.glob(f"{STAGING}*"):
            _remove_staging(left_over)


def _remove_staging(directory: Path) -> None:
    import shutil

    shutil.rmtree(directory, ignore_errors=True)
