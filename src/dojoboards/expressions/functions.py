"""PromQL's functions and aggregations: what each makes of its series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dojoboards.expressions.measure import COUNT, MOMENT, TIME, TRUTH, Measure

_Measured = Callable[[Measure | None], Measure | None]


def _same(given: Measure | None) -> Measure | None:
    return given


def _per_second(given: Measure | None) -> Measure | None:
    return None if given is None else given / TIME


def _always(told: Measure | None) -> _Measured:
    return lambda _: told


def _spread(given: Measure | None) -> Measure | None:
    return TIME if given == MOMENT else given


@dataclass(frozen=True, slots=True)
class Function:
    """What a function makes of the series that it is given.

    Args:
        measure: What the result measures, from what the argument does.
        labels: `same` as those of the argument, `none`, or `any`: more than these.
        type: What it gives.
        keeps_kind: Whether a counter stays a counter.
        keeps_buckets: Whether the buckets of a histogram stay buckets.
        wants: The kind of series that it is meant for, where there is one.
    """

    measure: _Measured = _same
    labels: Literal["same", "none", "any"] = "same"
    type: Literal["vector", "scalar"] = "vector"
    keeps_kind: bool = False
    keeps_buckets: bool = False
    wants: Literal["counter", "gauge", ""] = ""


_LATER = Function(keeps_kind=True, keeps_buckets=True)
_PER_SECOND = Function(_per_second, keeps_buckets=True, wants="counter")
_UNKNOWN = Function(_always(None))
_COUNTS = Function(_always(COUNT))
_CALENDAR = Function(_always(COUNT))

FUNCTIONS: dict[str, Function] = {
    "rate": _PER_SECOND,
    "irate": _PER_SECOND,
    "increase": Function(keeps_buckets=True, wants="counter"),
    "resets": Function(_always(COUNT), wants="counter"),
    "deriv": Function(_per_second, wants="gauge"),
    "delta": Function(_spread, keeps_buckets=True, wants="gauge"),
    "idelta": Function(_spread, wants="gauge"),
    "predict_linear": Function(wants="gauge"),
    "holt_winters": Function(wants="gauge"),
    "double_exponential_smoothing": Function(wants="gauge"),
    "changes": _COUNTS,
    "count_over_time": _COUNTS,
    "present_over_time": Function(_always(TRUTH)),
    **{f"{name}_over_time": Function() for name in ("avg", "min", "max", "quantile", "mad")},
    **{f"{name}_over_time": _LATER for name in ("last", "first")},
    **{f"ts_of_{name}_over_time": Function(_always(MOMENT)) for name in ("first", "last", "min", "max")},
    "sum_over_time": Function(keeps_buckets=True),
    "stddev_over_time": Function(_spread),
    "stdvar_over_time": _UNKNOWN,
    **{name: Function() for name in ("abs", "ceil", "floor", "round", "clamp", "clamp_min", "clamp_max")},
    **dict.fromkeys(("sort", "sort_desc", "sort_by_label", "sort_by_label_desc"), _LATER),
    "label_replace": _LATER,
    "label_join": _LATER,
    "info": Function(labels="any", keeps_kind=True),
    **dict.fromkeys(("exp", "ln", "log2", "log10", "sqrt", "sgn", "deg", "rad"), _UNKNOWN),
    **{
        f"{prefix}{name}{suffix}": _UNKNOWN
        for prefix in ("", "a")
        for name in ("sin", "cos", "tan")
        for suffix in ("", "h")
    },
    "time": Function(_always(MOMENT), labels="none", type="scalar"),
    "pi": Function(_always(None), labels="none", type="scalar"),
    "timestamp": Function(_always(MOMENT)),
    "vector": Function(labels="none"),
    **dict.fromkeys(
        ("minute", "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year"), _CALENDAR
    ),
    "histogram_quantile": Function(),
    "histogram_fraction": Function(),
    "histogram_count": _COUNTS,
    "histogram_sum": _UNKNOWN,
    "histogram_avg": _UNKNOWN,
    "histogram_stddev": _UNKNOWN,
    "histogram_stdvar": _UNKNOWN,
}
"""By name; a function that is not here gives series of which only the labels are known."""

PICKING = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
"""Aggregations that give some of their series as they are."""

COUNTING = frozenset({"count", "count_values", "group"})
"""Aggregations that do not look at the unit of their series."""
