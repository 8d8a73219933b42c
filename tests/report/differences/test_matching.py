from bisect import bisect_left

from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards.report.differences.matching import changed_runs, matched, out_of_order


def test_each_identity_matches_what_the_ones_before_left() -> None:
    found = matched(["a1", "b1", "b2"], ["b2", "b3", "c1"], lambda text: text, lambda text: text[0])

    assert (found.pairs, found.removed, found.added) == ([(2, 0), (1, 1)], [0], [2])


def test_nothing_matches_by_an_identity_that_is_none() -> None:
    assert matched([1, 2], [1, 2], lambda _: None).pairs == []


@given(st.lists(st.integers(0, 3), max_size=8), st.lists(st.integers(0, 3), max_size=8))
@settings(max_examples=100, deadline=None)
def test_every_item_is_matched_once_or_left(before: list[int], after: list[int]) -> None:
    found = matched(before, after, lambda item: item)

    assert sorted([i for i, _ in found.pairs] + list(found.removed)) == list(range(len(before)))
    assert sorted([j for _, j in found.pairs] + list(found.added)) == list(range(len(after)))
    assert {before[i] for i in found.removed}.isdisjoint({after[j] for j in found.added})


@given(st.permutations(range(7)))
@settings(max_examples=100, deadline=None)
def test_without_what_is_out_of_order_the_rest_ascends_and_is_the_longest_that_does(order: list[int]) -> None:
    left = out_of_order(order)

    kept = [position for position in order if position not in left]
    ends: list[int] = []
    for position in order:
        at = bisect_left(ends, position)
        ends[at : at + 1] = [position]
    assert kept == sorted(kept)
    assert len(kept) == len(ends)


ITEMS = st.lists(st.integers(0, 3), max_size=10)


@given(ITEMS, ITEMS)
@settings(max_examples=150, deadline=None)
def test_between_the_runs_that_changed_both_lists_are_the_same(before: list[int], after: list[int]) -> None:
    runs = list(changed_runs(before, after))

    rebuilt, end = [], 0
    for old, new in runs:
        rebuilt += [*before[end : old.start], *after[new.start : new.stop]]
        end = old.stop
    assert [*rebuilt, *before[end:]] == after
    assert (runs == []) == (before == after)


def test_long_stretches_with_little_in_common_are_one_run() -> None:
    before = ["start", *map(str, range(2000)), "end"]
    after = ["start", *map(str, range(1, 3000, 3)), "end"]

    assert list(changed_runs(before, after)) == [(range(1, 2001), range(1, 1001))]
