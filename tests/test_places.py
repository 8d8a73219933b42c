import copy
import inspect
from collections.abc import Iterator

import attr
import grafanalib.core as g
import pytest

from dojoboards import panels, places
from dojoboards.errors import Source


def line() -> int:
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


@pytest.fixture
def _remembering() -> Iterator[None]:
    places.remember()
    yield
    places.forget()


pytestmark = pytest.mark.usefixtures("_remembering")


class Special(g.Stat):  # type: ignore[misc]  # grafanalib has no types
    """A panel that a project has made its own."""


@pytest.mark.parametrize(
    "kind", [g.TimeSeries, g.Stat, g.Text, g.Graph, g.AlertList, g.Row, g.RowPanel, g.Dashboard, Special]
)
def test_an_object_of_grafanalib_knows_the_line_that_made_it(kind: type) -> None:
    made = kind(title="a")

    assert places.of(made) == Source(__file__, line() - 2)


def test_a_template_variable_knows_it_too() -> None:
    made = g.Template(name="a", query="b")

    assert places.of(made) == Source(__file__, line() - 2)


def test_what_grafanalib_copies_is_placed_where_that_was_asked_for() -> None:
    board = g.Dashboard(
        title="a",
        panels=[g.Stat(title="b")],
    )

    numbered = board.auto_panel_ids()

    assert places.of(numbered.panels[0]) == Source(__file__, line() - 2)
    assert places.of(copy.deepcopy(board).panels[0]) == Source(__file__, line() - 6)


def test_a_place_takes_no_part_in_equality_or_output() -> None:
    one = g.Stat(title="a")
    other = g.Stat(title="a")

    assert one == other
    assert one.to_json_data() == other.to_json_data()
    assert places.ATTRIBUTE not in attr.asdict(one)


def test_panels_rows_and_dashboards_of_ours_know_their_line() -> None:
    made = [
        panels.stat("a", "up"),
        panels.row("b"),
        panels.dashboard("c", uid="c", panels=[]),
        panels.annotation("d", tags=["d"]),
    ]
    first = line() - 5

    assert [places.of(value) for value in made] == [Source(__file__, first + index) for index in range(4)]


@pytest.mark.parametrize("value", [{"title": "a"}, "text", None, g.Target(expr="up")])
def test_other_values_have_no_place(value: object) -> None:
    assert places.of(value) is None


def test_grafanalib_is_as_it_was_afterwards() -> None:
    places.forget()

    assert places.of(g.Stat(title="a")) is None


def test_remembering_twice_notes_a_place_once() -> None:
    places.remember()

    made = g.Stat(title="a")
    places.forget()

    assert places.of(made) == Source(__file__, line() - 3)
    assert places.of(g.Stat(title="a")) is None
