import json
import re
from pathlib import Path
from typing import Any

import pytest

from dojoboards.artifact import HEADER
from dojoboards.cli import run

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """The project of the README, built as it says."""
    for block in [*blocks("python"), *blocks("yaml")]:
        name = re.match(r"# (\S+)\n", block)
        if name and not name[1].startswith("build/"):
            (tmp_path / name[1]).parent.mkdir(exist_ok=True)
            (tmp_path / name[1]).write_text(block, encoding="utf-8")
    assert run(["-C", str(tmp_path), "build"]) == 0
    return tmp_path


def test_the_example_becomes_the_rule_file_that_is_shown(built: Path) -> None:
    (shown,) = [block for block in blocks("yaml") if block.startswith("# build/")]
    name, _, body = shown.removeprefix("# ").partition("\n")

    assert (built / name).read_text() == HEADER + body


def test_the_example_becomes_the_panel_that_is_shown(built: Path) -> None:
    (shown,) = blocks("json")
    board: dict[str, Any] = json.loads((built / "build/prod/grafana/dashboards/general/hosts.json").read_text())

    defaults = board["panels"][0]["fieldConfig"]["defaults"]

    assert {key: defaults[key] for key in ("thresholds", "unit")} == json.loads(shown)


def test_with_its_targets_the_example_is_pushed_as_it_says(built: Path) -> None:
    (targets,) = [block for block in blocks("yaml") if block.startswith("  prod:\n")]
    config = built / "dojoboards.yaml"
    lines = [line for line in config.read_text().splitlines(keepends=True) if not line.startswith("  prod:")]
    config.write_text("".join(lines) + targets)

    assert run(["-C", str(built), "build"]) == 0
    assert run(["-C", str(built), "push", "--env", "prod", "--dry-run"]) == 0
    assert run(["-C", str(built), "push", "--env", "prod", "--yes"]) == 0
    assert (built / "live/prometheus/rules/hosts.yml").exists()
    assert (built / "live/grafana/dashboards/general/hosts.json").exists()


def test_every_page_that_is_linked_is_there() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, link.partition("#")[0])
        for page in pages
        for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8"))
    ]

    assert [f"{page.name}: {link}" for page, link in links if link and not (page.parent / link).exists()] == []


def test_every_command_and_make_target_that_it_names_is_there() -> None:
    from dojoboards.cli import cli

    makefile = (ROOT / "Makefile").read_text()
    commands = set(re.findall(r"\bdojoboards ([a-z]+)\b", "".join(blocks("console"))))

    assert commands <= set(cli.commands)
    assert {target for target in re.findall(r"\bmake ([a-z]+)\b", TEXT) if f"\n{target}:" not in makefile} == set()
