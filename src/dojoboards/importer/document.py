"""Documents in files: YAML with the line of each part, read as Go reads it, and JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import yaml

from dojoboards import schemas
from dojoboards.errors import Exit, Problem, Source

Path = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_DEEPEST = 100
_MOST = 500_000
"""How many values a document may hold, every alias written out: a few lines of aliases can stand for billions."""

_MOST_OPEN = 1000
_LONGEST = 200
_SECRET = re.compile(r"password|secret|token|key|credentials|authorization|url")
_BRACKET = re.compile(r"[\[\]{}]")


@dataclass(frozen=True)
class Document:
    """What one document of a file says.

    Args:
        path: The file.
        value: Plain values.
        lines: Lines of its parts by their paths, where they are known.
        first: The line on which it begins.
        text: The whole file.
    """

    path: str
    value: Any
    lines: Mapping[Path, int] = field(default_factory=dict, repr=False)
    first: int = 0
    text: str = field(default="", repr=False)

    def part(self, at: Path) -> Any:
        """Return the part at a path; None where there is none."""
        part = self.value
        for key in at:
            if isinstance(part, list) and isinstance(key, int):
                part = part[key]
            else:
                part = part.get(key) if isinstance(part, Mapping) else None
        return part

    def source(self, *path: str | int) -> Source:
        """Return the place of a part; of the nearest part around it whose line is known."""
        line = next(
            (self.lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.lines), self.first
        )
        return Source(self.path, line)


def unreadable(path: str, text: str, error: Exception) -> Problem:
    """Return what is wrong with a file that is neither YAML nor JSON."""
    if isinstance(error, yaml.YAMLError):
        mark = getattr(error, "problem_mark", None)
        position = getattr(error, "position", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else _place(text, position)
        what, reason = "YAML", getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    else:
        line, column = getattr(error, "lineno", 0), getattr(error, "colno", 0)
        what, reason = "JSON", getattr(error, "msg", error)
    what = f"not {what}{f' in column {column}' if column else ''}: {reason}"
    return Problem(what, Source(path, line), "correct it: the server would refuse the whole file", Exit.UNREADABLE)


def _place(text: str, position: object) -> tuple[int, int]:
    """Return the line and the column of a position."""
    if not isinstance(position, int):
        return 0, 0
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def json_document(path: str, text: str) -> Document:
    """Return the document of a JSON file.

    Raises:
        ValueError: it is not JSON.
    """
    return Document(path, orjson.loads(text), text=text)


def yaml_nodes(text: str) -> Iterator[yaml.Node]:
    """Yield the nodes of the documents in a YAML file; empty ones are left out.

    Raises:
        yaml.YAMLError: what comes next is not YAML.
    """
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > _MOST_OPEN:
            raise yaml.YAMLError("it nests too deeply")
    loader = yaml.CSafeLoader(text)
    try:
        while loader.check_node():
            if (node := loader.get_node()) is not None:
                yield node
    finally:
        loader.dispose()


def yaml_document(
    path: str, node: yaml.Node, text: str, schema: str = "", at: Path = ()
) -> tuple[Document, list[Problem]]:
    """Return a document, and what is wrong with it whatever it means: keys that stand twice, levels without end.

    Args:
        path: The file.
        node: The document's.
        text: The whole file.
        schema: The name of the schema that says which values are text: a number or a truth value is text there, as Go
            takes it, and nothing is an empty value.
        at: Where in the document the part is that the schema describes.
    """
    built = _Built(path, schemas.schema(schema) if schema else {}, at)
    value = built.value(node, None if at else built.schema, (), ())
    return Document(path, value, built.lines, node.start_mark.line + 1, text), built.problems


def misfits(document: Document, schema: str, part: Any, at: Path, who: str) -> Iterator[Problem]:
    """Yield what in a part of a document does not fit a schema.

    Args:
        document: It.
        schema: The schema's name.
        part: The part.
        at: Where it is in the document.
        who: The program that would refuse it.
    """
    for misfit in schemas.misfits(schema, part):
        key = (misfit.key,) if misfit.key else ()
        where = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in (*at, *misfit.place)).lstrip(
            "."
        )
        told = "it is not what is expected here" if _secret(misfit) else str(misfit)
        told = told if len(told) <= _LONGEST else f"{told[:_LONGEST]}..."
        message = f"{where}: {told}" if where else told
        yield Problem(message, document.source(*at, *misfit.place, *key), f"{who} refuses the whole file: correct it")


def _secret(misfit: schemas.Misfit) -> bool:
    return not misfit.key and any(_SECRET.search(str(part)) for part in misfit.place)


class _Built:
    """The values of a document as they are read, and their lines."""

    def __init__(self, path: str, schema: Mapping[str, Any], at: Path) -> None:
        self.path = path
        self.schema = schema
        self.at = at
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []
        self.count = 0

    def value(self, node: yaml.Node, schema: Any, path: Path, above: tuple[int, ...]) -> Any:
        if path == self.at and path:
            schema = self.schema
        self.count += 1
        if len(path) > _DEEPEST or self.count > _MOST or id(node) in above:
            if not any("nests" in problem.message for problem in self.problems):
                self.wrong(node, "it nests too deeply, or aliases make it too large", "take levels and aliases away")
            return None
        schema = self.resolved(schema, node)
        above = (*above, id(node))
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, schema, path, above)
        if isinstance(node, yaml.SequenceNode):
            items = schema.get("items")
            return [self.item(each, items, (*path, index), above) for index, each in enumerate(node.value)]
        return _scalar(node, schema)

    def item(self, node: yaml.Node, schema: Any, path: Path, above: tuple[int, ...]) -> Any:
        self.lines[path] = node.start_mark.line + 1
        return self.value(node, schema, path, above)

    def mapping(self, node: yaml.MappingNode, schema: Any, path: Path, above: tuple[int, ...]) -> dict[str, Any]:
        self.twice(node)
        found: dict[str, Any] = {}
        properties = schema.get("properties") or {}
        others = schema.get("additionalProperties")
        for key, value in self.pairs(node):
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            self.lines[(*path, name)] = key.start_mark.line + 1
            inner = properties.get(name, others if isinstance(others, Mapping) else None)
            read = self.value(value, inner, (*path, name), above)
            if read is None and inner is not None:
                continue  # nothing is what was not given
            found[name] = read
        return found

    def twice(self, node: yaml.MappingNode) -> None:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != f"{_TAG}merge":
                if key.value in seen:
                    self.wrong(key, f"the key {key.value!r} stands twice", "keep one of the two", Exit.PROBLEM)
                seen.add(key.value)

    def pairs(self, node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Yield keys and values; those that `<<` merges come first, so that others are put over them."""
        for key, value in node.value:
            if key.tag == f"{_TAG}merge":
                for merged in reversed(value.value) if isinstance(value, yaml.SequenceNode) else (value,):
                    if isinstance(merged, yaml.MappingNode) and merged is not node:
                        yield from ((key, value) for key, value in merged.value if key.tag != f"{_TAG}merge")
        yield from ((key, value) for key, value in node.value if key.tag != f"{_TAG}merge")

    def resolved(self, schema: Any, node: yaml.Node) -> Mapping[str, Any]:
        """Return what a schema says about a node, without references and conditions."""
        told: Mapping[str, Any] = schema if isinstance(schema, Mapping) else {}
        while reference := told.get("$ref"):
            inner: Any = self.schema
            for part in str(reference).removeprefix("#/").split("/"):
                inner = inner[part]
            told = inner
        if "if" in told and isinstance(node, yaml.MappingNode):
            keys = {key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)}
            met = keys.issuperset(told["if"].get("required", ()))
            told = {**told, **told.get("then" if met else "else", {})}
        return told

    def wrong(self, node: yaml.Node, message: str, remedy: str, code: Exit = Exit.UNREADABLE) -> None:
        source = Source(self.path, node.start_mark.line + 1)
        self.problems.append(Problem(message, source, remedy, code))


