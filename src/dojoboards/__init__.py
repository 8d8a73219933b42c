"""Grafana dashboards and Prometheus alerts as Python code.

What content modules import. Names are loaded when they are first used, so that the command line starts quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dojoboards import layout, panels, variables
    from dojoboards.layout import Panel, Row
    from dojoboards.model import (
        Alert,
        Alertmanager,
        BasicAuth,
        Dashboard,
        DataSource,
        DnsDiscovery,
        Email,
        Environment,
        FileDiscovery,
        Folder,
        HttpDiscovery,
        InhibitRule,
        KubernetesDiscovery,
        NotificationTemplate,
        PagerDuty,
        Prometheus,
        Receiver,
        RecordingRule,
        Relabel,
        Route,
        RuleGroup,
        ScrapeJob,
        Secret,
        Slack,
        StaticTargets,
        Team,
        Threshold,
        TimeInterval,
        Tls,
        Webhook,
    )

__version__ = "0.1.0"

__all__ = [
    "Alert",
    "Alertmanager",
    "BasicAuth",
    "Dashboard",
    "DataSource",
    "DnsDiscovery",
    "Email",
    "Environment",
    "FileDiscovery",
    "Folder",
    "HttpDiscovery",
    "InhibitRule",
    "KubernetesDiscovery",
    "NotificationTemplate",
    "PagerDuty",
    "Panel",
    "Prometheus",
    "Receiver",
    "RecordingRule",
    "Relabel",
    "Route",
    "Row",
    "RuleGroup",
    "ScrapeJob",
    "Secret",
    "Slack",
    "StaticTargets",
    "Team",
    "Threshold",
    "TimeInterval",
    "Tls",
    "Webhook",
    "layout",
    "panels",
    "variables",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    if name in {"layout", "panels", "variables"}:
        return import_module(f"{__name__}.{name}")
    home = "layout" if name in {"Panel", "Row"} else "model"
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
