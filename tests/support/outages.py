"""DojoPool as a whole on loopback, to be broken and repaired: real programs that can be turned off and on again.

Each of its hosts is an address of loopback, as the address of a target is what tells hosts apart.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Event, Thread

from support import exporters, servers, standins
from support.answers import Reply, answering
from support.dojopool import ROOT

APPLICATION = ROOT / "examples/app/app.py"

APP_1, APP_2, DATABASE, PROXY, SPARE = (f"127.0.0.{number}" for number in range(11, 16))
"""Hosts: two instances of the application; PostgreSQL, Redis and backups; NGINX; and one with nothing else on it."""


@dataclass
class Switch:
    """Something that is turned off and on again.

    Args:
        start: What runs while it is on.
    """

    start: Callable[[], AbstractContextManager[None]]
    _running: ExitStack = field(default_factory=ExitStack)

    def on(self) -> None:
        self._running.enter_context(self.start())

    def off(self) -> None:
        self._running.close()


@dataclass
class Machine:
    """A fixed exposition of a host that a test machine must not be: busy, short of memory, with full disks.

    When it is calm its clock runs fast: rules look at five minutes, of which it was busy for half a minute.
    """

    busy: bool = True
    full: bool = True
    _idle: float = 0
    _told: float = field(default_factory=time.monotonic)

    def exposition(self) -> bytes:
        """Return what node exporter would tell."""
        now = time.monotonic()
        self._idle += (now - self._told) * (0.05 if self.busy else 30)
        self._told = now
        free = {"/": 0.02, "/srv": 0.1} if self.full else {"/": 0.5, "/srv": 0.5}
        series = [
            standins.Series("node_cpu_seconds_total", self._idle, labels={"cpu": "0", "mode": "idle"}),
            standins.Series("node_memory_MemTotal_bytes", 8e9),
            standins.Series("node_memory_MemAvailable_bytes", 0.08 * 8e9 if self.busy else 4e9),
        ]
        for mountpoint, share in free.items():
            labels = {"device": f"/dev/sd{len(mountpoint)}", "fstype": "ext4", "mountpoint": mountpoint}
            series.append(standins.Series("node_filesystem_size_bytes", 100e9, labels=labels))
            series.append(standins.Series("node_filesystem_avail_bytes", share * 100e9, labels=labels))
        return standins.exposition(series)


def ask(address: str, method: str, path: str, form: str = "") -> None:
    """Send a request, whatever is answered.

    Raises:
        OSError: nobody answers.
    """
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request(method, path, form, {"Content-Type": "application/x-www-form-urlencoded"})
        connection.getresponse().read()
    except http.client.HTTPException as error:
        raise OSError(f"{address} was cut off") from error
    finally:
        connection.close()


class Players:
    """Who plays: a few requests a second to each instance.

    Attributes:
        made: Requests that were made since the last trouble began or ended.
        rush: Requests that are made next without a pause.
    """

    def __init__(self, addresses: Sequence[str]) -> None:
        self.made = 0
        self.rush = 0
        self._over = Event()
        self._threads = [Thread(target=self._play, args=(address,)) for address in addresses]

    def _play(self, address: str) -> None:
        while not self._over.wait(0 if self.rush > 0 else 0.5):
            self.rush -= 1
            self.made += 1
            with suppress(OSError):  # an instance that is down has no players
                ask(address, "GET", "/")

    @contextmanager
    def playing(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in self._threads:
                thread.join()


@dataclass(frozen=True)
class System:
    """What runs.

    Args:
        targets: What Prometheus scrapes, by the name of the setting.
        switches: What can be turned off: `app-1`, `app-2`, `postgres`, `redis`, `nginx`, `redis-exporter`, `spare`.
        machine: A host in trouble.
        players: Who plays.
        textfiles: The directory of node exporter's textfile collector.
    """

    targets: Mapping[str, list[str]]
    switches: Mapping[str, Switch]
    machine: Machine
    players: Players
    textfiles: Path

    def turn(self, *names: str, on: bool) -> None:
        for name in names:
            self.switches[name].on() if on else self.switches[name].off()

    def trouble(self, *, errors: float, seconds: float) -> None:
        """Let every instance of the application fail in a share of its requests, and be slower by some seconds."""
        for address in self.targets["application"]:
            ask(address, "POST", "/trouble", f"errors={errors}&seconds={seconds}")
        self.players.made = 0

    def write_backup(self, **values: float) -> None:
        """Write what the backup job writes at its end: a good backup, but for what is given without its prefix."""
        prefix, backups = "dojopool_backup_", standins.backups()
        series = [replace(one, value=values.get(one.metric.removeprefix(prefix), one.value)) for one in backups]
        written = [one for one in series if one.metric.startswith(prefix)]
        beside = self.textfiles / "backup.tmp"
        beside.write_bytes(standins.exposition(written))
        beside.rename(self.textfiles / "backup.prom")

    def lose_backup(self) -> None:
        (self.textfiles / "backup.prom").unlink()


@contextmanager
def dojopool(directory: Path) -> Iterator[System]:
    """Start all of DojoPool but its monitoring; it may take a moment until everything answers."""
    textfiles, nothing = directory / "textfiles", directory / "no-textfiles"
    textfiles.mkdir()
    nothing.mkdir()
    certificates = [one for one in standins.backups() if "certificate" in one.metric]
    (textfiles / "certificates.prom").write_bytes(standins.exposition(certificates))
    data = directory / "postgres"
    exporters.prepare_postgres(data)
    ports = {name: servers.free_port() for name in ("postgres", "redis", "nginx")}
    at = {name: f"{host}:{servers.free_port()}" for name, host in EXPORTERS.items()}
    sql = f"postgresql://monitor@127.0.0.1:{ports['postgres']}/dojopool"
    store = f"redis://127.0.0.1:{ports['redis']}"
    application = {"DATABASE_URL": sql, "REDIS_URL": store}
    run = partial(partial, exporters.exporter_at)
    only_textfiles = ("--collector.disable-defaults", "--collector.textfile")
    switches = {
        "postgres": Switch(partial(exporters.postgres_server, data, ports["postgres"])),
        "redis": Switch(partial(exporters.redis_server, directory, ports["redis"])),
        "nginx": Switch(partial(exporters.nginx_server, directory, ports["nginx"])),
        "redis-exporter": Switch(run(at["redis"], directory, "redis_exporter", f"--redis.addr={store}")),
        "postgres-exporter": Switch(
            run(at["postgres"], directory, "postgres_exporter", DATA_SOURCE_NAME=f"{sql}?sslmode=disable")
        ),
        "nginx-exporter": Switch(
            run(
                at["nginx"],
                directory,
                "nginx-prometheus-exporter",
                f"--nginx.scrape-uri=http://127.0.0.1:{ports['nginx']}/stub_status",
            )
        ),
        "node": Switch(
            run(at["node"], directory, "node_exporter", *only_textfiles, f"--collector.textfile.directory={textfiles}")
        ),
        "spare": Switch(
            run(at["spare"], directory, "node_exporter", *only_textfiles, f"--collector.textfile.directory={nothing}")
        ),
        "app-1": Switch(partial(instance, at["app-1"], directory, application)),
        "app-2": Switch(partial(instance, at["app-2"], directory, application)),
    }
    machine, applications = Machine(), [at["app-1"], at["app-2"]]
    players = Players(applications)
    with ExitStack() as running:
        for name, switch in switches.items():
            running.callback(switch.off)
            switch.on()
            if name == "postgres":
                make_tables(application)
        busy = running.enter_context(answering(lambda _: Reply(body=machine.exposition())))
        cadvisor = running.enter_context(
            answering(lambda _: Reply(body=standins.exposition(standins.containers(), time.monotonic())))
        )
        targets = {
            "application": applications,
            "node": [at["node"], at["spare"], busy.url.removeprefix("http://")],
            "cadvisor": [cadvisor.url.removeprefix("http://")],
            **{name: [at[name]] for name in ("nginx", "postgres", "redis")},
        }
        system = System(targets, switches, machine, players, textfiles)
        system.write_backup()
        running.enter_context(players.playing())
        yield system


EXPORTERS = {
    "app-1": APP_1,
    "app-2": APP_2,
    "node": DATABASE,
    "postgres": DATABASE,
    "redis": DATABASE,
    "nginx": PROXY,
    "spare": SPARE,
}
"""On which host each of them is."""


def instance(address: str, directory: Path, environment: Mapping[str, str]) -> AbstractContextManager[None]:
    """Run an instance of the application."""
    host, port = address.split(":")
    log = directory / f"application-{host}.log"
    return exporters.program([*flask(), "run", "--host", host, "--port", port], log, environment=environment)


def make_tables(environment: Mapping[str, str]) -> None:
    """Make the application's tables, once the database answers."""
    variables = {**os.environ, **environment}

    def made() -> bool:
        command = [*flask(), "init-db"]
        return subprocess.run(command, env=variables, capture_output=True, check=False, timeout=30).returncode == 0

    servers.until(made, "the tables of the application are made")


def flask() -> list[str]:
    return [sys.executable, "-m", "flask", "--app", str(APPLICATION)]
