"""The labels of series, as far as they are known: which are surely there, and which can be."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from dojoboards.expressions.nodes import MARK

_NONE: frozenset[str] = frozenset()


class Labels(NamedTuple):
    """What is known of the labels of some series; the metric's name is none of them.

    Args:
        certain: Labels that each of them has.
        possible: Every label that one of them can have; None where it can be any.
        never: Where it can be any: labels that none of them has.
    """

    certain: frozenset[str] = _NONE
    possible: frozenset[str] | None = _NONE
    never: frozenset[str] = _NONE

    @property
    def exact(self) -> bool:
        """Whether each series has the same labels, and these are known."""
        return self.certain == self.possible

    def has(self, label: str) -> bool | None:
        """Return whether every series has the label (True), none has it (False), or it is not known (None)."""
        if label in self.certain:
            return True
        if self.possible is None:
            return False if label in self.never else None
        return None if label in self.possible else False

    def only(self, names: Iterable[str]) -> Labels:
        """Return what `by (names)` leaves."""
        known, vague = _known(names)
        if vague:
            return Labels(self.certain & known, self.possible, self.never)
        possible = known - self.never if self.possible is None else known & self.possible
        return Labels(self.certain & known, possible)

    def without(self, names: Iterable[str]) -> Labels:
        """Return what `without (names)` leaves."""
        known, vague = _known(names)
        certain = _NONE if vague else self.certain - known
        if self.possible is None:
            return Labels(certain, None, self.never | known)
        return Labels(certain, self.possible - known)

    def plus(self, certain: Iterable[str] = (), possible: Iterable[str] = ()) -> Labels:
        """Return it with more labels, that are surely there or can be."""
        sure, vague = _known(certain)
        maybe, vaguer = _known(possible)
        if vague or vaguer:
            return Labels(self.certain | sure, None)
        if self.possible is None:
            return Labels(self.certain | sure, None, self.never - sure - maybe)
        return Labels(self.certain | sure, self.possible | sure | maybe)

    def perhaps(self, names: Iterable[str]) -> Labels:
        """Return it where these labels can be there and can be missing, whatever was known of them."""
        known, _ = _known(names)
        return Labels(self.certain - known, self.possible, self.never).plus(possible=names)

    def joined(self, other: Labels) -> Labels:
        """Return what is known of series that are of one or of the other."""
        certain = self.certain & other.certain
        if self.possible is not None and other.possible is not None:
            return Labels(certain, self.possible | other.possible)
        never = frozenset(name for name in self.never | other.never if self.has(name) is other.has(name) is False)
        return Labels(certain, None, never)


NONE = Labels()
"""No labels at all."""

ANY = Labels(possible=None)
"""Nothing is known."""


def exactly(*names: str) -> Labels:
    """Return labels that are surely there, and no others."""
    return Labels(frozenset(names), frozenset(names))


def unmatched(left: Labels, right: Labels, *, on: bool, names: Iterable[str]) -> str:
    """Return a label for which no series of one side can find one of the other; empty where there is none.

    It is one that each series of one side has, and none of the other, and that an operator compares.

    Args:
        left: The labels of the left side.
        right: Those of the right side.
        on: Whether *names* are those that are compared; else all but them are.
        names: The labels of `on` or `ignoring`.
    """
    known, vague = _known(names)
    if vague and not on:
        return ""
    compared = known if on else (left.certain | right.certain) - known
    for name in sorted(compared):
        if {left.has(name), right.has(name)} == {True, False}:
            return name
    return ""


def _known(names: Iterable[str]) -> tuple[frozenset[str], bool]:
    """Return those of *names* that are no variables, and whether there are others."""
    return _told(tuple(names))


@cache
def _told(names: tuple[str, ...]) -> tuple[frozenset[str], bool]:
    known = frozenset(name for name in names if MARK not in name)
    return known, len(known) != len(frozenset(names))
