"""Where the parts of an expression stand in its text, to underline them. The parser does not say, so they are found.

The tokens of the text are read along the parsed expression, which says what comes next.
Where they do not agree, nothing is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from dojoboards.expressions.nodes import (
    Aggregation,
    Binary,
    Call,
    Expression,
    Negation,
    Node,
    Paren,
    Selector,
    Subquery,
    Variable,
)

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|\#[^\n]*)
    | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
    | (?P<number>(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?:[a-z]+\d*)*)
    | (?P<word>[A-Za-z_:][\w:]*)
    | (?P<sign>=~|!~|==|!=|<=|>=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_MATCHING = frozenset({"on", "ignoring", "group_left", "group_right"})
_GROUPING = frozenset({"by", "without"})


class Span(NamedTuple):
    """A stretch of a text, from its first character to the one behind its last."""

    start: int
    end: int


class _Token(NamedTuple):
    text: str
    start: int
    end: int


class _DisagreementError(Exception):
    pass


def span(expression: Expression, node: Node, part: str = "") -> Span | None:
    """Return where a part of an expression stands in its text; None where that cannot be told.

    Args:
        expression: The whole.
        node: One of its nodes.
        part: Only this of it: `name` (of a metric, a function or an aggregation), `range`, `operator`, or a label in
            its matchers or its list of labels. Where there is no such part, the whole node is told.
    """
    places = _places(expression)
    found = places.get((id(node), part)) or places.get((id(node), ""))
    return found and _written(expression, found)


@lru_cache(1)
def _places(expression: Expression) -> Mapping[tuple[int, str], Span]:
    """Return where every part stands in what was parsed; nothing where that cannot be told."""
    reader = _Reader("".join(piece.filled for piece in expression.pieces))
    try:
        reader.read(expression.root)
    except (_DisagreementError, RecursionError):
        return {}
    return reader.parts


def underlined(text: str, place: Span) -> Iterator[str]:
    """Yield the lines of *text* that *place* is on, each followed by a line that underlines it."""
    offset = 0
    for line in text.splitlines(keepends=True):
        start, end = max(place.start - offset, 0), min(place.end - offset, len(line.rstrip("\n")))
        if start < end:
            yield line.rstrip("\n")
            yield re.sub(r"[^\t]", " ", line[:start]) + "^" * (end - start)
        offset += len(line)


_WIDEST = 140
"""Characters of a line of an expression that are shown."""
_BEFORE = 40
"""Of them, how many stand before the offending part where the line is cut."""
_MARK = "^"


def shown(expr: str, place: tuple[int, int] | None) -> Iterator[str]:
    """Yield the lines of an expression with the offending part, which is underlined; all lines where none is known."""
    text = "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in expr)
    marked = list(underlined(text, Span(*place))) if place else []
    if marked:
        for line, mark in zip(marked[::2], marked[1::2], strict=True):
            yield from _cut(line, mark)
    else:
        for line in text.split("\n") if text else ():
            yield line if len(line) <= _WIDEST else f"{line[:_WIDEST]}..."


def _cut(line: str, mark: str) -> Iterator[str]:
    start = max(0, mark.find(_MARK) - _BEFORE) if len(line) > _WIDEST else 0
    before, after = "..." * (start > 0), "..." * (start + _WIDEST < len(line))
    yield f"{before}{line[start : start + _WIDEST]}{after}"
    yield f"{' ' * len(before)}{mark[start : start + _WIDEST]}"


def _written(expression: Expression, filled: Span) -> Span:
    """Return the stretch as it was written, from the one in what was parsed."""
    ends = [0, *accumulate(len(piece.filled) for piece in expression.pieces)]
    starts = [0, *accumulate(len(piece.written) for piece in expression.pieces)]
    start, end = 0, len(expression.text)
    for index, piece in enumerate(expression.pieces):
        same = piece.written == piece.filled
        if ends[index] <= filled.start < ends[index + 1]:
            start = starts[index] + (filled.start - ends[index] if same else 0)
        if ends[index] < filled.end <= ends[index + 1]:
            end = starts[index] + filled.end - ends[index] if same else starts[index + 1]
    return Span(start, end)


class _Reader:
    """Reads tokens along an expression, and notes where each part stands."""

    def __init__(self, text: str) -> None:
        found = (match for match in _TOKEN.finditer(text) if match.lastgroup != "space")
        self.tokens = [_Token(match[0], match.start(), match.end()) for match in found]
        self.at = 0
        self.parts: dict[tuple[int, str], Span] = {}

    def read(self, node: Node) -> None:
        start = self.at
        match node:
            case Paren():
                self.take("(")
                self.read(node.inner)
                self.take(")")
            case Negation():
                self.take("-")
                self.read(node.inner)
            case Call():
                self.note(node, "name", self.take(node.function))
                self.take("(")
                for index, argument in enumerate(node.arguments):
                    if index:
                        self.take(",")
                    self.read(argument)
                self.pass_by(",")
                self.take(")")
            case Aggregation():
                self.aggregation(node)
            case Binary():
                self.read(node.left)
                self.note(node, "operator", self.take(node.operator))
                self.modifiers(node)
                self.read(node.right)
            case Subquery():
                self.read(node.inner)
                self.range(node)
            case Selector():
                self.selector(node)
            case Variable():
                self.next()
                if self.pass_by("{"):
                    self.take("}")
            case _:
                self.pass_by("-") or self.pass_by("+")
                self.next()
        self.moved()
        self.parts[id(node), ""] = Span(self.tokens[start].start, self.tokens[self.at - 1].end)

    def aggregation(self, node: Aggregation) -> None:
        self.note(node, "name", self.take(node.operation))
        self.labels(node, _GROUPING)
        self.take("(")
        if node.parameter is not None:
            self.read(node.parameter)
            self.take(",")
        self.read(node.inner)
        self.take(")")
        self.labels(node, _GROUPING)

    def modifiers(self, node: Binary) -> None:
        self.pass_by("bool")
        while self.peek().casefold() in _MATCHING:
            self.labels(node, _MATCHING)

    def labels(self, node: Node, words: frozenset[str]) -> None:
        """Read `by (a, b)` and the like, if it comes next; `group_left` may have no list."""
        if self.peek().casefold() not in words:
            return
        self.next()
        if self.peek() != "(":
            return
        self.next()
        while self.peek() not in (")", ""):
            token = self.next()
            if token.text != ",":
                self.note(node, token.text.strip("\"'"), token)
        self.take(")")

    def selector(self, node: Selector) -> None:
        if node.name:
            self.note(node, "name", self.take(node.name))
        if self.peek() == "{":
            self.next()
            while self.peek() not in ("}", ""):
                self.matcher(node)
                self.pass_by(",")
            self.take("}")
        if node.range:
            self.range(node)

    def matcher(self, node: Selector) -> None:
        first = self.next()
        if self.peek() in (",", "}"):  # a name in quotes
            self.note(node, "name", first)
            return
        self.next()
        last = self.next()
        name = first.text.strip("\"'")
        self.note(node, "name" if name == "__name__" else name, first, last)

    def range(self, node: Node) -> None:
        first = self.take("[")
        last = first
        while last.text != "]":
            last = self.next()
        self.note(node, "range", first, last)

    def moved(self) -> None:
        """Read `offset 5m` and `@ start()`, where they come next."""
        while self.peek().casefold() in ("offset", "@"):
            self.next()
            self.pass_by("-") or self.pass_by("+")
            self.next()
            if self.peek() == "(":
                self.next()
                self.take(")")

    def note(self, node: Node, part: str, first: _Token, last: _Token | None = None) -> None:
        self.parts.setdefault((id(node), part), Span(first.start, (last or first).end))

    def peek(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def next(self) -> _Token:
        if self.at >= len(self.tokens):
            raise _DisagreementError
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, text: str) -> _Token:
        token = self.next()
        if token.text != text and token.text.casefold() != text:
            raise _DisagreementError
        return token

    def pass_by(self, text: str) -> bool:
        if self.peek().casefold() == text:
            self.at += 1
            return True
        return False
