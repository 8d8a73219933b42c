from __future__ import annotations

import pytest

from dojoboards import promql
from dojoboards.expressions import Expression, Range, selections


def parsed(text: str, *, variables: bool = True) -> Expression:
    expression = promql.parse(text, variables=variables)
    assert expression is not None
    return expression


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", [("x", "", None)]),
        ("rate(x[5m])", [("x", "rate", Range(300_000))]),
        ("sum(rate(x[1h]))", [("x", "rate", Range(3_600_000))]),
        ("abs(sum(x))", [("x", "abs", None)]),
        ("a / rate(b[5m])", [("a", "", None), ("b", "rate", Range(300_000))]),
        ("max_over_time(x[1h:5m])", [("x", "max_over_time", Range(3_600_000))]),
        ("rate(x[$__rate_interval])", [("x", "rate", Range(None, "__rate_interval"))]),
        ("increase(x[${window}])", [("x", "increase", Range(None, "window"))]),
        ("max_over_time(rate(x[5m])[$__range:])", [("x", "rate", Range(300_000))]),
    ],
)
def test_a_selector_has_the_function_and_the_range_around_it(
    text: str, expected: list[tuple[str, str, Range | None]]
) -> None:
    found = [(each.selector.name, each.function, each.range) for each in selections(parsed(text))]

    assert found == expected


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x", ("x",)),
        ('{__name__="x"}', ("x",)),
        ('{__name__=~"x|y", a="b"}', ("x", "y")),
        ('{__name__=~"x.*"}', None),
        ('{__name__=~"$metric"}', None),
        ("${metric}_total", None),
        ('{a="b"}', None),
    ],
)
def test_the_metrics_that_a_selector_names(text: str, names: tuple[str, ...] | None) -> None:
    (found,) = selections(parsed(text))

    assert found.selector.names == names


@pytest.mark.parametrize(
    ("matcher", "value", "accepted"),
    [
        ('a="b"', "b", True),
        ('a="b"', "", False),
        ('a!="b"', "", True),
        ('a=~"b|c"', "c", True),
        ('a=~"b|c"', "bc", False),
        ('a=~"b"', "abc", False),
        ('a!~"b.*"', "bcd", False),
        ('a=~"(?i)B"', "b", True),
        ('a=~"[[:digit:]]+"', "12", True),
        ('a=~"\\\\pL"', "x", None),
        ('a=~"$host"', "x", None),
        ('a="${host:regex}"', "x", None),
    ],
)
def test_a_matcher_accepts_what_prometheus_accepts(matcher: str, value: str, accepted: bool | None) -> None:
    (found,) = selections(parsed(f"x{{{matcher}}}"))

    assert found.selector.matchers[0].accepts(value) is accepted


@pytest.mark.parametrize("text", ["$agg(x)", "x $op 1", "rate(x[${n}m])", "x > 0.$digits", "x / $__interval_ms"])
def test_an_expression_with_a_variable_that_may_be_anything_is_vague(text: str) -> None:
    assert parsed(text).vague


@pytest.mark.parametrize(
    "text", ["rate(x[$__rate_interval])", "x > $limit", "sum by ($g) (${m}_total{$f})", 'x{a="$a"}']
)
def test_variables_that_stand_for_names_and_ranges_leave_the_rest_known(text: str) -> None:
    assert not parsed(text).vague


def test_what_is_nested_deeper_than_anyone_writes_is_not_looked_at() -> None:
    deep = "(" * 400 + "x" + ")" * 400

    assert promql.problem(deep) is None
    assert promql.parse(deep) is None
    assert promql.parse(" + ".join(["x"] * 250)) is not None
