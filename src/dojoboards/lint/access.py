"""Checks of who may see what in Grafana: folders and their permissions, teams, data sources, uids of dashboards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dojoboards import names
from dojoboards.lint.registry import Artifacts, Finding, check, repeated
from dojoboards.model import Folder, Project, Team

_PERMISSIONS = ("View", "Edit", "Admin")
_ROLES = ("Viewer", "Editor")
_UID = "give 1 to 40 letters, digits, hyphens and underscores"


@check("dashboard/uid", on=Artifacts)
def dashboard_uid(artifacts: Artifacts, _: Project) -> Iterator[Finding]:
    """A dashboard's uid is one that Grafana takes: 1 to 40 letters, digits, hyphens and underscores.

    Grafana refuses any other, and so does a file system that finds a slash in it.
    Bad: `uid="shop/main"`. Good: `uid="shop-main"`.
    """
    for artifact in artifacts.all:
        if artifact.kind == "dashboard" and not re.fullmatch(names.UID_PATTERN, artifact.key):
            yield Finding(f"{artifact.key!r} is not the uid of a dashboard", _UID, artifact.source)


@check("dashboard/unique", on=Artifacts)
def dashboard_unique(artifacts: Artifacts, _: Project) -> Iterator[Finding]:
    """No two dashboards have the same uid.

    Grafana would hold whichever was saved last. Bad: two copies of a module. Good: a uid of its own for each.
    """
    dashboards = [artifact for artifact in artifacts.all if artifact.kind == "dashboard"]
    for artifact, first in repeated(dashboards, lambda artifact: artifact.key):
        message = f"two dashboards have the uid {artifact.key!r}: this one and that at {first.source}"
        yield Finding(message, "give one of them another uid", artifact.source)


@check("folder/uid", on=Folder)
def folder_uid(folder: Folder, _: Project) -> Iterator[Finding]:
    """A folder's uid is one that Grafana takes, and its title is not empty.

    Bad: `uid="shop/databases"`. Good: `uid="shop-databases"`.
    """
    if not re.fullmatch(names.UID_PATTERN, folder.uid):
        yield Finding(f"{folder.uid!r} is not the uid of a folder", _UID)
    if not folder.title.strip():
        yield Finding(f"the folder {folder.uid!r} has no title", "give it a `title`")


@check("folder/unique", on=Project)
def folder_unique(project: Project, _: Project) -> Iterator[Finding]:
    """A folder's uid is unique in the project, and its title among its siblings.

    Bad: two folders titled `Service` at the top. Good: one of them below a `parent`.
    """
    for folder, first in repeated(project.folders, lambda folder: folder.uid):
        yield Finding(f"two folders have the uid {folder.uid!r}", f"the first is at {first.source}", folder.source)
    for folder, first in repeated(project.folders, lambda folder: (folder.parent, folder.title)):
        if folder.uid != first.uid:
            where = f"in the folder {folder.parent!r}" if folder.parent else "at the top"
            message = f"two folders {where} have the title {folder.title!r}"
            yield Finding(message, f"rename one; the first is at {first.source}", folder.source)


@check("folder/directory", on=Project)
def folder_directory(project: Project, _: Project) -> Iterator[Finding]:
    """The dashboards of each folder have a directory of their own.

    Directories are named after titles, in lower-case ASCII. Two folders that share one would both load all of its
    dashboards; `general` is the directory of the dashboards without a folder.
    Bad: `Data bases` and `Data-Bases`. Good: `Databases` and `Data warehouses`.
    """
    for folder, first in repeated(project.folders, lambda folder: (folder.parent, names.slug(folder.title))):
        if folder.title != first.title and folder.uid != first.uid:
            message = (
                f"the folders {first.title!r} and {folder.title!r} share the directory {names.slug(folder.title)}/"
            )
            yield Finding(message, f"rename one; the first is at {first.source}", folder.source)
    for folder in project.folders:
        if not folder.parent and names.slug(folder.title) == "general":
            message = f"the folder {folder.title!r} shares its directory with the dashboards that are in no folder"
            yield Finding(message, "rename it, or leave its dashboards without a folder", folder.source)


@check("folder/parent", on=Project)
def folder_parent(project: Project, _: Project) -> Iterator[Finding]:
    """The folder that a folder lies in is declared, and is not inside it.

    Bad: `parent="Shop"` where the uid is `shop`, or two folders that are each other's parent. Good: `parent="shop"`.
    """
    parents = {folder.uid: folder.parent for folder in project.folders}
    for folder in project.folders:
        if folder.parent and folder.parent not in parents:
            message = f"the folder {folder.uid!r} lies in the unknown folder {folder.parent!r}"
            yield Finding(message, names.hint(folder.parent, parents), folder.source)
        above = _above(folder.uid, parents)
        if above[-1] == folder.uid:
            message = f"the folder {folder.uid!r} lies in itself: {' in '.join(map(repr, (folder.uid, *above)))}"
            yield Finding(message, "take one `parent` of the circle away", folder.source)


def _above(uid: str, parents: Mapping[str, str]) -> list[str]:
    """Return the uids of the folders that a folder lies in, the nearest first, up to the top or once round a circle."""
    above = dict.fromkeys([parents[uid]])
    while (parent := parents.get(next(reversed(above)), "")) and parent not in above:
        above[parent] = None
    return list(above)


@check("folder/permissions", on=Folder)
def folder_permissions(folder: Folder, project: Project) -> Iterator[Finding]:
    """A folder's permissions name declared teams, the roles Viewer and Editor, or users.

    Whoever is misspelt would be shut out. The role Admin always has all permissions, so none can be given to it.
    Bad: `{"operation": "Edit"}`, `{"role:viewer": "View"}`.
    Good: `{"operations": "Edit", "role:Viewer": "View", "user:mira": "Admin"}`.
    """
    teams = [team.name for team in project.teams]
    for who, permission in (folder.permissions or {}).items():
        kind, colon, name = who.partition(":")
        what = f"the folder {folder.uid!r} gives a permission to"
        if permission not in _PERMISSIONS:
            message = f"the folder {folder.uid!r} gives {who!r} the unknown permission {permission!r}"
            yield Finding(message, names.hint(permission, _PERMISSIONS))
        if who in teams:
            continue
        if colon and kind == "role":
            if name not in _ROLES:
                hint = names.hint(who, [f"role:{role}" for role in _ROLES])
                yield Finding(f"{what} the unknown role {name!r}", hint)
        elif colon and kind == "user":
            if not name.strip():
                yield Finding(f"{what} a user without a login", "write user:LOGIN")
        else:
            yield Finding(
                f"{what} the unknown team {who!r}", f"{names.hint(who, teams)}; or write role:... or user:..."
            )


@check("team/unique", on=Project)
def team_unique(project: Project, _: Project) -> Iterator[Finding]:
    """A team's name is unique, also as the name of its file, and not empty.

    Bad: the teams `Web Shop` and `web-shop`. Good: `Web shop` and `Web stock`.
    """
    for team, first in repeated(project.teams, lambda team: names.slug(team.name)):
        same = f"two teams have the name {team.name!r}"
        alike = f"the teams {first.name!r} and {team.name!r} share the file {names.slug(team.name)}.json"
        message = same if team.name == first.name else alike
        yield Finding(message, f"rename one; the first is at {first.source}", team.source)


@check("team/name", on=Team)
def team_name(team: Team, _: Project) -> Iterator[Finding]:
    """A team has a name that permissions can tell from a role or a user, and no member without a login.

    Bad: `name=""`, `name="role:Viewer"`, `members=[""]`. Good: `name="operations"`.
    """
    if not team.name.strip():
        yield Finding("a team has no name", "give it a `name`")
    elif team.name.startswith(("role:", "user:")):
        message = f"the team {team.name!r} is named like what permissions call a role or a user"
        yield Finding(message, "take another name")
    if not all(member.strip() for member in team.members):
        yield Finding(f"the team {team.name!r} has a member without a login", "take it away")


@check("data-source/unique", on=Project)
def data_source_unique(project: Project, _: Project) -> Iterator[Finding]:
    """A data source's name, title and uid are unique.

    Bad: `prometheus` declared in two modules. Good: `prometheus` and `prometheus-edge`.
    """
    refs = project.environment.data_sources
    for source, first in repeated(project.data_sources, lambda source: source.name):
        message = f"the data source {source.name!r} is declared twice"
        yield Finding(message, f"keep one; the first is at {first.source}", source.source)
    for source, first in repeated(project.data_sources, lambda source: source.title or source.name):
        if source.name != first.name:
            message = (
                f"the data sources {first.name!r} and {source.name!r} have the title {source.title or source.name!r}"
            )
            yield Finding(message, f"give one another `title`; the first is at {first.source}", source.source)
    known = [source for source in project.data_sources if source.name in refs]
    for source, first in repeated(known, lambda source: refs[source.name].uid):
        if source.name != first.name:
            message = f"the data sources {first.name!r} and {source.name!r} have the uid {refs[source.name].uid!r}"
            yield Finding(message, "give one another uid in dojoboards.yaml", source.source)


@check("data-source/default", on=Project)
def data_source_default(project: Project, _: Project) -> Iterator[Finding]:
    """At most one data source is Grafana's default.

    Grafana does not start from provisioning files that name two.
    Bad: `default=True` on Prometheus and on Loki. Good: on one of them.
    """
    defaults = [source for source in project.data_sources if source.default]
    for source in defaults[1:]:
        message = f"the data sources {defaults[0].name!r} and {source.name!r} are both the default"
        yield Finding(message, f"keep `default=True` on one; the first is at {defaults[0].source}", source.source)
