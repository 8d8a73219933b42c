"""How another machine is reached, and what is told when it is not."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from dojoboards.errors import DojoboardsError, Problem
from dojoboards.targets.directories import Directory, directory_at
from support.servers import free_port, until
from support.sshd import Sshd, sshd

# What the other machine needs, and where it is: the rest of the tools is in the shell itself.
TOOLS = (
    *("cat", "chmod", "chown", "cp", "df", "flock", "id", "ln", "ls", "mkdir", "mv", "readlink", "rm", "rmdir"),
    *("sh", "sleep", "sync", "tar"),
)


def problem(url: str, timeout: float = 120.0) -> Problem:
    """Return why a directory cannot be read."""
    directory = directory_at(url, Path("/project"), "", timeout)
    try:
        with pytest.raises(DojoboardsError) as caught:
            directory.lock()
    finally:
        directory.close()
    (found,) = caught.value.problems
    assert found.exit == 3
    assert str(found.source) == url
    return found


def written_and_read(url: str) -> Mapping[str, bytes]:
    """Return what a directory holds after a file was written into it."""
    directory = directory_at(url, Path("/project"), "", 120.0)
    try:
        directory.lock()
        directory.keep(["rules/a.yml", "gone"])
        directory.write({"rules/a.yml": b"groups: []\n"}, ["gone"], ())
        assert directory.unwritable() == []
        return directory.read(["rules/a.yml", "gone"])
    finally:
        directory.close()


@contextmanager
def using(server: Sshd, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sshd]:
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{server.bin}{os.pathsep}{os.environ['PATH']}")
        yield server


@pytest.fixture
def tools(tmp_path: Path) -> Callable[..., str]:
    """Makes a line of sshd's configuration by which only some programs are found."""

    def make(*names: str) -> str:
        place = tmp_path / "tools"
        place.mkdir()
        for name in names:
            (place / name).symlink_to(shutil.which(name) or "")
        return f"SetEnv PATH={place}"

    return make


def test_a_server_that_is_down_cannot_be_reached(client: Sshd) -> None:
    port = free_port()

    found = problem(f"ssh://deploy@127.0.0.1:{port}/etc/prometheus")

    assert found.message == f"cannot be reached: ssh: connect to host 127.0.0.1 port {port}: Connection refused"
    assert found.remedy == f"does `ssh -p {port} deploy@127.0.0.1` work?"


def test_a_host_that_nobody_knows_cannot_be_reached(client: Sshd) -> None:
    found = problem("ssh://prometheus.example/etc/prometheus")

    assert found.message.startswith("cannot be reached: ssh: Could not resolve hostname prometheus.example: ")
    assert found.remedy == "does `ssh prometheus.example` work?"


def test_a_server_whose_key_is_not_known_is_refused(client: Sshd) -> None:
    (client.files / "known_hosts").rename(client.files / "known elsewhere")
    try:
        found = problem(client.url("/etc/prometheus"))
    finally:
        (client.files / "known elsewhere").rename(client.files / "known_hosts")

    assert found.message == "its host key is not among the known hosts"
    assert found.remedy == f"check its fingerprint and accept it with `ssh -p {client.port} deploy@127.0.0.1`"


def test_a_server_with_another_key_than_the_known_one_is_refused(client: Sshd) -> None:
    known = client.files / "known_hosts"
    before = known.read_text()
    known.write_text(f"[127.0.0.1]:{client.port} {' '.join((client.files / 'key.pub').read_text().split()[:2])}\n")
    try:
        found = problem(client.url("/etc/prometheus"))
    finally:
        known.write_text(before)

    assert found.message == "its host key is not the one that is known: someone may be in between"
    assert found.remedy.endswith(f"Check its fingerprint, then ssh-keygen -R '[127.0.0.1]:{client.port}'")


