"""Which file is what: told by what it holds, not by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from dojoboards import names
from dojoboards.importer.document import Path

Kind = Literal["rules", "dashboard", "alertmanager", "prometheus", "data-sources", "dashboard-providers"]

KINDS: Mapping[Kind, tuple[str, str]] = {
    "rules": ("rule file", "rule files"),
    "dashboard": ("dashboard", "dashboards"),
    "prometheus": ("Prometheus configuration", "Prometheus configurations"),
    "alertmanager": ("Alertmanager configuration", "Alertmanager configurations"),
    "data-sources": ("file of data sources", "files of data sources"),
    "dashboard-providers": ("file of dashboard providers", "files of dashboard providers"),
}
"""What files may be, and what a summary calls one and several of them."""

# A text without any of these is nothing that is judged, and need not be parsed.
_HINT = re.compile(
    r"^\s*-?\s*[\"']?(?:groups?|route|receivers|scrape_configs|rule_files|alerting|global|datasources|providers)[\"']?\s*:"
    r"|\"(?:panels|rows|groups|datasources|providers|receivers|scrape_configs)\"\s*:",
    re.MULTILINE,
)
_FOREIGN = re.compile(r"^\s*\{%|\{\{-?\s*(?:include|toYaml|\$?\.(?:Values|Release))\b", re.MULTILINE)
"""What a template of Helm or Jinja has, which is YAML only when that program has filled it in."""
_PERHAPS_FOREIGN = re.compile(r"\{\{-?\s*(?:if|end|with|template|range|else)\b")
"""What a template of Helm has, and the texts of alerts may have too."""

_DASHBOARD_KEYS = frozenset({"schemaVersion", "templating", "time", "annotations", "timezone", "editable", "title"})
_SETTINGS = frozenset({"scrape_interval", "evaluation_interval", "scrape_timeout", "external_labels"})
_NOT_PROMETHEUS = frozenset({"apiVersion", "kind", "tests", "clients", "positions", "server", "services", "metrics"})
"""Keys of what looks like a configuration of Prometheus: a rule test, Promtail, Docker Compose, an agent."""


def may_be(text: str) -> bool:
    """Return whether a text may be something that is judged."""
    return _HINT.search(text) is not None


def is_template(text: str, *, surely: bool = False) -> bool:
    """Return whether a text has what another program fills in, or perhaps does."""
    return _FOREIGN.search(text) is not None or (not surely and _PERHAPS_FOREIGN.search(text) is not None)


def meant(text: str) -> Kind | None:
    """Return what a file is meant to be that cannot be parsed."""
    has = {word: re.search(rf"(?:^|[{{,])\s*-?\s*[\"']?{word}[\"']?\s*:", text, re.MULTILINE) for word in _MARKS}
    if (has["expr"] and (has["alert"] or has["record"])) or (has["groups"] and has["rules"] and not has["apiVersion"]):
        return "rules"
    if has["route"] and has["receivers"]:
        return "alertmanager"
    if has["scrape_configs"] or has["rule_files"]:
        return None if has["tests"] or has["clients"] else "prometheus"
    return "dashboard" if has["panels"] and (has["schemaVersion"] or has["templating"] or has["title"]) else None


_MARKS = (
    "alert", "apiVersion", "clients", "expr", "groups", "panels", "receivers", "record", "route", "rule_files", "rules",
    "schemaVersion", "scrape_configs", "templating", "tests", "title",
)  # fmt: skip


def kind(value: Any) -> tuple[Kind, Path] | None:
    """Return what a document is, and where in it that stands; None where it is nothing that is judged."""
    if not isinstance(value, Mapping):
        return None
    if (at := _dashboard(value)) is not None:
        return "dashboard", at
    if value.get("kind") == "PrometheusRule":
        return "rules", ("spec",)
    if isinstance(value.get("apiVersion"), int) or not _NOT_PROMETHEUS & value.keys():
        if _list_of(value.get("datasources"), "type"):
            return "data-sources", ()
        if _list_of(value.get("providers"), "options"):
            return "dashboard-providers", ()
    if _rules(value):
        return "rules", ()
    if _alertmanager(value):
        return "alertmanager", ()
    return ("prometheus", ()) if _prometheus(value) else None


def _dashboard(value: Mapping[str, Any]) -> Path | None:
    wrapped = value.get("dashboard")
    if isinstance(wrapped, Mapping) and _is_dashboard(wrapped):
        return ("dashboard",)
    resource = str(value.get("apiVersion", "")).startswith("dashboard.grafana.app/")
    if resource and isinstance(value.get("spec"), Mapping) and _is_dashboard(value["spec"]):
        return ("spec",)
    return () if _is_dashboard(value) else None


def _is_dashboard(value: Mapping[str, Any]) -> bool:
    has = "panels" in value or isinstance(value.get("rows"), list)
    return has and "apiVersion" not in value and (len(_DASHBOARD_KEYS & value.keys()) > 1 or _is_small(value))


def _is_small(value: Mapping[str, Any]) -> bool:
    """Return whether a dashboard has nothing but what it must have: a title, and a list of panels that have a type."""
    panels = value.get("panels")
    typed = isinstance(panels, list) and all(isinstance(each, Mapping) and "type" in each for each in panels)
    return typed and isinstance(value.get("title"), str)


def _rules(value: Mapping[str, Any]) -> bool:
    if {"apiVersion", "kind", "tests"} & value.keys():
        return False  # alerts of Grafana's own, objects of Kubernetes, rule tests
    key = "groups" if "groups" in value else names.nearest("groups", [str(key) for key in value])
    groups = value.get(key)
    if isinstance(groups, Mapping):
        groups = [groups, *groups.values()]
    if not isinstance(groups, list):
        return False
    if not groups:
        return value.keys() == {"groups"}
    return any(_group(group) for group in groups)


def _group(group: object) -> bool:
    if not isinstance(group, Mapping):
        return False
    rules = [rule for value in group.values() if isinstance(value, list) for rule in value if isinstance(rule, Mapping)]
    if rules:
        return any("expr" in rule or {"alert", "record"} & rule.keys() for rule in rules)
    return {"name", "rules"} <= group.keys()


def _alertmanager(value: Mapping[str, Any]) -> bool:
    if {"apiVersion", "kind", "tests"} & value.keys():
        return False
    receivers = value.get("receivers")
    if isinstance(value.get("route"), Mapping):
        return isinstance(receivers, list) or bool({"receiver", "routes"} & value["route"].keys())
    return _list_of(receivers, "name") and any(
        str(key).endswith("_configs") for receiver in receivers or () for key in receiver
    )


def _prometheus(value: Mapping[str, Any]) -> bool:
    if _NOT_PROMETHEUS & value.keys():
        return False
    jobs, files = value.get("scrape_configs"), value.get("rule_files")
    settings = value.get("global")
    return (
        isinstance(jobs, list)
        or isinstance(files, list)
        or (isinstance(settings, Mapping) and bool(_SETTINGS & settings.keys()))
    )


def _list_of(value: object, key: str) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) and key in each for each in value)
