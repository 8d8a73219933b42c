import errno
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dojoboards.workers import processors, shared


def test_results_come_in_the_order_of_the_parts() -> None:
    assert shared(lambda part: part * 2, [1, 2, 3], 2) == [2, 4, 6]
    assert shared(lambda part: part * 2, [1, 2, 3], 1) == [2, 4, 6]
    assert shared(lambda part: part, [], 2) == []


def test_whoever_is_free_takes_the_next_part(tmp_path: Path) -> None:
    parent, marks = os.getpid(), tmp_path / "marks"
    marks.touch()

    def busy_here(_: int) -> int:
        if os.getpid() != parent:
            with marks.open("a") as file:
                file.write(".")
        else:
            _wait_for(lambda: marks.stat().st_size == 19)
        return os.getpid()

    done_by = shared(busy_here, range(20), 2)

    assert done_by.count(parent) <= 1
    assert len(set(done_by) - {parent}) == 1


def test_there_are_no_more_processes_than_parts(tmp_path: Path) -> None:
    parent = os.getpid()

    def leaves_its_name(part: int) -> int:
        if os.getpid() == parent:
            _wait_for(lambda: any(tmp_path.iterdir()))
        (tmp_path / str(os.getpid())).touch()
        return part

    assert shared(leaves_its_name, [1, 2], 8) == [1, 2]
    assert len({int(file.name) for file in tmp_path.iterdir()} - {parent}) == 1
    with pytest.raises(ValueError, match="257 parts are more than 256"):
        shared(lambda part: part, range(257), 2)


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_child_that_dies_costs_time_and_nothing_else() -> None:
    parent = os.getpid()

    def dies_elsewhere(part: int) -> int:
        if os.getpid() != parent:
            os._exit(7)
        return part

    assert shared(dies_elsewhere, [1, 2, 3, 4], 3) == [1, 2, 3, 4]


@pytest.mark.parametrize("forks", [0, 1])
def test_where_no_more_processes_are_to_be_had_fewer_do_it(forks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    fork, left = os.fork, [None] * forks

    def refused() -> int:
        if not left:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        left.pop()
        return fork()

    monkeypatch.setattr(os, "fork", refused)

    assert shared(lambda part: part * 2, range(8), 4) == list(range(0, 16, 2))
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_without_a_place_for_temporary_files_it_is_done_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))

    assert shared(lambda _: os.getpid(), [1, 2, 3], 2) == [os.getpid()] * 3


def test_what_goes_wrong_shows_itself_here() -> None:
    with pytest.raises(ZeroDivisionError):
        shared(lambda part: 1 // part, [1, 0], 2)


def test_an_interruption_ends_the_children() -> None:
    parent = os.getpid()

    def interrupted(_: int) -> None:
        if os.getpid() == parent:
            raise KeyboardInterrupt
        time.sleep(60)

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        shared(interrupted, [1, 2], 2)

    assert time.monotonic() - started < 30
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_large_result_does_not_block() -> None:
    assert [len(result) for result in shared(lambda _: b"x" * 5_000_000, [1, 2], 2)] == [5_000_000] * 2


def test_there_is_a_processor() -> None:
    assert processors() >= 1
