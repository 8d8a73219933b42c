"""A file of cases: read, checked against its schema, with the line of each part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dojoboards import schemas
from dojoboards.errors import DojoboardsError, Problem, Source
from dojoboards.written import Place, Written, parse

_REMEDY = "docs/testing.md says what a file of cases holds"


@dataclass(frozen=True)
class CaseFile:
    """A file of cases.

    Args:
        path: Below the project's root, with forward slashes.
        written: What is in it.
    """

    path: str
    written: Written = field(repr=False)

    @property
    def document(self) -> Mapping[str, Any]:
        """What it says."""
        document: Mapping[str, Any] = self.written.document
        return document

    def source(self, place: Place = ()) -> Source:
        """Return where a part of the document stands, such as `("tests", 0)`."""
        return self.written.source(place)

    def problem(self, place: Place, message: str, remedy: str = "") -> Problem:
        """Return what is wrong with a part of the document."""
        return self.written.problem(place, message, remedy)


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
    written = parse(text, shown)
    if violations := list(schemas.violations(schema, written.document)):
        raise DojoboardsError(written.problem(_place(each), each, _REMEDY) for each in violations)
    return CaseFile(path, written)


def _place(violation: str) -> Place:
    where, _, _ = violation.partition(": ")
    return tuple(int(part) if part.isdigit() else part for part in where.split("."))


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
