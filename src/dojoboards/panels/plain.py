"""Plain values of whatever content gives: mappings and lists, without nulls.

grafanalib's objects have `to_json_data`, those of the foundation SDK `to_json`, its builders `build`; all may be mixed.
Nothing that content gave is changed: a module's constant is rendered for several environments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Protocol

from dojoboards import names

Json = dict[str, Any]

_SCALARS = frozenset({str, int, float, bool, type(None)})
_VALUES = frozenset({str, int, float, bool})


class Jsonable(Protocol):
    """An object of grafanalib."""

    def to_json_data(self) -> Any:
        """Return what it stands for."""


class Buildable(Protocol):
    """A builder of the foundation SDK."""

    def build(self) -> Any:
        """Return what it has built."""


def plain(value: Any) -> Any:
    """Return *value* as plain JSON values without nulls, but for those that the schema wants.

    What is plain already may be returned as it is, so nobody changes the result.

    Raises:
        TypeError: there is something in it that cannot be made plain.
    """
    kind: Any = type(value)
    if kind in _SCALARS:
        return value
    if kind is dict:
        # Most mappings are flat.
        return value if _VALUES.issuperset(map(type, value.values())) else _mapping(value)
    if kind is list or kind is tuple:
        return [item if type(item) in _SCALARS else plain(item) for item in value]
    make = _method(kind)
    if make is not None:
        return plain(make(value))
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, str | int | float):  # an enumeration, say
        return value.value if isinstance(value, Enum) else value
    raise TypeError(f"{names.a(kind.__name__)} is no part of a dashboard")


@cache
def _method(kind: type) -> Callable[[Any], Any] | None:
    """Return what makes a simpler value of the objects of a class."""
    found = (getattr(kind, name, None) for name in ("to_json_data", "to_json", "build"))
    return next((method for method in found if method is not None), None)


def _mapping(value: Mapping[Any, Any]) -> Json:
    # Most values are scalars: deciding here saves a call for each.
    result = {
        str(key): item if type(item) in _SCALARS else plain(item) for key, item in value.items() if item is not None
    }
    if len(result) != len(value):
        for key in _wanted_nulls(value):
            result[key] = None
    return result


def _wanted_nulls(value: Mapping[Any, Any]) -> list[str]:
    if "color" in value and "value" in value:  # the base step of thresholds
        return ["value"] if value["value"] is None else []
    if "result" in value:  # an open end of a range mapping
        return [key for key in ("from", "to") if key in value and value[key] is None]
    return []
