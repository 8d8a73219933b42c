from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from grafanalib.core import Stat
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards import panels
from dojoboards.layout import COLUMNS, Panel, Placed, Row, place

KINDS = ["timeseries", "stat", "gauge", "table", "logs", "text", "alertlist", "state-timeline", "canvas"]

some_panels = st.builds(
    lambda kind, width, height: Panel({"type": kind, "title": kind}, width=width, height=height),
    st.sampled_from(KINDS),
    st.integers(0, COLUMNS),
    st.integers(0, 12),
)
some_rows = st.builds(
    lambda title, inside, collapsed, height: Row(title, *inside, collapsed=collapsed, height=height),
    st.sampled_from(["", "A", "B"]),
    st.lists(some_panels, max_size=14),
    st.booleans(),
    st.integers(0, 12),
)
bars = st.just(Panel({"type": "row", "title": "bar"}))
dashboards = st.lists(st.one_of(some_panels, some_rows, bars), max_size=8)
law = settings(max_examples=60, deadline=None)


def stat(title: str = "", width: int = 0, height: int = 0) -> Panel:
    return panels.stat(title, "up", width=width, height=height)


def boxes(placed: Iterable[Placed]) -> list[tuple[int, int, int, int]]:
    return [(entry.position["x"], entry.position["y"], entry.position["w"], entry.position["h"]) for entry in placed]


def visible(placed: Iterable[Placed]) -> list[Placed]:
    return [entry for entry in placed if entry.panel is None or entry.row is None or not entry.row.collapsed]


def overlapping(placed: Iterable[Placed]) -> list[tuple[int, int]]:
    cells = [(x, y) for left, top, w, h in boxes(placed) for x in range(left, left + w) for y in range(top, top + h)]
    return [cell for cell, times in Counter(cells).items() if times > 1]


@law
@given(dashboards)
def test_nothing_overlaps_and_all_is_inside_the_grid(items: Sequence[Panel | Row]) -> None:
    placed = list(place(items))
    closed = {id(entry.row): entry.row for entry in placed if entry.row is not None and entry.row.collapsed}

    assert overlapping(visible(placed)) == []
    for row in closed.values():
        assert overlapping(entry for entry in placed if entry.row is row) == []
    assert [box for box in boxes(placed) if box[0] < 0 or box[0] + box[2] > COLUMNS or box[2] < 1 or box[3] < 1] == []


@law
@given(dashboards)
def test_everything_is_placed_once_and_in_its_order(items: Sequence[Panel | Row]) -> None:
    expected: list[object] = []
    for item in items:
        if isinstance(item, Row):
            expected += [item] if item.has_bar else []
            expected += item.panels
        else:
            expected.append(item)

    placed = list(place(items))
    lines = [(entry.position["y"], entry.position["x"]) for entry in visible(placed)]

    assert [entry.panel or entry.row for entry in placed] == expected
    assert all(one < other for one, other in pairwise(lines))


@law
@given(st.lists(st.integers(0, 8), min_size=1, max_size=12))
def test_the_panels_of_a_row_fill_it_where_one_of_them_has_no_width(widths: list[int]) -> None:
    row = Row("A", *(stat(width=width) for width in widths))
    open_ones = widths.count(0)

    sizes = [box[2] for box in boxes(place([row]))[1:]]

    if open_ones and sum(widths) + 2 * open_ones <= COLUMNS:
        shares = [size for size, width in zip(sizes, widths, strict=True) if not width]
        assert sum(sizes) == COLUMNS
        assert max(shares) - min(shares) <= 1
    assert [size for size, width in zip(sizes, widths, strict=True) if width] == [width for width in widths if width]


@law
@given(dashboards, some_panels)
def test_what_is_added_at_the_end_moves_nothing(items: list[Panel | Row], last: Panel) -> None:
    assert list(place([*items, last]))[: len(list(place(items)))] == list(place(items))


def test_panels_flow_from_left_to_right_and_wrap_below_the_tallest() -> None:
    items = [stat("a", 8, 4), stat("b", 8, 6), stat("c", 12, 4)]

    assert boxes(place(items)) == [(0, 0, 8, 4), (8, 0, 8, 6), (0, 6, 12, 4)]


