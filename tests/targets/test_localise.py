from dojoboards.artifact import HEADER, Artifact, parse, yaml_bytes
from dojoboards.targets.localise import localised


def one(*artifacts: Artifact) -> dict[str, bytes]:
    return {entry.path: entry.body for entry in localised(artifacts, "/etc/here")}


def test_paths_become_relative_to_the_directory() -> None:
    rules = Artifact("rules", "a", "prometheus/rules/a.yml", b"groups: []\n")

    assert one(rules) == {"rules/a.yml": b"groups: []\n"}


def test_alertmanager_gets_absolute_secrets_and_templates_named_by_their_content() -> None:
    config = {"global": {"slack_api_url_file": "secrets/slack"}, "templates": ["templates/shop.tmpl"]}
    made = one(
        Artifact("alertmanager-config", "alertmanager", "alertmanager/alertmanager.yml", yaml_bytes(config)),
        Artifact("notification-template", "shop", "alertmanager/templates/shop.tmpl", b"{{ 1 }}"),
    )

    template = next(path for path in made if path.startswith("templates/"))
    assert template == "templates/shop.bb0176da0238.tmpl"
    assert made["alertmanager.yml"].decode() == (
        f"{HEADER}global:\n  slack_api_url_file: /etc/here/secrets/slack\ntemplates:\n  - {template}\n"
    )


def test_another_template_is_another_configuration() -> None:
    config = Artifact(
        "alertmanager-config", "a", "alertmanager/alertmanager.yml", yaml_bytes({"templates": ["templates/t.tmpl"]})
    )

    def configuration(text: bytes) -> bytes:
        template = Artifact("notification-template", "t", "alertmanager/templates/t.tmpl", text)
        return one(config, template)["alertmanager.yml"]

    assert configuration(b"one") != configuration(b"two")


def test_grafana_gets_absolute_paths_of_dashboards() -> None:
    providers = {"providers": [{"options": {"path": "dashboards/general"}}]}
    path = "grafana/provisioning/dashboards/dojoboards.yaml"

    body = one(Artifact("provisioning", "dashboards", path, yaml_bytes(providers)))[
        "provisioning/dashboards/dojoboards.yaml"
    ]

    assert b"path: /etc/here/dashboards/general" in body


def test_grafana_finds_the_secrets_of_its_data_sources() -> None:
    sources = {"datasources": [{"secureJsonData": {"a": "$__file{secrets/b}", "c": "$__file{/d}"}}]}
    path = "grafana/provisioning/datasources/dojoboards.yaml"

    (made,) = localised([Artifact("provisioning", "datasources", path, yaml_bytes(sources))], "/etc/here")

    secure = parse(made)["datasources"][0]["secureJsonData"]
    assert secure == {"a": "$__file{/etc/here/secrets/b}", "c": "$__file{/d}"}


def test_prometheus_finds_its_secrets_beside_its_configuration() -> None:
    body = yaml_bytes({"scrape_configs": [{"authorization": {"credentials_file": "secrets/token"}}]})

    assert one(Artifact("prometheus-config", "p", "prometheus/prometheus.yml", body)) == {"prometheus.yml": body}


def test_the_rules_of_loki_go_into_the_directory_of_their_tenant() -> None:
    rules = Artifact("log-rules", "a", "loki/rules/a.yml", b"groups: []\n")

    assert one(rules) == {"rules/fake/a.yml": b"groups: []\n"}
    assert [entry.path for entry in localised([rules], "/etc/loki", "shop")] == ["rules/shop/a.yml"]
