"""Teams, members, and who is granted what by name."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from dojoboards.errors import DojoboardsError
from dojoboards.model import Folder, Project, SecretRef, Team
from dojoboards.plan import plan
from support.grafana import Grafana, grafana
from support.pushing import Site, bodies, problems, shop, stand_in_site


@pytest.fixture(autouse=True)
def _accounts(server: Grafana) -> None:
    for login in ("mira", "ravi", "zoe"):
        server.account(login, "Viewer")


def with_members(site: Site, *members: str) -> Project:
    return shop(site, teams=[Team(name="shop operations", members=list(members))])


def members(server: Grafana) -> list[str]:
    team = server.teams["shop operations"]
    return sorted(server.state.login(number) for number in team.members)


def test_members_are_named_by_login_or_by_mail_address_in_any_case(here: Site, server: Grafana) -> None:
    here.push(with_members(here, "mira", "Ravi@Example.com"))

    assert members(server) == ["mira", "ravi"]
    assert here.push(with_members(here, "mira", "Ravi@Example.com")) == []


def test_a_new_member_is_added(here: Site, server: Grafana) -> None:
    here.push(with_members(here, "mira"))

    assert here.push(with_members(here, "mira", "zoe")) == ["update teams/shop-operations.json"]
    assert members(server) == ["mira", "zoe"]


def test_a_member_that_the_code_does_not_name_stays_until_we_are_told(here: Site, server: Grafana) -> None:
    here.push(with_members(here, "mira"))
    server.teams["shop operations"].members[server.state.accounts[5].id] = 0
    with pytest.raises(DojoboardsError) as caught:
        here.push(with_members(here, "mira"))

    assert problems(caught.value) == ["drifted teams/shop-operations.json"]
    ((before, after),) = bodies([change for change in here.plan(with_members(here, "mira")) if change.stops], "team")
    assert (before["members"], after["members"]) == (["mira", "zoe"], ["mira"])
    here.push(with_members(here, "mira"), overwrite=True)
    assert members(server) == ["mira"]


def test_whoever_joined_a_team_after_the_plan_stays_in_it(here: Site, server: Grafana) -> None:
    here.push(with_members(here, "mira", "ravi"))
    target = here.target(with_members(here, "mira"))
    changes = [change for change in plan(target.wanted(), target.read(), overwrite=True) if change.writes]
    zoe = next(account.id for account in server.state.accounts.values() if account.login == "zoe")
    server.teams["shop operations"].members[zoe] = 0
    target.apply(changes)
    target.close()

    assert [change.path for change in changes] == ["teams/shop-operations.json"]
    assert members(server) == ["mira", "zoe"]


def test_a_team_that_is_there_already_is_taken_over(here: Site, server: Grafana) -> None:
    here.person.post("/api/teams", json={"name": "shop operations"})
    (team,) = here.get("/teams/search?name=shop%20operations")["teams"]
    here.person.delete(f"/api/teams/{team['id']}/members/{server.admin.id}")

    assert "update teams/shop-operations.json" in here.push(with_members(here, "mira"))
    assert members(server) == ["mira"]


def test_a_user_who_pushes_does_not_stay_in_the_team_that_it_made(tmp_path: Path) -> None:
    with grafana("9.4") as server, ExitStack() as stack:
        made = stand_in_site(server, tmp_path, stack)
        (tmp_path / "password").write_text(server.password)
        own = {"token": None, "username": "admin", "password": SecretRef(file="password")}
        site = replace(made, api=replace(made.api, **own))  # type: ignore[arg-type]
        site.push(shop(site))

        assert server.teams["shop operations"].members == {}
        assert site.push(shop(site)) == []


def test_a_folder_is_granted_to_a_user_by_name(here: Site, server: Grafana) -> None:
    folders = [Folder(uid="shop-shop", title="Shop", permissions={"user:MIRA": "Edit", "role:Viewer": "View"})]
    project = shop(here, folders=folders, teams=[])
    here.push(project)

    assert here.grants("shop") == {"mira": "Edit", "Viewer": "View"}
    assert here.push(project) == []
    assert len(server.folders["shop-shop"].grants) == 2
