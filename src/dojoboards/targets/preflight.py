"""What promtool and amtool find in the files as they will stand, before the first of them is written.

The tools get a copy in which secrets are stand-ins. Where a tool is not on the PATH, the servers say what is wrong.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from dojoboards.artifact import Artifact
from dojoboards.errors import Problem, Source
from dojoboards.model import Project

_COMMANDS = {
    "prometheus": ("promtool", "check", "config", "prometheus.yml"),
    "alertmanager": ("amtool", "check-config", "alertmanager.yml"),
}
_TIMEOUT = 120
# Files that the configuration names by an absolute path are on the server, and promtool wants to see them.
_SERVER_FILE = re.compile(rb"^(\s*(?:- )?\w+_file: )(/[^\n]*|[\"'][^\n]*)$", re.MULTILINE)


def missing_tool(system: str) -> str:
    """Return the name of the tool that would check a system's files, if it is not on the PATH."""
    command = _COMMANDS.get(system)
    return command[0] if command and shutil.which(command[0]) is None else ""


def check(system: str, files: Mapping[str, Artifact], project: Project) -> list[Problem]:
    """Return what the system's own tool finds wrong in *files* (by path), with the Python that made it."""
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
    said = [stream.replace(f"{directory}/", "") for stream in (done.stdout, done.stderr)]
    failures = [line for stream in said for line in _failures(stream)]
    failures = failures or [" ".join("\n".join(said).split()) or "it refuses the files without a word"]
    main = files[command[-1]].source
    return [
        Problem(f"{command[0]}: {line}", _place(line, files, project) or main, "nothing was written")
        for line in failures
    ]


def _with_stand_ins(artifact: Artifact, stand_in: Path) -> bytes:
    if artifact.kind == "secret":
        return b"https://stand-in.example/"
    if artifact.kind.endswith("-config"):
        return _SERVER_FILE.sub(lambda match: match[1] + str(stand_in).encode(), artifact.body)
    return artifact.body


def _failures(said: str) -> list[str]:
    """Return what stands behind a `FAILED:`, one line for each failure."""
    failures: list[str] = []
    for line in said.partition("FAILED:")[2].splitlines():
        text = line.strip().removeprefix("FAILED:").strip()
        if re.match(r"line \d+: ", text) and failures:  # the YAML parser goes on in lines of their own
            failures[-1] += f" {text}"
        elif text and not re.match(r"(Checking |.*\bSUCCESS\b)", text):
            failures.append(text)
    return failures


def _place(line: str, files: Mapping[str, Artifact], project: Project) -> Source | None:
    """Return where the Python stands that made what a failure is about, as closely as the tool says."""
    if job := re.search(r'scrape configs? with job name "([^"]*)"', line):
        if found := [each.source for each in project.scrape_jobs if each.name == job[1]]:
            return found[-1]
    # A template is named without its directory.
    names = {PurePosixPath(path).name if path.endswith(".tmpl") else path: path for path in files}
    path = names.get(max((name for name in names if name in line), key=len, default=""), "")
    if named := re.search(r'group(?:name)?:? "([^"]*)"(?:, rule (\d+))?', line):
        groups = (group for group in project.groups if f"rules/{group.module}.yml" == path and group.name == named[1])
        if group := next(groups, None):
            rule = group.rules[int(named[2]) - 1 : int(named[2])] if named[2] else ()
            return rule[0].source if rule else group.source
    return files[path].source if path else None
