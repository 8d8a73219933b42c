"""A stand-in Grafana on loopback, in memory, in the flavours 9.4 and 13.

It answers the calls in `routes.ROUTES` as a real server does; each module says what was read of it, and where it
guesses.
What it assumes is what a contract suite can assert against a real one.

    with grafana("9.4", quotas={"dashboard": 10}) as server:
        push(server.url, server.token)

        assert server.dashboards["shop"].title == "Shop"
        assert [request.status for request in server.writes] == [200]

Left out: sessions and single sign-on, library elements, alerting, snapshots, public dashboards, licences, custom roles,
the migration of old schemas, and everything below `/apis` but reading one dashboard.
"""

from __future__ import annotations

import copy
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from support.answers import Reply, Request
from support.grafana import dashboards as _dashboards
from support.grafana import routes, search
from support.grafana.call import Call
from support.grafana.flavours import FLAVOURS, Flavour
from support.grafana.state import Account, Dashboard, DataSource, Folder, Grant, Organisation, Settings, State, Team
from support.serving import StandIn, running

__all__ = ["FLAVOURS", "Account", "Dashboard", "DataSource", "Folder", "Grafana", "Grant", "Team", "grafana"]


class Grafana(StandIn):
    """A running stand-in Grafana.

    Attributes:
        state: Everything it holds.
        admin: A user who administers the server and its first organisation.
        deployer: A service account that administers the first organisation.
        token: The deployer's token.
        password: The admin's password.
    """

    def __init__(self, flavour: Flavour, settings: Settings, base_path: str = "") -> None:
        super().__init__(self._answer)
        self.state = State(flavour, settings)
        self.base_path = base_path
        self.password = "admin-example-password"
        self.token = "glsa_example0standin0token"
        self.admin = self.account("admin", "Admin", password=self.password)
        self.admin.server_admin = True
        self.deployer = self.account("sa-deployer", "Admin", token=self.token)

    def _answer(self, request: Request) -> Reply:
        return routes.answer(self.state, request, self.base_path)

    @property
    def organisation(self) -> Organisation:
        """The first organisation."""
        return self.state.organisations[1]

    @property
    def dashboards(self) -> dict[str, Dashboard]:
        """The dashboards of the first organisation, by uid."""
        return self.organisation.dashboards

    @property
    def folders(self) -> dict[str, Folder]:
        """The folders of the first organisation, by uid."""
        return self.organisation.folders

    @property
    def teams(self) -> dict[str, Team]:
        """The teams of the first organisation, by name."""
        return {team.name: team for team in self.organisation.teams.values()}

    @property
    def sources(self) -> dict[str, DataSource]:
        """The data sources of the first organisation, by uid."""
        return {source.uid: source for source in self.organisation.sources.values()}

    @property
    def annotations(self) -> list[dict[str, Any]]:
        """The annotations of the first organisation, oldest first."""
        return list(self.organisation.annotations.values())

    def account(self, login: str, role: str, *, password: str | None = None, token: str | None = None) -> Account:
        """Add a user, or with a token a service account, with a basic role in the first organisation."""
        number = max(self.state.accounts, default=0) + 1
        email = "" if token else f"{login}@example.com"
        made = Account(number, login, {1: role}, email, password, token, service=token is not None)
        self.state.accounts[number] = made
        return made

    def edit(
        self, uid: str, change: Callable[[dict[str, Any]], object], *, by: Account | None = None, message: str = ""
    ) -> None:
        """Change a dashboard as a person does in the browser; *change* gets a copy of its content."""
        with self.lock:
            found = self.dashboards[uid]
            content = copy.deepcopy(dict(found.content))
            change(content)
            _dashboards.add_version(self._as(by), found, content, message)

    def provision(self, content: Mapping[str, Any], folder_uid: str = "", path: str = "example.json") -> Dashboard:
        """Add a dashboard that a file provides; *content* has its uid."""
        with self.lock:
            return self._add(content, folder_uid, provisioned=path)

    def store_v2(
        self, uid: str, spec: Mapping[str, Any], folder_uid: str = "", *, by: Account | None = None
    ) -> Dashboard:
        """Store a dashboard in schema v2, over what stands there."""
        with self.lock:
            found = self.dashboards.get(uid) or _dashboards.create(self._as(by), uid, folder_uid)
            _dashboards.add_version(self._as(by), found, spec, "")
            found.api_version = "v2"
            return found

    def _add(self, content: Mapping[str, Any], folder_uid: str, provisioned: str) -> Dashboard:
        call = self._as(None)
        made = _dashboards.create(call, str(content["uid"]), folder_uid)
        own = {key: value for key, value in content.items() if key not in {"id", "uid", "version"}}
        _dashboards.add_version(call, made, own, "")
        made.provisioned = provisioned
        return made

    def _as(self, by: Account | None) -> Call:
        return Call(self.state, self.organisation, by or self.admin, {}, {}, None)

    def freeze_search(self) -> None:
        """Let the search know only what is there now, as while its index is behind."""
        with self.lock:
            self.state.found = list(search.everything(self.state))

    def thaw_search(self) -> None:
        """Let the search know everything again."""
        with self.lock:
            self.state.found = None

    def configure(self, **settings: Any) -> None:
        """Change settings of the running server."""
        with self.lock:
            self.state.settings = replace(self.state.settings, **settings)


@contextmanager
def grafana(
    flavour: str = "13",
    *,
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
    base_path: str = "",
    latency_ms: float = 0,
    **settings: Any,
) -> Iterator[Grafana]:
    """Serve a stand-in Grafana until the context ends.

    Args:
        flavour: `9.4` or `13`.
        host: `127.0.0.1` or `::1`.
        tls: Serve HTTPS with this.
        base_path: Serve below this path, such as `/grafana`.
        latency_ms: How long each answer takes at least.
        settings: Those of `state.Settings`.
    """
    server = Grafana(FLAVOURS[flavour], Settings(**settings), base_path)
    server.latency_ms = latency_ms
    with running(server, host=host, tls=tls, base_path=base_path):
        yield server
