"""Checks across artifacts: rule files, runbooks, scrape targets, and whether dashboards show what alerts are about."""

from __future__ import annotations

import re
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from dojoboards import names
from dojoboards.artifact import parse
from dojoboards.catalogue import for_project, shipped, unknown_catalogues
from dojoboards.errors import Source
from dojoboards.lint.analysis import Asked, alerts, milliseconds, selected
from dojoboards.lint.dispatch import fitting, raised
from dojoboards.lint.registry import Artifacts, Finding, check
from dojoboards.lint.things import Board, BoardPanel, Boards, VariableQuery, asked
from dojoboards.model import Alert, Project, Prometheus, RecordingRule, ScrapeJob, StaticTargets

_STALE = "5m"
"""How long Prometheus takes a sample for the present one."""


@check("rules/loaded", on=Artifacts, severity="warning")
def rules_loaded(artifacts: Artifacts, _: Project) -> Iterator[Finding]:
    """Each rule file is one that `prometheus.yml` loads.

    A file that no pattern of `rule_files` matches is never evaluated, and nobody is told.
    Bad: `rule_files: [rules/*.yaml]` beside `rules/system.yml`. Good: `rule_files: [rules/*.yml]`.
    """
    for server in artifacts.all:
        if server.kind != "prometheus-config":
            continue
        given = parse(server)
        patterns = given.get("rule_files") if isinstance(given, Mapping) else None
        globs = [text for text in patterns if isinstance(text, str)] if isinstance(patterns, list) else []
        folder = PurePosixPath(server.path).parent
        for file in artifacts.all:
            if file.kind == "rules" and not any(_loads(glob, file.path, folder) for glob in globs):
                path = PurePosixPath(file.path)
                shown = path.relative_to(folder) if path.is_relative_to(folder) else path
                fix = f"the patterns are {', '.join(globs)}" if globs else "give `rule_files`, such as rules/*.yml"
                message = f"no pattern of `rule_files` in {server.path} matches {shown}: its rules are never evaluated"
                yield Finding(message, fix, file.source)


@check("rules/found", on=Prometheus, severity="warning")
def rules_found(server: Prometheus, project: Project) -> Iterator[Finding]:
    """Each pattern of `rule_files` in a plain `prometheus.yml` matches a file.

    Prometheus passes over one that matches none, and nobody is told. Of an absolute one nobody knows here. A build
    writes the patterns itself.
    Bad: `rule_files: [ruels/*.yml]` beside `rules/system.yml`. Good: `rule_files: [rules/*.yml]`.
    """
    missing = server.extra.get("rule_files")
    for pattern in missing if isinstance(missing, list) and not project.conventions else ():
        message = f"`rule_files` has {pattern!r}, which matches no file: Prometheus loads no rules by it"
        files = () if "*" in pattern else {group.module for group in project.groups}
        near = names.nearest(PurePosixPath(pattern).name, files)
        remedy = f"did you mean the file {near!r}?" if near else "it is taken from the configuration's folder on"
        yield Finding(message, remedy)


def _loads(glob: str, path: str, folder: PurePosixPath) -> bool:
    """Return whether a pattern matches a file; of one that is absolute, whether it matches the file's name."""
    if glob.startswith("/"):
        return fnmatchcase(PurePosixPath(path).name, PurePosixPath(glob).name)
    parts, wanted = PurePosixPath(path).parts, (folder / glob).parts
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


# Runbooks


@check("alert/runbook", on=Project, severity="warning")
def alert_runbook(project: Project, _: Project) -> Iterator[Finding]:
    """The runbook that an alert links is there.

    Looked at are pages in the project's directory, where the addresses of runbooks mean these.
    Bad: an alert `CpuHigh` without `docs/runbooks/CpuHigh.md`. Good: the alert with its page.
    """
    pages = project.runbooks
    if pages is None:
        return
    missing: dict[str, Alert] = {}
    for alert, _group in alerts(project):
        if "runbook_url" not in alert.annotations and alert.name not in pages.alerts:
            missing.setdefault(alert.name, alert)
    for name, alert in missing.items():
        path = pages.path.replace("{alert}", name)
        near = names.nearest(name, pages.alerts - {each.name for each, _group in alerts(project)})
        fix = f"write it{f', or rename that of {near!r}' if near else ''}"
        yield Finding(f"the alert {name!r} links a runbook that is not there: {path}", fix, alert.source)


