import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.grafana import Folder, Grafana, grafana
from support.grafana.state import now
from support.project import BOARD, CONFIG, Builder

TWO = CONFIG + "  staging: {data_sources: {prometheus: {uid: prom-staging}}}\n"


@pytest.fixture(params=["9.4", "13"])
def server(request: pytest.FixtureRequest) -> Iterator[Grafana]:
    with grafana(request.param) as running:
        yield running


@pytest.fixture
def project(builder: Builder, server: Grafana, monkeypatch: pytest.MonkeyPatch) -> Builder:
    """A project of two environments, pushed to Grafana."""
    monkeypatch.setenv("SHOP_GRAFANA_TOKEN", server.token)
    target = {"url": server.url, "token": {"env": "SHOP_GRAFANA_TOKEN"}}
    builder.write({"dashboards/overview.py": BOARD}, TWO, grafana=target)
    assert builder.push() == 0
    return builder


def pulled(project: Builder) -> Path:
    return project.root / "dashboards/overview.json"


def test_an_edit_that_was_pulled_is_what_the_build_gives_and_no_drift_any_more(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    def edit(board: dict[str, object]) -> None:
        panels = board["panels"]
        assert isinstance(panels, list)
        panels[0]["fieldConfig"]["defaults"]["thresholds"]["steps"].append({"color": "red", "value": 3})
        board.update(title="Mine", panels=[*panels, {**panels[0], "id": 7, "title": "New"}])

    server.edit("overview", edit)
    assert project.run("push", "--env", "prod") == 1
    capsys.readouterr()

    assert project.run("pull", "--env", "prod", "overview") == 0

    output = capsys.readouterr().out.splitlines()
    assert output[0].startswith("overview: saved as dashboards/overview.json (edited by admin, 20")
    assert output[1:] == [
        "  it stands in place of what dashboards/overview.py declares, until you merge it there and remove it",
        "next: dojoboards build, have the result reviewed, dojoboards push --env prod",
    ]
    assert project.run("build") == 0
    assert capsys.readouterr().err == (
        "note: dashboards/overview.json, pulled from Grafana, stands in place of dashboards/overview.py:4\n"
    )
    assert project.run("diff", "--env", "prod", "--exit-code") == 0
    assert capsys.readouterr().out == "prod: 1 unchanged\n"
    assert project.run("push", "--env", "prod") == 0
    built = json.loads((project.root / "build/prod/grafana/dashboards/general/overview.json").read_bytes())
    assert {**server.dashboards["overview"].content, "uid": "overview"} == built


def test_the_other_environments_get_it_with_their_own_data_sources(project: Builder, server: Grafana) -> None:
    server.edit("overview", lambda board: board.update(title="Mine"))
    assert project.run("pull", "--env", "prod", "overview") == 0
    assert project.run("build") == 0

    there = json.loads((project.root / "build/staging/grafana/dashboards/general/overview.json").read_bytes())
    assert there["title"] == "Mine"
    assert there["panels"][0]["datasource"] == {"type": "prometheus", "uid": "prom-staging"}


def test_once_it_was_pushed_the_next_change_of_the_content_is_no_drift(project: Builder, server: Grafana) -> None:
    server.edit("overview", lambda board: board.update(title="Mine"))
    assert project.run("pull", "--env", "prod", "overview") == 0
    assert project.push() == 0
    writes = len(server.writes)
    assert project.push() == 0
    assert len(server.writes) == writes

    pulled(project).unlink()

    assert project.push() == 0
    assert server.dashboards["overview"].title == "Overview"


def test_an_edit_that_was_merged_by_hand_is_no_drift_later(project: Builder, server: Grafana) -> None:
    server.edit("overview", lambda board: board.update(title="Mine"))
    project.replace("dashboards/overview.py", '"Overview"', '"Mine"')
    assert project.push() == 0

    project.replace("dashboards/overview.py", '"Mine"', '"Ours"')

    assert project.push() == 0
    assert server.dashboards["overview"].title == "Ours"


def boards(project: Builder, server: Grafana, *uids: str) -> None:
    """Push a dashboard for each uid, and edit each in Grafana."""
    for number, uid in enumerate(uids):
        text = BOARD.replace('"overview"', f'"{uid}"').replace('"Overview"', f'"Board {number}"')
        (project.root / f"dashboards/board_{number}.py").write_text(text)
    assert project.push() == 0
    for number, uid in enumerate(uids):
        server.edit(uid, lambda board, number=number: board.update(title=f"Mine {number}"))  # type: ignore[misc]


def test_uids_that_are_alike_go_to_files_of_their_own(project: Builder, server: Grafana) -> None:
    uids = ("node_mem", "node-mem", "_node-mem")
    boards(project, server, *uids)

    assert project.run("pull", "--env", "prod", *uids) == 0

    files = [project.root / f"dashboards/{name}.json" for name in ("node_mem", "node-mem", "uid._node-mem")]
    assert [json.loads(file.read_bytes())["title"] for file in files] == ["Mine 0", "Mine 1", "Mine 2"]
    assert project.push() == 0


@pytest.mark.parametrize("at_once", [True, False])
def test_two_that_one_file_would_hold_where_case_makes_no_difference_are_refused(
    at_once: bool, project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    boards(project, server, "AbC", "abc")
    if not at_once:
        assert project.run("pull", "--env", "prod", "AbC") == 0
    uids = ("AbC", "abc") if at_once else ("abc",)

    assert project.run("pull", "--env", "prod", "--force", *uids) == 1

    message = "the dashboards 'AbC' and 'abc' would go to one file, or to two that differ in case only"
    assert message in capsys.readouterr().err
    assert len(list((project.root / "dashboards").glob("*.json"))) == (0 if at_once else 1)


def test_nothing_is_written_where_nobody_edited_anything(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    assert project.run("pull", "--env", "prod", "overview") == 0

    assert capsys.readouterr().out == "overview: nothing to pull, it is what the content gives\n"
    assert not pulled(project).exists()


def test_another_file_in_the_way_stays_until_told(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    server.edit("overview", lambda board: board.update(title="Mine"))
    assert project.run("pull", "--env", "prod", "overview") == 0
    server.edit("overview", lambda board: board.update(title="Mine too"))
    capsys.readouterr()

    assert project.run("pull", "--env", "prod", "overview") == 1
    assert "something else stands where 'overview' is to be saved" in capsys.readouterr().err
    assert json.loads(pulled(project).read_bytes())["title"] == "Mine"

    assert project.run("pull", "--env", "prod", "overview", "--force") == 0
    assert json.loads(pulled(project).read_bytes())["title"] == "Mine too"


def test_it_can_be_written_elsewhere_only_to_be_looked_at(
    project: Builder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    assert project.run("pull", "--env", "prod", "overview", "-o", str(tmp_path / "look.json")) == 0

    assert capsys.readouterr().out == f"overview: saved as {tmp_path}/look.json\n"
    assert json.loads((tmp_path / "look.json").read_bytes())["panels"][0]["datasource"] == "prometheus"
    assert not pulled(project).exists()


def test_an_unknown_uid_is_told_with_the_nearest_known_one(
    project: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    assert project.run("pull", "--env", "prod", "overviwe") == 2

    error = capsys.readouterr().err
    assert "error: the content has no dashboard 'overviwe' in environment 'prod'\n    did you mean 'overview'?" in error


def test_what_was_deleted_there_cannot_be_pulled(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    del server.dashboards["overview"]

    assert project.run("pull", "--env", "prod", "overview") == 1
    assert "prod does not hold the dashboard 'overview'" in capsys.readouterr().err


def test_what_this_project_never_pushed_is_pulled_only_when_told(
    builder: Builder, server: Grafana, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHOP_GRAFANA_TOKEN", server.token)
    target = {"url": server.url, "token": {"env": "SHOP_GRAFANA_TOKEN"}}
    builder.write({"dashboards/overview.py": BOARD}, grafana=target)
    server.provision({"uid": "overview", "title": "Theirs", "panels": []})

    assert builder.run("pull", "--env", "prod", "overview") == 1
    assert "the dashboard 'overview' of prod was never pushed by this project" in capsys.readouterr().err

    assert builder.run("pull", "--env", "prod", "overview", "--adopt") == 0
    captured = capsys.readouterr()
    assert json.loads(pulled(builder).read_bytes()) == {"panels": [], "title": "Theirs", "uid": "overview"}
    assert "note: overview is not all that prod holds: added tags: dojoboards:shop" in captured.err


def test_one_in_schema_v2_is_not_pulled(project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]) -> None:
    if not server.state.flavour.schema_v2:
        pytest.skip("this version has no schema v2")
    server.store_v2("overview", {"title": "Mine", "elements": {}, "layout": {}})

    assert project.run("pull", "--env", "prod", "overview") == 1
    assert "is stored in schema v2" in capsys.readouterr().err
    assert not pulled(project).exists()


def test_a_folder_that_somebody_chose_is_left_to_the_content(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    server.edit("overview", lambda board: board.update(title="Mine"))
    server.folders["elsewhere"] = Folder(99, "elsewhere", "Elsewhere", "", 1, now(), 1, now())
    server.dashboards["overview"].folder_uid = "elsewhere"

    assert project.run("pull", "--env", "prod", "overview") == 0

    error = capsys.readouterr().err
    assert (
        "note: overview is not all that prod holds: it lies in the folder 'elsewhere' there, and in 'general'" in error
    )


def test_a_problem_of_what_was_pulled_is_told_and_the_edit_is_kept(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    server.edit("overview", lambda board: board["panels"][0]["targets"][0].update(expr="rate(x[5m"))

    assert project.run("pull", "--env", "prod", "overview") == 1

    assert "panel 'Up': the expression is not PromQL" in capsys.readouterr().err
    assert "rate(x[5m" in pulled(project).read_text()


def test_a_grafana_that_is_down_is_told(project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]) -> None:
    project.replace("dojoboards.yaml", server.url, "http://127.0.0.1:1")
    project.replace("dojoboards.yaml", "token:", "retries: 0\n        token:")

    assert project.run("pull", "--env", "prod", "overview") == 3
    assert "gives no answer" in capsys.readouterr().err


def test_an_environment_without_grafana_is_told(project: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    assert project.run("pull", "--env", "staging", "overview") == 2
    assert "the environment 'staging' has no Grafana to pull from" in capsys.readouterr().err


def test_one_file_takes_one_dashboard(project: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    assert project.run("pull", "--env", "prod", "a", "b", "-o", "x.json") == 2
    assert "--output takes one dashboard" in capsys.readouterr().err
    assert project.run("pull", "--env", "prod", "overview", "-o", str(project.root / "gone/board.json")) == 2
    assert f"there is no directory '{project.root / 'gone'}'" in capsys.readouterr().err


def test_what_was_pulled_and_no_module_declares_any_more_is_told(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    server.edit("overview", lambda board: board.update(title="Mine"))
    assert project.run("pull", "--env", "prod", "overview") == 0
    project.replace("dashboards/overview.py", 'uid="overview"', 'uid="other"')
    capsys.readouterr()

    assert project.run("build") == 2
    error = capsys.readouterr().err
    assert "error: no module declares the dashboard 'overview', which was pulled from Grafana" in error
    assert project.run("build", "--env", "prod", "--output", str(project.root / "look")) == 0


def test_the_file_of_a_grafana_that_reads_files_is_pulled_too(
    builder: Builder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    builder.write({"dashboards/overview.py": BOARD}, grafana={"directory": str(tmp_path / "grafana")})
    assert builder.push() == 0
    file = tmp_path / "grafana/dashboards/general/overview.json"
    file.write_text(file.read_text().replace('"Overview"', '"Mine"'))
    assert builder.run("push", "--env", "prod") == 1

    assert builder.run("pull", "--env", "prod", "overview") == 0
    assert builder.push() == 0

    pulled(builder).unlink()
    assert builder.push() == 0
    assert json.loads(file.read_bytes())["title"] == "Overview"


def test_a_file_that_is_no_json_cannot_be_pulled(
    builder: Builder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    builder.write({"dashboards/overview.py": BOARD}, grafana={"directory": str(tmp_path / "grafana")})
    assert builder.push() == 0
    (tmp_path / "grafana/dashboards/general/overview.json").write_text("{")

    assert builder.run("pull", "--env", "prod", "overview") == 1
    assert "what prod holds of the dashboard 'overview' is no JSON object" in capsys.readouterr().err


def test_what_another_account_of_this_project_pushed_is_not_saved_again(
    project: Builder, server: Grafana, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.account("sa-other", "Admin", token="glsa_other")
    monkeypatch.setenv("SHOP_GRAFANA_TOKEN", "glsa_other")
    writes = len(server.writes)

    assert project.push() == 0

    assert len(server.writes) == writes
