"""Every check: to import this module is to register those too that a build does not need.

They know the metrics of exporters and take expressions apart, and a build need not load what does.
"""

from __future__ import annotations

from dojoboards.lint import (
    across,
    conditions,
    dashboards,
    definitions,
    delivery,
    functions,
    inhibition,
    intervals,
    links,
    matchers,
    measures,
    messages,
    operators,
    pairs,
    panels,
    queries,
    ranges,
    series,
    vanishing,
    variables,
)
from dojoboards.lint.registry import CHECKS

__all__ = [
    "CHECKS",
    "across",
    "conditions",
    "dashboards",
    "definitions",
    "delivery",
    "functions",
    "inhibition",
    "intervals",
    "links",
    "matchers",
    "measures",
    "messages",
    "operators",
    "pairs",
    "panels",
    "queries",
    "ranges",
    "series",
    "vanishing",
    "variables",
]
