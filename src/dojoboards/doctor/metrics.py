"""Is every metric that rules and dashboards use there, and if not, since when?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dojoboards import promql
from dojoboards.artifact import Artifact, parse
from dojoboards.doctor.finding import Finding, ok, span, warning
from dojoboards.doctor.queries import query
from dojoboards.expressions import selections
from dojoboards.model import Alert, Project, RecordingRule
from dojoboards.targets.servers import Client

_SUBJECT = "metrics"
_BATCH = 100
_AT_ONCE = 4
_SOUGHT = 50
_LOOK_BACK = "7d"
# No shorter than a sample counts, or one could fall between two steps.
_STEP = "4m"
_WATCHES_ABSENCE = frozenset({"absent", "absent_over_time"})
# What Prometheus makes itself, of alerts that may well not be active.
_MADE = frozenset({"ALERTS", "ALERTS_FOR_STATE"})


def used(project: Project, artifacts: Sequence[Artifact]) -> dict[str, str]:
    """Return the metrics that rules and dashboards select, each with the first place that does; sorted.

    What is only asked whether it is absent is left out.
    """
    found: dict[str, str] = {}
    for group in project.groups:
        for rule in group.rules:
            what = f"alert {rule.name}" if isinstance(rule, Alert) else f"recording rule {rule.record}"
            _note(found, rule.expr, what, variables=False)
    for artifact in artifacts:
        if artifact.kind == "dashboard":
            for expr, panel in _expressions(parse(artifact), ""):
                what = f"dashboard {artifact.key}" + (f", panel {panel!r}" if panel else "")
                _note(found, expr, what, variables=True)
    return dict(sorted(found.items()))


def _note(found: dict[str, str], expr: str, what: str, *, variables: bool) -> None:
    expression = promql.parse(expr, variables=variables)
    for selection in selections(expression) if expression else ():
        if selection.function not in _WATCHES_ABSENCE:
            for name in selection.selector.names or ():
                if name not in _MADE:
                    found.setdefault(name, what)


def _expressions(value: Any, panel: str, source: str = "") -> Iterator[tuple[str, str]]:
    """Yield the expressions for Prometheus in a dashboard, each with its panel's title."""
    if isinstance(value, list):
        for item in value:
            yield from _expressions(item, panel, source)
    elif isinstance(value, dict):
        if "type" in value and isinstance(value.get("title"), str):
            panel = value["title"]
        if isinstance(given := value.get("datasource"), dict):
            source = str(given.get("type") or source)
        if isinstance(expr := value.get("expr"), str) and source in ("", "prometheus"):
            yield expr, panel
        for item in value.values():
            yield from _expressions(item, panel, source)


def present(server: Client, project: Project, metrics: Mapping[str, str]) -> Iterator[Finding]:
    """Yield each metric that a server does not have.

    Args:
        server: A Prometheus.
        project: What declares the recording rules.
        metrics: Where each metric is used.
    """
    rules = [rule for group in project.rule_groups for rule in group.rules]
    recorded = {rule.record for rule in rules if isinstance(rule, RecordingRule)}
    names = list(metrics)
    series: dict[str, int] = {}
    for start in range(0, len(names), _BATCH):
        alternatives = "|".join(re.escape(name) for name in names[start : start + _BATCH])
        rows = query(server, f'count by (__name__) ({{__name__=~"{alternatives}"}})')
        series |= {labels["__name__"]: int(value) for labels, value in rows}
    missing = [name for name in names if name not in series]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        seen = list(pool.map(lambda name: _age(server, name), missing[:_SOUGHT]))
    for name, age in zip(missing, [*seen, *[None] * (len(missing) - len(seen))], strict=True):
        when = f"last seen {span(age)} ago" if age is not None else f"not seen within {_LOOK_BACK}"
        if name in recorded:
            remedy = "its recording rule gives nothing, or is not there: look at what it is made of"
        elif age is not None:
            remedy = "is what exposes it down, or no longer scraped?"
        else:
            remedy = "is its exporter scraped, and is the name right? A counter may only appear with its first event"
        yield warning(_SUBJECT, f"{name} has no series, {when} (used by {metrics[name]})", remedy)
    if series:
        yield ok(_SUBJECT, f"{len(series)} of {len(names)} that are used are there, in {sum(series.values())} series")


def _age(server: Client, name: str) -> float | None:
    """Return how long ago a metric last had a sample, in seconds; None if that was too long ago."""
    selector = f'{{__name__="{name}"}}'
    rows = query(server, f"time() - max(max_over_time(timestamp({selector})[{_LOOK_BACK}:{_STEP}]))")
    return rows[0][1] if rows else None
