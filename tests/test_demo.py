import os
import subprocess
import sys
from pathlib import Path

import pytest

import demo

ROOT = Path(__file__).parents[1]


def in_order(text: str, *parts: str) -> None:
    """Assert that these parts stand in *text*, one behind the other."""
    at = 0
    for part in parts:
        assert part in text[at:], part
        at = text.index(part, at) + len(part)


def test_without_servers_the_demo_pushes_to_directories_and_says_how_to_get_them(tmp_path: Path) -> None:
    script = (
        "import stack\nstack.find = lambda name: ''\n"
        f"import demo\nfrom pathlib import Path\ndemo.WORK = Path({str(tmp_path)!r})\ndemo.main()\n"
    )
    variables = {**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT / 'tools'}"}

    done = subprocess.run(
        [sys.executable, "-c", script], env=variables, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "local: pushed 15 changes; not verified" in done.stdout
    assert "local: nothing to change; not verified" in done.stdout
    assert "  conflict  prometheus.yml" in done.stdout
    assert "changed  alert ServiceDown, for: 2m -> 30m" in done.stdout
    assert done.stdout.count("local: pushed 1 change; not verified") == 1
    assert "for: 2m" in (tmp_path / "prometheus/rules/service.yml").read_text()
    assert done.stdout.splitlines()[-1].startswith("To see them live: make stack (Debian), or put prometheus")
    assert (tmp_path / "prometheus/rules/service.yml").exists()


def test_the_demo_shows_what_is_live_and_pushes_nothing_the_second_time(programs: None) -> None:
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}

    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/demo.py")],
        env=variables, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    output = done.stdout
    in_order(
        output,
        "== What stands there already is not ours: a conflict",
        "  conflict  alertmanager.yml ",
        "  conflict  prometheus.yml ",
        "error: prometheus.yml (prometheus in ",
        "dojoboards push --env local --adopt",
        "local: pushed ",
        "== Push again: nothing changes",
        "local: nothing to change; the servers run it",
        "== Somebody finds that ServiceDown tells too soon",
        "  drifted   rules/service.yml  changed by someone since the last push",
        "changed  alert ServiceDown, for: 2m -> 30m",
        "error: rules/service.yml (prometheus in ",
        "dojoboards push --env local --overwrite",
        "local: pushed 1 change; the servers run it",
    )
    assert "DojoPool / Main " in output
    assert "monitoring                 7 rules: 7 ok" in output
    assert 'severity="critical"                  -> operations-mail and on' in output
    assert not [line for line in output.splitlines() if "rules:" in line and (" err" in line or " unknown" in line)]


def test_two_at_once_work_in_directories_of_their_own_which_are_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "WORK", tmp_path / "demo")
    (tmp_path / "demo/prometheus").mkdir(parents=True)
    (tmp_path / "demo/left").touch()

    with demo.ours() as first, demo.ours() as second:
        assert (first.name, second.name) == ("demo", "demo-2")
        assert [*first.iterdir(), *second.iterdir()] == []

    with demo.ours() as third:
        assert third == first
