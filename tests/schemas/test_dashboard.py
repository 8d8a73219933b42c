"""What Grafana would refuse or pass over without a word, and what looks like it and is not."""

from typing import Any

import pytest
from grafanalib import core

from dojoboards import panels, schemas
from dojoboards.panels import Row, annotation, stat, timeseries
from support.boards import board, document, problems

COLOUR = "is not a colour such as green, dark-red, #37872d or rgba(0, 128, 0, 0.5)"
SCHEMA = "Grafana's classic schema does not have it so"
FIELD = {"matcher": {"id": "byName", "options": "a"}}


def override(key: str, value: Any) -> dict[str, Any]:
    return {**FIELD, "properties": [{"id": key, "value": value}]}


@pytest.mark.parametrize(
    ("panel", "message", "remedy"),
    [
        (
            stat("A", "up", thresholds=[(1, "gren")]),
            f'fieldConfig.defaults.thresholds.steps.1.color: "gren" {COLOUR}',
            "did you mean 'green'?",
        ),
        (
            stat("A", "up", base_color="semi-dark-gren"),
            f'fieldConfig.defaults.thresholds.steps.0.color: "semi-dark-gren" {COLOUR}',
            "did you mean 'semi-dark-green'?",
        ),
        (
            stat("A", "up", color="#12345"),
            f'fieldConfig.defaults.color.fixedColor: "#12345" {COLOUR}',
            SCHEMA,
        ),
        (
            stat("A", "up", mappings=[{"type": "value", "options": {"1": {"text": "x", "color": "rad"}}}]),
            f'fieldConfig.defaults.mappings.0.options.1.color: "rad" {COLOUR}',
            "did you mean 'red'?",
        ),
        (
            stat("A", "up", overrides=[override("color", {"mode": "fixed", "fixedColor": "purpel"})]),
            f'fieldConfig.overrides.0.properties.0.value.fixedColor: "purpel" {COLOUR}',
            "did you mean 'purple'?",
        ),
        (
            stat("A", "up", overrides=[override("thresholds", {"mode": "absolute", "steps": [{"color": "yelow"}]})]),
            f'fieldConfig.overrides.0.properties.0.value.steps.0.color: "yelow" {COLOUR}',
            "did you mean 'yellow'?",
        ),
        (
            core.Stat(title="A", targets=[core.Target(expr="up")], thresholds=[core.Threshold("gren", 0, 1.0)]),
            f'fieldConfig.defaults.thresholds.steps.0.color: "gren" {COLOUR}',
            "did you mean 'green'?",
        ),
        (
            timeseries("A", "up", color="palette-clasic"),
            'fieldConfig.defaults.color.mode: "palette-clasic" is not one of "thresholds", ',
            "did you mean 'palette-classic'?",
        ),
        (stat("A", "up", width=99), "gridPos.w: 99 is not a width of 1 to 24 columns", SCHEMA),
        (Row("", stat("A", "up", width=25)), "gridPos.w: 25 is not a width of 1 to 24 columns", SCHEMA),
        (stat("A", "up", width=-1), "gridPos.w: -1 is not a width of 1 to 24 columns", SCHEMA),
        (stat("A", "up", height=-1), "gridPos.h: -1 is not a height of 1 or more", SCHEMA),
        (
            stat("A", "up", interval="5 minutes"),
            'interval: "5 minutes" is not a length of time such as 30s, 5m or 1h',
            "did you mean '5m'?",
        ),
        (
            stat("A", panels.query("up", interval="one minute")),
            'targets.0.interval: "one minute" is not a length of time such as 30s, 5m or 1h',
            SCHEMA,
        ),
        (
            stat("A", "up", time_from="24 hours"),
            'timeFrom: "24 hours" is not a length of time such as 24h or 7d, or a range such as now/d',
            "did you mean '24h'?",
        ),
        (stat("A", "up", decimals="two"), 'fieldConfig.defaults.decimals: "two" is not a number', SCHEMA),  # type: ignore[arg-type]
    ],
)
def test_what_a_panel_may_not_have_is_told_with_the_nearest_right_value(panel: Any, message: str, remedy: str) -> None:
    (problem,) = problems(board(panel))

    assert problem.message.startswith(f"dashboard 'Shop', panel 'A': {message}")
    assert problem.remedy == remedy
    assert problem.source is not None


