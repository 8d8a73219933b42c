"""Judging LogQL, the language in which a Loki is asked, as far as that goes without its parser.

What is judged is what surely makes Loki refuse the expression of a rule, or take it for something else: quotes and
brackets, stream selectors, the range aggregations around them, and durations. Nothing is said of the stages of a
pipeline, of operators, of the parameters of functions, or of labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from dojoboards import names
from dojoboards.expressions import regexes
from dojoboards.lint import texts

RANGE_AGGREGATIONS = frozenset({
    "absent_over_time", "avg_over_time", "bytes_over_time", "bytes_rate", "count_over_time", "first_over_time",
    "last_over_time", "max_over_time", "min_over_time", "quantile_over_time", "rate", "rate_counter",
    "stddev_over_time", "stdvar_over_time", "sum_over_time",
})  # fmt: skip
"""What makes numbers of log lines."""

_OTHER_FUNCTIONS = frozenset({
    "approx_topk", "avg", "bottomk", "count", "label_replace", "max", "min", "sort", "sort_desc", "stddev", "stdvar",
    "sum", "topk", "vector",
})  # fmt: skip
_TOKEN = re.compile(
    r"""
      (?P<raw>`[^`]*`)
    | (?P<string>"(?:[^"\\\n]|\\.)*")
    | (?P<comment>\#[^\n]*)
    | (?P<variable>\$\{[^}\s]*\}|\$\w+|\[\[\w+(?::\w+)?\]\])
    | (?P<word>[^\W\d]\w*)
    | (?P<space>\s+)
    | (?P<other>\d[\w.]*|[=!|]~|[=!]=|\|=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSED_BY = {"(": ")", "{": "}", "[": "]"}
_QUOTES = {'"': 'a " is not closed', "`": "a ` is not closed", "'": "' quotes nothing in LogQL"}
_ESCAPE = re.compile(r"\\(?:(?P<known>[abfnrtv\\\"]|[0-7]{3}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})|.)")
_MATCHER = re.compile(
    r"""\s*[^\W\d][\w.:]*\s*(?P<operator>=~|!~|!=|=)\s*(?P<value>"(?:[^"\\\n]|\\.)*"|`[^`]*`)\s*(?:,|$)"""
)
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|[smhdwy]))+")  # Go's own, and Prometheus'
_VARIABLE = re.compile(r"(?<!\\)\$\{?[^\W\d]\w*")
_SELECTOR = 'begin with a stream selector, such as {job="shop"}'
_METRICS = "PromQL goes into `groups`, not into `log_groups`"
_VALUE = "a rule runs without Grafana: write the value, or take it from env.setting(...)"
_RANGE = "put one behind the selector and its filters, such as [5m]"


class Fault(NamedTuple):
    """What is wrong with an expression.

    Args:
        message: What.
        remedy: What to do about it.
        span: Where it stands: the first character and the one behind the last.
    """

    message: str
    remedy: str
    span: tuple[int, int]


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


@dataclass
class _Open:
    """A bracket that is open.

    Args:
        token: It.
        function: The word before it.
        selects: Whether a stream selector stands in it.
        ranged: Whether a range does.
    """

    token: _Token
    function: str
    selects: bool = False
    ranged: bool = False


def fault(expr: str) -> Fault | None:
    """Return what is wrong with the expression of a rule; the first of it, as the others may follow from that."""
    return next(_faults(expr), None)


def _faults(expr: str) -> Iterator[Fault]:
    tokens = [
        _Token(match.lastgroup or "", match[0], *match.span())
        for match in _TOKEN.finditer(expr)
        if match.lastgroup not in ("space", "comment")
    ]
    if not tokens:
        yield Fault("there is none", _SELECTOR, (0, len(expr)))
        return
    opened: list[_Open] = []
    before = _Token("", "", 0, 0)
    for token in tokens:
        yield from _of_token(token, before, expr)
        if token.text in _CLOSED_BY:
            opened.append(_Open(token, before.text if before.kind == "word" else ""))
            if token.text == "{":
                yield from _place(opened, before)
        elif token.kind == "other" and token.text in _CLOSED_BY.values():
            if not opened or _CLOSED_BY[opened[-1].token.text] != token.text:
                wrong = opened[-1].token if opened else token
                what = "is not closed" if opened else "closes nothing"
                yield Fault(f"this {wrong.text} {what}", "each bracket has another one", wrong[2:])
                return
            yield from _closed(opened.pop(), token, opened, expr)
        before = token
    for bracket in opened:
        yield Fault(f"this {bracket.token.text} is not closed", "each bracket has another one", bracket.token[2:])
    if not any(token.text in ("{", "vector") for token in tokens):
        yield Fault("it selects no log lines", f"{_SELECTOR}; {_METRICS}", (0, len(expr)))


def _of_token(token: _Token, before: _Token, expr: str) -> Iterator[Fault]:
    """Yield what is wrong with a token by itself, and with what stands before it."""
    if token.kind == "variable":
        yield Fault(f"{token.text} is a variable of Grafana's", _VALUE, token[2:])
    elif token.kind == "other" and token.text in _QUOTES:
        yield Fault(_QUOTES[token.text], 'a text stands between two " or two `', token[2:])
    elif token.kind in ("string", "raw"):
        yield from _of_text(token, before)
    elif token.text == "offset" and before.text in ("]", ")"):
        given = re.match(r"\s*-?", expr[token.end :])
        start = token.end + (given.end() if given else 0)
        if before.text == ")":
            yield Fault("this `offset` moves nothing", "it stands behind a range: [5m] offset 1h", token[2:])
        elif not (found := _DURATION.match(expr, start)) or re.match(r"[\w.]", expr[found.end() :]):
            yield Fault("this `offset` is followed by no duration", "give one, such as offset 1h", token[2:])


def _of_text(token: _Token, before: _Token) -> Iterator[Fault]:
    if token.kind == "string":
        for escape in _ESCAPE.finditer(token.text):
            if escape["known"] is None:
                place = (token.start + escape.start(), token.start + escape.end())
                message = f'{escape[0]} means nothing between two "'
                yield Fault(message, "put the text between two `, where a backslash is only that", place)
    if before.text in ("=~", "!~", "|~") and (wrong := texts.regex(_value(token.text))):
        yield Fault(wrong, "it is RE2; between two ` a backslash is only that", token[2:])


def _value(text: str) -> str:
    """Return what a text in quotes stands for."""
    inner = text[1:-1]
    return inner if text.startswith("`") else re.sub(r"\\([\\\"])", r"\1", inner)


def _place(opened: list[_Open], before: _Token) -> Iterator[Fault]:
    """Yield what is wrong with where a stream selector stands: behind a metric, or not in a range aggregation."""
    brace = opened[-1].token
    if before.kind == "word":
        message = f"{before.text!r} in front of a selector is a metric, which LogQL has not"
        yield Fault(message, f"{_SELECTOR}; {_METRICS}", before[2:])
    around = [bracket for bracket in reversed(opened[:-1]) if bracket.function]
    aggregation = next((bracket for bracket in around if bracket.function in RANGE_AGGREGATIONS), None)
    if aggregation:
        aggregation.selects = True
    elif around and (function := around[0].function) not in _OTHER_FUNCTIONS:
        near = names.nearest(function, RANGE_AGGREGATIONS)
        guess = f"did you mean {near!r}? " if near else ""
        message = f"{function!r} is no range aggregation of LogQL"
        yield Fault(message, f"{guess}known: {', '.join(sorted(RANGE_AGGREGATIONS))}", around[0].token[2:])
    else:
        remedy = 'make numbers of them: count_over_time({job="shop"} |= "error" [5m])'
        yield Fault("it gives log lines, and a rule needs numbers", remedy, brace[2:])


def _closed(bracket: _Open, end: _Token, opened: list[_Open], expr: str) -> Iterator[Fault]:
    """Yield what is wrong with what stands between two brackets."""
    inner, place = expr[bracket.token.end : end.start], (bracket.token.start, end.end)
    if bracket.token.text == "{":
        yield from _selector(inner, place)
    elif bracket.token.text == "[":
        aggregation = next((each for each in reversed(opened) if each.function in RANGE_AGGREGATIONS), None)
        if aggregation:
            aggregation.ranged = True
        if not _DURATION.fullmatch(inner.strip()):
            yield Fault(f"{inner.strip()!r} is not a duration such as 30s, 5m or 1h30m", _RANGE, place)
    elif bracket.function in RANGE_AGGREGATIONS:
        if not bracket.selects:
            yield Fault(f"{bracket.function}(...) selects no log lines", f"{_SELECTOR}; {_METRICS}", place)
        elif not bracket.ranged:
            yield Fault(f"{bracket.function}(...) has no range", _RANGE, place)


def _selector(inner: str, place: tuple[int, int]) -> Iterator[Fault]:
    """Yield what is wrong with the matchers of a stream selector."""
    bare = re.sub(r"(\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`)|#[^\n]*", lambda found: found[1] or "", inner).strip()
    selects = False
    position = 0
    while position < len(bare):
        matcher = _MATCHER.match(bare, position)
        if not matcher:
            message = f"{bare[position:].strip()!r} is not a matcher"
            yield Fault(message, 'write label="value"; the operators are =, !=, =~ and !~', place)
            return
        value = _value(matcher["value"])
        if variable := _VARIABLE.search(value):
            yield Fault(f"{variable[0]} is a variable of Grafana's", _VALUE, place)
        selects = selects or not _matches_nothing(matcher["operator"], value)
        position = matcher.end()
    if not selects:
        message = "a stream selector needs a matcher that an empty value does not fit"
        yield Fault(message, 'name a label and a value: {job="shop"}, {job=~".+"}', place)


def _matches_nothing(operator: str, value: str) -> bool:
    """Return whether a matcher surely fits streams without the label."""
    if "~" not in operator:
        return (value == "") is (operator == "=")
    pattern = regexes.anchored(value)
    return pattern is not None and (pattern.fullmatch("") is not None) is (operator == "=~")
