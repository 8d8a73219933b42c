"""The model: frozen declarations without I/O and without types of other libraries.

Making one never fails for its values: what a server would refuse is told by the build, with the place of the
declaration. Durations are text in Prometheus' form, whole numbers with units in falling order, such as `1h30m`.
"""

from dojoboards.model.catalogue import Catalogue, Metric, Values
from dojoboards.model.deploy import Api, Lookup, SecretRef, Server, TargetSettings
from dojoboards.model.grafana import Dashboard, DataSource, Folder, Permission, Saved, Team
from dojoboards.model.ignore import Ignore
from dojoboards.model.notify import (
    Alertmanager,
    Email,
    InhibitRule,
    NotificationTemplate,
    PagerDuty,
    Receiver,
    Route,
    Slack,
    TimeInterval,
    Webhook,
)
from dojoboards.model.project import DataSourceRef, Environment, Project, Runbooks, Secret, Setting
from dojoboards.model.rules import Alert, RecordingRule, RuleGroup, Threshold
from dojoboards.model.scrape import (
    BasicAuth,
    Discovery,
    DnsDiscovery,
    FileDiscovery,
    HttpDiscovery,
    KubernetesDiscovery,
    Prometheus,
    Relabel,
    RelabelAction,
    ScrapeJob,
    StaticTargets,
    Tls,
)

__all__ = [
    "Alert",
    "Alertmanager",
    "Api",
    "BasicAuth",
    "Catalogue",
    "Dashboard",
    "DataSource",
    "DataSourceRef",
    "Discovery",
    "DnsDiscovery",
    "Email",
    "Environment",
    "FileDiscovery",
    "Folder",
    "HttpDiscovery",
    "Ignore",
    "InhibitRule",
    "KubernetesDiscovery",
    "Lookup",
    "Metric",
    "NotificationTemplate",
    "PagerDuty",
    "Permission",
    "Project",
    "Prometheus",
    "Receiver",
    "RecordingRule",
    "Relabel",
    "RelabelAction",
    "Route",
    "RuleGroup",
    "Runbooks",
    "Saved",
    "ScrapeJob",
    "Secret",
    "SecretRef",
    "Server",
    "Setting",
    "Slack",
    "StaticTargets",
    "TargetSettings",
    "Team",
    "Threshold",
    "TimeInterval",
    "Tls",
    "Values",
    "Webhook",
]
