"""A tree of files, written all or not at all.

New contents first go to a staging directory on the same file system; only when all of them are there is each moved to
its place, which replaces a file in one step. A reader never sees half a file, and a full disk changes nothing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from dojoboards.errors import DojoboardsError, Exit, Problem, Source

STAGING = ".dojoboards-staging-"
"""How the name of a staging directory starts; no glob of a server matches it or what is in it."""


def write_tree(
    root: Path,
    files: Mapping[str, bytes],
    remove: Iterable[str] = (),
    modes: Mapping[str, int] | None = None,
    *,
    durable: bool = False,
) -> None:
    """Write *files* and remove others below *root*, which is made if it is not there.

    Args:
        root: The directory.
        files: Contents by path below *root*, with forward slashes.
        remove: Paths below *root* of files to remove; directories that become empty go too.
        modes: Permissions by path; 0o644 for the others.
        durable: Whether the contents are on the disk before the first file is replaced, whatever happens to the power.

    Raises:
        DojoboardsError: something cannot be written; before the first file is in its place, nothing has changed.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=root))
        try:
            _stage(staging, files, modes or {}, durable=durable)
            _move(staging, root, files)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        for path in remove:
            (root / path).unlink(missing_ok=True)
            _prune(root, (root / path).parent)
    except OSError as error:
        raise DojoboardsError([_problem(error, root)]) from None


def _stage(staging: Path, files: Mapping[str, bytes], modes: Mapping[str, int], *, durable: bool) -> None:
    for index, (path, content) in enumerate(files.items()):
        descriptor = os.open(staging / str(index), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fchmod(descriptor, modes.get(path, 0o644))
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _move(staging: Path, root: Path, files: Mapping[str, bytes]) -> None:
    # Whatever can be refused is refused before the first file is replaced.
    for directory in dict.fromkeys((root / path).parent for path in files):
        directory.mkdir(parents=True, exist_ok=True)
    for index, path in enumerate(files):
        (staging / str(index)).replace(root / path)


def _prune(root: Path, directory: Path) -> None:
    while directory != root:
        try:
            directory.rmdir()
        except OSError:
            return
        directory = directory.parent


def _problem(error: OSError, root: Path) -> Problem:
    reasons = {
        "No space left on device": "make room, then run it again",
        "Permission denied": "run it as a user who may write there",
        "Read-only file system": "write elsewhere, or make it writable",
        "File exists": "a file stands where a directory is needed: move it away",
        "Not a directory": "a file stands where a directory is needed: move it away",
        "Is a directory": "a directory stands where a file is needed: move it away",
    }
    reason = error.strerror or str(error)
    place = Source(str(error.filename2 or error.filename or root))
    return Problem(f"cannot write: {reason}", place, reasons.get(reason, ""), Exit.UNREADABLE)
