from typing import Any

import pytest

from dojoboards import report
from support.reports import change, report_of, told


def folder(*grants: tuple[str, str, str], **keys: Any) -> dict[str, Any]:
    permissions = [{kind: who, "permission": permission} for kind, who, permission in grants]
    return {"uid": "shop", "title": "Shop", **keys, "permissions": permissions}


OPERATIONS = ("team", "operations", "Admin")


def test_each_permission_is_told_and_one_that_goes_is_told_loudly() -> None:
    before = folder(OPERATIONS, ("team", "developers", "Edit"), ("role", "Viewer", "View"))
    after = folder(OPERATIONS, ("team", "developers", "View"), ("user", "ann@example.com", "Edit"))

    assert told("folder", before, after) == [
        "REMOVED  permission of role 'Viewer': View",
        "CHANGED  permission of team 'developers': Edit -> View",
        "added    permission of user 'ann@example.com': Edit",
    ]


def test_more_rights_are_told_quietly() -> None:
    before, after = (folder(("team", "developers", permission)) for permission in ("View", "Admin"))

    assert told("folder", before, after) == ["changed  permission of team 'developers': View -> Admin"]


def test_how_many_permissions_go_is_in_the_last_line() -> None:
    found = report_of(change("folder", folder(OPERATIONS, ("team", "developers", "Edit")), folder(OPERATIONS)))

    assert list(report.as_text(found))[-1] == "prod: 1 to update; takes away 1 permission"


def test_the_order_of_grants_means_nothing() -> None:
    grants = [OPERATIONS, ("role", "Viewer", "View")]

    assert told("folder", folder(*grants), folder(*reversed(grants))) == []


def test_title_and_parent_of_a_folder_are_told() -> None:
    assert told("folder", folder(title="Old"), folder(title="New", parentUid="platform")) == [
        "added    parent folder: platform",
        "changed  title: Old -> New",
    ]


def test_permissions_of_which_the_code_says_nothing_stay() -> None:
    after = folder(OPERATIONS)
    del after["permissions"]

    assert told("folder", folder(OPERATIONS), after) == ["removed  permissions (the code says nothing of them)"]


@pytest.mark.parametrize("permissions", ["all", [{"team": "a"}], [{"x": "a", "permission": "View"}], [1]])
def test_permissions_of_another_shape_are_compared_as_they_are(permissions: Any) -> None:
    lines = told("folder", folder() | {"permissions": permissions}, folder(OPERATIONS))

    assert all("  permissions" in line for line in lines)
    assert any(line.startswith(("CHANGED", "REMOVED")) for line in lines)
