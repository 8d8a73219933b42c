"""Checks of units: a panel's unit and limits, and an alert's limits, against what is measured."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dojoboards.expressions import COMPARISONS, Binary, Call, Measure, Node, Selector, bare, descend, fits, grafana
from dojoboards.expressions.measure import DATA, MOMENT, RATIO, TIME
from dojoboards.lint.analysis import Analysis, analysed, constant, number, selectors, through
from dojoboards.lint.registry import Finding, check
from dojoboards.lint.things import BoardPanel, PanelQuery, Query
from dojoboards.model import Project

_PERCENT = (5, 100)
"""From where to where a limit of a ratio looks like percent."""
_SLOW = 100
"""A limit of an answer's time, in seconds, from which it looks like milliseconds."""
_FEW_BYTES = 1000
_MOMENTS = 1e8
"""Seconds since 1970 from which a number may be a moment: 1973."""
_ANSWERS = re.compile(r"request|response|latency|query|queries|http|rpc")
_WHOLE = re.compile(r"size|total|limit|max|capacity")
"""Names of what something is a part of."""
_WORDS: Mapping[str, str] = {
    "s": "seconds",
    "ms": "milliseconds",
    "bytes": "bytes",
    "Bps": "bytes per second",
    "percentunit": "a ratio",
    "percent": "percent",
    "dateTimeAsIso": "a moment",
    "short": "a number of things",
    "cps": "so many things per second",
    "bool": "0 or 1",
}


def measured(measure: Measure) -> str:
    """Return in words what a measure is."""
    if measure.same(MOMENT):
        return "a moment, in seconds since 1970"
    unit = grafana(measure)
    return _WORDS.get(unit, f"what the unit {unit!r} shows" if unit else "something else")


@check("panel/unit", on=PanelQuery, severity="warning")
def panel_unit(query: PanelQuery, project: Project) -> Iterator[Finding]:
    """A panel's unit is that of what it draws.

    A ratio of 0.05 is shown as 0.05 % by the unit `percent`, and as 5 % by `percentunit`.
    Bad: `unit="ms"` for `histogram_quantile(0.9, rate(flask_http_request_duration_seconds_bucket[5m]))`.
    Good: `unit="s"`.
    """
    panel = query.owner
    if not panel.unit or panel.type == "heatmap":
        return
    found = analysed(query, project)
    if found.root is None or (measure := found.gives(found.root).measure) is None:
        return
    if fits(panel.unit, measure) is False and not _changed(panel):
        message = f"{query.what} shows with the unit {panel.unit!r} what is {measured(measure)}"
        if measure.same(MOMENT) and panel.unit.startswith("dateTime"):
            fix = "Grafana counts moments in milliseconds: multiply by 1000"
        else:
            unit = grafana(measure)
            fix = f"use the unit {unit!r}" if unit else "bring the expression to the panel's unit"
        yield found.finding(message, fix, found.root)


def _changed(panel: BoardPanel) -> bool:
    """Return whether a panel gives units to single series, or calculates with what it is told."""
    if panel.json.get("transformations"):
        return True
    config = panel.json.get("fieldConfig")
    overrides = config.get("overrides") if isinstance(config, Mapping) else None
    return "'unit'" in repr(overrides or ())


@check("panel/limits", on=BoardPanel, where={"thresholds"}, severity="warning")
def panel_limits(panel: BoardPanel, _: Project) -> Iterator[Finding]:
    """A panel's thresholds are in the unit of its values: from 0 to 1 with `percentunit`.

    Bad: `unit="percentunit"` with a threshold of 80. Good: 0.8.
    """
    if panel.unit != "percentunit":
        return
    config = panel.json.get("fieldConfig")
    defaults = config.get("defaults") if isinstance(config, Mapping) else None
    limits = defaults.get("thresholds") if isinstance(defaults, Mapping) else None
    if not isinstance(defaults, Mapping) or not isinstance(limits, Mapping) or limits.get("mode") == "percentage":
        return
    if defaults.get("max") is not None:
        return  # `panel/threshold` compares them with the scale
    steps = limits.get("steps")
    for step in steps if isinstance(steps, list) else ():
        value = step.get("value") if isinstance(step, Mapping) else None
        if isinstance(value, int | float) and _PERCENT[0] <= value <= _PERCENT[1]:
            message = f"{panel.what} has a threshold of {number(value)} with the unit 'percentunit', where 1 is 100 %"
            yield Finding(message, f"write {number(value / 100)}")
            return


