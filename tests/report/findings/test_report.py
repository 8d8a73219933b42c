from dojoboards.lint import own
from dojoboards.report.findings import FindingReport, merged


def test_what_environments_share_is_told_once_with_their_names(report: FindingReport) -> None:
    told = [(one.check.id, list(one.environments)) for one in report.told]

    assert told == [
        ("panel/title", ["staging", "prod"]),
        ("build/content", ["prod"]),
        ("build/refused", ["prod"]),
        ("series/metric", ["staging", "prod"]),
        ("series/metric", ["prod"]),
        ("series/metric", ["prod"]),
        ("lint/stale-suppression", []),
    ]
    assert report.environments == ["staging", "prod"]


def test_findings_are_counted_by_severity_the_gravest_first(report: FindingReport) -> None:
    assert list(report.counts.items()) == [("error", 2), ("warning", 4), ("info", 1)]


def test_what_is_a_failure_is_chosen() -> None:
    warning = own.crashed(own.CRASH, None, ValueError("odd"))
    found = {"prod": [warning]}

    assert merged(found, checks=[], fail_on="info").failed
    assert merged(found, checks=[], fail_on="warning").failed
    assert not merged(found, checks=[], fail_on="error").failed
    assert not merged({"prod": []}, checks=[], fail_on="info").failed
