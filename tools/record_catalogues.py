"""Record the metric catalogues that the package ships, from real exporters.

    python tools/record_catalogues.py

Those are the exporters of NGINX, PostgreSQL with a replica, Redis and a host, Prometheus, Alertmanager, and a Flask
application with prometheus-flask-exporter. It needs what `tools/stack.py --exporters` brings, and installs the packages
of the Flask application into an environment of its own below `.cache/`. Each exporter's version has a file in
`src/dojoboards/catalogue/data/`; what people wrote into one stays: names of jobs, ports, units, reasons. A version that
is new begins with the newest one that is there. cAdvisor is in no package; its catalogue is written by hand.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

from dojoboards.catalogue import document, shipped  # noqa: E402  # the paths come first
from dojoboards.catalogue.exposition import Recorded, recorded, refreshed, together  # noqa: E402
from dojoboards.errors import Source  # noqa: E402
from dojoboards.model import Catalogue, Metric  # noqa: E402
from support import exporters, servers  # noqa: E402

DATA = ROOT / "src/dojoboards/catalogue/data"
CACHE = ROOT / ".cache/record"
PACKAGES = ("flask", "prometheus-flask-exporter")

ENUMERATIONS = """
alertmanager_(alerts|marked_alerts|silences).state
alertmanager_alerts_received_total.status
alertmanager_notification.+.(integration|reason)
net_conntrack_dialer_conn_failed_total.reason
node_cpu_(guest_)?seconds_total.mode
node_udp_queues.(ip|queue)
pg_locks_count.mode
pg_stat_activity_(count|max_tx_duration).state
prometheus_engine_query_duration_seconds.slice
promhttp_metric_handler_errors_total.cause
promhttp_metric_handler_requests_total.code
redis_config_client_output_buffer_limit_.+.(class|limit)
redis_cpu_.+.mode
"""
"""The labels, behind their metric, whose values an exporter defines itself, and tells all of. Of all others no value is
kept: they are those of this machine."""

LIBRARIES = {"go": r"(go|process|promhttp)_.+", "python": r"(python|process)_.+"}
"""The catalogues of what client libraries expose, by the names of their metrics; exporters include them."""

GO = ("node", "nginx", "postgres", "redis", "prometheus", "alertmanager")

PROMETHEUS = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
scrape_configs: [{{job_name: alertmanager, static_configs: [{{targets: ["{alertmanager}"]}}]}}]
remote_write: [{{url: "http://{alertmanager}/nothing"}}]
"""
RULES = """\
groups:
  - name: recorded
    rules:
      - {record: "job:up:count", expr: count by (job) (up)}
      - {alert: Up, expr: up == 1}
"""

APPLICATION = """\
import sys
from flask import Flask
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_flask_exporter import PrometheusMetrics

app = Flask("recorded")
registry = CollectorRegistry()
for collector in (GCCollector, PlatformCollector, ProcessCollector):
    collector(registry=registry)
grouped = {} if sys.argv[2] == "path" else {"group_by": sys.argv[2]}
PrometheusMetrics(app, registry=registry, **grouped)

@app.get("/<name>")
def greet(name):
    return {"hello": 1 / (name != "nobody")}

app.run("127.0.0.1", int(sys.argv[1]))
"""


def main() -> int:
    if missing := exporters.missing():
        print(f"{', '.join(missing)} cannot be had: run python tools/stack.py --exporters")
        return 1
    with tempfile.TemporaryDirectory(prefix="record-") as temporary, ExitStack() as running:
        pages = {name: page(address) for name, address in started(running, Path(temporary)).items()}
    flask = [read(pages[name]) for name in pages if name.startswith("flask")]
    told = {name: read(pages[name]) for name in GO}
    told["postgres"] = together(told["postgres"], read(pages["postgres-replica"]))
    told["flask"] = replace(together(*flask), build=("flask", package_version()))
    library = {"go": together(*(told[name] for name in GO)), "python": told["flask"]}
    for name, one in told.items():
        keep(name, without(one, LIBRARIES["python" if name == "flask" else "go"]))
    for name, one in library.items():
        keep(name, only(replace(one, build=(name, "")), LIBRARIES[name]))
    return 0


