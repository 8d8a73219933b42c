"""The actions of Go's templates, what stands between `{{` and `}}`, and their tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from dojoboards import names

KEYWORDS = frozenset(["block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with"])
# What an action holds is taken as a whole, by looking ahead: the quantifier that would say so fails in Python 3.11.2.
ACTION = re.compile(
    r"""\{\{(?:-\s)?\s*(?:/\*(?P<comment>.*?)\*/|(?P<body>(?=(?P<whole>(?:"(?:[^"\\\n]|\\.)*"|`[^`]*`"""
    r"""|'(?:[^'\\\n]|\\.)*'|[^"`'}]|\}(?!\}))*))(?P=whole)))\s*-?\}\}""",
    re.DOTALL,
)
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)|(?P<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?P<number>'(?:[^'\\\n]|\\.)*'"""
    r"""|[+-]?(?:0[xX][\da-fA-F_]+|0[bBoO][\d_]+|(?:\d[\d_]*\.?|\.\d)[\d_]*(?:[eE][+-]?\d+)?i?))"""
    r"""|(?P<variable>\$\w*)|(?P<field>\.[^\W\d]\w*)|(?P<dot>\.)|(?P<word>[^\W\d]\w*)|(?P<sign>:=|[=|(),])"""
)
_WORDS = frozenset({"variable", "field", "word", "number"})
_BEHIND = re.compile(r"$|[ \t\r\n.,|:()=]")
_INDEXED = re.compile(r"(?P<of>[$.][\w.]*)\[\s*(?P<key>\"(?:[^\"\\]|\\.)*\"|'[^']*'|\d+)\s*\]")
_LONGEST = 60
"""How much of an action a message shows."""


class Fault(NamedTuple):
    """What is wrong with a template, and what to do about it."""

    message: str
    remedy: str


class WrongError(Exception):
    """What ends the reading."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.fault = Fault(message, remedy)


def actions(text: str) -> Iterator[tuple[int, str | None]]:
    """Yield the line and the inside of each action that is no comment; None for one that is not closed, the last."""
    position, line, counted = 0, 1, 0
    while (start := text.find("{{", position)) >= 0:
        line, counted = line + text.count("\n", counted, start), start
        found = ACTION.match(text, start)
        if not found or (found["body"] or "").startswith("/*"):
            yield line, None
            return
        position = found.end()
        if found["comment"] is None:
            yield line, found["body"]


class Token(NamedTuple):
    """A token: its kind, its text, where it begins, and whether there is a space before it; the last one is empty."""

    kind: str
    text: str
    start: int
    apart: bool


def _tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of an action, up to what is none."""
    at, apart = 0, False
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            yield Token("other", text[at], at, apart)
            break
        kind, end = str(found.lastgroup), found.end()
        if kind != "space":
            if kind in _WORDS and not _BEHIND.match(text, end):
                yield Token("other", text[end], at, apart)
                break
            yield Token(kind, found[0], at, apart)
        at, apart = end, kind == "space"
    yield Token("", "", len(text), apart)


@lru_cache(1024)
def _taken_apart(inside: str) -> tuple[str, Sequence[Token]]:
    """Return an action without what trims the text behind it, and its tokens."""
    text = re.sub(r"\s-\s*$", "", inside)
    return text, tuple(_tokens(text))


class Inside:
    """The inside of an action, while it is read."""

    def __init__(self, inside: str, line: int) -> None:
        self.line = line
        self.text, self.tokens = _taken_apart(inside)
        self.at = 0
        self.word = ""
        first = self.tokens[0]
        if first.kind == "word" and first.text in KEYWORDS and first.text != "nil":
            self.word = first.text
            self.at = 1

    def peek(self, further: int = 0) -> str:
        """Return the next token, or one further on; empty at the end."""
        return self.tokens[min(self.at + further, len(self.tokens) - 1)].text

    def take(self) -> tuple[str, str]:
        """Return the kind and the text of the next token, and go behind it."""
        kind, text, _, _ = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return kind, text

    def apart(self) -> bool:
        """Return whether there is a space before the next token."""
        return self.tokens[self.at].apart

    def fields(self) -> tuple[str, ...]:
        """Return the fields that follow at once."""
        found: list[str] = []
        while self.tokens[self.at].kind == "field" and not self.tokens[self.at].apart:
            found.append(self.take()[1][1:])
        return tuple(found)

    def name(self) -> str:
        """Return the name of a template, which comes next."""
        kind, text = self.take()
        if kind != "text":
            remedy = f'write {{{{ {self.word} "name"{" ." * (self.word != "define")} }}}}'
            raise WrongError(f"{{{{ {self.word} }}}} in line {self.line} has no name in quotes", remedy)
        return re.sub(r"\\(.)", r"\1", text[1:-1])

    def chained(self, word: str) -> Inside | None:
        """Return the action behind `else`, where that begins another one: `else if`, `else with`."""
        again = self.peek()
        if again != word or word == "range":
            return None
        return Inside(self.text[self.tokens[self.at].start :], self.line)

    def finished(self) -> None:
        """Raise an error unless nothing is left."""
        if self.peek():
            raise self.unreadable()

    def wrong(self, message: str, remedy: str) -> WrongError:
        """Return the error that something is wrong with it."""
        return WrongError(f"{{{{ {self._shown()} }}}} in line {self.line} {message}", remedy)

    def unreadable(self, at: str = "") -> WrongError:
        """Return the error that it cannot be read at the next token."""
        text = at or self.peek()
        indexed = _INDEXED.search(self.text) if text == "[" else None
        remedy = "write a value, or a function and its arguments with spaces between"
        if indexed:
            of, key = indexed["of"], indexed["key"]
            field = f"{of}.{key[1:-1]}" if re.fullmatch(names.LABEL_PATTERN, key[1:-1]) else ""
            remedy = f"write {{{{ {field or f'index {of} {key}'} }}}}"
        return self.wrong(f"cannot be read at {text!r}", remedy)

    def _shown(self) -> str:
        whole = " ".join(self.text.split())
        return whole if len(whole) <= _LONGEST else f"{whole[:_LONGEST]}..."
