"""Where an expression that does not parse goes wrong. The parser does not say, so it is found by reading the tokens.

Grafana's variables may be anything, and where a token may be right, nothing is told.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dojoboards.expressions.nodes import NO_VARIABLES
from dojoboards.expressions.spans import Span

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|\#[^\n]*)
    | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    | (?P<open>["'`].*)
    | (?P<variable>\$\{[^}]*\}|\$\w+|\[\[[^\]]*\]\])
    | (?P<value>(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\w*)
    | (?P<word>[A-Za-z_:][\w:]*)
    | (?P<sign>=~|!~|==|!=|<=|>=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_OPERATORS = frozenset(
    ["+", "-", "*", "/", "%", "^", "==", "!=", "<=", ">=", "<", ">", "and", "or", "unless", "atan2"],
)
_SIGNS = frozenset({"+", "-"})
_MOVES = frozenset({"offset", "@"})
_LISTS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_NAMED = re.compile(r"function with name '(\w+)'|call to (?:function )?'(\w+)'")
_TOLD = re.compile(r"duration syntax: (\S+)|unexpected character: '(.)'|illegal regex for (.+)")


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


def fault(expr: str, reason: str) -> Span | None:
    """Return the part of an expression that is wrong; None where that cannot be told.

    Args:
        expr: An expression that does not parse.
        reason: What the parser says.
    """
    tokens = [
        _Token(str(found.lastgroup), found[0], found.start(), found.end())
        for found in _TOKEN.finditer(expr)
        if found.lastgroup != "space"
    ]
    found = next(_told(tokens, reason), None) or next(_unpaired(tokens), None)
    if found is None and not any(token.kind == "variable" for token in tokens):
        found = next(itertools.chain(_all_matchers(tokens), _out_of_place(tokens)), None)
    return found.span if found else None


def _told(tokens: Sequence[_Token], reason: str) -> Iterator[_Token]:
    """Yield the tokens that the parser names."""
    if reason.startswith(NO_VARIABLES):
        yield from (token for token in tokens if token.kind == "variable")
    if named := _NAMED.search(reason):
        name = named[1] or named[2]
        yield from (token for token, after in itertools.pairwise(tokens) if (token.text, after.text) == (name, "("))
    if told := _TOLD.search(reason):
        text = told[1] or told[2] or told[3]
        yield from (token for token in tokens if text == (token.text[1:-1] if told[3] else token.text))


def _unpaired(tokens: Sequence[_Token]) -> Iterator[_Token]:
    """Yield what closes nothing, what is not closed, and quotes without an end."""
    opened: list[_Token] = []
    for token in tokens:
        if token.kind == "open":
            yield token
        elif token.text in _PAIRS:
            opened.append(token)
        elif token.text in _PAIRS.values():
            if not opened or _PAIRS[opened.pop().text] != token.text:
                yield token
    yield from reversed(opened)


def _out_of_place(tokens: Sequence[_Token]) -> Iterator[_Token]:
    """Yield what cannot stand where it does: an operator without a side, two things side by side."""
    before: _Token | None = None
    wants_operand = True
    at = 0
    while at < len(tokens):
        token, end = tokens[at], _end(tokens, at)
        if token.text in _LISTS:
            if end == at and not token.text.startswith("group"):
                yield tokens[min(at + 1, len(tokens) - 1)]
        elif token.text in _OPERATORS:
            if wants_operand and token.text not in _SIGNS:
                yield token
            wants_operand = True
        elif token.text in {",", ")"}:
            if wants_operand and before and before.text != "(":
                yield before
            wants_operand = token.text == ","
        elif token.text in {"(", "{", "["}:
            wants_operand = token.text == "("
        elif token.text not in _MOVES:
            if not wants_operand or token.kind == "sign":
                yield token
            wants_operand = False
        before, at = tokens[end], end + 1
    if wants_operand and before:
        yield before


def _end(tokens: Sequence[_Token], at: int) -> int:
    """Return the index of the last token of what begins at an index: of matchers, a range, a list, an offset."""
    token, after = tokens[at].text, tokens[at + 1].text if at + 1 < len(tokens) else ""
    if token in {"{", "["}:
        return _closing(tokens, at)
    if token in _LISTS and after == "(":
        return _closing(tokens, at + 1)
    further = 1 + (after in _SIGNS) if token in _MOVES else token in _OPERATORS and after == "bool"
    return min(at + further, len(tokens) - 1)


def _all_matchers(tokens: Sequence[_Token]) -> Iterator[_Token]:
    for at, token in enumerate(tokens):
        if token.text == "{":
            yield from _among_matchers(tokens[at + 1 : _closing(tokens, at)])


def _among_matchers(tokens: Sequence[_Token]) -> Iterator[_Token]:
    """Yield the first token among label matchers that is not what comes next: a label, an operator, text, a comma."""
    kinds = (("word", "string"), ("=", "!=", "=~", "!~"), ("string",), (",",))
    for index, token in enumerate(tokens):
        wanted = kinds[index % len(kinds)]
        if token.kind not in wanted and token.text not in wanted:
            yield token
            return


def _closing(tokens: Sequence[_Token], at: int) -> int:
    """Return the index of what closes the bracket at an index."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += (tokens[index].text in _PAIRS) - (tokens[index].text in _PAIRS.values())
        if not depth:
            return index
    return len(tokens) - 1
