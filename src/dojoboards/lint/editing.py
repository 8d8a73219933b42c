"""Mending content: a text that is written as one literal in the declaration that was judged is replaced by another."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dojoboards.lint.registry import Edit


class Edited(NamedTuple):
    """A module with an edit done, or why that was left to people."""

    text: str
    refused: str = ""


def edited(text: str, line: int, edit: Edit) -> Edited:
    """Return Python with an edit done: exactly one literal changes, and nothing else.

    Args:
        text: The module.
        line: Where the declaration begins that holds the literal.
        edit: The literal's text, and what it is to be.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return Edited(text, "the module cannot be parsed")
    found = {(node.lineno, node.col_offset): node for node in _literals(tree, line) if node.value == edit.before}
    if len(found) != 1:
        times = f"stands there {len(found)} times" if found else "is not written there as one literal"
        return Edited(text, f"{edit.before!r} {times}")
    (node,) = found.values()
    lines = list(io.StringIO(text, newline=""))
    start, end = _offset(lines, node.lineno, node.col_offset), _offset(lines, node.end_lineno, node.end_col_offset)
    literal = text[start:end]
    if literal.count(edit.before) != 1 or _evaluated(new := literal.replace(edit.before, edit.after)) != edit.after:
        return Edited(text, f"{edit.before!r} is written with escapes or in parts")
    return Edited(text[:start] + new + text[end:])


def _literals(tree: ast.Module, line: int) -> Iterator[ast.Constant]:
    """Yield the texts in the statements and calls that begin on a line; not those that are parts of an f-string."""
    begun = [node for node in ast.walk(tree) if isinstance(node, ast.stmt | ast.Call) and node.lineno == line]
    for node in begun:
        yield from _plain([node])


def _plain(nodes: Iterable[ast.AST]) -> Iterator[ast.Constant]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node
        elif not isinstance(node, ast.JoinedStr):
            yield from _plain(ast.iter_child_nodes(node))


def _offset(lines: list[str], line: int | None, column: int | None) -> int:
    """Return a position in a text, from a line and a column in bytes, as Python's parser counts."""
    number = (line or 1) - 1
    before = lines[number].encode()[: column or 0].decode()
    return sum(map(len, lines[:number])) + len(before)


def _evaluated(literal: str) -> object:
    try:
        return ast.literal_eval(literal)
    except (SyntaxError, ValueError):
        return None
