from dojoboards.errors import DojoboardsError, Exit, Problem, Source


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
