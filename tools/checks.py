"""Write `docs/checks.md`: every check of `dojoboards lint`, and what of other linters' rules it covers.

    python tools/checks.py

`make checks` runs it. The checks are documented by their docstrings; `checks.yml` says what covers what. What that
names must be there, else nothing is written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from dojoboards.lint import Check, own
from dojoboards.lint.documented import documentation
from dojoboards.lint.every import CHECKS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/checks.md"
START = ROOT / "tools/checks.md"

EVERY = {**CHECKS, **own.OWN}


@cache
def compared() -> dict[str, dict[str, Any]]:
    """Return, by the name of another linter, what it is and its rules, each with what covers it or why nothing does."""
    loaded: dict[str, dict[str, Any]] = yaml.load((ROOT / "tools/checks.yml").read_text(), yaml.CSafeLoader)
    return loaded


def problems() -> Iterator[str]:
    """Yield what `checks.yml` names and is no check, and what it leaves open."""
    for tool, told in compared().items():
        for rule, row in told["rules"].items():
            for id in row.get("checks", ()):
                if id not in EVERY:
                    yield f"{tool}, {rule}: there is no check {id}"
            if not row.get("checks") and not row.get("why"):
                yield f"{tool}, {rule}: neither covered nor left out for a reason"


def page() -> str:
    """Return the text of `docs/checks.md`."""
    return "\n".join([START.read_text(), *_table(), *_sections(), *_compared()])


def _ordered() -> list[Check]:
    return [EVERY[id] for id in sorted(EVERY)]


def _table() -> Iterator[str]:
    yield "## All checks\n"
    yield f"{len(EVERY)} checks, by area.\n"
    yield "| | | |\n|---|---|---|"
    for check in _ordered():
        yield f"| {_link(check.id)} | {check.severity} | {_cell(documentation(check).rule)} |"
    yield ""


def _sections() -> Iterator[str]:
    for area, checks in groupby(_ordered(), key=lambda check: check.id.partition("/")[0]):
        yield f"## {area}\n"
        for check in checks:
            yield from _section(check)


def _section(check: Check) -> Iterator[str]:
    told = documentation(check)
    yield f"### {check.id}\n"
    yield f"*{check.severity}*: {told.rule}\n"
    if told.why:
        yield f"{told.why}\n"
    for word, text in told.examples:
        yield f"- **{word}:** {_indented(text)}"
    yield ""


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.split("\n")).lstrip()


def _compared() -> Iterator[str]:
    for tool, told in compared().items():
        yield f"## Beside {tool}\n"
        yield f"{told['about'].strip()}\n"
        yield "| rule | what it asks | covered by |\n|---|---|---|"
        for rule, row in told["rules"].items():
            covered = ", ".join(map(_link, row.get("checks", ())))
            yield f"| {rule} | {_cell(row['asks'])} | {'; '.join(filter(None, [covered, _cell(row.get('why', ''))]))} |"
        yield ""


def _link(id: str) -> str:
    return f"[`{id}`](#{id.replace('/', '')})"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def main() -> int:
    if found := list(problems()):
        print("\n".join(found))
        return 1
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
