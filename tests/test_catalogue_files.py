from __future__ import annotations

from pathlib import Path

from dojoboards import catalogue_files
from dojoboards.errors import Problem


def read(root: Path, **files: str) -> tuple[list[str], list[str]]:
    folder = root / "catalogue"
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    problems: list[Problem] = []
    found = catalogue_files.read(root, problems)
    return [each.title for each in found], [str(problem).replace(f"{root}/", "") for problem in problems]


def test_the_files_of_a_project_are_read_by_name(tmp_path: Path) -> None:
    files = {
        "b__yml": "catalogue: b\nmetrics: {}\n",
        "a__json": '{"catalogue": "a", "version": "1", "metrics": {}}',
        "c__yaml": "catalogue: c\nmetrics: {}\n",
        "notes__md": "not one",
        "_draft__yml": "not one",
    }

    assert read(tmp_path, **files) == (["a@1", "b", "c"], [])


def test_a_project_may_have_none(tmp_path: Path) -> None:
    problems: list[Problem] = []

    assert catalogue_files.read(tmp_path, problems) == ()
    assert problems == []


def test_every_wrong_file_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    found, problems = read(tmp_path, a__yml="a: [", b__yml="metrics: {}", c__yml="catalogue: c\nmetrics: {}\n")

    assert found == ["c"]
    assert [problem.partition("\n")[0] for problem in problems] == [
        "catalogue/a.yml:2: it is not YAML: did not find expected node content",
        "catalogue/b.yml: the document: the key 'catalogue' is missing",
    ]


def test_two_of_one_name_are_told(tmp_path: Path) -> None:
    found, problems = read(tmp_path, a__yml="catalogue: x\nmetrics: {}\n", b__yml="catalogue: x\nmetrics: {}\n")

    assert found == ["x"]
    assert [problem.splitlines() for problem in problems] == [
        [
            "catalogue/b.yml: the catalogue 'x' is there twice, here and in a.yml",
            "    keep one of the two, or give them versions",
        ]
    ]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "catalogue/a.yml").mkdir(parents=True)
    problems: list[Problem] = []
    catalogue_files.read(tmp_path, problems)

    assert [problem.message for problem in problems] == ["cannot read it: Is a directory"]
