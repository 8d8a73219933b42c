"""What `dojoboards.yaml` says of a ruler."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dojoboards import config
from dojoboards.errors import DojoboardsError
from dojoboards.model import Api, SecretRef, TargetSettings

URL = "https://mimir.example.com/mimir"


def targets(root: Path, defaults: dict[str, Any] | None = None, **prod: Any) -> Any:
    document = {
        "project": "shop",
        "defaults": {"targets": defaults or {}},
        "environments": {"prod": {"targets": prod}},
    }
    (root / "dojoboards.yaml").write_text(yaml.safe_dump(document))
    return config.read(root).environment("prod").targets


def test_a_target_with_a_url_is_a_server_with_an_api(tmp_path: Path) -> None:
    there = {"url": URL, "flavour": "mimir", "tenant": "shop", "token": {"env": "TOKEN"}, "retries": 1, "timeout": 5}
    api = Api(url=URL, flavour="mimir", tenant="shop", token=SecretRef(env="TOKEN"), retries=1, timeout=5)

    assert targets(tmp_path, prometheus=there, alertmanager=there) == {
        system: TargetSettings(system=system, api=api) for system in ("prometheus", "alertmanager")
    }


def test_a_server_in_a_closed_network_needs_no_login(tmp_path: Path) -> None:
    (target,) = targets(tmp_path, prometheus={"url": URL, "flavour": "cortex"}).values()

    assert target.api == Api(url=URL, flavour="cortex")


def test_an_environment_switches_from_the_directory_of_all_to_a_server(tmp_path: Path) -> None:
    everywhere = {"prometheus": {"directory": "/etc/prometheus", "owner": "prometheus"}}
    (target,) = targets(tmp_path, everywhere, prometheus={"url": URL, "flavour": "mimir"}).values()

    assert target == TargetSettings(system="prometheus", api=Api(url=URL, flavour="mimir"))


@pytest.mark.parametrize(
    ("there", "message", "remedy"),
    [
        (
            {"url": URL},
            "environments.prod.targets.prometheus: key 'flavour' is missing",
            "Which server takes it through its API: mimir or cortex. A Prometheus or an Alertmanager takes files",
        ),
        (
            {"url": URL, "flavour": "loki"},
            "environments.prod.targets.prometheus.flavour: 'loki' is not one of",
            "Which",
        ),
        ({"url": URL, "flavour": "mimir", "tennant": "a"}, "unknown key 'tennant'", "did you mean 'tenant'?"),
        (
            {"url": URL, "flavour": "mimir", "tenant": "a/b"},
            "environments.prod.targets.prometheus.tenant: 'a/b' is not allowed here",
            "Whose rules they are",
        ),
        ({"url": URL, "flavour": "mimir", "username": "a"}, "'username' needs 'password' beside it", ""),
        (
            {"url": "https://me:secret@mimir.example.com", "flavour": "mimir"},
            "environments.prod.targets.prometheus.url is not allowed here",
            "It begins with http:// or https://",
        ),
    ],
)
def test_a_mistake_is_told_with_what_was_expected(
    there: dict[str, Any], message: str, remedy: str, tmp_path: Path
) -> None:
    with pytest.raises(DojoboardsError) as caught:
        targets(tmp_path, prometheus=there)

    problem = caught.value.problems[0]
    assert message in problem.message
    assert problem.remedy.startswith(remedy)
    assert problem.source is not None
    assert problem.source.line
