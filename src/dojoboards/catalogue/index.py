"""Things with labels, found by what matchers ask of these without a look at each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypeVar

from dojoboards.catalogue.relabel import LabelSet
from dojoboards.expressions import Matcher, variable

_FEW = 8
"""So many things are looked at one by one sooner than they are found."""
_LITERAL = re.compile(r"[\w:-]+(?:\|[\w:-]+)*")


class Labelled(Protocol):
    """A thing with labels, as far as these are known."""

    @property
    def labels(self) -> LabelSet | None:
        """Its labels."""


T = TypeVar("T", bound=Labelled)


class _Postings(NamedTuple):
    """Where things stand: by a value that a label of theirs can have, and those of which it may be any."""

    known: dict[str, list[int]]
    unknown: list[int]


@dataclass(frozen=True, slots=True, eq=False)
class Index(Generic[T]):
    """Things with labels.

    Args:
        all: They, in their order.
    """

    all: Sequence[T]
    _by_label: dict[str, _Postings] = field(default_factory=dict)

    def perhaps(self, matchers: Iterable[Matcher]) -> Sequence[T]:
        """Return things in their order: all that the *matchers* can accept, and perhaps some that they do not."""
        if len(self.all) <= _FEW:
            return self.all
        least: list[list[int]] | None = None
        for matcher in matchers:
            if (values := literal(matcher)) is not None:
                known, unknown = self._of(matcher.name)
                found = [unknown, *(known[value] for value in values if value in known)]
                if least is None or sum(map(len, found)) < sum(map(len, least)):
                    least = found
        return self.all if least is None else [self.all[at] for at in sorted(set().union(*least))]

    def _of(self, label: str) -> _Postings:
        if label not in self._by_label:
            postings = self._by_label[label] = _Postings({}, [])
            for at, thing in enumerate(self.all):
                values = (thing.labels or LabelSet()).get(label).known
                if values is None:
                    postings.unknown.append(at)
                for value in values or ():
                    postings.known.setdefault(value, []).append(at)
        return self._by_label[label]


def literal(matcher: Matcher) -> Sequence[str] | None:
    """Return the values that a matcher accepts, where it lists them; None where it is another kind of matcher."""
    if matcher.operator not in ("=", "=~") or variable(matcher.value) or variable(matcher.name):
        return None
    if matcher.operator == "=":
        return (matcher.value,)
    return matcher.value.split("|") if _LITERAL.fullmatch(matcher.value) else None
