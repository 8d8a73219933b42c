from pathlib import Path

import pytest

from dojoboards.lint import texts
from dojoboards.lint.texts import Matcher
from support.oracle import accepted

DURATIONS = ["0", "5m", "1h30m", "1y2w3d4h5m6s7ms", "0s", "292y"]
NOT_DURATIONS = ["5 m", "1.5h", "30m1h", "-5m", "5M", "m", "5", "300y", "1h\n", "٣m"]

REGEXES = [
    "", "web|db", ".*", "node_.+", r"web\d+", "(?i)a", "a(?i)b", "(?P<n>a)", "(?i:a)", "(?s-i:a)", "(?U)a+", "a??",
    "a+?", "a{2}?", "a{", "a{,5}", "{", "}", "a]", "[]a]", "[^]a]", "[*+]+", "[[a]", "[--a]", "[a&&b]", "[a||b]",
    r"[\w-.]+", r"[\]]", "[[:alpha:]]", "[[:^alpha:]]+", r"\pL+", r"\p{Greek}", r"\pN{2}", r"\Qa.b\E", r"\x{10FFFF}",
    r"\A", r"\b", r"\z", r"\_", r"\/", r"\-", r"\\1", r"[(?=a)]", "(a*)*", "(|a)", "a||b", "()", "a{0}", "a{1,1000}",
    "日本+", "[日-本]", "a\nb",
]  # fmt: skip
NOT_REGEXES = {
    "(a": "the regular expression '(a' is wrong: missing ), unterminated subpattern at position 0",
    "a)": "the regular expression 'a)' is wrong: unbalanced parenthesis at position 1",
    "[a": "the regular expression '[a' is wrong: unterminated character set at position 0",
    "[z-a]": "the regular expression '[z-a]' is wrong: bad character range z-a at position 1",
    "a{2,1}": "the regular expression 'a{2,1}' is wrong: min repeat greater than max repeat at position 2",
    "*a": "the regular expression '*a' is wrong: nothing to repeat at position 0",
    "a\\": "the regular expression 'a\\\\' is wrong: bad escape (end of pattern) at position 1",
    "(?!x)a": "the regular expression '(?!x)a' looks ahead or behind, which RE2 has not",
    "(?<=a)b": "the regular expression '(?<=a)b' looks ahead or behind, which RE2 has not",
    r"(a)\1": r"the regular expression '(a)\\1' refers back to a group, which RE2 has not",
    "a++": "the regular expression 'a++' repeats what is repeated already, which RE2 has not",
    "a{2}{3}": "the regular expression 'a{2}{3}' repeats what is repeated already, which RE2 has not",
    "(?>a)": "the regular expression '(?>a)' has an unknown kind of group, which RE2 has not",
    "(?x)a b": "the regular expression '(?x)a b' has an unknown kind of group, which RE2 has not",
    "(?#c)a": "the regular expression '(?#c)a' has an unknown kind of group, which RE2 has not",
    r"a\Z": r"the regular expression 'a\\Z' has an unknown escape, which RE2 has not",
    r"\u1234": r"the regular expression '\\u1234' has an unknown escape, which RE2 has not",
    "a{1001}": "the regular expression 'a{1001}' repeats something more than 1000 times",
    "a{1,99999999999}": "the regular expression 'a{1,99999999999}' repeats something more than 1000 times",
}

