import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from support.asking import PLAIN, Asking
from support.grafana import Grafana, grafana
from support.grafana.state import Organisation


def save(client: httpx.Client, uid: str, title: str = "", **fields: Any) -> httpx.Response:
    folder = {"folderUid": fields.pop("folderUid")} if "folderUid" in fields else {}
    return client.post(
        "/api/dashboards/db", json={"dashboard": {"title": title or uid, "uid": uid, **fields}, **folder}
    )


def found(client: httpx.Client, query: str = "") -> list[str]:
    """The uids that a search finds, in order."""
    return [hit["uid"] for hit in client.get(f"/api/search?{query}").json()]


def test_health_needs_no_login_and_tells_version_and_database(old: Grafana, new: Grafana, asking: Asking) -> None:
    told = [asking(server, "").get("/api/health").json() for server in (old, new)]
    new.configure(database="failing")
    broken = asking(new, "").get("/api/health")

    assert [each["version"] for each in told] == ["9.4.7", "13.0.1"]
    assert all(each["database"] == "ok" and each["commit"] for each in told)
    assert (broken.status_code, broken.json()["database"]) == (503, "failing")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"token": ""}, "Unauthorized"),
        ({"token": "wrong"}, "Invalid API key"),
        ({"login": "admin", "password": "wrong"}, "Invalid username or password"),
        ({"login": "nobody", "password": "wrong"}, "Invalid username or password"),
    ],
)
def test_whoever_is_not_known_is_refused(server: Grafana, asking: Asking, how: dict[str, str], message: str) -> None:
    answers = [asking(server, **how).get(path) for path in ("/api/search", "/api/frontend/settings", "/api/nowhere")]

    assert [(each.status_code, each.json()["message"]) for each in answers] == [(401, message)] * 3


def test_a_disabled_account_is_refused(server: Grafana, asking: Asking) -> None:
    server.deployer.disabled = True

    assert asking(server).get("/api/org").status_code == 401


def test_credentials_that_are_no_credentials_are_refused(server: Grafana, asking: Asking) -> None:
    client = asking(server, "")

    for credentials in ("Basic %%%", "Basic", "Bearer", "Something else"):
        assert client.get("/api/org", headers={"Authorization": credentials}).status_code == 401


