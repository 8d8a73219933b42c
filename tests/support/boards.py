"""Renders dashboards as a build does, for a small shop with Prometheus and Loki."""

from __future__ import annotations

from typing import Any

import orjson

from dojoboards import panels
from dojoboards.artifact import Artifact
from dojoboards.errors import Problem
from dojoboards.model import Dashboard, DataSourceRef, Environment, Project
from dojoboards.render import dashboards

Json = dict[str, Any]

PROMETHEUS = {"type": "prometheus", "uid": "prom-test"}
LOKI = {"type": "loki", "uid": "loki-test"}


def environment(name: str = "test") -> Environment:
    """Return an environment whose data sources have its name in their uids."""
    kinds = {"prometheus": "prom", "loki": "loki"}
    refs = {kind: DataSourceRef(uid=f"{short}-{name}", type=kind) for kind, short in kinds.items()}
    return Environment(name=name, data_sources=refs)


def rendered(*specs: Any, env: Environment | None = None) -> list[Artifact | Problem]:
    """Return what becomes of dashboards."""
    declared = [spec if isinstance(spec, Dashboard) else Dashboard(spec) for spec in specs]
    return list(dashboards.render(Project(name="shop", environment=env or environment(), dashboards=declared)))


def problems(*specs: Any, env: Environment | None = None) -> list[Problem]:
    """Return what is wrong with dashboards."""
    return [item for item in rendered(*specs, env=env) if isinstance(item, Problem)]


def document(spec: Any, env: Environment | None = None) -> Json:
    """Return what is written of one dashboard, which has to be without problems."""
    (item,) = rendered(spec, env=env)
    assert isinstance(item, Artifact), str(item)
    parsed: Json = orjson.loads(item.body)
    return parsed


def board(*items: Any, **options: Any) -> Json:
    """Return a dashboard with these panels."""
    return panels.dashboard("Shop", uid="shop", panels=items, **options)


def drawn(*items: Any, env: Environment | None = None, **options: Any) -> list[Json]:
    """Return the panels that are written for these."""
    found: list[Json] = document(board(*items, **options), env)["panels"]
    return found


def one(panel: Any) -> Json:
    """Return what is written of one panel."""
    (found,) = drawn(panel)
    return found


def nulls(value: Any, path: str = "") -> list[str]:
    """Return the paths of all nulls in *value*."""
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in nulls(item, f"{path}.{key}")]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in nulls(item, f"{path}.{index}")]
    return [path] if value is None else []
