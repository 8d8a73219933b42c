from typing import Any

import pytest

from dojoboards.render.former import REMOVED, current
from support.boards import board, nulls, one, problems

Json = dict[str, Any]


def defaults(panel: Json) -> Json:
    found: Json = one(panel)["fieldConfig"]["defaults"]
    return found


@pytest.mark.parametrize(("kind", "successor"), REMOVED.items())
def test_a_type_that_grafana_no_longer_loads_is_told_with_its_successor(kind: str, successor: str) -> None:
    (problem,) = problems(board({"type": kind, "title": "a"}))

    assert problem.message == f"panel 'a': Grafana 12 and newer do not load panels of the type {kind!r}"
    assert problem.remedy == f"make it a panel of the type {successor!r}"


def test_an_alert_in_a_panel_is_told_and_not_lost() -> None:
    (problem,) = problems(board({"type": "timeseries", "title": "a", "alert": {"name": "Busy"}}))

    assert problem.message == "panel 'a' holds an alert of the kind that Grafana 11 removed"
    assert problem.remedy == "declare an `Alert` in alerts/, and take it out of the panel"


@pytest.mark.parametrize("kind", ["timeseries", "table", "gauge", "bargauge", "heatmap", "text", "dashlist", "canvas"])
def test_a_current_panel_means_the_same(kind: str) -> None:
    panel = {
        "type": kind,
        "title": "a",
        "options": {"x": 1},
        "fieldConfig": {"defaults": {"unit": "s"}, "overrides": []},
    }

    assert current(panel) == panel


@pytest.mark.parametrize("kind", ["gauge", "bargauge"])
def test_the_field_options_of_gauges_go_where_they_are_looked_for(kind: str) -> None:
    former = {
        "calcs": ["max"],
        "values": True,
        "limit": 5,
        "defaults": {"min": 0, "max": 10, "unit": "s", "decimals": 1, "title": "Load", "links": []},
        "mappings": [{"op": "=", "text": "N/A", "value": "null"}, {"from": 0, "to": 1, "text": "low"}],
        "thresholds": [{"color": "green", "index": 0, "value": None}, {"color": "red", "index": 1, "value": 5}],
    }

    panel = one({"type": kind, "options": {"fieldOptions": former, "orientation": "vertical"}})

    assert panel["options"]["reduceOptions"] == {"calcs": ["max"], "fields": "", "limit": 5, "values": True}
    assert panel["options"]["orientation"] == "vertical"
    assert panel["fieldConfig"] == {
        "defaults": {
            "decimals": 1,
            "displayName": "Load",
            "links": [],
            "mappings": [
                {"type": "special", "options": {"match": "null", "result": {"index": 0, "text": "N/A"}}},
                {"type": "range", "options": {"from": 0.0, "to": 1.0, "result": {"index": 1, "text": "low"}}},
            ],
            "max": 10,
            "min": 0,
            "thresholds": {
                "mode": "absolute",
                "steps": [{"color": "green", "value": None}, {"color": "red", "value": 5}],
            },
            "unit": "s",
        },
        "overrides": [],
    }


@pytest.mark.parametrize(
    ("mode", "cell"),
    [
        ("color-text", {"type": "color-text"}),
        ("lcd-gauge", {"type": "gauge", "mode": "lcd"}),
        ("basic", {"type": "gauge", "mode": "basic"}),
        ("color-background", {"type": "color-background", "mode": "gradient"}),
        ("color-background-solid", {"type": "color-background", "mode": "basic"}),
    ],
)
def test_the_display_mode_of_a_table_becomes_options_of_its_cells(mode: str, cell: Json) -> None:
    override = {
        "matcher": {"id": "byName", "options": "a"},
        "properties": [{"id": "custom.displayMode", "value": mode}, {"id": "unit", "value": "s"}],
    }
    config = {"defaults": {"custom": {"displayMode": mode}}, "overrides": [override]}

    panel = one({"type": "table", "fieldConfig": config, "styles": [], "columns": []})

    assert panel["fieldConfig"]["defaults"]["custom"] == {"align": "auto", "cellOptions": cell, "inspect": False}
    assert panel["fieldConfig"]["overrides"][0]["properties"] == [
        {"id": "custom.cellOptions", "value": cell},
        {"id": "unit", "value": "s"},
    ]


def test_the_keys_of_a_dashboard_list_become_its_options() -> None:
    former = {
        "headings": False,
        "limit": 5,
        "query": "a",
        "recent": True,
        "search": True,
        "starred": False,
        "tags": ["b"],
    }

    assert one({"type": "dashlist", **former})["options"] == {
        "includeVars": False,
        "keepTime": False,
        "maxItems": 5,
        "query": "a",
        "showFolderNames": True,
        "showHeadings": False,
        "showRecentlyViewed": True,
        "showSearch": True,
        "showStarred": False,
        "tags": ["b"],
    }


@pytest.mark.parametrize(
    ("states", "shown"),
    [
        ([], {"error": True, "firing": True, "noData": True, "normal": True, "pending": True}),
        (["alerting"], {"error": False, "firing": True, "noData": False, "normal": False, "pending": False}),
    ],
)
def test_the_keys_of_an_alert_list_become_its_options(states: list[str], shown: Json) -> None:
    former = {"limit": 5, "nameFilter": "Busy", "onlyAlertsOnDashboard": True, "show": "current", "stateFilter": states}

    options = one({"type": "alertlist", **former})["options"]

    assert (options["maxItems"], options["alertName"], options["dashboardAlerts"]) == (5, "Busy", True)
    assert options["stateFilter"] == shown


def test_text_of_former_years_is_markdown() -> None:
    options = one({"type": "text", "mode": "text", "content": "a"})["options"]

    assert (options["mode"], options["content"]) == ("markdown", "a")


def test_a_color_may_be_its_name_or_that_of_a_mode() -> None:
    named, mode = ({"defaults": {"color": color}} for color in ("red", "thresholds"))

    assert defaults({"type": "stat", "fieldConfig": named})["color"] == {"fixedColor": "red", "mode": "fixed"}
    assert defaults({"type": "stat", "fieldConfig": mode})["color"] == {"mode": "thresholds"}


def test_value_mappings_of_former_years_are_one_each() -> None:
    former = [
        {"type": 1, "value": "1", "text": "up"},
        {"type": 2, "from": "2", "to": "", "text": "many"},
        {"type": "value", "options": {"0": {"text": "down"}}},
    ]

    mappings = defaults({"type": "stat", "fieldConfig": {"defaults": {"mappings": former}}})["mappings"]

    assert mappings == [
        {"type": "value", "options": {"1": {"index": 0, "text": "up"}}},
        {"type": "range", "options": {"from": 2.0, "to": None, "result": {"index": 1, "text": "many"}}},
        {"type": "value", "options": {"0": {"text": "down"}}},
    ]
    assert nulls(mappings) == [".1.options.to"]


@pytest.mark.parametrize(
    "kind", ["timeseries", "state-timeline", "piechart", "barchart", "histogram", "status-history"]
)
def test_hidden_was_once_a_mode_of_the_legend(kind: str) -> None:
    hidden, table = (
        one({"type": kind, "options": {"legend": {"displayMode": mode}}})["options"]["legend"]
        for mode in ("hidden", "table")
    )

    assert (hidden["displayMode"], hidden["showLegend"]) == ("list", False)
    assert (table["displayMode"], table["showLegend"]) == ("table", True)
