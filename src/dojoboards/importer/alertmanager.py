"""Alertmanager's configuration: the routing tree, receivers, inhibit rules, time intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dojoboards.errors import Problem
from dojoboards.importer.document import Document, Path, items, mapping, mappings, misfits, rest, text, texts, words
from dojoboards.model import Alertmanager, Email, InhibitRule, Receiver, Route, Slack, TimeInterval, Webhook

_GLOBAL = ("resolve_timeout", "smtp_smarthost", "smtp_from", "smtp_auth_username", "smtp_require_tls")
_NOT_AT_ROOT = ("match", "match_re", "matchers", "continue", "mute_time_intervals", "active_time_intervals")
_OUTER = ("mute_time_intervals", "time_intervals")
"""The second name of the list is the older."""


class Notification(NamedTuple):
    """What a configuration says, and what is wrong with it.

    Args:
        alertmanager: The server's own settings, and the root of the tree.
        routes: What is below the root.
        receivers: Who is told.
        inhibitions: What silences what.
        time_intervals: Named times.
        templates: The paths of template files, as they are written.
        problems: What Alertmanager would refuse.
    """

    alertmanager: Alertmanager
    routes: list[Route]
    receivers: list[Receiver]
    inhibitions: list[InhibitRule]
    time_intervals: list[TimeInterval]
    templates: tuple[str, ...]
    problems: list[Problem]


def read(document: Document) -> Notification:
    """Return what a configuration says."""
    whole = document.value
    return Notification(
        _server(document),
        _routes(document, mapping(whole, "route"), ("route",)),
        [_receiver(document, part, ("receivers", index)) for index, part in mappings(whole, "receivers")],
        [_inhibition(document, part, ("inhibit_rules", index)) for index, part in mappings(whole, "inhibit_rules")],
        [
            TimeInterval(
                name=text(part, "name"),
                intervals=[each for _, each in mappings(part, "time_intervals")],
                source=document.source(key, index),
            )
            for key in _OUTER
            for index, part in mappings(whole, key)
        ],
        words(whole, "templates"),
        [*misfits(document, "alertmanager", whole, (), "Alertmanager"), *_at_root(document)],
    )


def _at_root(document: Document) -> Iterator[Problem]:
    root = mapping(document.value, "route")
    for key in _NOT_AT_ROOT:
        if root.get(key):
            message = f"the root of the routes has `{key}`, and must take every alert"
            yield Problem(message, document.source("route", key), "give it to a route below, in `routes`")


def _server(document: Document) -> Alertmanager:
    settings, root = mapping(document.value, "global"), mapping(document.value, "route")
    usual = Alertmanager(receiver="")
    tls = settings.get("smtp_require_tls")
    return Alertmanager(
        receiver=text(root, "receiver"),
        group_by=words(root, "group_by"),
        group_wait=text(root, "group_wait") or usual.group_wait,
        group_interval=text(root, "group_interval") or usual.group_interval,
        repeat_interval=text(root, "repeat_interval") or usual.repeat_interval,
        resolve_timeout=text(settings, "resolve_timeout") or usual.resolve_timeout,
        smtp_smarthost=text(settings, "smtp_smarthost"),
        smtp_from=text(settings, "smtp_from"),
        smtp_auth_username=text(settings, "smtp_auth_username"),
        smtp_require_tls=tls if isinstance(tls, bool) else True,
        extra=rest(settings, *_GLOBAL),
        source=document.source("route"),
    )


def _routes(document: Document, part: Mapping[str, Any], path: Path) -> list[Route]:
    return [_route(document, each, (*path, "routes", index)) for index, each in mappings(part, "routes")]


def _route(document: Document, part: Mapping[str, Any], path: Path) -> Route:
    return Route(
        receiver=text(part, "receiver"),
        matchers=(*words(part, "matchers"), *_older(part, "match", "match_re")),
        group_by=words(part, "group_by"),
        group_wait=text(part, "group_wait"),
        group_interval=text(part, "group_interval"),
        repeat_interval=text(part, "repeat_interval"),
        continue_=part.get("continue") is True,
        mute_time_intervals=words(part, "mute_time_intervals"),
        active_time_intervals=words(part, "active_time_intervals"),
        routes=_routes(document, part, path),
        source=document.source(*path),
    )


def _older(part: Mapping[str, Any], equal: str, like: str) -> Iterator[str]:
    """Yield the matchers of the older way to write them, in the newer one."""
    for key, sign in ((equal, "="), (like, "=~")):
        for name, value in texts(part, key).items():
            quoted = value.replace("\\", "\\\\").replace('"', '\\"')
            yield f'{name}{sign}"{quoted}"'


def _receiver(document: Document, part: Mapping[str, Any], path: Path) -> Receiver:
    return Receiver(
        name=text(part, "name"),
        slack=[_slack(each) for _, each in mappings(part, "slack_configs")],
        email=[_email(each) for _, each in mappings(part, "email_configs")],
        webhook=[
            Webhook(
                url=text(each, "url"),
                send_resolved=_resolved(each, usual=True),
                extra=rest(each, "url", "send_resolved"),
            )
            for _, each in mappings(part, "webhook_configs")
        ],
        raw=rest(part, "name", "labels", "slack_configs", "email_configs", "webhook_configs"),
        source=document.source(*path),
    )


def _resolved(part: Mapping[str, Any], *, usual: bool) -> bool:
    given = part.get("send_resolved")
    return given if isinstance(given, bool) else usual


def _slack(part: Mapping[str, Any]) -> Slack:
    known = ("channel", "text", "title", "fallback", "send_resolved")
    return Slack(
        channel=text(part, "channel"),
        text=text(part, "text"),
        title=text(part, "title"),
        fallback=text(part, "fallback"),
        send_resolved=_resolved(part, usual=False),
        extra=rest(part, *known),
    )


def _email(part: Mapping[str, Any]) -> Email:
    known = ("to", "html", "text", "headers", "send_resolved")
    return Email(
        to=text(part, "to"),
        html=text(part, "html"),
        text=text(part, "text"),
        headers=texts(part, "headers"),
        send_resolved=_resolved(part, usual=False),
        extra=rest(part, *known),
    )


def _inhibition(document: Document, part: Mapping[str, Any], path: Path) -> InhibitRule:
    return InhibitRule(
        source_matchers=(*words(part, "source_matchers"), *_older(part, "source_match", "source_match_re")),
        target_matchers=(*words(part, "target_matchers"), *_older(part, "target_match", "target_match_re")),
        equal=[each for each in items(part, "equal") if isinstance(each, str)],
        source=document.source(*path),
    )
