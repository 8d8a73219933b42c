"""Rule groups as a ruler gives them back, and the mark of ours. Pure.

A ruler writes durations anew and leaves out what is empty, so what is compared is written as it would write it.

The mark is one more recording rule in each of our groups, `dojoboards_build_info`, with a digest of the others. A group
is stored as a whole, so the mark is never older or newer than the rules that it speaks of; and whoever asks for that
metric learns which build is live.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from dojoboards import names
from dojoboards.artifact import yaml_bytes

MARK = "dojoboards_build_info"
_DIGITS = 16
_FIRST_OF_GROUP = ("name", "interval", "query_offset", "limit")
_FIRST_OF_RULE = ("record", "alert", "expr", "for", "keep_firing_for")
_TEXTS = ("labels", "annotations")
_DURATIONS = frozenset({"interval", "query_offset", "evaluation_delay", "for", "keep_firing_for"})
_UNITS = (("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000))
_ONLY_WHOLE = frozenset({"y", "w"})


@dataclass(frozen=True, slots=True)
class Mark:
    """What a group's mark says.

    Args:
        project: Whose group it is.
        environment: The project's environment.
        digest: Of the group as it was pushed.
    """

    project: str
    environment: str
    digest: str


def namespace(project: str, module: str) -> str:
    """Return the namespace of a module's groups; it is one part of a path."""
    return f"dojoboards.{project}.{module}"


def module_of(project: str, name: str) -> str:
    """Return the module whose namespace is called *name*; nothing if it is not one of *project*'s."""
    prefix = namespace(project, "")
    return name[len(prefix) :] if name.startswith(prefix) else ""


def body(group: Mapping[str, Any]) -> bytes:
    """Return a group as the one group of a rule file, in the way in which a ruler writes it."""
    return yaml_bytes({"groups": [_canonical(group)]}, header=False)


def digest(content: bytes) -> str:
    """Return the digest of a group's body."""
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def marked(group: Mapping[str, Any], module: str, mark: Mark) -> dict[str, Any]:
    """Return *group* with its mark, as the last rule."""
    labels = {
        "project": mark.project,
        "environment": mark.environment,
        "module": module,
        "group": group["name"],
        "digest": mark.digest,
    }
    return {**group, "rules": [*group["rules"], {"record": MARK, "expr": "vector(1)", "labels": labels}]}


def unmarked(group: Mapping[str, Any]) -> tuple[dict[str, Any], Mark | None]:
    """Return a group without its mark, and the mark; none where there is not exactly one."""
    marks = [rule for rule in group["rules"] if rule.get("record") == MARK]
    rest = {**group, "rules": [rule for rule in group["rules"] if rule.get("record") != MARK]}
    if len(marks) != 1:
        return rest, None
    labels = marks[0].get("labels") or {}
    return rest, Mark(*(str(labels.get(key, "")) for key in ("project", "environment", "digest")))


def first_difference(one: bytes, other: bytes) -> str:
    """Return where two bodies begin to differ: a setting of the group, or of one of its rules."""
    (first,), (second,) = (yaml.load(each, yaml.CSafeLoader)["groups"] for each in (one, other))
    pairs = [("", first, second), *zip(map(_name, first["rules"]), first["rules"], second["rules"], strict=False)]
    for name, old, new in pairs:
        for key in sorted({*old, *new} - {"rules"}):
            if old.get(key) != new.get(key):
                return f"`{key}` of {name}" if name else f"`{key}`"
    return "`rules`"


def _name(rule: Mapping[str, Any]) -> str:
    return str(rule.get("alert") or rule.get("record"))


def with_labels(group: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """Return *group* with labels for alerts that have none of that name, as Prometheus adds its external labels."""
    return {**group, "rules": [_labelled(rule, labels) if "alert" in rule else rule for rule in group["rules"]]}


def _labelled(rule: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    own = rule.get("labels") or {}
    added = {key: f"{{{{ or $labels.{key} {json.dumps(value)} }}}}" for key, value in labels.items() if key not in own}
    return {**rule, "labels": {**own, **added}}


def _canonical(group: Mapping[str, Any]) -> dict[str, Any]:
    rules = [_ordered(rule, _FIRST_OF_RULE) for rule in group["rules"]]
    return {**_ordered({key: value for key, value in group.items() if key != "rules"}, _FIRST_OF_GROUP), "rules": rules}


def _ordered(mapping: Mapping[str, Any], first: tuple[str, ...]) -> dict[str, Any]:
    """Return a mapping as a ruler writes it: without what is empty, durations in their shortest form."""
    keys = [*first, *sorted(key for key in mapping if key not in first and key not in _TEXTS), *_TEXTS]
    found = {key: _written(key, mapping[key]) for key in keys if key in mapping}
    return {key: value for key, value in found.items() if value}


def _written(key: str, value: Any) -> Any:
    if key in _DURATIONS:
        return _duration(str(value or ""))
    if key in _TEXTS and isinstance(value, Mapping):
        return {str(name): str(text) for name, text in sorted(value.items(), key=lambda pair: str(pair[0]))}
    return str(value) if key in {"expr", "record", "alert", "name"} else value


def _duration(text: str) -> str:
    """Return a duration as Prometheus writes it; nothing for one of nothing."""
    try:
        left = names.milliseconds(text) if text != "0" else 0
    except ValueError:
        return text
    written = ""
    for unit, size in _UNITS:
        if left >= size and not (unit in _ONLY_WHOLE and left % size):
            written += f"{left // size}{unit}"
            left %= size
    return written + (f"{left}ms" if left else "")
