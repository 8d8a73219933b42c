"""Rule groups: alerts and recording rules, and the thresholds that they share with dashboards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dojoboards.model._declared import Declared


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit that an alert compares with and a dashboard draws: one object for both.

    Formatting one into a PromQL expression gives its number: `f"cpu:ratio > {high}"`; whole numbers exactly, others
    with at most 12 digits, so that 0.1 + 0.2 is 0.3.

    Args:
        value: The limit, in the unit of the metric.
        unit: Grafana's id of that unit, such as `percentunit`, `s` or `bytes`.
        color: Grafana's colour from this limit on.
        name: The setting it comes from.
    """

    value: float
    unit: str = ""
    color: str = "red"
    name: str = ""

    def __str__(self) -> str:
        return str(self.value) if isinstance(self.value, int) else f"{self.value:.12g}"

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else str(self)


@dataclass(frozen=True, kw_only=True)
class Alert(Declared):
    """An alerting rule.

    Args:
        name: Subject and condition, such as `DatabaseConnectionsExhausted`.
        expr: PromQL, or LogQL in `log_groups`, without Grafana's variables; each series that it returns is one alert.
        severity: One of the project's severities; becomes the label `severity`.
        summary: One line without labels: the title of a notification.
        description: What is wrong and where, with `{{ $labels.x }}` and `{{ $value }}`.
        for_: How long *expr* must hold before the alert fires (a Prometheus duration).
        keep_firing_for: How long it goes on firing after *expr* no longer holds (a Prometheus duration).
        team: Who answers for it; becomes the label `team`.
        dashboard: The uid of the dashboard to look at; becomes the annotation `dashboard_url`.
        panel: The key of a panel on that dashboard (`row title/panel title` where it was given none).
        labels: More labels; `severity` and `team` have fields of their own.
        annotations: More annotations. `runbook_url` and `dashboard_url` are derived unless they are given here.
    """

    name: str
    expr: str
    severity: str
    summary: str
    description: str
    for_: str = ""
    keep_firing_for: str = ""
    team: str = ""
    dashboard: str = ""
    panel: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RecordingRule(Declared):
    """A rule that stores what an expression gives as a series of its own.

    Args:
        record: The name of the new series, `level:metric:operations`.
        expr: PromQL, or LogQL in `log_groups`, without Grafana's variables, for one value of each series.
        labels: Labels to add or overwrite.
    """

    record: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RuleGroup(Declared):
    """Rules that are evaluated one after the other, at one interval.

    Args:
        name: Unique in its module.
        rules: Alerts and recording rules, in order of evaluation.
        interval: A Prometheus duration; without it, the server's evaluation interval.
        limit: The most alerts or series that one rule may give, else it fails; 0 is no limit.
        module: The content module that declares it; set by the loader, and the name of the rule file.
    """

    name: str
    rules: Sequence[Alert | RecordingRule]
    interval: str = ""
    limit: int = 0
    module: str = field(default="", compare=False)
