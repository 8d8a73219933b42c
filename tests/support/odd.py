"""Projects and dashboards that are odd in every way their types allow, for tests that nothing fails on them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from dojoboards.model import (
    Alertmanager,
    DataSource,
    DataSourceRef,
    Environment,
    Folder,
    InhibitRule,
    NotificationTemplate,
    Project,
    Prometheus,
    Receiver,
    Route,
    RuleGroup,
    ScrapeJob,
    Team,
    TimeInterval,
)

# Values that have the right types and are odd in every other way.
ODD = [
    "", " ", "\n", "\0", "a", "a b", "...", ".", "..", "/", "../x", "{{", "}}", "{{ end }}", "{{ if",
    '{{ template "x" }}', "{{ $x }}", "(", "(?<", "[", "\\", "*", '"', '="', "a=", 'a="b"', 'severity="crit"', "{",
    "0", "-1", "5m", "1h1h", "9" * 5000, "monday:", "::", "31:-31", "24:00", "Ünï", "\u202e", "日本", "😀" * 50,
    "\ud800",
    "x" * 10_000, "(" * 2000, "role:", "user:", "role:Viewer", "general", "critical", "warning",
]  # fmt: skip
TEXT = st.sampled_from(ODD) | st.text(max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
MAPS = {"times": "start_time", "weekdays": "", "days_of_month": "", "months": "", "years": "", "location": ""}
INTERVALS = st.dictionaries(
    st.sampled_from(list(MAPS)),
    PLAIN | st.lists(TEXT, max_size=2) | st.lists(st.dictionaries(st.sampled_from(["start_time", "end_time"]), PLAIN)),
    max_size=3,
)


def values(hint: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Return what a field of this type may hold."""
    origin, args = get_origin(hint), get_args(hint)
    if hint is str:
        return TEXT
    if hint in (int, float, bool):
        return st.from_type(hint)
    if hint is Any:
        return PLAIN
    if hint is type(None):
        return st.none()
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, UnionType):
        return st.one_of(*(values(arg, depth) for arg in args))
    if origin is Sequence:
        return st.lists(values(args[0], depth), max_size=3) if depth < 3 else st.just([])
    if origin is Mapping and args[1] is Any and depth == 1:
        return INTERVALS
    if origin is Mapping:
        return st.dictionaries(TEXT, values(args[1], depth), max_size=2)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return declarations(hint, depth + 1)
    return st.from_type(hint)


def declarations(cls: type, depth: int = 0) -> st.SearchStrategy[Any]:
    hints = get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls) if field.name != "source"]
    kept = {name: st.deferred(lambda hint=hints[name]: values(hint, depth)) for name in names}  # type: ignore[misc]
    return st.builds(cls, **kept)


def some(cls: type) -> st.SearchStrategy[list[Any]]:
    return st.lists(declarations(cls, 1), max_size=2)


ENVIRONMENTS = st.builds(
    Environment,
    name=TEXT,
    severities=st.lists(TEXT, max_size=2),
    data_sources=st.dictionaries(TEXT, st.builds(DataSourceRef, uid=TEXT, type=TEXT, url=TEXT), max_size=2),
)
PROJECTS = st.builds(
    Project,
    name=TEXT,
    environment=ENVIRONMENTS,
    folders=some(Folder),
    teams=some(Team),
    data_sources=some(DataSource),
    groups=some(RuleGroup),
    scrape_jobs=some(ScrapeJob),
    prometheus=st.none() | declarations(Prometheus, 1),
    alertmanager=st.none() | declarations(Alertmanager, 1),
    routes=some(Route),
    receivers=some(Receiver),
    inhibitions=some(InhibitRule),
    time_intervals=some(TimeInterval),
    templates=some(NotificationTemplate),
)
