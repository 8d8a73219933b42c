"""PromQL: does an expression parse? The only importer of `promql_parser`.

Grafana's variables are substituted first, by what may stand in their place: a duration in brackets and behind
`offset`, a label name in `by (...)`, nothing among label matchers, a metric name or a number elsewhere.
"""

from __future__ import annotations

import itertools
import re
from functools import cache

_VARIABLE = re.compile(r"\$\{(\w+)(?:\.[^}:]*)?(?::[^}]*)?\}|\$(\w+)|\[\[(\w+)(?::\w+)?\]\]")
_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`]*`")
_MATCHER = re.compile(rf"(?:{_STRING.pattern}|[^,\"'`])+")
_MATCHERS = re.compile(rf"\{{((?:{_STRING.pattern}|[^}}\"'`])*)\}}|{_STRING.pattern}")
_GROUPING = re.compile(r"(?:by|without|on|ignoring|group_left|group_right)\s*$", re.IGNORECASE)
_OFFSET = re.compile(r"offset\s+-?\s*$", re.IGNORECASE)
_NUMBERS = frozenset({"__interval_ms", "__range_ms", "__range_s", "__from", "__to"})
_DURATIONS = frozenset({"__interval", "__rate_interval", "__range"})
_MOST_GUESSES = 6

_NAME, _DURATION, _NUMBER, _FUNCTION = "v", "5m", "1", "sum"
_GUESS = "\0"
"""Stands where a metric name and a number are both possible, until one of them parses."""


def problem(expr: str) -> str | None:
    """Return why *expr* is not PromQL, or None if it is; Grafana's variables are substituted first."""
    return _parsed(expr)[1]


def substitute(expr: str) -> str:
    """Return *expr* with something in place of each of Grafana's variables; one that parses, if there is one."""
    return _parsed(expr)[0]


def canonical(expr: str) -> str:
    """Return *expr* as the parser prints it, with sorted matchers, for comparison; *expr* itself if it does not parse."""
    import promql_parser

    text, what = _parsed(expr)
    return expr if what else _MATCHERS.sub(_sorted_matchers, str(promql_parser.parse(text)))


def _sorted_matchers(match: re.Match[str]) -> str:
    # Prometheus prints the matchers of a selector sorted; their order means nothing.
    return match[0] if match[1] is None else "{" + ",".join(sorted(_MATCHER.findall(match[1]))) + "}"


@cache
def _parsed(expr: str) -> tuple[str, str | None]:
    import promql_parser

    if not expr.strip():
        return expr, "it is empty"
    text = _without_variables(expr) if "$" in expr or "[[" in expr else expr
    first: str | None = None
    for candidate in _candidates(text):
        try:
            promql_parser.parse(candidate)
        except ValueError as error:
            first = first or str(error)
        except BaseException as error:  # a panic in the parser is no subclass of Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            first = first or f"the parser gave up on it ({type(error).__name__})"
        else:
            return candidate, None
    return next(_candidates(text)), first


def _candidates(text: str) -> itertools.chain[str]:
    guesses = text.count(_GUESS)
    parts = text.split(_GUESS)
    if not guesses:
        return itertools.chain([text])
    if guesses > _MOST_GUESSES:
        return itertools.chain([_NAME.join(parts), _NUMBER.join(parts)])
    fillings = itertools.product((_NAME, _NUMBER), repeat=guesses)
    return itertools.chain("".join(map("".join, itertools.zip_longest(parts, f, fillvalue=""))) for f in fillings)


def _without_variables(expr: str) -> str:
    out: list[str] = []
    open_brackets: list[str] = []
    position = 0
    while position < len(expr):
        if string := _STRING.match(expr, position):
            out.append(string[0])
            position = string.end()
            continue
        if variable := _VARIABLE.match(expr, position):
            name = variable[1] or variable[2] or variable[3]
            before, after = "".join(out), expr[variable.end() :]
            filling, position = _filling(name, before, after, open_brackets), variable.end()
            if filling is None:  # a whole matcher: its comma goes too
                position = _matcher_gone(out, expr, position)
            else:
                out.append(filling)
            continue
        character = expr[position]
        position += 1
        if character == "#":
            end = expr.find("\n", position)
            position = len(expr) if end < 0 else end
            continue
        if character in "([{":
            kind = "grouping" if character == "(" and _GROUPING.search("".join(out[-20:])) else character
            open_brackets.append(kind)
        elif character in ")]}" and open_brackets:
            open_brackets.pop()
        out.append(character)
    return "".join(out)


def _filling(name: str, before: str, after: str, open_brackets: list[str]) -> str | None:
    """Return what stands for a variable; None where a label matcher as a whole may stand."""
    inside = open_brackets[-1] if open_brackets else ""
    part_of_word = before[-1:].isalnum() or before[-1:] in ("_", ":") or bool(re.match(r"[\w:]", after))
    follows = after.lstrip()[:1]
    if inside == "[":
        unit = re.match(r"(?:ms|[smhdwy])\b", after)
        return "5" if unit else "m" if before[-1:].isdigit() else _DURATION
    if part_of_word:
        return "v"
    if inside == "grouping":
        return f"v_{name}"  # a label must not stand in two lists of one operator
    if inside == "{":
        return None if follows in (",", "}", "") and before.rstrip()[-1:] in ("{", ",") else _NAME
    if _OFFSET.search(before) or name in _DURATIONS:
        return _DURATION
    if name in _NUMBERS or before.rstrip().endswith("@"):
        return _NUMBER
    if follows in ("{", "["):
        return _NAME
    return _FUNCTION if follows == "(" else _GUESS


def _matcher_gone(out: list[str], expr: str, position: int) -> int:
    """Drop the comma before or behind a matcher that is left out; return where to go on."""
    rest = expr[position:]
    if (comma := re.match(r"\s*,", rest)) is not None:
        return position + comma.end()
    while out and out[-1].isspace():
        out.pop()
    if out and out[-1] == ",":
        out.pop()
    return position
