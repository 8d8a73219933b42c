"""The rules of a tenant: rule groups in namespaces of ours, each group stored as a whole."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from dojoboards.artifact import Artifact, parse
from dojoboards.emit import yaml_text
from dojoboards.errors import DojoboardsError, Problem, Source
from dojoboards.model import Api, Project, TargetSettings
from dojoboards.plan import Change, Key, Live
from dojoboards.targets import preflight
from dojoboards.targets.localise import localised
from dojoboards.targets.requests import part
from dojoboards.targets.ruler import groups, health
from dojoboards.targets.ruler.connection import Connection, Refusal

PREFIXES = {"mimir": "/prometheus/config/v1/rules", "cortex": "/api/v1/rules", "loki": "/loki/api/v1/rules"}
_NONE = "no rule groups"
_GRACE = 15.0
_PAUSE = 0.2

Held = Mapping[tuple[str, str], Mapping[str, Any]]
"""Groups as the server has them, by namespace and name."""


@dataclass(frozen=True, slots=True)
class _Group:
    """A group of ours.

    Args:
        module: The content module that declares it.
        content: The group, without its mark.
        body: The same, to be compared.
    """

    module: str
    content: Mapping[str, Any]
    body: bytes


class RulesTarget:
    """The rule groups of one tenant; `targets.Target` says what its members do."""

    def __init__(self, project: Project, settings: TargetSettings, artifacts: Sequence[Artifact], root: Path) -> None:
        api = settings.api or Api(url="")
        self.system = settings.system
        self._promql = api.flavour != "loki"
        self._kind = "rules" if self._promql else "log-rules"
        self.undoes = True
        self.verifies = True
        self.keep_going = False
        self.kinds = frozenset({self._kind})
        self._connection = Connection(api, "ruler", root)
        self.name = self.place = self._connection.name
        self._prefix = PREFIXES[api.flavour]
        self._project = project
        self._artifacts = [artifact for artifact in artifacts if artifact.system == self.system]
        self._groups: dict[str, _Group] = {}
        self._wanted: Sequence[Artifact] | None = None
        self._held: Held = {}
        self._given_back: Held | None = None
        self._written: list[Change] = []
        self._takes_over: list[str] = []

    def wanted(self) -> Sequence[Artifact]:
        """Return one artifact for each group."""
        if self._wanted is None:
            self._groups = {f"{group.module}/{group.content['name']}": group for group in self._declared()}
            self._wanted = [
                Artifact(self._kind, key, self._path(key), group.body, self._source(group))
                for key, group in self._groups.items()
            ]
        return self._wanted

    def _declared(self) -> Iterator[_Group]:
        server = self._project.prometheus
        labels = server.external_labels if server and self._promql else {}
        for artifact in self._artifacts:
            if artifact.kind in self.kinds:
                for group in parse(artifact)["groups"]:
                    whole = groups.with_labels(group, labels)
                    yield _Group(artifact.key, whole, groups.body(whole))

    def _path(self, key: str) -> str:
        return "/".join(self._place(key))

    def _source(self, group: _Group) -> Source | None:
        name = group.content["name"]
        whole = self._project.groups if self._promql else self._project.log_groups
        return next((one.source for one in whole if (one.module, one.name) == (group.module, name)), None)

    def read(self) -> Mapping[Key, Live]:
        """Return the groups in our namespaces that have our mark, and those that stand where one is wanted."""
        wanted = {artifact.key: artifact.body for artifact in self.wanted()}
        self._held = self._ask()
        self._takes_over = []
        live: dict[Key, Live] = {}
        for (namespace, name), group in self._held.items():
            module = groups.module_of(self._project.name, namespace)
            key = f"{module}/{name}"
            ours = self._is_ours(namespace, group)
            if module and (ours or key in wanted):
                content, mark = groups.unmarked(group)
                body = groups.body(content)
                base = self._base(mark.digest, body, wanted.get(key)) if mark and ours else None
                if ours and base != body == wanted.get(key):
                    self._takes_over.append(key)
                live[self._kind, key] = Live(path=self._path(key), body=body, base=base, ours=ours)
        return live

    @property
    def _whose(self) -> tuple[str, str]:
        return self._project.name, self._project.environment.name

    def _is_ours(self, namespace: str, group: Mapping[str, Any]) -> bool:
        """Return whether a group stands in one of our namespaces and has our mark."""
        mark = groups.unmarked(group)[1]
        in_place = bool(groups.module_of(self._project.name, namespace))
        return in_place and mark is not None and (mark.project, mark.environment) == self._whose

    def _base(self, digest: str, *known: bytes | None) -> bytes | None:
        """Return what was last pushed, of which the mark has only the digest, where it is one of *known*."""
        return next((body for body in known if body is not None and groups.digest(body) == digest), None)

    def _ask(self) -> Held:
        """Return every group of the tenant.

        Raises:
            DojoboardsError: the server does not tell.
        """
        try:
            answer = self._connection.get(self._prefix, missing=_NONE)
        except Refusal as refusal:
            raise DojoboardsError([self._connection.problem("let us read the rules", refusal)]) from None
        if answer is None:
            return {}
        try:
            found = {
                (namespace, group["name"]): group for namespace, several in answer.items() for group in several or ()
            }
            if not all(isinstance(rule, dict) for group in found.values() for rule in group["rules"]):
                raise TypeError
            for group in found.values():
                groups.body(group)
        except (AttributeError, LookupError, TypeError, ValueError):
            raise self._connection.unusable("answers something else than rule groups by namespace") from None
        return found

    def preflight(self, changes: Sequence[Change]) -> list[Problem]:  # noqa: ARG002  # the protocol's
        """Return what promtool finds in the rules."""
        files = {artifact.path: artifact for artifact in localised(self._artifacts, "/")}
        return preflight.check(self.system, files, self._project)

    def apply(self, changes: Sequence[Change]) -> None:
        """Write the changes group by group."""
        if not changes:
            return
        self._unchanged(changes)
        for change in changes:
            place = self._place(change.key)
            self._written.append(change)
            try:
                if change.after is None:
                    self._delete(place)
                else:
                    self._post(place[0], self._marked(change.key))
            except Refusal as refusal:
                if refusal.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    self._written.pop()
                verb = "delete" if change.after is None else "take"
                problem = self._connection.problem(f"{verb} {change.path}", refusal, change.source)
                raise DojoboardsError([problem]) from None

    def _unchanged(self, changes: Sequence[Change]) -> None:
        """Refuse to write over what someone has changed since the plan."""
        now = self._ask()
        places = {change: self._place(change.key) for change in changes}
        changed = [change for change, place in places.items() if now.get(place) != self._held.get(place)]
        if changed:
            remedy = "push again: the plan shows what it is now"
            raise DojoboardsError(
                Problem(f"someone changed {change.path} in {self.name} since the plan", change.source, remedy)
                for change in changed
            )

    def _place(self, key: str) -> tuple[str, str]:
        module, _, name = key.partition("/")
        return groups.namespace(self._project.name, module), name

    def _marked(self, key: str) -> Mapping[str, Any]:
        group = self._groups[key]
        return groups.marked(group.content, group.module, groups.Mark(*self._whose, groups.digest(group.body)))

    def _post(self, namespace: str, group: Mapping[str, Any]) -> None:
        body = yaml_text(group).encode()
        self._connection.post(f"{self._prefix}/{part(namespace)}", body, HTTPStatus.ACCEPTED)

    def _delete(self, place: tuple[str, str]) -> None:
        path = "/".join((self._prefix, *map(part, place)))
        self._connection.delete(path, HTTPStatus.ACCEPTED)

    def reload(self) -> list[Problem]:
        """Do nothing: a ruler looks by itself."""
        return []

    def verify(self, timeout: float | None) -> list[Problem]:
        """Return what is not stored as it was written, and the rules that are not run."""
        try:
            problems = self._misread() if self._written else []
        except DojoboardsError as error:
            return list(error.problems)
        if problems:
            return problems
        held = {place: group for place, group in self._held.items() if self._is_ours(place[0], group)}
        for change in self._written:
            held.pop(self._place(change.key), None)
            if change.after is not None:
                held[self._place(change.key)] = self._marked(change.key)
        found = health.unhealthy(self._connection, self._project, held, timeout, promql=self._promql)
        self.verifies = found is not None
        return found or []

    def _misread(self) -> list[Problem]:
        """Return the groups that the server gives back differently, after a while in which it may look into a cache."""
        deadline = time.monotonic() + _GRACE
        while True:
            now = self._ask()
            self._given_back = now if self._given_back is None else self._given_back
            wrong = [problem for change in self._written if (problem := self._kept(change, now))]
            if not wrong or time.monotonic() > deadline:
                return wrong
            time.sleep(_PAUSE)

    def _kept(self, change: Change, now: Held) -> Problem | None:
        """Return the problem that a group is not there as it was written, if so."""
        found = now.get(self._place(change.key))
        body = groups.body(groups.unmarked(found)[0]) if found is not None else None
        if body == change.after:
            return None
        if body is None or change.after is None:
            what = "does not give back" if body is None else "still gives back"
            return Problem(f"{self.name} {what} {change.path}", change.source, "is it one server that answers there?")
        what = groups.first_difference(change.after, body)
        message = f"{self.name} gives back {change.path} differently: {what}"
        return Problem(message, change.source, "does this version know that setting?")

    def commit(self, changes: Sequence[Change]) -> None:
        """Mark anew what the content gives by now as somebody else wrote it, so that it no longer counts as drift.

        What has changed since the plan stays as it is: the next push tells.
        """
        self._written.clear()
        self._given_back = None
        covered = {change.key for change in changes}
        keys = [key for key in self._takes_over if key in covered]
        self._takes_over = []
        now = self._ask() if keys else {}
        for key in keys:
            if now.get(self._place(key)) != self._held.get(self._place(key)):
                continue
            try:
                self._post(self._place(key)[0], self._marked(key))
            except Refusal as refusal:
                raise DojoboardsError([self._connection.problem(f"take {self._path(key)}", refusal)]) from None

    def undo(self) -> list[Problem]:
        """Put back every group as it was, unless somebody has changed it since we wrote it.

        Raises:
            DojoboardsError: the server does not take it back, or somebody has changed it.
        """
        problems: list[Problem] = []
        now = self._ask() if self._written else {}
        while self._written:
            change = self._written.pop()
            namespace, name = place = self._place(change.key)
            if not self._is_as_we_left_it(change, now):
                message = f"someone changed {change.path} in {self.name} after it was pushed, so it stays as it is"
                problems.append(Problem(message, change.source, "push again: the plan shows what it is now"))
                continue
            try:
                if place in self._held:
                    self._post(namespace, self._held[place])
                else:
                    self._delete(place)
            except Refusal as refusal:
                problems.append(self._connection.problem(f"take back {namespace}/{name} as it was", refusal))
        if problems:
            raise DojoboardsError(problems)
        return []

    def _is_as_we_left_it(self, change: Change, now: Held) -> bool:
        """Return whether a group is as we wrote it, as the server first gave that back, or still as it was before."""
        place = self._place(change.key)
        group = now.get(place)
        body = groups.body(groups.unmarked(group)[0]) if group is not None else None
        given_back = self._given_back if self._given_back is not None else self._held
        return body == change.after or group in (self._held.get(place), given_back.get(place))

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()
