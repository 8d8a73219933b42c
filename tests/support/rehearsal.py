"""Something is broken on purpose and repaired, and it is noted who was told what, and when."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from support import servers
from support.dojopool import built
from support.outages import System
from support.receivers import Message, Receivers, Told

PATIENCE = 60.0
"""Seconds after which it is a failure that something was not told, or not told to have ended."""

MOMENT = 5.0
"""Seconds within which Alertmanager has told what it knows."""

SERVICES = {alert["alert"]: alert["labels"]["service"] for alert in built("prod").alerts()}
"""What each alert is about: Alertmanager tells together what is about one service."""


@dataclass(frozen=True)
class Outage:
    """Something that goes wrong. Descriptions of alerts are regular expressions.

    Args:
        name: What it is.
        begin: Breaks it.
        end: Repairs it.
        told: What people are told then.
        silenced: What fires as well and is told to nobody while this lasts, since it follows from what is told. Its end
            may be told with the rest, as nothing silences it then: it is noticed a scrape later, or sits in one group.
        at_once: Whether all of it is told in one message for each severity.
    """

    name: str
    begin: Callable[[System], None]
    end: Callable[[System], None]
    told: Sequence[Told]
    silenced: Sequence[Told] = ()
    at_once: bool = True


@dataclass
class Period:
    """When something was broken, when it was repaired, and when its end was told: seconds of the monotonic clock."""

    began: float
    repaired: float = float("inf")
    told: float = float("inf")


def matches(expected: Told, alert: Told) -> bool:
    """Whether an alert is the expected one."""
    same = (alert.severity, alert.name) == (expected.severity, expected.name)
    return same and re.fullmatch(expected.description, alert.description) is not None


def is_in(expected: Told, message: Message) -> bool:
    return any(matches(expected, alert) for alert in message.alerts())


def of_group(expected: Told, messages: Sequence[Message]) -> list[Message]:
    """Return the messages about the same service and as grave: Alertmanager tells these together."""
    group = expected.severity, SERVICES[expected.name]
    return [one for one in messages if group in {(alert.severity, SERVICES[alert.name]) for alert in one.alerts()}]


def ended(expected: Told, messages: Sequence[Message]) -> bool:
    """Whether messages told an alert and its end: the last about it is over, or the group goes on without it."""
    about = [one for one in messages if is_in(expected, one)]
    return len(about) > 1 and (about[-1].over or about[-1] is not of_group(expected, messages)[-1])


def again(alert: Told, before: Sequence[Message]) -> bool:
    """Whether an alert is named again that was told to have ended: it has not lasted longer.

    For a quarter of an hour Prometheus reminds Alertmanager each minute of what has ended, and if something else about
    the same service is to be told in that minute, this goes with it.
    """
    return any((each, each.duration) == (alert, alert.duration) for one in before for each in one.alerts())


@dataclass
class Rehearsal:
    """Everything that happened, and what was received.

    Args:
        system: What was broken.
        prometheus: What noticed.
        alertmanager: What told.
        receivers: Who was told.
        periods: When, by the name of the outage.
        failures: What was missed, by the name of the outage.
    """

    system: System
    prometheus: servers.Server
    alertmanager: servers.Server
    receivers: Receivers
    periods: dict[str, Period] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def go_through(self, outages: Sequence[Outage]) -> None:
        """Break one thing after the other, and wait for what is told of each and of its end."""
        for outage in outages:
            self.periods[outage.name] = Period(time.monotonic())
            outage.begin(self.system)
            self._wait(outage, self._untold)
            self.periods[outage.name].repaired = time.monotonic()
            outage.end(self.system)
            self._wait(outage, self._unended)
            self.periods[outage.name].told = time.monotonic()

    def messages(self, outage: Outage, severity: str, way: Sequence[Message]) -> list[list[tuple[str, str]]]:
        """Return what messages told of an outage while it lasted: of each, the names and expected descriptions."""
        period = self.periods[outage.name]
        expected = [told for told in outage.told if told.severity == severity]
        found = [
            sorted((told.name, told.description) for told in expected if is_in(told, one))
            for one in way
            if period.began <= one.at < period.repaired
        ]
        return [names for names in found if names]

    def unexplained(self, outages: Sequence[Outage]) -> list[Told]:
        """Return what was told, in any way, and is none of what should be."""
        return [
            alert
            for way in (self.receivers.slack, self.receivers.mails)
            for index, one in enumerate(way)
            for alert in one.alerts()
            if not any(self._explains(outage, alert, one.at) for outage in outages) and not again(alert, way[:index])
        ]

    def _explains(self, outage: Outage, alert: Told, at: float) -> bool:
        """Whether an outage is why an alert was told at that time."""
        period = self.periods[outage.name]
        if not period.began <= at <= period.told + MOMENT:
            return False
        explained = [*outage.told, *(outage.silenced if at >= period.repaired else ())]
        return any(matches(each, alert) for each in explained)

    def _wait(self, outage: Outage, missing: Callable[[Outage], list[str]]) -> None:
        try:
            servers.until(lambda: not missing(outage), outage.name, timeout=PATIENCE, pause=0.3)
        except TimeoutError:
            self.failures.setdefault(outage.name, f"after {PATIENCE:g} s\n" + "\n".join(missing(outage)))

    def _untold(self, outage: Outage) -> list[str]:
        """Return what is not told yet, or does not fire though it is silenced, with what Prometheus says of it."""
        untold = [
            told
            for told in outage.told
            if not all(any(is_in(told, one) for one in way) for way in self._ways(outage, told))
        ]
        free = [told for told in outage.silenced if not self._alertmanager_has(told, silenced=True)]
        return [
            *(f"{told.name} is not told{self._state(told)}" for told in untold),
            *(f"{told.name} does not fire, or nothing silences it{self._state(told)}" for told in free),
        ]

    def _unended(self, outage: Outage) -> list[str]:
        """Return what is not told to have ended, with what Prometheus says of it."""
        lasting = [told for told in outage.told if not all(ended(told, way) for way in self._ways(outage, told))]
        lasting += [told for told in outage.silenced if self._alertmanager_has(told)]
        return [f"{told.name} is not over{self._state(told)}" for told in lasting]

    def _ways(self, outage: Outage, told: Told) -> list[list[Message]]:
        """Return what was received since an outage began, in each way in which an alert should be."""
        ways = [self.receivers.slack, *([self.receivers.mails] if told.severity == "Critical" else [])]
        return [self.since(outage, way) for way in ways]

    def since(self, outage: Outage, messages: Sequence[Message]) -> list[Message]:
        """Return the messages that were received since an outage began."""
        return [one for one in list(messages) if one.at >= self.periods[outage.name].began]

    def _alertmanager_has(self, told: Told, *, silenced: bool = False) -> bool:
        """Whether Alertmanager has an alert now, and tells nobody if that is asked."""
        found = [
            Told(one["labels"]["severity"].title(), one["labels"]["alertname"], one["annotations"]["description"])
            for one in self.alertmanager.get("/api/v2/alerts")
            if one["status"]["inhibitedBy"] or not silenced
        ]
        return any(matches(told, alert) for alert in found)

    def _state(self, told: Told) -> str:
        """Return what Prometheus says of an alert now."""
        rules = [rule for group in self.prometheus.rules() for rule in group["rules"] if rule["name"] == told.name]
        return "".join(
            f"\n    {rule['state']}, {rule['health']} {rule.get('lastError', '')}\n    {rule['query']}"
            + "".join(f"\n        {alert['state']} {alert['labels']} {alert['value']}" for alert in rule["alerts"])
            for rule in rules
            if rule["labels"]["severity"] == told.severity.lower()
        )
