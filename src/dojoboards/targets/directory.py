"""The directory target: files that a server reads, on this machine, in a directory that belongs to us."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from dojoboards.artifact import Artifact
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.files import STAGING, write_tree
from dojoboards.model import Project, SecretRef, TargetSettings
from dojoboards.plan import Change, Key, Live
from dojoboards.targets import manifest as manifests
from dojoboards.targets import preflight
from dojoboards.targets.localise import localised
from dojoboards.targets.originals import KEPT, Originals
from dojoboards.targets.secrets import lookup, resolve
from dojoboards.targets.servers import Client
from dojoboards.targets.systems import SYSTEMS

_KINDS = {
    "alertmanager": frozenset({"alertmanager-config", "notification-template", "secret"}),
    "grafana": frozenset({"dashboard", "provisioning", "secret"}),
    "prometheus": frozenset({"prometheus-config", "rules", "secret"}),
}
_SECRET_MODE = 0o600


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
        self.system = settings.system
        self.undoes = True
        self.verifies = bool(settings.servers)
        self.kinds = _KINDS[settings.system]
        self.directory = (root / Path(lookup(settings.directory)).expanduser()).resolve()
        self.place = str(self.directory)
        self.name = f"{settings.system} in {self.directory}"
        self._project = project
        self._settings = settings
        self._root = root
        self._built = [
            artifact for artifact in artifacts if artifact.system == settings.system and artifact.kind in self.kinds
        ]
        self._servers = [Client(server, settings.system, root) for server in settings.servers]
        self._wanted: Sequence[Artifact] | None = None
        self._manifest = manifests.Manifest()
        self._applied = False
        self._before: Originals | None = None
        self._made: Sequence[Path] = ()
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
        wanted = {artifact.path: (artifact.kind, artifact.key) for artifact in self.wanted()}
        by_identity: dict[Key, list[Live]] = {}
        for path, entry in self._manifest.files.items():
            by_identity.setdefault((entry.kind, entry.key), []).append(self._live(path, entry))
        for path in self._manifest.files:
            self._inside(path)
        live: dict[Key, Live] = {}
        for identity, found in by_identity.items():
            # A push that was interrupted while it moved a file leaves two of them; the one at its place counts.
            found.sort(key=lambda one: (wanted.get(one.path) == identity, one.body is not None))
            main = found.pop()
            live[identity] = replace(main, leftovers=tuple(one.path for one in found))
        for path, identity in wanted.items():
            self._inside(path)
            if path in self._manifest.files or (body := self._body(path)) is None:
                continue
            known = live.get(identity)
            live[identity] = replace(known, aside=True) if known else Live(path=path, body=body, aside=True)
        return live

    def _live(self, path: str, entry: manifests.Entry) -> Live:
        body = self._body(path)
        digest = entry.digest_of(body) if body is not None else ""
        base = self._manifest.base.get(path)
        if entry.kind == "secret" and entry.digest:  # of a secret no copy is kept
            base = body if digest == entry.digest else b""
        pending = body if entry.next and digest == entry.next else None
        return Live(path=path, body=body, base=base, pending=pending, ours=True)

    def preflight(self, changes: Sequence[Change]) -> list[Problem]:
        """Return what the servers' own tools find in it, and servers that cannot be used."""
        problems = preflight.check(self.system, {entry.path: entry for entry in self.wanted()}, self._project)
        for server in self._servers:
            problems.extend(SYSTEMS[self.system].reach(server))
        if changes and not problems:
            problems.extend(self._writable())
        return [*problems, *self._unknown_owner()]

    def _unknown_owner(self) -> Iterator[Problem]:
        owner = self._settings.owner
        if owner and os.geteuid() == 0:
            try:
                pwd.getpwnam(owner)
            except KeyError:
                message = f"cannot give secrets to {owner!r}: there is no such user on this machine"
                yield Problem(message, None, f"correct `owner` of the target {self.system}", Exit.UNREADABLE)

    def apply(self, changes: Sequence[Change]) -> None:
        """Note what is about to be written, then write it."""
        for start in (STAGING, KEPT):
            for left_over in self.directory.glob(f"{start}*"):
                shutil.rmtree(left_over, ignore_errors=True)
        if not changes:
            return
        self._made = [place for place in (self.directory, *self.directory.parents) if not place.exists()]
        self.directory.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        writes = {
            change.path: (change.kind, change.key, change.after) for change in changes if change.after is not None
        }
        removes = [path for change in changes for path in change.moved_from]
        removes += [change.path for change in changes if change.action == "delete"]
        self._before = Originals(self.directory, (*writes, *removes, manifests.MANIFEST, manifests.BASE))
        self._applied = True
        self._manifest = manifests.intending(self._manifest, self._project.name, writes)
        self._write({manifests.MANIFEST: self._manifest.document()}, modes={manifests.MANIFEST: _SECRET_MODE})
        secret = {path: _SECRET_MODE for path, (kind, _, _) in writes.items() if kind == "secret"}
        self._write({path: body for path, (_, _, body) in writes.items()}, removes, secret)

    def reload(self) -> list[Problem]:
        """Let the servers read again what was changed, or left over by a push that was interrupted."""
        return self._reload() if self._applied or self._manifest.pending else []

    def _reload(self) -> list[Problem]:
        return [problem for server in self._servers for problem in SYSTEMS[self.system].reload(server)]

    def verify(self, timeout: float | None) -> list[Problem]:
        """Return what the servers do not run of what stands here."""
        problems = self._verify(timeout)
        if problems and not (self._applied or self._manifest.pending) and not self._reload():
            # Nothing was changed, yet they do not run it: whoever changed it last may not have come to reloading them.
            problems = self._verify(timeout)
        return problems

    def _verify(self, timeout: float | None) -> list[Problem]:
        held = self._held()
        system = SYSTEMS[self.system]
        return [problem for server in self._servers for problem in system.verify(server, self._project, held, timeout)]

    def commit(self) -> None:
        """Remember what stands here now as the base of the next push."""
        if not (self._applied or self._manifest.pending):
            return
        kept = {
            path: (entry.kind, entry.key, body)
            for path, entry in self._manifest.files.items()
            if (body := self._body(path)) is not None
        }
        done = manifests.finished(self._manifest, kept)
        files = {manifests.BASE: done.archive(), manifests.MANIFEST: done.document()}
        self._write(files, modes=dict.fromkeys(files, _SECRET_MODE))
        self._manifest = done
        self._applied = False
        self._forget()

    def undo(self) -> list[Problem]:
        """Put every file back as it was, and let the servers read them again.

        The list of what is ours goes back last, when the servers have read the files: until then the next push knows
        that it has to complete this one.
        """
        if not self._applied or self._before is None:
            return []
        self._before.put_back(lambda path: not path.startswith(manifests.DIRECTORY))
        problems = self._reload()
        if not problems:
            self._before.put_back(lambda path: path.startswith(manifests.DIRECTORY))
        self._applied = False
        self._manifest = manifests.Manifest()
        self._forget()
        for place in self._made:
            with suppress(OSError):  # somebody has put something there
                place.rmdir()
        return problems

    def _forget(self) -> None:
        if self._before is not None:
            self._before.forget()
            self._before = None

    def close(self) -> None:
        """Let others push here."""
        for server in self._servers:
            server.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _held(self) -> Mapping[str, bytes]:
        """Return what of ours stands here, by path."""
        return {path: body for path in self._manifest.files if (body := self._body(path)) is not None}

    def _body(self, path: str) -> bytes | None:
        try:
            return (self.directory / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            place = Source(str(self.directory / path))
            message = f"cannot read what stands there: {error.strerror}"
            raise DojoboardsError([Problem(message, place, "push as a user who may", Exit.UNREADABLE)]) from None

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
        reason = "this user may not write it" if existing.is_dir() else "it is not a directory"
        message = f"cannot push to {self.directory}: {reason}"
        return [Problem(message, Source(str(existing)), "mend it, or push as another user", Exit.UNREADABLE)]

    def _write(
        self, files: Mapping[str, bytes], remove: Sequence[str] = (), modes: Mapping[str, int] | None = None
    ) -> None:
        write_tree(self.directory, files, remove, modes, durable=True)
        if os.geteuid() == 0:
            self._own(files)

    def _own(self, files: Iterable[str]) -> None:
        """Give what root has written to the directory's owner, who is the one that has to read it."""
        owner = self.directory.stat()
        if self._settings.owner:
            server = pwd.getpwnam(self._settings.owner)
            for secret in (path for path in files if path.startswith("secrets/")):
                os.chown(self.directory / secret, server.pw_uid, server.pw_gid)
        if owner.st_uid == 0:
            return
        paths = {self.directory / path for path in files}
        paths |= {parent for path in paths for parent in path.parents if parent.is_relative_to(self.directory)}
        for path in paths - {self.directory}:
            os.chown(path, owner.st_uid, owner.st_gid)

    def _take_lock(self) -> None:
        """Let no other push work here; the lock is on the directory itself, so nothing is written for it."""
        if self._lock is not None or not self.directory.is_dir():
            return
        try:
            self._lock = os.open(self.directory, os.O_RDONLY)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            message = f"another push to {self.directory} is at work"
            raise DojoboardsError([Problem(message, None, "wait until it is done", Exit.PROBLEM)]) from None
        except OSError:
            self.close()  # a file system without locks, or a directory that may not be read: reading says what is wrong
