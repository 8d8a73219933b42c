"""Checks of what expressions select: metrics that exist, in that job, with these labels and values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dojoboards import names
from dojoboards.catalogue import Known, Miss
from dojoboards.expressions import Aggregation, Binary, Call, Matcher, Node, Selection, variable
from dojoboards.lint.analysis import Analysis, analysed, selectors
from dojoboards.lint.matchers import contradictions, looks_like_pattern
from dojoboards.lint.registry import Finding, check
from dojoboards.lint.things import Query
from dojoboards.model import Project, Relabel

_FEW = 12
"""How many names a remedy lists."""


def _misses(found: Analysis, *reasons: str) -> Iterator[tuple[Selection, Miss]]:
    """Yield why selectors find nothing, but for names that are alternatives of one another."""
    for selection in found.selections:
        misses = found.known.misses(selection.selector)
        if not misses:
            continue
        alternatives = selection.selector.names or ()
        if len({miss.name for miss in misses if not miss.selects}) < len(alternatives):
            misses = tuple(miss for miss in misses if miss.selects)
        if any(contradictions(selection.selector)):
            continue  # told by `matcher/nothing`
        for miss in misses:
            if miss.reason in reasons and not (miss.reason in ("metric", "dropped") and _other(found, selection)):
                yield selection, miss


def _other(found: Analysis, selection: Selection) -> bool:
    """Return whether the selector is one of several names of a thing: `new_name or old_name`."""
    inner: Node = selection.selector
    for node in reversed(selection.around):
        if isinstance(node, Binary) and node.operator == "or":
            other = list(selectors(node.right if node.left is inner else node.left))
            if other and not any(found.known.misses(each) for each in other):
                return True
        inner = node
    return False


@check("series/metric", on=Query, severity="warning")
def metric(query: Query, project: Project) -> Iterator[Finding]:
    """A metric that is asked for is one that something exposes.

    A misspelt name gives no error: the alert never fires, and the panel stays empty.
    Bad: `node_memory_MemAvailable > 1`. Good: `node_memory_MemAvailable_bytes > 1`.
    """
    found = analysed(query, project)
    for selection, miss in _misses(found, "metric"):
        if ":" in miss.name:
            continue
        message = f"{query.what} asks for {miss.name!r}, which nothing exposes"
        yield found.finding(message, _remedy(miss.name, miss.near, found.known), selection.selector, "name")


def _remedy(name: str, near: str, known: Known) -> str:
    parts = [f"{name}_{part}" for part in ("bucket", "sum", "count") if f"{name}_{part}" in known.names]
    if parts:
        return f"it is the name of a histogram or a summary: ask for {' or '.join(parts)}"
    if near:
        return f"did you mean {near!r}?"
    return "correct the name; if it is right, describe it in a catalogue (`dojoboards catalogue record`)"


@check("series/recorded", on=Query, severity="warning")
def recorded(query: Query, project: Project) -> Iterator[Finding]:
    """A series whose name has colons is recorded by a rule of the project.

    Where the rule was renamed or taken away, what used it is silent.
    Bad: `job:errors:rate_5m > 1` where the rule records `job:errors:rate5m`. Good: `job:errors:rate5m > 1`.
    """
    found = analysed(query, project)
    if not (found.known.recorded or project.scrape_jobs):
        return  # a part of something, without its rules
    for selection, miss in _misses(found, "metric"):
        if ":" in miss.name:
            message = f"{query.what} asks for {miss.name!r}, which no rule records"
            near = names.nearest(miss.name, found.known.recorded)
            fix = f"did you mean {near!r}?" if near else "record it, or ask for what is recorded"
            yield found.finding(message, fix, selection.selector, "name")


@check("series/dropped", on=Query, severity="warning")
def dropped(query: Query, project: Project) -> Iterator[Finding]:
    """A metric that is asked for is not dropped by the relabelling of its job.

    Bad: `go_goroutines` where the job has `Relabel(source_labels=["__name__"], regex="go_.*", action="drop")`.
    Good: the same without that step, or another metric.
    """
    found = analysed(query, project)
    for selection, miss in _misses(found, "dropped", "job"):
        step = miss.step if miss.reason == "dropped" else _dropping(found.known, miss)
        if step is not None:
            by = f"the scrape job {miss.jobs[0]!r} drops" if len(miss.jobs) == 1 else "all scrape jobs drop"
            by = f"the scrape job {miss.matcher.value!r} drops" if miss.matcher else by
            message = f"{query.what} asks for {miss.name!r}, which {by} after the scrape"
            fix = f"take the step {step.action!r} of {step.regex!r} out of `metric_relabel`, or do without the metric"
            yield found.finding(message, fix, selection.selector, "name")


def _dropping(known: Known, miss: Miss) -> Relabel | None:
    """Return the step by which the job that is asked for drops what other jobs keep."""
    asked = known.jobs.get(miss.matcher.value) if miss.matcher and miss.matcher.operator == "=" else None
    return asked.dropped(miss.name) if asked and miss.reason == "job" else None


@check("series/job", on=Query, severity="warning")
def job(query: Query, project: Project) -> Iterator[Finding]:
    """A metric is asked of a scrape job that exposes it.

    Bad: `node_load5{job="nodes"}` where the job is called `node`. Good: `node_load5{job="node"}`.
    """
    found = analysed(query, project)
    for selection, miss in _misses(found, "job"):
        asked = miss.matcher.value if miss.matcher else ""
        if _dropping(found.known, miss):
            continue
        if miss.matcher and miss.matcher.operator == "=" and asked not in found.known.jobs:
            message = f"{query.what} asks for {miss.name!r} of the scrape job {asked!r}, which is not there"
        else:
            message = f"{query.what} asks for {miss.name!r} of a scrape job that does not expose it"
        fix = names.hint(asked, miss.jobs) if asked not in found.known.jobs else f"it is exposed by {_list(miss.jobs)}"
        yield found.finding(message, fix, selection.selector, "job")


@check("series/label", on=Query, severity="warning")
def label(query: Query, project: Project) -> Iterator[Finding]:
    """A label that a selector asks for is one that the metric has.

    Bad: `node_filesystem_avail_bytes{mount="/"}`. Good: `node_filesystem_avail_bytes{mountpoint="/"}`.
    """
    found = analysed(query, project)
    for selection, miss in _misses(found, "label"):
        if miss.matcher and miss.matcher.operator in ("=", "=~") and not _optional(miss.matcher):
            message = f"{query.what} asks {miss.name!r} for the label {miss.matcher.name!r}, which it has not"
            yield found.finding(message, _known(miss), selection.selector, miss.matcher.name)


def _optional(matcher: Matcher) -> bool:
    """Return whether the series without the label is asked for in so many words: `=~"x|"`."""
    return matcher.accepts("") is True or re.search(r"^\||\|\||\|$", matcher.value) is not None


def _known(miss: Miss) -> str:
    asked = "" if miss.matcher is None else miss.matcher.name if miss.reason == "label" else miss.matcher.value
    near = f"did you mean {miss.near!r}? " if miss.near and miss.near != asked else ""
    return f"{near}known: {_list(miss.known)}" if miss.known else near or "take it away"


def _list(known: tuple[str, ...]) -> str:
    more = f" and {len(known) - _FEW} more" if len(known) > _FEW else ""
    return ", ".join(known[:_FEW]) + more


@check("series/value", on=Query, severity="warning")
def value(query: Query, project: Project) -> Iterator[Finding]:
    """A label's value that a selector asks for is one that the label can have.

    Bad: `node_cpu_seconds_total{mode="idel"}`. Good: `node_cpu_seconds_total{mode="idle"}`.
    """
    found = analysed(query, project)
    for selection, miss in _misses(found, "value"):
        if miss.matcher and not looks_like_pattern(miss.matcher):
            asked = f'{miss.matcher.name}{miss.matcher.operator}"{miss.matcher.value}"'
            message = f"{query.what} asks for {miss.name!r} with {asked}, which none of its series has"
            yield found.finding(message, _known(miss), selection.selector, miss.matcher.name)


@check("series/idle", on=Query, severity="info")
def idle(query: Query, project: Project) -> Iterator[Finding]:
    """What a selector leaves out is something that could be there.

    A label that the metric has not is probably another one's name.
    Bad: `node_filesystem_avail_bytes{type!="tmpfs"}`. Good: `node_filesystem_avail_bytes{fstype!="tmpfs"}`.
    """
    found = analysed(query, project)
    for selection, miss in _misses(found, "label"):
        if miss.matcher and miss.matcher.operator in ("!=", "!~") and miss.selects and not variable(miss.matcher.value):
            message = f"{query.what}: {miss.name!r} has no label {miss.matcher.name!r}, so that nothing is left out"
            yield found.finding(message, _known(miss), selection.selector, miss.matcher.name)


@check("series/several", on=Query, severity="info")
def several(query: Query, project: Project) -> Iterator[Finding]:
    """A rule that asks for a metric of several scrape jobs says which job it means, or keeps the label `job`.

    Every program in Go has `go_goroutines`: without the job, a limit for one program is a limit for all.
    Bad: `go_goroutines > 1000`. Good: `go_goroutines{job="prometheus"} > 1000`, `max by (job) (go_goroutines) > 1000`.
    """
    if query.in_dashboard:
        return
    found = analysed(query, project)
    for selection in found.selections:
        name = selection.selector.name
        if not name or _distinguished(selection):
            continue
        parts = [part for part in found.known.exposures(name) if part.job and part.metric]
        if len(parts) > 1 and not name.startswith(("up", "scrape_")):
            jobs = tuple(sorted(part.job for part in parts))
            message = f"{query.what} asks for {name!r} of every scrape job that exposes it: {_list(jobs)}"
            fix = f'say which, such as {name}{{job="{jobs[0]}"}}, or aggregate `by (job)`'
            yield found.finding(message, fix, selection.selector, "name")


def _distinguished(selection: Selection) -> bool:
    if any(matcher.name in ("job", "instance", "service", "namespace") for matcher in selection.selector.matchers):
        return True
    named = (node.by for node in selection.around if isinstance(node, Aggregation) and node.by)
    if any("job" in labels or "instance" in labels for labels in named):
        return True
    return any(isinstance(node, Call) and node.function.startswith("absent") for node in selection.around)
