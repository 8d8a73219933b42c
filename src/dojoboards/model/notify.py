"""Who is told what, and when: routes, receivers, inhibit rules, time intervals, notification templates.

Field names and meanings follow Alertmanager's configuration reference (0.28 and newer).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dojoboards.model._declared import Declared
from dojoboards.model.project import Secret


@dataclass(frozen=True, kw_only=True)
class Slack:
    """A message in a Slack channel: Alertmanager's own where neither *title* nor *text* is given.

    Args:
        channel: `#name` or `@name`.
        api_url: The incoming webhook; without it, that of `Alertmanager`.
        text: The message, in Alertmanager's template language; empty for none.
        title: The title above it, likewise.
        fallback: What clients show that cannot show attachments; *text* where it is None.
        send_resolved: Whether to tell when an alert has ended.
        extra: Further keys of `slack_config`, passed on as they are.
    """

    channel: str
    api_url: Secret | None = None
    text: str = ""
    title: str = ""
    fallback: str | None = None
    send_resolved: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Email:
    """A mail: Alertmanager's own where neither *text* nor *html* is given.

    Args:
        to: Addresses, separated by commas.
        subject: In Alertmanager's template language; Alertmanager's own where it is empty.
        text: The plain text, likewise a template; empty for none.
        html: The HTML part; empty for none.
        send_resolved: Whether to tell when an alert has ended.
        headers: More headers.
        extra: Further keys of `email_config`, passed on as they are.
    """

    to: str
    subject: str = ""
    text: str = ""
    html: str = ""
    send_resolved: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """A POST of the alerts as JSON.

    Args:
        url: Where to; a secret where the address itself lets one in.
        send_resolved: Whether to tell when an alert has ended.
        max_alerts: The most alerts in one message; 0 is all.
        extra: Further keys of `webhook_config`, passed on as they are.
    """

    url: str | Secret
    send_resolved: bool = True
    max_alerts: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PagerDuty:
    """An event for PagerDuty (Events API v2).

    Args:
        routing_key: The integration key.
        severity: In Alertmanager's template language; Alertmanager's own where it is empty.
        description: Likewise.
        details: Key and value pairs of the event.
        send_resolved: Whether to tell when an alert has ended.
        extra: Further keys of `pagerduty_config`, passed on as they are.
    """

    routing_key: Secret
    severity: str = ""
    description: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    send_resolved: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Receiver(Declared):
    """Where a notification goes; one without any configuration swallows it.

    Args:
        name: Unique in the project.
        slack: Slack messages.
        email: Mails.
        webhook: Webhooks.
        pagerduty: PagerDuty events.
        raw: Any other integration in Alertmanager's own words, such as `{"opsgenie_configs": [...]}`.
            A `Secret` may stand where Alertmanager takes the path of a file.
    """

    name: str
    slack: Sequence[Slack] = ()
    email: Sequence[Email] = ()
    webhook: Sequence[Webhook] = ()
    pagerduty: Sequence[PagerDuty] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Route(Declared):
    """A branch of the routing tree.

    Args:
        receiver: The receiver's name; empty takes that of the parent.
        matchers: All must match, in Alertmanager's words: `severity="critical"`, `team=~"web|db"`.
        group_by: Alerts with the same values of these labels are one notification; `...` is all labels, empty is
            what holds for the parent.
        group_wait: How long to wait for more alerts before the first notification (a Prometheus duration).
        group_interval: How long before a changed group is told again.
        repeat_interval: How long before an unchanged group is told again.
        continue_: Go on to the next sibling after a match.
        mute_time_intervals: Names of time intervals in which nothing is told.
        active_time_intervals: Names of time intervals in which alone something is told.
        routes: Branches below.
        priority: Order among the top-level routes of all modules: lower first, then by module.
    """

    receiver: str = ""
    matchers: Sequence[str] = ()
    group_by: Sequence[str] = ()
    group_wait: str = ""
    group_interval: str = ""
    repeat_interval: str = ""
    continue_: bool = False
    mute_time_intervals: Sequence[str] = ()
    active_time_intervals: Sequence[str] = ()
    routes: Sequence[Route] = ()
    priority: int = 0


@dataclass(frozen=True, kw_only=True)
class InhibitRule(Declared):
    """While an alert that matches *source_matchers* fires, those that match *target_matchers* are not told.

    Args:
        source_matchers: What must fire.
        target_matchers: What is silenced.
        equal: Labels that must have the same value on both; one that both lack is equal.
    """

    source_matchers: Sequence[str]
    target_matchers: Sequence[str]
    equal: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class TimeInterval(Declared):
    """A named set of times.

    Args:
        name: What routes refer to; unique in the project.
        intervals: Each a mapping in Alertmanager's words with any of `times` (`[{start_time: "09:00", end_time:
            "17:00"}]`), `weekdays` (`["monday:friday"]`), `days_of_month`, `months`, `years` (all text) and
            `location`, UTC without it. One of the mappings must hold in all its parts.
    """

    name: str
    intervals: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class NotificationTemplate(Declared):
    """A file of templates that receivers use.

    Args:
        name: The file's name without its ending; unique in the project.
        text: One or more `{{ define "name" }}...{{ end }}`.
    """

    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Alertmanager(Declared):
    """Alertmanager's own settings and the root of the routing tree.

    Args:
        receiver: Who gets what no route catches.
        group_by: As of `Route`, for all routes that say nothing else; empty makes one group of all alerts.
        group_wait: Likewise.
        group_interval: Likewise.
        repeat_interval: Likewise.
        resolve_timeout: When an alert without an end is taken as ended (a Prometheus duration).
        slack_api_url: The incoming webhook of all Slack receivers that name none.
        smtp_smarthost: `host:port` of the mail server.
        smtp_from: The sender's address.
        smtp_auth_username: For a mail server that asks.
        smtp_auth_password: Its password.
        smtp_require_tls: Whether mail must go out encrypted.
        extra: Further keys of `global`, passed on as they are.
    """

    receiver: str
    group_by: Sequence[str] = ("alertname",)
    group_wait: str = "30s"
    group_interval: str = "5m"
    repeat_interval: str = "4h"
    resolve_timeout: str = "5m"
    slack_api_url: Secret | None = None
    smtp_smarthost: str = ""
    smtp_from: str = ""
    smtp_auth_username: str = ""
    smtp_auth_password: Secret | None = None
    smtp_require_tls: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)
