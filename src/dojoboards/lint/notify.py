"""Checks of notification: Alertmanager's settings, receivers and templates. Routes are in `routing`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dojoboards import names
from dojoboards.lint import templates, texts
from dojoboards.lint.registry import Finding, all_routes, check, once, repeated
from dojoboards.lint.routing import timing, unknown_receiver
from dojoboards.lint.templatedata import UNKNOWN
from dojoboards.model import Alertmanager, Email, NotificationTemplate, Project, Receiver

_SLACK_KEYS = frozenset({"api_url", "api_url_file", "app_token", "app_token_file"})
_FILE_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"


@check("alertmanager/missing", on=Project)
def alertmanager_missing(project: Project, _: Project) -> Iterator[Finding]:
    """What Alertmanager is to know is declared together with an `alertmanager`.

    Without it no configuration is written, and receivers and routes would be forgotten without a word.
    Bad: `receivers = [...]` alone. Good: `alertmanager = Alertmanager(receiver="slack")` in a module beside it.
    """
    if project.alertmanager:
        return
    declared = {
        "receivers": project.receivers,
        "routes": project.routes,
        "inhibitions": project.inhibitions,
        "time_intervals": project.time_intervals,
        "templates": project.templates,
    }
    for name, things in declared.items():
        if things:
            message = f"{name!r} is declared, but no 'alertmanager': nothing is written for Alertmanager"
            yield Finding(message, "declare `alertmanager` in a module of alerts/", things[0].source)


@check("alertmanager/receiver", on=Alertmanager)
def alertmanager_receiver(server: Alertmanager, project: Project) -> Iterator[Finding]:
    """The receiver of what no route catches is declared.

    Alertmanager refuses a configuration that names an unknown one.
    Bad: `Alertmanager(receiver="slak")`. Good: `Alertmanager(receiver="slack")`.
    """
    yield from unknown_receiver(server.receiver, "Alertmanager", project)


@check("alertmanager/timing", on=Alertmanager)
def alertmanager_timing(server: Alertmanager, _: Project) -> Iterator[Finding]:
    """Alertmanager's durations are durations, and alerts are grouped by labels.

    Bad: `group_wait="30 seconds"`. Good: `group_wait="30s"`.
    """
    yield from timing(server, "Alertmanager")
    if wrong := texts.duration(server.resolve_timeout):
        fix = "give whole numbers with units, such as 5m"
        yield Finding(f"`resolve_timeout` of Alertmanager: {wrong}", fix, edit=texts.respelt(server.resolve_timeout))


@check("alertmanager/mail", on=Alertmanager)
def alertmanager_mail(server: Alertmanager, _: Project) -> Iterator[Finding]:
    """The mail server is given with its port, and a password has a user name.

    Alertmanager refuses an address without a port, and uses no password without a name.
    Bad: `smtp_smarthost="mail.example.com"`. Good: `smtp_smarthost="mail.example.com:587"`.
    """
    if server.smtp_smarthost and not re.fullmatch(r"([^\s/:]*|\[[^\s/\]]+\]):\w+", server.smtp_smarthost):
        message = f"`smtp_smarthost` of Alertmanager is {server.smtp_smarthost!r}"
        yield Finding(message, "give host:port, such as mail.example.com:587")
    if server.smtp_auth_password and not server.smtp_auth_username and "smtp_auth_username" not in server.extra:
        yield Finding("Alertmanager has `smtp_auth_password` without `smtp_auth_username`", "give both")


@check("receiver/unique", on=Project)
def receiver_unique(project: Project, _: Project) -> Iterator[Finding]:
    """A receiver's name is unique in the project.

    Alertmanager refuses a configuration that has one twice. Bad: `slack` in two modules. Good: `slack` and `slack-web`.
    """
    for receiver, first in repeated(project.receivers, lambda receiver: receiver.name):
        message = f"the receiver {receiver.name!r} is declared twice"
        yield Finding(message, f"rename one; the first is at {first.source}", receiver.source)


@check("receiver/reached", on=Project, severity="warning")
def receiver_reached(project: Project, _: Project) -> Iterator[Finding]:
    """A route leads to each receiver.

    One that no route names is told nothing, and nobody notices.
    Bad: a receiver `pager` that no route names. Good: `Route(receiver="pager", matchers=['severity="critical"'])`.
    """
    if project.alertmanager is None:
        return
    named = {project.alertmanager.receiver, *(route.receiver for route in all_routes(project.routes))}
    for receiver in project.receivers:
        if receiver.name not in named:
            message = f"no route leads to the receiver {receiver.name!r}"
            yield Finding(message, "name it in a route, or take it away", receiver.source)


@check("receiver/slack", on=Receiver)
def receiver_slack(receiver: Receiver, project: Project) -> Iterator[Finding]:
    """A message in Slack has a webhook: its own, or that of Alertmanager.

    Alertmanager refuses a configuration without one.
    Bad: `Slack(channel="#alerts")` and nothing else. Good: `Alertmanager(slack_api_url=Secret("slack_api_url"))`.
    """
    server = project.alertmanager
    if server is None or server.slack_api_url or any(f"slack_{key}" in server.extra for key in _SLACK_KEYS):
        return
    for slack in receiver.slack:
        if not slack.api_url and not _SLACK_KEYS & slack.extra.keys():
            message = f"the message to {slack.channel!r} of the receiver {receiver.name!r} has no webhook"
            yield Finding(message, "give `slack_api_url` to Alertmanager, or `api_url` to Slack")


@check("receiver/email", on=Receiver)
def receiver_email(receiver: Receiver, project: Project) -> Iterator[Finding]:
    """A mail has a recipient, a mail server and a sender, and no header twice.

    Alertmanager refuses a configuration without these.
    Bad: `Email(to="ops@example.com")` and nothing else.
    Good: `Alertmanager(smtp_smarthost="mail.example.com:587", smtp_from="alerts@example.com")` with it.
    """
    for mail in receiver.email:
        what = f"the mail to {mail.to!r} of the receiver {receiver.name!r}"
        if not mail.to.strip():
            yield Finding(f"a mail of the receiver {receiver.name!r} has no recipient", "give `to`")
        for key in ("smarthost", "from"):
            if project.alertmanager and not _has(project.alertmanager, mail, key):
                thing = "server" if key == "smarthost" else "sender"
                yield Finding(f"{what} has no {thing}", f"give `smtp_{key}` to Alertmanager")
        seen = {"subject"} if mail.subject else set()
        for name in mail.headers:
            if name.lower() in seen:
                yield Finding(
                    f"{what} has the header {name!r} twice", "names of headers have to differ in more than their case"
                )
            seen.add(name.lower())


def _has(server: Alertmanager, mail: Email, key: str) -> bool:
    return bool(getattr(server, f"smtp_{key}") or f"smtp_{key}" in server.extra or key in mail.extra)


@check("receiver/template", on=Receiver)
def receiver_template(receiver: Receiver, project: Project) -> Iterator[Finding]:
    """A receiver's texts are templates that Alertmanager can read, and use templates and fields that exist.

    Alertmanager finds out when somebody is to be told, and then nobody is.
    Bad: `text='{{ template "shop.txt" . }}'`, `text="{{ .CommonLabel.job }}"`.
    Good: `text='{{ template "shop.text" . }}'`, `text="{{ .CommonLabels.job }}"`.
    """
    for where, text in _texts(receiver):
        what = f"`{where}` of the receiver {receiver.name!r}"
        yield from _template(what, text, project)
        for fault in templates.astray(text, templates.ALERTMANAGER, used=_used(project)):
            yield Finding(f"{what}: {fault.message}", fault.remedy)


@once
def _used(project: Project) -> Mapping[str, frozenset[str]]:
    """Return what is given to each template of a project."""
    language = templates.ALERTMANAGER
    texts = [(text, language.given) for receiver in project.receivers for _, text in _texts(receiver)]
    return templates.uses([*texts, *((each.text, UNKNOWN) for each in project.templates)], language)


def _texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in *value* that may be a template, with the place where it stands."""
    if isinstance(value, str):
        if "{{" in value:
            yield where, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, f"{where}[{key!r}]")
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for index, item in enumerate(value):
            yield from _texts(item, f"{where}[{index}]")
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            if field.name not in {"name", "source"}:
                yield from _texts(getattr(value, field.name), f"{where}.{field.name}".removeprefix("."))


