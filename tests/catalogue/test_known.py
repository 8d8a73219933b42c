from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards import catalogue, promql
from dojoboards.catalogue import Known, Miss
from dojoboards.expressions import Matcher, Selector, grafana
from dojoboards.expressions.nodes import Operator
from dojoboards.model import (
    Catalogue,
    FileDiscovery,
    Metric,
    Project,
    Prometheus,
    RecordingRule,
    Relabel,
    RelabelAction,
    RuleGroup,
    ScrapeJob,
)
from dojoboards.model.catalogue import ANY, OPTIONAL, Values, one
from support.lint import alert, group, job, project, recording

SHOP = Catalogue(
    "shop",
    metrics={
        "shop_orders_total": Metric("shop_orders_total", "counter", {"kind": Values(frozenset({"new", "old"}))}),
        "shop_wait_seconds": Metric("shop_wait_seconds", "histogram", {"route": ANY}),
        "shop_size": Metric("shop_size", "gauge", {"job": ANY, "zone": OPTIONAL}, unit="bytes"),
        "shop_age_seconds": Metric("shop_age_seconds", "summary", {"quantile": ANY}),
        "shop_open": Metric("shop_open", "gauge", {"*": OPTIONAL, "id": ANY}),
    },
    jobs=["shop"],
    namespaces=["shop"],
    also={"shop_plugin_.+": "plug-ins"},
)


def shop(*steps: Relabel, **fields: Any) -> ScrapeJob:
    return job(**{"name": "shop", "targets": ["shop:80"], "metric_relabel": steps, **fields})


def known(*jobs: ScrapeJob, rules: Sequence[RuleGroup] = (), **fields: Any) -> Known:
    return catalogue.for_project(project(scrape_jobs=jobs, catalogues=[SHOP], groups=rules, **fields))


def selector(text: str) -> Selector:
    expression = promql.parse(text)
    assert expression is not None
    return next(node for node in expression.nodes if isinstance(node, Selector))


def misses(of: Known, text: str) -> list[tuple[str, str]]:
    return [(miss.reason, miss.matcher.name if miss.matcher else miss.name) for miss in of.misses(selector(text))]


def only(of: Known, text: str) -> Miss:
    (miss,) = of.misses(selector(text))
    return miss


def test_a_metric_has_what_its_catalogue_says() -> None:
    metric = known(shop()).metric("shop_orders_total")

    assert metric is not None
    assert (metric.type, metric.kind) == ("counter", "counter")
    assert metric.labels["kind"].known == frozenset({"new", "old"})


@pytest.mark.parametrize(
    ("name", "kind", "unit", "labels"),
    [
        ("shop_wait_seconds_bucket", "counter", "short", {"le", "route"}),
        ("shop_wait_seconds_sum", "counter", "s", {"route"}),
        ("shop_wait_seconds_count", "counter", "short", {"route"}),
        ("shop_age_seconds", "gauge", "s", {"quantile"}),
        ("shop_age_seconds_count", "counter", "short", set()),
        ("shop_size", "gauge", "bytes", {"exported_job"}),
        ("up", "gauge", "bool", set()),
        ("scrape_duration_seconds", "gauge", "s", set()),
        ("scrape_samples_scraped", "gauge", "short", set()),
    ],
)
def test_each_series_has_its_kind_unit_and_labels(name: str, kind: str, unit: str, labels: set[str]) -> None:
    series = known(shop()).series(Selector(name))

    assert series.kind == kind
    assert series.measure is not None
    assert grafana(series.measure) == unit
    assert series.labels.certain == {"instance", "job", *labels}


@pytest.mark.parametrize("name", ["shop_wait_seconds", "shop_age_seconds_bucket", "shop_orders", "nothing"])
def test_what_no_catalogue_lists_is_not_there(name: str) -> None:
    of = known(shop())

    assert of.metric(name) is None
    assert of.exists(name) is False
    assert misses(of, name) == [("metric", name)]


def test_a_name_that_is_alike_is_told() -> None:
    assert only(known(shop()), "shop_order_total").near == "shop_orders_total"


def test_what_a_catalogue_may_list_besides_cannot_be_known() -> None:
    of = known(shop())

    assert of.exists("shop_plugin_x") is None
    assert misses(of, 'shop_plugin_x{a="b"}') == []
    assert of.series(Selector("shop_plugin_x")).labels.possible is None


def test_a_job_without_catalogue_may_expose_everything_but_what_is_anothers() -> None:
    of = known(shop(), job(name="else", targets=["else:80"]))

    assert of.exists("something") is None
    assert of.exists("shop_somethin") is False
    assert of.exists("node_lod1") is False
    assert of.exists("node_load1") is None
    assert misses(of, 'shop_orders_total{job="else"}') == []
    assert of.exists("job:something:sum") is False


