"""PromQL expressions taken apart: what they select, what each part gives, and where it stands in the text.

`promql.parse` makes an `Expression`. Nothing here reads or writes anything.

    expression = promql.parse("sum by (job) (rate(http_requests_total[5m])) > 0.5")
    selections(expression)                    each selector, with the function and the range around it
    given = results(expression, known.series) what each node gives: labels, kind, measure
    span(expression, node, "range")           where it stands, to underline it
"""

from dojoboards.expressions.labels import ANY, NONE, Labels, exactly, unmatched
from dojoboards.expressions.measure import Measure, fits, grafana, of_unit
from dojoboards.expressions.nodes import (
    COMPARISONS,
    SETS,
    Aggregation,
    Binary,
    Call,
    Expression,
    Matcher,
    Matching,
    Negation,
    Node,
    Number,
    Paren,
    Range,
    Selector,
    Subquery,
    Text,
    Variable,
    bare,
    children,
    descend,
    variable,
)
from dojoboards.expressions.results import UNKNOWN, Kind, Result, Results, Series, result, results, selected
from dojoboards.expressions.selections import Selection, selections
from dojoboards.expressions.spans import Span, shown, span, underlined

__all__ = [
    "ANY",
    "COMPARISONS",
    "NONE",
    "SETS",
    "UNKNOWN",
    "Aggregation",
    "Binary",
    "Call",
    "Expression",
    "Kind",
    "Labels",
    "Matcher",
    "Matching",
    "Measure",
    "Negation",
    "Node",
    "Number",
    "Paren",
    "Range",
    "Result",
    "Results",
    "Selection",
    "Selector",
    "Series",
    "Span",
    "Subquery",
    "Text",
    "Variable",
    "bare",
    "children",
    "descend",
    "exactly",
    "fits",
    "grafana",
    "of_unit",
    "result",
    "results",
    "selected",
    "selections",
    "shown",
    "span",
    "underlined",
    "unmatched",
    "variable",
]
