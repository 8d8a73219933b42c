from pathlib import Path
from typing import Any, get_args

import pytest

from dojoboards.errors import Source
from dojoboards.model import (
    Alert,
    BasicAuth,
    Discovery,
    DnsDiscovery,
    Environment,
    FileDiscovery,
    HttpDiscovery,
    KubernetesDiscovery,
    Project,
    Prometheus,
    Relabel,
    RelabelAction,
    RuleGroup,
    ScrapeJob,
    Secret,
    SecretRef,
    StaticTargets,
    Tls,
)
from dojoboards.render import prometheus, rules, secrets
from support.golden import golden
from support.rendered import accepted, document, problems, rendered, write

PATH = "prometheus/prometheus.yml"
ENVIRONMENT = Environment(
    name="prod",
    secrets={
        "token": SecretRef(env="SHOP_TOKEN"),
        "password": SecretRef(file="/run/secrets/password"),
        "on-server": SecretRef(server_file="/etc/prometheus/token"),
    },
)
ALERT = Alert(name="Down", expr="up == 0", severity="critical", summary="Down", description="It is down.")


def project(*jobs: ScrapeJob, environment: Environment = ENVIRONMENT, **fields: Any) -> Project:
    return Project(name="shop", environment=environment, scrape_jobs=jobs, **fields)


def job(**fields: Any) -> ScrapeJob:
    return ScrapeJob(**{"name": "node", "source": Source("alerts/scrape.py", 3), **fields})