@check("alert/no-runbook", on=Project, severity="info")
def alert_no_runbook(project: Project, _: Project) -> Iterator[Finding]:
    """Where some alerts link a runbook, all do.

    Bad: `annotations={"runbook_url": "..."}` on one alert of two. Good: `runbook_url` in dojoboards.yaml, for all.
    """
    if project.environment.runbook_url:
        return
    known = [alert for alert, _group in alerts(project)]
    if any("runbook_url" in alert.annotations for alert in known):
        for alert in known:
            if "runbook_url" not in alert.annotations:
                message = f"the alert {alert.name!r} links no runbook, as others do"
                yield Finding(message, "give `runbook_url` in dojoboards.yaml, or in its annotations", alert.source)


@check("runbook/alert", on=Project, severity="info")
def runbook_alert(project: Project, _: Project) -> Iterator[Finding]:
    """Each page of a runbook is that of an alert.

    Bad: `docs/runbooks/CpuHigh.md` where the alert was renamed to `CpuBusy`. Good: `docs/runbooks/CpuBusy.md`.
    """
    pages = project.runbooks
    known = {alert.name for alert, _group in alerts(project)}
    if pages is None or not known & pages.alerts:
        return
    for name in sorted(pages.alerts - known):
        if name.lower() not in ("readme", "index") and not name.startswith(("_", ".")):
            path = pages.path.replace("{alert}", name)
            near = names.nearest(name, known - pages.alerts)
            fix = f"rename it to {near!r}" if near else "take it away"
            yield Finding(f"no alert has the runbook {path}", fix, Source(path))


# What rules and dashboards have to do with each other


class _Shown(NamedTuple):
    """What dashboards show.

    Args:
        metrics: The metrics that their queries select.
        unknown: Whether some query selects what is not known.
        lists: The label matchers of their lists of alerts.
    """

    metrics: frozenset[str]
    unknown: bool
    lists: frozenset[str]


def _shown(boards: Boards, project: Project) -> _Shown:
    """Return what the dashboards show; asked again for the same ones, the same answer."""
    if not _last or _last[0][0]() is not boards:
        _last[:] = [(weakref.ref(boards), _look(boards.all, project))]
    return _last[0][1]


_last: list[tuple[weakref.ref[Boards], _Shown]] = []


def _look(boards: Sequence[Board], project: Project) -> _Shown:
    metrics: set[str] = set()
    unknown = False
    for board in boards:
        for query in asked(board):
            if not isinstance(query, VariableQuery):
                found = _selected(query.expr, project, in_dashboard=True)
                unknown = unknown or found is None
                metrics |= found or set()
        unknown = unknown or any(panel.type == "library-panel-ref" for panel in board.panels)
    lists = (_filter(panel) for board in boards for panel in board.panels if panel.type == "alertlist")
    return _Shown(frozenset(metrics), unknown, frozenset(lists))


def _filter(panel: BoardPanel) -> str:
    options = panel.json.get("options")
    return str(options.get("alertInstanceLabelFilter") or "") if isinstance(options, Mapping) else ""


def _selected(expr: str, project: Project, *, in_dashboard: bool = False) -> frozenset[str] | None:
    """Return the names of the metrics that an expression selects; None where that is not known."""
    return selected(Asked(expr, in_dashboard), project)


def _behind(project: Project) -> Callable[[Iterable[str]], set[str]]:
    """Return what tells, of metrics, all that are behind them: those that rules record are made of others."""
    made: dict[str, set[str]] = {}
    for group in project.groups:
        for rule in group.rules:
            if isinstance(rule, RecordingRule):
                made.setdefault(rule.record, set()).update(_selected(rule.expr, project) or ())

    def all_behind(metrics: Iterable[str]) -> set[str]:
        found: set[str] = set()
        waiting = list(metrics)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(made.get(name, ()))
        return found

    return all_behind


