"""What numbers measure that are added, multiplied and compared."""

from __future__ import annotations

from dojoboards.expressions import measure
from dojoboards.expressions.measure import COUNT, MOMENT, TIME, TRUTH, Measure
from dojoboards.expressions.nodes import COMPARISONS, SETS, Binary, Negation, Node, Number, bare


def measured(node: Binary, first: Measure | None, second: Measure | None, *, scalar_left: bool) -> Measure | None:
    """Return what the numbers measure that an operator gives.

    Args:
        node: The operator with its sides.
        first: What the left side measures.
        second: What the right side does.
        scalar_left: Whether the left side is a scalar, so that a comparison keeps the numbers of the right.
    """
    if node.bool:
        return TRUTH
    if node.operator == "or":
        return measure.common((first, second))
    if node.operator in SETS or node.operator in COMPARISONS:
        return second if scalar_left else first
    plain = _factor(node.right), _factor(node.left)
    if node.operator in ("*", "/") and plain[0] is not None:
        return first.times(plain[0] if node.operator == "*" else 1 / (plain[0] or 1)) if first else None
    if node.operator == "*" and plain[1] is not None:
        return second.times(plain[1]) if second else None
    if node.operator in ("+", "-") and None not in (first, second):
        return _added(node.operator, first, second)
    if node.operator in ("+", "-") and (plain[0] is not None or plain[1] is not None):
        return first or second  # 1 - ratio
    if node.operator == "%":
        return first
    if node.operator in ("*", "/") and first and second:
        first, second = (COUNT if side == TRUTH else side for side in (first, second))
        if MOMENT in (first, second):
            return None
        if node.operator == "*" and COUNT in (first, second):
            return second if first == COUNT else first  # so much for each of so many
        return first * second if node.operator == "*" else first / second
    return None


def _added(operator: str, first: Measure | None, second: Measure | None) -> Measure | None:
    if operator == "-" and first == second == MOMENT:
        return TIME
    if first == MOMENT and second == TIME:
        return MOMENT
    if first == TIME and second == MOMENT and operator == "+":
        return MOMENT
    if first == second == TRUTH:
        return COUNT
    return measure.common((first, second))


def _factor(node: Node) -> float | None:
    """Return the number that a part is, where it is made of nothing but numbers."""
    inner = bare(node)
    match inner:
        case Number():
            return inner.value
        case Negation():
            number = _factor(inner.inner)
            return None if number is None else -number
        case Binary():
            left, right = _factor(inner.left), _factor(inner.right)
            if left is None or right is None:
                return None
            return _calculated(inner.operator, left, right)
        case _:
            return None


def _calculated(operator: str, left: float, right: float) -> float | None:
    try:
        match operator:
            case "*":
                return left * right
            case "/":
                return left / right
            case "+":
                return left + right
            case "-":
                return left - right
            case "^":
                power = left**right
                return power if isinstance(power, float) else None
    except (ArithmeticError, ValueError):
        return None
    return None