def test_a_server_that_takes_no_key_of_ours_does_not_let_us_in(client: Sshd) -> None:
    (client.files / "key.pub").rename(client.files / "other.pub")
    try:
        found = problem(client.url("/etc/prometheus"))
    finally:
        (client.files / "other.pub").rename(client.files / "key.pub")

    assert found.message == "does not let us in: deploy@127.0.0.1: Permission denied (publickey,keyboard-interactive)."
    assert found.remedy.startswith("give ssh a key that it accepts (ssh-add, or ssh's configuration), so that `ssh -p ")


@pytest.fixture
def silent(openssh: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sshd]:
    """A server that takes connections and says nothing."""
    with sshd(tmp_path / "sshd") as server, using(server, monkeypatch):
        server.process.send_signal(signal.SIGSTOP)
        try:
            yield server
        finally:
            server.process.send_signal(signal.SIGCONT)


def test_a_server_that_does_not_answer_is_given_up(silent: Sshd) -> None:
    found = problem(silent.url("/etc/prometheus"), timeout=1.0)

    assert found.message == "did not answer within 0.5 s"
    assert found.remedy.endswith(" work? `timeout` of the target in dojoboards.yaml says how long to wait")


def test_a_server_that_does_not_greet_us_is_given_up_by_ssh_itself(silent: Sshd) -> None:
    found = problem(silent.url("/etc/prometheus"), timeout=8.0)

    assert found.message.startswith("cannot be reached: Connection timed out during banner exchange")


