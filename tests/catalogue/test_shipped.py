from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from dojoboards.catalogue import document, named, shipped
from dojoboards.errors import Source
from dojoboards.expressions import Kind, grafana
from dojoboards.model import Catalogue

DATA = Path(str(resources.files("dojoboards.catalogue").joinpath("data")))
FILES = sorted(DATA.glob("*.json"))


def one(name: str) -> Catalogue:
    return named(name, shipped())[0]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_is_what_would_be_written_fits_the_schema_and_is_named_by_what_is_in_it(file: Path) -> None:
    read = document.read(file.read_bytes(), Source(file.name))

    assert document.json_text(read) == file.read_text(encoding="utf-8")
    assert file.stem == (f"{read.name}-{read.version}" if read.version else read.name)
    assert read.about
    assert read.namespaces


def test_the_standard_exporters_are_there() -> None:
    assert {each.name for each in shipped()} == {
        "alertmanager",
        "cadvisor",
        "flask",
        "go",
        "nginx",
        "node",
        "postgres",
        "prometheus",
        "python",
        "redis",
    }
    assert all(named(name, shipped()) for each in shipped() for name in each.includes)


def test_nothing_of_the_machine_that_recorded_them_is_in_them() -> None:
    kept = {
        value
        for each in shipped()
        for metric in each.metrics.values()
        for values in metric.labels.values()
        for value in values.known or ()
    }

    assert [value for value in kept if re.search(r"[/:.]|\d{4}|^(eth|sd|vd|lo$)", value)] == []


@pytest.mark.parametrize(
    ("exporter", "name", "kind", "unit"),
    [
        ("node", "node_cpu_seconds_total", "counter", "s"),
        ("node", "node_load5", "gauge", "short"),
        ("node", "node_boot_time_seconds", "gauge", "dateTimeAsIso"),
        ("node", "node_filesystem_readonly", "gauge", "bool"),
        ("node", "node_vmstat_pswpin", "counter", "short"),
        ("nginx", "nginx_connections_accepted", "counter", "short"),
        ("nginx", "nginx_up", "gauge", "bool"),
        ("postgres", "pg_stat_database_blk_read_time", "counter", "ms"),
        ("postgres", "pg_stat_activity_max_tx_duration", "gauge", "s"),
        ("redis", "redis_memory_used_bytes", "gauge", "bytes"),
        ("prometheus", "prometheus_tsdb_head_series", "gauge", "short"),
        ("alertmanager", "alertmanager_notifications_failed_total", "counter", "short"),
        ("cadvisor", "container_last_seen", "gauge", "dateTimeAsIso"),
        ("cadvisor", "container_memory_working_set_bytes", "gauge", "bytes"),
        ("flask", "flask_http_request_total", "counter", "short"),
        ("go", "process_start_time_seconds", "gauge", "dateTimeAsIso"),
    ],
)
def test_a_metric_has_its_kind_and_unit(exporter: str, name: str, kind: Kind, unit: str) -> None:
    metric = one(exporter).metrics[name]
    shown = metric.measure

    assert metric.kind == kind
    assert shown is not None
    assert (grafana(shown) or "dateTimeAsIso") == unit


@pytest.mark.parametrize(
    ("exporter", "name", "label", "values"),
    [
        (
            "node",
            "node_cpu_seconds_total",
            "mode",
            {"idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"},
        ),
        ("node", "node_cpu_seconds_total", "cpu", None),
        ("alertmanager", "alertmanager_silences", "state", {"active", "expired", "pending"}),
        ("flask", "flask_http_request_total", "status", None),
    ],
)
def test_a_label_has_its_values_where_the_exporter_defines_them(
    exporter: str, name: str, label: str, values: set[str] | None
) -> None:
    assert one(exporter).metrics[name].labels[label].known == values


def test_the_newest_version_comes_first() -> None:
    versions = [each.version for each in named("node", shipped())]

    assert versions == sorted(versions, key=lambda text: [int(part) for part in text.split(".")], reverse=True)
