"""The committed `build/` of this repository."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dojoboards.cli import run

ROOT = Path(__file__).parents[1]
ENVIRONMENTS = ("local", "staging", "prod")


def said(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_it_is_what_the_content_gives(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(ROOT), "build", "--check"]) == 0
    assert capsys.readouterr().out == f"build/ is up to date: {', '.join(ENVIRONMENTS)}\n"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_promtool_and_amtool_accept_it(programs: None, environment: str) -> None:
    build = ROOT / "build" / environment
    rules = sorted(str(file) for file in (build / "prometheus/rules").iterdir())

    assert said("promtool", "check", "rules", "--lint=all", "--lint-fatal", *rules, cwd=build).count("SUCCESS") == 7
    assert "FAILED" not in said("promtool", "check", "config", "prometheus/prometheus.yml", cwd=build)
    assert "SUCCESS" in said("amtool", "check-config", "alertmanager/alertmanager.yml", cwd=build)


@pytest.mark.parametrize(("seed", "zone", "locale"), [("0", "UTC", "C"), ("1", "Asia/Tokyo", "C.UTF-8")])
def test_it_is_the_same_under_any_hash_seed_time_zone_and_locale(
    tmp_path: Path, seed: str, zone: str, locale: str
) -> None:
    variables = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "dojoboards", "-C", str(ROOT), "build", "--output", str(tmp_path)]

    subprocess.run(command, env=variables, check=True, capture_output=True, timeout=60)

    built, committed = (
        {file.relative_to(root): file.read_bytes() for file in root.rglob("*") if file.is_file()}
        for root in (tmp_path, ROOT / "build")
    )
    assert built == committed


def test_it_holds_nothing_that_depends_on_the_moment_or_the_machine() -> None:
    for file in (ROOT / "build").rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            assert str(ROOT) not in text
            assert not re.search(r"\b20\d\d-\d\d-\d\d\b", text), file


def test_git_shows_it_in_diffs() -> None:
    shown = said("git", "check-attr", "diff", "linguist-generated", "binary", "--", "build/prod/x.json", cwd=ROOT)

    assert [line.rpartition(": ")[2] for line in shown.splitlines()] == ["unspecified"] * 3
    ignored = subprocess.run(["git", "check-ignore", "build/prod/x.json"], cwd=ROOT, check=False, capture_output=True)
    assert ignored.returncode == 1
