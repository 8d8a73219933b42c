"""`dojoboards push`: make the targets of an environment hold, and their servers run, what the content becomes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from dojoboards import names, report
from dojoboards.commands import plan_file
from dojoboards.commands.output import INTERRUPTED, Document
from dojoboards.commands.planning import Decisions, Part, Planned, planned
from dojoboards.commands.progress import waiting
from dojoboards.commands.signals import finishing, uninterrupted
from dojoboards.config import Config
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.targets.preflight import missing_tool

Confirm = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to push.

    Args:
        decisions: What was decided about the plan.
        dry_run: Only show the plan and what can be refused beforehand.
        save_plan: Save the plan here, and change nothing.
        plan: Apply the plan that was saved here, or nothing; its decisions are those of the plan.
        keep_going: Whether a change that a server refuses does not stop the others, where nothing can be put back.
        max_concurrent: How many requests are under way at once, at most; None is as `dojoboards.yaml` says.
        verify: Whether to see that the servers run it.
        timeout: Seconds to wait for that; None is long enough for every rule to be evaluated.
        output: `text` or `json`.
    """

    decisions: Decisions = field(default_factory=Decisions)
    dry_run: bool = False
    save_plan: Path | None = None
    plan: Path | None = None
    keep_going: bool = False
    max_concurrent: int | None = None
    verify: bool = True
    timeout: float | None = None
    output: Literal["text", "json"] = "text"


def push(
    config: Config,
    environment: str,
    options: Options,
    confirm: Confirm | None = None,
    document: Document | None = None,
) -> int:
    """Push *environment* to its targets, all of them or none, and print what was done.

    Args:
        config: The project.
        environment: Its environment's name.
        options: How to push.
        confirm: Asks whether to go on; None goes on.
        document: Filled in with the plan and what was done.

    Raises:
        DojoboardsError: the content has problems, `build/` is not what it gives, the plan is not the one that was
            saved, something drifted or is in conflict, the servers' tools refuse it, or the servers do not run it;
            everything is then as it was, unless a problem says that it was applied in part.
    """
    saved = plan_file.read(options.plan, config.project, environment) if options.plan else None
    if saved:
        options = replace(options, decisions=_decided(saved, options.decisions))
    with planned(config, environment, options.decisions, max_concurrent=options.max_concurrent) as plan:
        told = document if document is not None else {}
        told |= {**report.as_document(plan.report), "applied": False, "verified": False}
        if options.output == "text":
            print("\n".join(report.as_text(plan.report)), flush=True)
        if saved:
            saved.compare(plan)
        _stopped(plan.parts)
        _checked(plan.parts)
        if options.save_plan:
            plan_file.write(options.save_plan, plan, config.project, options.decisions)
            _say(options, f"{environment}: the plan is saved in {options.save_plan}; nothing was changed")
            return Exit.OK
        if options.dry_run:
            return Exit.OK
        return _push(plan, options, confirm, told)


def _decided(saved: plan_file.Saved, given: Decisions) -> Decisions:
    """Return the decisions of a saved plan.

    Raises:
        DojoboardsError: others were given besides.
    """
    others = [
        f"--{name}" for name in ("prune", "overwrite", "adopt") if getattr(given, name) > getattr(saved.decisions, name)
    ]
    others += ["--only"] * bool(given.only and given.only != saved.decisions.only)
    if others:
        message = f"{saved.file} was saved without {' and '.join(others)}"
        remedy = "a plan is applied as it was decided: leave that out, or save a new plan"
        raise DojoboardsError([Problem(message, None, remedy, Exit.UNREADABLE)])
    return saved.decisions


def _push(plan: Planned, options: Options, confirm: Confirm | None, document: Document) -> int:
    environment, parts = plan.environment, plan.parts
    todo = sum(len(part.applied) for part in parts)
    if todo and confirm is not None and not confirm(f"Apply {_many(todo)} to {environment}?"):
        print("nothing was changed", file=sys.stderr)
        return Exit.PROBLEM
    try:
        wrong = _apply(parts, options)
    except DojoboardsError as error:
        document["applied"] = any(problem.exit == Exit.PARTIAL for problem in error.problems)
        raise
    verified = options.verify and not wrong and any(part.target.verifies for part in parts)
    document |= {"applied": todo > 0, "verified": verified}
    what = f"pushed {_many(todo)}" if todo else "nothing to change"
    _say(options, f"{environment}: {what}; {'the servers run it' if verified else 'not verified'}")
    if wrong:
        raise DojoboardsError(wrong)
    return Exit.OK


def _say(options: Options, line: str) -> None:
    if options.output == "text":
        print(line, flush=True)


