"""One difference between two versions of an artifact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

What = Literal["added", "removed", "changed", "moved", "renamed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is different in the second of two versions of an artifact.

    All texts are printable and hold no secret. None of them but *before* and *after* of *code* has line ends.

    Args:
        what: What happened to it.
        where: What it is, from the outside in: `("alert ServiceDown", "for")`.
        before: Its former value; None where it was not there, or where a value says nothing.
        after: Its new value; None where it is gone, or where a value says nothing.
        code: Whether the values are expressions or lines of a file, which are shown whole.
        note: What else is worth knowing.
        revokes: Whether it takes a permission away from somebody, or a part of it.
        hidden: Whether the values are not shown, because they are or hold secrets.
    """

    what: What
    where: tuple[str, ...]
    before: str | None = None
    after: str | None = None
    code: bool = False
    note: str = ""
    revokes: bool = False
    hidden: bool = False
