"""The cases in `tests/rules/` hold in every environment, and leave no alert out."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any
from zlib import crc32

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


def rests_on(environment: str, exprs: Iterable[str]) -> set[str]:
    """Return the recorded series that expressions use, and those which these use in turn."""
    recorded = built(environment).recorded()
    found: set[str] = set()
    new = {name for expr in exprs for name in metrics(expr)} & recorded.keys()
    while new:
        found |= new
        new = {name for series in new for name in metrics(recorded[series])} & recorded.keys() - found
    return found


def rules_for(environment: str, rule_groups: list[dict[str, Any]], group: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rule groups with no other rules than those that a group of cases is about.

    promtool evaluates every rule of its files at every step, and most of its time would go into those that no check
    asks for.
    """
    alerts = {check["alertname"] for check in group.get("alert_rule_test", ())}
    exprs = [alert["expr"] for alert in built(environment).alerts() if alert["alert"] in alerts]
    wanted = alerts | rests_on(environment, [*exprs, *(check["expr"] for check in group.get("promql_expr_test", ()))])
    return [
        {**rules, "rules": chosen}
        for rules in rule_groups
        if (chosen := [rule for rule in rules["rules"] if (rule.get("alert") or rule["record"]) in wanted])
    ]


def write_cases(directory: Path) -> list[Path]:
    """Write the cases as they are for each environment, in files that need the same rules; return these.

    Cases are written once for all environments whose rules differ by nothing but Grafana's address.
    """
    pieces: dict[Path, dict[str, Any]] = {}
    written: set[str] = set()
    here = SETTINGS.environment(WRITTEN_FOR).grafana_url
    for environment, file in product(ENVIRONMENTS, FILES):
        there = SETTINGS.environment(environment).grafana_url
        text = re.sub(rf"\b{WRITTEN_FOR}\b", environment, file.read_text().replace(here, there))
        document = yaml.load(text, yaml.CSafeLoader)
        rule_groups = built(environment).yaml(document["rule_files"][0].removeprefix(f"../../build/{environment}/"))
        for group in document["tests"]:
            rules = json.dumps({"groups": rules_for(environment, rule_groups["groups"], group)})
            key = f"{file.stem} {group['name']} {rules.replace(there, '')}"
            if key not in written:
                written.add(key)
                piece = directory / f"{environment}-{file.stem}-{crc32(rules.encode())}.yml"
                piece.with_suffix(".rules").write_text(rules)
                cases = {**document, "rule_files": [piece.with_suffix(".rules").name], "tests": []}
                pieces.setdefault(piece, cases)["tests"].append(group)
    for piece, cases in pieces.items():
        piece.write_text(json.dumps(cases))
    return list(pieces)


@pytest.mark.usefixtures("programs")
def test_alerts_fire_past_their_limit_and_their_time_in_every_environment(tmp_path: Path) -> None:
    # One process for each core, which collects garbage less often than usual.
    pieces, shares = write_cases(tmp_path), os.cpu_count() or 1
    running = [
        subprocess.Popen(
            ["promtool", "test", "rules", *map(str, pieces[share::shares])],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "GOGC": "200", "GOMAXPROCS": "1"},
        )
        for share in range(shares)
    ]
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
