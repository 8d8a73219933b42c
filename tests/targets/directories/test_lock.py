"""The lock of a machine that has no `flock`: shells that take it in the same instant, and some that die with it."""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dojoboards.targets import directories

_AT_ONCE = 8
_SHELL = Path(directories.__file__).with_name("remote.sh").read_text(encoding="utf-8")
_DEAD = 4194304
"""Above the greatest number of a process."""

# A second one in the same place at the same time would find the directory that the first one has made.
_ALONE = """
read -r go
until take; do :; done
mkdir "$root/alone" || echo "$me is not alone"
sleep 0.001
rmdir "$root/alone" || echo "$me was not alone"
"""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A directory with the programs that a lock needs, and no `flock`."""
    place = tmp_path / "bin"
    place.mkdir()
    for name in ("ln", "mkdir", "readlink", "rm", "rmdir", "sleep"):
        (place / name).symlink_to(shutil.which(name) or "")
    return place


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "etc"
    place.mkdir()
    return place


def said(root: Path, tools: Path, *ends: str) -> list[str]:
    """Return what shells said that took the lock of *root* one after the other, each with its end."""
    shell = shutil.which("sh") or "sh"
    pipe = subprocess.PIPE
    shells = [
        subprocess.Popen(
            [shell, "-c", f"root='{root}' locked= me=$$.{number}\n{_SHELL}{_ALONE}{end}"],
            env={"PATH": str(tools)},
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number, end in enumerate(ends)
    ]
    with ThreadPoolExecutor(len(shells)) as pool:  # whoever dies is waited for at once: it lives on until then
        return [output for output, _ in pool.map(lambda one: one.communicate("go\n", timeout=60), shells)]


def test_of_shells_that_begin_in_the_same_instant_only_one_has_the_lock(root: Path, tools: Path) -> None:
    assert said(root, tools, *[""] * _AT_ONCE) == [""] * _AT_ONCE

    assert list(root.iterdir()) == []


def test_the_lock_of_one_that_died_is_taken_over_by_one_alone(root: Path, tools: Path) -> None:
    for number in range(4):
        (root / ".dojoboards-lock").symlink_to(f"{_DEAD}.{number}")

        assert said(root, tools, *[""] * _AT_ONCE) == [""] * _AT_ONCE
        assert list(root.iterdir()) == []


def test_whoever_dies_while_it_takes_over_a_lock_keeps_nobody_out(root: Path, tools: Path) -> None:
    (root / ".dojoboards-lock").symlink_to(f"{_DEAD}.a")
    (root / f".dojoboards-lock-{_DEAD}.a").symlink_to(f"{_DEAD}.b")

    assert said(root, tools, *[""] * _AT_ONCE) == [""] * _AT_ONCE
    assert list(root.iterdir()) == []


def test_the_lock_goes_on_from_hand_to_hand_though_some_are_killed(root: Path, tools: Path) -> None:
    ends = ["kill -9 $$" if number % 2 else "" for number in range(_AT_ONCE)]

    assert said(root, tools, *ends) == [""] * _AT_ONCE
    assert said(root, tools, "") == [""]


def test_the_lock_of_one_that_lives_is_left_to_it(root: Path, tools: Path) -> None:
    held = 'take; (me=other; take) && echo taken twice; [ "$(readlink "$link")" = "$me" ] && echo \'still ours\''

    assert said(root, tools, held) == ["still ours\n"]
