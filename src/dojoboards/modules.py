"""The files of content modules in a directory: found, and told where they would be left out."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from dojoboards.errors import Exit, Problem, Source


def modules(folder: Path, problems: list[Problem]) -> list[Path]:
    """Return the files of the content modules in *folder*; what would be left out silently goes to the problems."""
    files: list[Path] = []
    try:
        for name in sorted(os.listdir(folder)) if os.path.lexists(folder) else ():  # noqa: PTH208  # there may be thousands
            if name.startswith(("_", ".")):
                continue
            if name.endswith(".py"):
                files.append(folder / name)
            elif (directory := folder / name).is_dir():
                problems.extend(_too_deep(folder, directory))
    except OSError as error:
        place = Source(str(error.filename or folder))
        remedy = f"{folder.name}/ is a directory of content modules that dojoboards may read"
        problems.append(Problem(f"cannot read {folder.name}/: {error.strerror}", place, remedy, Exit.UNREADABLE))
    return files


def _too_deep(folder: Path, directory: Path) -> Iterator[Problem]:
    """Yield a problem for each module below *directory*, where none is collected."""
    remedy = (
        f"move it up into {folder.name}/; if {directory.name}/ holds helpers, start its name with an underscore: "
        f"{folder.name}/_{directory.name}/"
    )
    for path, directories, found in os.walk(directory, onerror=_raise):
        directories[:] = sorted(name for name in directories if not name.startswith(("_", ".")))
        for name in sorted(found):
            if name.endswith(".py") and not name.startswith(("_", ".")):
                message = "a module in a subdirectory is not collected"
                yield Problem(message, Source(str(Path(path, name))), remedy, Exit.UNREADABLE)


def _raise(error: OSError) -> None:
    raise error


_RACY = 2.0
"""Python takes bytecode for current if its source has the same size and the same whole second of change."""


def just_changed(folders: Iterable[Path]) -> bool:
    """Return whether a Python file in *folders* changed so lately that another change would go unnoticed."""
    now = time.time()
    return any(
        now - os.stat(os.path.join(path, name)).st_mtime < _RACY  # noqa: PTH116, PTH118  # there may be thousands
        for folder in folders
        for path, _, names in os.walk(folder)
        for name in names
        if name.endswith(".py")
    )
