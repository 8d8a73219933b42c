"""Template variables of a dashboard, in Grafana's classic schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from dojoboards.errors import DojoboardsError, Exit, Problem, calling_source
from dojoboards.places import Noted

Json = dict[str, Any]

_HIDE = {"label": 1, "variable": 2}
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
    """Return a variable whose values come from a data source; it starts with "All" where there is one.

    Args:
        name: What expressions call it, `$name`.
        definition: `label_values(metric, label)`, `label_names()`, `metrics(regex)` or `query_result(expr)`; of a data
            source that is not Prometheus, its own language.
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
        "query": definition,
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

    Raises:
        DojoboardsError: there are no values; the problem names the place that asked.
    """
    pairs = list(values.items()) if isinstance(values, Mapping) else [(value, value) for value in values]
    _check_values(name, pairs)
    chosen = [("All", ALL), *pairs] if include_all else pairs
    value = _named("custom", name, label, description, hide)
    value["query"] = ", ".join(_choice(text, own) for text, own in pairs)
    text, first = chosen[0]
    value["current"] = {"text": [text], "value": [first]} if multi else {"text": text, "value": first}
    value["options"] = [
        {"selected": index == 0, "text": text, "value": own} for index, (text, own) in enumerate(chosen)
    ]
    value |= {"multi": multi, "includeAll": include_all}
    return value


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
    value |= {"query": plugin, "regex": regex, "refresh": 1, "multi": False, "includeAll": False, "options": []}
    return value


def interval(name: str, values: Sequence[str], *, label: str = "", description: str = "", auto: bool = False) -> Json:
    """Return a variable of durations; the first one is chosen, or "auto".

    Args:
        name: What expressions call it, `[$name]`.
        values: Durations.
        label: Its title.
        description: A tooltip.
        auto: Whether Grafana may choose one by the time range.

    Raises:
        DojoboardsError: there are no values; the problem names the place that asked.
    """
    _check_values(name, values)
    value = _named("interval", name, label, description, "")
    first = f"$__auto_interval_{name}" if auto else values[0]
    options = [{"selected": not auto and own == first, "text": own, "value": own} for own in values]
    if auto:
        options.insert(0, {"selected": True, "text": "auto", "value": first})
    value |= {"query": ",".join(values), "refresh": 2, "auto": auto, "auto_count": 30, "auto_min": "10s"}
    value |= {"current": {"text": "auto" if auto else first, "value": first}, "options": options}
    return value


def constant(name: str, value: str) -> Json:
    """Return a hidden variable with one value."""
    return _single(_named("constant", name, "", "", "variable"), value)


def textbox(name: str, default: str = "", *, label: str = "", description: str = "") -> Json:
    """Return a variable that one types in."""
    return _single(_named("textbox", name, label, description, ""), default)


def adhoc(name: str, *, datasource: str = "", label: str = "", description: str = "") -> Json:
    """Return a variable with which one adds label filters to every query of a data source."""
    value = _named("adhoc", name, label, description, "")
    if datasource:
        value["datasource"] = datasource
    return value


def _named(kind: str, name: str, label: str, description: str, hide: str) -> Json:
    value = Noted({"type": kind, "name": name}, calling_source())
    if hide:
        value["hide"] = _HIDE[hide]
    if label:
        value["label"] = label
    if description:
        value["description"] = description
    return value


def _single(value: Json, text: str) -> Json:
    current = {"text": text, "value": text}
    value |= {"query": text, "current": current, "options": [{"selected": True, **current}]}
    return value


def _choice(text: str, value: str) -> str:
    """Return a value as Grafana reads it back from a list that is separated by commas."""
    escaped = [part.replace(",", r"\,") for part in ((text,) if text == value else (text, value))]
    return " : ".join(escaped)


def _check_values(name: str, values: Sequence[object]) -> None:
    if not values:
        message, remedy = f"variable {name!r} has no values to choose from", "give it at least one"
        raise DojoboardsError([Problem(message, calling_source(), remedy, Exit.UNREADABLE)])
