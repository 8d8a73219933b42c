"""Findings as a document for machines."""

from __future__ import annotations

from typing import Any

from dojoboards.report.findings.report import FindingReport, Told


def as_document(report: FindingReport) -> dict[str, Any]:
    """Return a report as plain values."""
    return {
        "checks": len(report.checks),
        "counts": dict(report.counts),
        "environments": list(report.environments),
        "fail_on": report.fail_on,
        "findings": [_finding(one) for one in report.told],
        "ignored": report.ignored,
    }


def _finding(one: Told) -> dict[str, Any]:
    found = one.finding
    place = {"file": one.source.file, "line": one.source.line} if one.source else {}
    expression: dict[str, Any] = {"expr": found.expr} if found.expr else {}
    if found.expr and found.span:
        expression |= {"start": found.span[0], "end": found.span[1]}
    return {
        "check": one.check.id,
        "severity": one.severity,
        "message": found.message,
        "fix": found.fix,
        "environments": list(one.environments),
        **place,
        **expression,
    }