def started(running: ExitStack, directory: Path) -> dict[str, str]:
    """Start everything, let it work a little, and return the addresses."""
    textfiles = directory / "textfiles"
    textfiles.mkdir()
    (textfiles / "recorded.prom").write_text("")
    found = {
        "node": exporters.node(running, directory, textfiles),
        "nginx": exporters.nginx(running, directory),
        "redis": exporters.redis(running, directory),
    }
    found["postgres"], found["postgres-replica"] = exporters.postgres(running, directory)
    alertmanager = running.enter_context(servers.alertmanager(directory / "alertmanager"))
    found["alertmanager"] = alertmanager.url.removeprefix("http://")
    (directory / "prometheus").mkdir()
    (directory / "prometheus/prometheus.yml").write_text(PROMETHEUS.format(alertmanager=found["alertmanager"]))
    (directory / "prometheus/rules.yml").write_text(RULES)
    prometheus = running.enter_context(servers.prometheus(directory / "prometheus"))
    found["prometheus"] = prometheus.url.removeprefix("http://")
    for group in ("path", "endpoint", "url_rule"):
        found[f"flask-{group}"] = flask_application(running, directory, group)
    for address in found.values():
        servers.until(lambda address=address: page(address), f"{address} answers")  # type: ignore[misc]
    servers.until(lambda: prometheus.query("ALERTS"), "Prometheus evaluates its rules")
    servers.until(lambda: alertmanager.get("/api/v2/alerts"), "Alertmanager has an alert")
    servers.until(lambda: b'state="streaming"' in page(found["postgres"]), "PostgreSQL feeds its replica")
    for name, address in found.items():
        for path in ("/somebody", "/nobody", "/not/there") if name.startswith("flask") else ():
            page(address, path)
    time.sleep(2)  # a few more scrapes, evaluations and notifications
    return found


def flask_application(running: ExitStack, directory: Path, group: str) -> str:
    """Start an application whose requests are grouped by *group*."""
    python = CACHE / "bin/python"
    if not python.exists():
        venv.create(CACHE, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    file = directory / "application.py"
    file.write_text(APPLICATION)
    port = servers.free_port()
    log = directory / f"flask-{group}.log"
    running.enter_context(exporters.program([str(python), str(file), str(port), group], log))
    return f"127.0.0.1:{port}"


def package_version() -> str:
    said = f"import importlib.metadata as m; print(m.version({PACKAGES[1]!r}))"
    done = subprocess.run([str(CACHE / "bin/python"), "-c", said], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def page(address: str, path: str = "/metrics") -> bytes:
    """Return what is told at an address; nothing where nobody answers yet, or with an error."""
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
            return bytes(answer.read())
    except OSError:
        return b""


def read(body: bytes) -> Recorded:
    return recorded(body, Source("/metrics"), enumerated)


def enumerated(metric: str, label: str) -> bool:
    return any(re.fullmatch(pattern, f"{metric}.{label}") for pattern in ENUMERATIONS.split())


def only(told: Recorded, pattern: str) -> Recorded:
    return replace(told, metrics=dict(matching(told.metrics, pattern, wanted=True)))


def without(told: Recorded, pattern: str) -> Recorded:
    return replace(told, metrics=dict(matching(told.metrics, pattern, wanted=False)))


def matching(metrics: Mapping[str, Metric], pattern: str, *, wanted: bool) -> Iterator[tuple[str, Metric]]:
    yield from ((name, metric) for name, metric in metrics.items() if bool(re.fullmatch(pattern, name)) is wanted)


def keep(name: str, told: Recorded) -> None:
    """Write the catalogue of one version, or bring it up to date."""
    version = told.build[1]
    versions = [each for each in shipped() if each.name == name]
    same = [each for each in versions if each.version == version]
    before: Sequence[Catalogue] = same or versions
    begun = replace(before[0], version=version) if before else Catalogue(name, version)
    result = refreshed(begun, told, prune=not same)
    file = DATA / (f"{name}-{version}.json" if version else f"{name}.json")
    file.write_text(document.json_text(result.catalogue))
    print(f"{file.name}: {len(told.metrics)} metrics, {len(result.new)} new, {len(result.gone)} not told this time")


if __name__ == "__main__":
    sys.exit(main())
