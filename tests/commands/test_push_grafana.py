import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.faults import answer
from support.grafana import Grafana, grafana
from support.project import BOARD, Builder

ACCESS = """\
from dojoboards import Dashboard, Folder, Team, panels

teams = [Team(name="operations"), Team(name="developers")]
folders = [Folder(uid="shop", title="Shop", permissions={"operations": "Admin", "developers": "View"})]

def dashboard(env):
    board = panels.dashboard("Sales", uid="sales", panels=[panels.stat("Up", "count(up)", unit="short")])
    return Dashboard(board, folder="shop")
"""


@pytest.fixture(params=["9.4", "13"])
def server(request: pytest.FixtureRequest) -> Iterator[Grafana]:
    with grafana(request.param) as running:
        yield running


@pytest.fixture
def project(builder: Builder, server: Grafana, monkeypatch: pytest.MonkeyPatch) -> Builder:
    monkeypatch.setenv("SHOP_GRAFANA_TOKEN", server.token)
    target = {"url": server.url, "token": {"env": "SHOP_GRAFANA_TOKEN"}}
    builder.write({"dashboards/overview.py": BOARD, "dashboards/sales.py": ACCESS}, grafana=target)
    return builder


def test_a_push_makes_grafana_hold_everything_and_the_second_changes_nothing(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    assert project.push() == 0
    assert sorted(server.dashboards) == ["overview", "sales"]
    assert "shop" in server.folders
    writes = len(server.writes)
    capsys.readouterr()

    assert project.push() == 0

    assert len(server.writes) == writes
    assert "prod: nothing to change" in capsys.readouterr().out


def test_what_someone_saved_in_grafana_is_drift_and_stays_until_told(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    assert project.push() == 0
    server.edit("overview", lambda board: board.update(title="Mine"))
    capsys.readouterr()

    assert project.push() == 1
    assert "was changed by someone since the last push" in capsys.readouterr().err

    assert project.push("--overwrite") == 0
    assert project.push() == 0


def test_what_could_not_be_written_is_told_and_the_next_push_goes_on(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    server.fail(answer(500), method="POST", path="/api/dashboards/db", times=100)

    assert project.push() == 4
    assert "push again" in capsys.readouterr().err

    server.heal()
    assert project.push() == 0
    assert sorted(server.dashboards) == ["overview", "sales"]


def test_a_grafana_that_is_down_stops_before_anything_is_written(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    project.replace("dojoboards.yaml", server.url, "http://127.0.0.1:1")

    assert project.push() == 3

    assert "cannot be reached" in capsys.readouterr().err
    assert server.writes == []


def test_the_token_appears_nowhere(
    project: Builder, server: Grafana, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert project.push("-o", "json") == 0
    captured = capsys.readouterr()

    assert json.loads(captured.out[captured.out.index("{") :])["applied"] is True
    assert server.token not in captured.out + captured.err
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and server.token.encode() in file.read_bytes()]
