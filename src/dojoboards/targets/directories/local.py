"""A directory on this machine."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.files import STAGING, write_tree
from dojoboards.targets.originals import KEPT, Originals

PRIVATE = 0o600


class LocalDirectory:
    """A directory on this machine; `directories.Directory` says what its members do."""

    def __init__(self, path: Path, owner: str = "") -> None:
        self.path = self.place = str(path)
        self._path = path
        self._owner = owner
        self._before: Originals | None = None
        self._made: Sequence[Path] = ()
        self._lock: int | None = None

    def lock(self) -> None:
        """Let no other push work here; the lock is on the directory itself, so nothing is written for it."""
        if self._lock is not None or not self._path.is_dir():
            return
        try:
            self._lock = os.open(self._path, os.O_RDONLY)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            message = f"another push to {self.place} is at work"
            raise DojoboardsError([Problem(message, None, "wait until it is done", Exit.PROBLEM)]) from None
        except OSError:
            self.close()  # a file system without locks, or a directory that may not be read: reading says what is wrong

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Return what stands at *paths*."""
        return {path: body for path in paths if (body := self._body(path)) is not None}

    def _body(self, path: str) -> bytes | None:
        try:
            return (self._path / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            place = Source(str(self._path / path))
            message = f"cannot read what stands there: {error.strerror}"
            raise DojoboardsError([Problem(message, place, "push as a user who may", Exit.UNREADABLE)]) from None

    def inside(self, paths: Iterable[str]) -> None:
        """Refuse paths that a link leads out of the directory."""
        for path in paths:
            parent = (self._path / path).parent.resolve()
            if not parent.is_relative_to(self._path):
                message = f"{path} would be written to {parent}, outside {self.place}"
                place = Source(str(self._path / path))
                raise DojoboardsError([Problem(message, place, "remove the link that leads there", Exit.PROBLEM)])

    def unwritable(self) -> list[Problem]:
        """Return why nothing can be written here, if so."""
        existing = self._path
        while not existing.exists():
            existing = existing.parent
        if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
            return []
        reason = "this user may not write it" if existing.is_dir() else "it is not a directory"
        message = f"cannot push to {self.place}: {reason}"
        return [Problem(message, Source(str(existing)), "mend it, or push as another user", Exit.UNREADABLE)]

    def unowned(self) -> list[Problem]:
        """Return that the user whom the files of secrets are to belong to is unknown, if so."""
        if self._owner and os.geteuid() == 0:
            try:
                pwd.getpwnam(self._owner)
            except KeyError:
                message = f"cannot give secrets to {self._owner!r}: there is no such user on this machine"
                remedy = f"correct `owner` of the target that goes to {self.place}"
                return [Problem(message, None, remedy, Exit.UNREADABLE)]
        return []

    def sweep(self) -> None:
        """Take away what pushes that were killed have left behind."""
        for start in (STAGING, KEPT):
            for left_over in self._path.glob(f"{start}*"):
                shutil.rmtree(left_over, ignore_errors=True)

    def keep(self, paths: Iterable[str]) -> None:
        """Make the directory and lock it, and keep what stands at *paths*."""
        self._made = [place for place in (self._path, *self._path.parents) if not place.exists()]
        self._path.mkdir(parents=True, exist_ok=True)
        self.lock()
        self._before = Originals(self._path, paths)

    def write(self, files: Mapping[str, bytes], remove: Sequence[str], private: Collection[str]) -> None:
        """Write *files*, each in one step, and remove others."""
        write_tree(self._path, files, remove, dict.fromkeys(private, PRIVATE), durable=True)
        if os.geteuid() == 0:
            self._own(files)

    def _own(self, files: Iterable[str]) -> None:
        """Give what root has written to the directory's owner, who is the one that has to read it."""
        owner = self._path.stat()
        if self._owner:
            server = pwd.getpwnam(self._owner)
            for secret in (path for path in files if path.startswith("secrets/")):
                os.chown(self._path / secret, server.pw_uid, server.pw_gid)
        if owner.st_uid == 0:
            return
        paths = {self._path / path for path in files}
        paths |= {parent for path in paths for parent in path.parents if parent.is_relative_to(self._path)}
        for path in paths - {self._path}:
            os.chown(path, owner.st_uid, owner.st_gid)

    def put_back(self, which: Callable[[str], bool]) -> None:
        """Put back what was kept, and take away what was not there."""
        if self._before is not None:
            self._before.put_back(which)

    def forget(self) -> None:
        """Let go of what was kept, and of a directory that was made for nothing."""
        if self._before is not None:
            self._before.forget()
            self._before = None
        for place in self._made:
            with suppress(OSError):  # something stands there
                place.rmdir()
        self._made = ()

    def close(self) -> None:
        """Let others push here."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
