from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dojoboards.lint import Check, Finding
from dojoboards.lint.documented import Documentation, documentation


def _lines() -> Iterator[Finding]:
    """A rule.

    Why, in one line
    and another.

    More. Bad: `a`. Good: `b`
    or.
    """
    return iter(())


def _blocks() -> Iterator[Finding]:
    """A rule.

    Bad:

        code

    Good: `b`. Not so bad: nothing.
    """
    return iter(())


def _short() -> Iterator[Finding]:
    """A rule."""
    return iter(())


def _none() -> Iterator[Finding]:
    return iter(())


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (
            _lines,
            Documentation("A rule.", "Why, in one line\nand another.\n\nMore.", [("Bad", "`a`"), ("Good", "`b`\nor")]),
        ),
        (_blocks, Documentation("A rule.", "", [("Bad", "code"), ("Good", "`b`. Not so bad: nothing")])),
        (_short, Documentation("A rule.", "", [])),
        (_none, Documentation("", "", [])),
    ],
)  # fmt: skip
def test_a_docstring_is_taken_apart(function: Callable[..., Any], expected: Documentation) -> None:
    assert documentation(Check("a/b", object, function)) == expected
