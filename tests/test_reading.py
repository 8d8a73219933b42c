import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from dojoboards.reading import read
from support.project import Builder

BOARD = "from dojoboards import panels\ndashboard = panels.dashboard('A', uid='a', panels=[])\n"
STRANGE = "it is a pipe, a socket or a device, and no regular file"


def pipe(file: Path) -> None:
    os.mkfifo(file)


def endless(file: Path) -> None:
    file.symlink_to("/dev/zero")


def listening(file: Path) -> None:
    here = Path.cwd()
    os.chdir(file.parent)  # the path of a socket may have a hundred characters
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(file.name)
    finally:
        os.chdir(here)


@pytest.mark.parametrize("make", [pipe, endless, listening])
def test_what_would_keep_a_reader_waiting_is_not_read(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "a")

    with pytest.raises(OSError, match=STRANGE):
        read(tmp_path / "a")


@pytest.mark.parametrize("make", [pipe, endless, listening])
@pytest.mark.parametrize(
    ("name", "command", "message"),
    [
        ("dashboards/a.py", "build", f"cannot read it: {STRANGE}"),
        ("alerts/a.py", "lint", f"cannot read it: {STRANGE}"),
        ("dashboards/a.json", "build", f"cannot read what was pulled from Grafana: {STRANGE}"),
        ("catalogue/a.yml", "build", f"cannot read it: {STRANGE}"),
        ("tests/rules/a.yml", "test", f"cannot read it: {STRANGE}"),
        ("dojoboards.yaml", "build", f"cannot read dojoboards.yaml: {STRANGE}"),
    ],
)
def test_no_file_of_a_project_keeps_a_command_waiting(
    builder: Builder,
    make: Callable[[Path], None],
    name: str,
    command: str,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    builder.write({"dashboards/ok.py": BOARD})
    file = builder.root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    make(file)

    assert builder.run(command) == 2
    out, err = capsys.readouterr()
    assert f"{name}: error: {message}" in out + err


def test_a_link_that_leads_nowhere_is_told_and_the_lock_of_an_editor_is_passed_over(
    builder: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    builder.write({"dashboards/ok.py": BOARD})
    (builder.root / "dashboards/.#ok.py").symlink_to("somebody@example.com.4711")

    assert builder.run("build") == 0

    (builder.root / "dashboards/gone.py").symlink_to("nowhere.py")
    (builder.root / "alerts/directory.py").mkdir(parents=True)

    assert builder.run("build") == 2
    said = capsys.readouterr().err
    assert "dashboards/gone.py: error: cannot read it: it is a link that leads nowhere" in said
    assert "alerts/directory.py: error: cannot read it: it is a directory" in said
