"""Prometheus' configuration: scrape jobs, where alerts go, and which rule files are loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args

from dojoboards import names
from dojoboards.errors import Problem
from dojoboards.importer.document import Document, Path, items, mapping, mappings, misfits, rest, text, texts, words
from dojoboards.model import (
    Discovery,
    DnsDiscovery,
    FileDiscovery,
    HttpDiscovery,
    KubernetesDiscovery,
    Prometheus,
    Relabel,
    ScrapeJob,
    StaticTargets,
)
from dojoboards.model.scrape import RelabelAction

_USUAL_TIMEOUT = "10s"
_ROLES = ("node", "pod", "service", "endpoints", "endpointslice", "ingress")
_DISCOVERIES = ("static_configs", "file_sd_configs", "dns_sd_configs", "http_sd_configs", "kubernetes_sd_configs")
_OF_JOB = (
    "job_name", "metrics_path", "scheme", "scrape_interval", "scrape_timeout", "honor_labels", "params",
    "relabel_configs", "metric_relabel_configs", "sample_limit", *_DISCOVERIES,
)  # fmt: skip
_ACTIONS = frozenset(get_args(RelabelAction))


class Collection(NamedTuple):
    """What a configuration says, and what is wrong with it.

    Args:
        prometheus: The server's own settings.
        jobs: Its scrape jobs.
        rule_files: Which rule files it loads, as they are written.
        job_files: Which files have more jobs.
        problems: What Prometheus would refuse.
    """

    prometheus: Prometheus
    jobs: list[ScrapeJob]
    rule_files: tuple[str, ...]
    job_files: tuple[str, ...]
    problems: list[Problem]


def read(document: Document) -> Collection:
    """Return what a configuration says."""
    whole = document.value
    return Collection(
        _server(document),
        [_job(document, part, ("scrape_configs", index)) for index, part in mappings(whole, "scrape_configs")],
        words(whole, "rule_files"),
        words(whole, "scrape_config_files"),
        list(misfits(document, "prometheus", whole, (), "Prometheus")),
    )


def _server(document: Document) -> Prometheus:
    whole = document.value
    settings, alerting = mapping(whole, "global"), mapping(whole, "alerting")
    interval = text(settings, "scrape_interval") or "1m"
    ways = [
        way for _, part in mappings(alerting, "alertmanagers") if "relabel_configs" not in part for way in _ways(part)
    ]
    return Prometheus(
        scrape_interval=interval,
        scrape_timeout=text(settings, "scrape_timeout") or _timeout(interval),
        evaluation_interval=text(settings, "evaluation_interval") or "1m",
        external_labels=texts(settings, "external_labels"),
        alertmanagers=ways,
        alert_relabel=_steps(alerting, "alert_relabel_configs"),
        extra=rest(whole, "global", "alerting", "rule_files", "scrape_configs", "scrape_config_files"),
        source=document.source(),
    )


def _timeout(interval: str) -> str:
    """Return the timeout that holds where none is given: ten seconds, or the interval if that is less."""
    try:
        return interval if 0 < names.milliseconds(interval) < names.milliseconds(_USUAL_TIMEOUT) else _USUAL_TIMEOUT
    except ValueError:
        return ""


def _job(document: Document, part: Mapping[str, Any], path: Path) -> ScrapeJob:
    limit, scheme = part.get("sample_limit"), text(part, "scheme")
    ways = list(_ways(part))
    first = next((way for way in ways if isinstance(way, StaticTargets)), None)
    known = set(_OF_JOB) - ({"kubernetes_sd_configs"} if _roles(part) else set())
    return ScrapeJob(
        name=text(part, "job_name"),
        targets=first.targets if first else (),
        labels=first.labels if first else {},
        discovery=[way for way in ways if way is not first],
        metrics_path=text(part, "metrics_path") or "/metrics",
        scheme="https" if scheme == "https" else "http",
        scrape_interval=text(part, "scrape_interval"),
        scrape_timeout=text(part, "scrape_timeout"),
        honor_labels=part.get("honor_labels") is True,
        params={name: words(mapping(part, "params"), name) for name in mapping(part, "params")},
        relabel=_steps(part, "relabel_configs"),
        metric_relabel=_steps(part, "metric_relabel_configs"),
        sample_limit=limit if isinstance(limit, int) else 0,
        extra=rest(part, *known),
        source=document.source(*path),
    )


def _roles(part: Mapping[str, Any]) -> bool:
    """Return whether a role is one that is not known here."""
    return any(text(each, "role") not in _ROLES for _, each in mappings(part, "kubernetes_sd_configs"))


def _ways(part: Mapping[str, Any]) -> Iterator[Discovery]:
    for _, each in mappings(part, "static_configs"):
        yield StaticTargets(targets=words(each, "targets"), labels=texts(each, "labels"))
    for _, each in mappings(part, "file_sd_configs"):
        yield FileDiscovery(files=words(each, "files"), refresh_interval=text(each, "refresh_interval"))
    for _, each in mappings(part, "dns_sd_configs"):
        port = each.get("port")
        kind: Any = text(each, "type").upper() or "SRV"
        yield DnsDiscovery(
            names=words(each, "names"),
            type=kind,
            port=port if isinstance(port, int) else 0,
            refresh_interval=text(each, "refresh_interval"),
        )
    for _, each in mappings(part, "http_sd_configs"):
        yield HttpDiscovery(url=text(each, "url"), refresh_interval=text(each, "refresh_interval"))
    for _, each in mappings(part, "kubernetes_sd_configs"):
        role: Any = text(each, "role")
        if role in _ROLES:
            yield KubernetesDiscovery(
                role=role,
                namespaces=words(mapping(each, "namespaces"), "names"),
                api_server=text(each, "api_server"),
            )


def _steps(part: Mapping[str, Any], key: str) -> list[Relabel]:
    return [_step(each) for each in items(part, key) if isinstance(each, Mapping) and _known(each)]


def _known(part: Mapping[str, Any]) -> bool:
    """Return whether the action is one that is known; of another the schema says that it is none."""
    return (text(part, "action").lower() or "replace") in _ACTIONS


def _step(part: Mapping[str, Any]) -> Relabel:
    modulus = part.get("modulus")
    action: Any = text(part, "action").lower() or "replace"
    return Relabel(
        source_labels=words(part, "source_labels"),
        target_label=text(part, "target_label"),
        regex=part["regex"] if isinstance(part.get("regex"), str) else None,
        replacement=part["replacement"] if isinstance(part.get("replacement"), str) else None,
        action=action,
        separator=part["separator"] if isinstance(part.get("separator"), str) else None,
        modulus=modulus if isinstance(modulus, int) else 0,
    )
