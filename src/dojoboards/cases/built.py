"""What cases are run on: the rules and routes of a project in one environment, as they are built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dojoboards import promql
from dojoboards.artifact import Artifact, parse
from dojoboards.catalogue.relabel import LabelSet, relabelled
from dojoboards.expressions.nodes import Call, Selector, descend
from dojoboards.model import Project, Relabel
from dojoboards.model.catalogue import one

Json = Mapping[str, Any]
Labels = Mapping[str, str]

_ALERTS = frozenset({"ALERTS", "ALERTS_FOR_STATE"})


@dataclass(frozen=True, eq=False)
class Rule:
    """An alert or a recording rule as it is built.

    Args:
        name: Of the alert, or of the series that is recorded.
        expr: Its expression.
        labels: What it adds to each alert or series.
        annotations: Those of an alert, not yet rendered.
        path: Its file below the build.
        records: Whether it is a recording rule.
        document: As it is built.
    """

    name: str
    expr: str
    labels: Labels
    annotations: Labels
    path: str
    records: bool
    document: Json = field(repr=False)

    @cached_property
    def selectors(self) -> tuple[Selector, ...]:
        """What its expression selects."""
        return tuple(node for node in _nodes(self.expr) if isinstance(node, Selector))

    @cached_property
    def misses(self) -> tuple[Selector, ...]:
        """What its expression looks for with `absent()`: it fires where that is not there."""
        calls = (node for node in _nodes(self.expr) if isinstance(node, Call) and node.function.startswith("absent"))
        return tuple(found for call in calls for found in _selectors_in(call))

    def gives(self, labels: Labels) -> bool:
        """Return whether an alert with these labels can be its own: those that it adds tell."""
        return all("{{" in value or labels.get(name) == value for name, value in self.labels.items())


@dataclass(frozen=True, eq=False)
class Built:
    """The rules and routes of a project in one environment.

    Args:
        environment: Its name.
        grafana_url: The address of Grafana there.
        files: The rule files, by their paths below the build.
        alertmanager: Alertmanager's configuration; empty for none.
        log_files: The rule files of Loki: who is told of their alerts can be tried, but not when they fire.
        external_labels: What Prometheus adds to alerts that have no such label.
        alert_relabel: What it does to their labels then.
    """

    environment: str
    grafana_url: str
    files: Mapping[str, Json]
    alertmanager: Json
    log_files: Mapping[str, Json] = field(default_factory=dict)
    external_labels: Labels = field(default_factory=dict)
    alert_relabel: Sequence[Relabel] = ()

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, in the order of files, groups and rules."""
        return tuple(_rules(self.files))

    @cached_property
    def alerts(self) -> tuple[Rule, ...]:
        """All alerts."""
        return tuple(rule for rule in self.rules if not rule.records)

    @cached_property
    def titles(self) -> Mapping[Rule, str]:
        """What each alert is called: its name, with the labels that tell it from others of that name."""
        found: dict[Rule, str] = {}
        every = (*self.alerts, *self.log_alerts)
        for rule in every:
            same = [other for other in every if other.name == rule.name]
            values = [
                value for name, value in rule.labels.items() if any(other.labels.get(name) != value for other in same)
            ]
            if len(same) > 1 and not values:
                values = [str(same.index(rule) + 1)]
            found[rule] = f"{rule.name} ({', '.join(values)})" if values else rule.name
        return found

    @cached_property
    def log_alerts(self) -> tuple[Rule, ...]:
        """All alerts over logs."""
        return tuple(rule for rule in _rules(self.log_files) if not rule.records)

    @cached_property
    def recorded(self) -> Mapping[str, tuple[Rule, ...]]:
        """The recording rules by the series that they record."""
        names = dict.fromkeys(rule.name for rule in self.rules if rule.records)
        return {name: tuple(rule for rule in self.rules if rule.records and rule.name == name) for name in names}

    def rests_on(self, selectors: Iterable[Selector]) -> tuple[frozenset[str], tuple[Selector, ...]]:
        """Return the recorded series that are used, directly or by one that is, and all that is selected on the way."""
        found: dict[Selector, None] = {}
        recorded: set[str] = set()
        waiting = list(selectors)
        while waiting:
            selector = waiting.pop()
            found[selector] = None
            for name in (set(selector.names or ()) & self.recorded.keys()) - recorded:
                recorded.add(name)
                waiting.extend(inner for rule in self.recorded[name] for inner in rule.selectors)
        return frozenset(recorded), tuple(found)

    def files_for(self, paths: Iterable[str], alerts: Iterable[str], exprs: Iterable[str]) -> list[Json]:
        """Return rule files with no other rules than these alerts and expressions need.

        promtool evaluates every rule at every step: most of its time would go into those that no check asks for.

        Args:
            paths: The rule files.
            alerts: The names of alerts.
            exprs: Further expressions.
        """
        selectors = [node for expr in exprs for node in _nodes(expr) if isinstance(node, Selector)]
        wanted, whole = self._needed(set(alerts), selectors)
        return [
            {
                "groups": [
                    {**group, "rules": chosen}
                    for group in self.files[path]["groups"]
                    if (chosen := [rule for rule in group["rules"] if whole or _name(rule) in wanted])
                ]
            }
            for path in paths
        ]

    def _needed(self, alerts: set[str], selectors: Sequence[Selector]) -> tuple[set[str], bool]:
        """Return the alerts and recorded series that are needed, and whether any rule may be."""
        asked = alerts
        while True:
            own = [selector for rule in self.alerts if rule.name in asked for selector in rule.selectors]
            recorded, found = self.rests_on([*selectors, *own])
            # An expression may look at series of whatever name, or at the alerts themselves.
            named = [_alert(selector) for selector in found if selector.names is None or _ALERTS & {*selector.names}]
            more = asked | {name for name in named if name}
            if more == asked:
                return asked | recorded, "" in named
            asked = more

    def sent(self, labels: Labels) -> Labels:
        """Return an alert's labels as Alertmanager gets them; none where Prometheus drops the alert."""
        whole = {**self.external_labels, **labels}
        if not self.alert_relabel:
            return whole
        after = relabelled(LabelSet({name: one(value) for name, value in whole.items()}), self.alert_relabel).labels
        known = after.labels if after else {}
        return {name: next(iter(values.known)) for name, values in known.items() if values.known and not values.absent}


