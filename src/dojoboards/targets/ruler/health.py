"""Whether a ruler runs what it holds: every rule is there, has been evaluated, and did not fail."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from dojoboards import names
from dojoboards.errors import DojoboardsError, Problem
from dojoboards.model import Project
from dojoboards.targets.prometheus import Rule, declared, judge, reported
from dojoboards.targets.ruler.connection import Connection, Refusal
from dojoboards.targets.ruler.groups import module_of

PATH = "/prometheus/api/v1/rules"
_CLOSED = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
)
_GRACE = 90.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_DEFAULT_INTERVAL = "1m"
_LATER = "a ruler looks for new rules now and then: wait longer with --verify-timeout SECONDS"


def unhealthy(
    connection: Connection,
    project: Project,
    held: Mapping[tuple[str, str], Mapping[str, Any]],
    timeout: float | None,
    *,
    promql: bool,
) -> list[Problem] | None:
    """Return the rules that are not run, after waiting for them; None where the server does not let us see.

    Args:
        connection: The server.
        project: Whose rules they are.
        held: Groups by namespace and name, with their marks.
        timeout: Seconds to wait; None is long enough for two evaluations of every rule.
        promql: Whether expressions are PromQL, which is compared by its meaning, and otherwise not at all.
    """
    groups = project.groups if promql else project.log_groups
    files = {namespace: f"{module_of(project.name, namespace)}.yml" for namespace, _ in held}
    expected = [
        _comparable(declared(files[namespace], name, rule), promql=promql)
        for (namespace, name), group in held.items()
        for rule in group["rules"]
    ]
    longest = max((_seconds(group) for group in held.values()), default=0.0)
    deadline = time.monotonic() + (2 * longest + _GRACE if timeout is None else timeout)
    step = _FIRST_PAUSE
    while expected:
        try:
            running = [(_comparable(rule, promql=promql), report) for rule, report in _running(connection, files)]
        except Refusal as refusal:
            if refusal.status in _CLOSED:
                return None
            return [connection.problem("say what it runs", refusal)]
        except DojoboardsError as error:
            return list(error.problems)
        wrong, waiting = judge(connection.name, groups, expected, running, _LATER)
        if wrong or not waiting:
            return wrong
        if time.monotonic() + step > deadline:
            return waiting
        time.sleep(step)
        step = min(2 * step, _LONGEST_PAUSE)
    return []


def _running(connection: Connection, files: Mapping[str, str]) -> Iterator[tuple[Rule, Mapping[str, Any]]]:
    answer = connection.get(PATH)
    try:
        groups = [
            {**group, "file": files[group["file"]]}
            for group in answer["data"]["groups"] or ()
            if group["file"] in files
        ]
        return iter(list(reported({"groups": groups})))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise connection.unusable(f"answers {PATH} with something that is not Prometheus' JSON") from None


def _comparable(rule: Rule, *, promql: bool) -> Rule:
    return rule if promql else replace(rule, expr="")


def _seconds(group: Mapping[str, Any]) -> float:
    return names.milliseconds(group.get("interval") or _DEFAULT_INTERVAL) / 1000
