from __future__ import annotations

import pytest

from dojoboards.catalogue.exposition import Recorded, recorded, refreshed, together
from dojoboards.errors import DojoboardsError, Source
from dojoboards.model import Catalogue, Metric
from dojoboards.model.catalogue import ANY, OPTIONAL, Values

PAGE = Source("http://app.example/metrics")
TEXT = b"""\
# HELP app_work_total Work that was done. Sourced from somewhere.
# TYPE app_work_total counter
app_work_total{kind="a",zone=""} 1
app_work_total{kind="b",zone="x"} 2
# TYPE app_accepted counter
app_accepted 5
# HELP app_wait_seconds How long.
# TYPE app_wait_seconds histogram
app_wait_seconds_bucket{route="/",le="1"} 1
app_wait_seconds_bucket{route="/",le="+Inf"} 1
app_wait_seconds_sum{route="/"} 1
app_wait_seconds_count{route="/"} 1
# TYPE app_pause_seconds summary
app_pause_seconds{quantile="0.5"} 1
app_pause_seconds_sum 1
app_pause_seconds_count 1
# TYPE app_exporter_build_info gauge
app_exporter_build_info{version="v1.2.3-4+b1"} 1
untold 3
# some comment
# EOF is not here
"""
OPEN_METRICS = b"""\
# TYPE app_work counter
# HELP app_work Work that was done.
app_work_total{kind="a"} 1.0 # {trace_id="x"} 1.0
app_work_created{kind="a"} 1.6e9
# TYPE app info
app_info{version="2"} 1.0
# TYPE app_mode stateset
app_mode{app_mode="on"} 1.0
app_mode{app_mode="off"} 0.0
# TYPE app_load unknown
app_load 1.5
# EOF
"""


def test_metrics_are_read_with_type_labels_and_the_first_sentence_of_their_help() -> None:
    told = recorded(TEXT, PAGE)

    assert told.metrics == {
        "app_work_total": Metric(
            "app_work_total", "counter", {"kind": ANY, "zone": OPTIONAL}, help="Work that was done."
        ),
        "app_accepted": Metric("app_accepted", "counter"),
        "app_wait_seconds": Metric("app_wait_seconds", "histogram", {"route": ANY}, help="How long."),
        "app_pause_seconds": Metric("app_pause_seconds", "summary", {"quantile": ANY}),
        "app_exporter_build_info": Metric("app_exporter_build_info", "gauge", {"version": ANY}),
        "untold": Metric("untold"),
    }
    assert told.build == ("app", "1.2.3")


def test_open_metrics_are_read_by_the_names_that_are_selected() -> None:
    told = recorded(OPEN_METRICS, PAGE)

    assert told.metrics == {
        "app_work_total": Metric("app_work_total", "counter", {"kind": ANY}, help="Work that was done."),
        "app_work_created": Metric("app_work_created", "gauge", {"kind": ANY}, help="Work that was done."),
        "app_info": Metric("app_info", "gauge", {"version": ANY}),
        "app_mode": Metric("app_mode", "gauge", {"app_mode": ANY}),
        "app_load": Metric("app_load"),
    }


def test_values_are_kept_where_that_is_said() -> None:
    told = recorded(TEXT, PAGE, lambda metric, label: (metric, label) == ("app_work_total", "kind"))

    assert told.metrics["app_work_total"].labels["kind"] == Values(frozenset("ab"))
    assert told.metrics["app_wait_seconds"].labels["route"] == ANY


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "there are no metrics in it"),
        (b"# only a comment\n", "there are no metrics in it"),
        (b"\xff\xfe", "it is no text in UTF-8 (at byte 0)"),
        (b"<html>\n<body>no</body></html>\n", "'<html>' is no sample of a metric"),
        (b'{"a": 1}', "'{\"a\": 1}' is no sample of a metric"),
        (b"good 1\nbad line here{ 3\n", "'bad line here{ 3' is no sample of a metric"),
        (b"good one\n", "'good one' is no sample of a metric"),
        (
            b"# TYPE a counter\na_total 1\n# EOF\nmore 1\n# EOF\n",
            "it cannot be read: Received line after # EOF: more 1",
        ),
    ],
)
def test_what_is_no_page_of_metrics_is_told(body: bytes, message: str) -> None:
    with pytest.raises(DojoboardsError) as raised:
        recorded(body, PAGE)

    (problem,) = raised.value.problems
    assert problem.message == message
    assert problem.remedy == "give the address of a /metrics page, or a file with what one told"


def test_the_first_wrong_line_is_told() -> None:
    with pytest.raises(DojoboardsError, match=r"metrics:2: 'b b b b' is no"):
        recorded(b"a 1\nb b b b\nc c c c\n", PAGE)


def test_what_several_told_is_put_together() -> None:
    first = recorded(b'a{x="1"} 1\nb 1\n', PAGE)
    second = recorded(b'# TYPE a gauge\na{x="2",y="3"} 1\nc 1\n', PAGE)

    assert together(first, second).metrics == {
        "a": Metric("a", "unknown", {"x": ANY, "y": OPTIONAL}),
        "b": Metric("b"),
        "c": Metric("c"),
    }


WRITTEN = Catalogue(
    "app",
    "1.0",
    metrics={
        "app_work_total": Metric(
            "app_work_total", "counter", {"kind": Values(frozenset("ab")), "old": ANY}, "bytes", "By hand."
        ),
        "app_rare_total": Metric("app_rare_total", "counter"),
        "untold": Metric("untold", "gauge"),
    },
    jobs=["app"],
    also={"x": "y"},
)


def test_what_people_wrote_stays_when_a_catalogue_is_refreshed() -> None:
    result = refreshed(WRITTEN, recorded(TEXT, PAGE))
    metrics = result.catalogue.metrics

    assert (result.catalogue.version, result.catalogue.jobs, result.catalogue.also) == ("1.2.3", ["app"], {"x": "y"})
    assert metrics["app_work_total"] == Metric(
        "app_work_total",
        "counter",
        {"kind": Values(frozenset("ab")), "old": OPTIONAL, "zone": OPTIONAL},
        "bytes",
        "By hand.",
    )
    assert metrics["untold"].type == "gauge"
    assert result.gone == ("app_rare_total",)
    assert "app_rare_total" in metrics
    assert result.new == ("app_accepted", "app_exporter_build_info", "app_pause_seconds", "app_wait_seconds")


def test_what_is_not_told_any_more_goes_where_that_is_said() -> None:
    result = refreshed(WRITTEN, recorded(TEXT, PAGE), prune=True)

    assert "app_rare_total" not in result.catalogue.metrics
    assert result.gone == ("app_rare_total",)


def test_a_type_that_changed_is_taken_over() -> None:
    told = Recorded({"app_work_total": Metric("app_work_total", "gauge")})

    assert refreshed(WRITTEN, told).catalogue.metrics["app_work_total"].type == "gauge"


def test_values_that_are_new_are_added_to_those_that_were_written() -> None:
    told = recorded(b'app_work_total{kind="c"} 1\n', PAGE, lambda _metric, _label: True)

    assert refreshed(WRITTEN, told).catalogue.metrics["app_work_total"].labels["kind"] == Values(frozenset("abc"))


def test_to_refresh_twice_changes_nothing() -> None:
    told = recorded(TEXT, PAGE)
    once = refreshed(WRITTEN, told).catalogue

    assert refreshed(once, told).catalogue == once
