import re
from typing import Any

import orjson
import pytest
import yaml

from dojoboards.errors import Source
from dojoboards.model import (
    DataSource,
    DataSourceRef,
    Environment,
    Folder,
    Project,
    Secret,
    SecretRef,
    TargetSettings,
    Team,
)
from dojoboards.render import grafana
from support.golden import golden
from support.rendered import problems, rendered

BOARDS = "grafana/provisioning/dashboards/dojoboards.yaml"
SOURCES = "grafana/provisioning/datasources/dojoboards.yaml"
DATA_SOURCES = {
    "prometheus": DataSourceRef(uid="shop-prometheus", type="prometheus", url="http://prometheus.example.com:9090"),
    "alertmanager": DataSourceRef(uid="shop-alertmanager", type="alertmanager", url="http://am.example.com:9093"),
    "loki": DataSourceRef(uid="shop-loki", type="loki"),
}
ENVIRONMENT = Environment(
    name="prod",
    data_sources=DATA_SOURCES,
    secrets={
        "grafana-password": SecretRef(env="SHOP_GRAFANA_PASSWORD"),
        "token": SecretRef(file="/run/secrets/token"),
        "key": SecretRef(server_file="/etc/grafana/key"),
    },
    targets={"grafana": TargetSettings(system="grafana", directory="/etc/grafana/shop")},
)
PROMETHEUS = DataSource(name="prometheus", type="prometheus", default=True, json_data={"timeInterval": "15s"})


def project(environment: Environment = ENVIRONMENT, **fields: Any) -> Project:
    return Project(name="shop", environment=environment, **fields)


def everything() -> Project:
    return project(
        folders=[
            Folder(uid="platform", title="Platform", permissions={"operations": "Admin", "role:Viewer": "View"}),
            Folder(uid="databases", title="Data & bases", parent="platform", permissions={"user:mira": "Edit"}),
            Folder(uid="open", title="Open", permissions={}),
            Folder(uid="left", title="Left to the server"),
        ],
        teams=[Team(name="operations", email="ops@example.com", members=["mira", "jo", "mira"]), Team(name="web")],
        data_sources=[
            PROMETHEUS,
            DataSource(
                name="alertmanager",
                type="alertmanager",
                title="Alerts",
                json_data={"implementation": "prometheus"},
                basic_auth_user="grafana",
                secure_json_data={"basicAuthPassword": Secret("grafana-password")},
            ),
            DataSource(
                name="loki",
                type="loki",
                url="http://loki.example.com/$tenant",
                json_data={"derivedFields": [{"name": "trace", "url": "${__value.raw}", "matcherRegex": "id=(\\w+)$"}]},
                secure_json_data={"tlsClientKey": Secret("key"), "httpHeaderValue1": Secret("token")},
            ),
        ],
    )


@pytest.mark.parametrize(
    "path",
    [
        BOARDS,
        SOURCES,
        "grafana/folders/databases.json",
        "grafana/teams/operations.json",
        "grafana/data-sources/shop-alertmanager.json",
        "grafana/data-sources/shop-loki.json",
    ],
)
def test_what_grafana_gets_is_a_file_that_a_reviewer_can_read(path: str) -> None:
    text = rendered(grafana.render, everything())[path]

    assert text == golden(f"grafana/{path.partition('/')[2].replace('/', '-')}", text)


def test_every_folder_team_and_data_source_has_a_file() -> None:
    assert sorted(rendered(grafana.render, everything())) == [
        "grafana/data-sources/shop-alertmanager.json",
        "grafana/data-sources/shop-loki.json",
        "grafana/data-sources/shop-prometheus.json",
        "grafana/folders/databases.json",
        "grafana/folders/left.json",
        "grafana/folders/open.json",
        "grafana/folders/platform.json",
        BOARDS,
        SOURCES,
        "grafana/teams/operations.json",
        "grafana/teams/web.json",
    ]


def test_provisioning_is_written_where_grafana_is_fed_by_files_only() -> None:
    api = Environment(name="prod", data_sources=DATA_SOURCES)

    assert list(rendered(grafana.render, project(api, data_sources=[PROMETHEUS]))) == [
        "grafana/data-sources/shop-prometheus.json"
    ]
    assert list(rendered(grafana.render, project())) == [BOARDS]


def folder(**fields: Any) -> Any:
    declared = project(Environment(name="x"), folders=[Folder(uid="a", title="A", **fields)])
    return orjson.loads(rendered(grafana.render, declared)["grafana/folders/a.json"])


def test_no_permissions_are_not_the_same_as_permissions_left_to_the_server() -> None:
    assert folder(permissions={})["permissions"] == []
    assert "permissions" not in folder()


def test_permissions_name_a_team_a_role_or_a_user() -> None:
    given = {"web:shop": "View", "user:a:b": "Edit", "role:Viewer": "View", "ops": "Admin"}

    assert folder(permissions=given)["permissions"] == [
        {"team": "ops", "permission": "Admin"},
        {"role": "Viewer", "permission": "View"},
        {"user": "a:b", "permission": "Edit"},
        {"team": "web:shop", "permission": "View"},
    ]


