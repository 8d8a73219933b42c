"""A small project whose series are known, for the tests of checks of expressions, and what these say about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dojoboards.artifact import Artifact, json_bytes
from dojoboards.lint import Artifacts, boards_of
from dojoboards.lint.every import CHECKS
from dojoboards.lint.judging import judge
from dojoboards.model import (
    Environment,
    Project,
    Prometheus,
    RecordingRule,
    Relabel,
    RuleGroup,
)
from dojoboards.model.catalogue import ANY, Catalogue, Metric
from support.lint import Case, alert, at, group, job

MODULES = (
    "conditions",
    "functions",
    "intervals",
    "matchers",
    "measures",
    "messages",
    "operators",
    "pairs",
    "series",
    "vanishing",
)
"""The modules whose checks judge expressions."""

BACKUPS = Catalogue(
    name="backups",
    jobs=["node"],
    namespaces=["backup"],
    metrics={
        "backup_last_success_timestamp_seconds": Metric(
            "backup_last_success_timestamp_seconds", "gauge", {"database": ANY}
        ),
        "backup_size_bytes": Metric("backup_size_bytes", "gauge", {"database": ANY}),
        "backup_disk_used": Metric("backup_disk_used", "gauge", unit="percentunit"),
    },
    source=at(0),
)
"""What a backup job writes for node exporter's textfile collector."""

JOBS = (
    job(
        targets=["db1:9100", "web1:9100"],
        metric_relabel=[
            _drop := Relabel(source_labels=["__name__"], regex="(go_gc|prometheus_tsdb_wal)_.+", action="drop")
        ],
    ),
    job(name="flask", targets=["web1:8000"]),
    job(name="postgres", targets=["db1:9187"]),
    job(name="redis", targets=["db1:9121"]),
    job(name="nginx", targets=["web1:9113"]),
    job(name="cadvisor", targets=["web1:8080"]),
    job(name="prometheus", targets=["localhost:9090"], metric_relabel=[_drop]),
)
"""What is scraped, each every 15 seconds."""

WATCHED = alert(name="TargetDown", expr="max by (job, instance) (up) == 0", for_="5m", source=at(9))
"""An alert on every target, so that nothing else is silent when one is down."""

RULES = (
    RecordingRule(
        record="job:errors:ratio",
        expr='sum by (job) (rate(flask_http_request_total{status=~"5.."}[5m])) / '
        "sum by (job) (rate(flask_http_request_total[5m]))",
        source=at(70),
    ),
    RecordingRule(record="job:requests:sum", expr="sum by (job) (flask_http_request_total)", source=at(71)),
    RecordingRule(
        record="instance:latency:p95",
        expr="histogram_quantile(0.95, sum by (instance, le) (rate(flask_http_request_duration_seconds_bucket[5m])))",
        source=at(72),
    ),
)
"""What is recorded."""


def shop(*groups: RuleGroup, **fields: Any) -> Project:
    """Return a project that scrapes `JOBS` and records `RULES`, with more rules."""
    given = {
        "name": "shop",
        "environment": Environment(name="test"),
        "prometheus": Prometheus(scrape_interval="15s", evaluation_interval="15s", source=at(3)),
        "scrape_jobs": JOBS,
        "catalogues": [BACKUPS],
        "groups": [group(WATCHED, *RULES, name="shop", module="shop"), *groups],
    }
    return Project(**{**given, **fields})


def firing(check: str, expr: str, *problems: str, **fields: Any) -> Case:
    """Return a case of an alert on *expr*."""
    return Case(check, shop(group(alert(**{"expr": expr, "for_": "5m", **fields}))), [*problems])


def recording(check: str, expr: str, *problems: str, record: str = "job:x:y") -> Case:
    """Return a case of a rule that records *expr*."""
    return Case(check, shop(group(RecordingRule(record=record, expr=expr, source=at(2)))), [*problems])


def drawing(check: str, expr: str, *problems: str, unit: str = "", kind: str = "timeseries", **json: Any) -> Case:
    """Return a case of a panel that shows *expr*; *json* is more of the panel."""
    defaults: dict[str, Any] = {"unit": unit} if unit else {}
    panel = {
        "id": 1,
        "title": "Load",
        "type": kind,
        "targets": [{"refId": "A", "expr": expr}],
        "fieldConfig": {"defaults": {**defaults, **json.pop("defaults", {})}, "overrides": json.pop("overrides", [])},
        **json,
    }
    return Case(check, shop(), [*problems], [dashboard([panel])])


def plain(case: Case) -> Case:
    """Return a case without what is underlined in it."""
    return case._replace(problems=[problem.partition("\n    at ")[0] for problem in case.problems])


def dashboard(panels: Sequence[Mapping[str, Any]]) -> Artifact:
    """Return a dashboard as it is built."""
    document = {"uid": "hosts", "title": "Hosts", "panels": [*panels]}
    return Artifact("dashboard", "hosts", "grafana/dashboards/general/hosts.json", json_bytes(document), at(5))


def told(case: Case, only: str = "") -> list[str]:
    """Return what the checks of expressions say about a case, or what one says, with the part that is underlined."""
    checks = [CHECKS[only]] if only else [entry for entry in CHECKS.values() if _module(entry.function) in MODULES]
    found = judge(case.project, Artifacts(case.artifacts), boards_of(case.artifacts, {}), checks)
    return [_shown(str(each.problem), each.finding.expr, each.finding.span) for each in found]


def _module(function: Any) -> str:
    return str(function.__module__).rpartition(".")[2]


def _shown(problem: str, expr: str, span: tuple[int, int] | None) -> str:
    return f"{problem}\n    at {expr[span[0] : span[1]]}" if span else problem
