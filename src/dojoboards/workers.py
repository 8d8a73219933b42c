"""Work shared between processes: the same function on several parts, done here and in forked children.

Each process takes the next part when it is done with one, so that none waits for another that has less of a processor.
A child's results come back through an anonymous file, so that it never waits for us. What a child that fails has taken
is done here after all, and whatever went wrong shows itself as it would have without children.
"""

from __future__ import annotations

import os
import pickle
import signal
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, TypeVar

P = TypeVar("P")
R = TypeVar("R")


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


MOST_PARTS = 256
"""As many as one byte can number."""


def shared(function: Callable[[P], R], parts: Sequence[P], processes: int) -> list[R]:
    """Return what *function* gives for each of *parts*, in their order.

    Args:
        function: What is to be done; its results have to be picklable.
        parts: At most `MOST_PARTS`.
        processes: How many processes work, this one included.
    """
    if len(parts) > MOST_PARTS:
        raise ValueError(f"{len(parts)} parts are more than {MOST_PARTS}")
    helpers = min(processes, len(parts)) - 1
    if helpers <= 0 or not hasattr(os, "fork"):
        return [function(part) for part in parts]
    tickets, given = os.pipe()
    os.write(given, bytes(range(len(parts))))
    os.close(given)

    def work() -> dict[int, R]:
        done: dict[int, R] = {}
        while ticket := os.read(tickets, 1):
            done[ticket[0]] = function(parts[ticket[0]])
        return done

    children: list[tuple[int, IO[bytes]]] = []
    try:
        with suppress(OSError):  # no process or no file is to be had: fewer do it too
            children.extend(_start(work) for _ in range(helpers))
        done = work()
        for child, file in children:
            _, status = os.waitpid(child, 0)
            if status == 0:
                file.seek(0)
                done |= pickle.load(file)  # noqa: S301  # our own child wrote it
        return [done[index] if index in done else function(part) for index, part in enumerate(parts)]
    except BaseException:
        for child, _ in children:
            _stop(child)
        raise
    finally:
        os.close(tickets)
        for _, file in children:
            file.close()


def _start(work: Callable[[], object]) -> tuple[int, IO[bytes]]:
    file = tempfile.TemporaryFile()  # noqa: SIM115  # it is closed by whoever reads it
    try:
        child = os.fork()
    except OSError:
        file.close()
        raise
    if child:
        return child, file
    status = 1
    try:
        pickle.dump(work(), file, pickle.HIGHEST_PROTOCOL)
        file.flush()
        status = 0
    finally:
        os._exit(status)  # without the parent's clean-up, and without a traceback: the parent does the part again


def _stop(child: int) -> None:
    try:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    except (ProcessLookupError, ChildProcessError):
        pass  # it has ended