def test_a_job_that_only_a_port_suggests_may_expose_more() -> None:
    of = known(job(name="hosts", targets=["host:9100"]))

    assert of.exists("node_load1") is True
    assert of.exists("node_lod1") is False
    assert of.exists("anything") is None


def test_the_textfile_collector_may_tell_anything_but_what_is_anothers() -> None:
    of = known(job(name="node"))

    assert of.exists("batch_ended") is None
    assert of.exists("shop_orders_total") is False
    assert of.exists("pg_up") is False


def test_without_jobs_everything_may_be_there_and_types_are_known() -> None:
    of = known()

    assert of.exists("node_load1") is True
    assert of.exists("node_lod1") is False
    assert of.exists("something") is None
    assert of.series(Selector("node_cpu_seconds_total")).kind == "counter"
    assert misses(of, 'node_load1{anything="x"}') == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('shop_orders_total{kind="new"}', []),
        ('shop_orders_total{kind=~"n.*"}', []),
        ('shop_orders_total{kind=~"$kind"}', []),
        ('shop_orders_total{kind="newer"}', [("value", "kind")]),
        ('shop_orders_total{kind=~"x|y"}', [("value", "kind")]),
        ('shop_orders_total{kind!~"new|old"}', [("value", "kind")]),
        ('shop_orders_total{kind=""}', [("value", "kind")]),
        ('shop_orders_total{kid="new"}', [("label", "kid")]),
        ('shop_orders_total{kid!="new"}', [("label", "kid")]),
        ('shop_orders_total{kid=""}', []),
        ('shop_orders_total{job="shop"}', []),
        ('shop_orders_total{job="shops"}', [("job", "job")]),
        ('shop_orders_total{instance="shop:80"}', []),
        ('shop_orders_total{instance="shop:81"}', [("value", "instance")]),
        ('shop_wait_seconds_bucket{le="1"}', []),
        ('shop_wait_seconds_count{le="1"}', [("label", "le")]),
        ('shop_size{zone="x"}', []),
        ('shop_size{zone=""}', []),
        ('shop_size{exported_job="x"}', []),
        ('shop_open{id="x", container_label_x="y"}', []),
        ('{__name__=~"shop_size|shop_sise"}', [("metric", "shop_sise")]),
        ('{__name__=~"shop_.+"}', []),
        ('up{job="nope"}', [("job", "job")]),
        ('shop_orders_total{$label="x"}', []),
    ],
)
def test_a_matcher_that_finds_nothing_is_told(text: str, expected: list[tuple[str, str]]) -> None:
    assert misses(known(shop()), text) == expected


def test_a_miss_says_what_would_be_found() -> None:
    of = known(shop())
    value, label = only(of, 'shop_orders_total{kind="nww"}'), only(of, 'shop_orders_total{knd!="new"}')

    assert (value.known, value.near, value.jobs, value.selects) == (("new", "old"), "new", ("shop",), False)
    assert (label.known, label.near, label.selects) == (("instance", "job", "kind"), "kind", True)


def test_a_metric_that_another_job_exposes_is_told_with_that_job() -> None:
    of = known(shop(), job(name="nginx", targets=["web:9113"]))
    miss = only(of, 'nginx_up{job="shop"}')

    assert (miss.reason, miss.jobs, miss.known, miss.near) == ("job", ("nginx",), ("nginx",), "")


DROP = Relabel(action="drop", source_labels=["__name__"], regex="shop_(wait|age)_.*")


def test_what_a_job_drops_is_told_with_the_step_that_drops_it() -> None:
    of = known(shop(DROP))
    miss = only(of, "shop_wait_seconds_count")

    assert (miss.reason, miss.jobs, miss.step) == ("dropped", ("shop",), DROP)
    assert of.exists("shop_wait_seconds_count") is False
    assert of.exists("shop_orders_total") is True
    assert "shop_wait_seconds_count" not in of.after_relabelling("shop")


def test_a_keep_list_is_anchored() -> None:
    keep = Relabel(action="keep", source_labels=["__name__"], regex="shop_orders")

    assert known(shop(keep)).after_relabelling("shop") == {}
    assert known(shop(keep)).exists("up") is True


def test_a_metric_that_another_job_keeps_is_there() -> None:
    of = known(shop(DROP), shop(name="shop-two", catalogues=["shop"]))

    assert of.exists("shop_wait_seconds_count") is True
    assert misses(of, 'shop_wait_seconds_count{job="shop"}') == [("job", "job")]


def test_a_metric_that_is_renamed_has_its_new_name() -> None:
    rename = Relabel(source_labels=["__name__"], regex="shop_(.*)_total", target_label="__name__", replacement="${1}")
    of = known(shop(rename))

    assert of.exists("orders") is True
    assert of.exists("shop_orders_total") is False
    assert of.series(Selector("orders")).kind == "counter"


