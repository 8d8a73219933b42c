import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dojoboards.cli import run
from dojoboards.errors import Exit, Problem
from dojoboards.model import Server
from dojoboards.targets import prometheus as system
from dojoboards.targets.servers import Client
from support import servers
from support.project import CONTENT, RULES, Builder, Shop, tree

FAILS_WHEN_EVALUATED = """\
from dojoboards import Alert, RuleGroup

TWICE = 'label_replace(vector(1), "a", "1", "", "") or label_replace(vector(1), "a", "2", "", "")'
groups = [
    RuleGroup(name="up", interval="1s", rules=[
        Alert(
            name="ManyToMany", expr=f"({TWICE}) + on () ({TWICE})", severity="critical",
            summary="Never evaluated", description="It parses, and promtool takes it.",
        )
    ])
]
"""
# promql-parser takes this function's name from newer servers; a stable Prometheus refuses it.
REFUSED = RULES.replace("count by (job) (up == 1)", "sort_by_label(up, 'job')")


def health(server: servers.Server) -> dict[str, list[tuple[str, str]]]:
    return {group["name"]: [(rule["name"], rule["health"]) for rule in group["rules"]] for group in server.rules()}


def loaded(server: servers.Server) -> list[tuple[str, str, str]]:
    return [(group["name"], rule["name"], rule["query"]) for group in server.rules() for rule in group["rules"]]


@pytest.fixture
def pushed(shop: Shop, capsys: pytest.CaptureFixture[str]) -> Shop:
    shop.write()
    assert shop.builder.push("--adopt") == 0
    capsys.readouterr()
    return shop


