"""Scenes for a real Alertmanager: alerts fire, and it is seen who is told.

All scenes are played by one Alertmanager. Each has a copy of the tree of routes to itself, and a label keeps their
alerts apart. Receivers become webhooks on loopback; durations are scaled down where a scene lasts long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dojoboards import names
from dojoboards.cases.built import Json, Labels
from dojoboards.cases.routing import Chosen, MessageCase

LABEL = "dojoboards_scene"
ENDS = ("end", "end-of-all")
"""Their alerts are posted last, and told when all others have been: the first ends what lasts no time."""

WAIT = 200
"""How long a group waits before its first message, in milliseconds: what is posted together is told together."""
SCENE = 3000
"""How long a scene takes that lasts longer, in milliseconds."""
_SLACK = 400
_SHORTEST = {"group_wait": 50, "group_interval": 20, "repeat_interval": 20}
_LONG = 3_600_000
_DEFAULTS = {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}

_ALWAYS = [{"months": ["january:december"]}]
_NEVER = [{"years": ["1970"]}]

Message = Sequence[Labels]
Messages = Mapping[str, Sequence[Message]]
"""By receiver: its messages, each the labels of its alerts."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What happens.

    Args:
        alertmanager: The configuration that is tested.
        alerts: The labels of the alerts that fire.
        during: The time intervals that are in force; no others are.
        over: How long the alerts fire, in milliseconds; 0 looks at the first messages only.
        slower: How many times longer than usual it may take.
    """

    alertmanager: Json
    alerts: tuple[Labels, ...]
    during: tuple[str, ...] = ()
    over: int = 0
    slower: int = 1

    @property
    def scale(self) -> float:
        """How many milliseconds one of its milliseconds takes, if it lasts."""
        return min(1.0, self.slower * SCENE / self.over)

    @property
    def lasts(self) -> float:
        """How long it takes, in milliseconds; what is told later is not part of it."""
        return self.over * self.scale if self.over else self.slower * WAIT


def acts(scenes: Sequence[Scene]) -> list[list[int]]:
    """Return which scenes are played together: those that last come last, when no others disturb them."""
    return [[index for index, scene in enumerate(scenes) if bool(scene.over) is lasting] for lasting in (False, True)]


def lasts(scenes: Sequence[Scene]) -> float:
    """Return how long it takes to play scenes together, in milliseconds."""
    return max((scene.lasts + scene.slower * _SLACK for scene in scenes), default=0)


def configuration(scenes: Sequence[Scene], url: str) -> dict[str, Any]:
    """Return the configuration of the Alertmanager that plays *scenes*.

    Args:
        scenes: What happens.
        url: Where messages go: that of a receiver is `<url>/<number of the scene>/<number of the receiver>`.
    """
    numbered = list(enumerate(scenes))
    ends = [
        {"receiver": end, "matchers": [f'{LABEL}="{end}"'], "group_wait": f"{lasts([scenes[i] for i in act]):.0f}ms"}
        for end, act in zip(ENDS, acts(scenes), strict=True)
    ]
    return {
        "route": {
            "receiver": ENDS[0],
            "group_by": ["..."],
            "routes": [*(_root(scene, index) for index, scene in numbered), *ends],
        },
        "inhibit_rules": [rule for index, scene in numbered for rule in _inhibitions(scene, index)],
        "time_intervals": [
            {"name": f"{index} {name}", "time_intervals": _ALWAYS if name in scene.during else _NEVER}
            for index, scene in numbered
            for name in intervals_of(scene.alertmanager)
        ],
        "receivers": [
            *(_webhook(end, f"{url}/{end}/0") for end in ENDS),
            *(
                _webhook(f"{index} {receiver['name']}", f"{url}/{index}/{number}")
                for index, scene in numbered
                for number, receiver in enumerate(scene.alertmanager["receivers"])
            ),
        ],
    }


def _inhibitions(scene: Scene, index: int) -> Iterator[dict[str, Any]]:
    here = f'{LABEL}="{index}"'
    for rule in scene.alertmanager.get("inhibit_rules") or ():
        own = {key: [*(rule.get(key) or ()), here] for key in ("source_matchers", "target_matchers")}
        yield {**rule, **own}


def intervals_of(alertmanager: Json) -> list[str]:
    """Return the names of the time intervals of a configuration."""
    keys = ("time_intervals", "mute_time_intervals")
    return [str(interval["name"]) for key in keys for interval in alertmanager.get(key) or ()]


def _webhook(name: str, url: str) -> dict[str, Any]:
    return {"name": name, "webhook_configs": [{"url": url, "send_resolved": False}]}


def _root(scene: Scene, index: int) -> dict[str, Any]:
    route = _route({**_DEFAULTS, **scene.alertmanager["route"]}, scene, index)
    return {**route, "matchers": [f'{LABEL}="{index}"'], "continue": False}


def _route(route: Json, scene: Scene, index: int) -> dict[str, Any]:
    copy = dict(route)
    if "receiver" in route:
        copy["receiver"] = f"{index} {route['receiver']}"
    for key in ("mute_time_intervals", "active_time_intervals"):
        if key in route:
            copy[key] = [f"{index} {name}" for name in route[key] or ()]
    copy |= {key: f"{value}ms" for key, value in _timing(route, scene)}
    copy["routes"] = [_route(child, scene, index) for child in route.get("routes") or ()]
    return copy


def _timing(route: Json, scene: Scene) -> Iterator[tuple[str, int]]:
    for key in _DEFAULTS.keys() & route.keys():
        if scene.over:
            yield key, max(_SHORTEST[key], round(names.milliseconds(str(route[key])) * scene.scale))
        else:
            yield key, scene.slower * WAIT if key == "group_wait" else _LONG


def alerts(scenes: Sequence[Scene], act: Sequence[int], end: str) -> list[dict[str, Any]]:
    """Return what is posted to Alertmanager: the alerts of some scenes, and the one that ends them."""
    posted = [{**labels, LABEL: str(index)} for index in act for labels in scenes[index].alerts]
    return [{"labels": labels} for labels in [*posted, {LABEL: end}]]


def problems(case: MessageCase, firing: Sequence[Labels], silenced: Sequence[Labels], told: Messages) -> Iterator[str]:
    """Yield how what is told differs from what a case expects.

    Args:
        case: The case.
        firing: The alerts that fire and are to be told.
        silenced: The alerts that fire and are not to be told.
        told: What is told.
    """
    heard = [labels for messages in told.values() for message in messages for labels in message]
    for labels in firing:
        if labels not in heard:
            yield f"nobody is told: {shown(labels)}"
    for labels in silenced:
        receivers = [name for name, messages in told.items() if any(labels in message for message in messages)]
        if receivers:
            yield f"is not silenced, but told to {', '.join(receivers)}: {shown(labels)}"
    for receiver, expected in case.messages.items():
        got = list(told.get(receiver, ()))
        missing = []
        for message in expected:
            found = next((each for each in got if _fits(message, each)), None)
            if found is None:
                missing.append(message)
            else:
                got.remove(found)
        yield from (f"- {receiver}: {', '.join(map(str, message))}" for message in missing)
        yield from (f"+ {receiver}: {', '.join(map(shown, message))}" for message in got)


def _fits(expected: Sequence[Chosen], message: Message) -> bool:
    by_entry = [[labels for labels in message if entry.labels.items() <= labels.items()] for entry in expected]
    return all(by_entry) and all(any(labels in found for found in by_entry) for labels in message)


def shown(labels: Labels) -> str:
    """Return labels as a message shows them, the alert's name first."""
    name = labels.get("alertname", "")
    rest = ", ".join(f'{key}="{value}"' for key, value in sorted(labels.items()) if key != "alertname")
    return f"{name}{{{rest}}}"
