from typing import Any

import pytest

from dojoboards import Row
from dojoboards.panels import heatmap, query, stat
from support.boards import board, problems


@pytest.mark.parametrize(
    ("panel", "message"),
    [
        (stat("A", "up", width="half"), "`width` of Panel 'A' is 'half', expected a whole number"),  # type: ignore[arg-type]
        (stat("A", "up", key=["a"]), "`key` of Panel 'A' is a list, expected text"),  # type: ignore[arg-type]
        (stat(5, "up"), "dashboard 'Shop', panel '5': title: 5 is not text"),  # type: ignore[arg-type]
        (stat("A", "up", unit=5), "dashboard 'Shop', panel 'A': fieldConfig.defaults.unit: 5 is not text"),  # type: ignore[arg-type]
        (heatmap("A", "up", y_unit=5), "dashboard 'Shop', panel 'A': options.yAxis.unit: 5 is not text"),  # type: ignore[arg-type]
        (stat("A", None), "dashboard 'Shop', panel 'A': targets.0: null is not a mapping"),  # type: ignore[arg-type]
        (stat("A", query(["up"])), "dashboard 'Shop', panel 'A': targets.0.expr: [\"up\"] is not text"),  # type: ignore[arg-type]
        (stat("A", query("up", ref_id=["A"])), "dashboard 'Shop', panel 'A': targets.0.refId: [\"A\"] is not text"),  # type: ignore[arg-type]
        (
            stat("A", "up", overrides="x"),
            "dashboard 'Shop', panel 'A': fieldConfig.overrides: \"x\" is not a list",
        ),
        (Row("R", stat("A", "up"), height="tall"), "`height` of Row 'R' is 'tall', expected a whole number"),  # type: ignore[arg-type]
    ],
)
def test_what_makes_a_dashboard_unreadable_is_told_with_its_place(panel: Any, message: str) -> None:
    (problem,) = problems(board(panel))

    assert problem.message == message
    assert problem.source is not None
    assert problem.source == panel.source


def test_a_value_that_no_file_holds_is_told_with_its_place() -> None:
    (problem,) = problems(board(stat("A", "up", description=frozenset({1}))))  # type: ignore[arg-type]

    assert problem.message == "dashboard 'Shop', panel 'A': description: frozenset({1}) is not a plain value"


def test_what_cannot_be_told_better_is_told_in_the_words_of_python() -> None:
    (problem,) = problems(board({"type": "stat", "title": "A", "gridPos": 7}))

    assert problem.message == "this dashboard cannot be read: 'int' object has no attribute 'get'"
