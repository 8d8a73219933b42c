import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest
from grafanalib.core import DataLink, StatValueMappingItem, StatValueMappings, Target

from dojoboards import names, panels
from dojoboards.errors import DojoboardsError
from dojoboards.model import Environment, Setting
from dojoboards.panels import Panel, PanelOptions
from support.boards import LOKI, PROMETHEUS, document, drawn, nulls, one
from support.sdk import Dataquery

Make = Callable[..., Panel]

VALUES: list[tuple[str, Make]] = [
    ("stat", panels.stat),
    ("timeseries", panels.timeseries),
    ("gauge", panels.gauge),
    ("bargauge", panels.bargauge),
    ("table", panels.table),
    ("heatmap", panels.heatmap),
    ("state-timeline", panels.state_timeline),
    ("status-history", panels.status_history),
    ("logs", panels.logs),
]
WORDS: list[tuple[str, Make]] = [("alertlist", panels.alert_list), ("text", panels.text)]
KINDS = VALUES + WORDS
IDS = [kind for kind, _ in KINDS]

OPTIONS: dict[str, tuple[Any, dict[str, Any]]] = {
    "description": ("why", {"description": "why"}),
    "unit": ("s", {"fieldConfig.defaults.unit": "s"}),
    "decimals": (2, {"fieldConfig.defaults.decimals": 2}),
    "min": (0, {"fieldConfig.defaults.min": 0}),
    "max": (9.5, {"fieldConfig.defaults.max": 9.5}),
    "thresholds": (
        [(90, "red"), (80, "orange")],
        {
            "fieldConfig.defaults.thresholds": {
                "mode": "absolute",
                "steps": [
                    {"color": "green", "value": None},
                    {"color": "orange", "value": 80},
                    {"color": "red", "value": 90},
                ],
            }
        },
    ),
    "base_color": ("blue", {"fieldConfig.defaults.thresholds.steps.0": {"color": "blue", "value": None}}),
    "color": ("purple", {"fieldConfig.defaults.color": {"fixedColor": "purple", "mode": "fixed"}}),
    "no_value": ("none yet", {"fieldConfig.defaults.noValue": "none yet"}),
    "display_name": ("${__field.labels.job}", {"fieldConfig.defaults.displayName": "${__field.labels.job}"}),
    "mappings": (
        [{"type": "value", "options": {"0": {"text": "down"}}}],
        {"fieldConfig.defaults.mappings": [{"type": "value", "options": {"0": {"text": "down"}}}]},
    ),
    "overrides": (
        [{"matcher": {"id": "byName", "options": "a"}, "properties": [{"id": "unit", "value": "s"}]}],
        {"fieldConfig.overrides.0.matcher.options": "a"},
    ),
    "transformations": ([{"id": "merge", "options": {}}], {"transformations": [{"id": "merge", "options": {}}]}),
    "links": (
        [panels.link("More", "/d/x")],
        {"links": [{"targetBlank": False, "title": "More", "url": "/d/x"}]},
    ),
    "data_links": ([panels.link("More", "/d/x")], {"fieldConfig.defaults.links.0.url": "/d/x"}),
    "datasource": ("loki", {}),
    "interval": ("1m", {"interval": "1m"}),
    "max_data_points": (500, {"maxDataPoints": 500}),
    "repeat": ("instance", {"repeat": "instance", "repeatDirection": "h"}),
    "repeat_direction": ("v", {}),
    "max_per_row": (3, {"maxPerRow": 3}),
    "time_from": ("24h", {"timeFrom": "24h"}),
    "time_shift": ("1d", {"timeShift": "1d"}),
    "transparent": (True, {"transparent": True}),
    "key": ("mine", {"id": names.panel_id("mine")}),
    "width": (7, {"gridPos.w": 7}),
    "height": (5, {"gridPos.h": 5}),
}
"""By option: a value, and what it gives at which place of the panel."""


def at(panel: Any, path: str) -> Any:
    for part in path.split("."):
        panel = panel[int(part)] if isinstance(panel, list) else panel[part]
    return panel


def asked(make: Make, *queries: Any, **options: Any) -> dict[str, Any]:
    if make in {panels.alert_list, panels.text}:
        return one(make("Title", **options))
    if make is panels.logs:
        options.setdefault("datasource", "loki")
    return one(make("Title", *queries or ["up"], **options))


