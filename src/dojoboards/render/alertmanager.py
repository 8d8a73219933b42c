"""Alertmanager's configuration: the routing tree, receivers, inhibit rules, time intervals, template files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dojoboards.artifact import TEMPLATE_HEADER, Artifact, yaml_bytes
from dojoboards.errors import Problem, Source
from dojoboards.model import (
    Alertmanager,
    Email,
    Environment,
    InhibitRule,
    PagerDuty,
    Project,
    Receiver,
    Route,
    Secret,
    Slack,
    Webhook,
)
from dojoboards.render.document import artifact
from dojoboards.render.secrets import file, plain


def render(project: Project) -> Iterator[Artifact | Problem]:
    """Yield `alertmanager.yml` and its template files where the project declares an Alertmanager."""
    server = project.alertmanager
    if server is None:
        return
    path = "alertmanager/alertmanager.yml"
    document = _document(project, server)
    place = _finder(project)
    yield from artifact("alertmanager-config", "alertmanager", path, document, yaml_bytes, server.source, place=place)
    for template in project.templates:
        path = f"alertmanager/templates/{template.name}.tmpl"
        try:
            body = (TEMPLATE_HEADER + template.text).encode()
        except UnicodeEncodeError as error:
            yield Problem(f"{path} cannot be written: {error}", template.source, "use text that is valid Unicode")
        else:
            yield Artifact("notification-template", template.name, path, body, template.source)


def _document(project: Project, server: Alertmanager) -> dict[str, Any]:
    environment = project.environment
    document: dict[str, Any] = {"global": _global(server, environment)}
    if project.templates:
        document["templates"] = [f"templates/{template.name}.tmpl" for template in project.templates]
    document["route"] = _root(project, server)
    if project.inhibitions:
        document["inhibit_rules"] = [_inhibition(rule) for rule in project.inhibitions]
    if project.time_intervals:
        document["time_intervals"] = [
            {"name": interval.name, "time_intervals": plain(interval.intervals, environment)}
            for interval in project.time_intervals
        ]
    document["receivers"] = [_receiver(receiver, environment) for receiver in project.receivers]
    return document


def _global(server: Alertmanager, environment: Environment) -> dict[str, Any]:
    document: dict[str, Any] = {"resolve_timeout": server.resolve_timeout}
    if server.slack_api_url:
        document["slack_api_url_file"] = file(server.slack_api_url, environment)
    if server.smtp_smarthost:
        document["smtp_smarthost"] = server.smtp_smarthost
    if server.smtp_from:
        document["smtp_from"] = server.smtp_from
    if server.smtp_auth_username:
        document["smtp_auth_username"] = server.smtp_auth_username
    if server.smtp_auth_password:
        document["smtp_auth_password_file"] = file(server.smtp_auth_password, environment)
    if server.smtp_smarthost:
        document["smtp_require_tls"] = server.smtp_require_tls
    return {**document, **plain(server.extra, environment)}


def _root(project: Project, server: Alertmanager) -> dict[str, Any]:
    document: dict[str, Any] = {"receiver": server.receiver}
    if server.group_by:
        document["group_by"] = list(server.group_by)
    document |= _timing(server)
    if project.routes:
        document["routes"] = [_route(route) for route in top_routes(project)]
    return document


def top_routes(project: Project) -> list[Route]:
    """Return the top-level routes in the order in which Alertmanager tries them: by priority, then as declared."""
    return sorted(project.routes, key=lambda route: route.priority)


def _timing(of: Alertmanager | Route) -> dict[str, str]:
    keys = ("group_wait", "group_interval", "repeat_interval")
    return {key: value for key in keys if (value := getattr(of, key))}


def _route(route: Route) -> dict[str, Any]:
    document: dict[str, Any] = {"receiver": route.receiver} if route.receiver else {}
    if route.matchers:
        document["matchers"] = list(route.matchers)
    if route.group_by:
        document["group_by"] = list(route.group_by)
    document |= _timing(route)
    if route.continue_:
        document["continue"] = True
    if route.mute_time_intervals:
        document["mute_time_intervals"] = list(route.mute_time_intervals)
    if route.active_time_intervals:
        document["active_time_intervals"] = list(route.active_time_intervals)
    if route.routes:
        document["routes"] = [_route(child) for child in route.routes]
    return document


def _inhibition(rule: InhibitRule) -> dict[str, Any]:
    document: dict[str, Any] = {
        "source_matchers": list(rule.source_matchers),
        "target_matchers": list(rule.target_matchers),
    }
    return document | ({"equal": list(rule.equal)} if rule.equal else {})


def _receiver(receiver: Receiver, environment: Environment) -> dict[str, Any]:
    document: dict[str, Any] = {"name": receiver.name}
    if receiver.slack:
        document["slack_configs"] = [_slack(entry, environment) for entry in receiver.slack]
    if receiver.email:
        document["email_configs"] = [_email(entry, environment) for entry in receiver.email]
    if receiver.webhook:
        document["webhook_configs"] = [_webhook(entry, environment) for entry in receiver.webhook]
    if receiver.pagerduty:
        document["pagerduty_configs"] = [_pagerduty(entry, environment) for entry in receiver.pagerduty]
    for key, value in plain(receiver.raw, environment).items():
        both = isinstance(value, list) and key in document
        document[key] = [*document[key], *value] if both else value
    return document


def _slack(slack: Slack, environment: Environment) -> dict[str, Any]:
    document: dict[str, Any] = {"channel": slack.channel, "send_resolved": slack.send_resolved}
    if slack.api_url:
        document = {"api_url_file": file(slack.api_url, environment), **document}
    if slack.title or slack.text:
        # An absent title, text or link would be Alertmanager's own, so none has to be said.
        document["title"] = slack.title
        if not slack.title:
            document["title_link"] = ""
        document["fallback"] = slack.text if slack.fallback is None else slack.fallback
        document["text"] = slack.text
    return {**document, **plain(slack.extra, environment)}


def _email(email: Email, environment: Environment) -> dict[str, Any]:
    document: dict[str, Any] = {"to": email.to, "send_resolved": email.send_resolved}
    headers = {**({"Subject": email.subject} if email.subject else {}), **email.headers}
    if headers:
        document["headers"] = headers
    if email.text or email.html:
        document |= {"html": email.html, "text": email.text}
    return {**document, **plain(email.extra, environment)}


def _webhook(webhook: Webhook, environment: Environment) -> dict[str, Any]:
    secret = isinstance(webhook.url, Secret)
    document: dict[str, Any] = {"url_file" if secret else "url": plain(webhook.url, environment)}
    document["send_resolved"] = webhook.send_resolved
    if webhook.max_alerts:
        document["max_alerts"] = webhook.max_alerts
    return {**document, **plain(webhook.extra, environment)}


def _pagerduty(pagerduty: PagerDuty, environment: Environment) -> dict[str, Any]:
    document: dict[str, Any] = {"routing_key_file": file(pagerduty.routing_key, environment)}
    document["send_resolved"] = pagerduty.send_resolved
    if pagerduty.severity:
        document["severity"] = pagerduty.severity
    if pagerduty.description:
        document["description"] = pagerduty.description
    if pagerduty.details:
        document["details"] = dict(pagerduty.details)
    return {**document, **plain(pagerduty.extra, environment)}


def _finder(project: Project) -> Callable[[str], Source | None]:
    top = top_routes(project)
    lists: dict[str, Any] = {
        "receivers": project.receivers,
        "inhibit_rules": project.inhibitions,
        "time_intervals": project.time_intervals,
    }

    def find(path: str) -> Source | None:
        match path.split("."):
            case ["route", "routes", index, *_]:
                return top[int(index)].source
            case [key, index, *_] if key in lists:
                found: Source = lists[key][int(index)].source
                return found
        return None

    return find
