"""The cases in `tests/rules/` hold in every environment, and leave no alert out."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from dojoboards import names
from support.dojopool import ENVIRONMENTS, ROOT, SETTINGS, built, metrics

FILES = sorted((ROOT / "tests/rules").glob("*.yml"))
WRITTEN_FOR = "prod"


@cache
def groups() -> list[dict[str, Any]]:
    """The test groups of all files, each with its file's `evaluation_interval`."""
    found = []
    for file in FILES:
        document = yaml.load(file.read_text(), yaml.CSafeLoader)
        found += [{"evaluation_interval": document["evaluation_interval"], **group} for group in document["tests"]]
    return found


def checks() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for group in groups():
        for check in group.get("alert_rule_test", ()):
            yield group, check


def variant(text: str, environment: str, rules: Path) -> str:
    """Return a file of cases as it is for *environment*, whose rule files are in *rules*."""
    here, there = (SETTINGS.environment(name).grafana_url for name in (WRITTEN_FOR, environment))
    text = text.replace(f"../../build/{WRITTEN_FOR}/prometheus/rules", str(rules)).replace(here, there)
    return re.sub(rf"\b{WRITTEN_FOR}\b", environment, text)


def rules_apart_from_names(environment: str) -> dict[str, str]:
    """The rule files without what `variant` puts in: what is equal to those of another environment needs one run."""
    address = SETTINGS.environment(environment).grafana_url
    return {
        path: body.decode().replace(address, "GRAFANA")
        for path, body in built(environment).files.items()
        if path.startswith("prometheus/rules/")
    }


def environments_to_run() -> list[str]:
    chosen: list[str] = []
    for environment in ENVIRONMENTS:
        if not any(rules_apart_from_names(environment) == rules_apart_from_names(other) for other in chosen):
            chosen.append(environment)
    return chosen


@pytest.mark.usefixtures("programs")
def test_alerts_fire_past_their_limit_and_their_time_in_every_environment(tmp_path: Path) -> None:
    # A few processes share the work; none of them has to give memory back.
    running = []
    for environment in environments_to_run():
        rules = tmp_path / environment / "rules"
        rules.mkdir(parents=True)
        for path, body in built(environment).files.items():
            if path.startswith("prometheus/rules/"):
                (rules / Path(path).name).write_bytes(body)
        for file in FILES:
            cases = tmp_path / environment / file.name
            cases.write_text(variant(file.read_text(), environment, rules))
            command = ["promtool", "test", "rules", str(cases)]
            pipe, settings = subprocess.PIPE, {**os.environ, "GOGC": "400", "GOMAXPROCS": "1"}
            running.append(subprocess.Popen(command, stdout=pipe, stderr=subprocess.STDOUT, text=True, env=settings))
    said = [process.communicate(timeout=120)[0] for process in running]

    assert [text for process, text in zip(running, said, strict=True) if process.returncode] == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(environment: str) -> None:
    fires = {check["alertname"] for _, check in checks() if check["exp_alerts"]}
    stays_silent = {check["alertname"] for _, check in checks() if not check["exp_alerts"]}
    alerts = {alert["alert"] for alert in built(environment).alerts()}

    assert fires == alerts
    assert stays_silent == alerts - {"Watchdog"}  # it always fires


def is_of(alert: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether an expected alert is one that this rule gives: the labels that the rule adds tell."""
    added: dict[str, str] = alert["labels"]
    labels: dict[str, str] = expected["exp_labels"]
    return added.items() <= labels.items()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_rule_is_seen_to_fire_one_evaluation_after_it_did_not(environment: str) -> None:
    never = []
    for alert in built(environment).alerts():
        seen = {
            (group["name"], names.milliseconds(check["eval_time"]) if check["eval_time"] != "0m" else 0): any(
                is_of(alert, expected) for expected in check["exp_alerts"]
            )
            for group, check in checks()
            if check["alertname"] == alert["alert"]
        }
        steps = {group["name"]: names.milliseconds(group["evaluation_interval"]) for group in groups()}
        begins = [key for key, fires in seen.items() if fires and seen.get((key[0], key[1] - steps[key[0]])) is False]
        if not begins and "for" in alert:
            never.append((alert["alert"], alert["labels"]))

    assert never == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_alert_has_a_case_without_the_series_it_rests_on(environment: str) -> None:
    recorded = built(environment).recorded()

    def rests_on(expr: str) -> set[str]:
        used = metrics(expr)
        return {name for metric in used for name in (rests_on(recorded[metric]) if metric in recorded else {metric})}

    without = []
    for alert in built(environment).alerts():
        needed = rests_on(alert["expr"])
        needed = needed - {"up"} or needed
        for group, check in checks():
            given = {re.split(r"[{ ]", series["series"])[0] for series in group.get("input_series", ())}
            if check["alertname"] == alert["alert"] and not given & needed:
                break
        else:
            without.append(alert["alert"])

    assert without == []


def test_the_cases_can_be_run_by_hand() -> None:
    for file in FILES:
        named = yaml.load(file.read_text(), yaml.CSafeLoader)["rule_files"]

        assert [(file.parent / path).resolve().is_file() for path in named] == [True]
