from typing import Any

import grafanalib.core as g
import pytest

from dojoboards import panels
from support.boards import PROMETHEUS, board, document, nulls, problems

Json = dict[str, Any]

BUILT_IN = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
    "enable": True,
    "hide": True,
    "iconColor": "rgba(0, 211, 255, 1)",
    "name": "Annotations & Alerts",
    "type": "dashboard",
}


def variable(given: Any) -> Json:
    found: Json = document({"title": "a", "panels": [], "templating": {"list": [given]}})["templating"]["list"][0]
    return found


def annotations(*given: Json) -> list[Json]:
    found: list[Json] = document({"title": "a", "panels": [], "annotations": {"list": given}})["annotations"]["list"]
    return found


def template(**options: Any) -> Json:
    return variable(g.Template(**{"name": "a", "query": "label_values(up, job)", **options}))


@pytest.mark.parametrize(
    ("kind", "query", "expected"),
    [
        ("query", "label_values(up, job)", {"datasource", "definition", "query"}),
        ("custom", "a,b", {"query", "options"}),
        ("interval", "1m,5m", {"query", "auto", "auto_count", "auto_min"}),
        ("datasource", "prometheus", {"query", "regex"}),
        ("constant", "x", {"query"}),
        ("textbox", "x", {"query"}),
        ("adhoc", "x", {"datasource"}),
    ],
)
def test_template_variables_of_grafanalib_have_what_their_type_needs(kind: str, query: str, expected: set[str]) -> None:
    written = template(type=kind, query=query, default="a" if kind == "custom" else None, regex="", auto=True)

    assert expected <= written.keys()
    assert {"useTags", "tagsQuery", "tagValuesQuery"} & written.keys() == set()
    assert nulls(written) == []


def test_a_default_of_grafanalib_is_chosen() -> None:
    assert template(type="custom", query="a,b", default="b")["current"] == {"text": "b", "value": "b"}
    assert template(default="a", multi=True)["current"] == {"text": ["a"], "value": ["a"]}
    assert template()["current"] == {}


def test_a_list_of_options_that_grafanalib_fills_again_and_again_holds_each_once() -> None:
    shared: list[Json] = []
    for _ in range(3):
        made = g.Template(name="a", type="custom", query="x,y", default="x", options=shared)

    assert [option["value"] for option in variable(made)["options"]] == ["x", "y"]


def test_what_grafana_leaves_out_when_it_saves_a_variable_is_left_out() -> None:
    said = {"type": "textbox", "name": "a", "query": "x"}
    unsaid = {"hide": 0, "label": "", "skipUrlSync": False, "multi": False, "sort": 0, "description": None}

    assert variable({**said, **unsaid, "current": {"selected": True, "text": "x", "value": "x"}}) == {
        **said,
        "current": {"text": "x", "value": "x"},
    }


def test_an_unknown_key_of_a_variable_is_told() -> None:
    (problem,) = problems(
        {"title": "A", "panels": [], "templating": {"list": [{"type": "custom", "name": "a", "qery": 1}]}}
    )

    assert problem.message == "dashboard 'A': templating.list.0: unknown key 'qery', did you mean 'query'?"


def test_grafanas_own_annotation_comes_first_and_can_be_changed() -> None:
    assert annotations() == [BUILT_IN]
    assert annotations({"name": "a", "expr": "up"}, {"builtIn": 1, "datasource": "-- Grafana --", "hide": False}) == [
        {**BUILT_IN, "hide": False},
        {"datasource": PROMETHEUS, "enable": True, "expr": "up", "iconColor": "blue", "name": "a"},
    ]


def test_an_annotation_by_tags_of_former_years_asks_as_it_is_done_now() -> None:
    former = {"name": "a", "datasource": "-- Grafana --", "enable": True, "iconColor": "red", "showIn": 0, "limit": 50}

    assert annotations({**former, "type": "tags", "tags": ["deploy"], "matchAny": True})[1] == {
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "iconColor": "red",
        "name": "a",
        "target": {"limit": 50, "matchAny": True, "tags": ["deploy"], "type": "tags"},
    }


@pytest.mark.parametrize("mark", [{"expr": "up("}, {"target": {"expr": "up("}}])
def test_the_expression_of_an_annotation_is_parsed(mark: Json) -> None:
    (problem,) = problems({"title": "A", "panels": [], "annotations": {"list": [{"name": "Deployments", **mark}]}})

    assert problem.message.startswith("annotation 'Deployments': the expression is not PromQL: ")


def test_dashboards_of_a_project_link_each_other_once() -> None:
    (among,) = document(board())["links"]

    again = document(board(links=[among]))["links"]

    assert (among["type"], among["tags"], among["asDropdown"]) == ("dashboards", ["dojoboards:shop"], True)
    assert again == [among]


def test_links_of_grafanalib_have_what_grafana_wants() -> None:
    links = [g.ExternalLink("https://wiki.example", "Wiki"), g.DashboardLink(title="Others", tags=["a"])]

    external, others, _ = document(g.Dashboard(title="A", links=links))["links"]

    assert (external["type"], external["url"], external["title"]) == ("link", "https://wiki.example", "Wiki")
    assert (others["type"], others["tags"]) == ("dashboards", ["a"])
    assert external.keys() == others.keys()


def test_annotations_and_time_of_grafanalib_are_taken() -> None:
    mark = {"name": "a", "expr": "ALERTS", "enable": False, "iconColor": "red", "showIn": 0}
    dashboard = g.Dashboard(
        title="A",
        annotations=g.Annotations(list=[mark]),
        time=g.Time("now-2d", "now"),
        timePicker=g.TimePicker(refreshIntervals=["1m"], timeOptions=["5m"], nowDelay="1m", hidden=True),
        refresh="30s",
        sharedCrosshair=True,
        timezone="utc",
        editable=False,
    )

    written = document(dashboard)

    assert written["annotations"]["list"][1] == {
        "datasource": PROMETHEUS,
        "enable": False,
        "expr": "ALERTS",
        "iconColor": "red",
        "name": "a",
    }
    assert {key: written[key] for key in ("time", "timepicker", "refresh", "graphTooltip", "timezone", "editable")} == {
        "time": {"from": "now-2d", "to": "now"},
        "timepicker": {"hidden": True, "nowDelay": "1m", "refresh_intervals": ["1m"]},
        "refresh": "30s",
        "graphTooltip": 1,
        "timezone": "utc",
        "editable": False,
    }


def test_the_usual_time_picker_of_grafanalib_says_nothing() -> None:
    written = document(g.Dashboard(title="A"))

    assert (written["timepicker"], written["time"], written["timezone"]) == ({}, {"from": "now-1h", "to": "now"}, "utc")


def test_the_uid_is_made_of_the_title_where_there_is_none() -> None:
    uids = [document({"title": title, "panels": []})["uid"] for title in ("Überblick", "a" * 60, "監視")]

    assert uids == ["uberblick", "a" * 40, uids[2]]
    assert panels.dashboard("a", uid="b", panels=[])["uid"] == "b"
