import pytest

from dojoboards.report.differences import Difference, differences
from support.reports import told

BOMB = b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (number, number, b", ".join([b"*a%d" % (number - 1)] * 10)) for number in range(1, 12)
)


@pytest.mark.parametrize(
    ("kind", "before", "words"),
    [
        ("dashboard", b"<html>Log in</html>", "not JSON"),
        ("dashboard", b"", "not JSON"),
        ("dashboard", b"[" * 500 + b"]" * 500, "it is nested too deeply"),
        ("dashboard", b"[" * 100_000, "not JSON"),
        ("rules", b"groups: [", "not YAML"),
        ("rules", b"\x00", "not YAML"),
        ("rules", b"groups: !!python/object/apply:os.system [true]", "not YAML"),
        ("rules", b"groups: !!timestamp never", "not YAML"),
        ("rules", b"- " * 100_000 + b"a", "not YAML"),
        ("rules", b"groups: &a [*a]", "it is nested too deeply"),
        ("rules", BOMB, "it is too large"),
    ],
)
def test_what_cannot_be_compared_says_why(kind: str, before: bytes, words: str) -> None:
    (found,) = differences(kind, before, b"{}")

    format_ = "JSON" if kind == "dashboard" else "YAML"
    assert found == Difference(what="changed", where=("content",), before=words, after=format_)


def test_two_documents_that_cannot_be_read_are_not_shown() -> None:
    assert told("rules", b"[", b"[[") == ["changed  content: not shown (not YAML)"]


def test_an_unknown_kind_is_told_without_its_content() -> None:
    assert differences("something-new", b"example-a", b"example-b") == (
        Difference(what="changed", where=("content",), hidden=True),
    )


def test_equal_bytes_have_no_differences() -> None:
    assert differences("dashboard", b"no JSON", b"no JSON") == ()
