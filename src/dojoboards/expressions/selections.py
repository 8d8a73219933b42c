"""The selectors of an expression, with what stands around each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dojoboards.expressions.nodes import Call, Expression, Node, Range, Selector, Subquery, children


@dataclass(frozen=True, slots=True)
class Selection:
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
    return tuple(_selections(expression.root, ()))


def _selections(node: Node, around: tuple[Node, ...]) -> Iterator[Selection]:
    if isinstance(node, Selector):
        yield Selection(node, around)
    else:
        for child in children(node):
            yield from _selections(child, (*around, node))