def _template(what: str, text: str, project: Project) -> Iterator[Finding]:
    for fault in templates.faults(text, templates.ALERTMANAGER):
        yield Finding(f"{what}: {fault.message}", fault.remedy)
    for name in dict.fromkeys(templates.used(text)):
        own = {*templates.defined(text), *(name for each in project.templates for name in templates.defined(each.text))}
        if name not in own and not templates.ALERTMANAGER.knows(name) and "templates" not in project.partial:
            yield Finding(f"{what}: there is no template {name!r}", names.hint(name, own))


@check("template/name", on=NotificationTemplate)
def template_name(template: NotificationTemplate, project: Project) -> Iterator[Finding]:
    """A template's name is the name of a file without its ending.

    Bad: `name="shop/text"`, `name="shop.tmpl"`. Good: `name="shop"`.
    """
    if not project.conventions:
        return
    if not re.fullmatch(_FILE_NAME, template.name):
        message = f"{template.name!r} is not the name of a file of templates"
        yield Finding(message, "use letters, digits, hyphens and underscores")
    elif template.name.endswith(".tmpl"):
        yield Finding(f"the template {template.name!r} gets .tmpl twice", "give the name without its ending")


@check("template/unique", on=Project)
def template_unique(project: Project, _: Project) -> Iterator[Finding]:
    """A template's name is unique in the project, and so is each name that the files define.

    Of two definitions with one name the later wins, and which that is nobody sees.
    Bad: `{{ define "text" }}` in two files. Good: `{{ define "shop.text" }}` and `{{ define "pool.text" }}`.
    """
    named = project.templates if project.conventions else ()
    for template, first in repeated(named, lambda template: template.name.lower()):
        message = f"the template {template.name!r} is declared twice"
        yield Finding(message, f"rename one; the first is at {first.source}", template.source)
    defined = [(name, template) for template in project.templates for name in templates.defined(template.text)]
    for (name, template), (_name, first) in repeated(defined, lambda each: each[0]):
        message = f"{name!r} is defined in the template {template.name!r} and before that in {first.name!r}"
        yield Finding(message, f"rename one; the first is at {first.source}", template.source)


@check("template/text", on=NotificationTemplate)
def template_text(template: NotificationTemplate, project: Project) -> Iterator[Finding]:
    """A file of templates defines at least one, Alertmanager can read it, and what it uses exists.

    Alertmanager refuses its whole configuration for one that it cannot read. What a template is given, and so which
    fields there are, is known from where it is used.
    Bad: `text="Alert!"`. Good: `text='{{ define "shop.text" }}Alert!{{ end }}'`.
    """
    what = f"the template {template.name!r}"
    if not templates.defined(template.text):
        remedy = 'write {{ define "name" }}...{{ end }}, and {{ template "name" . }} where it is used'
        yield Finding(f"{what} defines nothing", remedy)
    yield from _template(what, template.text, project)
    if "templates" not in project.partial:
        for fault in templates.astray(template.text, templates.ALERTMANAGER, UNKNOWN, _used(project)):
            yield Finding(f"{what}: {fault.message}", fault.remedy)
