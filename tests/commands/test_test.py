"""`dojoboards test` on the project of docs/testing.md, broken in the ways in which people break it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from support.examples import page
from support.project import Builder
from support.servers import until

FILES = page("testing.md").files
CASES = "tests/rules/web.yml"
ROUTING = "tests/routing/web.yml"
MISSING = "  alert WebDown: no case without its data\n  alert WebSlow: no case in which it fires\n"

Output = pytest.CaptureFixture[str]


@pytest.fixture
def shop(builder: Builder, programs: None, monkeypatch: pytest.MonkeyPatch) -> Builder:
    """The project, with the cases for rules alone; it is where we are."""
    for file, text in FILES.items():
        if file != ROUTING:
            builder.change(file, text)
    monkeypatch.chdir(builder.root)
    return builder


@pytest.fixture
def routed(shop: Builder) -> Builder:
    """The project with the cases for routing alone."""
    (shop.root / CASES).unlink()
    shop.change(ROUTING, "environment: prod\nroutes: [{name: all, alerts: {severity: critical}, receivers: [pager]}]\n")
    return shop


def test_cases_that_hold_are_counted_and_what_has_none_is_listed(routed: Builder, capsys: Output) -> None:
    assert routed.run("test") == 0
    assert capsys.readouterr().out == (
        "prod: 1 passed, coverage 13.33 %\n"
        "  alert WebDown: no case in which it fires; no case in which it does not fire; no case without its data\n"
        "  alert WebSlow: no case in which it fires; no case in which it does not fire; no case without its data;"
        " no case says who is told\n"
        "  alert WebSpeedUnknown: no case in which it fires; no case in which it does not fire;"
        " no case without its data; no case says who is told\n"
        "  route all others -> chat: no case reaches it\n"
        '  route severity="warning" -> chat: no case reaches it\n'
    )


def test_too_little_coverage_is_exit_code_1(routed: Builder, capsys: Output) -> None:
    assert routed.run("test", "--fail-under", "13") == 0
    assert routed.run("test", "--fail-under", "13.4") == 1
    assert capsys.readouterr().out.endswith("  less than the 13.4 % that are asked for\n")


def test_a_limit_that_is_moved_is_told_with_what_fires_instead(shop: Builder, capsys: Output) -> None:
    shop.replace("alerts/web.py", 'for_="5m"', 'for_="6m"')

    assert shop.run("test", "--run", "WebDown") == 1
    assert capsys.readouterr().out == (
        f"{CASES}:16: prod: one of two instances is down: WebDown at 6m\n"
        "    nothing fires; expected:\n"
        '      - {environment="prod", instance="web-1", job="web", severity="critical"}\n'
        "prod: 2 passed, 1 failed\n"
    )


def test_an_alert_that_does_not_exist_is_not_taken_for_one_that_does_not_fire(shop: Builder, capsys: Output) -> None:
    shop.replace(CASES, "alertname: WebSlow", "alertname: WebSlo")

    assert shop.run("test", "--run", "WebSlo") == 1
    assert capsys.readouterr().out == (
        f"{CASES}:30: prod: up, and says nothing: WebSlo at 20m\n"
        "    there is no alert of this name: did you mean 'WebSlow'? known: WebDown, WebSlow, WebSpeedUnknown\n"
        "prod: 0 passed, 1 failed\n"
    )


def test_a_mistake_in_a_case_for_rules_is_told_at_its_place_beside_what_follows_from_it(
    shop: Builder, capsys: Output
) -> None:
    shop.change(ROUTING, FILES[ROUTING])
    shop.replace(CASES, "severity: critical}", "severity: criticl}")

    assert shop.run("test") == 1
    told = capsys.readouterr()
    assert f"{CASES}:16: prod: one of two instances is down: WebDown at 6m\n" in told.out
    assert '    - {environment="prod", instance="web-1", job="web", severity="criticl"}\n' in told.out
    assert "    prod has no alert {alertname: WebDown, instance: web-1}\n    choose by labels" in told.out
    assert told.err == ""


def test_where_a_rule_file_is_missing_nothing_else_is_told(shop: Builder, capsys: Output) -> None:
    shop.change(ROUTING, FILES[ROUTING])
    shop.replace(CASES, "rules/web.yml", "rules/weeb.yml")

    assert shop.run("test") == 2
    assert capsys.readouterr().err == (
        f"{CASES}:2: error: no module of prod gives the rule file 'prometheus/rules/weeb.yml'\n"
        "    did you mean 'prometheus/rules/web.yml'? known: prometheus/rules/web.yml\n"
    )


def test_files_of_cases_may_lie_in_folders(shop: Builder, capsys: Output) -> None:
    shop.change("tests/rules/web/more.yml", FILES[CASES].replace("../../build", "../../../build"))
    shop.change("tests/rules/_old/more.yml", "nothing that is read")

    assert shop.run("test", "--run", "more", "--run", "tests/rules/web/*") == 0
    assert capsys.readouterr().out == "prod: 6 passed\n"


def test_an_expression_is_judged_too(shop: Builder, capsys: Output) -> None:
    samples = "exp_samples: [{labels: '{job=\"web\"}', value: 3}]"
    shop.replace(
        CASES,
        "    alert_rule_test:\n      - {eval_time: 20m, alertname: WebDown",
        f"    promql_expr_test:\n      - {{expr: sum by (job) (up), eval_time: 5m, {samples}}}\n"
        "    alert_rule_test:\n      - {eval_time: 20m, alertname: WebDown",
    )

    assert shop.run("test", "--run", "up, and*") == 1
    assert capsys.readouterr().out.startswith(
        f"{CASES}:29: prod: up, and says nothing: sum by (job) (up) at 5m\n"
        '    exp: {job="web"} 3E+00\n'
        '    got: {job="web"} 1E+00\n'
    )


def test_cases_are_renamed_for_another_environment(shop: Builder, capsys: Output) -> None:
    shop.replace("alerts/web.py", ' in {{ $labels.environment }} does not answer."', ': " + env.grafana_url')
    shop.replace(CASES, "web-1 in prod does not answer.", "'web-1: https://grafana.example'")

    assert shop.run("test", "--env", "prod", "--env", "staging") == 0
    assert [line.split(",")[0] for line in capsys.readouterr().out.splitlines() if "passed" in line] == [
        "prod: 6 passed",
        "staging: 6 passed",
    ]


def test_what_another_environment_does_not_have_is_skipped(shop: Builder, capsys: Output) -> None:
    shop.replace("alerts/web.py", "rules=[down, slow", "rules=[down, *([slow] if env.name == 'prod' else [])")

    assert shop.run("test", "--env", "staging") == 0
    assert capsys.readouterr().out.startswith("staging: 5 passed, 1 skipped, coverage")

    shop.replace("alerts/web.py", "    return [RuleGroup", "    return env.name == 'prod' and [RuleGroup")
    shop.replace("alerts/web.py", "unknown])]", "unknown])] or []")
    assert shop.run("test", "--env", "staging") == 0
    assert capsys.readouterr().out.startswith("staging: 0 passed, 6 skipped, coverage")

    shop.change(ROUTING, FILES[ROUTING])
    assert shop.run("test", "--env", "staging") == 0
    assert capsys.readouterr().out.startswith("staging: 1 passed, 11 skipped, coverage")


def test_a_machine_gets_one_document(shop: Builder, capsys: Output) -> None:
    shop.replace("alerts/web.py", 'for_="5m"', 'for_="6m"')

    assert shop.run("test", "-o", "json", "--fail-under", "90") == 1

    document = json.loads(capsys.readouterr().out)
    prod = document["environments"]["prod"]
    (failed,) = [check for check in prod["checks"] if check["outcome"] == "failed"]
    assert (document["exit"], document["problems"]) == (1, [])
    assert {key: failed[key] for key in ("file", "line", "case", "check")} == {
        "file": CASES,
        "line": 16,
        "case": "one of two instances is down",
        "check": "WebDown at 6m",
    }
    assert prod["coverage"]["percent"] == 46.66
    assert {"thing": "alert WebSlow", "what": "fires"} in prod["coverage"]["missing"]


def test_junit_gets_a_suite_for_each_file(shop: Builder, tmp_path: Path) -> None:
    shop.replace("alerts/web.py", 'for_="5m"', 'for_="6m"')

    file = tmp_path / "reports/report.xml"  # as pytest does, it makes the directory, which a checkout does not have
    assert shop.run("test", "--junit", str(file), "--env", "prod", "--env", "staging") == 1

    suites = ET.parse(file).getroot()  # noqa: S314  # we have just written it
    found = [(suite.get("name"), suite.get("tests"), suite.get("failures"), len(suite)) for suite in suites]
    assert found == [(f"prod: {CASES}", "6", "1", 6), (f"staging: {CASES}", "6", "1", 6)]
    (failure,) = suites[0].iter("failure")
    assert failure.get("message") == "nothing fires; expected:"
    assert 'instance="web-1"' in (failure.text or "")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            CASES,
            "build/prod",
            "build/prd",
            f"{CASES}:1: error: there is no environment 'prd'\n    did you mean 'prod'?",
        ),
        (
            CASES,
            "rules/web.yml",
            "rules/wbe.yml",
            f"{CASES}:2: error: no module of prod gives the rule file 'prometheus/rules/wbe.yml'\n    did you mean",
        ),
        (
            CASES,
            "../../build",
            "../build",
            f"{CASES}:2: error: '../build/prod/prometheus/rules/web.yml' is no rule file of a build",
        ),
        (CASES, "eval_time: 5m", "eval_time: 5 m", f"{CASES}:13: error: eval_time: '5 m' is not a duration"),
        (CASES, '"web-1", job="web"}', '"web-1", job="web"', f"{CASES}:8: error: 'up{{environment"),
        (CASES, "exp_alerts: []", "exp_alert: []", f"{CASES}:13: error: tests.0.alert_rule_test.0: unknown key"),
        (CASES, "1x21", "1y21", f"{CASES}: error: promtool: "),
        (
            ROUTING,
            "alerts: {severity: warning}",
            "alerts: {severity: warn}",
            f"{ROUTING}:6: error: prod has no alert {{severity: warn}}\n    choose by labels",
        ),
        (ROUTING, "[pager]", "[pagr]", f"{ROUTING}:5: error: prod has no receiver 'pagr'\n    did you mean 'pager'?"),
        (ROUTING, "[nights]", "[night]", f"{ROUTING}:22: error: prod has no time interval 'night'\n    did you mean"),
        (ROUTING, "environment: prod", "environment: prd", f"{ROUTING}:1: error: there is no environment 'prd'"),
    ],
)
def test_a_mistake_in_a_case_is_told_with_its_place(
    shop: Builder, capsys: Output, file: str, old: str, new: str, told: str
) -> None:
    shop.change(ROUTING, FILES[ROUTING])
    text = (shop.root / file).read_text()
    assert old in text
    (shop.root / file).write_text(text.replace(old, new))

    assert shop.run("test") == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("missing", ["promtool", "amtool", "alertmanager"])
def test_a_program_that_is_missing_is_one_message(
    shop: Builder, capsys: Output, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str
) -> None:
    shop.change(ROUTING, FILES[ROUTING])
    (tmp_path / "bin").mkdir()
    for program in {"promtool", "amtool", "alertmanager"} - {missing}:
        (tmp_path / "bin" / program).symlink_to(shutil.which(program) or "")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")

    assert shop.run("test") == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"error: {missing} is not on the PATH, and cases for ")
    assert second.startswith("    install it: ")


def test_a_rule_that_promtool_refuses_is_told_by_its_name_and_not_by_a_file_of_ours(
    shop: Builder, capsys: Output
) -> None:
    shop.replace("alerts/web.py", 'up{job="web"} == 0\'', 'sort_by_label(up, "job") == 0\'')

    assert shop.run("test") == 2
    said = capsys.readouterr().err
    assert f'{CASES}: error: promtool: group "web", rule 1, "WebDown": could not parse expression: ' in said
    assert "dojoboards-" not in said


def test_a_pattern_that_names_nothing_is_told(shop: Builder, capsys: Output) -> None:
    assert shop.run("test", "--run", "Nope", "--run", "no*") == 2
    assert capsys.readouterr().err.startswith("error: --run 'Nope' 'no*' names no case\n")


def test_a_project_without_cases_is_told(shop: Builder, capsys: Output) -> None:
    (shop.root / CASES).unlink()

    assert shop.run("test") == 2
    assert "there are no cases in tests/rules/ and tests/routing/" in capsys.readouterr().err


def test_coverage_cannot_be_asked_of_some_cases(shop: Builder, capsys: Output) -> None:
    assert shop.run("test", "--run", "WebDown", "--fail-under", "1") == 2


def test_an_interruption_ends_all_programs(shop: Builder) -> None:
    # Rules over a long time: promtool is at work when it comes.
    shop.replace(CASES, "values: 1x21", "values: 1x2000000")
    shop.replace(CASES, "eval_time: 5m", "eval_time: 4w")
    process = subprocess.Popen(
        [sys.executable, "-m", "dojoboards", "test"],
        cwd=shop.root,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    until(lambda: process.poll() is not None or _children(process.pid), "promtool is at work")
    found = _children(process.pid)

    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)

    assert (process.returncode, said.splitlines()[-1]) == (130, "interrupted")
    assert found
    assert [child for child in found if _runs(child)] == []


def _children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
