from typing import Any

import httpx
import pytest

from support.asking import Asking
from support.grafana import Grafana

PROMETHEUS: dict[str, Any] = {
    "name": "Prometheus",
    "uid": "prom",
    "type": "prometheus",
    "access": "proxy",
    "url": "http://prometheus.example:9090",
    "jsonData": {"httpMethod": "POST"},
    "secureJsonData": {"basicAuthPassword": "example-source-secret"},
}


@pytest.fixture
def client(server: Grafana, asking: Asking) -> httpx.Client:
    client = asking(server)
    client.post("/api/datasources", json=PROMETHEUS)
    return client


def test_a_data_source_never_gives_its_secrets_away(server: Grafana, client: httpx.Client) -> None:
    whole = client.get("/api/datasources/uid/prom").json()
    everything = [
        client.get(path).text for path in ("/api/datasources", "/api/datasources/uid/prom", "/api/frontend/settings")
    ]

    assert (whole["url"], whole["jsonData"], whole["version"]) == (PROMETHEUS["url"], {"httpMethod": "POST"}, 1)
    assert whole["secureJsonFields"] == {"basicAuthPassword": True}
    assert not any("example-source-secret" in text for text in everything)
    assert server.sources["prom"].secrets == {"basicAuthPassword": "example-source-secret"}


def test_it_is_found_by_uid_name_and_number(client: httpx.Client) -> None:
    number = client.get("/api/datasources/uid/prom").json()["id"]
    (listed,) = client.get("/api/datasources").json()

    assert client.get("/api/datasources/name/Prometheus").json()["id"] == number
    assert client.get(f"/api/datasources/{number}").json()["uid"] == "prom"
    assert client.get("/api/datasources/uid/nowhere").json() == {"message": "Data source not found"}
    assert (listed["uid"], "version" in listed, "secureJsonFields" in listed) == ("prom", False, False)


@pytest.mark.parametrize("body", [{**PROMETHEUS, "uid": "other"}, {**PROMETHEUS, "name": "Other"}])
def test_names_and_uids_are_taken_once(client: httpx.Client, body: dict[str, Any]) -> None:
    assert client.post("/api/datasources", json=body).status_code == 409
    assert len(client.get("/api/datasources").json()) == 1


def test_an_update_replaces_all_but_secrets_that_it_does_not_name(server: Grafana, client: httpx.Client) -> None:
    body = {"name": "Prometheus", "type": "prometheus", "url": "http://other.example", "version": 1}
    updated = client.put("/api/datasources/uid/prom", json=body).json()
    secret = client.put(
        "/api/datasources/uid/prom", json={**body, "version": 2, "secureJsonData": {"token": "x"}}
    ).json()

    assert (updated["message"], updated["datasource"]["version"]) == ("Datasource updated", 2)
    assert updated["datasource"]["jsonData"] == {}
    assert secret["datasource"]["secureJsonFields"] == {"basicAuthPassword": True, "token": True}
    assert server.sources["prom"].version == 3


def test_a_version_that_is_behind_is_refused_and_none_starts_again(server: Grafana, client: httpx.Client) -> None:
    path = "/api/datasources/uid/prom"
    for version in (1, 2):
        client.put(path, json={**PROMETHEUS, "version": version})
    behind = client.put(path, json={**PROMETHEUS, "version": 2})
    without = client.put(path, json=PROMETHEUS)

    assert (behind.status_code, without.status_code) == (409, 200)
    assert server.sources["prom"].version == 1


def test_one_that_a_file_provides_cannot_be_changed(server: Grafana, client: httpx.Client) -> None:
    server.sources["prom"].read_only = True
    path = "/api/datasources/uid/prom"

    assert client.get(path).json()["readOnly"] is True
    assert client.put(path, json=PROMETHEUS).json() == {"message": "Cannot update read-only data source"}
    assert client.delete(path).json() == {"message": "Cannot delete read-only data source"}
    assert list(server.sources) == ["prom"]


def test_one_is_the_default(server: Grafana, client: httpx.Client) -> None:
    for name in ("one", "two"):
        client.post("/api/datasources", json={"name": name, "uid": name, "type": "loki", "isDefault": True})

    assert [uid for uid, source in server.sources.items() if source.fields["isDefault"]] == ["two"]


def test_its_health_can_be_asked(server: Grafana, client: httpx.Client) -> None:
    well = client.get("/api/datasources/uid/prom/health")
    server.sources["prom"].health = (400, "ERROR", "connection refused")
    ill = client.get("/api/datasources/uid/prom/health")

    assert (well.status_code, well.json()["status"]) == (200, "OK")
    assert (ill.status_code, ill.json()) == (400, {"status": "ERROR", "message": "connection refused"})
    assert client.get("/api/datasources/uid/nowhere/health").status_code == 500


def test_it_can_be_deleted(server: Grafana, client: httpx.Client) -> None:
    assert client.delete("/api/datasources/uid/prom").json()["message"] == "Data source deleted"
    assert server.sources == {}
    assert client.delete("/api/datasources/name/Prometheus").status_code == 404


def test_the_quota_counts_them(server: Grafana, client: httpx.Client) -> None:
    server.configure(quotas={"data_source": 1})
    refused = client.post("/api/datasources", json={"name": "other", "type": "loki"})

    assert (refused.status_code, refused.json()) == (403, {"message": "data_source Quota reached"})
