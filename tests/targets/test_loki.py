"""Rules over logs, pushed to a Loki: as files that it reads, and through the API of its ruler."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.loki import Loki, loki
from support.project import Builder, tree
from support.ruler import ruler

LOGS = """\
from dojoboards import Alert, RecordingRule, RuleGroup

ERRORS = 'sum by (job) (count_over_time({job="shop"} |= "error" [5m]))'

log_groups = [
    RuleGroup(
        name="logs",
        interval="1m",
        rules=[
            RecordingRule(record="job:log_errors:count5m", expr=ERRORS),
            Alert(
                name="ErrorsLogged", expr=f"{ERRORS} > 10", for_="5m", severity="critical",
                summary="Errors are logged", description="{{ $value }} of them by {{ $labels.job }}.",
            ),
        ],
    )
]
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "loki"


@pytest.fixture
def server(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loki]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with loki(directory / "rules") as running:
        yield running


def write(builder: Builder, directory: Path, server: Loki, **target: str) -> None:
    there = {"directory": str(directory), "servers": [{"url": server.url}], **target}
    builder.write({"alerts/logs.py": LOGS}, loki=there)


def test_the_files_are_written_and_verified_and_a_second_push_writes_nothing(
    builder: Builder, directory: Path, server: Loki, capsys: pytest.CaptureFixture[str]
) -> None:
    write(builder, directory, server)

    assert builder.push() == 0
    assert capsys.readouterr().out.splitlines() == [
        "build/prod: 1 log rule file, 1 file (1 written)",
        f"loki in {directory}",
        "  create    rules/fake/logs.yml",
        "prod: 1 to create",
        "prod: pushed 1 change; the servers run it",
    ]
    assert [file.name for file in (directory / "rules/fake").iterdir()] == ["logs.yml"]
    before = tree(directory)
    assert builder.push() == 0
    assert capsys.readouterr().out.endswith("prod: 1 unchanged\nprod: nothing to change; the servers run it\n")
    assert tree(directory) == before


def test_the_rules_of_a_tenant_are_in_its_own_directory(builder: Builder, directory: Path, server: Loki) -> None:
    write(builder, directory, server, tenant="shop")

    assert builder.push() == 0
    assert list(yaml.safe_load((directory / "rules/shop/logs.yml").read_text())) == ["groups"]
    assert set(server.tenants) == {"shop"}


def test_what_changes_is_shown_by_its_meaning(
    builder: Builder, directory: Path, server: Loki, capsys: pytest.CaptureFixture[str]
) -> None:
    write(builder, directory, server)
    assert builder.push() == 0
    builder.replace("alerts/logs.py", "> 10", "> 20")
    builder.replace("alerts/logs.py", '"critical"', '"warning"')
    assert builder.run("build") == 0
    capsys.readouterr()

    assert builder.run("diff", "--env", "prod", "--only", "log-rules") == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  update    rules/fake/logs.yml",
        "      changed  alert ErrorsLogged, expression",
        '               - sum by (job) (count_over_time({job="shop"} |= "error" [5m])) > 10',
        '               + sum by (job) (count_over_time({job="shop"} |= "error" [5m])) > 20',
        "      changed  alert ErrorsLogged, severity: critical -> warning",
        "prod: 1 to update",
    ]


def test_a_rule_that_fails_is_told_with_its_place_and_everything_is_put_back(
    builder: Builder, directory: Path, server: Loki, capsys: pytest.CaptureFixture[str]
) -> None:
    write(builder, directory, server)
    server.failing = {"ErrorsLogged": "maximum of series (500) reached for a single query"}

    assert builder.push() == 1
    error = capsys.readouterr().err
    assert error.startswith(f"put back as it was: loki in {directory}\n")
    assert re.search(r"alerts/logs\.py:\d+: .*rule 'ErrorsLogged' of group 'logs' fails when ", error)
    assert f"Loki at {server.url} evaluates it: maximum of series (500)" in error
    assert not (directory / "rules/fake/logs.yml").exists()


