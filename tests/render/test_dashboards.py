import inspect
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from grafanalib.core import Stat, Target, Text, TimeSeries
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards import layout, panels, schemas, variables
from dojoboards.artifact import Artifact
from dojoboards.layout import Panel, Row
from dojoboards.model import Dashboard, Folder, Project
from dojoboards.panels import query, stat, text, timeseries
from dojoboards.render import dashboards
from support.boards import (
    LOKI,
    PROMETHEUS,
    board,
    document,
    drawn,
    environment,
    nulls,
    one,
    problems,
    rendered,
)
from support.golden import golden

Json = dict[str, Any]

SAVED = sorted((Path(__file__).parents[1] / "golden/dashboards").glob("saved-by-grafana-*.json"))
MIXED = {"type": "datasource", "uid": "-- Mixed --"}


def line() -> int:
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def messages(*specs: Any) -> list[str]:
    return [problem.message for problem in problems(*specs)]


def every_panel() -> Json:
    """A dashboard with a panel of each kind, a closed row, variables, annotations and links."""
    up = query("up", "{{instance}}")
    return panels.dashboard(
        "Every panel",
        uid="every-panel",
        description="One of each.",
        tags=["example"],
        links=[panels.link("Wiki", "https://wiki.example", new_tab=True)],
        annotations=[panels.annotation("Deployments", tags=["deploy"])],
        variables=[variables.query("instance", "label_values(up, instance)"), variables.constant("zone", "eu")],
        panels=[
            Row(
                "Values",
                stat("Up", up, unit="short", thresholds=[(1, "red")]),
                panels.gauge("CPU", "avg(cpu)", unit="percentunit", min=0, max=1),
                panels.bargauge("Disks", "disk", unit="bytes"),
                panels.table("Targets", "up", sort_by="Value"),
            ),
            Row(
                "Over time",
                timeseries("Requests", query("rate(requests_total[5m])"), unit="reqps", description="Per second."),
                panels.heatmap("Durations", "sum by (le) (rate(duration_bucket[5m]))"),
                panels.state_timeline("State", up),
                panels.status_history("History", up),
            ),
            Row(
                "Words",
                panels.logs("Errors", '{job="shop"}', datasource="loki"),
                panels.alert_list("Alerts"),
                text("# Notes", title="Notes"),
                collapsed=True,
            ),
        ],
    )


def test_every_panel_is_written_as_the_golden_file_says() -> None:
    (artifact,) = rendered(every_panel())

    assert isinstance(artifact, Artifact)
    assert artifact.path == "grafana/dashboards/general/every-panel.json"
    assert artifact.body.decode() == golden("dashboards/every-panel.json", artifact.body.decode())


def test_the_golden_file_holds_no_null_but_the_base_thresholds() -> None:
    assert {path.rpartition("thresholds")[2] for path in nulls(document(every_panel()))} == {".steps.0.value"}


@pytest.mark.parametrize("file", SAVED, ids=[file.stem for file in SAVED])
def test_what_grafana_saved_comes_through_unharmed(file: Path) -> None:
    saved = json.loads(file.read_text(encoding="utf-8"))

    written = document(saved)

    assert {path: value for path, value in leaves(saved, written) if not path.startswith(OWN)} == {}
    assert {link["title"] for link in written["links"]} - {link["title"] for link in saved["links"]} == {"shop"}


OWN = ("id", "version", "links", "tags", "schemaVersion", "templating")
"""What is the server's, what we add, and variables, in which Grafana leaves out more than it did."""


