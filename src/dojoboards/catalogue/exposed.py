"""What one scrape job exposes: the metrics of its catalogues, with its targets' labels, after its relabelling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from dojoboards.catalogue.jobs import Applies, applies, metric_steps, target_labels
from dojoboards.catalogue.relabel import LabelSet, Outcome, relabelled
from dojoboards.expressions import Labels, Series, regexes
from dojoboards.model import Relabel, ScrapeJob
from dojoboards.model.catalogue import OPTIONAL, Catalogue, Metric, Values, one

TARGET_METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("up", "gauge", unit="bool", help="Whether the target answered."),
        Metric("scrape_duration_seconds", "gauge", help="How long the scrape took."),
        Metric("scrape_samples_scraped", "gauge", unit="count", help="How many samples the target told."),
        Metric(
            "scrape_samples_post_metric_relabeling", "gauge", unit="count", help="How many samples relabelling left."
        ),
        Metric("scrape_series_added", "gauge", unit="count", help="About how many series of a scrape were new."),
        # These need the feature extra-scrape-metrics.
        Metric("scrape_timeout_seconds", "gauge", help="The job's timeout."),
        Metric("scrape_sample_limit", "gauge", unit="count", help="The job's limit; 0 for none."),
        Metric("scrape_body_size_bytes", "gauge", help="The size of what the target told."),
    )
}
"""What Prometheus tells of each target itself; relabelling of metrics does not touch it."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """Series of one name, as they can be selected.

    Args:
        name: Theirs, after relabelling.
        metric: What is known of them; None where it is only known that there may be such a metric.
        labels: Their labels, those of the target included.
        series: The same for `expressions.results`.
        job: The scrape job that they come from; empty for what Prometheus or its rules make.
        certain: Whether relabelling surely keeps them.
    """

    name: str
    metric: Metric | None
    labels: LabelSet
    series: Series
    job: str = ""
    certain: bool = True


@dataclass(frozen=True, eq=False)
class Job:
    """A scrape job, and what is known of its series.

    Args:
        name: Its name; empty for everything that may be scraped where no jobs are declared.
        applies: The catalogues that say what it exposes.
        target: The labels that its targets give.
        steps: What it does to series after a scrape.
        honor_labels: Whether a metric's label is kept where the target has one of that name.
        catalogues: All that are known, for names that only one exporter uses.
        anything: Whether it may expose what no catalogue has, whatever its name.
    """

    name: str
    applies: Applies
    target: LabelSet
    steps: Sequence[Relabel] = ()
    honor_labels: bool = False
    catalogues: Sequence[Catalogue] = ()
    anything: bool = False
    _found: dict[str, Exposed | None] = field(default_factory=dict)

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """The series that the catalogues list, by name, as they are scraped."""
        found: dict[str, Metric] = {}
        for catalogue in self.applies.catalogues:
            for metric in catalogue.metrics.values():
                for series in metric.series():
                    found.setdefault(series.name, series)
        return found

    @cached_property
    def after_relabelling(self) -> Mapping[str, Exposed]:
        """What is left of `metrics`, by the names that they have then."""
        found: dict[str, Exposed] = {}
        for metric in self.metrics.values():
            for exposed in self._exposed(metric):
                found.setdefault(exposed.name, exposed)
        return found

    @cached_property
    def _renames(self) -> bool:
        return any(
            step.target_label == "__name__" or "$" in step.target_label or step.action.lower() == "labelmap"
            for step in self.steps
        )

    def exposed(self, name: str) -> Exposed | None:
        """Return what the job exposes by this name; None where it is not listed, or dropped.

        A metric that is not listed and that the job may have all the same is told without a `metric`.
        """
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def _find(self, name: str) -> Exposed | None:
        if name in TARGET_METRICS:
            return _exposed(name, TARGET_METRICS[name], self.target, self.name)
        if self._renames:
            listed = self.after_relabelling.get(name)
        else:
            listed = next(self._exposed(self.metrics[name]), None) if name in self.metrics else None
        if listed is not None or (name in self.metrics and not self._renames):
            return listed
        return self._perhaps(name)

    def dropped(self, name: str) -> Relabel | None:
        """Return the step that drops a metric that is listed; None where it is kept, or not listed."""
        metric = self.metrics.get(name)
        return None if metric is None else self._relabelled(metric.labels, name).step

    def _exposed(self, metric: Metric) -> Iterator[Exposed]:
        labels, certain, _ = self._relabelled(metric.labels, metric.name)
        if labels is None:
            return
        for name in labels.get("__name__").known or ():
            if name:
                own = certain and len(labels.get("__name__").known or ()) == 1
                yield _exposed(name, metric, _own(labels), self.name, certain=own)

    def _perhaps(self, name: str) -> Exposed | None:
        if not self._may_have(name):
            return None
        meant = None if self.anything else self._listed_elsewhere(name)
        labels, _, _ = self._relabelled(meant.labels if meant else {}, name, rest=meant is None)
        if labels is None:
            return None
        labels = _own(labels)
        return Exposed(name, None, labels, series_of(meant, labels), self.name, certain=False)

    def _listed_elsewhere(self, name: str) -> Metric | None:
        """Return what a name means that is one exporter's own, so that any job that has it has the same."""
        found = [metric for each in self._owners(name) if (metric := _series(each).get(name)) is not None]
        same = found and all((each.type, each.labels) == (found[0].type, found[0].labels) for each in found)
        return found[0] if same else None

    def _owners(self, name: str) -> Sequence[Catalogue]:
        return [each for each in self.catalogues if any(name.startswith(f"{first}_") for first in each.namespaces)]

    def _may_have(self, name: str) -> bool:
        """Return whether the job may expose a metric that none of its catalogues lists."""
        if ":" in name:
            return False  # only rules make such names
        if self.anything:
            return True
        if any(_matches(pattern, name) for each in self.applies.catalogues for pattern in each.also):
            return True
        if self.applies.complete:
            return False
        owners = self._owners(name)
        if self.applies.sure or not owners:
            return not owners
        return any(name in _series(each) or any(_matches(pattern, name) for pattern in each.also) for each in owners)

    def _relabelled(self, own: Mapping[str, Values], name: str, *, rest: bool = False) -> Outcome:
        labels = {**self.target.labels, "__name__": one(name)}
        for label, values in own.items():
            if label == "*":
                rest = True
                continue
            there = self.target.labels.get(label)
            if there is None or there.absent:
                labels[label] = values
            elif not self.honor_labels:
                labels[f"exported_{label}"] = values
            else:
                labels[label] = values if values.certain else values.joined(there)
        whole = LabelSet(labels, () if rest else self.target.rest)
        return relabelled(whole, self.steps) if self.steps else Outcome(whole)