def job_document(**fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = document(prometheus.render, project(job(**fields)), PATH)["scrape_configs"][0]
    return found


def server_document(**fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = document(prometheus.render, project(prometheus=Prometheus(**fields)), PATH)
    return found


WAYS: list[tuple[Discovery, str, dict[str, Any]]] = [
    (StaticTargets(targets=["a:1", "b:2"]), "static_configs", {"targets": ["a:1", "b:2"]}),
    (
        StaticTargets(targets=["[::1]:9100"], labels={"zone": "a"}),
        "static_configs",
        {"targets": ["[::1]:9100"], "labels": {"zone": "a"}},
    ),
    (FileDiscovery(files=["targets/*.json"]), "file_sd_configs", {"files": ["targets/*.json"]}),
    (
        FileDiscovery(files=["a.yml", "b.yaml"], refresh_interval="1m"),
        "file_sd_configs",
        {"files": ["a.yml", "b.yaml"], "refresh_interval": "1m"},
    ),
    (DnsDiscovery(names=["_web._tcp.a.example"]), "dns_sd_configs", {"names": ["_web._tcp.a.example"], "type": "SRV"}),
    *[
        (
            DnsDiscovery(names=["web.example.com"], type=kind, port=80, refresh_interval="30s"),
            "dns_sd_configs",
            {"names": ["web.example.com"], "type": kind, "port": 80, "refresh_interval": "30s"},
        )
        for kind in ("A", "AAAA", "MX", "NS")
    ],
    (
        HttpDiscovery(url="https://hosts.example.com/web", refresh_interval="2m", authorization=Secret("token")),
        "http_sd_configs",
        {
            "url": "https://hosts.example.com/web",
            "authorization": {"credentials_file": "secrets/token"},
            "refresh_interval": "2m",
        },
    ),
    *[
        (KubernetesDiscovery(role=role), "kubernetes_sd_configs", {"role": role})
        for role in ("node", "pod", "service", "endpoints", "endpointslice", "ingress")
    ],
    (
        KubernetesDiscovery(
            role="pod",
            namespaces=["shop", "pool"],
            api_server="https://kubernetes.example.com",
            selectors=[{"role": "pod", "label": "app=shop"}],
        ),
        "kubernetes_sd_configs",
        {
            "role": "pod",
            "api_server": "https://kubernetes.example.com",
            "namespaces": {"names": ["shop", "pool"]},
            "selectors": [{"role": "pod", "label": "app=shop"}],
        },
    ),
]  # fmt: skip

STEPS: list[tuple[Relabel, dict[str, Any]]] = [
    (Relabel(target_label="zone", replacement="a"), {"target_label": "zone", "replacement": "a"}),
    (
        Relabel(source_labels=["a", "b"], separator="/", regex="(.+)/.*", target_label="c", replacement="$1"),
        {"source_labels": ["a", "b"], "separator": "/", "regex": "(.+)/.*", "target_label": "c", "replacement": "$1"},
    ),
    (
        Relabel(source_labels=["a"], target_label="b", replacement="", separator=""),
        {"source_labels": ["a"], "separator": "", "target_label": "b", "replacement": ""},
    ),
    (
        Relabel(action="keep", source_labels=["a"], regex="x|y"),
        {"source_labels": ["a"], "regex": "x|y", "action": "keep"},
    ),
    (Relabel(action="drop", source_labels=["a"], regex=""), {"source_labels": ["a"], "regex": "", "action": "drop"}),
    (
        Relabel(action="keepequal", source_labels=["a"], target_label="b"),
        {"source_labels": ["a"], "target_label": "b", "action": "keepequal"},
    ),
    (
        Relabel(action="dropequal", source_labels=["a"], target_label="b"),
        {"source_labels": ["a"], "target_label": "b", "action": "dropequal"},
    ),
    (
        Relabel(action="hashmod", source_labels=["__address__"], modulus=4, target_label="__tmp_shard"),
        {"source_labels": ["__address__"], "modulus": 4, "target_label": "__tmp_shard", "action": "hashmod"},
    ),
    (
        Relabel(action="labelmap", regex="__meta_kubernetes_pod_label_(.+)", replacement="pod_$1"),
        {"regex": "__meta_kubernetes_pod_label_(.+)", "replacement": "pod_$1", "action": "labelmap"},
    ),
    (Relabel(action="labeldrop", regex="tmp_.*"), {"regex": "tmp_.*", "action": "labeldrop"}),
    (Relabel(action="labelkeep", regex="job|instance"), {"regex": "job|instance", "action": "labelkeep"}),
    (
        Relabel(action="lowercase", source_labels=["a"], target_label="a"),
        {"source_labels": ["a"], "target_label": "a", "action": "lowercase"},
    ),
    (
        Relabel(action="uppercase", source_labels=["a"], target_label="a"),
        {"source_labels": ["a"], "target_label": "a", "action": "uppercase"},
    ),
]


def everything() -> Project:
    full = job(
        name="shop",
        targets=["shop-1.example.com:5000", "shop-2.example.com:5000"],
        labels={"service": "shop"},
        discovery=[StaticTargets(targets=["shop-3.example.com:5000"]), DnsDiscovery(names=["_shop._tcp.example.com"])],
        metrics_path="/internal/metrics",
        scheme="https",
        scrape_interval="1m",
        scrape_timeout="20s",
        honor_labels=True,
        params={"collect[]": ["cpu", "memory"]},
        authorization=Secret("token"),
        tls=Tls(ca_file="/etc/ssl/ca.pem", server_name="shop.example.com", insecure_skip_verify=True),
        relabel=[Relabel(source_labels=["__address__"], regex="(.+):[0-9]+", target_label="host")],
        metric_relabel=[Relabel(action="drop", source_labels=["__name__"], regex="go_.*")],
        sample_limit=20000,
        extra={"label_limit": 30, "relabel_configs": [{"target_label": "zone", "replacement": "a"}]},
    )
    server = Prometheus(
        scrape_interval="15s",
        scrape_timeout="10s",
        evaluation_interval="15s",
        external_labels={"environment": "prod"},
        alertmanagers=[StaticTargets(targets=["alertmanager.example.com:9093"])],
        alertmanager_scheme="https",
        alert_relabel=[Relabel(action="labeldrop", regex="replica")],
        extra={
            "global": {"sample_limit": 50000, "external_labels": {"region": "eu"}},
            "rule_files": ["/etc/prometheus/more/*.rules"],
            "remote_write": [
                {
                    "url": "https://metrics.example.com/write",
                    "authorization": {"credentials_file": Secret("on-server")},
                }
            ],
        },
    )
    plain = job(basic_auth=BasicAuth(username="prometheus", password=Secret("password")), targets=["node:9100"])
    return project(full, plain, prometheus=server, groups=[RuleGroup(name="a", rules=[ALERT], module="shop")])


def test_the_configuration_is_a_file_that_a_reviewer_can_read() -> None:
    text = rendered(prometheus.render, everything())[PATH]

    assert text == golden("prometheus/prometheus.yml", text)


def test_nothing_is_written_for_a_project_without_prometheus_jobs_and_rules() -> None:
    assert rendered(prometheus.render, project()) == {}


def test_rules_or_jobs_alone_are_enough_for_a_configuration_with_defaults() -> None:
    settings = {"scrape_interval": "30s", "scrape_timeout": "10s", "evaluation_interval": "30s"}

    assert document(prometheus.render, project(groups=[RuleGroup(name="a", rules=[ALERT], module="a")]), PATH) == {
        "global": settings,
        "rule_files": ["rules/*.yml"],
    }
    assert document(prometheus.render, project(job(targets=["a:1"])), PATH) == {
        "global": settings,
        "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": ["a:1"]}]}],
    }


