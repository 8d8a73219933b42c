"""DojoPool's monitoring runs: pushed to a real Prometheus that scrapes real exporters of real servers.

What this project has not, and no package brings, is stood in for: the application, its backup job, cAdvisor, and what
happened in the days before. `docs/metrics.md` says what is not to be had here even so.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import time
import urllib.error
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from dojoboards.cli import run
from support import exporters, servers, standins
from support.answers import Reply, Request, answering
from support.dojopool import ROOT, built, metrics, queries

RATE_INTERVAL = "20s"
CONDITIONS = {"==", "!=", "<", "<=", ">", ">=", "and", "or", "unless"}

# Two alerts that come and go, so that there is something to count, and to notify about.
FIRES = """\
from dojoboards import Alert, RuleGroup

def groups(env):
    alerts = [
        Alert(
            name=f"Tried{severity.title()}", expr="vector(time()) % 6 < 3", severity=severity, team="operations",
            labels={"service": "trial"}, summary="A trial", description="A trial.",
        )
        for severity in ("critical", "warning")
    ]
    return [RuleGroup(name="trial", rules=alerts)]
"""


@pytest.fixture(scope="module")
def prometheus(programs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    """Everything, started and pushed once for all tests here."""
    if missing := exporters.missing():
        message = f"{', '.join(missing)} cannot be had here: run make stack, or put them on the PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    directory = tmp_path_factory.mktemp("live")
    with ExitStack() as running:
        targets = start(running, directory)
        add_history(directory, targets)
        systems = {
            "prometheus": running.enter_context(servers.prometheus(directory / "prometheus")),
            "alertmanager": running.enter_context(servers.alertmanager(directory / "alertmanager")),
        }
        targets |= {name: [server.url.removeprefix("http://")] for name, server in systems.items()}
        push(project(running, directory, targets), systems, directory / "grafana")
        asked, count = systems["prometheus"], sum(map(len, targets.values()))
        with suppress(TimeoutError):  # a test says which one does not
            servers.until(lambda: len(asked.query("up == 1")) == count, "every target answers")
        yield asked


def start(running: ExitStack, directory: Path) -> dict[str, list[str]]:
    """Start exporters and stand-ins; return the targets by the name of their setting."""
    textfiles = directory / "textfiles"
    textfiles.mkdir()
    (textfiles / "dojopool.prom").write_bytes(standins.exposition(standins.backups()))
    began = time.monotonic()
    targets = {
        "node": [exporters.node(running, directory, textfiles)],
        "nginx": [exporters.nginx(running, directory)],
        "redis": [exporters.redis(running, directory)],
        "postgres": exporters.postgres(running, directory),
    }
    for name, series in (("application", list(standins.application())), ("cadvisor", list(standins.containers()))):
        body = partial(exposed, series, began)
        server = running.enter_context(answering(body))
        targets[name] = [server.url.removeprefix("http://")]
    return targets


def exposed(series: list[standins.Series], began: float, _request: Request) -> Reply:
    return Reply(body=standins.exposition(series, time.monotonic() - began))


def add_history(directory: Path, targets: dict[str, list[str]]) -> None:
    """Let Prometheus begin with backups of the days before, and with containers that started within the hour."""
    file, data = directory / "history.om", directory / "prometheus-data"
    days = [age * standins.HOUR for age in (50, 49, 48, 26, 25)]
    size = [one for one in standins.backups() if one.metric == "dojopool_backup_size_bytes"]
    started = [one for one in standins.containers() if one.metric == "container_start_time_seconds"]
    (node,), (cadvisor,) = targets["node"], targets["cadvisor"]
    common = {"environment": "local", "host": "127.0.0.1"}
    file.write_text(
        standins.history(size, days, **common, instance=node, job="node")
        + standins.history(started, [1200, 900, 600], **common, instance=cadvisor, job="cadvisor")
        + "# EOF\n"
    )
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(file), str(data)]
    subprocess.run(command, check=True, capture_output=True)


def project(running: ExitStack, directory: Path, targets: dict[str, list[str]]) -> Path:
    """Copy DojoPool's content, for these targets and every second."""
    root = directory / "project"
    for part in ("alerts", "dashboards"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "alerts/trial.py").write_text(FIRES)
    told = running.enter_context(answering(lambda _: Reply(body=b"ok")))
    mail = Controller(Sink(), hostname="127.0.0.1", port=servers.free_port())
    mail.start()
    running.callback(mail.stop)
    document = yaml.safe_load((ROOT / "dojoboards.yaml").read_text())
    document["environments"]["local"]["settings"] |= {
        "scrape_interval": "1s",
        "scrape_timeout": "1s",
        "evaluation_interval": "1s",
        "notification_wait": "0s",
        "notification_interval": "1s",
        "notification_stand_in": told.url,
        "smtp_smarthost": f"127.0.0.1:{mail.port}",
        **{f"{name}_targets": addresses for name, addresses in targets.items()},
    }
    (root / "dojoboards.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    return root


def push(root: Path, systems: Mapping[str, servers.Server], grafana: Path) -> None:
    with pytest.MonkeyPatch.context() as environment:
        for name, server in systems.items():
            environment.setenv(f"DOJOBOARDS_{name.upper()}_DIR", str(server.directory))
            environment.setenv(f"DOJOBOARDS_{name.upper()}_URL", server.url)
        environment.setenv("DOJOBOARDS_GRAFANA_DIR", str(grafana))
        assert run(["-C", str(root), "build", "--env", "local"]) == 0
        assert run(["-C", str(root), "push", "--env", "local", "--adopt"]) == 0


def substituted(text: str) -> str:
    """Return a query as Grafana sends it while "All" is chosen everywhere."""
    return re.sub(r"\$(environment|host|instance)\b", ".*", text.replace("$__rate_interval", RATE_INTERVAL))


def parts(expr: str) -> Iterator[str]:
    """Yield what an expression reads: what conditions compare and combine, as whether they hold is another matter."""

    def read(node: Any) -> Iterator[str]:
        kind = type(node).__name__
        if kind == "ParenExpr":
            yield from read(node.expr)
        elif kind == "BinaryExpr" and str(node.op) in CONDITIONS and not (node.modifier and node.modifier.return_bool):
            yield from read(node.lhs)
            yield from read(node.rhs)
        elif kind == "Call" and node.func.name == "absent":
            yield str(node.args[0])
        elif kind != "NumberLiteral":
            yield str(node)

    return read(promql_parser.parse(expr))


def expressions() -> Iterator[tuple[str, str]]:
    """Yield the name of its place and the text of every expression of rules and dashboards."""
    content = built("local")
    for rule in content.rules():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for uid, key, panel in content.all_panels():
        for query in queries(panel):
            yield f"{uid} {key}", substituted(query)
    for uid, board in content.dashboards().items():
        for mark in board["annotations"]["list"]:
            if "expr" in mark:
                yield f"{uid} {mark['name']}", substituted(mark["expr"])
        for variable in board["templating"]["list"]:
            for selector in re.findall(r"label_values\((.+), \w+\)", variable["query"]["query"]):
                yield f"{uid} ${variable['name']}", substituted(selector)


def numbers(prometheus: servers.Server, expr: str) -> list[float]:
    """Return the values of what an expression gives now, and fail with what Prometheus says if it refuses it."""
    try:
        found = [float(series["value"][1]) for series in prometheus.query(expr)]
    except urllib.error.HTTPError as refused:
        pytest.fail(f"{expr}\n{json.load(refused)['error']}")
    return [value for value in found if not math.isnan(value)]


def without_data(prometheus: servers.Server, wanted: Iterable[str]) -> set[str]:
    """Return the expressions that give no number within half a minute."""
    silent = set(wanted)

    def all_told() -> bool:
        silent.difference_update([expr for expr in silent if numbers(prometheus, expr)])
        return not silent

    with suppress(TimeoutError):
        servers.until(all_told, "everything gives data", pause=0.5)
    return silent


def may_be_silent() -> set[str]:
    """Return the series that `docs/metrics.md` says may have nothing to tell on the machine that runs the tests."""
    section = (ROOT / "docs/metrics.md").read_text().split("## What tests cannot have\n")[1]
    return set(re.findall(r"^- `([\w:]+)` may be silent", section, re.MULTILINE))


def test_every_target_answers(prometheus: servers.Server) -> None:
    targets = prometheus.get("/api/v1/targets")["data"]["activeTargets"]
    jobs = {job["job_name"] for job in built("local").yaml("prometheus/prometheus.yml")["scrape_configs"]}

    assert {target["scrapePool"] for target in targets} == jobs
    assert {target["scrapeUrl"]: target["lastError"] for target in targets if target["health"] != "up"} == {}


def test_every_expression_gives_data_unless_the_documentation_says_why_not(prometheus: servers.Server) -> None:
    silent = may_be_silent()
    places: dict[str, set[str]] = {}
    for place, expr in expressions():
        if place not in silent and not silent & metrics(expr):
            for part in parts(expr):
                places.setdefault(part, set()).add(place)

    assert {part: places[part] for part in without_data(prometheus, places)} == {}
    for _, expr in expressions():
        numbers(prometheus, expr)  # as a whole, it is evaluated without an error


def test_every_legend_is_made_of_labels_that_the_series_have(prometheus: servers.Server) -> None:
    servers.until(lambda: prometheus.query("job:flask_http_requests:rate5m"), "what is recorded is there")
    unknown = {}
    for uid, key, panel in built("local").all_panels():
        for target in panel.get("targets", ()):
            labels = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            found = [set(series["metric"]) for series in prometheus.query(substituted(target["expr"]))]
            if any(labels - given for given in found):
                unknown[uid, key] = target["legendFormat"]

    assert unknown == {}


def test_every_rule_is_evaluated_without_error(prometheus: servers.Server) -> None:
    def rules() -> list[tuple[str, str, str]]:
        told = [rule for group in prometheus.rules() for rule in group["rules"]]
        return [(rule["name"], rule["health"], rule.get("lastError", "")) for rule in told]

    servers.until(lambda: "unknown" not in {health for _, health, _ in rules()}, "every rule was evaluated")
    expected = {rule.get("alert") or rule["record"] for rule in built("local").rules()}

    assert {name for name, _, _ in rules()} == expected | {"TriedCritical", "TriedWarning"}
    assert [rule for rule in rules() if rule[1] != "ok"] == []


def test_nothing_is_thought_to_be_wrong_with_what_runs(prometheus: servers.Server) -> None:
    """Hosts are left out: this one may be busy, full, or without anybody who keeps its clock."""
    about = "application|proxy|database|cache|backup|container"
    alerts = prometheus.query(f'ALERTS{{service=~"{about}"}}')

    assert [alert["metric"] for alert in alerts] == []


def test_stand_ins_expose_what_is_documented_and_nothing_else() -> None:
    text = (ROOT / "docs/metrics.md").read_text()
    for heading, series in (
        ("The application", standins.application()),
        ("Containers", standins.containers()),
        ("Backups and certificates", standins.backups()),
    ):
        section = re.split(r"^## ", text.split(f"## {heading}\n")[1], flags=re.MULTILINE)[0]
        rows = re.findall(r"^\| `(\w+)` \|[^|]*\|[^|]*\|([^|]*)\|", section, re.MULTILINE)
        documented = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
        exposed: dict[str, set[str]] = {}
        for one in series:
            exposed.setdefault(one.metric, set()).update(one.labels)

        assert {name: labels - {"id", "image"} for name, labels in exposed.items()} == documented
