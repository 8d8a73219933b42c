import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dojoboards.errors import DojoboardsError
from dojoboards.files import STAGING, write_tree


def tree(root: Path) -> dict[str, bytes]:
    """Return every file below *root* with its content, and every directory that is empty."""
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else b""
        for path in sorted(root.rglob("*"))
        if path.is_file() or path.is_symlink() or not any(path.iterdir())
    }


def message(root: Path, contents: dict[str, bytes], remove: tuple[str, ...] = ()) -> str:
    with pytest.raises(DojoboardsError) as caught:
        write_tree(root, contents, remove)
    assert caught.value.exit == 2
    return str(caught.value)


def test_files_are_written_below_a_directory_that_is_made(tmp_path: Path) -> None:
    write_tree(tmp_path / "new/root", {"a": b"1", "deep/er/b": b"2", "empty": b""})

    assert tree(tmp_path / "new/root") == {"a": b"1", "deep/er/b": b"2", "empty": b""}


def test_files_are_replaced_and_others_stay(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a": b"old", "b": b"stays"})

    write_tree(tmp_path, {"a": b"new"})

    assert tree(tmp_path) == {"a": b"new", "b": b"stays"}


def test_who_has_a_file_open_goes_on_reading_the_old_one(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a": b"old and long"})

    with (tmp_path / "a").open("rb") as reader:
        write_tree(tmp_path, {"a": b"new"})

        assert reader.read() == b"old and long"


def test_modes_are_as_given_whatever_the_umask_and_the_old_file_say(tmp_path: Path) -> None:
    (tmp_path / "secret").touch(0o666)
    before = os.umask(0o077)
    try:
        write_tree(tmp_path, {"secret": b"s", "open": b"o"}, modes={"secret": 0o600})
    finally:
        os.umask(before)

    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "open").stat().st_mode & 0o777 == 0o644


def test_no_moment_shows_a_secret_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    real = os.write

    def watched(descriptor: int, data: bytes) -> int:
        seen.append(os.fstat(descriptor).st_mode & 0o777)
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", watched)
    write_tree(tmp_path, {"secret": b"s"}, modes={"secret": 0o600})

    assert seen == [0o600]


def test_removal_takes_directories_that_become_empty_and_no_other(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a/b/c/one": b"1", "a/b/two": b"2", "x/y/three": b"3"})
    (tmp_path / "kept").mkdir()

    write_tree(tmp_path, {}, ["a/b/c/one", "x/y/three", "x/y/never there", "nowhere/at/all"])

    assert tree(tmp_path) == {"a/b/two": b"2", "kept": b""}


def test_removing_everything_leaves_the_directory_itself(tmp_path: Path) -> None:
    write_tree(tmp_path / "root", {"a/b": b"1"})

    write_tree(tmp_path / "root", {}, ["a/b"])

    assert (tmp_path / "root").is_dir()
    assert tree(tmp_path / "root") == {}


def test_a_link_to_a_file_is_replaced_and_what_it_points_to_is_left_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"someone's")
    root = tmp_path / "root"
    root.mkdir()
    (root / "written").symlink_to(outside)
    (root / "removed").symlink_to(outside)
    (root / "dangling").symlink_to(tmp_path / "nowhere")

    write_tree(root, {"written": b"ours", "dangling": b"ours"}, ["removed"])

    assert outside.read_bytes() == b"someone's"
    assert tree(root) == {"written": b"ours", "dangling": b"ours"}
    assert not (root / "written").is_symlink()
    assert not (tmp_path / "nowhere").exists()


def test_a_link_to_a_directory_is_followed_and_stays(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    root = tmp_path / "root"
    root.mkdir()
    (root / "rules").symlink_to(elsewhere)

    write_tree(root, {"rules/a.yml": b"1"})
    write_tree(root, {}, ["rules/a.yml"])

    assert (root / "rules").is_symlink()
    assert tree(elsewhere) == {}


@pytest.mark.parametrize("written", [0, 1, 2])
def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int) -> None:
    write_tree(tmp_path, {"a": b"old", "b": b"old", "gone": b"old"})
    before = tree(tmp_path)
    real = os.write
    calls = iter(range(100))

    def full(descriptor: int, data: bytes) -> int:
        if next(calls) >= written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", full)

    found = message(tmp_path, {"a": b"new", "b": b"new", "new/c": b"new"}, ("gone",))

    assert found == f"{tmp_path}: cannot write: No space left on device\n    make room, then run it again"
    assert tree(tmp_path) == before


def test_a_write_in_pieces_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:3]))

    write_tree(tmp_path, {"a": b"0123456789"})

    assert tree(tmp_path) == {"a": b"0123456789"}


