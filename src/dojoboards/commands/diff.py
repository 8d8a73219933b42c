"""`dojoboards diff`: show what a push would change."""

from __future__ import annotations

from typing import Literal

from dojoboards import report
from dojoboards.artifact import json_bytes
from dojoboards.commands.planning import planned
from dojoboards.config import Config
from dojoboards.errors import Exit

Output = Literal["text", "json", "markdown"]


def diff(
    config: Config, environment: str, *, output: Output = "text", prune: bool = False, exit_code: bool = False
) -> int:
    """Print what a push of *environment* would change. Nothing is written, and no server is asked.

    Args:
        config: The project.
        environment: Its environment's name.
        output: What is printed.
        prune: Show deletions as applied.
        exit_code: Whether the result says if changes are pending: then it is `Exit.PROBLEM`.

    Raises:
        DojoboardsError: the content has problems, `build/` is not what it gives, or a target cannot be read.
    """
    with planned(config, environment, prune=prune) as plan:
        print(_rendered(plan.report, output), end="")
        return Exit.PROBLEM if exit_code and plan.report.pending else Exit.OK


def _rendered(shown: report.Report, output: Output) -> str:
    if output == "json":
        return json_bytes(report.as_document(shown)).decode()
    if output == "markdown":
        return report.as_markdown(shown)
    return "".join(f"{line}\n" for line in report.as_text(shown))
