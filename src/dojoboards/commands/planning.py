"""What a push would do: the content compiled, the targets of its environment read, and the plan of each."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from dojoboards import report
from dojoboards.artifact import Artifact
from dojoboards.commands.build import compiled, difference
from dojoboards.commands.only import chosen
from dojoboards.commands.signals import uninterrupted
from dojoboards.config import FILE, Config
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.model import Project, TargetSettings
from dojoboards.modules import FOLDERS
from dojoboards.plan import Change, applicable, plan
from dojoboards.targets import TARGETS, Target
from dojoboards.targets.secrets import resolve

_ORDER = ("alertmanager", "prometheus", "loki", "grafana")
"""Who is pushed to first: a notification can be delivered before a rule fires, and a rule is there before its panel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What the user decides about a plan.

    Args:
        prune: Whether what is ours and no longer built is deleted.
        overwrite: Whether what someone changed since the last push is written over.
        adopt: Whether what is not ours is written over and taken as ours.
        only: Patterns; what none of them names is left out. Empty is everything.
    """

    prune: bool = False
    overwrite: bool = False
    adopt: bool = False
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One target and what is to happen there.

    Args:
        target: The target.
        changes: Its plan.
        applied: What of it a push applies, in that order.
        left_out: How many changes are pending there besides.
    """

    target: Target
    changes: Sequence[Change]
    applied: Sequence[Change]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to happen in one environment.

    Args:
        environment: Its name.
        parts: By target, in the order in which they are pushed to.
        report: The same, to be shown.
        secrets: The values of the environment's secrets, the longest first.
    """

    environment: str
    parts: Sequence[Part]
    report: report.Report
    secrets: tuple[str, ...] = field(default=(), repr=False)


@contextmanager
def planned(
    config: Config,
    environment: str,
    decisions: Decisions | None = None,
    *,
    asks: bool = True,
    max_concurrent: int | None = None,
) -> Iterator[Planned]:
    """Compile *environment*, read its targets, and give the plan; the targets are let go of at the end.

    Args:
        config: The project.
        environment: Its environment's name.
        decisions: What was decided about the plan.
        asks: Whether the servers that read a directory are to be asked, for which their tokens must be set.
        max_concurrent: How many requests are under way at once, at most; None is as `dojoboards.yaml` says.

    Raises:
        DojoboardsError: the content has problems, `build/` is not what it gives, or a target cannot be read.
    """
    decided = decisions or Decisions()
    project, result = compiled(config, environment)  # it shows itself how far it is, and may fork: no thread may run
    _same_as_build(config, environment, result.artifacts)
    project = _asking(project, max_concurrent, asks=asks)
    targets = _targets(config.root, project, result.artifacts)
    gc.freeze()  # it stays to the end: to look for garbage in it would hold up all requests
    try:
        parts = _chosen(_parts(targets, decided), decided, project)
        plans = [report.TargetPlan(part.target.name, part.target.system, part.changes) for part in parts]
        left_out = sum(part.left_out for part in parts)
        shown = report.described(environment, plans, prune=decided.prune, left_out=left_out)
        # Where nothing was named, nothing is checked or verified either.
        named = [part for part in parts if part.changes or not decided.only]
        yield Planned(environment, named, shown, _values(config.root, project))
    finally:
        gc.unfreeze()
        with uninterrupted():
            for target in targets:
                target.close()


def _asking(project: Project, max_concurrent: int | None, *, asks: bool) -> Project:
    """Return *project* with targets that ask their servers as often, and as many at once, as they are to."""
    targets = {
        system: replace(
            settings,
            servers=settings.servers if asks else (),
            api=replace(settings.api, max_concurrent=max_concurrent)
            if settings.api and max_concurrent
            else settings.api,
        )
        for system, settings in project.environment.targets.items()
    }
    return replace(project, environment=replace(project.environment, targets=targets))


def _values(root: Path, project: Project) -> tuple[str, ...]:
    """Return the values of the secrets that are set; whoever needs one that is not has said so."""
    values = set()
    for reference in project.environment.secrets.values():
        with suppress(DojoboardsError):
            values.add(resolve(reference, "", root))
    return tuple(sorted(values, key=lambda value: (-len(value), value)))


def _chosen(parts: Sequence[Part], decided: Decisions, project: Project) -> Sequence[Part]:
    """Return the parts with only what was asked for."""
    if not decided.only:
        return parts
    found = []
    for part, changes in zip(parts, chosen(decided.only, [part.changes for part in parts], project), strict=True):
        kept = {(change.kind, change.key) for change in changes}
        pending = (change for change in part.changes if change.action != "unchanged")
        left_out = sum((change.kind, change.key) not in kept for change in pending)
        found.append(Part(part.target, changes, applicable(changes, prune=decided.prune), left_out))
    return found


def _same_as_build(config: Config, environment: str, artifacts: Sequence[Artifact]) -> None:
    """Refuse when what was reviewed is not what would go out."""
    place = config.root / "build" / environment
    found = difference(place, artifacts)
    if found:
        many = len(found.new) + len(found.changed) + len(found.gone)
        message = (
            f"build/{environment} is not what the content gives: {many} file{'s differ' if many > 1 else ' differs'}"
        )
        remedy = "run dojoboards build, have the result reviewed, then push"
        raise DojoboardsError([Problem(message, Source(str(place)), remedy)])


def made(project: Project, settings: TargetSettings, artifacts: Sequence[Artifact], root: Path) -> Target:
    """Return the target of the kind that *settings* ask for."""
    through_api = "grafana-api" if settings.system == "grafana" else "ruler"
    return TARGETS[through_api if settings.api else "directory"](project, settings, artifacts, root)


def _targets(root: Path, project: Project, artifacts: Sequence[Artifact]) -> list[Target]:
    settings = project.environment.targets
    if not settings:
        name = project.environment.name
        message = f"the environment {name!r} has no targets to push to"
        remedy = f"add them under environments.{name}.targets; see docs/configuration.md"
        raise DojoboardsError([Problem(message, Source(str(root / FILE)), remedy, Exit.UNREADABLE)])
    wanted = sorted(settings.values(), key=lambda one: _ORDER.index(one.system))
    targets = [made(project, one, artifacts, root) for one in wanted]
    _apart(root, targets)
    for one, other in itertools.combinations(targets, 2):
        if one.place == other.place:
            message = f"{one.system} and {other.system} both go to {one.place}"
            problem = Problem(message, Source(str(root / FILE)), "give each a directory of its own", Exit.UNREADABLE)
            raise DojoboardsError([problem])
    return targets


def _apart(root: Path, targets: Sequence[Target]) -> None:
    """Refuse a directory that is part of the project, or that the project is part of: a push would mix the two."""
    root = root.resolve()
    problems = []
    for target in targets:
        place = Path(target.place)
        inside = [name for name in ("build", *FOLDERS) if place.is_relative_to((root / name).resolve())]
        if inside or root.is_relative_to(place):
            why = f"part of the project's {inside[0]}/" if inside else "where the project itself is"
            message = f"{target.system} goes to {place}, which is {why}"
            remedy = f"give it a directory of its own, outside {', '.join(f'{name}/' for name in ('build', *FOLDERS))}"
            problems.append(Problem(message, Source(str(root / FILE)), remedy, Exit.UNREADABLE))
    if problems:
        raise DojoboardsError(problems)


def _parts(targets: Sequence[Target], decided: Decisions) -> list[Part]:
    parts: list[Part] = []
    problems: list[Problem] = []
    for target in targets:
        try:
            wanted = target.wanted()
            changes = plan(wanted, target.read(), overwrite=decided.overwrite, adopt=decided.adopt)
        except DojoboardsError as error:
            problems.extend(error.problems)
        else:
            parts.append(Part(target, changes, applicable(changes, prune=decided.prune)))
    if problems:
        raise DojoboardsError(problems)
    return parts
