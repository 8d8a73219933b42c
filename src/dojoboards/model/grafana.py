"""What Grafana holds: dashboards, folders with their permissions, teams, data sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from dojoboards.errors import Source
from dojoboards.model._declared import Declared
from dojoboards.model.project import Secret

Permission = Literal["View", "Edit", "Admin"]


@dataclass(frozen=True)
class Dashboard(Declared):
    """A dashboard and the folder it lives in.

    Args:
        spec: A `grafanalib.core.Dashboard`, a mapping in the classic schema (`dojoboards.panels.dashboard` makes
            one), or a grafana-foundation-sdk dashboard or builder. Panels of all these kinds may be mixed in it.
        folder: The uid of a declared folder; empty is Grafana's own "General".
    """

    spec: Any
    folder: str = field(default="", kw_only=True)


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A dashboard as somebody saved it in Grafana: it is built as it is, in place of the declared one with its uid.

    Args:
        document: In Grafana's classic schema; a data source stands with its name in the environment, as a text.
        source: The file that holds it.
    """

    document: Mapping[str, Any]
    source: Source


@dataclass(frozen=True, kw_only=True)
class Folder(Declared):
    """A folder.

    Args:
        uid: At most 40 letters, digits, `-` and `_`.
        title: Unique among its siblings.
        parent: The uid of the folder it lies in; empty at the top.
        permissions: The whole of who may do what: a team's name, `role:Viewer`, `role:Editor` or `user:LOGIN`, to
            `View`, `Edit` or `Admin`. None leaves the permissions to the server, an empty mapping takes all away.
    """

    uid: str
    title: str
    parent: str = ""
    permissions: Mapping[str, Permission] | None = None


@dataclass(frozen=True, kw_only=True)
class Team(Declared):
    """A team; its name is its key.

    Args:
        name: Unique in the organisation.
        email: The team's address.
        members: Logins or mail addresses.
    """

    name: str
    email: str = ""
    members: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class DataSource(Declared):
    """A data source that we create. Its uid, and its address where *url* is empty, come from the environment.

    Args:
        name: What queries call it (`datasource="prometheus"`), the key of `data_sources` in `dojoboards.yaml`.
        title: The name that Grafana shows; *name* where it is empty.
        type: The plug-in, such as `prometheus`, `alertmanager` or `loki`.
        url: Where Grafana's server reaches it.
        default: Whether it is Grafana's default data source.
        json_data: Settings of the plug-in, such as `timeInterval`.
        basic_auth_user: For a server that asks.
        secure_json_data: Secret settings, such as `{"basicAuthPassword": Secret("...")}`.
    """

    name: str
    type: str
    title: str = ""
    url: str = ""
    default: bool = False
    json_data: Mapping[str, Any] = field(default_factory=dict)
    basic_auth_user: str = ""
    secure_json_data: Mapping[str, Secret] = field(default_factory=dict)