def test_there_is_an_example_of_every_option() -> None:
    assert list(OPTIONS) == list(get_type_hints(PanelOptions))


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize(("kind", "make"), KINDS, ids=IDS)
def test_every_panel_shows_every_option(kind: str, make: Make, option: str) -> None:
    value, expected = OPTIONS[option]

    panel = asked(make, **{option: value})

    assert panel["type"] == kind
    assert {path: at(panel, path) for path in expected} == expected


@pytest.mark.parametrize(("kind", "make"), KINDS, ids=IDS)
def test_every_panel_takes_all_options_at_once_and_holds_no_null_but_the_base_thresholds(kind: str, make: Make) -> None:
    panel = asked(make, **{option: value for option, (value, _) in OPTIONS.items()})

    assert panel["type"] == kind
    assert (panel["repeatDirection"], panel["fieldConfig"]["defaults"]["thresholds"]["steps"][0]["color"]) == (
        "v",
        "blue",
    )
    assert nulls(panel) == [".fieldConfig.defaults.thresholds.steps.0.value"]


@pytest.mark.parametrize(("kind", "make"), WORDS, ids=[kind for kind, _ in WORDS])
def test_a_panel_of_words_has_no_field_options_of_its_own(kind: str, make: Make) -> None:
    assert asked(make)["fieldConfig"] == {"defaults": {}, "overrides": []}
    assert asked(make)["type"] == kind


@pytest.mark.parametrize("make", [make for _, make in VALUES])
def test_every_panel_of_values_takes_promql_queries_and_mappings(make: Make) -> None:
    queries = ["up", panels.query("up", "{{job}}"), {"expr": "up", "legendFormat": "c"}]

    panel = asked(make, *queries)

    assert [(query["refId"], query["expr"]) for query in panel["targets"]] == [("A", "up"), ("B", "up"), ("C", "up")]


def test_queries_of_grafanalib_and_the_foundation_sdk_are_welcome() -> None:
    panel = one(panels.stat("a", Target(expr="up", legendFormat="x"), Dataquery().expr("up").legend_format("y")))

    assert [query["legendFormat"] for query in panel["targets"]] == ["x", "y"]
    assert nulls(panel["targets"]) == []


def test_links_and_mappings_of_grafanalib_are_welcome() -> None:
    mappings = [StatValueMappings(StatValueMappingItem("up", "1", "green"))]

    panel = one(panels.stat("a", "up", links=[DataLink("More", "/d/x")], mappings=mappings))

    assert panel["links"] == [{"title": "More", "url": "/d/x", "targetBlank": False}]
    assert panel["fieldConfig"]["defaults"]["mappings"] == [
        {"type": "value", "options": {"1": {"color": "green", "text": "up"}}}
    ]


def test_a_query_says_only_what_it_was_told() -> None:
    assert panels.query("up") == {
        "editorMode": "code",
        "expr": "up",
        "format": "time_series",
        "instant": False,
        "legendFormat": "__auto",
        "range": True,
    }


def test_a_query_takes_all_options() -> None:
    query = panels.query(
        "up", "{{job}}", datasource="loki", instant=True, format="table", exemplars=True, interval="1m", hide=True
    )

    assert query == {
        "datasource": "loki",
        "editorMode": "code",
        "exemplar": True,
        "expr": "up",
        "format": "table",
        "hide": True,
        "instant": True,
        "interval": "1m",
        "legendFormat": "{{job}}",
        "range": False,
    }


def test_queries_without_a_letter_get_those_that_are_free() -> None:
    queries = [panels.query("up"), panels.query("up", ref_id="A"), panels.query("up"), panels.query("up", ref_id="C")]

    assert [query["refId"] for query in one(panels.timeseries("a", *queries))["targets"]] == ["B", "A", "D", "C"]


def test_queries_get_letters_as_grafana_counts_them() -> None:
    letters = [query["refId"] for query in one(panels.timeseries("a", *["up"] * 28))["targets"]]

    assert letters[:2] + letters[24:] == ["A", "B", "Y", "Z", "AA", "AB"]


