"""Asking the servers of an environment how they are. Nothing is changed, and no question waits for another server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from dojoboards.artifact import Artifact
from dojoboards.doctor import accounts, alertmanager, alerts, clocks, grafana, metrics, prometheus, scraping
from dojoboards.doctor.finding import Finding, error, note
from dojoboards.errors import DojoboardsError
from dojoboards.model import Api, Project, Server, TargetSettings
from dojoboards.targets.grafana_api import grafana_target
from dojoboards.targets.grafana_api.connection import Connection, Refusal
from dojoboards.targets.grafana_api.pool import pooled
from dojoboards.targets.servers import Client, Unanswered, server_of, tenant_header

__all__ = ["Asked", "Finding", "Questions", "ask", "questions"]

Question = Callable[[], Iterator[Finding]]

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked of one server.

    Args:
        name: What the server is called.
        first: Asked first; if it has no answer, the server is not asked anything else.
        others: By subject, asked one after the other.
        inside: Asked behind them, of the same server; without an answer to its first one, only that is told.
        subject: Of the first one, where it has no answer.
    """

    name: str
    first: Question
    others: Sequence[tuple[str, Question]]
    inside: Questions | None = None
    subject: str = "reach"


@dataclass(frozen=True, slots=True)
class Asked:
    """What asking one server found.

    Args:
        name: What the server is called.
        reached: Whether it answered.
        findings: What was found.
    """

    name: str
    reached: bool
    findings: Sequence[Finding]


def ask(servers: Sequence[Questions]) -> list[Asked]:
    """Return what asking each server found; several are asked at once, and Ctrl-C waits for no answer."""
    return list(pooled(_asked, servers, _AT_ONCE, finishes=False))


def _asked(server: Questions) -> Asked:
    reached, findings = _answered(server.subject, server.first)
    if not reached:
        return Asked(server.name, False, findings)
    for subject, question in server.others:
        findings += _answered(subject, question)[1]
    if server.inside:
        findings += _asked(server.inside).findings
    return Asked(server.name, True, findings)


def _answered(subject: str, question: Question) -> tuple[bool, list[Finding]]:
    """Return whether a question was answered, and what was found; without an answer, one finding that says why."""
    findings: list[Finding] = []
    try:
        findings.extend(question())
    except DojoboardsError as failed:
        return False, [*findings, *(error(subject, one.message, one.remedy) for one in failed.problems)]
    except Unanswered as failed:
        return False, [*findings, error(subject, failed.message, failed.remedy)]
    except Refusal as refusal:
        message = f"it does not let us ask: {refusal.status}, {refusal.message or 'nothing'}"
        return False, [*findings, note(subject, message, "an account with the role Admin may ask everything")]
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as odd:
        message = f"it answers something else than expected ({type(odd).__name__}: {odd})"
        return False, [*findings, error(subject, message, "is this the server, and a version that dojoboards knows?")]
    return True, findings


def questions(project: Project, artifacts: Sequence[Artifact], root: Path, closing: ExitStack) -> list[Questions]:
    """Return what to ask the servers of the environment's targets.

    Args:
        project: In its environment.
        artifacts: What it becomes.
        root: The project's directory.
        closing: Closes the connections.
    """
    found: list[Questions] = []
    used = metrics.used(project, artifacts)
    for settings in project.environment.targets.values():
        clients = [_client(server, settings.system, root, settings.tenant) for server in settings.servers]
        for client in clients:
            closing.callback(client.close)
        if settings.system == "grafana":
            found.extend(_grafana(project, settings, artifacts, root, closing))
        elif settings.api:
            found.extend(_ruler(project, settings, used, root, closing))
        elif settings.system == "prometheus":
            found.extend(_prometheus(project, client, used) for client in clients)
        elif settings.system == "alertmanager":
            found.extend(_alertmanager(client) for client in clients)
        elif settings.system == "loki":
            found.extend(_loki(project, client) for client in clients)
    return found


