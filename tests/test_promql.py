import json
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.parse import quote

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from dojoboards import promql
from support import servers


@pytest.mark.parametrize(
    "expr",
    [
        "rate(x[$__rate_interval])",
        "rate(x[${__rate_interval}])",
        "rate(x[[[interval]]])",
        "rate(x[${n}m])",
        "rate(x[5$unit])",
        "increase(x[${__range_s}s])",
        "rate(x[1h:$resolution])",
        "avg_over_time(x[$__range:$__interval])",
        "max_over_time(x[$__range:])",
    ],
)
def test_a_variable_in_brackets_stands_for_a_duration(expr: str) -> None:
    assert promql.problem(expr) is None


@pytest.mark.parametrize(
    "expr", ["x offset $ago", "x offset -$ago", "x offset ${hours}h", "rate(x[5m] offset $ago)", "x offset 1h @ $at"]
)
def test_a_variable_behind_offset_stands_for_a_duration(expr: str) -> None:
    assert promql.problem(expr) is None


@pytest.mark.parametrize("expr", ["x @ $at", "x @ ${__to:date:seconds}", "rate(x[5m] @ $__from)"])
def test_a_variable_behind_at_stands_for_a_number(expr: str) -> None:
    assert promql.problem(expr) is None


@pytest.mark.parametrize(
    "expr",
    [
        "sum by ($group) (x)",
        "sum by (a, ${group:csv}, $other) (x)",
        "sum(x) by ([[group]])",
        "sum without($group) (x)",
        "x * on ($label) group_left ($more) y",
        "x / ignoring($label) y",
    ],
)
def test_a_variable_in_a_list_of_labels_stands_for_a_label(expr: str) -> None:
    assert promql.problem(expr) is None


@pytest.mark.parametrize(
    "expr",
    [
        "x{$filters}",
        "{$filters}",
        'x{a="b", $filters}',
        'x{$filters, a="b"}',
        'x{a="b",$filters,c="d"}',
        "x{[[filters]]}",
    ],
)
def test_a_variable_may_stand_for_a_whole_matcher(expr: str) -> None:
    assert promql.problem(expr) is None


@pytest.mark.parametrize(
    "expr",
    [
        'x{a="$v"}',
        'x{a=~"${v:regex}"}',
        'x{a="[[v]]", b=~"a$v|b"}',
        "x{a='$v'}",
        "x{a=~`$v\\d+`}",
        'x{$label="b"}',
        'x{"utf8.label"="$v"}',
        "x{a=~${v:doublequote}}",
        "x{a=${v:singlequote}}",
        '{__name__=~"$metric"}',
    ],
)
def test_variables_in_matchers(expr: str) -> None:
    assert promql.problem(expr) is None


@pytest.mark.parametrize(
    "expr",
    [
        "$metric",
        '$metric{a="b"}',
        "rate($metric[5m])",
        "${metric}_total",
        'prefix_${metric}_total{a="b"}',
        "$prefix$metric",
        "[[metric]]",
        "x unless $metric",
    ],
)
def test_a_variable_may_stand_for_a_metric_or_a_part_of_its_name(expr: str) -> None:
    assert promql.problem(expr) is None


@pytest.mark.parametrize(
    "expr",
    [
        "x > $limit",
        "x > bool ${limit}",
        "x > 0.$limit",
        "x > 1$zeros",
        "$limit < x",
        "-$limit",
        "vector($limit)",
        "topk($n, x)",
        "topk(${n}, sum by ($group) (x))",
        "quantile_over_time($q, x[5m])",
        "histogram_quantile($q, sum by (le) (rate(x[5m])))",
        "clamp(x, $min, $max) + $a + $b + $c",
        "x / $__interval_ms * $__range_s",
        "x > $__range",
    ],
)
def test_a_variable_may_stand_for_a_number(expr: str) -> None:
    assert promql.problem(expr) is None


@pytest.mark.parametrize(
    "expr",
    [
        "$f(x)",
        "$f(x[5m])",
        "$f(5, x)",
        "$f(0.9, x[5m])",
        "$f(x, 5)",
        "sum($f(x[$__rate_interval])) by ($group)",
        "$f by (a) (x)",
        "$f without (a) (x)",
        "${f}_over_time(x[5m])",
        "x $op y",
        'x{a=~"$a"} $op $limit',
        "x $op (y)",
    ],
)
def test_a_variable_may_stand_for_a_function_or_an_operator(expr: str) -> None:
    assert promql.problem(expr) is None


