"""`targets.grafana` with an address, in dojoboards.yaml, and what is built for it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from dojoboards import config
from dojoboards.artifact import Artifact
from dojoboards.errors import DojoboardsError
from dojoboards.model import (
    Api,
    DataSource,
    DataSourceRef,
    Environment,
    Lookup,
    Project,
    Secret,
    SecretRef,
    TargetSettings,
)
from dojoboards.render import RENDERERS
from dojoboards.targets.grafana_api import grafana_target

EITHER = "Give a token, or a username with its password."
DIRECTORY = "The directory that belongs to us; relative to the project's root, or on another machine: ssh://user@host:port/path."


def read(root: Path, grafana: str, defaults: str = "{}") -> TargetSettings:
    text = f"""\
        project: shop
        defaults:
          targets: {{{f"grafana: {defaults}" if defaults != "{}" else ""}}}
        environments:
          prod:
            targets:
              grafana: {grafana}
        """
    (root / "dojoboards.yaml").write_text(textwrap.dedent(text))
    return config.read(root).environment("prod").targets["grafana"]


def wrong(root: Path, grafana: str) -> list[str]:
    with pytest.raises(DojoboardsError) as caught:
        read(root, grafana)
    return [f"{problem.message} | {problem.remedy}" for problem in caught.value.problems]


def test_an_address_and_a_token_are_enough(tmp_path: Path) -> None:
    settings = read(tmp_path, "{url: 'https://grafana.example/g', token: {env: TOKEN}}")

    assert settings == TargetSettings(
        system="grafana", api=Api(url="https://grafana.example/g", token=SecretRef(env="TOKEN"))
    )


def test_everything_can_be_set(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "{url: {env: URL, default: 'http://g.example'}, username: deploy, password: {file: p}, organisation: 2, "
        "ca_file: ca, cert_file: c, key_file: k, timeout: 2.5, max_concurrent: 3, retries: 0}",
    )

    assert settings.api == Api(
        url=Lookup(env="URL", default="http://g.example"),
        username="deploy",
        password=SecretRef(file="p"),
        organisation=2,
        ca_file="ca",
        cert_file="c",
        key_file="k",
        timeout=2.5,
        max_concurrent=3,
        retries=0,
    )


def test_a_directory_is_still_a_directory(tmp_path: Path) -> None:
    assert read(tmp_path, "{directory: out}") == TargetSettings(system="grafana", directory="out")


def test_an_environment_may_be_a_directory_where_the_default_is_an_address_and_the_other_way_round(
    tmp_path: Path,
) -> None:
    api, directory = "{url: 'http://g.example', token: {env: T}}", "{directory: out}"

    assert read(tmp_path, directory, defaults=api) == TargetSettings(system="grafana", directory="out")
    assert read(tmp_path, api, defaults=directory).directory == ""


@pytest.mark.parametrize(
    ("grafana", "messages"),
    [
        (
            "{url: 'http://g.example'}",
            [f"environments.prod.targets.grafana: key 'token' is missing | {EITHER}"],
        ),
        (
            "{url: 'http://g.example', token: {env: T}, username: a, password: {env: P}}",
            [f"environments.prod.targets.grafana.token is a mapping, expected nothing | {EITHER}"],
        ),
        (
            "{url: 'http://g.example', username: a}",
            ["environments.prod.targets.grafana: 'username' needs 'password' beside it | "],
        ),
        (
            "{}",
            [f"environments.prod.targets.grafana: key 'directory' is missing | {DIRECTORY}"],
        ),
    ],
)
def test_what_is_missing_or_too_much_is_told(grafana: str, messages: list[str], tmp_path: Path) -> None:
    assert wrong(tmp_path, grafana) == messages


def test_a_token_in_the_file_is_told_without_being_shown(tmp_path: Path) -> None:
    (message,) = wrong(tmp_path, "{url: 'http://g.example', token: glsa_example}")

    assert message.startswith("environments.prod.targets.grafana.token is text, expected a mapping")
    assert "glsa_example" not in message


def project(target: TargetSettings, secret: SecretRef) -> Project:
    source = DataSource(name="prom", type="prometheus", secure_json_data={"basicAuthPassword": Secret("prom")})
    environment = Environment(
        name="prod",
        data_sources={"prom": DataSourceRef(uid="prom", type="prometheus", url="http://prom.example")},
        secrets={"prom": secret},
        targets={"grafana": target},
    )
    return Project(name="shop", environment=environment, data_sources=[source])


def built(whole: Project) -> list[Artifact]:
    items = [item for name in ("grafana", "secrets") for item in RENDERERS[name](whole)]
    return [item for item in items if isinstance(item, Artifact)]


def test_files_for_a_start_of_grafana_are_built_only_for_a_directory() -> None:
    api = project(TargetSettings(system="grafana", api=Api(url="http://g.example")), SecretRef(env="PROM"))
    directory = project(TargetSettings(system="grafana", directory="out"), SecretRef(env="PROM"))

    assert [artifact.kind for artifact in built(api)] == ["data-source"]
    assert {artifact.kind for artifact in built(directory)} == {"data-source", "provisioning", "secret"}


def test_a_secret_that_only_the_server_can_read_cannot_go_through_the_api(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("glsa_example")
    settings = TargetSettings(system="grafana", api=Api(url="http://g.example", token=SecretRef(file="token")))
    whole = project(settings, SecretRef(server_file="/run/secrets/prom"))
    with pytest.raises(DojoboardsError) as caught:
        grafana_target(whole, settings, built(whole), tmp_path).wanted()

    (problem,) = caught.value.problems
    assert problem.message == (
        "the secret 'basicAuthPassword' of data-sources/prom.json stands in a file on the server, "
        "which Grafana's API does not read"
    )


def test_a_secret_that_is_not_set_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    settings = TargetSettings(system="grafana", api=Api(url="http://g.example"))
    whole = project(settings, SecretRef(env="DOJOBOARDS_UNSET"))
    with pytest.raises(DojoboardsError) as caught:
        grafana_target(whole, settings, built(whole), tmp_path).wanted()

    assert "the environment variable DOJOBOARDS_UNSET is not set" in str(caught.value)
