"""A push that dies between two requests, or loses one, and what the next push makes of it."""

from __future__ import annotations

import _thread
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dojoboards.errors import DojoboardsError, Exit
from dojoboards.model import Project, Team
from dojoboards.model.grafana import Permission
from dojoboards.plan import plan
from support.answers import Reply, Request
from support.faults import CUT_AFTER, CUT_BEFORE, Fault, answer
from support.grafana import Grafana, grafana
from support.pushing import Site, board, problems, shop, stand_in_site


def state(server: Grafana) -> Mapping[str, Any]:
    """What people see there, and how often it was written."""
    logins = {account.id: account.login for account in server.state.accounts.values()}
    teams = {team.id: team.name for team in server.organisation.teams.values()}
    return {
        "boards": {uid: (each.folder_uid, each.content, len(each.history)) for uid, each in server.dashboards.items()},
        "folders": {
            uid: (each.title, each.parent_uid, {(one.role, teams.get(one.team_id or 0)) for one in each.grants})
            for uid, each in server.folders.items()
        },
        "teams": {name: sorted(logins[id] for id in team.members) for name, team in server.teams.items()},
        "sources": {
            uid: (each.fields, {key: value for key, value in each.secrets.items() if not key.startswith("dojo")})
            for uid, each in server.sources.items()
        },
        "marks": [each["text"] for each in server.annotations],
    }


def first(site: Site) -> Project:
    operations = Team(name=f"{site.prefix} operations", email="a@example.com", members=["mira"])
    return shop(site, boards=2, teams=[operations])


def second(site: Site) -> Project:
    """Something of every kind has changed: a board was moved and one is gone, a team has another, a secret is new."""
    operations = Team(name=f"{site.prefix} operations", email="b@example.com", members=["mira", "ravi@example.com"])
    whole = shop(site, dashboards=[board(site, "overview", "Changed", folder="db")], teams=[operations])
    site.root.joinpath("secret").write_text("another-example-password")
    more: dict[str, Permission] = {f"{site.prefix} operations": "Admin", "role:Viewer": "Edit"}
    return replace(
        whole, folders=[replace(whole.folders[0], title="Renamed"), replace(whole.folders[1], permissions=more)]
    )


@pytest.fixture(params=["9.4", "13"])
def flavour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def sites(flavour: str, root: Path) -> Generator[tuple[Grafana, Site], None, None]:
    """Yield fresh servers, one after the other; a push asks them one thing at a time and gives up at once."""
    while True:
        with ExitStack() as stack:
            server = stack.enter_context(grafana(flavour))
            server.account("mira", "Viewer")
            server.account("ravi", "Viewer")
            yield server, stand_in_site(server, root, stack, retries=0, max_concurrent=1)


def deaths(server: Grafana) -> Iterator[int]:
    """Yield after which requests a push may die so that the server is left in another state than at the one before.

    To die before the next request, or at a read that follows, leaves the same state.
    """
    yield from (number for number, request in enumerate(server.requests, 1) if request.writes)


def die(server: Grafana, number: int) -> None:
    server.requests.clear()
    server.fail(CUT_AFTER, nth=number)
    server.fail(CUT_BEFORE, nth=number + 1, times=None)


def test_a_first_push_that_dies_at_any_request_is_completed_by_the_next(flavour: str, tmp_path: Path) -> None:
    with closing(sites(flavour, tmp_path)) as fresh:
        server, site = next(fresh)
        site.push(first(site))
        undisturbed = state(server)

        for number in deaths(server):
            server, site = next(fresh)
            die(server, number)
            with suppress(DojoboardsError):  # the mark of a push may be missing from one that is done
                site.push(first(site))
            server.heal()
            site.push(first(site))
            assert state(server) == undisturbed, server.requests[number - 1]


def test_a_push_of_changes_that_dies_at_any_request_is_completed_by_the_next(flavour: str, tmp_path: Path) -> None:
    with closing(sites(flavour, tmp_path)) as fresh:
        server, site = next(fresh)
        site.push(first(site))
        server.requests.clear()
        site.push(second(site), prune=True)
        undisturbed = state(server)

        for number in deaths(server):
            server, site = next(fresh)
            site.push(first(site))
            die(server, number)
            with suppress(DojoboardsError):  # the mark of a push may be missing from one that is done
                site.push(second(site), prune=True)
            server.heal()
            site.push(second(site), prune=True)
            assert state(server) == undisturbed, server.requests[number - 1]


