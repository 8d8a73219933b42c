from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from support.asking import Asking, opened_in
from support.grafana import Grafana, grafana


@pytest.fixture
def asking() -> Iterator[Asking]:
    """Opens clients of a stand-in Grafana."""
    with ExitStack() as stack:
        yield opened_in(stack)


@pytest.fixture(params=["9.4", "13"])
def server(request: pytest.FixtureRequest) -> Iterator[Grafana]:
    """A stand-in Grafana, in each flavour."""
    with grafana(request.param) as server:
        yield server


@pytest.fixture
def old() -> Iterator[Grafana]:
    """A stand-in Grafana 9.4."""
    with grafana("9.4") as server:
        yield server


@pytest.fixture
def new() -> Iterator[Grafana]:
    """A stand-in Grafana 13."""
    with grafana("13") as server:
        yield server
