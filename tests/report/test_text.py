import pytest

from dojoboards import report
from dojoboards.plan import Edit
from support.golden import golden
from support.reports import change, report_of


def text(found: report.Report) -> str:
    return "\n".join(report.as_text(found)) + "\n"


def test_the_text_shows_what_changes_and_counts_what_does_not(described: report.Report) -> None:
    assert text(described) == golden("report/plan.txt", text(described))


def test_deletions_need_no_remark_where_they_are_applied() -> None:
    deletion = change("rules", {}, None, "delete", path="rules/old.yml")

    assert text(report_of(deletion)) == "the target\n  delete    rules/old.yml  only with --prune\nprod: 1 to delete\n"
    assert "  delete    rules/old.yml\n" in text(report_of(deletion, prune=True))


def test_nothing_but_the_number_is_shown_of_what_is_unchanged() -> None:
    assert text(report_of(change("rules", {}, {}, "unchanged"))) == "prod: 1 unchanged\n"


@pytest.mark.parametrize(
    ("edited", "words"),
    [
        (None, "changed by someone since the last push"),
        (Edit("ann"), "changed by ann since the last push"),
        (
            Edit("ann\x1b[2J", "2026-08-01T10:00:00Z"),
            r"changed by ann\x1b[2J since the last push, 2026-08-01T10:00:00Z",
        ),
    ],
)
def test_who_changed_it_and_when_is_told_where_the_target_knows(edited: Edit | None, words: str) -> None:
    drifted = change("rules", {"a": 1}, {"a": 2}, "drifted", base={"a": 0}, edited=edited)

    assert text(report_of(drifted)) == (
        f"""\
the target
  drifted   x.yml  {words}
      since the last push:
        changed  a: 0 -> 1
      --overwrite would change:
        changed  a: 1 -> 2
prod: 1 drifted
"""
    )


def test_a_move_is_told_unless_only_the_digest_in_the_name_is_another() -> None:
    moved = change("rules", {}, {}, path="rules/new.yml", moved_from=("rules/old.yml",))
    renamed = change(
        "notification-template", "a", "b", path="t/a.0123456789ab.tmpl", moved_from=("t/a.ba9876543210.tmpl",)
    )

    assert "  update    rules/new.yml  moved from rules/old.yml\n" in text(report_of(moved))
    assert "moved from" not in text(report_of(renamed))


def test_what_is_written_anew_without_a_change_in_meaning_says_so() -> None:
    formatted = change("rules", {"a": 1, "b": 1}, {"b": 1, "a": 1})

    assert "  update    x.yml  no change in meaning\n" in text(report_of(formatted))


def test_control_characters_of_others_do_not_reach_the_terminal() -> None:
    odd = change("dashboard", {"title": "\x1b]0;x\x07"}, {"title": "\u202etxt"}, path="a\x1b[2J.json")

    found = text(report_of(odd))

    assert "".join(found.split("\n")).isprintable()
    assert r"changed  title: \x1b]0;x\x07 -> \u202etxt" in found
