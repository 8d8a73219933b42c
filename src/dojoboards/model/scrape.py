"""What Prometheus collects: its global settings, scrape jobs, discovery and relabelling.

Field names and meanings follow Prometheus' configuration reference (2.45 and newer).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from dojoboards.model._declared import Declared
from dojoboards.model.project import Secret

RelabelAction = Literal[
    "replace",
    "keep",
    "drop",
    "keepequal",
    "dropequal",
    "hashmod",
    "labelmap",
    "labeldrop",
    "labelkeep",
    "lowercase",
    "uppercase",
]


@dataclass(frozen=True, kw_only=True)
class StaticTargets:
    """Targets written down here.

    Args:
        targets: `host:port` each.
        labels: Labels that their series get.
    """

    targets: Sequence[str]
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FileDiscovery:
    """Targets read from JSON or YAML files, which Prometheus watches.

    Args:
        files: Paths or globs (the last part only), relative to `prometheus.yml`.
        refresh_interval: How often the files are read in any case (a Prometheus duration).
    """

    files: Sequence[str]
    refresh_interval: str = ""


@dataclass(frozen=True, kw_only=True)
class DnsDiscovery:
    """Targets from DNS.

    Args:
        names: Names to look up.
        type: The record type; all but `SRV` need *port*.
        port: The port of each target; an `SRV` record has its own.
        refresh_interval: How often to look (a Prometheus duration).
    """

    names: Sequence[str]
    type: Literal["SRV", "A", "AAAA", "MX", "NS"] = "SRV"
    port: int = 0
    refresh_interval: str = ""


@dataclass(frozen=True, kw_only=True)
class HttpDiscovery:
    """Targets from an HTTP endpoint that answers with a list of `{targets, labels}`.

    Args:
        url: The endpoint.
        refresh_interval: How often to ask (a Prometheus duration).
        authorization: The bearer token to send.
    """

    url: str
    refresh_interval: str = ""
    authorization: Secret | None = None


@dataclass(frozen=True, kw_only=True)
class KubernetesDiscovery:
    """Targets from a Kubernetes API server, as seen by Prometheus' own service account unless *api_server* is given.

    Args:
        role: What to list.
        namespaces: Only these; empty is all.
        api_server: The API server's address; empty inside a cluster.
        selectors: Field and label selectors by role, as in Prometheus' `selectors`.
    """

    role: Literal["node", "pod", "service", "endpoints", "endpointslice", "ingress"]
    namespaces: Sequence[str] = ()
    api_server: str = ""
    selectors: Sequence[Mapping[str, str]] = ()


Discovery = StaticTargets | FileDiscovery | DnsDiscovery | HttpDiscovery | KubernetesDiscovery


@dataclass(frozen=True, kw_only=True)
class Relabel:
    """One step of relabelling. Regular expressions are anchored at both ends.

    Args:
        source_labels: Labels whose values are joined by *separator*.
        target_label: The label that is written.
        regex: What the joined value must match, in the syntax of RE2; None is anything, empty is only nothing.
        replacement: What is written; `$1` is the first group, and what holds for None.
        action: What to do on a match.
        separator: Stands between the joined values; `;` for None.
        modulus: For `hashmod`, 1 or more.
    """

    source_labels: Sequence[str] = ()
    target_label: str = ""
    regex: str | None = None
    replacement: str | None = None
    action: RelabelAction = "replace"
    separator: str | None = None
    modulus: int = 0


@dataclass(frozen=True, kw_only=True)
class BasicAuth:
    """A user name with a password that is referred to.

    Args:
        username: In clear.
        password: A secret of the environment.
    """

    username: str
    password: Secret


@dataclass(frozen=True, kw_only=True)
class Tls:
    """How to trust a server, and how to show who we are.

    Args:
        ca_file: A path on the server of the certificate authority's bundle.
        cert_file: A path on the server of the client certificate.
        key_file: A path on the server of its key.
        server_name: The name to expect in the certificate.
        insecure_skip_verify: Trust anyone.
    """

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    server_name: str = ""
    insecure_skip_verify: bool = False


@dataclass(frozen=True, kw_only=True)
class ScrapeJob(Declared):
    """A scrape job: where to find targets and how to collect from them.

    Args:
        name: The value of the label `job`; unique in the project.
        targets: `host:port` each; short for one `StaticTargets`.
        labels: Labels that the series of *targets* get.
        discovery: More ways to find targets.
        metrics_path: Where a target answers.
        scheme: `http` or `https`.
        scrape_interval: A Prometheus duration; without it, the global one.
        scrape_timeout: A Prometheus duration not above the interval; without it, the global one.
        honor_labels: Keep labels of the target where they collide with ours.
        params: URL parameters.
        authorization: A bearer token; not together with *basic_auth*.
        basic_auth: A user and password.
        tls: For `https`.
        relabel: Before a scrape, on targets.
        metric_relabel: After it, on series.
        sample_limit: The most series per scrape, else it fails; 0 is no limit.
        catalogues: What it exposes, by the names of metric catalogues (`node`, or `node@1.9`); without it, its name and
            the ports of its targets suggest them. Only checks look at it.
        extra: Further keys of `scrape_config` in Prometheus' words. Mappings and lists are added to what is rendered,
            and a `Secret` becomes the path of its file.
    """

    name: str
    targets: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    discovery: Sequence[Discovery] = ()
    metrics_path: str = "/metrics"
    scheme: Literal["http", "https"] = "http"
    scrape_interval: str = ""
    scrape_timeout: str = ""
    honor_labels: bool = False
    params: Mapping[str, Sequence[str]] = field(default_factory=dict)
    authorization: Secret | None = None
    basic_auth: BasicAuth | None = None
    tls: Tls | None = None
    relabel: Sequence[Relabel] = ()
    metric_relabel: Sequence[Relabel] = ()
    sample_limit: int = 0
    catalogues: Sequence[str] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Prometheus(Declared):
    """The server's own settings.

    Args:
        scrape_interval: How often jobs are scraped unless they say otherwise (a Prometheus duration).
        scrape_timeout: How long a target may take; at most the interval.
        evaluation_interval: How often rule groups are evaluated unless they say otherwise.
        external_labels: Added to everything that leaves this server: alerts, remote writes, federation.
        alertmanagers: Where alerts are sent.
        alertmanager_scheme: `http` or `https`.
        alert_relabel: Relabelling of alerts before they are sent.
        extra: Further top-level keys of `prometheus.yml`, such as `remote_write`; as of `ScrapeJob`.
    """

    scrape_interval: str = "30s"
    scrape_timeout: str = "10s"
    evaluation_interval: str = "30s"
    external_labels: Mapping[str, str] = field(default_factory=dict)
    alertmanagers: Sequence[Discovery] = ()
    alertmanager_scheme: Literal["http", "https"] = "http"
    alert_relabel: Sequence[Relabel] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
