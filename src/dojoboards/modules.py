"""Content modules: their files, and how they are imported.

They are imported as `dashboards.x` and `alerts.x` from the project's directory, whatever else has these names, and are
out of `sys.modules` again afterwards: two projects in one process do not meet.
"""

from __future__ import annotations

import importlib
import operator
import os
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from dojoboards import places, reading
from dojoboards.errors import Exit, Problem, Source

FOLDERS = ("alerts", "dashboards")
"""The directories of content, in the order in which they are loaded."""


def modules(folder: Path, problems: list[Problem]) -> list[Path]:
    """Return the files of the content modules in *folder*; what would be left out silently goes to the problems."""
    files: list[Path] = []
    try:
        for entry in sorted(os.scandir(folder), key=operator.attrgetter("name")) if os.path.lexists(folder) else ():
            name = entry.name
            if name.startswith(("_", ".")):
                continue
            if name.endswith(".py"):
                if entry.is_file():
                    files.append(folder / name)
                else:
                    message = f"cannot read it: {reading.irregular(entry.path)}"
                    problems.append(Problem(message, Source(entry.path), "", Exit.UNREADABLE))
            elif entry.is_dir():
                problems.extend(_too_deep(folder, folder / name))
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
        now - _changed(f"{path}/{name}") < _RACY
        for folder in folders
        for path, _, names in os.walk(folder)
        for name in names
        if name.endswith(".py")
    )


def _changed(file: str) -> float:
    try:
        return os.stat(file).st_mtime  # noqa: PTH116  # there may be thousands
    except OSError:  # the lock of an editor is a link that leads nowhere
        return 0.0


class Modules:
    """The content modules of one project, which mean something to `import` only while they are active.

    Args:
        root: The project's directory, absolute.

    Attributes:
        loaded: Those that were imported and not dropped, by name.
        grafanalib: Whether grafanalib's objects are to note where they were made.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.loaded: dict[str, ModuleType] = {}
        self.grafanalib = False
        self.writes_bytecode = not just_changed(root / folder for folder in FOLDERS)

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """Find the packages `alerts` and `dashboards`; what is in them is found as usual."""
        if name not in FOLDERS:
            return None
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(self.root / name)]
        return spec


_active: Modules | None = None
_foreign: dict[str, ModuleType] = {}
_wrote_none = False


def activate(modules: Modules | None) -> None:
    """Let `import alerts...` and `import dashboards...` mean these modules; None: what they meant before."""
    global _active, _wrote_none
    if _active is modules:
        return
    if _active is not None:
        sys.meta_path.remove(_active)
        _active.loaded = _take_out()
        sys.modules.update(_foreign)
        places.forget()
        sys.dont_write_bytecode = _wrote_none
    if modules is not None:
        _wrote_none = sys.dont_write_bytecode
        sys.dont_write_bytecode = _wrote_none or not modules.writes_bytecode
        _foreign.clear()
        _foreign.update(_take_out())
        sys.modules.update(modules.loaded)
        sys.meta_path.insert(0, modules)
        if modules.grafanalib:
            places.remember()
    _active = modules


def imported(module_name: str, file: Path) -> ModuleType:
    """Return an active module: what `import` would give, without the search for a file that is known.

    Raises:
        Exception: whatever the module raises.
    """
    if module_name in sys.modules:
        return sys.modules[module_name]
    package, _, name = module_name.rpartition(".")
    folder = importlib.import_module(package)
    spec = spec_from_file_location(module_name, str(file))
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no module")
    module = module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(module_name, None)
        raise
    setattr(folder, name, module)
    return module


def drop(module_name: str) -> None:
    """Forget an active module, so that it takes no memory."""
    sys.modules.pop(module_name, None)
    package, _, name = module_name.rpartition(".")
    vars(sys.modules[package]).pop(name, None)


def _take_out() -> dict[str, ModuleType]:
    taken = [name for name in sys.modules if name.partition(".")[0] in FOLDERS]
    return {name: sys.modules.pop(name) for name in taken}
