"""The dashboards answer their questions: they fit, they say what they show, and they lead to where to look next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest

from dojoboards import names
from support.dojopool import ENVIRONMENTS, Built, built, queries, runbooks, selectors

MAIN, APPLICATION, INFRASTRUCTURE = "dojopool-main", "dojopool-application", "dojopool-infrastructure"
ONE_SCREEN = 24

# Panels whose colours tell states, and no limit of an alert.
STATES = {"Health/Services", "Health/Critical alerts", "Health/Warnings"}

Place = tuple[str, str]


@pytest.fixture(params=ENVIRONMENTS)
def content(request: pytest.FixtureRequest) -> Built:
    return built(request.param)


def test_there_is_one_dashboard_for_each_question(content: Built) -> None:
    assert sorted(content.dashboards()) == [APPLICATION, INFRASTRUCTURE, MAIN]


def rows(content: Built, uid: str) -> list[str]:
    return [panel["title"] for panel in content.dashboards()[uid]["panels"] if panel["type"] == "row"]


def test_rows_go_from_what_users_feel_to_its_causes(content: Built) -> None:
    assert rows(content, MAIN) == ["Health", "Service indicators", "Key figures"]
    assert rows(content, APPLICATION)[:3] == ["Requests", "Errors", "Duration"]
    assert {"Database", "Cache"} <= set(rows(content, APPLICATION)[3:])
    assert rows(content, INFRASTRUCTURE) == ["Hosts", "Disks", "Network", "Containers", "Backups", "Monitoring"]


def test_main_fits_on_one_screen(content: Built) -> None:
    places = [panel["gridPos"] for panel in content.dashboards()[MAIN]["panels"]]

    assert max(place["y"] + place["h"] for place in places) <= ONE_SCREEN


def test_every_panel_says_what_it_shows_and_in_which_unit(content: Built) -> None:
    silent: list[Place] = []
    for uid, key, panel in content.all_panels():
        has_unit = bool(panel["fieldConfig"]["defaults"].get("unit")) or panel["type"] == "alertlist"
        if not (has_unit and panel["description"].endswith(".")):
            silent.append((uid, key))

    assert silent == []


def test_every_panel_has_queries_with_legends(content: Built) -> None:
    bare: list[Place] = []
    for uid, key, panel in content.all_panels():
        legends = [target["legendFormat"] for target in panel.get("targets", ())]
        if not (legends or panel["type"] == "alertlist") or ("__auto" in legends and panel["type"] != "table"):
            bare.append((uid, key))

    assert bare == []


def test_every_axis_begins_at_zero_unless_it_is_about_what_is_below(content: Built) -> None:
    open_axes: list[Place] = []
    for uid, key, panel in content.all_panels():
        if panel["type"] == "timeseries":
            defaults = panel["fieldConfig"]["defaults"]
            if defaults.get("min") != 0 and "axisSoftMin" not in defaults["custom"]:
                open_axes.append((uid, key))

    assert open_axes == [(INFRASTRUCTURE, "Disks/Free in a day")]


def limits(expr: str) -> set[float]:
    """Return the numbers that an expression compares with."""

    def found(node: Any) -> Iterator[float]:
        if type(node).__name__ == "BinaryExpr":
            if type(node.rhs).__name__ == "NumberLiteral" and re.search(r"[<>]=?|==|!=", str(node.op)):
                yield node.rhs.val
            yield from found(node.lhs)
            yield from found(node.rhs)
        elif hasattr(node, "expr"):
            yield from found(node.expr)

    return set(found(promql_parser.parse(expr)))


def test_a_threshold_that_is_drawn_is_one_that_a_linked_alert_compares_with(content: Built) -> None:
    compared: dict[str, set[float]] = {}
    for alert in content.alerts():
        compared.setdefault(alert["alert"], set()).update(limits(alert["expr"]))
    invented = {}
    for uid, key, panel in content.all_panels():
        drawn = {step["value"] for step in panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", ())}
        known = {limit for name in runbooks(panel) for limit in compared[name]}
        if extra := drawn - {None} - known and key not in STATES:
            invented[uid, key] = extra

    assert invented == {}


def test_an_alert_and_its_panel_link_each_other(content: Built) -> None:
    by_id = {(uid, panel["id"]): panel for uid, _, panel in content.all_panels()}
    one_way = set()
    for alert in content.alerts():
        link = re.search(r"/d/([\w-]+)\?viewPanel=panel-(\d+)$", alert["annotations"]["dashboard_url"])
        panel = by_id.get((link[1], int(link[2]))) if link else None
        if panel is None or alert["alert"] not in runbooks(panel):
            one_way.add(alert["alert"])

    assert one_way == set()


def test_every_runbook_that_a_panel_links_is_that_of_an_alert(content: Built) -> None:
    linked = {name for _, _, panel in content.all_panels() for name in runbooks(panel)}

    assert linked == {alert["alert"] for alert in content.alerts()}


def test_links_between_dashboards_lead_to_panels(content: Built) -> None:
    known = {f"/d/{uid}?viewPanel=panel-{names.panel_id(key)}" for uid, key, _ in content.all_panels()}
    known |= {f"/d/{uid}" for uid in content.dashboards()}
    leads: dict[str, Place] = {}
    for uid, key, panel in content.all_panels():
        for link in panel.get("links", ()):
            if link["url"].startswith("/d/"):
                leads[re.sub(r"[?&]\$\{__url_time_range\}&\$\{__all_variables\}$", "", link["url"])] = (uid, key)

    assert {url: place for url, place in leads.items() if url not in known} == {}


def test_every_panel_of_main_leads_to_where_to_look_next(content: Built) -> None:
    ends = [key for key, panel in content.panels(MAIN).items() if not panel.get("links")]

    assert ends == ["Health/Alerts"]  # Grafana's list links each alert itself


def test_variables_work_with_all(content: Built) -> None:
    for uid, board in content.dashboards().items():
        declared = {variable["name"]: variable for variable in board["templating"]["list"]}
        texts = [query for _, panel in content.panels(uid).items() for query in queries(panel)]
        texts += [variable["query"]["query"] for variable in declared.values()]
        texts += [mark["expr"] for mark in board["annotations"]["list"] if "expr" in mark]
        used = {name for text in texts for name in re.findall(r"\$(\w+)", text)} - {"__rate_interval"}
        matched = {name for text in texts for name in re.findall(r'=~"\$(\w+)\|?"', text)}

        assert used == matched == set(declared)
        for variable in declared.values():
            assert (variable["includeAll"], variable["multi"], variable["allValue"]) == (True, True, ".*")
            assert variable["current"]["value"] == ["$__all"]
            assert variable["refresh"] == 2  # at every change of the time range: hosts come and go


def test_every_query_is_narrowed_to_the_chosen_environments(content: Built) -> None:
    wide = [
        (uid, key, metric)
        for uid, key, panel in content.all_panels()
        for query in queries(panel)
        for metric, labels in selectors(query)
        if "environment" not in labels
    ]

    assert wide == []


def test_deployments_and_firing_alerts_are_marked_on_every_dashboard(content: Built) -> None:
    for board in content.dashboards().values():
        marks = {mark["name"]: mark for mark in board["annotations"]["list"]}

        assert marks["Deployments"]["target"]["tags"] == ["deploy"]
        assert marks["Alerts"]["expr"].startswith('ALERTS{alertstate="firing"')
