import contextlib
import copy
import io
from typing import Any

import attr
import grafanalib.core as g
import pytest
from grafanalib import formatunits
from grafanalib.influxdb import InfluxDBTarget
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards.layout import Panel
from dojoboards.render import grafanalib
from dojoboards.render.plain import completed
from support.boards import board, document, drawn, nulls, one, problems, rendered

Json = dict[str, Any]

TARGETS = [g.Target(expr="up", legendFormat="{{job}}"), g.Target(expr="up", instant=True, hide=True, interval="1m")]

PANELS = {
    "timeseries": g.TimeSeries(title="a", targets=TARGETS),
    "stat": g.Stat(title="a", targets=TARGETS, thresholds=[g.Threshold("green", 0, 0.0), g.Threshold("red", 1, 80.0)]),
    "gauge": g.GaugePanel(title="a", targets=TARGETS, dataLinks=[g.DataLink("More", "/d/x")]),
    "bargauge": g.BarGauge(title="a", targets=TARGETS),
    "table": g.Table(title="a", targets=TARGETS, sortBy=[g.TableSortByField("Value", desc=True)]),
    "heatmap": g.Heatmap(title="a", targets=TARGETS),
    "logs": g.Logs(title="a", dataSource="loki", targets=[g.Target(expr='{job="a"}')]),
    "text": g.Text(title="a", content="# b", mode="text"),
    "alertlist": g.AlertList(title="a", stateFilter=["alerting"]),
    "state-timeline": g.StateTimeline(title="a", targets=TARGETS),
    "histogram": g.Histogram(title="a", targets=TARGETS, bucketSize=5),
    "barchart": g.BarChart(title="a", targets=TARGETS),
    "piechart": g.PieChartv2(title="a", targets=TARGETS, legendDisplayMode="hidden"),
    "dashlist": g.DashboardList(title="a", searchTags=["b"]),
    "news": g.News(title="a", feedUrl="https://news.example"),
    "ae3e-plotly-panel": g.Ae3ePlotly(title="a", targets=TARGETS, layout={"title": "b"}),
    "larona-epict-panel": g.ePict(title="a", targets=TARGETS, boxes=[g.ePictBox()]),
}

FORMER = {
    "timeseries": g.Graph(title="a", targets=TARGETS),
    "stat": g.SingleStat(title="a", targets=TARGETS),
    "gauge": g.SingleStat(title="a", targets=TARGETS, gauge=g.Gauge(show=True)),
    "piechart": g.PieChart(title="a", targets=TARGETS),
}

GONE = [g.Discrete, g.Statusmap, g.Svg, g.Worldmap]


class Special(g.TimeSeries):  # type: ignore[misc]  # grafanalib has no types
    """A panel that a project has made its own."""


def test_there_is_an_example_of_every_class_of_panel() -> None:
    kinds = {kind for kind in vars(g).values() if isinstance(kind, type) and issubclass(kind, g.Panel)}
    examples = {type(panel) for panel in [*PANELS.values(), *FORMER.values()]}

    assert {kind.__name__ for kind in kinds - examples - {*GONE, g.Panel, g.RowPanel}} == set()


@pytest.mark.parametrize("kind", PANELS)
def test_every_class_is_written_as_its_type_without_dead_keys_or_nulls(kind: str) -> None:
    panel = one(PANELS[kind])

    assert panel["type"] == kind
    assert set(nulls(panel)) <= {".fieldConfig.defaults.thresholds.steps.0.value"}


@pytest.mark.parametrize("kind", FORMER)
def test_classes_of_former_panels_are_written_as_what_took_their_place(kind: str) -> None:
    panel = one(FORMER[kind])

    assert panel["type"] == kind
    assert set(nulls(panel)) <= {".fieldConfig.defaults.thresholds.steps.0.value"}


@pytest.mark.parametrize("kind", GONE)
def test_a_class_whose_panel_grafana_no_longer_loads_is_told(kind: type) -> None:
    (problem,) = problems(board(kind(title="a")))

    assert problem.message.startswith("panel 'a': Grafana 12 and newer do not load panels of the type ")
    assert problem.remedy.startswith("make it a panel of the type ")


