"""A report as Markdown for a comment on a pull request.

Whatever was not written here stands in code, where Markdown, HTML and mentions mean nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from dojoboards.plan import Action
from dojoboards.report.described import Entry, Report, TargetReport
from dojoboards.report.differences import Difference
from dojoboards.report.differences.values import cut, printable
from dojoboards.report.words import left_out, note, revoked, sections, summary

LIMIT = 60_000
"""Characters; GitHub refuses a comment of more than 65,536."""

_MOST_OF_ONE = 15_000
"""Characters for one change, so that it does not crowd out the others."""

_RESERVE = 1_000
"""Characters for what closes the text, and says what was left out."""

_LONGEST_NAME = 500
_DIGITS = 10
_BREAK = "\n"
_CLOSE = "\n</details>\n"
_MORE = "\nAnd {} more.\n"


def as_markdown(report: Report) -> str:
    """Return a report as Markdown: a summary, then for each target and each change a section that can be opened."""
    counted = "; ".join(part for part in (summary(report.counts), left_out(report)) if part)
    start = f"### dojoboards: {_code(report.environment)}\n\n**{counted or 'nothing'}**\n"
    if words := revoked(report):
        start += f"\n> **This {words}.**\n"
    blocks = [start]
    room = LIMIT - len(start) - _RESERVE
    cut_short = 0
    for target in report.targets:
        if not target.entries:
            continue
        head = _head(target)
        room -= len(head) + len(_CLOSE)
        found: list[str] = []
        for entry in target.entries:
            block, is_whole = _entry(entry, min(room, _MOST_OF_ONE), prune=report.prune)
            fits = len(block) <= room
            cut_short += not (fits and is_whole)
            if fits:
                found.append(block)
                room -= len(block)
        if found:
            blocks += [head, *found, _CLOSE]
    if cut_short:
        number = "1 change does" if cut_short == 1 else f"{cut_short} changes do"
        command = _code(f"dojoboards diff --env {report.environment}")
        blocks.append(f"\n{number} not fit in here whole; {command} shows everything.\n")
    return "".join(blocks)


def _head(target: TargetReport) -> str:
    changed: dict[Action, int] = {action: target.counts[action] for action in target.counts if action != "unchanged"}
    return f"\n<details open><summary>{_html(target.name)}: {summary(changed)}</summary>\n"


def _entry(entry: Entry, room: int, *, prune: bool) -> tuple[str, bool]:
    """Return the section of a change and whether it is whole.

    It has its head and as many differences as *room* is enough for, in characters.
    """
    change, remark = entry.change, note(entry, prune=prune)
    items = list(_items(entry))
    if not items:
        return f"\n- {change.action} {_code(change.path)}{f': {_code(remark)}' if remark else ''}\n", True
    said = f": {_html(remark)}" if remark else ""
    start = f"\n<details><summary>{change.action} {_html(change.path)}{said}</summary>\n"
    room -= len(start) + len(_CLOSE) + len(_MORE) + _DIGITS
    shown: list[str] = []
    for index, item in enumerate(items):
        room -= len(item)
        if room < 0:
            shown.append(_MORE.format(len(items) - index))
            break
        shown.append(item)
    return f"{start}{''.join(shown)}{_CLOSE}", room >= 0


def _items(entry: Entry) -> Iterator[str]:
    for heading, found in sections(entry):
        if heading:
            option, _, words = heading.partition(" ")
            start = f"{_code(option)} {words}" if option.startswith("-") else heading.capitalize()
            yield f"\n{start}{':' if found else '.'}\n"
        for index, difference in enumerate(found):
            yield f"{'' if index else _BREAK}{_item(difference)}"


def _item(difference: Difference) -> str:
    what = f"**{difference.what.upper() if difference.revokes else difference.what}**"
    start = f"- {what} {_code(', '.join(difference.where))}"
    remark = f" ({_code(difference.note)})" if difference.note else ""
    if difference.hidden:
        return f"{start}: not shown{remark}\n"
    sides = [(mark, value) for mark, value in (("-", difference.before), ("+", difference.after)) if value is not None]
    if difference.code:
        lines = [f"  {mark} {line}" for mark, value in sides for line in value.split("\n")]
        return "\n".join([f"{start}{remark}", "", "  ```diff", *lines, "  ```", ""])
    values = " → ".join(_code(value) for _, value in sides)
    return f"{start}{': ' if values else ''}{values}{remark}\n"


def _code(text: str) -> str:
    """Return text as a span of code, which no backtick in it ends."""
    text = cut(printable(text), _LONGEST_NAME)
    marks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    space = " " if not text.strip() or text[0] in "` " or text[-1] in "` " else ""
    return f"{marks}{space}{text}{space}{marks}"


def _html(text: str) -> str:
    return f"<code>{html.escape(cut(printable(text), _LONGEST_NAME))}</code>"
