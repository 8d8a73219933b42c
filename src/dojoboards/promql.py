"""PromQL: does an expression parse, and into what? The only importer of `promql_parser`.

In a dashboard, Grafana's variables are substituted first by what may stand in their place: a duration in brackets and
behind `offset`, a label name in `by (...)`, a matcher among label matchers, a function before a parenthesis, and
elsewhere a metric name, a number or an operator, whichever parses.
"""

from __future__ import annotations

import itertools
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from dojoboards.expressions import syntax
from dojoboards.expressions.nodes import MARK, NO_VARIABLES, Expression, Piece

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
    written: str


class _Parsed(NamedTuple):
    """What the parser made of an expression, and what stood in place of the variables."""

    tree: Any
    pieces: tuple[Piece, ...]
    chosen: dict[_Variable, str]


class _Outcome(NamedTuple):
    """What came of parsing: why not, or what."""

    problem: str | None
    parsed: _Parsed | None = None


def problem(expr: str, *, variables: bool = True) -> str | None:
    """Return why *expr* is not PromQL, or None if it is.

    Args:
        expr: The expression.
        variables: Whether Grafana's variables may stand in it, as in a dashboard; a rule has none.
    """
    return _outcome(expr, variables=variables).problem


@cache
def parse(expr: str, *, variables: bool = True) -> Expression | None:
    """Return what *expr* is made of; None if it does not parse, or is nested too deeply to be looked at.

    `problem` and this parse an expression once.

    Args:
        expr: The expression.
        variables: Whether Grafana's variables may stand in it, as in a dashboard; a rule has none.
    """
    parsed = _outcome(expr, variables=variables).parsed
    return _expression(expr, parsed) if parsed else None


def canonical(expr: str) -> str:
    """Return what the expression of a rule means, as text for comparison; *expr* itself if it does not parse.

    It is the same for what Prometheus makes of the expression when it prints it.
    """
    if len(_DEEPER.findall(expr)) > _DEEPEST:
        return expr
    try:
        return repr(_meaning(_tree(expr, variables=False)))
    except (ValueError, OverflowError, RecursionError):
        return expr


def _meaning(tree: Any) -> Any:
    """Return an expression as nested tuples, without what means nothing: the order of matchers, empty modifiers.

    The parser's own text is not enough: it drops fractions of a second, and quotes nothing.
    """
    match type(tree).__name__:
        case "NumberLiteral" | "StringLiteral":
            return tree.val
        case "VectorSelector":
            matchers = [(matcher.name, str(matcher.op), matcher.value) for matcher in tree.matchers.matchers]
            named = [("__name__", "MatchOp.Equal", tree.name)] if tree.name else []
            return "vector", sorted(named + matchers), _moved(tree)
        case "MatrixSelector":
            return "range", _meaning(tree.vector_selector), tree.range
        case "SubqueryExpr":
            return "subquery", _meaning(tree.expr), tree.range, tree.step, _moved(tree)
        case "Call":
            return "call", tree.func.name, [_meaning(argument) for argument in tree.args]
        case "AggregateExpr":
            return str(tree.op), _labels(tree.modifier), tree.param and _meaning(tree.param), _meaning(tree.expr)
        case "BinaryExpr":
            return str(tree.op), _matching(tree), _meaning(tree.lhs), _meaning(tree.rhs)
        case sign_or_parentheses:
            return sign_or_parentheses, _meaning(tree.expr)


def _moved(tree: Any) -> Any:
    # The parser gives up on a time before 1970 when it is asked for it, but not when it prints it.
    return tree.offset, tree.at and str(tree).rpartition(" @ ")[2].partition(" ")[0]


def _matching(tree: Any) -> Any:
    modifier = tree.modifier
    if modifier is None:
        return None
    labels = _labels(modifier.matching)
    if labels and not labels[1] and (_scalar(tree.lhs) or _scalar(tree.rhs)):
        labels = None  # a number has none to match
    grouped = None if modifier.group_labels is None else (str(modifier.card), modifier.group_labels)
    given = modifier.return_bool, labels, grouped, modifier.fill_values.lhs, modifier.fill_values.rhs
    return None if given == (False, None, None, None, None) else given


def _labels(modifier: Any) -> tuple[str, list[str]] | None:
    """Return `by`, `without`, `on` or `ignoring` with its labels, or None where that changes nothing."""
    if modifier is None:
        return None
    kind, labels = str(modifier.type), modifier.labels
    return None if not labels and kind in {"AggModifierType.By", "LabelModifierType.Exclude"} else (kind, labels)


def _scalar(tree: Any) -> bool:
    match type(tree).__name__:
        case "Call":
            return str(tree.func.return_type) == "ValueType.Scalar"
        case "BinaryExpr":
            return _scalar(tree.lhs) and _scalar(tree.rhs)
        case "ParenExpr" | "UnaryExpr":
            return _scalar(tree.expr)
        case kind:
            return kind == "NumberLiteral"


