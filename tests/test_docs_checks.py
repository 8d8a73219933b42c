"""docs/checks.md is up to date, and what it and the hooks name is there."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

import checks
from dojoboards.cli import cli
from dojoboards.config import read
from dojoboards.lint import comments, own
from dojoboards.lint.every import CHECKS

ROOT = Path(__file__).parents[1]
START = checks.START.read_text(encoding="utf-8")


def test_the_page_is_what_make_checks_writes() -> None:
    assert checks.PAGE.read_text(encoding="utf-8") == checks.page(), "run make checks"


def test_every_check_that_is_compared_with_other_linters_is_there() -> None:
    assert list(checks.problems()) == []


def test_every_rule_of_the_other_linters_has_a_row() -> None:
    assert len(checks.compared()["dashboard-linter"]["rules"]) == 17
    assert len(checks.compared()["pint"]["rules"]) == 36


@pytest.mark.parametrize("id", [*CHECKS, *own.OWN])
def test_every_check_has_a_section(id: str) -> None:
    assert f"\n### {id}\n\n*{checks.EVERY[id].severity}*: " in checks.page()


def test_every_link_leads_to_a_section() -> None:
    page = checks.page()
    anchors = {heading.replace("/", "") for heading in re.findall(r"^### (\S+)$", page, re.MULTILINE)}

    assert set(re.findall(r"\]\(#([^)]+)\)", page)) == anchors


def test_the_comments_that_are_shown_can_be_read() -> None:
    (shown,) = re.findall(r"^```python\n(.*?)^```$", START, re.DOTALL | re.MULTILINE)

    assert [(found.check, found.reason) for found in comments.ignores(shown, "content.py")] == [
        ("alert/no-runbook", "the page of the exporter's team says it all"),
        ("panel/no-unit", "a number of lottery tickets"),
        ("panel/description", "a number of lottery tickets"),
    ]


def test_the_configuration_that_is_shown_can_be_read(tmp_path: Path) -> None:
    (shown,) = [
        block
        for block in re.findall(r"^```yaml\n(.*?)^```$", START, re.DOTALL | re.MULTILINE)
        if "lint:" in block and "ignore:" in block
    ]
    (tmp_path / "dojoboards.yaml").write_text(f"project: shop\nenvironments: {{prod: }}\n{shown}", encoding="utf-8")

    assert [(one.check, one.of) for one in read(tmp_path).ignores] == [
        ("alert/no-runbook", "Legacy*"),
        ("panel/description", "dashboards/generated.py"),
    ]


@pytest.mark.parametrize(
    "text",
    re.findall(
        r"\b([a-z-]+/[a-z-]+)\b(?=[\],]| )", "".join(re.findall(r"ignore\[.*?\]|check: .*?,|explain .*", START))
    ),
)
def test_the_checks_that_are_named_are_there(text: str) -> None:
    assert text in checks.EVERY


def test_the_hooks_run_commands_that_are_there() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))

    assert [hook["id"] for hook in hooks] == ["dojoboards-build-check", "dojoboards-lint"]
    for hook in hooks:
        program, command, *options = shlex.split(hook["entry"])
        known = [name for parameter in cli.commands[command].params for name in parameter.opts]
        assert program == "dojoboards"
        assert set(options) <= set(known)
        assert hook["id"] in START


@pytest.mark.parametrize(
    ("path", "hooks"),
    [
        ("dashboards/hosts.py", {"dojoboards-build-check", "dojoboards-lint"}),
        ("alerts/_shared.py", {"dojoboards-build-check", "dojoboards-lint"}),
        ("dojoboards.yaml", {"dojoboards-build-check", "dojoboards-lint"}),
        ("build/prod/prometheus/rules/hosts.yml", {"dojoboards-build-check"}),
        ("README.md", set()),
        ("src/dashboards/x.py", set()),
    ],
)
def test_a_hook_runs_where_it_could_say_something_else(path: str, hooks: set[str]) -> None:
    told = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))

    assert {hook["id"] for hook in told if re.search(hook["files"], path)} == hooks
