from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards import promql
from dojoboards.expressions import (
    UNKNOWN,
    Kind,
    Result,
    Selector,
    Series,
    exactly,
    fits,
    grafana,
    of_unit,
    result,
    results,
    selected,
)
from dojoboards.expressions.measure import of_name
from dojoboards.units import UNITS

KINDS: dict[str, Kind] = {"total": "counter", "bucket": "counter", "sum": "counter", "count": "counter"}


def known(selector: Selector) -> Series:
    """Series by their name: `x_total` counts, `x_bucket` are buckets of seconds, the rest are gauges."""
    kind = KINDS.get(selector.name.rpartition("_")[2], "gauge")
    if selector.name.endswith("_bucket"):
        return selected(selector, Series(exactly("job", "le"), kind, of_unit("count"), True, of_unit("s")))
    name = selector.name.removesuffix("_sum")
    counts = kind == "counter" and name == selector.name
    return selected(selector, Series(exactly("job", "instance"), kind, of_name(name, counts=counts), False))


def given_by(expr: str) -> Result:
    expression = promql.parse(expr)
    assert expression is not None
    return result(expression, known)


@pytest.mark.parametrize(
    ("expr", "unit"),
    [
        ("x_bytes", "bytes"),
        ("rate(x_bytes_total[5m])", "Bps"),
        ("rate(x_bytes_total[5m]) * 8", "bps"),
        ("8 * rate(x_bytes_total[5m])", "bps"),
        ("x_bytes / 1024 / 1024", "mbytes"),
        ("x_bytes / 1024 ^ 3", "gbytes"),
        ("x_bytes / 1e9", "decgbytes"),
        ("x_bytes * 3", "bytes"),
        ("x_bytes / y_bytes", "percentunit"),
        ("x_bytes / y_bytes * 100", "percent"),
        ("100 * (1 - x_bytes / y_bytes)", "percent"),
        ("100 - x_ratio * 100", "percent"),
        ("x_ratio", "percentunit"),
        ("x_seconds", "s"),
        ("x_seconds * 1000", "ms"),
        ("x_seconds / 3600", "h"),
        ("x_seconds / (24 * 3600)", "d"),
        ("rate(x_seconds_total[5m])", "percentunit"),
        ("rate(x_total[5m])", "cps"),
        ("rate(x_total[5m]) * 60", "cpm"),
        ("sum(increase(x_total[1h]))", "short"),
        ("sum(rate(x_total[5m])) / sum(rate(y_total[5m]))", "percentunit"),
        ("sum(rate(x_seconds_sum[5m])) / sum(rate(x_seconds_count[5m]))", "s"),
        ("rate(x_bytes_total[5m]) / rate(y_total[5m])", "bytes"),
        ("histogram_quantile(0.9, sum by (le) (rate(x_seconds_bucket[5m])))", "s"),
        ("time() - x_timestamp_seconds", "s"),
        ("x_timestamp_seconds - time()", "s"),
        ("x_timestamp_seconds * 1000", "dateTimeAsIso"),
        ("time() - process_start_time_seconds", "s"),
        ("deriv(x_bytes[5m])", "Bps"),
        ("delta(x_bytes[5m])", "bytes"),
        ("max(x_up)", "bool"),
        ("avg(x_up)", "percentunit"),
        ("sum(x_up)", "short"),
        ("count(x_bytes)", "short"),
        ("count(x_up == 0) / count(x_up)", "percentunit"),
        ("x_bytes > 5", "bytes"),
        ("x_bytes > bool 5", "bool"),
        ("5 < x_bytes", "bytes"),
        ("absent(x_bytes)", "bool"),
        ("x_bytes or y_bytes", "bytes"),
        ("predict_linear(x_bytes[1h], 3600)", "bytes"),
        ("changes(x_bytes[1h])", "short"),
        ("topk(3, x_bytes)", "bytes"),
        ("quantile_over_time(0.5, x_seconds[5m])", "s"),
        ("x_total * 0", "short"),
        ("x_celsius", "celsius"),
        ("x_percent", "percent"),
    ],
)
def test_what_the_numbers_measure(expr: str, unit: str) -> None:
    told = given_by(expr).measure

    assert told is not None
    if unit in ("bytes", "s", "percentunit", "bool", "cps", "short", "Bps"):
        assert grafana(told) == unit
    assert unit == "short" or fits(unit, told)
    assert fits("none", told) is None


