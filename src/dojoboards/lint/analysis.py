"""What checks of expressions look at: a query taken apart once, with what is known of its series."""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from dojoboards import names, promql
from dojoboards.catalogue import Exposed, Known, Miss, for_project
from dojoboards.expressions import (
    COMPARISONS,
    SETS,
    UNKNOWN,
    Aggregation,
    Binary,
    Call,
    Expression,
    Matching,
    Measure,
    Negation,
    Node,
    Number,
    Paren,
    Range,
    Result,
    Results,
    Selection,
    Selector,
    Subquery,
    bare,
    selections,
    span,
)
from dojoboards.lint.registry import Feature, Finding
from dojoboards.lint.things import Query
from dojoboards.model import Alert, Project, RuleGroup

_NOTHING = Result("unknown", UNKNOWN)


@dataclass(frozen=True, eq=False)
class Analysis:
    """An expression taken apart; without one, where it does not parse, it has no parts.

    Args:
        expression: It.
        known: What is known of the project's series.
        given: What each part gives.
        selections: Its selectors.
        calls: The calls of functions.
        aggregations: The aggregations.
        binaries: Everything with an operator.
        features: What of all that it has, for `Check.where`.
    """

    expression: Expression | None
    known: Known
    given: Results = field(default_factory=dict)
    selections: Sequence[Selection] = ()
    calls: Sequence[Call] = ()
    aggregations: Sequence[Aggregation] = ()
    binaries: Sequence[Binary] = ()
    features: frozenset[Feature] = frozenset()

    @cached_property
    def root(self) -> Node | None:
        """The whole, without parentheses around it."""
        return bare(self.expression.root) if self.expression else None

    @cached_property
    def comparisons(self) -> Sequence[Comparison]:
        """The comparisons with a number."""
        return [found for node in self.binaries if (found := compared(node)) is not None]

    @property
    def nodes(self) -> Sequence[Node]:
        """All parts; none where a variable stands for a function or an operator."""
        return () if self.expression is None or self.expression.vague else self.expression.nodes

    def gives(self, node: Node) -> Result:
        """Return what a part gives."""
        return self.given.get(node, _NOTHING)

    def finding(self, message: str, fix: str, node: Node, part: str = "") -> Finding:
        """Return a finding about a part of the expression, which is underlined.

        Args:
            message: What is wrong.
            fix: What to do.
            node: The offending part.
            part: What of it: see `expressions.span`.
        """
        if self.expression is None:
            return Finding(message, fix)
        return Finding(message, fix, expr=self.expression.text, span=span(self.expression, node, part))


class Asked(NamedTuple):
    """An expression, and whether Grafana asks it."""

    expr: str
    in_dashboard: bool


class _Latest(NamedTuple):
    project: weakref.ref[Project]
    known: Known
    logs: frozenset[str]
    analyses: dict[str, Analysis]
    selected: dict[str, frozenset[str] | None]


_latest: dict[bool, _Latest] = {}
"""Of the project that is judged: the analyses by expression, for rules and for what Grafana asks."""

_last: list[tuple[Query, Project, Analysis]] = []
"""What was asked for last: all checks look at one query before the next."""


def analysed(query: Query, project: Project) -> Analysis:
    """Return a query taken apart. Each distinct expression of a project is taken apart once."""
    if _last and _last[0][0] is query and _last[0][1] is project:
        return _last[0][2]
    found = analysis(query.expr, project, in_dashboard=query.in_dashboard)
    _last[:] = [(query, project, found)]
    return found


def analysis(expr: str, project: Project, *, in_dashboard: bool) -> Analysis:
    """Return an expression taken apart; that of a rule over logs, which is no PromQL, has no parts.

    Args:
        expr: The expression.
        project: Where it stands.
        in_dashboard: Whether it is asked by Grafana: its variables may stand in it, and the store that it asks may be
            one that several servers write to. A ruler asks such a store too.
    """
    latest = _of(project, in_dashboard=in_dashboard)
    found = latest.analyses.get(expr)
    if found is None:
        expression = None if expr in latest.logs else promql.parse(expr, variables=in_dashboard)
        found = Analysis(None, latest.known) if expression is None else _apart(expression, latest.known)
        latest.analyses[expr] = found
    return found


def _of(project: Project, *, in_dashboard: bool) -> _Latest:
    latest = _latest.get(in_dashboard)
    if latest is None or latest.project() is not project:
        remote = in_dashboard or any(target.api for target in project.environment.targets.values())
        known, logs = for_project(project, remote=remote), _over_logs(project) if not in_dashboard else frozenset()
        latest = _latest[in_dashboard] = _Latest(weakref.ref(project), known, logs, {}, {})
    return latest


def selected(asked: Asked, project: Project) -> frozenset[str] | None:
    """Return the names of the metrics that an expression selects; None where that is not known."""
    latest = _of(project, in_dashboard=asked.in_dashboard)
    if asked.expr not in latest.selected:
        found = analysis(asked.expr, project, in_dashboard=asked.in_dashboard)
        named = [selection.selector.names for selection in found.selections]
        unknown = found.expression is None or None in named
        latest.selected[asked.expr] = None if unknown else frozenset(name for each in named for name in each or ())
    return latest.selected[asked.expr]


def learn(project: Project, told: Mapping[Asked, frozenset[str] | None]) -> None:
    """Take over what another process found that expressions select, so that they need not be taken apart again."""
    for asked, found in told.items():
        _of(project, in_dashboard=asked.in_dashboard).selected[asked.expr] = found