@pytest.mark.parametrize(
    "expr",
    [
        'x{a="# no comment, $v"} > 1 # a comment about $v and "quotes',
        "x # [[v]]\n> $limit",
        "x{a='#'} # '",
        'label_replace(x, "a", "$1", "b", "(.*)") # $v',
    ],
)
def test_variables_in_comments_are_passed_over_and_a_hash_in_quotes_is_no_comment(expr: str) -> None:
    assert promql.problem(expr) is None


def test_a_variable_stands_for_the_same_wherever_it_stands() -> None:
    assert promql.problem("$x > 1 and clamp_max(y, $x) > 0") is not None
    assert promql.problem("$x > 1 and clamp_max(y, $z) > 0") is None


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("# only a comment", "no expression found in input"),
        ("sum(x", "unclosed left parenthesis"),
        ("rate($x)", "expected type matrix in call to function 'rate', got vector"),
        ("rat(x[$__interval])", "unknown function with name 'rat'"),
        ("x{a=$v}", "unexpected identifier 'v' in label matching, expected string"),
        ("x y $z", "invalid promql query"),
        ('x{a="b" or c="d"}', "Prometheus has no 'or' among matchers"),
        ('sum(rate(x{a="$v" or c="d"}[5m])) > 0', "Prometheus has no 'or' among matchers"),
        ('x{a=~"("}', "illegal regex for ("),
    ],
)
def test_what_is_no_promql_is_told(expr: str, expected: str) -> None:
    assert promql.problem(expr) == expected


@pytest.mark.parametrize(
    "expr",
    [
        "rate(x[5m]) > 0",
        'label_replace(x, "a", "$1", "b", "(.*)")',
        "x{code=~`5\\d\\d`}",
        'x{a=`"quoted" \\ and\nmore`}',
        "holt_winters(x[1h], 0.3, 0.3)",
        "vector(1)",
        "time() - x > 300",
        "1 > bool 0",
        "x # a comment with $v",
        'x{a="this or that"} or y{b="c"}',
    ],
)
def test_rules_are_promql_without_variables(expr: str) -> None:
    assert promql.problem(expr, variables=False) is None


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (
            "rate(x[$__rate_interval])",
            "a rule knows no variables of Grafana (unexpected character inside brackets: '$')",
        ),
        ("x > $limit", "a rule knows no variables of Grafana (unexpected character: '$')"),
        ("x[5m]", "it gives a range of samples, and a rule needs one value for each series"),
        ("(x[5m:1m])", "it gives a range of samples, and a rule needs one value for each series"),
        ("'text'", "it gives text, and a rule needs one value for each series"),
    ],
)
def test_what_a_rule_must_not_hold_is_told(expr: str, expected: str) -> None:
    assert promql.problem(expr, variables=False) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sum(x)by(a)", "sum by (a) (x)"),
        ("x  >  1.0 # note", "x > 1"),
        ("x{a=~`5\\d`}", 'x{a=~"5\\\\d"}'),
        ("rate(x[60s])", "rate(x[1m])"),
        ('x{b="1",a="2"}', 'x{a="2", b = "1",}'),
        ('x{a = "1", a!="2"}', 'x{a!="2",a="1"}'),
        ('x{b=",}{\\"",a="}"} # {z="1",y="2"}', 'x{a="}",b=",}{\\""}'),
        ('{b="1",__name__="x"}', '{__name__="x",b="1"}'),
        ("rate(x[1500ms])", "rate(x[1s500ms])"),
        ("x offset -90s", "x offset -1m30s"),
        ("sum(up) by ()", "sum(up)"),
        ("sum by () (up)", "sum(up)"),
        ("a + ignoring() b", "a + b"),
        ("a == bool on() -(time())", "a == bool -(time())"),
    ],
)
def test_expressions_that_mean_the_same_look_the_same_in_canonical_form(one: str, other: str) -> None:
    assert promql.canonical(one) == promql.canonical(other)


def test_the_canonical_form_of_what_does_not_parse_is_the_text_itself() -> None:
    assert promql.canonical("sum(") == "sum("
    assert promql.canonical('x{b="1"') == 'x{b="1"'
    assert promql.canonical("x > 1") != promql.canonical("x > 2")
    assert promql.canonical('x{a="b",b="a"}') != promql.canonical('x{a="a",b="b"}')


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rate(x[1500ms])", "rate(x[1s])"),
        ("x offset 1500ms", "x offset 1s"),
        ("x[1h:1500ms]", "x[1h:1s]"),
        ("sum without () (up)", "sum(up)"),
        ("a + on() b", "a + b"),
        ("a + on(c) group_left b", "a + on(c) b"),
        ("a == bool 1", "a == 1"),
        ("x @ 1.5", "x @ 1"),
        ("x @ 1", "x @ -1"),
        ("x", "-x"),
        ('x{a="b\\",c=\\"d"}', 'x{a="b",c="d"}'),
    ],
)
def test_expressions_that_mean_something_else_look_otherwise(one: str, other: str) -> None:
    assert promql.canonical(one) != promql.canonical(other)


