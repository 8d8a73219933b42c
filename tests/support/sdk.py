"""The part of the foundation SDK that tests use; importing it warns of itself."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.builders.dashboard import (
        Dashboard,
        QueryVariable,
        Row,
        ThresholdsConfig,
    )
    from grafana_foundation_sdk.builders.dashboardv2 import Dashboard as DashboardV2
    from grafana_foundation_sdk.builders.prometheus import Dataquery
    from grafana_foundation_sdk.builders.stat import Panel as Stat
    from grafana_foundation_sdk.builders.text import Panel as Text
    from grafana_foundation_sdk.builders.timeseries import Panel as Timeseries
    from grafana_foundation_sdk.models.dashboard import DataSourceRef, Threshold, ThresholdsMode

__all__ = [
    "Dashboard",
    "DashboardV2",
    "DataSourceRef",
    "Dataquery",
    "QueryVariable",
    "Row",
    "Stat",
    "Text",
    "Threshold",
    "ThresholdsConfig",
    "ThresholdsMode",
    "Timeseries",
]
