"""Rule files: groups, alerts and recording rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dojoboards import names
from dojoboards.report.differences.compare import compare, expression, same_expression
from dojoboards.report.differences.difference import Difference
from dojoboards.report.differences.matching import Matches, matched, out_of_order
from dojoboards.report.differences.shared import told_once
from dojoboards.report.differences.values import ABSENT, frozen, name, omit, shown

_KINDS = {"alert": "alert", "record": "recording rule"}
_OF_A_GROUP = frozenset({"name", "rules"})
_SHOWN_APART = frozenset({"alert", "record", "expr", "labels", "annotations"})
_OF_AN_ALERT = (("for", "for"), ("keep_firing_for", "keeps firing for"))


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule and where it stands.

    Args:
        json: The rule.
        kind: `alert` or `record`.
        name: Its name.
        group: The position of its group in the new file; negative for a group that is gone.
        group_name: What the group is called.
        labels: What it adds, for comparison.
        expr: Its expression, for comparison.
    """

    json: Mapping[str, Any]
    kind: str
    name: str
    group: int
    group_name: str
    labels: Hashable
    expr: Hashable


def compare_rules(before: Any, after: Any) -> Iterator[Difference]:
    """Yield what differs between two rule files."""
    if not (_fits(before) and _fits(after)):
        yield from compare((), before, after)
        return
    old, new = before["groups"], after["groups"]
    groups = matched(old, new, lambda group: frozen(group["name"]), _names)
    for j in groups.added:
        yield Difference(what="added", where=(_group(new[j]),), note=_many(new[j]))
    for i in groups.removed:
        yield Difference(what="removed", where=(_group(old[i]),), note=_many(old[i]))
    for i, j in groups.pairs:
        yield from _of_group(old[i], new[j])
    now = dict(groups.pairs)
    one = [rule for i, group in enumerate(old) for rule in _rules(group, now.get(i, -1 - i))]
    other = [rule for j, group in enumerate(new) for rule in _rules(group, j)]
    yield from _of_rules(one, other)
    yield from compare((), omit(before, {"groups"}), omit(after, {"groups"}))


def _fits(document: Any) -> bool:
    if not isinstance(document, dict) or not isinstance(document.get("groups"), list):
        return False
    return all(
        isinstance(group, dict)
        and "name" in group
        and isinstance(group.get("rules"), list)
        and all(isinstance(rule, dict) and _kind(rule) for rule in group["rules"])
        for group in document["groups"]
    )


def _kind(rule: Mapping[str, Any]) -> str:
    kinds = [kind for kind in _KINDS if kind in rule]
    return kinds[0] if len(kinds) == 1 else ""


def _group(group: Mapping[str, Any]) -> str:
    return f"group {shown(group['name'])}"


def _many(group: Mapping[str, Any]) -> str:
    return names.counted(len(group["rules"]), "rule")


def _names(group: Mapping[str, Any]) -> Hashable:
    """Return the names of a group's rules, by which a renamed group is recognised."""
    return frozen([rule[_kind(rule)] for rule in group["rules"]]) if group["rules"] else None