def test_anonymous_access_is_a_viewers_and_only_when_it_is_switched_on(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    save(client, "shop")
    server.configure(anonymous=True)
    nobody = asking(server, "")

    assert found(nobody) == ["shop"]
    assert save(nobody, "other").status_code == 403
    assert nobody.get("/api/org/users").status_code == 403


def test_an_organisation_is_named_by_a_header(server: Grafana, asking: Asking) -> None:
    server.state.organisations[2] = Organisation(2, "Second")
    server.admin.roles[2] = "Admin"
    second = asking(server, login="admin")
    second.headers["X-Grafana-Org-Id"] = "2"
    save(second, "shop")
    names = [org["name"] for org in second.get("/api/user/orgs").json()]

    assert (second.get("/api/org").json()["name"], names) == ("Second", ["Main Org.", "Second"])
    assert found(second) == ["shop"]
    assert found(asking(server)) == []
    assert "shop" in server.state.organisations[2].dashboards


def test_nobody_gets_into_the_organisation_of_others(server: Grafana, asking: Asking) -> None:
    server.state.organisations[2] = Organisation(2, "Second")
    token, user = asking(server), asking(server, login="admin")
    for client in (token, user):
        client.headers["X-Grafana-Org-Id"] = "2"

    assert [client.get("/api/org").status_code for client in (token, user)] == [401, 403]


def test_what_it_does_not_know_is_not_found(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    unknown = [client.get("/api/nowhere"), client.put("/api/search"), client.get("/api/dashboards/uid/")]

    assert [(each.status_code, each.json()) for each in unknown] == [(404, {"message": "Not found"})] * 3


def test_pages_for_people_lead_to_the_login(server: Grafana, asking: Asking) -> None:
    page = asking(server, "").get("/d/shop", follow_redirects=True)

    assert (page.status_code, page.url.path) == (200, "/login")
    assert page.headers["Content-Type"].startswith("text/html")


def test_it_may_be_served_below_a_path(asking: Asking) -> None:
    with grafana(base_path="/grafana") as server:
        inside = asking(server).get("/api/org")
        outside = httpx.get(server.url.removesuffix("/grafana") + "/api/org", trust_env=False, verify=PLAIN)

    assert (inside.status_code, outside.status_code) == (200, 404)
    assert server.url.endswith("/grafana")
    assert outside.headers["Content-Type"] == "text/html"


def test_settings_tell_what_a_doctor_wants_to_know(server: Grafana, asking: Asking) -> None:
    server.configure(sign_up=True)
    settings = asking(server).get("/api/frontend/settings").json()
    whole = asking(server, login="admin").get("/api/admin/settings").json()

    assert settings["buildInfo"]["version"] == server.state.flavour.version
    assert (settings["disableUserSignUp"], settings["anonymousEnabled"]) == (False, False)
    assert "timeseries" in settings["panels"]
    assert (whole["users"], whole["auth.anonymous"]["enabled"]) == ({"allow_sign_up": "true"}, "false")
    assert asking(server).get("/api/admin/settings").status_code == 403


def test_plugins_are_those_that_are_installed(server: Grafana, asking: Asking) -> None:
    server.configure(plugins={"timeseries": "panel", "prometheus": "datasource", "acme-board-panel": "panel"})
    client = asking(server)

    assert [each["id"] for each in client.get("/api/plugins?type=panel").json()] == ["timeseries", "acme-board-panel"]
    assert len(client.get("/api/plugins").json()) == 3
    assert client.get("/api/plugins/prometheus/settings").json()["type"] == "datasource"
    assert client.get("/api/plugins/other/settings").status_code == 404


def test_a_search_finds_by_text_type_tags_and_uid(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    client.post("/api/folders", json={"uid": "machines", "title": "Machines"})
    save(client, "a", "Alpha", tags=["x", "y"])
    save(client, "b", "Beta", tags=["x"], folderUid="machines")
    beta = client.get("/api/search?query=BET").json()[0]

    assert found(client) == ["a", "b", "machines"]
    assert found(client, "sort=alpha-desc") == ["machines", "b", "a"]
    assert (found(client, "type=dash-db"), found(client, "type=dash-folder")) == (["a", "b"], ["machines"])
    assert (found(client, "tag=x"), found(client, "tag=x&tag=y")) == (["a", "b"], ["a"])
    assert found(client, "dashboardUIDs=b&dashboardUIDs=nowhere") == ["b"]
    assert found(client, f"folderIds={server.folders['machines'].id}") == ["b"]
    assert found(client, "folderIds=0&type=dash-db") == ["a"]
    assert (beta["folderUid"], beta["folderTitle"], beta["type"], beta["url"]) == (
        "machines",
        "Machines",
        "dash-db",
        "/d/b/beta",
    )


def test_9_4_takes_no_notice_of_folder_uids_in_a_search(old: Grafana, new: Grafana, asking: Asking) -> None:
    for server in (old, new):
        asking(server).post("/api/folders", json={"uid": "machines", "title": "Machines"})
        save(asking(server), "a")
        save(asking(server), "b", folderUid="machines")

    assert found(asking(old), "type=dash-db&folderUIDs=machines") == ["a", "b"]
    assert found(asking(new), "type=dash-db&folderUIDs=machines") == ["b"]
    assert found(asking(new), "type=dash-db&folderUIDs=general") == ["a"]


def test_a_search_has_pages_of_at_most_five_thousand(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    for letter in "abcde":
        save(client, letter)
    refused = client.get("/api/search?limit=5001")

    assert [found(client, f"limit=2&page={page}") for page in (1, 2, 3, 4)] == [["a", "b"], ["c", "d"], ["e"], []]
    assert len(found(client, "limit=5000")) == 5
    assert refused.status_code == 422


def test_a_search_may_be_behind_what_was_written(new: Grafana, asking: Asking) -> None:
    client = asking(new)
    save(client, "a")
    new.freeze_search()
    save(client, "b")
    behind = found(client)
    new.thaw_search()

    assert (behind, found(client)) == (["a"], ["a", "b"])


def test_tags_are_counted(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    save(client, "a", tags=["x", "y"])
    save(client, "b", tags=["x"])

    assert client.get("/api/dashboards/tags").json() == [{"term": "x", "count": 2}, {"term": "y", "count": 1}]


def test_a_folder_is_made_changed_and_deleted_with_what_is_in_it(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    made = client.post("/api/folders", json={"uid": "machines", "title": "Machines"}).json()
    save(client, "a", folderUid="machines")
    save(client, "b")
    stale = client.put("/api/folders/machines", json={"title": "Hosts", "version": 7})
    changed = client.put("/api/folders/machines", json={"title": "Hosts", "version": 1}).json()
    forced = client.put("/api/folders/machines", json={"title": "Hosts!", "overwrite": True}).json()
    deleted = client.delete("/api/folders/machines")

    assert (made["version"], made["url"], made["canAdmin"]) == (1, "/dashboards/f/machines/machines", True)
    assert (stale.status_code, stale.json()["status"]) == (412, "version-mismatch")
    assert (changed["title"], changed["version"], forced["version"]) == ("Hosts", 2, 3)
    assert deleted.status_code == 200
    assert list(server.dashboards) == ["b"]
    assert client.get("/api/folders/machines").json() == {"message": "folder not found", "status": "not-found"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"title": " "}, 400),
        ({"title": "General"}, 400),
        ({"title": "X", "uid": "a b"}, 400),
        ({"title": "X", "uid": "a" * 41}, 400),
        ({"title": "Y", "uid": "machines"}, 412),
        ({"title": "Y", "uid": "shop"}, 412),
    ],
)
def test_folders_that_cannot_be_are_refused(server: Grafana, asking: Asking, body: dict[str, str], status: int) -> None:
    client = asking(server)
    client.post("/api/folders", json={"uid": "machines", "title": "Machines"})
    save(client, "shop")

    assert client.post("/api/folders", json=body).status_code == status
    assert list(server.folders) == ["machines"]


def test_titles_of_folders_are_unique_in_9_4(old: Grafana, new: Grafana, asking: Asking) -> None:
    for server in (old, new):
        asking(server).post("/api/folders", json={"title": "Machines"})
        save(asking(server), "shop", "Shop")
    again = [asking(server).post("/api/folders", json={"title": "machines"}).status_code for server in (old, new)]
    like_a_dashboard = [asking(server).post("/api/folders", json={"title": "Shop"}) for server in (old, new)]

    assert again == [409, 200]
    assert [each.status_code for each in like_a_dashboard] == [400, 200]


def test_folders_nest_in_13(new: Grafana, asking: Asking) -> None:
    client = asking(new)
    for parent, uid in (("", "a"), ("a", "b"), ("b", "c"), ("c", "d")):
        client.post("/api/folders", json={"uid": uid, "title": uid.upper(), "parentUid": parent})
    too_deep = client.post("/api/folders", json={"title": "E", "parentUid": "d"})
    nowhere = client.post("/api/folders", json={"title": "E", "parentUid": "nowhere"})
    inner = client.get("/api/folders/c").json()

    assert [(row["uid"], row.get("parentUid")) for row in client.get("/api/folders").json()] == [("a", None)]
    assert [(row["uid"], row["parentUid"]) for row in client.get("/api/folders?parentUid=a").json()] == [("b", "a")]
    assert [(each["uid"], each["title"]) for each in inner["parents"]] == [("a", "A"), ("b", "B")]
    assert (too_deep.status_code, nowhere.status_code) == (400, 404)


def test_nested_folders_move_and_go_together(new: Grafana, asking: Asking) -> None:
    client = asking(new)
    for parent, uid in (("", "a"), ("a", "b"), ("", "c")):
        client.post("/api/folders", json={"uid": uid, "title": uid, "parentUid": parent})
    save(client, "shop", folderUid="b")
    below_itself = client.post("/api/folders/a/move", json={"parentUid": "b"}).status_code
    client.post("/api/folders/b/move", json={"parentUid": "c"})
    client.delete("/api/folders/c")

    assert below_itself == 400
    assert list(new.folders) == ["a"]
    assert new.dashboards == {}


def test_9_4_lists_all_folders_and_takes_no_notice_of_parents(old: Grafana, asking: Asking) -> None:
    client = asking(old)
    client.post("/api/folders", json={"uid": "a", "title": "A"})
    client.post("/api/folders", json={"uid": "b", "title": "B", "parentUid": "a"})
    pages = [client.get(f"/api/folders?limit=1&page={page}").json() for page in (1, 2, 3)]

    assert [[row["uid"] for row in each] for each in pages] == [["a"], ["b"], []]
    assert all(set(row) == {"id", "uid", "title"} for each in pages for row in each)


def test_annotations_are_found_by_their_tags_the_newest_first(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    save(client, "shop")
    bodies: list[dict[str, Any]] = [
        {"text": "one", "tags": ["deploy", "prod"], "time": 1000},
        {"text": "two", "tags": ["deploy"], "time": 3000, "timeEnd": 4000},
        {"text": "three", "tags": ["other"], "dashboardUID": "shop"},
    ]
    ids = [client.post("/api/annotations", json=body).json()["id"] for body in bodies]
    texts = {
        query: [each["text"] for each in client.get(f"/api/annotations?{query}").json()]
        for query in (
            "",
            "tags=deploy",
            "tags=deploy&tags=prod",
            "tags=prod&tags=other&matchAny=true",
            "from=2000&to=5000",
        )
    }

    assert texts == {
        "": ["three", "two", "one"],
        "tags=deploy": ["two", "one"],
        "tags=deploy&tags=prod": ["one"],
        "tags=prod&tags=other&matchAny=true": ["three", "one"],
        "from=2000&to=5000": ["two"],
    }
    assert abs(server.annotations[2]["time"] / 1000 - time.time()) < 60
    assert [each["dashboardUID"] for each in server.annotations] == [None, None, "shop"]
    assert client.delete(f"/api/annotations/{ids[0]}").status_code == 200
    assert client.post("/api/annotations", json={"text": ""}).status_code == 400
    assert len(server.annotations) == 2


def test_eight_clients_at_once_lose_nothing(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda number: save(client, f"d{number}").status_code, range(80)))

    assert statuses == [200] * 80
    assert len({each.id for each in server.dashboards.values()}) == 80
    assert len(server.writes) == 80
