"""A user's mistakes: each gives one clear message with place and remedy, the right exit code, and changes nothing."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.project import CONTENT, Builder, tree

ALERT = """\
from functools import partial
from dojoboards import Alert, RuleGroup

alert = partial(Alert, name="A", expr="up == 0", severity="critical", summary="s", description="d")

groups = [RuleGroup(name="g", rules=[
    RULES
])]
"""
BOARD = """\
from dojoboards import panels

dashboards = [
    BOARDS
]
"""


def alerts(*rules: str) -> str:
    return ALERT.replace("RULES", ",\n    ".join(rules))


def boards(*specs: str) -> str:
    return BOARD.replace("BOARDS", ",\n    ".join(specs))


@pytest.fixture
def project(builder: Builder) -> Builder:
    """A good project that has been built."""
    builder.write({name: CONTENT[name] for name in ("alerts/rules.py", "dashboards/overview.py")})
    assert builder.run("build") == 0
    return builder


@pytest.mark.parametrize(
    ("name", "text", "code", "message", "remedy"),
    [
        pytest.param("alerts/x.py", "groups = [\n", 2, "alerts/x.py:1: error: syntax error: '[' was never closed", "", id="syntax error"),
        pytest.param("alerts/x.py", "groups = [1 / 0]\n", 2, "alerts/x.py:1: error: ZeroDivisionError: division by zero", "", id="exception"),
        pytest.param("alerts/x.py", "group = []\n", 2, "alerts/x.py: error: the module defines none of the names that are collected", "did you mean 'groups'?", id="none of the names"),
        pytest.param("dashboards/x.py", boards("panels.dashboard('A', uid='one', panels=[])", "panels.dashboard('B', uid='one', panels=[])"), 1, "dashboards/x.py:5: error: two dashboards have the uid 'one'", "give one of them another uid", id="one uid"),
        pytest.param("dashboards/x.py", "from dojoboards import Folder\n\nfolders = [\n    Folder(uid='a', title='Shop'),\n    Folder(uid='b', title='Shop'),\n]\n", 1, "dashboards/x.py:5: error: two folders at the top have the title 'Shop'", "", id="one title"),
        pytest.param("alerts/x.py", alerts("alert()", "alert(expr='up == 1')"), 1, "alerts/x.py:8: error: the alert 'A' is in the rule group 'g' twice with the same labels", "give one another name or severity", id="alert twice"),
        pytest.param("dashboards/x.py", boards("panels.dashboard('A', uid='a', panels=[\n        panels.stat('Up', 'up', unit='none'),\n        panels.stat('Up', 'up', unit='none')])"), 1, "dashboards/x.py:6: error: dashboard 'A': panel 'Up' and panel 'Up'", "a key of its own: `key=`", id="one key"),
        pytest.param("alerts/x.py", alerts("alert(expr='sum(up')"), 1, "alerts/x.py:7: error: the expression of 'A' is not PromQL", "correct", id="alert's PromQL"),
        pytest.param("dashboards/x.py", boards("panels.dashboard('A', uid='a', panels=[\n        panels.stat('Up', 'sum(up', unit='none')])"), 1, "dashboards/x.py:5: error: ", "correct", id="panel's PromQL"),
        pytest.param("dashboards/x.py", boards("panels.dashboard('A', uid='a', panels=[\n        panels.stat('Up', 'up', unit='byte')])"), 1, "dashboards/x.py:5: error: panel 'Up': Grafana has no unit 'byte'", "did you mean 'bytes'?", id="unit"),
        pytest.param("alerts/x.py", alerts("alert(severity='critcal')"), 1, "alerts/x.py:7: error: the alert 'A' has the unknown severity 'critcal'", "did you mean 'critical'?", id="severity"),
        pytest.param("alerts/x.py", "from dojoboards import Alertmanager, Receiver, Route\n\nalertmanager = Alertmanager(receiver='slack')\nreceivers = [Receiver(name='slack')]\nroutes = [\n    Route(receiver='slak'),\n]\n", 1, "alerts/x.py:6: error: ", "did you mean 'slack'?", id="receiver"),
        pytest.param("alerts/x.py", "from dojoboards import Receiver\n\nraw = {}\nraw['opsgenie_configs'] = [raw]\nreceivers = [Receiver(name='a', raw=raw)]\n", 2, "alerts/x.py:5: error: `raw['opsgenie_configs']` of Receiver 'a' is a list, expected one that ends", "give one that ends within 50 levels and does not hold itself", id="holds itself"),
        pytest.param("alerts/x.py", "def groups(env):\n    return env.setting('up_mni')\n", 2, "alerts/x.py:2: error: there is no setting 'up_mni' in dojoboards.yaml", "did you mean 'up_min'?", id="setting"),
        pytest.param("alerts/x.py", "from dojoboards import ScrapeJob, Secret\n\nscrape_jobs = [ScrapeJob(name='a', targets=['a:1'], authorization=Secret('tokn'))]\n", 1, "alerts/x.py:3: error: the environment prod does not say where the secret 'tokn' is found", "add it under `secrets:`", id="secret"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_content(
    project: Builder,
    name: str,
    text: str,
    code: int,
    message: str,
    remedy: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project.change(name, text)
    before = tree(project.root / "build")
    monkeypatch.chdir(project.root)
    capsys.readouterr()

    assert project.run("build") == code

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    first, *rest = captured.err.splitlines()
    assert first.startswith(message)
    assert remedy in "".join(rest)
    assert "problems" not in captured.err, "it is one mistake, and one message"
    assert tree(project.root / "build") == before


def test_all_mistakes_are_shown_at_once_by_place(
    project: Builder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project.change("alerts/y.py", alerts("alert(severity='critcal', expr='sum(up')"))
    project.change("alerts/x.py", alerts("alert(expr='sum(up')"))
    project.change("dashboards/x.py", boards("panels.dashboard('A', uid='a', panels=[panels.stat('Up', 'sum(')])"))
    monkeypatch.chdir(project.root)
    capsys.readouterr()

    assert project.run("build") == 1

    lines = [line for line in capsys.readouterr().err.splitlines() if ": error: " in line]
    assert [line.partition(": error: ")[0] for line in lines] == [
        "alerts/x.py:7", "alerts/y.py:7", "alerts/y.py:7", "dashboards/x.py:4",
    ]  # fmt: skip


def test_titles_in_any_language_work(project: Builder) -> None:
    project.change("dashboards/x.py", boards("panels.dashboard('道場 — Überblick 🥋', uid='dojo', panels=[])"))

    assert project.run("build") == 0

    body = (project.root / "build/prod/grafana/dashboards/general/dojo.json").read_text(encoding="utf-8")
    assert '"title": "道場 — Überblick 🥋"' in body


@pytest.mark.parametrize("mount", ["size=48k", "ro"])
def test_a_disk_that_is_full_or_read_only(project: Builder, mount: str) -> None:
    """On a real file system of its own, which only the process sees."""
    if not shutil.which("unshare") or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    many = ", ".join(f"panels.dashboard('B{n}', uid='b{n}', panels=[panels.stat('Up', 'up')])" for n in range(40))
    project.change("dashboards/many.py", f"from dojoboards import panels\n\ndashboards = [{many}]\n")
    script = (
        f"cp -r build old && mount -t tmpfs -o size=1m none build && cp -r old/. build/ && mount -o remount,{mount} build "
        f"&& {sys.executable} -m dojoboards build; echo exit $?; diff -r old build && echo same"
    )

    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script], cwd=project.root, capture_output=True, text=True, check=False
    )

    reason = "Read-only file system" if mount == "ro" else "No space left on device"
    assert done.stdout.splitlines() == ["exit 2", "same"]
    assert f"error: cannot write: {reason}" in done.stderr
    assert len(done.stderr.splitlines()) == 2


_steps: list[int] = []


def _interrupt(event: str, _: object) -> None:
    if _steps and event in {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "import", "compile", "exec"}:
        _steps[0] -= 1
        if _steps[0] == 0:
            os.kill(os.getpid(), signal.SIGINT)


sys.addaudithook(_interrupt)  # it cannot be removed, so it only acts in a child that asked for it


def in_a_child(function: Callable[[], int], steps: int, log: Path) -> int:
    """Run *function* in a child that is interrupted at a step; return its exit code."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            _steps[:] = [steps]
            code = function()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_an_interruption_at_any_step_changes_nothing_or_all(project: Builder, tmp_path: Path) -> None:
    before = tree(project.root / "build")
    shutil.copytree(project.root / "build", tmp_path / "before")
    project.replace("alerts/rules.py", "1m", "2m")
    project.change("dashboards/more.py", boards("panels.dashboard('M', uid='more', panels=[])"))
    (project.root / "dashboards/overview.py").unlink()
    assert project.run("build") == 0
    after = tree(project.root / "build")

    codes = set()
    steps, code = 1, 130
    while code == 130:
        shutil.rmtree(project.root / "build")
        shutil.copytree(tmp_path / "before", project.root / "build")

        code = in_a_child(lambda: project.run("build"), steps, tmp_path / "log")

        left = tree(project.root / "build")
        assert left in (before, after), f"interrupted at step {steps}: {left.keys() ^ before.keys()}"
        assert "Traceback" not in (tmp_path / "log").read_text(), f"interrupted at step {steps}"
        codes.add(code)
        steps += 1
    assert code == 0
    assert steps > 15