def test_rules_that_loki_does_not_read_are_told_with_where_it_should_look(
    builder: Builder, directory: Path, server: Loki, capsys: pytest.CaptureFixture[str]
) -> None:
    write(builder, directory, server)
    server.rules = directory / "elsewhere"

    assert builder.push("--verify-timeout", "0") == 1
    error = capsys.readouterr().err
    assert f"Loki at {server.url} does not have rule 'ErrorsLogged' of group 'logs'" in error
    assert "is `rules` in the directory that was pushed to its `ruler.storage.local.directory`" in error
    assert not (directory / "rules/fake/logs.yml").exists()


def test_a_loki_without_a_ruler_stops_the_push_before_the_first_write(
    builder: Builder, directory: Path, server: Loki, capsys: pytest.CaptureFixture[str]
) -> None:
    write(builder, directory, server)
    builder.replace("dojoboards.yaml", server.url, f"{server.url}/querier")

    assert builder.push() == 3
    assert "answers 404: 404 page not found" in capsys.readouterr().err
    assert tree(directory) == {}


def test_a_server_that_is_something_else_is_told(
    builder: Builder, directory: Path, server: Loki, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Loki, "_rule", lambda *_: 5)
    write(builder, directory, server)
    (directory / "rules/fake").mkdir(parents=True)
    (directory / "rules/fake/theirs.yml").write_text("groups: [{name: a, rules: [{record: a, expr: b}]}]")

    assert builder.push() == 3
    assert f"Loki at {server.url} answers something else than Loki does" in capsys.readouterr().err


def test_the_api_of_a_ruler_takes_the_same_rules(builder: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    with ruler("loki") as running:
        builder.write({"alerts/logs.py": LOGS}, loki={"url": running.url, "flavour": "loki", "tenant": "shop"})

        assert builder.push() == 0
        assert builder.run("diff", "--env", "prod", "--exit-code") == 0
        (group,) = running.rules("shop")["dojoboards.shop.logs"].values()
        assert [rule.get("record") or rule["alert"] for rule in group["rules"]] == [
            "job:log_errors:count5m",
            "ErrorsLogged",
            "dojoboards_build_info",
        ]
        assert builder.run("doctor", "--env", "prod") == 0
    output = capsys.readouterr().out
    assert f"Loki's ruler at {running.url}, tenant shop\n  create    dojoboards.shop.logs/logs\n" in output
    assert "  ok      rules  3, none fails\n" in output


def test_a_loki_that_reads_files_is_asked_by_doctor_too(
    builder: Builder, directory: Path, server: Loki, capsys: pytest.CaptureFixture[str]
) -> None:
    write(builder, directory, server, tenant="shop")
    assert builder.run("build") == 0

    assert builder.run("doctor", "--env", "prod") == 1
    assert "  warning rules  it has none, though the content declares some\n" in capsys.readouterr().out
    assert builder.push() == 0
    assert builder.run("doctor", "--env", "prod") == 0


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ({"url": "http://loki.example"}, "targets.loki: key 'flavour' is missing"),
        ({"url": "http://loki.example", "flavour": "mimir"}, "targets.loki.flavour: 'loki' was expected"),
        ({}, "targets.loki: key 'directory' is missing"),
        ({"directory": "x", "tenant": "a/b"}, "targets.loki.tenant: 'a/b' is not allowed here"),
        ({"directory": "x", "tenant": ".."}, "targets.loki.tenant: '..' is not allowed here"),
        ({"directory": "x", "server_path": "/x"}, "unknown key 'server_path' in environments.prod.targets.loki"),
        ([{"directory": "x", "url": "http://loki.example"}], "unknown key 'url' in environments.prod.targets.loki.0"),
    ],
)
def test_a_mistake_in_the_settings_is_told(
    builder: Builder, target: dict[str, str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    builder.write({"alerts/logs.py": LOGS}, loki=target)

    assert builder.run("build") == 2
    assert told in capsys.readouterr().err
