"""The directory target: files that a server reads, in a directory that belongs to us, here or on another machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dojoboards.artifact import Artifact
from dojoboards.errors import DojoboardsError, Problem
from dojoboards.model import Project, SecretRef, TargetSettings
from dojoboards.plan import Change, Key, Live
from dojoboards.targets import manifest as manifests
from dojoboards.targets import preflight
from dojoboards.targets.directories import directory_at
from dojoboards.targets.localise import localised
from dojoboards.targets.secrets import lookup, resolve
from dojoboards.targets.servers import Client, tenant_header
from dojoboards.targets.systems import SYSTEMS

_KINDS = {
    "alertmanager": frozenset({"alertmanager-config", "notification-template", "secret"}),
    "grafana": frozenset({"dashboard", "provisioning", "secret"}),
    "loki": frozenset({"log-rules"}),
    "prometheus": frozenset({"prometheus-config", "rules", "secret"}),
}
_OURS = (manifests.MANIFEST, manifests.BASE)


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
        self.keep_going = False
        self.verifies = bool(settings.servers)
        self.kinds = _KINDS[settings.system]
        self._directory = directory_at(lookup(settings.directory), root, settings.owner, settings.timeout)
        self.place = self._directory.place
        self.name = f"{settings.system} in {self.place}"
        self._project = project
        self._settings = settings
        self._root = root
        self._built = [
            artifact for artifact in artifacts if artifact.system == settings.system and artifact.kind in self.kinds
        ]
        headers = tenant_header(settings.tenant)
        self._servers = [Client(server, settings.system, root, headers) for server in settings.servers]
        self._wanted: Sequence[Artifact] | None = None
        self._manifest = manifests.Manifest()
        self._applied = False
        self._found: Mapping[Key, Live] = {}
        self._drifted: frozenset[str] = frozenset()
        self._seen: Mapping[str, bytes] = {}
        self._stands: dict[str, bytes] = {}

    def wanted(self) -> Sequence[Artifact]:
        """Return the files as they are to stand here, with the values of secrets."""
        if self._wanted is None:
            seen_as = self._settings.server_path or self._directory.path
            files = localised(self._built, seen_as, self._settings.tenant)
            problems: list[Problem] = []
            found = [self._with_value(entry, problems) for entry in files]
            problems.extend(problem for server in self._servers for problem in server.unready())
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
        self._directory.lock()
        self._manifest = manifests.read(self._directory, self._project.name, self._project.environment.name)
        wanted = {artifact.path: (artifact.kind, artifact.key) for artifact in self.wanted()}
        paths = list(dict.fromkeys((*self._manifest.files, *wanted)))
        self._directory.inside(paths)
        bodies = self._directory.read((*paths, manifests.MANIFEST))
        ours = {path: self._live(path, entry, bodies.get(path)) for path, entry in self._manifest.files.items()}
        by_identity: dict[Key, list[Live]] = {}
        for path, entry in self._manifest.files.items():
            by_identity.setdefault((entry.kind, entry.key), []).append(ours[path])
        live: dict[Key, Live] = {}
        for identity, found in by_identity.items():
            # A push that was interrupted while it moved a file leaves two of them; the one at its place counts.
            found.sort(key=lambda one: (wanted.get(one.path) == identity, one.body is not None))
            main = found.pop()
            live[identity] = replace(main, leftovers=tuple(one.path for one in found))
        for path, identity in wanted.items():
            if path in self._manifest.files or (body := bodies.get(path)) is None:
                continue
            known = live.get(identity)
            live[identity] = replace(known, aside=True) if known else Live(path=path, body=body, aside=True)
        self._found, self._drifted, self._seen = live, self._drift(ours), bodies
        self._stands = {path: bodies[path] for path in self._manifest.files if path in bodies}
        return live

    def _live(self, path: str, entry: manifests.Entry, body: bytes | None) -> Live:
        digest = entry.digest_of(body) if body is not None else ""
        base = self._manifest.base.get(path)
        if entry.kind == "secret" and entry.digest:  # of a secret no copy is kept
            base = body if digest == entry.digest else b""
        pending = body if entry.next and digest == entry.next else None
        return Live(path=path, body=body, base=base, pending=pending, ours=True)

    def _drift(self, ours: Mapping[str, Live]) -> frozenset[str]:
        """Return the paths of what somebody else changed; if a push leaves it out, it stays noted as it was pushed."""
        wanted = {artifact.path: artifact.body for artifact in self.wanted()}
        return frozenset(
            path
            for path, found in ours.items()
            if found.pending is None and found.body not in (found.base, wanted.get(path))
        )

    def preflight(self, changes: Sequence[Change]) -> list[Problem]:
        """Return what the servers' own tools find in it, and servers that cannot be used."""
        files = {entry.path: entry for entry in self._standing({change.path for change in changes})}
        problems = preflight.check(self.system, files, self._project)
        for server in self._servers:
            problems.extend(SYSTEMS[self.system].reach(server))
        if changes and not problems:
            problems.extend(self._directory.unwritable())
        return [*problems, *self._directory.unowned()]

    def _standing(self, written: set[str]) -> Iterator[Artifact]:
        """Yield what will stand here: what is written, and else what we pushed before."""
        for entry in self.wanted():
            found = self._found.get((entry.kind, entry.key))
            if entry.path in written or found is None or found.body == entry.body:
                yield entry
            elif found.ours and found.body is not None and found.path not in self._drifted:
                yield replace(entry, path=found.path, body=found.body)

    def apply(self, changes: Sequence[Change]) -> None:
        """Note what is about to be written, then write it."""
        self._directory.sweep()
        if not changes:
            return
        writes = {
            change.path: (change.kind, change.key, change.after) for change in changes if change.after is not None
        }
        removes = [path for change in changes for path in change.moved_from]
        removes += [change.path for change in changes if change.action == "delete"]
        self._directory.keep((*writes, *removes, *_OURS))
        self._unchanged((*writes, *removes))
        self._applied = True
        self._drifted -= {*writes, *removes}
        whose = self._project.name, self._project.environment.name
        self._manifest = manifests.intending(self._manifest, *whose, writes)
        self._directory.write({manifests.MANIFEST: self._manifest.document()}, (), _OURS)
        private = {path for path, (kind, _, _) in writes.items() if kind == "secret"}
        bodies = {path: body for path, (_, _, body) in writes.items()}
        self._directory.write(bodies, removes, private)
        self._stands = {path: body for path, body in self._stands.items() if path not in removes} | bodies

    def _unchanged(self, paths: Sequence[str]) -> None:
        """Refuse to write where something changed since the plan was made: nobody has seen that."""
        now = self._directory.read((*paths, manifests.MANIFEST))
        changed = [path for path in (*paths, manifests.MANIFEST) if now.get(path) != self._seen.get(path)]
        if changed:
            self._directory.forget()
            remedy = "push again: the new plan shows what is there by now"
            what = "another push was here" if manifests.MANIFEST in changed else f"{changed[0]} was changed"
            message = f"{what} since the plan was made ({self.name}); nothing was written there"
            raise DojoboardsError([Problem(message, None, remedy)])

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

    def commit(self, changes: Sequence[Change]) -> None:  # noqa: ARG002  # the protocol's
        """Remember what this push wrote and found here as the base of the next one.

        What somebody changed meanwhile is no part of that: the next plan shows it as theirs.
        """
        if not (self._applied or self._manifest.pending or self._takes_over()):
            return
        entries = self._manifest.files
        kept = {
            path: (entries[path].kind, entries[path].key, body)
            for path, body in self._stands.items()
            if path not in self._drifted
        }
        done = manifests.finished(self._manifest, kept, self._drifted)
        files = {manifests.BASE: done.archive(), manifests.MANIFEST: done.document()}
        self._directory.write(files, (), _OURS)
        self._manifest = done
        self._applied = False
        self._directory.forget()

    def _takes_over(self) -> bool:
        """Return whether the content gives by now what somebody else wrote, so that it no longer counts as drift."""
        wanted = {artifact.path: artifact.body for artifact in self.wanted()}
        found = {one.path: one.body for one in self._found.values()}
        entries = [(path, entry, found[path]) for path, entry in self._manifest.files.items() if path in found]
        return any(
            entry.digest and body is not None and body == wanted.get(path) and entry.digest != entry.digest_of(body)
            for path, entry, body in entries
        )

    def undo(self) -> list[Problem]:
        """Put every file back as it was, and let the servers read them again.

        The list of what is ours goes back last, when the servers have read the files: until then the next push knows
        that it has to complete this one.
        """
        if not self._applied:
            return []
        self._directory.put_back(lambda path: path not in _OURS)
        problems = self._reload()
        if not problems:
            self._directory.put_back(lambda path: path in _OURS)
        self._applied = False
        self._manifest = manifests.Manifest()
        self._directory.forget()
        return problems

    def close(self) -> None:
        """Let others push here."""
        for server in self._servers:
            server.close()
        self._directory.close()

    def _held(self) -> Mapping[str, bytes]:
        """Return what of ours stands here, by path, but for what somebody else changed."""
        return self._directory.read([path for path in self._manifest.files if path not in self._drifted])
