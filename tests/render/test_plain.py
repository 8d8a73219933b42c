from enum import StrEnum
from typing import Any

import grafanalib.core as g
import pytest

from dojoboards import panels
from dojoboards.layout import Panel, Row
from dojoboards.panels.plain import plain
from dojoboards.render.plain import DEFAULTS, completed, item
from support import sdk
from support.boards import LOKI, board, document, drawn, nulls, one, problems

Json = dict[str, Any]

SDK_SOURCE = sdk.DataSourceRef(type_val="prometheus", uid="prom-test")


class Shape(StrEnum):
    LINE = "line"


class Ours:
    """An object of nobody's library."""

    def to_json(self) -> dict[Any, Any]:
        return {"a": None, "b": [Shape.LINE, {"c": None}], 1: 2}


def series(title: str = "Load") -> sdk.Timeseries:
    query = sdk.Dataquery().expr("up").legend_format("{{job}}")
    return sdk.Timeseries().title(title).unit("reqps").with_target(query)


def test_plain_values_have_no_nulls_no_enumerations_and_text_for_keys() -> None:
    assert plain(Ours()) == {"b": ["line", {}], "1": 2}
    assert type(plain(Shape.LINE)) is str


def test_the_nulls_that_the_schema_wants_stay() -> None:
    base, open_end = {"color": "green", "value": None}, {"from": None, "to": 1, "result": {"color": None}}

    assert plain([base, open_end]) == [base, {"from": None, "to": 1, "result": {}}]


@pytest.mark.parametrize("value", [object(), {1, 2}, b"a", {"a": object()}])
def test_what_cannot_be_json_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="is no part of a dashboard"):
        plain(value)


def test_values_are_not_changed() -> None:
    given = {"a": {"b": None, "c": [None]}}

    plain(given)

    assert given == {"a": {"b": None, "c": [None]}}


@pytest.mark.parametrize("kind", DEFAULTS)
def test_a_mapping_with_nothing_but_a_type_is_a_whole_panel(kind: str) -> None:
    panel = one({"type": kind})

    assert panel["options"].keys() == DEFAULTS[kind]().keys()
    assert panel["fieldConfig"] == {"defaults": {}, "overrides": []}
    assert "title" not in panel


def test_options_that_are_given_win_and_the_others_of_the_same_group_are_added() -> None:
    options = one({"type": "timeseries", "options": {"legend": {"calcs": ["max"]}}})["options"]

    assert options == {
        "legend": {"calcs": ["max"], "displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "single", "sort": "none"},
    }


def test_a_panel_of_a_type_that_we_do_not_know_is_left_as_it_is() -> None:
    options = {"root": {"elements": [{"name": "a"}]}, "inlineEditing": True}

    panel = one({"type": "canvas", "title": "a", "options": options, "pluginVersion": "11.0.0"})

    assert (panel["options"], panel["pluginVersion"]) == (options, "11.0.0")


def test_what_grafana_wrote_only_while_it_showed_a_panel_is_dropped() -> None:
    shown = {"editable": True, "error": False, "scopedVars": {}, "repeatPanelId": 3, "repeatIteration": 1, "span": 6}

    assert one({"type": "stat", "title": "a", **shown}) == one({"type": "stat", "title": "a"})


def test_a_base_threshold_without_a_value_gets_its_null() -> None:
    limits = {"mode": "absolute", "steps": [{"color": "green"}, {"color": "red", "value": 80}]}

    panel = one({"type": "stat", "fieldConfig": {"defaults": {"thresholds": limits}, "overrides": []}})

    assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"] == [
        {"color": "green", "value": None},
        {"color": "red", "value": 80},
    ]


def test_the_first_threshold_is_the_base_as_grafana_has_it() -> None:
    limits = {"steps": [{"color": "blue", "value": 0}, {"color": "red", "value": 80}]}

    config = completed({"type": "stat", "fieldConfig": {"defaults": {"thresholds": limits}}})["fieldConfig"]

    assert config["defaults"]["thresholds"] == {
        "mode": "absolute",
        "steps": [{"color": "blue", "value": None}, {"color": "red", "value": 80}],
    }


def test_a_library_panel_is_a_reference_and_nothing_else() -> None:
    position = {"x": 0, "y": 0, "w": 6, "h": 4}
    reference = {"name": "Errors", "uid": "abc"}
    panel = {"libraryPanel": {**reference, "version": 3, "meta": {}}, "gridPos": position, "options": {"a": 1}, "id": 4}

    assert one({**panel, "datasource": "loki"}) == {
        "gridPos": position,
        "id": 4,
        "libraryPanel": reference,
        "type": "library-panel-ref",
    }


