"""Checks of what expressions select: metrics that exist, in that job, with these labels and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache

from dojoboards import names
from dojoboards.catalogue import Exposed, Known, Miss
from dojoboards.expressions import Aggregation, Binary, Call, Matcher, Node, Selection, descend, variable
from dojoboards.lint.analysis import Analysis, analysed, selectors
from dojoboards.lint.matchers import contradictions, looks_like_pattern
from dojoboards.lint.registry import Finding, check
from dojoboards.lint.things import Query, RuleQuery
from dojoboards.model import Project, Relabel

_ALIKE = 0.5
_LIKELY = 0.9
"""How much of two names is the same where one is taken for the other misspelt; more, where rules may be elsewhere."""
_CLOSE = 0.8
"""The same of two values of a label."""
_EXCHANGED = 2
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
            other = node.right if node.left is inner else node.left
            if _finds(found, other) and _shape(other) == _shape(inner):
                return True
        inner = node
    return False


def _finds(found: Analysis, node: Node) -> bool:
    """Return whether a part selects something, and nothing that surely is not there."""
    asked = False
    for selector in selectors(node):
        if found.known.misses(selector):
            return False
        asked = True
    return asked


def _shape(node: Node) -> tuple[str, ...]:
    """Return what is done to series, which is the same for two names of one thing."""
    return tuple(
        each.function if isinstance(each, Call) else each.operation if isinstance(each, Aggregation) else each.operator
        for each in descend(node)
        if isinstance(each, Aggregation | Binary | Call)
    )


@check("series/metric", on=Query, where={Miss, Exposed}, severity="warning")
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
    for selection in found.selections:
        name = selection.selector.name
        if name and ":" not in name and (meant := _slip(name, found.known)):
            message = f"{query.what} asks for {name!r}, which no catalogue lists"
            yield found.finding(message, f"did you mean {meant!r}?", selection.selector, "name")


def _slip(name: str, known: Known) -> str:
    """Return the name that was meant, where a metric that may be there is one letter away from one that is."""
    return "" if known.listed(name) else _near(name, known.names)


@lru_cache(1024)
def _near(name: str, every: frozenset[str]) -> str:
    begun = _begun(every)
    alike = (begun.get((length, name[:1]), ()) for length in range(len(name) - 1, len(name) + 2))
    return min((other for each in alike for other in each if _one_letter(name, other)), default="")


@lru_cache(2)
def _begun(every: frozenset[str]) -> Mapping[tuple[int, str], Sequence[str]]:
    """Return names by their length and their first letter."""
    found: dict[tuple[int, str], list[str]] = {}
    for name in every:
        found.setdefault((len(name), name[:1]), []).append(name)
    return found


def _one_letter(name: str, other: str) -> bool:
    """Return whether one letter is missing, too many, another one or exchanged with the next; a digit is no slip."""
    start = _alike(name, other)
    first, second = name[start:], other[start:]
    end = _alike(first[::-1], second[::-1])
    first, second = first[: len(first) - end], second[: len(second) - end]
    if not (first + second).isalpha():
        return False
    return max(len(first), len(second)) == 1 or (len(first) == _EXCHANGED and first == second[::-1])


def _alike(first: str, second: str) -> int:
    """Return how many letters are the same at the beginning."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((index for index, (one, other) in pairs if one != other), min(len(first), len(second)))


def _remedy(name: str, near: str, known: Known) -> str:
    parts = [f"{name}_{part}" for part in ("bucket", "sum", "count") if f"{name}_{part}" in known.names]
    if parts:
        return f"it is the name of a histogram or a summary: ask for {' or '.join(parts)}"
    if near:
        return f"did you mean {near!r}?"
    return "correct the name; if it is right, describe it in a catalogue (`dojoboards catalogue record`)"


@check("series/recorded", on=Query, where={Miss}, severity="warning")
def recorded(query: Query, project: Project) -> Iterator[Finding]:
    """A series whose name has colons is recorded by a rule of the project.

    Where the rule was renamed or taken away, what used it is silent.
    Bad: `job:errors:ratio5m > 1` where the rule records `job:errors:ratio`. Good: `job:errors:ratio > 1`.
    """
    found = analysed(query, project)
    if not (found.known.recorded or project.scrape_jobs):
        return  # a part of something, without its rules
    for selection, miss in _misses(found, "metric"):
        if ":" in miss.name:
            message = f"{query.what} asks for {miss.name!r}, which no rule records"
            near = names.nearest(miss.name, found.known.recorded, _LIKELY if "groups" in project.partial else _ALIKE)
            if not near and "groups" in project.partial:
                continue
            fix = f"did you mean {near!r}?" if near else "record it, or ask for what is recorded"
            yield found.finding(message, fix, selection.selector, "name")


@check("series/dropped", on=Query, where={Miss}, severity="warning")
def dropped(query: Query, project: Project) -> Iterator[Finding]:
    """A metric that is asked for is not dropped by the relabelling of its job.

    Bad: `go_gc_duration_seconds_sum{job="node"}` where the job drops `go_gc_.*`.
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


@check("series/job", on=Query, where={Miss}, severity="warning")
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


@check("series/label", on=Query, where={Miss}, severity="warning")
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


@check("series/value", on=Query, where={Miss, "!="}, severity="warning")
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
    for selection in found.selections:
        for matcher in selection.selector.matchers:
            if matcher.operator == "!=" and (meant := _misspelt(matcher, selection, found.known)):
                asked = f'{matcher.name}!="{matcher.value}"'
                message = (
                    f"{query.what} leaves out {asked}, which none of the series of {selection.selector.name!r} has"
                )
                yield found.finding(message, f"did you mean {meant!r}?", selection.selector, matcher.name)


def _misspelt(matcher: Matcher, selection: Selection, known: Known) -> str:
    """Return the value that was to be left out, where the one that is left out is known not to be there."""
    if variable(matcher.value) or not matcher.value or not selection.selector.name:
        return ""
    values: set[str] = set()
    for part in known.exposures(selection.selector.name):
        own = part.labels.get(matcher.name).known
        if own is None:
            return ""
        values |= own
    if matcher.value in values:
        return ""
    return next(iter(get_close_matches(matcher.value, sorted(values), n=1, cutoff=_CLOSE)), "")


@check("series/idle", on=Query, where={Miss}, severity="info")
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


@check("series/several", on=RuleQuery, severity="info")
def several(query: RuleQuery, project: Project) -> Iterator[Finding]:
    """A rule that asks for a metric of several scrape jobs says which job it means, or keeps the label `job`.

    Every program in Go has `go_goroutines`: without the job, a limit for one program is a limit for all.
    Bad: `go_goroutines > 1000`. Good: `go_goroutines{job="prometheus"} > 1000`, `max by (job) (go_goroutines) > 1000`.
    """
    found = analysed(query, project)
    for selection in found.selections:
        name = selection.selector.name
        if not name or name.startswith(("up", "scrape_")) or _distinguished(selection):
            continue
        parts = [part for part in found.known.exposures(name) if part.job and part.metric]
        if len(parts) > 1:
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
