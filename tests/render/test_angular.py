from typing import Any

import grafanalib.core as g
import pytest

from support.boards import one

Json = dict[str, Any]

TARGETS = [g.Target(expr="up")]


def graph(**options: Any) -> Json:
    return one(g.Graph(title="a", targets=TARGETS, **options))


def custom(**options: Any) -> Json:
    found: Json = graph(**options)["fieldConfig"]["defaults"]["custom"]
    return found


def test_a_graph_becomes_a_time_series() -> None:
    panel = graph(description="why", links=[g.DataLink("More", "/d/x")], dataSource="prometheus", transparent=True)

    assert {key: panel[key] for key in ("type", "title", "description", "transparent")} == {
        "type": "timeseries",
        "title": "a",
        "description": "why",
        "transparent": True,
    }
    assert panel["links"][0]["url"] == "/d/x"
    assert panel["fieldConfig"]["defaults"]["custom"] == {
        "drawStyle": "line",
        "fillOpacity": 10,
        "gradientMode": "none",
        "lineInterpolation": "linear",
        "lineWidth": 2,
        "pointSize": 12,
        "showPoints": "never",
        "spanNulls": True,
        "stacking": {"group": "A", "mode": "none"},
        "thresholdsStyle": {"mode": "off"},
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"bars": True, "lines": False}, {"drawStyle": "bars", "fillOpacity": 100}),
        ({"points": True, "lines": False}, {"drawStyle": "points", "showPoints": "always"}),
        ({"points": True}, {"drawStyle": "line", "showPoints": "always"}),
        ({"steppedLine": True, "lineWidth": 3}, {"lineInterpolation": "stepAfter", "lineWidth": 3}),
        ({"fill": 4}, {"fillOpacity": 40}),
        ({"stack": True}, {"stacking": {"group": "A", "mode": "normal"}}),
        ({"stack": True, "percentage": True}, {"stacking": {"group": "A", "mode": "percent"}}),
        ({"nullPointMode": g.NULL_AS_NULL}, {"spanNulls": False}),
        (
            {"yAxes": g.YAxes(g.YAxis(label="requests", logBase=10))},
            {"axisLabel": "requests", "scaleDistribution": {"type": "log", "log": 10}},
        ),
        ({"yAxes": g.YAxes(g.YAxis(show=False))}, {"axisPlacement": "hidden"}),
    ],
)
def test_how_a_graph_is_drawn_is_kept(options: Json, expected: Json) -> None:
    drawn = custom(**options)

    assert {key: drawn[key] for key in expected} == expected


def test_a_gradient_of_a_graph_is_kept() -> None:
    panel = one({"type": "graph", "title": "a", "fillGradient": 5, "yaxes": [{"format": "s"}]})

    assert panel["fieldConfig"]["defaults"]["custom"]["gradientMode"] == "opacity"


def test_a_series_of_a_graph_that_is_drawn_downwards_still_is() -> None:
    panel = one({"type": "graph", "title": "a", "seriesOverrides": [{"alias": "b", "transform": "negative-Y"}]})

    assert panel["fieldConfig"]["overrides"][0]["properties"] == [{"id": "custom.transform", "value": "negative-Y"}]


def test_the_left_axis_of_a_graph_is_that_of_the_panel_and_the_right_one_of_its_series() -> None:
    axes = g.YAxes(g.YAxis(format="s", min="0", max="1.5", decimals=2), g.YAxis(format="bytes", label="b", max=9))

    config = graph(yAxes=axes, seriesOverrides=[g.SeriesOverride("memory", yaxis=2, fill=0)])["fieldConfig"]

    kept = {key: config["defaults"][key] for key in ("unit", "min", "max", "decimals")}
    assert kept == {"unit": "s", "min": 0, "max": 1.5, "decimals": 2}
    assert config["overrides"] == [
        {
            "matcher": {"id": "byName", "options": "memory"},
            "properties": [
                {"id": "custom.axisPlacement", "value": "right"},
                {"id": "unit", "value": "bytes"},
                {"id": "max", "value": 9},
                {"id": "custom.axisLabel", "value": "b"},
                {"id": "custom.fillOpacity", "value": 0},
            ],
        }
    ]


