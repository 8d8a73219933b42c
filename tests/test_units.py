import pytest
from grafana_foundation_sdk.models import units as theirs

from dojoboards import panels, units
from support.boards import board, problems


def test_the_units_are_those_that_the_foundation_sdk_knows() -> None:
    known = {value for name, value in vars(theirs).items() if isinstance(value, str) and not name.startswith("_")}

    assert known == units.UNITS


@pytest.mark.parametrize(
    "unit",
    ["suffix:players", "prefix:~", "time:YYYY-MM", "si:mF", "count:orders", "currency:CHF", "bool:on/off", "${unit}"],
)
def test_a_unit_of_ones_own_is_known_by_its_prefix(unit: str) -> None:
    assert units.known(unit)


@pytest.mark.parametrize("unit", ["", "seconds", "S", "players", "suffix:", "percent "])
def test_anything_else_is_not_known(unit: str) -> None:
    assert not units.known(unit)


@pytest.mark.parametrize(
    ("unit", "remedy"),
    [
        ("percentunits", "did you mean 'percentunit'? A unit of your own is written suffix:percentunits"),
        ("reqs", "did you mean 'reqps'? A unit of your own is written suffix:reqs"),
        ("minutes", "did you mean 'm'? A unit of your own is written suffix:minutes"),
        ("ratio", "did you mean 'percentunit'? A unit of your own is written suffix:ratio"),
        ("Ω²", "A unit of your own is written suffix:Ω²"),
    ],
)
def test_an_unknown_unit_is_told_with_the_nearest_one(unit: str, remedy: str) -> None:
    (problem,) = problems(board(panels.stat("Load", "up", unit=unit)))

    assert problem.message == f"panel 'Load': Grafana has no unit {unit!r}"
    assert problem.remedy == remedy
    assert problem.source is not None
    assert problem.source.file == __file__


def test_the_units_of_a_heatmaps_axis_and_of_overrides_are_looked_at_too() -> None:
    override = {"matcher": {"id": "byName", "options": "a"}, "properties": [{"id": "unit", "value": "minutes"}]}

    found = problems(board(panels.heatmap("A", "up", y_unit="hours"), panels.stat("B", "up", overrides=[override])))

    assert [problem.message for problem in found] == [
        "panel 'A': Grafana has no unit 'hours'",
        "panel 'B': Grafana has no unit 'minutes'",
    ]
