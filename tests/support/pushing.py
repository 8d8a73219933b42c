"""Pushing a small project to a Grafana through its API, as the command does, and looking at what is there then."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import orjson

from dojoboards import panels
from dojoboards.artifact import Artifact
from dojoboards.compile import rendered
from dojoboards.errors import DojoboardsError, Problem
from dojoboards.model import (
    Api,
    Dashboard,
    DataSource,
    DataSourceRef,
    Environment,
    Folder,
    Project,
    Secret,
    SecretRef,
    TargetSettings,
    Team,
)
from dojoboards.plan import Change, applicable, plan
from dojoboards.targets.grafana_api import GrafanaTarget, grafana_target
from support.asking import PLAIN
from support.grafana import Grafana

PASSWORD = "example-data-source-password"


@dataclass(frozen=True)
class Site:
    """A Grafana that tests push to, real or a stand-in, and a prefix for all that they make there.

    Args:
        api: How to push there.
        person: Asks the API as an administrator, as a person would in the browser; its base is the address.
        prefix: What uids and names begin with.
        root: The project's directory.
        real: Whether it is no stand-in.
    """

    api: Api
    person: httpx.Client
    prefix: str
    root: Path
    real: bool = False

    def uid(self, name: str) -> str:
        """Return a uid of this test's own."""
        return f"{self.prefix}-{name}"

    def get(self, path: str) -> Any:
        """Return what Grafana answers to a person."""
        answer = self.person.get(f"/api{path}")
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def board(self, name: str) -> Any:
        """Return a dashboard with `dashboard` and `meta`."""
        return self.get(f"/dashboards/uid/{self.uid(name)}")

    def edit(self, name: str, change: Callable[[dict[str, Any]], object], *, folder: str | None = None) -> None:
        """Change a dashboard as a person does."""
        found = self.board(name)
        change(found["dashboard"])
        uid = found["meta"]["folderUid"] if folder is None else folder
        body = {"dashboard": found["dashboard"], "folderUid": uid, "message": "by hand", "overwrite": False}
        assert self.person.post("/api/dashboards/db", json=body).status_code == 200

    def grants(self, name: str) -> dict[str, str]:
        """Return what a folder grants, by role, team or login."""
        rows = self.get(f"/folders/{self.uid(name)}/permissions")
        own = [row for row in rows if not row.get("inherited")]
        return {row.get("role") or row.get("team") or row["userLogin"]: row["permissionName"] for row in own}

    def grant(self, name: str, *items: dict[str, Any]) -> None:
        """Add grants to a folder as a person does."""
        rows = [row for row in self.get(f"/folders/{self.uid(name)}/permissions") if not row.get("inherited")]
        kept = [
            {"permission": row["permission"]} | {key: row[key] for key in ("role", "teamId", "userId") if row.get(key)}
            for row in rows
        ]
        path = f"/api/folders/{self.uid(name)}/permissions"
        assert self.person.post(path, json={"items": [*kept, *items]}).status_code == 200

    def target(self, project: Project, **api: Any) -> GrafanaTarget:
        """Return the target of a project; *api* are other settings than the site's."""
        settings = TargetSettings(system="grafana", api=replace(self.api, **api))
        whole = replace(project, environment=replace(project.environment, targets={"grafana": settings}))
        items = [item for name in ("dashboards", "grafana", "secrets") for item in rendered(name, whole)]
        assert [str(item) for item in items if isinstance(item, Problem)] == []
        return grafana_target(whole, settings, [item for item in items if isinstance(item, Artifact)], self.root)

    def plan(self, project: Project, **decided: bool) -> list[Change]:
        """Return what a push would do."""
        target = self.target(project)
        try:
            return list(plan(target.wanted(), target.read(), **decided))
        finally:
            target.close()

    def push(self, project: Project, *, prune: bool = False, **decided: bool) -> list[str]:
        """Push a project as the command does, and return what was applied, as `action path`.

        Raises:
            DojoboardsError: something stopped it; of a push that failed half-way, with what `undo` says.
        """
        target = self.target(project)
        try:
            changes = plan(target.wanted(), target.read(), **decided)
            if stopped := [change for change in changes if change.stops]:
                raise DojoboardsError([Problem(f"{change.action} {change.path}") for change in stopped])
            applied = applicable(changes, prune=prune)
            if problems := target.preflight(applied):
                raise DojoboardsError(problems)
            try:
                target.apply(applied)
                target.commit(changes)
            except DojoboardsError as error:
                raise DojoboardsError([*error.problems, *target.undo()]) from None
            self._settle({each.key for each in target.wanted() if each.kind in {"dashboard", "folder"}})
            return [f"{change.action} {change.path.replace(self.prefix, 'shop')}" for change in applied]
        finally:
            target.close()

    def _settle(self, expected: set[str]) -> None:
        """Wait until the search of a real server, which may keep its index apart, shows what was pushed."""
        deadline = time.monotonic() + 30
        while self.real and time.monotonic() < deadline:
            if expected <= {hit["uid"] for hit in self.get("/search?limit=5000") if hit["uid"].startswith(self.prefix)}:
                return


