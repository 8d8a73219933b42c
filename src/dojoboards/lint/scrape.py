"""Checks of Prometheus' settings and of scrape jobs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from dojoboards import names
from dojoboards.lint import texts
from dojoboards.lint.registry import Finding, check, repeated
from dojoboards.model import (
    Discovery,
    DnsDiscovery,
    FileDiscovery,
    HttpDiscovery,
    Project,
    Prometheus,
    Relabel,
    ScrapeJob,
    StaticTargets,
)

_DURATION = "give whole numbers with units in falling order, such as 15s or 1m"
_LABEL = "use letters, digits and underscores, no digit at the start"
_TARGET = r"([^\s/:@\[\]]+|\[[0-9A-Fa-f:.]+(%\w+)?\])(:(?P<port>[0-9]+))?"
_LAST_PORT = 65_535
_NOT_SHOWN = "(not shown)"
_FILES = r"[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)"
_URL = r"https?://[^\s/?#]+\S*"
_WRITES = frozenset({"replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"})
_COMPARES = frozenset({"keepequal", "dropequal"})
_PICKS = frozenset({"labeldrop", "labelkeep"})
_CHANGES_CASE = frozenset({"lowercase", "uppercase"})


@check("job/unique", on=Project)
def job_unique(project: Project, _: Project) -> Iterator[Finding]:
    """A scrape job's name is unique in the project.

    Prometheus refuses a configuration that has one job twice. Bad: `node` in two modules. Good: `node` and `node-edge`.
    """
    for job, first in repeated(project.scrape_jobs, lambda job: job.name):
        message = f"the scrape job {job.name!r} is declared twice"
        yield Finding(message, f"rename one; the first is at {first.source}", job.source)


@check("job/targets", on=ScrapeJob)
def job_targets(job: ScrapeJob, _: Project) -> Iterator[Finding]:
    """A scrape job's targets are given by host and port; the path and the scheme have fields of their own.

    Prometheus refuses an address with a path, and a discovery that lacks what it needs.
    Where targets are relabelled they may be anything, such as the pages that a prober asks for.
    Bad: `targets=["http://app:5000/metrics"]`. Good: `targets=["app:5000"]`.
    """
    relabelled = bool(job.relabel) or "relabel_configs" in job.extra
    ways = [StaticTargets(targets=job.targets, labels=job.labels), *job.discovery]
    yield from _ways(f"the scrape job {job.name!r}", ways, relabelled)


@check("job/no-targets", on=ScrapeJob, severity="warning")
def job_no_targets(job: ScrapeJob, _: Project) -> Iterator[Finding]:
    """A scrape job has something to scrape.

    Prometheus takes one without targets, and asks nobody; labels without targets are not even written.
    Bad: `ScrapeJob(name="app")`. Good: `ScrapeJob(name="app", targets=["app:5000"])`.
    """
    what = f"the scrape job {job.name!r}"
    extra = any(key.endswith(("_sd_configs", "static_configs")) for key in job.extra)
    if not (job.targets or job.discovery or extra):
        yield Finding(f"{what} finds no targets", "give `targets` or `discovery`")
    if job.labels and not job.targets:
        message = f"`labels` of {what} belong to `targets`, which are missing"
        yield Finding(message, "give the labels to a StaticTargets, or by relabelling")


@check("prometheus/alertmanagers", on=Prometheus)
def prometheus_alertmanagers(server: Prometheus, _: Project) -> Iterator[Finding]:
    """The Alertmanagers are given by host and port, or by a discovery that can find them.

    Bad: `StaticTargets(targets=["http://alertmanager:9093"])`. Good: `StaticTargets(targets=["alertmanager:9093"])`.
    """
    yield from _ways("Prometheus' list of Alertmanagers", server.alertmanagers, relabelled=False)


def _ways(what: str, ways: Sequence[Discovery], relabelled: bool) -> Iterator[Finding]:
    for way in ways:
        if isinstance(way, StaticTargets):
            yield from _labels(what, way.labels)
            for target in way.targets:
                found = re.fullmatch(_TARGET, target)
                if target and not relabelled and not found:
                    remedy = "give host:port; `scheme` and the path have fields of their own"
                    yield Finding(f"{what} has the target {_shown(target)!r}", remedy)
                elif found and found["port"] and not relabelled:
                    yield from _port(f"{what} has the target {target!r}", int(found["port"]))
        else:
            yield from _discovery(what, way)
            text = getattr(way, "refresh_interval", "")
            if wrong := texts.duration(text):
                yield Finding(f"`refresh_interval` in {what}: {wrong}", _DURATION, edit=texts.respelt(text))


def _port(what: str, port: int) -> Iterator[Finding]:
    if not 0 < port <= _LAST_PORT:
        yield Finding(f"{what} with the port {port}", f"give a port from 1 to {_LAST_PORT}")


def _shown(address: str) -> str:
    """Return an address without what may be secret in it."""
    if "@" in address.partition("?")[2]:  # a password, or a part of the query: nobody can tell
        return _NOT_SHOWN
    without_query = re.sub(r"\?.+", f"?{_NOT_SHOWN}", address, flags=re.DOTALL)
    return re.sub(r"^(\w+://)?.*@", rf"\1{_NOT_SHOWN}@", without_query, flags=re.DOTALL)


def _discovery(what: str, way: Discovery) -> Iterator[Finding]:
    if isinstance(way, FileDiscovery):
        if not way.files:
            yield Finding(f"{what} discovers targets in no files", "give `files`")
        for file in way.files:
            if not re.fullmatch(_FILES, file):
                remedy = "end it with .json, .yml or .yaml; a * may stand in the last part only"
                yield Finding(f"{what} discovers targets in {file!r}, which Prometheus does not read", remedy)
    elif isinstance(way, DnsDiscovery):
        if not way.names:
            yield Finding(f"{what} looks up no names", "give `names`")
        if way.type != "SRV" and not way.port:
            yield Finding(f"{what} looks up {way.type} records, which have no port", "give `port`")
        elif way.port:
            yield from _port(f"{what} looks up targets", way.port)
    elif isinstance(way, HttpDiscovery) and not re.fullmatch(_URL, way.url):
        yield Finding(f"{what} asks {_shown(way.url)!r} for targets", "give an address with http:// or https://")


@check("job/durations", on=ScrapeJob)
def job_durations(job: ScrapeJob, project: Project) -> Iterator[Finding]:
    """A scrape's interval and timeout are durations above zero, and the timeout is not above the interval.

    Prometheus refuses a job whose timeout is above its interval.
    Bad: `scrape_interval="10s", scrape_timeout="15s"`. Good: `scrape_timeout="10s"`.
    """
    server = project.prometheus or Prometheus(source=job.source)
    interval = job.scrape_interval or server.scrape_interval
    yield from _durations(f"the scrape job {job.name!r}", job.scrape_interval, job.scrape_timeout, interval)


@check("prometheus/durations", on=Prometheus)
def prometheus_durations(server: Prometheus, _: Project) -> Iterator[Finding]:
    """Prometheus' intervals are durations above zero, and its timeout is not above its interval.

    Bad: `scrape_interval="5s"` with the timeout of 10 s. Good: `scrape_interval="5s", scrape_timeout="5s"`.
    """
    yield from _durations("Prometheus", server.scrape_interval, server.scrape_timeout, server.scrape_interval)
    if wrong := texts.interval(server.evaluation_interval):
        edit = texts.respelt(server.evaluation_interval)
        yield Finding(f"`evaluation_interval` of Prometheus: {wrong}", _DURATION, edit=edit)


def _durations(what: str, interval: str, timeout: str, effective: str) -> Iterator[Finding]:
    wrong = False
    for key, text in (("scrape_interval", interval), ("scrape_timeout", timeout)):
        if problem := texts.interval(text):
            wrong = True
            yield Finding(f"`{key}` of {what}: {problem}", _DURATION, edit=texts.respelt(text))
    if not wrong and timeout and effective and not texts.interval(effective):
        if names.milliseconds(timeout) > names.milliseconds(effective):
            message = f"the scrape timeout of {what} ({timeout}) is above its interval ({effective})"
            yield Finding(message, f"give a timeout of at most {effective}")


@check("prometheus/labels", on=Prometheus)
def prometheus_labels(server: Prometheus, _: Project) -> Iterator[Finding]:
    """External labels have names that Prometheus takes.

    Bad: `external_labels={"data-centre": "eu"}`. Good: `external_labels={"data_centre": "eu"}`.
    """
    yield from _labels("Prometheus' list of external labels", server.external_labels)


def _labels(what: str, labels: Mapping[str, str]) -> Iterator[Finding]:
    for name in labels:
        if not re.fullmatch(names.LABEL_PATTERN, name):
            yield Finding(f"{what} sets the label {name!r}, which is not a name", _LABEL)


@check("job/authentication", on=ScrapeJob)
def job_authentication(job: ScrapeJob, _: Project) -> Iterator[Finding]:
    """A scrape job has one way to authenticate.

    Prometheus refuses both at once. Bad: `authorization` and `basic_auth`. Good: one of the two.
    """
    if job.authorization and job.basic_auth:
        yield Finding(f"the scrape job {job.name!r} has `authorization` and `basic_auth`", "take one of the two away")


@check("job/path", on=ScrapeJob)
def job_path(job: ScrapeJob, _: Project) -> Iterator[Finding]:
    """A scrape job's path is a path: what stands behind a question mark belongs in `params`.

    Prometheus would ask for a file with a question mark in its name.
    Bad: `metrics_path="/probe?module=http"`. Good: `metrics_path="/probe", params={"module": ["http"]}`.
    """
    if re.search(r"[?#\s]|://", job.metrics_path):
        message = f"`metrics_path` of the scrape job {job.name!r} is {job.metrics_path!r}, which is not a path"
        yield Finding(message, "give the path alone; `targets`, `scheme` and `params` have the rest")


@check("job/relabel", on=ScrapeJob)
def job_relabel(job: ScrapeJob, _: Project) -> Iterator[Finding]:
    """A relabelling step has what its action needs, no more, and a regular expression that Prometheus can read.

    Bad: `Relabel(source_labels=["x"], regex="(a")`. Good: `Relabel(source_labels=["x"], target_label="y")`.
    """
    for step in (*job.relabel, *job.metric_relabel):
        yield from _relabel(f"the scrape job {job.name!r}", step)


@check("prometheus/relabel", on=Prometheus)
def prometheus_relabel(server: Prometheus, _: Project) -> Iterator[Finding]:
    """A relabelling step of alerts has what its action needs, and no more.

    Bad: `Relabel(action="hashmod")`. Good: `Relabel(action="labeldrop", regex="replica")`.
    """
    for step in server.alert_relabel:
        yield from _relabel("Prometheus' relabelling of alerts", step)


def _relabel(what: str, step: Relabel) -> Iterator[Finding]:
    action = f"{what}: the relabelling action {step.action!r}"
    if step.regex and (wrong := texts.regex(step.regex)):
        yield Finding(f"{what}: {wrong}", "correct it; the syntax is that of RE2")
    if step.action in _WRITES and not step.target_label:
        yield Finding(f"{action} needs a target_label", "give `target_label`")
    if step.action == "hashmod" and step.modulus < 1:
        yield Finding(f"{action} needs a modulus", "give `modulus`, 1 or more")
    if step.target_label and not re.fullmatch(names.LABEL_PATTERN, step.target_label):
        if step.action != "replace" or "$" not in step.target_label:
            yield Finding(f"{what}: the target label {step.target_label!r} is not a name", _LABEL)
    for name in step.source_labels:
        if not re.fullmatch(names.LABEL_PATTERN, name):
            yield Finding(f"{what}: the source label {name!r} is not a name", _LABEL)
    if superfluous := [f"`{name}`" for name in _superfluous(step)]:
        yield Finding(
            f"{action} takes no {', '.join(superfluous)}", f"take {'it' if len(superfluous) == 1 else 'them'} away"
        )


def _superfluous(step: Relabel) -> Iterator[str]:
    """Yield the fields that Prometheus refuses beside the step's action."""
    given = {
        "source_labels": bool(step.source_labels),
        "target_label": bool(step.target_label),
        "regex": step.regex is not None,
        "separator": step.separator is not None,
        "modulus": bool(step.modulus),
        "replacement": step.replacement is not None,
    }
    refused: tuple[str, ...] = ()
    if step.action in _PICKS:
        refused = ("source_labels", "target_label", "separator", "modulus", "replacement")
    elif step.action in _COMPARES:
        refused = ("regex", "separator", "modulus", "replacement")
    elif step.action in _CHANGES_CASE:
        refused = ("replacement",)
    yield from (name for name in refused if given[name])
