"""What a push would do: the content compiled, the targets of its environment read, and the plan of each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dojoboards import report
from dojoboards.artifact import Artifact
from dojoboards.commands.build import compiled, difference
from dojoboards.config import FILE, Config
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.model import Project
from dojoboards.plan import Change, applicable, plan
from dojoboards.targets import TARGETS, Target

_ORDER = ("alertmanager", "prometheus", "grafana")
"""Who is pushed to first: a notification can be delivered before a rule fires, and a rule is there before its panel."""


@dataclass(frozen=True, slots=True)
class Part:
    """One target and what is to happen there.

    Args:
        target: The target.
        changes: Its plan.
        applied: What of it a push applies, in that order.
    """

    target: Target
    changes: Sequence[Change]
    applied: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to happen in one environment.

    Args:
        environment: Its name.
        parts: By target, in the order in which they are pushed to.
        report: The same, to be shown.
    """

    environment: str
    parts: Sequence[Part]
    report: report.Report


@contextmanager
def planned(
    config: Config, environment: str, *, prune: bool = False, overwrite: bool = False, adopt: bool = False
) -> Iterator[Planned]:
    """Compile *environment*, read its targets, and give the plan; the targets are let go of at the end.

    Args:
        config: The project.
        environment: Its environment's name.
        prune: Whether what is ours and no longer built is deleted.
        overwrite: Whether what someone changed since the last push is written over.
        adopt: Whether what is not ours is written over and taken as ours.

    Raises:
        DojoboardsError: the content has problems, `build/` is not what it gives, or a target cannot be read.
    """
    project, result = compiled(config, environment)  # it shows itself how far it is, and may fork: no thread may run
    _same_as_build(config, environment, result.artifacts)
    targets = _targets(config.root, project, result.artifacts)
    try:
        parts = _parts(targets, prune=prune, overwrite=overwrite, adopt=adopt)
        plans = [report.TargetPlan(part.target.name, part.target.system, part.changes) for part in parts]
        yield Planned(environment, parts, report.described(environment, plans, prune=prune))
    finally:
        for target in targets:
            target.close()


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


def _targets(root: Path, project: Project, artifacts: Sequence[Artifact]) -> list[Target]:
    settings = project.environment.targets
    if not settings:
        name = project.environment.name
        message = f"the environment {name!r} has no targets to push to"
        remedy = f"add them under environments.{name}.targets; see docs/configuration.md"
        raise DojoboardsError([Problem(message, Source(str(root / FILE)), remedy, Exit.UNREADABLE)])
    wanted = [settings[system] for system in _ORDER if system in settings]
    targets = [TARGETS["grafana-api" if one.api else "directory"](project, one, artifacts, root) for one in wanted]
    for one, other in itertools.combinations(targets, 2):
        if one.place == other.place:
            message = f"{one.system} and {other.system} both go to {one.place}"
            problem = Problem(message, Source(str(root / FILE)), "give each a directory of its own", Exit.UNREADABLE)
            raise DojoboardsError([problem])
    return targets


def _parts(targets: Sequence[Target], *, prune: bool, overwrite: bool, adopt: bool) -> list[Part]:
    parts: list[Part] = []
    problems: list[Problem] = []
    for target in targets:
        try:
            wanted = target.wanted()
            changes = plan(wanted, target.read(), overwrite=overwrite, adopt=adopt)
        except DojoboardsError as error:
            problems.extend(error.problems)
        else:
            parts.append(Part(target, changes, applicable(changes, prune=prune)))
    if problems:
        raise DojoboardsError(problems)
    return parts
