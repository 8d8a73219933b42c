from __future__ import annotations

from typing import Any

import pytest

from dojoboards.catalogue import applies, shipped, unknown_catalogues
from dojoboards.model import Catalogue, DnsDiscovery, ScrapeJob, StaticTargets
from support.lint import job

OWN = Catalogue("shop", "2.1.0", jobs=["shop(-.+)?"], includes=["python"])
OLD = Catalogue("shop", "1.9.0", jobs=["shop(-.+)?"])
KNOWN = (OWN, OLD, *shipped())


def found(**fields: Any) -> tuple[list[str], str, bool]:
    told = applies(job(**fields), KNOWN)
    return [each.title.partition("@")[0] for each in told.catalogues], told.why, told.complete


@pytest.mark.parametrize(
    ("name", "catalogue"),
    [
        ("node", "node"),
        ("node-exporter", "node"),
        ("node_exporter", "node"),
        ("staging-node-exporter", "node"),
        ("cadvisor", "cadvisor"),
        ("nginx", "nginx"),
        ("postgres", "postgres"),
        ("dojopool-postgresql", "postgres"),
        ("postgres_exporter", "postgres"),
        ("redis", "redis"),
        ("prometheus", "prometheus"),
        ("alertmanager", "alertmanager"),
    ],
)
def test_the_name_of_a_job_suggests_a_catalogue(name: str, catalogue: str) -> None:
    catalogues, why, _ = found(name=name, targets=["x:1"])

    assert catalogues == [catalogue, "go"]
    assert why == f"by the job's name {name!r}"


@pytest.mark.parametrize("name", ["app", "node-app", "nodes", "nginx-ingress", "kubernetes-pods", "redis-cluster-app"])
def test_other_names_suggest_none(name: str) -> None:
    assert found(name=name, targets=["x:1"]) == ([], "nothing suggests a catalogue", False)


@pytest.mark.parametrize(
    ("port", "catalogue"),
    [
        (9100, "node"),
        (9113, "nginx"),
        (9187, "postgres"),
        (9121, "redis"),
        (9090, "prometheus"),
        (9093, "alertmanager"),
        (8080, "cadvisor"),
    ],
)
def test_the_port_of_a_target_suggests_a_catalogue_and_proves_nothing(port: int, catalogue: str) -> None:
    assert found(name="x", targets=[f"a:{port}"]) == ([catalogue, "go"], f"by the port {port}", False)


@pytest.mark.parametrize(
    "fields",
    [
        {"discovery": [StaticTargets(targets=["a:9100"])]},
        {"discovery": [DnsDiscovery(names=["a"], type="A", port=9100)]},
        {"extra": {"static_configs": [{"targets": ["a:9100"]}]}},
    ],
)
def test_ports_are_seen_wherever_targets_are_written(fields: dict[str, Any]) -> None:
    assert found(name="x", **{"targets": [], **fields})[0] == ["node", "go"]


def test_what_a_job_names_is_all_that_applies() -> None:
    assert found(name="node", targets=["a:9100"], catalogues=["redis"]) == (["redis", "go"], "the job names them", True)


@pytest.mark.parametrize(
    ("name", "versions"),
    [("shop", ["2.1.0", "1.9.0"]), ("shop@1.9.0", ["1.9.0"]), ("shop@2", ["2.1.0"]), ("shop@1.9.0.1", [])],
)
def test_a_job_may_name_a_version(name: str, versions: list[str]) -> None:
    told = applies(job(name="x", catalogues=[name]), KNOWN)

    assert [each.version for each in told.catalogues if each.name == "shop"] == versions


def test_several_catalogues_may_be_for_one_job() -> None:
    text = Catalogue("backups", jobs=["node"])

    told = applies(job(name="node"), (text, *shipped()))

    assert [each.name for each in told.catalogues] == ["backups", "node", "go"]


def test_a_catalogue_that_is_not_there_is_told() -> None:
    declared = ScrapeJob(name="x", targets=["a:1"], catalogues=["nod", "redis@9", "shop@2"], source=job().source)

    assert [str(problem) for problem in unknown_catalogues(declared, KNOWN)] == [
        f"content.py:1: the scrape job 'x' names the catalogue 'nod', which is not there\n    {hint('node')}",
        f"content.py:1: the scrape job 'x' names the catalogue 'redis@9', which is not there\n    {hint('redis')}",
    ]


def hint(near: str) -> str:
    names = sorted({each.title for each in KNOWN} | {each.name for each in KNOWN})
    return f"did you mean {near!r}? known: {', '.join(names)}"


def test_every_odd_job_is_looked_at() -> None:
    odd = ScrapeJob(
        name="",
        targets=["", ":", "x:99999999", "[::1]:9100"],
        catalogues=["@", ""],
        extra={
            "static_configs": [{"targets": None}, 5],
            "relabel_configs": "x",
            "metric_relabel_configs": [None, {"action": "drop"}],
        },
    )

    assert applies(odd, KNOWN).catalogues == ()
