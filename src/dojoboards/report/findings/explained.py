"""Checks as text: which there are, and what one is about."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from dojoboards.lint import Check
from dojoboards.lint.documented import documentation

_WIDTH = 96


def listed(checks: Iterable[Check]) -> Iterator[str]:
    """Yield a line for each check: its id, how grave what it finds is, and how things should be."""
    ordered = sorted(checks, key=lambda check: check.id)
    width = max((len(check.id) for check in ordered), default=0)
    for check in ordered:
        yield f"{check.id:{width}}  {check.severity:7}  {documentation(check).rule}"


def explained(check: Check) -> Iterator[str]:
    """Yield the lines of what a check is about: how things should be, why, and examples."""
    told = documentation(check)
    yield f"{check.id} ({check.severity})"
    yield from ("", told.rule)
    if told.why:
        yield ""
        yield from _wrapped(told.why, "")
    for word, text in told.examples:
        yield from ("", f"{word}:")
        yield from _wrapped(text, "    ")


def _wrapped(text: str, indent: str) -> Iterator[str]:
    """Yield text in lines; what is indented, such as code, stays as it is."""
    for paragraph in text.split("\n\n"):
        lines = paragraph.split("\n")
        if any(line.startswith(" ") for line in lines):
            yield from (f"{indent}{line}".rstrip() for line in lines)
        else:
            yield from textwrap.wrap(
                " ".join(lines),
                _WIDTH,
                initial_indent=indent,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
