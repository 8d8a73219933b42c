from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards import names
from dojoboards.targets.ruler import groups
from dojoboards.targets.ruler.groups import Mark
from support.ruler import groups as ruler

texts = st.text(max_size=8)
durations = st.builds(
    lambda parts: "".join(
        f"{number}{unit}" for number, unit in zip(parts, ("y", "w", "d", "h", "m", "s", "ms"), strict=True)
    ),
    st.lists(st.integers(0, 90), min_size=7, max_size=7),
)
rules = st.fixed_dictionaries(
    {"alert": st.text(min_size=1, max_size=8), "expr": st.text(min_size=1, max_size=8)},
    optional={
        "for": durations,
        "keep_firing_for": durations,
        "labels": st.dictionaries(texts, texts, max_size=3),
        "annotations": st.dictionaries(texts, texts, max_size=3),
    },
)
some_groups = st.fixed_dictionaries(
    {"name": st.text(min_size=1, max_size=8), "rules": st.lists(rules, min_size=1, max_size=3)},
    optional={"interval": durations, "limit": st.integers(0, 9)},
)


@given(some_groups)
@settings(max_examples=80, deadline=None)
def test_a_group_that_a_ruler_gives_back_has_the_body_and_the_mark_that_it_was_given(group: dict[str, Any]) -> None:
    body = groups.body(group)
    mark = Mark("shop", "prod", groups.digest(body))
    given_back = ruler.decoded(yaml.safe_dump(groups.marked(group, "service", mark)).encode())

    content, found = groups.unmarked(given_back)
    assert groups.body(content) == body
    assert found == mark


@given(durations)
@settings(max_examples=80, deadline=None)
def test_a_duration_keeps_its_length(duration: str) -> None:
    (group,) = yaml.safe_load(groups.body({"name": "a", "interval": duration, "rules": []}))["groups"]

    assert names.milliseconds(group.get("interval", "0s")) == names.milliseconds(duration)


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ({"limit": 3}, {}, "`limit`"),
        ({"rules": [{"record": "a", "expr": "1"}]}, {"rules": [{"record": "a", "expr": "2"}]}, "`expr` of a"),
        ({"rules": [{"record": "a", "expr": "1"}]}, {"rules": []}, "`rules`"),
    ],
)
def test_what_a_ruler_does_not_keep_is_named(one: dict[str, Any], other: dict[str, Any], what: str) -> None:
    bodies = [groups.body({"name": "a", "rules": [], **each}) for each in (one, other)]

    assert groups.first_difference(*bodies) == what


@pytest.mark.parametrize(
    ("project", "name", "module"),
    [
        ("shop", "dojoboards.shop.service", "service"),
        ("shop", "dojoboards.shop.a.b", "a.b"),
        ("shop", "dojoboards.shop-2.service", ""),
        ("shop", "dojoboards.shop", ""),
        ("shop", "theirs", ""),
    ],
)
def test_a_namespace_belongs_to_one_project(project: str, name: str, module: str) -> None:
    assert groups.module_of(project, name) == module


@pytest.mark.parametrize("marks", [0, 2])
def test_without_exactly_one_mark_a_group_is_nobodys(marks: int) -> None:
    one = groups.marked({"name": "a", "rules": []}, "service", Mark("shop", "prod", "0"))["rules"]

    assert groups.unmarked({"name": "a", "rules": one * marks}) == ({"name": "a", "rules": []}, None)


def test_an_alert_without_an_external_label_gets_it_and_one_with_it_keeps_its_own(
    programs: None, tmp_path: Path
) -> None:
    alert = {"alert": "Seen", "expr": "up"}
    group = groups.with_labels({"name": "a", "rules": [alert]}, {"environment": 'pr"od'})
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [group]}))
    case = {
        "rule_files": ["rules.yml"],
        "tests": [
            {
                "input_series": [
                    {"series": 'up{environment="staging"}', "values": "1"},
                    {"series": "up", "values": "1"},
                ],
                "alert_rule_test": [
                    {
                        "eval_time": "0m",
                        "alertname": "Seen",
                        "exp_alerts": [
                            {"exp_labels": {"environment": name}, "exp_annotations": {}}
                            for name in ("staging", 'pr"od')
                        ],
                    }
                ],
            }
        ],
    }
    (tmp_path / "case.yml").write_text(json.dumps(case))
    done = subprocess.run(
        ["promtool", "test", "rules", "case.yml"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr


def test_a_label_of_the_alert_itself_stands() -> None:
    alert = {"alert": "Seen", "expr": "up", "labels": {"environment": "own"}}

    group = groups.with_labels({"name": "a", "rules": [alert]}, {"environment": "prod"})
    assert group["rules"] == [alert]
