"""Queries of panels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from dojoboards.panels.plain import Buildable, Json, Jsonable, plain

Query = str | Mapping[str, Any] | Jsonable | Buildable
"""PromQL, what `query` returns, a query in Grafana's words, one of grafanalib or of the foundation SDK."""


def query(
    expr: str,
    legend: str = "",
    *,
    datasource: str = "",
    instant: bool = False,
    format: Literal["time_series", "table", "heatmap"] = "time_series",  # Grafana's word
    exemplars: bool = False,
    interval: str = "",
    hide: bool = False,
    ref_id: str = "",
) -> Json:
    """Return a Prometheus query; of a Loki data source, one in LogQL.

    Args:
        expr: PromQL; Grafana's variables are welcome.
        legend: The series' name, such as `{{instance}}`; empty leaves it to Grafana.
        datasource: The name of a data source; empty takes the panel's.
        instant: One value at the end of the range, in place of a series.
        format: What Grafana makes of the result.
        exemplars: Whether to ask for exemplars too.
        interval: The least step (a Prometheus duration).
        hide: Whether it is only there for expressions and transformations.
        ref_id: The letter that transformations and overrides use; empty is given by position.
    """
    target: Json = {
        "editorMode": "code",
        "expr": expr,
        "format": format,
        "instant": instant,
        "legendFormat": legend or "__auto",
        "range": not instant,
    }
    if datasource:
        target["datasource"] = datasource
    if exemplars:
        target["exemplar"] = True
    if interval:
        target["interval"] = interval
    if hide:
        target["hide"] = True
    if ref_id:
        target["refId"] = ref_id
    return target


def asked(entry: Query) -> Json:
    """Return a query of any kind as plain values."""
    if isinstance(entry, str):
        return query(entry)
    kind = type(entry)
    if kind.__name__ == "Target" and kind.__module__ == "grafanalib.core":
        return _of_grafanalib(vars(entry))
    values: Json = plain(entry)
    return values


def _of_grafanalib(values: Mapping[str, Any]) -> Json:
    """Return a query of Prometheus without what grafanalib writes for other data sources."""
    instant = values["instant"]
    target: Json = {
        "editorMode": "code",
        "expr": values["expr"],
        "format": values["format"],
        "instant": instant,
        "legendFormat": values["legendFormat"] or "__auto",
        "range": not instant,
    }
    for key in ("hide", "interval", "refId"):
        if values[key]:
            target[key] = values[key]
    if values["datasource"]:
        target["datasource"] = plain(values["datasource"])
    return target
