"""Time a push of many dashboards to a stand-in Grafana, beside a bare program that sends the same requests.

    python benchmarks/push/run.py [ROUNDS]

The stand-in is a process of its own, and each of its answers takes 5 ms at least. Three questions:

- 200 dashboards pushed for the first time: how long from the first request to the last answer, as the server sees it,
  and how long does a program of nothing but `http.client` take for the same requests, as many at a time?
- 1,000 dashboards pushed again with nothing changed: how many requests, and is one of them a write?
- 10,000 dashboards, from a hundred modules and from one whose list holds them all at once: how much memory beyond that
  of one dashboard, in multiples of the bytes that are pushed?

Each round takes a new server for each program, and the programs alternate.
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

BIN = Path(sys.executable).parent
LATENCY_MS, CONCURRENT = 5, 8
FIRST, AGAIN, MANY, MODULES = 200, 1000, 10_000, 100
TOKEN = "BENCHMARK_TOKEN"  # noqa: S105  # the name of a variable
CONFIG = """\
project: bench
defaults:
  data_sources:
    prometheus: {{uid: prometheus, type: prometheus}}
environments:
  bench:
    targets:
      grafana: {{url: "{url}", token: {{env: {token}}}, max_concurrent: {concurrent}}}
"""
FOLDER = """\
from dojoboards import Folder

folders = [Folder(uid="bench", title="Bench")]
"""
MODULE = """\
from dojoboards import panels as p


def dashboards(_):
    return [board(number) for number in range({first}, {end})]


def board(number):
    panels = [
        p.timeseries(f"Panel {{panel}}", f'sum by (instance) (rate(requests_total{{{{job="j{{panel}}"}}}}[5m]))')
        for panel in range(20)
    ]
    return p.dashboard(f"Board {{number}}", uid=f"board-{{number}}", panels=panels)
"""


class Server:
    """A stand-in in its own process."""

    def __init__(self, process: subprocess.Popen[str], said: IO[str], told: IO[str]) -> None:
        self._process, self._said, self._told = process, said, told
        self.__dict__.update(json.loads(said.readline()))

    url: str
    token: str

    def take(self) -> list[dict[str, Any]]:
        """Return the requests since the last time."""
        self._told.write("take\n")
        self._told.flush()
        taken: list[dict[str, Any]] = json.loads(self._said.readline())
        return taken


@contextmanager
def serving() -> Iterator[Server]:
    command = [sys.executable, str(Path(__file__).with_name("serve.py")), str(LATENCY_MS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Server(process, process.stdout, process.stdin)
        finally:
            process.stdin.close()
            process.wait(30)


def project(root: Path, url: str, count: int, modules: int = 1) -> Path:
    """Make a project with *count* dashboards, as many in each of its *modules*, and build it."""
    (root / "dashboards").mkdir(parents=True, exist_ok=True)
    (root / "dojoboards.yaml").write_text(CONFIG.format(url=url, token=TOKEN, concurrent=CONCURRENT))
    (root / "dashboards/folders.py").write_text(FOLDER)
    each = count // modules
    for number in range(modules):
        module = MODULE.format(first=number * each, end=(number + 1) * each)
        (root / f"dashboards/boards_{number}.py").write_text(module)
    run(root, "build")
    return root


def run(root: Path, *arguments: str, token: str = "") -> tuple[float, int]:
    """Run the command; return how long it took, and the peak of its memory in bytes."""
    started = time.perf_counter()
    environment = {**os.environ, TOKEN: token}
    process = subprocess.Popen([BIN / "dojoboards", *arguments], cwd=root, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"dojoboards {' '.join(arguments)} failed with {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss * 1024


def span(requests: list[dict[str, Any]]) -> float:
    return float(max(entry["answered"] for entry in requests) - min(entry["came"] for entry in requests))


def phases(requests: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the requests in groups, each of which began when all before it had been answered."""
    grouped: list[list[dict[str, Any]]] = []
    until = 0.0
    for entry in requests:
        if entry["came"] >= until or not grouped:
            grouped.append([])
        grouped[-1].append(entry)
        until = max(until, entry["answered"])
    return grouped