def _of_group(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    one, other = _group(before), _group(after)
    if one != other:
        yield Difference(what="renamed", where=("group",), before=shown(before["name"]), after=shown(after["name"]))
    yield from compare((other,), omit(before, _OF_A_GROUP), omit(after, _OF_A_GROUP))


def _rules(group: Mapping[str, Any], number: int) -> Iterator[_Rule]:
    for rule in group["rules"]:
        kind = _kind(rule)
        labels, expr = frozen(rule.get("labels", {})), frozen(rule.get("expr"))
        yield _Rule(rule, kind, shown(rule[kind]), number, shown(group["name"]), labels, expr)


def _of_rules(before: Sequence[_Rule], after: Sequence[_Rule]) -> Iterator[Difference]:
    found = matched(
        before,
        after,
        lambda rule: (rule.group, rule.kind, rule.name, rule.labels, rule.expr),
        lambda rule: (rule.group, rule.kind, rule.name, rule.labels),
        lambda rule: (rule.group, rule.kind, rule.name, rule.expr),
        lambda rule: (rule.kind, rule.name, rule.labels, rule.expr),
        lambda rule: (rule.kind, rule.name, rule.labels),
        lambda rule: (rule.group, rule.kind, rule.name),
        lambda rule: (rule.kind, rule.name),
        lambda rule: (rule.group, rule.kind, rule.labels, rule.expr),
        lambda rule: (rule.kind, rule.labels, rule.expr),
    )
    former, names = _names_of(before), _names_of(after)
    for j in found.added:
        yield _whole("added", names[j], after[j])
    for i in found.removed:
        yield _whole("removed", former[i], before[i])
    yield from told_once((one for i, j in found.pairs for one in _of_rule(names[j], before[i], after[j])), "rules")
    yield from _orders(before, after, found)


def _names_of(rules: Sequence[_Rule]) -> Sequence[str]:
    """Return how each rule is called: where several have one name, with the labels or the number that tell it apart."""
    namesakes: dict[str, list[int]] = defaultdict(list)
    names = [f"{_KINDS[rule.kind]} {rule.name}" for rule in rules]
    for index, called in enumerate(names):
        namesakes[called].append(index)
    for called, indices in namesakes.items():
        if len(indices) == 1:
            continue
        apart = _apart([rules[index] for index in indices])
        often = Counter(apart)
        for number, (index, labels) in enumerate(zip(indices, apart, strict=True), 1):
            parts = [labels] * bool(labels) + [f"#{number}"] * (often[labels] > 1)
            names[index] = f"{called} ({', '.join(parts)})"
    return names


def _apart(rules: Sequence[_Rule]) -> Sequence[str]:
    """Return the labels of each rule that are not the same for all of them."""
    every = [labels if isinstance(labels := rule.json.get("labels"), dict) else {} for rule in rules]
    keys = sorted({key for labels in every for key in labels})
    varying = [key for key in keys if len({frozen(labels.get(key)) for labels in every}) > 1]
    return [
        ", ".join(
            shown(labels[key]) if key == "severity" else f"{key}={shown(labels[key])}"
            for key in varying
            if key in labels
        )
        for labels in every
    ]


def _severity(rule: _Rule) -> str:
    labels = rule.json.get("labels")
    return shown(labels["severity"]) if isinstance(labels, dict) and labels.get("severity") else ""


def _whole(what: str, label: str, rule: _Rule) -> Difference:
    """Return the difference of a rule that comes, with its expression, or goes."""
    severity = _severity(rule)
    parts = [f"severity {severity}"] if severity else []
    parts += [f"{words} {shown(rule.json[key])}" for key, words in _OF_AN_ALERT if key in rule.json]
    note = ", ".join([*parts, f"in group {rule.group_name}"])
    expr = rule.json.get("expr")
    if what == "added" and isinstance(expr, str):
        return expression((label,), None, expr, note=note)
    return Difference(what="added" if what == "added" else "removed", where=(label,), note=note)


def _of_rule(label: str, before: _Rule, after: _Rule) -> Iterator[Difference]:
    if before.name != after.name:
        yield Difference(what="renamed", where=(_KINDS[after.kind],), before=before.name, after=after.name)
    if before.group != after.group:
        old_group, new_group = (f"group {rule.group_name}" for rule in (before, after))
        yield Difference(what="moved", where=(label,), before=old_group, after=new_group)
    one, other = before.json, after.json
    old, new = one.get("expr", ABSENT), other.get("expr", ABSENT)
    if not same_expression(old, new):
        yield from compare((label,), old, new, "expression")
    yield from compare((label,), omit(one, _SHOWN_APART), omit(other, _SHOWN_APART))
    yield from _texts(label, "label", one.get("labels", ABSENT), other.get("labels", ABSENT))
    yield from _texts(label, "annotation", one.get("annotations", ABSENT), other.get("annotations", ABSENT))


def _texts(label: str, noun: str, before: Any, after: Any) -> Iterator[Difference]:
    """Yield what differs between the labels or the annotations of a rule."""
    one, other = ({} if value in (ABSENT, None) else value for value in (before, after))
    if not (isinstance(one, dict) and isinstance(other, dict)):
        yield from compare((label,), before, after, f"{noun}s")
        return
    for key in sorted({*one, *other}):
        word = key if key == "severity" and noun == "label" else f"{noun} {name(key)}"
        yield from compare((label, word), one.get(key, ABSENT), other.get(key, ABSENT))


def _orders(before: Sequence[_Rule], after: Sequence[_Rule], found: Matches) -> Iterator[Difference]:
    """Yield the groups whose rules are evaluated in another order."""
    by_group: dict[int, list[int]] = {}
    for i, j in found.pairs:
        if before[i].group == after[j].group:
            by_group.setdefault(after[j].group, []).append(i)
    names = {rule.group: rule.group_name for rule in after}
    for group, positions in by_group.items():
        if out_of_order(positions):
            yield Difference(what="moved", where=(f"group {names[group]}", "rules"), note="they are in another order")
