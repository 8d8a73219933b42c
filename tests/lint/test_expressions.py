"""What the checks of expressions underline, and that they are silent about expressions that are well."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dojoboards import promql
from dojoboards.lint import Query
from dojoboards.lint.documented import documentation
from dojoboards.lint.every import CHECKS
from dojoboards.model import Environment, Project
from support.expressions import MODULES, drawing, firing, recording, told
from support.lint import Case, alert, group

QUERIES = [
    id for id, entry in CHECKS.items() if issubclass(entry.on, Query) and entry.function.__module__.endswith(MODULES)
]

CASES = [case for name in MODULES for case in importlib.import_module(f"lint.cases.{name}").CASES]
GOOD = Path(__file__).parent / "good"


def expressions(name: str) -> list[str]:
    """Return the expressions of a file, one a line."""
    return [line for line in (GOOD / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_one_check_tells_of_each_mistake_and_underlines_it(case: Case) -> None:
    assert told(case) == case.problems


@pytest.mark.parametrize("expr", expressions("alerts.txt"))
def test_good_alerts_are_passed_over(expr: str) -> None:
    assert told(firing("", expr)) == []


@pytest.mark.parametrize("expr", expressions("recorded.txt"))
def test_good_recording_rules_are_passed_over(expr: str) -> None:
    assert told(recording("", expr, record="cluster:x:y")) == []


@pytest.mark.parametrize("expr", expressions("panels.txt"))
def test_good_panels_are_passed_over(expr: str) -> None:
    assert told(drawing("", expr)) == []


@pytest.mark.parametrize("expr", [*expressions("elsewhere.txt"), *expressions("alerts.txt")])
def test_nothing_is_guessed_where_nothing_is_known(expr: str) -> None:
    project = Project(name="files", environment=Environment(name="-"), groups=[group(alert(expr=expr, for_="5m"))])

    assert told(Case("", project)) == []


def test_a_mistake_in_a_long_expression_with_variables_is_underlined_where_it_stands() -> None:
    expr = 'sum by ($group) (\n  rate(node_forks_total{instance=~"$instance"}[$__rate_interval])\n) + node_lod5'

    case = drawing(
        "series/metric",
        expr,
        "content.py:5: panel 'Load' of dashboard 'Hosts' asks for 'node_lod5', which nothing exposes"
        "\n    did you mean 'node_load5'?"
        "\n    at node_lod5",
    )

    assert told(case) == case.problems


def said(check: str, kind: str) -> Iterator[list[str]]:
    """Yield what a check says of each example of its documentation that is PromQL."""
    for label, text in documentation(CHECKS[check]).examples:
        for expr in re.findall(r"`([^`]+)`", text) if label == kind else ():
            if not promql.problem(expr):
                yield [
                    *told(firing(check, expr), check),
                    *told(recording(check, expr, record="instance:node_load:max"), check),
                    *told(drawing(check, expr), check),
                ]


@pytest.mark.parametrize("check", QUERIES)
def test_the_good_examples_of_the_documentation_are_passed_over(check: str) -> None:
    assert not any(said(check, "Good"))


@pytest.mark.parametrize("check", [id for id in QUERIES if id not in ("alert/absent-at-once", "panel/unit")])
def test_the_bad_examples_of_the_documentation_are_found(check: str) -> None:
    bad = list(said(check, "Bad"))

    assert any(bad) or not bad
