"""Commands of their own, which a test can stop in the middle of their work."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Start = Callable[..., subprocess.Popen[str]]


@contextmanager
def starting(root: Path, *, alone: bool = False) -> Iterator[Start]:
    """Give what starts a command on the project at *root*; all are ended at the end.

    They can be interrupted, whatever started the tests ignores.

    Args:
        root: The project's directory.
        alone: Whether each is in a session of its own.
    """
    running: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "dojoboards", "-C", str(root), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=alone,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
        running.append(process)
        return process

    try:
        yield begin
    finally:
        for process in running:
            process.kill()
            process.communicate()
