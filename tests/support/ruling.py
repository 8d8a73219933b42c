"""Pushing rules and an Alertmanager's configuration to a ruler, as the command does, and looking at what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import yaml

from dojoboards.artifact import Artifact
from dojoboards.compile import rendered
from dojoboards.errors import DojoboardsError, Problem
from dojoboards.model import (
    Alert,
    Alertmanager,
    Api,
    Environment,
    NotificationTemplate,
    Project,
    Prometheus,
    Receiver,
    RecordingRule,
    Route,
    RuleGroup,
    Secret,
    SecretRef,
    TargetSettings,
    Webhook,
)
from dojoboards.plan import Change, applicable, plan
from dojoboards.targets import Target
from dojoboards.targets.ruler import ruler_target
from support.asking import PLAIN
from support.ruler import PREFIXES, Ruler

TENANT = "shop"
HOOK = "http://hook.example/example-hook-token"
RULES = "prometheus"
NOTIFICATION = "alertmanager"
_ALERTMANAGER = "/api/v1/alerts"


@dataclass(frozen=True)
class Site:
    """A tenant of a ruler that tests push to, real or a stand-in.

    Args:
        api: How to push there.
        person: Asks the API as a person would; its base is the address.
        project: What the project is called that is pushed, and with it the namespaces.
        root: The project's directory.
    """

    api: Api
    person: httpx.Client
    project: str
    root: Path

    @property
    def system(self) -> str:
        """The system whose rules it takes."""
        return "loki" if self.api.flavour == "loki" else RULES

    def path(self, *parts: str) -> str:
        """Return the path of the rules, or of a module's groups, or of one of them."""
        first, *rest = parts or ("",)
        names = [f"dojoboards.{self.project}.{first}", *rest] if first else []
        return "/".join([PREFIXES[self.api.flavour], *(quote(name, safe="") for name in names)])

    def rules(self) -> dict[str, list[dict[str, Any]]]:
        """Return the groups of the project by module."""
        answer = self.person.get(self.path())
        found = yaml.safe_load(answer.text) if answer.status_code == 200 else {}
        prefix = f"dojoboards.{self.project}."
        return {name.removeprefix(prefix): groups for name, groups in found.items() if name.startswith(prefix)}

    def group(self, module: str, name: str) -> dict[str, Any]:
        """Return one group."""
        (found,) = [group for group in self.rules()[module] if group["name"] == name]
        return found

    def put(self, module: str, group: Mapping[str, Any]) -> None:
        """Store a group, as a person does."""
        answer = self.person.post(self.path(module), content=yaml.safe_dump(group, sort_keys=False))
        assert answer.status_code == 202, answer.text

    def edit(self, module: str, name: str, change: Callable[[dict[str, Any]], object]) -> None:
        """Change a group, as a person does."""
        group = self.group(module, name)
        change(group)
        self.put(module, group)

    def document(self) -> dict[str, Any] | None:
        """Return the Alertmanager configuration with its templates."""
        answer = self.person.get(_ALERTMANAGER)
        found: dict[str, Any] | None = yaml.safe_load(answer.text) if answer.status_code == 200 else None
        return found

    def put_document(self, config: str, templates: Mapping[str, str] | None = None) -> None:
        """Store an Alertmanager configuration, as a person does."""
        content = yaml.safe_dump({"alertmanager_config": config, "template_files": dict(templates or {})})
        answer = self.person.post(_ALERTMANAGER, content=content)
        assert answer.status_code == 201, answer.text

    def target(self, project: Project, system: str = "", change: Callable[[bytes], bytes] = bytes) -> Target:
        """Return the target of a project.

        Args:
            project: What is pushed; to a Loki, its groups are over logs.
            system: `prometheus`, `loki` or `alertmanager`; by default that of the flavour.
            change: Changes what was built, as no content could.
        """
        system = system or self.system
        settings = TargetSettings(system=system, api=self.api)
        whole = replace(project, environment=replace(project.environment, targets={system: settings}))
        if system == "loki":
            whole = replace(whole, groups=(), log_groups=project.groups)
        items = [item for name in ("rules", "log_rules", "alertmanager", "secrets") for item in rendered(name, whole)]
        assert [str(item) for item in items if isinstance(item, Problem)] == []
        built = [replace(item, body=change(item.body)) for item in items if isinstance(item, Artifact)]
        return ruler_target(whole, settings, built, self.root)

    def plan(self, project: Project, system: str = "", **decided: bool) -> list[Change]:
        """Return what a push would do."""
        target = self.target(project, system)
        try:
            return list(plan(target.wanted(), target.read(), **decided))
        finally:
            target.close()

    def push(self, project: Project, system: str = "", **how: Any) -> list[str]:
        """Push a project as the command does, and return what was applied, as `action path`.

        Raises:
            DojoboardsError: something stopped it.
        """
        with self.pushing(project, system, **how) as (_, applied):
            return [f"{change.action} {change.path}".replace(self.project, "shop") for change in applied]

    @contextmanager
    def pushing(
        self,
        project: Project,
        system: str = "",
        *,
        prune: bool = False,
        timeout: float = 30,
        change: Callable[[bytes], bytes] = bytes,
        meanwhile: Callable[[], object] = lambda: None,
        **decided: bool,
    ) -> Iterator[tuple[Target, Sequence[Change]]]:
        """Push, and give the target and what was applied.

        Args:
            project: What is pushed.
            system: See `target`.
            prune: Whether what is no longer built is deleted.
            timeout: How long to wait for what is run.
            change: See `target`.
            meanwhile: Happens between plan and push.
            decided: Decisions for the plan.
        """
        target = self.target(project, system, change)
        try:
            changes = plan(target.wanted(), target.read(), **decided)
            if stopped := [change for change in changes if change.stops]:
                raise DojoboardsError([Problem(f"{change.action} {change.path}") for change in stopped])
            applied = applicable(changes, prune=prune)
            meanwhile()
            try:
                target.apply(applied)
                if problems := target.verify(timeout):
                    raise DojoboardsError(problems)
            except DojoboardsError:
                target.undo()
                raise
            target.commit(changes)
            yield target, applied
        finally:
            target.close()


