"""Rule files of Prometheus, Mimir, Loki and Thanos, and `PrometheusRule` objects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from dojoboards import promql
from dojoboards.errors import Problem
from dojoboards.importer.document import Document, Path, mappings, misfits, rest, text, texts
from dojoboards.model import Alert, RecordingRule, RuleGroup

_OF_OTHERS = frozenset(
    {
        "align_evaluation_time_on_interval",
        "evaluation_delay",
        "partial_response_strategy",
        "remote_write",
        "source_tenants",
    }
)
"""Keys of a group that Mimir, Loki or Thanos know beside those of Prometheus."""

_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`')
_LOGQL = re.compile(r"\||\}\s*!=\s*\"|\bbytes_(?:rate|over_time)\b|\brate_counter\b")


class Rules(NamedTuple):
    """What a rule file says, and what is wrong with it.

    Args:
        groups: Its groups.
        logs: Whether its expressions are LogQL, so that it is for a Loki.
        problems: What a server would refuse.
    """

    groups: list[RuleGroup]
    logs: bool
    problems: list[Problem]


def read(document: Document, at: Path, module: str) -> Rules:
    """Return what a rule file says.

    Args:
        document: The file's.
        at: Where in it the groups stand.
        module: What messages call it.
    """
    part = document.part(at)
    groups = [_group(document, each, (*at, "groups", index), module) for index, each in mappings(part, "groups")]
    wrong = {
        rule.expr: what
        for group in groups
        for rule in group.rules
        if rule.expr.strip() and (what := promql.problem(rule.expr, variables=False))
    }
    logs = any(is_logql(expr) for expr in wrong)
    problems = list(misfits(document, "rules", _of_prometheus(part), at, "Loki" if logs else "Prometheus"))
    for rule in (rule for group in groups for rule in group.rules):
        if not logs and rule.expr in wrong:
            name = rule.name if isinstance(rule, Alert) else rule.record
            message = f"the expression of {name!r} is not PromQL: {wrong[rule.expr]}"
            problems.append(Problem(message, rule.source, "correct `expr`"))
    return Rules(groups, logs, problems)


def _of_prometheus(part: Any) -> Any:
    """Return a rule file without what only other servers know."""
    if not isinstance(part, Mapping):
        return part
    groups = part.get("groups")
    if isinstance(groups, list):
        groups = [rest(group, *_OF_OTHERS) if isinstance(group, Mapping) else group for group in groups]
    return {**rest(part, "namespace"), **({"groups": groups} if "groups" in part else {})}


def _group(document: Document, part: Mapping[str, Any], path: Path, module: str) -> RuleGroup:
    limit = part.get("limit")
    rules = (_rule(document, rule, (*path, "rules", index), part) for index, rule in mappings(part, "rules"))
    return RuleGroup(
        name=text(part, "name"),
        rules=[rule for rule in rules if rule],
        interval=text(part, "interval"),
        limit=limit if isinstance(limit, int) and limit > 0 else 0,
        module=module,
        source=document.source(*path),
    )


def _rule(
    document: Document, part: Mapping[str, Any], path: Path, group: Mapping[str, Any]
) -> Alert | RecordingRule | None:
    expr, source = text(part, "expr"), document.source(*path)
    labels = {**texts(group, "labels"), **texts(part, "labels")}
    if name := text(part, "record"):
        return RecordingRule(record=name, expr=expr, labels=labels, source=source)
    if not (name := text(part, "alert")):
        return None  # the schema says so
    annotations = texts(part, "annotations")
    return Alert(
        name=name,
        expr=expr,
        severity=labels.pop("severity", ""),
        team=labels.pop("team", ""),
        summary=annotations.pop("summary", ""),
        description=annotations.pop("description", ""),
        for_=text(part, "for"),
        keep_firing_for=text(part, "keep_firing_for"),
        labels=labels,
        annotations=annotations,
        source=source,
    )


def is_logql(expr: str) -> bool:
    """Return whether an expression that is not PromQL is Loki's LogQL: it has a pipe, or filters lines."""
    return _LOGQL.search(_STRING.sub('""', expr)) is not None
