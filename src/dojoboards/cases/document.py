"""A file of cases: read, checked against its schema, with the line of each part."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from dojoboards import schemas
from dojoboards.errors import DojoboardsError, Exit, Problem, Source

Place = tuple[str | int, ...]

_DEEPEST = 50
_MOST = 1_000_000


@dataclass(frozen=True)
class CaseFile:
    """A file of cases.

    Args:
        path: Below the project's root, with forward slashes.
        shown: Where it is, for messages.
        text: What is in it.
        document: The same, read.
    """

    path: str
    shown: str
    text: str = field(repr=False)
    document: Mapping[str, Any] = field(repr=False)

    def source(self, place: Place = ()) -> Source:
        """Return where a part of the document stands, such as `("tests", 0)`."""
        return Source(self.shown, _line(_lines(self.text), place))

    def problem(self, place: Place, message: str, remedy: str = "") -> Problem:
        """Return what is wrong with a part of the document."""
        return Problem(message, self.source(place), remedy, Exit.UNREADABLE)


def read(path: str, shown: str, text: str, schema: str) -> CaseFile:
    """Return a file of cases.

    Args:
        path: Below the project's root, with forward slashes.
        shown: Where it is, for messages.
        text: What is in it.
        schema: The name of its schema.

    Raises:
        DojoboardsError: it is not YAML, or does not fit its schema; all problems at once.
    """
    try:
        if "&" in text and _endless(yaml.compose(text, Loader=yaml.CSafeLoader)):
            message = f"it nests deeper than {_DEEPEST} levels, or its aliases stand for more than {_MOST} values"
            raise DojoboardsError([Problem(message, Source(shown), "take aliases away", Exit.UNREADABLE)])
        document = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or error
        source = Source(shown, mark.line + 1 if mark else 0)
        raise DojoboardsError([Problem(f"not YAML: {said}", source, exit=Exit.UNREADABLE)]) from None
    violations = list(schemas.violations(schema, document))
    if violations:
        lines = _lines(text)
        raise DojoboardsError(_violation(violation, shown, lines) for violation in violations)
    return CaseFile(path, shown, text, document)


def _endless(root: yaml.Node | None) -> bool:
    """Return whether aliases make a document too large, or hold themselves."""
    waiting, seen = [(root, 0)], 0
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if depth > _DEEPEST or seen > _MOST:
            return True
        if isinstance(node, yaml.MappingNode):
            waiting.extend((value, depth + 1) for _, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend((item, depth + 1) for item in node.value)
    return False


def _violation(violation: str, shown: str, lines: Mapping[Place, int]) -> Problem:
    where, _, _ = violation.partition(": ")
    place = tuple(int(part) if part.isdigit() else part for part in where.split("."))
    remedy = "docs/testing.md says what a file of cases holds"
    return Problem(violation, Source(shown, _line(lines, place)), remedy, Exit.UNREADABLE)


def _line(lines: Mapping[Place, int], place: Place) -> int:
    return next((lines[place[:end]] for end in range(len(place), -1, -1) if place[:end] in lines), 0)


def _lines(text: str) -> dict[Place, int]:
    """Return the line of each key and item, by its place."""
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    return dict(_places(node, ())) if node is not None else {}


def _places(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            yield from _places(value, inner)
            yield inner, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _places(item, (*place, index))


def labels(given: Mapping[str, Any] | None) -> dict[str, str]:
    """Return labels or annotations as text."""
    return {name: str(value) for name, value in (given or {}).items()}


@dataclass(frozen=True, slots=True)
class Renaming:
    """What is exchanged in cases that are written for one environment, so that they hold for another one.

    Args:
        name: The environment that they are written for.
        to: The one in which they are run.
        url: The address of Grafana that they are written for; empty for none.
        to_url: The address of Grafana there.
    """

    name: str
    to: str
    url: str = ""
    to_url: str = ""

    def __call__(self, value: Any) -> Any:
        """Return *value* with the names exchanged wherever they stand in it as whole words."""
        if self.name == self.to and self.url == self.to_url:
            return value
        if isinstance(value, str):
            moved = value.replace(self.url, self.to_url) if self.url else value
            return re.sub(rf"\b{re.escape(self.name)}\b", lambda _: self.to, moved)
        if isinstance(value, Mapping):
            return {key: self(inner) for key, inner in value.items()}
        return [self(inner) for inner in value] if isinstance(value, list) else value
