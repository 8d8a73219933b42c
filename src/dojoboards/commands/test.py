"""`dojoboards test`: whether the cases in `tests/rules/` and `tests/routing/` hold, and what has none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from dojoboards import names, reading
from dojoboards.cases import built, document, outcome, routing, rules
from dojoboards.cases.document import CaseFile
from dojoboards.cases.routing import RoutingCases
from dojoboards.cases.rules import RuleCases
from dojoboards.commands.build import compiled
from dojoboards.commands.output import Document, answered
from dojoboards.compile import Compiled
from dojoboards.config import Config
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.files import write_tree
from dojoboards.model import Project
from dojoboards.trials.run import Suite, nothing, run

RULES = "tests/rules"
ROUTING = "tests/routing"
_ENDINGS = (".yml", ".yaml")

Output = Literal["text", "json"]
Cases = TypeVar("Cases", RuleCases, RoutingCases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How cases are run.

    Args:
        environments: Where; empty for the environments that the cases are written for.
        patterns: Globs for what is run; empty for all.
        junit: A file for a report in JUnit's format.
        fail_under: The coverage that is asked for, in percent.
        output: What is printed.
    """

    environments: Sequence[str] = ()
    patterns: Sequence[str] = ()
    junit: Path | None = None
    fail_under: float | None = None
    output: Output = "text"


def test(config: Config, options: Options) -> int:
    """Run the cases, print what came of them, and return the exit code.

    Raises:
        DojoboardsError: cases or content cannot be read, or a program is missing.
    """
    return answered(options.output, ", ".join(options.environments), lambda found: _test(config, options, found))


def _test(config: Config, options: Options, found: Document) -> int:
    suite = read(config, options.patterns)
    files: list[RuleCases | RoutingCases] = [*suite.rules, *suite.routing]
    unknown = [cases for cases in files if cases.environment not in config.environments]
    if unknown:
        raise DojoboardsError(_unknown(config, cases.file, cases.environment) for cases in unknown)
    chosen = list(dict.fromkeys(options.environments or (cases.environment for cases in files)))
    environments = [built.of(project, result.artifacts) for project, result in _compiled(config, chosen)]
    tested = run(suite, environments)
    if options.patterns and not any(one.outcomes for one in tested.values()):
        raise DojoboardsError([nothing(options.patterns)])
    if options.junit:
        write_tree(options.junit.parent, {options.junit.name: outcome.junit(tested)})
    found |= outcome.document(tested)
    if options.output == "text":
        here = f"{Path.cwd()}{os.sep}"
        print("\n".join(line.removeprefix(here) for line in outcome.text(tested, options.fail_under)))
    under = options.fail_under is not None and any(
        one.coverage is not None and one.coverage.percent < options.fail_under for one in tested.values()
    )
    return Exit.PROBLEM if under or any(one.failed for one in tested.values()) else Exit.OK


def _compiled(config: Config, environments: Sequence[str]) -> Iterator[tuple[Project, Compiled]]:
    problems: list[Problem] = []
    for name in environments:
        try:
            yield compiled(config, name)
        except DojoboardsError as error:
            problems.extend(error.problems)
    if problems:
        raise DojoboardsError(problems)


def _unknown(config: Config, file: CaseFile, environment: str) -> Problem:
    key = "environment" if "environment" in file.document else "rule_files"
    return file.problem(
        (key,), f"there is no environment {environment!r}", names.hint(environment, config.environments)
    )


def read(config: Config, patterns: Sequence[str] = ()) -> Suite:
    """Return the cases of a project.

    Raises:
        DojoboardsError: there are none, or some cannot be read; all problems at once.
    """
    problems: list[Problem] = []
    urls = {name: environment.grafana_url for name, environment in config.environments.items()}
    for_rules = list(_read(config.root, RULES, "rule-cases", rules.rule_cases, problems))
    for_routing = list(_read(config.root, ROUTING, "routing-cases", routing.routing_cases, problems))
    if not (for_rules or for_routing or problems):
        remedy = "docs/testing.md says how to write them"
        place = Source(str(config.root))
        problems = [Problem(f"there are no cases in {RULES}/ and {ROUTING}/", place, remedy, Exit.UNREADABLE)]
    if problems:
        raise DojoboardsError(problems)
    return Suite(config.root, for_rules, for_routing, urls, patterns)


def _read(
    root: Path, folder: str, schema: str, made: Callable[[CaseFile], Cases], problems: list[Problem]
) -> Iterator[Cases]:
    try:
        files = _files(root / folder)
    except OSError as error:
        place = Source(str(root / folder))
        problems.append(Problem(f"cannot read {folder}/: {error.strerror}", place, "", Exit.UNREADABLE))
        return
    for file in files:
        try:
            text = reading.read(file).decode()
            yield made(document.read(file.relative_to(root).as_posix(), str(file), text, schema))
        except DojoboardsError as error:
            problems.extend(error.problems)
        except (OSError, UnicodeDecodeError) as error:
            reason = reading.reason(error)
            problems.append(Problem(f"cannot read it: {reason}", Source(str(file)), "", Exit.UNREADABLE))


def _files(folder: Path) -> list[Path]:
    """Return the files of cases in a folder and below.

    Raises:
        OSError: a folder cannot be read.
    """
    found: list[Path] = []
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.name.startswith((".", "_")):
            continue
        if entry.is_dir() and not entry.is_symlink():
            found += _files(entry)
        elif entry.suffix in _ENDINGS:
            found.append(entry)
    return sorted(found)
