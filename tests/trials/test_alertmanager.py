"""What only a real Alertmanager can show."""

from typing import Any

import pytest

from dojoboards.cases.messages import Messages, Scene
from dojoboards.errors import DojoboardsError
from dojoboards.trials.alertmanager import play

HOUR = 3_600_000

ALERTMANAGER: dict[str, Any] = {
    "route": {
        "receiver": "chat",
        "group_by": ["job"],
        "group_wait": "1m",
        "group_interval": "1h",
        "repeat_interval": "11h30m",
        "routes": [
            {"receiver": "pager", "matchers": ['severity="critical"'], "group_by": ["..."], "continue": True},
            {"receiver": "chat", "matchers": ['team="web"'], "active_time_intervals": ["days"]},
        ],
    },
    "inhibit_rules": [
        {"source_matchers": ['severity="critical"'], "target_matchers": ['severity="info"'], "equal": ["job"]}
    ],
    "time_intervals": [{"name": "days", "time_intervals": [{"times": [{"start_time": "00:00", "end_time": "00:01"}]}]}],
    "receivers": [{"name": "chat"}, {"name": "pager"}],
}


def alert(name: str, **labels: str) -> dict[str, str]:
    return {"alertname": name, **labels}


A, B = alert("A", job="x", severity="critical"), alert("B", job="x", severity="info")
C, D = alert("C", job="y", severity="info"), alert("D", job="y", team="web")


def shown(told: Messages) -> dict[str, list[str]]:
    """The messages of each receiver by the names of their alerts."""
    names = {
        receiver: sorted("".join(sorted(one["alertname"] for one in message)) for message in messages)
        for receiver, messages in told.items()
    }
    return dict(sorted(names.items()))


def test_scenes_are_played_beside_each_other_and_do_not_meet(programs: None) -> None:
    scenes = [
        Scene(ALERTMANAGER, (A, B, C)),  # B is inhibited
        Scene(ALERTMANAGER, (B, C)),  # and here it is not
        Scene(ALERTMANAGER, (C, D)),  # D is told in the day only
        Scene(ALERTMANAGER, (C, D), during=("days",)),
        Scene(ALERTMANAGER, (A, C), over=24 * HOUR),
    ]

    assert list(map(shown, play(scenes))) == [
        {"chat": ["C"], "pager": ["A"]},
        {"chat": ["B", "C"]},
        {"chat": ["C"]},
        {"chat": ["C", "D"]},
        {"chat": ["C", "C"], "pager": ["A", "A"]},
    ]


def test_a_configuration_that_alertmanager_refuses_is_told(programs: None) -> None:
    refused = {**ALERTMANAGER, "inhibit_rules": [{"source_matchers": ["!"], "target_matchers": ['a="b"']}]}

    with pytest.raises(DojoboardsError, match="Alertmanager does not start: ") as told:
        play([Scene(refused, (A,))])
    assert told.value.exit == 2
