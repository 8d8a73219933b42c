import importlib
from pathlib import Path

import pytest

from dojoboards import lint
from dojoboards.lint.every import CHECKS
from support.lint import Case, found, refused

TABLES = {
    file.stem: importlib.import_module(f"lint.cases.{file.stem}")
    for file in sorted((Path(__file__).parent / "cases").glob("*.py"))
}
"""By module of checks: its cases."""
BAD = [case for table in TABLES.values() for case in table.BAD]
GOOD = [case for table in TABLES.values() for case in table.GOOD]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.check)
def test_what_is_wrong_is_said_once_with_its_place_and_a_remedy(case: Case) -> None:
    assert found(case, case.check) == case.problems
    if refused(case.check):
        assert found(case) == case.problems


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.check)
def test_what_is_right_is_passed_over(case: Case) -> None:
    assert found(case, case.check) == []
    if refused(case.check):
        assert found(case) == []


def test_every_check_has_a_bad_and_a_good_case_in_the_table_of_its_module() -> None:
    checks = {(entry.function.__module__.rpartition(".")[2], id) for id, entry in CHECKS.items()}

    assert {(name, case.check) for name, table in TABLES.items() for case in table.BAD} == checks
    assert {(name, case.check) for name, table in TABLES.items() for case in table.GOOD} == checks


def test_a_build_knows_every_check_that_it_is_to_run() -> None:
    """Only modules that `dojoboards.lint` imports itself are loaded for a build."""
    needed = {entry.function.__module__ for id, entry in CHECKS.items() if refused(id)}

    assert needed == {f"dojoboards.lint.{name}" for name in lint.__all__ if name in TABLES}