MATCHERS = {
    'a="b"': [Matcher("a", "=", "b")],
    "a=b": [Matcher("a", "=", "b")],
    ' a =~ "x|y" ': [Matcher("a", "=~", "x|y")],
    'a!="b", c!~"d"': [Matcher("a", "!=", "b"), Matcher("c", "!~", "d")],
    '{a="b",}': [Matcher("a", "=", "b")],
    "a=b,c=d": [Matcher("a", "=", "b"), Matcher("c", "=", "d")],
    'a="x,y"': [Matcher("a", "=", "x,y")],
    "a=": [Matcher("a", "=", "")],
    'a=""': [Matcher("a", "=", "")],
    'a="}"': [Matcher("a", "=", "}")],
    'a="\\"b\\\\"': [Matcher("a", "=", '"b\\')],
    'a=~"\\\\d+"': [Matcher("a", "=~", "\\d+")],
    'a=~"web\\d"': [Matcher("a", "=~", "web\\d")],
    '"foo bar"="x"': [Matcher("foo bar", "=", "x")],
    'foo.bar="x"': [Matcher("foo.bar", "=", "x")],
    'a:b="c"': [Matcher("a:b", "=", "c")],
    '日本="x"': [Matcher("日本", "=", "x")],
}
NOT_MATCHERS = ["a", "=b", 'a="b', 'a=b"', 'a="b" and c="d"', "a>b", "a~b", "!a=b", 'a=~"(x"', 'a=~"(?!x)"']


@pytest.mark.parametrize("text", DURATIONS)
def test_a_duration_has_whole_numbers_and_units_in_falling_order(text: str) -> None:
    assert texts.duration(text) == ""


@pytest.mark.parametrize("text", NOT_DURATIONS)
def test_anything_else_is_no_duration(text: str) -> None:
    assert repr(text) in texts.duration(text)


def test_no_duration_at_all_is_right() -> None:
    assert texts.duration("") == ""
    assert texts.interval("") == ""


def test_an_interval_is_a_duration_above_zero() -> None:
    assert texts.interval("1ms") == ""
    assert texts.interval("0h0m") == "'0h0m' is no time at all"
    assert texts.interval("1 m") == "'1 m' is not a duration such as 30s, 5m or 1h30m"
    assert texts.duration("293y") == "'293y' is longer than 292 years"


@pytest.mark.parametrize("text", REGEXES)
def test_a_regular_expression_of_re2_is_right(text: str) -> None:
    assert texts.regex(text) == ""


@pytest.mark.parametrize(("text", "message"), NOT_REGEXES.items())
def test_what_is_wrong_with_a_regular_expression_is_said(text: str, message: str) -> None:
    assert texts.regex(text) == message


@pytest.mark.usefixtures("programs")
def test_prometheus_agrees_about_regular_expressions(tmp_path: Path) -> None:
    given = [*REGEXES, *NOT_REGEXES]
    documents = [
        {"scrape_configs": [{"job_name": "a", "relabel_configs": [{"action": "labeldrop", "regex": text}]}]}
        for text in given
    ]

    found = accepted(["promtool", "check", "config"], documents, tmp_path)

    assert dict(zip(given, found, strict=True)) == {text: text in REGEXES for text in given}


@pytest.mark.parametrize(("text", "expected"), MATCHERS.items())
def test_matchers_are_read(text: str, expected: list[Matcher]) -> None:
    assert texts.matchers(text) == (expected, "")


@pytest.mark.parametrize("text", [*NOT_MATCHERS, "", "{}"])
def test_anything_else_is_no_matcher(text: str) -> None:
    _, wrong = texts.matchers(text)

    assert "is not a matcher" in wrong or "the regular expression" in wrong


@pytest.mark.usefixtures("programs")
def test_alertmanager_agrees_about_matchers(tmp_path: Path) -> None:
    given = [*MATCHERS, *NOT_MATCHERS]
    documents = [
        {"route": {"receiver": "r", "routes": [{"matchers": [text]}]}, "receivers": [{"name": "r"}]} for text in given
    ]

    found = accepted(["amtool", "check-config"], documents, tmp_path)

    assert dict(zip(given, found, strict=True)) == {text: text in MATCHERS for text in given}


def test_labels_are_named_as_prometheus_takes_them() -> None:
    wrong = "'{}' is not the name of a label: letters, digits and underscores, no digit at the start"

    assert texts.label("service_2") == ""
    assert texts.label("2service") == wrong.format("2service")
    assert texts.label("data-centre") == wrong.format("data-centre")
    assert texts.label("") == wrong.format("")
    assert texts.label("__name__") == "the label '__name__' is set by Prometheus itself"
    assert texts.label("alertname", reserved=frozenset({"alertname"})) == (
        "the label 'alertname' is set by Prometheus itself"
    )
