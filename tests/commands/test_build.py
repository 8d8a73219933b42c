import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dojoboards.cli import run

Build = Callable[..., int]

CONFIG = """\
project: shop
settings:
  limit: {default: 1, meaning: How many must be up.}
defaults:
  data_sources:
    prometheus: {uid: prom, type: prometheus}
environments:
  test:
  prod: {settings: {limit: 2}, data_sources: {prometheus: {uid: prom-prod}}}
"""
ALERTS = """\
from dojoboards import Alert, RuleGroup

def groups(env):
    few = Alert(
        name="FewUp", expr=f"count(up == 1) < {env.threshold('limit')}", severity="warning",
        summary="Few targets are up", description="{{ $value }} targets are up.",
    )
    return [RuleGroup(name="up", rules=[few])]
"""
BOARD = """\
from dojoboards import panels

def dashboard(env):
    return panels.dashboard("Überblick", uid="overview", panels=[panels.stat("Up", "count(up == 1)", unit="short")])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    contents = {"dojoboards.yaml": CONFIG, "alerts/service.py": ALERTS, "dashboards/overview.py": BOARD}
    for name, text in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def build(project: Path) -> Build:
    return lambda *arguments: run(["-C", str(project), "build", *arguments])


def tree(root: Path) -> dict[str, bytes]:
    return {str(file.relative_to(root)): file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file()}


def test_every_environment_is_written(build: Build, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build() == 0

    files = tree(project / "build")
    assert b"count(up == 1) < 1" in files["test/prometheus/rules/service.yml"]
    assert b"count(up == 1) < 2" in files["prod/prometheus/rules/service.yml"]
    assert b'"uid": "prom-prod"' in files["prod/grafana/dashboards/general/overview.json"]
    assert "Überblick".encode() in files["prod/grafana/dashboards/general/overview.json"]
    output = capsys.readouterr().out
    assert "build/prod: 1 dashboard, 1 rule file" in output


def test_a_second_build_touches_nothing(build: Build, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build()
    before = {file: file.stat().st_mtime_ns for file in (project / "build").rglob("*")}
    capsys.readouterr()

    assert build() == 0

    assert {file: file.stat().st_mtime_ns for file in (project / "build").rglob("*")} == before
    assert "written" not in capsys.readouterr().out


def test_a_change_within_the_same_second_is_noticed(
    build: Build, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    file = project / "alerts/service.py"
    build()
    was = file.stat()
    file.write_text(ALERTS.replace("count(up == 1)", "count(up == 0)"))
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))

    build()

    assert b"count(up == 0) < 2" in tree(project / "build")["prod/prometheus/rules/service.yml"]
    assert sys.dont_write_bytecode is False


def test_what_is_no_longer_built_is_removed_and_nothing_else(build: Build, project: Path) -> None:
    build()
    (project / "build/prod/NOTES.md").write_text("mine")
    (project / "dashboards/overview.py").unlink()

    assert build() == 0

    left = tree(project / "build")
    assert not [name for name in left if name.endswith("overview.json")]
    assert not (project / "build/prod/grafana/dashboards").exists()
    assert left["prod/NOTES.md"] == b"mine"


def test_an_environment_that_is_no_longer_declared_is_removed(build: Build, project: Path) -> None:
    build()
    (project / "dojoboards.yaml").write_text(CONFIG.replace("  test:\n", ""))

    assert build("--check") == 1
    assert build() == 0
    assert sorted(path.name for path in (project / "build").iterdir()) == ["prod"]


def test_only_the_named_environments_are_written(build: Build, project: Path) -> None:
    assert build("--env", "prod") == 0
    assert [path.name for path in (project / "build").iterdir()] == ["prod"]


def test_check_lists_what_differs_and_writes_nothing(
    build: Build, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build()
    rules = project / "build/prod/prometheus/rules/service.yml"
    rules.write_bytes(rules.read_bytes() + b"# mine\n")
    (project / "build/test/grafana/dashboards/general/overview.json").unlink()
    (project / "build/test/prometheus/rules/other.yml").write_text("groups: []\n")
    before = tree(project / "build")
    capsys.readouterr()

    assert build("--check") == 1

    assert capsys.readouterr().out.splitlines()[:-1] == [
        "missing   build/test/grafana/dashboards/general/overview.json",
        "not built build/test/prometheus/rules/other.yml",
        "differs   build/prod/prometheus/rules/service.yml",
    ]
    assert tree(project / "build") == before


def test_check_of_what_was_just_built_is_content(build: Build) -> None:
    build()
    assert build("--check") == 0


def test_output_goes_elsewhere_and_leaves_strangers_alone(build: Build, project: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "old/prometheus").mkdir(parents=True)
    (elsewhere / "old/prometheus/prometheus.yml").write_text("global: {}\n")
    data = elsewhere / "prod/prometheus/data/wal"
    data.parent.mkdir(parents=True)
    data.write_bytes(b"samples")

    assert build("--output", str(elsewhere)) == 0
    assert build("--check", "--output", str(elsewhere)) == 0

    assert data.read_bytes() == b"samples"
    assert not (project / "build").exists()
    assert (elsewhere / "old/prometheus/prometheus.yml").exists()
    assert (elsewhere / "prod/prometheus/rules/service.yml").exists()


def test_problems_of_all_environments_and_modules_are_shown_once_and_nothing_is_written(
    build: Build, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build()
    before = tree(project / "build")
    (project / "alerts/service.py").write_text(ALERTS.replace("count(up == 1)", "count(up == 1"))
    (project / "dashboards/overview.py").write_text(BOARD.replace('"count(up == 1)"', '"sum by up"'))
    capsys.readouterr()

    assert build() == 1

    error = capsys.readouterr().err
    assert "service.py:4: error:" in error
    assert error.count("overview.py:4: error:") == 1
    assert "Traceback" not in error
    assert tree(project / "build") == before


def test_a_build_that_is_a_file_is_told(build: Build, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "build").write_text("mine")

    assert build() == 2

    assert "build" in (error := capsys.readouterr().err)
    assert "Traceback" not in error
    assert (project / "build").read_text() == "mine"


def test_a_disk_that_fills_up_in_mid_write_changes_nothing(
    build: Build, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build()
    before = tree(project / "build")
    (project / "dojoboards.yaml").write_text(CONFIG.replace("default: 1", "default: 7").replace("limit: 2", "limit: 8"))
    real = os.write
    calls = iter(range(100))

    def full(descriptor: int, data: bytes) -> int:
        if next(calls) >= 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", full)

    assert build() == 2

    assert "No space left on device" in capsys.readouterr().err
    assert tree(project) == {**tree(project), **{f"build/{name}": body for name, body in before.items()}}
    assert tree(project / "build") == before


@pytest.mark.parametrize(
    "variables", [{"PYTHONHASHSEED": "1", "TZ": "UTC"}, {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo"}]
)
def test_the_bytes_do_not_depend_on_hash_seed_or_time_zone(
    build: Build, project: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    build()
    arguments = ["-C", str(project), "build", "--output", str(tmp_path / "again")]
    program = [sys.executable, "-c", "from dojoboards.cli import main; main()", *arguments]

    subprocess.run(program, env={**os.environ, **variables}, check=True, capture_output=True)

    assert tree(tmp_path / "again") == tree(project / "build")


def test_output_to_build_itself_removes_what_is_no_longer_built(build: Build, project: Path) -> None:
    build()
    (project / "build/prod/prometheus/rules/old.yml").write_text("groups: []\n")

    assert build("--output", str(project / "build")) == 0

    assert not (project / "build/prod/prometheus/rules/old.yml").exists()


def test_a_termination_in_mid_write_leaves_nothing_behind(
    build: Build, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = os.fchmod

    def terminated(descriptor: int, mode: int) -> None:
        real(descriptor, mode)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(os, "fchmod", terminated)
    before = signal.getsignal(signal.SIGTERM)

    assert build() == 130

    assert capsys.readouterr().err.strip() == "interrupted"
    assert list((project / "build").iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) == before
