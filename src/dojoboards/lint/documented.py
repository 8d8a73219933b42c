"""The documentation of a check, taken out of its docstring: its first line, why, bad and good examples."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import NamedTuple

from dojoboards.lint.registry import Check

_EXAMPLE = re.compile(r"(?:^|(?<=\s))(Bad|Good): ?")


class Documentation(NamedTuple):
    """What a check's docstring says.

    Args:
        rule: Its first line: how things should be.
        why: Paragraphs, with the lines as they were written.
        examples: `Bad` or `Good`, each with its text.
    """

    rule: str
    why: str
    examples: Sequence[tuple[str, str]]


def documentation(check: Check) -> Documentation:
    """Return what the docstring of a check says."""
    rule, _, rest = inspect.cleandoc(check.function.__doc__ or "").partition("\n")
    why, *parts = _EXAMPLE.split(rest)
    texts = [text.strip().removesuffix(".") for text in parts[1::2]]
    return Documentation(rule, why.strip("\n").rstrip(), list(zip(parts[::2], texts, strict=True)))
