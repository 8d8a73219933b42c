import io
import os
import pty
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from dojoboards.commands import progress
from support.project import Builder


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def counted() -> None:
    with progress.counting("reading", 3) as count:
        for _ in range(3):
            count()


def test_nothing_is_shown_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    counted()

    assert capsys.readouterr().err == ""


def test_nothing_is_shown_for_what_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    counted()

    assert terminal.getvalue() == ""


def test_what_takes_longer_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setattr(progress, "_PATIENCE", -1.0)
    monkeypatch.setenv("TERM", "xterm")
    counted()

    assert "reading" in terminal.getvalue()


IMPATIENT = """\
import os, sys, threading
from dojoboards.cli import run
from dojoboards.commands import build, progress

def alone():  # a lock that another thread holds is never let go of in a child
    if threading.active_count() > 1:
        os.write(2, b"error: it forks while a thread shows how far it is\\n")
        os._exit(70)

os.register_at_fork(before=alone)
progress._PATIENCE = 0.0  # everything is shown at once
build._WORTH_A_PROCESS = 1
build.processors = lambda: 4
sys.exit(run(sys.argv[1:]))
"""
BOARDS = """\
from dojoboards import panels

dashboards = [
    panels.dashboard(f"Board {n}", uid=f"NAME-{n}", panels=[panels.stat("Up", f"up == {n}", unit="none")])
    for n in range(5)
]
"""


def on_a_terminal(*arguments: str, timeout: float = 60.0) -> tuple[int, str]:
    """Run the command line, impatiently, on a terminal of its own; return the exit code and what the terminal shows.

    Raises:
        TimeoutError: it does not end, and is killed with all that it started.
    """
    here, there = pty.openpty()
    command = [sys.executable, "-c", IMPATIENT, *arguments]
    with subprocess.Popen(command, stdin=there, stdout=there, stderr=there, start_new_session=True) as process:
        os.close(there)
        shown = b""
        deadline = time.monotonic() + timeout
        try:
            while select.select([here], [], [], max(0.0, deadline - time.monotonic()))[0]:
                if not (piece := _piece(here)):
                    return process.wait(timeout), shown.decode()
                shown += piece
            raise TimeoutError(shown.decode())
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            os.close(here)


def _piece(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody has it open any more
        return b""


@pytest.mark.parametrize(
    "command", [["build"], ["build", "--check"], ["diff", "--env", "prod"], ["push", "--env", "prod", "-y"]]
)
def test_a_command_that_forks_ends_on_a_terminal(command: list[str], builder: Builder) -> None:
    boards = {f"dashboards/{name}.py": BOARDS.replace("NAME", name) for name in "abcd"}
    builder.write(boards, grafana={"directory": str(builder.root.parent / "grafana")})
    assert builder.run("build") == 0

    code, shown = on_a_terminal("-C", str(builder.root), *command)

    assert code == 0, shown
