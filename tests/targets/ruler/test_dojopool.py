"""DojoPool's `prod`, switched to Mimir by its configuration alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.dojopool import ROOT
from support.project import Builder
from support.ruler import Ruler, ruler

TENANT = "dojopool"
SECRETS = {
    "DOJOPOOL_SLACK_API_URL": "https://hooks.slack.example/services/example-slack-token",
    "DOJOPOOL_SMTP_PASSWORD": "example-smtp-password",
    "DOJOPOOL_DEAD_MANS_SWITCH_URL": "https://switch.example/example-switch-token",
    "DOJOPOOL_MIMIR_TOKEN": "example-mimir-token",
}


@pytest.fixture
def mimir() -> Iterator[Ruler]:
    with ruler("mimir", authorization=f"Bearer {SECRETS['DOJOPOOL_MIMIR_TOKEN']}") as server:
        yield server


@pytest.fixture
def prod(mimir: Ruler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    """The project as it is, but for the targets of `prod`."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    root = tmp_path / "project"
    for folder in ("alerts", "dashboards"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    document = yaml.safe_load((ROOT / "dojoboards.yaml").read_text())
    there = {
        "url": mimir.url,
        "flavour": "mimir",
        "tenant": TENANT,
        "token": {"env": "DOJOPOOL_MIMIR_TOKEN"},
    }
    document["environments"]["prod"]["targets"] = {
        "prometheus": there,
        "alertmanager": there,
        "grafana": {"directory": str(tmp_path / "grafana")},
    }
    (root / "dojoboards.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    builder = Builder(root)
    assert builder.run("build", "--env", "prod") == 0
    return builder


def push(builder: Builder, *arguments: str) -> int:
    return builder.run("push", "--env", "prod", *arguments)


def groups(mimir: Ruler) -> list[dict[str, Any]]:
    return [group for named in mimir.rules(TENANT).values() for group in named.values()]


def test_a_build_for_mimir_is_the_one_for_files(prod: Builder) -> None:
    for path in sorted((ROOT / "build/prod").rglob("*")):
        if path.is_file():
            assert (prod.root / "build/prod" / path.relative_to(ROOT / "build/prod")).read_bytes() == path.read_bytes()


def test_everything_is_pushed_and_run_and_a_second_push_writes_nothing(
    prod: Builder, mimir: Ruler, capsys: pytest.CaptureFixture[str]
) -> None:
    assert push(prod) == 0
    first = capsys.readouterr()
    mimir.requests.clear()
    assert push(prod) == 0
    second = capsys.readouterr()
    assert prod.run("diff", "--env", "prod", "--exit-code") == 0

    assert first.out.endswith("; the servers run it\n")
    assert "  create    dojoboards.dojopool.service/service" in first.out
    assert "prometheus/prometheus.yml of the build is for what scrapes" in first.err
    assert second.out.endswith("prod: nothing to change; the servers run it\n")
    assert mimir.writes == []
    assert {name.rpartition(".")[2] for name in mimir.rules(TENANT)} == {
        file.stem for file in (ROOT / "build/prod/prometheus/rules").iterdir()
    }


def test_alerts_carry_the_labels_that_prometheus_would_have_added(prod: Builder, mimir: Ruler) -> None:
    assert push(prod) == 0
    alerts = [rule for group in groups(mimir) for rule in group["rules"] if "alert" in rule]

    assert {rule["labels"]["environment"] for rule in alerts} == {'{{ or $labels.environment "prod" }}'}


def test_the_alertmanager_configuration_has_the_secrets_and_no_output_has_them(
    prod: Builder, mimir: Ruler, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert push(prod) == 0
    config = yaml.safe_load(mimir.tenants[TENANT].config or "")
    assert config["global"]["slack_api_url"] == SECRETS["DOJOPOOL_SLACK_API_URL"]
    assert config["global"]["smtp_auth_password"] == SECRETS["DOJOPOOL_SMTP_PASSWORD"]

    monkeypatch.setenv("DOJOPOOL_SMTP_PASSWORD", "another-example-password")
    for arguments in (["diff"], ["diff", "-o", "json"], ["diff", "-o", "markdown"], ["push"]):
        assert prod.run(*arguments, "--env", "prod") == 0
    output = "".join(capsys.readouterr())
    assert "      changed  global settings, smtp_auth_password: not shown\n" in output
    for secret in (*SECRETS.values(), "another-example-password"):
        assert secret not in output


def test_what_someone_changed_in_mimir_is_shown_and_stops_the_push(
    prod: Builder, mimir: Ruler, capsys: pytest.CaptureFixture[str]
) -> None:
    assert push(prod) == 0
    group = mimir.rules(TENANT)["dojoboards.dojopool.service"]["service"]
    alert = next(rule for rule in group["rules"] if rule.get("alert") == "ServiceDown")
    alert["for"] = "30m"
    capsys.readouterr()

    assert push(prod) == 1
    shown = capsys.readouterr()
    assert "  drifted   dojoboards.dojopool.service/service  changed by someone since the last push" in shown.out
    assert "        changed  alert ServiceDown, for: 2m -> 30m\n" in shown.out
    assert "      --overwrite puts back what was pushed last\n" in shown.out
    assert alert["for"] == "30m"

    assert push(prod, "--overwrite") == 0
    assert prod.run("diff", "--env", "prod", "--exit-code") == 0


def test_a_rule_that_mimir_refuses_puts_everything_back(prod: Builder, mimir: Ruler) -> None:
    mimir.settings = type(mimir.settings)(authorization=mimir.settings.authorization, max_groups=3)

    assert push(prod) == 1
    assert mimir.rules(TENANT) == {}
    assert mimir.tenants[TENANT].config is None