def stand_in_site(server: Ruler, root: Path, stack: ExitStack, **api: Any) -> Site:
    """Return a stand-in as a site; *stack* closes what a person asks with, *api* are settings of the target."""
    headers = {"X-Scope-OrgID": TENANT}
    person = stack.enter_context(httpx.Client(base_url=server.url, headers=headers, trust_env=False, verify=PLAIN))
    settings = {"flavour": server.kind, "tenant": TENANT, "retries": 1, "timeout": 10, **api}
    return Site(Api(url=server.url, **settings), person, "shop", root)


def shop(site: Site, *, few: str = "5m", groups: int = 2, **declared: Any) -> Project:
    """Return a project with rules in two modules, routes, a template and a secret.

    Args:
        site: Where it is pushed.
        few: How long too little must be there.
        groups: How many groups the module `service` has.
        declared: What else it declares; replaces what stands there.
    """
    site.root.joinpath("hook").write_text(HOOK)
    count = 'sum by (job) (count_over_time({job="shop"}[5m]))'
    alert = Alert(
        name="FewSeen",
        expr=f"{count} < 10",
        for_=few,
        severity="critical",
        summary="Little is seen",
        description="{{ $value }} of {{ $labels.job }}",
    )
    recorded = RecordingRule(record="job:seen:count5m", expr=count)
    service = [
        RuleGroup(name=f"service{number or ''}", interval="90s", rules=[recorded, alert], module="service")
        for number in range(groups)
    ]
    whole: dict[str, Any] = {
        "groups": [*service, RuleGroup(name="backup", rules=[alert], module="backup")],
        "alertmanager": Alertmanager(receiver="nobody"),
        "receivers": [Receiver(name="nobody"), Receiver(name="hook", webhook=[Webhook(url=Secret("hook"))])],
        "routes": [Route(receiver="hook", matchers=['severity="critical"'])],
        "templates": [NotificationTemplate(name="shop", text='{{ define "shop.title" }}{{ .Status }}{{ end }}')],
        "prometheus": Prometheus(
            scrape_interval="15s", scrape_timeout="10s", evaluation_interval="15s", external_labels={"place": "here"}
        ),
    }
    environment = Environment(name="prod", secrets={"hook": SecretRef(file="hook")})
    return Project(name=site.project, environment=environment, **{**whole, **declared})


def problems(error: DojoboardsError) -> Sequence[str]:
    """Return the messages of what went wrong."""
    return [problem.message for problem in error.problems]
