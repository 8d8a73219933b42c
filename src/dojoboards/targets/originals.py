"""The files that a push is about to replace, kept so that they can come back with everything: owner, mode, links.

Each is kept by a second name of the same file, so that keeping it needs no room on the disk and putting it back is one
step; where a file system knows no second names, by a copy.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.files import prune

KEPT = ".dojoboards-kept-"
"""How the name of the directory of what is kept starts; no glob of a server matches it or what is in it."""


class Originals:
    """What stands at some paths now.

    Args:
        root: The directory.
        paths: Paths below it, whether or not something stands there.

    Raises:
        DojoboardsError: something cannot be kept.
    """

    def __init__(self, root: Path, paths: Iterable[str]) -> None:
        self._root = root
        self._kept: dict[str, Path | None] = {}
        try:
            self._place = Path(tempfile.mkdtemp(prefix=KEPT, dir=root))
            for index, path in enumerate(dict.fromkeys(paths)):
                self._kept[path] = self._keep(path, self._place / str(index))
        except OSError as error:
            raise _problem("cannot keep what is about to be replaced", error, root) from None

    def _keep(self, path: str, name: Path) -> Path | None:
        original = self._root / path
        if not os.path.lexists(original) or (original.is_dir() and not original.is_symlink()):
            return None
        try:
            os.link(original, name, follow_symlinks=False)
        except OSError:
            shutil.copy2(original, name, follow_symlinks=False)
        return name

    def put_back(self, which: Callable[[str], bool]) -> None:
        """Put back what stood at the paths of which *which* is true, and take away what did not.

        Raises:
            DojoboardsError: something cannot be put back.
        """
        try:
            for path, kept in self._kept.items():
                if not which(path):
                    continue
                place = self._root / path
                if kept is None:
                    place.unlink(missing_ok=True)
                    prune(self._root, place.parent)
                elif os.path.lexists(kept):
                    place.parent.mkdir(parents=True, exist_ok=True)
                    kept.replace(place)
        except OSError as error:
            raise _problem("cannot put back what was replaced", error, self._root) from None

    def forget(self) -> None:
        """Let go of what was kept."""
        shutil.rmtree(self._place, ignore_errors=True)


def _problem(message: str, error: OSError, root: Path) -> DojoboardsError:
    place = Source(str(error.filename or root))
    remedy = "mend it and push again: that completes what was begun"
    return DojoboardsError([Problem(f"{message}: {error.strerror or error}", place, remedy, Exit.UNREADABLE)])
