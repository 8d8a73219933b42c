"""What somebody decided to live with: findings of checks that are not told, and why."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from dojoboards.errors import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """Findings of one check that are not told, by a comment in content or in `dojoboards.yaml`.

    Args:
        check: The id of the check.
        reason: Why; without one it does not count.
        of: A pattern for a name that the message has in quotes, or for the file; empty is any.
        file: Only what is found in this file; empty is any.
        lines: Only what is found on these of its lines; None is any.
        source: Where it is written.
    """

    check: str
    reason: str
    of: str = ""
    file: str = ""
    lines: Container[int] | None = field(default=None, compare=False)
    source: Source