@pytest.mark.parametrize("kind", [*PANELS, *FORMER])
def test_nothing_is_printed_and_nothing_is_changed(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    panel = PANELS.get(kind) or FORMER[kind]
    before = copy.deepcopy(panel)

    rendered(board(panel))
    rendered(board(panel))

    assert panel == before
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("panel", "expected"),
    [
        (g.DashboardList(title="a", showStarred=False, showSearch=True), {"showStarred": False, "showSearch": True}),
        (
            g.AlertList(title="a", onlyAlertsOnDashboard=False, alertName="b"),
            {"dashboardAlerts": False, "alertName": "b"},
        ),
        (g.Logs(title="a", dataSource="loki", showTime=False, wrapLogMessages=True), {"showTime": False}),
        (g.StateTimeline(title="a", mergeValues=False, rowHeight=0.5), {"mergeValues": False, "rowHeight": 0.5}),
        (g.Stat(title="a", graphMode="none", alignment="center"), {"graphMode": "none", "justifyMode": "center"}),
        (g.BarGauge(title="a", displayMode="basic", orientation="vertical"), {"displayMode": "basic"}),
        (g.GaugePanel(title="a", thresholdMarkers=False), {"showThresholdMarkers": False}),
        (g.Table(title="a", showHeader=False), {"showHeader": False}),
        (g.PieChartv2(title="a", pieType="donut"), {"pieType": "donut"}),
    ],
)
def test_the_options_of_a_class_are_kept(panel: Any, expected: Json) -> None:
    options = one(panel)["options"]

    assert {key: options[key] for key in expected} == expected


def test_every_target_has_its_letter_and_no_keys_of_other_data_sources() -> None:
    first, second = one(g.TimeSeries(title="a", targets=TARGETS))["targets"]

    assert first == {
        "datasource": {"type": "prometheus", "uid": "prom-test"},
        "editorMode": "code",
        "expr": "up",
        "format": "time_series",
        "instant": False,
        "legendFormat": "{{job}}",
        "range": True,
        "refId": "A",
    }
    assert (second["refId"], second["instant"], second["range"], second["hide"], second["interval"]) == (
        "B",
        True,
        False,
        True,
        "1m",
    )


def test_targets_of_other_data_sources_stay_as_they_are() -> None:
    target = InfluxDBTarget(query="SELECT 1", measurement="a")

    panel = one(g.TimeSeries(title="a", dataSource={"type": "influxdb", "uid": "i"}, targets=[target]))

    assert panel["targets"] == [
        {
            "alias": "",
            "datasource": {"type": "influxdb", "uid": "i"},
            "measurement": "a",
            "query": "SELECT 1",
            "rawQuery": True,
            "refId": "A",
            "resultFormat": "time_series",
        }
    ]


