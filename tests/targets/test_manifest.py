from dataclasses import replace
from pathlib import Path

import pytest

from dojoboards.errors import DojoboardsError, Exit
from dojoboards.targets import manifest
from dojoboards.targets.directories.local import LocalDirectory
from dojoboards.targets.manifest import Manifest

HELD = {"rules/a.yml": ("rules", "a", b"groups: []\n"), "secrets/t": ("secret", "prometheus/t", b"example-token")}


def written(directory: Path, content: Manifest) -> None:
    (directory / manifest.DIRECTORY).mkdir(exist_ok=True)
    (directory / manifest.MANIFEST).write_bytes(content.document())
    (directory / manifest.BASE).write_bytes(content.archive())


def pushed() -> Manifest:
    return manifest.finished(manifest.intending(Manifest(), "shop", "prod", HELD), HELD)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    written(tmp_path, pushed())

    found = manifest.read(LocalDirectory(tmp_path), "shop", "prod")

    assert (found.project, found.environment) == ("shop", "prod")
    assert not found.pending
    assert found.base == {"rules/a.yml": b"groups: []\n"}
    assert found.files["rules/a.yml"].digest == found.files["rules/a.yml"].digest_of(b"groups: []\n")


def test_of_a_secret_only_a_salted_digest_is_kept(tmp_path: Path) -> None:
    one, other = pushed(), pushed()

    assert b"example-token" not in one.document() + one.archive()
    assert one.files["secrets/t"].digest != other.files["secrets/t"].digest
    assert one.files["secrets/t"].digest_of(b"example-token") == one.files["secrets/t"].digest


def test_the_same_copies_are_the_same_archive() -> None:
    assert pushed().archive() == pushed().archive()


def test_what_is_about_to_be_written_is_noted_beside_what_was(tmp_path: Path) -> None:
    writes = {"rules/a.yml": ("rules", "a", b"new\n"), "rules/b.yml": ("rules", "b", b"b\n")}

    noted = manifest.intending(pushed(), "shop", "prod", writes)

    assert noted.pending
    entry = noted.files["rules/a.yml"]
    assert (entry.digest, entry.next) == (entry.digest_of(b"groups: []\n"), entry.digest_of(b"new\n"))
    assert (noted.files["rules/b.yml"].digest, noted.base) == ("", pushed().base)


def test_nothing_is_remembered_where_no_push_has_been(tmp_path: Path) -> None:
    assert manifest.read(LocalDirectory(tmp_path), "shop", "prod") == Manifest()
    assert manifest.read(LocalDirectory(tmp_path / "nowhere"), "shop", "prod") == Manifest()


ODD = [
    b'{"version": 1, "project": "shop", "environment": "prod", "pending": false, "files": {%s}}' % entry
    for entry in (
        b'"a": {"kind": "rules", "key": "a", "salt": 5}',
        b'"a": {"kind": ["rules"], "key": "a"}',
        b'"a": {"kind": "rules", "key": {}}',
        b'"a\\u0000b": {"kind": "rules", "key": "a"}',
        b'"a\\ud800": {"kind": "rules", "key": "a"}',
        b'"a": ' + b"[" * 100_000,
    )
]


@pytest.mark.parametrize(
    ("file", "body", "message"),
    [
        (manifest.MANIFEST, b"{", "cannot read the list of what is ours: it is damaged"),
        (manifest.MANIFEST, b'{"files": []}', "cannot read the list of what is ours: it is damaged"),
        *((manifest.MANIFEST, body, "cannot read the list of what is ours: it is damaged") for body in ODD),
        (manifest.BASE, b"PK", "cannot read the copies of what was last pushed: it is damaged"),
    ],
)
def test_damage_is_told(tmp_path: Path, file: str, body: bytes, message: str) -> None:
    written(tmp_path, pushed())
    (tmp_path / file).write_bytes(body)

    with pytest.raises(DojoboardsError) as caught:
        manifest.read(LocalDirectory(tmp_path), "shop", "prod")

    assert [problem.message for problem in caught.value.problems] == [message]


def test_the_directory_of_another_project_is_refused(tmp_path: Path) -> None:
    written(tmp_path, pushed())

    with pytest.raises(DojoboardsError, match="belongs to the project 'shop', not to 'club'"):
        manifest.read(LocalDirectory(tmp_path), "club", "prod")


def test_the_directory_of_another_environment_is_refused(tmp_path: Path) -> None:
    written(tmp_path, pushed())

    with pytest.raises(DojoboardsError) as caught:
        manifest.read(LocalDirectory(tmp_path), "shop", "staging")

    (problem,) = caught.value.problems
    assert (problem.message, problem.exit) == (
        "the directory belongs to the environment 'prod', not to 'staging'",
        Exit.PROBLEM,
    )


def test_a_list_without_an_environment_is_that_of_whoever_asks(tmp_path: Path) -> None:
    written(tmp_path, replace(pushed(), environment=""))

    found = manifest.read(LocalDirectory(tmp_path), "shop", "staging")

    assert found.environment == "staging"
    assert b'"environment": "staging"' in manifest.finished(found, HELD).document()


def test_an_archive_with_any_bit_flipped_is_read_or_told(tmp_path: Path) -> None:
    written(tmp_path, pushed())
    whole = (tmp_path / manifest.BASE).read_bytes()
    told = set()

    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        (tmp_path / manifest.BASE).write_bytes(damaged)
        try:
            manifest.read(LocalDirectory(tmp_path), "shop", "prod")
        except DojoboardsError as error:
            told |= {problem.message for problem in error.problems}

    assert "cannot read the copies of what was last pushed: it is damaged" in told
