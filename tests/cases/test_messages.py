from typing import Any

import pytest

from dojoboards.cases import messages
from dojoboards.cases.messages import ENDS, LABEL, Scene
from dojoboards.cases.routing import Chosen, MessageCase

ALERTMANAGER: dict[str, Any] = {
    "route": {
        "receiver": "chat",
        "group_by": ["job"],
        "group_interval": "1m",
        "routes": [
            {"receiver": "pager", "matchers": ['a="b"'], "mute_time_intervals": ["nights"], "repeat_interval": "1d"}
        ],
    },
    "inhibit_rules": [{"source_matchers": ['a="b"'], "target_match": {"c": "d"}, "equal": ["job"]}],
    "time_intervals": [{"name": "nights", "time_intervals": [{"times": []}]}, {"name": "days"}],
    "receivers": [{"name": "chat", "slack_configs": [{"channel": "#a"}]}, {"name": "pager"}],
}


def scene(**more: Any) -> Scene:
    return Scene(ALERTMANAGER, ({"alertname": "A"},), **more)


def test_each_scene_has_routes_receivers_and_inhibit_rules_of_its_own() -> None:
    found = messages.configuration([scene(), scene(during=("nights",))], "http://here")

    first, second, *_ = found["route"]["routes"]
    assert (first["matchers"], second["matchers"]) == ([f'{LABEL}="0"'], [f'{LABEL}="1"'])
    assert (second["receiver"], second["routes"][0]["receiver"]) == ("1 chat", "1 pager")
    assert second["routes"][0]["mute_time_intervals"] == ["1 nights"]
    assert found["inhibit_rules"][1] == {
        "source_matchers": ['a="b"', f'{LABEL}="1"'],
        "target_match": {"c": "d"},
        "target_matchers": [f'{LABEL}="1"'],
        "equal": ["job"],
    }
    assert found["receivers"][-1] == {
        "name": "1 pager",
        "webhook_configs": [{"url": "http://here/1/1", "send_resolved": False}],
    }


def test_the_intervals_that_are_named_are_in_force_and_no_others() -> None:
    found = messages.configuration([scene(during=("nights",))], "")["time_intervals"]

    assert [(one["name"], one["time_intervals"]) for one in found] == [
        ("0 nights", [{"months": ["january:december"]}]),
        ("0 days", [{"years": ["1970"]}]),
    ]


def times(scene: Scene) -> list[tuple[str | None, str | None, str | None]]:
    whole = messages.configuration([scene], "")["route"]["routes"][0]
    keys = ("group_wait", "group_interval", "repeat_interval")
    return [(route.get(keys[0]), route.get(keys[1]), route.get(keys[2])) for route in (whole, whole["routes"][0])]


def test_where_nothing_lasts_groups_are_told_once() -> None:
    assert times(scene()) == [("200ms", "3600000ms", "3600000ms"), (None, None, "3600000ms")]


def test_what_lasts_takes_three_seconds_with_all_its_durations_alike() -> None:
    hour = 3_600_000

    assert times(scene(over=hour)) == [("50ms", "50ms", "12000ms"), (None, None, "72000ms")]
    assert times(scene(over=48 * hour)) == [("50ms", "20ms", "250ms"), (None, None, "1500ms")]
    assert times(scene(over=hour, slower=3)) == [("75ms", "150ms", "36000ms"), (None, None, "216000ms")]


def test_what_lasts_is_played_when_all_else_is_over() -> None:
    scenes = [scene(over=60_000), scene(), scene(over=1000)]
    acts = messages.acts(scenes)

    assert acts == [[1], [0, 2]]
    assert messages.alerts(scenes, acts[1], ENDS[1]) == [
        {"labels": {"alertname": "A", LABEL: "0"}},
        {"labels": {"alertname": "A", LABEL: "2"}},
        {"labels": {LABEL: ENDS[1]}},
    ]
    waits = [route["group_wait"] for route in messages.configuration(scenes, "")["route"]["routes"][-2:]]
    assert waits == ["600ms", "3400ms"]


A, B = {"alertname": "A", "job": "x"}, {"alertname": "B", "job": "x"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"chat": [[A, B]]}, []),
        ({"chat": [[A]], "pager": [[B]]}, ["- chat: {alertname: A}, {alertname: B}", '+ chat: A{job="x"}']),
        (
            {"chat": [[A]]},
            ['nobody is told: B{job="x"}', "- chat: {alertname: A}, {alertname: B}", '+ chat: A{job="x"}'],
        ),
        ({"chat": [[A, B], [A, B]]}, ['+ chat: A{job="x"}, B{job="x"}']),
        ({}, ['nobody is told: A{job="x"}', 'nobody is told: B{job="x"}', "- chat: {alertname: A}, {alertname: B}"]),
    ],
)
def test_what_is_told_is_compared_message_by_message(told: dict[str, Any], expected: list[str]) -> None:
    message = (Chosen({"alertname": "A"}), Chosen({"alertname": "B"}))
    case = MessageCase("a", (), messages={"chat": (message,)})

    assert list(messages.problems(case, [A, B], [], told)) == expected


def test_what_is_to_be_silenced_is_looked_for_at_every_receiver() -> None:
    found = messages.problems(MessageCase("a", ()), [A], [B], {"chat": [[A]], "pager": [[A], [B]]})

    assert list(found) == ['is not silenced, but told to pager: B{job="x"}']