@pytest.mark.parametrize(("way", "key", "entry"), WAYS)
def test_every_way_of_discovery_finds_targets_and_alertmanagers(
    way: Discovery, key: str, entry: dict[str, Any]
) -> None:
    assert job_document(discovery=[way]) == {"job_name": "node", key: [entry]}
    assert server_document(alertmanagers=[way])["alerting"] == {"alertmanagers": [{"api_version": "v2", key: [entry]}]}


def test_several_ways_of_one_kind_stay_apart() -> None:
    found = job_document(
        targets=["a:1"],
        labels={"zone": "a"},
        discovery=[StaticTargets(targets=["b:1"]), FileDiscovery(files=["c.yml"])],
    )

    assert found["static_configs"] == [{"targets": ["a:1"], "labels": {"zone": "a"}}, {"targets": ["b:1"]}]
    assert found["file_sd_configs"] == [{"files": ["c.yml"]}]


@pytest.mark.parametrize(("step", "entry"), STEPS)
def test_every_step_of_relabelling_is_written_with_what_was_given(step: Relabel, entry: dict[str, Any]) -> None:
    assert job_document(targets=["a:1"], relabel=[step], metric_relabel=[step]) == {
        "job_name": "node",
        "static_configs": [{"targets": ["a:1"]}],
        "relabel_configs": [entry],
        "metric_relabel_configs": [entry],
    }
    assert server_document(alert_relabel=[step])["alerting"] == {"alert_relabel_configs": [entry]}


def test_the_steps_above_have_every_action() -> None:
    assert {step.action for step, _ in STEPS} == set(get_args(RelabelAction))


def test_further_keys_are_merged_into_what_was_rendered() -> None:
    found = server_document(
        external_labels={"a": "1"},
        alertmanagers=[StaticTargets(targets=["am:9093"])],
        extra={
            "global": {"external_labels": {"b": "2"}, "scrape_interval": "5s", "query_log_file": "/var/log/queries"},
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": ["other:9093"]}]}]},
            "scrape_configs": [{"job_name": "raw", "static_configs": [{"targets": ["a:1"]}]}],
        },
    )

    assert found["global"]["external_labels"] == {"a": "1", "b": "2"}
    assert (found["global"]["scrape_interval"], found["global"]["evaluation_interval"]) == ("5s", "30s")
    assert len(found["alerting"]["alertmanagers"]) == 2
    assert [entry["job_name"] for entry in found["scrape_configs"]] == ["raw"]


