"""The Alertmanager configuration of a tenant: one document with the configuration and its template files."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from dojoboards.artifact import Artifact, parse
from dojoboards.emit import yaml_text
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.model import Api, Project, SecretRef, TargetSettings
from dojoboards.plan import Change, Key, Live
from dojoboards.targets import preflight
from dojoboards.targets.localise import localised
from dojoboards.targets.ruler import notification
from dojoboards.targets.ruler.connection import Connection, Refusal
from dojoboards.targets.ruler.notification import CONFIG, Document
from dojoboards.targets.secrets import resolve

PATH = "/api/v1/alerts"
_NONE = "storage object not found"
_GRACE = 15.0
_PAUSE = 0.2
_LEFT = 3
"""How an undo may find the document: as it was, as we wrote it, and as the server first gave that back."""
_CONFIG, _TEMPLATE = "alertmanager-config", "notification-template"


class AlertmanagerTarget:
    """The Alertmanager configuration of one tenant; `targets.Target` says what its members do."""

    def __init__(self, project: Project, settings: TargetSettings, artifacts: Sequence[Artifact], root: Path) -> None:
        self.system = settings.system
        self.undoes = True
        self.verifies = True
        self.keep_going = False
        self.kinds = frozenset({_CONFIG, _TEMPLATE})
        self._connection = Connection(settings.api or Api(url=""), "Alertmanager", root)
        self.name = self.place = self._connection.name
        self._project = project
        self._root = root
        self._artifacts = [artifact for artifact in artifacts if artifact.system == self.system]
        # The configuration is first: it says what the secrets are that are in nothing of what is compared.
        built = [artifact for artifact in self._artifacts if artifact.kind in self.kinds]
        self._built = sorted(built, key=lambda artifact: artifact.kind != _CONFIG)
        self._mark = notification.mark_file(project.name)
        self._wanted: Sequence[Artifact] | None = None
        self._veil = notification.Veil()
        self._parts: dict[str, str] = {}
        self._held: Document | None = None
        self._left: list[Document] = []
        self._written: frozenset[str] = frozenset()
        self._applied = False

    def wanted(self) -> Sequence[Artifact]:
        """Return the configuration and the template files, without the values of secrets."""
        if self._wanted is None:
            problems: list[Problem] = []
            found = [self._part(artifact, problems) for artifact in self._built]
            if problems:
                raise DojoboardsError(problems)
            self._wanted = found
        return self._wanted

    def _part(self, artifact: Artifact, problems: list[Problem]) -> Artifact:
        if artifact.kind != _CONFIG:
            name = artifact.path.rpartition("/")[2]
            if name == self._mark:
                message = f"the template file {name} is called as the mark of this project is"
                problems.append(Problem(message, artifact.source, "give it another name", Exit.UNREADABLE))
            self._parts[name] = artifact.body.decode()
            return replace(artifact, path=name, body=self._veil.text(self._parts[name]))
        config = notification.with_plain_templates(parse(artifact))
        for key, file in notification.server_files(config):
            message = f"`{key}` names {file}, a file on the server, which {self.name} refuses"
            remedy = "say where the value is found here: `{env: NAME}` or `{file: PATH}` under `secrets:`"
            problems.append(Problem(message, artifact.source, remedy, Exit.UNREADABLE))
        values = self._values(config, artifact, problems)
        if problems:
            return artifact
        self._connection.hide(values.values())
        self._veil = notification.veil(config, values)
        self._parts[CONFIG] = notification.written(notification.inlined(config, values))
        return replace(artifact, path=CONFIG, body=self._veil.config(self._parts[CONFIG]))

    def _values(self, config: Any, artifact: Artifact, problems: list[Problem]) -> dict[str, str]:
        values = {}
        for name in dict.fromkeys(notification.secret_names(config)):
            what = f"the secret {name!r} of environment {self._project.environment.name!r}"
            try:
                reference = self._project.environment.secrets.get(name, SecretRef())
                values[name] = resolve(reference, what, self._root)
            except DojoboardsError as error:
                problems.extend(replace(problem, source=artifact.source) for problem in error.problems)
        return values

    def read(self) -> Mapping[Key, Live]:
        """Return the parts of the document that are ours, and those that stand where one is wanted."""
        wanted = {artifact.path: artifact for artifact in self.wanted()}
        self._held = self._ask()
        pushed = self._digests(self._held)
        live: dict[Key, Live] = {}
        for name, text in _parts(self._held).items():
            if name in wanted or name in pushed:
                known = wanted.get(name)
                base = self._base(name, pushed[name], text) if name in pushed else None
                key = known.key if known else "alertmanager" if name == CONFIG else name.removesuffix(".tmpl")
                kind = _CONFIG if name == CONFIG else _TEMPLATE
                live[kind, key] = Live(path=name, body=self._veiled(name, text), base=base, ours=name in pushed)
        return live

    def _veiled(self, name: str, text: str) -> bytes:
        return self._veil.config(text) if name == CONFIG else self._veil.text(text)

    def _base(self, name: str, digest: str, live: str) -> bytes | None:
        """Return what was last pushed, of which the mark has only the digest, where it is known."""
        known = [live, *([self._parts[name]] if name in self._parts else [])]
        return next((self._veiled(name, text) for text in known if _digest(name, text) == digest), None)

    def _digests(self, document: Document) -> Mapping[str, str]:
        whose = self._project.name, self._project.environment.name
        return notification.digests(document.templates.get(self._mark, ""), *whose)

    def _marked(self, document: Document) -> dict[str, str]:
        """Return the digests of a document's mark, anew for what is now as it is wanted."""
        wanted, parts = {artifact.path: artifact.body for artifact in self.wanted()}, _parts(document)
        return {
            name: _digest(name, parts[name])
            if name in parts and self._veiled(name, parts[name]) == wanted.get(name)
            else digest
            for name, digest in self._digests(document).items()
        }

    def _ask(self) -> Document:
        """Return what the tenant has.

        Raises:
            DojoboardsError: the server does not tell.
        """
        try:
            answer = self._connection.get(PATH, missing=_NONE)
        except Refusal as refusal:
            problem = self._connection.problem("let us read the Alertmanager configuration", refusal)
            raise DojoboardsError([problem]) from None
        if answer is None:
            return Document()
        if not isinstance(answer, dict) or not isinstance(answer.get("alertmanager_config"), str):
            raise self._connection.unusable("answers something else than an Alertmanager configuration")
        templates = answer.get("template_files") or {}
        if not isinstance(templates, dict) or not all(isinstance(text, str) for text in templates.values()):
            raise self._connection.unusable("answers something else than template files by name")
        return Document(answer["alertmanager_config"], {str(name): text for name, text in templates.items()})

    def preflight(self, changes: Sequence[Change]) -> list[Problem]:  # noqa: ARG002  # the protocol's
        """Return what amtool finds in the configuration, as it would stand in files."""
        files = {artifact.path: artifact for artifact in localised(self._artifacts, "/")}
        return preflight.check(self.system, files, self._project)

    def apply(self, changes: Sequence[Change]) -> None:
        """Write the whole document, with the changes and with what is not ours."""
        if not changes:
            return
        before = self._ask()
        if before != self._held:
            message = f"someone changed the configuration in {self.name} since the plan"
            raise DojoboardsError([Problem(message, None, "push again: the plan shows what it is now")])
        self._applied = True
        self._written = frozenset(change.path for change in changes if change.after is not None)
        after = self._with(before, changes)
        self._left = [before, after]
        try:
            self._store(after)
        except Refusal as refusal:
            self._applied = refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            source = next((change.source for change in changes if change.path == CONFIG), changes[0].source)
            problem = self._connection.problem("take the Alertmanager configuration", refusal, source)
            raise DojoboardsError([problem]) from None

    def _with(self, document: Document, changes: Sequence[Change]) -> Document:
        """Return *document* after *changes*, marked as ours."""
        parts, digests = dict(_parts(document)), self._marked(document)
        for change in changes:
            if change.after is None:
                parts.pop(change.path, None)
                digests.pop(change.path, None)
            else:
                parts[change.path] = self._parts[change.path]
                digests[change.path] = _digest(change.path, parts[change.path])
        config = parts.pop(CONFIG, "")
        if not config:  # there is no document without one
            return Document()
        whose = self._project.name, self._project.environment.name
        parts.pop(self._mark, None)
        return Document(config, {**parts, **({self._mark: notification.mark(*whose, digests)} if digests else {})})

    def _store(self, document: Document) -> None:
        if not document.config:
            self._connection.delete(PATH, HTTPStatus.OK)
            return
        whole = {"template_files": dict(document.templates), "alertmanager_config": document.config}
        self._connection.post(PATH, yaml_text(whole).encode(), HTTPStatus.CREATED)

    def reload(self) -> list[Problem]:
        """Do nothing: the server looks by itself."""
        return []

    def verify(self, timeout: float | None) -> list[Problem]:  # noqa: ARG002  # storing it takes as long as it takes
        """Return what is not stored as it was written."""
        if not self._applied:
            return []
        deadline = time.monotonic() + _GRACE
        try:
            while wrong := self._misread(now := self._ask()):
                self._left = [*self._left, now][:_LEFT]
                if time.monotonic() > deadline:
                    return wrong
                time.sleep(_PAUSE)
        except DojoboardsError as error:
            return list(error.problems)
        return []

    def _misread(self, now: Document) -> list[Problem]:
        parts = _parts(now)
        remedy = "is it one server that answers there?"
        return [
            Problem(f"{self.name} does not give back {name} as it was written", None, remedy)
            for name in sorted(self._written)
            if name not in parts or _digest(name, parts[name]) != _digest(name, self._parts[name])
        ]

    def commit(self, changes: Sequence[Change]) -> None:
        """Mark anew what the content gives by now as somebody else wrote it, so that it no longer counts as drift.

        What has changed since the plan stays as it is: the next push tells.
        """
        held, applied = self._held, self._applied
        self._applied, self._held = False, None
        if applied or not changes or held is None or self._digests(held) == self._marked(held):
            return
        if self._ask() != held:
            return
        try:
            self._store(self._with(held, ()))
        except Refusal as refusal:
            problem = self._connection.problem("take the mark of this push", refusal)
            raise DojoboardsError([problem]) from None

    def undo(self) -> list[Problem]:
        """Put back the document as it was, unless somebody has changed it since we wrote it.

        Raises:
            DojoboardsError: the server does not take it back, or somebody has changed it.
        """
        if self._applied and self._held is not None:
            self._applied = False
            now = _fingerprint(self._ask())
            if all(now != _fingerprint(left) for left in self._left):
                message = f"someone changed the configuration in {self.name} after it was pushed, so it stays as it is"
                raise DojoboardsError([Problem(message, None, "push again: the plan shows what it is now")])
            try:
                self._store(self._held)
            except Refusal as refusal:
                problem = self._connection.problem("take back the Alertmanager configuration as it was", refusal)
                raise DojoboardsError([problem]) from None
        return []

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()


def _parts(document: Document) -> Mapping[str, str]:
    """Return the parts of a document by name; a template file called as the configuration is, is none of ours."""
    config = {CONFIG: document.config} if document.config else {}
    return {**document.templates, **config}


def _fingerprint(document: Document) -> Mapping[str, str]:
    return {name: _digest(name, text) for name, text in _parts(document).items()}


def _digest(name: str, text: str) -> str:
    return notification.config_digest(text) if name == CONFIG else notification.digest(text)