def test_thresholds_are_those_that_alerts_compare_with() -> None:
    env = Environment(name="prod", settings={"busy": Setting(value=0.8, unit="percentunit")})

    panel = one(panels.stat("a", "up", thresholds=[env.threshold("busy", "orange"), (0.9, "red")]))

    assert [(step["value"], step["color"]) for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]] == [
        (None, "green"),
        (0.8, "orange"),
        (0.9, "red"),
    ]


def test_thresholds_are_drawn_only_where_there_are_any() -> None:
    style = "fieldConfig.defaults.custom.thresholdsStyle.mode"

    assert at(one(panels.timeseries("a", "up")), style) == "off"
    assert at(one(panels.timeseries("a", "up", thresholds=[(1, "red")])), style) == "dashed"
    assert at(one(panels.timeseries("a", "up", thresholds=[(1, "red")], threshold_style="line+area")), style) == (
        "line+area"
    )


@pytest.mark.parametrize("color", ["palette-classic", "continuous-GrYlRd", "thresholds"])
def test_a_color_may_be_a_mode(color: str) -> None:
    assert one(panels.stat("a", "up", color=color))["fieldConfig"]["defaults"]["color"] == {"mode": color}


def test_a_time_series_takes_what_belongs_to_its_axis_and_its_lines() -> None:
    panel = one(
        panels.timeseries(
            "a",
            "up",
            legend="table",
            legend_placement="right",
            legend_calcs=["max"],
            tooltip="single",
            draw="points",
            fill=0,
            line_width=2,
            stack="percent",
            axis_label="requests",
            soft_min=0,
            soft_max=1,
            log_base=10,
        )
    )

    assert panel["options"] == {
        "legend": {"calcs": ["max"], "displayMode": "table", "placement": "right", "showLegend": True},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    assert panel["fieldConfig"]["defaults"]["custom"] == {
        "axisLabel": "requests",
        "axisSoftMax": 1,
        "axisSoftMin": 0,
        "drawStyle": "points",
        "fillOpacity": 0,
        "lineWidth": 2,
        "scaleDistribution": {"log": 10, "type": "log"},
        "showPoints": "always",
        "spanNulls": False,
        "stacking": {"group": "A", "mode": "percent"},
        "thresholdsStyle": {"mode": "off"},
    }


@pytest.mark.parametrize("make", [panels.timeseries, panels.state_timeline, panels.status_history])
@pytest.mark.parametrize(("mode", "shown"), [("list", True), ("table", True), ("hidden", False)])
def test_a_legend_can_be_hidden(make: Make, mode: str, shown: bool) -> None:
    assert one(make("a", "up", legend=mode))["options"]["legend"]["showLegend"] is shown


def test_a_table_asks_once_and_can_be_sorted_and_filtered() -> None:
    panel = one(panels.table("a", "up", sort_by="Value", filterable=True, cell_type="color-text"))

    assert (panel["targets"][0]["instant"], panel["targets"][0]["format"]) == (True, "table")
    assert panel["options"]["sortBy"] == [{"desc": True, "displayName": "Value"}]
    assert panel["fieldConfig"]["defaults"]["custom"] == {
        "align": "auto",
        "cellOptions": {"type": "color-text"},
        "filterable": True,
        "inspect": False,
    }


@pytest.mark.parametrize(("calculate", "form"), [(False, "heatmap"), (True, "time_series")])
def test_a_heatmap_takes_buckets_or_makes_them(calculate: bool, form: str) -> None:
    panel = one(panels.heatmap("a", "sum by (le) (rate(x_bucket[5m]))", calculate=calculate, y_unit="bytes"))

    assert (panel["targets"][0]["format"], panel["targets"][0]["legendFormat"]) == (form, "{{le}}")
    assert (panel["options"]["calculate"], panel["options"]["yAxis"]["unit"]) == (calculate, "bytes")


def test_logs_are_asked_in_the_language_of_their_data_source() -> None:
    panel = one(panels.logs("a", '{job="shop"} |= "error"', datasource="loki", newest_first=False))

    assert panel["targets"] == [
        {"datasource": LOKI, "expr": '{job="shop"} |= "error"', "queryType": "range", "refId": "A"}
    ]
    assert panel["options"]["sortOrder"] == "Ascending"


def test_an_alert_list_filters_by_labels_and_state() -> None:
    options = one(panels.alert_list("a", matching='{severity="critical"}', pending=False, group_by=["job"]))["options"]

    assert options["alertInstanceLabelFilter"] == '{severity="critical"}'
    assert (options["stateFilter"]["firing"], options["stateFilter"]["pending"]) == (True, False)
    assert (options["groupBy"], options["groupMode"]) == (["job"], "custom")


def test_text_is_markdown_and_may_have_no_title() -> None:
    panel = one(panels.text("# Überblick"))

    assert (panel["title"], panel["options"]["mode"], panel["options"]["content"]) == ("", "markdown", "# Überblick")


def test_a_dashboard_link_opens_the_panel_that_has_the_key() -> None:
    (panel,) = drawn(panels.stat("CPU", "up", key="cpu"))

    link = panels.dashboard_link("CPU", "hosts", panel="cpu")

    assert link == {
        "title": "CPU",
        "url": f"/d/hosts?viewPanel=panel-{panel['id']}&${{__url_time_range}}&${{__all_variables}}",
        "targetBlank": False,
    }
    assert panels.dashboard_link("All", "hosts", keep_time=False, variables=False)["url"] == "/d/hosts"


def test_annotations_come_from_prometheus_or_from_grafana_by_tags() -> None:
    marks = [
        panels.annotation("Deployments", tags=["deploy"]),
        panels.annotation("Alerts", expr="ALERTS", title="{{alertname}}", text="{{job}}", color="red", enable=False),
    ]

    built_in, deployments, alerts = document(panels.dashboard("a", uid="a", panels=[], annotations=marks))[
        "annotations"
    ]["list"]

    assert built_in["builtIn"] == 1
    assert deployments["target"] == {"limit": 100, "matchAny": True, "tags": ["deploy"], "type": "tags"}
    assert alerts == {
        "datasource": PROMETHEUS,
        "enable": False,
        "expr": "ALERTS",
        "iconColor": "red",
        "name": "Alerts",
        "step": "60s",
        "textFormat": "{{job}}",
        "titleFormat": "{{alertname}}",
    }


def test_a_dashboard_takes_all_its_settings() -> None:
    written = document(
        panels.dashboard(
            "Shop",
            uid="shop",
            panels=[],
            description="All of it",
            tags=["web"],
            links=[panels.link("Wiki", "https://wiki.example", new_tab=True, tooltip="More")],
            time_from="now-1h",
            time_to="now-1m",
            refresh="",
            timezone="utc",
            shared_crosshair=False,
        )
    )

    assert {key: written[key] for key in ("description", "graphTooltip", "refresh", "tags", "time", "timezone")} == {
        "description": "All of it",
        "graphTooltip": 0,
        "refresh": "",
        "tags": ["web", "dojoboards:shop"],
        "time": {"from": "now-1h", "to": "now-1m"},
        "timezone": "utc",
    }
    assert (written["links"][0]["url"], written["links"][0]["targetBlank"], written["links"][0]["tooltip"]) == (
        "https://wiki.example",
        True,
        "More",
    )


def test_every_name_is_there_and_says_what_it_takes() -> None:
    functions = [value for name in panels.__all__ if inspect.isfunction(value := getattr(panels, name))]

    for function in functions:
        taken = inspect.signature(function).parameters
        documented = inspect.getdoc(function) or ""
        assert [name for name in taken if f"{name}: " not in documented] == []


def test_the_keys_of_options_are_documented() -> None:
    documented = inspect.getdoc(PanelOptions) or ""

    assert [name for name in OPTIONS if f"    {name}: " not in documented] == []


def test_a_misspelt_option_is_told_with_its_place_and_the_nearest_one() -> None:
    with pytest.raises(DojoboardsError) as told:
        panels.timeseries("CPU", "up", unti="s", tresholds=[(1, "red")])  # type: ignore[call-arg]

    assert [(problem.message, problem.remedy) for problem in told.value.problems] == [
        ("panel 'CPU': a timeseries has no option 'tresholds'", "did you mean 'thresholds'?"),
        ("panel 'CPU': a timeseries has no option 'unti'", "did you mean 'unit'?"),
    ]
    assert {problem.source.file for problem in told.value.problems if problem.source} == {__file__}