def test_an_order_that_hangs_is_given_up(client: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = directory_at(client.url(tmp_path), tmp_path, "", 120.0)
    directory.lock()
    monkeypatch.setattr(directory._session, "_timeout", 0.5)  # type: ignore[attr-defined]
    try:
        with pytest.raises(DojoboardsError, match=r"did not answer within 0\.5 s"):
            directory._session.order("sleep 60")  # type: ignore[attr-defined]
        with pytest.raises(DojoboardsError, match="the connection broke"):
            directory.read(["a"])
    finally:
        directory.close()


def test_a_user_without_a_shell_is_told(openssh: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = tmp_path / "nologin"
    refusing.write_text("#!/bin/sh\necho This account is not available.\nexit 1\n")
    refusing.chmod(0o755)
    with sshd(tmp_path / "sshd", login=str(refusing)) as server, using(server, monkeypatch):
        found = problem(server.url("/etc/prometheus"))

    assert found.message == "runs no command for us: This account is not available."
    assert found.remedy.startswith("give the user a shell there; `ssh -p ")


def test_a_machine_without_tar_is_told(
    openssh: None, tools: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sshd(tmp_path / "sshd", tools("sh")) as server, using(server, monkeypatch):
        found = problem(server.url("/etc/prometheus"))

    assert (found.message, found.remedy) == ("there is no tar on that machine", "install it there")


def test_a_machine_without_the_openssh_client_is_told(client: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    directory = directory_at(client.url("/etc/prometheus"), Path("/project"), "", 120.0)

    with pytest.raises(DojoboardsError) as caught:
        directory.lock()

    directory.close()
    (found,) = caught.value.problems
    assert found.message.endswith(": there is no ssh on this machine")
    assert (found.remedy, found.exit) == ("install the OpenSSH client", 3)


def test_the_other_machine_needs_no_python(
    openssh: None, tools: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sshd(tmp_path / "sshd", tools(*TOOLS)) as server, using(server, monkeypatch):
        found = written_and_read(server.url(tmp_path / "etc"))

    assert found == {"rules/a.yml": b"groups: []\n"}


def test_without_flock_two_pushes_do_not_meet_and_the_lock_of_a_dead_one_counts_for_nothing(
    openssh: None, tools: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "etc"
    place.mkdir()
    without = [name for name in TOOLS if name != "flock"]
    with sshd(tmp_path / "sshd", tools(*without)) as server, using(server, monkeypatch):
        one, other = (directory_at(server.url(place), tmp_path, "", 120.0) for _ in range(2))
        one.lock()
        one.lock()
        with pytest.raises(DojoboardsError, match="is at work"):
            other.lock()
        one.close()
        until(lambda: not list(place.iterdir()), "the lock is gone")
        other.lock()
        other.close()
        until(lambda: not list(place.iterdir()), "the lock is gone")
        (place / ".dojoboards-lock").symlink_to("4194304")  # above the greatest number of a process

        found = written_and_read(server.url(place))

    assert found == {"rules/a.yml": b"groups: []\n"}


def test_without_flock_only_one_of_several_pushes_that_begin_in_the_same_instant_gets_in(
    openssh: None, tools: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "etc"
    place.mkdir()
    (place / ".dojoboards-lock").symlink_to("4194304.dead")
    without = [name for name in TOOLS if name != "flock"]
    many = 4
    together = threading.Barrier(many)

    def push(directory: Directory) -> str:
        together.wait()
        try:
            directory.lock()
        except DojoboardsError as error:
            return error.problems[0].message
        return "in"

    with sshd(tmp_path / "sshd", tools(*without)) as server, using(server, monkeypatch), ExitStack() as closing:
        directories = [directory_at(server.url(place), tmp_path, "", 120.0) for _ in range(many)]
        for directory in directories:
            closing.callback(directory.close)
            assert directory.unwritable() == []  # it is connected
        with ThreadPoolExecutor(many) as pool:
            found = sorted(pool.map(push, directories))

    assert found == [f"another push to {server.url(place)} is at work"] * (many - 1) + ["in"]


def test_a_login_shell_may_be_chatty(openssh: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sshd(tmp_path / "sshd", login="/bin/bash") as server, using(server, monkeypatch):
        (server.files / "home/.bashrc").write_text("echo 'Welcome!'; printf 'no line end'\n")

        assert written_and_read(server.url(tmp_path / "etc")) == {"rules/a.yml": b"groups: []\n"}


def test_names_users_and_ports_may_be_left_to_the_configuration_of_ssh(client: Sshd, tmp_path: Path) -> None:
    found = written_and_read(f"ssh://server{tmp_path}/etc")

    assert found == {"rules/a.yml": b"groups: []\n"}


def test_a_machine_may_have_an_ipv6_address(openssh: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("there is no IPv6 here")
    with sshd(tmp_path / "sshd", address="::1") as server, using(server, monkeypatch):
        found = written_and_read(server.url(tmp_path / "etc", host="[::1]"))

    assert found == {"rules/a.yml": b"groups: []\n"}


def test_a_configuration_for_people_does_not_get_in_the_way(
    openssh: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sshd(tmp_path / "sshd") as server, using(server, monkeypatch):
        config = server.files / "ssh_config"
        config.write_text(
            "Host *\n  RemoteCommand tmux\n  RequestTTY force\n  ControlMaster auto\n  ControlPersist 1h\n"
            f"  ControlPath {tmp_path}/mine\n  LogLevel DEBUG3\n  ForwardAgent yes\n  ForwardX11 yes\n"
            f"  LocalForward {free_port()} 127.0.0.1:1\n"
            f"  PermitLocalCommand yes\n  LocalCommand touch {tmp_path}/local\n" + config.read_text()
        )

        assert written_and_read(server.url(tmp_path / "etc")) == {"rules/a.yml": b"groups: []\n"}

    assert not (tmp_path / "mine").exists()
    assert not (tmp_path / "local").exists()


def test_nothing_of_the_connection_is_left(client: Sshd, tmp_path: Path) -> None:
    directory = directory_at(client.url(tmp_path), tmp_path, "", 120.0)
    directory.lock()
    files = directory._session._files  # type: ignore[attr-defined]
    assert (files / "socket").is_socket()
    assert files.stat().st_mode & 0o777 == 0o700

    directory.close()
    directory.close()

    assert not files.exists()
