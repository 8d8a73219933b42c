"""Places, problems, the one exception, and the exit codes.

`DojoboardsError` carries every problem that was found before stopping; the worst of them decides the exit code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

_OWN = (str(Path(__file__).parent), "<")


class Exit(IntEnum):
    """Exit codes of the command line."""

    OK = 0
    PROBLEM = 1
    """Problems found, a change refused and rolled back, or drift and conflict that stopped a push."""
    UNREADABLE = 2
    """Wrong usage, content or configuration that cannot be read, a disk that is full."""
    UNREACHABLE = 3
    """A server that cannot be reached or does not let us in."""
    PARTIAL = 4
    """Some changes were applied and some were not."""
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A place in a file: an absolute or project-relative path and a line counted from 1 (0: the whole file)."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


def calling_source(skip: tuple[str, ...] = ()) -> Source:
    """Return the innermost place on the stack that is neither in this package nor in a file below one of *skip*.

    Code that a library generates (its file name starts with `<`) is passed over too.
    """
    frame = sys._getframe(1)  # noqa: SLF001  # the one way that costs nothing
    prefixes = (*_OWN, *skip) if skip else _OWN
    while (back := frame.f_back) is not None and frame.f_code.co_filename.startswith(prefixes):
        frame = back
    return Source(frame.f_code.co_filename, frame.f_lineno)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a user has to know or mend.

    Args:
        message: What is wrong, in one sentence, naming the thing.
        source: Where it was written, where that is known.
        remedy: What to do about it; may be empty.
        exit: The exit code this problem asks for.
    """

    message: str
    source: Source | None = None
    remedy: str = ""
    exit: Exit = Exit.PROBLEM

    def __str__(self) -> str:
        place = f"{self.source}: " if self.source else ""
        remedy = f"\n    {self.remedy}" if self.remedy else ""
        return f"{place}{self.message}{remedy}"


class DojoboardsError(Exception):
    """Everything that was found wrong before stopping, sorted by place.

    Args:
        problems: At least one problem.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(dict.fromkeys(problems), key=_place))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @property
    def exit(self) -> Exit:
        """The gravest exit code among the problems."""
        return max((problem.exit for problem in self.problems), default=Exit.PROBLEM)


def _place(problem: Problem) -> tuple[str, int, str]:
    source = problem.source or Source("")
    return source.file, source.line, problem.message
