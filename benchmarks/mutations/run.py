"""Break DojoPool's rules and routing one by one, and count what `dojoboards lint` and `dojoboards test` notice.

    python benchmarks/mutations/run.py [COUNT] [SEED] [--all]

COUNT mutations (200) are drawn evenly over the kinds, always the same ones for a seed. Each is first linted, and only
if lint says nothing, and the build takes it, are the cases for rules and routing run. With `--all` the cases are run
for each, so that the table tells how many each of the two would notice alone. Printed are the counts by kind, and each
mutation that nothing noticed.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

from mutate import Mutation, mutations

from dojoboards import config as configuration
from dojoboards.cases import built
from dojoboards.commands.test import read
from dojoboards.compile import parts
from dojoboards.errors import DojoboardsError
from dojoboards.lint import own
from dojoboards.lint.every import CHECKS
from dojoboards.load import load
from dojoboards.model import Project
from dojoboards.trials.run import Suite, run

ROOT = Path(__file__).parents[2]
ENVIRONMENT = "prod"
ROUTING = frozenset({"continue turned", "inhibition removed", "receiver swapped", "route removed"})


def drawn(project: Project, count: int, seed: int) -> list[Mutation]:
    """Return *count* mutations, as many of each kind as there are or as fit."""
    by_kind: dict[str, list[Mutation]] = defaultdict(list)
    for mutation in mutations(project):
        by_kind[mutation.kind].append(mutation)
    chooser = random.Random(seed)  # noqa: S311  # nothing is kept secret
    for kind in by_kind.values():
        chooser.shuffle(kind)
    chosen: list[Mutation] = []
    while len(chosen) < count and any(by_kind.values()):
        for kind in by_kind.values():
            if kind and len(chosen) < count:
                chosen.append(kind.pop())
    return chosen


def linted(project: Project) -> set[tuple[str, str]]:
    """Return what lint tells, at least as a warning."""
    project, artifacts, boards, problems = parts(project)
    found = own.judgements(project, artifacts, boards, problems, list(CHECKS.values()))
    return {(one.check.id, one.finding.message) for one in found if one.check.severity != "info"}


def tested(project: Project, suite: Suite) -> bool:
    """Return whether a case fails, or promtool refuses the rules."""
    _, artifacts, _, _ = parts(project)
    try:
        outcomes = run(suite, [built.of(project, artifacts)])
    except DojoboardsError:
        return True
    return any(one.failed for one in outcomes.values())


def main() -> int:
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    count, seed = (*numbers, *(200, 1)[len(numbers) :])
    config = configuration.read(ROOT)
    project = load(config.root, config.environment(ENVIRONMENT), config.project)
    boards = tuple(project.dashboards)
    project = replace(project, dashboards=boards)
    os.environ["PATH"] = (
        f"{ROOT / '.cache/stack/bin'}{os.pathsep}{os.environ['PATH']}"  # where make stack puts promtool
    )
    suite = read(config)
    rules = replace(suite, routing=())  # what changes rules is not tried on cases for messages, which take seconds each
    if tested(project, suite):
        sys.exit("a case fails, or cannot be run, where nothing is broken: see `dojoboards test`")
    known = linted(project)
    noticed: dict[str, Counter[str]] = defaultdict(Counter)
    missed: list[Mutation] = []
    started = time.monotonic()
    for number, mutation in enumerate(drawn(project, count, seed), 1):
        by_lint = bool(linted(mutation.project) - known)
        by_test = (not by_lint or "--all" in sys.argv) and tested(
            mutation.project, suite if mutation.kind in ROUTING else rules
        )
        noticed[mutation.kind].update(all=1, lint=by_lint, test=by_test, either=by_lint or by_test)
        if not (by_lint or by_test):
            missed.append(mutation)
        if sys.stderr.isatty():
            print(f"\r{number}/{count} {time.monotonic() - started:.0f} s", end="", file=sys.stderr)
    total = sum(noticed.values(), Counter[str]())
    print(f"{'':22} {'broken':>6} {'lint':>6} {'test':>6} {'noticed':>8}")
    for kind, counts in [*sorted(noticed.items()), ("together", total)]:
        print(f"{kind:22} {counts['all']:6} {counts['lint']:6} {counts['test']:6} {counts['either']:8}")
    print(f"noticed {total['either'] / total['all']:.1%} in {time.monotonic() - started:.0f} s; not noticed:")
    for mutation in missed:
        print(f"  {mutation.kind}: {mutation.what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
