"""JSON Schemas of everything that is written, and the check of a document against one.

Each `NAME.schema.json` beside this module is written for this project from the formats' documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from dojoboards import names


@cache
def schema(name: str) -> dict[str, Any]:
    """Return the schema *name*, such as `dashboard` or `rules`."""
    loaded: dict[str, Any] = orjson.loads(Path(__file__).with_name(f"{name}.schema.json").read_bytes())
    return loaded


@cache
def _validator(name: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema(name))


def fits(name: str, document: object) -> bool:
    """Return whether *document* fits the schema *name*; what is no JSON value fits none."""
    try:
        return bool(_validator(name).is_valid(document))
    except (TypeError, ValueError):
        return False


class Misfit(NamedTuple):
    """What does not fit.

    Args:
        place: The keys and indexes that lead to it.
        message: What is wrong.
        key: The key that is unknown there, where that is it.
        guess: A question that names the value that was likely meant.
    """

    place: tuple[str | int, ...]
    message: str
    key: str = ""
    guess: str = ""

    def __str__(self) -> str:
        return f"{self.message}; {self.guess}" if self.guess else self.message


def misfits(name: str, document: object) -> Iterator[Misfit]:
    """Yield what in *document* (plain JSON values) does not fit the schema *name*."""
    validator = _validator(name)
    if validator.is_valid(document):
        return
    for error in validator.iter_errors(document):
        yield from _misfits(error, schema(name))


def violations(name: str, document: object) -> Iterator[str]:
    """Yield what in *document* (plain JSON values) does not fit the schema *name*: the place, then what is wrong."""
    for misfit in misfits(name, document):
        place = ".".join(str(part) for part in misfit.place)
        yield f"{place or 'the document'}: {misfit}"


_DESCRIBED = frozenset({"anyOf", "maximum", "minimum", "pattern"})
"""Keywords beside which a description says what the value has to be: "(it is not) a duration such as 30s"."""
_WORDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}
_ALIKE = 0.6
"""How much of two texts is the same, at least, where one is taken for the other misspelt."""
_LONGEST = 80
"""Characters of a value that a message shows."""


def _misfits(error: Any, whole: Any) -> Iterator[Misfit]:
    """Yield what an error of the validator means, in plain words."""
    place, keyword = tuple(error.instance_path), error.kind.name
    node = _node(error, whole)
    if keyword == "additionalProperties":
        for key in error.kind.unexpected:
            near = names.nearest(key, node.get("properties", ()))
            yield Misfit(place, f"unknown key {key!r}" + (f", did you mean {near!r}?" if near else ""), key)
    elif keyword in _DESCRIBED and "description" in node:
        message = f"{_shown(error.instance)} is not {node['description']}"
        yield Misfit(place, message, guess=_guess(error.instance, node.get("examples", ())))
    elif keyword == "anyOf":
        yield from _of_alternatives(error, whole)
    elif keyword == "type":
        yield Misfit(place, _not_of(error.instance, [node["type"]]))
    elif keyword == "enum":
        yield Misfit(place, _unlisted(error.instance, node["enum"]), guess=_guess(error.instance, node["enum"]))
    elif keyword == "required":
        yield Misfit(place, f"the key {error.kind.property!r} is missing")
    else:
        yield Misfit(place, error.message)


def _of_alternatives(error: Any, whole: Any) -> Iterator[Misfit]:
    """Yield what is wrong with a value that fits none of several schemas: what is so by the likeliest of them."""
    alternatives = error.kind.context
    first = [alternative[0] for alternative in alternatives]
    place = first[0].instance_path
    for keyword, told in (("type", _not_of), ("const", _unlisted)):
        if all(inner.kind.name == keyword and inner.instance_path == place for inner in first):
            value, known = first[0].instance, [_node(inner, whole)[keyword] for inner in first]
            yield Misfit(tuple(place), told(value, known), guess=_guess(value, known) if keyword == "const" else "")
            return

    def unlike(alternative: Any) -> tuple[bool, bool, int]:
        own = {inner.kind.name for inner in alternative if inner.instance_path == error.instance_path}
        return "type" in own, any(inner.kind.name == "const" for inner in alternative), len(alternative)

    for inner in min(alternatives, key=unlike):
        yield from _misfits(inner, whole)


def _node(error: Any, whole: Any) -> Any:
    """Return the part of a schema that an error is about."""
    for part in error.schema_path[:-1]:
        whole = whole[part]
    return whole


def _not_of(value: object, types: Sequence[str | list[str]]) -> str:
    flat = [kind for each in types for kind in (each if isinstance(each, list) else [each])]
    return f"{_shown(value)} is not {' or '.join(dict.fromkeys(_WORDS[kind] for kind in flat))}"


def _unlisted(value: object, known: Sequence[Any]) -> str:
    return f"{_shown(value)} is not one of {', '.join(map(_shown, known))}"


def _guess(value: object, known: Iterable[Any]) -> str:
    """Return a question that names the known text that is most like a text."""
    texts = [each for each in known if isinstance(each, str)]
    near = (names.duration_meant(value) or names.nearest(value, texts, _ALIKE)) if isinstance(value, str) else ""
    return f"did you mean {near!r}?" if near else ""


def _shown(value: object) -> str:
    text = orjson.dumps(value, default=repr).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
