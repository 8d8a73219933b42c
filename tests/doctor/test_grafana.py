"""What is asked of a Grafana, of a stand-in in both flavours."""

import time
from collections.abc import Iterator

import pytest

from support.faults import answer
from support.grafana import Grafana, Team, grafana
from support.project import BOARD, Builder

ACCESS = """\
from dojoboards import DataSource, Folder, Team

teams = [Team(name="operations"), Team(name="developers")]
folders = [Folder(uid="shop", title="Shop", permissions={"operations": "Admin", "developers": "View"})]
data_sources = [DataSource(name="prometheus", type="prometheus")]
"""
SETTLED = """\
Grafana at {url}
  ok      version       Grafana {version}
  ok      clock         agrees with this machine's
  ok      login         required: a request without one is refused
  ok      account       we are 'sa-deployer' in organisation 1
  ok      rights        all that a push can need
  ok      push          0 changes pending, none would be refused
  ok      data sources  prometheus: there, and healthy
  ok      sign-up       closed
  ok      roles         who is only in developers may only look
prod: all is well
"""


@pytest.fixture(params=["9.4", "13"])
def server(request: pytest.FixtureRequest) -> Iterator[Grafana]:
    with grafana(request.param) as running:
        yield running


@pytest.fixture
def project(builder: Builder, server: Grafana, monkeypatch: pytest.MonkeyPatch) -> Builder:
    monkeypatch.setenv("SHOP_GRAFANA_TOKEN", server.token)
    target = {"url": server.url, "token": {"env": "SHOP_GRAFANA_TOKEN"}, "retries": 0}
    builder.write({"dashboards/overview.py": BOARD, "dashboards/access.py": ACCESS}, grafana=target)
    assert builder.push() == 0
    return builder


def doctor(project: Builder, capsys: pytest.CaptureFixture[str], code: int = 1) -> str:
    """Return what is found, without how long lines are."""
    capsys.readouterr()
    assert project.run("doctor", "--env", "prod") == code
    return "\n".join(" ".join(line.split()) for line in capsys.readouterr().out.splitlines())


def test_where_all_is_well_each_question_has_its_line_and_nothing_is_written(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    writes = len(server.writes)
    capsys.readouterr()

    assert project.run("doctor", "--env", "prod") == 0

    assert capsys.readouterr().out == SETTLED.format(url=server.url, version=server.state.flavour.version)
    assert len(server.writes) == writes


def test_an_open_door_is_told(project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]) -> None:
    server.configure(anonymous=True, sign_up=True)

    output = doctor(project, capsys)

    assert "error login not required: a request without one is answered\nset `enabled = false` in [auth.anony" in output
    assert "error sign-up open: people may make accounts for themselves\nset `allow_sign_up = false`" in output
    assert output.endswith("prod: 2 errors")


