"""YAML that people write: what it says, where each part of it stands, and what in it reads otherwise than it looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from dojoboards.errors import DojoboardsError, Exit, Problem, Source

Place = tuple[str | int, ...]
"""The keys and indices on the way to a part of a document."""

_TAG = "tag:yaml.org,2002:"
_SHOWN = 60
_DEEPEST = 50
_MOST = 100_000
"""How much a file may hold, every alias written out: a few lines of aliases of aliases can stand for billions."""


@dataclass(frozen=True, slots=True)
class Written:
    """A document that somebody wrote.

    Args:
        file: Where it is, for messages.
        document: What it says.
        lines: The line of each key and item, counted from 1.
    """

    file: str
    document: Any
    lines: Mapping[Place, int]

    def source(self, place: Place = ()) -> Source:
        """Return where a part of the document stands, or the part around it that is there."""
        line = next((self.lines[place[:end]] for end in range(len(place), -1, -1) if place[:end] in self.lines), 0)
        return Source(self.file, line)

    def problem(self, place: Place, message: str, remedy: str = "") -> Problem:
        """Return what is wrong with a part of the document."""
        return Problem(message, self.source(place), remedy, Exit.UNREADABLE)


def parse(text: str, file: str, hidden: Callable[[Place], bool] = lambda _: False) -> Written:
    """Read YAML.

    Args:
        text: What is in the file.
        file: Where it is, for messages.
        hidden: Whether what stands at a place may be a secret, which no message shows.

    Raises:
        DojoboardsError: it is not YAML, a key stands twice or is not text, something is taken for a date or half a
            number, or it stands for more than any file needs; all problems at once.
    """
    nodes = _Nodes(file, hidden)
    try:
        nodes.walk(yaml.compose(text, Loader=yaml.CSafeLoader))
        if nodes.problems:
            raise DojoboardsError(nodes.problems)
        document = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        source = Source(file, _line(error, text))
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        raise DojoboardsError([Problem(f"not YAML: {reason}", source, exit=Exit.UNREADABLE)]) from None
    return Written(file, document, nodes.lines)


def where(place: Place) -> str:
    """Return what a message calls a place."""
    return ".".join(str(part) for part in place) or "the file"


def _line(error: yaml.YAMLError, text: str) -> int:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    position = getattr(error, "position", None)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 0


class _Nodes:
    """The lines of a YAML file, and what in it would be read as something else than it looks like."""

    def __init__(self, file: str, hidden: Callable[[Place], bool]) -> None:
        self.file = file
        self._hidden = hidden
        self.lines: dict[Place, int] = {(): 1}
        self.problems: list[Problem] = []
        self.count = 0

    def walk(self, node: yaml.Node | None, path: Place = (), above: tuple[int, ...] = ()) -> None:
        self.count += 1
        if len(above) > _DEEPEST or self.count > _MOST:
            too = (
                f"nests more than {_DEEPEST} levels"
                if len(above) > _DEEPEST
                else f"stands for more than {_MOST} values"
            )
            self._wrong(node, f"{where(path[:3])} {too}", "take levels and aliases away")
            raise DojoboardsError(self.problems)
        if id(node) in above:
            self._wrong(node, f"{where(path)} holds itself", "take the alias away")
        elif isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                name = self._key(key, seen)
                self.lines[*path, name] = key.start_mark.line + 1
                self.walk(value, (*path, name), (*above, id(node)))
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.lines[*path, index] = item.start_mark.line + 1
                self.walk(item, (*path, index), (*above, id(node)))
        elif isinstance(node, yaml.ScalarNode) and (what := _surprising(node)):
            shown = "..." if self._hidden(path) or len(node.value) > _SHOWN else node.value
            self._wrong(node, f"{where(path)}: {shown} is read as {what}", f'write it in quotes: "{shown}"')

    def _key(self, key: yaml.Node, seen: set[str]) -> str:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if key.tag not in {f"{_TAG}str", f"{_TAG}merge"}:
            self._wrong(key, f"the key {name} is not text", f'write it in quotes: "{name}"')
        elif name in seen:
            self._wrong(key, f"key {name!r} stands twice", "keep one of the two")
        seen.add(name)
        return name

    def _wrong(self, node: yaml.Node | None, message: str, remedy: str) -> None:
        line = node.start_mark.line + 1 if node is not None else 0
        self.problems.append(Problem(message, Source(self.file, line), remedy, Exit.UNREADABLE))


def _surprising(node: yaml.ScalarNode) -> str:
    """Return what YAML makes of a date, a time or half a number without quotes, or an empty string."""
    if node.tag == f"{_TAG}timestamp":
        return "a date"
    if node.tag in {f"{_TAG}int", f"{_TAG}float"} and ":" in node.value:
        return "a number in base 60"
    try:
        yaml.constructor.SafeConstructor().construct_object(node)
    except (ValueError, LookupError):
        return "a number or a truth value, and is none"
    except yaml.YAMLError:
        pass  # reading the document says it better
    return ""