def _stopped(parts: Sequence[Part]) -> None:
    """Refuse while something is not as we left it, or not ours."""
    remedies = {
        "drifted": "bring that change into the content (a dashboard: dojoboards pull), or push with --overwrite",
        "conflict": "move it away, or push with --adopt to write over it and take it as ours",
    }
    reasons = {
        "drifted": "was changed by someone since the last push",
        "conflict": "is not ours and stands where a file is to be written",
    }
    problems = [
        Problem(f"{change.path} ({part.target.name}) {reasons[change.action]}", change.source, remedies[change.action])
        for part in parts
        for change in part.changes
        if change.stops
    ]
    if problems:
        raise DojoboardsError(problems)


def _checked(parts: Sequence[Part]) -> None:
    problems: list[Problem] = []
    for part in parts:
        if tool := missing_tool(part.target.system):
            print(
                f"note: {tool} is not on the PATH, so {part.target.name} is not checked before it is written",
                file=sys.stderr,
            )
        if part.target.system == "prometheus" and "prometheus-config" not in part.target.kinds:
            print(
                f"note: {part.target.name} takes rules only: "
                "prometheus/prometheus.yml of the build is for what scrapes",
                file=sys.stderr,
            )
        with waiting(f"checking {part.target.name}"):
            problems.extend(part.target.preflight(part.applied))
    if problems:
        raise DojoboardsError(problems)


def _apply(parts: Sequence[Part], options: Options) -> list[Problem]:
    """Apply every part: those that can be put back, all or nothing; then the others, which stay as far as they get.

    Returns what the servers of targets that had nothing to change do not run.

    Raises:
        DojoboardsError: something was changed, and its servers do not run it; or it was applied in part.
    """
    undoable = [part for part in parts if part.target.undoes]
    wrong: list[Problem] = []
    begun: list[Part] = []
    try:
        for part in undoable:
            begun.append(part)
            wrong.extend(_applied(part, options))
    except BaseException as error:
        _undo([part for part in reversed(begun) if part.applied], error)
        raise
    done = [part for part in undoable if part.applied]
    left = [part for part in parts if not part.target.undoes]
    with uninterrupted():  # what is written and runs is noted as such, which takes moments
        try:
            for part in undoable:
                part.target.commit(part.changes)
        except DojoboardsError as error:
            raise DojoboardsError([*error.problems, *_staying(done, left)]) from error
    failed: list[Problem] = []
    while left and (not failed or options.keep_going):
        part = left.pop(0)
        try:
            with finishing():
                wrong.extend(_applied(part, options))
            if part.applied or not part.left_out:
                part.target.commit(part.changes)
            done += [part] * bool(part.applied)
        except DojoboardsError as error:
            failed.extend(error.problems)
        except KeyboardInterrupt as error:
            with uninterrupted():
                stays = [*part.target.undo(), *_staying(done, left)]
            if stays:
                raise DojoboardsError([*failed, *stays, INTERRUPTED]) from error
            raise
    if failed:
        raise DojoboardsError([*failed, *_staying(done, left)])
    return wrong


def _staying(done: Sequence[Part], left: Sequence[Part]) -> list[Problem]:
    """Return that what was pushed stays, and what was not begun; nothing where nothing was pushed."""
    if not done:
        return []
    message = f"what was pushed to {_names(done)} stays"
    if waiting_still := [part for part in left if part.applied]:
        message += f"; nothing was pushed to {_names(waiting_still)}"
    return [Problem(message, None, "mend what is wrong and push again: it goes on from there", Exit.PARTIAL)]


def _names(parts: Sequence[Part]) -> str:
    return " and ".join(part.target.name for part in parts)


def _applied(part: Part, options: Options) -> list[Problem]:
    """Apply one part, and return what its servers do not run although nothing was changed.

    Raises:
        DojoboardsError: something was changed, and its servers do not run it.
    """
    part.target.keep_going = options.keep_going
    part.target.apply(part.applied)
    problems = part.target.reload()
    if not problems and options.verify:
        with waiting(f"waiting until the servers run what is in {part.target.name}"):
            problems = part.target.verify(options.timeout)
    if problems and part.applied:
        raise DojoboardsError(problems)
    return problems


def _undo(parts: Sequence[Part], error: BaseException) -> None:
    """Put back what was begun; what cannot be put back makes the push partly applied."""
    if not parts:
        return
    unread: list[Problem] = []
    lost: list[Problem] = []
    with uninterrupted():
        for part in parts:
            try:
                unread.extend(part.target.undo())
            except DojoboardsError as wrong:
                lost.extend(wrong.problems)
    names = _names(parts)
    first = list(error.problems) if isinstance(error, DojoboardsError) else []
    if lost:
        message = f"not everything could be put back in {names}"
        last = Problem(message, None, "mend what is wrong and push again: it completes what was begun", Exit.PARTIAL)
        raise DojoboardsError([*first, *unread, *lost, last]) from error
    print(f"put back as it was: {names}", file=sys.stderr)
    if any(problem not in first for problem in unread):
        print("the servers could not be made to read the files again: push again when they can", file=sys.stderr)
        raise DojoboardsError([*first, *unread]) from error


def _many(number: int) -> str:
    return names.counted(number, "change")
