"""Prometheus: reload, and verify that it has every rule, and has evaluated it without error."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from dojoboards import names, promql
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.model import Alert, Project, RuleGroup
from dojoboards.targets.servers import Client, words

_GRACE = 30.0
_PAUSE = 0.1
_DEFAULT_INTERVAL = "1m"
_LONG = 2000
"""Characters of a server's reason that are shown: the labels of several series may stand in it."""

_RELOADED = "does it read the directory that was pushed to, and was it reloaded?"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it stands in a file, or as a server reports it."""

    file: str
    group: str
    name: str
    expr: str
    duration: float
    labels: tuple[tuple[str, str], ...]

    @property
    def place(self) -> str:
        """What it is called in a message."""
        return f"rule {self.name!r} of group {self.group!r}"


def reach(server: Client) -> list[Problem]:
    """Return why Prometheus cannot be pushed to: it does not answer, or does not let itself be reloaded."""
    try:
        with server.understood():
            server.get("/-/ready")
            flags = _data(server, "/api/v1/status/flags")
    except DojoboardsError as error:
        return list(error.problems)
    if flags.get("web.enable-lifecycle") == "false":
        message = f"{server.name} does not let itself be reloaded: its lifecycle API is off"
        return [Problem(message, None, "start it with --web.enable-lifecycle", Exit.UNREACHABLE)]
    return []


def reload(server: Client) -> list[Problem]:
    """Let it read its files again."""
    return server.reload()


def verify(server: Client, project: Project, held: Mapping[str, bytes], timeout: float | None) -> list[Problem]:
    """Return the rules and scrape jobs that it does not run, after waiting until each rule has been evaluated."""
    expected, jobs, longest = _expected(held)
    deadline = time.monotonic() + (2 * longest + _GRACE if timeout is None else timeout)
    try:
        with server.understood():
            problems = _configuration(server, jobs)
        if problems:
            return problems
        while True:
            with server.understood():
                running = reported(_data(server, "/api/v1/rules"))
                wrong, waiting = judge(server.name, project.groups, expected, running, _RELOADED)
            if wrong or not waiting:
                return wrong
            if time.monotonic() > deadline:
                return waiting
            time.sleep(_PAUSE)
    except DojoboardsError as error:
        return list(error.problems)


def _expected(held: Mapping[str, bytes]) -> tuple[list[Rule], set[str], float]:
    """Return the rules and scrape jobs in our files, and the longest interval of a group in seconds."""
    rules: list[Rule] = []
    main = yaml.load(held.get("prometheus.yml", b"{}"), Loader=yaml.CSafeLoader) or {}
    interval = main.get("global", {}).get("evaluation_interval", _DEFAULT_INTERVAL)
    longest = _seconds(interval)
    for path, body in held.items():
        if not path.startswith("rules/"):
            continue
        for group in (yaml.load(body, Loader=yaml.CSafeLoader) or {}).get("groups") or ():
            longest = max(longest, _seconds(group.get("interval") or interval))
            rules.extend(declared(PurePosixPath(path).name, group["name"], rule) for rule in group["rules"])
    return rules, {job["job_name"] for job in main.get("scrape_configs") or ()}, longest


def declared(file: str, group: str, rule: Mapping[str, Any]) -> Rule:
    """Return a rule that stands in a file."""
    name = rule.get("alert") or rule["record"]
    labels = tuple(sorted((key, str(value)) for key, value in (rule.get("labels") or {}).items()))
    return Rule(file, group, name, promql.canonical(rule["expr"]), _seconds(rule.get("for") or "0s"), labels)


def _seconds(duration: str) -> float:
    return names.milliseconds(duration) / 1000


def _configuration(server: Client, jobs: set[str]) -> list[Problem]:
    """Return whether its last reload failed, and the scrape jobs that it does not run."""
    metrics = server.get("/metrics").decode(errors="replace")
    found = re.search(r"^prometheus_config_last_reload_successful (\S+)$", metrics, re.MULTILINE)
    if found and float(found[1]) != 1:
        message = f"{server.name} could not read its configuration at its last reload"
        return [Problem(message, None, "its log says which file, and why")]
    answer = _data(server, "/api/v1/status/config")
    running = yaml.load(str(answer.get("yaml", "")), Loader=yaml.CSafeLoader) or {}
    known = [job.get("job_name") for job in running.get("scrape_configs") or ()]
    missing = sorted(job for job in jobs if job not in known)
    remedy = "does it read the directory that was pushed to? `server_path` says where it sees it"
    return [Problem(f"{server.name} does not run the scrape job {job!r}", None, remedy) for job in missing]


def judge(
    name: str,
    groups: Sequence[RuleGroup],
    expected: Iterable[Rule],
    reports: Iterable[tuple[Rule, Mapping[str, Any]]],
    hint: str,
) -> tuple[list[Problem], list[Problem]]:
    """Return what is wrong, and what may yet come: rules that are not there or not yet evaluated.

    Args:
        name: What the server is called.
        groups: What declares them.
        expected: The rules that it should run.
        reports: The rules that it runs, and what it says about them.
        hint: What to do where it does not have a rule.
    """
    running: dict[tuple[str, str, str], list[tuple[Rule, Mapping[str, Any]]]] = {}
    for rule, report in reports:
        running.setdefault((rule.file, rule.group, rule.name), []).append((rule, report))
    wrong: list[Problem] = []
    waiting: list[Problem] = []
    for rule in expected:
        source = _source(rule, groups)
        candidates = running.get((rule.file, rule.group, rule.name), [])
        match = next((report for found, report in candidates if found == rule), None)
        if match is None:
            what = "runs another version of" if candidates else "does not have"
            waiting.append(Problem(f"{name} {what} {rule.place}", source, hint))
        elif match.get("health") == "err":
            error = words(match.get("lastError") or "it does not say why", _LONG)
            message = f"{rule.place} fails when {name} evaluates it: {error}"
            wrong.append(Problem(message, source, "correct the expression: it parses, but not for this data"))
        elif match.get("health") != "ok":
            message = f"{name} has not yet evaluated {rule.place}"
            waiting.append(Problem(message, source, "wait longer with --verify-timeout SECONDS"))
        else:
            wrong.extend(_annotations(match, rule, source))
    return wrong, waiting


def _annotations(report: Mapping[str, Any], rule: Rule, source: Source | None) -> Iterator[Problem]:
    for alert in report.get("alerts") or ():
        for name, text in (alert.get("annotations") or {}).items():
            if "<error expanding template" in str(text):
                message = f"the annotation {name!r} of {rule.place} does not work: {words(text, _LONG)}"
                yield Problem(message, source, "correct it")
                return


def reported(data: Mapping[str, Any]) -> Iterator[tuple[Rule, Mapping[str, Any]]]:
    """Yield the rules in the answer of `/api/v1/rules`, and what is said about each."""
    for group in data.get("groups") or ():
        file = PurePosixPath(str(group.get("file", ""))).name
        for report in group.get("rules") or ():
            labels = tuple(sorted((report.get("labels") or {}).items()))
            duration = float(report.get("duration") or 0)
            expr = promql.canonical(str(report.get("query", "")))
            name = str(report.get("name"))
            yield Rule(file, str(group.get("name")), name, expr, duration, labels), report


def _data(server: Client, path: str) -> Mapping[str, Any]:
    body = server.get(path)
    try:
        answer = json.loads(body)
        data: Mapping[str, Any] = answer["data"]
        data.get("")
    except (ValueError, KeyError, TypeError, AttributeError):
        message = f"{server.name} answers {path} with something that is not Prometheus' JSON"
        remedy = "is this the address of a Prometheus?"
        raise DojoboardsError([Problem(message, None, remedy, Exit.UNREACHABLE)]) from None
    return data


def _source(rule: Rule, groups: Sequence[RuleGroup]) -> Source | None:
    for group in groups:
        if group.name == rule.group and f"{group.module}.yml" == rule.file:
            for declared in group.rules:
                if (declared.name if isinstance(declared, Alert) else declared.record) == rule.name:
                    return declared.source
    return None