LABELS = st.lists(st.sampled_from(["a", "b", "c"]), unique=True, max_size=2).map(", ".join)
COUNTS = st.integers(1, 5000)
DURATIONS = st.tuples(COUNTS, st.sampled_from(["ms", "s", "m", "h", "d"])).map(lambda parts: f"{parts[0]}{parts[1]}")
MATCHERS = st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["=", "!=", "=~", "!~"]), st.text('ab.|é "\\\n'))
MOVED = st.just("") | DURATIONS.map(lambda by: f" offset {by}") | DURATIONS.map(lambda by: f" @ 1.5 offset -{by}")


def selector(name: str, matchers: list[tuple[str, str, str]], moved: str) -> str:
    return f"{name}{{{', '.join(f'{label}{op}{json.dumps(text)}' for label, op, text in matchers)}}}{moved}"


SELECTORS = st.builds(selector, st.sampled_from(["x", "y:z"]), st.lists(MATCHERS, max_size=3), MOVED)
RANGES = st.builds(
    lambda name, over, moved: f"{name}[{over}]{moved}",
    st.sampled_from(["x", 'y{b="c",a=""}']),
    DURATIONS | st.tuples(DURATIONS, DURATIONS | st.just("")).map(":".join),
    MOVED,
)
NUMBERS = st.floats(allow_nan=False).map(str) | st.sampled_from(["0x1F", "+Inf", "NaN", ".5", "1e3"])


def larger(vectors: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions made of expressions, in the many ways in which one may write them."""
    grouping = st.tuples(st.sampled_from(["by", "WITHOUT"]), LABELS).map(lambda given: f" {given[0]} ({given[1]}) ")
    matching = st.tuples(st.sampled_from(["on", "ignoring"]), LABELS).map(lambda given: f"{given[0]}({given[1]})")
    many = st.sampled_from([" on(a) group_left() ", " ignoring(b) GROUP_RIGHT(c) "])
    return st.one_of(
        st.tuples(st.just("sum"), st.just("") | grouping, vectors.map("({})".format)).map("".join),
        st.tuples(st.just("topk(3, "), vectors, st.just(")"), st.just("") | grouping).map("".join),
        st.tuples(vectors, st.sampled_from("+-*/%^"), st.just("") | matching | many, vectors).map(" ".join),
        st.tuples(vectors, st.sampled_from(["==", "< bool", "> bool on(a)"]), vectors).map(" ".join),
        st.tuples(vectors, st.sampled_from(["and", "or", "UNLESS"]), st.just("") | matching, vectors).map(" ".join),
        st.tuples(vectors, st.sampled_from("+-*/"), NUMBERS).map(" ".join),
        st.sampled_from(["-{}", "+{}", "({})", "abs({})", "clamp_max({}, -1)"]).flatmap(
            lambda way: vectors.map(way.format)
        ),
    )


EXPRESSIONS = st.recursive(SELECTORS | RANGES.map("rate({})".format), larger, max_leaves=6)


@pytest.fixture(scope="module")
def prometheus(programs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    with servers.prometheus(tmp_path_factory.mktemp("prometheus") / "prometheus") as server:
        yield server


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS)
def test_what_prometheus_prints_looks_the_same_in_canonical_form(prometheus: servers.Server, expr: str) -> None:
    try:
        printed = prometheus.get(f"/api/v1/format_query?query={quote(expr)}")["data"]
    except HTTPError:  # such as a regular expression that is none
        reject()

    assert promql.canonical(printed) == promql.canonical(expr)


WORDS = "$ ${ } [[ ]] ( ) [ ] { a 5m offset by sum rate , =~ @ : - 1 $x ${x:csv} [[v]]"
FRAGMENTS = st.sampled_from(WORDS.split())
STRAY = st.sampled_from("\"'` #\n\\\0é😀")


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.lists(FRAGMENTS | STRAY, max_size=20).map("".join)), st.booleans())
def test_any_text_is_judged(text: str, variables: bool) -> None:
    found = promql.problem(text, variables=variables)

    assert found is None or found
    assert promql.canonical(text) or not text


@pytest.mark.parametrize("expr", ["(" * 60_000 + "a" + ")" * 60_000, "a" + "+a" * 5000])
def test_the_canonical_form_of_what_nests_too_deeply_is_the_text_itself(expr: str) -> None:
    assert promql.canonical(expr) == expr
