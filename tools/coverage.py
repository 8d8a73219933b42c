"""Write `docs/coverage.md`: what DojoPool's monitoring must have, what fulfils it, and which tests prove it.

    python tools/coverage.py

`make coverage` runs it. What `coverage.yml` names must be in `build/prod/` and in `tests/`, else nothing is written.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build/prod"
RUNBOOKS = ROOT / "docs/runbooks"
PAGE = ROOT / "docs/coverage.md"

FILES = ("rules", "template", "file", "dashboard", "folder", "team", "data source", "runbook")
KINDS = ("critical alert", "warning alert", "none alert", "job", "route", "receiver", "panel", *FILES)
"""What artifacts are: an alert's kind begins with its severity, and `FILES` are those that have a file of their own."""

BEGINNING = """\
# Coverage

What DojoPool's monitoring must have, what fulfils it, and which tests prove it.
`make coverage` writes this page from [`tools/coverage.yml`](../tools/coverage.yml).
A test compares it with `build/prod/`, `tests/` and `docs/`.
"""


@dataclass(frozen=True)
class Requirement:
    """One thing that must be there.

    Args:
        text: What it is.
        artifacts: What fulfils it, each as `kind name`.
        tests: Which tests prove it, each as `file::function` below `tests/`.
        open: What is still to be done for it; empty where nothing is.
    """

    text: str
    artifacts: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    open: str = ""


@cache
def requirements() -> dict[str, tuple[Requirement, ...]]:
    """Return what must be there, by its part."""
    return {
        part: tuple(
            Requirement(row["text"], tuple(row.get("artifacts", ())), tuple(row.get("tests", ())), row.get("open", ""))
            for row in rows
        )
        for part, rows in _yaml(ROOT / "tools/coverage.yml").items()
    }


@cache
def built() -> dict[str, Path]:
    """Return the file of everything that the build for `prod` has, by `kind name`."""
    return {**dict(_rules()), **dict(_configurations()), **dict(_grafana()), **dict(_pages())}


def _rules() -> Iterator[tuple[str, Path]]:
    for file in sorted(BUILD.glob("prometheus/rules/*.yml")):
        yield f"rules {file.stem}", file
        for group in _yaml(file)["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    yield f"{rule['labels']['severity']} alert {rule['alert']}", file


def _configurations() -> Iterator[tuple[str, Path]]:
    prometheus, alertmanager = BUILD / "prometheus/prometheus.yml", BUILD / "alertmanager/alertmanager.yml"
    for job in _yaml(prometheus)["scrape_configs"]:
        yield f"job {job['job_name']}", prometheus
    for route in _yaml(alertmanager)["route"]["routes"]:
        yield f"route {route['receiver']}", alertmanager
    for receiver in _yaml(alertmanager)["receivers"]:
        yield f"receiver {receiver['name']}", alertmanager
    for file in sorted(BUILD.glob("alertmanager/templates/*.tmpl")):
        yield f"template {file.stem}", file
    for file in (prometheus, alertmanager):
        yield f"file {file.relative_to(BUILD)}", file


def _grafana() -> Iterator[tuple[str, Path]]:
    for file in sorted(BUILD.glob("grafana/dashboards/*/*.json")):
        board = json.loads(file.read_text())
        yield f"dashboard {board['uid']}", file
        row = ""
        for panel in board["panels"]:
            if panel["type"] == "row":
                row = panel["title"]
            else:
                yield f"panel {board['uid']} {row}/{panel['title']}", file
    for directory, kind in (("folders", "folder"), ("teams", "team"), ("data-sources", "data source")):
        for file in sorted(BUILD.glob(f"grafana/{directory}/*.json")):
            yield f"{kind} {file.stem}", file


def _pages() -> Iterator[tuple[str, Path]]:
    for file in sorted(RUNBOOKS.glob("*.md")):
        yield f"runbook {file.stem}", file


def _yaml(file: Path) -> Any:
    return yaml.load(file.read_text(), yaml.CSafeLoader)


@cache
def functions(file: Path) -> frozenset[str]:
    """Return the names of the functions that a file of tests defines; none if there is no such file."""
    if not file.is_file():
        return frozenset()
    return frozenset(node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef))


def problems() -> Iterator[str]:
    """Yield what a requirement names and is nowhere, and which requirement nothing fulfils or proves."""
    for requirement in (one for part in requirements().values() for one in part):
        for artifact in requirement.artifacts:
            if artifact not in built():
                yield f"{requirement.text}: build/prod has no {artifact}"
        for test in requirement.tests:
            file, function = test.split("::")
            if function not in functions(ROOT / "tests" / file):
                yield f"{requirement.text}: there is no tests/{test}"
        if not (requirement.artifacts and requirement.tests) and not requirement.open:
            yield f"{requirement.text}: nothing fulfils or proves it"


def page() -> str:
    """Return the text of `docs/coverage.md`."""
    return "\n".join([BEGINNING, *(line for part in requirements() for line in _part(part)), *_beyond()])


def _part(name: str) -> Iterator[str]:
    yield f"## {name}\n"
    for requirement in requirements()[name]:
        yield f"### {requirement.text}\n"
        yield from (f"- {artifacts}" for artifacts in _artifacts(requirement.artifacts))
        if requirement.tests:
            yield f"- proved by: {'; '.join(map(_test, requirement.tests))}"
        if requirement.open:
            yield f"- **still to be done**: {requirement.open}"
        yield ""


def _artifacts(references: Iterable[str]) -> list[str]:
    """Return artifacts in words: those of one kind together, and with the file that they share with others."""
    together: dict[tuple[str, str], list[str]] = {}
    for reference in references:
        kind, file = next(kind for kind in KINDS if reference.startswith(f"{kind} ")), built()[reference]
        name = reference.removeprefix(f"{kind} ")
        if kind in FILES:
            together.setdefault((kind, ""), []).append(_link(f"`{name}`", file))
            continue
        if kind.endswith("alert"):
            name = _link(f"`{name}`", RUNBOOKS / f"{name}.md")
        else:
            name = f"*{name.partition(' ')[2]}*" if kind == "panel" else f"`{name}`"
        together.setdefault((kind, f" in {_link(file.name, file)}"), []).append(name)
    return [
        f"{kind.removeprefix('none ')}{'s' * (len(names) > 1 and kind != 'rules')} {', '.join(names)}{place}"
        for (kind, place), names in together.items()
    ]


def _test(reference: str) -> str:
    file, function = reference.split("::")
    return _link(function.removeprefix("test_").replace("_", " "), ROOT / "tests" / file)


def _link(text: str, file: Path) -> str:
    return f"[{text}]({os.path.relpath(file, PAGE.parent)})"


def _beyond() -> Iterator[str]:
    """What experience adds: every alert that no requirement names."""
    named = {artifact for part in requirements().values() for one in part for artifact in one.artifacts}
    yield "## Beyond that\n"
    yield "Alerts that no requirement asks for, each with its runbook and with cases in `tests/rules/`:\n"
    for kind in (kind for kind in KINDS if kind.endswith("alert")):
        more = [reference for reference in built() if reference.startswith(f"{kind} ") and reference not in named]
        yield from (f"- {artifacts}" for artifacts in _artifacts(more))
    yield ""


def main() -> int:
    if found := list(problems()):
        print("\n".join(found))
        return 1
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
