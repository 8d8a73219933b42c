"""Cases for rules, in promtool's own format: series in, alerts out."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, NamedTuple

from dojoboards import names, promql
from dojoboards.cases.built import Built, Labels
from dojoboards.cases.document import CaseFile, Renaming, labels
from dojoboards.errors import DojoboardsError, Problem
from dojoboards.expressions.nodes import Selector
from dojoboards.written import Place

_BUILT = re.compile(r"build/([^/]+)/(prometheus/rules/.+)")
_NOTHING = re.compile(r"(?:(?:_|stale)(?:x\d+)?\s*)*")
_MINUTE = "1m"


class Fired(NamedTuple):
    """An alert that fires, or is expected to: its labels without `alertname`, and its annotations."""

    labels: Labels
    annotations: Labels


@dataclass(frozen=True, eq=False)
class Check:
    """One thing that is asked at one time: which alerts of a name fire, or what an expression gives.

    Args:
        place: Where it stands in its file.
        alert: The alert's name; empty for an expression.
        expr: The expression; empty for an alert.
        time: When, as it is written.
        expected: What is to fire.
    """

    place: Place
    alert: str
    expr: str
    time: str
    expected: tuple[Fired, ...]

    @property
    def title(self) -> str:
        """What it is called: `ServiceDown at 2m`."""
        return f"{self.alert or self.expr} at {self.time}"

    @property
    def milliseconds(self) -> int:
        """When, in milliseconds from the beginning."""
        return names.milliseconds(self.time)


@dataclass(frozen=True, eq=False)
class Group:
    """A test group: series, and what is asked about them.

    Args:
        file: Its file.
        index: Its position there, from 0.
        document: In promtool's words.
    """

    file: CaseFile
    index: int
    document: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """Its name; its position where it has none."""
        return self.document.get("name") or f"tests[{self.index}]"

    @property
    def step(self) -> int:
        """How long it is from one evaluation to the next, in milliseconds."""
        return names.milliseconds(str(self.file.document.get("evaluation_interval", _MINUTE)))

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """What is asked: alerts first, then expressions."""
        return tuple(self._checks())

    def _checks(self) -> Iterator[Check]:
        for kind in ("alert_rule_test", "promql_expr_test"):
            for index, check in enumerate(self.document.get(kind) or ()):
                expected = tuple(
                    Fired(labels(each.get("exp_labels")), labels(each.get("exp_annotations")))
                    for each in check.get("exp_alerts") or ()
                )
                place = ("tests", self.index, kind, index)
                alert, expr = check.get("alertname", ""), check.get("expr", "")
                yield Check(place, alert, expr, str(check["eval_time"]), expected)

    @cached_property
    def given(self) -> tuple[Labels, ...]:
        """The labels of the series that have a sample, with `__name__`."""
        series = self.document.get("input_series") or ()
        return tuple(_series(each["series"]) for each in series if not _NOTHING.fullmatch(str(each["values"])))

    def gives(self, selector: Selector) -> bool:
        """Return whether a series is given that *selector* selects."""
        return any(_selects(selector, series) for series in self.given)

    def renamed(self, renaming: Renaming) -> Group:
        """Return the group as it is for another environment; names of cases and alerts stay."""
        document = dict(self.document)
        for key in ("input_series", "external_labels", "external_url", "promql_expr_test"):
            if key in document:
                document[key] = renaming(document[key])
        if "alert_rule_test" in document:
            checks = document["alert_rule_test"] or ()
            document["alert_rule_test"] = [
                {**check, "exp_alerts": renaming(check.get("exp_alerts") or [])} for check in checks
            ]
        return replace(self, document=document)


@dataclass(frozen=True, eq=False)
class RuleCases:
    """A file of cases for rules.

    Args:
        file: The file.
        environment: The one that it is written for: that whose build its `rule_files` name.
        patterns: Its rule files below the build; globs, as promtool knows them.
        groups: Its test groups.
    """

    file: CaseFile
    environment: str
    patterns: tuple[str, ...]
    groups: tuple[Group, ...]

    def rule_files(self, built: Built) -> list[str]:
        """Return the paths of the rule files below the build of an environment."""
        return [path for path in built.files if any(fnmatchcase(path, pattern) for pattern in self.patterns)]

    def for_environment(self, built: Built, urls: Mapping[str, str]) -> RuleCases:
        """Return the cases as they are for another environment.

        Args:
            built: That environment.
            urls: The address of Grafana in each environment.
        """
        renaming = Renaming(self.environment, built.environment, urls.get(self.environment, ""), built.grafana_url)
        return replace(self, groups=tuple(group.renamed(renaming) for group in self.groups))


def rule_cases(file: CaseFile) -> RuleCases:
    """Return the cases in a file that fits its schema.

    Raises:
        DojoboardsError: they cannot be run; all problems at once.
    """
    problems: list[Problem] = []
    found: list[tuple[str, str]] = []
    for index, path in enumerate(file.document["rule_files"]):
        match = _BUILT.fullmatch(posixpath.normpath(posixpath.join(posixpath.dirname(file.path), path)))
        if match is None:
            remedy = (
                "name what a build writes, as seen from here: ../../build/<environment>/prometheus/rules/<module>.yml"
            )
            problems.append(file.problem(("rule_files", index), f"{path!r} is no rule file of a build", remedy))
        else:
            found.append((match[1], match[2]))
    environments = sorted({environment for environment, _ in found})
    if len(environments) > 1:
        message = f"its rule files are of several environments: {', '.join(environments)}"
        problems.append(file.problem(("rule_files",), message, "a file of cases is written for one"))
    groups = tuple(Group(file, index, group) for index, group in enumerate(file.document["tests"]))
    problems.extend(_problems(file, groups))
    if problems:
        raise DojoboardsError(problems)
    return RuleCases(file, environments[0], tuple(pattern for _, pattern in found), groups)


def _problems(file: CaseFile, groups: Sequence[Group]) -> Iterator[Problem]:
    """Yield what promtool would tell without a place, or not at all."""
    yield from _durations(file, (), file.document, "evaluation_interval")
    for group in groups:
        at: Place = ("tests", group.index)
        yield from _durations(file, at, group.document, "interval")
        for index, given in enumerate(group.document.get("input_series") or ()):
            if promql.problem(given["series"], variables=False):
                place = (*at, "input_series", index, "series")
                yield file.problem(place, f"{given['series']!r} is no series", 'write it as name{label="value"}')
        for kind in ("alert_rule_test", "promql_expr_test"):
            for index, check in enumerate(group.document.get(kind) or ()):
                yield from _durations(file, (*at, kind, index), check, "eval_time")
                if "expr" in check and (wrong := promql.problem(check["expr"], variables=False)):
                    yield file.problem((*at, kind, index, "expr"), f"it is not PromQL: {wrong}")


def _durations(file: CaseFile, place: Place, document: Mapping[str, Any], key: str) -> Iterator[Problem]:
    try:
        names.milliseconds(str(document.get(key, _MINUTE)))
    except ValueError as error:
        yield file.problem((*place, key), f"{key}: {error}")


def _series(text: str) -> Labels:
    """Return the labels of a series that is written down."""
    expression = promql.parse(text, variables=False)
    selector = expression.root if expression else None
    if not isinstance(selector, Selector):
        return {}
    found = {matcher.name: matcher.value for matcher in selector.matchers}
    return {"__name__": selector.name, **found} if selector.name else found


def _selects(selector: Selector, series: Labels) -> bool:
    if selector.name and selector.name != series.get("__name__"):
        return False
    return all(matcher.accepts(series.get(matcher.name, "")) is not False for matcher in selector.matchers)
