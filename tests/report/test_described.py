import pytest

from dojoboards import report
from dojoboards.plan import Change
from support.reports import change, report_of

ONE, OTHER = {"a": 1}, {"a": 2}


@pytest.mark.parametrize(
    ("action", "prune", "pending"),
    [
        ("unchanged", True, False),
        ("create", False, True),
        ("update", False, True),
        ("drifted", False, True),
        ("conflict", False, True),
        ("delete", False, False),
        ("delete", True, True),
    ],
)
def test_changes_are_pending_where_a_push_would_do_or_ask_something(action: str, prune: bool, pending: bool) -> None:
    assert report_of(change("rules", ONE, OTHER, action), prune=prune).pending is pending


def test_a_report_without_changes_has_none_pending() -> None:
    assert not report.described("prod", [], prune=True).pending


def test_only_what_a_push_applies_takes_permissions_away() -> None:
    before = {"permissions": [{"team": "a", "permission": "Edit"}]}
    changes = [change("folder", before, {"permissions": []}, action) for action in ("update", "drifted", "conflict")]

    assert report_of(*changes).revoked == 1


def test_the_folder_of_a_dashboard_is_told_by_its_path() -> None:
    moved = change("dashboard", ONE, ONE, path="dashboards/new/a.json", moved_from=("dashboards/old/a.json",))

    (entry,) = report_of(moved).targets[0].entries

    assert [(found.what, found.where, found.before, found.after) for found in entry.differences] == [
        ("moved", ("folder",), "old", "new")
    ]


def test_what_would_be_written_over_is_not_guessed_where_ours_stands_elsewhere() -> None:
    aside = change("rules", ONE, OTHER, "conflict", moved_from=("rules/former.yml",))

    (entry,) = report_of(aside).targets[0].entries

    assert entry.differences == ()


def test_a_secret_that_stands_in_another_document_is_hidden_there() -> None:
    secret = Change(action="unchanged", kind="secret", key="hook", path="secrets/hook", after=b"example-value\n")
    leak = change("rules", {"x": "see example-value"}, {"x": "see the wiki"})

    (entry,) = report_of(secret, leak).targets[0].entries

    assert [(found.before, found.after) for found in entry.differences] == [("see (not shown)", "see the wiki")]


def test_drift_of_a_secret_says_that_it_changed() -> None:
    drifted = Change(
        action="drifted", kind="secret", key="hook", path="s", base=b"", before=b"example-a", after=b"example-b"
    )

    (entry,) = report_of(drifted).targets[0].entries

    assert [found.hidden for found in (*entry.drift, *entry.differences)] == [True, True]
