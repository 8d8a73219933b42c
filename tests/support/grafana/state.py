"""What a stand-in Grafana holds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from support.grafana.flavours import Flavour

PANELS = (
    "alertlist",
    "barchart",
    "bargauge",
    "candlestick",
    "canvas",
    "dashlist",
    "gauge",
    "geomap",
    "heatmap",
    "histogram",
    "logs",
    "news",
    "nodeGraph",
    "piechart",
    "stat",
    "state-timeline",
    "status-history",
    "table",
    "text",
    "timeseries",
    "traces",
    "trend",
    "xychart",
)
SOURCES = ("alertmanager", "elasticsearch", "grafana-testdata-datasource", "loki", "postgres", "prometheus", "tempo")


def now() -> str:
    """Return this moment as Grafana writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass
class Account:
    """A user or a service account.

    Args:
        id: Its number; users and service accounts share the numbers.
        login: Its name.
        roles: The basic role in each organisation that it belongs to.
        email: Where it gets mail; service accounts have none.
        password: For basic authentication.
        token: For a bearer; service accounts only.
        service: Whether it is a service account.
        server_admin: Whether it administers the server.
        disabled: Whether it cannot log in.
    """

    id: int
    login: str
    roles: dict[int, str]
    email: str = ""
    password: str | None = None
    token: str | None = None
    service: bool = False
    server_admin: bool = False
    disabled: bool = False


@dataclass(frozen=True)
class Grant:
    """A permission for one role, team or user: 1 View, 2 Edit, 4 Admin."""

    permission: int
    role: str | None = None
    team_id: int | None = None
    user_id: int | None = None

    @property
    def subject(self) -> tuple[str | None, int | None, int | None]:
        """Whom it is for."""
        return self.role, self.team_id, self.user_id


@dataclass
class Version:
    """A version of a dashboard: its content without `id`, `uid` and `version`."""

    row: int
    number: int
    parent: int
    message: str
    content: Mapping[str, Any]
    by: int
    created: str
    restored_from: int = 0


@dataclass
class Dashboard:
    """A dashboard with its history, oldest first; `provisioned` is the file's path, if a file provides it."""

    id: int
    uid: str
    folder_uid: str
    created: str
    created_by: int
    api_version: str = "v1"
    provisioned: str | None = None
    history: list[Version] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)

    @property
    def content(self) -> Mapping[str, Any]:
        """What it is now, without `id`, `uid` and `version`."""
        return self.history[-1].content

    @property
    def version(self) -> int:
        """The number of its newest version."""
        return self.history[-1].number

    @property
    def title(self) -> str:
        """Its title."""
        return str(self.content.get("title", ""))


@dataclass
class Folder:
    """A folder; `parent_uid` is empty at the top."""

    id: int
    uid: str
    title: str
    parent_uid: str
    created_by: int
    created: str
    updated_by: int
    updated: str
    version: int = 1
    description: str = ""
    grants: list[Grant] = field(default_factory=list)


@dataclass
class Team:
    """A team and its members: 0 is a member, 4 administers it."""

    id: int
    uid: str
    name: str
    email: str
    members: dict[int, int] = field(default_factory=dict)


@dataclass
class DataSource:
    """A data source: `fields` are those that come back, `secrets` never do.

    `health` is what `/health` answers: HTTP's status, `OK` or `ERROR`, and a message.
    """

    id: int
    uid: str
    fields: dict[str, Any]
    secrets: dict[str, str] = field(default_factory=dict)
    version: int = 1
    read_only: bool = False
    health: tuple[int, str, str] = (200, "OK", "Data source is working")


@dataclass
class Organisation:
    """What one organisation holds; dashboards and folders by uid, the rest by number."""

    id: int
    name: str
    dashboards: dict[str, Dashboard] = field(default_factory=dict)
    folders: dict[str, Folder] = field(default_factory=dict)
    teams: dict[int, Team] = field(default_factory=dict)
    sources: dict[int, DataSource] = field(default_factory=dict)
    annotations: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """What an administrator of the server sets in its configuration.

    Args:
        rbac: Role-based access control; without it (9.4 only) the server checks permission lists itself.
        anonymous: Whether a request without credentials is a Viewer's.
        sign_up: Whether people may make accounts for themselves.
        quotas: How many there may be in an organisation: `dashboard`, `data_source`.
        plugins: Panels and data sources that are installed, by id, with their type.
        min_refresh: The shortest refresh interval of a dashboard, in seconds.
        versions_to_keep: How many versions of a dashboard are kept. The real server keeps 20, but drops the others
            only every ten minutes; here they go at once. None: all of them.
        database: What `/health` says of it.
        new_folder_grants: What a new top-level folder grants to basic roles; None: as the flavour does.
    """

    rbac: bool = True
    anonymous: bool = False
    sign_up: bool = False
    quotas: Mapping[str, int] = field(default_factory=dict)
    plugins: Mapping[str, str] = field(
        default_factory=lambda: {**dict.fromkeys(PANELS, "panel"), **dict.fromkeys(SOURCES, "datasource")}
    )
    min_refresh: int = 0
    versions_to_keep: int | None = None
    database: str = "ok"
    new_folder_grants: tuple[tuple[str, int], ...] | None = None


@dataclass
class State:
    """Everything a stand-in Grafana holds.

    `found` is what `/search` knows while its index is behind; None: everything.
    """

    flavour: Flavour
    settings: Settings
    accounts: dict[int, Account] = field(default_factory=dict)
    organisations: dict[int, Organisation] = field(default_factory=lambda: {1: Organisation(1, "Main Org.")})
    found: list[Any] | None = None
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def number(self) -> int:
        """Return a number that nothing has yet."""
        return self.flavour.first_id + next(self.numbers) - 1

    def login(self, account_id: int) -> str:
        """Return the name of an account."""
        account = self.accounts.get(account_id)
        return account.login if account else "Anonymous"
