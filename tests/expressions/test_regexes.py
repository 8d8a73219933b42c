from __future__ import annotations

import re

import pytest

from dojoboards.expressions import regexes


@pytest.mark.parametrize(
    ("text", "value", "matches"),
    [
        ("a|b", "b", True),
        ("a|b", "ab", False),
        ("", "", True),
        ("a.b", "a\nb", True),
        ("(?i)ab", "AB", True),
        ("a(?i:b)", "aB", True),
        (r"\Qa.b\E+", "a.bb", True),
        (r"\Qa.b", "axb", False),
        ("[[:alpha:]_]+", "ab_", True),
        (r"\d", "٣", False),
        (r"(?<x>a)\z", "a", True),
        (r"\(?<a", "(<a", True),
        ("a{2,3}", "aa", True),
    ],
)
def test_a_regular_expression_matches_as_a_whole(text: str, value: str, matches: bool) -> None:
    pattern = regexes.anchored(text)

    assert pattern is not None
    assert (pattern.fullmatch(value) is not None) is matches


@pytest.mark.parametrize(
    "text", ["(", "a**", "(?=a)", "(?<!a)b", r"\1", r"(?P=x)", r"\pL", "a++", "(?U)a+", r"\x{41}", r"a\Z", "[z-a]"]
)
def test_what_python_would_read_differently_is_not_known(text: str) -> None:
    assert regexes.anchored(text) is None


@pytest.mark.parametrize(
    ("replacement", "expected"),
    [
        ("$1", "a"),
        ("${1}_x", "a_x"),
        ("$1_x", ""),
        ("$name-$2", "b-b"),
        ("$$1", "$1"),
        ("$9", ""),
        ("$3", ""),
        ("plain", "plain"),
        ("100$", "100$"),
    ],
)
def test_a_replacement_takes_groups_as_go_does(replacement: str, expected: str) -> None:
    match = re.fullmatch("(a)(?P<name>b)(c)?", "ab")
    assert match is not None

    assert regexes.expand(replacement, match) == expected