def test_a_label_that_a_job_takes_away_or_fills_is_known() -> None:
    steps = [Relabel(action="labeldrop", regex="kind"), Relabel(target_label="team", replacement="web")]
    of = known(shop(*steps))

    assert misses(of, 'shop_orders_total{kind="new"}') == [("label", "kind")]
    assert misses(of, 'shop_orders_total{team="web"}') == []
    assert misses(of, 'shop_orders_total{team="db"}') == [("value", "team")]


def test_a_series_that_may_be_dropped_may_be_there() -> None:
    of = known(shop(Relabel(action="drop", source_labels=["route"], regex="/health")))

    assert of.exists("shop_wait_seconds_count") is None
    assert misses(of, "shop_wait_seconds_count") == []
    assert of.exists("shop_orders_total") is True


def test_raw_relabelling_is_simulated_too() -> None:
    raw = {"metric_relabel_configs": [{"action": "drop", "source_labels": ["__name__"], "regex": "shop_size"}]}

    assert misses(known(shop(extra=raw)), "shop_size") == [("dropped", "shop_size")]


def test_targets_that_are_discovered_may_have_any_label() -> None:
    of = known(shop(targets=[], discovery=[FileDiscovery(files=["x.yml"])]))

    assert misses(of, 'shop_orders_total{zone="a", instance="b"}') == []
    assert misses(of, 'shop_orders_total{kind="newer"}') == [("value", "kind")]
    assert of.series(Selector("shop_orders_total")).labels.possible is None


def test_labels_of_a_remote_store_are_known_where_that_is_asked() -> None:
    declared = project(scrape_jobs=[shop()], catalogues=[SHOP], prometheus=Prometheus(external_labels={"dc": "eu"}))

    assert misses(catalogue.for_project(declared), 'shop_size{dc="eu"}') == [("label", "dc")]
    assert misses(catalogue.for_project(declared, remote=True), 'shop_size{dc="eu"}') == []


# What rules make


def test_a_recorded_series_has_the_labels_kind_and_unit_of_its_expression() -> None:
    rule = recording(
        record="job:shop_orders:rate5m", expr="sum by (kind) (rate(shop_orders_total[5m]))", labels={"a": "b"}
    )
    of = known(shop(), rules=[group(rule)])
    series = of.series(Selector("job:shop_orders:rate5m"))

    assert of.exists("job:shop_orders:rate5m") is True
    assert (series.kind, sorted(series.labels.certain), series.labels.exact) == ("gauge", ["a", "kind"], True)
    assert series.measure is not None
    assert grafana(series.measure) == "cps"
    assert misses(of, 'job:shop_orders:rate5m{a="c"}') == [("value", "a")]
    assert misses(of, 'job:shop_orders:rate5m{job="shop"}') == [("label", "job")]
    assert misses(of, "job:shop_order:rate5m") == [("metric", "job:shop_order:rate5m")]


def test_a_rule_may_read_what_another_records_and_even_itself() -> None:
    first = recording(record="a:b:c", expr="sum by (kind) (shop_orders_total)")
    second = recording(record="a:b:d", expr="a:b:c * 2")
    third = recording(record="a:b:e", expr="a:b:e + 1 or shop_size")
    of = known(shop(), rules=[group(third, second, first)])

    assert of.series(Selector("a:b:d")).labels.certain == {"kind"}
    assert of.exists("a:b:e") is True
    assert of.series(Selector("a:b:e")).labels.possible is None


def test_an_expression_that_does_not_parse_records_what_cannot_be_known() -> None:
    of = known(shop(), rules=[group(recording(record="a:b:c", expr="sum("))])

    assert misses(of, 'a:b:c{x="y"}') == []


def test_alerts_are_series_with_the_labels_of_the_alerts_of_the_project() -> None:
    of = known(shop(), rules=[group(alert(expr="sum by (kind) (shop_orders_total) > 1", labels={"a": "b"}))])

    assert misses(of, 'ALERTS{alertname="Down", alertstate="firing", severity="critical", kind="new", a="b"}') == []
    assert misses(of, 'ALERTS{alertname="Up"}') == [("value", "alertname")]
    assert misses(of, 'ALERTS{alertstate="resolved"}') == [("value", "alertstate")]
    assert misses(of, 'ALERTS{severity="crit"}') == [("value", "severity")]
    assert misses(of, 'ALERTS{job="shop"}') == [("label", "job")]
    assert misses(of, "ALERTS_FOR_STATE") == []
    assert misses(of, 'ALERTS_FOR_STATE{alertstate="firing"}') == [("label", "alertstate")]


def test_without_alerts_of_its_own_a_project_cannot_know_those_of_others() -> None:
    assert misses(known(shop()), 'ALERTS{alertname="Up"}') == []