def leaves(saved: Any, written: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what *saved* says and *written* does not."""
    if isinstance(saved, dict) and isinstance(written, dict):
        for key in saved:
            yield from leaves(saved[key], written.get(key, "gone"), f"{path}.{key}".lstrip("."))
    elif isinstance(saved, list) and isinstance(written, list) and len(saved) == len(written):
        for index, (one_item, other) in enumerate(zip(saved, written, strict=True)):
            yield from leaves(one_item, other, f"{path}.{index}")
    elif saved != written:
        yield path, (saved, written)


@pytest.mark.parametrize("file", SAVED, ids=[file.stem for file in SAVED])
def test_what_is_written_can_be_given_again_and_stays_the_same(file: Path) -> None:
    written = document(json.loads(file.read_text(encoding="utf-8")))

    assert document(written) == written


@pytest.mark.parametrize(
    "change",
    [
        lambda board: board.update(hideControls=True),
        lambda board: board.update(uid="a b"),
        lambda board: board.update(id=1),
        lambda board: board["panels"][1].update(span=6),
        lambda board: board["panels"][1].pop("gridPos"),
        lambda board: board["panels"][1]["gridPos"].update(w=25),
        lambda board: board["panels"][1]["options"].update(showLegend=True),
        lambda board: board["panels"][1]["options"]["legend"].update(calcs=None),
        lambda board: board["panels"][1]["fieldConfig"]["defaults"]["custom"].update(drawStyle="lines"),
        lambda board: board["panels"][1]["fieldConfig"]["defaults"]["thresholds"]["steps"][0].pop("value"),
        lambda board: board["panels"][1]["targets"][0].update(legendFromat="x"),
        lambda board: board["panels"][1]["targets"][0].pop("refId"),
        lambda board: board["panels"][0].update(targets=[]),
        lambda board: board["templating"]["list"][0].update(tagsQuery=""),
        lambda board: board["templating"]["list"][0].update(type="qurey"),
        lambda board: board["annotations"]["list"][0].update(showIn=0),
        lambda board: board["links"][0].update(params=""),
        lambda board: board["timepicker"].update(time_options=[]),
    ],
)
def test_the_schema_refuses_what_grafanas_schema_does_not_have(change: Callable[[Json], None]) -> None:
    written = document(panels.dashboard("A", uid="a", panels=[panels.row("R", timeseries("T", "up"))]))
    written["templating"]["list"] = [{"name": "a", "type": "query"}]
    assert list(schemas.violations("dashboard", written)) == []

    change(written)

    assert len(list(schemas.violations("dashboard", written))) == 1


def test_the_schema_is_open_only_where_grafana_leaves_it_to_data_sources_and_plug_ins() -> None:
    assert sorted(open_objects(schemas.schema("dashboard")["$defs"])) == [
        "AnnotationQuery.properties.target",
        "DataLink.properties.internal",
        "DataTransformerConfig.properties.options",
        "Panel.properties.options",
        "Panel.properties.targets.items",
        "TableFieldOptions.properties.footer",
        "TableFieldOptions.properties.tooltip",
        "VariableModel.properties.baseFilters.items",
        "VariableModel.properties.filters.items",
        "VariableModel.properties.query.anyOf.1",
        "alertlist.Options.properties.folder",
        "dashboard.FieldConfig.properties.custom",
        "table.Options.properties.frozenColumns",
    ]


def open_objects(node: Any, path: str = "") -> Iterator[str]:
    """Yield the place of every object that may hold keys which the schema does not name."""
    if isinstance(node, dict):
        closed = {"additionalProperties", "maxProperties"} & node.keys()
        if node.get("type") == "object" and not closed:
            yield path
        for key, inner in node.items():
            yield from open_objects(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from open_objects(inner, f"{path}.{index}")


def test_a_dashboard_has_what_grafana_itself_would_have_added() -> None:
    written = document({"title": "Überblick: CPU", "panels": []})

    assert {key: value for key, value in written.items() if key not in ("annotations", "links")} == {
        "editable": True,
        "fiscalYearStartMonth": 0,
        "graphTooltip": 0,
        "panels": [],
        "refresh": "",
        "schemaVersion": 42,
        "tags": ["dojoboards:shop"],
        "templating": {"list": []},
        "time": {"from": "now-6h", "to": "now"},
        "timepicker": {},
        "timezone": "browser",
        "title": "Überblick: CPU",
        "uid": "uberblick-cpu",
    }


def test_titles_may_be_in_any_language() -> None:
    (artifact,) = rendered(panels.dashboard("監視", uid="kanshi", panels=[stat("負荷", "up")]))

    assert isinstance(artifact, Artifact)
    assert '"title": "負荷"' in artifact.body.decode()


def test_a_dashboard_lies_in_the_directory_of_its_folder() -> None:
    folders = [Folder(uid="p", title="Platform"), Folder(uid="db", title="Databases", parent="p")]
    declared = [Dashboard(board(), folder="db")]
    project = Project(name="shop", environment=environment(), folders=folders, dashboards=declared)

    (artifact,) = dashboards.render(project)

    assert isinstance(artifact, Artifact)
    assert (artifact.path, artifact.key) == ("grafana/dashboards/platform.databases/shop.json", "shop")


def test_ids_do_not_change_when_panels_are_moved_or_others_come_in() -> None:
    before = {panel["title"]: panel["id"] for panel in drawn(stat("a", "up"), Row("R", stat("b", "up")))}

    after = {
        panel["title"]: panel["id"]
        for panel in drawn(text("new"), stat("a", "up"), Row("R", stat("c", "up"), stat("b", "up")), Row("S"))
    }

    assert {title: after[title] for title in before} == before


@settings(max_examples=40, deadline=None)
@given(st.permutations(["a", "b", "c", "d"]), st.integers(0, 4), st.booleans())
def test_ids_are_unique_and_made_of_titles(titles: list[str], row: int, collapsed: bool) -> None:
    made = [stat(title, "up") for title in titles]
    written = drawn(Row("R", *made[row:], collapsed=collapsed), *made[:row], Row("S", *made))
    inside = [panel for entry in written for panel in [entry, *entry.get("panels", ())]]

    ids = [panel["id"] for panel in inside]

    assert len(set(ids)) == len(ids)
    assert {panel["id"] for panel in inside if panel["title"] == titles[-1]} == {
        one(stat("x", "up", key=f"{bar}/{titles[-1]}"))["id"] for bar in ("R", "S")
    }


def test_two_panels_with_one_key_are_told_with_the_lines_of_both() -> None:
    first = stat("CPU", "up")
    second = timeseries("CPU", "up")
    here = line()

    (problem,) = problems(board(first, second))

    assert problem.message == (
        f"dashboard 'Shop': panel 'CPU' and panel 'CPU' at {__file__}:{here - 2} have the same key 'CPU'"
    )
    assert str(problem.source) == f"{__file__}:{here - 1}"
    assert problem.remedy.startswith("give one of them another title, or a key of its own")


def test_a_key_of_its_own_tells_panels_of_one_title_apart() -> None:
    written = drawn(stat("CPU", "up"), stat("CPU", "up", key="other"), Panel(Stat(title="CPU"), key="third"))

    assert len({panel["id"] for panel in written}) == 3


def test_rows_of_one_title_need_keys_too() -> None:
    (problem,) = problems(board(Row("A"), Row("A")))

    assert problem.message.endswith("have the same key 'row/A'")
    assert problems(board(Row("A"), Row("A", key="b"))) == []


def test_ids_that_were_given_are_kept_and_must_differ() -> None:
    given_ids = [{"type": "text", "id": 7}, {"type": "text", "id": 7, "title": "b"}]

    assert one(given_ids[0])["id"] == 7
    assert messages(board(*given_ids)) == ["dashboard 'Shop': panel 'b' and panel '' have the same id 7"]


def test_two_queries_with_one_letter_are_told() -> None:
    assert messages(board(stat("a", query("up", ref_id="A"), query("up", ref_id="A")))) == [
        "panel 'a': two queries have the refId 'A'"
    ]


def test_an_expression_that_does_not_parse_is_told_with_the_line_of_its_panel() -> None:
    panel = timeseries(
        "Load",
        "up",
        "sum by (job (up)",
    )
    here = line() - 5

    (problem,) = problems(board(panel))

    assert problem.message.startswith("panel 'Load': the expression is not PromQL: ")
    assert str(problem.source) == f"{__file__}:{here}"


def test_the_same_wrong_expression_is_told_for_each_panel() -> None:
    assert len(problems(board(stat("a", "up("), stat("b", "up(")))) == 2


@pytest.mark.parametrize(
    "expr",
    [
        'rate(x{job=~"$job"}[$__rate_interval])',
        "x{$filters} > $limit",
        "sum by ($label) (rate(x[${step}]))",
        "topk($n, x) or [[metric]]",
        "increase(x[$__range] offset $shift)",
    ],
)
def test_grafanas_variables_may_stand_in_an_expression(expr: str) -> None:
    assert one(timeseries("a", expr))["targets"][0]["expr"] == expr


def test_what_is_asked_of_other_data_sources_is_not_promql() -> None:
    assert one(stat("a", query('sum(count_over_time({job="a"} |= "x" [5m]))', datasource="loki")))["targets"] == [
        {
            "datasource": LOKI,
            "editorMode": "code",
            "expr": 'sum(count_over_time({job="a"} |= "x" [5m]))',
            "legendFormat": "__auto",
            "queryType": "range",
            "refId": "A",
        }
    ]


def test_what_prometheus_has_no_word_for_any_more_is_dropped_from_a_query() -> None:
    former = {"expr": "up", "metric": "", "step": 10, "target": "", "intervalFactor": 2}

    assert one({"type": "stat", "targets": [former]})["targets"] == [
        {"datasource": PROMETHEUS, "expr": "up", "intervalFactor": 2, "refId": "A"}
    ]


def test_the_default_data_source_is_written_at_the_panel_and_at_each_query() -> None:
    panel = one(stat("a", "up", "up"))

    assert [panel["datasource"], *(target["datasource"] for target in panel["targets"])] == [PROMETHEUS] * 3


def test_queries_of_several_data_sources_make_the_panel_mixed() -> None:
    panel = one(stat("a", "up", query('{a="b"}', datasource="loki")))

    assert panel["datasource"] == MIXED
    assert [target["datasource"] for target in panel["targets"]] == [PROMETHEUS, LOKI]


def test_a_query_of_another_data_source_than_its_panels_makes_it_mixed() -> None:
    panel = one(stat("a", query("up", datasource="prometheus"), query('{a="b"}'), datasource="loki"))

    assert panel["datasource"] == MIXED


def test_the_queries_of_a_mixed_panel_have_the_default_data_source_where_they_name_none() -> None:
    panel = one(stat("a", "up", datasource="-- Mixed --"))

    assert (panel["datasource"], panel["targets"][0]["datasource"]) == (MIXED, PROMETHEUS)


def test_an_expression_of_grafanas_server_does_not_make_a_panel_mixed() -> None:
    reduced = {"datasource": "__expr__", "expression": "A", "reducer": "last", "type": "reduce"}

    panel = one(stat("a", "up", reduced))

    assert panel["datasource"] == PROMETHEUS
    assert panel["targets"][1]["datasource"] == {"type": "__expr__", "uid": "__expr__"}


def test_panels_without_queries_have_no_data_source() -> None:
    written = drawn(text("a"), panels.alert_list("b"), {"type": "canvas", "title": "c", "datasource": "loki"})

    assert [panel.get("datasource") for panel in written] == [None, None, LOKI]
    assert [panel["title"] for panel in written if "targets" in panel] == []


def test_panels_after_a_bar_belong_to_its_row() -> None:
    bar, first, second, other = drawn(Row("R", stat("a", "up")), stat("b", "up"), Row("", stat("c", "up")))

    assert bar["title"] == "R"
    assert [panel["id"] for panel in (first, second, other)] == [
        one(stat("x", "up", key=f"R/{title}"))["id"] for title in "abc"
    ]


def test_a_closed_row_holds_its_panels_and_an_open_one_stands_above_them() -> None:
    closed, opened, below = drawn(Row("A", stat("a", "up"), collapsed=True, repeat="job"), Row("B", stat("b", "up")))

    assert (closed["collapsed"], [panel["title"] for panel in closed["panels"]]) == (True, ["a"])
    assert closed["repeat"] == "job"
    assert (opened["panels"], below["title"]) == ([], "b")


def test_panels_of_all_libraries_may_be_mixed() -> None:
    mapping = {"type": "stat", "title": "c", "targets": [{"expr": "up"}]}
    row = Row("R", stat("a", "up"), TimeSeries(title="b", targets=[Target(expr="up")]), mapping, Text(title="d"))

    written = drawn(row)

    assert [panel["type"] for panel in written] == ["row", "stat", "timeseries", "stat", "text"]
    assert [panel["gridPos"]["w"] for panel in written] == [24, 6, 6, 6, 6]


def test_a_dashboard_in_schema_v2_is_refused() -> None:
    v2 = {"apiVersion": "dashboard.grafana.app/v2", "kind": "Dashboard", "spec": {"title": "A", "elements": {}}}

    for spec in (v2, v2["spec"]):
        assert messages(spec) == ["this dashboard is in Grafana's schema v2, which dojoboards does not write"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (7, "this dashboard cannot be read: an int is no dashboard"),
        ("A", "this dashboard cannot be read: a str is no dashboard"),
        (stat("a", "up"), "this dashboard cannot be read: a Panel is no part of a dashboard"),
        ({"panels": []}, "a dashboard has no title"),
        ({"title": " ", "panels": []}, "a dashboard has no title"),
        ({"title": "A", "panels": [7]}, "this panel cannot be read: an int is no panel"),
        ({"title": "A", "panels": [{"title": "b"}]}, "this panel cannot be read: the panel 'b' has no `type`"),
        ({"title": "A", "panels": [{"type": "stat", "options": {"a": object()}}]}, "this panel cannot be read: "),
        ({"title": "A", "panels": [{"type": "stat", "gridPos": 7}]}, "this dashboard cannot be read: "),
        (
            {"title": "A", "panels": [{"type": "stat", "targets": ["up"]}]},
            "dashboard 'A', panel '': targets.0: \"up\" is not a mapping",
        ),
        (
            {"title": "A", "templating": {"list": ["job"]}, "panels": []},
            "this dashboard cannot be read: templating holds a str",
        ),
        (
            {"title": "A", "uid": "a b", "panels": []},
            "dashboard 'A': uid: \"a b\" is not at most 40 letters, digits, - and _",
        ),
        (
            {"title": "A", "titel": "B", "panels": []},
            "dashboard 'A': unknown key 'titel', did you mean 'title'?",
        ),
        ({"title": "A\ud800", "panels": []}, "this dashboard cannot be read: "),
        ({"title": "A", "tags": "web", "panels": []}, "dashboard 'A': tags: "),
    ],
)
def test_what_is_no_dashboard_is_told(spec: Any, message: str) -> None:
    declared = Dashboard(spec)

    (problem,) = problems(declared)

    assert problem.message.startswith(message)
    assert problem.source is not None
    assert problem.source == declared.source


def test_a_number_that_json_has_no_word_for_is_told() -> None:
    (message,) = messages(board(stat("a", "up", min=float("nan"))))

    assert message.startswith("dashboard 'Shop', panel 'a': fieldConfig.defaults.min: ")


def test_what_the_schema_does_not_have_is_told_with_the_panel_and_its_line() -> None:
    wrong = Panel({"type": "timeseries", "title": "Load", "options": {"legnd": {}}})
    here = line() - 1

    (problem,) = problems(board(Row("R", wrong, collapsed=True)))

    assert problem.message == ("dashboard 'Shop', panel 'Load': options: unknown key 'legnd', did you mean 'legend'?")
    assert str(problem.source) == f"{__file__}:{here}"


def test_all_problems_of_all_dashboards_are_told_at_once() -> None:
    found = messages(
        board(
            stat("a", "up(", unit="sec"), stat("b", "up", datasource="promethus"), {"type": "graph", "alert": {"a": 1}}
        ),
        {"title": "Other", "panels": [3]},
    )

    assert [message.partition(":")[0] for message in found] == [
        "panel '' holds an alert of the kind that Grafana 11 removed",
        "panel 'a'",
        "panel 'a'",
        "there is no data source 'promethus' in environment 'test'",
        "this panel cannot be read",
    ]


def test_rendering_changes_nothing_that_content_gave() -> None:
    shared = {"drawStyle": "bars"}
    spec = board(
        TimeSeries(title="a", stacking={"mode": "normal"}, extraJson={"fieldConfig": {"defaults": {"custom": shared}}}),
        {"type": "graph", "title": "b", "legend": {"show": False}},
        stat("c", "up"),
        Row("R", Stat(title="d")),
    )

    first = rendered(spec, env=environment("one"))
    again = rendered(spec, env=environment("one"))
    other = rendered(spec, env=environment("other"))

    assert first == again
    assert shared == {"drawStyle": "bars"}
    for one_item, other_item in zip(first, other, strict=True):
        assert isinstance(one_item, Artifact)
        assert isinstance(other_item, Artifact)
        assert one_item.body.replace(b"prom-one", b"prom-other") == other_item.body


def test_the_columns_are_grafanas() -> None:
    widths = [panel["gridPos"]["w"] for panel in drawn(*[stat(str(index), "up") for index in range(7)])]

    assert max(itertools.accumulate(widths[:6])) == layout.COLUMNS


def test_a_dashboard_that_holds_itself_is_told() -> None:
    spec: Json = {"title": "A", "uid": "a", "panels": []}
    spec["time"] = spec

    assert messages(spec) == ["this dashboard cannot be read: it holds itself or is nested too deeply"]


@pytest.mark.parametrize(("depth", "what"), [(300, "dashboard"), (100_000, "panel")])
def test_what_is_nested_too_deeply_is_told(depth: int, what: str) -> None:
    options: Json = {}
    for _ in range(depth):
        options = {"a": options}
    panel = {"type": "shop-map-panel", "title": "b", "options": options}

    assert messages({"title": "A", "uid": "a", "panels": [panel]}) == [
        f"this {what} cannot be read: it holds itself or is nested too deeply"
    ]


def test_what_grafana_saves_beside_what_its_schema_says_is_accepted() -> None:
    query = {"refId": "A", "expr": "up", "key": "Q-0", "datasource": {"type": "prometheus", "uid": "a"}}
    footer = {"show": True, "reducer": ["sum"], "fields": "", "countRows": False}
    table = {"type": "table", "title": "T", "targets": [query], "options": {"footer": footer, "showHeader": True}}
    table["fieldConfig"] = {"defaults": {"unitScale": True}, "overrides": []}
    pie = {"type": "piechart", "title": "P", "targets": [query], "options": {"sort": "desc"}}
    variable = {"name": "v", "type": "query", "query": "q", "queryValue": "x", "regexApplyTo": "text", "regex": "/a/"}
    spec = {"title": "A", "uid": "a", "panels": [table, pie], "templating": {"list": [variable]}}

    written = document(spec)

    panels = {panel["title"]: panel for panel in written["panels"]}
    assert panels["T"]["options"]["footer"] == footer
    assert panels["T"]["fieldConfig"]["defaults"]["unitScale"] is True
    assert panels["T"]["targets"][0]["key"] == "Q-0"
    assert panels["P"]["options"]["sort"] == "desc"
    (made,) = written["templating"]["list"]
    assert (made["queryValue"], made["regexApplyTo"]) == ("x", "text")
