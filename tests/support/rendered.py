"""What renderers make of a project: texts by path, problems as a user sees them, and files for other programs."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml

from dojoboards.artifact import Artifact
from dojoboards.errors import Problem
from dojoboards.model import Project
from dojoboards.render import Renderer


def rendered(render: Renderer, project: Project) -> dict[str, str]:
    """Return every artifact's text by its path; a problem is an error."""
    items = list(render(project))
    assert problems_in(items) == []
    return {item.path: item.body.decode() for item in items if isinstance(item, Artifact)}


def document(render: Renderer, project: Project, path: str) -> Any:
    """Return what a YAML reader makes of one artifact."""
    return yaml.safe_load(rendered(render, project)[path])


def problems(render: Renderer, project: Project) -> list[str]:
    """Return the problems that a renderer tells."""
    return problems_in(render(project))


def problems_in(items: Any) -> list[str]:
    return [str(item) for item in items if isinstance(item, Problem)]


def write(root: Path, project: Project, *renderers: Renderer) -> None:
    """Write what *renderers* make of *project* below *root*."""
    for render in renderers:
        for path, text in rendered(render, project).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode())


def judged(*command: str, cwd: Path) -> tuple[bool, str]:
    """Run a program that judges a file; return whether it was content, and what it said."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def accepted(*command: str, cwd: Path) -> str:
    """Run a program that judges a file, and return what it says; a refusal is an error."""
    ok, said = judged(*command, cwd=cwd)
    assert ok, said
    return said
