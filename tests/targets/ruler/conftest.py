from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from dojoboards.model import Api, SecretRef
from support.ruler import PREFIXES, Ruler, ruler
from support.ruling import Site, stand_in_site

_REAL = "RULER_URL"


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy stands between a test and loopback."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,::1,localhost")


@pytest.fixture(params=list(PREFIXES))
def server(request: pytest.FixtureRequest) -> Iterator[Ruler]:
    """A stand-in ruler, in each flavour."""
    with ruler(request.param) as server:
        yield server


@pytest.fixture
def here(server: Ruler, tmp_path: Path) -> Iterator[Site]:
    """The stand-in `server` as a site."""
    with ExitStack() as stack:
        yield stand_in_site(server, tmp_path, stack)


@pytest.fixture(params=[*PREFIXES, *(["real"] if _REAL in os.environ else [])])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A tenant to push to: a stand-in in each flavour, and the real one at RULER_URL, left as it was found."""
    with ExitStack() as stack:
        if request.param != "real":
            yield stand_in_site(stack.enter_context(ruler(request.param)), tmp_path, stack)
            return
        made = _real(tmp_path, stack)
        yield made
        for module in made.rules():
            made.person.delete(made.path(module))


def _real(root: Path, stack: ExitStack) -> Site:
    """Return the real tenant: RULER_URL, RULER_FLAVOUR, RULER_TENANT, and RULER_TOKEN or RULER_USER, RULER_PASSWORD."""
    url = os.environ[_REAL].rstrip("/")
    token, tenant = os.environ.get("RULER_TOKEN", ""), os.environ.get("RULER_TENANT", "")
    user, password = os.environ.get("RULER_USER", ""), os.environ.get("RULER_PASSWORD", "")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"X-Scope-OrgID": tenant} if tenant else {}
    auth = (user, password) if user else None
    person = stack.enter_context(httpx.Client(base_url=url, auth=auth, headers=headers, timeout=30))
    api = Api(
        url=url,
        flavour=os.environ.get("RULER_FLAVOUR", "mimir"),
        tenant=tenant,
        token=SecretRef(env="RULER_TOKEN") if token else None,
        username=user,
        password=SecretRef(env="RULER_PASSWORD") if user else None,
    )
    return Site(api, person, f"djb{secrets.token_hex(4)}", root)
