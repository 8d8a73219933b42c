"""Reports of what `lint` found: for people, and in the formats that other programs read. Pure.

    report = merged({"staging": judgements, "prod": judgements}, checks=..., fail_on="warning")
    as_text(report), as_document(report), as_sarif(report), as_junit(report), as_github(report)
"""

from dojoboards.report.findings.document import as_document
from dojoboards.report.findings.explained import explained, listed
from dojoboards.report.findings.github import as_github
from dojoboards.report.findings.junit import as_junit
from dojoboards.report.findings.report import FindingReport, Told, merged
from dojoboards.report.findings.sarif import as_sarif
from dojoboards.report.findings.text import as_text

__all__ = [
    "FindingReport",
    "Told",
    "as_document",
    "as_github",
    "as_junit",
    "as_sarif",
    "as_text",
    "explained",
    "listed",
    "merged",
]
