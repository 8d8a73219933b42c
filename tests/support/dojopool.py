"""DojoPool's monitoring, this repository's own content: compiled once for each environment, taken apart for tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import promql_parser
import yaml

from dojoboards import config, names
from dojoboards.artifact import Artifact
from dojoboards.cases import built as tested_rules
from dojoboards.cases.routing import alerts
from dojoboards.commands.test import read
from dojoboards.compile import compile_project
from dojoboards.load import load
from dojoboards.model import Project
from dojoboards.trials.run import Suite

ROOT = Path(__file__).parents[2]
SETTINGS = config.read(ROOT)
ENVIRONMENTS = tuple(SETTINGS.environments)
RATE_INTERVAL = "5m"


@dataclass(frozen=True)
class Built:
    """The content in one environment.

    Args:
        project: What it declares.
        artifacts: What it becomes.
    """

    project: Project
    artifacts: tuple[Artifact, ...]

    @cached_property
    def files(self) -> dict[str, bytes]:
        """What it becomes, by path."""
        return {artifact.path: artifact.body for artifact in self.artifacts}

    def yaml(self, path: str) -> Any:
        return yaml.load(self.files[path], yaml.CSafeLoader)

    @cached_property
    def _rules(self) -> list[dict[str, Any]]:
        paths = [path for path in self.files if path.startswith("prometheus/rules/")]
        return [rule for path in paths for group in self.yaml(path)["groups"] for rule in group["rules"]]

    @cached_property
    def _dashboards(self) -> dict[str, dict[str, Any]]:
        found = [json.loads(body) for path, body in self.files.items() if path.startswith("grafana/dashboards/")]
        return {board["uid"]: board for board in found}

    def rules(self) -> list[dict[str, Any]]:
        """Return all alerts and recording rules."""
        return self._rules

    def alerts(self) -> list[dict[str, Any]]:
        return [rule for rule in self.rules() if "alert" in rule]

    def recorded(self) -> dict[str, str]:
        """Return the expression of each recorded series."""
        return {rule["record"]: rule["expr"] for rule in self.rules() if "record" in rule}

    def dashboards(self) -> dict[str, dict[str, Any]]:
        """Return the dashboards by uid."""
        return self._dashboards

    def panels(self, uid: str) -> dict[str, dict[str, Any]]:
        """Return the panels of a dashboard by their key, the titles of row and panel."""
        found, row = {}, ""
        for panel in self.dashboards()[uid]["panels"]:
            if panel["type"] == "row":
                row = panel["title"]
            else:
                found[names.panel_key(panel["title"], row)] = panel
        return found

    def all_panels(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield the uid of its dashboard, the key and the document of every panel."""
        for uid in self.dashboards():
            for key, panel in self.panels(uid).items():
                yield uid, key, panel


@cache
def built(environment: str) -> Built:
    """Return the content compiled for *environment*; a problem in it is an error."""
    project = load(ROOT, SETTINGS.environment(environment), SETTINGS.project)
    project = replace(project, dashboards=tuple(project.dashboards))
    compiled = compile_project(project)
    assert compiled.problems == ()
    return Built(project, compiled.artifacts)


@cache
def selectors(expr: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return each metric that an expression selects, with the labels that it matches; Grafana's variables may stand."""
    return tuple(_selectors(promql_parser.parse(expr.replace("$__rate_interval", RATE_INTERVAL))))


def metrics(expr: str) -> set[str]:
    """Return the names of the metrics that an expression selects."""
    return {name for name, _ in selectors(expr)}


def _selectors(node: Any) -> Iterator[tuple[str, frozenset[str]]]:
    match type(node).__name__:
        case "VectorSelector":
            labels = {matcher.name: matcher.value for matcher in node.matchers.matchers}
            for name in [node.name] if node.name else labels["__name__"].split("|"):
                yield name, frozenset(labels) - {"__name__"}
        case "MatrixSelector":
            yield from _selectors(node.vector_selector)
        case "BinaryExpr":
            yield from _selectors(node.lhs)
            yield from _selectors(node.rhs)
        case "Call":
            for argument in node.args:
                yield from _selectors(argument)
        case "NumberLiteral" | "StringLiteral":
            return
        case _:  # what has one expression inside: a sum, parentheses, a subquery, a sign
            yield from _selectors(node.expr)


def queries(panel: Mapping[str, Any]) -> list[str]:
    """Return the expressions of a panel."""
    return [target["expr"] for target in panel.get("targets", ())]


def runbooks(panel: Mapping[str, Any]) -> list[str]:
    """Return the names of the alerts whose runbooks a panel links."""
    found = [re.search(r"/docs/runbooks/(\w+)\.md$", link["url"]) for link in panel.get("links", ())]
    return [name[1] for name in found if name]


@cache
def cases() -> Suite:
    """Return the cases in `tests/rules/` and `tests/routing/`."""
    return read(SETTINGS)


@cache
def under_test(environment: str) -> tested_rules.Built:
    """Return what cases about *environment* are run on."""
    found = built(environment)
    return tested_rules.of(found.project, found.artifacts)


@cache
def expected_alerts() -> list[dict[str, str]]:
    """The labels of every alert that the cases expect, as Alertmanager gets them."""
    groups = [group for file in cases().rules for group in file.groups]
    return [dict(alert.labels) for alert in alerts(under_test("prod"), groups)]


def expected_alert(alertname: str, **labels: str) -> dict[str, str]:
    """Return the labels of the one alert that the cases expect with these."""
    wanted = {"alertname": alertname, **labels}
    found = [given for given in expected_alerts() if wanted.items() <= given.items()]
    assert len(found) == 1, found
    return found[0]
