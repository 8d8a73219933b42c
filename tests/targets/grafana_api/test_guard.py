"""What is refused before the first write."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from dojoboards import panels
from dojoboards.errors import DojoboardsError
from dojoboards.layout import Row
from dojoboards.model import Dashboard, DataSourceRef, Environment, Folder, Project, Team
from support.grafana import Grafana, Grant, grafana
from support.pushing import Site, board, problems, shop, stand_in_site


def refused(site: Site, project: Project, server: Grafana, **decided: bool) -> list[str]:
    """The problems of a push, which must not have written anything."""
    before = len(server.writes)
    with pytest.raises(DojoboardsError) as caught:
        site.push(project, **decided)

    assert len(server.writes) == before
    return list(problems(caught.value))


def editor(server: Grafana, root: Path, stack: ExitStack) -> Site:
    """The site as a service account sees it that is only an Editor."""
    server.account("sa-editor", "Editor", token="glsa_editor")
    site = stand_in_site(server, root, stack)
    (root / "token").write_text("glsa_editor")
    return site


def only_folder(site: Site, **permissions: str) -> Project:
    folders = [Folder(uid=site.uid("shop"), title="Shop", permissions=dict(permissions))]  # type: ignore[arg-type]
    return shop(site, folders=folders, teams=[], data_sources=[], dashboards=[])


def test_a_push_that_would_take_its_own_admin_right_is_refused(server: Grafana, tmp_path: Path) -> None:
    with ExitStack() as stack:
        admin = stand_in_site(server, tmp_path, stack)
        admin.push(only_folder(admin))
        site = editor(server, tmp_path, stack)
        me = next(each for each in server.state.accounts.values() if each.login == "sa-editor")
        server.folders["shop-shop"].grants = [Grant(4, user_id=me.id), Grant(2, role="Editor")]

        (message,) = refused(site, only_folder(site, **{"role:Viewer": "View"}), server, overwrite=True)

    assert message == (
        "folders/shop-shop.json would take from 'sa-editor', who pushes, its own Admin right "
        "(going: role:Editor: Edit, user:sa-editor: Admin)"
    )


def test_a_push_that_keeps_an_admin_right_through_a_team_or_a_role_is_not_refused(
    server: Grafana, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        admin = stand_in_site(server, tmp_path, stack)
        admin.push(only_folder(admin))
        site = editor(server, tmp_path, stack)
        me = next(each for each in server.state.accounts.values() if each.login == "sa-editor")
        server.folders["shop-shop"].grants = [Grant(4, user_id=me.id)]

        applied = site.push(only_folder(site, **{"role:Editor": "Admin"}), overwrite=True)

    assert applied == ["update folders/shop-shop.json"]


def test_a_folder_that_nobody_could_administer_is_refused(here: Site, server: Grafana) -> None:
    del server.state.accounts[server.admin.id]

    assert sorted(refused(here, shop(here), server)) == [
        "folders/shop-db.json would be left with nobody who can administer it",
        "folders/shop-shop.json would be left with nobody who can administer it",
    ]


def test_a_team_with_members_can_administer_a_folder(here: Site, server: Grafana) -> None:
    server.account("mira", "Viewer")
    project = shop(here, teams=[Team(name="shop operations", members=["mira"])])
    here.push(project)
    server.admin.roles[1] = "Viewer"
    changed = replace(project, folders=[replace(each, title=f"{each.title} 2") for each in project.folders])

    assert here.push(changed) == ["update folders/shop-db.json", "update folders/shop-shop.json"]


def test_rights_that_are_missing_are_told_all_at_once(server: Grafana, tmp_path: Path) -> None:
    with ExitStack() as stack:
        site = editor(server, tmp_path, stack)
        messages = refused(site, only_folder(site, **{"role:Editor": "Admin"}), server)

    start = "'sa-editor' may not do "
    assert [message.removeprefix(start).split(" ")[0] for message in messages if message.startswith(start)] == [
        "folders.permissions:read",
        "folders.permissions:write",
    ]


def test_a_dashboard_in_schema_v2_is_never_written_over(tmp_path: Path) -> None:
    with grafana("13") as server, ExitStack() as stack:
        site = stand_in_site(server, tmp_path, stack)
        site.push(shop(site))
        server.store_v2("shop-overview", {"title": "Tabs", "elements": {}, "layout": {}}, "shop-shop")

        (stopped,) = refused(site, shop(site), server)
        (message,) = refused(site, shop(site), server, overwrite=True)

    assert stopped == "drifted dashboards/shop-shop/shop-overview.json"
    assert message == (
        "dashboards/shop-shop/shop-overview.json is stored in schema v2 there, "
        "of which a push would lose tabs and conditions"
    )


def test_a_dashboard_that_a_file_provides_is_told_with_its_file(here: Site, server: Grafana) -> None:
    here.push(shop(here, dashboards=[]))
    server.provision({"uid": "shop-overview", "title": "Overview", "panels": []}, "shop-shop", "shop/overview.json")

    (message,) = refused(here, shop(here), server, adopt=True)
    file = "shop/overview.json"
    assert (
        message
        == f"dashboards/shop-shop/shop-overview.json is provided by a file there ({file}), so it cannot be saved"
    )


def test_a_data_source_that_a_file_provides_is_told(here: Site, server: Grafana) -> None:
    here.push(shop(here))
    server.sources["shop-prom"].read_only = True
    server.sources["shop-prom"].fields["url"] = "http://from-a-file.example"

    assert refused(here, shop(here), server, overwrite=True) == [
        "data-sources/shop-prom.json is provided by a file there, so it cannot be changed"
    ]


def test_a_plug_in_that_is_missing_is_told_with_the_dashboard_that_needs_it(here: Site, server: Grafana) -> None:
    known = dict(server.state.settings.plugins)
    server.configure(plugins={name: kind for name, kind in known.items() if name != "stat"})

    assert refused(here, shop(here), server) == [
        f"dashboards/shop-shop/shop-overview.json needs the plug-in 'stat', which Grafana at {server.url} does not have"
    ]


@pytest.mark.parametrize("collapsed", [False, True])
def test_a_missing_plug_in_is_found_in_a_row_and_named_once_however_many_panels_have_a_type_of_their_own(
    here: Site, server: Grafana, *, collapsed: bool
) -> None:
    known = dict(server.state.settings.plugins)
    server.configure(plugins={name: kind for name, kind in known.items() if name != "gauge"})
    drawn = panels.dashboard(
        "Rows",
        uid=here.uid("rows"),
        links=[{"title": "Docs", "type": "link", "url": "https://docs.example"}],
        panels=[
            panels.stat("Up", "up"),
            Row("More", panels.gauge("Load", "load"), panels.stat("Up too", "up"), collapsed=collapsed),
        ],
    )

    assert refused(here, shop(here, dashboards=[Dashboard(drawn)]), server) == [
        f"dashboards/general/shop-rows.json needs the plug-in 'gauge', which Grafana at {server.url} does not have"
    ]


def test_a_team_that_is_granted_something_must_be_there(here: Site, server: Grafana) -> None:
    assert refused(here, only_folder(here, nobodies="View"), server) == [
        f"folders/shop-shop.json grants something to the team 'nobodies', which Grafana at {server.url} has not"
    ]


def test_a_quota_that_is_reached_has_its_own_remedy(here: Site, server: Grafana) -> None:
    here.push(shop(here))
    server.configure(quotas={"dashboard": 1})
    with pytest.raises(DojoboardsError) as caught:
        here.push(shop(here, boards=2))

    assert [(problem.message.split(": ")[-1], problem.remedy) for problem in caught.value.problems] == [
        ("403, Quota reached", "raise the quota in Grafana's configuration (`[quota]`), or remove something there")
    ]
    assert here.push(shop(here, title="Changed")) == ["update dashboards/shop-shop/shop-overview.json"]


def test_a_title_that_another_dashboard_in_the_folder_has_is_told(tmp_path: Path) -> None:
    with grafana("9.4") as server, ExitStack() as stack:
        site = stand_in_site(server, tmp_path, stack)
        site.push(shop(site, dashboards=[]))
        theirs = {"dashboard": {"uid": "theirs", "title": "Overview"}, "folderUid": "shop-shop"}
        site.person.post("/api/dashboards/db", json=theirs)
        with pytest.raises(DojoboardsError) as caught:
            site.push(shop(site))

    (problem,) = caught.value.problems
    assert problem.message.endswith("412, A dashboard with the same name in the folder already exists")
    assert problem.remedy == "this Grafana wants titles to be unique in a folder: rename one of the two"


def test_two_equal_titles_of_one_push_are_no_reason_to_lose_either(tmp_path: Path) -> None:
    with grafana("13") as server, ExitStack() as stack:
        site = stand_in_site(server, tmp_path, stack)
        site.push(shop(site, dashboards=[board(site, "one", "Same"), board(site, "two", "Same")]))

    assert sorted(server.dashboards) == ["shop-one", "shop-two"]


def test_without_role_based_access_control_the_role_decides(tmp_path: Path) -> None:
    with grafana("9.4", rbac=False) as server, ExitStack() as stack:
        site = stand_in_site(server, tmp_path, stack)

        assert len(site.push(shop(site))) == 5


def test_a_dashboard_outside_folders_is_pushed(here: Site, server: Grafana) -> None:
    environment = Environment(name="prod", data_sources={"prometheus": DataSourceRef(uid="p", type="prometheus")})
    drawn = panels.dashboard("Loose", uid="shop-loose", panels=[panels.stat("Up", "up", unit="short")])
    project = Project(name="shop", environment=environment, dashboards=[Dashboard(drawn)])

    assert here.push(project) == ["create dashboards/general/shop-loose.json"]
    assert here.push(project) == []
    assert server.dashboards["shop-loose"].folder_uid == ""


def test_a_name_that_another_data_source_has_is_told(here: Site) -> None:
    theirs = {"uid": "theirs", "name": "shop-prom", "type": "prometheus", "access": "proxy", "url": "http://a.example"}
    here.person.post("/api/datasources", json=theirs)
    with pytest.raises(DojoboardsError) as caught:
        here.push(shop(here))

    told = next(problem for problem in caught.value.problems if ": 409, " in problem.message)
    assert told.message.endswith("409, data source with the same name already exists")
    assert told.remedy.startswith("something else there has its name")
