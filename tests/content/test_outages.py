"""DojoPool is broken in many ways, and people are told: from the real thing to the message that Slack and mail receive.

The Flask application of `examples/app/`, PostgreSQL, Redis, NGINX and their exporters run for real; what runs on
Prometheus and Alertmanager is the configuration of `prod` with targets on this machine, shorter intervals and shorter
delays, which are settings. Everything is broken once, in one timeline that all tests here look back upon.

Not provoked for real are

- a busy CPU, little memory and full disks: a fixed exposition tells them, as nobody wants them on their machine;
- what a backup job and cAdvisor tell: the files of the one are written, the other is stood in for;
- everything on a host with its network: its exporter is stopped, which looks the same from Prometheus;
- alerts that need hours of history (an hour's share of errors among them), a kernel's doing (a clock, a network card,
  a read-only disk), Docker, or a Prometheus or an Alertmanager that is broken itself.

What lies between well and broken, such as connections, locks, memory and replicas, could be provoked and is not. For
all of these there is `tests/rules/`: every alert on both sides of its limit and its time. `docs/testing.md` has a
table.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from dojoboards.cli import run
from support import exporters, servers
from support.dojopool import ROOT
from support.outages import APP_1, APP_2, DATABASE, PROXY, SPARE, System, dojopool
from support.receivers import LINES, Told, receiving
from support.rehearsal import PATIENCE, Outage, Rehearsal

PASSWORD = "example-smtp-password"
SETTINGS = {
    "scrape_interval": "2s",
    "scrape_timeout": "2s",
    "evaluation_interval": "1s",
    "alert_delays": {
        "1m": "1s",
        "2m": "2s",
        "3m": "3s",
        "5m": "6s",
        "10m": "9s",
        "15m": "12s",
        "30m": "18s",
        "1h": "40s",
    },
    "notification_wait": "6s",
    "notification_interval": "2s",
    "error_ratio_warning": 1,  # what fails here is most of what is asked within the hour
    "smtp_require_tls": False,
}


def off(*names: str) -> Callable[[System], None]:
    return lambda system: system.turn(*names, on=False)


def on(*names: str) -> Callable[[System], None]:
    return lambda system: system.turn(*names, on=True)


def backup(**values: float) -> Callable[[System], None]:
    return lambda system: system.write_backup(**values)


def old(days: int, **values: float) -> Callable[[System], None]:
    """Write a backup whose last success and last verification were so many days ago."""
    return lambda system: system.write_backup(
        last_success_timestamp_seconds=time.time() - days * 86400,
        verified_timestamp_seconds=time.time() - days * 86400,
        **values,
    )


def overload(system: System) -> None:
    """Answer late and with an error, after enough has been answered well for a share of it to mean something."""
    system.players.rush = 80
    servers.until(lambda: system.players.rush <= 0, "everybody was answered")
    system.trouble(errors=1, seconds=1.1)


def recover(system: System) -> None:
    """Answer quickly again, to so many that what was wrong is a small part of the minutes that rules look at."""
    suffered = system.players.made
    system.trouble(errors=0, seconds=0)
    system.players.rush = 25 * suffered


def calm_machine(system: System) -> None:
    system.machine.busy = system.machine.full = False


critical, warning = partial(Told, "Critical"), partial(Told, "Warning")
INSTANCE_1, INSTANCE_2 = rf"{APP_1}:\d+ of dojopool", rf"{APP_2}:\d+ of dojopool"
BACKUP = rf"of dojopool on {DATABASE}"
INSTANCES_DOWN = [
    warning("ServiceInstanceDown", rf"{instance} has not answered Prometheus for 5 minutes\.")
    for instance in (INSTANCE_1, INSTANCE_2)
]

DATABASE_OUTAGE = Outage(
    "PostgreSQL stops",
    off("postgres"),
    on("postgres"),
    [
        critical("DatabaseDown", rf"The exporter at {DATABASE}:\d+ cannot connect to its PostgreSQL\."),
        critical("ApplicationDatabaseUnreachable", rf"{INSTANCE_1} has no connection to PostgreSQL\."),
        critical("ApplicationDatabaseUnreachable", rf"{INSTANCE_2} has no connection to PostgreSQL\."),
    ],
)
TRACKS: Sequence[Sequence[Sequence[Outage]]] = [
    [
        [DATABASE_OUTAGE],
        [
            Outage(
                "Redis stops",
                off("redis"),
                on("redis"),
                [critical("RedisDown", rf"The exporter at {DATABASE}:\d+ cannot connect to its Redis\.")],
                [
                    warning("ApplicationRedisUnreachable", rf"{INSTANCE_1} has no connection to Redis\."),
                    warning("ApplicationRedisUnreachable", rf"{INSTANCE_2} has no connection to Redis\."),
                ],
            ),
            Outage(
                "the exporter of Redis stops",
                off("redis-exporter"),
                on("redis-exporter"),
                [warning("ExporterDown", rf"{DATABASE}:\d+ of the job redis does not answer Prometheus\.")],
            ),
        ],
        [
            Outage(
                "NGINX stops",
                off("nginx"),
                on("nginx"),
                [critical("NginxDown", rf"The exporter at {PROXY}:\d+ cannot reach its NGINX\.")],
            )
        ],
        [
            Outage(
                "a backup fails",
                old(days=3, last_status=0),
                backup(),
                [critical("BackupFailed", rf"The last backup {BACKUP} failed\.")],
                [
                    critical("BackupTooOld", rf"The newest good backup {BACKUP} is 3d .+ old\."),
                    warning("BackupNotVerified", rf"No backup {BACKUP} has been verified for 3d .+\."),
                ],
            ),
            Outage(
                "a backup is of no use",
                backup(restore_ok=0),
                backup(),
                [critical("BackupCorrupt", rf"The trial restore of the newest backup {BACKUP} failed\.")],
            ),
            Outage(
                "backups are no longer made",
                old(days=4),
                backup(),
                [
                    critical("BackupTooOld", rf"The newest good backup {BACKUP} is 4d .+ old\."),
                    warning("BackupNotVerified", rf"No backup {BACKUP} has been verified for 4d .+\."),
                ],
            ),
        ],
        [
            Outage(
                "a host is busy and its disks are full",
                lambda _: None,  # it has been so from the start
                calm_machine,
                [
                    warning("CpuHigh", r"127\.0\.0\.1 has used 9\d(\.\d+)?% of its CPU for 15 minutes\."),
                    warning("MemoryHigh", r"127\.0\.0\.1 uses 92% of its memory\."),
                    critical("DiskSpaceLow", r"/ of 127\.0\.0\.1 is 98% full\."),
                    warning("DiskSpaceLow", r"/srv of 127\.0\.0\.1 is 90% full\."),
                ],
                [warning("DiskSpaceLow", r"/ of 127\.0\.0\.1 is 98% full\.")],
                at_once=False,
            ),
            Outage(
                "a host does not answer",
                off("spare"),
                on("spare"),
                [critical("HostDown", rf"Nothing on {SPARE} has answered Prometheus for 3 minutes\.")],
                [warning("ExporterDown", rf"{SPARE}:\d+ of the job node does not answer Prometheus\.")],
            ),
        ],
        [
            Outage(
                "requests fail and take long",
                overload,
                recover,
                [
                    critical(
                        "HighErrorRate", r"\d.*% of the requests to dojopool were answered .+ in the last 5 minutes\."
                    ),
                    warning("ResponsesSlow", r"5 % of the requests to dojopool take longer than [12]\.\d+s\."),
                ],
            )
        ],
    ],
    [
        [
            Outage(
                "one instance of the application stops",
                off("app-2"),
                on("app-2"),
                INSTANCES_DOWN[1:],
            ),
            Outage(
                "the application stops",
                off("app-1", "app-2"),
                on("app-1", "app-2"),
                [critical("ServiceDown", "No instance of dojopool answers Prometheus: players cannot use DojoPool.")],
                INSTANCES_DOWN,
            ),
        ],
        [
            Outage(
                "the backup job is gone",
                System.lose_backup,
                backup(),
                [critical("BackupMissing", "No host reports a backup of dojopool: .+ is gone.")],
            )
        ],
    ],
]
"""What happens, one part after the other; in each part several things at the same time, and one after another."""

OUTAGES = [outage for part in TRACKS for track in part for outage in track]
each_outage = pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: outage.name)


def configuration(root: Path, targets: Mapping[str, Sequence[str]], smarthost: str) -> None:
    """Copy DojoPool's content, with an environment `e2e` that is `prod` on this machine."""
    for part in ("alerts", "dashboards"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    document = yaml.safe_load((ROOT / "dojoboards.yaml").read_text())
    prod = document["environments"]["prod"]
    here: dict[str, Any] = {**SETTINGS, "smtp_smarthost": smarthost}
    here |= {f"{name}_targets": list(addresses) for name, addresses in targets.items()}
    local = document["environments"]["local"]["targets"]
    document["environments"] = {"e2e": {**prod, "settings": prod["settings"] | here, "targets": local}}
    (root / "dojoboards.yaml").write_text(yaml.safe_dump(document, sort_keys=False))


def push(root: Path, systems: Mapping[str, servers.Server], url: str) -> None:
    with pytest.MonkeyPatch.context() as environment:
        for name, server in systems.items():
            environment.setenv(f"DOJOBOARDS_{name.upper()}_DIR", str(server.directory))
            environment.setenv(f"DOJOBOARDS_{name.upper()}_URL", server.url)
        environment.setenv("DOJOBOARDS_GRAFANA_DIR", str(root.parent / "grafana"))
        environment.setenv("DOJOPOOL_SLACK_API_URL", f"{url}/slack")
        environment.setenv("DOJOPOOL_DEAD_MANS_SWITCH_URL", f"{url}/alive")
        environment.setenv("DOJOPOOL_SMTP_PASSWORD", PASSWORD)
        assert run(["-C", str(root), "build", "--env", "e2e"]) == 0
        assert run(["-C", str(root), "push", "--env", "e2e", "--adopt"]) == 0


@pytest.fixture(scope="module")
def rehearsal(programs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """Start everything, break it and repair it, once for all tests here."""
    if missing := exporters.missing():
        message = f"{', '.join(missing)} cannot be had here: run make stack, or put them on the PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    directory = tmp_path_factory.mktemp("outages")
    with ExitStack() as running:
        system = running.enter_context(dojopool(directory))
        receivers = running.enter_context(receiving(PASSWORD))
        systems = {
            "prometheus": running.enter_context(servers.prometheus(directory / "prometheus")),
            "alertmanager": running.enter_context(servers.alertmanager(directory / "alertmanager")),
        }
        own = {name: [server.url.removeprefix("http://")] for name, server in systems.items()}
        targets = {**system.targets, **own}
        configuration(directory / "project", targets, receivers.smarthost)
        push(directory / "project", systems, receivers.url)
        count = sum(map(len, targets.values()))
        prometheus = systems["prometheus"]
        servers.until(lambda: len(prometheus.query("up == 1")) == count, "every target answers", timeout=PATIENCE)
        rehearsed = Rehearsal(system, prometheus, systems["alertmanager"], receivers)
        for part in TRACKS:
            with ThreadPoolExecutor(len(part)) as together:
                list(together.map(rehearsed.go_through, part))
        yield rehearsed


@each_outage
def test_an_outage_is_told_and_so_is_its_end_and_what_is_critical_by_mail_too(
    rehearsal: Rehearsal, outage: Outage
) -> None:
    if outage.name in rehearsal.failures:
        pytest.fail(rehearsal.failures[outage.name])


@pytest.mark.parametrize(
    ("outage", "severity"),
    [
        (each, severity)
        for each in OUTAGES
        if each.at_once
        for severity in sorted({told.severity for told in each.told})
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_one_outage_is_one_message(rehearsal: Rehearsal, outage: Outage, severity: str) -> None:
    once = [sorted((told.name, told.description) for told in outage.told if told.severity == severity)]

    assert rehearsal.messages(outage, severity, rehearsal.receivers.slack) == once
    assert rehearsal.messages(outage, severity, rehearsal.receivers.mails) == (once if severity == "Critical" else [])


def test_nothing_else_is_told(rehearsal: Rehearsal) -> None:
    """In particular nothing that follows from what is told: see `Outage.silenced`."""
    assert rehearsal.unexplained(OUTAGES) == []


def test_everything_goes_to_the_channel_in_three_lines_for_each_alert(rehearsal: Rehearsal) -> None:
    assert {message.to for message in rehearsal.receivers.slack} == {"#alerts"}
    for message in [*rehearsal.receivers.slack, *rehearsal.receivers.mails]:
        assert re.fullmatch(rf"{LINES}(?:\n{LINES})*", message.text), message.text
        assert len(message.text.splitlines()) == 3 * len(message.alerts())


def test_mail_is_about_nothing_else_and_goes_to_nobody_else(rehearsal: Rehearsal) -> None:
    mails = rehearsal.receivers.mails

    assert {alert.severity for mail in mails for alert in mail.alerts()} == {"Critical"}
    assert {mail.to for mail in mails} == {"operations@dojopool.example"}
    assert all(mail.authenticated for mail in mails)


def test_the_dead_mans_switch_hears_that_alerting_works(rehearsal: Rehearsal) -> None:
    assert rehearsal.receivers.alive != []


def test_the_application_exposes_what_is_documented(rehearsal: Rehearsal) -> None:
    text = (ROOT / "docs/metrics.md").read_text()
    section = re.split(r"^## ", text.split("## The application\n")[1], flags=re.MULTILINE)[0]
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|[^|]*\|([^|]*)\|", section, re.MULTILINE)
    documented = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    of_targets = {"__name__", "job", "instance", "host", "environment"}
    exposed: dict[str, set[str]] = {}
    for series in rehearsal.prometheus.get("/api/v1/series?match[]={job=%22dojopool%22}")["data"]:
        exposed.setdefault(series["__name__"], set()).update(set(series) - of_targets)

    assert {name: exposed.get(name) for name in documented} == documented


def test_the_rules_are_those_of_prod_but_for_delays_and_the_limit_of_an_hour(rehearsal: Rehearsal) -> None:
    def rules(text: str) -> str:
        return re.sub(r"\bfor: \w+", "for: some time", text.replace("ratio_rate1h > 1 and", "ratio_rate1h > 0.01 and"))

    pushed = {file.name: rules(file.read_text()) for file in (rehearsal.prometheus.directory / "rules").glob("*.yml")}

    assert pushed == {file.name: rules(file.read_text()) for file in (ROOT / "build/prod/prometheus/rules").glob("*")}


def test_every_alert_that_has_to_be_there_is_provoked() -> None:
    required = yaml.safe_load((ROOT / "tools/coverage.yml").read_text())
    provoked = {f"{told.severity.lower()} alert {told.name}" for outage in OUTAGES for told in outage.told}
    for part in ("Critical alerts", "Warnings"):
        for row in required[part]:
            assert provoked & set(row["artifacts"]), row["text"]
