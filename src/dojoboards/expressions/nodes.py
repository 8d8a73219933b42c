"""The parts of a PromQL expression, as frozen data of our own.

`promql.parse` makes them. Grafana's variables are kept apart: one that stands alone is a `Variable`, a part of a name
has `MARK` in its place, and a range that is a variable says which one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from dojoboards.expressions import regexes

MARK = "__v__"
"""Stands in a name where a variable of Grafana stands in the text."""

NO_VARIABLES = "a rule knows no variables of Grafana"
"""How the reason begins for which the expression of a rule does not parse where it has one."""

_VARIABLE = re.compile(r"\$\w|\$\{|\[\[\w")
_ALTERNATIVES = re.compile(r"[A-Za-z_:][\w:]*(?:\|[A-Za-z_:][\w:]*)*")

Operator = Literal["=", "!=", "=~", "!~"]


def variable(text: str) -> bool:
    """Return whether a variable of Grafana stands in a name, a label or a value."""
    return MARK in text or (("$" in text or "[[" in text) and _VARIABLE.search(text) is not None)


class Matcher(NamedTuple):
    """What a selector asks of one label; the operator is one of `=`, `!=`, `=~`, `!~`."""

    name: str
    operator: Operator
    value: str

    def accepts(self, value: str) -> bool | None:
        """Return whether a series with this value of the label is selected (empty: without it); None: not known."""
        if variable(self.value):
            return None
        if self.operator in ("=", "!="):
            return (value == self.value) is (self.operator == "=")
        pattern = regexes.anchored(self.value)
        return None if pattern is None else (pattern.fullmatch(value) is not None) is (self.operator == "=~")


class Range(NamedTuple):
    """A length of time: milliseconds, or the name of the variable that says it (None and empty: not known)."""

    milliseconds: int | None
    variable: str = ""


class Matching(NamedTuple):
    """How the two sides of an operator find each other.

    Args:
        on: Whether *labels* are those that must be equal; else they are those that are ignored.
        labels: The labels of `on` or `ignoring`.
        many: The side that may have several series for one of the other: `left`, `right` or empty for none.
        include: The labels that are taken over from the side that has one.
    """

    on: bool = False
    labels: tuple[str, ...] = ()
    many: Literal["", "left", "right"] = ""
    include: tuple[str, ...] = ()


NO_MATCHING = Matching()
"""All labels must be equal."""


@dataclass(frozen=True, slots=True, eq=False)
class Selector:
    """A selector: `name{matchers}`, with a range where it has one. Its name is empty where only matchers tell it."""

    name: str
    matchers: tuple[Matcher, ...] = ()
    range: Range | None = None
    offset: bool = False

    @property
    def names(self) -> tuple[str, ...] | None:
        """The metrics that it selects, by name; None where that is not known, or too many to tell."""
        if self.name:
            return None if variable(self.name) else (self.name,)
        for matcher in self.matchers:
            if matcher.name == "__name__" and not variable(matcher.value):
                if matcher.operator == "=":
                    return (matcher.value,)
                if matcher.operator == "=~" and _ALTERNATIVES.fullmatch(matcher.value):
                    return tuple(matcher.value.split("|"))
        return None

    def on(self, label: str) -> tuple[Matcher, ...]:
        """Return the matchers of a label."""
        return tuple(matcher for matcher in self.matchers if matcher.name == label)


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A call of a function."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Aggregation:
    """An aggregation; *by* and *without* are None where it has no such list of labels."""

    operation: str
    inner: Node
    parameter: Node | None = None
    by: tuple[str, ...] | None = None
    without: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Binary:
    """Two expressions with an operator between them; *bool* is whether a comparison gives 0 or 1 instead of less."""

    operator: str
    left: Node
    right: Node
    matching: Matching = NO_MATCHING
    bool: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Subquery:
    """An expression over a range."""

    inner: Node
    range: Range
    step: Range | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Negation:
    """An expression with a minus before it."""

    inner: Node


@dataclass(frozen=True, slots=True, eq=False)
class Paren:
    """An expression in parentheses."""

    inner: Node


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """A number that is written down."""

    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A text that is written down."""

    value: str


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A variable of Grafana that stands for a whole expression, such as a limit or a metric."""


Node = Selector | Call | Aggregation | Binary | Subquery | Negation | Paren | Number | Text | Variable

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
SETS = frozenset({"and", "or", "unless"})


class Piece(NamedTuple):
    """A stretch of the text, and what was put in its place to be parsed."""

    written: str
    filled: str


@dataclass(frozen=True, eq=False)
class Expression:
    """A parsed expression.

    Args:
        text: As it was written.
        root: What it is.
        vague: Whether a variable stands for a function, an operator or a part of a number: then only what its
            selectors name is known.
        pieces: The text in stretches, with what each was parsed as.
    """

    text: str
    root: Node
    vague: bool = False
    pieces: tuple[Piece, ...] = ()

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All parts, each before those in it, from left to right."""
        return tuple(descend(self.root))


def children(node: Node) -> tuple[Node, ...]:
    """Return the expressions of which *node* is made, as they are written."""
    match node:
        case Selector() | Number():
            return ()
        case Call():
            return node.arguments
        case Aggregation():
            return (node.inner,) if node.parameter is None else (node.parameter, node.inner)
        case Binary():
            return (node.left, node.right)
        case Subquery() | Negation() | Paren():
            return (node.inner,)
        case _:
            return ()


def descend(node: Node) -> Iterator[Node]:
    """Yield *node* and everything in it, each before its parts, from left to right."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        if inner := children(current):
            waiting.extend(reversed(inner))


def bare(node: Node) -> Node:
    """Return what stands in parentheses; *node* itself where there are none."""
    while isinstance(node, Paren):
        node = node.inner
    return node
