"""Comments that ignore findings: `# dojoboards: ignore[alert/runbook] the reason`.

A comment at the end of a line, or on the line above, is about the statement or the call that begins on that line, with
all its lines. In a line where none begins, it is about that line and the statement or call around it.
In front of everything else it is about the whole file.
In files other than Python a block of lines that are indented deeper stands for a call.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Container, Iterator
from typing import NamedTuple

from dojoboards.errors import Source
from dojoboards.model import Ignore

MARK = "dojoboards:"
"""What every such comment begins with: a text without it has none."""

_COMMENT = re.compile(r"#\s*dojoboards:\s*(?P<told>.*?)\s*(?:\s#\s.*)?$")
_IGNORE = re.compile(r"ignore\s*\[(?P<checks>[^\]]*)\]\s*(?P<reason>.*)")
_FORM = re.compile(r"(?P<indent>\s*)(?P<item>(?:-\s+)*)")

_BETWEEN = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT})

_About = Callable[[int], Container[int]]


class _Comment(NamedTuple):
    line: int
    told: str
    about: int | None
    """The line that it is about; None for the whole file."""


def ignores(text: str, file: str) -> Iterator[Ignore]:
    """Yield what the comments of a file say; one that cannot be read names no check and gives no reason.

    Args:
        text: What the file holds; Python that cannot be parsed has no comments.
        file: Its path, as the places of findings have it.
    """
    if MARK not in text:
        return
    text = text.removeprefix("\ufeff")
    found, about = _of_python(text) if file.endswith(".py") else (_of_lines(text.split("\n")), _Blocks(text).about)
    for comment in found:
        lines = None if comment.about is None else about(comment.about)
        source = Source(file, comment.line)
        match = _IGNORE.fullmatch(comment.told)
        for check in match["checks"].split(",") if match else [""]:
            reason = match["reason"] if match else ""
            yield Ignore(check=check.strip(), reason=reason, file=file, lines=lines, source=source)


def _of_python(text: str) -> tuple[list[_Comment], _About]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        calls = _Calls(ast.parse(text), text.split("\n"))
    except (SyntaxError, ValueError, RecursionError, tokenize.TokenError):
        return [], lambda _: ()
    code = [token.start[0] for token in tokens if token.type not in _BETWEEN and token.string]
    found = []
    for token in tokens:
        line, column = token.start
        if token.type == tokenize.COMMENT and (match := _COMMENT.search(token.string)):
            alone = not token.line[:column].strip()
            below = next((other for other in code if other > line), line)
            first = alone and (not code or line < code[0])
            found.append(_Comment(line, match["told"], None if first else below if alone else line))
    return found, calls.about


class _Calls:
    """The statements and calls of a module, by where they begin and end."""

    def __init__(self, tree: ast.Module, lines: list[str]) -> None:
        self.lines = lines
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.stmt | ast.Call)]
        self.spans = [(_first(node), node.end_lineno or node.lineno, node.col_offset) for node in nodes]

    def about(self, line: int) -> Container[int]:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        column = len(text) - len(text.lstrip())
        ends = [end for start, end, begin in self.spans if (start, begin) == (line, column)]
        if ends:
            return range(line, max(ends) + 1)
        around = [start for start, end, _ in self.spans if start < line <= end]
        return {line, max(around, default=line)}


def _first(node: ast.stmt | ast.Call) -> int:
    decorators = getattr(node, "decorator_list", ())
    return min(node.lineno, *(decorator.lineno for decorator in decorators)) if decorators else node.lineno


def _of_lines(lines: list[str]) -> Iterator[_Comment]:
    begun = False
    for number, text in enumerate(lines, 1):
        alone = not text.strip() or text.lstrip().startswith("#")
        if match := _COMMENT.search(text):
            below = (other for other, found in enumerate(lines[number:], number + 1) if _holds(found))
            about = number if not alone else next(below, number) if begun else None
            yield _Comment(number, match["told"], about)
        begun = begun or _holds(text)


def _holds(text: str) -> bool:
    return bool(text.strip()) and not text.lstrip().startswith("#")


class _Blocks:
    """The blocks of a file in which indentation says what belongs together."""

    def __init__(self, text: str) -> None:
        self.lines = text.rstrip().split("\n")

    def about(self, line: int) -> Container[int]:
        indent, is_item = self._form(line)
        return {*range(line, self._end(line, indent)), *(() if is_item else self._around(line, indent))}

    def _form(self, line: int) -> tuple[int, bool]:
        match = _FORM.match(self.lines[line - 1])
        return (len(match["indent"]), bool(match["item"])) if match else (0, False)

    def _around(self, line: int, indent: int) -> Iterator[int]:
        """Yield the lines that begin what a line is in, up to the item of a list."""
        for above in range(line - 1, 0, -1):
            if _holds(self.lines[above - 1]) and self._form(above)[0] < indent:
                indent, is_item = self._form(above)
                yield above
                if is_item:
                    return

    def _end(self, line: int, indent: int) -> int:
        """Return the first line behind the block that begins on *line*."""
        for below in range(line + 1, len(self.lines) + 1):
            if _holds(self.lines[below - 1]) and self._form(below)[0] <= indent:
                return below
        return len(self.lines) + 1
