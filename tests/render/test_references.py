from typing import Any

import pytest
from grafanalib.core import Target

from dojoboards import panels, variables
from dojoboards.model import DataSourceRef, Environment
from dojoboards.panels import query, stat
from support.boards import LOKI, PROMETHEUS, board, document, drawn, environment, one, problems

GRAFANA = {"type": "grafana", "uid": "-- Grafana --"}


def env(**refs: DataSourceRef) -> Environment:
    return Environment(name="prod", data_sources=refs)


def source_of(panel: Any, **options: Any) -> dict[str, str]:
    (written,) = drawn(panel, **options)
    found: dict[str, str] = written["targets"][0]["datasource"]
    return found


@pytest.mark.parametrize("name", ["one", "other"])
def test_a_name_means_what_the_environment_says(name: str) -> None:
    panel = stat("a", "up", datasource="prometheus")

    assert source_of(panel, env=environment(name)) == {"type": "prometheus", "uid": f"prom-{name}"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("loki", LOKI),
        ("-- Grafana --", GRAFANA),
        ("-- Dashboard --", {"type": "datasource", "uid": "-- Dashboard --"}),
        ({"type": "prometheus", "uid": "elsewhere"}, {"type": "prometheus", "uid": "elsewhere"}),
        ({"uid": "loki-test"}, LOKI),
        ({"type": "loki"}, LOKI),
        ({"uid": "unheard-of"}, {"uid": "unheard-of"}),
        ({"uid": "-- Grafana --"}, GRAFANA),
        ({"uid": "$source"}, {"type": "prometheus", "uid": "${source}"}),
    ],
)
def test_a_data_source_may_be_given_in_grafanas_words(given: Any, expected: Any) -> None:
    panel = one({"type": "stat", "targets": [{"datasource": given, "expr": "{a='b'}"}]})

    assert panel["targets"][0]["datasource"] == expected


def test_without_a_name_prometheus_is_meant_or_the_only_one_there_is() -> None:
    only = DataSourceRef(uid="m", type="prometheus")

    assert source_of(stat("a", "up")) == PROMETHEUS
    assert source_of(stat("a", "up"), env=env(mimir=only)) == {"type": "prometheus", "uid": "m"}


def test_no_default_is_a_problem_where_there_are_several_and_none_is_called_so() -> None:
    several = {name: DataSourceRef(uid=name, type="prometheus") for name in ("one", "two")}

    (problem,) = problems(board(stat("a", "up")), env=env(**several))

    assert problem.message == "environment 'prod' has no default data source: none is called 'prometheus'"
    assert problem.remedy == "add it under `data_sources:` in dojoboards.yaml (known: one, two)"


def test_an_unknown_name_is_told_once_with_the_place_that_used_it_first() -> None:
    first = stat("a", "up", datasource="promethus")
    second = stat("b", "up", datasource="promethus")

    (problem,) = problems(board(first, second))

    assert problem.message == "there is no data source 'promethus' in environment 'test'"
    assert problem.remedy == (
        "add it under `data_sources:` in dojoboards.yaml (did you mean 'prometheus'? known: loki, prometheus)"
    )
    assert problem.source == first.source


@pytest.mark.parametrize("name", ["$source", "${source}"])
def test_a_variable_may_name_the_data_source(name: str) -> None:
    choice = variables.data_source("source", "loki")

    assert source_of(stat("a", '{a="b"}', datasource=name), variables=[choice]) == {"type": "loki", "uid": "${source}"}


def test_a_variable_that_the_dashboard_does_not_have_is_taken_for_one_of_prometheus() -> None:
    assert source_of(stat("a", "up", datasource="$elsewhere")) == {"type": "prometheus", "uid": "${elsewhere}"}


def test_variables_and_annotations_name_data_sources_too() -> None:
    spec = board(
        variables=[variables.query("a", "label_values(job)", datasource="loki"), variables.adhoc("b")],
        annotations=[
            panels.annotation("c", expr="ALERTS"),
            panels.annotation("d", tags=["x"]),
            panels.annotation("e", expr='{a="b"}', datasource="loki"),
        ],
    )

    written = document(spec)

    assert [variable["datasource"] for variable in written["templating"]["list"]] == [LOKI, PROMETHEUS]
    assert [mark["datasource"] for mark in written["annotations"]["list"]] == [GRAFANA, PROMETHEUS, GRAFANA, LOKI]


def test_each_query_may_name_its_own() -> None:
    panel = one(stat("a", query("up"), query('{a="b"}', datasource="loki"), Target(expr="c", datasource="loki")))

    assert [target["datasource"] for target in panel["targets"]] == [PROMETHEUS, LOKI, LOKI]


def test_amazons_prometheus_speaks_promql_too() -> None:
    amazon = DataSourceRef(uid="amp", type="grafana-amazonprometheus-datasource")

    (problem,) = problems(board(stat("a", "up(", datasource="amp")), env=env(amp=amazon))

    assert problem.message.startswith("panel 'a': the expression is not PromQL: ")