@pytest.mark.parametrize(
    "expr",
    [
        "x_load",
        "x_bytes + y_seconds",
        "x_bytes or y_seconds",
        "sqrt(x_bytes)",
        "x_bytes * 12345",
        "stdvar(x_bytes)",
        "pi()",
    ],
)
def test_what_the_numbers_measure_is_not_always_known(expr: str) -> None:
    assert given_by(expr).measure is None


@pytest.mark.parametrize(
    ("unit", "expr", "expected"),
    [
        ("percentunit", "x_bytes / y_bytes", True),
        ("percent", "x_bytes / y_bytes", False),
        ("percent", "x_bytes / y_bytes * 100", True),
        ("ms", "x_seconds", False),
        ("s", "x_seconds", True),
        ("dtdurations", "x_seconds", True),
        ("decbytes", "x_bytes", True),
        ("bits", "x_bytes", False),
        ("bps", "rate(x_bytes_total[5m])", False),
        ("Bps", "x_bytes", False),
        ("bytes", "rate(x_bytes_total[5m])", False),
        ("reqps", "rate(x_total[5m])", True),
        ("ops", "rate(x_total[5m])", True),
        ("reqpm", "rate(x_total[5m])", False),
        ("short", "x_bytes", None),
        ("none", "x_bytes", None),
        ("suffix:x", "x_bytes", None),
        ("percentunit", "count(x_bytes)", False),
        ("percentunit", "avg(x_up)", True),
        ("percentunit", "x_up", None),
        ("bool", "x_up", True),
        ("s", "time() - x_timestamp_seconds", True),
        ("s", "x_timestamp_seconds", False),
        ("dateTimeFromNow", "x_timestamp_seconds", False),
        ("dateTimeFromNow", "x_timestamp_seconds * 1000", True),
        ("bytes", "x_celsius", None),
    ],
)
def test_a_unit_fits_what_is_measured_or_not_or_it_cannot_be_said(unit: str, expr: str, expected: bool | None) -> None:
    told = given_by(expr).measure
    assert told is not None

    assert fits(unit, told) is expected


@pytest.mark.parametrize(
    ("expr", "kind"),
    [
        ("x_total", "counter"),
        ("(x_total)", "counter"),
        ("x_total > 5", "counter"),
        ("x_total * 2", "counter"),
        ("label_replace(x_total, 'a', 'b', 'c', '')", "counter"),
        ("topk(3, x_total)", "counter"),
        ("x_total[5m:1m]", "counter"),
        ("sum(x_total)", "gauge"),
        ("-x_total", "gauge"),
        ("rate(x_total[5m])", "gauge"),
        ("x_total - y_total", "gauge"),
        ("x_bytes", "gauge"),
        ("x_total or y_bytes", "unknown"),
        ("$metric", "unknown"),
        ("x_total + $metric", "unknown"),
        ("nonsense_of_unknown_function_kind", "gauge"),
    ],
)
def test_what_counts_and_what_does_not(expr: str, kind: str) -> None:
    assert given_by(expr).series.kind == kind


@pytest.mark.parametrize(
    ("expr", "buckets"),
    [
        ("x_seconds_bucket", True),
        ("sum by (le) (rate(x_seconds_bucket[5m]))", True),
        ("sum by (job) (rate(x_seconds_bucket[5m]))", False),
        ("sum without (job) (x_seconds_bucket)", True),
        ("max by (le) (x_seconds_bucket)", None),
        ("x_bytes", False),
        ("x_seconds_bucket > 1", True),
        ("count by (le) (x_seconds_bucket)", False),
    ],
)
def test_buckets_stay_buckets_while_they_have_their_bounds_and_are_added(expr: str, buckets: bool | None) -> None:
    assert given_by(expr).series.buckets is buckets


@pytest.mark.parametrize(
    ("expr", "type_", "filters"),
    [
        ("x", "vector", False),
        ("x[5m]", "matrix", False),
        ("x[5m:1m]", "matrix", False),
        ("1", "scalar", False),
        ("time() + 1", "scalar", False),
        ('"a"', "string", False),
        ("$limit", "unknown", False),
        ("x > 1", "vector", True),
        ("(x > 1)", "vector", True),
        ("x > bool 1", "vector", False),
        ("x and y", "vector", True),
        ("sum(x > 1)", "vector", False),
        ("x > $limit", "vector", True),
        ("scalar(x)", "scalar", False),
    ],
)
def test_the_type_and_whether_it_is_a_condition(expr: str, type_: str, filters: bool) -> None:
    found = given_by(expr)

    assert (found.type, found.filters) == (type_, filters)


