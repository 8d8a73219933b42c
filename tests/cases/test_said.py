"""What promtool says, as it really says it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards.cases import said
from dojoboards.cases.rules import Fired

RULE = {
    "alert": "Down",
    "expr": "up == 0",
    "labels": {"severity": "critical"},
    "annotations": {"summary": '"{{ $labels.job }}"', "text": "two\nlines"},
}


def promtool(directory: Path, *groups: dict[str, Any]) -> said.Said:
    (directory / "rules").write_text(json.dumps({"groups": [{"name": "a", "rules": [RULE]}]}))
    file = directory / "cases.yml"
    file.write_text(json.dumps({"rule_files": ["rules"], "evaluation_interval": "1m", "tests": groups}))
    command = ["promtool", "test", "rules", str(file)]
    return said.read(subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stderr)


def group(name: int, *series: str, **more: Any) -> dict[str, Any]:
    given = [{"series": one, "values": "0x5"} for one in series]
    return {"name": str(name), "interval": "1m", "input_series": given, **more}


def asks(time: str, *expected: dict[str, Any]) -> dict[str, Any]:
    return {"alertname": "Down", "eval_time": time, "exp_alerts": expected}


def test_alerts_that_fire_are_read_with_every_character(programs: None, tmp_path: Path) -> None:
    heard = promtool(tmp_path, group(7, r'up{job="a,\"b}é"}', alert_rule_test=[asks("2m")]))

    fired = Fired(
        {"job": 'a,"b}é', "severity": "critical"},
        {"summary": '"a,"b}é"', "text": "two\nlines"},
    )
    assert heard == said.Said((said.Failure(7, "Down", "", "2m", (fired,)),), "")


def test_each_failure_is_that_of_its_group_and_its_time(programs: None, tmp_path: Path) -> None:
    wrong = {"exp_labels": {"job": "x"}}
    heard = promtool(
        tmp_path,
        group(0, 'up{job="a"}', 'up{job="b"}', alert_rule_test=[asks("1m"), asks("90s", wrong)]),
        group(1, alert_rule_test=[asks("3m", wrong), asks("4m")]),
    )

    found = [
        (failure.group, failure.time, [fired.labels["job"] for fired in failure.fired]) for failure in heard.failures
    ]
    assert found == [(0, "1m", ["a", "b"]), (0, "1m30s", ["a", "b"]), (1, "3m", [])]
    assert heard.rest == ""


def test_an_expression_tells_its_group_and_what_it_gives(programs: None, tmp_path: Path) -> None:
    check = {"expr": said.marked("up + 1", 3), "eval_time": "1m", "exp_samples": [{"labels": "{}", "value": 7}]}
    (failure,) = promtool(tmp_path, group(3, "up", promql_expr_test=[check])).failures

    assert (failure.group, failure.expr, failure.time) == (3, "up + 1", "1m")
    assert failure.text.splitlines() == ["exp: {} 7E+00", "got: {} 1E+00"]


def test_what_is_about_no_check_is_kept(programs: None, tmp_path: Path) -> None:
    heard = promtool(tmp_path, group(0, 'up{job="a"', alert_rule_test=[asks("1m")]))

    assert heard.failures == ()
    assert "parse error" in heard.rest


def fired(job: str, summary: str = "s") -> Fired:
    return Fired({"job": job}, {"summary": summary, "text": "t"})


@pytest.mark.parametrize(
    ("expected", "fires", "shown"),
    [
        ([fired("a")], [], 'nothing fires; expected:\n  - {job="a"}'),
        ([], [fired("a")], 'expected nothing; fires:\n  + {job="a"}'),
        ([fired("a"), fired("b")], [fired("b")], '- {job="a"}'),
        ([fired("b")], [fired("a"), fired("b")], '+ {job="a"}'),
        ([fired("a")], [fired("a", "other")], '  {job="a"}\n    - summary: s\n    + summary: other'),
        ([fired("a")], [fired("b")], '- {job="a"}\n+ {job="b"}'),
        ([fired("a")], [Fired({"job": "a"}, {"summary": "s"})], '  {job="a"}\n    - text: t'),
    ],
)
def test_a_difference_shows_what_was_expected_and_what_fires(
    expected: list[Fired], fires: list[Fired], shown: str
) -> None:
    assert said.difference(expected, fires) == shown


ALERTS = st.lists(st.builds(fired, st.sampled_from("abc"), st.sampled_from("st")), max_size=4, unique_by=str)


@settings(max_examples=100, deadline=None)
@given(ALERTS, ALERTS)
def test_a_difference_is_shown_where_there_is_one(expected: list[Fired], fires: list[Fired]) -> None:
    same = sorted(expected, key=str) == sorted(fires, key=str)

    assert bool(said.difference(expected, fires)) is not same or (not expected and not fires)