def _matches(pattern: str, name: str) -> bool:
    compiled = regexes.anchored(pattern)
    return compiled is not None and compiled.fullmatch(name) is not None


def _series(catalogue: Catalogue) -> Mapping[str, Metric]:
    key = id(catalogue)
    if key not in _SERIES:
        found = {series.name: series for metric in catalogue.metrics.values() for series in metric.series()}
        _SERIES[key] = (catalogue, found)
    return _SERIES[key][1]


_SERIES: dict[int, tuple[Catalogue, Mapping[str, Metric]]] = {}


def _own(labels: LabelSet) -> LabelSet:
    """Return labels without those that Prometheus takes away after relabelling."""
    return LabelSet({name: values for name, values in labels.labels.items() if name[:2] != "__"}, labels.rest)


def _exposed(name: str, metric: Metric | None, labels: LabelSet, job: str, *, certain: bool = True) -> Exposed:
    return Exposed(name, metric, labels, series_of(metric, labels), job, certain)


def series_of(metric: Metric | None, labels: LabelSet) -> Series:
    """Return what is known of series for the analysis of expressions."""
    if metric is None:
        return Series(names_of(labels))
    buckets = metric.part == "bucket"
    bound = metric.whole if buckets else None
    return Series(names_of(labels), metric.kind, metric.measure, buckets, bound)


def names_of(labels: LabelSet) -> Labels:
    """Return which labels are there, without their values."""
    certain = frozenset(name for name, values in labels.labels.items() if values.certain)
    absent = frozenset(name for name, values in labels.labels.items() if values.absent)
    if labels.rest is not None:
        return Labels(certain, None, absent)
    return Labels(certain, frozenset(labels.labels) - absent)


def job_of(job: ScrapeJob, known: Sequence[Catalogue]) -> Job:
    """Return a declared scrape job with what *known* catalogues say of it."""
    return Job(job.name, applies(job, known), target_labels(job), metric_steps(job), job.honor_labels, known)


def any_job(known: Sequence[Catalogue], *, anything: bool = False) -> Job:
    """Return what may be scraped where no jobs are declared: everything that is known, and more.

    Args:
        known: The catalogues.
        anything: Whether also what is named as only one exporter's metrics are, and is not in its catalogue.
    """
    applies = Applies(tuple(known), "no scrape job is declared")
    return Job("", applies, LabelSet({}, rest=()), catalogues=known, anything=anything)


def with_external(labels: LabelSet, external: Mapping[str, str]) -> LabelSet:
    """Return labels as a remote store has them: with the external labels of the server that scraped them."""
    more = {name: one(value) for name, value in external.items() if name not in labels.labels}
    return LabelSet({**labels.labels, **dict.fromkeys(more, OPTIONAL)}, labels.rest) if more else labels
