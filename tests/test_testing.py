"""`dojoboards.testing`, as somebody uses it who writes tests of their own: what passes, and how a failure reads."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from dojoboards import config
from dojoboards.cases import built
from dojoboards.commands.build import compiled
from dojoboards.testing import Fired, Routes, RuleCase
from support.examples import page
from support.project import Builder

FILES = {name: text for name, text in page("testing.md").files.items() if not name.startswith("tests/")}


@pytest.fixture
def shop(builder: Builder, programs: None) -> Builder:
    """The project of docs/testing.md, without its cases."""
    for file, text in FILES.items():
        builder.change(file, text)
    return builder


@dataclass(frozen=True)
class Given:
    """What the fixtures give in the environment `prod`."""

    rules: RuleCase
    routes: Routes


@pytest.fixture
def given(shop: Builder) -> Given:
    project, result = compiled(config.read(shop.root), "prod")
    found = built.of(project, result.artifacts)
    return Given(RuleCase(found), Routes(found))


LABELS = '{environment="prod", instance="web-1", job="web", severity="critical"}'
UP = ('up{job="web", instance="web-1", environment="prod"}', "0x10")


def test_an_alert_is_seen_on_both_sides_of_its_time_with_its_annotations(given: Given) -> None:
    case = given.rules.series(*UP)

    assert case.at("4m").silent("WebDown").at("5m").fires("WebDown", summary="The shop is down").time == "5m"
    assert case.at("5m").fired("WebDown") == (
        Fired(
            {"environment": "prod", "instance": "web-1", "job": "web", "severity": "critical"},
            {"summary": "The shop is down", "description": "web-1 in prod does not answer."},
        ),
    )


def test_a_case_is_not_changed_by_what_is_asked_of_it(given: Given) -> None:
    given.rules.series(*UP).every("30s").at("5m")

    assert (given.rules.given, given.rules.interval, given.rules.time) == ((), "1m", "")


def test_samples_and_evaluations_can_be_closer(given: Given) -> None:
    case = given.rules.series('up{job="web"}', "0x9 1x9")

    case.at("5m").fires("WebDown")
    case.every("30s").at("4m30s").silent("WebDown").at("5m").silent("WebDown")


def test_each_alert_that_fires_has_to_be_named(given: Given) -> None:
    case = given.rules.series(*UP).series('up{job="web", instance="web-2"}', "0x10").at("5m")

    case.fires("WebDown", {"instance": "web-2"}, {"instance": "web-1", "environment": "prod"}, severity="critical")
    with pytest.raises(AssertionError) as told:
        case.fires("WebDown", instance="web-1")
    assert str(told.value) == (
        "WebDown at 5m:\n"
        '    + {instance="web-2", job="web", severity="critical"}\n'
        "  given, every 1m:\n"
        '    up{job="web", instance="web-1", environment="prod"} 0x10\n'
        '    up{job="web", instance="web-2"} 0x10'
    )


@pytest.mark.parametrize(
    ("time", "expected", "told"),
    [
        ("4m", {"instance": "web-1"}, 'nothing else fires; expected:\n      - {instance="web-1"}'),
        (
            "5m",
            {"instance": "web-2", "team": "web"},
            f"  {LABELS}\n        - instance: web-2\n        + instance: web-1\n        - team: web\n          no team",
        ),
        (
            "5m",
            {"summary": "Down"},
            f"  {LABELS}\n        - summary: Down\n        + summary: The shop is down",
        ),
    ],
)
def test_a_failure_shows_only_what_differs(given: Given, time: str, expected: dict[str, str], told: str) -> None:
    with pytest.raises(AssertionError) as error:
        given.rules.series(*UP).at(time).fires("WebDown", **expected)

    assert str(error.value).startswith(f"WebDown at {time}:\n    {told}\n  given, every 1m:\n")


def test_an_alert_that_fires_is_not_silent(given: Given) -> None:
    with pytest.raises(AssertionError, match="expected nothing; fires:") as told:
        given.rules.series(*UP).at("5m").silent("WebSlow", "WebDown")

    assert str(told.value).startswith("WebDown at 5m:")


def test_without_series_there_is_nothing(given: Given) -> None:
    with pytest.raises(AssertionError) as told:
        given.rules.at("5m").fires("WebDown")

    assert str(told.value).endswith("  given, every 1m:\n    nothing")


def test_what_an_expression_gives_is_compared(given: Given) -> None:
    case = given.rules.series(*UP).at("1m")

    case.gives('up{job="web"} + 1', {'{environment="prod", instance="web-1", job="web"}': 1})
    with pytest.raises(AssertionError, match=r"got: \{\} 0E"):
        case.gives("sum(up)", {"{}": 1})


def test_mistakes_are_told_at_once(given: Given) -> None:
    with pytest.raises(AssertionError, match="there is no alert 'WebDwn': did you mean 'WebDown'"):
        given.rules.at("5m").silent("WebDwn")
    with pytest.raises(ValueError, match=r"say when: .at\('5m'\)"):
        given.rules.silent("WebDown")
    with pytest.raises(ValueError, match="'5 m' is not a duration"):
        given.rules.at("5 m")
    with pytest.raises(ValueError, match="is no series such as"):
        given.rules.series("up{", "1")
    with pytest.raises(pytest.fail.Exception, match="promtool: "):
        given.rules.series("up", "1y3").at("5m").silent("WebDown")


def test_receivers_come_in_order(given: Given) -> None:
    assert given.routes.receivers(severity="critical") == ["pager"]
    assert given.routes.receivers({"severity": 'a "quoted"\nlabel'}) == ["chat"]
    assert given.routes.receivers() == ["chat"]


def test_what_is_told_is_seen_at_a_real_alertmanager(given: Given) -> None:
    down = {"alertname": "WebDown", "severity": "critical", "instance": "web-1"}
    slow = {"alertname": "WebSlow", "severity": "warning"}

    assert given.routes.told(down, {**slow, "instance": "web-1"}) == {"pager": [[down]]}
    assert given.routes.told(down, slow) == {"pager": [[down]], "chat": [[slow]]}
    assert given.routes.told(down, slow, during=["nights"]) == {"pager": [[down]]}


def run(shop: Builder, text: str, conftest: str = 'pytest_plugins = ["dojoboards.testing"]\n') -> str:
    """Run pytest on a test in the project, and return what it says."""
    shop.change("tests/test_it.py", text)
    shop.change("conftest.py", conftest)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir=."]
    return subprocess.run(command, cwd=shop.root, capture_output=True, text=True, timeout=120, check=False).stdout


def test_a_project_with_several_environments_has_to_say_which(shop: Builder) -> None:
    said = run(shop, "def test_it(rules): pass\n")

    assert "which environment, staging or prod? define the fixture dojoboards_env in conftest.py" in said


def test_a_project_with_one_environment_needs_to_say_nothing(shop: Builder) -> None:
    shop.replace("dojoboards.yaml", '  staging: {grafana_url: "https://grafana.staging.example"}\n', "")

    assert "1 passed" in run(shop, "def test_it(rules): rules.at('5m').silent('WebDown')\n")


def test_content_with_a_mistake_is_told_without_a_traceback(shop: Builder) -> None:
    shop.replace("alerts/web.py", "== 0", "=== 0")
    shop.replace("dojoboards.yaml", '  staging: {grafana_url: "https://grafana.staging.example"}\n', "")

    said = run(shop, "def test_it(rules): pass\n")
    assert "the expression of 'WebDown' is not PromQL" in said
    assert "Traceback" not in said


def test_the_package_needs_no_pytest_unless_it_is_asked_for() -> None:
    text = "import sys, dojoboards.cli, dojoboards.commands.test; sys.exit('pytest' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", text], cwd=Path(__file__).parent, check=False).returncode == 0
