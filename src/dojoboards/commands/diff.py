"""`dojoboards diff`: show what a push would change."""

from __future__ import annotations

from typing import Literal

from dojoboards import report
from dojoboards.commands.output import Document
from dojoboards.commands.planning import Decisions, planned
from dojoboards.config import Config
from dojoboards.errors import Exit

Output = Literal["text", "json", "markdown"]


def diff(
    config: Config,
    environment: str,
    decisions: Decisions | None = None,
    *,
    output: Output = "text",
    exit_code: bool = False,
    document: Document | None = None,
) -> int:
    """Print what a push of *environment* would change. Nothing is written, and no server of a directory is asked.

    Args:
        config: The project.
        environment: Its environment's name.
        decisions: Those of the push.
        output: What is printed; with `json` nothing, since that is in the document.
        exit_code: Whether the result says if changes are pending: then it is `Exit.PROBLEM`.
        document: Filled in with the plan.

    Raises:
        DojoboardsError: the content has problems, `build/` is not what it gives, or a target cannot be read.
    """
    with planned(config, environment, decisions, asks=False) as plan:
        if document is not None:
            document |= report.as_document(plan.report)
        if output == "markdown":
            print(report.as_markdown(plan.report), end="")
        elif output == "text":
            print("\n".join(report.as_text(plan.report)))
        return Exit.PROBLEM if exit_code and plan.report.pending else Exit.OK
