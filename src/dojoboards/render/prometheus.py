"""Prometheus' configuration: global settings, scrape jobs, and where alerts are sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dojoboards.artifact import Artifact, yaml_bytes
from dojoboards.errors import Problem, Source
from dojoboards.model import (
    Discovery,
    DnsDiscovery,
    Environment,
    FileDiscovery,
    HttpDiscovery,
    KubernetesDiscovery,
    Project,
    Prometheus,
    Relabel,
    ScrapeJob,
    StaticTargets,
    Tls,
)
from dojoboards.render.document import artifact
from dojoboards.render.secrets import file, plain


def render(project: Project) -> Iterator[Artifact | Problem]:
    """Yield `prometheus.yml` where the project declares Prometheus, scrape jobs or rules."""
    if not (project.prometheus or project.scrape_jobs or project.groups):
        return
    first = next(iter((*project.scrape_jobs, *project.groups)), None)
    server = project.prometheus or Prometheus(source=first.source if first else Source(""))
    document = _document(project, server)

    def place(path: str) -> Source | None:
        match path.split("."):
            case ["scrape_configs", job, *_] if int(job) < len(project.scrape_jobs):
                return project.scrape_jobs[int(job)].source
        return None

    path = "prometheus/prometheus.yml"
    yield from artifact("prometheus-config", "prometheus", path, document, yaml_bytes, server.source, place=place)


def _document(project: Project, server: Prometheus) -> dict[str, Any]:
    environment = project.environment
    document: dict[str, Any] = {
        "global": {
            "scrape_interval": server.scrape_interval,
            "scrape_timeout": server.scrape_timeout,
            "evaluation_interval": server.evaluation_interval,
        }
    }
    if server.external_labels:
        document["global"]["external_labels"] = dict(server.external_labels)
    if project.groups:
        document["rule_files"] = ["rules/*.yml"]
    if alerting := _alerting(server, environment):
        document["alerting"] = alerting
    if project.scrape_jobs:
        document["scrape_configs"] = [_job(job, environment) for job in project.scrape_jobs]
    return _merge(document, plain(server.extra, environment))


def _merge(document: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    """Add *extra*; a list that is in both keeps what was rendered and goes on with the extra items."""
    for key, value in extra.items():
        if isinstance(value, list) and isinstance(document.get(key), list):
            document[key] = [*document[key], *value]
        elif isinstance(value, dict) and isinstance(document.get(key), dict):
            document[key] = _merge(dict(document[key]), value)
        else:
            document[key] = value
    return document


def _alerting(server: Prometheus, environment: Environment) -> dict[str, Any]:
    alerting: dict[str, Any] = {}
    if server.alert_relabel:
        alerting["alert_relabel_configs"] = [_relabel(step) for step in server.alert_relabel]
    if server.alertmanagers:
        scheme = {"scheme": server.alertmanager_scheme} if server.alertmanager_scheme != "http" else {}
        ways = _discovery(server.alertmanagers, environment)
        alerting["alertmanagers"] = [{**scheme, "api_version": "v2", **ways}]
    return alerting


def _job(job: ScrapeJob, environment: Environment) -> dict[str, Any]:
    document: dict[str, Any] = {"job_name": job.name}
    if job.honor_labels:
        document["honor_labels"] = True
    if job.params:
        document["params"] = {key: list(values) for key, values in job.params.items()}
    if job.scrape_interval:
        document["scrape_interval"] = job.scrape_interval
    if job.scrape_timeout:
        document["scrape_timeout"] = job.scrape_timeout
    if job.metrics_path != "/metrics":
        document["metrics_path"] = job.metrics_path
    if job.scheme != "http":
        document["scheme"] = job.scheme
    if job.basic_auth:
        password = file(job.basic_auth.password, environment)
        document["basic_auth"] = {"username": job.basic_auth.username, "password_file": password}
    if job.authorization:
        document["authorization"] = {"credentials_file": file(job.authorization, environment)}
    if job.tls:
        document["tls_config"] = _tls(job.tls)
    if job.sample_limit:
        document["sample_limit"] = job.sample_limit
    static = [StaticTargets(targets=job.targets, labels=job.labels)] if job.targets else []
    document |= _discovery([*static, *job.discovery], environment)
    if job.relabel:
        document["relabel_configs"] = [_relabel(step) for step in job.relabel]
    if job.metric_relabel:
        document["metric_relabel_configs"] = [_relabel(step) for step in job.metric_relabel]
    return _merge(document, plain(job.extra, environment))


def _tls(tls: Tls) -> dict[str, Any]:
    document: dict[str, Any] = {
        key: value for key in ("ca_file", "cert_file", "key_file", "server_name") if (value := getattr(tls, key))
    }
    return document | ({"insecure_skip_verify": True} if tls.insecure_skip_verify else {})


def _discovery(ways: Sequence[Discovery], environment: Environment) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for way in ways:
        key, entry = _way(way, environment)
        document.setdefault(key, []).append(entry)
    return document


def _way(way: Discovery, environment: Environment) -> tuple[str, dict[str, Any]]:
    entry: dict[str, Any]
    if isinstance(way, StaticTargets):
        return "static_configs", {"targets": list(way.targets), **({"labels": dict(way.labels)} if way.labels else {})}
    if isinstance(way, KubernetesDiscovery):
        entry = {"role": way.role}
        if way.api_server:
            entry["api_server"] = way.api_server
        if way.namespaces:
            entry["namespaces"] = {"names": list(way.namespaces)}
        if way.selectors:
            entry["selectors"] = [dict(selector) for selector in way.selectors]
        return "kubernetes_sd_configs", entry
    key = {FileDiscovery: "file_sd_configs", DnsDiscovery: "dns_sd_configs", HttpDiscovery: "http_sd_configs"}[
        type(way)
    ]
    if isinstance(way, FileDiscovery):
        entry = {"files": list(way.files)}
    elif isinstance(way, DnsDiscovery):
        entry = {"names": list(way.names), "type": way.type, **({"port": way.port} if way.port else {})}
    else:
        entry = {"url": way.url}
        if way.authorization:
            entry["authorization"] = {"credentials_file": file(way.authorization, environment)}
    if way.refresh_interval:
        entry["refresh_interval"] = way.refresh_interval
    return key, entry


def _relabel(step: Relabel) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if step.source_labels:
        document["source_labels"] = list(step.source_labels)
    if step.separator is not None:
        document["separator"] = step.separator
    if step.regex is not None:
        document["regex"] = step.regex
    if step.modulus:
        document["modulus"] = step.modulus
    if step.target_label:
        document["target_label"] = step.target_label
    if step.replacement is not None:
        document["replacement"] = step.replacement
    if step.action != "replace":
        document["action"] = step.action
    return document
