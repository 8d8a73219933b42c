"""What an exporter exposes: metrics with their type, unit, labels and the values that these can have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from dojoboards.errors import Source

if TYPE_CHECKING:
    from dojoboards.expressions import Kind, Measure

MetricType = Literal["counter", "gauge", "histogram", "summary", "unknown"]
Part = Literal["", "bucket", "sum", "count"]


class Values(NamedTuple):
    """What a label can have as its value.

    Args:
        known: All of them, where they are known; an empty one says that the label can be missing.
        optional: Where they are not known: whether the label can be missing.
    """

    known: frozenset[str] | None
    optional: bool = False

    @property
    def certain(self) -> bool:
        """Whether the label is surely there."""
        return not self.optional if self.known is None else "" not in self.known

    @property
    def absent(self) -> bool:
        """Whether the label is surely not there."""
        return self.known == _MISSING

    def joined(self, other: Values) -> Values:
        """Return what a label can have that is of one or of the other."""
        if self.known is None or other.known is None:
            return Values(None, not (self.certain and other.certain))
        return Values(self.known | other.known)


_MISSING = frozenset({""})

ANY = Values(None)
"""The label is there, with some value."""
OPTIONAL = Values(None, optional=True)
"""The label may be there."""
ABSENT = Values(_MISSING)
"""The label is not there."""


def one(value: str) -> Values:
    """Return what a label has whose value is *value*."""
    return Values(frozenset({value}))


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as an exporter exposes it, or one of the series that a histogram or a summary has.

    Args:
        name: As it is selected: with `_total` where it has that, and without `_bucket` for a whole histogram.
        type: As it is exposed; `unknown` where the exporter does not say.
        labels: Its labels, and what they can have; `le` is understood. One named `*` says that there may be others.
        unit: What it measures where its name does not say: a unit of Grafana, `count` or `timestamp`.
        help: What it means, as the exporter tells it.
        part: Of a histogram or a summary: which of its series this is.
    """

    name: str
    type: MetricType = "unknown"
    labels: Mapping[str, Values] = field(default_factory=dict)
    unit: str = ""
    help: str = ""
    part: Part = ""

    def series(self) -> Iterator[Metric]:
        """Yield what can be selected of it: of a histogram its buckets, sum and count, else itself."""
        if self.type not in ("histogram", "summary"):
            yield self
            return
        plain = {name: values for name, values in self.labels.items() if name != "quantile"}
        parts: Sequence[Part] = ("sum", "count")
        if self.type == "histogram":
            parts = ("bucket", "sum", "count")
        elif "quantile" in self.labels:
            yield self
        for part in parts:
            labels = {**plain, "le": ANY} if part == "bucket" else plain
            yield replace(self, name=f"{self.name}_{part}", labels=labels, part=part)

    @property
    def family(self) -> str:
        """The name of the whole, of which this may be a part."""
        return self.name.removesuffix(f"_{self.part}") if self.part else self.name

    @property
    def kind(self) -> Kind:
        """Whether it only grows until it starts anew."""
        if self.part or self.type == "counter":
            return "counter"
        return "unknown" if self.type in ("unknown", "histogram") else "gauge"

    @property
    def measure(self) -> Measure | None:
        """What its numbers measure; None where neither its unit nor its name says."""
        from dojoboards.expressions import measure

        return measure.COUNT if self.part in ("bucket", "count") else self.whole

    @property
    def whole(self) -> Measure | None:
        """What the whole measures, of which this may be a part: for buckets, what `le` does."""
        from dojoboards.expressions import measure

        if self.unit:
            return measure.of_unit(self.unit)
        return measure.of_name(self.family, counts=self.type == "counter")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What an exporter exposes.

    Args:
        name: Of the exporter, such as `node`.
        version: Of the exporter; empty where it has none.
        about: What it is, in a sentence.
        metrics: Its metrics by name.
        ports: The ports that it usually listens on.
        jobs: Regular expressions, anchored at both ends, for the names of scrape jobs that are for it.
        namespaces: The first words of its metrics' names, that nothing else uses: `node` for `node_load1`.
        includes: Names of catalogues whose metrics it exposes too, such as those of its client library.
        open: Why it may expose metrics of any other name; empty where it does not.
        also: Regular expressions for the names of metrics that it may expose besides, with the reason: what depends on
            the machine or on settings.
        source: Its file.
    """

    name: str
    version: str = ""
    about: str = ""
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    ports: Sequence[int] = ()
    jobs: Sequence[str] = ()
    namespaces: Sequence[str] = ()
    includes: Sequence[str] = ()
    open: str = ""
    also: Mapping[str, str] = field(default_factory=dict)
    source: Source | None = field(default=None, compare=False)

    @property
    def title(self) -> str:
        """Its name with its version, as a scrape job can ask for it: `node@1.9.0`."""
        return f"{self.name}@{self.version}" if self.version else self.name
