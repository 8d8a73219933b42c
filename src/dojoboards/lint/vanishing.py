"""Checks of what is no longer there: an alert that compares nothing is silent, so another one has to tell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from dojoboards import promql
from dojoboards.catalogue import Known
from dojoboards.expressions import Binary, Call, Matcher, Node, Selection, Selector, selections
from dojoboards.lint.analysis import alerts, analysed, analysis
from dojoboards.lint.registry import Finding, check, once
from dojoboards.lint.things import AlertQuery
from dojoboards.model import Project, ScrapeJob, StaticTargets

_TEXT_FILES = "node"
"""The catalogue of the exporter that tells what other programs write into files."""
_DEEPEST = 5
"""How many recording rules are followed, one behind the other."""


class _Watched(NamedTuple):
    """What the alerts of a project look at.

    Args:
        missed: The selectors of which an alert tells that they find nothing.
        missing: The metrics that these ask for.
        up: What alerts ask of the label `job` of `up`, but for those.
        names: By scrape job: the metrics that alerts look at and only this job has, through recording rules too.
        alone: The jobs of which one that only they have is missed.
    """

    missed: Sequence[Selector]
    missing: frozenset[str]
    up: Collection[tuple[Matcher, ...]]
    names: Mapping[str, Sequence[str]]
    alone: Collection[str]

    def tells_of(self, job: str) -> bool:
        """Return whether an alert looks at `up` of a job."""
        return any(all(matcher.accepts(job) for matcher in matchers) for matchers in self.up)


@once
def _watched(project: Project) -> _Watched:
    known = analysis("up", project, in_dashboard=False).known
    missed: list[Selector] = []
    up: dict[tuple[Matcher, ...], None] = {}
    seen: set[str] = set()
    for alert, _ in alerts(project):
        for selection in analysis(alert.expr, project, in_dashboard=False).selections:
            if _is_missed(selection):
                missed.append(selection.selector)
                continue
            seen |= _scraped(selection.selector, known)
            if selection.selector.name == "up":
                up[selection.selector.on("job")] = None
    missing = frozenset(name for each in missed for name in each.names or ())
    names: dict[str, list[str]] = {}
    for name in sorted(seen):
        names.setdefault(_only_job(name, known), []).append(name)
    return _Watched(missed, missing, up, names, {_only_job(name, known) for name in missing})


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


def _scraped(selector: Selector, known: Known) -> frozenset[str]:
    """Return the names of what a selector asks for, with what is behind those that rules record."""
    behind = _behind(known)
    for name in selector.names or ():
        if name not in behind:
            behind[name] = frozenset(_all_behind(name, known))
    return frozenset().union(*(behind[name] for name in selector.names or ()))


@once
def _behind(_: Known) -> dict[str, frozenset[str]]:
    """Return what is behind the metrics that were asked for, by name."""
    return {}


def _all_behind(name: str, known: Known) -> set[str]:
    found, last = {name}, {name}
    for _ in range(_DEEPEST):
        rules = [rule for each in last for rule in known.recorded.get(each, ())]
        parsed = (promql.parse(rule.expr, variables=False) for rule in rules)
        chosen = (selection.selector for each in parsed if each for selection in selections(each))
        last = {each for selector in chosen for each in selector.names or ()} - found
        found |= last
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
            if way and name not in _watched(project).missing:
                message = f"{query.what} is silent when {name!r} is gone: it is {way}, and no alert misses it"
                yield found.finding(message, f"add an alert on absent({name})", selection.selector, "name")


def _way(name: str, project: Project, known: Known) -> str:
    """Return how a metric comes to Prometheus, where it can go away while its target answers; else nothing."""
    ways = _ways(project)
    if name not in ways.known:
        ways.known[name] = _found_way(name, ways.jobs, known)
    return ways.known[name]


class _Ways(NamedTuple):
    """The scrape jobs by name, and how metrics come to Prometheus that were asked for."""

    jobs: Mapping[str, ScrapeJob]
    known: dict[str, str]


@once
def _ways(project: Project) -> _Ways:
    return _Ways({job.name: job for job in project.scrape_jobs}, {})


def _found_way(name: str, jobs: Mapping[str, ScrapeJob], known: Known) -> str:
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
    own = seen.names.get(job.name)
    if own and job.name not in seen.alone and not seen.tells_of(job.name):
        message = f"no alert tells when the targets of the scrape job {job.name!r} are down, and those on {own[0]!r}"
        yield Finding(f"{message} are silent then", f'add an alert on up{{job="{job.name}"}} == 0')


def _only_job(name: str, known: Known) -> str:
    """Return the one scrape job that has a metric; empty where there is none, or several, or perhaps others."""
    jobs = {part.job if part.metric else "" for part in known.exposures(name)}
    return jobs.pop() if len(jobs) == 1 else ""


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
    if not seen.tells_of(job.name) or job.name in seen.alone:
        return
    for selector in seen.missed:
        asked = selector.on("job")
        if selector.name == "up" and (len(project.scrape_jobs) == 1 or any(m.value == job.name for m in asked)):
            return
    message = f"no alert tells when the scrape job {job.name!r} discovers no targets: `up` is gone then"
    yield Finding(message, f'add an alert on absent(up{{job="{job.name}"}})')
