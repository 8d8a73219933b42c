"""Panels of words: logs, alerts, text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Unpack

from dojoboards.layout import Panel
from dojoboards.panels.options import PanelOptions, panel
from dojoboards.panels.queries import Query


def logs(
    title: str,
    *queries: Query,
    newest_first: bool = True,
    wrap: bool = True,
    details: bool = True,
    dedup: Literal["none", "exact", "numbers", "signature"] = "none",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a logs panel; its data source (Loki, say) has to be named.

    Args:
        title: The panel's title.
        *queries: The data source's own language, or a mapping.
        newest_first: The order of lines.
        wrap: Whether long lines are wrapped.
        details: Whether a line can be opened.
        dedup: Which repeated lines are hidden.
        **options: See `PanelOptions`.
    """
    shown = {
        "dedupStrategy": dedup,
        "enableLogDetails": details,
        "prettifyLogMessage": False,
        "showCommonLabels": False,
        "showLabels": False,
        "showLogContextToggle": False,
        "showTime": True,
        "sortOrder": "Descending" if newest_first else "Ascending",
        "wrapLogMessage": wrap,
    }
    asked = [{"expr": entry, "queryType": "range"} if isinstance(entry, str) else entry for entry in queries]
    return panel("logs", title, asked, shown, options, color="")


def alert_list(
    title: str,
    *,
    matching: str = "",
    name: str = "",
    firing: bool = True,
    pending: bool = True,
    group_by: Sequence[str] = (),
    max_items: int = 20,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a list of alerts.

    Args:
        title: The panel's title.
        matching: Label matchers, such as `{severity="critical"}`.
        name: Part of the alerts' names.
        firing: Whether firing ones are shown.
        pending: Whether pending ones are shown.
        group_by: Labels to group by.
        max_items: The most alerts.
        **options: See `PanelOptions`.
    """
    shown = {
        "alertInstanceLabelFilter": matching,
        "alertName": name,
        "dashboardAlerts": False,
        "groupBy": list(group_by),
        "groupMode": "custom" if group_by else "default",
        "maxItems": max_items,
        "showInactiveAlerts": False,
        "sortOrder": 3,
        "stateFilter": {"error": True, "firing": firing, "noData": False, "normal": False, "pending": pending},
        "viewMode": "list",
    }
    return panel("alertlist", title, (), shown, options, color="")


def text(
    content: str,
    *,
    title: str = "",
    mode: Literal["markdown", "html"] = "markdown",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a text panel.

    Args:
        content: Markdown or HTML.
        title: The panel's title; may be empty, then `key` names it if there is a second one in its row.
        mode: What *content* is.
        **options: See `PanelOptions`.
    """
    shown = {
        "code": {"language": "plaintext", "showLineNumbers": False, "showMiniMap": False},
        "content": content,
        "mode": mode,
    }
    return panel("text", title, (), shown, options, color="")
