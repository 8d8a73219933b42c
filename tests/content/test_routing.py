"""What people are told: receivers and texts, as the real amtool sees them. Routes have cases in `tests/routing/`.

The labels are those of the alerts that the cases in `tests/rules/` expect, so they are what the rules really give.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support.dojopool import ENVIRONMENTS, built
from support.dojopool import expected_alert as alert

CHANNEL = {"local": "#alerts", "staging": "#alerts-staging", "prod": "#alerts"}
OPERATIONS = {
    "local": "operations@localhost",
    "staging": "staging@dojopool.example",
    "prod": "operations@dojopool.example",
}

Labels = Mapping[str, str]


def amtool(*arguments: str) -> str:
    done = subprocess.run(["amtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_receivers_are_a_channel_two_addresses_and_a_webhook(environment: str) -> None:
    receivers = {
        entry["name"]: entry for entry in built(environment).yaml("alertmanager/alertmanager.yml")["receivers"]
    }

    assert sorted(receivers) == ["daily-summary", "dead-mans-switch", "operations-mail", "slack"]
    assert [slack["channel"] for slack in receivers["slack"]["slack_configs"]] == [CHANNEL[environment]]
    assert [mail["to"] for mail in receivers["operations-mail"]["email_configs"]] == [OPERATIONS[environment]]
    assert len(receivers["daily-summary"]["email_configs"]) == 1
    assert len(receivers["dead-mans-switch"]["webhook_configs"]) == 1
    assert sum(len(entry) - 1 for entry in receivers.values()) == len(receivers)


def test_what_is_about_one_service_in_one_environment_is_one_message() -> None:
    tree = built("prod").yaml("alertmanager/alertmanager.yml")["route"]
    slack = [route for route in tree["routes"] if route["receiver"] in {"slack", "operations-mail"}]

    assert tree["group_by"] == ["environment", "service"]
    assert [route for route in slack if "group_by" in route] == []
    assert [rule["alert"] for rule in built("prod").alerts() if not rule["labels"].get("service")] == []


def test_the_summary_is_one_message_a_day() -> None:
    tree = built("prod").yaml("alertmanager/alertmanager.yml")["route"]
    (summary,) = [route for route in tree["routes"] if route["receiver"] == "daily-summary"]

    assert (summary["group_by"], summary["group_interval"]) == (["environment"], "1d")
    assert summary["repeat_interval"] == "23h"  # a whole day would not be over at the next turn


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def firing(labels: Labels, description: str, minutes: int) -> dict[str, Any]:
    """An alert as Alertmanager gives it to a template: firing for so many minutes."""
    began = datetime.now(UTC) - timedelta(minutes=minutes)
    return {
        "status": "firing",
        "labels": dict(labels),
        "annotations": {"description": description, "summary": "A summary"},
        "startsAt": began.isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
    }


def resolved(labels: Labels, description: str, seconds: float) -> dict[str, Any]:
    """An alert that fired for so many seconds."""
    times = {"startsAt": (NOW - timedelta(seconds=seconds)).isoformat(), "endsAt": NOW.isoformat()}
    return firing(labels, description, 0) | {"status": "resolved"} | times


def rendered(configuration: Path, text: str, given: Sequence[dict[str, Any]]) -> str:
    """Return what amtool makes of a receiver's text."""
    common = set.intersection(*(set(one["labels"].items()) for one in given))
    status = "firing" if any(one["status"] == "firing" for one in given) else "resolved"
    data = {"receiver": "slack", "status": status, "alerts": given, "commonLabels": dict(common)}
    file = configuration.parent / "data.json"
    file.write_text(json.dumps(data))
    templates = configuration.parent / "templates/*.tmpl"
    shown = amtool(
        "template", "render", f"--template.glob={templates}", f"--template.data={file}", f"--template.text={text}"
    )
    return shown.removesuffix("\n")


def texts(kind: str, receiver: str) -> list[dict[str, Any]]:
    document = built("prod").yaml("alertmanager/alertmanager.yml")
    (found,) = [entry[f"{kind}_configs"] for entry in document["receivers"] if entry["name"] == receiver]
    return list(found)


@pytest.fixture
def slack(configuration: Path) -> Callable[..., str]:
    """Renders the message in `#alerts`, and knows that nothing stands around it."""
    (message,) = texts("slack", "slack")
    assert (message["title"], message["fallback"], message.keys() & {"pretext", "footer", "fields"}) == (
        "",
        message["text"],
        set(),
    )
    return lambda *given: rendered(configuration, message["text"], given)


