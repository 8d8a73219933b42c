"""Secrets: a build holds only references to them; configurations name the files in which a push puts the values."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dojoboards import names
from dojoboards.artifact import Artifact, yaml_bytes
from dojoboards.errors import Problem, Source
from dojoboards.model import Environment, Project, Secret


def plain(value: Any, environment: Environment) -> Any:
    """Return *value* with mappings as dicts, sequences as lists, and each `Secret` as the path of its file."""
    if isinstance(value, Secret):
        return file(value, environment)
    if isinstance(value, Mapping):
        return {key: plain(item, environment) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, environment) for item in value]
    return value


def file(secret: Secret, environment: Environment) -> str:
    """Return the path by which a configuration refers to a secret: `secrets/NAME`, or the server's own file."""
    ref = environment.secrets.get(secret.name)
    return ref.server_file if ref and ref.server_file else f"secrets/{secret.name}"


def fed_by_files(environment: Environment) -> bool:
    """Return whether Grafana reads files here, and is not pushed to through its API."""
    target = environment.targets.get("grafana")
    return target is not None and target.api is None


def undefined(name: str, environment: Environment, source: Source | None) -> Problem:
    """Return the problem that the environment does not say where a secret is found."""
    return Problem(
        f"the environment {environment.name} does not say where the secret {name!r} is found",
        source,
        f"add it under `secrets:` in dojoboards.yaml ({names.hint(name, environment.secrets)})",
    )


def render(project: Project) -> Iterator[Artifact | Problem]:
    """Yield one artifact for each secret that a system's configuration refers to; its body is the reference."""
    if project.prometheus or project.scrape_jobs or project.groups:
        yield from _of("prometheus", (project.prometheus, *project.scrape_jobs), project.environment)
    if project.alertmanager:
        yield from _of("alertmanager", (project.alertmanager, *project.receivers), project.environment)
    if fed_by_files(project.environment):
        yield from _of("grafana", project.data_sources, project.environment)


def _of(system: str, declarations: Iterable[Any], environment: Environment) -> Iterator[Artifact | Problem]:
    seen: set[str] = set()
    for declaration in declarations:
        if system != "grafana":  # whose secrets stand under the keys that are theirs
            yield from _misplaced(declaration, declaration)
        for secret in _used(declaration):
            if secret.name in seen:
                continue
            seen.add(secret.name)
            ref = environment.secrets.get(secret.name)
            if ref is None:
                yield undefined(secret.name, environment, declaration.source)
            elif not ref.server_file:
                name = f"{system}/{secret.name}"
                reference = {"env": ref.env} if ref.env else {"file": ref.file}
                body = yaml_bytes(reference, header=False)
                yield Artifact("secret", name, f"{system}/secrets/{secret.name}", body, declaration.source)


def _misplaced(value: Any, declaration: Any, key: str = "") -> Iterator[Problem]:
    """Yield each secret in a free mapping under a key that is not read as the name of a file."""
    if isinstance(value, Secret):
        if key and not key.endswith("_file") and key not in _FILES:
            name = f" {declaration.name!r}" if getattr(declaration, "name", "") else ""
            message = (
                f"`{key}` of {type(declaration).__name__}{name} is a secret, whose file would be taken for its value"
            )
            form = _FILES_OF.get(key, f"{key}_file")
            yield Problem(message, declaration.source, f"use the key's form for files: `{form}`")
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _misplaced(item, declaration, str(name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _misplaced(item, declaration, key)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _misplaced(getattr(value, field.name), declaration)


_FILES_OF = {"secrets": "files"}
_FILES = frozenset(_FILES_OF.values())
"""Lists of files, in the headers of a request."""


def _used(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _used(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _used(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _used(getattr(value, field.name))
