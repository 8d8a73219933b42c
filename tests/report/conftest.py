from typing import Any

import pytest

from dojoboards import report
from dojoboards.errors import Source
from dojoboards.plan import Edit
from support.reports import change

ALERT = {"alert": "ServiceDown", "expr": "up == 0", "for": "2m", "labels": {"severity": "critical"}}


def rules(*found: dict[str, Any]) -> dict[str, Any]:
    return {"groups": [{"name": "service", "rules": list(found)}]}


def panel(title: str, expr: str, unit: str, y: int) -> dict[str, Any]:
    return {
        "title": title,
        "type": "timeseries",
        "gridPos": {"x": 0, "y": y, "w": 12, "h": 8},
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "targets": [{"refId": "A", "expr": expr}],
    }


def board(*panels: dict[str, Any]) -> dict[str, Any]:
    return {"title": "Shop", "uid": "shop", "panels": list(panels)}


@pytest.fixture
def plans() -> list[report.TargetPlan]:
    """A change of each state, at several targets."""
    slow = {"alert": "ServiceSlow", "expr": "job:latency:p95 > 2\n  and on () up", "for": "10m"}
    rows = [panel("Orders", "sum(rate(orders[5m]))", "short", 0), panel("Errors", "errors", "short", 8)]
    new_rows = [panel("Orders", "sum(rate(orders_total[5m]))", "ops", 0), panel("Failures", "errors", "short", 8)]
    routes = {"route": {"receiver": "slack", "routes": [{"matchers": ['severity="critical"'], "receiver": "mail"}]}}
    nights = {"route": {"receiver": "slack", "routes": []}}
    grants = [{"team": "operations", "permission": "Admin"}, {"team": "developers", "permission": "Edit"}]
    return [
        report.TargetPlan(
            "alertmanager in /etc/alertmanager",
            "alertmanager",
            [
                change("alertmanager-config", nights, routes, path="alertmanager.yml"),
                change("secret", "example-old", "example-new", path="secrets/hook"),
                change(
                    "notification-template", "a\nb\n", "a\nc\n",
                    path="templates/shop.0123456789ab.tmpl", moved_from=("templates/shop.ba9876543210.tmpl",),
                ),
            ],
        ),
        report.TargetPlan(
            "prometheus in /etc/prometheus",
            "prometheus",
            [
                change("prometheus-config", None, None, "unchanged", path="prometheus.yml"),
                change("rules", None, rules(slow), "create", path="rules/backup.yml"),
                change(
                    "rules", rules(ALERT), rules({**ALERT, "for": "5m"}, slow),
                    path="rules/service.yml", source=Source("alerts/service.py", 12),
                ),
                change("rules", rules(ALERT), rules(dict(reversed(ALERT.items()))), path="rules/same.yml"),
                change("rules", rules(ALERT), None, "delete", path="rules/old.yml"),
            ],
        ),
        report.TargetPlan(
            "Grafana at https://grafana.example",
            "grafana",
            [
                change("folder", {"permissions": grants}, {"permissions": grants[:1]}, path="folders/s"),
                change(
                    "dashboard", board(*rows), board(*new_rows),
                    path="dashboards/shop/shop.json", moved_from=("dashboards/general/shop.json",),
                ),
                change(
                    "dashboard", board(panel("Orders", "orders", "s", 0)), board(panel("Orders", "orders", "short", 0)),
                    "drifted", base=board(panel("Orders", "orders", "short", 0)), path="dashboards/shop/mended.json",
                    edited=Edit("ann", "2026-08-01T10:00:00Z"),
                ),
                change(
                    "dashboard", board(panel("Orders", "orders", "s", 0)), board(panel("Sales", "orders", "short", 0)),
                    "drifted", base=board(panel("Orders", "orders", "short", 0)), path="dashboards/shop/sales.json",
                ),
                change("dashboard", None, board(), "drifted", base=board(), path="dashboards/shop/gone.json"),
                change("dashboard", board(), {**board(), "title": "Store"}, "conflict", path="dashboards/shop/a.json"),
            ],
        ),
    ]  # fmt: skip


@pytest.fixture
def described(plans: list[report.TargetPlan]) -> report.Report:
    """The report of these plans."""
    return report.described("prod", plans, prune=False)
