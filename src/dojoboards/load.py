"""Load: evaluate the content modules of a project for one environment.

Dashboards are evaluated as they are read, module by module, and dropped, so that a thousand of them need no memory.
"""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from dojoboards import catalogue_files, names, places, saved
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.misspelt import misspelt
from dojoboards.model import (
    Alertmanager,
    Dashboard,
    DataSource,
    Environment,
    Folder,
    InhibitRule,
    NotificationTemplate,
    Project,
    Prometheus,
    Receiver,
    Route,
    RuleGroup,
    ScrapeJob,
    Team,
    TimeInterval,
    shape,
)
from dojoboards.modules import FOLDERS, Modules, activate, drop, imported, modules
from dojoboards.pages import runbooks


@dataclass(frozen=True, slots=True)
class Name:
    """A name that a content module may define.

    Args:
        type: What its value is, or each item of it.
        many: Whether the value is a sequence.
        folders: Where it may stand.
        field: The field of `Project` that it becomes part of.
        becomes: What is made of it, for the documentation.
    """

    type: type
    many: bool
    folders: Sequence[str]
    field: str
    becomes: str


_EITHER = FOLDERS
_ALERTS = ("alerts",)
_BOARDS = ("dashboards",)

NAMES: Mapping[str, Name] = {
    "dashboard": Name(Dashboard, False, _BOARDS, "dashboards", "`grafana/dashboards/<folder>/<uid>.json`"),
    "dashboards": Name(Dashboard, True, _BOARDS, "dashboards", "the same, for several from one module"),
    "folders": Name(Folder, True, _EITHER, "folders", "`grafana/folders/<uid>.json`, a dashboard provider"),
    "teams": Name(Team, True, _EITHER, "teams", "`grafana/teams/<name>.json`"),
    "data_sources": Name(DataSource, True, _EITHER, "data_sources", "`grafana/data-sources/<uid>.json`, provisioning"),
    "groups": Name(RuleGroup, True, _ALERTS, "groups", "`prometheus/rules/<module>.yml`"),
    "log_groups": Name(RuleGroup, True, _ALERTS, "log_groups", "`loki/rules/<module>.yml`"),
    "scrape_jobs": Name(ScrapeJob, True, _ALERTS, "scrape_jobs", "`scrape_configs` of `prometheus/prometheus.yml`"),
    "prometheus": Name(Prometheus, False, _ALERTS, "prometheus", "`global` and `alerting` of `prometheus.yml`"),
    "alertmanager": Name(
        Alertmanager, False, _ALERTS, "alertmanager", "`global` and the root route of `alertmanager.yml`"
    ),
    "receivers": Name(Receiver, True, _ALERTS, "receivers", "`receivers` of `alertmanager/alertmanager.yml`"),
    "routes": Name(Route, True, _ALERTS, "routes", "top-level `routes`, by priority, then by module"),
    "inhibitions": Name(InhibitRule, True, _ALERTS, "inhibitions", "`inhibit_rules`"),
    "time_intervals": Name(TimeInterval, True, _ALERTS, "time_intervals", "`time_intervals`"),
    "templates": Name(NotificationTemplate, True, _ALERTS, "templates", "`alertmanager/templates/<name>.tmpl`"),
}
"""Every name that the loader collects. `docs/content.md` has this table; a test keeps it in step."""

_KNOWN = {
    folder: {name: (entry.type, entry.many) for name, entry in NAMES.items() if folder in entry.folders}
    for folder in FOLDERS
}
_EARLY = tuple(
    name.encode() for name, entry in NAMES.items() if "dashboards" in entry.folders and entry.field != "dashboards"
)
_SINGLE = ("prometheus", "alertmanager")


