"""What promtool and amtool find in the files as they will stand, before the first of them is written.

The tools get a copy in which secrets are stand-ins. Where a tool is not on the PATH, the servers say what is wrong.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from dojoboards.artifact import Artifact
from dojoboards.errors import Problem, Source
from dojoboards.model import Alert, Project

_COMMANDS = {
    "prometheus": ("promtool", "check", "config", "prometheus.yml"),
    "alertmanager": ("amtool", "check-config", "alertmanager.yml"),
}
_TIMEOUT = 120
# Files that the configuration names by an absolute path are on the server, and promtool wants to see them.
_SERVER_FILE = re.compile(rb"^(\s*(?:- )?(?:\w+_file|ca_file|cert_file|key_file): )(/\S+|[\"'][^\n]*)$", re.MULTILINE)


def missing_tool(system: str) -> str:
    """Return the name of the tool that would check a system's files, if it is not on the PATH."""
    command = _COMMANDS.get(system)
    return command[0] if command and shutil.which(command[0]) is None else ""


def check(system: str, files: Mapping[str, Artifact], project: Project) -> list[Problem]:
    """Return what the system's own tool finds wrong in *files* (by path), with the places of rules."""
    command = _COMMANDS.get(system)
    if command is None or command[-1] not in files or missing_tool(system):
        return []
    with tempfile.TemporaryDirectory(prefix="dojoboards-") as directory:
        copy = Path(directory)
        stand_in = copy / "stand-in"
        stand_in.write_text("https://stand-in.example/")
        for path, artifact in files.items():
            file = copy / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(_with_stand_ins(artifact, stand_in))
        try:
            done = subprocess.run(
                command, cwd=copy, capture_output=True, text=True, timeout=_TIMEOUT, check=False, errors="replace"
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return [Problem(f"{command[0]} could not check the files: {error}", None, "run it by hand to see why")]
    if done.returncode == 0:
        return []
    return list(_problems(command[0], f"{done.stdout}\n{done.stderr}".replace(f"{directory}/", ""), project))


def _with_stand_ins(artifact: Artifact, stand_in: Path) -> bytes:
    if artifact.kind == "secret":
        return b"https://stand-in.example/"
    if artifact.kind.endswith("-config"):
        return _SERVER_FILE.sub(lambda match: match[1] + str(stand_in).encode(), artifact.body)
    return artifact.body


def _problems(tool: str, output: str, project: Project) -> Iterator[Problem]:
    lines = [line.strip() for line in output.splitlines()]
    wrong = [
        line
        for line in lines
        if line and not re.match(r"(Checking |SUCCESS|FAILED:?$|Found:|- |\d+ )|.*\bSUCCESS", line)
    ]
    for line in wrong or [f"{tool} refuses it without a word"]:
        name = re.search(r'group "[^"]*", rule \d+, "([^"]+)"', line)
        yield Problem(f"{tool}: {line}", _place(name[1], project) if name else None, "nothing was written")


def _place(name: str, project: Project) -> Source | None:
    for group in project.groups:
        for rule in group.rules:
            if (rule.name if isinstance(rule, Alert) else rule.record) == name:
                return rule.source
    return None