def test_each_folder_has_a_provider_and_a_directory_of_its_own() -> None:
    providers = yaml.safe_load(rendered(grafana.render, everything())[BOARDS])["providers"]

    assert [(entry.get("folderUid"), entry["folder"], entry["options"]["path"]) for entry in providers] == [
        (None, "", "dashboards/general"),
        ("platform", "Platform", "dashboards/platform"),
        ("databases", "Data & bases", "dashboards/platform.data-bases"),
        ("open", "Open", "dashboards/open"),
        ("left", "Left to the server", "dashboards/left-to-the-server"),
    ]
    assert len({entry["name"] for entry in providers}) == len(providers)
    paths = [entry["options"]["path"] for entry in providers]
    assert [path for path in paths for other in paths if other.startswith(f"{path}/")] == []


def test_an_unknown_folder_or_a_circle_of_folders_still_has_a_directory() -> None:
    circle = project(folders=[Folder(uid="a", title="A", parent="b"), Folder(uid="b", title="B", parent="a")])

    assert grafana.folder_path(circle, "a") == "b.a"
    assert grafana.folder_path(circle, "nowhere") == "nowhere"
    assert grafana.folder_path(circle, "") == "general"


def test_the_interval_of_scrapes_reaches_grafana_both_ways() -> None:
    files = rendered(grafana.render, everything())

    assert orjson.loads(files["grafana/data-sources/shop-prometheus.json"])["jsonData"] == {"timeInterval": "15s"}
    entry = yaml.safe_load(files[SOURCES])["datasources"][0]
    assert (entry["uid"], entry["jsonData"], entry["isDefault"], entry["editable"]) == (
        "shop-prometheus",
        {"timeInterval": "15s"},
        True,
        False,
    )


def interpolated(text: str) -> str:
    """Return what Grafana makes of a value in a provisioning file: variables are looked up, `$$` is a dollar sign."""
    return "$".join(re.sub(r"\$\{?\w+.*?\}?", "", part) for part in text.split("$$"))


def test_dollar_signs_reach_grafana_as_they_were_declared() -> None:
    (loki,) = [
        entry
        for entry in yaml.safe_load(rendered(grafana.render, everything())[SOURCES])["datasources"]
        if entry["uid"] == "shop-loki"
    ]

    assert loki["url"] == "http://loki.example.com/$$tenant"
    assert interpolated(loki["url"]) == "http://loki.example.com/$tenant"
    (field,) = loki["jsonData"]["derivedFields"]
    assert (interpolated(field["url"]), interpolated(field["matcherRegex"])) == ("${__value.raw}", "id=(\\w+)$")


def test_dollar_signs_of_a_folders_title_are_doubled_in_provisioning_only() -> None:
    files = rendered(grafana.render, project(folders=[Folder(uid="a", title="US$")]))

    assert yaml.safe_load(files[BOARDS])["providers"][1]["folder"] == "US$$"
    assert orjson.loads(files["grafana/folders/a.json"])["title"] == "US$"


def test_secrets_of_a_data_source_are_references() -> None:
    files = rendered(grafana.render, everything())

    assert orjson.loads(files["grafana/data-sources/shop-loki.json"])["secureJsonData"] == {
        "httpHeaderValue1": {"file": "/run/secrets/token"},
        "tlsClientKey": {"server_file": "/etc/grafana/key"},
    }
    found = {entry["uid"]: entry.get("secureJsonData") for entry in yaml.safe_load(files[SOURCES])["datasources"]}
    assert found == {
        "shop-prometheus": None,
        "shop-alertmanager": {"basicAuthPassword": "$__file{secrets/grafana-password}"},
        "shop-loki": {
            "tlsClientKey": "$__file{/etc/grafana/key}",
            "httpHeaderValue1": "$__file{secrets/token}",
        },
    }


HERE = Source("dashboards/a.py", 4)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            DataSource(name="prometeus", type="prometheus", source=HERE),
            (
                "dashboards/a.py:4: data source 'prometeus' is not in dojoboards.yaml (environment prod), so it has no "
                "uid there\n    did you mean 'prometheus'? known: alertmanager, loki, prometheus"
            ),
        ),
        (
            DataSource(name="prometheus", type="loki", source=HERE),
            (
                "dashboards/a.py:4: data source 'prometheus' is declared as 'loki' but is 'prometheus' in "
                "dojoboards.yaml\n    make the two types the same"
            ),
        ),
        (
            DataSource(name="loki", type="loki", source=HERE),
            ("dashboards/a.py:4: data source 'loki' has no address\n    give `url` here or in dojoboards.yaml"),
        ),
        (
            DataSource(name="prometheus", type="prometheus", secure_json_data={"a": Secret("tokn")}, source=HERE),
            (
                "dashboards/a.py:4: the environment prod does not say where the secret 'tokn' is found\n"
                "    add it under `secrets:` in dojoboards.yaml "
                "(did you mean 'token'? known: grafana-password, key, token)"
            ),
        ),
        (
            DataSource(name="prometheus", type="prometheus", json_data={"a": object}, source=HERE),
            (
                "dashboards/a.py:4: grafana/data-sources/shop-prometheus.json: jsonData.a: <class 'object'> is not a "
                "plain value\n    use text, numbers, truth values, lists and mappings only"
            ),
        ),
    ],
)
def test_a_data_source_that_cannot_be_written_is_told(source: DataSource, expected: str) -> None:
    assert problems(grafana.render, project(data_sources=[source], environment=ENVIRONMENT))[:1] == [expected]