@pytest.mark.parametrize("fault", [CUT_AFTER, answer(502, acts=True)], ids=["cut", "502"])
def test_a_write_that_acted_without_an_answer_is_not_done_twice(flavour: str, fault: Fault, tmp_path: Path) -> None:
    with closing(sites(flavour, tmp_path)) as fresh:
        server, site = next(fresh)
        site.push(first(site))
        undisturbed = state(server)

        for number in deaths(server):
            server, site = next(fresh)
            server.fail(fault, nth=number)
            replace(site, api=replace(site.api, retries=2)).push(first(site))
            assert state(server) == undisturbed, server.requests[number - 1]


def test_a_mark_that_cannot_be_written_is_a_note_and_the_next_push_writes_it(
    here: Site, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    server.fail(answer(403, b'{"message": "no"}'), method="POST", path="/api/annotations", times=None)
    here.push(shop(here))
    name = here.target(shop(here)).name

    assert (
        capsys.readouterr().err
        == f"note: everything was pushed, but {name} does not take the mark of this push: 403, no\n"
    )
    server.heal()
    assert here.push(shop(here)) == []
    assert len(server.annotations) == 1


def test_a_push_that_fails_half_way_says_what_was_done_and_what_was_not(here: Site, server: Grafana) -> None:
    server.fail(answer(500, b'{"message": "database is locked"}'), method="POST", path="/api/dashboards/db", nth=2)
    alone = replace(here, api=replace(here.api, max_concurrent=1))
    with pytest.raises(DojoboardsError) as caught:
        alone.push(shop(here, boards=4))

    left = [f"dashboards/shop-shop/shop-overview{number}.json" for number in (1, 2, 3)]
    assert caught.value.exit == Exit.PARTIAL
    assert problems(caught.value) == [
        f"5 of 8 changes were applied to Grafana at {server.url}; not yet: {', '.join(left)}",
        f"Grafana at {server.url} does not create dashboards/shop-shop/shop-overview1.json: 500, database is locked",
    ]
    assert len(alone.push(shop(here, boards=4))) == 3


def test_a_push_that_keeps_going_leaves_out_only_what_lies_in_a_folder_that_failed(here: Site, server: Grafana) -> None:
    server.fail(answer(500), method="POST", path="/api/folders/shop-db/permissions", times=None)
    boards = [board(here, "lost", "Lost", folder="db"), board(here, "kept", "Kept", folder="shop")]
    target = here.target(shop(here, dashboards=boards))
    target.keep_going = True
    changes = plan(target.wanted(), target.read())
    with pytest.raises(DojoboardsError) as caught:
        target.apply(changes)
    target.close()

    assert caught.value.exit == Exit.PARTIAL
    assert sorted(server.dashboards) == ["shop-kept"]


def test_what_the_search_does_not_know_yet_is_still_known_as_ours(here: Site, server: Grafana) -> None:
    server.freeze_search()
    here.push(shop(here))
    before = state(server)

    here.push(shop(here))

    assert state(server)["boards"] == before["boards"]
    assert state(server)["folders"] == before["folders"]


def test_ctrl_c_finishes_what_is_under_way_and_begins_nothing_more(here: Site, server: Grafana) -> None:
    alone = replace(here, api=replace(here.api, max_concurrent=1))
    target = alone.target(shop(here, boards=6))
    changes = plan(target.wanted(), target.read())
    exchange, saves = server.exchange, 0

    def pressed(request: Request) -> tuple[Reply, Fault]:
        nonlocal saves
        saves += request.path == "/api/dashboards/db"
        if saves == 2:
            _thread.interrupt_main()
        return exchange(request)

    server.exchange = pressed  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        target.apply(changes)
    (told,) = target.undo()
    target.close()

    assert saves == len(server.dashboards) <= 3
    assert told.exit == Exit.PARTIAL
    assert told.message.startswith(f"{4 + saves} of 10 changes were applied to Grafana at {server.url}; not yet: ")
