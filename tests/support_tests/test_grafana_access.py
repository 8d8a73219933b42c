from typing import Any

import httpx
import pytest

from support.asking import Asking
from support.grafana import Grafana, Grant, grafana

FOLDER = {"uid": "machines", "title": "Machines"}


def grant(client: httpx.Client, *items: dict[str, Any], uid: str = "machines") -> httpx.Response:
    return client.post(f"/api/folders/{uid}/permissions", json={"items": list(items)})


def granted(client: httpx.Client, uid: str = "machines") -> list[tuple[str, str]]:
    """Whom a folder is open to, and how far."""
    listed = client.get(f"/api/folders/{uid}/permissions").json()
    return [(row.get("role") or row["team"] or row["userLogin"], row["permissionName"]) for row in listed]


def test_a_new_folder_is_open_to_basic_roles_in_9_4(old: Grafana, new: Grafana, asking: Asking) -> None:
    for server in (old, new):
        asking(server).post("/api/folders", json=FOLDER)

    assert granted(asking(old)) == [("sa-deployer", "Admin"), ("Editor", "Edit"), ("Viewer", "View")]
    assert granted(asking(new)) == []


def test_a_user_gets_admin_on_a_new_folder_and_in_9_4_a_service_account_too(server: Grafana, asking: Asking) -> None:
    server.configure(new_folder_grants=())
    asking(server).post("/api/folders", json=FOLDER)
    asking(server, login="admin").post("/api/folders", json={"uid": "hers", "title": "Hers"})

    assert granted(asking(server), "hers") == [("admin", "Admin")]
    assert granted(asking(server)) == ([("sa-deployer", "Admin")] if server.state.flavour.grants_to_services else [])


def test_what_a_new_folder_starts_with_can_be_set_and_a_nested_one_starts_with_its_creator(asking: Asking) -> None:
    with grafana(new_folder_grants=(("Viewer", 1),)) as server:
        client = asking(server, login="admin")
        client.post("/api/folders", json=FOLDER)
        client.post("/api/folders", json={"uid": "inner", "title": "Inner", "parentUid": "machines"})

        assert granted(client) == [("admin", "Admin"), ("Viewer", "View")]
        assert granted(client, "inner") == [("admin", "Admin")]