@pytest.mark.parametrize(
    ("expr", "has_job"),
    [
        ("x > $limit", True),
        ("x / $n", True),
        ("$n * x", True),
        ("sum(x) > $limit", False),
        ("x or $other", None),
        ("$other and x", None),
        ("x / on ($label) y", None),
        ("sum by ($group) (x)", None),
        ("sum by ($group, job) (x)", True),
        ("x * on (job) group_left ($more) y", True),
        ("label_replace(x, '$to', 'a', 'b', 'c')", None),
        ("$agg(x)", None),
    ],
)
def test_labels_with_variables(expr: str, has_job: bool | None) -> None:
    assert given_by(expr).labels.has("job") is has_job


@pytest.mark.parametrize(
    ("matchers", "has"),
    [
        ('{a="b"}', True),
        ('{a=~".+"}', True),
        ('{a!=""}', True),
        ('{a=~".*"}', None),
        ('{a=""}', False),
        ('{a=~"$a"}', None),
    ],
)
def test_a_selector_tells_that_its_series_have_a_label(matchers: str, has: bool | None) -> None:
    expression = promql.parse(f"x{matchers}")
    assert expression is not None

    assert result(expression, lambda selector: selected(selector, UNKNOWN)).labels.has("a") is has


def test_every_unit_that_measures_something_is_one_of_grafanas() -> None:
    from dojoboards.expressions.measure import GRAFANA

    assert GRAFANA.keys() - UNITS == set()


FUNCTIONS = [
    "rate({0}[5m])",
    "irate({0}[5m])",
    "increase({0}[1h])",
    "delta({0}[1h])",
    "deriv({0}[1h])",
    "abs({0})",
    "sum({0})",
    "sum by (a, $g) ({0})",
    "count without (b) ({0})",
    "topk(3, {0})",
    "count_values('v', {0})",
    "stdvar({0})",
    "{0} + {1}",
    "{0} / on (a) group_left (b) {1}",
    "{0} * ignoring (a) {1}",
    "{0} ^ 2",
    "{0} % 0",
    "{0} / 0",
    "2 - {0}",
    "{0} == bool {1}",
    "{0} > $x",
    "{0} and {1}",
    "{0} or {1}",
    "{0} unless on () {1}",
    "-{0}",
    "({0})",
    "max_over_time({0}[1h:5m])",
    "histogram_quantile(0.9, {0})",
    "absent({0})",
    "vector(scalar({0}))",
    "label_replace({0}, 'a', '$1', 'b', '(.*')",
    "label_join({0}, '$x', '-', 'a')",
    "{0} * 1e308 * 1e308",
    "{0} * (2 ^ 5000)",
    "{0} / (0 / 0)",
    "{0} * (1 - 1)",
    "$f({0})",
    "info({0})",
    "limit_ratio(0.1, {0})",
    "hour({0})",
    "timestamp({0})",
    "time() - {0}",
    "quantile(0.5, {0})",
    "holt_winters({0}[5m], 0.5, 0.5)",
    "{0} @ end()",
    "sort_by_label({0}, 'a')",
    "histogram_fraction(0, 1, {0})",
    "{0} atan2 {1}",
    "group({0})",
]
PIECES = st.sampled_from(
    ["x_total", "x_seconds_bucket", 'y_bytes{a="b"}', "$m", '{__name__=~"a|b"}', "${p}_total", "1", "time()", "up"]
)
EXPRESSIONS = st.recursive(
    PIECES,
    lambda inner: st.builds(lambda form, *parts: form.format(*parts), st.sampled_from(FUNCTIONS), inner, inner),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS)
def test_no_expression_breaks_the_analysis(expr: str) -> None:
    expression = promql.parse(expr)
    if expression is not None:
        found = results(expression, known)

        assert found.keys() == set(expression.nodes)
        for each in found.values():
            assert each.labels.possible is None or each.labels.certain <= each.labels.possible
            if each.measure is not None:
                grafana(each.measure)
                fits("bytes", each.measure)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30))
def test_no_text_breaks_the_analysis(text: str) -> None:
    expression = promql.parse(text)

    assert expression is None or results(expression, known)
