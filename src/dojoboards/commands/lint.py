"""`dojoboards lint`: tell what is wrong with the content, without asking any server."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from dojoboards import __version__, reading
from dojoboards.artifact import json_bytes
from dojoboards.commands.build import uncollected
from dojoboards.commands.fix import fix
from dojoboards.commands.output import Document, content_on_stderr
from dojoboards.compile import parts
from dojoboards.config import Config
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.lint import Check, Judgement, Severity, comments, ignoring, own
from dojoboards.lint.every import CHECKS
from dojoboards.load import load
from dojoboards.model import Ignore
from dojoboards.modules import FOLDERS
from dojoboards.report.findings import (
    FindingReport,
    as_document,
    as_github,
    as_junit,
    as_sarif,
    as_text,
    explained,
    listed,
    merged,
)

Output = Literal["text", "json", "sarif", "junit", "github"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to lint.

    Args:
        environments: Which; all if empty.
        select: Ids, beginnings of ids or patterns of ids of the checks; all if empty.
        fail_on: From which severity on something is a failure.
        output: What is printed.
        fix: Whether to mend in the content what needs no decision.
        dry_run: Whether to show that only.
    """

    environments: Sequence[str] = ()
    select: Sequence[str] = ()
    fail_on: Severity = "warning"
    output: Output = "text"
    fix: bool = False
    dry_run: bool = False


def lint(config: Config, options: Options, document: Document) -> int:
    """Print what is found in some environments, and return the exit code.

    Args:
        config: The project.
        options: How.
        document: Filled in where the output is `json`.

    Raises:
        DojoboardsError: there is no such environment or check, or content cannot be mended.
    """
    checks = selected(options.select)
    environments = options.environments or tuple(config.environments)
    for name in environments:
        config.environment(name)
    ignores = _ignores(config)
    found = {name: _judged(config, name, checks) for name in environments}
    told, ignored = told_of(found, ignores, checks, str(config.root), whole=not options.environments)
    if options.fix or options.dry_run:
        judgements = [judgement for one in told.values() for judgement in one]
        lines = fix(judgements, config.root, dry_run=options.dry_run)
        print("\n".join(lines), file=sys.stdout if options.output == "text" else sys.stderr)
        if not options.dry_run:
            found = {name: _judged(config, name, checks) for name in environments}
            told, ignored = told_of(found, _ignores(config), checks, str(config.root), whole=not options.environments)
    report = merged(told, checks=checks, fail_on=options.fail_on, ignored=ignored, root=str(Path.cwd()))
    write(report, options.output, document)
    return exit_code(report)


def selected(patterns: Sequence[str]) -> list[Check]:
    """Return the checks with ids that are, begin with, or match one of the patterns; all if there is none.

    Raises:
        DojoboardsError: a pattern fits none.
    """
    known = {**own.OWN, **CHECKS}
    problems = []
    chosen: dict[str, Check] = {}
    for pattern in patterns or ("",):
        fitting = {id: check for id, check in known.items() if id.startswith(pattern) or fnmatchcase(id, pattern)}
        if not fitting:
            remedy = own.near(pattern, known)
            problems.append(Problem(f"no check is called {pattern!r}", None, remedy, Exit.UNREADABLE))
        chosen |= fitting
    if problems:
        raise DojoboardsError(problems)
    return [chosen[id] for id in sorted(chosen)]


def _judged(config: Config, environment: str, checks: Sequence[Check]) -> list[Judgement]:
    """Return what is found in one environment; where content cannot be read, only that."""
    with uncollected(), content_on_stderr():
        try:
            project = load(config.root, config.environment(environment), config.project)
            project, artifacts, boards, problems = parts(project)
        except DojoboardsError as error:
            return [own.refused(problem) for problem in error.problems]
        unread = [problem for problem in problems if problem.exit == Exit.UNREADABLE]
        told = problems if own.REFUSED in checks else unread
        if unread:
            return [own.refused(problem) for problem in told]
        return own.judgements(project, artifacts, boards, told, [check for check in checks if check.id in CHECKS])


def _ignores(config: Config) -> list[Ignore]:
    """Return what `dojoboards.yaml` and the comments in the content say is to be ignored."""
    files = (file for folder in FOLDERS for file in sorted((config.root / folder).rglob("*.py")))
    return [*config.ignores, *(ignore for file in files for ignore in comments.ignores(_text(file), str(file)))]


def _text(file: Path) -> str:
    try:
        return reading.read(file).decode()
    except (OSError, UnicodeDecodeError):
        return ""  # if it is a module, loading it says what is wrong


def told_of(
    found: Mapping[str, Sequence[Judgement]],
    ignores: Sequence[Ignore],
    checks: Sequence[Check],
    root: str,
    *,
    whole: bool,
) -> tuple[dict[str, Sequence[Judgement]], int]:
    """Return what is told of what was found, by environment, and how much is ignored.

    Args:
        found: What was found, by environment.
        ignores: What is to be ignored.
        checks: What judged.
        root: The project's directory.
        whole: Whether these are all environments, so that what is nowhere found is stale.
    """
    sifted = {name: ignoring.sifted(judgements, ignores, root) for name, judgements in found.items()}
    told: dict[str, Sequence[Judgement]] = {name: one.told for name, one in sifted.items()}
    ids = {check.id for check in checks}
    beside: list[Judgement] = list(ignoring.wrong(ignores)) if own.SUPPRESSION.id in ids else []
    everything = [judgement for judgements in found.values() for judgement in judgements]
    unread = any(judgement.check is own.CONTENT or judgement.check is own.CRASH for judgement in everything)
    if whole and not unread and own.STALE.id in ids:
        used = frozenset[Ignore]().union(*(one.used for one in sifted.values()))
        beside.extend(ignoring.stale(ignores, used, ids))
    places = {
        (judgement.check.id, judgement.finding, judgement.source)
        for one in sifted.values()
        for judgement in one.ignored
    }
    return {**told, "": [*told.get("", ()), *beside]}, len(places)


def write(report: FindingReport, output: Output, document: Document) -> None:
    """Print a report; for `json`, put it into the document that is printed at the end."""
    match output:
        case "json":
            document |= as_document(report)
        case "sarif":
            print(json_bytes(as_sarif(report, version=__version__)).decode(), end="")
        case "junit":
            print(as_junit(report), end="")
        case "github":
            _print(as_github(report))
        case "text":
            _print(as_text(report, coloured="NO_COLOR" not in os.environ and sys.stdout.isatty()))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


def exit_code(report: FindingReport) -> int:
    """Return the exit code that a report asks for."""
    if any(one.check is own.CONTENT for one in report.told):
        return Exit.UNREADABLE
    return Exit.PROBLEM if report.failed else Exit.OK


def list_checks(patterns: Sequence[str]) -> int:
    """Print a table of checks.

    Raises:
        DojoboardsError: a pattern fits none.
    """
    _print(listed(selected(patterns)))
    return Exit.OK


def explain(id: str) -> int:
    """Print what a check is about.

    Raises:
        DojoboardsError: there is none of that id.
    """
    known = {**own.OWN, **CHECKS}
    if id not in known:
        raise DojoboardsError([Problem(f"there is no check {id!r}", None, own.near(id, known), Exit.UNREADABLE)])
    _print(explained(known[id]))
    return Exit.OK
