"""`dojoboards push`: make the targets of an environment hold, and their servers run, what the content becomes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dojoboards import report
from dojoboards.artifact import json_bytes
from dojoboards.commands.planning import Part, Planned, planned
from dojoboards.commands.progress import waiting
from dojoboards.commands.signals import terminated_as_interrupted, uninterrupted
from dojoboards.config import Config
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.targets.preflight import missing_tool

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
    with planned(config, environment, prune=options.prune, overwrite=options.overwrite, adopt=options.adopt) as plan:
        return _push(plan, options, confirm)


def _push(plan: Planned, options: Options, confirm: Confirm | None) -> int:
    environment, parts = plan.environment, plan.parts
    document = {**report.as_document(plan.report), "applied": False, "verified": False}
    if options.output == "text":
        print("\n".join(report.as_text(plan.report)), flush=True)
    try:
        _stopped(parts)
        _checked(parts)
        todo = sum(len(part.applied) for part in parts)
        if not options.dry_run and (not todo or confirm is None or confirm(f"Apply {_many(todo)} to {environment}?")):
            wrong = _apply(parts, options)
            verified = options.verify and not wrong and any(part.target.verifies for part in parts)
            document |= {"applied": todo > 0, "verified": verified}
            if options.output == "text":
                print(_done(environment, todo, verified=verified), flush=True)
            if wrong:
                raise DojoboardsError(wrong)
        elif not options.dry_run:
            print("nothing was changed", file=sys.stderr)
            return Exit.PROBLEM
    except DojoboardsError as error:
        document["applied"] = document["applied"] or error.exit == Exit.PARTIAL
        document["problems"] = [_shown(problem) for problem in error.problems]
        raise
    finally:
        if options.output == "json":
            print(json_bytes(document).decode(), end="")
    return Exit.OK


def _stopped(parts: Sequence[Part]) -> None:
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
    with terminated_as_interrupted():
        begun: list[Part] = []
        try:
            for part in undoable:
                begun.append(part)
                wrong.extend(_applied(part, options))
        except BaseException as error:
            _undo([part for part in reversed(begun) if part.applied], error)
            raise
        for part in undoable:
            part.target.commit()
        try:
            for part in parts:
                if not part.target.undoes:
                    wrong.extend(_applied(part, options))
                    part.target.commit()
        except DojoboardsError as error:
            stays = " and ".join(part.target.name for part in undoable if part.applied)
            if stays and error.exit != Exit.PARTIAL:
                message = f"what was pushed to {stays} stays"
                last = Problem(message, None, "mend what is wrong and push again", Exit.PARTIAL)
                raise DojoboardsError([*error.problems, last]) from error
            raise
    return wrong


def _applied(part: Part, options: Options) -> list[Problem]:
    """Apply one part, and return what its servers do not run although nothing was changed.

    Raises:
        DojoboardsError: something was changed, and its servers do not run it.
    """
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
    names = " and ".join(part.target.name for part in parts)
    first = list(error.problems) if isinstance(error, DojoboardsError) else []
    if lost:
        message = f"not everything could be put back in {names}"
        last = Problem(message, None, "mend what is wrong and push again: it completes what was begun", Exit.PARTIAL)
        raise DojoboardsError([*first, *unread, *lost, last]) from error
    print(f"put back as it was: {names}", file=sys.stderr)
    if any(problem not in first for problem in unread):
        print("the servers could not be made to read the files again: push again when they can", file=sys.stderr)
        raise DojoboardsError([*first, *unread]) from error


def _done(environment: str, todo: int, *, verified: bool) -> str:
    what = f"pushed {_many(todo)}" if todo else "nothing to change"
    return f"{environment}: {what}; {'the servers run it' if verified else 'not verified'}"


def _many(number: int) -> str:
    return f"{number} change{'s' * (number != 1)}"


def _shown(problem: Problem) -> dict[str, Any]:
    source = {"source": str(problem.source)} if problem.source else {}
    return {"message": problem.message, "remedy": problem.remedy, "exit": int(problem.exit), **source}
