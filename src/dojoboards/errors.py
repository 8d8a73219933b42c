"""Places, problems, the one exception, and the exit codes.

`DojoboardsError` carries every problem that was found before stopping; the worst of them decides the exit code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import total_ordering
from pathlib import Path
from types import CodeType, FrameType

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


@total_ordering
class Source:
    """A place in a file; immutable, compared by what it names.

    Args:
        file: An absolute or project-relative path.
        line: Counted from 1; 0 is the whole file.
    """

    __slots__ = ("_line", "file")

    def __init__(self, file: str, line: int = 0) -> None:
        self.file = file
        self._line: int | tuple[CodeType, int] = line

    @classmethod
    def of_frame(cls, frame: FrameType) -> Source:
        """Return the place where *frame* is; its line is looked up when it is asked for."""
        code = frame.f_code
        source = cls(code.co_filename)
        # Python finds a line by counting from the code's start: for each panel of a long module, that adds up.
        source._line = (code, frame.f_lasti)
        return source

    @property
    def line(self) -> int:
        """The line, counted from 1; 0 is the whole file."""
        if isinstance(self._line, tuple):
            code, offset = self._line
            lines = (line for start, end, line in code.co_lines() if start <= offset < end)
            self._line = next(lines, 0) or 0
        return self._line

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    def __repr__(self) -> str:
        return f"Source({self.file!r}, {self.line})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and (self.file, self.line) == (other.file, other.line)

    def __lt__(self, other: Source) -> bool:
        return (self.file, self.line) < (other.file, other.line)

    def __hash__(self) -> int:
        return hash((self.file, self.line))

    def __reduce__(self) -> tuple[type[Source], tuple[str, int]]:
        return Source, (self.file, self.line)


def calling_source(skip: tuple[str, ...] = ()) -> Source:
    """Return the innermost place on the stack that is neither in this package nor in a file below one of *skip*.

    Code that a library generates (its file name starts with `<`) is passed over too.
    """
    frame = sys._getframe(1)  # noqa: SLF001  # the one way that costs nothing
    while (back := frame.f_back) is not None:
        file = frame.f_code.co_filename
        passed = _passed.get(file)
        if passed is None:
            passed = _passed[file] = file.startswith(_OWN)
        if not passed and not (skip and file.startswith(skip)):
            break
        frame = back
    return Source.of_frame(frame)


_passed: dict[str, bool] = {}
"""Of each file that was on the stack, whether it is passed over; asking costs less than comparing."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a user has to know or mend.

    Args:
        message: What is wrong, in one sentence, naming the thing.
        source: Where it was written, where that is known.
        remedy: What to do about it; may be empty.
        exit: The exit code this problem asks for.
        expr: The expression in which it stands, to be shown.
        span: Where in *expr* the offending part stands: the first character and the one behind the last.
    """

    message: str
    source: Source | None = None
    remedy: str = ""
    exit: Exit = Exit.PROBLEM
    expr: str = ""
    span: tuple[int, int] | None = None

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
