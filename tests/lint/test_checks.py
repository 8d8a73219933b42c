import pytest

from dojoboards.lint import CHECKS
from lint.cases import access, literals, notify, routing, rules, scrape
from support.lint import Case, found

TABLES = (access, literals, notify, routing, rules, scrape)
BAD = [case for table in TABLES for case in table.BAD]
GOOD = [case for table in TABLES for case in table.GOOD]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.check)
def test_what_is_wrong_is_said_once_with_its_place_and_a_remedy(case: Case) -> None:
    assert found(case, case.check) == case.problems
    assert found(case) == case.problems


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.check)
def test_what_is_right_is_passed_over(case: Case) -> None:
    assert found(case) == []


def test_every_check_has_a_bad_and_a_good_case_in_the_table_of_its_module() -> None:
    checks = {(entry.function.__module__.rpartition(".")[2], id) for id, entry in CHECKS.items()}
    tables = {table.__name__.rpartition(".")[2]: table for table in TABLES}

    assert {(name, case.check) for name, table in tables.items() for case in table.BAD} == checks
    assert {(name, case.check) for name, table in tables.items() for case in table.GOOD} == checks