texts = st.sampled_from(["", "a", "ä"])
numbers = st.sampled_from([None, 0, 5])
flags = st.booleans()
ATTRIBUTES: dict[str, st.SearchStrategy[Any]] = {
    "axisLabel": texts,
    "axisPlacement": st.sampled_from(["auto", "right"]),
    "axisSoftMax": numbers,
    "axisSoftMin": numbers,
    "barAlignment": st.sampled_from([-1, 0, 1]),
    "cacheTimeout": st.sampled_from([None, "60"]),
    "colorMode": st.sampled_from(["palette-classic", "thresholds"]),
    "dataSource": st.sampled_from([None, "prometheus", {"type": "prometheus", "uid": "x"}]),
    "description": st.sampled_from([None, "", "why"]),
    "drawStyle": st.sampled_from(["line", "bars"]),
    "editable": flags,
    "fillOpacity": st.integers(0, 100),
    "gradientMode": st.sampled_from(["none", "hue"]),
    "gridPos": st.sampled_from([None, g.GridPos(h=1, w=2, x=3, y=4)]),
    "hideTimeOverride": flags,
    "id": st.sampled_from([None, 7]),
    "interval": st.sampled_from([None, "1m"]),
    "legendCalcs": st.sampled_from([[], ["max", "mean"]]),
    "legendDisplayMode": st.sampled_from(["list", "table", "hidden"]),
    "legendPlacement": st.sampled_from(["bottom", "right"]),
    "lineInterpolation": st.sampled_from(["linear", "smooth"]),
    "lineWidth": st.integers(0, 10),
    "links": st.sampled_from([[], [g.DataLink("a", "/b")], [{"title": "a", "url": None}]]),
    "mappings": st.sampled_from(
        [[], [g.StatValueMappings(g.StatValueMappingItem("up", "1"))], [g.StatMapping("a", "1")]]
    ),
    "maxDataPoints": st.sampled_from([None, 100, 500]),
    "overrides": st.sampled_from([[], [{"matcher": {"id": "byName", "options": "a"}, "properties": []}]]),
    "pointSize": st.integers(1, 9),
    "repeat": st.sampled_from([g.Repeat(), g.Repeat("v", "job"), g.Repeat(None, "job", 3), g.Repeat("h", None)]),
    "scaleDistributionLog": st.sampled_from([2, 10]),
    "scaleDistributionType": st.sampled_from(["linear", "log"]),
    "showPoints": st.sampled_from(["auto", "never"]),
    "spanNulls": flags,
    "span": numbers,
    "stacking": st.sampled_from([{}, {"mode": "normal", "group": "A"}, {"mode": "percent", "group": None}]),
    "targets": st.sampled_from([[], TARGETS, [{"expr": "up", "refId": None}]]),
    "thresholdType": st.sampled_from(["absolute", "percentage"]),
    "thresholds": st.sampled_from(
        [[], "", [g.Threshold("green", 0, 0.0), g.Threshold("red", 1, 8.0)], [{"color": "red", "value": 5}]]
    ),
    "thresholdsStyleMode": st.sampled_from(["off", "line"]),
    "timeFrom": st.sampled_from([None, "24h"]),
    "timeShift": st.sampled_from([None, "1d"]),
    "title": texts,
    "tooltipMode": st.sampled_from(["single", "multi"]),
    "tooltipSort": st.sampled_from(["none", "desc"]),
    "transformations": st.sampled_from([[], [{"id": "merge", "options": {}}]]),
    "transparent": flags,
    "unit": st.sampled_from(["", "s"]),
    "valueDecimals": numbers,
    "valueMax": numbers,
    "valueMin": numbers,
}


def test_every_attribute_of_a_time_series_takes_part_in_the_comparison() -> None:
    untouched = {"error", "extraJson", "height", "minSpan"}

    assert {field.name for field in attr.fields(g.TimeSeries)} - untouched == set(ATTRIBUTES)


@settings(max_examples=100, deadline=None)
@given(st.fixed_dictionaries({}, optional=ATTRIBUTES))
def test_the_fast_way_of_a_time_series_gives_what_the_general_way_gives(attributes: Json) -> None:
    panel = g.TimeSeries(**attributes)

    assert grafanalib.fast(panel) == completed(grafanalib.general(panel))


def test_a_subclass_goes_the_general_way_and_gives_the_same() -> None:
    assert grafanalib.fast(Special(title="a")) is None
    assert one(Special(title="a", targets=TARGETS)) == one(g.TimeSeries(title="a", targets=TARGETS))


def test_extra_json_is_taken_and_leaves_what_was_given_alone() -> None:
    stacking = {"mode": "normal", "group": "A"}
    extra = {"fieldConfig": {"defaults": {"custom": {"stacking": {"mode": "percent"}, "axisGridShow": True}}}}
    made = [
        g.TimeSeries(title="a", stacking=stacking, extraJson=extra),
        g.TimeSeries(title="b", stacking=stacking),
    ]

    written = drawn(*made)

    assert [panel["fieldConfig"]["defaults"]["custom"]["stacking"]["mode"] for panel in written] == [
        "percent",
        "normal",
    ]
    assert written[0]["fieldConfig"]["defaults"]["custom"]["axisGridShow"] is True
    assert stacking == {"mode": "normal", "group": "A"}


def test_extra_json_can_say_what_else_would_be_taken_for_grafanalibs_default() -> None:
    extra = {"maxDataPoints": 100, "targets": [{"expr": "down", "refId": "X"}], "timeCompare": "1d"}

    panel = one(g.Stat(title="a", targets=TARGETS, extraJson=extra))

    assert (panel["maxDataPoints"], panel["targets"][0]["expr"], panel["timeCompare"]) == (100, "down", "1d")
    assert "maxDataPoints" not in one(g.Stat(title="a"))


