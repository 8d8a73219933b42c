from __future__ import annotations

from pathlib import Path

import pytest

from support.dojopool import built


@pytest.fixture
def configuration(tmp_path: Path, programs: None, request: pytest.FixtureRequest) -> Path:
    """Alertmanager's configuration of one environment."""
    environment = getattr(request, "param", "prod")
    for path, body in built(environment).files.items():
        if path.startswith("alertmanager/"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(body)
    return tmp_path / "alertmanager/alertmanager.yml"
