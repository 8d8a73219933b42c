from collections.abc import Callable
from pathlib import Path

import pytest

from dojoboards.config import read
from dojoboards.errors import DojoboardsError
from dojoboards.model import DataSourceRef, Lookup, SecretRef, Server, Setting

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        (tmp_path / "dojoboards.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def messages(root: Path) -> list[str]:
    with pytest.raises(DojoboardsError) as caught:
        read(root)
    assert caught.value.exit == 2
    return [
        f"{problem.source.line if problem.source else '-'}: {problem.message} | {problem.remedy}"
        for problem in caught.value.problems
    ]


GOOD = """\
project: shop
runbook_url: https://docs.example/{alert}
severities: [critical, warning]
settings:
  cpu_high: {default: 0.8, unit: percentunit, meaning: Busy from here on.}
  hosts: {meaning: Where the hosts are.}
defaults:
  data_sources:
    prometheus: {uid: prom, type: prometheus, url: "http://prometheus:9090"}
  secrets:
    token: {env: TOKEN}
  settings: {hosts: [a]}
environments:
  local:
  prod:
    grafana_url: https://grafana.example/
    settings: {cpu_high: 0.9, hosts: [b, c]}
    data_sources:
      prometheus: {uid: prom-prod}
    secrets:
      token: {file: /run/token}
    targets:
      prometheus:
        directory: {env: DIR, default: out}
        server_path: /etc/prometheus
        servers:
          - {url: "https://one.example", bearer_token: {env: T}, timeout: 3}
"""


def test_an_environment_overrides_defaults_key_by_key_and_lists_and_references_whole(write: Write) -> None:
    config = read(write(GOOD))

    local, prod = config.environments["local"], config.environments["prod"]
    assert config.project == "shop"
    assert local.settings["hosts"] == Setting(value=["a"], meaning="Where the hosts are.")
    assert prod.settings["cpu_high"] == Setting(value=0.9, unit="percentunit", meaning="Busy from here on.")
    assert prod.settings["hosts"].value == ["b", "c"]
    assert prod.data_sources["prometheus"] == DataSourceRef(
        uid="prom-prod", type="prometheus", url="http://prometheus:9090"
    )
    assert local.secrets == {"token": SecretRef(env="TOKEN")}
    assert prod.secrets == {"token": SecretRef(file="/run/token")}
    assert prod.grafana_url == "https://grafana.example"
    assert prod.severities == ("critical", "warning")


def test_targets_and_servers_are_read(write: Write) -> None:
    target = read(write(GOOD)).environments["prod"].targets["prometheus"]

    assert target.directory == Lookup(env="DIR", default="out")
    assert target.server_path == "/etc/prometheus"
    assert target.servers == (Server(url="https://one.example", bearer_token=SecretRef(env="T"), timeout=3),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "project: a\nenvironments: {x: }\nsevereties: [a]\n",
            [
                (
                    "3: unknown key 'severeties' in the file | did you mean 'severities'? known: "
                    "defaults, environments, project, runbook_url, settings, severities"
                )
            ],
            id="unknown key",
        ),
        pytest.param("environments: {x: }\n", ["1: the file: key 'project' is missing |"], id="missing key"),
        pytest.param(
            "project: a\nenvironments:\n  x:\n    grafana_url: 3\n",
            ["4: environments.x.grafana_url is the number 3, expected text | Grafana's address"],
            id="wrong type",
        ),
        pytest.param(
            "project: a\nenvironments:\n  x:\n    targets:\n      prometheus:\n        directory: [a]\n",
            ["6: environments.x.targets.prometheus.directory is a list, expected text or a mapping |"],
            id="neither of two types",
        ),
        pytest.param(
            "project: a\nenvironments:\n  x:\n    secrets:\n      s: {env: A, file: b}\n",
            ["5: environments.x.secrets.s does not fit | Exactly one of env"],
            id="two places for a secret",
        ),
        pytest.param("project: a\nproject: b\nenvironments: {x: }\n", ["2: key 'project' stands twice |"], id="twice"),
        pytest.param("project: [a\n", ["2: not YAML: did not find expected ',' or ']' |"], id="not YAML"),
        pytest.param("", ["1: the file is empty, expected a mapping |"], id="empty"),
        pytest.param(
            "project: a\nsettings:\n  b: {meaning: How much.}\nenvironments:\n  x: {settings: {c: 1}}\n",
            [
                "3: setting 'b' has neither a default nor a value in environment 'x' | How much.",
                "5: setting 'c' is not declared | declare it under `settings:` with its meaning",
            ],
            id="settings",
        ),
        pytest.param(
            "project: a\nenvironments:\n  x:\n    data_sources:\n      p: {uid: b}\n",
            ["5: data source 'p' of environment 'x' has no type |"],
            id="data source",
        ),
    ],
)
def test_every_mistake_is_told_with_its_line_and_a_remedy(write: Write, text: str, expected: list[str]) -> None:
    found = messages(write(text))

    assert len(found) == len(expected)
    assert [a for a, b in zip(found, expected, strict=True) if not a.startswith(b)] == []


def test_all_mistakes_are_told_at_once(write: Write) -> None:
    found = messages(write("project: A B\nenvironments:\n  x:\n    graphana_url: y\n    secrets: {s: {env: 1}}\n"))

    assert [line.partition(":")[0] for line in found] == ["1", "4", "5"]


def test_a_missing_file_says_how_to_name_the_project(tmp_path: Path) -> None:
    message = "0: cannot read dojoboards.yaml: No such file or directory"
    assert messages(tmp_path) == [f"{message} | run dojoboards in the project's directory, or name it with -C DIR"]


def test_an_unknown_environment_is_told_with_the_known_ones(write: Write) -> None:
    with pytest.raises(DojoboardsError, match="did you mean 'prod'\\? known: local, prod"):
        read(write(GOOD)).environment("prd")
