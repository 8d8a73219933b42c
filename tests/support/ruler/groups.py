"""Rule groups as a ruler takes and gives them.

Read in the sources: a body is decoded into a group, so that fields which it has not are dropped without a word and
scalars are words, as they are written; a duration comes back as Prometheus writes it (`300s` as `5m`), and one of
nothing not at all.
All problems of a group are told at once, with a comma between them.
Loki's expressions are not parsed here, and templates nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import promql_parser
import yaml

_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
_MS = {"y": 31_536_000_000, "w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_ONLY_WHOLE = {"y", "w"}
_NOTHING = {"", "~", "null"}
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


class Undecodable(Exception):  # noqa: N818  # it is what it is
    """A body that is no rule group at all."""


def decoded(body: bytes) -> dict[str, Any]:
    """Return the group that a body is, as it would come back.

    Raises:
        Undecodable: it is none.
    """
    try:
        document = yaml.load(body, yaml.CBaseLoader)  # noqa: S506  # it makes words only
    except yaml.YAMLError as error:
        raise Undecodable(str(error)) from error
    group = _mapping(document)
    rules = group.get("rules", "")
    if not isinstance(rules, list) and rules not in _NOTHING:
        raise Undecodable("rules")
    found = {
        "name": _word(group.get("name")),
        "interval": _duration(group.get("interval")),
        "query_offset": _duration(group.get("query_offset")),
        "limit": _whole(group.get("limit")),
        "rules": [_rule(_mapping(rule)) for rule in rules] if isinstance(rules, list) else [],
    }
    return {key: value for key, value in found.items() if value or key in {"name", "rules"}}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "record": _word(rule.get("record")),
        "alert": _word(rule.get("alert")),
        "expr": _word(rule.get("expr")),
        "for": _duration(rule.get("for")),
        "keep_firing_for": _duration(rule.get("keep_firing_for")),
        "labels": {_word(key): _word(value) for key, value in _mapping(rule.get("labels", "")).items()},
        "annotations": {_word(key): _word(value) for key, value in _mapping(rule.get("annotations", "")).items()},
    }
    return {key: value for key, value in found.items() if value or key == "expr"}


def _mapping(value: object) -> Mapping[Any, Any]:
    if isinstance(value, str) and value in _NOTHING:
        return {}
    if not isinstance(value, dict):
        raise Undecodable(repr(value))
    return value


def _word(value: object) -> str:
    if not isinstance(value, str | None):
        raise Undecodable(repr(value))
    return value or ""


def _whole(value: object) -> int:
    word = _word(value)
    if word and not word.isdecimal():
        raise Undecodable(word)
    return int(word or 0)


def milliseconds(text: str) -> int:
    """Return what a duration is in milliseconds.

    Raises:
        Undecodable: it is none.
    """
    found = _DURATION.fullmatch(text)
    if text != "0" and (found is None or not text):
        raise Undecodable(text)
    parts = found.groups() if found else ()
    return sum(int(part or 0) * size for part, size in zip(parts, _MS.values(), strict=False))


def _duration(value: object) -> str:
    """Return a duration as Prometheus writes it; nothing for one of nothing."""
    left = 0 if value is None else milliseconds(_word(value))
    text = ""
    for unit, size in _MS.items():
        if left >= size and not (unit in _ONLY_WHOLE and left % size):
            text += f"{left // size}{unit}"
            left %= size
    return text


def problems(group: Mapping[str, Any], *, promql: bool) -> Iterator[str]:
    """Yield what is wrong with a decoded group.

    Args:
        group: The group.
        promql: Whether its expressions are PromQL.
    """
    if not group["name"]:
        yield "invalid rules configuration: rule group name must not be empty"
        return
    if not group["rules"]:
        yield f"invalid rules configuration: rule group '{group['name']}' has no rules"
    for number, rule in enumerate(group["rules"], 1):
        name = rule.get("record") or rule.get("alert") or ""
        for problem in _problems(rule, promql=promql):
            yield f'group "{group["name"]}", rule {number}, "{name}": {problem}'


def _problems(rule: Mapping[str, Any], *, promql: bool) -> Iterator[str]:
    record, expr = rule.get("record"), rule["expr"]
    if bool(record) == bool(rule.get("alert")):
        yield "one of 'record' or 'alert' must be set, and only one"
    if not expr:
        yield "field 'expr' must be set in rule"
    elif promql and (wrong := _unparsed(expr)):
        yield f"could not parse expression: {wrong}"
    for key in ("annotations", "for", "keep_firing_for") if record else ():
        if rule.get(key):
            yield f"invalid field '{key}' in recording rule"
    if record and not _METRIC.fullmatch(record):
        yield f"invalid recording rule name: {record}"
    for label in rule.get("labels", {}):
        if not _LABEL.fullmatch(label) or label == "__name__":
            yield f"invalid label name: {label}"
    for annotation in rule.get("annotations", {}):
        if not _LABEL.fullmatch(annotation):
            yield f"invalid annotation name: {annotation}"


def _unparsed(expr: str) -> str:
    try:
        promql_parser.parse(expr)
    except ValueError as error:
        return str(error)
    return ""


def seconds(duration: str) -> float:
    """Return what a duration is in seconds; nothing is 0."""
    return milliseconds(duration) / 1000 if duration else 0.0
