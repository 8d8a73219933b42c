import pytest
from hypothesis import given
from hypothesis import strategies as st

from dojoboards.lint import logql

GOOD = [
    'rate({job="shop"}[5m])',
    'sum by (job) (rate({app="foo", env!="test"} |= "error" [5m])) / sum(rate({app="foo"}[5m])) by (job) > 0.05',
    'sum by (job) (count_over_time({app="foo"} |~ "http(s?)://(\\\\w+):(\\\\w+)@" [5m]) > 0)',
    "absent_over_time({job=~`shop-\\d+`}[1h30m])",
    'quantile_over_time(0.99, {job="a"} | json | __error__="" | unwrap duration(x) [1m]) by (host) > 1',
    'sum(count_over_time({a!=""}[5m])) or vector(0)',
    'rate(({a="b"} |= "c")[1.5h] offset -1h)',
    'count_over_time({\n  a="b",  # a comment with a { and a "\n  c!~"d",\n}[5m])',
    'topk(5, sum by (a) (rate({a="b"} | line_format "{{ $x := .y }}{{ .z }}" [1m])))',
    'label_replace(rate({a="b"}[1m]), "x", "$1", "y", "(.*):.*")',
    'rate({a="b"} | offset > 5 [5m]) > 1',
    'sum by (offset) (rate({a=~"b$"} |> "<_>x" [5m]))',
    'rate({a="b"} |= "it\'s [not (a) {bracket" [5m])',
    'rate({a="\\x41\\u00e4\\t\\101\\"\\\\"} |~ "a{1,2}[[:alpha:]]$" [5m])',
    "vector(1)",
]


@pytest.mark.parametrize("expr", GOOD)
def test_a_metric_query_is_passed_over(expr: str) -> None:
    assert logql.fault(expr) is None


@pytest.mark.parametrize(
    ("expr", "message", "part"),
    [
        ("", "there is none", ""),
        (" # only a comment", "there is none", " # only a comment"),
        ('{a="b"} |= "x"', "it gives log lines, and a rule needs numbers", "{"),
        ('sum({a="b"})', "it gives log lines, and a rule needs numbers", "{"),
        ('rate({a="b"} |= "x")', "rate(...) has no range", '({a="b"} |= "x")'),
        ('rate({a="b"}[5x])', "'5x' is not a duration such as 30s, 5m or 1h30m", "[5x]"),
        ('rate({a="b"}[5m:1m])', "'5m:1m' is not a duration such as 30s, 5m or 1h30m", "[5m:1m]"),
        ('rate({a="b"}[])', "'' is not a duration such as 30s, 5m or 1h30m", "[]"),
        ('rate({a="b"}[5m] offset soon)', "this `offset` is followed by no duration", "offset"),
        ('rate({a="b"}[5m] offset 5mm)', "this `offset` is followed by no duration", "offset"),
        ('rate({a="b"}[5m]) offset 5m', "this `offset` moves nothing", "offset"),
        ('rate({a="b"}[$__interval]) > 1', "$__interval is a variable of Grafana's", "$__interval"),
        ('rate({a="b"}[${step}]) > 1', "${step} is a variable of Grafana's", "${step}"),
        ('rate({a="b"} |= [[text]] [5m])', "[[text]] is a variable of Grafana's", "[[text]]"),
        ('rate({a=~"$job"}[5m])', "$job is a variable of Grafana's", '{a=~"$job"}'),
        ("rate({}[5m])", "a stream selector needs a matcher that an empty value does not fit", "{}"),
        ('rate({a=~".*"}[5m])', "a stream selector needs a matcher that an empty value does not fit", '{a=~".*"}'),
        ('rate({a!="b", c=""}[5m])', "a stream selector needs a matcher that an empty value does not fit", None),
        ('rate({a!~".+"}[5m])', "a stream selector needs a matcher that an empty value does not fit", None),
        ('rate({a, b="c"}[5m])', "'a, b=\"c\"' is not a matcher", '{a, b="c"}'),
        ("rate({a=b}[5m])", "'a=b' is not a matcher", "{a=b}"),
        ('rate({a==" "}[5m])', "'a==\" \"' is not a matcher", None),
        ('rate({a="b"[5m])', "this { is not closed", "{"),
        ('sum(rate({a="b"}[5m])', "this ( is not closed", "("),
        ('rate({a="b"}[5m]))', "this ) closes nothing", ")"),
        ("rate({a='b'}[5m])", "' quotes nothing in LogQL", "'"),
        ('rate({a="b}[5m])', 'a " is not closed', '"'),
        ("rate({a=`b}[5m])", "a ` is not closed", "`"),
        ('rate({a="b"} |~ "\\d+" [5m])', '\\d means nothing between two "', "\\d"),
        ('rate({a="b"} |= "it\\\'s" [5m])', "\\' means nothing between two \"", "\\'"),
        (
            'rate({a="b"} |~ `(` [5m])',
            "the regular expression '(' is wrong: missing ), unterminated subpattern at position 0",
            "`(`",
        ),
        ('rate({a=~"b(?=c)"}[5m])', "the regular expression 'b(?=c)' looks ahead or behind, which RE2 has not", None),
        ('increase({a="b"}[5m])', "'increase' is no range aggregation of LogQL", "("),
        ("up == 0", "it selects no log lines", "up == 0"),
        ("rate(requests_total[5m])", "rate(...) selects no log lines", "(requests_total[5m])"),
        ('rate(requests{a="b"}[5m])', "'requests' in front of a selector is a metric, which LogQL has not", "requests"),
    ],
)
def test_what_loki_would_refuse_is_told_with_its_place(expr: str, message: str, part: str | None) -> None:
    fault = logql.fault(expr)

    assert fault is not None
    assert fault.message == message
    assert fault.remedy
    assert part is None or expr[slice(*fault.span)] == part


def test_the_nearest_range_aggregation_is_named() -> None:
    fault = logql.fault('absent({a="b"})')

    assert fault is not None
    assert fault.remedy.startswith("did you mean 'absent_over_time'? known: absent_over_time, avg_over_time, ")


@given(st.text(st.sampled_from("(){}[]\"`'\\$#=~!|,. \nabrate59m")) | st.text())
def test_any_text_is_judged_within_its_bounds(expr: str) -> None:
    fault = logql.fault(expr)

    assert fault is None or 0 <= fault.span[0] <= fault.span[1] <= len(expr)
