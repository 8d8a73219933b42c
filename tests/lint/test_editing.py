import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards.lint.editing import edited
from dojoboards.lint.registry import Edit
from dojoboards.lint.texts import respelt

EDIT = Edit("5 minutes", "5m")


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ('a = Alert(for_="5 minutes")\n', 1, 'a = Alert(for_="5m")\n'),
        ("a = Alert(\n    for_='5 minutes',  # so long\n)\n", 1, "a = Alert(\n    for_='5m',  # so long\n)\n"),
        ('a = Alert(for_=r"""5 minutes""")\n', 1, 'a = Alert(for_=r"""5m""")\n'),
        ('f()\r\nx = "日本", Alert(for_="5 minutes")\r\n', 2, 'f()\r\nx = "日本", Alert(for_="5m")\r\n'),
        (
            'a = A(\n  B(for_="5 minutes"),\n  B(for_="5 minutes"))',
            2,
            'a = A(\n  B(for_="5m"),\n  B(for_="5 minutes"))',
        ),
        ('x = "\\f"\na = A("5 minutes", f"5 minutes")\n', 2, 'x = "\\f"\na = A("5m", f"5 minutes")\n'),
        ('x = 1\x0c\na = A("5 minutes")\n', 2, 'x = 1\x0c\na = A("5m")\n'),
    ],
)
def test_one_literal_changes_and_nothing_else(text: str, line: int, expected: str) -> None:
    assert edited(text, line, EDIT) == (expected, "")


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ('a = Alert(for_=f"5 minutes")\n', 1, "'5 minutes' is not written there as one literal"),
        ('a = Alert(for_=f"{5} minutes")\n', 1, "'5 minutes' is not written there as one literal"),
        ('a = Alert(for_=WAIT)\nWAIT = "5 minutes"\n', 1, "'5 minutes' is not written there as one literal"),
        ('a = A("5 minutes", "5 minutes")\n', 1, "'5 minutes' stands there 2 times"),
        ('a = A("5 " "minutes")\n', 1, "'5 minutes' is written with escapes or in parts"),
        ('a = A("5\\x20minutes")\n', 1, "'5 minutes' is written with escapes or in parts"),
        ('a = A("5 minutes")\n', 2, "'5 minutes' is not written there as one literal"),
        ("a = (\n", 1, "the module cannot be parsed"),
    ],
)
def test_what_is_not_one_literal_is_left_alone(text: str, line: int, why: str) -> None:
    assert edited(text, line, EDIT) == (text, why)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=8), st.text(max_size=8), st.sampled_from([repr, ascii, lambda text: f'"{text}"']))
def test_what_is_written_means_what_it_should_or_nothing_changes(before: str, after: str, write: object) -> None:
    text = f"x = 1\na = Alert(name='n', for_={write(before)})\n"  # type: ignore[operator]  # one of three functions

    new, refused = edited(text, 2, Edit(before, after))

    if not refused:
        wanted = ast.dump(ast.parse("x = 1\na = Alert(name='n', for_=_)\n")).replace(
            "Name(id='_', ctx=Load())", f"Constant(value={after!r})"
        )
        assert ast.dump(ast.parse(new)) == wanted or before == "n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 minutes", "5m"), ("1 minute", "1m"), ("5 m", "5m"), (" 5m ", "5m"), ("90 sec", "90s"), ("1h 30m", "1h30m"),
        ("30m1h", "1h30m"), ("1 hour, 30 Minutes", "1h30m"), ("2 days", "2d"), ("500 milliseconds", "500ms"),
        ("0 s", "0s"),
    ],
)  # fmt: skip
def test_a_duration_is_written_as_prometheus_does(text: str, expected: str) -> None:
    assert respelt(text) == Edit(text, expected)


@pytest.mark.parametrize(
    "text",
    ["", "5", "5m", "1h30m", "5M", "5 months", "1.5h", "-5m", "5m5m", "m", "5 minutes or so", "9999999 years", "٣m"],
)
def test_what_is_right_or_could_mean_something_else_is_left_alone(text: str) -> None:
    assert respelt(text) is None
