"""Findings as text for people."""

from __future__ import annotations

from collections.abc import Iterator

from dojoboards import names
from dojoboards.expressions import shown
from dojoboards.lint import Severity
from dojoboards.report.differences.values import printable
from dojoboards.report.findings.report import FindingReport, Told

_COLOURS = {"info": 36, "warning": 33, "error": 31}


def as_text(report: FindingReport, *, coloured: bool = False) -> Iterator[str]:
    """Yield the lines of a report: each finding with its place, then how many there are.

    Args:
        report: What was found.
        coloured: Whether severities have colours, and the places stand out.
    """
    for one in report.told:
        yield from _finding(one, report, coloured=coloured)
    yield summary(report)


def summary(report: FindingReport) -> str:
    """Return how much was found, in one line."""
    counts = [_count(number, severity) for severity, number in report.counts.items() if number]
    ignored = [f"{report.ignored} ignored"] if report.ignored else []
    where = f"{', '.join(report.environments)}: " if report.environments else ""
    found = ", ".join([*(counts or ["nothing found"]), *ignored])
    return f"{where}{found} ({_count(len(report.checks), 'check')})"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if word == "info" else names.counted(number, word)


def _finding(one: Told, report: FindingReport, *, coloured: bool) -> Iterator[str]:
    place = f"{printable(str(one.source))}: " if one.source else ""
    message = printable(one.finding.message)
    if coloured:
        yield f"\x1b[1m{place}\x1b[0m{_painted(one.severity)}: {message} \x1b[2m({one.check.id})\x1b[0m"
    else:
        yield f"{place}{one.severity}: {message} ({one.check.id})"
    yield from (f"    {line}".rstrip() for line in shown(one.finding.expr, one.finding.span))
    if one.finding.fix:
        yield f"    {printable(one.finding.fix)}"
    if len(report.environments) > len(one.environments) > 0:
        yield f"    only in {', '.join(one.environments)}"


def _painted(severity: Severity) -> str:
    return f"\x1b[{_COLOURS[severity]}m{severity}\x1b[0m"
