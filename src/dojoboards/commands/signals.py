"""Signals during a command: a termination ends it as Ctrl-C does, and what must not be cut short lets them all wait."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What a person, a scheduler, and a terminal that is closed send to end a command."""


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Take a termination or the end of the terminal like Ctrl-C, so that what was begun is cleaned up or put back."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    # Who was told to ignore one of them (nohup) goes on ignoring it.
    taken = [stop for stop in STOPS[1:] if signal.getsignal(stop) is not signal.SIG_IGN]
    with _handled(taken, interrupt):
        yield


@contextmanager
def finishing() -> Iterator[None]:
    """Say at the first Ctrl-C or termination that what is under way is finished; the second one ends that too."""
    told = False

    def interrupt(*_: object) -> None:
        nonlocal told
        if not told:
            told = True
            os.write(2, b"finishing what is under way; Ctrl-C once more stops at once\n")  # no print: it may be at work
        raise KeyboardInterrupt

    with _handled([stop for stop in STOPS if signal.getsignal(stop) is not signal.SIG_IGN], interrupt):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let whoever wants to end the command wait; every step inside is bounded in time."""
    with _handled(STOPS, signal.SIG_IGN):
        yield


@contextmanager
def _handled(numbers: Sequence[signal.Signals], handler: signal._HANDLER) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # only that one is told of signals
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