def test_what_belongs_to_single_series_of_a_graph_is_kept() -> None:
    series = [
        g.SeriesOverride("/^a.*/", dashes=True, dashLength=4, color="red", fillBelowTo="b"),
        g.SeriesOverride("c", bars=True),
        g.SeriesOverride("d", lines=False),
    ]

    overrides = graph(aliasColors={"x": "blue"}, seriesOverrides=series)["fieldConfig"]["overrides"]

    assert [entry["matcher"] for entry in overrides] == [
        {"id": "byName", "options": "x"},
        {"id": "byRegexp", "options": "/^a.*/"},
        {"id": "byName", "options": "c"},
        {"id": "byName", "options": "d"},
    ]
    assert [{item["id"]: item["value"] for item in entry["properties"]} for entry in overrides] == [
        {"color": {"fixedColor": "blue", "mode": "fixed"}},
        {
            "custom.fillOpacity": 10,
            "custom.lineStyle": {"dash": [4, 10], "fill": "dash"},
            "color": {"fixedColor": "red", "mode": "fixed"},
            "custom.fillBelowTo": "b",
        },
        {"custom.drawStyle": "bars", "custom.fillOpacity": 100},
        {"custom.fillOpacity": 10, "custom.lineWidth": 0},
    ]


@pytest.mark.parametrize(
    ("thresholds", "style", "steps"),
    [
        ([], "off", [(None, "green")]),
        (
            [g.GraphThreshold(9.0), g.GraphThreshold(5.0, "warning", fill=False)],
            "line+area",
            [(None, "transparent"), (5.0, "orange"), (9.0, "red")],
        ),
        ([g.GraphThreshold(5.0, op="lt", line=False)], "area", [(None, "red"), (5.0, "transparent")]),
        (
            [g.GraphThreshold(5.0, "custom", fill=False, fillColor="#ff0000")],
            "line",
            [(None, "transparent"), (5.0, "#ff0000")],
        ),
    ],
)
def test_the_thresholds_of_a_graph_are_kept(thresholds: Any, style: str, steps: Any) -> None:
    defaults = graph(thresholds=thresholds)["fieldConfig"]["defaults"]

    assert defaults["custom"]["thresholdsStyle"] == {"mode": style}
    assert [(step["value"], step["color"]) for step in defaults["thresholds"]["steps"]] == steps


def test_the_legend_and_the_tooltip_of_a_graph_are_kept() -> None:
    legend = g.Legend(avg=True, current=True, total=True, alignAsTable=True, rightSide=True)

    options = graph(legend=legend, tooltip=g.Tooltip(shared=False, sort=2))["options"]

    assert options == {
        "legend": {
            "calcs": ["mean", "lastNotNull", "sum"],
            "displayMode": "table",
            "placement": "right",
            "showLegend": True,
        },
        "tooltip": {"mode": "single", "sort": "desc"},
    }
    assert graph(legend=g.Legend(show=False))["options"]["legend"]["showLegend"] is False


def test_a_single_stat_becomes_a_stat() -> None:
    former = g.SingleStat(
        title="a",
        targets=TARGETS,
        format="s",
        decimals=1,
        nullText="nothing",
        valueName="current",
        thresholds="50, 80",
        colors=["green", "orange", "red"],
        colorValue=True,
        sparkline=g.SparkLine(show=True),
        valueMaps=[g.ValueMap("up", "1")],
        rangeMaps=[g.RangeMap(2, 5, "many")],
    )

    panel = one(former)

    shown = {key: panel["options"][key] for key in ("colorMode", "graphMode", "reduceOptions")}
    assert shown == {
        "colorMode": "value",
        "graphMode": "area",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    }
    assert panel["fieldConfig"]["defaults"] == {
        "color": {"mode": "thresholds"},
        "decimals": 1,
        "mappings": [
            {"type": "value", "options": {"1": {"index": 0, "text": "up"}}},
            {"type": "range", "options": {"from": 2.0, "to": 5.0, "result": {"index": 1, "text": "many"}}},
        ],
        "noValue": "nothing",
        "thresholds": {
            "mode": "absolute",
            "steps": [
                {"color": "green", "value": None},
                {"color": "orange", "value": 50},
                {"color": "red", "value": 80},
            ],
        },
        "unit": "s",
    }


