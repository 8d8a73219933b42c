"""Who may see what: teams, folders with their permissions, and the data sources."""

from typing import Literal

from dojoboards import DataSource, Environment, Folder, Team

# Developers look, operations decide. Grafana's own administrators always have all rights.
PERMISSIONS: dict[str, Literal["View", "Edit", "Admin"]] = {"developers": "View", "operations": "Admin"}

teams = [
    Team(name="developers", email="developers@dojopool.example"),
    Team(name="operations", email="operations@dojopool.example"),
]

folders = [
    Folder(uid="dojopool", title="DojoPool", permissions=PERMISSIONS),
    Folder(uid="dojopool-service", title="Service", parent="dojopool", permissions=PERMISSIONS),
    Folder(uid="dojopool-machines", title="Machines", parent="dojopool", permissions=PERMISSIONS),
]


def data_sources(env: Environment) -> list[DataSource]:
    """Prometheus, and Alertmanager so that Grafana shows alerts and silences.

    `timeInterval` is the scrape interval: `$__rate_interval` is never shorter than four of them.
    """
    return [
        DataSource(
            name="prometheus",
            title="DojoPool Prometheus",
            type="prometheus",
            default=True,
            json_data={"httpMethod": "POST", "manageAlerts": True, "timeInterval": env.setting("scrape_interval")},
        ),
        DataSource(
            name="alertmanager",
            title="DojoPool Alertmanager",
            type="alertmanager",
            json_data={"implementation": "prometheus", "handleGrafanaManagedAlerts": False},
        ),
    ]
