"""Findings as SARIF 2.1.0, which code scanning reads."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from dojoboards.lint import Check, Severity
from dojoboards.lint.documented import documentation
from dojoboards.report.findings.report import FindingReport, Told

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
"""The schema that the document names."""

_LEVELS: dict[Severity, str] = {"info": "note", "warning": "warning", "error": "error"}


def as_sarif(report: FindingReport, *, version: str) -> dict[str, Any]:
    """Return a report as the document of a SARIF log.

    Args:
        report: What was found.
        version: That of dojoboards.
    """
    checks = {check.id: check for check in (*report.checks, *(one.check for one in report.told))}
    ids = sorted(checks)
    driver = {"name": "dojoboards", "version": version, "rules": [_rule(checks[id]) for id in ids]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, ids.index(one.check.id)) for one in report.told],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(check: Check) -> dict[str, Any]:
    told = documentation(check)
    examples = [f"{word}: {text}" for word, text in told.examples]
    return {
        "id": check.id,
        "shortDescription": {"text": told.rule},
        "fullDescription": {"text": " ".join((told.why or told.rule).split())},
        "help": {"text": "\n".join(filter(None, [told.rule, told.why, *examples]))},
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
    }


def _result(one: Told, index: int) -> dict[str, Any]:
    found = one.finding
    result: dict[str, Any] = {
        "ruleId": one.check.id,
        "ruleIndex": index,
        "level": _LEVELS[one.severity],
        "message": {"text": "\n".join(filter(None, [found.message, found.expr, found.fix]))},
        "properties": {"environments": list(one.environments)},
    }
    if one.source:
        physical: dict[str, Any] = {"artifactLocation": _file(one.source.file)}
        if one.source.line:
            physical["region"] = {"startLine": one.source.line}
        result["locations"] = [{"physicalLocation": physical}]
    return result


def _file(path: str) -> dict[str, str]:
    """Return where a file is: below the root of the repository, or anywhere."""
    if path.startswith("/"):
        return {"uri": PurePosixPath(path).as_uri()}
    return {"uri": quote(path), "uriBaseId": "%SRCROOT%"}
