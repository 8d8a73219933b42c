from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from dojoboards.model import Api, SecretRef
from dojoboards.targets import secrets as targets_secrets
from dojoboards.targets.grafana_api import connection
from support.grafana import Grafana, grafana
from support.pushing import Site, stand_in_site

_REAL = "GRAFANA_URL"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits and digests of secrets take no time, and no proxy stands between a test and loopback."""
    monkeypatch.setattr(connection, "pause", lambda _: None)
    monkeypatch.setattr(targets_secrets, "GUESSING_COST", 2)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,::1,localhost")


@pytest.fixture(params=["9.4", "13"])
def server(request: pytest.FixtureRequest) -> Iterator[Grafana]:
    """A stand-in Grafana, in each flavour."""
    with grafana(request.param) as server:
        yield server


@pytest.fixture
def here(server: Grafana, tmp_path: Path) -> Iterator[Site]:
    """The stand-in `server` as a site."""
    with ExitStack() as stack:
        yield stand_in_site(server, tmp_path, stack)


@pytest.fixture(params=["9.4", "13", *(["real"] if _REAL in os.environ else [])])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A Grafana to push to: a stand-in in each flavour, and the real one at GRAFANA_URL, left as it was found."""
    with ExitStack() as stack:
        if request.param != "real":
            server = stack.enter_context(grafana(request.param))
            yield stand_in_site(server, tmp_path, stack)
            return
        made = _real(tmp_path, stack)
        yield made
        _clean(made)


def _real(root: Path, stack: ExitStack) -> Site:
    url = os.environ[_REAL].rstrip("/")
    prefix = f"djb{secrets.token_hex(4)}"
    token, user = os.environ.get("GRAFANA_TOKEN", ""), os.environ.get("GRAFANA_USER", "")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    auth = None if token else (user, os.environ["GRAFANA_PASSWORD"])
    person = stack.enter_context(httpx.Client(base_url=url, auth=auth, headers=headers, timeout=30))
    if token:
        return Site(Api(url=url, token=SecretRef(env="GRAFANA_TOKEN")), person, prefix, root, real=True)
    password = SecretRef(env="GRAFANA_PASSWORD")
    return Site(Api(url=url, username=user, password=password), person, prefix, root, real=True)


def _clean(site: Site) -> None:
    """Remove everything whose name begins with the prefix; a folder goes with what is in it."""
    for hit in site.get(f"/search?limit=5000&query={site.prefix}"):
        kind = "folders" if hit["type"] == "dash-folder" else "dashboards/uid"
        site.person.delete(f"/api/{kind}/{hit['uid']}")
    for name in ("shop", "db", "other"):
        site.person.delete(f"/api/folders/{site.uid(name)}")
    for team in site.get(f"/teams/search?query={site.prefix}")["teams"]:
        site.person.delete(f"/api/teams/{team['id']}")
    site.person.delete(f"/api/datasources/uid/{site.uid('prom')}")
    for row in site.get(f"/annotations?tags={site.uid('project')}"):
        site.person.delete(f"/api/annotations/{row['id']}")