@pytest.mark.parametrize(
    ("panel", "size"),
    [
        (panels.stat("x"), (4, 4)),
        (panels.timeseries("x"), (12, 8)),
        (panels.table("x"), (24, 8)),
        (panels.text("x"), (24, 3)),
        (panels.logs("x"), (24, 10)),
        (Panel({"type": "a-plug-in"}), (12, 8)),
    ],
)
def test_a_panel_alone_has_the_size_of_its_type(panel: Panel, size: tuple[int, int]) -> None:
    assert boxes(place([panel])) == [(0, 0, *size)]


def test_a_row_has_a_bar_and_its_panels_share_what_is_left_beside_those_with_a_width() -> None:
    row = Row("A", stat("a"), stat("b", width=12), stat("c"), stat("d"))

    assert boxes(place([row])) == [(0, 0, 24, 1), (0, 1, 4, 4), (4, 1, 12, 4), (16, 1, 4, 4), (20, 1, 4, 4)]


def test_columns_that_do_not_divide_go_to_the_first_panels() -> None:
    widths = [box[2] for box in boxes(place([Row("A", *[stat()] * 5)]))[1:]]

    assert widths == [5, 5, 5, 5, 4]


def test_too_many_panels_for_one_line_take_the_size_of_their_type() -> None:
    sizes = boxes(place([Row("A", *[stat()] * 13)]))[1:]

    assert {size[2] for size in sizes} == {4}
    assert [size[1] for size in sizes] == [1] * 6 + [5] * 6 + [9]


def test_the_panels_of_a_row_are_as_high_as_the_row_says_or_as_the_highest_type() -> None:
    assert [box[3] for box in boxes(place([Row("A", stat(), panels.timeseries("b"))]))] == [1, 8, 8]
    assert [box[3] for box in boxes(place([Row("A", stat(), stat(height=9), height=5)]))] == [1, 5, 9]


def test_a_row_without_a_title_is_a_line_of_panels_without_a_bar() -> None:
    placed = list(place([Row("", stat("a"), stat("b")), stat("c")]))

    assert boxes(placed) == [(0, 0, 12, 4), (12, 0, 12, 4), (0, 4, 4, 4)]


def test_what_follows_a_closed_row_stands_right_below_its_bar() -> None:
    placed = list(place([Row("A", stat("a"), collapsed=True), Row("B", stat("b"))]))

    assert boxes(placed) == [(0, 0, 24, 1), (0, 1, 24, 4), (0, 1, 24, 1), (0, 2, 24, 4)]


def test_a_given_position_is_kept_and_all_else_goes_below() -> None:
    fixed = Panel({"type": "stat", "gridPos": {"x": 6, "y": 2, "w": 6, "h": 5}})

    placed = list(place([stat("a"), fixed]))

    assert [entry.panel for entry in placed] == [fixed, stat("a")]
    assert boxes(placed) == [(6, 2, 6, 5), (0, 7, 4, 4)]


def test_in_a_row_only_the_size_of_a_given_position_counts() -> None:
    row = Row("A", Panel({"type": "stat", "gridPos": {"x": 6, "y": 2, "w": 6, "h": 5}}), stat("b"))

    assert boxes(place([row])) == [(0, 0, 24, 1), (0, 1, 6, 5), (6, 1, 18, 4)]


def test_a_panel_that_stands_for_a_bar_starts_a_new_line() -> None:
    items = [stat("a"), Panel({"type": "row", "title": "A"}), stat("b")]

    assert boxes(place(items)) == [(0, 0, 4, 4), (0, 4, 24, 1), (0, 5, 4, 4)]


def test_panels_and_rows_know_where_they_were_written_and_are_equal_without_it() -> None:
    one = Row("A", panels.stat("a"))
    other = Row("A", panels.stat("a"))

    assert one == other
    assert one.source is not None
    assert other.source is not None
    assert (one.source.file, other.source.line - one.source.line) == (__file__, 1)
    assert one.panels[0].source == one.source


def test_a_panel_around_an_object_of_another_library_has_its_title() -> None:
    assert Panel(Stat(title="Players"), key="players").title == "Players"