def bare(server: Server, grouped: list[list[dict[str, Any]]]) -> None:
    """Send the same requests in the same order, as many at a time, and wait where the push waited."""
    host = urlsplit(server.url).netloc
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    connections = [http.client.HTTPConnection(host) for _ in range(CONCURRENT)]

    def work(connection: http.client.HTTPConnection, waiting: queue.SimpleQueue[dict[str, Any]]) -> None:
        while True:
            try:
                entry = waiting.get_nowait()
            except queue.Empty:
                return
            connection.request(entry["method"], entry["path"], entry["body"] or None, headers)
            connection.getresponse().read()

    for group in grouped:
        waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        for entry in group:
            waiting.put(entry)
        if len(group) == 1:
            work(connections[0], waiting)
            continue
        threads = [threading.Thread(target=work, args=(each, waiting)) for each in connections[: len(group)]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for connection in connections:
        connection.close()


def told(requests: list[dict[str, Any]]) -> str:
    kinds = Counter(f"{entry['method']} {shape(entry['path'])}" for entry in requests)
    return "\n".join(f"    {count:5} {kind}" for kind, count in sorted(kinds.items(), key=lambda item: item[0]))


def shape(path: str) -> str:
    """Return a path without what names one thing."""
    parts = ["*" if part.startswith(("board-", "bench")) else part for part in path.partition("?")[0].split("/")]
    return "/".join(parts)


def first_push(root: Path, rounds: int) -> None:
    ours, theirs, whole = [], [], []
    for _ in range(rounds + 1):
        with serving() as server:
            place = project(root / "first", server.url, FIRST)
            took, _ = run(place, "push", "--env", "bench", "-y", token=server.token)
            requests = server.take()
            ours.append(span(requests))
            whole.append(took)
        with serving() as server:
            bare(server, phases(requests))
            theirs.append(span(server.take()))
    ratios = [one / other for one, other in zip(ours[1:], theirs[1:], strict=True)]
    print(f"{FIRST} dashboards for the first time, {len(requests)} requests, medians of {rounds} rounds")
    print(f"  push, first request to last answer  {statistics.median(ours[1:]):6.3f} s")
    print(f"  http.client, the same               {statistics.median(theirs[1:]):6.3f} s")
    print(f"  ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"  the whole process, compiling and all {statistics.median(whole[1:]):6.3f} s")
    print(told(requests))


def push_again(root: Path) -> None:
    with serving() as server:
        place = project(root / "again", server.url, AGAIN)
        run(place, "push", "--env", "bench", "-y", token=server.token)
        server.take()
        took, _ = run(place, "push", "--env", "bench", "-y", token=server.token)
        requests = server.take()
    writes = [entry for entry in requests if entry["method"] != "GET"]
    print(
        f"{AGAIN} dashboards with nothing changed: {len(requests)} requests, {len(writes)} of them writes, {took:.2f} s"
    )
    print(told(requests))


def memory(root: Path) -> None:
    one, _ = peak(root / "one", 1, 1)
    for modules in (MODULES, 1):
        most, size = peak(root / f"modules-{modules}", MANY, modules)
        shape = f"{modules} modules" if modules > 1 else "one module, whose list holds all at once"
        print(f"{MANY} dashboards of {size / 2**20:.0f} MiB, {shape}: {(most - one) / size:.2f} times that in memory")


def peak(root: Path, count: int, modules: int) -> tuple[int, int]:
    """Return how many bytes a push takes, and how many the dashboards have."""
    with serving() as server:
        place = project(root, server.url, count, modules)
        _, most = run(place, "push", "--env", "bench", "-y", token=server.token)
    return most, sum(file.stat().st_size for file in (place / "build/bench/grafana/dashboards").rglob("*.json"))


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory(prefix="dojoboards-benchmark-") as directory:
        root = Path(directory)
        first_push(root, rounds)
        push_again(root)
        memory(root)


if __name__ == "__main__":
    main()
