import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards import promql
from dojoboards.expressions.faults import fault

NOT_PROMQL = [
    ("sum(up", "("),
    ("rate(up[5m]", "("),
    ("sum(rate(up[5m])) by (le", "("),
    ("sum(up))", ")"),
    ("1 + ]", "]"),
    ("rate(up[5m) > 1", ")"),
    ("up{job='a'", "{"),
    ('http-requests_total{a="b"}}', "}"),
    ("rate(up[5m]) > 'abc", "'abc"),
    ("rat(up[5m])", "rat"),
    ("sum(rate(up))", "rate"),
    ("histogram_quantile(up)", "histogram_quantile"),
    ("up[5x]", "5x"),
    ('up{job=="a"}', "=="),
    ("up{job=a}", "a"),
    ('up{a="b" c="d"}', "c"),
    ('up{job=~"("}', '"("'),
    ("sum by job (up)", "job"),
    ("sum(up) by job", "job"),
    ("sum(up) foo", "foo"),
    ("up +", "+"),
    ("up > 1 or", "or"),
    ("up{job='a'} > < 1", "<"),
    ("up == = 1", "="),
    ("(a + ) b", "+"),
    ("sum by (x) (up) * on (y) group_left () up > >= 2", ">="),
    ("rate(http_total[5m]) > 0.5 for 5m", "for"),
    ("up == bool 1 bool", "bool"),
    ("up > $limit", "$limit"),
]


@pytest.mark.parametrize(("expr", "part"), NOT_PROMQL)
def test_the_part_that_is_wrong_is_found(expr: str, part: str) -> None:
    reason = promql.problem(expr, variables=False)
    assert reason is not None

    found = fault(expr, reason)

    assert found is not None
    assert expr[found.start : found.end] == part


@pytest.mark.parametrize("expr", ["{}", "topk(up)", "up[5m] + 1", "sum($a up) by ($b)"])
def test_where_it_cannot_be_told_nothing_is(expr: str) -> None:
    reason = promql.problem(expr, variables="$" in expr)
    assert reason is not None

    assert fault(expr, reason) is None


WORDS = """\
sum rate up by on group_left ( ) [ ] { } , + - > == bool offset @ 5m 1 "a" ' a= =~ $x ${y} and unless #"""
PIECES = [*WORDS.split(), "\n"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=2)).map(" ".join))
def test_a_part_of_the_expression_is_told_whatever_it_is(expr: str) -> None:
    found = fault(expr, promql.problem(expr) or "")

    assert found is None or 0 <= found.start < found.end <= len(expr)