def stand_in_site(server: Grafana, root: Path, stack: ExitStack, **api: Any) -> Site:
    """Return a stand-in as a site; *stack* closes what a person asks with, *api* are settings of the target."""
    (root / "token").write_text(server.token)
    auth = ("admin", server.password)
    person = stack.enter_context(httpx.Client(base_url=server.url, auth=auth, trust_env=False, verify=PLAIN))
    settings = {"retries": 1, "timeout": 10, **api}
    return Site(Api(url=server.url, token=SecretRef(file="token"), **settings), person, "shop", root)


def shop(site: Site, *, title: str = "Overview", boards: int = 1, **declared: Any) -> Project:
    """Return a project with folders, one below the other, a team, a data source with a secret, and dashboards.

    Args:
        site: Where its things are to be; its prefix is in all names.
        title: The title of its first dashboard.
        boards: How many dashboards.
        declared: What else it declares; replaces what stands there.
    """
    site.root.joinpath("secret").write_text(PASSWORD)
    operations = f"{site.prefix} operations"
    environment = Environment(
        name="prod",
        data_sources={"prometheus": DataSourceRef(uid=site.uid("prom"), type="prometheus", url="http://prom.example")},
        secrets={"prom": SecretRef(file="secret")},
    )
    source = DataSource(
        name="prometheus",
        title=site.uid("prom"),
        type="prometheus",
        basic_auth_user="grafana",
        json_data={"timeInterval": "15s"},
        secure_json_data={"basicAuthPassword": Secret("prom")},
    )
    whole: dict[str, Any] = {
        "folders": [
            Folder(uid=site.uid("shop"), title=site.uid("Shop"), permissions={operations: "Admin"}),
            Folder(
                uid=site.uid("db"),
                title=site.uid("Databases"),
                parent=site.uid("shop"),
                permissions={operations: "Admin", "role:Viewer": "View"},
            ),
        ],
        "teams": [Team(name=operations, email="operations@example.com")],
        "data_sources": [source],
        "dashboards": [board(site, f"overview{number or ''}", f"{title}{number or ''}") for number in range(boards)],
    }
    return Project(name=site.uid("project"), environment=environment, **{**whole, **declared})


def board(site: Site, name: str, title: str, folder: str = "shop", query: str = "up", unit: str = "short") -> Dashboard:
    """Return a dashboard with one panel."""
    drawn = panels.dashboard(title, uid=site.uid(name), panels=[panels.stat("Up", query, unit=unit)])
    return Dashboard(drawn, folder=site.uid(folder) if folder else "")


def problems(error: DojoboardsError) -> Sequence[str]:
    """Return the messages of what went wrong."""
    return [problem.message for problem in error.problems]


def bodies(changes: Sequence[Change], kind: str) -> list[tuple[Any, Any]]:
    """Return what changes of a kind find and want, as values."""
    return [
        (change.before and orjson.loads(change.before), change.after and orjson.loads(change.after))
        for change in changes
        if change.kind == kind
    ]
