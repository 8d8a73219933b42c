"""What numbers measure: dimensions and scales, what operations make of them, and which of Grafana's units fit.

A measure is a product of powers of a few dimensions: `time` (seconds), `data` (bytes), `count` (things that are
counted), `at` (a moment, seconds since 1970), `truth` (1 or 0), and some that only name themselves, such as `celsius`.
Without any, it is a ratio.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

Powers = frozenset[tuple[str, int]]

_TOLERANCE = 1e-6
_SMALL = 20

_TURNS = {
    "ratio": (100.0,),
    "time": (1e3, 1e6, 1e9, 60.0, 3600.0, 86_400.0),
    "data": (8.0, *(2.0 ** (10 * power) for power in range(1, 6)), *(10.0 ** (3 * power) for power in range(1, 6))),
    "at": (1e3,),
}
"""By dimension: what one multiplies or divides by to get another unit."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a number measures.

    Args:
        powers: The power of each dimension.
        scale: How much one of it is, in the dimensions' own units: a millisecond is 0.001.
    """

    powers: Powers = frozenset()
    scale: float = 1.0

    def __mul__(self, other: Measure) -> Measure:
        return Measure(_sum(self.powers, other.powers), self.scale * other.scale)

    def __truediv__(self, other: Measure) -> Measure:
        return Measure(_sum(self.powers, _inverse(other.powers)), self.scale / (other.scale or 1.0))

    def times(self, factor: float) -> Measure | None:
        """Return what a number measures after it was multiplied: `x * 1000` turns seconds into milliseconds.

        A small factor that turns no unit into another leaves so many times as much of the same; None for any other.
        """
        size = abs(factor)
        dimensions = {name for name, _ in self.powers} or {"ratio"}
        for name in dimensions & _TURNS.keys():
            if any(abs(size / turn - 1) < _TOLERANCE or abs(size * turn - 1) < _TOLERANCE for turn in _TURNS[name]):
                return Measure(self.powers, self.scale / size)
        return self if not size or 1 / _SMALL <= size <= _SMALL else None

    def same(self, other: Measure) -> bool:
        """Return whether both are the same dimension and scale, so that their numbers can be compared."""
        return self.powers == other.powers and abs(self.scale / (other.scale or 1.0) - 1) < _TOLERANCE


@cache
def _inverse(powers: Powers) -> Powers:
    return frozenset((name, -power) for name, power in powers)


@cache
def _sum(left: Powers, right: Powers) -> Powers:
    powers = dict(left)
    for name, power in right:
        powers[name] = powers.get(name, 0) + power
    return frozenset((name, power) for name, power in powers.items() if power)


def _of(scale: float = 1.0, **powers: int) -> Measure:
    return Measure(frozenset(powers.items()), scale)


RATIO = _of()
COUNT = _of(count=1)
TIME = _of(time=1)
DATA = _of(data=1)
MOMENT = _of(at=1)
TRUTH = _of(truth=1)

_KIBI = {"": 1.0, "k": 2.0**10, "m": 2.0**20, "g": 2.0**30, "t": 2.0**40, "p": 2.0**50}
_KILO = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "p": 1e15}
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
_PER_SECOND = "cps ops reqps rps wps iops eps mps recps rowsps pps"
_PER_MINUTE = "cpm opm reqpm rpm wpm mpm epm recpm rowspm"
_MOMENTS = (
    "dateTimeAsIso dateTimeAsIsoNoDateIfToday dateTimeAsUS dateTimeAsUSNoDateIfToday dateTimeAsLocal "
    "dateTimeAsLocalNoDateIfToday dateTimeAsSystem dateTimeFromNow"
)
_THEMSELVES = "celsius fahrenheit kelvin volt amp watt joule hertz lengthm rotrpm pressurepa"

GRAFANA: dict[str, Measure] = {
    "percentunit": RATIO,
    "percent": _of(0.01),
    "s": TIME,
    "ms": _of(1e-3, time=1),
    "µs": _of(1e-6, time=1),
    "ns": _of(1e-9, time=1),
    "m": _of(_MINUTE, time=1),
    "h": _of(_HOUR, time=1),
    "d": _of(_DAY, time=1),
    "dtdurations": TIME,
    "dthms": TIME,
    "dtdhms": TIME,
    "clocks": TIME,
    "dtdurationms": _of(1e-3, time=1),
    "clockms": _of(1e-3, time=1),
    "timeticks": _of(1e-2, time=1),
    "bool": TRUTH,
    "bool_yes_no": TRUTH,
    "bool_on_off": TRUTH,
    **{f"{prefix}bytes": _of(scale, data=1) for prefix, scale in _KIBI.items()},
    **{f"{'dec' if not prefix else 'dec' + prefix}bytes": _of(scale, data=1) for prefix, scale in _KILO.items()},
    "bits": _of(1 / 8, data=1),
    "decbits": _of(1 / 8, data=1),
    "Bps": _of(data=1, time=-1),
    "binBps": _of(data=1, time=-1),
    "bps": _of(1 / 8, data=1, time=-1),
    "binbps": _of(1 / 8, data=1, time=-1),
    **{f"{prefix.upper()}iBs": _of(scale, data=1, time=-1) for prefix, scale in _KIBI.items() if prefix},
    **{f"{prefix.upper()}Bs": _of(scale, data=1, time=-1) for prefix, scale in _KILO.items() if prefix},
    **{f"{prefix.upper()}ibits": _of(scale / 8, data=1, time=-1) for prefix, scale in _KIBI.items() if prefix},
    **{f"{prefix.upper()}bits": _of(scale / 8, data=1, time=-1) for prefix, scale in _KILO.items() if prefix},
    **dict.fromkeys(_PER_SECOND.split(), _of(count=1, time=-1)),
    **dict.fromkeys(_PER_MINUTE.split(), _of(1 / _MINUTE, count=1, time=-1)),
    # Grafana counts these in milliseconds: seconds since 1970 are multiplied by 1000 first.
    **dict.fromkeys(_MOMENTS.split(), _of(1e-3, at=1)),
    **{name: Measure(frozenset({(name, 1)})) for name in _THEMSELVES.split()},
}
"""What Grafana's units measure, those that say so; `none` and `short` do not."""

