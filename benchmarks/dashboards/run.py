"""Time whole processes that make 1,000 dashboards, side by side in one run.

    python benchmarks/dashboards/run.py [ROUNDS]

Each round runs every variant once, one after the other, so that a noisy machine is noisy for all. Printed are the
median and the range of the rounds, how many times as fast as `generate-dashboards` that is, and the peak of memory.
A round before the first one is not counted: it fills the caches of files and of bytecode.
"""

from __future__ import annotations

import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import generate

BIN = Path(sys.executable).parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass
class Variant:
    """One way to make the dashboards.

    Args:
        name: What it is called in the table.
        command: What is run.
        cwd: Where.
        prepare: Done before each run, and not timed.
    """

    name: str
    command: list[str]
    cwd: Path
    prepare: Callable[[], object] = lambda: None
    seconds: list[float] = field(default_factory=list)
    peak: int = 0

    def run(self) -> None:
        self.prepare()
        started = time.perf_counter()
        process = subprocess.Popen(self.command, cwd=self.cwd, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        self.seconds.append(time.perf_counter() - started)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{self.name} failed with {process.returncode}")
        self.peak = max(self.peak, usage.ru_maxrss * 1024)  # of the largest of its processes


def anew(path: Path) -> Callable[[], object]:
    """Move what was written aside: files made right after many were deleted take several times as long."""

    def move() -> None:
        if path.exists():
            path.rename(path.parent.parent / f"aside-{next(_NUMBERS)}")

    return move


_NUMBERS = itertools.count()


def variants(root: Path) -> list[Variant]:
    dojoboards = [str(BIN / "dojoboards"), "build"]
    sources = [str(file) for file in sorted((root / "theirs").glob("*.dashboard.py"))]

    def theirs_anew() -> None:
        aside = root / f"aside-{next(_NUMBERS)}"
        aside.mkdir()
        for file in (root / "theirs").glob("*.json"):
            file.rename(aside / file.name)

    return [
        Variant("grafanalib, generate-dashboards", [str(BIN / "generate-dashboards"), *sources], root, theirs_anew),
        Variant(
            "foundation SDK, its own encoder",
            [sys.executable, "main.py", str(root / "sdk/out")],
            root / "sdk",
            anew(root / "sdk/out"),
        ),
        Variant(
            "dojoboards build, grafanalib objects", dojoboards, root / "grafanalib", anew(root / "grafanalib/build")
        ),
        Variant("dojoboards build, the same again", dojoboards, root / "grafanalib"),
        Variant("dojoboards build, panels", dojoboards, root / "panels", anew(root / "panels/build")),
        Variant("dojoboards build, the same again", dojoboards, root / "panels"),
    ]


def start_up(root: Path) -> list[Variant]:
    return [
        Variant('python -c "import click"', [sys.executable, "-c", "import click"], root),
        Variant("dojoboards --help", [str(BIN / "dojoboards"), "--help"], root),
    ]


def measured(found: list[Variant], rounds: int) -> None:
    for number in range(rounds + 1):
        for variant in found:
            variant.run()
            if number == 0:
                variant.seconds.clear()


def table(found: list[Variant]) -> None:
    first = statistics.median(found[0].seconds)
    for variant in found:
        median = statistics.median(variant.seconds)
        spread = f"{min(variant.seconds):.3f} to {max(variant.seconds):.3f}"
        print(
            f"{variant.name:38} {median:7.3f} s  ({spread})  {first / median:5.2f} times as fast"
            f"  {variant.peak / 2**20:6.0f} MiB"
        )


def size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory(prefix="dojoboards-benchmark-") as directory:
        root = Path(directory)
        generate.write(root)
        found = variants(root)
        measured(found, rounds)
        print(f"{generate.DASHBOARDS} dashboards of {generate.PANELS} panels, medians of {rounds} rounds")
        table(found)
        one = root / "one"
        shutil.copytree(root / "panels", one, ignore=lambda _, names: {n for n in names if n[:6] == "board_"} - FIRST)
        alone = Variant("one dashboard", [str(BIN / "dojoboards"), "build"], one)
        alone.run()
        output = size(root / "panels/build")
        grown = found[-2].peak - alone.peak
        print(f"memory beyond that of one dashboard: {grown / output:.2f} times the {output / 2**20:.0f} MiB of output")
        started = start_up(root)
        measured(started, 4 * rounds)
        table(started)
    return 0


FIRST = {"board_0000.py"}

if __name__ == "__main__":
    sys.exit(main())
