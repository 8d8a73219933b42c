"""What a real Alertmanager tells: it is started on loopback, alerts are posted, and what it sends is received."""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from dojoboards.cases import messages
from dojoboards.cases.messages import ENDS, LABEL, Message, Messages, Scene
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.trials.programs import find

_START = 30.0
_STOP = 10.0
_PATIENCE = 20.0
_PAUSE = 0.02


def play(scenes: Sequence[Scene]) -> list[Messages]:
    """Return what is told in each of *scenes*, by receiver.

    Raises:
        DojoboardsError: Alertmanager is not on the PATH, or does not take the configuration.
    """
    program = find("alertmanager", "cases for messages")
    told: list[dict[str, list[Message]]] = [{} for _ in scenes]
    with _listening() as (heard, url), tempfile.TemporaryDirectory(prefix="dojoboards-") as directory:
        file = Path(directory) / "alertmanager.yml"
        file.write_text(json.dumps(messages.configuration(scenes, url)), encoding="utf-8")
        with _running(program, file) as address:
            for end, act in zip(ENDS, messages.acts(scenes), strict=True):
                if act:
                    heard.began = time.monotonic()
                    _post(f"{address}/api/v2/alerts", messages.alerts(scenes, act, end))
                    heard.wait(end, messages.lasts([scenes[index] for index in act]) / 1000 + _PATIENCE)
    for after, index, number, message in heard.messages:
        scene = scenes[index]
        if not scene.over or after <= scene.lasts:
            told[index].setdefault(str(scene.alertmanager["receivers"][number]["name"]), []).append(message)
    return list(told)


class _Heard:
    """What is received: of each message how many milliseconds after the beginning, its scene, receiver and alerts."""

    def __init__(self) -> None:
        self.began = 0.0
        self.messages: list[tuple[float, int, int, Message]] = []
        self._ended = {end: threading.Event() for end in ENDS}

    def take(self, path: str, body: bytes) -> None:
        """Note a message."""
        after = 1000 * (time.monotonic() - self.began)
        scene, receiver = path.strip("/").split("/")
        if scene in self._ended:
            self._ended[scene].set()
            return
        labels = [alert["labels"] for alert in json.loads(body)["alerts"]]
        message = [{name: value for name, value in one.items() if name != LABEL} for one in labels]
        self.messages.append((after, int(scene), int(receiver), message))

    def wait(self, end: str, seconds: float) -> None:
        """Wait for the last message.

        Raises:
            DojoboardsError: it does not come in time.
        """
        if not self._ended[end].wait(seconds):
            message = "Alertmanager did not send its last message in time"
            raise DojoboardsError([Problem(message, None, "run it once more", Exit.UNREADABLE)])


@contextmanager
def _listening() -> Iterator[tuple[_Heard, str]]:
    heard = _Heard()

    class Receiving(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.take(self.path, self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 1024  # the first messages of all scenes come at once

    server = Server(("127.0.0.1", 0), Receiving)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield heard, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _running(program: str, file: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [
        program,
        f"--config.file={file}",
        f"--storage.path={file.parent}/data",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    log = file.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        _wait(process, f"http://{address}/-/ready", log)
        yield f"http://{address}"
    finally:
        process.terminate()
        try:
            process.wait(_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with _DIRECT.open(url, timeout=5):
                return
        except OSError:
            time.sleep(_PAUSE)
    words = " ".join(log.read_text(errors="replace").splitlines()[-3:]).replace(f"{log.parent}/", "")
    raise DojoboardsError([Problem(f"Alertmanager does not start: {words}", None, "", Exit.UNREADABLE)])


def _post(url: str, body: Any) -> None:
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310  # our own address
    try:
        with _DIRECT.open(request, timeout=10):
            return
    except OSError as error:
        message = f"Alertmanager does not take the alerts: {error}"
        raise DojoboardsError([Problem(message, None, "", Exit.UNREADABLE)]) from None


_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Asks without a proxy: it is on loopback."""
