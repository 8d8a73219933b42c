"""Progress on a terminal for what takes over a second: a bar for what is counted, a note for what is waited for."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

_PATIENCE = 1.0


@contextmanager
def counting(label: str, total: float) -> Iterator[Callable[[], None]]:
    """Give what is to be called for each of *total* things that is done.

    On a terminal, stderr shows how far it is once a second has passed.
    """
    if not sys.stderr.isatty():
        yield lambda: None
        return
    started, done = time.monotonic(), 0

    with ExitStack() as shown:
        advance: Callable[[], None] | None = None

        def count() -> None:
            nonlocal done, advance
            done += 1
            if advance is not None:
                advance()
            elif time.monotonic() - started > _PATIENCE:
                from rich.console import Console
                from rich.progress import Progress

                progress = shown.enter_context(Progress(console=Console(stderr=True), transient=True))
                advance = partial(progress.advance, progress.add_task(label, total=total, completed=done))

        yield count


@contextmanager
def waiting(label: str) -> Iterator[None]:
    """Show on stderr, on a terminal, what is waited for once a second has passed."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()

    def show() -> None:
        if done.wait(_PATIENCE):
            return
        from rich.console import Console

        with Console(stderr=True).status(label):
            done.wait()

    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
