from collections.abc import Iterator
from pathlib import Path

import pytest

from dojoboards.model import Environment, Project
from dojoboards.targets import alertmanager
from support import servers
from support.connect import Connect

PROJECT = Project(name="shop", environment=Environment(name="prod"))
CONFIG = b"route: {receiver: a}\nreceivers: [{name: a}]\n"


@pytest.fixture
def running(programs: None, tmp_path: Path) -> Iterator[servers.Server]:
    with servers.alertmanager(tmp_path / "alertmanager") as server:
        yield server


def test_the_hash_is_the_one_that_alertmanager_tells(running: servers.Server, connect: Connect) -> None:
    client = connect(running.url)
    held = (running.directory / "alertmanager.yml").read_bytes()

    assert alertmanager.reach(client) == []
    assert alertmanager.verify(client, PROJECT, {alertmanager.FILE: held}, 0) == []


def test_another_configuration_is_told_until_it_is_reloaded(running: servers.Server, connect: Connect) -> None:
    client = connect(running.url)
    (running.directory / "alertmanager.yml").write_bytes(CONFIG)

    (problem,) = alertmanager.verify(client, PROJECT, {alertmanager.FILE: CONFIG}, 0)
    assert "runs another configuration than the one that was pushed" in problem.message

    assert alertmanager.reload(client) == []
    assert alertmanager.verify(client, PROJECT, {alertmanager.FILE: CONFIG}, 0) == []


def test_a_configuration_that_it_refuses_is_told(running: servers.Server, connect: Connect) -> None:
    client = connect(running.url)
    (running.directory / "alertmanager.yml").write_bytes(b"route: {receiver: nope}\nreceivers: [{name: a}]\n")

    (refused,) = alertmanager.reload(client)
    (problem,) = alertmanager.verify(client, PROJECT, {alertmanager.FILE: CONFIG}, 0)

    assert 'undefined receiver "nope" used in route' in refused.message
    assert "could not read its configuration at its last reload" in problem.message