def test_a_member_of_a_team_that_only_looks_is_told_if_its_role_lets_it_edit(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    team: Team = server.teams["developers"]
    for login, role in (("ada", "Admin"), ("eva", "Editor"), ("vic", "Viewer"), ("left", "Admin"), ("op", "Admin")):
        account = server.account(login, role, password="x")
        account.disabled = login == "left"
        team.members[account.id] = 0
    server.teams["operations"].members[account.id] = 0
    project.replace(
        "dashboards/access.py", 'name="developers"', 'name="developers", members=["ada", "eva", "vic", "left", "op"]'
    )
    assert project.run("build") == 0

    output = doctor(project, capsys)

    assert "error roles of the team 'developers', ada may change everything\ngive them the basic role Viewer" in output
    assert "warning roles of the team 'developers', eva may edit outside folders\n" in output
    assert not [name for name in ("vic", "left", "op") if f"'developers', {name}" in output or f", {name}" in output]


def test_a_data_source_that_is_gone_or_another_or_ill_is_told(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    source = server.sources["prom"]
    source.health = (400, "ERROR", "dial tcp: connection refused")
    ill = doctor(project, capsys)
    source.health = (404, "", "not found")
    silent = doctor(project, capsys, code=0)
    source.fields["type"] = "loki"
    other = doctor(project, capsys)
    server.organisation.sources.clear()
    gone = doctor(project, capsys)

    assert "error data sources 'prometheus' does not work: dial tcp: connection refused\ndoes Grafana's server" in ill
    assert "note data sources 'prometheus' is there; its plug-in cannot say whether it works" in silent
    assert "error data sources 'prometheus' is a 'loki' there, not a 'prometheus'" in other
    assert "error data sources 'prometheus' is not there (uid prom)\npush it, if the content declares it" in gone


def test_rights_that_a_push_needs_and_we_have_not_are_told(
    project: Builder, server: Grafana, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server.account("sa-viewer", "Viewer", token="glsa_viewer")
    monkeypatch.setenv("SHOP_GRAFANA_TOKEN", "glsa_viewer")

    output = doctor(project, capsys)

    assert "ok account we are 'sa-viewer' in organisation 1" in output
    assert "error rights we may not do annotations:create, dashboards:create, dashboards:write, " in output
    assert "note roles it does not let us ask: 403, " in output


def test_a_token_that_is_not_known_is_told_once(
    project: Builder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHOP_GRAFANA_TOKEN", "glsa_unknown")

    output = doctor(project, capsys)

    assert "ok login required" in output
    assert "error account Grafana at" in output
    assert "check the `token`" in output
    assert output.endswith("prod: 1 error")


def test_a_change_that_a_push_would_be_refused_for_is_told(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    del server.dashboards["overview"]
    server.configure(plugins={"timeseries": "panel", "prometheus": "datasource"})

    assert "error push dashboards/general/overview.json needs the plug-in 'stat'" in doctor(project, capsys)


def test_drift_and_conflict_that_would_stop_a_push_are_told(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    server.edit("overview", lambda board: board.update(title="Mine"))
    server.provision({"uid": "theirs", "title": "Theirs", "panels": []})
    project.write(
        {"dashboards/theirs.py": BOARD.replace("overview", "theirs").replace("Overview", "Theirs")},
        grafana={"url": server.url, "token": {"env": "SHOP_GRAFANA_TOKEN"}, "retries": 0},
    )
    assert project.run("build") == 0

    output = doctor(project, capsys)

    drift = "a push would stop: changed there since the last push: dashboards/general/overview.json\n`dojoboards diff`"
    assert f"warning push {drift}" in output
    conflict = "a push would stop: there already, and not ours: dashboards/general/theirs.json\n`dojoboards diff`"
    assert f"warning push {conflict}" in output
    assert "none would be refused" not in output
    assert project.run("push", "--env", "prod") == 1


def test_a_clock_that_is_off_is_told(project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]) -> None:
    server.clock = lambda: time.time() + 600
    ahead = doctor(project, capsys)
    server.clock = lambda: time.time() - 3600 * 3
    behind = doctor(project, capsys)

    assert "warning clock it is 10 min ahead of this machine's\nsynchronise both clocks" in ahead
    assert "warning clock it is 3 h behind this machine's" in behind


def test_a_broken_database_and_a_strange_answer_are_told(
    project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    server.fail(answer(200, b"[]"), path="/api/frontend/settings")
    server.fail(answer(200, b'{"version": "9", "database": "locked"}'), path="/api/health")

    output = doctor(project, capsys)

    assert "error database its database is locked" in output
    assert "error sign-up it answers something else than expected (AttributeError" in output


def test_another_server_is_told_once(project: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]) -> None:
    server.fail(answer(200, b"<html>"), path="/api/health", times=None)

    output = doctor(project, capsys, code=3)

    assert output == (
        f"Grafana at {server.url}\n"
        f"error reach Grafana at {server.url} answers /api/health with something that is not Grafana's JSON\n"
        "is this the address of a Grafana, with the path below which it lives?\n"
        "prod: 1 error"
    )


def test_a_grafana_that_reads_files_is_asked_for_its_health_and_its_door(
    builder: Builder, server: Grafana, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    target = {"directory": f"{tmp_path}/grafana", "servers": [{"url": server.url}]}
    builder.write({"dashboards/overview.py": BOARD}, grafana=target)

    output = doctor(builder, capsys, code=0)

    assert [line.split()[1] for line in output.splitlines()[1:-1]] == ["version", "clock", "login"]
