"""A dashboard, and what stands around its panels: links and annotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dojoboards import names
from dojoboards.errors import calling_source
from dojoboards.panels.plain import Json
from dojoboards.places import Noted


def link(title: str, url: str, *, new_tab: bool = False, tooltip: str = "") -> Json:
    """Return a link of a panel or of a value.

    Args:
        title: What is shown.
        url: An address; Grafana's variables are welcome.
        new_tab: Whether it opens in a new tab.
        tooltip: Shown over it, in a dashboard's links.
    """
    return {"title": title, "url": url, "targetBlank": new_tab, **({"tooltip": tooltip} if tooltip else {})}


def dashboard_link(title: str, uid: str, *, panel: str = "", keep_time: bool = True, variables: bool = True) -> Json:
    """Return a link of a panel to another dashboard.

    Args:
        title: What is shown.
        uid: The dashboard's uid.
        panel: The key of a panel to open alone.
        keep_time: Whether the time range goes along.
        variables: Whether the template variables go along.
    """
    parts = [f"viewPanel=panel-{names.panel_id(panel)}"] if panel else []
    parts += ["${__url_time_range}"] * keep_time + ["${__all_variables}"] * variables
    return link(title, f"/d/{uid}" + (f"?{'&'.join(parts)}" if parts else ""))


def annotation(
    name: str,
    *,
    expr: str = "",
    tags: Sequence[str] = (),
    title: str = "",
    text: str = "",
    color: str = "blue",
    step: str = "60s",
    datasource: str = "",
    enable: bool = True,
) -> Json:
    """Return an annotation: marks on every time series, from a Prometheus query or from Grafana's own by tags.

    Args:
        name: What its switch is called.
        expr: PromQL; a mark stands where it has a value.
        tags: Without *expr*: marks of Grafana that have one of these tags.
        title: Of a mark, may contain `{{label}}`.
        text: Likewise.
        color: Grafana's colour.
        step: The step of *expr*.
        datasource: The name of a data source; empty takes the default one.
        enable: Whether it is on when the dashboard opens.
    """
    mark: Json = {"name": name, "enable": enable, "iconColor": color}
    if expr:
        mark |= {"expr": expr, "step": step, "titleFormat": title or name, "textFormat": text}
        if datasource:
            mark["datasource"] = datasource
        return Noted(mark, calling_source())
    target = {"limit": 100, "matchAny": True, "tags": list(tags), "type": "tags"}
    mark |= {"datasource": {"type": "grafana", "uid": "-- Grafana --"}, "target": target}
    return Noted(mark, calling_source())


def dashboard(
    title: str,
    *,
    uid: str,
    panels: Sequence[Any],
    variables: Sequence[Mapping[str, Any]] = (),
    description: str = "",
    tags: Sequence[str] = (),
    links: Sequence[Mapping[str, Any]] = (),
    annotations: Sequence[Mapping[str, Any]] = (),
    time_from: str = "now-6h",
    time_to: str = "now",
    refresh: str = "1m",
    timezone: str = "browser",
    shared_crosshair: bool = True,
) -> Json:
    """Return a dashboard in the classic schema.

    Args:
        title: Its title.
        uid: At most 40 letters, digits, `-` and `_`; unique in Grafana.
        panels: Panels and rows, from top to bottom.
        variables: Template variables, made by the functions of this module's sibling `variables`, or mappings.
        description: What it is for.
        tags: More tags.
        links: Links at its top: `link(...)`.
        annotations: Made by `annotation`.
        time_from: Where the time range starts when it opens.
        time_to: Where it ends.
        refresh: How often it is refreshed; empty for never.
        timezone: `browser`, `utc` or a name of the tz database.
        shared_crosshair: Whether all panels show the time that one points at.
    """
    values = {
        "annotations": {"list": list(annotations)},
        "description": description,
        "graphTooltip": 1 if shared_crosshair else 0,
        "links": [{"type": "link", **entry} for entry in links],
        "panels": list(panels),
        "refresh": refresh,
        "tags": list(tags),
        "templating": {"list": list(variables)},
        "time": {"from": time_from, "to": time_to},
        "timezone": timezone,
        "title": title,
        "uid": uid,
    }
    return Noted(values, calling_source())
