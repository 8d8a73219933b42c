"""Pushes to a directory on another machine, over a real sshd."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dojoboards.errors import Problem
from dojoboards.targets.directories.session import Session
from dojoboards.targets.directory import DirectoryTarget
from support import servers
from support.project import CONFIG, RULES, SCRAPE, Builder, tree
from support.servers import until
from support.sshd import Sshd

_FOREIGN = "not ours\n"
_HALF = 9000


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory that another machine's Prometheus would read."""
    return tmp_path / "etc"


@pytest.fixture
def project(builder: Builder, client: Sshd, place: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    """A project with a secret, which goes to that directory."""
    monkeypatch.setenv("SHOP_TOKEN", "example-token")
    jobs = SCRAPE.replace("import Prometheus, ScrapeJob", "import Prometheus, ScrapeJob, Secret").replace(
        'targets=["127.0.0.1:9"]', 'targets=["127.0.0.1:9"], authorization=Secret("token")'
    )
    config = CONFIG.replace("defaults:\n", "defaults:\n  secrets:\n    token: {env: SHOP_TOKEN}\n")
    builder.write(
        {"alerts/rules.py": RULES, "alerts/jobs.py": jobs}, config, prometheus={"directory": client.url(place)}
    )
    return builder


def second_version(builder: Builder) -> None:
    """A rule changed, a module came and one went, and a secret changed."""
    builder.change("alerts/new.py", (builder.root / "alerts/rules.py").read_text().replace("1m", "2m"))
    (builder.root / "alerts/rules.py").unlink()
    builder.replace("alerts/jobs.py", "127.0.0.1:9", "127.0.0.1:10")
    assert builder.run("build") == 0


def push(builder: Builder, *arguments: str) -> int:
    return builder.run("push", "--env", "prod", "--prune", *arguments)


def unlocked(place: Path) -> bool:
    """Return whether nobody pushes there any more."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def left_over(place: Path) -> list[str]:
    return [path.name for path in place.glob(".dojoboards-*")]


def test_every_state_of_a_plan_is_seen_there_too(
    project: Builder, place: Path, client: Sshd, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = place / "rules/rules.yml"
    place.mkdir()
    (place / "prometheus.yml").write_text(_FOREIGN)

    assert project.push() == 1
    told = capsys.readouterr()
    assert f"prometheus in {client.url(place)}\n  conflict  prometheus.yml" in told.out
    assert "  create    rules/rules.yml\n" in told.out
    assert tree(place) == {str(place / "prometheus.yml"): (_FOREIGN.encode(), 0o644)}

    assert push(project, "--adopt") == 0
    assert capsys.readouterr().out.endswith("prod: pushed 3 changes; not verified\n")
    assert (place / "secrets/token").read_text() == "example-token"
    assert "credentials_file: secrets/token\n" in (place / "prometheus.yml").read_text()
    before = {path: Path(path).stat().st_mtime_ns for path in tree(place)}

    assert push(project) == 0
    assert capsys.readouterr().out == "prod: 3 unchanged\nprod: nothing to change; not verified\n"
    assert {path: Path(path).stat().st_mtime_ns for path in tree(place)} == before

    rules.write_text(rules.read_text().replace("for: 1m", "for: 9m"))
    assert push(project) == 1
    assert "drifted   rules/rules.yml  changed by someone since the last push" in capsys.readouterr().out
    assert "for: 9m" in rules.read_text()
    assert push(project, "--overwrite") == 0
    assert "for: 1m" in rules.read_text()

    second_version(project)
    capsys.readouterr()
    assert project.run("diff", "--env", "prod", "--prune") == 0
    told = capsys.readouterr()
    assert "  create    rules/new.yml" in told.out
    assert "  delete    rules/rules.yml" in told.out
    assert push(project) == 0
    assert [path.name for path in (place / "rules").iterdir()] == ["new.yml"]
    assert left_over(place) == []


def test_a_dry_run_leaves_no_trace_there(project: Builder, place: Path) -> None:
    assert project.push("--dry-run") == 0

    assert not place.exists()


def test_secrets_are_for_their_owner_alone_from_the_first_byte_on(
    project: Builder, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[tuple[bytes, int, int]] = []
    order = Session.order

    def watched(self: Session, script: str) -> tuple[int, str]:
        staged = [*place.glob(".dojoboards-staging-*/*")]
        seen.extend(
            (file.read_bytes(), file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) for file in staged
        )
        return order(self, script)

    monkeypatch.setattr(Session, "order", watched)

    assert project.push() == 0

    assert (b"example-token", 0o600, 0o700) in seen
    assert {mode for _, mode, _ in seen} == {0o600, 0o644}
    assert {path.relative_to(place).as_posix(): path.stat().st_mode & 0o777 for path in place.rglob("*")} == {
        ".dojoboards": 0o755,
        ".dojoboards/base.zip": 0o600,
        ".dojoboards/manifest.json": 0o600,
        "prometheus.yml": 0o644,
        "rules": 0o755,
        "rules/rules.yml": 0o644,
        "secrets": 0o755,
        "secrets/token": 0o600,
    }
    told = capsys.readouterr()
    assert "example-token" not in told.out + told.err


@contextmanager
def stopping(when: int, stop: Callable[[Session], None]) -> Iterator[list[str]]:
    """Let something happen before the given step at which the other machine is asked for anything; give the steps."""
    steps: list[str] = []
    ordered, run = Session._ordered, subprocess.run
    sessions: list[Session] = []

    def step(what: str) -> None:
        steps.append(what)
        if len(steps) - 1 == when:
            stop(sessions[-1])

    def order(self: Session, script: str, timeout: float) -> tuple[int, str]:
        sessions.append(self)
        step(script)
        return ordered(self, script, timeout)

    def transfer(command: list[str], **settings: Any) -> subprocess.CompletedProcess[bytes]:
        if command[0] != "ssh":
            return run(command, **settings)
        step("transfer")
        whole = settings["input"]
        if len(whole) > _HALF + 1000:  # something is sent, and not only asked for
            pipe = subprocess.PIPE
            with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
                assert process.stdin is not None
                process.stdin.write(whole[:_HALF])
                process.stdin.flush()
                step("the middle of a transfer")
                output, said = process.communicate(whole[_HALF:])
                return subprocess.CompletedProcess(command, process.returncode, output, said)
        return run(command, **settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "_ordered", order)
        patch.setattr(subprocess, "run", transfer)
        yield steps


def cut(one: Session) -> None:
    """Break the connection, as a network that goes away does."""
    assert one._shell is not None
    one._shell.kill()
    one._shell.wait()


def die(one: Session) -> None:
    """End as a push does that is killed, but for its own temporary files."""
    shutil.rmtree(one._files or "", ignore_errors=True)
    os._exit(9)


Tree = dict[str, tuple[bytes, int]]


@pytest.fixture
def versions(project: Builder, place: Path) -> tuple[Tree, Tree, range]:
    """The directory in its first and its second version, and the steps from the first write on to the second one.

    They are as undisturbed pushes make them; the first version stands there.
    """
    assert project.push() == 0
    shutil.copytree(place, place.parent / "first")
    before = tree(place)
    second_version(project)
    with stopping(-1, cut) as steps:
        assert push(project) == 0
    after = tree(place)
    first_version_again(place)
    first = next(index for index, step in enumerate(steps) if step.startswith("if enter; then sweep"))
    assert len(steps) > first + 10
    return before, after, range(first, len(steps))


def first_version_again(place: Path) -> None:
    shutil.rmtree(place)
    shutil.copytree(place.parent / "first", place)


def ours(files: Tree) -> Tree:
    """Return the files that the server reads."""
    return {path: found for path, found in files.items() if ".dojoboards" not in path}


def without_salt(files: Tree) -> dict[str, object]:
    """Return the files without what is drawn by lot in the list of what is ours."""

    def plain(path: str, body: bytes) -> object:
        if not path.endswith("manifest.json"):
            return body
        document = json.loads(body)
        for entry in document["files"].values():
            if entry.pop("salt", None):
                entry.pop("digest")
        return document

    return {path: (plain(path, body), mode) for path, (body, mode) in files.items()}


def test_a_connection_that_breaks_at_any_step_is_made_up_for(
    project: Builder, place: Path, versions: tuple[Tree, Tree, range], capsys: pytest.CaptureFixture[str]
) -> None:
    before, after, steps = versions
    for step in (1, *steps):
        capsys.readouterr()

        with stopping(step, cut) as seen:
            code = push(project)

        what = f"after it was cut at step {step}: {seen[step][:60]!r}"
        told = capsys.readouterr().err
        stays = "error: what was pushed to prometheus in" in told  # it was cut while that was noted down
        assert code == (0 if "rm -rf" in seen[step] and step == steps[-1] else 4 if stays else 3), what
        if code:
            assert "the connection broke: ssh ended\n    push again when it is there" in told, what
        until(lambda: unlocked(place), what)
        assert ours(tree(place)) in ([ours(after)] if stays else [ours(before), ours(after)]), what
        assert push(project) == 0, what
        assert without_salt(tree(place)) == without_salt(after), what
        assert left_over(place) == [], what
        first_version_again(place)


def test_a_push_that_is_killed_at_any_step_is_completed_by_the_next_one(
    project: Builder, place: Path, versions: tuple[Tree, Tree, range]
) -> None:
    _, after, steps = versions
    for step in steps:
        child = os.fork()
        if child == 0:
            try:
                silent = os.open(os.devnull, os.O_WRONLY)
                os.dup2(silent, 1)
                os.dup2(silent, 2)
                with stopping(step, die):
                    push(project)
            finally:
                os._exit(0)
        what = f"after it was killed at step {step}"
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9, what
        until(lambda: unlocked(place), what)

        assert push(project) == 0, what

        assert without_salt(tree(place)) == without_salt(after), what
        assert left_over(place) == [], what
        first_version_again(place)


def test_ctrl_c_puts_back_over_the_same_connection(
    project: Builder, place: Path, versions: tuple[Tree, Tree, range]
) -> None:
    """A terminal sends it to the whole group of processes, ssh among them."""
    before, _, _ = versions
    script = f"""
import os, signal, time
from dojoboards import cli
from dojoboards.targets.directory import DirectoryTarget

signal.signal(signal.SIGINT, signal.default_int_handler)

def stopped(self):
    DirectoryTarget.reload = lambda _: []
    os.killpg(0, signal.SIGINT)
    time.sleep(30)

DirectoryTarget.reload = stopped
raise SystemExit(cli.run(["-C", {str(project.root)!r}, "push", "--env", "prod"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, timeout=60, capture_output=True, text=True, start_new_session=True
    )

    assert done.returncode == 130
    assert "put back as it was: prometheus in ssh://" in done.stderr
    assert tree(place) == before
    assert left_over(place) == []


def test_two_pushes_at_once_do_not_meet(
    project: Builder, place: Path, client: Sshd, capsys: pytest.CaptureFixture[str]
) -> None:
    assert project.push() == 0
    second_version(project)
    codes: list[int] = []

    def meanwhile(self: DirectoryTarget) -> list[Problem]:
        patch.undo()
        codes.append(push(project))
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DirectoryTarget, "reload", meanwhile)
        assert push(project) == 0

    assert codes == [1]
    assert f"another push to {client.url(place)} is at work\n    wait until it is done" in capsys.readouterr().err
    assert push(project) == 0


def test_a_directory_that_cannot_be_made_is_told(
    project: Builder, client: Sshd, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.replace("dojoboards.yaml", client.url(place), client.url("/proc/prometheus"))

    assert project.push() == 2

    told = capsys.readouterr().err
    assert f"{client.url('/proc/prometheus')}: " in told
    assert "cannot make the directory: mkdir: " in told or "this user may not write it" in told


def test_how_long_to_wait_is_said_in_the_configuration(
    project: Builder, client: Sshd, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.replace("dojoboards.yaml", client.url(place), f"{client.url(place)}\n        timeout: 1.5")
    client.process.send_signal(signal.SIGSTOP)
    try:
        assert project.push() == 3
    finally:
        client.process.send_signal(signal.SIGCONT)

    assert f"{client.url(place)}: error: did not answer within 0.75 s\n" in capsys.readouterr().err


def test_a_timeout_that_is_none_is_told(project: Builder, client: Sshd, capsys: pytest.CaptureFixture[str]) -> None:
    project.replace("dojoboards.yaml", "directory: ", "timeout: 0\n        directory: ")

    assert push(project) == 2

    told = capsys.readouterr().err
    assert "environments.prod.targets.prometheus.timeout: 0 is less than or equal to the minimum of 0\n" in told
    assert "    Seconds for one order or transfer to another machine. Default: 120.\n" in told


def test_an_address_that_would_be_an_option_of_ssh_is_refused(
    project: Builder, client: Sshd, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.replace("dojoboards.yaml", client.url(place), f"ssh://-oProxyCommand=touch$IFS{place}/etc")

    assert project.push() == 2

    assert "no host is called '-oProxyCommand=touch$IFS'\n    write it as ssh://user@host:port/path" in (
        capsys.readouterr().err
    )
    assert not place.exists()


def test_a_machine_that_is_down_stops_before_anything_is_written_anywhere(
    project: Builder, client: Sshd, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = servers.free_port()
    pair = [{"directory": client.url(place)}, {"directory": f"ssh://127.0.0.1:{port}{tmp_path}/other"}]
    project.write({}, (project.root / "dojoboards.yaml").read_text(), prometheus=pair)  # type: ignore[arg-type]

    assert project.push() == 3

    assert f"ssh://127.0.0.1:{port}{tmp_path}/other: error: cannot be reached: ssh: connect" in capsys.readouterr().err
    assert not place.exists()


@pytest.fixture
def pair(project: Builder, client: Sshd, place: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Two directories, one here and one there, for the same."""
    directories = [{"directory": client.url(place)}, {"directory": str(tmp_path / "second")}]
    project.write({}, (project.root / "dojoboards.yaml").read_text(), prometheus=directories)  # type: ignore[arg-type]
    return place, tmp_path / "second"


def test_both_directories_of_a_pair_get_the_same(
    project: Builder, pair: tuple[Path, Path], client: Sshd, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = pair

    assert project.push() == 0

    output = capsys.readouterr().out
    assert f"prometheus in {client.url(one)}\n  create" in output
    assert f"prometheus in {other}\n  create" in output
    assert output.endswith("prod: pushed 6 changes; not verified\n")
    assert (one / "rules/rules.yml").read_bytes() == (other / "rules/rules.yml").read_bytes()


def test_a_pair_is_pushed_to_as_a_whole_or_not_at_all(
    project: Builder, pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert project.push() == 0
    second_version(project)
    before = tree(*pair)
    reload = DirectoryTarget.reload

    def refusing(self: DirectoryTarget) -> list[Problem]:
        return reload(self) or ([Problem("the second one refuses it")] if self.place == str(pair[1]) else [])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DirectoryTarget, "reload", refusing)
        assert push(project) == 1

    assert tree(*pair) == before
    assert "the second one refuses it" in capsys.readouterr().err
    assert push(project) == 0


def test_the_same_directory_twice_is_refused(
    project: Builder, client: Sshd, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = [{"directory": client.url(place)}, {"directory": client.url(place)}]
    project.write({}, (project.root / "dojoboards.yaml").read_text(), prometheus=twice)  # type: ignore[arg-type]

    assert project.push() == 2

    assert f"prometheus and prometheus both go to {client.url(place)}" in capsys.readouterr().err


def test_a_pair_of_servers_that_read_what_stands_on_other_machines_runs_it(
    programs: None, builder: Builder, client: Sshd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with servers.prometheus(tmp_path / "one") as one, servers.prometheus(tmp_path / "two") as two:
        pair: Any = [
            {"directory": client.url(server.directory), "servers": [{"url": server.url, "timeout": 5}]}
            for server in (one, two)
        ]
        builder.write({"alerts/rules.py": RULES, "alerts/scrape.py": SCRAPE}, prometheus=pair)

        assert builder.push("--adopt") == 0

        assert capsys.readouterr().out.endswith("prod: pushed 4 changes; the servers run it\n")
        for server in (one, two):
            assert [group["name"] for group in server.rules()] == ["up"]
