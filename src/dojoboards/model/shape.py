"""Whether a declaration's values have the types that its fields say: a list where a list is meant, text, a number.

Dataclasses do not look at what they are given. This does, once, so that nothing after it has to be wary.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from dojoboards import names
from dojoboards.errors import Exit, Problem, Source
from dojoboards.model.project import Secret

_SHOWN = 60
"""The longest text that a message shows."""

_DEEPEST = 50
"""How deeply a value may nest that is passed on as it is."""

_KEY = "a key of "

_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "True or False", type(None): "None"}


class Wrong(NamedTuple):
    """A value of the wrong type: where in the declaration it stands, what was expected, and perhaps a remedy."""

    where: str
    value: object
    expected: str
    remedy: str = ""


class Inside(NamedTuple):
    """A declaration inside the one that is judged, and the class that it is meant to be of."""

    value: object
    cls: type


Judge = Callable[[Any, str], Iterator[Wrong | Inside]]


def problems(declaration: object, cls: type) -> Iterator[Problem]:
    """Yield a problem for each field of *declaration*, an instance of the dataclass *cls*, that has the wrong type.

    Declarations inside it are judged with it, each at its own place.
    """
    yield from _of_class(declaration, cls, None)


def misfits(value: object, hint: Any, where: str, what: str, source: Source | None) -> Iterator[Problem]:
    """Yield a problem for each part of a value that has another type than *hint* says.

    Args:
        value: What was given.
        hint: The type, as `get_type_hints` returns it.
        where: The name that it was given by.
        what: What a message calls the thing that it was given to.
        source: Where it was given.
    """
    for found in _judge(hint)(value, where):
        if isinstance(found, Inside):
            yield from _of_class(found.value, found.cls, source)
        else:
            yield _problem(found, what, source, secret=_may_hold_secret(hint))


def _of_class(declaration: object, cls: type, outer: Source | None) -> Iterator[Problem]:
    for field in _fields(cls):
        value = getattr(declaration, field.name)
        if type(value) in field.plain or (not value and type(value) in field.empty):
            continue  # nearly all of them, and there may be many thousands
        source = getattr(declaration, "source", None) or outer
        for found in field.judge(value, field.name):
            if isinstance(found, Inside):
                yield from _of_class(found.value, found.cls, source)
            else:
                yield _problem(found, f"{cls.__name__} {_name(declaration)}".strip(), source, secret=field.secret)


def _problem(found: Wrong, what: str, source: Source | None, *, secret: bool) -> Problem:
    shown = _WORDS.get(type(found.value), names.a(type(found.value).__name__))
    # What stands where a secret belongs, or what holds one, may be one in clear.
    if not secret and type(found.value) in _WORDS and len(repr(found.value)) <= _SHOWN:
        shown = repr(found.value)
    of_key = _KEY if found.where.startswith(_KEY) else ""
    message = f"{of_key}`{found.where.removeprefix(_KEY)}` of {what} is {shown}, expected {found.expected}"
    return Problem(message, source, found.remedy or f"give {found.expected}", Exit.UNREADABLE)


def _name(declaration: object) -> str:
    for key in ("name", "record", "title", "receiver"):
        if isinstance(value := getattr(declaration, key, None), str) and value:
            return repr(value)
    return ""


class _Field(NamedTuple):
    """A field of a declaration, prepared: types that are right at first sight, also of what is empty; and the rest."""

    name: str
    plain: frozenset[type]
    empty: frozenset[type]
    secret: bool
    judge: Judge


@cache
def _fields(cls: type) -> tuple[_Field, ...]:
    hints = get_type_hints(cls)
    kept = {field.name: hints[field.name] for field in dataclasses.fields(cls) if field.name != "source"}
    return tuple(
        _Field(name, _plain(hint), _empty(hint), _may_hold_secret(hint), _judge(hint))
        for name, hint in kept.items()
        if hint is not Any
    )


def _plain(hint: Any) -> frozenset[type]:
    """Return the types whose values are right without a further look."""
    if get_origin(hint) in (Union, types.UnionType):
        return frozenset().union(*map(_plain, get_args(hint)))
    return frozenset({int, float}) if hint is float else frozenset({hint} if hint in _WORDS else ())


def _empty(hint: Any) -> frozenset[type]:
    """Return the types whose empty values are right without a further look."""
    kinds: dict[Any, frozenset[type]] = {Sequence: frozenset({tuple, list}), Mapping: frozenset({dict})}
    return kinds.get(get_origin(hint), frozenset())


def _may_hold_secret(hint: Any, above: frozenset[Any] = frozenset()) -> bool:
    if hint is Secret:
        return True
    inside = list(get_args(hint))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and hint not in above:
        inside = list(get_type_hints(hint).values())
    return any(_may_hold_secret(each, above | {hint}) for each in inside)


@cache
def _judge(hint: Any) -> Judge:
    origin = get_origin(hint)
    if hint is Any:
        return _anything
    if origin in (Union, types.UnionType):
        return _one_of(get_args(hint))
    if origin is Literal:
        return _literal(get_args(hint))
    if origin is Sequence:
        return _sequence(get_args(hint)[0])
    if origin is Mapping:
        return _mapping(*get_args(hint))
    if origin is tuple:
        inside = get_args(hint)
        return _sequence(inside[0]) if inside[-1] is Ellipsis else _tuple(inside)
    if getattr(hint, "_is_protocol", False):
        return _protocol(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _declaration(hint)
    return _scalar(hint)


def _anything(value: Any, where: str) -> Iterator[Wrong | Inside]:
    if _endless(value, frozenset()):
        yield Wrong(where, value, f"one that ends within {_DEEPEST} levels and does not hold itself")


def _endless(value: Any, above: frozenset[int]) -> bool:
    """Return whether a mapping or list holds itself, or nests so deeply that it may as well."""
    if not isinstance(value, Mapping | list | tuple):
        return False
    inside = value.values() if isinstance(value, Mapping) else value
    below = above | {id(value)}
    return id(value) in above or len(above) > _DEEPEST or any(_endless(item, below) for item in inside)


def _scalar(cls: type) -> Judge:
    expected = _WORDS.get(cls, cls.__name__)
    accepted: Any = (int, float) if cls is float else cls

    def judge(value: Any, where: str) -> Iterator[Wrong | Inside]:
        if not isinstance(value, accepted) or (isinstance(value, bool) and cls is not bool):
            yield Wrong(where, value, expected)

    return judge


def _protocol(cls: type) -> Judge:
    members = [name for name in vars(cls) if not name.startswith("_")]
    expected = (cls.__doc__ or cls.__name__).rstrip(".")

    def judge(value: Any, where: str) -> Iterator[Wrong | Inside]:
        if not all(hasattr(type(value), name) for name in members):
            yield Wrong(where, value, expected[:1].lower() + expected[1:])

    return judge


def _tuple(hints: tuple[Any, ...]) -> Judge:
    judges = tuple(map(_judge, hints))

    def judge(value: Any, where: str) -> Iterator[Wrong | Inside]:
        if not isinstance(value, tuple | list) or len(value) != len(judges):
            yield Wrong(where, value, f"a tuple of {len(judges)}")
            return
        for index, (each, item) in enumerate(zip(judges, value, strict=True)):
            yield from each(item, f"{where}[{index}]")

    return judge


def _declaration(cls: type) -> Judge:
    def judge(value: Any, where: str) -> Iterator[Wrong | Inside]:
        yield Inside(value, cls) if isinstance(value, cls) else Wrong(where, value, cls.__name__)

    return judge


def _literal(values: tuple[Any, ...]) -> Judge:
    def judge(value: Any, where: str) -> Iterator[Wrong | Inside]:
        if value not in values:
            hint = names.hint(value if isinstance(value, str) else repr(value), filter(None, map(str, values)))
            yield Wrong(where, value, "one of those that are known", hint)

    return judge


def _sequence(hint: Any) -> Judge:
    item, plain = _judge(hint), _plain(hint)
    inside = {hint, *get_args(hint)}

    def judge(value: Any, where: str) -> Iterator[Wrong | Inside]:
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            yield Wrong(where, value, "a list")
            return
        for index, entry in enumerate(value):
            if type(entry) in plain:
                continue
            if type(entry) in inside and dataclasses.is_dataclass(entry):
                yield Inside(entry, type(entry))
            else:
                yield from item(entry, f"{where}[{index}]")

    return judge


def _mapping(key_hint: Any, item_hint: Any) -> Judge:
    key, item = _judge(key_hint), _judge(item_hint)
    plain_key, plain_item = _plain(key_hint), _plain(item_hint)

    def judge(value: Any, where: str) -> Iterator[Wrong | Inside]:
        if not isinstance(value, Mapping):
            yield Wrong(where, value, "a mapping")
            return
        for name, entry in value.items():
            if type(name) not in plain_key:
                yield from key(name, f"{_KEY}{where}")
            if type(entry) not in plain_item:
                yield from item(entry, f"{where}[{name!r}]")

    return judge


def _one_of(hints: tuple[Any, ...]) -> Judge:
    judges = tuple(map(_judge, hints))

    def judge(value: Any, where: str) -> Iterator[Wrong | Inside]:
        found: list[Wrong] = []
        for each in judges:
            these = list(each(value, where))
            wrong = [entry for entry in these if isinstance(entry, Wrong)]
            if not wrong:
                yield from these
                return
            found.extend(wrong)
        inner = [entry for entry in found if entry.where != where]
        if inner:  # it is one of these, and something inside it is wrong
            yield from inner
        else:
            yield Wrong(where, value, " or ".join(dict.fromkeys(entry.expected for entry in found)))

    return judge
