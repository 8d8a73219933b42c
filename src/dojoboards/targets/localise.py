"""What depends on the place: artifacts as built become the files that a server reads there. Pure.

Alertmanager takes a relative path only for templates, so the paths of secrets become absolute. A template's file name
gets a digest of its content, so that the hash that Alertmanager shows of its configuration covers the templates too.
Grafana's dashboard providers and the secrets of its data sources get absolute paths. Loki's rule files go into a
directory with the tenant's name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from dojoboards.artifact import Artifact, parse, yaml_bytes

_DIGITS = 12
_ONLY_TENANT = "fake"
"""What Loki calls its tenant where it has only one."""


def localised(artifacts: Iterable[Artifact], directory: str, tenant: str = "") -> Sequence[Artifact]:
    """Return *artifacts* as the files below a directory of one server.

    Paths become relative to it: their first part, the system, is dropped.

    Args:
        artifacts: As they are built.
        directory: Where the server sees that directory; absolute.
        tenant: Whose rules they are, for a Loki with tenants.
    """
    local = [replace(artifact, path=artifact.path.partition("/")[2]) for artifact in artifacts]
    renamed = {entry.path: _with_digest(entry) for entry in local if entry.kind == "notification-template"}
    whose = tenant or _ONLY_TENANT
    return [_one(artifact, directory, renamed, whose) for artifact in local]


def _one(artifact: Artifact, directory: str, renamed: dict[str, str], tenant: str) -> Artifact:
    if artifact.kind == "notification-template":
        return replace(artifact, path=renamed[artifact.path])
    if artifact.kind == "log-rules":
        return replace(artifact, path=artifact.path.replace("/", f"/{tenant}/", 1))
    if artifact.kind == "alertmanager-config":
        return _changed(artifact, lambda key, text: _alertmanager(key, text, directory, renamed))
    if artifact.kind == "provisioning":
        return _changed(artifact, lambda key, text: _provisioning(key, text, directory))
    return artifact


def _changed(artifact: Artifact, change: Callable[[str, str], str]) -> Artifact:
    return replace(artifact, body=yaml_bytes(_walk("", parse(artifact), change)))


def _walk(key: str, value: Any, change: Callable[[str, str], str]) -> Any:
    if isinstance(value, dict):
        return {name: _walk(name, item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [_walk(key, item, change) for item in value]
    return change(key, value) if isinstance(value, str) else value


def _alertmanager(key: str, text: str, directory: str, renamed: dict[str, str]) -> str:
    if key == "templates":
        return renamed.get(text, text)
    return f"{directory}/{text}" if key.endswith("_file") and text.startswith("secrets/") else text


def _provisioning(key: str, text: str, directory: str) -> str:
    if key == "path" and text.startswith("dashboards/"):
        return f"{directory}/{text}"
    return text.replace("$__file{secrets/", f"$__file{{{directory}/secrets/") if text.startswith("$__file{") else text


def _with_digest(template: Artifact) -> str:
    stem, _, ending = template.path.rpartition(".")
    return f"{stem}.{hashlib.sha256(template.body).hexdigest()[:_DIGITS]}.{ending}"
