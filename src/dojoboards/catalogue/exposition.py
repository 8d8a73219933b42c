"""From what an exporter tells at `/metrics` to a catalogue, and into one that is there already."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.model.catalogue import ANY, OPTIONAL, Catalogue, Metric, MetricType, Values

_TYPES: Mapping[str, MetricType] = {
    "counter": "counter",
    "gauge": "gauge",
    "histogram": "histogram",
    "summary": "summary",
    "info": "gauge",
    "stateset": "gauge",
}
_WHOLE = frozenset({"histogram", "summary"})
_OPEN_METRICS = re.compile(rb"# EOF\s*\Z")
_SAMPLE = re.compile(r'([^\s{#"][^\s{]*)[\s{]')
_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)")
_BUILD = re.compile(r"(\w+?)_?(?:exporter_)?(?:build_)?info")

Keeps = Callable[[str, str], bool]
"""Given a metric and a label: whether the values that were seen are all that there can be."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was read.

    Args:
        metrics: By name.
        build: The name and the version of the exporter, as its build information says; empty where it has none.
    """

    metrics: Mapping[str, Metric]
    build: tuple[str, str] = ("", "")


def recorded(body: bytes, source: Source, keeps: Keeps = lambda _metric, _label: False) -> Recorded:
    """Return the metrics in what an exporter told, as text or in the form of OpenMetrics.

    Args:
        body: What it told.
        source: From where, for messages.
        keeps: Which values of labels to keep.

    Raises:
        DojoboardsError: it is not what an exporter tells, or nothing is in it; the place is the first wrong line.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise _refused(f"it is no text in UTF-8 (at byte {error.start})", source) from None
    families = _families(text, source, openmetrics=_OPEN_METRICS.search(body) is not None)
    metrics = _by_name(_metrics(families, _names(text), keeps))
    if not metrics:
        raise _refused("there are no metrics in it", source)
    return Recorded(metrics, _build(families))


def together(first: Recorded, *others: Recorded) -> Recorded:
    """Return what several of one kind told; a label that is missing in one of them may be missing."""
    return Recorded(_by_name(metric for told in (first, *others) for metric in told.metrics.values()), first.build)


def _by_name(metrics: Iterable[Metric]) -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    for metric in metrics:
        known = found.get(metric.name)
        found[metric.name] = metric if known is None else _both(known, metric)
    return found


def _families(text: str, source: Source, *, openmetrics: bool) -> list[Any]:
    parse = _parser(openmetrics=openmetrics)
    try:
        return list(parse(text))
    except Exception as error:  # the parser raises what it happens to stumble over
        lines = text.splitlines()
        line = next((number for number, line in enumerate(lines, 1) if _wrong(line)), 0)
        said = f": {error}" if str(error) else ""
        shown = f"{lines[line - 1].strip()[:80]!r} is no sample of a metric" if line else f"it cannot be read{said}"
        raise _refused(shown, Source(source.file, line)) from None


def _parser(*, openmetrics: bool) -> Callable[[str], Iterable[Any]]:
    if openmetrics:
        from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
    else:
        from prometheus_client.parser import text_string_to_metric_families as read
    return read


def _wrong(line: str) -> bool:
    if not line.strip() or line.startswith("#"):
        return False
    try:
        return not list(_parser(openmetrics=False)(line.partition(" # ")[0] + "\n"))
    except Exception:
        return True


def _refused(message: str, source: Source) -> DojoboardsError:
    remedy = "give the address of a /metrics page, or a file with what one told"
    return DojoboardsError([Problem(message, source, remedy, Exit.UNREADABLE)])


def _names(text: str) -> frozenset[str]:
    """Return the names of all samples, as they stand there: the parser adds `_total` to counters without it."""
    return frozenset(found[1] for line in text.splitlines() if (found := _SAMPLE.match(line)))


