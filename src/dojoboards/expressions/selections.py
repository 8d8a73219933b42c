"""The selectors of an expression, with what stands around each."""

from __future__ import annotations

from typing import NamedTuple

from dojoboards.expressions.nodes import Call, Expression, Node, Range, Selector, Subquery, children


class Selection(NamedTuple):
    """A selector where it stands.

    Args:
        selector: It.
        around: The parts that it stands in, the outermost first.
    """

    selector: Selector
    around: tuple[Node, ...] = ()

    @property
    def function(self) -> str:
        """The nearest function around it; empty where there is none."""
        return next((node.function for node in reversed(self.around) if isinstance(node, Call)), "")

    @property
    def range(self) -> Range | None:
        """Its range, or that of the nearest subquery around it."""
        subqueries = (node.range for node in reversed(self.around) if isinstance(node, Subquery))
        return self.selector.range or next(subqueries, None)


def selections(expression: Expression) -> tuple[Selection, ...]:
    """Return the selectors of an expression, from left to right."""
    found: list[Selection] = []
    waiting: list[tuple[Node, tuple[Node, ...]]] = [(expression.root, ())]
    while waiting:
        node, around = waiting.pop()
        if isinstance(node, Selector):
            found.append(Selection(node, around))
        elif inner := children(node):
            around = (*around, node)
            waiting.extend((child, around) for child in reversed(inner))
    return tuple(found)
