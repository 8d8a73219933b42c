"""Checks of rule groups, alerts and recording rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dojoboards import names
from dojoboards.artifact import Artifact, parse
from dojoboards.lint import templates, texts
from dojoboards.lint.registry import Artifacts, Finding, check, repeated
from dojoboards.model import Alert, Project, RecordingRule, RuleGroup

_DURATION = "give whole numbers with units in falling order, such as 30s, 5m or 1h30m"
_STALE = "5m"
"""How long Prometheus takes a sample for the present."""
_LEVELS = 2
"""The least number of parts between colons in the name of a recorded series."""


@check("group/unique", on=Project)
def group_unique(project: Project, _: Project) -> Iterator[Finding]:
    """A group's name is unique in its module.

    Prometheus refuses a rule file that has one group twice.
    Bad: two groups `hosts` in `alerts/system.py`. Good: `hosts` and `host-disks`.
    """
    for groups in (project.groups, project.log_groups):
        for group, first in repeated(groups, lambda group: (group.module, group.name)):
            message = f"the rule group {group.name!r} is declared twice in the module {group.module!r}"
            yield Finding(message, f"rename one; the first is at {first.source}", group.source)


@check("group/interval", on=RuleGroup)
def group_interval(group: RuleGroup, _: Project) -> Iterator[Finding]:
    """A group's interval is a duration above zero.

    Prometheus takes a zero for its own interval. Bad: `interval="1 minute"`. Good: `interval="1m"`.
    """
    if wrong := texts.interval(group.interval):
        yield Finding(
            f"`interval` of the rule group {group.name!r}: {wrong}", _DURATION, edit=texts.respelt(group.interval)
        )


@check("group/gaps", on=RuleGroup, severity="warning")
def group_gaps(group: RuleGroup, project: Project) -> Iterator[Finding]:
    """A group is evaluated at least every five minutes.

    Prometheus takes a sample for the present for five minutes: with a longer interval, what is recorded comes and goes,
    and alerts begin anew.
    Bad: `interval="10m"`. Good: `interval="5m"`.
    """
    interval = group.interval or (project.prometheus.evaluation_interval if project.prometheus else "")
    if interval and not texts.duration(interval) and names.milliseconds(interval) > names.milliseconds(_STALE):
        message = f"the rule group {group.name!r} is evaluated every {interval}: between two times there is nothing"
        yield Finding(message, f"give an `interval` of at most {_STALE}")


@check("group/rules", on=RuleGroup)
def group_rules(group: RuleGroup, project: Project) -> Iterator[Finding]:
    """A group has rules.

    An empty one is evaluated and says that all is well. Bad: `rules=[]`. Good: a group with a rule, or no group.
    """
    if project.conventions and not group.rules:
        yield Finding(f"the rule group {group.name!r} has no rules", "give it rules, or take it away")


@check("alert/unique", on=RuleGroup)
def alert_unique(group: RuleGroup, _: Project) -> Iterator[Finding]:
    """No two alerts of a group have the same name and the same labels.

    They would be one alert with two meanings, and Alertmanager would tell one of them.
    Bad: `CpuHigh` twice as `warning`. Good: once as `warning` and once as `critical`.
    """
    alerts = [rule for rule in group.rules if isinstance(rule, Alert)]
    for alert, first in repeated(alerts, lambda a: (a.name, a.severity, a.team, *sorted(a.labels.items()))):
        message = f"the alert {alert.name!r} is in the rule group {group.name!r} twice with the same labels"
        yield Finding(message, f"give one another name or severity; the first is at {first.source}", alert.source)


@check("recording/unique", on=RuleGroup)
def recording_unique(group: RuleGroup, _: Project) -> Iterator[Finding]:
    """No two recording rules of a group write the same series.

    Bad: `job:errors:rate5m` twice with the same labels. Good: once, or with labels that tell them apart.
    """
    rules = [rule for rule in group.rules if isinstance(rule, RecordingRule)]
    for rule, first in repeated(rules, lambda rule: (rule.record, *sorted(rule.labels.items()))):
        message = f"{rule.record!r} is recorded twice in the rule group {group.name!r} with the same labels"
        yield Finding(message, f"rename one; the first is at {first.source}", rule.source)


@check("alert/severity", on=Alert)
def alert_severity(alert: Alert, project: Project) -> Iterator[Finding]:
    """An alert's severity is one of the project's.

    Routes and inhibit rules match severities by name: one that is misspelt goes to the wrong people.
    Bad: `severity="crit"`. Good: `severity="critical"`.
    """
    known = project.environment.severities
    if known and alert.severity not in known:
        message = f"the alert {alert.name!r} has the unknown severity {alert.severity!r}"
        yield Finding(message, names.hint(alert.severity, known))


@check("alert/text", on=Alert)
def alert_text(alert: Alert, project: Project) -> Iterator[Finding]:
    """An alert has a summary and a description.

    Bad: `description=""`. Good: `description="{{ $labels.instance }} answers slowly."`.
    """
    for key, text in (("summary", alert.summary), ("description", alert.description)):
        if project.conventions and not text.strip():
            yield Finding(f"the alert {alert.name!r} has no {key}", f"say in `{key}` what is wrong, for who is called")


@check("alert/template", on=Alert)
def alert_template(alert: Alert, _: Project) -> Iterator[Finding]:
    """The texts and labels of an alert are templates that Prometheus can read, and ask for what it gives them.

    It refuses a whole rule file for one that is not closed, and for a function or a variable that does not exist. Of
    a field that does not exist it tells when the alert fires: the text is then an error message.
    Bad: `"{{ $label.instance }} is down"`, `"{{ $value | humanizePercent }}"`, `"{{ .Values }}"`.
    Good: `"{{ $labels.instance }} is down"`, `"{{ $value | humanizePercentage }}"`, `"{{ .Value }}"`.
    """
    told = {"summary": alert.summary, "description": alert.description, **alert.annotations}
    labels = {f"labels[{name!r}]": text for name, text in alert.labels.items()}
    for key, text in {**told, **labels}.items():
        if "{{" not in text and "}}" not in text:
            continue
        found = list(templates.faults(text, templates.PROMETHEUS))
        for fault in (*found, *templates.astray(text, templates.PROMETHEUS)):
            yield Finding(f"`{key}` of the alert {alert.name!r}: {fault.message}", fault.remedy)
        if not found and templates.stray(text):
            yield Finding(f"`{key}` of the alert {alert.name!r}: }}}} closes nothing", "open it with {{")


@check("alert/name", on=Alert)
def alert_name(alert: Alert, project: Project) -> Iterator[Finding]:
    """An alert's name is one word: letters, digits and underscores.

    It is the name of its runbook and part of links. Bad: `"CPU high!"`. Good: `"CpuHigh"`.
    """
    if project.conventions and not re.fullmatch(names.LABEL_PATTERN, alert.name):
        message = f"{alert.name!r} is not the name of an alert"
        yield Finding(message, "use letters, digits and underscores: subject and condition, such as CpuHigh")


@check("alert/durations", on=Alert)
def alert_durations(alert: Alert, _: Project) -> Iterator[Finding]:
    """`for_` and `keep_firing_for` are durations.

    Bad: `for_="5 minutes"`. Good: `for_="5m"`.
    """
    for key, text in (("for_", alert.for_), ("keep_firing_for", alert.keep_firing_for)):
        if wrong := texts.duration(text):
            yield Finding(f"`{key}` of the alert {alert.name!r}: {wrong}", _DURATION, edit=texts.respelt(text))


@check("alert/labels", on=Alert)
def alert_labels(alert: Alert, _: Project) -> Iterator[Finding]:
    """An alert's labels and annotations have names that Prometheus takes, and do not hide what other fields say.

    Bad: `labels={"severity": "info"}`. Good: `severity="info"`.
    """
    yield from _labels(f"the alert {alert.name!r}", alert.labels, frozenset({"alertname"}))
    for key in ("severity", "team"):
        if key in alert.labels:
            yield Finding(f"the alert {alert.name!r} has the label {key!r} in `labels`", f"use the field `{key}`")
    for key in alert.annotations:
        if key in {"summary", "description"}:
            yield Finding(f"the alert {alert.name!r} has {key!r} in `annotations`", f"use the field `{key}`")
        elif not re.fullmatch(names.LABEL_PATTERN, key):
            message = f"the alert {alert.name!r} has the annotation {key!r}, which is not a name"
            yield Finding(message, "use letters, digits and underscores")


@check("recording/name", on=RecordingRule)
def recording_name(rule: RecordingRule, project: Project) -> Iterator[Finding]:
    """A recorded series is named `level:metric:operations`.

    The colons say that a rule made it, and of what. Bad: `cpu_usage`. Good: `instance:cpu_usage:rate5m`.
    """
    if not re.fullmatch(names.METRIC_PATTERN, rule.record):
        message = f"{rule.record!r} is not the name of a metric"
        yield Finding(message, "use letters, digits, underscores and colons: level:metric:operations")
    elif project.conventions and len([part for part in rule.record.split(":") if part]) < _LEVELS:
        yield Finding(f"the recording rule {rule.record!r} has no colon in its name", "name it level:metric:operations")


@check("recording/labels", on=RecordingRule)
def recording_labels(rule: RecordingRule, _: Project) -> Iterator[Finding]:
    """A recording rule's labels have names that Prometheus takes.

    Bad: `labels={"le-vel": "job"}`. Good: `labels={"level": "job"}`.
    """
    yield from _labels(f"the recording rule {rule.record!r}", rule.labels, frozenset())


def _labels(what: str, labels: Mapping[str, str], reserved: frozenset[str]) -> Iterator[Finding]:
    for name in labels:
        if wrong := texts.label(name, reserved=reserved):
            yield Finding(f"{what}: {wrong}", "take another name")


@check("alert/dashboard", on=Artifacts)
def alert_dashboard(artifacts: Artifacts, project: Project) -> Iterator[Finding]:
    """The dashboard and the panel that an alert links are built.

    A link that leads nowhere costs minutes when they count.
    Bad: `dashboard="main", panel="Cpu"` where the panel's title is `CPU`. Good: `panel="CPU"`.
    """
    dashboards = {artifact.key: artifact for artifact in artifacts.all if artifact.kind == "dashboard"}
    panels: dict[str, dict[int, str]] = {}
    for alert in _alerts(project.rule_groups):
        if not alert.dashboard:
            if alert.panel:
                message = f"the alert {alert.name!r} links the panel {alert.panel!r} of no dashboard"
                yield Finding(message, "give `dashboard` too", alert.source)
        elif alert.dashboard not in dashboards:
            if "dashboards" in project.partial:
                continue  # it may be one of those that are not known here
            message = f"the alert {alert.name!r} links the dashboard {alert.dashboard!r}, which is not built"
            yield Finding(message, names.hint(alert.dashboard, dashboards), alert.source)
        elif alert.panel:
            if alert.dashboard not in panels:
                panels[alert.dashboard] = _panels(dashboards[alert.dashboard])
            known = panels[alert.dashboard]
            if names.panel_id(alert.panel) not in known:
                message = f"the alert {alert.name!r} links the panel {alert.panel!r}, which {alert.dashboard!r} has not"
                behind_row = [key for key in known.values() if key.endswith(f"/{alert.panel}")]
                hint = f"did you mean {behind_row[0]!r}?" if behind_row else names.hint(alert.panel, known.values())
                remedy = f"give the panel's key, or its title behind that of its row ({hint})"
                yield Finding(message, remedy, alert.source)


def _alerts(groups: Sequence[RuleGroup]) -> Iterator[Alert]:
    for group in groups:
        yield from (rule for rule in group.rules if isinstance(rule, Alert))


def _panels(artifact: Artifact) -> dict[int, str]:
    """Return the panels of a dashboard by id, with a key that would lead to each where it can be told."""
    found: dict[int, str] = {}
    row = ""
    for panel in parse(artifact).get("panels") or ():
        if panel.get("type") == "row":
            row = panel.get("title", "")
            inner: Sequence[dict[str, Any]] = panel.get("panels") or ()
        else:
            inner = (panel,)
        for each in inner:
            title = each.get("title", "")
            keys = (names.panel_key(title, row), title)
            found[each.get("id", 0)] = next((key for key in keys if names.panel_id(key) == each.get("id")), title)
    return found