@pytest.mark.parametrize(
    ("options", "unit"),
    [
        ({"postfix": " players"}, "suffix:players"),
        ({"prefix": "~"}, "prefix:~"),
        ({"postfix": "x", "format": "s"}, "s"),
        ({}, "none"),
    ],
)
def test_what_stood_around_a_single_stat_is_its_unit(options: Json, unit: str) -> None:
    assert one(g.SingleStat(title="a", **options))["fieldConfig"]["defaults"]["unit"] == unit


def test_a_single_stat_with_a_gauge_becomes_a_gauge() -> None:
    dial = g.Gauge(show=True, minValue=1, maxValue=9, thresholdLabels=True, thresholdMarkers=False)

    panel = one(g.SingleStat(title="a", gauge=dial))

    assert (panel["type"], panel["fieldConfig"]["defaults"]["min"], panel["fieldConfig"]["defaults"]["max"]) == (
        "gauge",
        1,
        9,
    )
    assert (panel["options"]["showThresholdLabels"], panel["options"]["showThresholdMarkers"]) == (True, False)


def test_the_former_pie_chart_becomes_the_current_one() -> None:
    former = g.PieChart(title="a", pieType="donut", format="s", showLegendPercentage=True, aliasColors={"x": "red"})

    panel = one(former)

    assert (panel["type"], panel["options"]["pieType"]) == ("piechart", "donut")
    assert panel["options"]["legend"]["values"] == ["value", "percent"]
    assert panel["options"]["legend"]["placement"] == "right"
    assert panel["fieldConfig"]["defaults"]["unit"] == "s"
    assert panel["fieldConfig"]["overrides"][0]["matcher"]["options"] == "x"


def test_a_heatmap_of_buckets_keeps_its_axis_and_its_colors() -> None:
    former = g.Heatmap(
        title="a",
        targets=TARGETS,
        dataFormat="tsbuckets",
        color=g.HeatmapColor(colorScheme="interpolateSpectral", exponent=0.7, min=1, max=9),
        yAxis=g.YAxis(format="s", decimals=1, min="0", max="5"),
        yBucketBound="upper",
        hideZeroBuckets=True,
        reverseYBuckets=True,
        cards={"cardPadding": 3, "cardRound": None},
    )

    options = one(former)["options"]

    assert options["color"] == {
        "exponent": 0.7,
        "fill": "#b4ff00",
        "max": 9,
        "min": 1,
        "mode": "scheme",
        "reverse": False,
        "scale": "exponential",
        "scheme": "Spectral",
        "steps": 128,
    }
    assert options["yAxis"] == {
        "axisPlacement": "left",
        "decimals": 1,
        "max": 5,
        "min": 0,
        "reverse": True,
        "unit": "s",
    }
    kept = {key: options[key] for key in ("calculate", "cellGap", "filterValues", "legend", "rowsFrame")}
    assert kept == {
        "calculate": False,
        "cellGap": 3,
        "filterValues": {"le": 1e-9},
        "legend": {"show": False},
        "rowsFrame": {"layout": "le"},
    }


def test_a_heatmap_of_series_makes_its_buckets() -> None:
    options = one(g.Heatmap(title="a", xBucketNumber=20, yBucketSize=2, yAxis=g.YAxis(format="s", logBase=2)))[
        "options"
    ]

    assert options["calculate"] is True
    assert options["calculation"] == {
        "xBuckets": {"mode": "count", "value": "20"},
        "yBuckets": {"mode": "size", "scale": {"log": 2, "type": "log"}, "value": "2"},
    }
