"""What a push asks for: no more than docs/push.md says."""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from dojoboards.targets.grafana_api import read
from support.grafana import Grafana
from support.pushing import Site, shop, stand_in_site


def asked(server: Grafana) -> Counter[str]:
    """How often each kind of request came in; names and numbers in paths are left out."""
    kinds: Counter[str] = Counter()
    for request in server.requests:
        path = request.path.partition("?")[0].removeprefix("/api/")
        parts = ["*" if part.startswith("shop-") or part.isdigit() else part for part in path.split("/")]
        kinds[f"{request.method} {'/'.join(parts)}"] += 1
    return kinds


READ = {
    "GET health": 1,
    "GET user": 1,
    "GET search": 1,
    "GET dashboards/uid/*": 30,
    "GET folders/*/permissions": 2,
    "GET teams/search": 1,
    "GET teams/*/members": 1,
    "GET datasources/uid/*": 1,
    "GET annotations": 1,
}


def test_a_push_that_changes_nothing_reads_each_thing_once_and_writes_nothing(here: Site, server: Grafana) -> None:
    here.push(shop(here, boards=30))
    server.requests.clear()
    here.push(shop(here, boards=30))

    assert asked(server) == READ


def test_a_first_push_asks_only_for_what_it_makes(here: Site, server: Grafana) -> None:
    here.push(shop(here, boards=30))

    assert asked(server) == {
        "GET health": 1,
        "GET user": 1,
        "GET search": 1,
        "GET teams/search": 1,
        "GET datasources/uid/*": 1,
        "GET access-control/user/permissions": 1,
        "GET plugins": 1,
        "GET org/users": 1,
        "POST teams": 1,
        "GET teams/*/members": 1,
        "POST folders": 2,
        "GET folders/*/permissions": 2,
        "POST folders/*/permissions": 2,
        "POST datasources": 1,
        "POST dashboards/db": 30,
        "POST annotations": 1,
    }


def test_a_changed_dashboard_costs_its_history_and_its_save(here: Site, server: Grafana) -> None:
    here.push(shop(here))
    server.requests.clear()
    here.push(shop(here, title="Changed"))

    extra = asked(server)
    extra.subtract({**READ, "GET dashboards/uid/*": 1, "GET annotations": 0})
    assert {kind: number for kind, number in extra.items() if number} == {
        "GET dashboards/uid/*/versions": 1,
        "GET dashboards/uid/*/versions/*": 1,
        "GET access-control/user/permissions": 1,
        "GET plugins": 1,
        "POST dashboards/db": 1,
        "POST annotations": 1,
    }


def test_a_search_is_paged(here: Site, server: Grafana, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "_PAGE", 10)
    here.push(shop(here, boards=30))
    server.requests.clear()

    assert here.push(shop(here, boards=30)) == []
    assert asked(server)["GET search"] == 4


def test_many_versions_by_hand_are_paged_through_to_find_ours(
    here: Site, server: Grafana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "_ROWS", 2)
    here.push(shop(here))
    for number in range(5):
        here.edit("overview", lambda document, number=number: document.update(title=f"By hand {number}"))  # type: ignore[misc]

    (change,) = [change for change in here.plan(shop(here)) if change.stops]
    assert change.base == change.after


def test_a_dashboard_whose_version_by_us_is_no_longer_kept_counts_as_changed(tmp_path: Path, server: Grafana) -> None:
    with ExitStack() as stack:
        site = stand_in_site(server, tmp_path, stack)
        site.push(shop(site))
        server.configure(versions_to_keep=2)
        for title in ("a", "b", "c"):
            site.edit("overview", lambda document, title=title: document.update(title=title))  # type: ignore[misc]

        (change,) = [change for change in site.plan(shop(site)) if change.stops]
    assert (change.action, change.base) == ("drifted", None)
    assert change.edited is not None
    assert change.edited.who == "admin"