def of(project: Project, artifacts: Iterable[Artifact]) -> Built:
    """Return what cases about *project* are run on.

    Args:
        project: In one environment.
        artifacts: What it is built to.
    """
    files: dict[str, Json] = {}
    log_files: dict[str, Json] = {}
    alertmanager: Json = {}
    for artifact in artifacts:
        if artifact.kind == "rules":
            files[artifact.path] = parse(artifact)
        elif artifact.kind == "log-rules":
            log_files[artifact.path] = parse(artifact)
        elif artifact.kind == "alertmanager-config":
            alertmanager = parse(artifact)
    server = project.prometheus
    return Built(
        environment=project.environment.name,
        grafana_url=project.environment.grafana_url,
        files=files,
        log_files=log_files,
        alertmanager=alertmanager,
        external_labels=dict(server.external_labels) if server else {},
        alert_relabel=tuple(server.alert_relabel) if server else (),
    )


def _rules(files: Mapping[str, Json]) -> Iterator[Rule]:
    for path, document in files.items():
        for group in document["groups"]:
            for rule in group["rules"]:
                labels, annotations = rule.get("labels") or {}, rule.get("annotations") or {}
                yield Rule(_name(rule), rule["expr"], labels, annotations, path, "record" in rule, rule)


def _name(rule: Json) -> str:
    name: str = rule.get("alert") or rule["record"]
    return name


def _nodes(expr: str) -> tuple[object, ...]:
    expression = promql.parse(expr, variables=False)
    return expression.nodes if expression else (Selector(""),)  # what cannot be looked at may select anything


def _alert(selector: Selector) -> str:
    """Return the name of the alert that a selector asks for; empty where it may be any."""
    named = [matcher.value for matcher in selector.on("alertname") if matcher.operator == "="]
    return named[0] if named and selector.names else ""


def _selectors_in(call: Call) -> Iterator[Selector]:
    return (node for node in descend(call) if isinstance(node, Selector))
