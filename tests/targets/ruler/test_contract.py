"""What a push of rules promises, in each flavour of the stand-in and, with RULER_URL set, of a real one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dojoboards.errors import DojoboardsError
from dojoboards.model import Project, RuleGroup
from dojoboards.plan import plan
from dojoboards.targets.ruler.groups import MARK
from support.ruling import Site, problems, shop

EVERYTHING = [
    "create dojoboards.shop.backup/backup",
    "create dojoboards.shop.service/service",
    "create dojoboards.shop.service/service1",
]


def stopped(site: Site, *args: object, **how: object) -> list[str]:
    with pytest.raises(DojoboardsError) as caught:
        site.push(*args, **how)  # type: ignore[arg-type]
    return [message.replace(site.project, "shop") for message in problems(caught.value)]


def slower(group: dict[str, object]) -> None:
    """What a person changes."""
    group["interval"] = "10m"


def test_a_first_push_creates_every_group_and_a_second_one_nothing(site: Site) -> None:
    first = site.push(shop(site))
    before = site.rules()
    second = site.push(shop(site))

    assert first == EVERYTHING
    assert second == []
    assert site.rules() == before
    assert {change.action for change in site.plan(shop(site))} == {"unchanged"}


def test_a_group_is_there_as_it_was_declared_with_a_mark_that_says_which_build_it_is(site: Site) -> None:
    site.push(shop(site))
    group = site.group("service", "service")
    *rules, mark = group["rules"]

    assert group["interval"] == "1m30s"
    assert [rule.get("alert") or rule["record"] for rule in rules] == ["job:seen:count5m", "FewSeen"]
    assert rules[1]["for"] == "5m"
    assert (mark["record"], mark["expr"]) == (MARK, "vector(1)")
    assert {key: mark["labels"][key] for key in ("project", "environment", "module", "group")} == {
        "project": site.project,
        "environment": "prod",
        "module": "service",
        "group": "service",
    }
    assert len(mark["labels"]["digest"]) == 16


def test_every_version_of_a_group_has_a_digest_of_its_own(site: Site) -> None:
    def digest() -> str:
        return str(site.group("service", "service")["rules"][-1]["labels"]["digest"])

    site.push(shop(site))
    first = digest()
    site.push(shop(site, few="10m"))
    second = digest()
    site.push(shop(site))

    assert first != second
    assert digest() == first


def test_what_the_content_changes_is_updated_and_nothing_else_is_written(site: Site) -> None:
    site.push(shop(site))
    site.edit("backup", "backup", lambda group: group["rules"].reverse())  # a mark may stand anywhere
    project = shop(site)
    service = replace(project.groups[0], interval="2m")

    assert site.push(replace(project, groups=[service, *project.groups[1:]])) == [
        "update dojoboards.shop.service/service"
    ]
    assert site.group("service", "service")["interval"] == "2m"


def test_what_a_person_changed_stops_the_push_and_is_told_in_full_where_the_content_is_as_it_was(site: Site) -> None:
    site.push(shop(site))
    site.edit("service", "service", slower)

    assert stopped(site, shop(site)) == ["drifted dojoboards.shop.service/service"]
    (change,) = [change for change in site.plan(shop(site)) if change.stops]
    assert change.base == change.after
    assert b"interval: 10m" in (change.before or b"")
    assert site.group("service", "service")["interval"] == "10m"


def test_what_a_person_changed_and_the_content_now_gives_is_ours_again(site: Site) -> None:
    site.push(shop(site))
    site.edit("service", "service", lambda group: group["rules"][1].update({"for": "10m"}))
    project = shop(site, few="10m", groups=1)
    service = replace(project.groups[0], interval="2m")

    assert site.push(project) == ["update dojoboards.shop.backup/backup"]
    assert site.push(project) == []
    assert site.push(replace(project, groups=[service])) == ["update dojoboards.shop.service/service"]


def test_what_both_sides_changed_stops_the_push_although_the_base_is_not_known(site: Site) -> None:
    site.push(shop(site))
    site.edit("backup", "backup", slower)

    (change,) = [change for change in site.plan(shop(site, few="7m")) if change.stops]
    assert (change.path, change.base) == (f"dojoboards.{site.project}.backup/backup", None)


def test_what_a_person_changed_is_written_over_when_we_are_told(site: Site) -> None:
    site.push(shop(site))
    site.edit("service", "service", slower)

    assert site.push(shop(site), overwrite=True) == ["update dojoboards.shop.service/service"]
    assert site.group("service", "service")["interval"] == "1m30s"
    assert site.push(shop(site)) == []


def test_a_group_that_a_person_took_away_comes_back(site: Site) -> None:
    site.push(shop(site))
    site.person.delete(site.path("service", "service1"))

    assert site.push(shop(site)) == ["create dojoboards.shop.service/service1"]


def test_a_group_that_is_not_ours_is_left_alone_until_we_are_told(site: Site) -> None:
    theirs = {"name": "service", "rules": [{"record": "theirs", "expr": "vector(2)"}]}
    site.put("service", theirs)

    assert stopped(site, shop(site)) == ["conflict dojoboards.shop.service/service"]
    assert site.rules() == {"service": [theirs]}
    assert "update dojoboards.shop.service/service" in site.push(shop(site), adopt=True)
    assert site.push(shop(site)) == []


def test_a_group_of_another_environment_is_not_ours(site: Site) -> None:
    project = shop(site)
    staging = replace(project, environment=replace(project.environment, name="staging"))
    site.push(staging)

    assert stopped(site, project) == [line.replace("create", "conflict") for line in EVERYTHING]
    assert site.push(replace(project, groups=[]), prune=True) == []


def test_what_is_no_longer_built_goes_only_when_pruned(site: Site) -> None:
    site.push(shop(site))
    fewer = replace(shop(site, groups=1), groups=shop(site, groups=1).groups[:1])

    assert site.push(fewer) == []
    assert site.push(fewer, prune=True) == [
        "delete dojoboards.shop.backup/backup",
        "delete dojoboards.shop.service/service1",
    ]
    assert {module: [group["name"] for group in found] for module, found in site.rules().items()} == {
        "service": ["service"]
    }


def test_what_a_person_put_into_our_namespace_is_never_pruned(site: Site) -> None:
    site.push(shop(site))
    site.put("service", {"name": "theirs", "rules": [{"record": "theirs", "expr": "vector(2)"}]})

    site.push(replace(shop(site), groups=[]), prune=True)
    assert list(site.rules()) == ["service"]
    assert site.group("service", "theirs")["rules"][0]["record"] == "theirs"


def test_a_group_that_the_server_refuses_puts_everything_back(site: Site) -> None:
    site.push(shop(site))
    before = site.rules()

    (message,) = stopped(
        site, shop(site, few="10m", groups=3), change=lambda body: body.replace(b"name: service2", b"name: ''")
    )
    assert "does not take dojoboards.shop.service/: 400, " in message
    assert site.rules() == before


def test_an_edit_between_plan_and_push_is_not_lost(site: Site) -> None:
    site.push(shop(site))

    (message,) = stopped(site, shop(site, few="10m"), meanwhile=lambda: site.edit("service", "service1", slower))
    assert message.startswith("someone changed dojoboards.shop.service/service1 in ")
    assert site.group("service", "service")["rules"][1]["for"] == "5m"


def test_groups_may_have_any_name(site: Site) -> None:
    names = ["a b", "Überblick: 50 %", "c.d?e=f&g#h"]
    project = shop(site)
    (backup,) = [group for group in project.groups if group.module == "backup"]
    odd = replace(project, groups=[RuleGroup(name=name, rules=backup.rules, module="odd") for name in names])
    site.push(odd)

    assert sorted(group["name"] for group in site.rules()["odd"]) == sorted(names)
    assert site.push(odd) == []
    assert len(site.push(replace(project, groups=[]), prune=True)) == 3
    assert site.rules() == {}


def catch_up(site: Site) -> Project:
    """Push, let a person change a group, and return the content that says the same by now."""
    site.push(shop(site))
    site.edit("service", "service", lambda group: group["rules"][1].update({"for": "10m"}))
    return shop(site, few="10m")


def digest_of(site: Site, name: str) -> str:
    return str(site.group("service", name)["rules"][-1]["labels"]["digest"])


def test_what_changed_since_the_plan_is_not_marked_as_ours_but_drift_for_the_next_push(site: Site) -> None:
    project = catch_up(site)
    site.push(project, meanwhile=lambda: site.edit("service", "service", slower))

    assert site.group("service", "service")["interval"] == "10m"
    assert stopped(site, project) == ["drifted dojoboards.shop.service/service"]


def test_a_push_of_a_part_marks_nothing_anew_that_it_left_out(site: Site) -> None:
    project = catch_up(site)
    before = digest_of(site, "service")
    target = site.target(project)
    changes = plan(target.wanted(), target.read())
    target.commit([change for change in changes if not change.key.startswith("service/")])
    target.close()
    assert digest_of(site, "service") == before

    site.push(project)
    assert digest_of(site, "service") != before


def test_undo_leaves_a_group_that_someone_changed_after_it_was_pushed_and_says_so(site: Site) -> None:
    site.push(shop(site))
    target = site.target(shop(site, few="10m"))
    target.apply([change for change in plan(target.wanted(), target.read()) if change.writes])
    site.edit("service", "service", slower)
    with pytest.raises(DojoboardsError) as caught:
        target.undo()
    name = target.name
    target.close()

    assert [message.replace(site.project, "shop") for message in problems(caught.value)] == [
        f"someone changed dojoboards.shop.service/service in {name} after it was pushed, so it stays as it is"
    ]
    assert site.group("service", "service")["interval"] == "10m"
