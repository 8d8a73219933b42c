"""A tree of files, written all or not at all.

New contents first go to a staging directory on the same file system; only when all of them are there is each moved to
its place, which replaces a file in one step. A reader never sees half a file, and a full disk changes nothing.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dojoboards.errors import DojoboardsError, Exit, Problem, Source

STAGING = ".dojoboards-staging-"
"""How the name of a staging directory starts; no glob of a server matches it or what is in it."""

REMEDIES = {
    "No space left on device": "make room, then run it again",
    "Permission denied": "run it as a user who may write there",
    "Read-only file system": "write elsewhere, or make it writable",
    "File exists": "a file stands where a directory is needed: move it away",
    "Not a directory": "a file stands where a directory is needed: move it away",
    "Is a directory": "a directory stands where a file is needed: move it away",
    "Invalid cross-device link": "a part of the tree is on another file system: give that its own target",
}
"""What to do about it, by the reason why something cannot be written, as the system words it."""


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
        _sweep(root)
        staging = Path(tempfile.mkdtemp(prefix=f"{STAGING}{os.getpid()}-", dir=root))
        try:
            _stage(staging, files, modes or {}, durable=durable)
            with undisturbed():
                _move(staging, root, files)
                for path in remove:
                    (root / path).unlink(missing_ok=True)
                    prune(root, (root / path).parent)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise DojoboardsError([_problem(error, root)]) from None


def _sweep(root: Path) -> None:
    """Remove the staging directories of processes that were killed; their names begin with the process's id."""
    for left_over in root.glob(f"{STAGING}*"):
        process, _, random = left_over.name.removeprefix(STAGING).partition("-")
        if random and process.isdecimal() and not _runs(int(process)):
            shutil.rmtree(left_over, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # it is someone else's
    return True


def _stage(staging: Path, files: Mapping[str, bytes], modes: Mapping[str, int], *, durable: bool) -> None:
    for index, (path, content) in enumerate(files.items()):
        _write(f"{staging}/{index}", content, modes.get(path, 0o644), durable=durable)


def _write(file: str, content: bytes, mode: int, *, durable: bool) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fchmod(descriptor, mode)
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _move(staging: Path, root: Path, files: Mapping[str, bytes]) -> None:
    # Whatever can be refused is refused before the first file is replaced.
    made: list[Path] = []
    try:
        for directory in dict.fromkeys((root / path).parent for path in files):
            made += [each for each in (directory, *directory.parents) if not each.exists()]
            directory.mkdir(parents=True, exist_ok=True)
            _accept(directory, staging)
        new = {str(directory) for directory in made}
        for path in files:
            file = f"{root}/{path}"
            if file.rpartition("/")[0] not in new and _is_directory(file):
                raise _refusal(errno.EISDIR, root / path)
    except OSError:
        for directory in sorted(made, reverse=True):
            with contextlib.suppress(OSError):
                directory.rmdir()
        raise
    for index, path in enumerate(files):
        os.replace(f"{staging}/{index}", f"{root}/{path}")  # noqa: PTH105  # it is done for thousands


def _is_directory(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _accept(directory: Path, staging: Path) -> None:
    """Raise an error if a file cannot be moved from *staging* into *directory*."""
    if directory.stat().st_dev != staging.stat().st_dev:
        raise _refusal(errno.EXDEV, directory)
    if not os.access(directory, os.W_OK | os.X_OK):
        raise _refusal(errno.EACCES, directory)


def _refusal(code: int, path: Path) -> OSError:
    return OSError(code, os.strerror(code), str(path))


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let Ctrl-C, a termination and the end of the terminal wait until what must not be cut short is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def prune(root: Path, directory: Path) -> None:
    """Remove *directory* and those above it, up to and without *root*, as far as they are empty."""
    while directory != root:
        try:
            directory.rmdir()
        except OSError:
            return
        directory = directory.parent


def _problem(error: OSError, root: Path) -> Problem:
    reason = error.strerror or str(error)
    place = Source(str(error.filename2 or error.filename or root))
    return Problem(f"cannot write: {reason}", place, REMEDIES.get(reason, ""), Exit.UNREADABLE)
