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
        silenced: What fires as well and is told to nobody, since it follows from what is told.
        later: What may be told once it is repaired: a milder alert that looks back upon more time.
        at_once: Whether all of it is told in one message for each severity.
    """

    name: str
    begin: Callable[[System], None]
    end: Callable[[System], None]
    told: Sequence[Told]
    silenced: Sequence[Told] = ()
    later: Sequence[Told] = ()
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

    def slack_and_mail(self) -> list[Message]:
        return [*self.receivers.slack, *self.receivers.mails]

    def explains(self, outage: Outage, alert: Told, at: float) -> bool:
        """Whether an outage is why an alert was told at that time."""
        period = self.periods[outage.name]
        moment = 1.0  # mail is not as fast as Slack
        told = period.began <= at <= period.told + moment and any(matches(each, alert) for each in outage.told)
        return told or (at >= period.repaired and any(matches(each, alert) for each in outage.later))

    def _wait(self, outage: Outage, missing: Callable[[Outage], list[str]]) -> None:
        try:
            servers.until(lambda: not missing(outage), outage.name, timeout=PATIENCE, pause=0.3)
        except TimeoutError:
            self.failures.setdefault(outage.name, f"after {PATIENCE:g} s\n" + "\n".join(missing(outage)))

    def _untold(self, outage: Outage) -> list[str]:
        """Return what is not told yet, or does not fire though it is silenced, with what Prometheus says of it."""
        slack = self._slack(outage)
        untold = [told for told in outage.told if not any(is_in(told, one) for one in slack)]
        free = [told for told in outage.silenced if not self._held_back(told)]
        return [
            *(f"{told.name} is not told{self._state(told)}" for told in untold),
            *(f"{told.name} does not fire, or nothing silences it{self._state(told)}" for told in free),
        ]

    def _unended(self, outage: Outage) -> list[str]:
        """Return what is not told to have ended, with what Prometheus says of it."""
        slack = self._slack(outage)
        return [f"{told.name} is not over{self._state(told)}" for told in outage.told if not ended(told, slack)]

    def _slack(self, outage: Outage) -> list[Message]:
        return [one for one in list(self.receivers.slack) if one.at >= self.periods[outage.name].began]

    def _held_back(self, told: Told) -> bool:
        """Whether Alertmanager has an alert and tells nobody."""
        suppressed = [
            Told(one["labels"]["severity"].title(), one["labels"]["alertname"], one["annotations"]["description"])
            for one in self.alertmanager.get("/api/v2/alerts")
            if one["status"]["inhibitedBy"]
        ]
        return any(matches(told, alert) for alert in suppressed)

    def _state(self, told: Told) -> str:
        """Return what Prometheus says of an alert now."""
        rules = [rule for group in self.prometheus.rules() for rule in group["rules"] if rule["name"] == told.name]
        return "".join(
            f"\n    {rule['state']}, {rule['health']} {rule.get('lastError', '')}\n    {rule['query']}"
            + "".join(f"\n        {alert['state']} {alert['labels']} {alert['value']}" for alert in rule["alerts"])
            for rule in rules
            if rule["labels"]["severity"] == told.severity.lower()
        )
