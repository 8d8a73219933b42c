"""A real OpenSSH server on a free port of loopback, and a client that knows it.

The server knows one user, `deploy`, who is whoever runs the tests and has a home directory of his own.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import stack
from support.servers import free_port, until

_START = 15.0
_STOP = 10.0


@dataclass(frozen=True)
class Sshd:
    """A running server.

    Args:
        port: Where it listens, on 127.0.0.1.
        files: Its files, and the client's: `home`, `known_hosts`, `key`, `bin/ssh`.
        process: Its process.
    """

    port: int
    files: Path
    process: subprocess.Popen[bytes]

    def url(self, path: Path | str, host: str = "127.0.0.1") -> str:
        """Return the address of a directory on it."""
        return f"ssh://deploy@{host}:{self.port}{path}"

    @property
    def bin(self) -> Path:
        """The directory of the client that knows it; to stand first on the PATH."""
        return self.files / "bin"

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.files / "log").read_text(errors="replace")


def missing() -> list[str]:
    """Return what cannot be had here."""
    return [name for name in stack.SSH if not stack.find(name)]


@contextmanager
def sshd(files: Path, *settings: str, login: str = "/bin/sh", address: str = "127.0.0.1") -> Iterator[Sshd]:
    """Run a server whose files are in *files*, a directory that is made.

    Args:
        files: Its files, and the client's.
        *settings: More lines of its configuration.
        login: The user's login shell.
        address: Where it listens.
    """
    for name in ("home", "bin"):
        (files / name).mkdir(parents=True)
    for name in ("host", "key"):
        keygen = [stack.find("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(files / name)]
        subprocess.run(keygen, check=True, timeout=_START)
    port = free_port()
    _configure(files, port, address, settings, login)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where its unprivileged part lives
    variables = {
        **os.environ,
        "LD_LIBRARY_PATH": stack.libraries(),
        "LD_PRELOAD": stack.find("libnss_wrapper.so"),
        "NSS_WRAPPER_PASSWD": str(files / "passwd"),
        "NSS_WRAPPER_GROUP": str(files / "group"),
    }
    with (files / "log").open("wb") as log:
        process = subprocess.Popen(
            [stack.find("sshd"), "-D", "-e", "-f", str(files / "sshd_config")],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    server = Sshd(port, files, process)
    try:
        until(lambda: process.poll() is not None or "Server listening" in server.log, "sshd listens", _START)
        if process.poll() is not None:
            raise RuntimeError(f"sshd stopped at once:\n{server.log}")
        yield server
    finally:
        process.terminate()
        process.wait(_STOP)


def _configure(files: Path, port: int, address: str, settings: Sequence[str], login: str) -> None:
    user, group = os.getuid(), os.getgid()
    (files / "passwd").write_text(
        f"deploy:x:{user}:{group}::{files}/home:{login}\n"
        "sshd:x:61999:61999::/run/sshd:/usr/sbin/nologin\n"
        f"{'' if user == 0 else 'root:x:0:0::/root:/bin/sh'}\n"
        "nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n"
    )
    (files / "group").write_text(f"deploy:x:{group}:\nsshd:x:61999:\nnogroup:x:65534:\n")
    (files / "sshd_config").write_text(
        "\n".join(
            [
                *settings,
                f"ListenAddress {address}",
                f"Port {port}",
                f"HostKey {files}/host",
                f"AuthorizedKeysFile {files}/key.pub",
                "PidFile none",
                "StrictModes no",
                "UsePAM no",
                "PasswordAuthentication no",
                "PermitRootLogin yes",
                "",
            ]
        )
    )
    host = " ".join((files / "host.pub").read_text().split()[:2])
    (files / "known_hosts").write_text(f"[127.0.0.1]:{port} {host}\n[::1]:{port} {host}\n")
    (files / "ssh_config").write_text(
        f"Host server\n  HostName 127.0.0.1\n  Port {port}\n  User deploy\n"
        "Host *\n"
        f"  IdentityFile {files}/key\n  IdentitiesOnly yes\n  IdentityAgent none\n"
        f"  UserKnownHostsFile {files}/known_hosts\n  GlobalKnownHostsFile /dev/null\n"
    )
    client = files / "bin/ssh"
    client.write_text(f'#!/bin/sh\nexec {shlex.quote(stack.find("ssh"))} -F {files}/ssh_config "$@"\n')
    client.chmod(0o755)
