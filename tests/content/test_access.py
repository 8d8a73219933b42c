"""Who may see what in Grafana, in every environment."""

from __future__ import annotations

import json

import pytest

from support.dojopool import ENVIRONMENTS, built


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_developers_read_and_operations_administer_whatever_there_is(environment: str) -> None:
    content = built(environment)
    folders = [json.loads(body) for path, body in content.files.items() if path.startswith("grafana/folders/")]
    dashboards = [dashboard.folder for dashboard in content.project.dashboards]

    assert {folder["uid"] for folder in folders} >= set(dashboards)
    assert [sorted((who["team"], who["permission"]) for who in folder["permissions"]) for folder in folders] == [
        [("developers", "View"), ("operations", "Admin")]
    ] * len(folders)
