"""Template files of Alertmanager, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dojoboards import names
from dojoboards.report.differences.difference import Difference, What
from dojoboards.report.differences.matching import changed_runs
from dojoboards.report.differences.values import printable

DIGEST = re.compile(r"\.[0-9a-f]{12}(?=\.[^./]+$)")
"""The digest of its content that a push puts into the name of a template's file."""

_MOST_LINES = 5000
"""Longer files are not compared line by line, which would take too long."""


def compare_notification_templates(before: str, after: str) -> Iterator[Difference]:
    """Yield the runs of lines that differ; each is called by the number of its first line.

    Where only a secret differs, which both texts are without, it is told that something does.
    """
    if before == after:
        yield Difference(what="changed", where=("text",), hidden=True)
        return
    old, new = before.split("\n"), after.split("\n")
    if max(len(old), len(new)) > _MOST_LINES:
        one, other = (names.counted(len(lines), "line") for lines in (old, new))
        yield Difference(what="changed", where=("text",), before=one, after=other)
        return
    for gone, come in changed_runs(old, new):
        what: What = "changed" if gone and come else "removed" if gone else "added"
        yield Difference(
            what=what,
            where=(f"line {(gone or come).start + 1}",),
            before=_text(old, gone),
            after=_text(new, come),
            code=True,
        )


def _text(lines: Sequence[str], run: range) -> str | None:
    return printable("\n".join(lines[run.start : run.stop]), lines=True) if run else None