@check("alert/shown", on=Boards, severity="info")
def alert_shown(boards: Boards, project: Project) -> Iterator[Finding]:
    """Each alert is about something that a dashboard shows, or is in a list of alerts.

    Who is called wants to see since when, and what else happened.
    Bad: an alert on `redis_evicted_keys_total` that no panel shows. Good: a panel with
    `rate(redis_evicted_keys_total[5m])`, and `dashboard=` and `panel=` in the alert.
    """
    shown = _shown(boards, project)
    if not boards.all or shown.unknown or "dashboards" in project.partial:
        return
    behind = _behind(project)
    seen = behind(shown.metrics)
    listed = {id(each.alert) for given in shown.lists if given for each, _ in fitting([given], raised(project))}
    told: set[str] = set()
    for alert, _ in alerts(project):
        metrics = _selected(alert.expr, project)
        if alert.name in told or alert.dashboard or not metrics or seen & behind(metrics):
            continue
        if "" in shown.lists or id(alert) in listed:
            continue
        told.add(alert.name)
        message = f"no dashboard shows what the alert {alert.name!r} is about: {_list(sorted(metrics))}"
        yield Finding(message, "add a panel, or a list of alerts", alert.source)


@check("alert/panel", on=Boards, severity="info")
def alert_panel(boards: Boards, project: Project) -> Iterator[Finding]:
    """The panel that an alert links shows what the alert is about, or links it too.

    Bad: an alert on memory with `panel="Hosts/CPU"`. Good: `panel="Hosts/Memory"`.
    """
    panels = {(board.uid, str(panel.json.get("id"))): panel for board in boards.all for panel in board.panels}
    behind = _behind(project)
    for alert, _ in alerts(project):
        panel = panels.get((alert.dashboard, str(names.panel_id(alert.panel)))) if alert.panel else None
        metrics = _selected(alert.expr, project)
        if (
            panel is None
            or not metrics
            or panel.type == "library-panel-ref"
            or alert.name in str(panel.json.get("links"))
        ):
            continue
        found = [_selected(str(query.get("expr") or ""), project, in_dashboard=True) for query in panel.queries]
        if found and None not in found:
            seen = behind(name for each in found for name in each or ())
            if not seen & behind(metrics) and not seen & {"ALERTS", "ALERTS_FOR_STATE"}:
                message = f"the alert {alert.name!r} links the {panel.what}, which shows nothing that it is about"
                fix = f"link one that shows {_list(sorted(metrics))}, or link the alert's runbook from the panel"
                yield Finding(message, fix, alert.source)


@check("recording/used", on=Boards, severity="info")
def recording_used(boards: Boards, project: Project) -> Iterator[Finding]:
    """What a rule records is used by another rule or by a dashboard.

    Bad: `job:errors:rate5m` that nothing asks for. Good: a panel or an alert that does, or no such rule.
    """
    used = _shown(boards, project)
    if not boards.all or used.unknown or "dashboards" in project.partial:
        return
    metrics = set(used.metrics)
    for group in project.groups:
        for rule in group.rules:
            found = _selected(rule.expr, project)
            if found is None:
                return
            metrics |= found - {rule.record} if isinstance(rule, RecordingRule) else found
    told: set[str] = set()
    for group in project.groups:
        for rule in group.rules:
            if isinstance(rule, RecordingRule) and rule.record not in metrics | told:
                told.add(rule.record)
                message = f"nothing uses {rule.record!r}, which a rule records"
                yield Finding(message, "use it, or take the rule away", rule.source)


def _list(found: Sequence[str]) -> str:
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")  # noqa: PLR2004  # a few


# Scraping


