"""Renderers: pure functions from a project to its artifacts, one output format per module.

A renderer yields artifacts, and a `Problem` for each thing that it cannot render; it goes on after a problem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dojoboards.artifact import Artifact
from dojoboards.errors import Problem
from dojoboards.model import Project
from dojoboards.render import alertmanager, dashboards, grafana, prometheus, rules, secrets

Renderer = Callable[[Project], Iterator[Artifact | Problem]]

RENDERERS: Mapping[str, Renderer] = {
    "alertmanager": alertmanager.render,
    "dashboards": dashboards.render,
    "grafana": grafana.render,
    "log_rules": rules.render_logs,
    "prometheus": prometheus.render,
    "rules": rules.render,
    "secrets": secrets.render,
}
"""Every output format. A new one is a module and a line here."""