def _prometheus(project: Project, client: Client, used: dict[str, str]) -> Questions:
    return Questions(
        client.name,
        partial(prometheus.version, client),
        [
            ("clock", partial(clocks.clock, client, "/-/ready")),
            ("configuration", partial(prometheus.configuration, client)),
            ("scrape targets", partial(scraping.targets, client, project)),
            ("exporters", partial(scraping.exporters, client)),
            ("metrics", partial(metrics.present, client, project, used)),
            ("rules", partial(alerts.rules, client, project.groups)),
            ("alerts", partial(alerts.firing, client, project.environment)),
            ("notification", partial(alerts.notifies, client, project)),
        ],
    )


def _ruler(
    project: Project, settings: TargetSettings, used: dict[str, str], root: Path, closing: ExitStack
) -> Iterator[Questions]:
    """Yield what is asked of a Mimir, a Cortex or a Loki, which have a part of Prometheus' interface."""
    api = settings.api
    if api is None or settings.system == "alertmanager":  # that part of them does not say whether it delivers
        return
    client = _client(server_of(api), api.flavour, root, api.tenant)
    closing.callback(client.close)
    if api.flavour == "loki":
        yield _loki(project, client)
        return
    client.url += "/prometheus"
    yield Questions(
        client.name,
        partial(alerts.rules, client, project.groups),
        [
            ("clock", partial(clocks.clock, client, "/api/v1/rules")),
            ("metrics", partial(metrics.present, client, project, used)),
            ("alerts", partial(alerts.firing, client, project.environment)),
        ],
    )


def _loki(project: Project, client: Client) -> Questions:
    client.url += "/prometheus"
    clock: Question = partial(clocks.clock, client, "/api/v1/rules")
    return Questions(client.name, partial(alerts.rules, client, project.log_groups), [("clock", clock)])


def _alertmanager(client: Client) -> Questions:
    return Questions(
        client.name,
        partial(alertmanager.version, client),
        [
            ("clock", partial(clocks.clock, client, "/-/ready")),
            ("configuration", partial(prometheus.reloaded, client, "alertmanager")),
            ("receivers", partial(alertmanager.receivers, client)),
        ],
    )


def _grafana(
    project: Project, settings: TargetSettings, artifacts: Sequence[Artifact], root: Path, closing: ExitStack
) -> Iterator[Questions]:
    servers = [server_of(settings.api)] if settings.api else settings.servers
    for server in servers:
        bare = _client(_without_login(server), "grafana", root)
        closing.callback(bare.close)
        others: list[tuple[str, Question]] = [
            ("clock", partial(clocks.clock, bare, "/api/health")),
            ("login", partial(accounts.anonymous, bare)),
        ]
        inside = _logged_in(project, settings, settings.api, artifacts, root, closing) if settings.api else None
        yield Questions(bare.name, partial(grafana.version, bare), others, inside)


def _logged_in(
    project: Project, settings: TargetSettings, api: Api, artifacts: Sequence[Artifact], root: Path, closing: ExitStack
) -> Questions:
    """Return what is asked of a Grafana as the account that pushes."""
    connection = Connection(api, root)
    target = grafana_target(project, settings, artifacts, root)
    closing.callback(connection.close)
    closing.callback(target.close)
    return Questions(
        connection.name,
        partial(grafana.account, connection, api.organisation),
        [
            ("rights", partial(grafana.rights, connection, artifacts)),
            ("push", partial(grafana.refused, target)),
            ("data sources", partial(grafana.data_sources, connection, project.environment, api.max_concurrent)),
            ("sign-up", partial(accounts.sign_up, connection)),
            ("roles", partial(accounts.roles, connection, project)),
        ],
        subject="account",
    )


def _client(server: Server, system: str, root: Path, tenant: str = "") -> Client:
    """Return a client that asks once: what goes wrong now is what is to be told."""
    return Client(replace(server, retries=0), system, root, tenant_header(tenant))


def _without_login(server: Server) -> Server:
    return replace(server, username="", password=None, bearer_token=None)
