"""A ruler that is broken, hostile, or none: a clear error, nothing written, and nothing secret in it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.model import SecretRef
from dojoboards.targets import servers
from support import certificates
from support.answers import Reply, Request, answering
from support.faults import BAD_JSON, CUT_BEFORE, ENDLESS, LOGIN_PAGE, TRUNCATED, Fault, answer, redirect
from support.ruler import Ruler, ruler
from support.ruling import NOTIFICATION, Site, shop, stand_in_site

TOKEN = "example-ruler-token"
BOMB = b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


def refused(site: Site, system: str = "") -> Problem:
    with pytest.raises(DojoboardsError) as caught:
        site.push(shop(site), system)
    (problem,) = caught.value.problems
    assert TOKEN not in str(caught.value)
    return problem


@pytest.fixture(params=["mimir"])
def server(request: pytest.FixtureRequest) -> Iterator[Ruler]:
    with ruler(request.param) as server:
        yield server


@pytest.fixture
def closed(here: Site, server: Ruler, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The stand-in behind a gateway that wants to see a token."""
    monkeypatch.setenv("EXAMPLE_RULER_TOKEN", TOKEN)
    server.settings = replace(server.settings, authorization=f"Bearer {TOKEN}")
    here.person.headers["Authorization"] = f"Bearer {TOKEN}"
    return replace(here, api=replace(here.api, token=SecretRef(env="EXAMPLE_RULER_TOKEN")))


FAULTS = {
    "bad JSON": (BAD_JSON, "answers something that is neither YAML nor JSON"),
    "bad YAML": (answer(200, b"a: [", Content_Type="application/yaml"), "answers something that is neither YAML"),
    "aliases": (answer(200, BOMB, Content_Type="application/yaml"), "answers with YAML that no ruler writes"),
    "depth": (
        answer(200, b"[" * 60 + b"]" * 60, Content_Type="application/yaml"),
        "answers with YAML that no ruler writes",
    ),
    "a list": (answer(200, b"[1]", Content_Type="application/yaml"), "answers something else than"),
    "odd rules": (answer(200, b"a: [{name: b, rules: [c]}]", Content_Type="text/plain"), "answers something else than"),
    "a page": (LOGIN_PAGE, "answers with a page for people instead of data"),
    "truncated": (TRUNCATED, "cannot be reached: "),
    "cut": (CUT_BEFORE, "cannot be reached: "),
    "endless": (ENDLESS, "answers without end"),
    "not found": (answer(404, b"404 page not found"), "404, 404 page not found"),
    "forbidden": (answer(403, f"no {TOKEN}".encode()), "403, no (secret)"),
    "broken": (answer(500, b"boom"), "500, boom"),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("system", ["", NOTIFICATION])
def test_what_is_no_answer_of_a_ruler_is_told_and_nothing_is_written(
    closed: Site, server: Ruler, name: str, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "_MOST_BYTES", 1 << 20)
    fault, words = FAULTS[name]
    closed.push(shop(closed), system)
    server.requests.clear()
    server.fail(fault, times=None)
    problem = refused(closed, system)

    assert words in problem.message
    assert server.writes == []
    assert problem.exit == (Exit.PROBLEM if name == "broken" else Exit.UNREACHABLE)


@pytest.mark.parametrize("fault", [LOGIN_PAGE, answer(200, b"{}"), redirect("http://127.0.0.1:9/")])
def test_a_write_that_is_answered_by_somebody_else_is_no_success(closed: Site, server: Ruler, fault: Fault) -> None:
    server.fail(fault, method="POST", times=None)
    problem = refused(closed)

    assert "answers 200 instead of 202" in problem.message or "a redirect, which is not followed" in problem.message


def test_a_redirect_is_not_followed_and_takes_no_credentials_along(closed: Site, server: Ruler) -> None:
    asked: list[Request] = []

    def other(request: Request) -> Reply:
        asked.append(request)
        return Reply()

    with answering(other) as elsewhere:
        server.fail(redirect(elsewhere.url), times=None)
        problem = refused(closed)

    assert problem.message.endswith("answers 302, a redirect, which is not followed")
    assert asked == []


def test_a_wrong_token_is_told_without_it(here: Site, server: Ruler) -> None:
    server.settings = replace(server.settings, authorization="Bearer another")
    problem = refused(here)

    assert problem.message.endswith("does not let us read the rules: 401, Unauthorized")
    assert problem.remedy == "check `token`, or `username` and `password`, in dojoboards.yaml"
    assert problem.exit == Exit.UNREACHABLE


def test_a_missing_tenant_is_told(here: Site) -> None:
    problem = refused(replace(here, api=replace(here.api, tenant="")))

    assert problem.message.endswith("does not let us read the rules: 401, no org id")
    assert problem.remedy == "it serves several tenants: give `tenant` in dojoboards.yaml"


def test_a_password_goes_along_as_basic_authentication(here: Site, server: Ruler) -> None:
    (here.root / "password").write_text("example")
    server.settings = replace(server.settings, authorization="Basic c2hvcDpleGFtcGxl")
    api = replace(here.api, username="shop", password=SecretRef(file="password"))

    assert len(replace(here, api=api).push(shop(here))) == 3


@pytest.mark.parametrize("other", ["cortex", "loki"])
def test_the_wrong_flavour_is_told(here: Site, other: str) -> None:
    site = replace(here, api=replace(here.api, flavour=other))
    problem = refused(site)

    assert problem.message.endswith("does not let us read the rules: 404, 404 page not found")
    assert problem.remedy.startswith(f"is this the address of a {other.capitalize()}")


def test_a_namespace_that_is_protected_is_told(here: Site, server: Ruler) -> None:
    server.settings = replace(server.settings, protected=frozenset({"dojoboards.shop.service"}))
    problem = refused(here)

    assert "does not take dojoboards.shop.service/service: 403, namespace is protected" in problem.message
    assert server.rules("shop") == {}


def test_a_limit_of_the_server_is_told_and_everything_put_back(here: Site, server: Ruler) -> None:
    server.settings = replace(server.settings, max_groups=2)
    problem = refused(here)

    assert "400, per-user rule groups limit (limit: 2 actual: 3) exceeded" in problem.message
    assert server.rules("shop") == {}


def test_a_certificate_that_is_not_trusted_is_told_and_one_of_a_named_authority_is_taken(tmp_path: Path) -> None:
    certificates.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    with ExitStack() as stack:
        here = stand_in_site(stack.enter_context(ruler("mimir", tls=context)), tmp_path, stack)

        assert "certificate verify failed" in refused(here).message
        assert len(replace(here, api=replace(here.api, ca_file="ca.pem")).push(shop(here))) == 3


def test_nothing_that_is_asked_holds_a_secret_in_its_address(closed: Site, server: Ruler) -> None:
    closed.push(shop(closed))
    paths: list[Any] = [request.path for request in server.requests]

    assert not any(TOKEN in path for path in paths)
