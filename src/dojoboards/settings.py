"""Values of settings that cannot be meant as they stand: a duration in words, a number in quotes, 90 where 1 is all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from dojoboards import names

_MOST_OF_ALL = 2
"""From this ratio on, somebody is taken to have counted in percent."""


class Misgiven(NamedTuple):
    """What a setting was expected to be, and what is to be done about it."""

    expected: str
    remedy: str


def misgiven(value: Any, default: Any, unit: str) -> Iterator[Misgiven]:
    """Yield why the value of a setting cannot be meant; what may be meant is let pass.

    Args:
        value: What an environment has.
        default: What is declared; None where nothing is. It says whether the setting is a number or a duration.
        unit: Grafana's id of its unit; empty for none.
    """
    number = _is_number(value)
    if number and unit == "percentunit" and value >= _MOST_OF_ALL:
        remedy = f"did you mean {value / 100:.12g}? Where {value:.12g} times the whole is meant, leave out the `unit`"
        yield Misgiven("a ratio, of which 1 is 100 %", remedy)
    elif _is_duration(default) and (number or (isinstance(value, str) and names.duration_meant(value))):
        meant = names.duration_meant(value) if isinstance(value, str) else f"{value}s"
        yield Misgiven(f"a duration as its default {default!r}", f"did you mean {meant!r}?")
    elif _is_number(default) and isinstance(value, str) and (meant := _number_meant(value, unit)):
        yield Misgiven(f"a number as its default {default!r}", f"did you mean {meant}, without quotes?")


def _is_duration(value: Any) -> bool:
    try:
        return isinstance(value, str) and names.milliseconds(value) > 0
    except ValueError:
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number_meant(text: str, unit: str) -> str:
    """Return the number that a text is, or an empty string."""
    bare = text.strip().removesuffix("%").rstrip().replace(",", ".")
    try:
        number = float(bare)
    except ValueError:
        return ""
    if not math.isfinite(number):
        return ""
    return f"{number / 100 if '%' in text and unit == 'percentunit' else number:.12g}"
