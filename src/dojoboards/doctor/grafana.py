"""What is asked of a Grafana: which it is, who we are there, what we may do, and its data sources."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from dojoboards import names
from dojoboards.artifact import Artifact
from dojoboards.doctor.finding import Finding, error, listed, note, ok, warning
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.model import DataSourceRef, Environment
from dojoboards.plan import applicable, plan
from dojoboards.targets import Target
from dojoboards.targets.grafana_api.connection import Connection, Refusal
from dojoboards.targets.grafana_api.guard import needed
from dojoboards.targets.grafana_api.pool import pooled
from dojoboards.targets.grafana_api.read import greet
from dojoboards.targets.requests import part
from dojoboards.targets.servers import Client

_STOPS = {
    "drifted": (
        "changed there since the last push",
        "`dojoboards diff` shows how; keep it with `dojoboards pull`, or write over it with `push --overwrite`",
    ),
    "conflict": (
        "there already, and not ours",
        "`dojoboards diff` shows it; take it as ours with `push --adopt`, or give the content's another uid",
    ),
}
"""What stops a push until somebody decides: why, and what to do."""

_GIVE = "give the pushing account that permission, or the role Admin"


def version(bare: Client) -> Iterator[Finding]:
    """Yield its version and the state of its database; this is asked first, and without an answer nothing else is."""
    body = bare.get("/api/health")
    try:
        health = json.loads(body)
        yield ok("version", f"Grafana {health['version']}")
        database = health["database"]
    except (ValueError, KeyError, TypeError):
        message = f"{bare.name} answers /api/health with something that is not Grafana's JSON"
        remedy = "is this the address of a Grafana, with the path below which it lives?"
        raise DojoboardsError([Problem(message, None, remedy, Exit.UNREACHABLE)]) from None
    if database != "ok":
        yield error("database", f"its database is {database}", "its log says why")


def account(connection: Connection, organisation: int) -> Iterator[Finding]:
    """Yield who we are there."""
    me = greet(connection, organisation)
    yield ok("account", f"we are {me.login!r} in organisation {connection.get('/org').get('id')}")


def rights(connection: Connection, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Yield what we may not do of what a push of *artifacts* could need."""
    try:
        allowed = connection.get("/access-control/user/permissions", scoped="true")
    except Refusal as refusal:
        if refusal.status != 404:  # noqa: PLR2004  # role-based access control is off
            raise
        yield note("rights", "it does not say what we may do: role-based access control is off")
        return
    wanted = needed(artifacts)
    if missing := sorted(wanted - set(allowed)):
        yield error("rights", f"we may not do {listed(missing)}, which a push can need", _GIVE)
    else:
        yield ok("rights", "all that a push can need")


def refused(target: Target) -> Iterator[Finding]:
    """Yield what a push would be refused for: plug-ins, accounts, teams that are missing, lock-outs, secrets, drift."""
    wanted, live = target.wanted(), target.read()
    problems = target.preflight(applicable(plan(wanted, live, overwrite=True, adopt=True), prune=True))
    for problem in problems:
        yield error("push", problem.message, problem.remedy)
    changes = plan(wanted, live)
    for action, (reason, remedy) in _STOPS.items():
        if paths := [change.path for change in changes if change.action == action]:
            yield warning("push", f"a push would stop: {reason}: {listed(paths)}", remedy)
    if not problems and not any(change.stops for change in changes):
        many = sum(change.action != "unchanged" for change in changes)
        yield ok("push", f"{names.counted(many, 'change')} pending, none would be refused")


def data_sources(connection: Connection, environment: Environment, many: int) -> Iterator[Finding]:
    """Yield which of the environment's data sources are not there, or do not work.

    Args:
        connection: Grafana.
        environment: Whose data sources they are.
        many: How many requests are under way at once, at most.
    """

    def asked(item: tuple[str, DataSourceRef]) -> Finding:
        return _data_source(connection, *item)

    found = list(pooled(asked, environment.data_sources.items(), many))
    yield from (finding for finding in found if finding.severity != "ok")
    if working := [finding.message for finding in found if finding.severity == "ok"]:
        yield ok("data sources", f"{listed(working)}: there, and healthy")


def _data_source(connection: Connection, name: str, ref: DataSourceRef) -> Finding:
    subject = "data sources"
    document = connection.find(f"/datasources/uid/{part(ref.uid)}")
    if document is None:
        remedy = "push it, if the content declares it; otherwise create it there, or correct its uid in dojoboards.yaml"
        return error(subject, f"{name!r} is not there (uid {ref.uid})", remedy)
    if document.get("type") != ref.type:
        remedy = "correct its type or its uid in dojoboards.yaml"
        return error(subject, f"{name!r} is a {document.get('type')!r} there, not a {ref.type!r}", remedy)
    try:
        health = connection.get(f"/datasources/uid/{part(ref.uid)}/health")
    except Refusal as refusal:
        if refusal.status == 404:  # noqa: PLR2004  # the plug-in has no such check
            return note(subject, f"{name!r} is there; its plug-in cannot say whether it works")
        if refusal.status in (401, 403):
            raise
        remedy = f"does Grafana's server reach {document.get('url') or 'its address'}, and with these credentials?"
        return error(subject, f"{name!r} does not work: {refusal.message or refusal.status}", remedy)
    if str(health.get("status", "OK")).upper() != "OK":
        remedy = f"does Grafana's server reach {document.get('url') or 'its address'}, and with these credentials?"
        return error(subject, f"{name!r} does not work: {health.get('message') or 'it does not say why'}", remedy)
    return ok(subject, name)
