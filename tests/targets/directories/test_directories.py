"""What every directory does, here and there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dojoboards.errors import DojoboardsError
from dojoboards.targets.directories import Directory, directory_at
from support.sshd import Sshd

At = Callable[[Path], str]
Open = Callable[[Path], Directory]

_PARTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/"), min_size=1, max_size=20)
_NAMES = _PARTS.filter(lambda part: part not in {".", ".."} and len(part.encode()) < 80)


@pytest.fixture
def opened(at: At) -> Iterator[Open]:
    """Opens directories, which are closed at the end."""
    with ExitStack() as all_of_them:

        def make(path: Path) -> Directory:
            directory = directory_at(at(path), path.parent, "", 120.0)
            all_of_them.callback(directory.close)
            return directory

        yield make


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(_NAMES, st.binary(max_size=2000), min_size=1, max_size=5), st.booleans())
def test_what_was_written_is_read_whatever_it_is_called(
    opened: Open, tmp_path: Path, files: dict[str, bytes], below: bool
) -> None:
    directory = opened(tmp_path / "it's $HOME")
    files = {f"{path}/-{path}" if below else path: body for path, body in files.items()}
    directory.keep(files)

    directory.write(files, (), ())

    assert directory.read([*files, "-not there"]) == files
    assert {path: (tmp_path / "it's $HOME" / path).read_bytes() for path in files} == files
    directory.put_back(lambda _: True)
    directory.forget()
    directory.close()
    assert not (tmp_path / "it's $HOME").exists()


def test_a_thousand_files_are_written_and_read(opened: Open, tmp_path: Path) -> None:
    directory = opened(tmp_path / "many")
    files = {f"boards/{number:04}/a board of a name that is long.json": b"%d" % number for number in range(1000)}
    directory.keep(files)

    directory.write(files, (), ())

    assert directory.read(files) == files


def test_what_is_removed_takes_directories_that_become_empty_and_no_other(opened: Open, tmp_path: Path) -> None:
    directory = opened(tmp_path)
    directory.keep(())
    directory.write({"a/b/c/one": b"1", "a/b/two": b"2", "x/y/three": b"3"}, (), ())

    directory.write({}, ("a/b/c/one", "x/y/three", "x/y/never there"), ())

    assert sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("[!.]*")) == ["a", "a/b", "a/b/two"]


def test_files_with_one_content_and_two_names_are_read(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"same")
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    (tmp_path / "three").symlink_to("one")
    (tmp_path / "four").symlink_to("nowhere")

    assert opened(tmp_path).read(["one", "two", "three", "four"]) == dict.fromkeys(["one", "two", "three"], b"same")


def test_a_directory_in_the_way_is_told_and_nothing_is_written(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "in the way").mkdir()
    directory = opened(tmp_path)
    directory.keep(["in the way", "other"])

    with pytest.raises(DojoboardsError) as caught:
        directory.write({"other": b"1", "in the way": b"2"}, (), ())

    (problem,) = caught.value.problems
    assert problem.message == "cannot write: Is a directory"
    assert str(problem.source) == f"{directory.place}/in the way"
    assert problem.remedy == "a directory stands where a file is needed: move it away"
    assert problem.exit == 2
    assert not (tmp_path / "other").exists()
    with pytest.raises(DojoboardsError, match="cannot read what stands there: Is a directory"):
        directory.read(["in the way"])


def test_a_file_where_a_directory_is_needed_is_told(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "rules").write_bytes(b"")
    directory = opened(tmp_path)
    directory.keep(())

    with pytest.raises(DojoboardsError, match="a file stands where a directory is needed: move it away"):
        directory.write({"rules/a.yml": b"1"}, (), ())


def test_a_link_is_replaced_and_what_it_leads_to_stays(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere.yml").write_bytes(b"stays")
    (tmp_path / "to a file").symlink_to("elsewhere.yml")
    (tmp_path / "to a directory").symlink_to("elsewhere")
    directory = opened(tmp_path)
    directory.keep(["to a file", "to a directory"])

    directory.write({"to a file": b"new", "to a directory": b"new"}, (), ())

    assert (tmp_path / "elsewhere.yml").read_bytes() == b"stays"
    assert [(tmp_path / name).is_symlink() for name in ("to a file", "to a directory")] == [False, False]
    assert list((tmp_path / "elsewhere").iterdir()) == []
    directory.put_back(lambda _: True)
    assert (tmp_path / "to a file").readlink() == Path("elsewhere.yml")
    assert (tmp_path / "to a directory").readlink() == Path("elsewhere")


def test_what_nobody_changed_yet_can_be_put_back(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("nowhere")
    before = (tmp_path / "file").stat()
    directory = opened(tmp_path)
    directory.keep(["file", "link", "never there"])

    directory.put_back(lambda _: True)
    directory.put_back(lambda _: True)
    directory.forget()

    assert (tmp_path / "file").stat().st_ino == before.st_ino
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


def test_what_killed_pushes_left_behind_is_swept_and_nothing_else(opened: Open, tmp_path: Path) -> None:
    for name in (".dojoboards-staging-123-abc", ".dojoboards-kept-abc", "rules", ".dojoboards"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"1")

    opened(tmp_path).sweep()

    assert sorted(path.name for path in tmp_path.iterdir()) == [".dojoboards", "rules"]


def test_a_directory_that_is_locked_here_or_there_is_locked_for_both(client: Sshd, at: At, tmp_path: Path) -> None:
    url = client.url(tmp_path)
    for first, second in ((at(tmp_path), url), (url, at(tmp_path))):
        holder, other = directory_at(first, tmp_path, "", 120.0), directory_at(second, tmp_path, "", 120.0)
        holder.lock()
        holder.lock()

        with pytest.raises(DojoboardsError) as caught:
            other.lock()

        (problem,) = caught.value.problems
        assert problem.message == f"another push to {second} is at work"
        assert (problem.remedy, problem.exit) == ("wait until it is done", 1)
        holder.close()
        other.close()
        assert list(tmp_path.iterdir()) == []
