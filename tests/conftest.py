from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import stack
from support import servers, shown
from support.project import Builder, Shop

shown.listen()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail every test that shows a secret, unless it says that it does so on purpose."""
    report = yield
    if report.when == "teardown":
        found = shown.secrets(text for _, text in report.sections)
        if found and item.get_closest_marker("shows_secrets") is None:
            report.outcome = "failed"
            report.longrepr = "\n".join(["it shows secrets:", *map(repr, found)])
    return report


@pytest.fixture(scope="session")
def programs() -> None:
    """Real Prometheus, promtool, Alertmanager and amtool; a test that asks for them is skipped where they are not."""
    missing = [name for name in stack.PROGRAMS if not stack.new_enough(name)]
    if missing:
        message = f"{', '.join(missing)} cannot be had here: run make stack, or put them on the PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    if str(stack.BIN) not in os.environ["PATH"]:
        os.environ["PATH"] = f"{stack.BIN}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    """Writes a project into an empty directory."""
    return Builder(tmp_path / "project")


@pytest.fixture
def shop(programs: None, builder: Builder, tmp_path: Path) -> Iterator[Shop]:
    """A small project whose targets are read by a real Prometheus and a real Alertmanager."""
    with ExitStack() as running:
        prometheus = running.enter_context(servers.prometheus(tmp_path / "prometheus"))
        alertmanager = running.enter_context(servers.alertmanager(tmp_path / "alertmanager"))
        yield Shop(builder, prometheus, alertmanager, tmp_path / "grafana")
