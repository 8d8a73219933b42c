"""Several requests at once: a bounded number of threads that an interruption does not wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def pooled(function: Callable[[T], R], items: Iterable[T], many: int, *, finishes: bool = True) -> Iterator[R]:
    """Yield what *function* gives for each of *items*, in their order, at most *many* at once.

    When one fails, the caller goes away or Ctrl-C is pressed, those under way are waited for and no other begins.
    A second Ctrl-C ends the waiting too. Without *finishes* they are not waited for: nothing may depend on their end.
    """
    todo = [(Future[R](), item) for item in items]
    todo.reverse()
    waiting = [future for future, _ in todo]

    def work() -> None:
        while todo:
            with suppress(IndexError):  # another thread took the last one
                _do(function, *todo.pop())

    try:
        for _ in range(min(many, len(todo))):
            # Nobody waits for these threads themselves: an executor loses one that Ctrl-C meets as it starts.
            threading.Thread(target=work, daemon=True).start()
        while waiting:
            result = waiting[-1].result()
            waiting.pop()
            yield result
    finally:
        under_way = [future for future in waiting if not future.cancel()]
        if finishes:
            wait(under_way)


def _do(function: Callable[[T], R], future: Future[R], item: T) -> None:
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(function(item))
        except BaseException as error:
            future.set_exception(error)
