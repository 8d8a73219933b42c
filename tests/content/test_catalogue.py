"""DojoPool's selectors find something: the catalogues list what rules, dashboards and variables ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from content.test_metrics import documented
from dojoboards import catalogue, promql
from dojoboards.catalogue import Known
from dojoboards.expressions import Expression, selections
from support.dojopool import ENVIRONMENTS, Built, built, queries

OWN = ("application", "backups")


def known(environment: str) -> Known:
    return catalogue.for_project(built(environment).project)


def expressions(content: Built) -> Iterator[Expression]:
    for rule in content.rules():
        yield parsed(rule["expr"], variables=False)
    for _, _, panel in content.all_panels():
        for query in queries(panel):
            yield parsed(query)
    for board in content.dashboards().values():
        for mark in board["annotations"]["list"]:
            if "expr" in mark:
                yield parsed(mark["expr"])
        for variable in board["templating"]["list"]:
            definition = variable["query"]["query"]
            if definition.startswith("label_values("):
                yield parsed(definition.removeprefix("label_values(").rpartition(",")[0])


def parsed(text: str, *, variables: bool = True) -> Expression:
    expression = promql.parse(text, variables=variables)
    assert expression is not None
    return expression


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_selector_finds_something(environment: str) -> None:
    found = known(environment)
    every = [each.selector for expression in expressions(built(environment)) for each in selections(expression)]

    assert len(every) > 250
    assert [miss for selector in every for miss in found.misses(selector)] == []
    assert {found.exists(name) for selector in every for name in selector.names or ("?",)} == {True}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_scrape_job_has_catalogues(environment: str) -> None:
    jobs = known(environment).jobs

    assert [job.name for job in jobs.values() if not (job.applies.catalogues and job.applies.sure)] == []


def test_nothing_is_vague_and_the_labels_of_every_result_are_known() -> None:
    found = known("prod")
    given = {each.text: found.results(each)[each.root] for each in expressions(built("prod")) if not each.vague}

    assert [each.text for each in expressions(built("prod")) if each.vague] == []
    assert [text for text, each in given.items() if each.labels.possible is None] == []
    assert [text for text, each in given.items() if each.series.kind == "unknown"] == []


def test_a_selector_with_a_mistake_finds_nothing() -> None:
    found = known("prod")
    wrong = [
        "flask_http_request_totals",
        "dojopool_backup_last_statuses",
        'node_cpu_seconds_total{mode="idel"}',
        'up{job="dojopol"}',
        'pg_stat_activity_count{datnam="x"}',
        "instance:node_memory:ratios",
        'flask_http_request_duration_seconds_count{path="/"}',
        'ALERTS{severity="crit"}',
    ]

    assert [text for text in wrong if not found.misses(selections(parsed(text))[0].selector)] == []


def test_the_documented_metrics_have_the_types_units_and_labels_of_the_catalogues() -> None:
    found = known("prod")
    types, labels = {}, {}
    for name, row in documented().items():
        metric = found.metric(name)
        assert metric is not None, name
        told = set(row["labels"].replace("`", "").replace(",", " ").split())
        if metric.type != row["type"]:
            types[name] = metric.type
        if missing := told - {label for each in found.exposures(name) for label in each.labels.labels}:
            labels[name] = missing

    assert types == {}
    assert labels == {}


def test_the_projects_own_catalogues_are_the_sections_that_document_them() -> None:
    own = {each.name: each for each in built("prod").project.catalogues}
    listed = {series.name for each in own.values() for metric in each.metrics.values() for series in metric.series()}
    rows = {name for name in documented() if name.startswith(("dojopool_", "flask_"))}

    assert set(own) == set(OWN)
    assert rows - listed == set()
    assert {name for name in listed - rows if not name.endswith(("_sum", "_bucket", "_count"))} == set()
    for name in rows:
        metric = known("prod").metric(name)
        assert metric is not None
        told = set(documented()[name]["labels"].replace("`", "").replace(",", " ").split())
        assert set(metric.labels) == told