def test_rows_of_an_export_keep_their_place_their_id_and_their_panels() -> None:
    inside = {"type": "stat", "title": "b", "id": 3, "gridPos": {"x": 6, "y": 9, "w": 6, "h": 4}}
    below = {"type": "stat", "title": "c", "id": 4, "gridPos": {"x": 0, "y": 9, "w": 6, "h": 4}}
    row = {"type": "row", "id": 2, "title": "R", "gridPos": {"x": 0, "y": 8, "w": 24, "h": 1}, "repeat": "job"}

    closed, opened = (drawn({**row, "collapsed": collapsed, "panels": [inside]}, below) for collapsed in (True, False))

    assert [(panel["id"], panel["gridPos"]["y"]) for panel in closed] == [(2, 8), (4, 9)]
    assert [(panel["id"], panel["gridPos"]["x"]) for panel in closed[0]["panels"]] == [(3, 6)]
    assert [(panel["id"], panel["gridPos"]["x"]) for panel in opened] == [(2, 0), (3, 6), (4, 0)]
    assert closed[0]["repeat"] == opened[0]["repeat"] == "job"


def test_rows_of_a_mapping_without_positions_are_laid_out() -> None:
    bar, first, second = drawn({"type": "row", "title": "R", "panels": [panels.stat("a", "up"), {"type": "stat"}]})

    assert (bar["title"], bar["panels"]) == ("R", [])
    assert [(panel["gridPos"]["x"], panel["gridPos"]["w"]) for panel in (first, second)] == [(0, 12), (12, 12)]


def test_rows_of_a_dashboard_from_before_the_grid_are_laid_out() -> None:
    rows = [
        {
            "collapse": False,
            "height": "380px",
            "showTitle": True,
            "title": "R",
            "panels": [{"type": "text", "span": 4}],
        },
        {"collapse": False, "height": 250, "panels": [{"type": "text", "title": "b", "span": 12}]},
        {"collapse": True, "title": "S", "repeat": "job", "panels": [{"type": "text", "title": "c", "span": 12}]},
    ]

    written = document({"title": "Old", "rows": rows, "schemaVersion": 14})["panels"]

    assert [(panel["type"], panel["gridPos"]["w"], panel["gridPos"]["h"]) for panel in written] == [
        ("row", 24, 1),
        ("text", 8, 10),
        ("text", 24, 3),
        ("row", 24, 1),
    ]
    assert [panel["title"] for panel in written[3]["panels"]] == ["c"]


@pytest.mark.parametrize("row", [Row("b"), {"type": "row"}, g.RowPanel(title="b"), g.Row(title="b")])
def test_a_row_inside_a_row_is_told(row: object) -> None:
    assert [problem.message for problem in problems(board(Row("a", row)))] == [
        "this panel cannot be read: a row stands inside a row or a panel"
    ]


def test_a_panel_of_ours_is_taken_as_it_is() -> None:
    panel = panels.stat("a", "up")

    assert item(panel) is panel


def test_a_key_and_a_size_can_be_put_around_any_panel() -> None:
    made = [
        Panel(g.Stat(title="a"), key="one", width=3, height=2),
        Panel({"type": "stat", "title": "a"}, key="two", width=4),
        Panel(series("a"), key="three", height=5),
    ]

    written = drawn(*made)

    assert [(panel["gridPos"]["w"], panel["gridPos"]["h"]) for panel in written] == [(3, 2), (4, 4), (12, 5)]
    assert [panel["id"] for panel in written] == [
        one(panels.stat("x", key=key))["id"] for key in ("one", "two", "three")
    ]


def test_a_dashboard_of_the_foundation_sdk_is_welcome() -> None:
    builder = (
        sdk.Dashboard("SDK")
        .uid("sdk")
        .tags(["a"])
        .with_variable(sdk.QueryVariable("job").datasource(SDK_SOURCE).query("label_values(up, job)").multi(True))
        .with_row(sdk.Row("Open"))
        .with_panel(series().datasource(SDK_SOURCE).span(8).height(6))
        .with_panel(sdk.Stat().title("Up").with_target(sdk.Dataquery().expr("up").ref_id("A")).span(8).height(6))
        .with_row(sdk.Row("Closed").with_panel(sdk.Text().title("Notes").content("# a")))
    )

    written = document(builder)

    assert written == document(builder.build())
    assert (written["uid"], written["tags"], written["schemaVersion"]) == ("sdk", ["a", "dojoboards:shop"], 42)
    assert [(panel["type"], panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in written["panels"]] == [
        ("row", 0, 0),
        ("timeseries", 0, 1),
        ("stat", 8, 1),
        ("row", 0, 7),
    ]
    assert [panel["type"] for panel in written["panels"][3]["panels"]] == ["text"]
    assert written["templating"]["list"][0]["query"]["qryType"] == 1
    assert written["panels"][1]["targets"][0]["refId"] == "A"
    assert nulls(written) == [
        path for path in nulls(written) if path.endswith(".fieldConfig.defaults.thresholds.steps.0.value")
    ]


def test_thresholds_of_the_foundation_sdk_keep_the_null_of_their_base() -> None:
    steps = [sdk.Threshold(value=None, color="green"), sdk.Threshold(value=5, color="red")]
    limits = sdk.ThresholdsConfig().mode(sdk.ThresholdsMode.ABSOLUTE).steps(steps)

    panel = one(sdk.Stat().title("a").thresholds(limits))

    assert [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]] == [None, 5]


