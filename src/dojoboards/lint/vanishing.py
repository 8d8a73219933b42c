"""Checks of what is no longer there: an alert that compares nothing is silent, so another one has to tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dojoboards import promql
from dojoboards.catalogue import Known
from dojoboards.expressions import Binary, Call, Node, Selection, Selector, selections
from dojoboards.lint.analysis import alerts, analysed, analysis
from dojoboards.lint.registry import Finding, check
from dojoboards.lint.things import AlertQuery
from dojoboards.model import Project, ScrapeJob, StaticTargets

_TEXT_FILES = "node"
"""The catalogue of the exporter that tells what other programs write into files."""
_DEEPEST = 5
"""How many recording rules are followed, one behind the other."""


class _Watched(NamedTuple):
    """What the alerts of a project look at.

    Args:
        project: It.
        missed: The selectors of which an alert tells that they find nothing.
        up: The selectors of `up` of all alerts, but for those.
        names: The metrics that alerts look at, through recording rules too.
    """

    project: Project
    missed: Sequence[Selector]
    up: Sequence[Selector]
    names: frozenset[str]


_last: list[_Watched] = []


def _watched(project: Project) -> _Watched:
    if _last and _last[0].project is project:
        return _last[0]
    missed: list[Selector] = []
    up: list[Selector] = []
    names: set[str] = set()
    for alert, _ in alerts(project):
        found = analysis(alert.expr, project, in_dashboard=False)
        for selection in found.selections:
            if _is_missed(selection):
                missed.append(selection.selector)
            else:
                names |= _scraped(selection.selector, found.known)
                if selection.selector.name == "up":
                    up.append(selection.selector)
    _last[:] = [_Watched(project, missed, up, frozenset(names))]
    return _last[0]


def _is_missed(selection: Selection) -> bool:
    """Return whether an alert tells that a selector finds nothing: by `absent`, or as what is taken away."""
    inner: Node = selection.selector
    for node in reversed(selection.around):
        if isinstance(node, Call) and node.function in ("absent", "absent_over_time"):
            return True
        if isinstance(node, Binary) and node.operator == "unless" and node.right is inner:
            return True
        inner = node
    return False


def _scraped(selector: Selector, known: Known, depth: int = _DEEPEST) -> set[str]:
    """Return the names of what a selector asks for, with what is behind those that rules record."""
    found = set(selector.names or ())
    for name in tuple(found):
        for rule in known.recorded.get(name, ()) if depth else ():
            expression = promql.parse(rule.expr, variables=False)
            for selection in selections(expression) if expression else ():
                found |= _scraped(selection.selector, known, depth - 1)
    return found


@check("alert/absent", on=AlertQuery, severity="warning")
def absent(query: AlertQuery, project: Project) -> Iterator[Finding]:
    """Where the data of an alert can go away, another alert tells.

    What a program writes for node exporter's textfile collector is gone with its file, and what is pushed is gone with
    the gateway: the alert then compares nothing, and is silent.
    Bad: an alert on `backup_last_success_timestamp_seconds`, and no other. Good: a second one, on
    `absent(backup_last_success_timestamp_seconds)`, or `something unless on (host) backup_last_success...`.
    """
    found = analysed(query, project)
    told: set[str] = set()
    for selection in found.selections:
        if _is_missed(selection):
            continue
        for name in sorted(_scraped(selection.selector, found.known) - told):
            told.add(name)
            way = _way(name, project, found.known)
            if way and not any(name in (each.names or ()) for each in _watched(project).missed):
                message = f"{query.what} is silent when {name!r} is gone: it is {way}, and no alert misses it"
                yield found.finding(message, f"add an alert on absent({name})", selection.selector, "name")


def _way(name: str, project: Project, known: Known) -> str:
    """Return how a metric comes to Prometheus, where it can go away while its target answers; else nothing."""
    jobs = {job.name: job for job in project.scrape_jobs}
    ways = set()
    for part in known.exposures(name):
        if part.metric is None:
            continue  # a job that may have it too
        if part.job not in jobs:
            return ""
        ways.add(_way_of(name, jobs[part.job], known))
    return ways.pop() if len(ways) == 1 else ""


def _way_of(name: str, job: ScrapeJob, known: Known) -> str:
    if job.honor_labels and "push" in job.name:
        return "pushed"
    catalogues = known.jobs[job.name].applies.catalogues
    exporter = next((each for each in catalogues if each.name == _TEXT_FILES), None)
    listed = next((each for each in catalogues if name in each.metrics), None)
    if exporter is None or listed is None or listed.name in (_TEXT_FILES, *exporter.includes):
        return ""
    return "written into a file for node exporter"


@check("job/watched", on=ScrapeJob, severity="warning")
def watched(job: ScrapeJob, project: Project) -> Iterator[Finding]:
    """Where alerts look at the metrics of a scrape job, one tells when its targets do not answer.

    A target that is down has no metrics: every alert on them is silent.
    Bad: alerts on `pg_up` and none on `up`. Good: one on `up{job="postgres"} == 0`, or on `up == 0`.
    """
    if "groups" in project.partial:
        return
    seen = _watched(project)
    found = analysis("up", project, in_dashboard=False)
    if any(all(matcher.accepts(job.name) for matcher in selector.on("job")) for selector in seen.up):
        return
    own = {name for name in seen.names if _only_of(name, job, found.known)}
    missed = any(_only_of(name, job, found.known) for each in seen.missed for name in each.names or ())
    if own and not missed:
        message = f"no alert tells when the targets of the scrape job {job.name!r} are down, and those on {min(own)!r}"
        yield Finding(f"{message} are silent then", f'add an alert on up{{job="{job.name}"}} == 0')


def _only_of(name: str, job: ScrapeJob, known: Known) -> bool:
    parts = known.exposures(name)
    return bool(parts) and all(part.job == job.name and part.metric for part in parts)


@check("job/missed", on=ScrapeJob, severity="warning")
def missed(job: ScrapeJob, project: Project) -> Iterator[Finding]:
    """Where targets are discovered, an alert tells when there are none.

    A target that discovery no longer gives has no `up` at all: `up == 0` compares nothing.
    Bad: `FileDiscovery` and an alert on `up{job="node"} == 0` alone. Good: a second one, on `absent(up{job="node"})`.
    """
    if all(isinstance(way, StaticTargets) for way in job.discovery) or job.targets:
        return
    if "groups" in project.partial:
        return
    seen = _watched(project)
    if not any(all(matcher.accepts(job.name) for matcher in selector.on("job")) for selector in seen.up):
        return
    for selector in seen.missed:
        asked = selector.on("job")
        if selector.name == "up" and (len(project.scrape_jobs) == 1 or any(m.value == job.name for m in asked)):
            return
        found = analysis("up", project, in_dashboard=False)
        if any(_only_of(name, job, found.known) for name in selector.names or ()):
            return
    message = f"no alert tells when the scrape job {job.name!r} discovers no targets: `up` is gone then"
    yield Finding(message, f'add an alert on absent(up{{job="{job.name}"}})')