def test_a_firing_alert_is_told_in_three_lines(slack: Callable[..., str]) -> None:
    text = slack(firing(alert("ServiceDown"), "No instance of dojopool answers.", minutes=12))

    assert re.sub(r"12m \ds", "12m 0s", text) == (
        "[Critical] ServiceDown\nDescription: No instance of dojopool answers.\nDuration: 12m 0s"
    )


def test_a_resolved_alert_is_told_in_the_same_three_lines(slack: Callable[..., str]) -> None:
    text = slack(resolved(alert("ClockSkewed", host="app-1"), "The clock of app-1 is off.", seconds=3723.4))

    assert text == "[Warning] ClockSkewed\nDescription: The clock of app-1 is off.\nDuration: 1h 2m 3s"


def test_an_alert_that_has_just_begun_has_lasted_no_time(slack: Callable[..., str]) -> None:
    text = slack(firing(alert("ServiceDown"), "Down.", minutes=0))

    assert re.fullmatch(r"\[Critical\] ServiceDown\nDescription: Down\.\nDuration: [0-2]s", text)


def test_several_alerts_are_told_in_three_lines_each(slack: Callable[..., str]) -> None:
    text = slack(
        resolved(alert("ServiceDown"), "Down.", seconds=60),
        resolved(alert("ServiceInstanceDown", host="app-2"), "app-2 is down.", seconds=90),
        resolved(alert("ResponsesSlow"), "Slow.", seconds=86400),
    )

    assert text == (
        "[Critical] ServiceDown\nDescription: Down.\nDuration: 1m 0s\n"
        "[Warning] ServiceInstanceDown\nDescription: app-2 is down.\nDuration: 1m 30s\n"
        "[Warning] ResponsesSlow\nDescription: Slow.\nDuration: 1d 0h 0m 0s"
    )


def test_a_description_with_line_breaks_stays_on_its_line(slack: Callable[..., str]) -> None:
    text = slack(resolved(alert("ServiceDown"), "\nDown\n  since the\tdeployment.\n", seconds=60))

    assert text == "[Critical] ServiceDown\nDescription: Down since the deployment.\nDuration: 1m 0s"


def test_an_alert_without_a_description_shows_its_summary(slack: Callable[..., str]) -> None:
    text = slack(resolved(alert("ServiceDown"), "", seconds=60))

    assert text == "[Critical] ServiceDown\nDescription: A summary\nDuration: 1m 0s"


def test_the_mail_to_operations_says_the_same_under_a_subject_that_names_the_alert(configuration: Path) -> None:
    (mail,) = texts("email", "operations-mail")
    given = [resolved(alert("DatabaseDown"), "Down.", seconds=60)]

    assert (
        rendered(configuration, mail["text"], given) == "[Critical] DatabaseDown\nDescription: Down.\nDuration: 1m 0s"
    )
    assert rendered(configuration, mail["headers"]["Subject"], given) == "[Resolved] prod: DatabaseDown"
    assert (mail["html"], mail["send_resolved"]) == ("", True)


def test_the_subject_of_several_alerts_counts_them(configuration: Path) -> None:
    (mail,) = texts("email", "operations-mail")
    given = [
        firing(alert("DatabaseDown"), "Down.", minutes=1),
        firing(alert("ApplicationDatabaseUnreachable"), "Cut off.", minutes=1),
    ]

    assert rendered(configuration, mail["headers"]["Subject"], given) == "[Firing] prod: 2 alerts"


def test_the_summary_counts_what_fires_and_what_has_ended(configuration: Path) -> None:
    (mail,) = texts("email", "daily-summary")
    given = [
        resolved(alert("ServiceDown"), "Down.", seconds=60),
        resolved(alert("ResponsesSlow"), "Slow.", seconds=90),
    ]

    assert rendered(configuration, mail["headers"]["Subject"], given) == "Daily summary of alerts, prod"
    assert rendered(configuration, mail["text"], given).strip() == (
        "0 firing, 2 ended since the last summary.\n\n"
        "[Critical] ServiceDown\nDescription: Down.\nDuration: 1m 0s\n"
        "[Warning] ResponsesSlow\nDescription: Slow.\nDuration: 1m 30s"
    )
