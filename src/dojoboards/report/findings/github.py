"""Findings as commands of GitHub's workflows, which it shows as annotations of the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from dojoboards.report.differences.values import printable
from dojoboards.report.findings.report import FindingReport, Told
from dojoboards.report.findings.text import summary

_COMMANDS = {"info": "notice", "warning": "warning", "error": "error"}


def as_github(report: FindingReport) -> Iterator[str]:
    """Yield a line for each finding, then how many there are."""
    yield from (_command(one, report) for one in report.told)
    yield summary(report)


def _command(one: Told, report: FindingReport) -> str:
    properties = {"title": one.check.id}
    if one.source:
        properties = {"file": one.source.file, "line": str(max(one.source.line, 1)), **properties}
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    lines = [one.finding.message, one.finding.fix]
    if len(report.environments) > len(one.environments) > 0:
        lines.append(f"only in {', '.join(one.environments)}")
    return f"::{_COMMANDS[one.severity]} {given}::{_data(chr(10).join(filter(None, lines)))}"


def _data(text: str) -> str:
    return printable(text, lines=True).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
