"""Alertmanager: reload, and verify that it runs this very configuration.

Its metric `alertmanager_config_hash` is the first six bytes of the configuration file's MD5 digest, read as a
little-endian number. Template files are covered because their names, which stand in that file, have digests.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping

from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.model import Project
from dojoboards.targets.servers import Client

FILE = "alertmanager.yml"
_GRACE = 10.0
_PAUSE = 0.1


def reach(server: Client) -> list[Problem]:
    """Return why Alertmanager cannot be pushed to: it does not answer, or it is something else."""
    try:
        server.get("/-/ready")
        if b"\nalertmanager_config_hash " not in server.get("/metrics"):
            return [_mute(server)]
    except DojoboardsError as error:
        return list(error.problems)
    return []


def reload(server: Client) -> list[Problem]:
    """Let it read its files again."""
    return server.reload()


def verify(
    server: Client,
    project: Project,  # noqa: ARG001  # the protocol's
    held: Mapping[str, bytes],
    timeout: float | None,
) -> list[Problem]:
    """Return whether it runs another configuration than the one in *held*."""
    if FILE not in held:
        return []
    deadline = time.monotonic() + (_GRACE if timeout is None else timeout)
    try:
        while True:
            with server.understood():
                problem = _judge(server, held[FILE])
            if problem is None:
                return []
            if time.monotonic() > deadline:
                return [problem]
            time.sleep(_PAUSE)
    except DojoboardsError as error:
        return list(error.problems)


def config_hash(body: bytes) -> int:
    """Return the number by which Alertmanager names a configuration."""
    return int.from_bytes(hashlib.md5(body, usedforsecurity=False).digest()[:6], "little")


def _judge(server: Client, body: bytes) -> Problem | None:
    metrics = server.get("/metrics").decode(errors="replace")
    successful = re.search(r"^alertmanager_config_last_reload_successful (\S+)$", metrics, re.MULTILINE)
    if successful and float(successful[1]) != 1:
        message = f"{server.name} could not read its configuration at its last reload"
        return Problem(message, None, "its log says which file, and why")
    running = re.search(r"^alertmanager_config_hash (\S+)$", metrics, re.MULTILINE)
    if running is None:
        return _mute(server)
    if int(float(running[1])) != config_hash(body):
        message = f"{server.name} runs another configuration than the one that was pushed"
        return Problem(message, None, "does it read the directory that was pushed to?")
    return None


def _mute(server: Client) -> Problem:
    message = f"{server.name} does not say which configuration it runs"
    return Problem(message, None, "is this the address of an Alertmanager?", Exit.UNREACHABLE)