@pytest.mark.parametrize(
    ("options", "message", "remedy"),
    [
        ({"refresh": "5 seconds"}, 'refresh: "5 seconds" is not a length of time such as 30s, 5m or 1h, ', "'5s'"),
        ({"refresh": "atuo"}, 'refresh: "atuo" is not a length of time such as 30s, 5m or 1h, auto, ', "'auto'"),
        ({"time_from": "now-6hours"}, 'time.from: "now-6hours" is not a time such as now, now-6h, ', "'now-6h'"),
        ({"time_to": "noww"}, 'time.to: "noww" is not a time such as now, now-6h, now/d or ', "'now/w'"),
        ({"time_from": "yesterday"}, 'time.from: "yesterday" is not a time such as now, now-6h, ', ""),
        (
            {"annotations": [annotation("a", tags=["b"], color="bleu")]},
            f'annotations.list.1.iconColor: "bleu" {COLOUR}',
            "'blue'",
        ),
        (
            {"annotations": [annotation("a", expr="up", step="1 minute")]},
            'annotations.list.1.step: "1 minute" is not',
            "'1m'",
        ),
    ],
)
def test_what_a_dashboard_may_not_have_is_told(options: dict[str, Any], message: str, remedy: str) -> None:
    (problem,) = problems(board(stat("A", "up"), **options))

    assert problem.message.startswith(f"dashboard 'Shop': {message}")
    assert problem.remedy == (f"did you mean {remedy}?" if remedy else SCHEMA)


COLOURS = [
    *("", "red", "super-light-orange", "semi-dark-purple", "dark-blue", "text", "transparent", "panel-bg"),
    *("Red", "DarkSlateGray", "rebeccapurple", "#fff", "#FFF8", "#37872d", "#37872D80", "rgb(1, 2, 3)"),
    *("rgba(0, 211, 255, 1)", "hsl(120, 50%, 50%)", "$colour", "${colour}"),
]
TIMES = [
    *("now", "now-6h", "now/d", "now-1d/d", "now-1M/fy", "now+1h", " now - 6h ", "now-90d"),
    *("2026-01-31T08:00:00.000Z", "2026-01-31", "1769846400000", "20260131", "$from"),
]
REFRESHES = ["", "auto", "5s", "1m", "1h30m", "1d", "500ms", "1.5h", "$__interval"]


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_that_grafana_knows_is_taken(colour: str) -> None:
    spec = board(
        stat("A", "up", thresholds=[(1, colour)], overrides=[override("color", {"fixedColor": colour})]),
        annotations=[annotation("a", tags=["b"], color=colour)],
    )

    assert list(schemas.violations("dashboard", document(spec))) == []


@pytest.mark.parametrize("time", TIMES)
def test_every_time_that_grafana_reads_is_taken(time: str) -> None:
    assert list(schemas.violations("dashboard", document(board(time_from=time, time_to=time)))) == []


@pytest.mark.parametrize("refresh", REFRESHES)
def test_every_refresh_that_grafana_reads_is_taken(refresh: str) -> None:
    assert document(board(refresh=refresh))["refresh"] == refresh


@pytest.mark.parametrize("interval", ["30s", "1m", ">10s", "1.5h", "30", "$step", "${step}", "1d"])
def test_every_interval_that_grafana_reads_is_taken(interval: str) -> None:
    spec = board(stat("A", panels.query("up", interval=interval), interval=interval))

    assert document(spec)["panels"][0]["interval"] == interval


@pytest.mark.parametrize("time", ["24h", "7d", "1M", "now/d", "now-1d/d", "+1h", "$range"])
def test_every_range_of_a_panel_is_taken(time: str) -> None:
    assert document(board(stat("A", "up", time_from=time, time_shift=time)))["panels"][0]["timeFrom"] == time
