"""Rule files of Prometheus and of Loki: the groups of one content module in one file."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dojoboards import names, promql
from dojoboards.artifact import Artifact, yaml_bytes
from dojoboards.errors import Problem, Source
from dojoboards.model import Alert, Environment, Project, RecordingRule, RuleGroup
from dojoboards.render.document import artifact


def render(project: Project) -> Iterator[Artifact | Problem]:
    """Yield a rule file for each content module with groups, and a problem for each expression that does not parse."""
    for module, groups in _by_module(project.groups):
        bad = [problem for group in groups for rule in group.rules for problem in _expression(rule)]
        yield from bad or _file("rules", module, f"prometheus/rules/{module}.yml", groups, project.environment)


def render_logs(project: Project) -> Iterator[Artifact | Problem]:
    """Yield a rule file for each content module with groups over logs; a check judges their expressions."""
    for module, groups in _by_module(project.log_groups):
        yield from _file("log-rules", module, f"loki/rules/{module}.yml", groups, project.environment)


def _by_module(groups: Sequence[RuleGroup]) -> Iterator[tuple[str, Sequence[RuleGroup]]]:
    ordered = sorted(groups, key=lambda group: group.module)
    for module, found in itertools.groupby(ordered, key=lambda group: group.module):
        yield module, list(found)


def _file(
    kind: str, module: str, path: str, groups: Sequence[RuleGroup], environment: Environment
) -> Iterator[Artifact | Problem]:
    document = {"groups": [_group(group, environment) for group in groups]}
    yield from artifact(kind, module, path, document, yaml_bytes, groups[0].source, place=_finder(groups))


def _expression(rule: Alert | RecordingRule) -> Iterator[Problem]:
    name = rule.name if isinstance(rule, Alert) else rule.record
    if what := promql.problem(rule.expr, variables=False):
        from dojoboards.expressions.faults import fault  # where all is well, nobody needs it

        message = f"the expression of {name!r} is not PromQL: {what}"
        yield Problem(message, rule.source, "correct `expr`", expr=rule.expr, span=fault(rule.expr, what))


def _group(group: RuleGroup, environment: Environment) -> dict[str, Any]:
    document: dict[str, Any] = {"name": group.name}
    if group.interval:
        document["interval"] = group.interval
    if group.limit:
        document["limit"] = group.limit
    document["rules"] = [
        _alert(rule, environment) if isinstance(rule, Alert) else _recording(rule) for rule in group.rules
    ]
    return document


def _alert(alert: Alert, environment: Environment) -> dict[str, Any]:
    document: dict[str, Any] = {"alert": alert.name, "expr": alert.expr}
    if alert.for_:
        document["for"] = alert.for_
    if alert.keep_firing_for:
        document["keep_firing_for"] = alert.keep_firing_for
    document["labels"] = labels(alert)
    document["annotations"] = _annotations(alert, environment)
    return document


def labels(alert: Alert) -> Mapping[str, str]:
    """Return the labels that a rule adds to its alerts: `severity`, `team`, and those of its own in their order."""
    team = {"team": alert.team} if alert.team else {}
    return {"severity": alert.severity, **team, **alert.labels}


def _annotations(alert: Alert, environment: Environment) -> dict[str, str]:
    annotations = {"summary": alert.summary, "description": alert.description}
    if environment.runbook_url:
        annotations["runbook_url"] = environment.runbook_url.replace("{alert}", alert.name)
    if alert.dashboard and environment.grafana_url:
        panel = f"?viewPanel=panel-{names.panel_id(alert.panel)}" if alert.panel else ""
        annotations["dashboard_url"] = f"{environment.grafana_url.rstrip('/')}/d/{alert.dashboard}{panel}"
    return annotations | dict(alert.annotations)


def _recording(rule: RecordingRule) -> dict[str, Any]:
    document: dict[str, Any] = {"record": rule.record, "expr": rule.expr}
    if rule.labels:
        document["labels"] = dict(rule.labels)
    return document


def _finder(groups: Sequence[RuleGroup]) -> Callable[[str], Source | None]:
    def find(path: str) -> Source | None:
        match path.split("."):
            case ["groups", group, "rules", rule, *_]:
                return groups[int(group)].rules[int(rule)].source
            case ["groups", group, *_]:
                return groups[int(group)].source
        return None

    return find
