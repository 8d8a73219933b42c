"""What promtool is given: test groups with no other rules than they need, each done once for all environments."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dojoboards import names
from dojoboards.cases import said
from dojoboards.cases.built import Built, Json
from dojoboards.cases.rules import Check, Group, RuleCases

_HEADER = ("evaluation_interval", "group_eval_order", "fuzzy_compare")


class Piece(NamedTuple):
    """A file for promtool: test groups that need the same rules.

    Args:
        cases: The file without its rule files.
        rules: The rule files.
        file: The file that the cases are from.
    """

    cases: Mapping[str, Any]
    rules: tuple[str, ...]
    file: str = ""

    @classmethod
    def of(cls, cases: Mapping[str, Any], rules: Iterable[Json]) -> Piece:
        """Return a piece of cases that are in no file."""
        return cls(cases, tuple(map(json.dumps, rules)))


@dataclass(eq=False)
class Jobs:
    """Test groups to be run; those that are the same in several environments are one."""

    groups: list[Group] = field(default_factory=list)
    """By number: the group as promtool gets it, in the first of the environments."""
    _numbers: dict[tuple[str, int, str], int] = field(default_factory=dict)
    _pieces: dict[tuple[str, tuple[str, ...]], Piece] = field(default_factory=dict)

    def add(self, built: Built, cases: RuleCases, group: Group) -> int:
        """Add a test group and return its number, which is its name for promtool.

        Rules that differ by nothing but the address of Grafana are the same, as the cases differ by that too.
        """
        known = {rule.name for rule in built.alerts}
        exprs = [check.expr for check in group.checks if check.expr]
        names = [check.alert for check in group.checks if check.alert in known]
        rules = built.files_for(cases.rule_files(built), names, exprs)
        texts = tuple(map(json.dumps, rules))
        same = "\n".join(texts).replace(built.grafana_url, "") if built.grafana_url else "\n".join(texts)
        key = (cases.file.path, group.index, same)
        if key not in self._numbers:
            number = self._numbers[key] = len(self.groups)
            self.groups.append(group)
            header = {name: cases.file.document[name] for name in _HEADER if name in cases.file.document}
            piece = Piece({**header, "tests": []}, texts, cases.file.path)
            piece = self._pieces.setdefault((cases.file.path, texts), piece)
            piece.cases["tests"].append(_numbered(group, number))
        return self._numbers[key]

    @property
    def pieces(self) -> Sequence[Piece]:
        """The files for promtool."""
        return tuple(self._pieces.values())


def _numbered(group: Group, number: int) -> Json:
    document = {**group.document, "name": str(number)}
    if document.get("promql_expr_test"):
        exprs = document["promql_expr_test"]
        document["promql_expr_test"] = [{**one, "expr": said.marked(one["expr"], number)} for one in exprs]
    return document


def same(check: Check, failure: said.Failure) -> bool:
    """Return whether a failure is that of a check of its test group."""
    asked = (check.alert, check.expr, check.milliseconds)
    return asked == (failure.alert, failure.expr, names.milliseconds(failure.time))


def shown(check: Check, failures: Iterable[said.Failure]) -> str:
    """Return how a check failed; empty where it did not.

    Args:
        check: One of a test group.
        failures: All failures of that group.
    """
    own = (failure for failure in failures if same(check, failure))
    found = next(own, None)
    if found is None:
        return ""
    return said.difference(check.expected, found.fired) if check.alert else found.text
