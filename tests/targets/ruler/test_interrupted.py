"""A push that dies between two requests, or loses one, and what the next push makes of it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dojoboards.errors import DojoboardsError, Exit
from dojoboards.model import NotificationTemplate, Project
from dojoboards.plan import plan
from dojoboards.targets.ruler import rules
from support.faults import CUT_AFTER, CUT_BEFORE, Fault, answer
from support.ruler import Ruler, ruler
from support.ruling import NOTIFICATION, TENANT, Site, problems, shop, stand_in_site


def first(site: Site) -> Project:
    return shop(site)


def second(site: Site) -> Project:
    """A group has changed, one is new, one is gone; a template has changed, and the secret."""
    whole = shop(site, few="10m", groups=3, templates=[NotificationTemplate(name="shop", text="changed")])
    site.root.joinpath("hook").write_text("http://hook.example/another-example-token")
    return replace(whole, groups=[group for group in whole.groups if group.module != "backup"])


def push(site: Site, project: Project) -> None:
    """Push everything that this flavour takes."""
    if site.api.flavour != "loki":
        site.push(project, NOTIFICATION, prune=True)
    site.push(project, prune=True)


def state(server: Ruler) -> Any:
    tenant = server.tenants[TENANT]
    return copy.deepcopy((tenant.stored, tenant.config, tenant.templates))


@pytest.fixture(params=["mimir", "cortex", "loki"])
def flavour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def fresh(flavour: str, root: Path, **api: Any) -> Iterator[tuple[Ruler, Site]]:
    with ExitStack() as stack:
        server = stack.enter_context(ruler(flavour))
        yield server, stand_in_site(server, root, stack, **{"retries": 0, **api})


def die(server: Ruler, number: int) -> None:
    """Let a push die after the server has done what the request of that number asks, undo and all."""
    server.requests.clear()
    server.fail(CUT_AFTER, nth=number)
    server.fail(CUT_BEFORE, nth=number + 1, times=None)


Way = Callable[[Site], Project]


@pytest.mark.parametrize("before", [None, first], ids=["first push", "later push"])
def test_a_push_that_dies_after_any_request_is_completed_by_the_next(
    flavour: str, before: Way | None, tmp_path: Path
) -> None:
    with fresh(flavour, tmp_path) as (server, site):
        if before:
            push(site, before(site))
        server.requests.clear()
        push(site, second(site))
        undisturbed = state(server)
        requests = len(server.requests)

    for number in range(1, requests + 1):
        with fresh(flavour, tmp_path) as (server, site):
            if before:
                push(site, before(site))
            die(server, number)
            with pytest.raises(DojoboardsError):
                push(site, second(site))
            server.heal()
            push(site, second(site))
            assert state(server) == undisturbed, server.requests[number - 1]


@pytest.mark.parametrize(
    "fault", [CUT_AFTER, CUT_BEFORE, answer(502, acts=True), answer(503), answer(429, Retry_After="1")]
)
def test_a_request_that_gets_no_answer_is_repeated_and_nothing_is_done_twice(
    flavour: str, fault: Fault, tmp_path: Path
) -> None:
    with fresh(flavour, tmp_path) as (server, site):
        push(site, first(site))
        server.requests.clear()
        push(site, second(site))
        undisturbed, requests = state(server), len(server.requests)

    with fresh(flavour, tmp_path, retries=2) as (server, site):
        push(site, first(site))
        for number in range(1, requests + 1):
            server.fail(fault, nth=2 * number - 1)  # every other request goes wrong, and is repeated
        push(site, second(site))
        assert state(server) == undisturbed


def test_what_cannot_be_put_back_is_told_and_the_next_push_completes_it(here: Site, server: Ruler) -> None:
    alone = replace(here, api=replace(here.api, retries=0))
    alone.push(first(alone))
    server.fail(CUT_BEFORE, method="POST", nth=2, times=None)
    target = alone.target(second(alone))
    changes = plan(target.wanted(), target.read())
    with pytest.raises(DojoboardsError) as caught:
        target.apply(changes)
    with pytest.raises(DojoboardsError) as lost:
        target.undo()
    target.close()

    assert caught.value.exit == lost.value.exit == Exit.UNREACHABLE
    server.heal()
    assert len(alone.push(second(alone))) == 2
    assert alone.push(second(alone)) == []


def test_a_push_waits_until_the_new_rules_are_run(here: Site, server: Ruler) -> None:
    server.settings = replace(server.settings, prompt=False)
    exchange, asked = server.exchange, 0

    def later(request: Any) -> Any:
        nonlocal asked
        asked += request.path.startswith("/prometheus/api/v1/rules")
        if asked == 3:
            server.evaluate()
        return exchange(request)

    server.exchange = later  # type: ignore[method-assign]
    here.push(first(here))

    assert asked == 3


def test_rules_that_are_never_run_are_told_and_put_back(here: Site, server: Ruler) -> None:
    server.settings = replace(server.settings, prompt=False)
    with pytest.raises(DojoboardsError) as caught:
        here.push(first(here), timeout=0)

    assert f"{here.target(first(here)).name} does not have rule 'FewSeen' of group 'backup'" in problems(caught.value)
    assert server.rules(TENANT) == {}


def test_a_rule_that_fails_is_told_with_its_place_and_put_back(here: Site, server: Ruler) -> None:
    server.failing = {"FewSeen": "many-to-many matching not allowed"}
    with pytest.raises(DojoboardsError) as caught:
        here.push(first(here))

    problem = caught.value.problems[0]
    assert problem.message.startswith("rule 'FewSeen' of group 'backup' fails when ")
    assert problem.message.endswith("many-to-many matching not allowed")
    assert problem.source is not None
    assert server.rules(TENANT) == {}


def test_a_server_that_does_not_say_what_it_runs_is_pushed_to_and_not_verified(here: Site, server: Ruler) -> None:
    server.fail(answer(403, b"forbidden"), path="/prometheus/api/v1/rules", times=None)

    with here.pushing(first(here)) as (target, applied):
        assert len(applied) == 3
        assert not target.verifies


def test_a_setting_that_the_server_does_not_keep_is_told_and_put_back(
    here: Site, server: Ruler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "_GRACE", 0)
    exchange = server.exchange

    def forgetful(request: Any) -> Any:
        return exchange(replace(request, body=request.body.replace(b"interval: 90s\n", b"")))

    server.exchange = forgetful  # type: ignore[method-assign]
    with pytest.raises(DojoboardsError) as caught:
        here.push(first(here))

    assert [message.rpartition("gives back ")[2] for message in problems(caught.value)] == [
        "dojoboards.shop.service/service differently: `interval`",
        "dojoboards.shop.service/service1 differently: `interval`",
    ]
    assert server.rules(TENANT) == {}
