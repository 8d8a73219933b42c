"""The cases in `tests/rules/` and `tests/routing/` hold in every environment, and leave no alert and no route out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from dojoboards.cases.built import Built
from dojoboards.cases.rules import Check, Group
from dojoboards.cli import run
from dojoboards.trials import run as trials
from support.dojopool import ENVIRONMENTS, ROOT, cases, under_test

Report = dict[str, Any]


@pytest.fixture(scope="module")
def report(programs: None, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What `dojoboards test` says about every environment."""
    file = tmp_path_factory.mktemp("report") / "report.json"
    everywhere = [word for environment in ENVIRONMENTS for word in ("--env", environment)]
    with pytest.MonkeyPatch.context() as patch, file.open("w") as stdout:
        patch.setattr("sys.stdout", stdout)
        run(["-C", str(ROOT), "test", *everywhere, "--fail-under", "100", "-o", "json"])
    found: Report = json.loads(file.read_text())
    return found


def failed(report: Report, folder: str) -> list[Report]:
    return [
        check
        for environment in report["environments"].values()
        for check in environment["checks"]
        if check["outcome"] != "passed" and check["file"].startswith(folder)
    ]


def missing(report: Report, *what: str) -> list[Report]:
    return [
        item
        for environment in report["environments"].values()
        for item in environment["coverage"]["missing"]
        if item["what"] in what
    ]


def test_all_cases_are_run_in_every_environment(report: Report) -> None:
    counts = {name: len(environment["checks"]) for name, environment in report["environments"].items()}

    assert report["exit"] == 0, report["problems"]
    assert counts.keys() == {*ENVIRONMENTS}
    assert len({*counts.values()}) == 1


def test_alerts_fire_past_their_limit_and_their_time_in_every_environment(report: Report) -> None:
    assert failed(report, "tests/rules/") == []


def test_alerts_reach_those_who_are_to_be_told_in_every_environment(report: Report) -> None:
    assert failed(report, "tests/routing/") == []
    assert missing(report, "routed", "reached") == []


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(report: Report) -> None:
    assert missing(report, "fires", "silent") == []


def test_every_alert_has_a_case_without_the_series_it_rests_on(report: Report) -> None:
    assert missing(report, "absent") == []


def checks() -> Iterator[tuple[Group, Check]]:
    for file in cases().rules:
        for group in file.groups:
            yield from ((group, check) for check in group.checks)


def test_every_rule_is_seen_to_fire_one_evaluation_after_it_did_not() -> None:
    never = []
    for alert in under_test("prod").alerts:
        asked = [(group, check) for group, check in checks() if check.alert == alert.name]
        seen = {
            (group, check.milliseconds): any(alert.gives(fired.labels) for fired in check.expected)
            for group, check in asked
        }
        begins = [key for key, fires in seen.items() if fires and seen.get((key[0], key[1] - key[0].step)) is False]
        if not begins and "for" in alert.document:
            never.append((alert.name, alert.labels))

    assert never == []


Mutation = Callable[[dict[str, Any]], dict[str, Any]]
LIMIT = re.compile(r"(?P<sign>[<>]=?) (?P<number>[0-9.]+(?:e[+-]?[0-9]+)?)\b(?! [*/])")


def broken(mutation: Mutation) -> tuple[Built, set[str]]:
    """Return the rules of `prod` with all alerts broken in one way, and the names of those which that changes."""
    whole = under_test("prod")
    changed = set()

    def break_(rule: dict[str, Any]) -> dict[str, Any]:
        after = mutation(rule) if "alert" in rule else rule
        if after != rule:
            changed.add(rule["alert"])
        return after

    files = {
        path: {"groups": [{**group, "rules": [*map(break_, group["rules"])]} for group in document["groups"]]}
        for path, document in whole.files.items()
    }
    return replace(whole, files=files), changed


def without_patience(rule: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if name != "for"}


def with_other_limits(rule: dict[str, Any]) -> dict[str, Any]:
    def moved(match: re.Match[str]) -> str:
        factor = 1.5 if match["sign"].startswith(">") else 1 / 1.5
        return f"{match['sign']} {float(match['number']) * factor:.12g}"

    return {**rule, "expr": LIMIT.sub(moved, rule["expr"])}


def with_another_description(rule: dict[str, Any]) -> dict[str, Any]:
    return {**rule, "annotations": {**rule["annotations"], "description": "Something is wrong."}}


@pytest.mark.parametrize("mutation", [without_patience, with_other_limits, with_another_description])
def test_an_alert_that_is_broken_fails_a_case(mutation: Mutation, programs: None) -> None:
    built, changed = broken(mutation)

    found = trials.run(replace(cases(), routing=()), [built])["prod"]

    noticed = {outcome.check.partition(" at ")[0] for outcome in found.failed}
    assert changed
    assert changed - noticed == set()
