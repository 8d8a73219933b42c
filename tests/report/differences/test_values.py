import datetime as dt

import pytest

from dojoboards.report.differences.values import (
    Hidden,
    IntractableError,
    cut,
    frozen,
    pair,
    plain,
    printable,
    same,
    shown,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ("", '""'),
        (" a", '" a"'),
        ("a\nb", r"a\nb"),
        ({"b": [1, "x"], "a": None}, "{a: null, b: [1, x]}"),
        ("\x1b[2J\u202e\ud800", r"\x1b[2J\u202e\ud800"),
    ],
)
def test_a_value_is_shown_in_one_printable_line(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_long_value_is_cut() -> None:
    assert shown("x" * 500) == "x" * 100 + "..."
    assert cut("abcdef", 2, 2) == "...cd..."


def test_of_two_long_texts_the_part_is_shown_where_they_begin_to_differ() -> None:
    same_start = "The same words again and again, " * 10

    one, other = pair(same_start + "and cats", same_start + "and dogs" + "!" * 200)

    assert one == "...gain and again, and cats"
    assert other.startswith("...gain and again, and dogs!!!")
    assert other.endswith("!...")


def test_text_that_looks_like_a_number_is_told_from_it() -> None:
    assert pair("5", 5) == ('"5"', "5")


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "smtp_auth_password",
        "bearerToken",
        "api_key",
        "apiKey",
        "client_secret",
        "routing_key",
        "secureJsonData",
    ],
)
def test_below_the_key_of_a_secret_everything_is_hidden(key: str) -> None:
    assert shown(plain({key: {"a": ["x", 5]}})) == f"{{{key}: {{a: [(not shown), (not shown)]}}}}"


@pytest.mark.parametrize("key", ["credentials_file", "passwordFile", "bearer_token_file", "key", "channel"])
def test_a_path_of_a_secret_is_shown(key: str) -> None:
    assert shown(plain({key: "x"})) == f"{{{key}: x}}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"tls_config": {"key": "x", "key_file": "f"}}, "{tls_config: {key: (not shown), key_file: f}}"),
        (
            {"http_headers": {"X-Shop": {"values": ["x"], "secrets": ["y"], "files": ["f"]}}},
            "{http_headers: {X-Shop: {files: [f], secrets: [(not shown)], values: [(not shown)]}}}",
        ),
        (
            {"remote_write": [{"headers": {"X-Shop": "x"}, "name": "far"}]},
            "{remote_write: [{headers: {X-Shop: (not shown)}, name: far}]}",
        ),
        (
            {"email_configs": [{"headers": {"Subject": "x"}, "values": [1]}]},
            "{email_configs: [{headers: {Subject: x}, values: [1]}]}",
        ),
    ],
)
def test_a_key_may_hold_secrets_because_of_where_it_stands(value: object, text: str) -> None:
    assert shown(plain(value)) == text


def test_of_an_authorization_only_a_text_is_hidden() -> None:
    found = plain({"authorization": {"type": "Bearer", "credentials": "x"}, "headers": {"Authorization": "Basic x"}})

    assert (
        shown(found)
        == "{authorization: {credentials: (not shown), type: Bearer}, headers: {Authorization: (not shown)}}"
    )


@pytest.mark.parametrize(
    ("text", "text_shown"),
    [
        ("https://user:example@a.example/b", "https://(not shown)@a.example/b"),
        ("see https://a.example/?token=example&b=1", "see https://a.example/?token=(not shown)&b=1"),
        ("-----BEGIN RSA PRIVATE KEY-----\nexample", "(not shown)"),
        ("the example-secret itself", "the (not shown) itself"),
    ],
)
def test_secrets_within_texts_are_hidden(text: str, text_shown: str) -> None:
    (found,) = plain([text], ["example-secret"])

    assert shown(found) == text_shown
    assert "example" not in repr(found).replace("a.example", "")


def test_a_short_secret_hides_only_what_is_the_same() -> None:
    assert shown(plain(["abc", "abcd"], ["abc"])) == "[(not shown), abcd]"


def test_whatever_yaml_may_hold_becomes_plain() -> None:
    value = {1: {2.5, 1.5}, None: dt.date(2026, 1, 2), ("a",): b"x"}

    assert shown(plain(value)) == "{('a',): b'x', 1: [1.5, 2.5], None: 2026-01-02}"


def test_a_document_that_is_too_deep_or_holds_itself_is_not_compared() -> None:
    circle: list[object] = []
    circle.append(circle)

    with pytest.raises(IntractableError, match="it is nested too deeply"):
        plain(circle)


def test_a_document_that_grows_without_end_is_not_compared() -> None:
    bomb: list[object] = ["x"] * 10
    for _ in range(10):
        bomb = [bomb] * 10

    with pytest.raises(IntractableError, match="it is too large"):
        plain(bomb)


def test_what_means_the_same_is_the_same() -> None:
    assert same({"a": 1, "b": [2.0]}, {"b": [2], "a": 1.0})
    assert same(float("nan"), float("nan"))
    assert not same(True, 1)
    assert not same("1", 1)
    assert not same([1, 2], [2, 1])
    assert not same(Hidden("a"), Hidden("b"))
    assert frozen({"a": [1]}) == frozen({"a": [1.0]})


def test_lines_stay_where_lines_are_shown() -> None:
    assert printable("a\n\tb\r\x07", lines=True) == "a\n\tb\\r\\x07"
