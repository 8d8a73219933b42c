"""Checks of lengths of time: ranges that hold enough samples, and waits that are long enough to mean something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dojoboards.catalogue import Known
from dojoboards.expressions import Call, Range, Selection, Selector, Subquery, bare
from dojoboards.expressions.functions import FUNCTIONS
from dojoboards.lint.analysis import analysed, milliseconds
from dojoboards.lint.registry import Finding, check
from dojoboards.lint.things import AlertQuery, Query
from dojoboards.model import Project, RecordingRule

_SCRAPES = 4
"""How many scrapes a range has to hold, at least: one may fail, and a rate needs two."""
_TWO = 2
_RATES = frozenset(name for name, function in FUNCTIONS.items() if function.wants) - {"irate", "idelta"}
_LAST_TWO = frozenset({"irate", "idelta"})


@dataclass(frozen=True, slots=True)
class _Intervals:
    """How often there is a new sample, in milliseconds.

    Args:
        project: Of what.
        jobs: By scrape job.
        recorded: By the name of what is recorded.
        names: By the name of a series, as far as it was asked for.
    """

    project: Project
    jobs: Mapping[str, int]
    recorded: Mapping[str, int]
    names: dict[str, int] = field(default_factory=dict)


_last: list[_Intervals] = []


def _intervals(project: Project) -> _Intervals:
    if _last and _last[0].project is project:
        return _last[0]
    server = project.prometheus
    jobs = {
        job.name: milliseconds(job.scrape_interval or (server.scrape_interval if server else ""))
        for job in project.scrape_jobs
    }
    recorded: dict[str, int] = {}
    for group in project.groups:
        every = milliseconds(group.interval or (server.evaluation_interval if server else ""))
        for rule in group.rules:
            if isinstance(rule, RecordingRule):
                recorded[rule.record] = max(every, recorded.get(rule.record, 0))
    _last[:] = [_Intervals(project, jobs, recorded)]
    return _last[0]


def interval(name: str, project: Project, known: Known) -> int:
    """Return how often there is a new sample of a series, in milliseconds; 0 where that is not known."""
    every = _intervals(project)
    if name in every.recorded:
        return every.recorded[name]
    if name not in every.names:
        jobs = {exposed.job for exposed in known.exposures(name)}
        every.names[name] = max((every.jobs.get(job, 0) for job in jobs), default=0)
    return every.names[name]


def _longest(chosen: tuple[Selection, ...], project: Project, known: Known) -> int:
    names = {name for selection in chosen for name in selection.selector.names or ()}
    return max((interval(name, project, known) for name in names), default=0)


def told(length: int) -> str:
    """Return milliseconds as a duration."""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if length % size == 0 and length:
            return f"{length // size}{unit}"
    return f"{length}ms"


@check("range/short", on=Query, where={Range}, severity="warning")
def short_range(query: Query, project: Project) -> Iterator[Finding]:
    """A rate looks back over at least four scrapes.

    With fewer, a single failed scrape leaves no two samples, and the rate is gone just when it is needed.
    Bad: `rate(x[30s])` with a scrape every 15 s. Good: `rate(x[1m])`, and `[$__rate_interval]` in a dashboard.
    """
    found = analysed(query, project)
    for call in found.calls:
        if call.function not in _RATES | _LAST_TWO or not call.arguments:
            continue
        over = bare(call.arguments[0])
        if not isinstance(over, Selector | Subquery) or over.range is None or over.range.milliseconds is None:
            continue
        if isinstance(over, Subquery):
            step = over.step.milliseconds if over.step and over.step.milliseconds else 0
            why = f"steps of {told(step)}"
        else:
            step = max((interval(name, project, found.known) for name in over.names or ()), default=0)
            why = f"scrapes, one every {told(step)}"
        least = _SCRAPES if call.function in _RATES else _TWO
        if step and over.range.milliseconds < least * step:
            message = (
                f"{query.what}: `{call.function}` over {told(over.range.milliseconds)} sees fewer than {least} {why}"
            )
            fix = f"look back over {told(least * step)} or more"
            if query.in_dashboard:
                fix += ", or over $__rate_interval"
            yield found.finding(message, fix, over, "range")


@check("range/interval", on=Query, where={"$__interval"}, severity="warning")
def rate_interval(query: Query, project: Project) -> Iterator[Finding]:
    """In a dashboard, a rate looks back over `$__rate_interval`, or over a range that is written down.

    `$__interval` is the distance of two points on the screen: zoomed in, it is shorter than two scrapes, and the panel
    is empty.
    Bad: `rate(x[$__interval])`. Good: `rate(x[$__rate_interval])`.
    """
    if not query.in_dashboard:
        return
    found = analysed(query, project)
    for call in found.calls:
        over = bare(call.arguments[0]) if call.arguments else None
        if call.function in _RATES | _LAST_TWO and isinstance(over, Selector | Subquery) and over.range:
            if over.range.variable == "__interval":
                message = f"{query.what}: `{call.function}` over $__interval sees too few scrapes when zoomed in"
                yield found.finding(message, "look back over $__rate_interval", over, "range")


@check("alert/for", on=AlertQuery, severity="warning")
def short_for(query: AlertQuery, project: Project) -> Iterator[Finding]:
    """An alert waits for at least two scrapes, if it waits.

    With a shorter `for_` it fires on the next look at the same sample.
    Bad: `for_="10s"` with a scrape every 15 s. Good: `for_="1m"`.
    """
    alert = query.owner
    if not (waits := milliseconds(alert.for_)):
        return
    found = analysed(query, project)
    least = _TWO * _longest(tuple(found.selections), project, found.known)
    if waits < least:
        message = f"{query.what} waits for {alert.for_}, which is less than two samples of what it looks at"
        yield Finding(message, f'wait for {told(least)} or more: for_="{told(least)}"')


@check("alert/no-wait", on=AlertQuery, severity="info")
def no_wait(query: AlertQuery, _: Project) -> Iterator[Finding]:
    """`for_` and `keep_firing_for` say how long, or are left out.

    Bad: `for_="0s"`. Good: no `for_`, which fires at once.
    """
    alert = query.owner
    for key, text in (("for_", alert.for_), ("keep_firing_for", alert.keep_firing_for)):
        if text and not milliseconds(text) and text.startswith("0"):
            yield Finding(f"`{key}` of {query.what} is no time at all", "leave it out")


@check("alert/absent-at-once", on=AlertQuery, where={"absent"}, severity="warning")
def absent_at_once(query: AlertQuery, project: Project) -> Iterator[Finding]:
    """An alert on what is absent waits: for at least two scrapes.

    When Prometheus starts, everything is absent until the first scrape.
    Bad: `absent(up{job="node"})` without `for_`. Good: the same with `for_="5m"`.
    """
    alert = query.owner
    found = analysed(query, project)
    for call in found.calls:
        if call.function == "absent" and not milliseconds(alert.for_) and not _over_time(call):
            message = f"{query.what} fires at once on what is absent, as everything is when Prometheus starts"
            yield found.finding(message, 'wait for some scrapes: for_="5m"', call, "name")


def _over_time(call: Call) -> bool:
    return any(isinstance(bare(argument), Call) for argument in call.arguments)
