"""Reports: what a plan says, for people and for machines. Pure, and without secrets.

`described` makes a report of plans once; `as_text`, `as_markdown` and `as_document` render it.
"""

from dojoboards.report.described import Entry, Report, TargetPlan, TargetReport, described
from dojoboards.report.differences import Difference
from dojoboards.report.document import as_document
from dojoboards.report.markdown import as_markdown
from dojoboards.report.text import as_text

__all__ = [
    "Difference",
    "Entry",
    "Report",
    "TargetPlan",
    "TargetReport",
    "as_document",
    "as_markdown",
    "as_text",
    "described",
]