def _scalar(node: yaml.Node, schema: Mapping[str, Any]) -> Any:
    wanted = schema.get("type")
    if node.tag == f"{_TAG}null":
        return {"array": [], "object": {}}.get(wanted) if isinstance(wanted, str) else None
    if wanted == "string" or node.tag in {f"{_TAG}str", f"{_TAG}timestamp"}:
        return str(node.value)
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError, LookupError, TypeError):
        return str(node.value)  # a tag of somebody's own, or half a number


# What a part of a document is, if it is what is expected there.


def text(part: object, key: str) -> str:
    """Return a text in a mapping; empty where there is none."""
    value = part.get(key) if isinstance(part, Mapping) else None
    return value if isinstance(value, str) else ""


def mapping(part: object, key: str) -> Mapping[str, Any]:
    """Return a mapping in a mapping; empty where there is none."""
    value = part.get(key) if isinstance(part, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def items(part: object, key: str) -> Sequence[Any]:
    """Return a list in a mapping; empty where there is none."""
    value = part.get(key) if isinstance(part, Mapping) else None
    return value if isinstance(value, list) else []


def mappings(part: object, key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the mappings in a list in a mapping, each with its index."""
    yield from ((index, each) for index, each in enumerate(items(part, key)) if isinstance(each, Mapping))


def words(part: object, key: str) -> tuple[str, ...]:
    """Return the texts in a list in a mapping."""
    return tuple(each for each in items(part, key) if isinstance(each, str))


def texts(part: object, key: str) -> dict[str, str]:
    """Return the texts in a mapping in a mapping, by their keys."""
    return {name: value for name, value in mapping(part, key).items() if isinstance(value, str)}


def rest(part: Mapping[str, Any], *known: str) -> dict[str, Any]:
    """Return what else is in a mapping."""
    return {key: value for key, value in part.items() if key not in known}
