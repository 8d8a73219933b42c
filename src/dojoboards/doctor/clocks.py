"""Does a server's clock agree with ours?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from dojoboards.doctor.finding import Finding, note, ok, span, warning
from dojoboards.targets.servers import Answer, Client

MOST_SECONDS = 5.0
"""HTTP's dates are whole seconds, and an answer takes its time."""


def clock(server: Client, path: str) -> Iterator[Finding]:
    """Yield by how much a server's clock is off, from the date of what it answers at *path*.

    Raises:
        DojoboardsError: there is no answer.
    """
    before = time.time()
    answer = server.exchange("GET", path)
    yield from judged(answer, before, time.time())


def judged(answer: Answer, before: float, after: float) -> Iterator[Finding]:
    """Yield by how much the date of an answer is off.

    Args:
        answer: The answer.
        before: When it was asked for, by our clock.
        after: When it was there.
    """
    try:
        moment = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (TypeError, ValueError):
        yield note("clock", "it does not tell the time")
        return
    skew = before - moment - 1 if moment + 1 < before else max(moment - after, 0.0)
    if skew > MOST_SECONDS:
        what = "behind" if moment < before else "ahead of"
        remedy = "synchronise both clocks (NTP): samples, silences and `for` durations depend on them"
        yield warning("clock", f"it is {span(skew)} {what} this machine's", remedy)
    else:
        yield ok("clock", "agrees with this machine's")
