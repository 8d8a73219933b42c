"""The examples on a page of the documentation: files of one project, and what commands say about it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^<!-- (\w+): (.+?) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Page(NamedTuple):
    """A page.

    Args:
        files: The text of each file of its project.
        shown: What else it shows: what it is, of what, and the text.
    """

    files: dict[str, str]
    shown: list[tuple[str, str, str]]


def page(name: str) -> Page:
    """Return the marked blocks of a page."""
    blocks: list[tuple[str, str, str]] = BLOCK.findall((DOCS / name).read_text(encoding="utf-8"))
    files = {what: text for kind, what, text in blocks if kind == "example"}
    return Page(files, [block for block in blocks if block[0] != "example"])
