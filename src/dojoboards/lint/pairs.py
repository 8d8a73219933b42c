"""Checks of rules that belong together: two that say the same, and severities in the wrong order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from dojoboards.expressions import span
from dojoboards.lint.analysis import Analysis, Comparison, alerts, analysis, compared, conditions, number
from dojoboards.lint.registry import Finding, check, repeated
from dojoboards.model import Alert, Project, RecordingRule


@check("recording/repeated", on=Project, severity="warning")
def recorded_twice(project: Project, _: Project) -> Iterator[Finding]:
    """No two groups record the same series.

    Their samples come at the same time with different values: Prometheus keeps one of them, and reports the other.
    Bad: `job:up:sum` in two groups with the same labels. Good: in one, or with a label that tells them apart.
    """
    rules = [(rule, group) for group in project.groups for rule in group.rules if isinstance(rule, RecordingRule)]
    for (rule, group), (first, other) in repeated(rules, lambda one: (one[0].record, *sorted(one[0].labels.items()))):
        if group is not other:  # within a group, `recording/unique` tells
            message = f"{rule.record!r} is recorded in the rule groups {other.name!r} and {group.name!r}"
            yield Finding(message, f"take one away; the first is at {first.source}", rule.source)


@check("alert/repeated", on=Project, severity="warning")
def alerted_twice(project: Project, _: Project) -> Iterator[Finding]:
    """No two alerts fire on the same condition with the same severity.

    Each problem would be told twice.
    Bad: `HostDown` and `NodeDown` on one expression. Good: one of them, or two severities with their own limits.
    """
    every = (alert for alert, _ in alerts(project))
    for alert, first in repeated(every, lambda one: (*one.expr.split(), one.severity, one.team)):
        if (alert.name, alert.labels) != (first.name, first.labels):
            message = f"the alerts {first.name!r} and {alert.name!r} fire on the same condition"
            yield Finding(message, f"take one away; the first is at {first.source}", alert.source, alert.expr)


class _Limit(NamedTuple):
    """A limit of an alert."""

    alert: Alert
    found: Analysis
    comparison: Comparison
    rank: int


@check("alert/order", on=Project, severity="warning")
def order(project: Project, _: Project) -> Iterator[Finding]:
    """Of two alerts of one name, the graver one has the limit that is reached later.

    Bad: `DiskSpaceLow` at 0.85 as `critical` and at 0.95 as `warning`. Good: the other way round.
    """
    ranks = {severity: rank for rank, severity in enumerate(project.environment.severities)}
    named: dict[str, list[Alert]] = {}
    for alert, _group in alerts(project):
        if alert.severity in ranks:
            named.setdefault(alert.name, []).append(alert)
    known: dict[tuple[str, str, str], list[_Limit]] = {}
    for name, same in named.items():
        for alert in same if len({each.severity for each in same}) > 1 else ():
            for asked, limit in _limits(alert, project, ranks[alert.severity]):
                known.setdefault((name, *asked), []).append(limit)
    for limits in known.values():
        limits.sort(key=lambda limit: limit.rank)
        for graver, other in itertools.pairwise(limits):
            if graver.rank != other.rank and _sooner(graver.comparison, other.comparison):
                first = number(graver.comparison.number)
                message = (
                    f"the alert {graver.alert.name!r} is {graver.alert.severity!r} at {first}, before it is "
                    f"{other.alert.severity!r} at {number(other.comparison.number)}"
                )
                finding = graver.found.finding(message, "exchange the limits", graver.comparison.written)
                yield Finding(message, finding.fix, graver.alert.source, finding.expr, finding.span)


def _limits(alert: Alert, project: Project, rank: int) -> Iterator[tuple[tuple[str, str], _Limit]]:
    """Yield the limits of an alert, each with what is compared and how."""
    found = analysis(alert.expr, project, in_dashboard=False)
    if found.root is None or found.expression is None:
        return
    for node in conditions(found.root):
        comparison = compared(node)
        place = comparison and span(found.expression, comparison.side)
        if comparison and place and comparison.operator in ("<", "<=", ">", ">="):
            yield (alert.expr[place.start : place.end], comparison.operator), _Limit(alert, found, comparison, rank)


def _sooner(graver: Comparison, other: Comparison) -> bool:
    """Return whether the first limit is reached before the second."""
    return graver.number < other.number if graver.operator.startswith(">") else graver.number > other.number
