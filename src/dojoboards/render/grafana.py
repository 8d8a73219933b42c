"""Grafana's folders, teams and data sources as documents for its API, and the files that it reads at start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dojoboards import names
from dojoboards.artifact import Artifact, json_bytes, yaml_bytes
from dojoboards.errors import Problem
from dojoboards.model import DataSource, DataSourceRef, Folder, Project, SecretRef, Team
from dojoboards.render.document import artifact
from dojoboards.render.secrets import fed_by_files, file, plain, undefined

UPDATE_INTERVAL_SECONDS = 30
"""How often Grafana looks for changed dashboard files."""


def folder_path(project: Project, uid: str) -> str:
    """Return the directory of a folder's dashboards below `grafana/dashboards/`, without slashes.

    It is made of the titles along the chain of parents, `platform.databases`; `general` where *uid* is empty.
    A chain is one directory name because Grafana reads the directory of a provider with all that lies below it,
    and a parent's provider would load the dashboards of the child a second time.
    An unknown folder is taken by its uid, and a circle of parents is cut: both are reported by the checks.
    """
    by_uid = {folder.uid: folder for folder in project.folders}
    parts: list[str] = []
    seen: set[str] = set()
    while uid and uid not in seen:
        seen.add(uid)
        folder = by_uid.get(uid)
        parts.append(names.slug(folder.title if folder else uid))
        uid = folder.parent if folder else ""
    return ".".join(reversed(parts)) or "general"


def render(project: Project) -> Iterator[Artifact | Problem]:
    """Yield folders, teams and data sources, and provisioning where Grafana is fed by files."""
    for folder in project.folders:
        path = f"grafana/folders/{folder.uid}.json"
        yield from artifact("folder", folder.uid, path, _folder(folder), json_bytes, folder.source)
    for team in project.teams:
        path = f"grafana/teams/{names.slug(team.name)}.json"
        yield from artifact("team", team.name, path, _team(team), json_bytes, team.source)
    known: list[tuple[DataSource, DataSourceRef]] = []
    for source in project.data_sources:
        ref = project.environment.data_sources.get(source.name)
        problems = list(_data_source_problems(source, ref, project))
        yield from problems
        if ref is None or problems:
            continue
        known.append((source, ref))
        path = f"grafana/data-sources/{ref.uid}.json"
        yield from artifact("data-source", ref.uid, path, _data_source(source, ref, project), json_bytes, source.source)
    if fed_by_files(project.environment):
        yield from _provisioning(project, known)


def _folder(folder: Folder) -> dict[str, Any]:
    document: dict[str, Any] = {"uid": folder.uid, "title": folder.title}
    if folder.parent:
        document["parentUid"] = folder.parent
    if folder.permissions is not None:
        document["permissions"] = [
            {**_grantee(who), "permission": permission} for who, permission in sorted(folder.permissions.items())
        ]
    return document


def _grantee(who: str) -> dict[str, str]:
    kind, colon, name = who.partition(":")
    return {kind: name} if colon and kind in {"role", "user"} else {"team": who}


def _team(team: Team) -> dict[str, Any]:
    return {"name": team.name, "email": team.email, "members": sorted(set(team.members))}


def _data_source_problems(source: DataSource, ref: DataSourceRef | None, project: Project) -> Iterator[Problem]:
    known = project.environment.data_sources
    if ref is None:
        place = f"environment {project.environment.name}"
        message = f"data source {source.name!r} is not in dojoboards.yaml ({place}), so it has no uid there"
        yield Problem(message, source.source, names.hint(source.name, known))
    elif ref.type != source.type:
        message = f"data source {source.name!r} is declared as {source.type!r} but is {ref.type!r} in dojoboards.yaml"
        yield Problem(message, source.source, "make the two types the same")
    elif not (source.url or ref.url):
        message = f"data source {source.name!r} has no address"
        yield Problem(message, source.source, "give `url` here or in dojoboards.yaml")
    for secret in source.secure_json_data.values():
        if secret.name not in project.environment.secrets:
            yield undefined(secret.name, project.environment, source.source)


def _data_source(source: DataSource, ref: DataSourceRef, project: Project) -> dict[str, Any]:
    document: dict[str, Any] = {
        "uid": ref.uid,
        "name": source.title or source.name,
        "type": source.type,
        "access": "proxy",
        "url": source.url or ref.url,
        "isDefault": source.default,
        "jsonData": plain(source.json_data, project.environment),
    }
    if source.basic_auth_user:
        document |= {"basicAuth": True, "basicAuthUser": source.basic_auth_user}
    if source.secure_json_data:
        document["secureJsonData"] = {
            key: _reference(project.environment.secrets[secret.name]) for key, secret in source.secure_json_data.items()
        }
    return document


def _reference(ref: SecretRef) -> dict[str, str]:
    return {key: value for key in ("env", "file", "server_file") if (value := getattr(ref, key))}


def _provisioning(
    project: Project, data_sources: Iterable[tuple[DataSource, DataSourceRef]]
) -> Iterator[Artifact | Problem]:
    path = "grafana/provisioning/dashboards/dojoboards.yaml"
    document = {"apiVersion": 1, "providers": list(_providers(project))}
    yield from artifact("provisioning", "dashboards", path, document, yaml_bytes, None)
    entries = [_provisioned(source, _data_source(source, ref, project), project) for source, ref in data_sources]
    if entries:
        path = "grafana/provisioning/datasources/dojoboards.yaml"
        document = {"apiVersion": 1, "datasources": entries}
        yield from artifact("provisioning", "datasources", path, document, yaml_bytes, None)


def _providers(project: Project) -> Iterator[dict[str, Any]]:
    yield _provider(project, "", "")
    for folder in project.folders:
        yield _provider(project, folder.uid, folder.title)


def _provider(project: Project, uid: str, title: str) -> dict[str, Any]:
    path = folder_path(project, uid)
    return {
        "name": f"{project.name}-{path}",
        "orgId": 1,
        "folder": _literal(title),
        **({"folderUid": uid} if uid else {}),
        "type": "file",
        "disableDeletion": False,
        "allowUiUpdates": False,
        "updateIntervalSeconds": UPDATE_INTERVAL_SECONDS,
        "options": {"path": f"dashboards/{path}"},
    }


def _provisioned(source: DataSource, document: dict[str, Any], project: Project) -> dict[str, Any]:
    """Turn the API's document into an entry of a provisioning file, which names the files that hold the secrets."""
    entry = {key: _literal(value) for key, value in document.items() if key != "secureJsonData"} | {"editable": False}
    if source.secure_json_data:
        entry["secureJsonData"] = {
            key: f"$__file{{{file(secret, project.environment)}}}" for key, secret in source.secure_json_data.items()
        }
    return entry


def _literal(value: Any) -> Any:
    """Return *value* for a provisioning file, where Grafana takes `$X` for a variable and `$$` for a dollar sign."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        return {key: _literal(item) for key, item in value.items()}
    return [_literal(item) for item in value] if isinstance(value, list) else value
