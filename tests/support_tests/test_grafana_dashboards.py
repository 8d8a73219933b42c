from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from support import faults
from support.asking import Asking
from support.grafana import Grafana, grafana


def save(client: httpx.Client, title: str = "Shop", uid: str | None = "shop", /, **fields: Any) -> httpx.Response:
    """Save a small dashboard; `message`, `overwrite`, `folderUid` and `folderId` are not the dashboard's."""
    around = {key: fields.pop(key) for key in ("message", "overwrite", "folderUid", "folderId") if key in fields}
    return client.post("/api/dashboards/db", json={"dashboard": {"title": title, "uid": uid, **fields}, **around})


def rows(client: httpx.Client, uid: str = "shop", query: str = "") -> list[dict[str, Any]]:
    """The versions of a dashboard, in either envelope."""
    found = client.get(f"/api/dashboards/uid/{uid}/versions{query}").json()
    listed: list[dict[str, Any]] = found if isinstance(found, list) else found["versions"]
    return listed


def test_a_dashboard_comes_back_as_it_was_saved(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    saved = save(client, " Shop ", id=None, tags=["a"], x={"unknown": [1, None]}, version=0).json()
    read = client.get("/api/dashboards/uid/shop").json()

    assert (saved["status"], saved["uid"], saved["version"], saved["url"]) == ("success", "shop", 1, "/d/shop/shop")
    assert read["dashboard"] == {
        "title": "Shop",
        "tags": ["a"],
        "x": {"unknown": [1, None]},
        "uid": "shop",
        "id": saved["id"],
        "version": 1,
    }
    assert read["meta"]["version"] == 1
    assert (read["meta"]["folderUid"], read["meta"]["folderTitle"], read["meta"]["provisioned"]) == (
        "",
        "General",
        False,
    )
    assert (read["meta"]["createdBy"], read["meta"]["updatedBy"]) == ("sa-deployer", "sa-deployer")


def test_a_dashboard_without_a_uid_gets_one(server: Grafana, asking: Asking) -> None:
    uid = save(asking(server), "Shop", None).json()["uid"]

    assert list(server.dashboards) == [uid]


@pytest.mark.parametrize(
    ("fields", "status", "answer"),
    [
        ({"version": 1}, 200, None),
        ({"version": 2}, 412, {"status": "version-mismatch"}),
        ({"version": None}, 412, {"status": "version-mismatch"}),
        ({}, 412, {"status": "version-mismatch"}),
        ({"version": 7, "overwrite": True}, 200, None),
        ({"overwrite": True}, 200, None),
    ],
)
def test_a_save_names_the_version_that_it_replaces(
    server: Grafana, asking: Asking, fields: dict[str, Any], status: int, answer: dict[str, str] | None
) -> None:
    client = asking(server)
    save(client)
    saved = save(client, panels=[{"id": 1}], **fields)

    assert saved.status_code == status
    assert server.dashboards["shop"].version == (2 if status == 200 else 1)
    assert answer is None or answer.items() <= saved.json().items()


@pytest.mark.parametrize(
    ("title", "uid", "fields", "status", "message"),
    [
        ("  ", "x", {}, 400, "Dashboard title cannot be empty"),
        ("X", "a b", {}, 400, "uid contains illegal characters"),
        ("X", "a" * 41, {}, 400, "uid too long, max 40 characters"),
        ("X", "x", {"id": 1234}, 404, "Dashboard not found"),
        ("X", "x", {"refresh": "5s"}, 400, "Dashboard refresh interval is too low"),
    ],
)
def test_what_no_version_takes_is_refused(
    server: Grafana, asking: Asking, title: str, uid: str, fields: dict[str, Any], status: int, message: str
) -> None:
    server.configure(min_refresh=10)
    refused = save(asking(server), title, uid, **fields)

    assert (refused.status_code, refused.json()["message"]) == (status, message)
    assert server.dashboards == {}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"dashboard": 1}'])
def test_a_body_that_is_no_save_is_refused(server: Grafana, asking: Asking, body: bytes) -> None:
    refused = asking(server).post("/api/dashboards/db", content=body)

    assert (refused.status_code, refused.json()) == (400, {"message": "bad request data"})


