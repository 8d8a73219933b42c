from dojoboards.lint.every import CHECKS
from dojoboards.report.findings import FindingReport, explained, listed
from support.golden import golden


def test_a_check_is_explained_with_its_examples(report: FindingReport) -> None:
    metric, title, *_ = report.checks
    text = "\n".join([*explained(metric), "", *explained(title)]) + "\n"

    assert text == golden("lint/explained.txt", text)


def test_checks_are_listed_by_their_ids(report: FindingReport) -> None:
    assert [line.split()[:2] for line in listed(report.checks)] == [
        ["build/content", "error"],
        ["build/refused", "error"],
        ["lint/crash", "warning"],
        ["lint/stale-suppression", "warning"],
        ["lint/suppression", "error"],
        ["panel/title", "info"],
        ["series/metric", "warning"],
    ]
    assert next(listed(report.checks)) == "build/content           error    The content can be read."


def test_no_line_that_explains_a_check_is_wider_than_a_terminal() -> None:
    lines = [line for check in CHECKS.values() for line in explained(check)]

    assert [line for line in lines if len(line) > 120] == []