def test_results_of_an_expression_are_those_of_its_series() -> None:
    of = known(shop())
    expression = promql.parse("histogram_quantile(0.9, sum by (le, route) (rate(shop_wait_seconds_bucket[5m])))")
    assert expression is not None
    given = of.results(expression)[expression.root]

    assert sorted(given.labels.certain) == ["route"]
    assert given.measure is not None
    assert grafana(given.measure) == "s"


def test_the_same_project_is_looked_at_once_and_let_go() -> None:
    declared = project(scrape_jobs=[shop()])
    first = catalogue.for_project(declared)

    assert catalogue.for_project(declared) is first
    assert catalogue.for_project(project(scrape_jobs=[shop()])) is not first
    gc.collect()


def test_a_catalogue_of_the_project_comes_before_a_shipped_one() -> None:
    own = Catalogue(
        "own",
        metrics={"flask_http_request_total": Metric("flask_http_request_total", "gauge")},
        jobs=["shop"],
        includes=["flask"],
    )
    of = catalogue.for_project(project(scrape_jobs=[shop()], catalogues=[own]))
    found = of.metric("flask_http_request_total")

    assert found is not None
    assert found.type == "gauge"
    assert of.exists("flask_exporter_info") is True
    assert of.exists("process_cpu_seconds_total") is True
    assert of.exists("my_own_metric") is False


def test_a_rule_may_record_into_a_name_that_is_scraped_too() -> None:
    rule = RecordingRule(record="shop_size", expr="sum by (x) (shop_size)", labels={"job": "sum"})
    of = known(shop(), rules=[group(rule)])

    assert len(of.exposures("shop_size")) == 2


def test_values_of_labels_are_those_of_the_targets() -> None:
    labels = known(shop(targets=["a:1", "b:2"])).exposures("up")[0].labels

    assert labels.get("instance").known == frozenset({"a:1", "b:2"})
    assert labels.get("job") == one("shop")


def test_a_project_is_not_needed_for_what_is_shipped() -> None:
    of = catalogue.for_project(Project(name="x", environment=project().environment))

    assert of.metric("redis_up") is not None


def test_what_a_selector_may_find_is_told_by_job() -> None:
    of = known(shop(), shop(name="shop-two", catalogues=["shop"]))

    assert [each.job for each in of.matching(selector("shop_size"))] == ["shop", "shop-two"]
    assert [each.job for each in of.matching(selector('up{job=~".*two"}'))] == ["shop-two"]
    assert of.matching(selector("nothing")) == ()


ODD = st.sampled_from(
    [
        "",
        " ",
        "a",
        "__name__",
        "job",
        "le",
        "$1",
        "${x}",
        "(",
        ".*",
        "(a)|b",
        "\\pL",
        "(?i)A",
        "5",
        "\ud800",
        "x" * 3000,
    ]
)
STEPS = st.builds(
    Relabel,
    source_labels=st.lists(ODD, max_size=2),
    target_label=ODD,
    regex=st.none() | ODD,
    replacement=st.none() | ODD,
    action=st.sampled_from(get_args(RelabelAction)),
    separator=st.none() | ODD,
    modulus=st.integers(-1, 3),
)
JOBS = st.builds(
    job,
    name=ODD,
    targets=st.lists(ODD, max_size=2),
    labels=st.dictionaries(ODD, ODD, max_size=2),
    relabel=st.lists(STEPS, max_size=3),
    metric_relabel=st.lists(STEPS, max_size=3),
    honor_labels=st.booleans(),
    catalogues=st.lists(st.sampled_from(["shop", "node", "nope", ""]), max_size=2),
)


def test_what_only_one_exporter_has_is_the_same_in_a_job_of_which_no_catalogue_says_anything() -> None:
    of = known(shop(), job(name="other", targets=["other:1"]))

    assert of.series(selector("shop_orders_total")).kind == "counter"
    assert misses(of, 'shop_orders_total{flavour="x"}') == [("label", "flavour")]
    assert misses(of, 'shop_orders_total{job="other"}') == []
    assert misses(of, 'something_else{flavour="x"}') == []


@settings(max_examples=60, deadline=None)
@given(st.lists(JOBS, max_size=2), ODD, ODD, st.sampled_from(["=", "!=", "=~", "!~"]))
def test_no_project_breaks_what_is_known(jobs: list[ScrapeJob], name: str, value: str, operator: Operator) -> None:
    rules = [group(recording(record=name, expr=value), alert(name=name, expr=value, labels={value: name}))]
    of = known(*jobs, rules=rules)
    for metric in ("up", "shop_size", "shop_wait_seconds_bucket", "ALERTS", name, "something"):
        asked = Selector(metric, (Matcher(value, operator, name), Matcher("job", operator, value)))
        of.misses(asked)
        of.series(asked)
        of.exists(metric)
    assert all(of.after_relabelling(each) is not None for each in of.jobs)
    assert "up" in of.names
