"""From the parser's tree to nodes. Nothing here knows the parser but by the names of its types and attributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from sys import intern
from typing import Any

from dojoboards.expressions.nodes import (
    MARK,
    NO_MATCHING,
    Aggregation,
    Binary,
    Call,
    Matcher,
    Matching,
    Negation,
    Node,
    Number,
    Operator,
    Paren,
    Range,
    Selector,
    Subquery,
    Text,
    Variable,
)

_DEEPEST = 300
"""How deep what is looked at may nest; a sum of as many terms nests as deep."""

_OPERATORS: Mapping[str, Operator] = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
_MILLISECOND = timedelta(milliseconds=1)


class _TooDeepError(Exception):
    pass


def convert(tree: Any, ranges: Mapping[int, str]) -> Node | None:
    """Return the parser's *tree* as nodes; None where it nests too deeply.

    Args:
        tree: What the parser gave.
        ranges: The variables that were filled with so many milliseconds.
    """
    try:
        return _node(tree, ranges, _DEEPEST)
    except _TooDeepError:
        return None


def _node(tree: Any, ranges: Mapping[int, str], left: int) -> Node:
    if not left:
        raise _TooDeepError
    left -= 1
    match type(tree).__name__:
        case "VectorSelector":
            return _selector(tree, None)
        case "MatrixSelector":
            return _selector(tree.vector_selector, _range(tree.range, ranges))
        case "NumberLiteral":
            return Number(tree.val)
        case "StringLiteral":
            return Text(tree.val)
        case "Call":
            return Call(intern(tree.func.name), tuple([_node(argument, ranges, left) for argument in tree.args]))
        case "BinaryExpr":
            return _binary(tree, ranges, left)
        case "AggregateExpr":
            return _aggregation(tree, ranges, left)
        case "ParenExpr":
            return Paren(_node(tree.expr, ranges, left))
        case "UnaryExpr":
            return Negation(_node(tree.expr, ranges, left))
        case "SubqueryExpr":
            step = None if tree.step is None else _range(tree.step, ranges)
            return Subquery(_node(tree.expr, ranges, left), _range(tree.range, ranges), step)
        case other:
            raise TypeError(f"the parser gave a {other}")


def _selector(tree: Any, length: Range | None) -> Selector | Variable:
    matchers = tuple([_matcher(matcher) for matcher in tree.matchers.matchers])
    offset = tree.offset is not None
    if tree.name == MARK and not (matchers or length or offset):
        return Variable()
    return Selector(intern(tree.name or ""), matchers, length, offset)


def _matcher(matcher: Any) -> Matcher:
    return Matcher(intern(matcher.name), _OPERATORS[str(matcher.op).rpartition(".")[2]], matcher.value)


def _range(length: timedelta, ranges: Mapping[int, str]) -> Range:
    milliseconds = length // _MILLISECOND
    name = ranges.get(milliseconds)
    return Range(milliseconds) if name is None else Range(None, name)


def _binary(tree: Any, ranges: Mapping[int, str], left: int) -> Binary:
    modifier = tree.modifier
    matching, gives_bool = NO_MATCHING, False
    if modifier is not None:
        gives_bool = modifier.return_bool
        on = modifier.matching is not None and str(modifier.matching.type).endswith("Include")
        labels = _names(modifier.matching.labels) if modifier.matching is not None else ()
        many = {"ManyToOne": "left", "OneToMany": "right"}.get(str(modifier.card).rpartition(".")[2], "")
        matching = Matching(on, labels, many, _names(modifier.group_labels or ()))  # type: ignore[arg-type]
    sides = _node(tree.lhs, ranges, left), _node(tree.rhs, ranges, left)
    return Binary(intern(str(tree.op)), *sides, matching, gives_bool)


def _aggregation(tree: Any, ranges: Mapping[int, str], left: int) -> Aggregation:
    parameter = None if tree.param is None else _node(tree.param, ranges, left)
    inner = _node(tree.expr, ranges, left)
    operation = intern(str(tree.op))
    if tree.modifier is None:
        return Aggregation(operation, inner, parameter)
    labels = _names(tree.modifier.labels)
    if str(tree.modifier.type).endswith("By"):
        return Aggregation(operation, inner, parameter, by=labels)
    return Aggregation(operation, inner, parameter, without=labels)


def _names(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple([intern(label) for label in labels])  # thousands of expressions have the same few
