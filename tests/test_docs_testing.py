import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.examples import page
from support.project import Builder

PAGE = page("testing.md")


@pytest.fixture
def shop(builder: Builder, programs: None) -> Builder:
    """The project of the page."""
    for file, text in PAGE.files.items():
        builder.change(file, text)
    return builder


def test_the_cases_hold_and_the_report_is_the_one_that_is_shown(
    shop: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    ((_, _, shown),) = [block for block in PAGE.shown if block[0] == "output"]

    assert shop.run("test") == 0
    assert capsys.readouterr().out == shown


def test_the_cases_hold_in_the_other_environment_too(shop: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.run("test", "--env", "staging") == 0
    assert capsys.readouterr().out.startswith("staging: 12 passed, coverage")


def test_a_case_that_fails_is_shown_as_the_page_says(
    shop: Builder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ((_, alert, shown),) = [block for block in PAGE.shown if block[0] == "fails"]
    shop.replace("alerts/web.py", " in {{ $labels.environment }}", "")
    monkeypatch.chdir(shop.root)

    assert shop.run("test", "--run", alert) == 1
    assert capsys.readouterr().out.startswith(shown)


def test_the_tests_in_python_pass(shop: Builder) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir=."]
    done = subprocess.run(command, cwd=shop.root, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


def test_promtool_runs_the_cases_by_hand(shop: Builder) -> None:
    assert shop.run("build") == 0

    done = subprocess.run(
        ["promtool", "test", "rules", "tests/rules/web.yml"],
        cwd=shop.root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_key_of_a_case_is_explained() -> None:
    from dojoboards import schemas

    text = (Path(__file__).parents[1] / "docs/testing.md").read_text()
    parts = schemas.schema("routing-cases")["properties"]
    keys = {key for part in ("routes", "messages") for key in parts[part]["items"]["properties"]}

    assert {key for key in keys if not re.search(rf"^\| `{key}` \|", text, re.MULTILINE)} == set()