@check("alert/limit", on=Query, where=COMPARISONS, severity="warning")
def limit(query: Query, project: Project) -> Iterator[Finding]:
    """A limit is in the unit of what it is compared with.

    Bad: `job:errors:ratio > 80`, `node_boot_time_seconds > 3600`.
    Good: `job:errors:ratio > 0.8`, `time() - node_boot_time_seconds > 3600`.
    """
    found = analysed(query, project)
    for comparison in found.comparisons:
        if comparison.operator in ("==", "!=") or not comparison.number:
            continue
        told = _suspicion(found, comparison.side, comparison.number)
        if told:
            what, fix = told
            message = f"{query.what} compares {what} with {number(comparison.number)}"
            yield found.finding(message, fix, comparison.written)


def _suspicion(found: Analysis, side: Node, value: float) -> tuple[str, str] | None:
    """Return what a limit is compared with and what to do, where it seems to be in another unit."""
    measure, size = found.gives(side).measure, abs(value)
    if measure is None:
        return None
    if measure.same(RATIO) and _PERCENT[0] <= size <= _PERCENT[1] and _of_a_whole(found, side):
        return "a ratio, where 1 is 100 %,", f"write {number(value / 100)}"
    if measure.same(MOMENT) and size < _MOMENTS:
        return "a moment, in seconds since 1970,", "compare its age: time() - ..."
    if measure.same(TIME) and size >= _MOMENTS * 10:
        return "a length of time", "take the moments from each other first"
    if measure.same(TIME) and size >= _SLOW and _is_answer(side):
        return "an answer's time in seconds", f"write {number(value / 1000)} if milliseconds were meant"
    if measure.same(DATA) and size < _FEW_BYTES and isinstance(through(side), Selector):
        return "a number of bytes", "write the limit in bytes: 10 GiB are 10 * 1024 ^ 3"
    return None


def _of_a_whole(found: Analysis, side: Node) -> bool:
    """Return whether a ratio is surely a part of a whole: it says so, or the same thing is on both sides."""
    for node in descend(side):
        if isinstance(node, Selector) and (":ratio" in node.name or node.name.endswith("_ratio")):
            return True
        metric = found.known.metric(node.name) if isinstance(node, Selector) and node.name else None
        if metric is not None and metric.unit == "percentunit":
            return True
        if isinstance(node, Binary) and node.operator == "/":
            parts, wholes = tuple(selectors(node.left)), tuple(selectors(node.right))
            if any(
                part.name == whole.name and {*whole.matchers} <= {*part.matchers} for part in parts for whole in wholes
            ):
                return True
            if found.gives(node.right).measure == DATA and any(_WHOLE.search(whole.name) for whole in wholes):
                return True
    return False


def _is_answer(side: Node) -> bool:
    """Return whether a part is a quantile or a mean of how long answers took."""
    inner = through(side)
    quantile = isinstance(inner, Call) and inner.function == "histogram_quantile"
    mean = isinstance(inner, Binary) and inner.operator == "/"
    if isinstance(inner, Selector):
        quantile = ":" in inner.name and re.search(r":p\d|quantile|mean|avg", inner.name) is not None
    return (quantile or mean) and any(_ANSWERS.search(each.name) for each in selectors(bare(side)))


@check("operator/units", on=Query, where={Measure}, severity="warning")
def units(query: Query, project: Project) -> Iterator[Finding]:
    """What is added or compared measures the same: not bytes and seconds, not seconds and milliseconds.

    Bad: `node_memory_MemFree_bytes > node_timex_offset_seconds`.
    Good: `node_memory_MemFree_bytes < node_memory_MemTotal_bytes`.
    """
    found = analysed(query, project)
    for node in found.binaries:
        if node.operator not in ("+", "-") and node.operator not in COMPARISONS:
            continue
        if constant(node.left) is not None or constant(node.right) is not None:
            continue
        left, right = found.gives(node.left).measure, found.gives(node.right).measure
        if left is None or right is None or left.powers == right.powers:
            if left is None or right is None or left.same(right) or not left.powers:
                continue
        first, second = dict(left.powers), dict(right.powers)
        if {"at", "time"} == {*first, *second} and node.operator in ("+", "-") and not first.keys() & second.keys():
            continue  # a moment and so much later
        if not _PHYSICAL & {*first, *second} or not {*first, *second} <= _PHYSICAL:
            continue
        word = "compares" if node.operator in COMPARISONS else "adds" if node.operator == "+" else "subtracts"
        names = [next((each.name for each in selectors(side)), "") for side in (node.left, node.right)]
        message = f"{query.what} {word} what is not measured alike: {_side(names[0])} and {_side(names[1])}"
        yield found.finding(message, "bring both to one unit", node, "operator")


_PHYSICAL = frozenset({"time", "data", "at"})


def _side(name: str) -> str:
    return repr(name) if name else "time()"
