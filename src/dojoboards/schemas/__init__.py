"""JSON Schemas of everything that is written, and the check of a document against one.

Each `NAME.schema.json` beside this module is written for this project from the formats' documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    """

    place: tuple[str | int, ...]
    message: str
    key: str = ""


def misfits(name: str, document: object) -> Iterator[Misfit]:
    """Yield what in *document* (plain JSON values) does not fit the schema *name*."""
    validator = _validator(name)
    if validator.is_valid(document):
        return
    for error in validator.iter_errors(document):
        for message, key in _messages(error, schema(name)):
            yield Misfit(tuple(error.instance_path), message, key)


def violations(name: str, document: object) -> Iterator[str]:
    """Yield what in *document* (plain JSON values) does not fit the schema *name*: the place, then what is wrong."""
    for misfit in misfits(name, document):
        place = ".".join(str(part) for part in misfit.place)
        yield f"{place or 'the document'}: {misfit.message}"


def _messages(error: Any, whole: Any) -> Iterator[tuple[str, str]]:
    if error.kind.name != "additionalProperties":
        yield error.message, ""
        return
    node = whole
    for part in error.schema_path[:-1]:
        node = node[part]
    for key in error.kind.unexpected:
        near = names.nearest(key, node.get("properties", ()))
        yield f"unknown key {key!r}" + (f", did you mean {near!r}?" if near else ""), key
