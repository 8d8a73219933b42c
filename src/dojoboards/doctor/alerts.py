"""Which rules fail, which alerts fire and for how long, and whether anybody is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from dojoboards import names
from dojoboards.doctor.finding import Finding, Severity, error, ok, span, warning
from dojoboards.doctor.queries import data, query
from dojoboards.errors import Source
from dojoboards.model import Alert, Environment, Project, RuleGroup
from dojoboards.targets.servers import Client


def rules(server: Client, groups: Sequence[RuleGroup]) -> Iterator[Finding]:
    """Yield each rule that fails when it is evaluated.

    Args:
        server: What evaluates them.
        groups: What declares them.
    """
    count = failing = 0
    for group in data(server, "/api/v1/rules").get("groups") or ():
        for rule in group.get("rules") or ():
            count += 1
            if rule.get("health") == "err":
                failing += 1
                source = _source(groups, str(group.get("name")), str(rule.get("name")))
                reason = rule.get("lastError") or "it does not say why"
                place = f" ({source})" if source else ""
                message = f"rule {rule.get('name')!r} of group {group.get('name')!r} fails: {reason}{place}"
                yield error("rules", message, "correct the expression: it parses, but not for this data")
    if not count:
        remedy = "push the rules, and see that it reads the directory that is pushed to"
        if groups:
            yield warning("rules", "it has none, though the content declares some", remedy)
    elif not failing:
        yield ok("rules", f"{count}, none fails")


def firing(server: Client, environment: Environment) -> Iterator[Finding]:
    """Yield the alerts that fire now: of the gravest severity errors, of the least grave one notes, warnings else."""
    now = query(server, "time()")[0][1]
    since: dict[tuple[str, str], list[float]] = {}
    links: dict[tuple[str, str], str] = {}
    for alert in data(server, "/api/v1/alerts").get("alerts") or ():
        if alert.get("state") != "firing":
            continue
        labels = alert.get("labels") or {}
        key = str(labels.get("alertname")), str(labels.get("severity") or "")
        since.setdefault(key, []).append(now - _seconds(str(alert.get("activeAt"))))
        links.setdefault(key, str((alert.get("annotations") or {}).get("runbook_url") or ""))
    severities = list(environment.severities)
    wrong = False
    for (name, severity), ages in sorted(since.items(), key=lambda item: _rank(item[0], severities)):
        how_many = f", {len(ages)} times" if len(ages) > 1 else ""
        message = f"{name} fires ({severity or 'no severity'}{how_many}) for {span(max(ages))}"
        weight = _weight(severity, severities)
        wrong = wrong or weight != "note"
        remedy = "" if weight == "note" else links[name, severity] or "look at its dashboard and its runbook"
        yield Finding(weight, "alerts", message, remedy)
    if not wrong:
        yield ok("alerts", "none fires that anybody has to act on")


def _rank(key: tuple[str, str], severities: Sequence[str]) -> tuple[int, str]:
    name, severity = key
    return severities.index(severity) if severity in severities else len(severities), name


def _weight(severity: str, severities: Sequence[str]) -> Severity:
    if severities and severity == severities[0]:
        return "error"
    return "note" if len(severities) > 1 and severity == severities[-1] else "warning"


def notifies(server: Client, project: Project) -> Iterator[Finding]:
    """Yield that Prometheus sends its alerts nowhere, or that notifications failed within the last hour."""
    declared = project.prometheus is not None and bool(project.prometheus.alertmanagers)
    active = data(server, "/api/v1/alertmanagers").get("activeAlertmanagers") or ()
    if declared and not active:
        remedy = "is one running, and does its discovery find it?"
        yield error("notification", "alerts go nowhere: no Alertmanager is known", remedy)
    rows = query(server, "sum by (integration) (increase(alertmanager_notifications_failed_total[1h])) > 0")
    for labels, value in rows:
        message = f"{value:.0f} notifications by {labels.get('integration')} failed within the last hour"
        yield error("notification", message, _DELIVERY)
    if active and not rows:
        yield ok("notification", names.counted(len(active), "Alertmanager"))


_DELIVERY = "check the receiver's address and credentials; Alertmanager's log says why each failed"


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(_shortened(moment)).timestamp()


def _shortened(moment: str) -> str:
    """Return a time with no more than microseconds: Go writes nanoseconds."""
    start, point, rest = moment.replace("Z", "+00:00").partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return f"{start}.{digits[:6]:0<6}{rest[len(digits) :]}" if point else start


def _source(groups: Sequence[RuleGroup], group: str, name: str) -> Source | None:
    for declared in groups:
        if declared.name == group:
            for rule in declared.rules:
                if (rule.name if isinstance(rule, Alert) else rule.record) == name:
                    return rule.source
    return None
