"""A stand-in Loki whose ruler reads local files: it looks at them whenever it is asked, and evaluates at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import yaml

from support.answers import Reply, Request, answering

_PATH = "/prometheus/api/v1/rules"


class Loki:
    """A running one.

    Args:
        rules: What it has as `ruler.storage.local.directory`.

    Attributes:
        failing: The error of each rule that cannot be evaluated, by the rule's name.
        tenants: Who asked, in that order.
    """

    def __init__(self, rules: Path) -> None:
        self.rules = rules
        self.url = ""
        self.failing: dict[str, str] = {}
        self.tenants: list[str] = []

    def answer(self, request: Request) -> Reply:
        """Answer as the real one does; a file that cannot be read keeps it from all."""
        if request.path != _PATH:
            return Reply(404, b"404 page not found\n")
        headers = {name.lower(): value for name, value in request.headers.items()}
        tenant = headers.get("x-scope-orgid", "fake")
        self.tenants.append(tenant)
        place = self.rules / tenant
        files = sorted(file for file in place.iterdir() if file.is_file()) if place.is_dir() else []
        try:
            groups = [
                {"name": group["name"], "file": file.name, "rules": [self._rule(rule) for rule in group["rules"]]}
                for file in files
                for group in yaml.safe_load(file.read_text())["groups"]
            ]
        except (KeyError, TypeError, yaml.YAMLError):
            groups = []
        body = orjson.dumps({"status": "success", "data": {"groups": groups}})
        return Reply(200, body, {"Content-Type": "application/json"})

    def _rule(self, rule: dict[str, Any]) -> dict[str, Any]:
        name = rule.get("alert") or rule["record"]
        error = self.failing.get(name, "")
        return {
            "name": name,
            "query": "".join(rule["expr"].split()),  # as it would write it anew
            "labels": rule.get("labels", {}),
            "duration": 300 if rule.get("for") == "5m" else 0,
            "health": "err" if error else "ok",
            "lastError": error,
            "type": "alerting" if rule.get("alert") else "recording",
        }


@contextmanager
def loki(rules: Path) -> Iterator[Loki]:
    """Serve one that reads *rules* until the context ends."""
    server = Loki(rules)
    with answering(server.answer) as running:
        server.url = running.url
        yield server
