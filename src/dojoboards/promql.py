"""PromQL: does an expression parse? The only importer of `promql_parser`.

In a dashboard, Grafana's variables are substituted first by what may stand in their place: a duration in brackets and
behind `offset`, a label name in `by (...)`, a matcher among label matchers, a function before a parenthesis, and
elsewhere a metric name, a number or an operator, whichever parses.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<raw>`[^`]*`)
    | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<comment>\#[^\n]*)
    | (?P<variable>
        \$\{(?P<braced>\w+)(?:\.[^}:]*)?(?::(?P<form>[^}]*))?\} | \$(?P<bare>\w+) | \[\[(?P<old>\w+)(?::\w+)?\]\]
      )
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<text>[^`"'\#$(\[{)\]},]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*$", re.IGNORECASE)
_OFFSET = re.compile(r"\boffset\s+-?\s*$", re.IGNORECASE)
_BY = re.compile(r"\s*(?:by|without)\b", re.IGNORECASE)
_OR = re.compile(r"\{[^{]*\bor\b")
_UNIT = re.compile(r"(?:ms|[smhdwy])\b")
_LOOK_BACK = 40
"""How many characters before a variable say what it is; a keyword with some space behind it."""

_NUMBERS = frozenset({"__interval_ms", "__rate_interval_ms", "__range_ms", "__range_s", "__from", "__to"})
_DURATIONS = frozenset({"__interval", "__rate_interval", "__range"})
_QUOTING = frozenset({"doublequote", "singlequote"})
_MOST_TRIES = 2000
_DEEPER = re.compile(r"[(+\-*/%^=<>]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
_DEEPEST = 1000
"""How much in an expression may nest, at most, for the parser to print it: beyond, it ends the whole process."""

_FUNCTIONS = ("sum", "rate", "topk", "quantile_over_time", "round", "==")
"""Functions of each signature that a variable may stand for; or an operator, with a parenthesis behind it."""


class _Variable(NamedTuple):
    """A variable at one kind of position, and what may stand there."""

    name: str
    fillings: tuple[str, ...]


def problem(expr: str, *, variables: bool = True) -> str | None:
    """Return why *expr* is not PromQL, or None if it is.

    Args:
        expr: The expression.
        variables: Whether Grafana's variables may stand in it, as in a dashboard; a rule has none.
    """
    return _problem(expr, variables=variables)


def canonical(expr: str) -> str:
    """Return the expression of a rule as the parser prints it, for comparison; *expr* itself if it does not parse.

    Matchers are sorted, as Prometheus prints them so: their order means nothing.
    """
    if len(_DEEPER.findall(expr)) > _DEEPEST:
        return expr
    try:
        return str(_tree(_with_sorted_matchers(expr), variables=False))
    except (ValueError, RecursionError):
        return expr


def _with_sorted_matchers(expr: str) -> str:
    out: list[str] = []
    matchers: list[str] | None = None
    for token in _TOKEN.finditer(expr):
        kind, text = token.lastgroup, token[0]
        if kind == "open" and text == "{":
            matchers = [""]
        elif matchers is None:
            out.append(text)
        elif text == "}":
            out.append("{" + ",".join(sorted(matcher for matcher in matchers if matcher)) + "}")
            matchers = None
        elif text == ",":
            matchers.append("")
        elif kind == "text":
            matchers[-1] += "".join(text.split())
        elif kind != "comment":
            matchers[-1] += text
    return expr if matchers else "".join(out)  # a brace that is not closed is the parser's to tell


@cache
def _problem(expr: str, *, variables: bool) -> str | None:
    try:
        tree = _tree(expr, variables=variables)
    except ValueError as error:
        if not variables and _problem(expr, variables=True) is None:
            return f"a rule knows no variables of Grafana ({error})"
        return str(error)
    return None if variables else _no_vector(tree)


def _no_vector(tree: Any) -> str | None:
    """Return what an expression gives that a rule cannot use: such a rule is accepted, and fails when evaluated."""
    given = {"MatrixSelector": "a range of samples", "SubqueryExpr": "a range of samples", "StringLiteral": "text"}
    while type(tree).__name__ == "ParenExpr":
        tree = tree.expr
    what = given.get(type(tree).__name__)
    return f"it gives {what}, and a rule needs one value for each series" if what else None


def _tree(expr: str, *, variables: bool) -> Any:
    """Return the parsed expression.

    Raises:
        ValueError: it does not parse; the reason is that of the likeliest filling of its variables.
    """
    if not expr.strip():
        raise ValueError("it is empty")
    first: ValueError | None = None
    for candidate in _candidates(_parts(expr, variables=variables)):
        try:
            return _parser()(candidate)
        except ValueError as error:
            first = first or error
        except BaseException as error:  # a panic in the parser is no subclass of Exception
            if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
                raise
            first = first or ValueError(f"the parser gave up on it ({type(error).__name__})")
    raise first or ValueError("nothing fits its variables")


@cache
def _parser() -> Callable[[str], Any]:
    import promql_parser

    def parse(expr: str) -> Any:
        tree = promql_parser.parse(expr)
        if _OR.search(expr) and not promql_parser.walk(tree, lambda node: not _alternatives(node)):
            raise ValueError("Prometheus has no 'or' among matchers")
        return tree

    # Prometheus 2 has it; Prometheus 3 calls it double_exponential_smoothing.
    vector, matrix, scalar = (getattr(promql_parser.ValueType, kind) for kind in ("Vector", "Matrix", "Scalar"))
    promql_parser.register_extra_functions(
        [promql_parser.Function("holt_winters", [matrix, scalar, scalar], return_type=vector)]
    )
    return parse


def _alternatives(node: Any) -> bool:
    """Return whether a selector has matchers joined by `or`, which the parser knows from elsewhere."""
    return type(node).__name__ == "VectorSelector" and bool(node.matchers.or_matchers)


def _candidates(parts: list[str | _Variable]) -> Iterator[str]:
    """Yield the expression with each choice of fillings; a variable has one filling wherever it stands."""
    variables = list(dict.fromkeys(part for part in parts if isinstance(part, _Variable)))
    choices = itertools.product(*(variable.fillings for variable in variables))
    for fillings in itertools.islice(choices, _MOST_TRIES):
        chosen = dict(zip(variables, fillings, strict=True))
        yield "".join(chosen[part] if isinstance(part, _Variable) else part for part in parts)


def _parts(expr: str, *, variables: bool) -> list[str | _Variable]:
    """Return *expr* in parts: text, without comments, and variables."""
    if not any(mark in expr for mark in ("`", "$", "[[")):
        return [expr]
    parts: list[str | _Variable] = []
    brackets: list[str] = []
    before = ""
    for token in _TOKEN.finditer(expr):
        kind, text = token.lastgroup, token[0]
        if kind == "comment":
            continue
        if kind == "variable" and variables:
            parts.append(_variable(token, before, expr[token.end() :], brackets[-1] if brackets else ""))
            text = "v"
        else:
            parts.append(_quoted(text) if kind == "raw" else text)
        if kind == "open":
            brackets.append("grouping" if text == "(" and _GROUPING.search(before) else text)
        elif kind == "close" and brackets:
            brackets.pop()
        before = (before + text)[-_LOOK_BACK:]
    return parts


def _quoted(raw: str) -> str:
    """Return a string between backticks in double quotes: the parser looks for escapes in it, and there are none."""
    return json.dumps(raw[1:-1], ensure_ascii=False)


def _variable(token: re.Match[str], before: str, after: str, inside: str) -> _Variable:
    name = token["braced"] or token["bare"] or token["old"]
    return _Variable(name, _fillings(name, token["form"] or "", before, after, inside))


def _fillings(name: str, form: str, before: str, after: str, inside: str) -> tuple[str, ...]:
    """Return what may stand for a variable, the likeliest first."""
    word_before = before[-1:].isalnum() or before[-1:] in ("_", ":")
    follows = after.lstrip()[:1]
    if form in _QUOTING:
        return ('"v"',)
    if inside == "[" or _OFFSET.search(before):
        return ("5",) if _UNIT.match(after) else ("m",) if before[-1:].isdigit() else ("5m",)
    if word_before or re.match(r"[\w:]", after):
        return ("v", "1", "sum")
    if inside == "grouping":
        return (f"v_{name}",)  # a label must not stand in two lists of one operator
    if inside == "{":
        whole = follows in (",", "}", "") and before.rstrip()[-1:] in ("{", ",")
        return (f'v_{name}="v"',) if whole else ("v",)
    if name in _DURATIONS:
        return ("5m",)
    if name in _NUMBERS or before.rstrip().endswith("@"):
        return ("1",)
    if follows in ("{", "["):
        return ("v",)
    if follows == "(":
        return _FUNCTIONS
    return ("sum",) if _BY.match(after) else ("v", "1", "==")
