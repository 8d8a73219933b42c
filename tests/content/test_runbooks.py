"""A page for each alert, in step with it: headings, links, panels, queries, silences and the names of settings."""

from __future__ import annotations

import dataclasses
import re
import shlex
from functools import cache

import pytest
import yaml

from dojoboards import names
from dojoboards.compile import compile_project
from dojoboards.load import load
from support.dojopool import ROOT, SETTINGS, Built, built, selectors

PAGES = ROOT / "docs/runbooks"
HEADINGS = [
    "Meaning",
    "Impact",
    "First look",
    "Likely causes",
    "Remedy",
    "Silence",
    "When to change the threshold",
]
NAMES = sorted(page.stem for page in PAGES.glob("*.md"))

every_page = pytest.mark.parametrize("name", NAMES)


def text(name: str) -> str:
    return (PAGES / f"{name}.md").read_text()


def sections(name: str) -> dict[str, str]:
    parts = re.split(r"^## (.+)\n", text(name), flags=re.MULTILINE)
    return {heading: body.strip() for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    assert sorted({alert["alert"] for alert in built("prod").alerts()}) == NAMES


def test_every_alert_links_its_page() -> None:
    for alert in built("prod").alerts():
        assert alert["annotations"]["runbook_url"].endswith(f"/docs/runbooks/{alert['alert']}.md")


@every_page
def test_a_page_has_its_sections_in_order_and_none_is_empty(name: str) -> None:
    assert text(name).startswith(f"# {name}\n\n## ")
    assert list(sections(name)) == HEADINGS
    assert [heading for heading, body in sections(name).items() if len(body) < len("It has none.")] == []


def test_no_two_pages_say_the_same() -> None:
    for heading in ("Meaning", "Impact", "Remedy"):
        said = [sections(name)[heading] for name in NAMES]

        assert len(set(said)) == len(said)


@every_page
def test_links_of_a_page_lead_somewhere(name: str) -> None:
    panels = {f"/d/{uid}?viewPanel=panel-{names.panel_id(key)}": key for uid, key, _ in built("prod").all_panels()}
    grafana = SETTINGS.environment("prod").grafana_url
    for title, url in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", text(name)):
        if url.startswith(grafana):
            assert panels.get(url.removeprefix(grafana)) == title
        else:
            assert (PAGES / url).is_file(), url


@every_page
def test_a_page_begins_with_the_panel_that_the_alert_links(name: str) -> None:
    own = {alert["annotations"]["dashboard_url"] for alert in built("prod").alerts() if alert["alert"] == name}
    first = re.search(r"\]\(([^)]+)\)", sections(name)["First look"])

    assert first is not None
    assert {first[1]} == own


@every_page
def test_queries_of_a_page_ask_for_metrics_that_there_are(name: str) -> None:
    documented = set(re.findall(r"^\| `(\w+)`", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE))
    block = re.search(r"```promql\n(.+?)\n```", sections(name)["First look"], re.DOTALL)

    assert block is not None
    for query in block[1].splitlines():
        assert {metric for metric, _ in selectors(query)} <= documented | set(built("prod").recorded()), query


@cache
def labels_seen() -> dict[str, set[str]]:
    """By alert, the labels that the cases of tests/rules expect of it; Prometheus adds its environment to all."""
    seen: dict[str, set[str]] = {}
    for file in (ROOT / "tests/rules").glob("*.yml"):
        for group in yaml.load(file.read_text(), yaml.CSafeLoader)["tests"]:
            for check in group.get("alert_rule_test", ()):
                labels = seen.setdefault(check["alertname"], {"alertname", "environment"})
                labels.update(*(expected["exp_labels"] for expected in check["exp_alerts"]))
    return seen


@every_page
def test_the_silence_of_a_page_matches_labels_that_the_alert_has(name: str) -> None:
    block = re.search(r"```sh\n(.+?)\n```", sections(name)["Silence"], re.DOTALL)

    assert block is not None
    program, command, action, *rest = shlex.split(block[1].replace("\\\n", " "))
    matchers = dict(word.split("=", 1) for word in rest if not word.startswith("--"))
    assert (program, command, action) == ("amtool", "silence", "add")
    assert matchers["alertname"] == name
    assert set(matchers) <= labels_seen()[name]
    assert {word.split("=")[0] for word in rest if word.startswith("--")} == {
        "--alertmanager.url",
        "--duration",
        "--comment",
    }


@cache
def settings_used() -> dict[str, set[str]]:
    """By alert, the settings that its rule depends on: each is given a number that is found again in the rule."""
    environment = SETTINGS.environment("prod")
    marks = {
        name: 7_000_001 + 2 * index
        for index, (name, setting) in enumerate(environment.settings.items())
        if isinstance(setting.value, int | float) and not isinstance(setting.value, bool)
    }
    marked = {
        name: dataclasses.replace(setting, value=marks.get(name, setting.value))
        for name, setting in environment.settings.items()
    }
    project = load(ROOT, dataclasses.replace(environment, settings=marked), SETTINGS.project)
    compiled = compile_project(dataclasses.replace(project, dashboards=()))
    content = Built(project, compiled.artifacts)
    used: dict[str, set[str]] = {}
    for alert in content.alerts():
        found = {name for name, mark in marks.items() if re.search(rf"\b{mark}\b", alert["expr"])}
        used.setdefault(alert["alert"], set()).update(found)
    return used


@every_page
def test_a_page_names_the_settings_that_its_alert_depends_on(name: str) -> None:
    named = set(re.findall(r"`(\w+)`", sections(name)["When to change the threshold"]))

    assert settings_used()[name] <= named
    assert {word for word in named if word.islower() and "_" in word} <= set(SETTINGS.environment("prod").settings)


def test_every_setting_that_is_a_number_is_a_limit_of_an_alert() -> None:
    limits = {
        name
        for name, setting in SETTINGS.environment("prod").settings.items()
        if isinstance(setting.value, int | float) and not isinstance(setting.value, bool)
    }

    assert set().union(*settings_used().values()) == limits
