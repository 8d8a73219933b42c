"""`docs/coverage.md` is up to date, and what it names is there."""

from __future__ import annotations

import re

import coverage
from support.dojopool import built


def test_everything_that_is_named_is_in_the_build_and_in_the_tests() -> None:
    assert list(coverage.problems()) == []


def test_the_page_is_what_make_coverage_writes() -> None:
    assert coverage.PAGE.read_text() == coverage.page()


def test_every_link_of_the_page_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)]+)\)", coverage.page())

    assert [link for link in links if not (coverage.PAGE.parent / link).is_file()] == []


def test_every_alert_is_on_the_page() -> None:
    listed = set(re.findall(r"\[`(\w+)`\]", coverage.page()))

    assert {alert["alert"] for alert in built("prod").alerts()} - listed == set()
