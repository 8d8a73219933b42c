"""A stand-in Grafana in a process of its own, for `run.py`: it answers on stdout what it is told on stdin.

`take` gives, as one line of JSON, the requests since the last time: method, path, body, when it came, when it was
answered.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from support.answers import Reply, Request
from support.faults import Fault
from support.grafana import Grafana
from support.grafana.flavours import FLAVOURS
from support.grafana.state import Settings
from support.serving import running


class Timed(Grafana):
    """A stand-in that notes when each request came and when its answer was ready."""

    def __init__(self, latency_ms: float) -> None:
        super().__init__(FLAVOURS["13"], Settings(), "")
        self.latency_ms = latency_ms
        self.timed: list[dict[str, object]] = []

    def exchange(self, request: Request) -> tuple[Reply, Fault]:
        came = time.monotonic()
        result = super().exchange(request)
        entry = {"method": request.method, "path": request.path, "body": request.body.decode()}
        self.timed.append({**entry, "came": came, "answered": time.monotonic()})
        self.requests.clear()
        return result


def main() -> None:
    with running(Timed(float(sys.argv[1]))) as server:
        print(json.dumps({"url": server.url, "token": server.token}), flush=True)
        for _ in sys.stdin:
            timed, server.timed = server.timed, []
            print(json.dumps(sorted(timed, key=lambda entry: str(entry["came"]))), flush=True)


main()
