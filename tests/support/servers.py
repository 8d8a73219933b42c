"""Real servers on loopback, for tests and the demo: started on free ports, stopped by their process id."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stack

_START = 30.0
_STOP = 10.0

# What each server starts with: before a first push it has to run something.
PROMETHEUS_STARTS_WITH = "global: {}\n"
ALERTMANAGER_STARTS_WITH = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


@dataclass(frozen=True)
class Server:
    """A running server.

    Args:
        url: Its address.
        directory: The directory of its configuration.
        log: What it writes to stdout and stderr.
        process: Its process.
    """

    url: str
    directory: Path
    log: Path
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> Any:
        """Return what it answers at *path*, read as JSON."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:
            return json.load(answer)

    def query(self, expr: str) -> list[dict[str, Any]]:
        """Return the series that PromQL gives now."""
        from urllib.parse import quote

        found: list[dict[str, Any]] = self.get(f"/api/v1/query?query={quote(expr)}")["data"]["result"]
        return found

    def rules(self) -> list[dict[str, Any]]:
        """Return its rule groups."""
        groups: list[dict[str, Any]] = self.get("/api/v1/rules")["data"]["groups"]
        return groups


def free_port() -> int:
    """Return a port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], object], what: str, timeout: float = 30.0, pause: float = 0.05) -> None:
    """Wait until something is true, asking again and again.

    Raises:
        TimeoutError: it is not true in time.
    """
    deadline = time.monotonic() + timeout
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout:g} s: {what}")
        time.sleep(pause)


@contextmanager
def prometheus(
    directory: Path, *flags: str, lifecycle: bool = True, scheme: str = "http", name: str = ""
) -> Iterator[Server]:
    """Run Prometheus on the configuration in *directory*, which gets one that does nothing if there is none.

    Args:
        directory: Of its configuration; its data and its log go beside it.
        *flags: More of its flags.
        lifecycle: Whether it lets itself be reloaded over HTTP.
        scheme: `https` where a flag says so.
        name: Of its data and its log; that of the directory where it is empty.
    """
    name = name or directory.name
    _starts_with(directory / "prometheus.yml", PROMETHEUS_STARTS_WITH)
    port = free_port()
    command = [
        stack.find("prometheus"),
        f"--config.file={directory}/prometheus.yml",
        f"--storage.tsdb.path={directory.parent}/{name}-data",
        f"--web.listen-address=127.0.0.1:{port}",
        *(["--web.enable-lifecycle"] if lifecycle else []),
        *flags,
    ]
    with _running(command, directory, f"{scheme}://127.0.0.1:{port}", "/-/ready", name) as server:
        yield server


@contextmanager
def alertmanager(directory: Path, *flags: str) -> Iterator[Server]:
    """Run Alertmanager on the configuration in *directory*, which gets one that does nothing if there is none."""
    _starts_with(directory / "alertmanager.yml", ALERTMANAGER_STARTS_WITH)
    port = free_port()
    command = [
        stack.find("alertmanager"),
        f"--config.file={directory}/alertmanager.yml",
        f"--storage.path={directory.parent}/{directory.name}-data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        *flags,
    ]
    with _running(command, directory, f"http://127.0.0.1:{port}", "/-/ready", directory.name) as server:
        yield server


def _starts_with(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.write_text(text)


@contextmanager
def _running(command: Sequence[str], directory: Path, url: str, ready: str, name: str) -> Iterator[Server]:
    log = directory.parent / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    server = Server(url, directory, log, process)
    try:
        until(lambda: process.poll() is not None or _answers(f"{url}{ready}"), f"{command[0]} is ready", _START)
        if process.poll() is not None:
            raise RuntimeError(f"{command[0]} stopped at once:\n{log.read_text(errors='replace')}")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        return error.code == 401  # it is there, and wants to know who asks
    except urllib.error.URLError as error:
        return isinstance(error.reason, ssl.SSLError)  # it is there, and we do not trust each other
    except OSError:
        return False
