"""Findings as JUnit's XML, which continuous integration shows as tests: one for each check."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from dojoboards.lint import Check
from dojoboards.report.findings.report import FindingReport, Told
from dojoboards.report.findings.text import summary

# What XML 1.0 has no way to write, not even as an escape.
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(report: FindingReport) -> str:
    """Return a report as XML: a check passes unless it found what is a failure; what else it found is its output."""
    by_check: dict[str, list[Told]] = {check.id: [] for check in report.checks}
    checks = {check.id: check for check in (*report.checks, *(one.check for one in report.told))}
    for one in report.told:
        by_check.setdefault(one.check.id, []).append(one)
    failures = sum(any(report.fails(one) for one in found) for found in by_check.values())
    counts = {"tests": str(len(by_check)), "failures": str(failures), "errors": "0", "skipped": "0"}
    suites = ET.Element("testsuites", {"name": "dojoboards lint", **counts})
    suite = ET.SubElement(suites, "testsuite", {"name": "dojoboards lint", **counts, "time": "0"})
    for id in sorted(by_check):
        _case(suite, checks[id], by_check[id], report)
    ET.SubElement(suite, "system-out").text = _text(summary(report))
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _case(suite: ET.Element, check: Check, found: list[Told], report: FindingReport) -> None:
    area = check.id.partition("/")[0]
    case = ET.SubElement(suite, "testcase", {"name": check.id, "classname": f"lint.{area}", "time": "0"})
    for one in found:
        if report.fails(one):
            message = _text(_line(one))
            ET.SubElement(case, "failure", {"message": message, "type": one.severity}).text = _text(_told(one, report))
    if others := [_told(one, report) for one in found if not report.fails(one)]:
        ET.SubElement(case, "system-out").text = _text("\n".join(others))


def _line(one: Told) -> str:
    return f"{one.source}: {one.finding.message}" if one.source else one.finding.message


def _told(one: Told, report: FindingReport) -> str:
    only = f"only in {', '.join(one.environments)}" if len(report.environments) > len(one.environments) > 0 else ""
    return "\n".join(filter(None, [f"{one.severity}: {_line(one)}", one.finding.expr, one.finding.fix, only]))


def _text(text: str) -> str:
    return _IMPOSSIBLE.sub("\N{REPLACEMENT CHARACTER}", text)
