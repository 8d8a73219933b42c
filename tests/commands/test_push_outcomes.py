"""What a machine is told: one document in every outcome, and what a person sees of it."""

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from support import servers
from support.answers import Reply, Request
from support.commands import Start, starting
from support.faults import Fault, answer
from support.grafana import Grafana, grafana
from support.project import BOARD, CONFIG, CONTENT, RULES, Builder

BOARDS = """\
from dojoboards import Dashboard, Folder, panels

folders = [Folder(uid="one", title="One"), Folder(uid="two", title="Two")]

def board(uid, folder):
    drawn = panels.dashboard(uid, uid=uid, panels=[panels.stat("Up", "count(up)", unit="short")])
    return Dashboard(drawn, folder=folder)

dashboards = [board(f"{folder}-{number}", folder) for folder in ("one", "two") for number in range(3)]
"""


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_GRAFANA_TOKEN", "glsa_example0standin0token")


@pytest.fixture
def server() -> Iterator[Grafana]:
    with grafana("13") as running:
        yield running


@pytest.fixture
def project(builder: Builder, server: Grafana) -> Builder:
    """A built project with rules in a directory and dashboards in a Grafana."""
    target = {"url": server.url, "token": {"env": "SHOP_GRAFANA_TOKEN"}, "retries": 0}
    directory = {"directory": str(builder.root.parent / "prometheus")}
    builder.write({"dashboards/boards.py": BOARDS, "alerts/rules.py": RULES}, grafana=target, prometheus=directory)
    assert builder.run("build") == 0
    return builder


def answered(
    builder: Builder, capsys: pytest.CaptureFixture[str], *arguments: str, code: int, command: str = "push"
) -> dict[str, Any]:
    """Return the one document that is printed."""
    capsys.readouterr()
    assert builder.run(command, "--env", "prod", "-o", "json", *arguments) == code
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["exit"] == code
    assert document["environment"] == "prod"
    return document


def messages(document: dict[str, Any]) -> list[str]:
    return [problem["message"] for problem in document["problems"]]