def test_a_posted_list_replaces_the_whole_list(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    client.post("/api/folders", json=FOLDER)
    team = client.post("/api/teams", json={"name": "developers"}).json()["teamId"]
    replaced = grant(client, {"teamId": team, "permission": 1}, {"role": "Editor", "permission": 2})
    (row, _) = client.get("/api/folders/machines/permissions").json()

    assert (replaced.status_code, replaced.json()) == (200, {"message": "Folder permissions updated"})
    assert granted(client) == [("developers", "View"), ("Editor", "Edit")]
    assert (row["teamId"], row["userId"], row["permission"], row["inherited"]) == (team, 0, 1, False)
    assert "role" not in row
    assert ("teamUid" in row) == server.state.flavour.team_uids


def test_the_server_lets_the_caller_take_its_own_right_away(server: Grafana, asking: Asking) -> None:
    owner = server.account("owner", "Editor", password="owner-example")
    client = asking(server, login="owner", password="owner-example")
    client.post("/api/folders", json=FOLDER)

    assert granted(client)[0] == ("owner", "Admin")
    assert grant(client, {"role": "Viewer", "permission": 1}).status_code == 200
    assert grant(client, {"userId": owner.id, "permission": 4}).status_code == 403
    assert granted(asking(server)) == [("Viewer", "View")]


@pytest.mark.parametrize("other", ["teamId", "userId"])
def test_an_item_for_two_at_once_is_refused(server: Grafana, asking: Asking, other: str) -> None:
    client = asking(server)
    client.post("/api/folders", json=FOLDER)
    before = granted(client)

    assert grant(client, {"role": "Viewer", other: 1, "permission": 1}).status_code == 400
    assert grant(client, {"teamId": 1, "userId": 1, "permission": 1}).status_code == 400
    assert granted(client) == before


@pytest.mark.parametrize(
    "item", [{"teamId": 4711, "permission": 1}, {"permission": 1}, {"role": "Viewer", "permission": 3}]
)
def test_an_item_for_nobody_or_for_nothing_known_changes_nothing(
    server: Grafana, asking: Asking, item: dict[str, Any]
) -> None:
    client = asking(server)
    client.post("/api/folders", json=FOLDER)
    before = granted(client)

    assert grant(client, {"role": "Viewer", "permission": 1}, item).status_code == 500
    assert granted(client) == before


def test_without_role_based_access_control_the_server_checks_the_list(asking: Asking) -> None:
    with grafana("9.4", rbac=False) as server:
        server.account("sa-owner", "Editor", token="glsa_owner")
        client = asking(server, "glsa_owner")
        client.post("/api/folders", json=FOLDER)
        own = {"userId": server.state.accounts[3].id, "permission": 4}
        viewer = {"role": "Viewer", "permission": 1}
        answers = [
            grant(client, own, viewer, viewer),
            grant(client, own, {"role": "Admin", "permission": 4}),
            grant(client, viewer),
            grant(client, own, viewer),
            grant(asking(server), viewer),
        ]

        assert [answer.status_code for answer in answers] == [400, 400, 403, 200, 200]
        assert answers[2].json() == {"message": "Cannot remove own admin permission for a folder"}


def test_without_role_based_access_control_a_dashboard_cannot_repeat_its_folder(asking: Asking) -> None:
    with grafana("9.4", rbac=False) as server:
        client = asking(server)
        client.post("/api/folders", json=FOLDER)
        client.post("/api/dashboards/db", json={"dashboard": {"title": "A", "uid": "a"}, "folderUid": "machines"})
        path = "/api/dashboards/uid/a/permissions"
        items = [{"role": "Viewer", "permission": 1}], [{"role": "Viewer", "permission": 2}]

        assert [client.post(path, json={"items": each}).status_code for each in items] == [400, 200]


def test_a_dashboard_shows_what_it_inherits_and_its_own(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    client.post("/api/folders", json=FOLDER)
    grant(client, {"role": "Viewer", "permission": 1})
    client.post("/api/dashboards/db", json={"dashboard": {"title": "A", "uid": "a"}, "folderUid": "machines"})
    client.post("/api/dashboards/uid/a/permissions", json={"items": [{"role": "Editor", "permission": 2}]})
    listed = client.get("/api/dashboards/uid/a/permissions").json()

    assert [(row["role"], row["permission"], row["inherited"]) for row in listed] == [
        ("Viewer", 1, True),
        ("Editor", 2, False),
    ]


@pytest.mark.parametrize(("permission", "statuses"), [(0, [403, 403, 403]), (1, [200, 403, 403]), (2, [200, 200, 403])])
def test_a_grant_opens_a_folder_to_a_team(
    server: Grafana, asking: Asking, permission: int, statuses: list[int]
) -> None:
    anna = server.account("anna", "Viewer", password="anna-example")
    client, hers = asking(server), asking(server, login="anna", password="anna-example")
    client.post("/api/folders", json=FOLDER)
    team = client.post("/api/teams", json={"name": "developers"}).json()["teamId"]
    client.post(f"/api/teams/{team}/members", json={"userId": anna.id})
    grant(client, *([{"teamId": team, "permission": permission}] if permission else []))
    client.post("/api/dashboards/db", json={"dashboard": {"title": "A", "uid": "a"}, "folderUid": "machines"})
    server.dashboards["a"].grants.clear()
    answers = [
        hers.get("/api/dashboards/uid/a"),
        hers.post("/api/dashboards/db", json={"dashboard": {"title": "B", "uid": "b"}, "folderUid": "machines"}),
        hers.get("/api/folders/machines/permissions"),
    ]

    assert [answer.status_code for answer in answers] == statuses
    assert [hit["uid"] for hit in hers.get("/api/search?type=dash-db").json()] == ["a", "b"][
        : sum(s == 200 for s in statuses)
    ]


def test_folders_below_inherit_in_13(new: Grafana, asking: Asking) -> None:
    new.account("anna", "Viewer", password="anna-example")
    client, hers = asking(new), asking(new, login="anna", password="anna-example")
    client.post("/api/folders", json=FOLDER)
    client.post("/api/folders", json={"uid": "inner", "title": "Inner", "parentUid": "machines"})
    before = hers.get("/api/folders/inner").status_code
    new.folders["machines"].grants.append(Grant(1, role="Viewer"))

    assert (before, hers.get("/api/folders/inner").status_code) == (403, 200)


def test_a_missing_permission_is_named(server: Grafana, asking: Asking) -> None:
    server.account("anna", "Viewer", password="anna-example")
    refused = asking(server, login="anna", password="anna-example").post("/api/folders", json=FOLDER)

    assert refused.status_code == 403
    assert refused.json()["title"] == "Access denied"
    assert refused.json()["message"].endswith("Permissions needed: folders:create")


def test_a_team_has_one_name_and_its_members(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    anna = server.account("anna", "Viewer")
    made = client.post("/api/teams", json={"name": "developers", "email": "dev@example.com"}).json()
    again = client.post("/api/teams", json={"name": "developers"})
    members = f"/api/teams/{made['teamId']}/members"
    added = [client.post(members, json={"userId": user}).status_code for user in (anna.id, anna.id, 4711)]
    (listed,) = client.get(members).json()
    removed = [client.delete(f"{members}/{anna.id}").status_code for _ in range(2)]

    assert (again.status_code, again.json()) == (409, {"message": "Team name taken"})
    assert added == [200, 400, 500]
    assert (listed["login"], listed["email"], listed["permission"]) == ("anna", "anna@example.com", 0)
    assert removed == [200, 404]
    assert client.get(members).json() == []
    assert ("uid" in made) == server.state.flavour.team_uids


def test_a_user_that_creates_a_team_administers_it_and_a_service_account_does_not(
    server: Grafana, asking: Asking
) -> None:
    asking(server).post("/api/teams", json={"name": "by a service account"})
    hers = asking(server, login="admin")
    hers.post("/api/teams", json={"name": "by a user"})

    assert server.teams["by a service account"].members == {}
    assert server.teams["by a user"].members == {server.admin.id: 4}
    assert [team["name"] for team in hers.get("/api/user/teams").json()] == ["by a user"]


def test_teams_are_found_by_name_part_and_page(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    for name in ("dev", "developers", "ops"):
        client.post("/api/teams", json={"name": name})
    exact = client.get("/api/teams/search?name=dev").json()
    part = client.get("/api/teams/search?query=dev&perpage=1&page=2").json()

    assert [team["name"] for team in exact["teams"]] == ["dev"]
    assert (part["totalCount"], part["page"], part["perPage"]) == (2, 2, 1)
    assert [(team["name"], team["memberCount"]) for team in part["teams"]] == [("developers", 0)]


def test_a_team_can_be_renamed_and_goes_with_its_grants(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    client.post("/api/folders", json=FOLDER)
    team = client.post("/api/teams", json={"name": "developers"}).json()["teamId"]
    grant(client, {"teamId": team, "permission": 1}, {"role": "Viewer", "permission": 1})
    client.post("/api/teams", json={"name": "ops"})
    taken = client.put(f"/api/teams/{team}", json={"name": "ops"}).status_code
    renamed = client.put(f"/api/teams/{team}", json={"name": "builders"}).status_code
    before = granted(client)
    client.delete(f"/api/teams/{team}")

    assert (taken, renamed, before) == (400, 200, [("builders", "View"), ("Viewer", "View")])
    assert granted(client) == [("Viewer", "View")]
    assert client.get(f"/api/teams/{team}").status_code == 404


def test_13_takes_a_teams_uid_for_its_number(old: Grafana, new: Grafana, asking: Asking) -> None:
    uid = asking(new).post("/api/teams", json={"name": "developers"}).json()["uid"]

    assert asking(new).get(f"/api/teams/{uid}").json()["name"] == "developers"
    assert asking(old).get(f"/api/teams/{uid}").json() == {"message": "teamId is invalid"}


def test_users_of_the_organisation_are_listed_with_their_basic_roles(server: Grafana, asking: Asking) -> None:
    server.account("anna", "Editor")
    listed = asking(server).get("/api/org/users").json()
    found = asking(server).get("/api/org/users/lookup?query=ANN").json()

    assert [(row["login"], row["role"]) for row in listed] == [("admin", "Admin"), ("anna", "Editor")]
    assert [(row["login"], row["userId"]) for row in found] == [("anna", 3)]


def test_only_an_administrator_of_the_server_looks_people_up_on_all_of_it(server: Grafana, asking: Asking) -> None:
    hers = asking(server, login="admin")
    path = "/api/users/lookup?loginOrEmail="

    assert asking(server).get(f"{path}admin").status_code == 403
    assert hers.get(f"{path}admin@example.com").json()["login"] == "admin"
    assert hers.get(f"{path}nobody").json() == {"message": "user not found"}


def test_who_asks_can_be_asked(old: Grafana, new: Grafana, asking: Asking) -> None:
    person = asking(new, login="admin").get("/api/user").json()
    shortened, whole = asking(new).get("/api/user").json(), asking(old).get("/api/user").json()

    assert (person["login"], person["id"], person["isGrafanaAdmin"]) == ("admin", new.admin.id, True)
    assert (shortened["login"], shortened["id"]) == ("sa-deployer", 0)
    assert (whole["login"], whole["id"]) == ("sa-deployer", old.deployer.id)


def test_ones_permissions_come_with_scopes_when_asked_for(old: Grafana, new: Grafana, asking: Asking) -> None:
    path = "/api/access-control/user/permissions"
    bare, scoped = asking(old).get(path).json(), asking(old).get(f"{path}?scoped=true").json()

    assert bare["folders:create"] is True
    assert scoped["folders:create"] == ["folders:*"]
    assert asking(new).get(path).json() == scoped


def test_the_permissions_of_others_than_administrators_name_their_folders(server: Grafana, asking: Asking) -> None:
    server.account("owner", "Editor", password="owner-example")
    client = asking(server, login="owner", password="owner-example")
    client.post("/api/folders", json=FOLDER)
    mine = client.get("/api/access-control/user/permissions?scoped=true").json()

    assert mine["folders.permissions:write"] == ["folders:uid:machines"]
    assert mine["folders:create"] == ["folders:uid:general"]
    assert "teams:create" not in mine
