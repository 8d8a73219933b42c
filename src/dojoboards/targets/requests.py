"""What is the same in every request to a server's API: when it is sent again, and how a part of its path is written."""

from __future__ import annotations

import random
from http import HTTPStatus
from urllib.parse import quote

BUSY = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Answers that may be others a moment later."""

_FIRST_PAUSE, _LONGEST_PAUSE, _LONGEST_WAIT = 0.25, 8.0, 30.0


def pause_before(attempt: int, asked: float = 0.0) -> float:
    """Return the seconds to wait before a request is sent again: each time twice as many, spread at random.

    Args:
        attempt: How often it was sent again before.
        asked: How many the server asks for, which is at most half a minute.
    """
    step: float = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)
    return max(min(asked, _LONGEST_WAIT), step * random.uniform(0.5, 1.0))  # noqa: S311  # it only spreads the load


def asked_for(header: str | None) -> float:
    """Return the seconds of a `Retry-After`; a date, which hardly a server sends, counts as none."""
    try:
        return max(float(header or 0), 0.0)
    except ValueError:
        return 0.0


def attempts(retries: int) -> str:
    """Return what a message adds about how often a request was sent; nothing where it was once."""
    return f" ({retries + 1} attempts)" if retries else ""


def part(text: str) -> str:
    """Return *text* as one part of a path."""
    return quote(text, safe="")
