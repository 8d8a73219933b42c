"""What a push to a Grafana promises, in each flavour of the stand-in and, with GRAFANA_URL set, of a real one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dojoboards.errors import DojoboardsError
from dojoboards.model import DataSource, Folder, Team
from dojoboards.plan import applicable, plan
from support.pushing import PASSWORD, Site, board, bodies, problems, shop

EVERYTHING = [
    "create dashboards/shop-shop/shop-overview.json",
    "create data-sources/shop-prom.json",
    "create folders/shop-db.json",
    "create folders/shop-shop.json",
    "create teams/shop-operations.json",
]
UPDATE = ["update dashboards/shop-shop/shop-overview.json"]


def stopped(site: Site, *args: object, **decided: bool) -> list[str]:
    with pytest.raises(DojoboardsError) as caught:
        site.push(*args, **decided)  # type: ignore[arg-type]
    return [message.replace(site.prefix, "shop") for message in problems(caught.value)]


def test_a_first_push_creates_everything_and_a_second_one_nothing(site: Site) -> None:
    first, second = site.push(shop(site)), site.push(shop(site))

    assert first == EVERYTHING
    assert second == []
    assert {change.action for change in site.plan(shop(site))} == {"unchanged"}


def test_dashboards_stand_in_their_folder_as_they_were_built(site: Site) -> None:
    site.push(shop(site))

    found = site.board("overview")
    assert found["meta"]["folderUid"] == site.uid("shop")
    assert found["dashboard"]["title"] == "Overview"
    assert found["dashboard"]["tags"] == [f"dojoboards:{site.uid('project')}"]


def test_a_folder_grants_what_is_declared_and_nothing_that_a_server_adds(site: Site) -> None:
    site.push(shop(site))

    operations = f"{site.prefix} operations"
    assert site.grants("shop") == {operations: "Admin"}
    assert site.grants("db") == {operations: "Admin", "Viewer": "View"}


def test_a_folder_whose_permissions_are_not_declared_keeps_those_of_the_server(site: Site) -> None:
    site.push(shop(site, folders=[Folder(uid=site.uid("shop"), title=site.uid("Shop"))]))
    site.grant("shop", {"role": "Viewer", "permission": 1})

    assert site.push(shop(site, folders=[Folder(uid=site.uid("shop"), title=site.uid("Shop"))])) == []
    assert site.grants("shop")["Viewer"] == "View"


def test_a_team_has_the_members_that_are_declared_and_not_whoever_made_it(site: Site) -> None:
    site.push(shop(site))
    (team,) = site.get(f"/teams/search?query={site.prefix}")["teams"]

    assert team["email"] == "operations@example.com"
    assert site.get(f"/teams/{team['id']}/members") == []


def test_a_data_source_is_what_is_declared_with_its_secret_set(site: Site) -> None:
    site.push(shop(site))
    found = site.get(f"/datasources/uid/{site.uid('prom')}")

    assert (found["type"], found["url"], found["jsonData"]) == (
        "prometheus",
        "http://prom.example",
        {"timeInterval": "15s"},
    )
    assert found["secureJsonFields"]["basicAuthPassword"]


def test_what_the_content_changes_is_updated(site: Site) -> None:
    site.push(shop(site))

    assert site.push(shop(site, title="Changed")) == UPDATE
    assert site.board("overview")["dashboard"]["title"] == "Changed"
    assert site.push(shop(site, title="Changed")) == []


def test_what_a_person_changed_stops_the_push_and_is_told_with_who_it_was(site: Site) -> None:
    site.push(shop(site))
    site.edit("overview", lambda document: document.update(title="By hand"))

    assert stopped(site, shop(site)) == ["drifted dashboards/shop-shop/shop-overview.json"]
    (change,) = [change for change in site.plan(shop(site)) if change.stops]
    assert change.edited is not None
    assert change.edited.who == site.get("/user")["login"]
    ((base, _),) = [(change.base, change.before)]
    assert base == change.after
    assert site.board("overview")["dashboard"]["title"] == "By hand"


def test_what_a_person_changed_is_written_over_when_we_are_told(site: Site) -> None:
    site.push(shop(site))
    site.edit("overview", lambda document: document.update(title="By hand"))

    assert site.push(shop(site), overwrite=True) == UPDATE
    assert site.board("overview")["dashboard"]["title"] == "Overview"
    assert site.push(shop(site)) == []


def test_what_a_person_changed_and_changed_back_is_unchanged(site: Site) -> None:
    site.push(shop(site))
    site.edit("overview", lambda document: document.update(title="By hand"))
    site.edit("overview", lambda document: document.update(title="Overview"))

    assert site.push(shop(site)) == []


def test_a_dashboard_that_the_content_moves_is_moved(site: Site) -> None:
    site.push(shop(site))
    moved = shop(site, dashboards=[board(site, "overview", "Overview", folder="db")])

    assert site.push(moved) == ["update dashboards/shop-db/shop-overview.json"]
    assert site.board("overview")["meta"]["folderUid"] == site.uid("db")
    assert site.push(moved) == []


def test_a_dashboard_that_a_person_moved_has_drifted(site: Site) -> None:
    site.push(shop(site))
    site.edit("overview", lambda _: None, folder=site.uid("db"))

    assert stopped(site, shop(site)) == ["drifted dashboards/shop-shop/shop-overview.json"]
    assert site.push(shop(site), overwrite=True) == UPDATE
    assert site.board("overview")["meta"]["folderUid"] == site.uid("shop")


def test_a_dashboard_that_is_not_ours_is_left_alone_until_we_are_told(site: Site) -> None:
    site.push(shop(site, dashboards=[]))
    theirs = {"uid": site.uid("overview"), "title": "Theirs", "panels": []}
    site.person.post("/api/dashboards/db", json={"dashboard": theirs, "folderUid": site.uid("shop")})

    assert stopped(site, shop(site)) == ["conflict dashboards/shop-shop/shop-overview.json"]
    assert site.push(shop(site), adopt=True) == UPDATE
    assert site.push(shop(site)) == []


def test_what_is_no_longer_built_goes_only_when_pruned(site: Site) -> None:
    site.push(shop(site, boards=2))

    assert site.push(shop(site)) == []
    assert site.push(shop(site), prune=True) == ["delete dashboards/shop-shop/shop-overview1.json"]
    assert site.person.get(f"/api/dashboards/uid/{site.uid('overview1')}").status_code == 404


def test_a_copy_that_a_person_made_of_our_dashboard_is_not_ours_to_prune(site: Site) -> None:
    site.push(shop(site))
    copy = {**site.board("overview")["dashboard"], "id": None, "uid": site.uid("copy"), "title": "Copy"}
    site.person.post("/api/dashboards/db", json={"dashboard": copy, "folderUid": site.uid("shop")})

    assert site.push(shop(site), prune=True) == []
    assert site.board("copy")["dashboard"]["title"] == "Copy"


def test_a_dashboard_that_a_person_took_away_comes_back(site: Site) -> None:
    site.push(shop(site))
    site.person.delete(f"/api/dashboards/uid/{site.uid('overview')}")

    assert site.push(shop(site)) == EVERYTHING[:1]


def test_a_grant_that_the_code_does_not_declare_is_shown_and_goes_only_when_we_are_told(site: Site) -> None:
    site.push(shop(site))
    site.grant("shop", {"role": "Editor", "permission": 2})

    assert stopped(site, shop(site)) == ["drifted folders/shop-shop.json"]
    (change,) = [change for change in site.plan(shop(site)) if change.stops]
    ((before, after),) = bodies([change], "folder")
    assert [grant for grant in before["permissions"] if grant not in after["permissions"]] == [
        {"permission": "Edit", "role": "Editor"}
    ]
    assert site.push(shop(site), overwrite=True) == ["update folders/shop-shop.json"]
    assert site.grants("shop") == {f"{site.prefix} operations": "Admin"}


def test_a_grant_that_the_code_changes_is_changed(site: Site) -> None:
    project = shop(site)
    site.push(project)
    db = replace(project.folders[1], permissions={f"{site.prefix} operations": "Admin", "role:Viewer": "Edit"})

    assert site.push(shop(site, folders=[project.folders[0], db])) == ["update folders/shop-db.json"]
    assert site.grants("db")["Viewer"] == "Edit"


def test_a_folder_that_the_code_renames_is_renamed(site: Site) -> None:
    project = shop(site)
    site.push(project)
    renamed = shop(site, folders=[replace(project.folders[0], title=site.uid("Renamed")), project.folders[1]])

    assert site.push(renamed) == ["update folders/shop-shop.json"]
    assert site.get(f"/folders/{site.uid('shop')}")["title"] == site.uid("Renamed")
    assert site.push(renamed) == []


def test_a_folder_that_a_person_renamed_has_drifted(site: Site) -> None:
    site.push(shop(site))
    path = f"/folders/{site.uid('shop')}"
    renamed = {"title": site.uid("Theirs"), "version": site.get(path)["version"]}
    assert site.person.put(f"/api{path}", json=renamed).status_code == 200
    if site.get(path)["updatedBy"] == site.get(path)["createdBy"]:
        pytest.skip("who pushes here is the person")

    assert stopped(site, shop(site)) == ["drifted folders/shop-shop.json"]
    assert site.push(shop(site), overwrite=True) == ["update folders/shop-shop.json"]
    assert site.get(path)["title"] == site.uid("Shop")


def test_a_folder_that_the_code_moves_is_moved_where_folders_nest(site: Site) -> None:
    project = shop(site)
    site.push(project)
    if "parentUid" not in site.get(f"/folders/{site.uid('db')}"):
        pytest.skip("folders do not nest here")
    moved = replace(project, folders=[project.folders[0], replace(project.folders[1], parent="")])

    assert site.push(moved) == ["update folders/shop-db.json"]
    assert site.get(f"/folders/{site.uid('db')}").get("parentUid", "") == ""
    assert site.push(moved) == []


def test_a_data_source_that_a_person_changed_has_drifted(site: Site) -> None:
    site.push(shop(site))
    path = f"/datasources/uid/{site.uid('prom')}"
    site.person.put(f"/api{path}", json={**site.get(path), "url": "http://other.example"})

    assert stopped(site, shop(site)) == ["drifted data-sources/shop-prom.json"]
    assert site.push(shop(site), overwrite=True) == ["update data-sources/shop-prom.json"]
    assert site.get(path)["url"] == "http://prom.example"


def test_a_changed_secret_is_noticed_and_shown_by_no_plan(site: Site) -> None:
    site.push(shop(site))
    project = shop(site)
    (site.root / "secret").write_text("another-example-password")

    (change,) = [change for change in site.plan(project) if change.action != "unchanged"]
    assert (change.action, change.kind) == ("update", "data-source")
    assert b"example" not in (change.before or b"").replace(b"prom.example", b"")
    assert site.push(project) == ["update data-sources/shop-prom.json"]
    assert site.push(project) == []


def test_a_data_source_that_is_not_ours_is_left_alone_until_we_are_told(site: Site) -> None:
    theirs = {"uid": site.uid("prom"), "name": site.uid("prom"), "type": "prometheus", "access": "proxy"}
    site.person.post("/api/datasources", json={**theirs, "url": "http://theirs.example"})

    assert stopped(site, shop(site)) == ["conflict data-sources/shop-prom.json"]
    assert "update data-sources/shop-prom.json" in site.push(shop(site), adopt=True)
    assert site.push(shop(site)) == []


def test_what_a_data_source_has_beyond_the_declaration_is_kept(site: Site) -> None:
    site.push(shop(site))
    path = f"/datasources/uid/{site.uid('prom')}"
    site.person.put(f"/api{path}", json={**site.get(path), "withCredentials": True})
    changed = shop(site, data_sources=[DataSource(name="prometheus", title=site.uid("prom"), type="prometheus")])

    assert site.push(changed) == ["update data-sources/shop-prom.json"]
    assert site.get(path)["withCredentials"] is True
    assert site.get(path)["basicAuth"] is False


def test_an_edit_between_plan_and_save_is_not_lost(site: Site) -> None:
    site.push(shop(site))
    target = site.target(shop(site, title="Changed"))
    changes = applicable(plan(target.wanted(), target.read()), prune=False)
    site.edit("overview", lambda document: document.update(title="By hand"))

    with pytest.raises(DojoboardsError) as caught:
        target.apply(changes)
    target.close()
    assert "412, " in str(caught.value)
    assert "someone changed it between plan and save; push again: the plan shows what it is now" in str(caught.value)
    assert site.board("overview")["dashboard"]["title"] == "By hand"


def test_a_push_leaves_one_mark_that_dashboards_show(site: Site) -> None:
    for title in ("Overview", "Overview", "Changed", "Changed"):
        site.push(shop(site, title=title))
    rows = site.get(f"/annotations?tags=deploy&tags={site.uid('project')}")

    assert len(rows) == 2
    assert rows[0]["text"].startswith(f"dojoboards deployed {site.uid('project')}")


def test_an_unknown_member_is_told_before_the_first_write(site: Site) -> None:
    teams = [Team(name=f"{site.prefix} operations", members=["nobody@nowhere.example"])]

    (message,) = stopped(site, shop(site, teams=teams))
    assert message.endswith("has no account 'nobody@nowhere.example' in this organisation")
    assert site.get(f"/teams/search?query={site.prefix}")["teams"] == []


def test_the_secret_of_a_data_source_is_in_no_artifact(site: Site) -> None:
    target = site.target(shop(site))

    assert PASSWORD.encode() not in b"".join(artifact.body for artifact in target.wanted())
