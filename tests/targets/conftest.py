from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from dojoboards.model import Server
from dojoboards.targets import servers
from dojoboards.targets.servers import Client
from support.connect import Connect
from support.sshd import Sshd, missing, sshd


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts to ask a server, which take no time."""
    taken: list[float] = []
    monkeypatch.setattr(servers, "pause", taken.append)
    return taken


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes clients of servers, which are closed at the end."""
    with ExitStack() as opened:

        def make(url: str, root: Path = Path(), **settings: Any) -> Client:
            client = Client(Server(url=url, **settings), "prometheus", root)
            opened.callback(client.close)
            return client

        yield make


@pytest.fixture(scope="session")
def openssh() -> None:
    """OpenSSH's server and client; a test that asks for them is skipped where they are not."""
    if lacking := missing():
        message = f"{', '.join(lacking)} cannot be had here: run make stack, or install OpenSSH"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(scope="module")
def server(openssh: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A real sshd on loopback."""
    with sshd(tmp_path_factory.mktemp("sshd") / "files") as running:
        yield running


@pytest.fixture
def client(server: Sshd, monkeypatch: pytest.MonkeyPatch) -> Sshd:
    """The server, and an `ssh` that knows it."""
    monkeypatch.setenv("PATH", f"{server.bin}{os.pathsep}{os.environ['PATH']}")
    return server


@pytest.fixture(params=["here", "there"])
def at(request: pytest.FixtureRequest) -> Callable[[Path], str]:
    """How a directory is called in `dojoboards.yaml`: as one on this machine, and as one on another."""
    if request.param == "here":
        return str
    found: Sshd = request.getfixturevalue("client")
    return found.url
