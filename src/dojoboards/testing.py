"""Cases for rules and routes as tests of pytest: a plugin with the fixtures `rules` and `routes`.

    # conftest.py
    pytest_plugins = ["dojoboards.testing"]

They write what promtool, amtool and Alertmanager read, and run these. pytest has to be installed to import this module.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pytest

from dojoboards import config, names, promql
from dojoboards.cases import built, said
from dojoboards.cases.built import Built
from dojoboards.cases.jobs import Piece
from dojoboards.cases.messages import Scene
from dojoboards.cases.routing import tree
from dojoboards.cases.rules import Fired
from dojoboards.commands.build import compiled
from dojoboards.errors import DojoboardsError
from dojoboards.trials import alertmanager, amtool, promtool
from dojoboards.trials.programs import Programs

__all__ = ["Fired", "Routes", "RuleCase", "dojoboards_env", "routes", "rules"]


@dataclass(frozen=True)
class RuleCase:
    """Series, and what is asked about them at a time; each method returns a case, so that they can be chained.

    Args:
        built: The rules of an environment.
        given: The series, each with its values.
        interval: How far samples are apart, and evaluations of the rules (a Prometheus duration).
        time: When something is asked, from the beginning (a Prometheus duration).
    """

    built: Built = field(repr=False)
    given: tuple[tuple[str, str], ...] = ()
    interval: str = "1m"
    time: str = ""

    def series(self, series: str, values: str) -> RuleCase:
        """Return the case with one more series.

        Args:
            series: Such as `up{job="web"}`.
            values: Its samples in promtool's words: `0x10` is eleven zeros, `1 1 _ 0`, `0+60x30`.
        """
        if wrong := promql.problem(series, variables=False):
            raise ValueError(f'{series!r} is no series such as up{{job="web"}}: {wrong}')
        return replace(self, given=(*self.given, (series, values)))

    def every(self, interval: str) -> RuleCase:
        """Return the case with another interval between samples, and between evaluations; it is a minute otherwise."""
        names.milliseconds(interval)
        return replace(self, interval=interval)

    def at(self, time: str) -> RuleCase:
        """Return the case at a time, such as `5m`, from the first sample on."""
        names.milliseconds(time)
        return replace(self, time=time)

    def fires(self, alert: str, *each: Mapping[str, str], **shared: str) -> RuleCase:
        """Assert that an alert fires: once, or once for each of *each*.

        What is not named may be anything. An annotation is compared as it is rendered.

        Args:
            alert: Its name.
            *each: Labels and annotations of each of the alerts that fire, in any order.
            **shared: Labels and annotations that all of them have.
        """
        __tracebackhide__ = True
        fired = self.fired(alert)
        expected = [{**shared, **one} for one in each or ({},)]
        left = list(fired)
        missing = []
        for one in sorted(expected, key=len, reverse=True):
            found = next((each for each in left if _fits(one, each)), None)
            if found is None:
                missing.append(one)
            else:
                left.remove(found)
        if missing or left:
            raise AssertionError(self._told(alert, _compared(missing, left)))
        return self

    def silent(self, *alerts: str) -> RuleCase:
        """Assert that none of the alerts fires."""
        __tracebackhide__ = True
        for alert in alerts:
            if fired := self.fired(alert):
                raise AssertionError(self._told(alert, said.difference((), fired)))
        return self

    def gives(self, expr: str, samples: Mapping[str, float]) -> RuleCase:
        """Assert what an expression gives, such as a series that a rule records.

        Args:
            expr: PromQL.
            samples: The value of each series: `{'job:up:count{job="web"}': 2}`.
        """
        __tracebackhide__ = True
        expected = [{"labels": labels, "value": value} for labels, value in samples.items()]
        check = {"expr": said.marked(expr, 0), "eval_time": self._when(), "exp_samples": expected}
        for failure in self._run({"promql_expr_test": [check]}, [], [expr]):
            raise AssertionError(self._told(expr, failure.text))
        return self

    def fired(self, alert: str) -> tuple[Fired, ...]:
        """Return the alerts of a name that fire, with their labels and rendered annotations."""
        __tracebackhide__ = True
        known = {rule.name for rule in self.built.alerts}
        if alert not in known:
            raise AssertionError(f"there is no alert {alert!r}: {names.hint(alert, known)}")
        # Nothing is expected, so that promtool tells all that fires.
        check = {"alertname": alert, "eval_time": self._when(), "exp_alerts": []}
        failures = self._run({"alert_rule_test": [check]}, [alert], [])
        return failures[0].fired if failures else ()

    def _when(self) -> str:
        if not self.time:
            raise ValueError("say when: .at('5m')")
        return self.time

    def _run(self, checks: Mapping[str, object], alerts: Sequence[str], exprs: Sequence[str]) -> list[said.Failure]:
        __tracebackhide__ = True
        series = [{"series": one, "values": values} for one, values in self.given]
        group = {"name": "0", "interval": self.interval, "input_series": series, **checks}
        rules = self.built.files_for(self.built.files, alerts, exprs)
        piece = Piece.of({"evaluation_interval": self.interval, "tests": [group]}, rules)
        with tempfile.TemporaryDirectory(prefix="dojoboards-") as directory, Programs() as programs:
            try:
                judging = promtool.begin(programs, Path(directory), [piece])
                return promtool.end(programs, judging, Path()).get(0, [])
            except DojoboardsError as error:
                pytest.fail(str(error), pytrace=False)

    def _told(self, what: str, difference: str) -> str:
        series = [f"    {series} {values}" for series, values in self.given] or ["    nothing"]
        lines = [f"{what} at {self.time}:", *(f"    {line}" for line in difference.splitlines())]
        return "\n".join([*lines, f"  given, every {self.interval}:", *series])


def _fits(expected: Mapping[str, str], fired: Fired) -> bool:
    return all(value in (fired.labels.get(name), fired.annotations.get(name)) for name, value in expected.items())


def _compared(missing: Sequence[Mapping[str, str]], left: Sequence[Fired]) -> str:
    """Return what was expected and what fires instead; of an alert that was meant, only what differs."""
    if not left:
        return "\n".join(["nothing else fires; expected:", *(f"  - {_shown(one)}" for one in missing)])
    lines: list[str] = []
    rest = list(left)
    for one in missing:
        if not rest:
            lines.append(f"- {_shown(one)}")
            continue
        got = max(rest, key=lambda fired: sum(_fits({name: value}, fired) for name, value in one.items()))
        rest.remove(got)
        lines.append(f"  {_shown(got.labels)}")
        for name, value in one.items():
            if not _fits({name: value}, got):
                found = got.annotations.get(name, got.labels.get(name))
                lines += [
                    f"    - {name}: {value}",
                    f"    + {name}: {found}" if found is not None else f"      no {name}",
                ]
    lines += [f"+ {_shown(fired.labels)}" for fired in rest]
    return "\n".join(lines)


def _shown(labels: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


@dataclass(frozen=True)
class Routes:
    """The routes of an environment.

    Args:
        built: That environment.
    """

    built: Built = field(repr=False)

    def receivers(self, labels: Mapping[str, str] | None = None, **more: str) -> list[str]:
        """Return the receivers of an alert with these labels, in order, as amtool tells them."""
        __tracebackhide__ = True
        found = tree(self._alertmanager())
        given = {**(labels or {}), **more}
        with tempfile.TemporaryDirectory(prefix="dojoboards-") as directory, Programs() as programs:
            try:
                asking = amtool.Asking(programs, Path(directory))
                asking.ask(found, given)
                return list(amtool.receivers(found, asking.routes(found, given)))
            except DojoboardsError as error:
                pytest.fail(str(error), pytrace=False)

    def told(
        self, *alerts: Mapping[str, str], during: Sequence[str] = (), over: str = ""
    ) -> dict[str, list[list[dict[str, str]]]]:
        """Return what a real Alertmanager tells while alerts fire: by receiver its messages, each a list of alerts.

        Args:
            *alerts: The labels of each alert that fires.
            during: The time intervals that are in force; no others are.
            over: How long the alerts fire (a Prometheus duration), in scaled time; without it, the first messages.
        """
        __tracebackhide__ = True
        lasting = names.milliseconds(over) if over else 0
        scene = Scene(self._alertmanager(), tuple(dict(one) for one in alerts), tuple(during), lasting)
        try:
            (heard,) = alertmanager.play([scene])
        except DojoboardsError as error:
            pytest.fail(str(error), pytrace=False)
        return {name: [[dict(one) for one in message] for message in messages] for name, messages in heard.items()}

    def _alertmanager(self) -> Mapping[str, object]:
        __tracebackhide__ = True
        if not self.built.alertmanager:
            pytest.fail(f"{self.built.environment} has no Alertmanager", pytrace=False)
        return self.built.alertmanager


@cache
def _built(root: Path, environment: str) -> Built:
    project, result = compiled(config.read(root), environment)
    return built.of(project, result.artifacts)


def _root(pytestconfig: pytest.Config) -> Path:
    """Return the directory of the project whose tests these are: pytest's root, or the nearest one above it."""
    start = pytestconfig.rootpath
    for directory in (start, *start.parents):
        if (directory / config.FILE).is_file():
            return directory
    pytest.fail(f"there is no {config.FILE} in {start} or above it", pytrace=False)


@pytest.fixture(scope="session")
def dojoboards_env(pytestconfig: pytest.Config) -> str:
    """The environment whose rules and routes are tested; a project with several defines this fixture itself."""
    try:
        known = list(config.read(_root(pytestconfig)).environments)
    except DojoboardsError as error:
        pytest.fail(str(error), pytrace=False)
    if len(known) > 1:
        remedy = "define the fixture dojoboards_env in conftest.py, in the scope of the session"
        pytest.fail(f"which environment, {' or '.join(known)}? {remedy}", pytrace=False)
    return known[0]


@pytest.fixture(scope="session")
def rules(pytestconfig: pytest.Config, dojoboards_env: str) -> RuleCase:
    """A case for the rules of the environment, in which no series is given yet."""
    return RuleCase(_compiled(pytestconfig, dojoboards_env))


@pytest.fixture(scope="session")
def routes(pytestconfig: pytest.Config, dojoboards_env: str) -> Routes:
    """The routes of the environment."""
    return Routes(_compiled(pytestconfig, dojoboards_env))


def _compiled(pytestconfig: pytest.Config, environment: str) -> Built:
    try:
        return _built(_root(pytestconfig), environment)
    except DojoboardsError as error:
        pytest.fail(str(error), pytrace=False)
