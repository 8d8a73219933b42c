"""A report as text for people."""

from __future__ import annotations

from collections.abc import Iterator

from dojoboards.report.described import Entry, Report
from dojoboards.report.differences import Difference
from dojoboards.report.differences.values import printable
from dojoboards.report.words import left_out, note, revoked, sections, summary


def as_text(report: Report) -> Iterator[str]:
    """Yield the lines of a report; of what is unchanged only the number."""
    for target in report.targets:
        if not target.entries:
            continue
        yield printable(target.name)
        width = max(len(printable(entry.change.path)) for entry in target.entries)
        for entry in target.entries:
            path, remark = printable(entry.change.path), note(entry, prune=report.prune)
            yield f"  {entry.change.action:9} {path:{width}}  {remark}".rstrip()
            yield from _details(entry)
    parts = [summary(report.counts), left_out(report), revoked(report)]
    yield f"{report.environment}: {'; '.join(part for part in parts if part) or 'nothing'}"


def _details(entry: Entry) -> Iterator[str]:
    for heading, found in sections(entry):
        if heading:
            yield f"      {heading}{':' if found else ''}"
        for difference in found:
            yield from _lines(difference, "        " if heading else "      ")


def _lines(difference: Difference, indent: str) -> Iterator[str]:
    what = difference.what.upper() if difference.revokes else difference.what
    start = f"{indent}{what:8} {', '.join(difference.where)}"
    remark = f" ({difference.note})" if difference.note else ""
    if difference.hidden:
        yield f"{start}: not shown{remark}"
    elif difference.code:
        yield f"{start}{remark}"
        for mark, value in (("-", difference.before), ("+", difference.after)):
            for line in value.split("\n") if value is not None else ():
                yield f"{indent}         {mark} {line}".rstrip()
    else:
        values = [value for value in (difference.before, difference.after) if value is not None]
        yield f"{start}{': ' if values else ''}{' -> '.join(values)}{remark}"