@check("job/same-target", on=Project, severity="warning")
def job_same_target(project: Project, _: Project) -> Iterator[Finding]:
    """No target is scraped twice: by two jobs on one port, or twice by one.

    Its series would be there twice, and sums would be twice too high; or one of the ports is that of another exporter.
    Bad: the jobs `node` and `nginx` both with `targets=["app:9100"]`. Good: `app:9100` and `app:9113`.
    """
    seen: dict[tuple[Any, ...], ScrapeJob] = {}
    for job in project.scrape_jobs:
        own: Counter[tuple[Any, ...]] = Counter()
        for address, labels in _targets(job):
            key = (job.scheme, address, job.metrics_path, repr(sorted(job.params.items())))
            own[(*key, labels)] += 1
            if own[(*key, labels)] == 2:  # noqa: PLR2004  # the second time
                message = f"the scrape job {job.name!r} has the target {address!r} twice"
                yield Finding(message, "take one away", job.source)
            first = seen.setdefault(key, job)
            if first is not job and own[(*key, labels)] == 1:
                message = f"the scrape jobs {first.name!r} and {job.name!r} both scrape {address}{job.metrics_path}"
                yield Finding(message, "correct the port of one, or take it away", job.source)


def _targets(job: ScrapeJob) -> Iterator[tuple[str, str]]:
    """Yield the targets of a job that are written down, with their labels; none where relabelling may change them."""
    if any(step.target_label.startswith("__") or "$" in step.target_label for step in job.relabel):
        return
    if any(step.action in ("drop", "keep", "labelmap", "dropequal", "keepequal") for step in job.relabel):
        return
    if "relabel_configs" in job.extra:
        return
    ways = [StaticTargets(targets=job.targets, labels=job.labels), *job.discovery]
    for way in ways:
        if isinstance(way, StaticTargets):
            for target in way.targets:
                yield target, repr(sorted(way.labels.items()))


@check("job/interval", on=ScrapeJob, severity="warning")
def job_interval(job: ScrapeJob, project: Project) -> Iterator[Finding]:
    """A job is scraped at least every two and a half minutes.

    Prometheus takes a sample for the present for five minutes: with one missed scrape, series would come and go.
    Bad: `scrape_interval="10m"`. Good: `scrape_interval="2m"`.
    """
    interval = job.scrape_interval or (project.prometheus.scrape_interval if project.prometheus else "")
    if 2 * milliseconds(interval) > milliseconds(_STALE):
        message = f"the scrape job {job.name!r} scrapes every {interval}: one missed scrape is a gap in all its series"
        yield Finding(message, "give at most 150s")


@check("job/catalogues", on=ScrapeJob, severity="warning")
def job_catalogues(job: ScrapeJob, project: Project) -> Iterator[Finding]:
    """The catalogues that a scrape job names are there.

    One that is misspelt says nothing, and what the job exposes is not known.
    Bad: `catalogues=["nod"]`. Good: `catalogues=["node"]`; `dojoboards catalogue list` shows which is for which job.
    """
    for problem in unknown_catalogues(job, (*project.catalogues, *shipped())) if job.catalogues else ():
        yield Finding(problem.message, problem.remedy)


@check("job/catalogue", on=ScrapeJob, severity="info")
def job_catalogue(job: ScrapeJob, project: Project) -> Iterator[Finding]:
    """It is known what a scrape job exposes.

    Without a catalogue any name may be one of its metrics: one that is misspelt is not told, nor a label that its
    metrics have not, nor that a metric is asked of another job. What only one exporter exposes is judged all the same.
    Bad: a job `shop` of which no catalogue says anything. Good: `dojoboards catalogue record` with its address.
    """
    if not project.conventions or job.catalogues or for_project(project).jobs[job.name].applies.catalogues:
        return
    message = f"no catalogue says what the scrape job {job.name!r} exposes: metrics that are misspelt are not told"
    file = names.slug(job.name)
    remedy = f"make one: dojoboards catalogue record {_page(job)} --name {file} --output catalogue/{file}.yml"
    yield Finding(message, f"{remedy}, and give `catalogues=[{file!r}]`" if file != job.name else remedy)


def _page(job: ScrapeJob) -> str:
    """Return the address of the metrics of a job's first target; `URL` where that cannot be known."""
    simple = job.targets and not job.params and not job.relabel and "relabel_configs" not in job.extra
    whole = simple and re.fullmatch(r"[\w.:-]+", job.targets[0])
    return f"{job.scheme}://{job.targets[0]}{job.metrics_path}" if whole else "URL"