def test_an_interruption_leaves_no_staging_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path, {"a": b"old"})

    def interrupted(_descriptor: int, _data: bytes) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", interrupted)

    with pytest.raises(KeyboardInterrupt):
        write_tree(tmp_path, {"a": b"new"})
    assert tree(tmp_path) == {"a": b"old"}


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (
            {"ours": b"new", "taken": b"new"},
            "taken: cannot write: Is a directory\n    a directory stands where a file is needed: move it away",
        ),
        (
            {"ours": b"new", "fresh/deep/x": b"new", "file/x": b"new"},
            "file: cannot write: File exists\n    a file stands where a directory is needed: move it away",
        ),
        (
            {"ours": b"new", "fresh/x": b"new", "file/deep/x": b"new"},
            "file/deep: cannot write: Not a directory\n    a file stands where a directory is needed: move it away",
        ),
    ],
)
def test_what_stands_in_the_way_is_told_before_anything_changes(
    tmp_path: Path, contents: dict[str, bytes], expected: str
) -> None:
    write_tree(tmp_path, {"ours": b"old", "file": b"someone's"})
    (tmp_path / "taken").mkdir()
    before = tree(tmp_path)

    assert message(tmp_path, contents) == f"{tmp_path}/{expected}"
    assert tree(tmp_path) == before


def test_a_directory_that_may_not_be_written_to_is_told_before_anything_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tree(tmp_path, {"ours": b"old", "locked/a": b"old"})
    before = tree(tmp_path)
    real = os.access
    # Root may write everywhere, and tests may run as root.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "locked" and real(path, mode))

    found = message(tmp_path, {"ours": b"new", "locked/a": b"new"})

    assert found == f"{tmp_path}/locked: cannot write: Permission denied\n    run it as a user who may write there"
    assert tree(tmp_path) == before


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no second file system")  # noqa: S108
def test_a_part_of_the_tree_on_another_file_system_is_told_before_anything_changes(tmp_path: Path) -> None:
    other = Path("/dev/shm")  # noqa: S108
    if other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system")
    write_tree(tmp_path, {"ours": b"old"})
    (tmp_path / "rules").symlink_to(other)

    found = message(tmp_path, {"ours": b"new", "rules/dojoboards-test": b"new"})

    assert found.startswith(f"{tmp_path}/rules: cannot write: Invalid cross-device link\n")
    assert (tmp_path / "ours").read_bytes() == b"old"
    assert not (other / "dojoboards-test").exists()


def test_a_root_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "root").write_bytes(b"someone's")

    found = message(tmp_path / "root", {"a": b"1"})

    assert found.startswith(f"{tmp_path}/root: cannot write: File exists\n")
    assert (tmp_path / "root").read_bytes() == b"someone's"


def test_durable_contents_are_on_the_disk_before_the_first_file_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tree(tmp_path, {"a": b"old"})
    on_disk: list[bytes] = []

    def synced(descriptor: int) -> None:
        on_disk.append(os.pread(descriptor, 100, 0))
        assert (tmp_path / "a").read_bytes() == b"old"

    real = os.open
    monkeypatch.setattr(os, "open", lambda path, flags, mode: real(path, flags & ~os.O_WRONLY | os.O_RDWR, mode))
    monkeypatch.setattr(os, "fsync", synced)

    write_tree(tmp_path, {"a": b"new", "b": b"more"}, durable=True)

    assert on_disk == [b"new", b"more"]


def test_what_a_killed_process_left_behind_is_removed_and_what_others_are_writing_is_not(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for name in (f"{ended.pid}-abc", f"{os.getppid()}-abc", "abc"):
        (tmp_path / f"{STAGING}{name}").mkdir()
        (tmp_path / f"{STAGING}{name}/0").write_bytes(b"half a fi")

    write_tree(tmp_path, {"a": b"1"})

    left = {f"{STAGING}{os.getppid()}-abc", f"{STAGING}abc"}
    assert {path.name for path in tmp_path.iterdir()} == {"a", *left}


def test_a_staging_directory_has_the_name_of_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real = os.fchmod

    def look(descriptor: int, mode: int) -> None:
        seen.extend(path.name for path in tmp_path.iterdir())
        real(descriptor, mode)

    monkeypatch.setattr(os, "fchmod", look)

    write_tree(tmp_path, {"a": b"1"})

    (name,) = seen
    assert name.startswith(f"{STAGING}{os.getpid()}-")