def test_a_push_that_goes_well_has_no_problems(project: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    document = answered(project, capsys, code=0)

    assert (document["applied"], document["verified"], document["problems"]) == (True, True, [])
    assert document["counts"]["create"] == 10
    assert document["left_out"] == 0


@pytest.mark.parametrize("command", ["push", "diff"])
def test_a_push_and_a_diff_that_go_wrong_early_are_one_document_too(
    project: Builder, server: Grafana, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(code: int) -> list[str]:
        return messages(answered(project, capsys, code=code, command=command))

    project.replace("alerts/rules.py", 'for_="1m"', 'for_="5m"')
    assert told(1) == ["build/prod is not what the content gives: 1 file differs"]

    project.replace("alerts/rules.py", "[RuleGroup(", "[RuleGrop(")
    assert told(2) == ["NameError: name 'RuleGrop' is not defined"]
    project.replace("alerts/rules.py", "[RuleGrop(", "[RuleGroup(")
    assert project.run("build") == 0

    url = server.url
    project.replace("dojoboards.yaml", url, "http://127.0.0.1:1")
    assert told(3)[0].startswith("Grafana at http://127.0.0.1:1 gives no answer: it cannot be reached")
    project.replace("dojoboards.yaml", "http://127.0.0.1:1", url)

    monkeypatch.delenv("SHOP_GRAFANA_TOKEN")
    assert told(2) == [f"the token for Grafana at {url}: the environment variable SHOP_GRAFANA_TOKEN is not set"]

    (project.root / "dojoboards.yaml").write_text("{")
    assert told(2)[0].startswith("not YAML: ")


def test_a_pending_change_is_no_problem_and_has_its_exit_code(
    project: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    document = answered(project, capsys, "--exit-code", code=1, command="diff")

    assert document["problems"] == []
    assert document["counts"]["create"] == 10


def test_drift_stops_and_is_told(project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]) -> None:
    assert project.push() == 0
    server.edit("one-0", lambda board: board.update(title="Mine"), by=server.account("mira", "Editor"))

    document = answered(project, capsys, code=1)

    (problem,) = document["problems"]
    assert problem["message"] == (
        f"dashboards/one/one-0.json (Grafana at {server.url}) was changed by someone since the last push"
    )
    assert problem["source"].startswith(f"{project.root}/dashboards/boards.py")
    changes = [change for target in document["targets"] for change in target["changes"]]
    assert [(change["action"], change["edited"]["who"]) for change in changes] == [("drifted", "mira")]
    assert [each["after"] for each in changes[0]["drift"]] == ["Mine"]


def test_what_is_partly_applied_is_told_with_what_is_not(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    server.fail(answer(500), method="POST", path="/api/dashboards/db", nth=2, times=None)

    document = answered(project, capsys, "--max-concurrent", "1", code=4)

    assert (document["applied"], document["verified"]) == (True, False)
    assert sorted(messages(document)) == [
        f"3 of 8 changes were applied to Grafana at {server.url}; not yet: "
        + ", ".join(f"dashboards/{name[:3]}/{name}.json" for name in ("one-1", "one-2", "two-0", "two-1", "two-2")),
        f"Grafana at {server.url} does not create dashboards/one/one-1.json: 500, injected",
        f"what was pushed to prometheus in {project.root.parent / 'prometheus'} stays",
    ]


def test_on_error_continue_goes_on_with_the_dashboards_of_other_folders(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    server.fail(answer(403, b'{"message": "no"}'), method="POST", path="/api/folders", nth=1)

    assert project.run("push", "--env", "prod", "--on-error", "continue") == 4

    assert sorted(server.dashboards) == ["two-0", "two-1", "two-2"]
    error = capsys.readouterr().err
    assert f"Grafana at {server.url} does not create folders/one" in error
    assert (
        f"4 of 8 changes were applied to Grafana at {server.url}; not yet: "
        "dashboards/one/one-0.json, dashboards/one/one-1.json, dashboards/one/one-2.json, folders/one.json\n" in error
    )
    assert project.run("push", "--env", "prod") == 0
    assert len(server.dashboards) == 6


def test_on_error_stop_begins_nothing_more(project: Builder, server: Grafana) -> None:
    server.fail(answer(403, b'{"message": "no"}'), method="POST", path="/api/folders", nth=1)

    assert project.run("push", "--env", "prod") == 4

    assert server.dashboards == {}


@pytest.mark.parametrize("many", [1, 3])
def test_so_many_requests_are_under_way_at_once_and_no_more(project: Builder, server: Grafana, many: int) -> None:
    exchange, lock, together = server.exchange, threading.Lock(), threading.Barrier(many)
    under_way, most = 0, 0

    def counted(request: Request) -> tuple[Reply, Fault]:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        if request.path == "/api/dashboards/db":
            together.wait(30)
        answered = exchange(request)
        with lock:
            under_way -= 1
        return answered

    server.exchange = counted  # type: ignore[method-assign]

    assert project.run("push", "--env", "prod", "--max-concurrent", str(many)) == 0
    assert most == many


@pytest.mark.parametrize(
    "arguments",
    [
        ("--max-concurrent", "0"),
        ("--max-concurrent", "65"),
        ("--on-error", "retry"),
        ("--verify-timeout", "nan"),
        ("--verify-timeout", "inf"),
        ("--verify-timeout", "-1"),
    ],
)
def test_values_that_make_no_sense_are_wrong_usage(
    project: Builder, arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert project.run("push", "--env", "prod", *arguments) == 2

    captured = capsys.readouterr()
    assert f"Invalid value for '{arguments[0]}': " in captured.err
    assert captured.out == ""


def test_secrets_and_tokens_that_are_not_set_are_told_all_at_once(
    builder: Builder, server: Grafana, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SHOP_GRAFANA_TOKEN")
    config = CONFIG.replace("environments:", "  secrets:\n    hook: {env: SHOP_HOOK}\nenvironments:")
    protected = {"url": "http://127.0.0.1:1", "bearer_token": {"env": "SHOP_PROMETHEUS_TOKEN"}}
    builder.write(
        CONTENT,
        config,
        alertmanager={"directory": str(builder.root.parent / "alertmanager")},
        prometheus={"directory": str(builder.root.parent / "prometheus"), "servers": [protected]},
        grafana={"url": server.url, "token": {"env": "SHOP_GRAFANA_TOKEN"}},
    )
    assert builder.run("build") == 0

    assert builder.run("push", "--env", "prod") == 2

    told = {line.partition("error: ")[2] for line in capsys.readouterr().err.splitlines() if "error: " in line}
    unset = "the environment variable {} is not set"
    assert told == {
        f"the secret 'hook' of environment 'prod': {unset.format('SHOP_HOOK')}",
        f"the token for Grafana at {server.url}: {unset.format('SHOP_GRAFANA_TOKEN')}",
        f"the token for Prometheus at http://127.0.0.1:1: {unset.format('SHOP_PROMETHEUS_TOKEN')}",
    }
    assert server.requests == []


def test_a_diff_needs_no_token_of_a_server_that_it_does_not_ask(
    builder: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    protected = {"url": "http://127.0.0.1:1", "bearer_token": {"env": "SHOP_PROMETHEUS_TOKEN"}}
    directory = {"directory": str(builder.root.parent / "prometheus"), "servers": [protected]}
    builder.write({"alerts/rules.py": RULES}, prometheus=directory)
    assert builder.run("build") == 0

    assert builder.run("diff", "--env", "prod") == 0
    assert builder.run("push", "--env", "prod") == 2


PRINTS = """\
import os
import subprocess
import sys

print("imported")
print("by its first name", file=sys.__stdout__)
os.system("echo by a program")

"""


@pytest.mark.parametrize("command", ["push", "diff"])
def test_what_content_prints_goes_to_stderr(builder: Builder, command: str, capfd: pytest.CaptureFixture[str]) -> None:
    builder.write(
        {
            "alerts/rules.py": PRINTS + RULES.replace("    few =", "    print('evaluated')\n    few ="),
            "dashboards/overview.py": PRINTS + BOARD.replace("    return", "    print('drawn')\n    return"),
        },
        prometheus={"directory": str(builder.root.parent / "prometheus")},
    )
    assert builder.run("build") == 0
    assert capfd.readouterr().out == "build/prod: 1 dashboard, 1 rule file, 3 files (3 written)\n"

    assert builder.run(command, "--env", "prod", "-o", "json") == 0

    captured = capfd.readouterr()
    assert json.loads(captured.out)["exit"] == 0
    for text in ("imported", "evaluated", "drawn", "by its first name", "by a program"):
        assert text in captured.err


MET = """\
import os, pathlib, sys, time

seen = pathlib.Path({seen!r})
(seen / str(os.getpid())).touch()
until = time.monotonic() + 10
while len(os.listdir(seen)) < 2 and time.monotonic() < until:
    time.sleep(0.005)
sys.stdout.write(f"process {{os.getpid()}}\\n")  # in one piece: two processes write at once

"""
"""Content that waits until another process is at work too, so that neither does it all."""


def test_what_content_prints_in_another_process_goes_to_stderr_too(
    builder: Builder, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("dojoboards.commands.build._WORTH_A_PROCESS", 1)
    monkeypatch.setattr("dojoboards.commands.build.processors", lambda: 2)
    seen = tmp_path / "seen"
    seen.mkdir()
    met = MET.format(seen=str(seen))
    boards = {
        f"dashboards/board{number}.py": met
        + BOARD.replace('uid="overview"', f'uid="overview{number}"').replace('"Overview"', f'"Overview {number}"')
        for number in range(4)
    }
    builder.write(
        {**boards, "alerts/rules.py": RULES}, prometheus={"directory": str(builder.root.parent / "prometheus")}
    )
    assert builder.run("build") == 0
    capfd.readouterr()
    for mark in seen.iterdir():
        mark.unlink()

    assert builder.run("diff", "--env", "prod", "-o", "json") == 0

    captured = capfd.readouterr()
    assert json.loads(captured.out)["exit"] == 0
    assert len({line for line in captured.err.splitlines() if line.startswith("process ")}) == 2


def test_a_fault_of_our_own_is_one_document_too_and_shows_no_words_that_may_be_secret(
    project: Builder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("hunter2")

    monkeypatch.setattr("dojoboards.commands.push.report.as_document", broken)

    with pytest.raises(RuntimeError):
        project.run("push", "--env", "prod", "-o", "json")

    document = json.loads(capsys.readouterr().out)
    assert (document["exit"], messages(document)) == (1, ["RuntimeError: a fault of dojoboards itself"])


def test_who_answers_no_is_told_that_nothing_was_changed(
    project: Builder, server: Grafana, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "n")

    document = answered(project, capsys, code=1)

    assert (document["applied"], document["problems"]) == (False, [])
    assert server.writes == []


@pytest.fixture
def start(project: Builder) -> Iterator[Start]:
    """Starts a push of its own, which can be interrupted whatever started the tests ignores, and is ended with them."""
    with starting(project.root) as begin:
        yield partial(begin, "push", "--env", "prod")


def ended(process: subprocess.Popen[str]) -> tuple[dict[str, Any], str]:
    """Return the document and the text of a process that was interrupted."""
    output, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in error
    return json.loads(output), error


def said(process: subprocess.Popen[str]) -> None:
    """Wait until a process has taken the first signal."""
    assert process.stderr is not None
    while "finishing what is under way" not in (line := process.stderr.readline()):
        assert line, "it has ended"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("path", ["/api/dashboards/db", "/api/folders"])
def test_the_first_ctrl_c_finishes_what_is_under_way_and_reports(
    project: Builder, server: Grafana, start: Start, number: signal.Signals, path: str
) -> None:
    exchange, arrived, go_on = server.exchange, threading.Event(), threading.Event()

    def held(request: Request) -> tuple[Reply, Fault]:
        if (request.method, request.path) == ("POST", path):
            arrived.set()
            go_on.wait(30)
        return exchange(request)

    server.exchange = held  # type: ignore[method-assign]
    process = start("-o", "json", "--max-concurrent", "2")
    assert arrived.wait(30)
    process.send_signal(number)
    said(process)
    go_on.set()

    document, error = ended(process)

    done = len(server.dashboards) + len(server.folders)
    assert 1 <= done <= 4
    assert (document["exit"], document["applied"]) == (130, True)
    told = messages(document)
    assert told[0].startswith(f"{done} of 8 changes were applied to Grafana at {server.url}; not yet: ")
    assert told[1:] == ["interrupted", f"what was pushed to prometheus in {project.root.parent / 'prometheus'} stays"]
    assert told[0] in error
    assert project.run("push", "--env", "prod") == 0
    assert len(server.dashboards) == 6


def test_the_second_ctrl_c_does_not_wait_for_what_is_under_way(server: Grafana, start: Start) -> None:
    server.fail(Fault(delay=60), method="POST", path="/api/dashboards/db", times=None)
    process = start("-o", "json")
    servers.until(lambda: any(seen.path == "/api/dashboards/db" for seen in server.requests), "it saves a dashboard")
    process.send_signal(signal.SIGINT)
    said(process)
    process.send_signal(signal.SIGINT)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)  # the first was still being answered, so that the two were one

    document, _ = ended(process)

    assert document["exit"] == 130
    assert messages(document)[0].startswith(f"2 of 8 changes were applied to Grafana at {server.url}; not yet: ")


def test_an_interruption_before_anything_is_written_says_no_more_than_that(
    project: Builder, server: Grafana, start: Start
) -> None:
    server.fail(Fault(delay=1), path="/api/search*")
    process = start("-o", "json")
    servers.until(lambda: any("/api/search" in seen.path for seen in server.requests), "it reads")
    process.send_signal(signal.SIGTERM)

    document, error = ended(process)

    assert document["problems"] == [{"message": "interrupted", "remedy": "", "exit": 130}]
    assert error.strip() == "interrupted"
    assert not (project.root.parent / "prometheus").exists()
