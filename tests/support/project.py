"""Projects for tests: written into a directory, and a small one whose targets real servers read."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dojoboards.cli import run
from support.servers import Server

CONFIG = """\
project: shop
settings:
  up_min: {default: 1, meaning: How many targets must be up.}
defaults:
  data_sources:
    prometheus: {uid: prom, type: prometheus, url: "http://prometheus.example:9090"}
environments:
  prod:
"""

RULES = """\
from dojoboards import Alert, RecordingRule, RuleGroup

def groups(env):
    few = Alert(
        name="FewUp", expr=f"job:up:count < {env.threshold('up_min')}", for_="1m", severity="critical",
        summary="Few targets are up", description="{{ $value }} targets of {{ $labels.job }} are up.",
    )
    count = RecordingRule(record="job:up:count", expr="count by (job) (up == 1)")
    return [RuleGroup(name="up", interval="1s", rules=[count, few])]
"""

SCRAPE = """\
from dojoboards import Prometheus, ScrapeJob

prometheus = Prometheus(scrape_interval="1s", scrape_timeout="1s", evaluation_interval="1s")
scrape_jobs = [ScrapeJob(name="shop", targets=["127.0.0.1:9"])]
"""

ROUTING = """\
from dojoboards import Alertmanager, NotificationTemplate, Receiver, Route, Secret, Webhook

alertmanager = Alertmanager(receiver="nobody")
receivers = [Receiver(name="nobody"), Receiver(name="hook", webhook=[Webhook(url=Secret("hook"))])]
routes = [Route(receiver="hook", matchers=['severity="critical"'])]
templates = [NotificationTemplate(name="shop", text='{{ define "shop.title" }}{{ .Status }}{{ end }}')]
"""

BOARD = """\
from dojoboards import panels

def dashboard(env):
    return panels.dashboard("Overview", uid="overview", panels=[panels.stat("Up", "job:up:count", unit="short")])
"""

CONTENT = {
    "alerts/rules.py": RULES,
    "alerts/scrape.py": SCRAPE,
    "alerts/routing.py": ROUTING,
    "dashboards/overview.py": BOARD,
}


class Builder:
    """Writes a project and runs commands on it.

    Args:
        root: The project's directory.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, contents: Mapping[str, str], config: str = CONFIG, **targets: Mapping[str, Any]) -> None:
        """Write content modules and `dojoboards.yaml`; *targets* are those of the environment `prod`."""
        document = yaml.safe_load(config)
        if targets:
            prod = document["environments"].setdefault("prod", {}) or {}
            document["environments"]["prod"] = {**prod, "targets": dict(targets)}
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / "dojoboards.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        for name, text in contents.items():
            self.change(name, text)

    def change(self, name: str, text: str) -> None:
        """Write one file."""
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace text that must be there in one file."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        (self.root / name).write_text(text.replace(old, new), encoding="utf-8")

    def run(self, *arguments: str) -> int:
        """Run the command line on the project, and return its exit code."""
        return run(["-C", str(self.root), *arguments])

    def push(self, *arguments: str) -> int:
        """Build, then push the environment `prod`, and return the exit code."""
        assert self.run("build") == 0
        return self.run("push", "--env", "prod", *arguments)


@dataclass(frozen=True)
class Shop:
    """A small project, and the servers that read what is pushed.

    Args:
        builder: Changes and pushes it.
        prometheus: A real one.
        alertmanager: A real one.
        grafana: The directory that a Grafana would read.
    """

    builder: Builder
    prometheus: Server
    alertmanager: Server
    grafana: Path

    def write(self, contents: Mapping[str, str] = CONTENT, **server: Any) -> None:
        """Write the project; *server* are more settings of Prometheus in `dojoboards.yaml`."""
        secrets = self.builder.root.parent / "hook-url"
        secrets.write_text("http://127.0.0.1:9/example-hook-token\n")
        self.builder.write(
            contents,
            CONFIG.replace("environments:", f"  secrets:\n    hook: {{file: {secrets}}}\nenvironments:"),
            prometheus={
                "directory": str(self.prometheus.directory),
                "servers": [{"url": self.prometheus.url, "timeout": 5, **server}],
            },
            alertmanager={
                "directory": str(self.alertmanager.directory),
                "servers": [{"url": self.alertmanager.url}],
            },
            grafana={"directory": str(self.grafana)},
        )

    def directories(self) -> tuple[Path, ...]:
        """Return the directories of its targets."""
        return self.prometheus.directory, self.alertmanager.directory, self.grafana


def tree(*roots: Path) -> dict[str, tuple[bytes, int]]:
    """Return every file below *roots* with its content and mode."""
    return {
        str(file): (file.read_bytes(), file.stat().st_mode & 0o777)
        for root in roots
        for file in sorted(root.rglob("*"))
        if file.is_file() and file.suffix != ".pyc"
    }
