"""Work shared between processes: the same function on several parts, one of them here, the others in forked children.

A child's result comes back through an anonymous file, so that it never waits for us. Where a child fails, its part is
done here after all, and whatever went wrong shows itself as it would have without children.
"""

from __future__ import annotations

import os
import pickle
import signal
import tempfile
from collections.abc import Callable, Sequence
from typing import IO, TypeVar

P = TypeVar("P")
R = TypeVar("R")


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shared(function: Callable[[P], R], parts: Sequence[P]) -> list[R]:
    """Return what *function* gives for each of *parts*, in their order; its results have to be picklable."""
    if not hasattr(os, "fork"):
        return [function(part) for part in parts]
    children = [_start(function, part) for part in parts[1:]]
    try:
        results = [function(part) for part in parts[:1]]
        for (child, file), part in zip(children, parts[1:], strict=True):
            _, status = os.waitpid(child, 0)
            file.seek(0)
            # Our own child wrote it.
            results.append(pickle.load(file) if status == 0 else function(part))  # noqa: S301
    except BaseException:
        for child, _ in children:
            _stop(child)
        raise
    finally:
        for _, file in children:
            file.close()
    return results


def _start(function: Callable[[P], R], part: P) -> tuple[int, IO[bytes]]:
    file = tempfile.TemporaryFile()  # noqa: SIM115  # it is closed by whoever reads it
    child = os.fork()
    if child:
        return child, file
    status = 1
    try:
        pickle.dump(function(part), file, pickle.HIGHEST_PROTOCOL)
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
