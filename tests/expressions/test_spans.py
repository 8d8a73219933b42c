from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards import promql
from dojoboards.expressions import Aggregation, Binary, Call, Expression, Node, Selector, Span, span, underlined


def parsed(text: str) -> Expression:
    expression = promql.parse(text)
    assert expression is not None
    return expression


def first(expression: Expression, kind: type[Node]) -> Node:
    return next(node for node in expression.nodes if isinstance(node, kind))


def shown(text: str, kind: type[Node], part: str = "") -> str:
    expression = parsed(text)
    found = span(expression, first(expression, kind), part)
    assert found is not None
    return text[found.start : found.end]


@pytest.mark.parametrize(
    ("text", "kind", "part", "expected"),
    [
        ("rate(x[5m])", Call, "", "rate(x[5m])"),
        ("rate(x[5m])", Call, "name", "rate"),
        ("rate( x{a='b'} [5m] offset 1h )", Selector, "", "x{a='b'} [5m] offset 1h"),
        ("rate(x{a='b'}[5m])", Selector, "name", "x"),
        ("rate(x{a='b', c=~\"d\"}[5m])", Selector, "c", 'c=~"d"'),
        ("rate(x[5m])", Selector, "range", "[5m]"),
        ("x @ start() offset -5m + 1", Selector, "", "x @ start() offset -5m"),
        ("{__name__=~'a|b', c='d'}", Selector, "name", "__name__=~'a|b'"),
        ("{'utf8.name', c='d'}", Selector, "name", "'utf8.name'"),
        ("sum by (job, x) (y)", Aggregation, "x", "x"),
        ("sum(y) without (job)", Aggregation, "job", "job"),
        ("SUM(y) BY (job)", Aggregation, "name", "SUM"),
        ("topk(3, sum(x))", Aggregation, "", "topk(3, sum(x))"),
        ("a / on (x) group_left (y) b", Binary, "operator", "/"),
        ("a > bool ignoring (x) b", Binary, "operator", ">"),
        ("a AND b", Binary, "operator", "AND"),
        ("(a + b) / (c)", Binary, "operator", "/"),
        ("a # / b\n/ c", Binary, "operator", "/"),
        ("-(a) * -2", Binary, "operator", "*"),
        ("max_over_time((a + b)[1h:5m] offset 1d)", Call, "", "max_over_time((a + b)[1h:5m] offset 1d)"),
        ("a == 1e-3", Binary, "", "a == 1e-3"),
        ("a > +Inf", Binary, "", "a > +Inf"),
        ('label_replace(a, "b", "$1", "c", "(.*),(.*)")', Call, "name", "label_replace"),
        ("x{a=~`b\\d`}", Selector, "a", "a=~`b\\d`"),
    ],
)
def test_a_part_is_found_where_it_stands(text: str, kind: type[Node], part: str, expected: str) -> None:
    assert shown(text, kind, part) == expected


@pytest.mark.parametrize(
    ("text", "kind", "part", "expected"),
    [
        ('rate(x{a=~"$a"}[$__rate_interval]) / 2', Selector, "range", "[$__rate_interval]"),
        ("rate(${prefix}_total[${n}m])", Selector, "name", "${prefix}_total"),
        ("sum by (${g:csv}, b) (x)", Aggregation, "b", "b"),
        ("x > $limit", Binary, "", "x > $limit"),
        ("[[a]] + b", Binary, "operator", "+"),
        ("x{$filters, a='b'} + `c`", Selector, "a", "a='b'"),
    ],
)
def test_variables_stand_in_the_text_as_they_were_written(
    text: str, kind: type[Node], part: str, expected: str
) -> None:
    if "`" in text:
        text = text.partition(" +")[0]

    assert shown(text, kind, part) == expected


def test_what_is_not_there_is_shown_as_the_whole_part() -> None:
    assert shown("rate(x[5m])", Selector, "nope") == "x[5m]"


def test_a_place_is_underlined_line_by_line() -> None:
    text = "sum(\n\trate(x[5m])\n) > 1"

    assert list(underlined(text, Span(6, 16))) == ["\trate(x[5m])", "\t^^^^^^^^^^"]
    assert list(underlined(text, Span(0, len(text)))) == ["sum(", "^^^^", "\trate(x[5m])", "^" * 12, ") > 1", "^^^^^"]


NAMES = st.sampled_from(["x", "a_total", "job:y:rate5m", "${v}_total", "$v"])
LABELS = st.sampled_from(["", "{}", "{a='b'}", '{a="b",c=~"d|e"}', '{a=~"$v",}', "{c!~`d`}"])
SPACES = st.sampled_from(["", " ", "\n  ", " # why ) (\n"])
VECTORS = st.recursive(
    st.builds("{}{}".format, NAMES, LABELS),
    lambda inner: st.one_of(
        st.builds("({}{})".format, SPACES, inner),
        st.builds("sum{} by (a, $g) ({})".format, SPACES, inner),
        st.builds("topk(3,{}{}) without (c)".format, SPACES, inner),
        st.builds("({}) {} ({})".format, inner, st.sampled_from(["+", "/ on (a) group_left", "and", "> bool"]), inner),
        st.builds("max_over_time(({})[1h:$__interval])".format, inner),
        st.builds("-({}){}".format, inner, SPACES),
        st.builds("clamp({}, -1, 5e3)".format, inner),
    ),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(VECTORS)
def test_every_part_of_whatever_is_nested_has_its_place_and_parses_by_itself(text: str) -> None:
    expression = promql.parse(text)
    if expression is None:
        assert promql.problem(text) is not None
        return
    for node in expression.nodes:
        found = span(expression, node)
        assert found is not None
        if isinstance(node, Call | Aggregation | Binary):
            part = promql.parse(text[found.start : found.end])
            assert part is not None
            assert type(part.root) is type(node)
