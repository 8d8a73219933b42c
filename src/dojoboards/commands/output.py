"""What a command prints: its result alone on stdout, and for a machine exactly one document, whatever happens."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Any

from dojoboards.artifact import json_bytes
from dojoboards.commands.signals import uninterrupted
from dojoboards.errors import DojoboardsError, Exit, Problem

Document = dict[str, Any]
"""What a machine is told; a command fills it in as it goes on."""

INTERRUPTED = Problem("interrupted", exit=Exit.INTERRUPTED)


def answered(output: str, environment: str | None, command: Callable[[Document], int]) -> int:
    """Run a command, and return its exit code.

    Where *output* is `json`, what it filled in is printed at the end as one document, also if it fails or is
    interrupted; it has the members `environment`, `problems` and `exit` besides those of the command.

    Args:
        output: What is printed.
        environment: The environment's name; None for a command that is not about one.
        command: Gets the document to fill in, and returns the exit code.
    """
    document: Document = {} if environment is None else {"environment": environment}
    if output != "json":
        return command(document)
    problems: Sequence[Problem] = ()
    code = int(Exit.PROBLEM)
    try:
        code = command(document)
    except DojoboardsError as error:
        problems, code = error.problems, error.exit
        raise
    except KeyboardInterrupt:
        problems, code = [INTERRUPTED], Exit.INTERRUPTED
        raise
    except Exception as error:  # its words may hold anything, and stderr has them
        problems = [Problem(f"{type(error).__name__}: a fault of dojoboards itself", None, "stderr says where")]
        raise
    finally:
        with uninterrupted():
            told = {"problems": [_plain(problem) for problem in problems], "exit": int(code)}
            print(json_bytes(document | told).decode(), end="", flush=True)
    return code


def _plain(problem: Problem) -> Document:
    source = {"source": str(problem.source)} if problem.source else {}
    return {"message": problem.message, "remedy": problem.remedy, "exit": int(problem.exit), **source}


@contextmanager
def content_on_stderr() -> Iterator[None]:
    """Send what content prints, and the programs that it starts, to stderr: stdout has the result and nothing else.

    Processes that are forked meanwhile do the same.
    """
    stdout = sys.stdout
    with suppress(OSError, ValueError, AttributeError):  # a stdout that is closed has nothing to lose
        stdout.flush()
    try:
        kept = os.dup(1)
        os.dup2(2, 1)
    except OSError:
        kept = -1
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        if kept >= 0:
            with suppress(OSError, ValueError, AttributeError):
                stdout.flush()
            os.dup2(kept, 1)
            os.close(kept)
