"""Checks of Prometheus' settings and of scrape jobs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dojoboards import names
from dojoboards.lint import texts
from dojoboards.lint.registry import Finding, check
from dojoboards.model import Discovery, Project, Prometheus, Relabel, ScrapeJob, StaticTargets

_DURATION = "give whole numbers with units in falling order, such as 15s or 1m"
_TARGET = r"[^\s/]+(:[0-9]{1,5})?"
_WRITES = frozenset({"replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"})


@check("job/unique", on=Project)
def job_unique(project: Project, _: Project) -> Iterator[Finding]:
    """A scrape job's name is unique in the project.

    Prometheus refuses a configuration that has one job twice. Bad: `node` in two modules. Good: `node` and `node-edge`.
    """
    seen: dict[str, ScrapeJob] = {}
    for job in project.scrape_jobs:
        first = seen.setdefault(job.name, job)
        if first is not job:
            message = f"the scrape job {job.name!r} is declared twice"
            yield Finding(message, f"rename one; the first is at {first.source}", job.source)


@check("job/targets", on=ScrapeJob)
def job_targets(job: ScrapeJob, _: Project) -> Iterator[Finding]:
    """A scrape job has something to scrape, by host and port; the path and the scheme have fields of their own.

    Bad: `targets=["http://app:5000/metrics"]`. Good: `targets=["app:5000"]`.
    """
    extra = any(key.endswith(("_sd_configs", "static_configs")) for key in job.extra)
    if not (job.targets or job.discovery or extra):
        yield Finding(f"the scrape job {job.name!r} finds no targets", "give `targets` or `discovery`")
    if job.labels and not job.targets:
        message = f"`labels` of the scrape job {job.name!r} belong to `targets`, which are missing"
        yield Finding(message, "give the labels to a StaticTargets, or by relabelling")
    yield from _targets(f"the scrape job {job.name!r}", [StaticTargets(targets=job.targets), *job.discovery])
    for name in job.labels:
        if not re.fullmatch(names.LABEL_PATTERN, name):
            yield Finding(f"the scrape job {job.name!r} sets the label {name!r}, which is not a name", "rename it")


def _targets(what: str, ways: Sequence[Discovery]) -> Iterator[Finding]:
    for way in ways:
        if isinstance(way, StaticTargets):
            for target in way.targets:
                if not re.fullmatch(_TARGET, target):
                    remedy = "give host:port; `scheme` and the path have fields of their own"
                    yield Finding(f"{what} has the target {target!r}", remedy)
        elif wrong := texts.duration(getattr(way, "refresh_interval", "")):
            yield Finding(f"`refresh_interval` in {what}: {wrong}", _DURATION)


@check("job/durations", on=ScrapeJob)
def job_durations(job: ScrapeJob, project: Project) -> Iterator[Finding]:
    """A scrape's interval and timeout are durations, and the timeout is not above the interval.

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
    if wrong := texts.duration(server.evaluation_interval):
        yield Finding(f"`evaluation_interval` of Prometheus: {wrong}", _DURATION)
    yield from _targets("Prometheus' list of Alertmanagers", server.alertmanagers)
    for name in server.external_labels:
        if not re.fullmatch(names.LABEL_PATTERN, name):
            yield Finding(f"the external label {name!r} is not a name", "use letters, digits and underscores")


def _durations(what: str, interval: str, timeout: str, effective: str) -> Iterator[Finding]:
    wrong = False
    for key, text in (("scrape_interval", interval), ("scrape_timeout", timeout)):
        if problem := texts.duration(text):
            wrong = True
            yield Finding(f"`{key}` of {what}: {problem}", _DURATION)
    if not wrong and timeout and not texts.duration(effective) and effective:
        if names.milliseconds(timeout) > names.milliseconds(effective):
            message = f"the scrape timeout of {what} ({timeout}) is above its interval ({effective})"
            yield Finding(message, f"give a timeout of at most {effective}")


@check("job/authentication", on=ScrapeJob)
def job_authentication(job: ScrapeJob, _: Project) -> Iterator[Finding]:
    """A scrape job has one way to authenticate.

    Prometheus refuses both at once. Bad: `authorization` and `basic_auth`. Good: one of the two.
    """
    if job.authorization and job.basic_auth:
        yield Finding(f"the scrape job {job.name!r} has `authorization` and `basic_auth`", "take one of the two away")


@check("job/relabel", on=ScrapeJob)
def job_relabel(job: ScrapeJob, _: Project) -> Iterator[Finding]:
    """A relabelling step has what its action needs, and a regular expression that Prometheus can read.

    Bad: `Relabel(source_labels=["x"], regex="(a")`. Good: `Relabel(source_labels=["x"], target_label="y")`.
    """
    for step in (*job.relabel, *job.metric_relabel):
        yield from _relabel(f"the scrape job {job.name!r}", step)


@check("prometheus/relabel", on=Prometheus)
def prometheus_relabel(server: Prometheus, _: Project) -> Iterator[Finding]:
    """A relabelling step of alerts has what its action needs.

    Bad: `Relabel(action="hashmod")`. Good: `Relabel(action="labeldrop", regex="replica")`.
    """
    for step in server.alert_relabel:
        yield from _relabel("Prometheus' relabelling of alerts", step)


def _relabel(what: str, step: Relabel) -> Iterator[Finding]:
    if step.regex and (wrong := texts.regex(step.regex)):
        yield Finding(f"{what}: {wrong}", "correct it; the syntax is that of RE2")
    if step.action in _WRITES and not step.target_label:
        yield Finding(f"{what}: the relabelling action {step.action!r} needs a target_label", "give `target_label`")
    if step.action == "hashmod" and step.modulus < 1:
        yield Finding(f"{what}: the relabelling action 'hashmod' needs a modulus", "give `modulus`, 1 or more")
    if step.action in {"labeldrop", "labelkeep"} and (step.source_labels or step.target_label):
        message = f"{what}: the relabelling action {step.action!r} takes a regex only"
        yield Finding(message, "take source_labels and target_label away")
    for name in step.source_labels:
        if not re.fullmatch(names.LABEL_PATTERN, name):
            yield Finding(f"{what}: the source label {name!r} is not a name", "use letters, digits and underscores")


@check("job/path", on=ScrapeJob)
def job_path(job: ScrapeJob, _: Project) -> Iterator[Finding]:
    """A scrape job's name is not empty, and its limit is not negative.

    Bad: `sample_limit=-1`. Good: `sample_limit=0` for no limit.
    """
    if job.sample_limit < 0:
        yield Finding(f"`sample_limit` of the scrape job {job.name!r} is {job.sample_limit}", "give 0 for no limit")
