"""A command that is stopped in the middle of its work: it says so, and leaves nothing half done and nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.commands import Start, starting
from support.project import BOARD, CONTENT, RULES, Builder, tree
from support.servers import until

STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
WAITS = """\
import time
from pathlib import Path

Path({ready!r}).touch()
time.sleep(60)
"""


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """What is made when the command is in the middle of its work."""
    return tmp_path / "ready"


@pytest.fixture
def start(builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a command in a session of its own, with a directory of its own for temporary files."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    with starting(builder.root, alone=True) as begin:
        yield begin


def stopped(process: subprocess.Popen[str], ready: Path, stop: signal.Signals) -> str:
    """Stop a command in the middle of its work, and return what it says; none of its processes is left."""
    until(lambda: ready.exists() or process.poll() is not None, "it is at work")
    process.send_signal(stop)
    _, said = process.communicate(timeout=20)

    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    return said.strip()


@pytest.mark.parametrize("stop", STOPS)
def test_a_build_that_is_stopped_while_it_compiles_leaves_what_was_built_before(
    builder: Builder, start: Start, ready: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    builder.write({"alerts/rules.py": RULES, "dashboards/overview.py": BOARD})
    assert builder.run("build") == 0
    before = tree(builder.root / "build")
    builder.replace("alerts/rules.py", "1m", "2m")
    builder.change("dashboards/slow.py", WAITS.format(ready=str(ready)) + BOARD)

    assert stopped(start("build"), ready, stop) == "interrupted"

    assert tree(builder.root / "build") == before
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_build_with_several_processes_takes_them_along(
    builder: Builder, start: Start, ready: Path, tmp_path: Path
) -> None:
    boards = {f"dashboards/board_{number}.py": BOARD.replace("overview", f"board-{number}") for number in range(120)}
    builder.write({**boards, "dashboards/slow.py": WAITS.format(ready=str(ready)) + BOARD})

    assert stopped(start("build"), ready, signal.SIGTERM) == "interrupted"

    assert not (builder.root / "build").exists()
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("stop", STOPS)
def test_a_push_that_is_stopped_while_it_checks_leaves_no_copy_of_the_configuration(
    builder: Builder, start: Start, ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: signal.Signals
) -> None:
    tool = tmp_path / "bin/promtool"
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\n: > '{ready}'\nexec sleep 60\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
    builder.write(
        {"alerts/rules.py": RULES, "alerts/scrape.py": CONTENT["alerts/scrape.py"]},
        prometheus={"directory": str(tmp_path / "prometheus")},
    )
    assert builder.run("build") == 0

    assert stopped(start("push", "--env", "prod", "-o", "json", "-y"), ready, stop) == "interrupted"

    assert list((tmp_path / "temporary").iterdir()) == []
    assert not (tmp_path / "prometheus").exists()


@pytest.mark.parametrize("stop", STOPS)
def test_a_doctor_that_waits_for_an_answer_ends_at_once(
    builder: Builder, start: Start, ready: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = {"url": f"http://127.0.0.1:{silent.getsockname()[1]}", "timeout": 300}
        builder.write(
            {"alerts/rules.py": RULES}, prometheus={"directory": str(tmp_path / "prometheus"), "servers": [server]}
        )
        process = start("doctor", "--env", "prod")
        silent.settimeout(30)
        with silent.accept()[0] as asked:
            assert asked.recv(1) == b"G"
            ready.touch()

            assert stopped(process, ready, stop) == "interrupted"
