"""`dojoboards build`: write what the content becomes, or check that it is written."""

from __future__ import annotations

import gc
import itertools
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dojoboards import names
from dojoboards.artifact import Artifact
from dojoboards.commands.output import content_on_stderr
from dojoboards.commands.progress import counting
from dojoboards.compile import Compiled, compile_project, rendered
from dojoboards.config import Config
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.files import write_tree
from dojoboards.load import Dashboards, load
from dojoboards.model import Dashboard, Project, Saved
from dojoboards.workers import MOST_PARTS, processors, shared

SYSTEMS = ("alertmanager", "grafana", "loki", "prometheus")
"""The directories below `build/<environment>/` that are ours; anything else in there is left alone."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a directory of `build/` differs from what the content gives; paths are below it."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


def compiled(config: Config, environment: str) -> tuple[Project, Compiled]:
    """Load and compile one environment.

    Raises:
        DojoboardsError: anything was found wrong.
    """
    with uncollected(), content_on_stderr():
        project = load(config.root, config.environment(environment), config.project)
        result = compile_project(project, _dashboards(project))
    if result.problems:
        raise DojoboardsError(result.problems)
    return project, result


@contextmanager
def uncollected() -> Iterator[None]:
    """Do without garbage collections: content makes hardly any cycles, and to find none costs a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _dashboards(project: Project) -> Iterator[Artifact | Problem]:
    """Yield the dashboards, rendered by several processes where there are many."""
    dashboards = project.dashboards
    if not isinstance(dashboards, Dashboards):
        return iter(rendered("dashboards", project))
    processes = max(1, min(processors(), len(dashboards) // _WORTH_A_PROCESS))
    own = os.getpid()
    with counting(f"compiling {project.environment.name}", len(dashboards) / processes) as count:

        def render(part: Iterable[Dashboard]) -> list[Artifact | Problem]:
            # Only our own part is shown: a child would draw over it on the same terminal.
            shown = _counted(part, count) if os.getpid() == own else part
            return rendered("dashboards", replace(project, dashboards=shown))

        parts = dashboards.parts(min(processes * _PARTS, MOST_PARTS) if processes > 1 else 1)
        return itertools.chain.from_iterable(shared(render, parts, processes))


def _counted(dashboards: Iterable[Dashboard], count: Callable[[], None]) -> Iterator[Dashboard]:
    for dashboard in dashboards:
        yield dashboard
        count()


_WORTH_A_PROCESS = 50
"""How many modules of dashboards are worth one more process."""
_PARTS = 8
"""For each process: more would cost more to begin than they gain where one process is slower than another."""


def difference(directory: Path, artifacts: Iterable[Artifact]) -> Difference:
    """Compare *directory* (`build/<environment>`) with *artifacts*, byte for byte.

    Raises:
        DojoboardsError: something there cannot be read.
    """
    wanted = {artifact.path: artifact.body for artifact in artifacts}
    present = set(_files(directory))
    try:
        changed = tuple(path for path in wanted if path in present and _read(f"{directory}/{path}") != wanted[path])
    except OSError as error:
        message = f"cannot read what was built before: {error.strerror}"
        place = Source(str(error.filename or directory))
        raise DojoboardsError([Problem(message, place, exit=Exit.UNREADABLE)]) from None
    new = tuple(path for path in wanted if path not in present)
    return Difference(new, changed, tuple(sorted(present - wanted.keys())))


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123  # it is done for thousands
        return file.read()


def build(config: Config, *, environments: Sequence[str] = (), output: Path | None = None, check: bool = False) -> int:
    """Write the artifacts of *environments* (all if empty) below *output*, and print what was done.

    Only what differs is written, all of it or nothing. What is no longer built is removed from `build/`, which is ours;
    in any other directory nothing is. With *check* nothing is written, and the result is `Exit.PROBLEM` with a list if
    anything differs.

    Raises:
        DojoboardsError: the content has problems (of all environments at once), or it cannot be written.
    """
    own = config.root / "build"
    root = output or own
    is_own = root.resolve() == own.resolve()
    saved: dict[str, Saved] = {}
    wanted = dict(_compile_all(config, environments or tuple(config.environments), saved))
    _note_saved(config.root, saved, wanted, whole=not environments)
    differences = {name: difference(root / name, artifacts) for name, artifacts in wanted.items()}
    if not is_own:  # what stands beside ours may be someone's, such as the data of a Prometheus
        differences = {name: replace(found, gone=()) for name, found in differences.items()}
    elif not environments:
        differences |= {name: Difference(gone=tuple(_files(root / name))) for name in _retired(root, config)}
    if check:
        return _report_check(root, differences)
    files: dict[str, bytes] = {}
    for name, artifacts in wanted.items():
        stale = {*differences[name].new, *differences[name].changed}
        files |= {f"{name}/{artifact.path}": artifact.body for artifact in artifacts if artifact.path in stale}
    gone = [f"{name}/{path}" for name, found in differences.items() for path in found.gone]
    if files or gone:
        write_tree(root, files, gone)
    for name, found in differences.items():
        print(_summary(root / name, wanted.get(name, ()), found))
    return Exit.OK


def _note_saved(
    root: Path, saved: Mapping[str, Saved], wanted: Mapping[str, Sequence[Artifact]], *, whole: bool
) -> None:
    """Say which dashboards were pulled from Grafana and stand in place of declared ones.

    Raises:
        DojoboardsError: one of them stands in place of nothing, in the *whole* of the environments.
    """
    declared = {
        artifact.key: artifact.source
        for artifacts in wanted.values()
        for artifact in artifacts
        if artifact.kind == "dashboard" and artifact.key in saved
    }
    unused: list[Problem] = []
    for uid, one in saved.items():
        if uid in declared:
            file, module = (str(place).removeprefix(f"{root}/") for place in (one.source, declared[uid]))
            print(f"note: {file}, pulled from Grafana, stands in place of {module}", file=sys.stderr)
        elif whole:
            message = f"no module declares the dashboard {uid!r}, which was pulled from Grafana"
            remedy = "remove the file, or declare a dashboard with this uid: the module says in which folder it lies"
            unused.append(Problem(message, one.source, remedy, Exit.UNREADABLE))
    if unused:
        raise DojoboardsError(unused)


def _compile_all(
    config: Config, environments: Sequence[str], saved: dict[str, Saved]
) -> Iterator[tuple[str, tuple[Artifact, ...]]]:
    problems: list[Problem] = []
    for name in environments:
        try:
            project, result = compiled(config, name)
            saved.update(project.saved)
            yield name, result.artifacts
        except DojoboardsError as error:
            problems.extend(error.problems)
    if problems:
        raise DojoboardsError(problems)


def _files(directory: Path) -> Iterator[str]:
    for system in SYSTEMS:
        yield from sorted(_below(f"{directory}/{system}", system))


def _below(directory: str, path: str) -> Iterator[str]:
    """Yield what is in *directory* and deeper, with *path* in front; nothing where there is no such directory."""
    try:
        entries = list(os.scandir(directory))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path, f"{path}/{entry.name}")
        else:
            yield f"{path}/{entry.name}"


def _retired(root: Path, config: Config) -> list[str]:
    """Return the environments that stand in *root* and are no longer declared."""
    if not root.is_dir():
        return []
    return [
        entry.name
        for entry in sorted(root.iterdir())
        if entry.name not in config.environments and any(True for _ in _files(entry))
    ]


def _report_check(root: Path, differences: dict[str, Difference]) -> int:
    for name, found in differences.items():
        for word, paths in (("missing", found.new), ("differs", found.changed), ("not built", found.gone)):
            for path in paths:
                print(f"{word:9} {root.name}/{name}/{path}")
    if any(differences.values()):
        print(f"{root.name}/ is not what the content gives: run dojoboards build and commit the result")
        return Exit.PROBLEM
    print(f"{root.name}/ is up to date: {', '.join(differences)}")
    return Exit.OK


_SHOWN = {"dashboard": "dashboard", "rules": "rule file", "log-rules": "log rule file", "folder": "folder"}


def _summary(directory: Path, artifacts: Sequence[Artifact], found: Difference) -> str:
    kinds = Counter(artifact.kind for artifact in artifacts)
    counts = [names.counted(kinds[kind], word) for kind, word in _SHOWN.items() if kinds[kind]]
    written = len(found.new) + len(found.changed)
    unchanged = len(artifacts) - written
    done = [f"{written} written"] * bool(written) + [f"{len(found.gone)} removed"] * bool(found.gone)
    done += [f"{unchanged} unchanged"] * bool(unchanged)
    counts.append(names.counted(len(artifacts), "file"))
    place = f"{directory.parent.name}/{directory.name}"
    return f"{place}: {', '.join(counts)} ({', '.join(done) or 'nothing'})"
