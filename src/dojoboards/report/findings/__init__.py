"""Reports of what `lint` found: for people, and in the formats that other programs read. Pure.

`merged` makes a report of judgements once; `as_text`, `as_document`, `as_sarif`, `as_junit` and `as_github` render it.
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
