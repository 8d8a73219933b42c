"""Cases for rules, as promtool judges them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from dojoboards.cases import said
from dojoboards.cases.jobs import Piece
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.trials.programs import Done, Programs, find
from dojoboards.workers import processors

_PLACE = re.compile(r"\S*/[0-9]+-[0-9]+\.rules: (?:[0-9]+:[0-9]+: )?")
"""A place in a file of ours that nobody knows: the group and the rule are named behind it."""
# One process for each core, which collects garbage less often than usual.
_VARIABLES = {"GOGC": "200", "GOMAXPROCS": "1"}


@dataclass(frozen=True)
class Judging:
    """promtool at work.

    Args:
        command: How it is called, without files.
        shares: What each process has to do, by its files.
        running: The processes.
    """

    command: Sequence[str]
    shares: Sequence[Mapping[Path, Piece]]
    running: Sequence[Future[Done]]


def begin(programs: Programs, directory: Path, pieces: Sequence[Piece]) -> Judging:
    """Let promtool judge *pieces*, which are written into an empty directory.

    Raises:
        DojoboardsError: promtool is not on the PATH.
    """
    if not pieces:
        return Judging((), (), ())
    command = [find("promtool", "cases for rules"), "test", "rules"]
    files = {_written(directory / str(number), piece): piece for number, piece in enumerate(pieces)}
    paths = sorted(files, key=lambda path: -len(files[path].cases["tests"]))
    count = min(processors(), len(paths))
    shares = [{path: files[path] for path in paths[share::count]} for share in range(count)]
    running = [programs.start([*command, *map(str, share)], _VARIABLES) for share in shares]
    return Judging(command, shares, running)


def _written(stem: Path, piece: Piece) -> Path:
    names = []
    for number, rules in enumerate(piece.rules):
        file = stem.with_name(f"{stem.name}-{number}.rules")
        file.write_text(rules, encoding="utf-8")
        names.append(file.name)
    cases = stem.with_name(f"{stem.name}.yml")
    cases.write_text(json.dumps({"rule_files": names, **piece.cases}), encoding="utf-8")
    return cases


def end(programs: Programs, judging: Judging, root: Path) -> dict[int, list[said.Failure]]:
    """Return what failed, by the number of the test group.

    Raises:
        DojoboardsError: promtool could not judge some of it.
    """
    failures: dict[int, list[said.Failure]] = {}
    problems: list[Problem] = []
    for share, running in zip(judging.shares, judging.running, strict=True):
        done = running.result()
        heard = said.read(done.stderr)
        if done.code and (heard.rest or not heard.failures):
            problems.extend(_alone(programs, judging.command, share, root))
        for failure in heard.failures:
            failures.setdefault(failure.group, []).append(failure)
    if problems:
        raise DojoboardsError(problems)
    return failures


def _alone(programs: Programs, command: Sequence[str], share: Mapping[Path, Piece], root: Path) -> list[Problem]:
    """Return what promtool says about files besides the checks that failed: file by file, since it names none."""
    runs = [(piece, programs.start([*command, str(path)], _VARIABLES)) for path, piece in share.items()]
    problems = []
    for piece, running in runs:
        done = running.result()
        heard = said.read(done.stderr)
        if done.code and (heard.rest or not heard.failures):
            said_besides = _PLACE.sub("", heard.rest or done.stdout) or f"it ends with {done.code}"
            words = " ".join(said_besides.split())
            problems.append(Problem(f"promtool: {words}", Source(str(root / piece.file)), "", Exit.UNREADABLE))
    return problems or [Problem("promtool failed, and not again", None, "run it once more", Exit.UNREADABLE)]