@cache
def _outcome(expr: str, *, variables: bool) -> _Outcome:
    try:
        parsed = _parsed(expr, variables=variables)
    except ValueError as error:
        if not variables and _outcome(expr, variables=True).problem is None:
            return _Outcome(f"{NO_VARIABLES} ({error})")
        return _Outcome(str(error).replace(MARK, "v"))
    if not variables and (wrong := _no_vector(parsed.tree)):
        return _Outcome(wrong)
    return _Outcome(None, parsed)


def _expression(expr: str, parsed: _Parsed) -> Expression | None:
    ranges = {filling: variable.name for variable, filling in parsed.chosen.items() if filling.endswith("ms")}
    root = syntax.convert(parsed.tree, {int(filling[:-2]): name for filling, name in ranges.items()})
    vague = any(MARK not in filling and filling not in ranges for filling in parsed.chosen.values())
    return Expression(expr, root, vague, parsed.pieces) if root else None


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
        ValueError: it does not parse.
    """
    return _parsed(expr, variables=variables).tree


def _parsed(expr: str, *, variables: bool) -> _Parsed:
    """Return the parsed expression with what it was parsed as.

    Raises:
        ValueError: it does not parse; the reason is that of the likeliest filling of its variables.
    """
    if not expr.strip():
        raise ValueError("it is empty")
    first: ValueError | None = None
    parts = _parts(expr, variables=variables)
    for chosen in _choices(parts):
        pieces = _joined(Piece(part.written, chosen[part]) if isinstance(part, _Variable) else part for part in parts)
        try:
            return _Parsed(_parser()("".join(piece.filled for piece in pieces)), pieces, chosen)
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


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return fewer pieces: what was parsed as it was written is one as far as it goes."""
    found: list[Piece] = []
    for same, group in itertools.groupby(pieces, key=lambda piece: piece.written == piece.filled):
        if same:
            text = "".join(piece.written for piece in group)
            found.append(Piece(text, text))
        else:
            found.extend(group)
    return tuple(found)


def _choices(parts: list[Piece | _Variable]) -> Iterator[dict[_Variable, str]]:
    """Yield each choice of fillings; a variable has one filling wherever it stands."""
    variables = list(dict.fromkeys(part for part in parts if isinstance(part, _Variable)))
    choices = itertools.product(*(variable.fillings for variable in variables))
    for fillings in itertools.islice(choices, _MOST_TRIES):
        yield dict(zip(variables, fillings, strict=True))


def _parts(expr: str, *, variables: bool) -> list[Piece | _Variable]:
    """Return *expr* in parts: text, without comments, and variables."""
    if not any(mark in expr for mark in ("`", "$", "[[")):
        return [Piece(expr, expr)]
    parts: list[Piece | _Variable] = []
    brackets: list[str] = []
    before = ""
    for token in _TOKEN.finditer(expr):
        kind, text = token.lastgroup, token[0]
        if kind == "comment":
            parts.append(Piece(text, ""))
            continue
        if kind == "variable" and variables:
            parts.append(_variable(token, before, expr[token.end() :], brackets[-1] if brackets else ""))
            text = "v"
        else:
            parts.append(Piece(text, _quoted(text) if kind == "raw" else text))
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
    return _Variable(name, _fillings(name, token["form"] or "", before, after, inside), token[0])


def _fillings(name: str, form: str, before: str, after: str, inside: str) -> tuple[str, ...]:
    """Return what may stand for a variable, the likeliest first."""
    word_before = before[-1:].isalnum() or before[-1:] in ("_", ":")
    follows = after.lstrip()[:1]
    if form in _QUOTING:
        return (f'"{MARK}"',)
    if inside == "[" or _OFFSET.search(before):
        return ("5",) if _UNIT.match(after) else ("m",) if before[-1:].isdigit() else (_range(name),)
    if word_before or re.match(r"[\w:]", after):
        return (MARK, "1", "sum")
    if inside == "grouping":
        return (f"{MARK}{name}",)  # a label must not stand in two lists of one operator
    if inside == "{":
        whole = follows in (",", "}", "") and before.rstrip()[-1:] in ("{", ",")
        return (f'{MARK}{name}="{MARK}"',) if whole else (MARK,)
    if name in _DURATIONS:
        return ("5m",)
    if name in _NUMBERS or before.rstrip().endswith("@"):
        return ("1",)
    if follows in ("{", "["):
        return (MARK,)
    if follows == "(":
        return _FUNCTIONS
    return ("sum",) if _BY.match(after) else (MARK, "1", "==")


def _range(name: str) -> str:
    """Return a length of time that stands for a variable, and that nobody writes down: some five minutes."""
    return f"{300_001 + zlib.crc32(name.encode()) % 9_998}ms"