_SUFFIXES = {
    "seconds": TIME,
    "sec": TIME,
    "milliseconds": _of(1e-3, time=1),
    "ms": _of(1e-3, time=1),
    "usec": _of(1e-6, time=1),
    "microseconds": _of(1e-6, time=1),
    "nanoseconds": _of(1e-9, time=1),
    "minutes": _of(_MINUTE, time=1),
    "hours": _of(_HOUR, time=1),
    "days": _of(_DAY, time=1),
    "bytes": DATA,
    "bits": _of(1 / 8, data=1),
    "kilobytes": _of(1024.0, data=1),
    "ratio": RATIO,
    "percent": _of(0.01),
    "celsius": GRAFANA["celsius"],
    "volts": GRAFANA["volt"],
    "amperes": GRAFANA["amp"],
    "watts": GRAFANA["watt"],
    "joules": GRAFANA["joule"],
    "hertz": GRAFANA["hertz"],
    "rpm": GRAFANA["rotrpm"],
    "info": TRUTH,
    "up": TRUTH,
    "created": MOMENT,
}
_MOMENT = re.compile(r"(?:timestamp|mtime|(?:^|_)(?:start|boot|create|created|creation|expiry|last_\w+)_time)_seconds$")


@cache
def of_name(name: str, *, counts: bool) -> Measure | None:
    """Return what a metric measures by the end of its name; None where that says nothing.

    Args:
        name: Of the metric.
        counts: Whether it is a counter: without a unit in its name, it counts things.
    """
    if _MOMENT.search(name):
        return MOMENT
    words = name.removesuffix("_total").split("_")
    if words[-1] in _SUFFIXES:
        return _SUFFIXES[words[-1]]
    # The unit stands before what is added up, as in node_network_receive_bytes_total.
    return COUNT if counts else None


@cache
def of_unit(unit: str) -> Measure | None:
    """Return what a unit of Grafana measures; None where it does not say (`none`, `short`, custom ones)."""
    if unit in ("count", "counts"):
        return COUNT
    if unit == "timestamp":
        return MOMENT
    return GRAFANA.get(unit)


def known(unit: str) -> bool:
    """Return whether the unit of a metric in a catalogue is one that is understood."""
    return unit in ("none", "count", "timestamp") or unit in GRAFANA


@cache
def grafana(measure: Measure) -> str:
    """Return the unit of Grafana that shows a measure best; empty where none says so."""
    if measure.powers == COUNT.powers:
        return "short"
    for wanted in (measure, _without_counts(measure)):
        for unit, shown in GRAFANA.items():
            if shown.same(wanted):
                return unit
    return ""


@cache
def fits(unit: str, measure: Measure) -> bool | None:
    """Return whether a panel with this unit tells the truth about a measure; None where that cannot be said.

    `none`, `short` and custom units fit everything, and counts of things fit each other: a rate may be told as
    requests or as operations, and what is so much per thing is told as so much.
    """
    shown = of_unit(unit)
    if shown is None:
        return None
    told, true = _without_counts(shown), _without_counts(measure)
    if told.same(true):
        return True
    if not dict(measure.powers).keys() <= {"time", "data", "count", "at", "truth"}:
        return None
    # A truth is a number of 0 or 1, so that its mean is a share and its sum a count.
    if dict(measure.powers).get("truth") or dict(shown.powers).get("truth"):
        return None if not true.powers - {("truth", 1)} and not told.powers - {("truth", 1)} else False
    return False


def _without_counts(measure: Measure) -> Measure:
    """Return a measure where a thing is 1, except where a number of things is all it is."""
    powers = dict(measure.powers)
    count = powers.pop("count", 0)
    if count == 1 and not powers:
        return measure
    return Measure(frozenset(powers.items()), measure.scale)


def common(measures: Iterable[Measure | None]) -> Measure | None:
    """Return what all of them measure; None where they differ or one is not known."""
    found: Measure | None = None
    for measure in measures:
        if measure is None or (found is not None and not found.same(measure)):
            return None
        found = measure
    return found
