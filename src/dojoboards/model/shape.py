"""Whether a declaration's values have the types that its fields say: a list where a list is meant, text, a number.

Dataclasses do not look at what they are given. This does, once, so that nothing after it has to be wary.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from dojoboards import names
from dojoboards.errors import Exit, Problem, Source

_SHOWN = 60
"""The longest value that a message shows."""

Found = Iterator[tuple[str, object, str, str]]
"""Where in the declaration, the value, what was expected, and a remedy that may be empty."""


def problems(declaration: Any) -> Iterator[Problem]:
    """Yield a problem for each field of *declaration*, a dataclass, whose value is not of the field's type.

    Declarations inside it are judged with it, each at its own place.
    """
    yield from _of_class(declaration, getattr(declaration, "source", None))


def _of_class(declaration: Any, source: Source | None) -> Iterator[Problem]:
    cls = type(declaration)
    for name, judge in _judges(cls):
        value = getattr(declaration, name)
        for where, found, expected, remedy in judge(value, name):
            if not expected:  # a declaration inside this one
                yield from _of_class(found, getattr(found, "source", None) or source)
                continue
            what = f"{cls.__name__} {_name(declaration)}".strip()
            # What stands where a secret belongs may be one in clear.
            shown = type(found).__name__ if "Secret" in expected or len(repr(found)) > _SHOWN else repr(found)
            message = f"`{where}` of {what} is {shown}, expected {expected}"
            yield Problem(message, source, remedy or f"give {expected}", Exit.UNREADABLE)


def _name(declaration: Any) -> str:
    for key in ("name", "record", "title", "receiver"):
        if isinstance(value := getattr(declaration, key, None), str) and value:
            return repr(value)
    return ""


Judge = Callable[[Any, str], Found]


@cache
def _judges(cls: type) -> tuple[tuple[str, Judge], ...]:
    hints = get_type_hints(cls)
    kept = [(field.name, hints[field.name]) for field in dataclasses.fields(cls) if field.name != "source"]
    return tuple((name, _judge(hint)) for name, hint in kept if hint is not Any)


@cache
def _judge(hint: Any) -> Judge:
    origin = get_origin(hint)
    if hint is Any:
        return lambda _value, _where: iter(())
    if origin in (Union, types.UnionType):
        return _one_of(get_args(hint))
    if origin is Literal:
        return _literal(get_args(hint))
    if origin is Sequence:
        return _sequence(_judge(get_args(hint)[0]))
    if origin is Mapping:
        return _mapping(*map(_judge, get_args(hint)))
    if dataclasses.is_dataclass(hint):
        return _declaration(hint)
    return _scalar(hint)


def _scalar(cls: Any) -> Judge:
    words = {str: "text", int: "a whole number", float: "a number", bool: "True or False", type(None): "None"}
    expected = words.get(cls, cls.__name__)
    accepted = (int, float) if cls is float else cls

    def judge(value: Any, where: str) -> Found:
        if not isinstance(value, accepted) or (isinstance(value, bool) and cls is not bool):
            yield where, value, expected, ""

    return judge


def _declaration(cls: Any) -> Judge:
    def judge(value: Any, where: str) -> Found:
        if isinstance(value, cls):
            yield where, value, "", ""
        else:
            yield where, value, cls.__name__, ""

    return judge


def _literal(values: tuple[Any, ...]) -> Judge:
    def judge(value: Any, where: str) -> Found:
        if value not in values:
            yield where, value, "one of those that are known", names.hint(str(value), map(str, values))

    return judge


def _sequence(item: Judge) -> Judge:
    def judge(value: Any, where: str) -> Found:
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            yield where, value, "a list", ""
            return
        for index, entry in enumerate(value):
            yield from item(entry, f"{where}[{index}]")

    return judge


def _mapping(key: Judge, item: Judge) -> Judge:
    def judge(value: Any, where: str) -> Found:
        if not isinstance(value, Mapping):
            yield where, value, "a mapping", ""
            return
        for name, entry in value.items():
            yield from key(name, f"a key of {where}")
            yield from item(entry, f"{where}[{name!r}]")

    return judge


def _one_of(hints: tuple[Any, ...]) -> Judge:
    def judge(value: Any, where: str) -> Found:
        found: list[tuple[str, object, str, str]] = []
        for hint in hints:
            if not (these := list(_judge(hint)(value, where))):
                return
            if not these[0][2]:
                yield these[0]
                return
            found.extend(these)
        expected = " or ".join(dict.fromkeys(entry[2] for entry in found))
        yield where, value, expected, ""

    return judge