def _apart(expression: Expression, known: Known) -> Analysis:
    nodes: dict[type, list[Any]] = defaultdict(list)
    for node in () if expression.vague else expression.nodes:
        nodes[type(node)].append(node)
    calls, aggregations, binaries = (nodes.get(kind, ()) for kind in (Call, Aggregation, Binary))
    given = known.results(expression)
    chosen = selections(expression)
    features: set[Feature] = set(nodes)
    features.update(node.function for node in calls)
    features.update(node.operation for node in aggregations)
    for node in binaries:
        features.add(node.operator)
        left, right = given[node.left], given[node.right]
        if left.type == right.type == "vector":
            features.add(Matching)
        if left.series.measure and right.series.measure:
            features.add(Measure)
    for selector, _ in chosen:
        if selector.matchers:
            features.update([matcher.operator for matcher in selector.matchers])
        if selector.range:
            features.add(_of_range(selector.range))
        if known.misses(selector):
            features.add(Miss)
        if selector.name and not known.listed(selector.name):
            features.add(Exposed)
    features.update(_of_range(node.range) for node in nodes.get(Subquery, ()))
    return Analysis(expression, known, given, chosen, calls, aggregations, binaries, frozenset(features))


def _of_range(length: Range) -> Feature:
    return Range if length.milliseconds else f"${length.variable}"


def _over_logs(project: Project) -> frozenset[str]:
    return frozenset(rule.expr for group in project.log_groups for rule in group.rules)


def through(node: Node) -> Node:
    """Return the part whose values *node* has but for their order, rounding and choice: without what is around it.

    Parentheses, `and`, `unless`, comparisons that filter, `sort`, `topk` and the like are passed through.
    """
    while True:
        match node:
            case Paren():
                node = node.inner
            case Aggregation(operation="topk" | "bottomk" | "max" | "min" | "limitk"):
                node = node.inner
            case Call(function="sort" | "sort_desc" | "round" | "ceil" | "floor" | "abs" | "clamp_min" | "clamp_max"):
                node = node.arguments[0]
            case Binary(operator="and" | "unless"):
                node = node.left
            case Binary(bool=False) if node.operator in COMPARISONS and not isinstance(bare(node.left), Number):
                node = node.left
            case _:
                return node


def conditions(node: Node) -> Iterator[Binary]:
    """Yield the comparisons that decide whether an expression gives anything, from left to right.

    What only looks on is none: the right side of `unless`, and whatever is asked by `absent`.
    """
    match node:
        case Paren() | Negation() | Aggregation():
            yield from conditions(node.inner)
        case Binary() if node.operator in COMPARISONS and not node.bool:
            yield node
            yield from conditions(node.left)
        case Binary(operator="unless"):
            yield from conditions(node.left)
        case Binary() if node.operator in SETS:
            yield from conditions(node.left)
            yield from conditions(node.right)
        case Call() if node.arguments and node.function not in ("absent", "absent_over_time"):
            for argument in node.arguments:
                yield from conditions(argument)
        case _:
            return


def constant(node: Node) -> float | None:
    """Return the number that a part is, where it is made of nothing but numbers."""
    match bare(node):
        case Number(value):
            return value
        case Negation(inner):
            number = constant(inner)
            return None if number is None else -number
        case Call(function="vector", arguments=(argument,)):
            return constant(argument)
        case Binary(operator, left, right) as operation if not operation.bool and operator not in SETS:
            first, second = constant(left), constant(right)
            return None if first is None or second is None else _calculated(operator, first, second)
        case _:
            return None


def _calculated(operator: str, first: float, second: float) -> float | None:
    try:
        match operator:
            case "+":
                return first + second
            case "-":
                return first - second
            case "*":
                return first * second
            case "/":
                return first / second
            case "^":
                power = first**second
                return power if isinstance(power, float) else None
    except (ArithmeticError, ValueError):
        return None
    return None


class Comparison(NamedTuple):
    """A comparison with a number, the number on the right: `5 < x` is `x > 5`.

    Args:
        node: It.
        side: What is compared.
        operator: As if the number stood on the right.
        number: The number.
        written: The part that is the number.
    """

    node: Binary
    side: Node
    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    number: float
    written: Node


_TURNED: Mapping[str, str] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def compared(node: Binary) -> Comparison | None:
    """Return a comparison with a number; None where it is none."""
    if node.operator not in COMPARISONS:
        return None
    if (number := constant(node.right)) is not None:
        return Comparison(node, node.left, node.operator, number, node.right)  # type: ignore[arg-type]  # one of these
    if (number := constant(node.left)) is not None:
        operator = _TURNED.get(node.operator, node.operator)
        return Comparison(node, node.right, operator, number, node.left)  # type: ignore[arg-type]  # one of these
    return None


def alerts(project: Project) -> Iterator[tuple[Alert, RuleGroup]]:
    """Yield all alerts, also those over logs, with the group of each."""
    for group in project.rule_groups:
        for rule in group.rules:
            if isinstance(rule, Alert):
                yield rule, group


def selectors(node: Node) -> Iterator[Selector]:
    """Yield the selectors of a part."""
    match node:
        case Selector():
            yield node
        case Call():
            for argument in node.arguments:
                yield from selectors(argument)
        case Binary():
            yield from selectors(node.left)
            yield from selectors(node.right)
        case Aggregation() | Subquery() | Negation() | Paren():
            yield from selectors(node.inner)
        case _:
            return


def milliseconds(duration: str) -> int:
    """Return a duration in milliseconds; 0 for none, and for what is none."""
    try:
        return names.milliseconds(duration) if duration else 0
    except ValueError:
        return 0


def number(value: float) -> str:
    """Return a number as one would write it."""
    return f"{value:.12g}"
