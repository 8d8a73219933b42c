"""Directories: where files stand that a server reads, on this machine or on another one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from dojoboards.errors import Problem
from dojoboards.targets.directories.address import LIKE_AN_ADDRESS, address
from dojoboards.targets.directories.local import LocalDirectory
from dojoboards.targets.directories.remote import RemoteDirectory


class Directory(Protocol):
    """A directory on some machine. Paths in it are relative, with forward slashes.

    A push calls `lock`, then `read` as it likes, `sweep`, `keep`, `write`, at the end `forget`; and `put_back` before
    that, if what was written has to go again.
    """

    place: str
    """What it is called: its path, or its address with `ssh://`."""

    path: str
    """Its absolute path on its machine."""

    def lock(self) -> None:
        """Let no other push work here, if it is there yet.

        Raises:
            DojoboardsError: another push is at work, or its machine does not let us in.
        """

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Return what stands at *paths*; those at which nothing stands are left out.

        Raises:
            DojoboardsError: something cannot be read.
        """

    def inside(self, paths: Iterable[str]) -> None:
        """Refuse paths that a link leads out of the directory.

        Raises:
            DojoboardsError: one of them leads out.
        """

    def unwritable(self) -> list[Problem]:
        """Return why nothing can be written here, if so; nothing is changed by asking."""

    def unowned(self) -> list[Problem]:
        """Return why files cannot be given to the owner that was asked for, if so."""

    def sweep(self) -> None:
        """Take away what pushes that were killed have left behind."""

    def keep(self, paths: Iterable[str]) -> None:
        """Make the directory and lock it, and keep what stands at *paths*, so that it can be put back.

        Raises:
            DojoboardsError: something cannot be kept.
        """

    def write(self, files: Mapping[str, bytes], remove: Sequence[str], private: Collection[str]) -> None:
        """Write *files*, each in one step, and remove others.

        Args:
            files: Contents by path.
            remove: Paths of files to remove; directories that become empty go too.
            private: The paths of those that nobody else may read.

        Raises:
            DojoboardsError: something cannot be written.
        """

    def put_back(self, which: Callable[[str], bool]) -> None:
        """Put back what was kept of the paths of which *which* is true, and take away what was not there.

        Raises:
            DojoboardsError: something cannot be put back.
        """

    def forget(self) -> None:
        """Let go of what was kept; the directory goes too if `keep` made it and it is empty."""

    def close(self) -> None:
        """Let others push here."""


def directory_at(place: str, root: Path, owner: str, timeout: float) -> Directory:
    """Return the directory at *place*.

    Args:
        place: A path, relative to *root*; or an address with `ssh://`.
        root: The project's directory.
        owner: The user who gets the files of secrets when root pushes; empty is the directory's owner.
        timeout: Seconds for one order or transfer to another machine.

    Raises:
        DojoboardsError: the address is none.
    """
    if LIKE_AN_ADDRESS.match(place):
        return RemoteDirectory(address(place, root), owner, timeout)
    return LocalDirectory((root / Path(place).expanduser()).resolve(), owner)
