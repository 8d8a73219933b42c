"""Relabelling as Prometheus does it, on label sets of which some may not be known.

A label has a set of values that it can have; a step is done for each of them. What cannot be known stays unknown: a
series then may be kept or dropped, and a label may be there or not.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from dojoboards.expressions import regexes
from dojoboards.model import Relabel
from dojoboards.model.catalogue import ABSENT, ANY, OPTIONAL, Values, one

_MOST = 500
"""How many combinations of values are tried; with more, nothing is known of the result."""

Filter = tuple[str, bool]
"""A regular expression for names of labels, and whether those that match stay or go."""


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The labels of a target or a series, as far as they are known.

    Args:
        labels: What is known of each; the metric's name is `__name__`.
        rest: Whether there may be labels that are not among these: None for no, else the filters that they passed.
    """

    labels: Mapping[str, Values] = field(default_factory=dict)
    rest: tuple[Filter, ...] | None = None

    def get(self, name: str) -> Values:
        """Return what is known of a label."""
        known = self.labels.get(name)
        if known is None:
            return OPTIONAL if self._admits(name) else ABSENT
        return known

    def _admits(self, name: str) -> bool:
        if self.rest is None:
            return False
        for text, stays in self.rest:
            pattern = regexes.anchored(text)
            if pattern is not None and (pattern.fullmatch(name) is not None) is not stays:
                return False
        return True

    def having(self, name: str, values: Values) -> LabelSet:
        """Return it with another value of a label."""
        return replace(self, labels={**self.labels, name: values})

    def joined(self, other: LabelSet) -> LabelSet:
        """Return what is known of a series that has the one labels or the others."""
        names = [*dict.fromkeys((*self.labels, *other.labels))]
        rest = None if self.rest is None and other.rest is None else (self.rest or ()) or (other.rest or ())
        if self.rest is not None and other.rest is not None and self.rest != other.rest:
            rest = ()
        return LabelSet({name: self.get(name).joined(other.get(name)) for name in names}, rest)


class Outcome(NamedTuple):
    """What relabelling leaves.

    Args:
        labels: The labels afterwards; None where all is dropped.
        certain: Whether it is surely kept.
        step: The step that drops it.
    """

    labels: LabelSet | None
    certain: bool = True
    step: Relabel | None = None


def relabelled(labels: LabelSet, steps: Iterable[Relabel]) -> Outcome:
    """Return what the *steps* make of a label set."""
    certain = True
    for step in steps:
        after, sure = _step(labels, step)
        if after is None:
            return Outcome(None, step=step)
        labels, certain = after, certain and sure
    return Outcome(labels, certain)


def steps(raw: object) -> tuple[Relabel, ...]:
    """Return the steps that `relabel_configs` in Prometheus' own words are; what is none is left out."""
    found = []
    for entry in raw if isinstance(raw, Sequence) and not isinstance(raw, str) else ():
        if isinstance(entry, Mapping):
            fields = {key: entry[key] for key in _FIELDS if key in entry}
            found.append(Relabel(**fields))
    return tuple(found)


_FIELDS = ("source_labels", "target_label", "regex", "replacement", "action", "separator", "modulus")


def _step(labels: LabelSet, step: Relabel) -> tuple[LabelSet | None, bool]:
    match step.action.lower():
        case "keep" | "drop":
            return _picked(labels, step)
        case "keepequal" | "dropequal":
            return _compared(labels, step)
        case "labeldrop" | "labelkeep":
            return _filtered(labels, step), True
        case "labelmap":
            return _mapped(labels, step), True
        case _:
            return _written(labels, step), True


def _values(labels: LabelSet, step: Relabel) -> frozenset[str] | None:
    """Return what the source labels can be, joined; None where that is not known."""
    found = [labels.get(name).known for name in step.source_labels]
    known = [values for values in found if values is not None]
    count = 1
    for values in known:
        count *= len(values)
    if len(known) < len(found) or count > _MOST:
        return None
    separator = ";" if step.separator is None else step.separator
    return frozenset(separator.join(combination) for combination in itertools.product(*known))


def _picked(labels: LabelSet, step: Relabel) -> tuple[LabelSet | None, bool]:
    """Do `keep` or `drop`; where it decides by one label, what is kept has one of the values that passed."""
    values, pattern = _values(labels, step), _pattern(step)
    keeps = step.action.lower() == "keep"
    if step.regex in _EVERYTHING:
        return (labels, True) if keeps else (None, True)
    if values is None or pattern is None:
        return labels, False
    passed = frozenset(value for value in values if (pattern.fullmatch(value) is not None) is keeps)
    if not passed:
        return None, True
    if len(step.source_labels) == 1:
        labels = labels.having(step.source_labels[0], Values(passed))
    return labels, passed == values