def load(root: Path, environment: Environment, project: str) -> Project:
    """Evaluate the content below *root* for *environment*.

    The dashboards of the result are evaluated each time they are read; reading them raises `DojoboardsError` at the
    end, after all that could be evaluated, if some could not.

    Raises:
        DojoboardsError: content that cannot be read: a syntax error, an exception, a wrong type, a module with none
            of the names, a missing setting. All problems at once.
    """
    content = _Content(root, environment)
    pulled = saved.read(root / "dashboards", content.problems)
    catalogues = catalogue_files.read(root, content.problems)
    files = {f"{folder}.{file.stem}": file for folder in FOLDERS for file in modules(root / folder, content.problems)}
    if not files and content.problems:
        raise DojoboardsError(content.problems)
    if not files:
        place = Source(str(root))
        remedy = "a project has content modules in dashboards/ and alerts/; name its directory with -C DIR"
        raise DojoboardsError([Problem("there is no content here", place, remedy, Exit.UNREADABLE)])
    fields: dict[str, list[Any]] = {entry.field: [] for entry in NAMES.values() if entry.field != "dashboards"}
    boards: dict[str, Path] = {}
    texts = {module_name: _text(file) for module_name, file in files.items()}
    content.modules.grafanalib = any(b"grafanalib" in text for text in texts.values())
    activate(content.modules)
    try:
        for module_name, file in files.items():
            if module_name.startswith("dashboards."):
                boards[module_name] = file
                if not any(word in texts[module_name] for word in _EARLY):
                    continue
            for name, value in content.declared(module_name, file):
                fields[NAMES[name].field].append(value)
    finally:
        activate(None)
    singles: dict[str, Any] = {}
    for single in _SINGLE:
        singles[single], *others = fields.pop(single) or [None]
        for other in others:
            first = singles[single]
            message = f"{single!r} is declared twice, here and at {content.relative(first.source)}"
            content.problems.append(Problem(message, other.source, "keep one of the two", Exit.UNREADABLE))
    evaluated = Dashboards(content, boards)
    if content.problems:
        problems = content.problems
        try:
            list(evaluated)  # what is wrong with the dashboards belongs into the same message
        except DojoboardsError as error:
            problems.extend(error.problems)
        raise DojoboardsError(problems)
    declared: dict[str, Any] = {field: tuple(values) for field, values in fields.items()}
    return Project(
        name=project,
        environment=environment,
        dashboards=evaluated,
        saved=pulled,
        catalogues=catalogues,
        runbooks=runbooks(root, environment.runbook_url),
        prometheus=singles["prometheus"],
        alertmanager=singles["alertmanager"],
        **declared,
    )


class _Content:
    """The content of one project for one environment, while it is being evaluated."""

    def __init__(self, root: Path, environment: Environment) -> None:
        self.root = root.resolve()
        self.environment = environment
        self.problems: list[Problem] = []
        self.modules = Modules(self.root)

    def relative(self, source: Source) -> Source:
        """Return *source* with a path below the project's root."""
        try:
            return Source(str(Path(source.file).relative_to(self.root)), source.line)
        except ValueError:
            return source

    def declared(self, module_name: str, file: Path, *, dashboards: bool = False) -> Iterator[tuple[str, Any]]:
        """Yield each name that the module defines with each of its values; what is wrong goes to the problems.

        Args:
            module_name: Such as `alerts.service`.
            file: Its file.
            dashboards: Whether to evaluate the dashboards, or everything else.
        """
        folder = module_name.partition(".")[0]
        try:
            module = imported(module_name, file)
        except BaseException as error:
            self._failed(error, file)
            return
        namespace = _without_modules(module)
        found = [name for name in NAMES if name in namespace]
        if not found:
            self._nothing(file, folder, namespace)
        else:
            self.problems.extend(misspelt(file, namespace, _KNOWN[folder]))
        for name in found:
            entry = NAMES[name]
            if folder not in entry.folders:
                remedy = f"put it in a module of {entry.folders[0]}/"
                self._wrong(file, namespace[name], f"{name!r} does not belong in {folder}/", remedy)
            elif (entry.field == "dashboards") is dashboards:
                yield from ((name, value) for value in self._values(name, entry, namespace[name], file))

    def forbid_hidden(self, module_name: str, file: Path) -> None:
        """Note names that came into a module of dashboards unseen: it was not evaluated early for them."""
        for name in _without_modules(sys.modules.get(module_name, sys)).keys() & NAMES.keys():
            if NAMES[name].field != "dashboards" and "dashboards" in NAMES[name].folders:
                message = f"{name!r} comes into the module by a star import"
                remedy = f"import it by name: from ... import {name}"
                self.problems.append(Problem(message, Source(str(file)), remedy, Exit.UNREADABLE))

    def _values(self, name: str, entry: Name, value: Any, file: Path) -> Iterator[Any]:
        if inspect.isroutine(value) or isinstance(value, type):
            try:
                value = value(self.environment)
            except BaseException as error:
                self._failed(error, file)
                return
        if not entry.many:
            items: list[Any] = [] if value is None else [value]
        elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
            items = list(value)
        else:
            remedy = f"give a list of {entry.type.__name__}"
            self._wrong(file, value, f"{name!r} is {names.a(type(value).__name__)}, expected a list", remedy)
            return
        for item in items:
            if entry.type is Dashboard and not isinstance(item, Dashboard):
                yield Dashboard(item, source=_place(item, file))
            elif not isinstance(item, entry.type):
                message = f"{name!r} holds {names.a(type(item).__name__)}, expected {entry.type.__name__}"
                self._wrong(file, item, message, f"see the table of names: {name} is made of {entry.type.__name__}")
            elif wrong := list(shape.problems(item, entry.type)):
                self.problems.extend(wrong)
            else:
                yield dataclasses.replace(item, module=file.stem) if isinstance(item, RuleGroup) else item

    def _wrong(self, file: Path, value: object, message: str, remedy: str) -> None:
        source = getattr(value, "source", None)
        code = getattr(value, "__code__", None)
        line = code.co_firstlineno if code is not None else 0
        place = source if isinstance(source, Source) else Source(str(file), line)
        self.problems.append(Problem(message, place, remedy, Exit.UNREADABLE))

    def _nothing(self, file: Path, folder: str, namespace: Mapping[str, Any]) -> None:
        known = [name for name, entry in NAMES.items() if folder in entry.folders]
        near = next(
            (near for word in namespace if not word.startswith("_") and (near := names.nearest(word, known))), ""
        )
        guess = f"did you mean {near!r}? " if near else ""
        remedy = f"{guess}A content module defines one of {', '.join(known)}; a helper's name starts with an underscore"
        message = "the module defines none of the names that are collected"
        self.problems.append(Problem(message, Source(str(file)), remedy, Exit.UNREADABLE))

    def _failed(self, error: BaseException, file: Path) -> None:
        if isinstance(error, KeyboardInterrupt | GeneratorExit):
            raise error
        if isinstance(error, DojoboardsError):
            self.problems.extend(
                dataclasses.replace(problem, source=problem.source or self._raised(error, file))
                for problem in error.problems
            )
            return
        from dojoboards import calls  # where all is well, nobody needs it

        if told := list(calls.misgiven(error, self.root)):
            self.problems.extend(told)
            return
        if isinstance(error, SyntaxError) and error.filename:
            source, message = Source(error.filename, error.lineno or 0), f"syntax error: {error.msg}"
        elif isinstance(error, SystemExit):
            source, message = self._raised(error, file), "the module exits the program"
        else:
            text = _said(error)
            source, message = self._raised(error, file), f"{type(error).__name__}{': ' if text else ''}{text}"
        self.problems.append(Problem(message, source, "", Exit.UNREADABLE))

    def _raised(self, error: BaseException, file: Path) -> Source:
        """Return the innermost place below the project's root on the error's traceback."""
        own = [
            Source(frame.f_code.co_filename, line)
            for frame, line in traceback.walk_tb(error.__traceback__)
            if Path(frame.f_code.co_filename).is_relative_to(self.root)
        ]
        return own[-1] if own else Source(str(file))


