"""What the dashboards share: uids, selectors, variables, annotations, links from a panel to its alerts' runbooks."""

from typing import Any

from dojoboards import Environment, panels, variables

MAIN = "dojopool-main"
APPLICATION = "dojopool-application"
INFRASTRUCTURE = "dojopool-infrastructure"

E = 'environment=~"$environment"'
"""Selects the chosen environments."""

UP_OR_DOWN = [
    {
        "type": "value",
        "options": {
            "0": {"text": "down", "color": "red", "index": 0},
            "1": {"text": "up", "color": "green", "index": 1},
        },
    }
]

OK_OR_FAILED = [
    {
        "type": "value",
        "options": {
            "0": {"text": "failed", "color": "red", "index": 0},
            "1": {"text": "ok", "color": "green", "index": 1},
        },
    }
]

ENVIRONMENT = variables.query("environment", "label_values(up, environment)", label="Environment")


def annotations() -> list[dict[str, Any]]:
    """Marks for deployments, which whoever deploys posts to Grafana with the tag `deploy`, and for firing alerts."""
    firing = panels.annotation(
        "Alerts",
        expr='ALERTS{alertstate="firing",severity=~"critical|warning",environment=~"$environment|"}',
        title="{{alertname}}",
        text="{{severity}} {{host}} {{instance}}",
        color="red",
        datasource="prometheus",
    )
    return [panels.annotation("Deployments", tags=["deploy"], color="blue"), firing]


def runbooks(env: Environment, *alerts: str) -> list[dict[str, Any]]:
    """Return links from a panel to the runbooks of the alerts that watch the same thing."""
    return [
        panels.link(f"Runbook: {alert}", env.runbook_url.replace("{alert}", alert), new_tab=True) for alert in alerts
    ]