def _compared(labels: LabelSet, step: Relabel) -> tuple[LabelSet | None, bool]:
    values, others = _values(labels, step), labels.get(step.target_label).known
    if values is None or others is None:
        return labels, False
    keeps = step.action.lower() == "keepequal"
    outcomes = {(left == right) is keeps for left in values for right in others}
    return (labels, outcomes == {True}) if True in outcomes else (None, True)


def _filtered(labels: LabelSet, step: Relabel) -> LabelSet:
    pattern, stays = _pattern(step), step.action.lower() == "labelkeep"
    if pattern is None:
        kept = {name: _perhaps(values) for name, values in labels.labels.items()}
        return replace(labels, labels=kept)
    kept = {name: own for name, own in labels.labels.items() if (pattern.fullmatch(name) is not None) is stays}
    if stays and "__name__" not in kept:
        kept["__name__"] = ABSENT
    if labels.rest is None:
        return replace(labels, labels=kept)
    gone = dict.fromkeys(labels.labels.keys() - kept.keys(), ABSENT)
    return LabelSet({**kept, **gone}, (*labels.rest, (step.regex or "(.*)", stays)))


def _perhaps(values: Values) -> Values:
    return OPTIONAL if values.known is None else Values(values.known | {""})


def _mapped(labels: LabelSet, step: Relabel) -> LabelSet:
    pattern, replacement = _pattern(step), _replacement(step)
    if pattern is None:
        return replace(labels, rest=())
    found = dict(labels.labels)
    for name, values in labels.labels.items():
        if (match := pattern.fullmatch(name)) and not values.absent:
            target = regexes.expand(replacement, match)
            found[target] = values if values.certain else values.joined(labels.get(target))
    return LabelSet(found, None if labels.rest is None else ())


def _written(labels: LabelSet, step: Relabel) -> LabelSet:
    """Do what writes a label: `replace`, `hashmod`, `lowercase`, `uppercase`."""
    values, pattern = _values(labels, step), _pattern(step)
    action = step.action.lower()
    if action != "replace":
        new = None if values is None else frozenset(_changed(value, action, step.modulus) for value in values)
        return labels.having(step.target_label, OPTIONAL if new is None else Values(new))
    replacement = _replacement(step)
    if "$" not in replacement + step.target_label and step.regex in _EVERYTHING:
        return labels.having(step.target_label, one(replacement))
    if values is None or pattern is None:
        return _perhaps_written(labels, step, replacement)
    results = [_replaced(labels, step, pattern.fullmatch(value), replacement) for value in values]
    whole = results[0]
    for other in results[1:]:
        whole = whole.joined(other)
    return whole


def _replaced(labels: LabelSet, step: Relabel, match: re.Match[str] | None, replacement: str) -> LabelSet:
    if match is None:
        return labels
    target = regexes.expand(step.target_label, match)
    if not target.replace("_", "a").isalnum() or target[0].isdigit():
        return labels  # Prometheus leaves it then
    return labels.having(target, one(regexes.expand(replacement, match)))


def _perhaps_written(labels: LabelSet, step: Relabel, replacement: str) -> LabelSet:
    """Return the labels after a `replace` of which it is not known whether it matches, and what it writes."""
    if "$" in step.target_label:
        return replace(labels, rest=())
    before = labels.get(step.target_label)
    if "$" in replacement:
        return labels.having(step.target_label, OPTIONAL)
    return labels.having(step.target_label, before.joined(one(replacement)))


def _changed(value: str, action: str, modulus: int) -> str:
    if action == "lowercase":
        return value.lower()
    if action == "uppercase":
        return value.upper()
    digest = hashlib.md5(value.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return str(int.from_bytes(digest[8:], "big") % max(modulus, 1))


_EVERYTHING = (None, "(.*)", ".*")


def _pattern(step: Relabel) -> re.Pattern[str] | None:
    return regexes.anchored("(.*)" if step.regex is None else step.regex)


def _replacement(step: Relabel) -> str:
    return "$1" if step.replacement is None else step.replacement


def visible(labels: LabelSet) -> LabelSet:
    """Return the labels of a target that its series get: those that do not start with two underscores."""
    kept = {name: values for name, values in labels.labels.items() if not name.startswith("__")}
    rest = labels.rest if labels.rest is None else (*labels.rest, ("__.*", False))
    if "instance" not in kept or kept["instance"].absent:
        kept["instance"] = labels.get("__address__")
    elif not kept["instance"].certain:
        kept["instance"] = ANY
    return LabelSet({name: values for name, values in kept.items() if not values.absent or rest is not None}, rest)
