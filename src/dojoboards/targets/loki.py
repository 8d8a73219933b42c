"""Loki, fed by files: its ruler looks at them by itself, every minute, so there is nothing to reload.

Below the directory that it is given as `ruler.storage.local.directory` each tenant has a directory of rule files, and
every file in there is read as one. So that is `rules` below ours: what we keep for ourselves lies beside it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import orjson
import yaml

from dojoboards import names
from dojoboards.errors import DojoboardsError, Problem
from dojoboards.model import Project
from dojoboards.targets.prometheus import Rule, declared, judge, reported
from dojoboards.targets.servers import Client

_PATH = "/prometheus/api/v1/rules"
_GRACE = 90.0
"""Seconds: Loki looks for changed files every minute."""
_PAUSE = 0.5
_DEFAULT_INTERVAL = "1m"
_READS = (
    "Loki looks for changed files every minute; is `rules` in the directory that was pushed to its "
    "`ruler.storage.local.directory`, and is this the right `tenant`?"
)


def reach(server: Client) -> list[Problem]:
    """Return why Loki cannot be pushed to: it does not answer, or has no ruler."""
    try:
        with server.understood():
            _running(server)
    except DojoboardsError as error:
        return list(error.problems)
    return []


def reload(server: Client) -> list[Problem]:  # noqa: ARG001  # the protocol's
    """Do nothing: Loki finds changed rule files by itself."""
    return []


def verify(server: Client, project: Project, held: Mapping[str, bytes], timeout: float | None) -> list[Problem]:
    """Return the rules that it does not run, after waiting until each has been evaluated.

    Loki writes expressions anew, so that a changed one cannot be told from the former.
    """
    groups = [(PurePosixPath(path).name, group) for path, body in held.items() for group in _groups(body)]
    expected = [_bare(declared(file, group["name"], rule)) for file, group in groups for rule in group["rules"]]
    longest = max((_seconds(group) for _, group in groups), default=0.0)
    deadline = time.monotonic() + (2 * longest + _GRACE if timeout is None else timeout)
    try:
        while True:
            with server.understood():
                running = [(_bare(rule), report) for rule, report in _running(server)]
                wrong, waiting = judge(server.name, project.log_groups, expected, running, _READS)
            if wrong or not waiting:
                return wrong
            if time.monotonic() > deadline:
                return waiting
            time.sleep(_PAUSE)
    except DojoboardsError as error:
        return list(error.problems)


def _running(server: Client) -> list[tuple[Rule, Mapping[str, Any]]]:
    return list(reported(orjson.loads(server.get(_PATH))["data"]))


def _bare(rule: Rule) -> Rule:
    """Return a rule without its expression, which cannot be compared."""
    return replace(rule, expr="")


def _groups(body: bytes) -> Iterator[Mapping[str, Any]]:
    yield from (yaml.load(body, Loader=yaml.CSafeLoader) or {}).get("groups") or ()


def _seconds(group: Mapping[str, Any]) -> float:
    return names.milliseconds(group.get("interval") or _DEFAULT_INTERVAL) / 1000
