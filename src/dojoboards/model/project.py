"""The environment, and the project as it is in one environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dojoboards import names
from dojoboards.errors import DojoboardsError, Exit, Problem, calling_source
from dojoboards.model.deploy import SecretRef, TargetSettings
from dojoboards.model.rules import RuleGroup, Threshold

if TYPE_CHECKING:
    from dojoboards.model.catalogue import Catalogue
    from dojoboards.model.grafana import Dashboard, DataSource, Folder, Saved, Team
    from dojoboards.model.notify import Alertmanager, InhibitRule, NotificationTemplate, Receiver, Route, TimeInterval
    from dojoboards.model.scrape import Prometheus, ScrapeJob


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret by name. `secrets` of the environment in `dojoboards.yaml` says where its value is found at push.

    One that the environment does not know is told by the build, with the place of the declaration that uses it.
    It stands for a file, and cannot be a part of a text.
    """

    name: str

    def __str__(self) -> str:
        """Refuse: no text holds a secret.

        Raises:
            DojoboardsError: always; the problem names the place that asked.
        """
        message = f"the secret {self.name!r} cannot be put into a text: its value is only known at push"
        remedy = "give the Secret itself where a field takes one, or under the key's `_file` form in `extra` and `raw`"
        raise DojoboardsError([Problem(message, calling_source(), remedy, Exit.UNREADABLE)])

    def __format__(self, _spec: str) -> str:
        """Refuse, as `str` does."""
        return str(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A tunable, as an environment has it.

    Args:
        value: A number, text, a truth value, or a list of these.
        unit: Grafana's id of its unit, where it has one.
        meaning: What it is for.
    """

    value: Any
    unit: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSourceRef:
    """What a data source's name means in an environment.

    Args:
        uid: Its uid in that Grafana.
        type: The plug-in.
        url: Where Grafana's server reaches it; may be empty where it is not ours to create.
    """

    uid: str
    type: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Where the content is to run: what content functions are given.

    Args:
        name: Such as `prod`.
        settings: Every tunable by name.
        data_sources: What the names of data sources mean here.
        secrets: Where each secret is found.
        grafana_url: Grafana's address for people, for links in alerts; empty for none.
        runbook_url: The address of a runbook, with `{alert}` where the alert's name stands; empty for none.
        severities: The severities that alerts may have, the gravest first.
        targets: Where the artifacts of each system (`prometheus`, `alertmanager`, `loki`, `grafana`) are pushed. Of
            several of one system, the first has its name, the others a number behind it: `prometheus 2`.
    """

    name: str
    settings: Mapping[str, Setting] = field(default_factory=dict)
    data_sources: Mapping[str, DataSourceRef] = field(default_factory=dict)
    secrets: Mapping[str, SecretRef] = field(default_factory=dict)
    grafana_url: str = ""
    runbook_url: str = ""
    severities: Sequence[str] = ("critical", "warning", "info")
    targets: Mapping[str, TargetSettings] = field(default_factory=dict)

    def setting(self, name: str) -> Any:
        """Return the value of a setting.

        Raises:
            DojoboardsError: `dojoboards.yaml` has no such setting; the problem names the place that asked.
        """
        return self._setting(name).value

    def threshold(self, name: str, color: str = "red") -> Threshold:
        """Return a setting that is a number as the threshold that alerts and dashboards share.

        Raises:
            DojoboardsError: there is no such setting, or it is not a number.
        """
        setting = self._setting(name)
        if isinstance(setting.value, bool) or not isinstance(setting.value, int | float):
            raise DojoboardsError(
                [
                    Problem(
                        f"setting {name!r} is {setting.value!r}, which is not a number, so it cannot be a threshold",
                        calling_source(),
                        f"give it a number in dojoboards.yaml, or read it with env.setting({name!r})",
                        Exit.UNREADABLE,
                    )
                ]
            )
        return Threshold(setting.value, unit=setting.unit, color=color, name=name)

    def _setting(self, name: str) -> Setting:
        try:
            return self.settings[name]
        except KeyError:
            known = names.hint(name, self.settings)
            problem = Problem(
                f"there is no setting {name!r} in dojoboards.yaml (environment {self.name})",
                calling_source(),
                f"add it under `settings:` with a default and its meaning ({known})",
                Exit.UNREADABLE,
            )
            raise DojoboardsError([problem]) from None


@dataclass(frozen=True, kw_only=True)
class Runbooks:
    """The pages of runbooks in the project's directory.

    Args:
        path: Where that of an alert stands, relative to the directory, with `{alert}` where its name stands.
        alerts: The names for which there is one.
    """

    path: str
    alerts: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Project:
    """Everything that the content declares, in one environment.

    Args:
        name: The project's name in `dojoboards.yaml`; part of every mark of ownership.
        environment: The environment it was evaluated for.
        dashboards: May be evaluated as it is read, so that a thousand need no memory; it can be read again.
        saved: By uid: what was pulled from Grafana, each in place of the declared dashboard of that uid.
        prometheus: At most one; without it and without rules and jobs, nothing is written for Prometheus.
        alertmanager: At most one; without it nothing is written for Alertmanager.
        log_groups: Rule groups whose expressions are LogQL: a Loki evaluates them.
        catalogues: The project's own metric catalogues, for checks; those of the standard exporters are known anyway.
        conventions: Whether it keeps this library's conventions beside what servers ask: severities, texts, names.
        partial: The names of fields of which there may be more than is known here, such as `groups`: nothing is told
            to be missing there.
        runbooks: The pages that alerts link, for checks; None where they are not in the project's directory.
    """

    name: str
    environment: Environment
    dashboards: Iterable[Dashboard] = ()
    saved: Mapping[str, Saved] = field(default_factory=dict)
    folders: Sequence[Folder] = ()
    teams: Sequence[Team] = ()
    data_sources: Sequence[DataSource] = ()
    groups: Sequence[RuleGroup] = ()
    log_groups: Sequence[RuleGroup] = ()
    scrape_jobs: Sequence[ScrapeJob] = ()
    prometheus: Prometheus | None = None
    alertmanager: Alertmanager | None = None
    routes: Sequence[Route] = ()
    receivers: Sequence[Receiver] = ()
    inhibitions: Sequence[InhibitRule] = ()
    time_intervals: Sequence[TimeInterval] = ()
    templates: Sequence[NotificationTemplate] = ()
    catalogues: Sequence[Catalogue] = ()
    conventions: bool = True
    partial: frozenset[str] = frozenset()
    runbooks: Runbooks | None = None

    @property
    def rule_groups(self) -> Sequence[RuleGroup]:
        """All rule groups, whatever their expressions are written in: those of Prometheus, then those of Loki."""
        return (*self.groups, *self.log_groups)