def test_a_mistake_in_extra_json_is_told() -> None:
    (problem,) = problems(board(g.Stat(title="a", extraJson={"options": {"colorMod": "none"}})))

    assert problem.message.endswith("unknown key 'colorMod', did you mean 'colorMode'?")


def test_overrides_and_repeat_are_taken() -> None:
    override = {"matcher": {"id": "byName", "options": "a"}, "properties": [{"id": "unit", "value": "s"}]}

    panel = one(g.Stat(title="a", overrides=[override], repeat=g.Repeat("v", "job", 3)))

    assert panel["fieldConfig"]["overrides"] == [override]
    assert (panel["repeat"], panel["repeatDirection"], panel["maxPerRow"]) == ("job", "v", 3)


def test_an_unknown_unit_of_grafanalib_is_told() -> None:
    (problem,) = problems(board(g.TimeSeries(title="a", unit="reqs")))

    assert problem.message == "panel 'a': Grafana has no unit 'reqs'"


def test_the_units_of_grafanalib_are_known() -> None:
    found = {
        value
        for name, value in vars(formatunits).items()
        if name.isupper() and isinstance(value, str)
        for problem in problems(board(g.TimeSeries(title=name, unit=value)))
        if "no unit" in problem.message
    }

    assert found == set()


def test_a_row_panel_holds_its_panels_or_stands_above_those_that_follow() -> None:
    inside = [g.Stat(title="b"), g.Stat(title="c")]

    laid_out = drawn(g.RowPanel(title="R", panels=inside, repeat=g.Repeat(variable="job")))
    closed = drawn(g.RowPanel(title="R", panels=inside, collapsed=True))
    bar = drawn(g.RowPanel(title="R", gridPos=g.GridPos(1, 24, 0, 5), id=3), g.Stat(title="b"))

    assert [(panel["title"], panel["gridPos"]["w"]) for panel in laid_out] == [("R", 24), ("b", 12), ("c", 12)]
    assert laid_out[0]["repeat"] == "job"
    assert [panel["title"] for panel in closed[0]["panels"]] == ["b", "c"]
    assert [(panel["type"], panel["gridPos"]["y"]) for panel in bar] == [("row", 5), ("stat", 6)]
    assert bar[0]["id"] == 3


def test_former_rows_share_their_spans_and_stand_above_the_panels() -> None:
    dashboard = g.Dashboard(
        title="A",
        rows=[
            g.Row(title="R", panels=[g.Stat(title="a", span=3), g.Stat(title="b", span=9)], height=g.Pixels(380)),
            g.Row(
                panels=[g.Stat(title="c"), g.Stat(title="d"), g.Stat(title="e"), g.Stat(title="f"), g.Stat(title="g")]
            ),
        ],
        panels=[g.Text(title="h")],
    )
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        written = document(dashboard)["panels"]

    assert [(panel["title"], panel["gridPos"]["w"]) for panel in written] == [
        ("R", 24),
        ("a", 6),
        ("b", 18),
        ("c", 5),
        ("d", 5),
        ("e", 5),
        ("f", 5),
        ("g", 4),
        ("h", 24),
    ]
    assert written[1]["gridPos"]["h"] == 10
    assert printed.getvalue() == ""


def test_panel_ids_of_grafanalib_are_kept() -> None:
    dashboard = g.Dashboard(title="A", panels=[g.Stat(title="a"), g.Stat(title="b")]).auto_panel_ids()

    assert [panel["id"] for panel in document(dashboard)["panels"]] == [1, 2]


def test_a_grid_position_of_grafanalib_is_kept() -> None:
    assert one(g.Stat(title="a", gridPos=g.GridPos(h=3, w=5, x=7, y=9)))["gridPos"] == {"h": 3, "w": 5, "x": 7, "y": 9}
    assert one(Panel(g.Stat(title="a"), width=5))["gridPos"] == {"h": 4, "w": 5, "x": 0, "y": 0}
