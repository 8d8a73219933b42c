"""What a directory remembers of us: a list of what is ours, and the copies of what was last pushed.

The list is `.dojoboards/manifest.json`. The copies are one archive, `.dojoboards/base.zip`, and never loose files,
which a server's glob would load.

Before a push writes its first file, it notes what it is about to write. So whatever an interrupted push leaves behind
is known as ours. Of a secret only a salted digest is kept.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.targets.directories import Directory

DIRECTORY = ".dojoboards"
MANIFEST = f"{DIRECTORY}/manifest.json"
BASE = f"{DIRECTORY}/base.zip"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One file that is ours.

    Args:
        kind: The kind of the artifact in it.
        key: Its key.
        digest: Of what was last pushed; empty if that was interrupted.
        next: Of what an interrupted push was about to write; empty if there was none.
        salt: Goes before the content of a secret; empty otherwise.
    """

    kind: str
    key: str
    digest: str = ""
    next: str = ""
    salt: str = ""

    def digest_of(self, body: bytes) -> str:
        """Return the digest of *body* as this entry counts it."""
        return hashlib.sha256(self.salt.encode() + body).hexdigest()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a directory remembers.

    Args:
        project: Whose directory it is; empty if it is nobody's yet.
        environment: Of that project; empty if it is nobody's yet.
        pending: Whether a push was interrupted, or its servers were not seen to run it.
        files: What is ours, by path.
        base: What was last pushed, by path, but for secrets.
    """

    project: str = ""
    environment: str = ""
    pending: bool = False
    files: Mapping[str, Entry] = field(default_factory=dict)
    base: Mapping[str, bytes] = field(default_factory=dict)

    def document(self) -> bytes:
        """Return the manifest as it is written."""
        files = {
            path: {key: value for key in Entry.__slots__ if (value := getattr(entry, key))}
            for path, entry in sorted(self.files.items())
        }
        content = {
            "version": _VERSION,
            "project": self.project,
            "environment": self.environment,
            "pending": self.pending,
            "files": files,
        }
        return (json.dumps(content, indent=2) + "\n").encode()

    def archive(self) -> bytes:
        """Return the archive of the last-pushed copies; the same bytes for the same copies."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, body in sorted(self.base.items()):
                archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()


def read(directory: Directory, project: str, environment: str) -> Manifest:
    """Return what *directory* remembers; nothing where no push has been.

    A list without an environment, as it was once written, is taken as that of *environment*.

    Raises:
        DojoboardsError: it belongs to another project or environment, or cannot be read.
    """
    held = directory.read((MANIFEST, BASE))
    file = f"{directory.place}/{MANIFEST}"
    if MANIFEST not in held:
        return Manifest()
    try:
        document = json.loads(held[MANIFEST])
        files = {path: _entry(path, entry) for path, entry in document["files"].items()}
        owner, pending = str(document["project"]), bool(document["pending"])
        holder = str(document.get("environment") or environment)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        message = "cannot read the list of what is ours: it is damaged"
        raise _problem(message, file, "restore it, or remove it") from None
    if owner != project:
        remedy = "push to another directory, or remove the list if that project is gone"
        raise _problem(f"the directory belongs to the project {owner!r}, not to {project!r}", file, remedy)
    if holder != environment:
        remedy = f"give each environment a directory of its own; if {holder!r} was renamed, put its new name there"
        message = f"the directory belongs to the environment {holder!r}, not to {environment!r}"
        raise _problem(message, file, remedy, Exit.PROBLEM)
    return Manifest(owner, holder, pending, files, _base(held.get(BASE), f"{directory.place}/{BASE}"))


def _entry(path: str, entry: Mapping[str, str]) -> Entry:
    """Return an entry of the list.

    Raises:
        TypeError: it has other keys or values.
        ValueError: no file can be there, or it would be outside the directory.
    """
    if path.startswith("/") or ".." in path.split("/") or "\0" in path:
        raise ValueError("a path leads out of the directory")
    path.encode()
    if not all(isinstance(value, str) for value in entry.values()):
        raise TypeError("an entry holds something that is no text")
    return Entry(**entry)


def _base(body: bytes | None, file: str) -> Mapping[str, bytes]:
    if body is None:
        return {}
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # a damaged archive raises whatever its next step trips over
        message = "cannot read the copies of what was last pushed: it is damaged"
        remedy = "remove it: then every file that differs counts as changed by someone"
        raise _problem(message, file, remedy) from None


def intending(
    manifest: Manifest, project: str, environment: str, writes: Mapping[str, tuple[str, str, bytes]]
) -> Manifest:
    """Return *manifest* with the note of what is about to be written: kind, key and content by path."""
    files = dict(manifest.files)
    for path, (kind, key, body) in writes.items():
        salt = secrets.token_hex(16) if kind == "secret" else ""
        entry = files.get(path, Entry(kind, key, salt=salt))
        files[path] = replace(entry, kind=kind, key=key, next=entry.digest_of(body))
    return replace(manifest, project=project, environment=environment, pending=True, files=files)


def finished(
    manifest: Manifest, held: Mapping[str, tuple[str, str, bytes]], left_out: Collection[str] = ()
) -> Manifest:
    """Return *manifest* after a push: what is held now is the base of the next one.

    Args:
        manifest: What was noted before.
        held: Kind, key and content of what stands there, by path.
        left_out: What somebody else changed and the push left alone: of that, the note stays.
    """
    files: dict[str, Entry] = {}
    for path, (kind, key, body) in held.items():
        before = manifest.files.get(path)
        salt = before.salt if before else secrets.token_hex(16) if kind == "secret" else ""
        entry = Entry(kind, key, salt=salt)
        files[path] = replace(entry, digest=entry.digest_of(body))
    base = {path: body for path, (kind, _, body) in held.items() if kind != "secret"}
    files |= {path: manifest.files[path] for path in left_out}
    base |= {path: manifest.base[path] for path in left_out if path in manifest.base}
    return Manifest(manifest.project, manifest.environment, pending=False, files=files, base=base)


def _problem(message: str, file: str, remedy: str, code: Exit = Exit.UNREADABLE) -> DojoboardsError:
    return DojoboardsError([Problem(message, Source(file), remedy, code)])
