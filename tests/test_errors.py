from collections.abc import Callable
from typing import cast

from dojoboards.errors import DojoboardsError, Exit, Problem, Source, calling_source


def test_problems_are_sorted_by_place_and_each_is_told_once() -> None:
    second, first = Problem("b", Source("a.py", 9)), Problem("a", Source("a.py", 10))

    error = DojoboardsError([first, second, first])

    assert error.problems == (second, first)
    assert str(error) == "a.py:9: b\na.py:10: a"


def test_the_gravest_problem_decides_the_exit_code() -> None:
    error = DojoboardsError([Problem("a", exit=Exit.UNREADABLE), Problem("b")])

    assert error.exit == 2


def test_a_problem_names_place_and_remedy() -> None:
    assert str(Problem("broken", Source("x.py", 3), "mend it")) == "x.py:3: broken\n    mend it"


def test_a_problem_of_a_whole_file_names_no_line_and_one_without_place_comes_first() -> None:
    error = DojoboardsError([Problem("b", Source("a.py")), Problem("a")])

    assert str(error) == "a\na.py: b"


def test_no_problems_are_still_an_error() -> None:
    assert DojoboardsError([]).exit == 1


def test_the_exit_codes_are_the_documented_ones() -> None:
    assert {code.name: int(code) for code in Exit} == {
        "OK": 0,
        "PROBLEM": 1,
        "UNREADABLE": 2,
        "UNREACHABLE": 3,
        "PARTIAL": 4,
        "INTERRUPTED": 130,
    }


def test_a_declaration_knows_the_line_that_made_it() -> None:
    line = calling_source().line

    assert calling_source() == Source(__file__, line + 2)


def test_helpers_below_a_directory_to_skip_are_passed_over() -> None:
    assert calling_source(skip=(__file__,)).file != __file__


def test_code_that_was_generated_is_passed_over() -> None:
    namespace: dict[str, object] = {"calling_source": calling_source}
    code = compile("def made():\n    return calling_source()\n", "<generated>", "exec")
    exec(code, namespace)  # noqa: S102  # what attrs and dataclasses do
    made = cast("Callable[[], Source]", namespace["made"])

    assert made().file == __file__
