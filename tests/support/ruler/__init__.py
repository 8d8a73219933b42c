"""Stand-in rulers on loopback, in memory: Mimir, Cortex and Loki, each under its prefix.

    with ruler("mimir", max_groups=10) as server:
        push(server.rules_url, tenant="shop")

        assert list(server.rules("shop")) == ["dojoboards.shop.service"]

Read in the sources, as of the versions at hand:

- A group is posted to its namespace and accepted with 202; what was posted is stored at once, and run a little later.
- Namespaces and groups are parts of the path, and may be quoted.
- Where there is no group at all, Mimir lists `{}`; Cortex and Loki answer 404.
- The limit of groups counts those there are plus one, so that at the limit an existing group cannot be replaced either.
- A namespace ends with its last group.
- Mimir answers 403 for namespaces that its administrator protects.
- Without a tenant it is 401, unless there is only one tenant.
- Mimir and Cortex have an Alertmanager for each tenant: 201 when its configuration is stored, 404 when there is none,
  200 when it is deleted, whether or not there was one.

`GET /prometheus/api/v1/rules` gives what is run; the expression of a rule comes back as it was written, where the real
servers write it anew.
`groups` and `notification` say what is checked.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any
from urllib.parse import unquote

import orjson
import yaml

from support.answers import Reply, Request
from support.ruler import groups, notification
from support.serving import StandIn, running

__all__ = ["PREFIXES", "Ruler", "Tenant", "ruler"]

PREFIXES = {"mimir": "/prometheus/config/v1/rules", "cortex": "/api/v1/rules", "loki": "/loki/api/v1/rules"}
_RUN = "/prometheus/api/v1/rules"
_ALERTMANAGER = "/api/v1/alerts"
_BUILD = {"mimir": "/api/v1/status/buildinfo", "loki": "/loki/api/v1/status/buildinfo"}
_ABOUT = {
    "mimir": {"application": "Grafana Mimir", "version": "2.17.1", "features": {"ruler_config_api": "true"}},
    "loki": {"version": "3.5.7", "revision": "", "branch": "", "goVersion": ""},
}

Namespaces = dict[str, dict[str, dict[str, Any]]]


@dataclass
class Tenant:
    """What a ruler holds for one tenant: groups by namespace and name.

    Args:
        stored: What was posted.
        run: What is evaluated.
        config: The Alertmanager configuration; None: there is none.
        templates: Its templates by name.
    """

    stored: Namespaces = field(default_factory=dict)
    run: Namespaces = field(default_factory=dict)
    config: str | None = None
    templates: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """What an administrator sets in the server's configuration.

    Args:
        tenants: Whether there are several tenants, so that requests must name one.
        authorization: What a gateway in front wants to see in `Authorization`; None: there is none.
        max_groups: How many groups a tenant may have; 0: any number.
        max_rules: How many rules a group may have; 0: any number.
        protected: Namespaces that may not be changed (Mimir only).
        max_config_bytes: How big an Alertmanager configuration may be; 0: any size.
        prompt: Whether what is stored is run at once, and not only after `Ruler.evaluate`.
    """

    tenants: bool = True
    authorization: str | None = None
    max_groups: int = 0
    max_rules: int = 0
    protected: frozenset[str] = frozenset()
    max_config_bytes: int = 0
    prompt: bool = True


class _Refused(Exception):  # noqa: N818  # it is no mistake
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.reply = Reply(status, f"{message}\n".encode(), {"Content-Type": "text/plain; charset=utf-8"})


class Ruler(StandIn):
    """A running stand-in ruler.

    Attributes:
        kind: `mimir`, `cortex` or `loki`.
        tenants: What it holds for each tenant.
        failing: The error of each rule that cannot be evaluated, by the rule's name.
    """

    def __init__(self, kind: str, settings: Settings, base_path: str = "") -> None:
        super().__init__(self._answer)
        self.kind = kind
        self.settings = settings
        self.base_path = base_path
        self.tenants: dict[str, Tenant] = {}
        self.failing: dict[str, str] = {}

    @property
    def rules_url(self) -> str:
        """The address of its rules."""
        return f"{self.url}{PREFIXES[self.kind]}"

    @property
    def alertmanager_url(self) -> str:
        """The address of the tenants' Alertmanager configuration."""
        return f"{self.url}{_ALERTMANAGER}"

    def rules(self, tenant: str) -> Namespaces:
        """Return the groups that are stored for a tenant, by namespace and name."""
        return self.tenants[tenant].stored if tenant in self.tenants else {}

    def evaluate(self) -> None:
        """Run what is stored."""
        with self.lock:
            for tenant in self.tenants.values():
                tenant.run = copy.deepcopy(tenant.stored)

    def _answer(self, request: Request) -> Reply:
        path = request.path.partition("?")[0]
        try:
            if not f"{path}/".startswith(f"{self.base_path}/"):
                raise _Refused(404, "404 page not found")
            return self._below(request, path.removeprefix(self.base_path).rstrip("/"))
        except _Refused as refused:
            return refused.reply

    def _below(self, request: Request, path: str) -> Reply:
        if path == "/ready":
            return Reply(200, b"ready\n")
        expected = self.settings.authorization
        if expected is not None and request.headers.get("authorization") != expected:
            raise _Refused(401, "Unauthorized")
        if path == _BUILD.get(self.kind):
            about = _ABOUT[self.kind]
            return _json({"status": "success", "data": about} if self.kind == "mimir" else about)
        name = request.headers.get("x-scope-orgid", "") if self.settings.tenants else "anonymous"
        if not name:
            raise _Refused(401, "no org id")
        tenant = self.tenants.setdefault(name, Tenant())
        if path == _RUN and request.method == "GET":
            return self._running(tenant, request)
        if path == _ALERTMANAGER and self.kind != "loki":
            return self._alertmanager(tenant, request)
        if f"{path}/".startswith(f"{PREFIXES[self.kind]}/"):
            return self._config(tenant, request, path.removeprefix(PREFIXES[self.kind]))
        raise _Refused(404, "404 page not found")

    def _config(self, tenant: Tenant, request: Request, rest: str) -> Reply:
        match request.method, [unquote(part) for part in rest.split("/")[1:]]:
            case "GET", []:
                return self._listed(tenant.stored)
            case "GET", [namespace]:
                return self._listed({name: found for name, found in tenant.stored.items() if name == namespace})
            case "GET", [namespace, group]:
                return _yaml(_group(tenant, namespace, group))
            case "POST", [namespace]:
                self._changeable(namespace)
                self._store(tenant, namespace, request.body)
            case "DELETE", [namespace]:
                self._changeable(namespace)
                if tenant.stored.pop(namespace, None) is None:
                    raise _Refused(404, "group namespace does not exist")
            case "DELETE", [namespace, group]:
                self._changeable(namespace)
                _group(tenant, namespace, group)
                del tenant.stored[namespace][group]
                tenant.stored = {name: found for name, found in tenant.stored.items() if found}
            case _:
                raise _Refused(405, "")
        if self.settings.prompt:
            tenant.run = copy.deepcopy(tenant.stored)
        rest_of_it = {} if self.kind == "mimir" else {"data": None, "errorType": "", "error": ""}
        return _json({"status": "success", **rest_of_it}, 202)

    def _changeable(self, namespace: str) -> None:
        if self.kind == "mimir" and namespace in self.settings.protected:
            raise _Refused(403, "namespace is protected, no modification allowed")

    def _listed(self, namespaces: Namespaces) -> Reply:
        if not namespaces and self.kind != "mimir":
            raise _Refused(404, "no rule groups found")
        return _yaml({name: list(found.values()) for name, found in sorted(namespaces.items())})

    def _store(self, tenant: Tenant, namespace: str, body: bytes) -> None:
        try:
            group = groups.decoded(body)
        except groups.Undecodable:
            raise _Refused(400, "unable to decoded rule group") from None
        if problems := list(groups.problems(group, promql=self.kind != "loki")):
            raise _Refused(400, ", ".join(problems))
        rules, there = len(group["rules"]), sum(map(len, tenant.stored.values())) + 1
        limits = self.settings
        if limits.max_rules and rules > limits.max_rules:
            limit = f"(limit: {limits.max_rules} actual: {rules})"
            raise _Refused(400, f"per-user rules per rule group limit {limit} exceeded")
        if limits.max_groups and there > limits.max_groups:
            raise _Refused(400, f"per-user rule groups limit (limit: {limits.max_groups} actual: {there}) exceeded")
        tenant.stored.setdefault(namespace, {})[group["name"]] = group

    def _running(self, tenant: Tenant, request: Request) -> Reply:
        wanted = {"type=alert": "alerting", "type=record": "recording"}.get(request.path.partition("?")[2])
        found = [
            {
                "name": name,
                "file": namespace,
                "rules": [rule for rule in map(self._rule, group["rules"]) if wanted in {None, rule["type"]}],
                "interval": groups.seconds(group.get("interval", "1m")),
                "lastEvaluation": "2026-01-01T00:00:00Z",
                "evaluationTime": 0.001,
            }
            for namespace, named in sorted(tenant.run.items())
            for name, group in sorted(named.items())
        ]
        return _json({"status": "success", "data": {"groups": [group for group in found if group["rules"]]}})

    def _rule(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        name = str(rule.get("alert") or rule.get("record"))
        error = self.failing.get(name, "")
        document = {
            "name": name,
            "query": rule["expr"],
            "labels": rule.get("labels", {}),
            "health": "err" if error else "ok",
            "lastError": error,
            "lastEvaluation": "2026-01-01T00:00:00Z",
            "evaluationTime": 0.001,
            "type": "alerting" if rule.get("alert") else "recording",
        }
        if not rule.get("alert"):
            return document
        lasting = {"duration": groups.seconds(rule.get("for", "")), "annotations": rule.get("annotations", {})}
        return {**document, **lasting, "state": "inactive", "alerts": []}

    def _alertmanager(self, tenant: Tenant, request: Request) -> Reply:
        if request.method == "GET":
            if tenant.config is None:
                raise _Refused(404, "alertmanager storage object not found")
            return _yaml({"template_files": tenant.templates, "alertmanager_config": tenant.config})
        if request.method == "DELETE":
            tenant.config, tenant.templates = None, {}
            return Reply(200)
        if request.method != "POST":
            raise _Refused(405, "")
        limit = self.settings.max_config_bytes
        if limit and len(request.body) > limit:
            raise _Refused(400, f"Alertmanager configuration is too big, limit: {limit} bytes")
        try:
            tenant.config, tenant.templates = notification.decoded(request.body)
        except ValueError as error:
            raise _Refused(400, str(error)) from error
        return Reply(201)


def _group(tenant: Tenant, namespace: str, group: str) -> dict[str, Any]:
    found = tenant.stored.get(namespace, {}).get(group)
    if found is None:
        raise _Refused(404, "group does not exist")
    return found


def _json(document: Any, status: int = 200) -> Reply:
    return Reply(status, orjson.dumps(document), {"Content-Type": "application/json"})


def _yaml(document: Any) -> Reply:
    text = yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
    return Reply(200, text.encode(), {"Content-Type": "application/yaml"})


@contextmanager
def ruler(
    kind: str = "mimir",
    *,
    host: str = "127.0.0.1",
    tls: SSLContext | None = None,
    base_path: str = "",
    latency_ms: float = 0,
    **settings: Any,
) -> Iterator[Ruler]:
    """Serve a stand-in ruler until the context ends.

    Args:
        kind: `mimir`, `cortex` or `loki`.
        host: `127.0.0.1` or `::1`.
        tls: Serve HTTPS with this.
        base_path: Serve below this path.
        latency_ms: How long each answer takes at least.
        settings: Those of `Settings`.
    """
    server = Ruler(kind, Settings(**settings), base_path)
    server.latency_ms = latency_ms
    with running(server, host=host, tls=tls, base_path=base_path):
        yield server
