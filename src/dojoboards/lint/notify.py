"""Checks of notification: Alertmanager's settings, routes, receivers, inhibit rules."""

from __future__ import annotations

from collections.abc import Iterator

from dojoboards import names
from dojoboards.lint.registry import Finding, check
from dojoboards.model import Alertmanager, Project, Route


@check("alertmanager/receiver", on=Alertmanager)
def alertmanager_receiver(server: Alertmanager, project: Project) -> Iterator[Finding]:
    """The receiver of what no route catches is declared.

    Alertmanager refuses a configuration that names an unknown one.
    Bad: `Alertmanager(receiver="slak")`. Good: `Alertmanager(receiver="slack")`.
    """
    yield from _receiver(server.receiver, "Alertmanager's root route", project)


@check("route/receiver", on=Route)
def route_receiver(route: Route, project: Project) -> Iterator[Finding]:
    """A route's receiver is declared.

    Alertmanager refuses a configuration that names an unknown one.
    Bad: `Route(receiver="operation-mail")`. Good: `Route(receiver="operations-mail")`.
    """
    if route.receiver:
        yield from _receiver(route.receiver, "a route", project)


def _receiver(name: str, what: str, project: Project) -> Iterator[Finding]:
    known = [receiver.name for receiver in project.receivers]
    if name not in known:
        yield Finding(f"{what} names the unknown receiver {name!r}", names.hint(name, known))
