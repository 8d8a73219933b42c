"""What `lint` tells beside what the checks find: what a build refuses, checks that failed, findings that are ignored.

They are checks of things that no project holds, so `CHECKS` has none of them, and none can be ignored.
"""

from __future__ import annotations

import traceback
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dojoboards import names
from dojoboards.artifact import Artifact
from dojoboards.errors import Exit, Problem
from dojoboards.lint import sharing
from dojoboards.lint.every import CHECKS
from dojoboards.lint.registry import Artifacts, Check, Finding, Judgement
from dojoboards.lint.things import Board
from dojoboards.model import Ignore, Project

_FORM = "write # dojoboards: ignore[alert/runbook] and the reason behind it"
_DEEPEST = 200
_PACKAGE = f"{Path(__file__).parents[1]}/"


@dataclass(frozen=True, slots=True)
class Failed:
    """A check that raised an exception instead of judging a thing."""

    check: str
    thing: object
    error: Exception


def _content(problem: Problem, _: Project | None) -> Iterator[Finding]:
    """The content can be read.

    A module that raises, a name that is misspelt, a setting that is missing: the environment cannot be judged at all.
    Bad: `groups = [Alert(...)]`. Good: `groups = [RuleGroup(..., rules=[Alert(...)])]`.
    """
    yield Finding(problem.message, problem.remedy, problem.source)


def _refused(problem: Problem, _: Project | None) -> Iterator[Finding]:
    """Everything can be written: expressions parse, references are known, documents fit their schema.

    What cannot be written is refused by the build, too.
    Bad: `expr="rate(http_requests_total[5m]"`. Good: `expr="rate(http_requests_total[5m])"`.
    """
    yield Finding(problem.message, problem.remedy, problem.source, expr=problem.expr, span=problem.span)


def _crash(failed: Failed, _: Project | None) -> Iterator[Finding]:
    """Every check runs to its end.

    One that fails is a fault of dojoboards: what it would have found is not known, and the others ran all the same.
    Bad: a check that fails on a dashboard of an odd shape. Good: report it, with the dashboard.
    """
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(failed.error.__traceback__)]
    own = [(file.removeprefix(_PACKAGE), line) for file, line in frames if file.startswith(_PACKAGE)]
    at = f" in {own[-1][0]}:{own[-1][1]}" if own else ""
    said = f"{type(failed.error).__name__}: {failed.error}"[:_DEEPEST]
    name = getattr(failed.thing, "name", "") or getattr(failed.thing, "title", "")
    what = f"{type(failed.thing).__name__} {name!r}" if name else type(failed.thing).__name__
    message = f"the check {failed.check} failed on {what}: {said}{at}"
    yield Finding(message, "this is a fault of dojoboards: report it", getattr(failed.thing, "source", None))


def _suppression(ignore: Ignore, _: Project | None) -> Iterator[Finding]:
    """What is ignored is a check that exists, with a reason.

    Without a reason nobody knows later whether it still holds; so it does not count, and the finding is told.
    Bad: `# dojoboards: ignore[alert/runbook]`.
    Good: `# dojoboards: ignore[alert/runbook] its page is written by the team of the exporter`.
    """
    check, reason, source = ignore.check, ignore.reason, ignore.source
    if not check and not reason:
        yield Finding("this comment for dojoboards cannot be read", _FORM, source)
    elif check in OWN:
        yield Finding(f"{check} cannot be ignored", "mend what it tells", source)
    elif check not in CHECKS:
        yield Finding(f"there is no check {check!r} that could be ignored", near(check, CHECKS), source)
    elif not reason.strip():
        yield Finding(f"{check} is ignored without a reason, and so is told all the same", _FORM, source)


def _stale(ignore: Ignore, _: Project | None) -> Iterator[Finding]:
    """What is ignored is there.

    A comment that ignores nothing any more would hide the next mistake at this place.
    It is judged where all environments are.
    Bad: `# dojoboards: ignore[alert/runbook] no page yet`, and the page is written. Good: no comment.
    """
    of = f" of {ignore.of!r}" if ignore.of else ""
    yield Finding(f"{ignore.check}{of} is ignored here, and finds nothing", "take it away", ignore.source)


CONTENT = Check("build/content", Problem, _content)
REFUSED = Check("build/refused", Problem, _refused)
CRASH = Check("lint/crash", Failed, _crash, "warning")
SUPPRESSION = Check("lint/suppression", Ignore, _suppression)
STALE = Check("lint/stale-suppression", Ignore, _stale, "warning")

OWN = {check.id: check for check in (CONTENT, REFUSED, CRASH, SUPPRESSION, STALE)}
"""By their ids."""


def near(id: str, known: Collection[str]) -> str:
    """Return a remedy for an unknown id of a check."""
    guess = names.nearest(id, known)
    return (f"did you mean {guess!r}? " if guess else "") + "dojoboards lint --list shows all"


def told(check: Check, thing: object) -> Iterator[Judgement]:
    """Yield what one of these checks says about a thing."""
    for finding in check.function(thing, None):  # type: ignore[arg-type]  # these know no project
        yield Judgement(check, finding, finding.source)


def refused(problem: Problem) -> Judgement:
    """Return what a build refuses as a judgement."""
    (judgement,) = told(CONTENT if problem.exit == Exit.UNREADABLE else REFUSED, problem)
    return judgement


def crashed(check: Check, thing: object, error: Exception) -> Judgement:
    """Return as a judgement that a check raised an exception."""
    (judgement,) = told(CRASH, Failed(check.id, thing, error))
    return judgement


def judgements(
    project: Project,
    artifacts: Sequence[Artifact],
    boards: Sequence[Board],
    problems: Iterable[Problem] = (),
    checks: Iterable[Check] | None = None,
) -> list[Judgement]:
    """Return everything that is found in a project, or in what was read from files as one; nothing makes it fail.

    Args:
        project: What is declared.
        artifacts: What it is built to.
        boards: The dashboards among them, taken apart.
        problems: What could not be built.
        checks: Some of `CHECKS`; all if not given.
    """
    found = [refused(problem) for problem in problems]
    chosen = tuple(CHECKS.values() if checks is None else checks)
    known = {check.id: check for check in (*chosen, CRASH)}
    return found + sharing.judgements(project, Artifacts(artifacts), boards, chosen, crashed, known)