class Dashboards:
    """The dashboards of a project, evaluated each time they are read."""

    def __init__(self, content: _Content, files: Mapping[str, Path]) -> None:
        self._content = content
        self._files = files

    def __len__(self) -> int:
        """The number of modules: what is known before they are evaluated."""
        return len(self._files)

    def parts(self, count: int) -> list[Dashboards]:
        """Return *count* parts of about the same size, in their order; fewer where there are not so many modules."""
        modules = list(self._files.items())
        bounds = [index * len(modules) // count for index in range(count + 1)]
        slices = [modules[start:end] for start, end in itertools.pairwise(bounds) if start < end]
        return [Dashboards(self._content, dict(part)) for part in slices]

    def __iter__(self) -> Iterator[Dashboard]:
        content = self._content
        content.problems = []
        kept = set(content.modules.loaded)
        try:
            for module_name, file in self._files.items():
                activate(content.modules)
                values = [value for _, value in content.declared(module_name, file, dashboards=True)]
                if module_name not in kept:
                    content.forbid_hidden(module_name, file)
                if module_name not in kept:
                    drop(module_name)
                yield from values
        finally:
            activate(None)
        if content.problems:
            raise DojoboardsError(content.problems)


def _without_modules(module: ModuleType) -> dict[str, Any]:
    """Return what *module* holds, but for the modules that it imports, whatever their names."""
    return {name: value for name, value in vars(module).items() if not isinstance(value, ModuleType)}


def _said(error: BaseException) -> str:
    """Return the error's own words; content may raise one that fails when it is asked for them."""
    try:
        return str(error).strip()
    except Exception:
        return ""


def _text(file: Path) -> bytes:
    try:
        with open(file, "rb", buffering=0) as source:  # noqa: PTH123  # it is done for thousands
            return source.read()
    except OSError:
        return b""  # importing it says what is wrong


def _place(value: object, file: Path) -> Source:
    return places.of(value) or Source(str(file))