def _metrics(families: Iterable[Any], names: Collection[str], keeps: Keeps) -> Iterator[Metric]:
    for family in families:
        kind = _TYPES.get(family.type, "unknown")
        samples: dict[str, list[Mapping[str, str]]] = {}
        types: dict[str, MetricType] = {}
        for sample in family.samples:
            name = sample.name
            if name not in names and name.endswith("_total"):
                name = name.removesuffix("_total")
            whole = kind in _WHOLE and not name.endswith("_created")
            told = family.name if whole else name
            types[told] = "gauge" if name.endswith("_created") and kind != "gauge" else kind
            labels = {key: text for key, text in sample.labels.items() if not (whole and key == "le")}
            samples.setdefault(told, []).append(labels)
        for name, found in samples.items():
            if kind == "summary":  # its sum and count have no quantile, and this says nothing
                found = [labels for labels in found if "quantile" in labels] or found  # noqa: PLW2901
            labels = {
                label: _values(name, label, found, keeps) for label in sorted({key for each in found for key in each})
            }
            yield Metric(name, types[name], labels, help=_sentence(family.documentation))


def _sentence(text: str) -> str:
    """Return the first sentence of what an exporter says of a metric: the rest is about its source."""
    return re.split(r"(?<=[a-z)]\.) (?=[A-Z])", " ".join(text.split()), maxsplit=1)[0]


def _values(metric: str, label: str, found: Sequence[Mapping[str, str]], keeps: Keeps) -> Values:
    values = frozenset(labels.get(label, "") for labels in found)
    if label != "quantile" and keeps(metric, label):
        return Values(values)
    return OPTIONAL if "" in values else ANY


def _both(first: Metric, second: Metric) -> Metric:
    """Return one metric of two that were told under one name."""
    labels = {
        label: first.labels[label].joined(second.labels[label])
        if label in first.labels and label in second.labels
        else OPTIONAL
        for label in sorted({*first.labels, *second.labels})
    }
    return replace(first, labels=labels, help=first.help or second.help)


def _build(families: Iterable[Any]) -> tuple[str, str]:
    """Return who an exporter says it is: `node_exporter_build_info{version="1.9.0"}`."""
    for family in families:
        for sample in family.samples:
            name = _BUILD.fullmatch(sample.name)
            told = "exporter" in sample.name or sample.name.endswith("_build_info")
            if name and told and sample.name != "go_build_info" and "version" in sample.labels:
                version = _VERSION.match(sample.labels["version"])
                return name[1].removesuffix("exporter").replace("_", "-"), version[1] if version else ""
    return "", ""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A catalogue that was made, or brought up to date.

    Args:
        catalogue: As it is now.
        new: The metrics that it did not have.
        gone: Those that it has, and that were not told this time.
    """

    catalogue: Catalogue
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def refreshed(before: Catalogue, told: Recorded, *, prune: bool = False) -> Refreshed:
    """Return *before* with what was recorded. What people wrote into it stays: units, meanings, values of labels.

    Args:
        before: The catalogue; an empty one to begin with.
        told: What was recorded.
        prune: Whether metrics that were not told are taken out; an exporter tells many only when there is a reason.
    """
    gone = tuple(sorted(before.metrics.keys() - told.metrics.keys()))
    metrics = {name: metric for name, metric in before.metrics.items() if not (prune and name in gone)}
    for name, metric in told.metrics.items():
        metrics[name] = _kept(before.metrics[name], metric) if name in before.metrics else metric
    version = told.build[1] or before.version
    new = tuple(sorted(told.metrics.keys() - before.metrics.keys()))
    return Refreshed(replace(before, version=version, metrics=metrics), new, gone)


def _kept(before: Metric, now: Metric) -> Metric:
    labels = {name: _widened(before.labels.get(name), values) for name, values in now.labels.items()}
    labels |= dict.fromkeys(before.labels.keys() - now.labels.keys(), OPTIONAL)
    kind = before.type if now.type == "unknown" else now.type
    return replace(before, type=kind, labels=dict(sorted(labels.items())), help=before.help or now.help)


def _widened(before: Values | None, now: Values) -> Values:
    """Return the values that were written down; with those that were seen, where these are told as all there are."""
    if before is None:
        return now
    return before if now.known is None or before.known is None else before.joined(now)
