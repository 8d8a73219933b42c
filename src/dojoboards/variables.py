"""Template variables of a dashboard, in Grafana's classic schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Json = dict[str, Any]

_HIDE = {"": 0, "label": 1, "variable": 2}
_SORT = {"": 0, "asc": 1, "desc": 2, "numeric": 3, "numeric-desc": 4}
ALL = "$__all"

Hide = Literal["", "label", "variable"]


def query(
    name: str,
    definition: str,
    *,
    label: str = "",
    description: str = "",
    datasource: str = "",
    multi: bool = True,
    include_all: bool = True,
    all_value: str = ".*",
    regex: str = "",
    sort: Literal["", "asc", "desc", "numeric", "numeric-desc"] = "asc",
    hide: Hide = "",
) -> Json:
    """Return a variable whose values come from Prometheus; it starts with "All" where there is one.

    Args:
        name: What expressions call it, `$name`.
        definition: `label_values(metric, label)`, `label_names()`, `metrics(regex)` or `query_result(expr)`.
        label: Its title; the name where it is empty.
        description: A tooltip.
        datasource: The name of a data source; empty takes the default one.
        multi: Whether several values can be chosen; use it with `=~`.
        include_all: Whether there is "All".
        all_value: What "All" stands for; empty joins all values, `.*` also matches what came after the page was loaded.
        regex: Picks a part of each value.
        sort: How values are sorted.
        hide: What is hidden.
    """
    value: Json = _named("query", name, label, description, hide)
    if datasource:
        value["datasource"] = datasource
    value |= {
        "definition": definition,
        "query": {"qryType": 1, "query": definition, "refId": "PrometheusVariableQueryEditor-VariableQuery"},
        "refresh": 2,
        "regex": regex,
        "sort": _SORT[sort],
        "multi": multi,
        "includeAll": include_all,
        "options": [],
    }
    if include_all:
        value["current"] = {"text": ["All"], "value": [ALL]} if multi else {"text": "All", "value": ALL}
        if all_value:
            value["allValue"] = all_value
    return value


def custom(
    name: str,
    values: Sequence[str] | Mapping[str, str],
    *,
    label: str = "",
    description: str = "",
    multi: bool = False,
    include_all: bool = False,
    hide: Hide = "",
) -> Json:
    """Return a variable with values that are written down; the first one is chosen.

    Args:
        name: What expressions call it.
        values: Values, or titles with their values.
        label: Its title.
        description: A tooltip.
        multi: Whether several can be chosen.
        include_all: Whether there is "All", which is then chosen.
        hide: What is hidden.
    """
    pairs = list(values.items()) if isinstance(values, Mapping) else [(value, value) for value in values]
    chosen = [("All", ALL), *pairs] if include_all else pairs
    value = _named("custom", name, label, description, hide)
    value["query"] = ", ".join(text if text == own else f"{text} : {own}" for text, own in pairs)
    text, first = chosen[0]
    value["current"] = {"text": [text], "value": [first]} if multi else {"text": text, "value": first}
    value["options"] = [
        {"selected": index == 0, "text": text, "value": own} for index, (text, own) in enumerate(chosen)
    ]
    return value | {"multi": multi, "includeAll": include_all}


def data_source(name: str, plugin: str, *, label: str = "", description: str = "", regex: str = "") -> Json:
    """Return a variable of data sources, which queries use as `datasource="$name"`.

    Args:
        name: What queries call it.
        plugin: The type of data source, such as `prometheus`.
        label: Its title.
        description: A tooltip.
        regex: Which data sources, by name.
    """
    value = _named("datasource", name, label, description, "")
    return value | {"query": plugin, "regex": regex, "refresh": 1, "multi": False, "includeAll": False, "options": []}


def interval(name: str, values: Sequence[str], *, label: str = "", description: str = "", auto: bool = False) -> Json:
    """Return a variable of durations; the first one is chosen, or "auto".

    Args:
        name: What expressions call it, `[$name]`.
        values: Durations.
        label: Its title.
        description: A tooltip.
        auto: Whether Grafana may choose one by the time range.
    """
    value = _named("interval", name, label, description, "")
    first = f"$__auto_interval_{name}" if auto else values[0]
    options = [{"selected": not auto and own == first, "text": own, "value": own} for own in values]
    if auto:
        options.insert(0, {"selected": True, "text": "auto", "value": first})
    value |= {"query": ",".join(values), "refresh": 2, "auto": auto, "auto_count": 30, "auto_min": "10s"}
    return value | {"current": {"text": "auto" if auto else first, "value": first}, "options": options}


def constant(name: str, value: str) -> Json:
    """Return a hidden variable with one value."""
    option = {"selected": True, "text": value, "value": value}
    current = {"text": value, "value": value}
    return _named("constant", name, "", "", "variable") | {"query": value, "current": current, "options": [option]}


def textbox(name: str, default: str = "", *, label: str = "", description: str = "") -> Json:
    """Return a variable that one types in."""
    option = {"selected": True, "text": default, "value": default}
    current = {"text": default, "value": default}
    return _named("textbox", name, label, description, "") | {"query": default, "current": current, "options": [option]}


def adhoc(name: str, *, datasource: str = "", label: str = "", description: str = "") -> Json:
    """Return a variable with which one adds label filters to every query of a data source."""
    value = _named("adhoc", name, label, description, "")
    return value | ({"datasource": datasource} if datasource else {})


def _named(kind: str, name: str, label: str, description: str, hide: str) -> Json:
    value: Json = {"type": kind, "name": name, "hide": _HIDE[hide]}
    if label:
        value["label"] = label
    if description:
        value["description"] = description
    if kind not in ("constant", "adhoc"):
        value["skipUrlSync"] = False
    return value