def test_an_id_and_a_uid_of_two_dashboards_are_refused(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    save(client)
    other = save(client, "Other", "other").json()["id"]
    refused = save(client, "Shop", "shop", id=other, version=1)

    assert (refused.status_code, refused.json()["message"]) == (400, "A dashboard with the same uid already exists")


def test_a_folder_that_does_not_exist_is_refused(old: Grafana, new: Grafana, asking: Asking) -> None:
    by_uid = [save(asking(server), folderUid="nowhere") for server in (old, new)]

    assert [answer.status_code for answer in by_uid] == [400, 400]
    assert save(asking(old), folderId=77).status_code == 404
    assert old.dashboards == new.dashboards == {}


def test_a_dashboard_goes_where_each_save_says(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    client.post("/api/folders", json={"uid": "machines", "title": "Machines"})
    save(client, folderUid="machines")
    placed = client.get("/api/dashboards/uid/shop").json()["meta"]
    save(client, version=1)

    assert (placed["folderUid"], placed["folderTitle"]) == ("machines", "Machines")
    assert placed["folderUrl"] == "/dashboards/f/machines/machines"
    assert server.dashboards["shop"].folder_uid == ""


def test_saving_the_same_again_is_a_version_in_9_4_and_none_in_13(old: Grafana, new: Grafana, asking: Asking) -> None:
    for server in (old, new):
        client = asking(server)
        save(client, message="first")
        save(client, version=1, message="first")
        save(client, version=server.dashboards["shop"].version, message="second")

    assert [(each.number, each.message) for each in old.dashboards["shop"].history] == [
        (1, "first"),
        (2, "first"),
        (3, "second"),
    ]
    assert [(each.number, each.message) for each in new.dashboards["shop"].history] == [(1, "first"), (1, "second")]


def test_the_list_of_versions_hides_the_first_message(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    save(client, message="one")
    save(client, version=1, panels=[1], message="two")
    single = client.get("/api/dashboards/uid/shop/versions/1").json()

    assert [(row["version"], row["parentVersion"], row["message"]) for row in rows(client)] == [
        (2, 1, "two"),
        (1, 0, "Initial save"),
    ]
    assert single["message"] == "one"
    assert (single["data"]["title"], single["data"]["version"]) == ("Shop", 1)


def test_in_9_4_a_first_save_whose_body_has_a_version_keeps_its_message(old: Grafana, asking: Asking) -> None:
    client = asking(old)
    save(client, version=5, message="one")

    assert [(row["version"], row["parentVersion"], row["message"]) for row in rows(client)] == [(1, 5, "one")]


def test_versions_are_a_list_in_9_4_and_paged_by_a_token_in_13(old: Grafana, new: Grafana, asking: Asking) -> None:
    for server in (old, new):
        for number in range(5):
            save(asking(server), version=number, panels=[number])
    second = asking(old).get("/api/dashboards/uid/shop/versions?limit=2&start=2").json()
    first = asking(new).get("/api/dashboards/uid/shop/versions?limit=2").json()
    last = asking(new).get("/api/dashboards/uid/shop/versions?limit=4&continueToken=2").json()

    assert [row["version"] for row in second] == [3, 2]
    assert ([row["version"] for row in first["versions"]], first["continueToken"]) == ([5, 4], "2")
    assert ([row["version"] for row in last["versions"]], last["continueToken"]) == ([3, 2, 1], "")
    assert "data" in first["versions"][0]
    assert "data" not in second[0]


def test_old_versions_can_go(asking: Asking) -> None:
    with grafana(versions_to_keep=2) as server:
        client = asking(server)
        for number in range(4):
            save(client, version=number, panels=[number])

        assert [row["version"] for row in rows(client)] == [4, 3]
        assert client.get("/api/dashboards/uid/shop/versions/1").status_code == 500


def test_who_changed_it_and_when_can_be_read(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    save(client, panels=[{"id": 1}])
    anna = server.account("anna", "Editor")
    server.edit("shop", lambda content: content["panels"].append({"id": 2}), by=anna, message="more")
    newest = rows(client)[0]

    assert (newest["createdBy"], newest["message"], newest["version"]) == ("anna", "more", 2)
    assert client.get("/api/dashboards/uid/shop").json()["meta"]["updatedBy"] == "anna"
    assert server.dashboards["shop"].history[0].content["panels"] == [{"id": 1}]


def test_a_version_can_be_restored_in_9_4_only(old: Grafana, new: Grafana, asking: Asking) -> None:
    for server in (old, new):
        save(asking(server), panels=[1])
        save(asking(server), panels=[2], version=1)
    restored = [asking(server).post("/api/dashboards/uid/shop/restore", json={"version": 1}) for server in (old, new)]

    assert [answer.status_code for answer in restored] == [200, 404]
    assert old.dashboards["shop"].content["panels"] == [1]
    assert rows(asking(old))[0]["message"] == "Restored from version 1"


def test_a_title_is_unique_in_its_folder_in_9_4(old: Grafana, asking: Asking) -> None:
    client = asking(old)
    client.post("/api/folders", json={"uid": "machines", "title": "Machines"})
    save(client)
    elsewhere = save(client, "Shop", "elsewhere", folderUid="machines")
    refused = save(client, "shop!", "other")
    like_a_folder = save(client, "machines", "third")

    assert elsewhere.status_code == 200
    assert (refused.status_code, refused.json()["status"]) == (412, "name-exists")
    assert (like_a_folder.status_code, like_a_folder.json()["status"]) == (400, "name-match")


def test_in_9_4_overwriting_takes_the_place_of_the_namesake(old: Grafana, asking: Asking) -> None:
    client = asking(old)
    save(client, panels=["theirs"])
    saved = save(client, "Shop", "ours", overwrite=True, panels=["ours"]).json()

    assert (saved["uid"], saved["version"]) == ("shop", 2)
    assert list(old.dashboards) == ["shop"]
    assert old.dashboards["shop"].content["panels"] == ["ours"]


def test_titles_are_free_in_13(new: Grafana, asking: Asking) -> None:
    client = asking(new)
    client.post("/api/folders", json={"uid": "folder", "title": "Shop"})
    statuses = [save(client, "Shop", uid).status_code for uid in ("one", "two")]

    assert statuses == [200, 200]


def test_a_long_message_is_refused_by_13_only(old: Grafana, new: Grafana, asking: Asking) -> None:
    answers = [save(asking(server), message="x" * 501) for server in (old, new)]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["message"] == "message too long, max 500 characters"


def test_a_dashboard_that_a_file_provides_is_neither_saved_nor_deleted(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    server.provision({"uid": "shop", "title": "Shop"}, path="shop.json")
    saved, deleted = save(client, version=1), client.delete("/api/dashboards/uid/shop")
    meta = client.get("/api/dashboards/uid/shop").json()["meta"]

    assert (saved.status_code, saved.json()["message"]) == (400, "Cannot save provisioned dashboard")
    assert (deleted.status_code, deleted.json()["message"]) == (400, "provisioned dashboard cannot be deleted")
    assert (meta["provisioned"], meta["provisionedExternalId"]) == (True, "shop.json")
    assert save(client, version=3).status_code == 412


def test_at_the_quota_even_an_update_without_an_id_is_refused(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    number = save(client).json()["id"]
    server.configure(quotas={"dashboard": 1})
    one_more, by_uid = save(client, "Other", "other"), save(client, version=1, panels=[1])

    assert [(each.status_code, each.json()["message"]) for each in (one_more, by_uid)] == [(403, "Quota reached")] * 2
    assert save(client, version=1, id=number, panels=[1]).status_code == 200


def test_a_deleted_dashboard_is_gone(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    save(client)
    deleted = client.delete("/api/dashboards/uid/shop")

    assert (deleted.status_code, deleted.json()["message"]) == (200, "Dashboard Shop deleted")
    assert client.get("/api/dashboards/uid/shop").json() == {"message": "Dashboard not found"}
    assert client.delete("/api/dashboards/uid/shop").status_code == 404


def test_schema_v2_is_only_given_where_it_is_stored(new: Grafana, asking: Asking) -> None:
    client = asking(new)
    spec = {"title": "Shop", "elements": {}, "layout": {"kind": "TabsLayout"}, "tags": []}
    new.store_v2("shop", spec, by=new.admin)
    refused = client.get("/api/dashboards/uid/shop")
    where = "/apis/dashboard.grafana.app/v2/namespaces/default/dashboards/shop"
    stored = client.get(where).json()

    assert refused.status_code == 406
    assert refused.json() == {"message": f"dashboard api version not supported, use {where} instead"}
    assert (stored["apiVersion"], stored["spec"]) == ("dashboard.grafana.app/v2", spec)
    assert (stored["metadata"]["name"], stored["metadata"]["annotations"]["grafana.app/createdBy"]) == ("shop", "admin")
    assert client.get("/api/search").json()[0]["uid"] == "shop"


def test_a_save_goes_over_schema_v2_without_a_word(new: Grafana, asking: Asking) -> None:
    client = asking(new)
    new.store_v2("shop", {"title": "Shop", "elements": {}, "layout": {}})
    mismatch, saved = save(client, panels=[]), save(client, panels=[], version=1)
    stored = client.get("/apis/dashboard.grafana.app/v2/namespaces/default/dashboards/shop").json()

    assert (mismatch.status_code, saved.status_code) == (412, 200)
    assert client.get("/api/dashboards/uid/shop").json()["dashboard"]["panels"] == []
    assert stored["status"] == {"conversion": {"failed": False, "storedVersion": "v1"}}


def test_a_body_in_schema_v2_is_refused(new: Grafana, asking: Asking) -> None:
    refused = save(asking(new), elements={}, layout={})

    assert refused.status_code == 400
    assert "appears to be in v2 format" in refused.json()["message"]


def test_what_is_stored_elsewhere_or_nowhere_is_not_found_below_apis(
    old: Grafana, new: Grafana, asking: Asking
) -> None:
    save(asking(old))
    save(asking(new))
    paths = ["default/dashboards/other", "org-2/dashboards/shop"]
    found = [asking(new).get(f"/apis/dashboard.grafana.app/v2/namespaces/{path}") for path in paths]
    found.append(asking(old).get("/apis/dashboard.grafana.app/v2/namespaces/default/dashboards/shop"))

    assert [(each.status_code, each.json().get("reason")) for each in found] == [(404, "NotFound")] * 3


def test_of_eight_saves_at_once_on_one_version_one_wins(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    save(client)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda panel: save(client, version=1, panels=[panel]).status_code, range(8)))

    assert sorted(statuses) == [200, *[412] * 7]
    assert server.dashboards["shop"].version == 2


def test_a_save_whose_answer_is_lost_is_there_and_is_refused_when_repeated(server: Grafana, asking: Asking) -> None:
    client = asking(server)
    server.fail(faults.CUT_AFTER, path="/api/dashboards/db")
    with pytest.raises(httpx.RemoteProtocolError):
        save(client)

    assert server.dashboards["shop"].version == 1
    assert save(client).status_code == 412
