from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards.expressions import ANY, NONE, Labels, exactly, unmatched

NAMES = ("a", "b", "c")
SETS = st.frozensets(st.sampled_from(NAMES))


@st.composite
def known(draw: st.DrawFn) -> tuple[Labels, frozenset[str]]:
    """Labels of a series, and something true that is known of them."""
    real = draw(SETS)
    certain = real & draw(SETS)
    if draw(st.booleans()):
        return Labels(certain, None, draw(SETS) - real), real
    return Labels(certain, real | draw(SETS)), real


def true(labels: Labels, real: frozenset[str]) -> bool:
    return labels.certain <= real and all(labels.has(name) is not False for name in real)


@settings(max_examples=200, deadline=None)
@given(known(), known(), SETS)
def test_what_is_said_stays_true(
    first: tuple[Labels, frozenset[str]], second: tuple[Labels, frozenset[str]], names: frozenset[str]
) -> None:
    (labels, real), (others, other) = first, second

    assert true(labels, real)
    assert true(labels.only(names), real & names)
    assert true(labels.without(names), real - names)
    assert true(labels.plus(names), real | names)
    assert true(labels.plus(possible=names), real)
    assert true(labels.perhaps(names), real - names)
    assert true(labels.perhaps(names), real | names)
    assert true(labels.joined(others), real)
    assert true(labels.joined(others), other)


@pytest.mark.parametrize(
    ("labels", "has"),
    [
        (exactly("a"), (True, False)),
        (Labels(frozenset("a"), frozenset("ab")), (True, None)),
        (ANY, (None, None)),
        (ANY.without(["b"]), (None, False)),
        (ANY.only(["a"]), (None, False)),
        (exactly("a", "b").without(["__v__x"]), (None, None)),
        (NONE.only(["__v__x", "a"]), (False, False)),
        (exactly("a").plus(["__v__x"]), (True, None)),
    ],
)
def test_a_label_is_there_or_not_or_not_known(labels: Labels, has: tuple[bool | None, bool | None]) -> None:
    assert (labels.has("a"), labels.has("b")) == has


def test_labels_are_exact_where_each_series_has_all_of_them() -> None:
    assert exactly("a", "b").exact
    assert not Labels(frozenset("a"), frozenset("ab")).exact
    assert not ANY.exact


@pytest.mark.parametrize(
    ("left", "right", "on", "names", "label"),
    [
        (exactly("a"), exactly("a"), False, [], ""),
        (exactly("a", "b"), exactly("a"), False, [], "b"),
        (exactly("a", "b"), exactly("a"), False, ["b"], ""),
        (exactly("a", "b"), exactly("a"), True, ["a"], ""),
        (exactly("a", "b"), exactly("a"), True, ["b"], "b"),
        (exactly("a"), exactly("c"), True, ["b"], ""),
        (exactly("a", "b"), ANY, False, [], ""),
        (exactly("a", "b"), ANY.without(["a"]), False, [], "a"),
        (Labels(NONE.certain, frozenset("a")), exactly("b"), False, ["b"], ""),
        (exactly("a", "b"), exactly("a"), False, ["__v__x"], ""),
    ],
)
def test_two_sides_that_can_never_match_are_told_by_the_label(
    left: Labels, right: Labels, on: bool, names: list[str], label: str
) -> None:
    assert unmatched(left, right, on=on, names=names) == label
