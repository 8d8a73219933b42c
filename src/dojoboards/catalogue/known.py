"""What is known of the series of a project: those of its scrape jobs, of its rules, and of Prometheus itself."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from dojoboards import names, promql
from dojoboards.catalogue.exposed import (
    TARGET_METRICS,
    Exposed,
    Job,
    any_job,
    job_of,
    names_of,
    series_of,
    with_external,
)
from dojoboards.catalogue.index import Index
from dojoboards.catalogue.relabel import LabelSet
from dojoboards.catalogue.shipped import shipped
from dojoboards.expressions import (
    UNKNOWN,
    Expression,
    Kind,
    Labels,
    Matcher,
    Result,
    Results,
    Selector,
    Series,
    measure,
    results,
    selected,
    variable,
)
from dojoboards.model import Alert, Project, RecordingRule, Relabel
from dojoboards.model.catalogue import ABSENT, ANY, OPTIONAL, Metric, Values, one

Reason = Literal["metric", "dropped", "job", "label", "value"]


@dataclass(frozen=True, slots=True)
class Miss:
    """Why a selector, or one of its matchers, surely finds nothing.

    Args:
        reason: `metric`: nothing exposes or records it. `dropped`: a job's relabelling drops it. `job`: other jobs
            expose it. `label`: it has no such label. `value`: the label never has such a value.
        name: The metric.
        matcher: The matcher that finds nothing, but for `metric` and `dropped`.
        jobs: The jobs that expose it, or drop it.
        known: What would be found: the labels that it has, the values that the label can have.
        near: A name, a label or a value that is like the one that was asked for.
        step: The relabelling that drops it.
        selects: Whether series are selected even so, as by `x!="y"` where there is no label `x`.
    """

    reason: Reason
    name: str
    matcher: Matcher | None = None
    jobs: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    near: str = ""
    step: Relabel | None = None
    selects: bool = False


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of the series of a project. Everything is three-valued: what cannot be known is not told as wrong.

    Args:
        jobs: The scrape jobs by name; one with an empty name where none are declared.
        rules: The rules of all groups.
        external: Labels that series get on their way to a remote store, where that is what is asked.
    """

    jobs: Mapping[str, Job]
    rules: Sequence[Alert | RecordingRule] = ()
    external: Mapping[str, str] = field(default_factory=dict)
    _exposures: dict[str, tuple[Exposed, ...]] = field(default_factory=dict)
    _indexes: dict[str, Index[Exposed]] = field(default_factory=dict)
    _listed: dict[str, bool] = field(default_factory=dict)
    _series: dict[tuple[str, tuple[Matcher, ...]], Series] = field(default_factory=dict)
    _misses: dict[tuple[str, tuple[Matcher, ...]], tuple[Miss, ...]] = field(default_factory=dict)
    _working: set[str] = field(default_factory=set)

    def exposures(self, name: str) -> tuple[Exposed, ...]:
        """Return everything that can be selected by this name: a part for each job, and for each rule that records."""
        if name not in self._exposures:
            if name in self._working:  # a rule that records what it reads
                return (Exposed(name, None, LabelSet(rest=()), UNKNOWN, certain=False),)
            self._working.add(name)
            made = list(self._made(name))
            scraped = (exposed for job in self.jobs.values() if (exposed := job.exposed(name)))
            found = made + [exposed for exposed in scraped if not made or exposed.metric]
            self._working.discard(name)
            if self.external:
                found = [_elsewhere(exposed, self.external) for exposed in found]
            self._exposures[name] = tuple(found)
        return self._exposures[name]

    def _index(self, name: str) -> Index[Exposed]:
        if name not in self._indexes:
            found = self.exposures(name)
            if name in self._working:
                return Index(found)
            self._indexes[name] = Index(found)
        return self._indexes[name]

    def metric(self, name: str, job: str = "") -> Metric | None:
        """Return what is known of a metric, or of a series of a histogram; None where nothing is.

        Args:
            name: As it is selected.
            job: Only what this job exposes; empty for all, with what rules record.
        """
        parts = (exposed for exposed in self.exposures(name) if not job or exposed.job == job)
        return next((exposed.metric for exposed in parts if exposed.metric), None)

    def listed(self, name: str) -> bool:
        """Return whether a metric that may be there is one that a catalogue lists, or that a rule records."""
        if name not in self._listed:
            found = self.exposures(name)
            self._listed[name] = not found or any(exposed.metric for exposed in found)
        return self._listed[name]

    def exists(self, name: str) -> bool | None:
        """Return whether there are series of this name; None where that cannot be known."""
        found = self.exposures(name)
        if any(exposed.metric is not None and exposed.certain for exposed in found):
            return True
        return None if found else False

    def after_relabelling(self, job: str) -> Mapping[str, Exposed]:
        """Return what is left of the metrics that a job's catalogues list, by name."""
        return self.jobs[job].after_relabelling

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that is known to be there."""
        made = [*self.recorded, "ALERTS", "ALERTS_FOR_STATE", *TARGET_METRICS]
        return frozenset(made).union(*(job.after_relabelling for job in self.jobs.values()))

    @cached_property
    def recorded(self) -> Mapping[str, tuple[RecordingRule, ...]]:
        """The recording rules by the name that they record."""
        found: dict[str, list[RecordingRule]] = {}
        for rule in self.rules:
            if isinstance(rule, RecordingRule):
                found.setdefault(rule.record, []).append(rule)
        return {name: tuple(rules) for name, rules in found.items()}

    def results(self, expression: Expression) -> Results:
        """Return what each part of an expression gives."""
        return results(expression, self.series)

    def series(self, selector: Selector) -> Series:
        """Return what is known of the series that a selector finds, for `expressions.results`."""
        key = selector.name, selector.matchers
        known = self._series.get(key)
        if known is None:
            found = [exposed.series for exposed in self.matching(selector)]
            known = self._series[key] = selected(selector, _joined(found) if found else UNKNOWN)
        return known

    def matching(self, selector: Selector) -> tuple[Exposed, ...]:
        """Return what a selector may find: the series of each job, with their labels, and those of rules."""
        return tuple(
            exposed
            for name in selector.names or ()
            for exposed in self._index(name).perhaps(selector.matchers)
            if all(_possible(matcher, exposed.labels) is not False for matcher in selector.matchers)
        )

    def misses(self, selector: Selector) -> tuple[Miss, ...]:
        """Return why a selector, or a part of it, surely finds nothing; nothing where it finds, or may find, series."""
        key = selector.name, selector.matchers
        known = self._misses.get(key)
        if known is None:
            named = selector.names or ()
            known = self._misses[key] = tuple(miss for name in named for miss in self._missed(name, selector))
        return known

    def _missed(self, name: str, selector: Selector) -> Iterator[Miss]:
        every = self._index(name)
        left = every.all
        if not left:
            yield self._not_there(name)
            return
        # The job comes first: what a label can have is a question of the job.
        for matcher in sorted(selector.matchers, key=lambda matcher: matcher.name != "job"):
            if matcher.name == "__name__" or variable(matcher.name):
                continue
            likely = every.perhaps([matcher]) if left is every.all else left
            kept = [exposed for exposed in likely if _possible(matcher, exposed.labels) is not False]
            if all(exposed.labels.get(matcher.name).absent for exposed in left) and matcher.value:
                yield _no_label(name, matcher, left, selects=bool(kept))
            elif not kept:
                yield self._nothing_left(name, matcher, left)
            if not kept:
                return
            left = kept

    def _not_there(self, name: str) -> Miss:
        dropping = {job.name: step for job in self.jobs.values() if (step := job.dropped(name))}
        if dropping:
            return Miss("dropped", name, jobs=tuple(dropping), step=next(iter(dropping.values())))
        return Miss("metric", name, near=names.nearest(name, self.names))

    def _nothing_left(self, name: str, matcher: Matcher, left: Sequence[Exposed]) -> Miss:
        jobs = tuple(sorted({exposed.job for exposed in left if exposed.job}))
        known: set[str] = set().union(*(exposed.labels.get(matcher.name).known or () for exposed in left)) - {""}
        near = names.nearest(matcher.value, known)
        reason: Reason = "job" if matcher.name == "job" and jobs else "value"
        return Miss(reason, name, matcher, jobs, tuple(sorted(known)), near)

    # What Prometheus makes of rules

    def _made(self, name: str) -> Iterator[Exposed]:
        for rule in self.recorded.get(name, ()):
            yield self._recorded(rule)
        if name in ("ALERTS", "ALERTS_FOR_STATE"):
            yield self._alerts(name)

    def _recorded(self, rule: RecordingRule) -> Exposed:
        given = self._given(rule.expr)
        labels = label_set(given.labels, rule.labels)
        kind: Kind = given.series.kind
        told = Metric(rule.record, kind if kind != "unknown" else "unknown", labels.labels, help=rule.expr)
        return Exposed(rule.record, told, labels, given.series._replace(labels=names_of(labels)))

    def _given(self, expr: str) -> Result:
        expression = promql.parse(expr, variables=False)
        return Result("vector", UNKNOWN) if expression is None else self.results(expression)[expression.root]

    def _alerts(self, name: str) -> Exposed:
        """Return the series that Prometheus makes of alerts that are pending or firing."""
        unit = "bool" if name == "ALERTS" else "timestamp"
        state = {"alertstate": Values(frozenset({"pending", "firing"}))} if name == "ALERTS" else {}
        alike: dict[tuple[Labels, frozenset[tuple[str, str]]], list[str]] = {}
        for alert in self.rules:
            if isinstance(alert, Alert):
                own = {"severity": alert.severity, "team": alert.team, **alert.labels}
                told = frozenset((key, text) for key, text in own.items() if text)
                alike.setdefault((self._given(alert.expr).labels, told), []).append(alert.name)
        whole: LabelSet | None = None
        for (given, told), called in alike.items():
            labels = label_set(given, dict(told)).having("alertname", Values(frozenset(called)))
            whole = labels if whole is None else whole.joined(labels)
        whole = whole or LabelSet(rest=())
        whole = LabelSet({**whole.labels, **state}, whole.rest)
        metric = Metric(name, "gauge", whole.labels, unit)
        return Exposed(name, metric, whole, series_of(metric, whole))


def label_set(labels: Labels, own: Mapping[str, str]) -> LabelSet:
    """Return labels as a set, with those that a rule sets; a template may give anything, or nothing."""
    known = dict.fromkeys(labels.possible or (), OPTIONAL) | dict.fromkeys(labels.certain, ANY)
    known |= dict.fromkeys(labels.never, ABSENT)
    known |= {name: OPTIONAL if "{{" in text else one(text) for name, text in own.items()}
    return LabelSet(known, () if labels.possible is None else None)


def _possible(matcher: Matcher, labels: LabelSet) -> bool | None:
    """Return whether a matcher accepts what its label can have; None where it may."""
    if matcher.name == "__name__" or variable(matcher.name):
        return None
    values = labels.get(matcher.name)
    if values.known is None:
        if matcher.operator == "=" and not matcher.value:
            return None if values.optional else False
        return None
    accepted = {matcher.accepts(value) for value in values.known}
    return True if True in accepted else None if None in accepted else False


def _no_label(name: str, matcher: Matcher, left: Sequence[Exposed], *, selects: bool) -> Miss:
    jobs = tuple(sorted({exposed.job for exposed in left if exposed.job}))
    every = {label for exposed in left for label, values in exposed.labels.labels.items() if not values.absent}
    near = names.nearest(matcher.name, every)
    return Miss("label", name, matcher, jobs, tuple(sorted(every)), near, selects=selects)


def _joined(found: Sequence[Series]) -> Series:
    """Return what is known of series that are of one or another of these."""
    first, *others = found
    if not others:
        return first
    labels = first.labels
    for other in others:
        labels = labels.joined(other.labels)
    kinds, buckets = {each.kind for each in found}, {each.buckets for each in found}
    return Series(
        labels,
        first.kind if len(kinds) == 1 else "unknown",
        measure.common(each.measure for each in found),
        first.buckets if len(buckets) == 1 else None,
        measure.common(each.bound for each in found),
    )


def _elsewhere(exposed: Exposed, external: Mapping[str, str]) -> Exposed:
    labels = with_external(exposed.labels, external)
    return replace(exposed, labels=labels, series=exposed.series._replace(labels=names_of(labels)))


def for_project(project: Project, *, remote: bool = False) -> Known:
    """Return what is known of the series of *project*; asked again for the same one, the same answer.

    Args:
        project: It, with its own catalogues.
        remote: Whether series are asked of a store that several servers write to, as dashboards may: then they can
            have the external labels too.
    """
    cached = _last.get(remote)
    if cached is None or cached[0]() is not project:
        cached = weakref.ref(project), _known(project, remote=remote)
        _last[remote] = cached
    return cached[1]


_last: dict[bool, tuple[weakref.ref[Project], Known]] = {}


def _known(project: Project, *, remote: bool) -> Known:
    catalogues = (*project.catalogues, *shipped())
    jobs = {job.name: job_of(job, catalogues) for job in project.scrape_jobs}
    others = "scrape_jobs" in project.partial
    if others or not jobs:
        jobs[""] = any_job(catalogues, anything=others)
    rules = tuple(rule for group in project.rule_groups for rule in group.rules)
    external = project.prometheus.external_labels if remote and project.prometheus else {}
    return Known(jobs, rules, external)