def test_a_push_makes_the_servers_run_everything(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write()

    assert shop.builder.push("--adopt") == 0

    assert health(shop.prometheus) == {"up": [("job:up:count", "ok"), ("FewUp", "ok")]}
    assert "job_name: shop" in shop.prometheus.get("/api/v1/status/config")["data"]["yaml"]
    original = shop.alertmanager.get("/api/v2/status")["config"]["original"]
    assert "- name: hook" in original
    board = json.loads((shop.grafana / "dashboards/general/overview.json").read_text())
    assert board["title"] == "Overview"
    output = capsys.readouterr().out
    assert "  create    rules/rules.yml" in output
    assert output.endswith("prod: pushed 7 changes; the servers run it\n")


def test_a_second_push_writes_nothing_and_still_verifies(pushed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: Path(path).stat().st_mtime_ns for path in tree(*pushed.directories())}

    assert pushed.builder.push() == 0

    assert {path: Path(path).stat().st_mtime_ns for path in tree(*pushed.directories())} == before
    assert capsys.readouterr().out.endswith("prod: 7 unchanged\nprod: nothing to change; the servers run it\n")


def test_a_changed_rule_and_template_are_updated_and_run(pushed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    pushed.builder.replace("alerts/rules.py", '"count by (job) (up == 1)"', '"sum by (job) (up)"')
    pushed.builder.replace("alerts/routing.py", "{{ .Status }}", "{{ .Status | toUpper }}")

    assert pushed.builder.push() == 0

    assert loaded(pushed.prometheus)[0] == ("up", "job:up:count", "sum by (job) (up)")
    assert len(list((pushed.alertmanager.directory / "templates").iterdir())) == 1
    output = capsys.readouterr().out
    assert "update    rules/rules.yml" in output
    assert "changed  recording rule job:up:count, expr" in output
    assert '+ {{ define "shop.title" }}{{ .Status | toUpper }}{{ end }}' in output


def test_a_dry_run_changes_nothing_and_leaves_no_trace(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write()
    before = tree(*shop.directories())

    assert shop.builder.push("--adopt", "--dry-run") == 0

    assert tree(*shop.directories()) == before
    assert not shop.grafana.exists()
    assert capsys.readouterr().out.endswith("prod: 5 to create, 2 to update\n")


def test_what_is_not_ours_is_a_conflict_and_stays(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write()
    before = tree(*shop.directories())

    assert shop.builder.push() == 1

    assert tree(*shop.directories()) == before
    captured = capsys.readouterr()
    assert "  conflict  prometheus.yml   something that is not ours stands there" in captured.out
    assert (
        "is not ours and stands where a file is to be written\n    move it away, or push with --adopt" in captured.err
    )


def test_what_someone_changed_is_drift_and_stays_until_told(pushed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    rules = pushed.prometheus.directory / "rules/rules.yml"
    rules.write_text(rules.read_text().replace("for: 1m", "for: 9m"))

    assert pushed.builder.push() == 1
    assert "for: 9m" in rules.read_text()
    assert "was changed by someone since the last push" in capsys.readouterr().err

    assert pushed.builder.push("--overwrite") == 0
    assert "for: 1m" in rules.read_text()


def test_what_someone_took_away_is_drift_too(pushed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    (pushed.prometheus.directory / "rules/rules.yml").unlink()

    assert pushed.builder.push() == 1
    assert "  drifted   rules/rules.yml" in capsys.readouterr().out
    assert pushed.builder.push("--overwrite") == 0
    assert (pushed.prometheus.directory / "rules/rules.yml").exists()


def test_what_is_no_longer_built_goes_only_with_prune(pushed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    pushed.builder.change("alerts/more.py", RULES.replace("FewUp", "OtherUp").replace('name="up"', 'name="other"'))
    assert pushed.builder.push() == 0
    (pushed.builder.root / "alerts/more.py").unlink()
    strange = pushed.prometheus.directory / "rules/strange.yml"
    strange.write_text("groups: []\n")
    capsys.readouterr()

    assert pushed.builder.push() == 0
    assert "delete    rules/more.yml  only with --prune" in capsys.readouterr().out
    assert "other" in health(pushed.prometheus)

    assert pushed.builder.push("--prune") == 0
    assert list(health(pushed.prometheus)) == ["up"]
    assert strange.exists()


def test_a_rule_that_fails_when_evaluated_is_named_and_everything_is_put_back(
    pushed: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    before, rules = tree(*pushed.directories()), loaded(pushed.prometheus)
    pushed.builder.change("alerts/rules.py", FAILS_WHEN_EVALUATED)
    pushed.builder.replace("alerts/routing.py", 'severity="critical"', 'severity="warning"')

    assert pushed.builder.push() == 1

    assert tree(*pushed.directories()) == before
    assert loaded(pushed.prometheus) == rules
    assert 'severity="critical"' in pushed.alertmanager.get("/api/v2/status")["config"]["original"]
    error = capsys.readouterr().err
    assert "alerts/rules.py:6: error: rule 'ManyToMany' of group 'up' fails when Prometheus at http://127." in error
    assert "found duplicate series for the match group" in error
    assert f"put back as it was: prometheus in {pushed.prometheus.directory} and alertmanager in" in error


def test_a_rule_that_promtool_refuses_is_named_and_nothing_is_written(
    pushed: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(*pushed.directories())
    pushed.builder.change("alerts/rules.py", REFUSED)

    assert pushed.builder.push() == 1

    assert tree(*pushed.directories()) == before
    error = capsys.readouterr().err
    assert "alerts/rules.py:8: error: promtool: " in error
    assert "sort_by_label" in error


def test_a_rule_that_prometheus_refuses_without_promtool_is_put_back(
    pushed: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, rules = tree(*pushed.directories()), loaded(pushed.prometheus)
    pushed.builder.change("alerts/rules.py", REFUSED)
    assert pushed.builder.run("build") == 0
    monkeypatch.setenv("PATH", "/nowhere")

    assert pushed.builder.run("push", "--env", "prod") == 1

    assert tree(*pushed.directories()) == before
    assert loaded(pushed.prometheus) == rules
    error = capsys.readouterr().err
    assert "note: promtool is not on the PATH" in error
    assert "answers 500: failed to reload config" in error
    assert pushed.builder.run("push", "--env", "prod", "--dry-run") == 0, "the state is one from which to go on"


def test_data_survive_a_push_that_is_put_back(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write()
    shop.builder.replace("alerts/scrape.py", "127.0.0.1:9", shop.prometheus.url.removeprefix("http://"))
    assert shop.builder.push("--adopt") == 0
    servers.until(lambda: shop.prometheus.query("job:up:count == 1"), "the recording rule has data")
    shop.builder.change("alerts/rules.py", FAILS_WHEN_EVALUATED)

    assert shop.builder.push() == 1

    samples = len(shop.prometheus.query("job:up:count[1m]")[0]["values"])
    servers.until(lambda: health(shop.prometheus)["up"][0] == ("job:up:count", "ok"), "the former rule is evaluated")
    servers.until(lambda: len(shop.prometheus.query("job:up:count[1m]")[0]["values"]) > samples, "and goes on")


def test_a_push_is_refused_when_build_is_not_what_the_content_gives(
    pushed: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(*pushed.directories())
    pushed.builder.replace("alerts/rules.py", "1m", "2m")

    assert pushed.builder.run("push", "--env", "prod") == 1

    assert "build/prod is not what the content gives: 1 file differs" in capsys.readouterr().err
    assert tree(*pushed.directories()) == before


def test_the_plan_is_json_where_a_machine_reads(pushed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    pushed.builder.replace("alerts/rules.py", "1m", "2m")
    assert pushed.builder.run("build") == 0
    capsys.readouterr()

    assert pushed.builder.run("push", "--env", "prod", "-o", "json") == 0

    document = json.loads(capsys.readouterr().out)
    assert document["counts"] == {
        "create": 0, "update": 1, "delete": 0, "drifted": 0, "conflict": 0, "unchanged": 6,
    }  # fmt: skip
    assert (document["applied"], document["verified"], document["environment"]) == (True, True, "prod")
    changes = [change for target in document["targets"] for change in target["changes"]]
    assert {"action": "update", "kind": "rules", "key": "rules", "path": "rules/rules.yml"} in [
        {key: change[key] for key in ("action", "kind", "key", "path")} for change in changes
    ]


def test_problems_are_in_the_json_too(pushed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    pushed.builder.change("alerts/rules.py", FAILS_WHEN_EVALUATED)
    assert pushed.builder.run("build") == 0
    capsys.readouterr()

    assert pushed.builder.run("push", "--env", "prod", "-o", "json") == 1

    document = json.loads(capsys.readouterr().out)
    assert document["applied"] is False
    assert "fails when" in document["problems"][0]["message"]


def test_what_fails_though_it_was_not_changed_is_told_and_what_was_changed_elsewhere_stays(
    pushed: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    pushed.builder.change("alerts/rules.py", FAILS_WHEN_EVALUATED)
    assert pushed.builder.push("--no-verify") == 0
    pushed.builder.replace("alerts/routing.py", 'severity="critical"', 'severity="warning"')
    assert pushed.builder.run("build") == 0
    capsys.readouterr()

    assert pushed.builder.run("push", "--env", "prod", "-o", "json") == 1

    document = json.loads(capsys.readouterr().out)
    assert (document["applied"], document["verified"]) == (True, False)
    assert "rule 'ManyToMany' of group 'up' fails when" in document["problems"][0]["message"]
    assert 'severity="warning"' in pushed.alertmanager.get("/api/v2/status")["config"]["original"]


def test_no_verify_does_not_wait(pushed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    pushed.builder.replace("alerts/rules.py", 'interval="1s"', 'interval="1h"')

    assert pushed.builder.push("--no-verify") == 0

    assert capsys.readouterr().out.endswith("prod: pushed 1 change; not verified\n")


def test_a_rule_that_is_not_evaluated_in_time_is_put_back(pushed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(*pushed.directories())
    pushed.builder.replace("alerts/rules.py", 'interval="1s"', 'interval="1h"')

    assert pushed.builder.push("--verify-timeout", "0.3") == 1

    assert "has not yet evaluated rule" in (error := capsys.readouterr().err)
    assert "wait longer with --verify-timeout" in error
    assert tree(*pushed.directories()) == before


def test_secrets_are_files_for_the_server_alone_and_appear_nowhere_else(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write()
    assert shop.builder.push("--adopt") == 0
    assert shop.builder.push("-o", "json") == 0
    (shop.builder.root.parent / "hook-url").write_text("http://127.0.0.1:9/second-example-token\n")
    assert shop.builder.push() == 0

    secret = shop.alertmanager.directory / "secrets/hook"
    assert secret.read_text() == "http://127.0.0.1:9/second-example-token"
    assert secret.stat().st_mode & 0o777 == 0o600
    captured = capsys.readouterr()
    everything = {name: body for name, (body, _) in tree(shop.builder.root, *shop.directories()).items()}
    everything.pop(str(secret))
    for word in ("example-hook-token", "second-example-token"):
        assert word not in captured.out + captured.err
        assert [name for name, body in everything.items() if word.encode() in body] == []


def test_an_unset_secret_stops_before_anything_is_written(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write()
    before = tree(*shop.directories())
    (shop.builder.root.parent / "hook-url").unlink()

    assert shop.builder.push("--adopt") == 2

    assert tree(*shop.directories()) == before
    assert "the secret 'hook' of environment 'prod': cannot read the file" in capsys.readouterr().err


@pytest.mark.parametrize("point", ["manifest", "files", "reload"])
def test_a_push_that_was_killed_is_completed_by_the_next_one(
    pushed: Shop, point: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pushed.builder.replace("alerts/rules.py", '"count by (job) (up == 1)"', '"sum by (job) (up)"')
    pushed.builder.replace("alerts/routing.py", "{{ .Status }}", "{{ .Status | toUpper }}")
    pushed.builder.change("alerts/more.py", RULES.replace("FewUp", "OtherUp").replace('name="up"', 'name="other"'))
    assert pushed.builder.run("build") == 0
    script = f"""
import os, signal, sys
from dojoboards import cli
from dojoboards.targets import servers
from dojoboards.targets.directories import local

point, seen = {point!r}, []
write = local.write_tree

def dying(root, *arguments, **options):
    write(root, *arguments, **options)
    seen.append(root)
    if "prometheus" in str(root) and len([r for r in seen if r == root]) == {{"manifest": 1, "files": 2}}.get(point):
        os.kill(os.getpid(), signal.SIGKILL)

def dead(self):
    os.kill(os.getpid(), signal.SIGKILL)

local.write_tree = dying
if point == "reload":
    servers.Client.reload = dead
cli.run(["-C", {str(pushed.builder.root)!r}, "push", "--env", "prod"])
"""
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == -signal.SIGKILL

    assert pushed.builder.run("push", "--env", "prod") == 0

    assert loaded(pushed.prometheus)[0] == ("other", "job:up:count", "count by (job) (up == 1)")
    assert ("up", "job:up:count", "sum by (job) (up)") in loaded(pushed.prometheus)
    assert len(list((pushed.alertmanager.directory / "templates").iterdir())) == 1
    assert not [path for path in tree(*pushed.directories()) if "staging" in path]
    capsys.readouterr()
    assert pushed.builder.run("push", "--env", "prod") == 0
    assert capsys.readouterr().out.startswith("prod: 8 unchanged\n")


def interruptible() -> None:
    """Whoever started the tests may ignore Ctrl-C, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_push_that_is_stopped_while_it_waits_is_put_back(pushed: Shop, stop: signal.Signals) -> None:
    before, rules = tree(*pushed.directories()), loaded(pushed.prometheus)
    pushed.builder.replace("alerts/rules.py", 'interval="1s"', 'interval="1h"')
    assert pushed.builder.run("build") == 0
    command = [sys.executable, "-m", "dojoboards", "-C", str(pushed.builder.root), "push", "--env", "prod"]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        preexec_fn=interruptible,  # noqa: PLW1509
    )
    servers.until(lambda: "1h" in (pushed.prometheus.directory / "rules/rules.yml").read_text(), "it has written")
    time.sleep(0.2)

    process.send_signal(stop)
    error = process.communicate(timeout=30)[1]

    assert process.returncode == 130
    assert error.endswith("interrupted\n")
    assert "Traceback" not in error
    assert tree(*pushed.directories()) == before
    assert loaded(pushed.prometheus) == rules


def test_a_push_that_is_stopped_again_and_again_is_put_back_all_the_same(pushed: Shop) -> None:
    before, rules = tree(*pushed.directories()), loaded(pushed.prometheus)
    pushed.builder.replace("alerts/rules.py", 'interval="1s"', 'interval="1h"')
    assert pushed.builder.run("build") == 0
    command = [sys.executable, "-m", "dojoboards", "-C", str(pushed.builder.root), "push", "--env", "prod"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, preexec_fn=interruptible)  # noqa: PLW1509
    servers.until(lambda: "1h" in (pushed.prometheus.directory / "rules/rules.yml").read_text(), "it has written")
    time.sleep(0.2)

    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTERM):
        process.send_signal(stop)
        time.sleep(0.002)
    process.communicate(timeout=30)

    assert tree(*pushed.directories()) == before
    assert loaded(pushed.prometheus) == rules


def test_a_push_whose_servers_did_not_read_what_was_put_back_is_completed_by_the_next_one(
    pushed: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    former = (pushed.builder.root / "alerts/rules.py").read_text()
    rules = loaded(pushed.prometheus)
    pushed.builder.change("alerts/rules.py", FAILS_WHEN_EVALUATED)
    calls = iter(range(9))
    real = Client.reload
    refusal = Problem("the proxy answers 502", exit=Exit.UNREACHABLE)
    with monkeypatch.context() as patch:
        patch.setattr(Client, "reload", lambda self: real(self) if next(calls) < 1 else [refusal])
        assert pushed.builder.push() == 3
    assert "put back as it was" in (error := capsys.readouterr().err)
    assert "the servers could not be made to read the files again: push again when they can" in error
    pushed.builder.change("alerts/rules.py", former)

    assert pushed.builder.push() == 0

    assert loaded(pushed.prometheus) == rules


def test_servers_that_do_not_run_what_stands_there_are_made_to(pushed: Shop) -> None:
    rules = loaded(pushed.prometheus)
    file = pushed.prometheus.directory / "rules/rules.yml"
    body = file.read_bytes()
    file.write_bytes(b"groups: []\n")
    system.reload(client := Client(Server(url=pushed.prometheus.url), "prometheus", Path()))
    client.close()
    file.write_bytes(body)
    assert loaded(pushed.prometheus) == []

    assert pushed.builder.push("--verify-timeout", "2") == 0

    assert loaded(pushed.prometheus) == rules


def test_two_pushes_do_not_meet(pushed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    import fcntl

    lock = os.open(pushed.prometheus.directory, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert pushed.builder.push() == 1
    finally:
        os.close(lock)

    assert f"another push to {pushed.prometheus.directory} is at work" in capsys.readouterr().err


def test_a_directory_of_another_project_is_refused(pushed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    pushed.builder.replace("dojoboards.yaml", "project: shop", "project: other")

    assert pushed.builder.push() == 2

    assert "the directory belongs to the project 'shop', not to 'other'" in capsys.readouterr().err


def test_a_server_that_is_down_stops_before_anything_is_written(
    pushed: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(*pushed.directories())
    pushed.builder.replace("alerts/rules.py", "1m", "2m")
    pushed.builder.replace("dojoboards.yaml", pushed.prometheus.url, f"http://127.0.0.1:{servers.free_port()}")

    assert pushed.builder.push() == 3

    assert tree(*pushed.directories()) == before
    assert "cannot be reached: [Errno 111] Connection refused" in capsys.readouterr().err


def test_both_servers_of_a_pair_are_reloaded_and_verified(
    programs: None, builder: Builder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "prometheus"
    with servers.prometheus(directory, name="one") as one, servers.prometheus(directory, name="two") as two:
        target = {"directory": str(directory), "servers": [{"url": one.url}, {"url": two.url}]}
        builder.write({"alerts/rules.py": RULES}, prometheus=target)

        assert builder.push("--adopt") == 0
        assert loaded(one) == loaded(two) != []

        builder.change("alerts/rules.py", FAILS_WHEN_EVALUATED)
        assert builder.push() == 1
        assert loaded(one) == loaded(two) != []
        assert "put back as it was" in capsys.readouterr().err

        two.process.terminate()
        two.process.wait()
        assert builder.push() == 3
        assert f"Prometheus at {two.url} cannot be reached" in capsys.readouterr().err


def test_a_server_that_cannot_be_reloaded_stops_before_anything_is_written(
    programs: None, builder: Builder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with servers.prometheus(tmp_path / "prometheus", lifecycle=False) as prometheus:
        target = {"directory": str(prometheus.directory), "servers": [{"url": prometheus.url}]}
        builder.write({"alerts/rules.py": CONTENT["alerts/rules.py"]}, prometheus=target)
        before = tree(prometheus.directory)

        assert builder.push("--adopt") == 3

        assert tree(prometheus.directory) == before
        assert "start it with --web.enable-lifecycle" in capsys.readouterr().err


def test_an_environment_without_targets_is_told(builder: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    builder.write({"alerts/rules.py": RULES})

    assert builder.push() == 2

    assert "the environment 'prod' has no targets to push to" in capsys.readouterr().err


def test_a_push_to_a_directory_that_is_a_file_is_refused(builder: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    (builder.root.parent / "file").write_text("mine")
    builder.write({"alerts/rules.py": RULES}, prometheus={"directory": str(builder.root.parent / "file")})

    assert builder.push() == 2

    assert "it is not a directory" in capsys.readouterr().err
    assert (builder.root.parent / "file").read_text() == "mine"


def test_a_full_disk_in_mid_push_leaves_everything_as_it_was(
    builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import errno

    directory = tmp_path / "prometheus"
    builder.write({"alerts/rules.py": RULES}, prometheus={"directory": str(directory)})
    assert builder.push() == 0
    before = tree(directory)
    builder.replace("alerts/rules.py", "1m", "2m")
    assert builder.run("build") == 0
    real, calls = os.write, iter(range(100))

    def full(descriptor: int, data: bytes) -> int:
        if next(calls) == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", full)

    assert builder.run("push", "--env", "prod") == 2

    assert tree(directory) == before
    assert "No space left on device" in capsys.readouterr().err
    monkeypatch.undo()
    assert builder.run("push", "--env", "prod") == 0


def test_on_a_terminal_it_asks_and_no_changes_nothing(builder: Builder, tmp_path: Path) -> None:
    builder.write({"alerts/rules.py": RULES}, prometheus={"directory": str(tmp_path / "prometheus")})
    assert builder.run("build") == 0
    asked: list[str] = []

    def no(question: str) -> bool:
        asked.append(question)
        return False

    from dojoboards.commands.push import Options, push
    from dojoboards.config import read

    assert push(read(builder.root), "prod", Options(), no) == 1
    assert asked == ["Apply 2 changes to prod?"]
    assert not (tmp_path / "prometheus").exists()


def test_the_environment_must_be_named(builder: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    builder.write({"alerts/rules.py": RULES})

    assert run(["-C", str(builder.root), "push"]) == 2

    assert "Missing option '--env'" in capsys.readouterr().err