def test_the_declarations_are_not_changed_by_rendering_them() -> None:
    declared = everything()
    before = repr(declared)

    rendered(prometheus.render, declared)

    assert repr(declared) == before


def test_secrets_are_paths_of_files_beside_the_configuration_or_on_the_server() -> None:
    assert job_document(targets=["a:1"], authorization=Secret("token"))["authorization"] == {
        "credentials_file": "secrets/token"
    }
    assert job_document(targets=["a:1"], authorization=Secret("on-server"))["authorization"] == {
        "credentials_file": "/etc/prometheus/token"
    }
    assert job_document(targets=["a:1"], extra={"oauth2": OAUTH2})["oauth2"]["client_secret_file"] == "secrets/token"


OAUTH2 = {"client_id": "a", "client_secret_file": Secret("token"), "token_url": "https://login.example.com"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"extra": {"metric_relabel_config": []}},
            "scrape_configs.0: unknown key 'metric_relabel_config', did you mean 'metric_relabel_configs'?",
        ),
        ({"sample_limit": -1}, "scrape_configs.0.sample_limit: -1 is less than the minimum of 0"),
        ({"metrics_path": "metrics"}, 'scrape_configs.0.metrics_path: "metrics" is not a path that begins with /'),
        ({"params": {"a": [1]}}, "scrape_configs.0.params.a.0: 1 is not text"),
        ({"extra": {"oauth2": {"client_id": "a"}}}, "scrape_configs.0.oauth2: the key 'token_url' is missing"),
    ],
)
def test_what_prometheus_refuses_is_told_where_the_job_was_declared(fields: dict[str, Any], expected: str) -> None:
    assert problems(prometheus.render, project(job(targets=["a:1"], **fields))) == [
        f"alerts/scrape.py:3: {PATH}: {expected}\n    see the documentation of this format's fields"
    ]


def test_what_prometheus_refuses_of_its_settings_is_told_where_they_were_declared() -> None:
    server = Prometheus(extra={"remote_writ": []}, source=Source("alerts/scrape.py", 1))

    assert problems(prometheus.render, project(prometheus=server)) == [
        (
            f"alerts/scrape.py:1: {PATH}: the document: unknown key 'remote_writ', did you mean 'remote_write'?\n"
            "    see the documentation of this format's fields"
        )
    ]


def test_promtool_accepts_every_field_and_the_build_as_it_stands(programs: None, tmp_path: Path) -> None:
    declared = everything()
    write(tmp_path, declared, prometheus.render, rules.render, secrets.render)
    (tmp_path / "ca.pem").touch()
    file = tmp_path / PATH
    # What is on the server cannot be looked for here.
    file.write_text(
        file.read_text().replace("/etc/ssl", str(tmp_path)).replace("/etc/prometheus/token", "secrets/token")
    )

    said = accepted("promtool", "check", "config", PATH, cwd=tmp_path)

    assert "SUCCESS" in said
    assert "1 rules found" in said


def test_promtool_accepts_every_way_of_discovery_and_every_step(programs: None, tmp_path: Path) -> None:
    jobs = [
        *(job(name=f"way-{index}", discovery=[way]) for index, (way, _, _) in enumerate(WAYS)),
        job(name="steps", targets=["a:1"], relabel=[step for step, _ in STEPS], metric_relabel=[s for s, _ in STEPS]),
    ]
    server = Prometheus(alertmanagers=[way for way, _, _ in WAYS], alert_relabel=[step for step, _ in STEPS])
    for name in ("a.yml", "b.yaml"):
        (tmp_path / "prometheus").mkdir(exist_ok=True)
        (tmp_path / "prometheus" / name).write_text("[]\n")
    write(tmp_path, project(*jobs, prometheus=server), prometheus.render, secrets.render)

    assert "SUCCESS" in accepted("promtool", "check", "config", PATH, cwd=tmp_path)
