"""Programs that are run beside each other, and all end when one of them cannot go on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.workers import processors

_TIMEOUT = 300.0

_FOUND_IN = {
    "promtool": ("promtool",),
    "amtool": ("amtool",),
    "alertmanager": ("alertmanager", "prometheus-alertmanager"),
}
_COMES_WITH = {
    "promtool": "it comes with Prometheus, 2.45 or newer",
    "amtool": "it comes with Alertmanager, 0.28 or newer",
    "alertmanager": "it has to be 0.28 or newer",
}


def find(program: str, why: str) -> str:
    """Return the path of a program.

    Args:
        program: `promtool`, `amtool` or `alertmanager`.
        why: What it is needed for.

    Raises:
        DojoboardsError: it is not on the PATH.
    """
    for name in _FOUND_IN[program]:
        if path := shutil.which(name):
            return path
    message = f"{program} is not on the PATH, and {why} need it"
    raise DojoboardsError([Problem(message, None, f"install it: {_COMES_WITH[program]}", Exit.UNREADABLE)])


@dataclass(frozen=True, slots=True)
class Done:
    """What a program did: its exit code, and what it said."""

    code: int
    stdout: str
    stderr: str


class Programs:
    """Runs programs, as many at once as there are processors; all are ended when the block is left by an exception."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(processors())
        self._running: set[subprocess.Popen[str]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            for process in tuple(self._running):
                process.kill()
        self._threads.shutdown()

    def start(self, command: Sequence[str], variables: Mapping[str, str] | None = None) -> Future[Done]:
        """Run a program as soon as there is a processor for it.

        Args:
            command: The program and its arguments.
            variables: More of its environment variables.
        """
        return self._threads.submit(self._run, command, variables or {})

    def _run(self, command: Sequence[str], variables: Mapping[str, str]) -> Done:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env={**os.environ, **variables},
        )
        self._running.add(process)
        try:
            stdout, stderr = process.communicate(timeout=_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            stdout, stderr = process.communicate()
            stderr += f"\nit did not end within {_TIMEOUT:g} seconds"
        finally:
            self._running.discard(process)
        return Done(process.returncode, stdout, stderr)
