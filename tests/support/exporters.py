"""NGINX, PostgreSQL with a replica, Redis and a host, with real exporters, on free ports of loopback.

Nothing waits here: whoever scrapes them waits until they answer. Each is stopped by its process id.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import stack
from support import servers

_STOP = 10.0

# One process that does not change its user: nobody but the exporter asks it.
NGINX = """\
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/nginx-body; proxy_temp_path {directory}/nginx-proxy;
    fastcgi_temp_path {directory}/nginx-fastcgi; uwsgi_temp_path {directory}/nginx-uwsgi;
    scgi_temp_path {directory}/nginx-scgi;
    server {{ listen 127.0.0.1:{port}; location /stub_status {{ stub_status; }} }}
}}
"""


def missing() -> list[str]:
    """Return the programs that cannot be had here."""
    exporters = [name for name in stack.EXPORTERS if not stack.new_enough(name)]
    return exporters + [name for name in stack.SERVICES if not stack.find(name)]


@contextmanager
def program(
    command: Sequence[str],
    log: Path,
    *,
    stop: signal.Signals = signal.SIGTERM,
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Run a program until the context ends; that it ended before is an error that shows its last words."""
    variables = {**os.environ, "LD_LIBRARY_PATH": stack.libraries(), **(environment or {})}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=variables, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    try:
        yield
    finally:
        early = process.poll() is not None
        process.send_signal(stop)
        try:
            process.wait(_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if early:
        raise RuntimeError(f"{command[0]} ended by itself:\n{log.read_text(errors='replace')}")


def exporter(running: ExitStack, directory: Path, name: str, *flags: str, **environment: str) -> str:
    """Start an exporter, and return its address, `host:port`."""
    address = f"127.0.0.1:{servers.free_port()}"
    running.enter_context(exporter_at(address, directory, name, *flags, **environment))
    return address


def exporter_at(
    address: str, directory: Path, name: str, *flags: str, **environment: str
) -> AbstractContextManager[None]:
    """Run an exporter at an address until the context ends."""
    command = [stack.find(name), f"--web.listen-address={address}", *flags]
    return program(command, directory / f"{name}-{address.replace(':', '-')}.log", environment=environment)


def node(running: ExitStack, directory: Path, textfiles: Path) -> str:
    """Start node exporter, which also tells what is in *textfiles*."""
    return exporter(running, directory, "node_exporter", f"--collector.textfile.directory={textfiles}")


def nginx(running: ExitStack, directory: Path) -> str:
    """Start NGINX and its exporter."""
    port = servers.free_port()
    running.enter_context(nginx_server(directory, port))
    page = f"http://127.0.0.1:{port}/stub_status"
    return exporter(running, directory, "nginx-prometheus-exporter", f"--nginx.scrape-uri={page}")


def nginx_server(directory: Path, port: int) -> AbstractContextManager[None]:
    """Run NGINX, which serves nothing but its status."""
    configuration = directory / "nginx.conf"
    configuration.write_text(NGINX.format(directory=directory, port=port))
    command = [stack.find("nginx"), "-e", "stderr", "-c", str(configuration)]
    return program(command, directory / "nginx.log")


def redis(running: ExitStack, directory: Path) -> str:
    """Start Redis with a memory limit, and its exporter, which looks up a key at each scrape."""
    port = servers.free_port()
    running.enter_context(redis_server(directory, port))
    address = f"--redis.addr=redis://127.0.0.1:{port}"
    return exporter(running, directory, "redis_exporter", address, "--check-single-keys=db0=cue")


def redis_server(directory: Path, port: int) -> AbstractContextManager[None]:
    """Run Redis, which keeps nothing on disk."""
    settings = {"port": port, "bind": "127.0.0.1", "dir": directory, "save": "", "maxmemory": "64mb"}
    command = [
        stack.find("redis-server"),
        *(word for name, value in settings.items() for word in (f"--{name}", f"{value}")),
    ]
    return program(command, directory / "redis.log")


def postgres(running: ExitStack, directory: Path) -> list[str]:
    """Start PostgreSQL with a database `dojopool`, a replica of it, and an exporter for each."""
    primary, replica = directory / "postgres", directory / "replica"
    prepare_postgres(primary)
    shutil.copytree(primary, replica)
    (replica / "standby.signal").touch()
    ports = servers.free_port(), servers.free_port()
    feed = f"primary_conninfo=host=127.0.0.1 port={ports[0]} user=monitor"
    for data, port, extra in ((primary, ports[0], ()), (replica, ports[1], ("-c", feed))):
        running.enter_context(postgres_server(data, port, *extra))
    names = [f"postgresql://monitor@127.0.0.1:{port}/dojopool?sslmode=disable" for port in ports]
    return [exporter(running, directory, "postgres_exporter", DATA_SOURCE_NAME=name) for name in names]


def postgres_server(data: Path, port: int, *settings: str) -> AbstractContextManager[None]:
    """Run PostgreSQL on a directory that was prepared."""
    loopback = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
    command = [*_nobody(), str(_postgres() / "postgres"), "-F", "-D", str(data), "-p", str(port), *loopback, *settings]
    return program(command, data.with_suffix(".log"), stop=signal.SIGINT)


def prepare_postgres(data: Path) -> None:
    """Make the directory of a server with a database `dojopool`, which lets `monitor` in without a password."""
    programs = _postgres()
    variables = {**os.environ, "LD_LIBRARY_PATH": stack.libraries()}
    create = [str(programs / "initdb"), "-D", str(data), "-U", "monitor", "-A", "trust", "--no-locale", "--no-sync"]
    single = [str(programs / "postgres"), "--single", "-F", "-D", str(data), "postgres"]
    for command, said in ((create, ""), (single, "CREATE DATABASE dojopool")):
        whole = [*_nobody(), *command]
        done = subprocess.run(whole, input=said, env=variables, text=True, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _postgres() -> Path:
    return Path(stack.find("initdb")).resolve().parent


def _nobody() -> list[str]:
    """Return what makes root look like nobody to PostgreSQL, which does not run as root; files stay root's."""
    return ["unshare", "--user"] if os.geteuid() == 0 else []
