"""Files as people have them: what is found in good ones and in bad ones, and that nothing is wrongly told."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from dojoboards.commands.lint import Options
from dojoboards.commands.lint_files import lint_files
from support.golden import golden

CORPUS = Path(__file__).with_name("corpus")
BUILD = Path(__file__).parents[2] / "build"


def found(*paths: str, grave: bool = False) -> list[str]:
    document: dict[str, Any] = {}
    lint_files(paths, Options(output="json"), document)
    return [
        f"{each['file']}:{each.get('line', 0)}: {each['severity']}: {each['message']} ({each['check']})"
        for each in document["findings"]
        if not grave or each["severity"] != "info"
    ]


@pytest.fixture(autouse=True)
def in_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CORPUS)


def test_in_good_files_of_a_whole_system_there_is_nothing_wrong() -> None:
    assert found("good", grave=True) == []


def test_in_each_part_of_good_files_by_itself_there_is_nothing_wrong() -> None:
    parts = [str(path.relative_to(CORPUS)) for path in sorted((CORPUS / "good").iterdir()) if path.name != "beside"]

    assert {part: found(part, grave=True) for part in parts} == {part: [] for part in parts}


@pytest.mark.parametrize("name", [path.name for path in sorted((CORPUS / "bad").iterdir())])
def test_in_bad_files_everything_is_told_with_its_place(name: str) -> None:
    told = "\n".join(found(f"bad/{name}", grave=True)) + "\n"

    assert told == golden(f"importer/{name}.txt", told)


def test_files_of_other_programs_are_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    assert found("good/beside") == []
    assert capsys.readouterr().err == "looked at nothing that is known, not at 1 file that another program fills in\n"


def test_the_summary_counts_what_was_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    found("good")

    assert capsys.readouterr().err == (
        "looked at 6 rule files, 4 dashboards, 1 Prometheus configuration, 1 Alertmanager configuration, "
        "1 file of data sources, not at 1 file that another program fills in\n"
    )


@pytest.mark.parametrize("environment", [path.name for path in sorted(BUILD.iterdir())])
def test_a_build_as_a_plain_folder_has_no_findings(environment: str) -> None:
    assert found(str(BUILD / environment), grave=True) == []


def test_builds_beside_one_another_are_judged_each_by_itself() -> None:
    assert found(str(BUILD), grave=True) == []


def test_two_parts_together_tell_no_less_than_each_alone() -> None:
    for one, other in itertools.combinations(["bad/broken", "bad/dashboards", "bad/alertmanager"], 2):
        assert sorted(found(one, other)) == sorted({*found(one), *found(other)})