def test_panels_of_the_foundation_sdk_are_laid_out_by_their_size() -> None:
    written = drawn(series("a").span(8).height(5), series("b").span(8).height(5), series("c"), Row("R", series("d")))

    assert [(panel["gridPos"]["x"], panel["gridPos"]["y"], panel["gridPos"]["w"]) for panel in written] == [
        (0, 0, 8),
        (8, 0, 8),
        (0, 5, 12),
        (0, 13, 24),
        (0, 14, 24),
    ]


def test_panels_of_the_foundation_sdk_go_into_a_dashboard_of_grafanalib() -> None:
    written = document(g.Dashboard(title="a", panels=[series(), g.Stat(title="b"), panels.stat("c", "up")]))

    assert [panel["type"] for panel in written["panels"]] == ["timeseries", "stat", "stat"]


def test_a_dashboard_of_the_foundation_sdk_in_schema_v2_is_refused() -> None:
    (problem,) = problems(sdk.DashboardV2("a"))

    assert problem.message == "this dashboard is in Grafana's schema v2, which dojoboards does not write"


def test_what_grafanas_api_wraps_around_a_dashboard_is_taken_off() -> None:
    answer = {"dashboard": {"title": "A", "uid": "a", "id": 3, "version": 4, "panels": []}, "meta": {"slug": "a"}}
    resource = {
        "apiVersion": "dashboard.grafana.app/v1",
        "kind": "Dashboard",
        "metadata": {"name": "a"},
        "spec": {"title": "A", "panels": []},
    }

    assert document(answer) == document(resource) == document({"title": "A", "uid": "a", "panels": []})


def test_an_export_for_sharing_gets_the_data_sources_of_the_environment() -> None:
    inputs = [
        {"name": "DS_PROMETHEUS", "label": "Prometheus", "type": "datasource", "pluginId": "prometheus"},
        {"name": "DS_LOKI", "label": "Loki", "type": "datasource", "pluginId": "loki"},
    ]
    prometheus = {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}
    export = {
        "__inputs": inputs,
        "__requires": [{"type": "grafana", "id": "grafana", "name": "Grafana", "version": "11.0.0"}],
        "__elements": {},
        "title": "Shared",
        "panels": [
            {"type": "stat", "title": "a", "datasource": prometheus, "targets": [{"expr": "up", "refId": "A"}]},
            {"type": "logs", "title": "b", "datasource": "${DS_LOKI}", "targets": [{"expr": "{a='b'}", "refId": "A"}]},
        ],
        "templating": {
            "list": [{"type": "query", "name": "job", "query": "label_values(job)", "datasource": prometheus}]
        },
    }

    written = document(export)

    uids = [panel["targets"][0]["datasource"]["uid"] for panel in written["panels"]]
    assert uids == ["prom-test", LOKI["uid"]]
    assert written["templating"]["list"][0]["datasource"]["uid"] == "prom-test"
    assert [key for key in written if key.startswith("__")] == []


def test_settings_of_a_mapping_are_kept_and_those_of_long_ago_are_not() -> None:
    given = {
        "title": "A",
        "panels": [],
        "fiscalYearStartMonth": 3,
        "weekStart": "monday",
        "liveNow": True,
        "preload": True,
        "refresh": False,
        "sharedCrosshair": True,
        "style": "dark",
        "timepicker": {"nowDelay": "1m", "time_options": ["5m"]},
        "description": None,
    }

    written = document(given)
    kept = {key: written[key] for key in ("fiscalYearStartMonth", "weekStart", "liveNow", "preload", "timepicker")}
    assert kept == {
        "fiscalYearStartMonth": 3,
        "weekStart": "monday",
        "liveNow": True,
        "preload": True,
        "timepicker": {"nowDelay": "1m"},
    }
    assert (written["refresh"], written["graphTooltip"]) == ("", 1)
    assert {"style", "sharedCrosshair", "description"} & written.keys() == set()
