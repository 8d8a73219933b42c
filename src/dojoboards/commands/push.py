"""`dojoboards push`: make the targets of an environment hold, and their servers run, what the content becomes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dojoboards import report
from dojoboards.artifact import Artifact, json_bytes
from dojoboards.commands.build import compiled, difference
from dojoboards.commands.progress import waiting
from dojoboards.config import FILE, Config
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.model import Project
from dojoboards.plan import Change, applicable, plan
from dojoboards.targets import TARGETS, Target
from dojoboards.targets.preflight import missing_tool

_ORDER = ("alertmanager", "prometheus", "grafana")
"""Who is pushed to first: a notification can be delivered before a rule fires, and a rule is there before its panel."""

Confirm = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to push.

    Args:
        dry_run: Only show the plan and what can be refused beforehand.
        prune: Delete what is ours and no longer built.
        overwrite: Write over what someone changed since the last push.
        adopt: Write over what is not ours, and take it as ours.
        verify: Whether to see that the servers run it.
        timeout: Seconds to wait for that; None is long enough for every rule to be evaluated.
        output: `text` or `json`.
    """

    dry_run: bool = False
    prune: bool = False
    overwrite: bool = False
    adopt: bool = False
    verify: bool = True
    timeout: float | None = None
    output: Literal["text", "json"] = "text"


@dataclass(frozen=True, slots=True)
class _Part:
    """One target and what is to happen there."""

    target: Target
    changes: Sequence[Change]
    applied: Sequence[Change]


def push(config: Config, environment: str, options: Options, confirm: Confirm | None = None) -> int:
    """Push *environment* to its targets, all of them or none, and print what was done.

    Args:
        config: The project.
        environment: Its environment's name.
        options: How to push.
        confirm: Asks whether to go on; None goes on.

    Raises:
        DojoboardsError: the content has problems, `build/` is not what it gives, something drifted or is in
            conflict, the servers' tools refuse it, or the servers do not run it; everything is then as it was.
    """
    with waiting(f"compiling {environment}"):
        project, result = compiled(config, environment)
    _same_as_build(config, environment, result.artifacts)
    targets = _targets(config.root, project, result.artifacts)
    try:
        return _push(project, targets, options, confirm)
    finally:
        for target in targets:
            target.close()


def _push(project: Project, targets: Sequence[Target], options: Options, confirm: Confirm | None) -> int:
    environment = project.environment.name
    parts = _planned(targets, options)
    plans = [report.TargetPlan(part.target.name, part.target.system, part.changes) for part in parts]
    document = {**report.document(environment, plans), "applied": False, "verified": False}
    if options.output == "text":
        print("\n".join(report.text(environment, plans, prune=options.prune)), flush=True)
    try:
        _stopped(plans)
        _checked(parts)
        todo = sum(len(part.applied) for part in parts)
        if not options.dry_run and (not todo or confirm is None or confirm(f"Apply {_many(todo)} to {environment}?")):
            _apply(parts, options)
            document |= {"applied": todo > 0, "verified": options.verify}
        elif not options.dry_run:
            print("nothing was changed", file=sys.stderr)
            return Exit.PROBLEM
    except DojoboardsError as error:
        document["problems"] = [_shown(problem) for problem in error.problems]
        raise
    finally:
        if options.output == "json":
            print(json_bytes(document).decode(), end="")
    if options.output == "text" and not options.dry_run:
        print(_done(environment, parts, options))
    return Exit.OK


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
    return [TARGETS["directory"](project, settings[system], artifacts, root) for system in _ORDER if system in settings]


def _planned(targets: Sequence[Target], options: Options) -> list[_Part]:
    parts: list[_Part] = []
    problems: list[Problem] = []
    for target in targets:
        try:
            wanted = target.wanted()
            changes = plan(wanted, target.read(), overwrite=options.overwrite, adopt=options.adopt)
        except DojoboardsError as error:
            problems.extend(error.problems)
        else:
            parts.append(_Part(target, changes, applicable(changes, prune=options.prune)))
    if problems:
        raise DojoboardsError(problems)
    return parts


def _stopped(plans: Sequence[report.TargetPlan]) -> None:
    """Refuse while something is not as we left it, or not ours."""
    remedies = {
        "drifted": "bring that change into the content, or push with --overwrite to write over it",
        "conflict": "move it away, or push with --adopt to write over it and take it as ours",
    }
    reasons = {
        "drifted": "was changed by someone since the last push",
        "conflict": "is not ours and stands where a file is to be written",
    }
    problems = [
        Problem(f"{change.path} ({plan.name}) {reasons[change.action]}", change.source, remedies[change.action])
        for plan in plans
        for change in plan.changes
        if change.stops
    ]
    if problems:
        raise DojoboardsError(problems)


def _checked(parts: Sequence[_Part]) -> None:
    problems: list[Problem] = []
    for part in parts:
        if tool := missing_tool(part.target.system):
            print(
                f"note: {tool} is not on the PATH, so {part.target.name} is not checked before it is written",
                file=sys.stderr,
            )
        with waiting(f"checking {part.target.name}"):
            problems.extend(part.target.preflight(part.applied))
    if problems:
        raise DojoboardsError(problems)


def _apply(parts: Sequence[_Part], options: Options) -> None:
    """Apply every part, all or nothing; what a target does not run that was not changed is told at the end."""
    begun: list[_Part] = []
    unchanged_but_wrong: list[Problem] = []
    with _terminated_as_interrupted():
        try:
            for part in parts:
                begun.append(part)
                part.target.apply(part.applied)
                problems = part.target.reload()
                if not problems and options.verify:
                    with waiting(f"waiting until the servers run what is in {part.target.name}"):
                        problems = part.target.verify(options.timeout)
                if problems and part.applied:
                    raise DojoboardsError(problems)
                unchanged_but_wrong.extend(problems)
        except BaseException as error:
            _undo([part for part in reversed(begun) if part.applied], error)
            raise
        if unchanged_but_wrong:
            for part in parts:
                if part.applied:
                    part.target.commit()
            raise DojoboardsError(unchanged_but_wrong)
        for part in parts:
            part.target.commit()


def _undo(parts: Sequence[_Part], error: BaseException) -> None:
    """Put back what was begun; what cannot be put back makes the push partly applied."""
    if not parts:
        return
    problems: list[Problem] = []
    with _uninterrupted():
        for part in parts:
            try:
                problems.extend(part.target.undo())
            except DojoboardsError as wrong:
                problems.extend(wrong.problems)
    names = " and ".join(part.target.name for part in parts)
    if not problems:
        print(f"put back as it was: {names}", file=sys.stderr)
        return
    first = error.problems if isinstance(error, DojoboardsError) else ()
    message = f"not everything could be put back in {names}"
    last = Problem(message, None, "mend what is wrong and push again: it completes what was begun", Exit.PARTIAL)
    raise DojoboardsError([*first, *problems, last]) from error


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait; every step inside is bounded in time."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Take a termination like Ctrl-C, so that what was begun is put back."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _done(environment: str, parts: Sequence[_Part], options: Options) -> str:
    todo = sum(len(part.applied) for part in parts)
    what = f"pushed {_many(todo)}" if todo else "nothing to change"
    return f"{environment}: {what}; {'the servers run it' if options.verify else 'not verified'}"


def _many(number: int) -> str:
    return f"{number} change{'s' * (number != 1)}"


def _shown(problem: Problem) -> dict[str, Any]:
    source = {"source": str(problem.source)} if problem.source else {}
    return {"message": problem.message, "remedy": problem.remedy, "exit": int(problem.exit), **source}
