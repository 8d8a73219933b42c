import os
import time

import pytest

from dojoboards.workers import processors, shared


def test_results_come_in_the_order_of_the_parts() -> None:
    assert shared(lambda part: part * 2, [1, 2, 3]) == [2, 4, 6]
    assert shared(lambda part: part, []) == []


def test_all_parts_but_the_first_are_done_elsewhere() -> None:
    here, *others = shared(lambda _: os.getpid(), [1, 2, 3])

    assert here == os.getpid()
    assert len({here, *others}) == 3


def test_a_child_that_dies_costs_time_and_nothing_else() -> None:
    parent = os.getpid()

    def dies_elsewhere(part: int) -> int:
        if os.getpid() != parent:
            os._exit(7)
        return part

    assert shared(dies_elsewhere, [1, 2]) == [1, 2]


def test_what_goes_wrong_shows_itself_here() -> None:
    with pytest.raises(ZeroDivisionError):
        shared(lambda part: 1 // part, [1, 0])


def test_an_interruption_ends_the_children(tmp_path: object) -> None:
    def interrupted(part: int) -> None:
        if part == 1:
            raise KeyboardInterrupt
        time.sleep(60)

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        shared(interrupted, [1, 2])

    assert time.monotonic() - started < 30
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_large_result_does_not_block() -> None:
    assert [len(result) for result in shared(lambda _: b"x" * 5_000_000, [1, 2])] == [5_000_000] * 2


def test_there_is_a_processor() -> None:
    assert processors() >= 1
