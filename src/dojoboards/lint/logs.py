"""Checks of rules over logs, which a Loki evaluates."""

from __future__ import annotations

from collections.abc import Iterator

from dojoboards.lint.registry import Finding, check
from dojoboards.model import Alert, Project, RecordingRule


def _rules(project: Project) -> Iterator[Alert | RecordingRule]:
    for group in project.log_groups:
        yield from group.rules


@check("log-rule/expression", on=Project)
def expression(project: Project, _: Project) -> Iterator[Finding]:
    r"""The expression of a rule over logs is LogQL that gives numbers.

    Loki refuses the whole file, or the group, for one that is not. What is judged: quotes and brackets, matchers, range
    aggregations and durations; of the rest, Loki is the judge.
    Bad: `{job="shop"} |= "error"`, `rate({job="shop"} |~ "\d+" [5m])`, `count_over_time({job=~".*"}[5m]) > 10`.
    Good: `sum(count_over_time({job="shop"} |= "error" [5m])) > 10`.
    """
    if not project.log_groups:
        return
    from dojoboards.lint import logql  # most projects have no rules over logs, and need not load what reads them

    for rule in _rules(project):
        if fault := logql.fault(rule.expr):
            name = rule.name if isinstance(rule, Alert) else rule.record
            message = f"the expression of {name!r} is no LogQL for a rule: {fault.message}"
            yield Finding(message, fault.remedy, rule.source, expr=rule.expr, span=fault.span)


@check("log-rule/keep-firing-for", on=Project, severity="warning")
def keep_firing_for(project: Project, _: Project) -> Iterator[Finding]:
    """An alert over logs ends when its expression gives nothing.

    Loki does not store `keep_firing_for`: in a file it is passed over, and its API gives the group back without it.
    Bad: `keep_firing_for="10m"` in `log_groups`. Good: a longer range, `[15m]` instead of `[5m]`.
    """
    for rule in _rules(project):
        if isinstance(rule, Alert) and rule.keep_firing_for:
            message = f"the alert {rule.name!r} has `keep_firing_for`, which Loki does not know"
            yield Finding(message, "take it away, and make the range of its expression longer", rule.source)


@check("log-rule/target", on=Project, severity="warning")
def target(project: Project, _: Project) -> Iterator[Finding]:
    """Rules over logs are pushed to a Loki, in each environment that is pushed at all.

    Without one they are built and never evaluated.
    Bad: `log_groups` in an environment with a target for `prometheus` only. Good: a target for `loki` beside it.
    """
    environment = project.environment
    systems = {settings.system for settings in environment.targets.values()}
    if project.log_groups and systems and "loki" not in systems:
        message = f"the rules over logs are pushed nowhere: the environment {environment.name!r} has no target for loki"
        fix = f"add environments.{environment.name}.targets.loki to dojoboards.yaml"
        yield Finding(message, fix, project.log_groups[0].source)
