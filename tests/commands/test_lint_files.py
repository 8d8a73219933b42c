import json
from pathlib import Path

import pytest

from dojoboards.cli import run

RULES = """\
groups:
  - name: shop
    rules:
      - alert: Down
        expr: up{job="shop"} == 1
        for: 5m
"""
SAID = """\
rules.yml:4: warning: alert 'Down' fires while 'up' is 1, which is when all is well (alert/upside-down)
    up{job="shop"} == 1
                   ^^
    turn it around: `== 0`
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(**files: str) -> None:
    for name, text in files.items():
        path = Path(name.replace("__", "/").replace("_yml", ".yml"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def findings(out: str) -> str:
    return "".join(out.splitlines(keepends=True)[:-1])


def test_files_are_judged_without_a_project(capsys: pytest.CaptureFixture[str]) -> None:
    write(rules_yml=RULES)

    assert run(["lint", "."]) == 1
    told = capsys.readouterr()
    assert findings(told.out) == SAID
    assert told.err == "looked at 1 rule file\n"


def test_what_is_good_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    write(rules_yml=RULES.replace("== 1", "== 0"))

    assert run(["lint", "rules.yml"]) == 0
    assert capsys.readouterr().out.startswith("nothing found (")


def test_a_comment_ignores_what_is_meant_so(capsys: pytest.CaptureFixture[str]) -> None:
    comment = "      # dojoboards: ignore[alert/upside-down] the shop is to be closed\n"
    write(rules_yml=RULES.replace("      - alert", f"{comment}      - alert"))

    assert run(["lint", "."]) == 0
    assert capsys.readouterr().out.startswith("nothing found, 1 ignored (")


def test_a_comment_that_ignores_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    write(rules_yml=RULES.replace("== 1", "== 0 # dojoboards: ignore[alert/upside-down] why not"))

    assert run(["lint", "."]) == 1
    assert "alert/upside-down is ignored here, and finds nothing (lint/stale-suppression)" in capsys.readouterr().out


def test_a_file_that_is_broken_is_told_and_the_others_are_judged(capsys: pytest.CaptureFixture[str]) -> None:
    write(rules_yml=RULES, broken_yml=f"{RULES}  - name: [\n")

    assert run(["lint", "."]) == 2
    out = findings(capsys.readouterr().out)
    assert out == (
        "broken.yml:8: error: not YAML in column 1: did not find expected node content (build/content)\n"
        "    correct it: the server would refuse the whole file\n"
        f"{SAID}"
    )


def test_a_path_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert run(["lint", "rulez.yml"]) == 2
    assert capsys.readouterr().err == (
        f"error: cannot read {folder}/rulez.yml: No such file or directory\n    name files, or folders with files\n"
    )


def test_a_file_that_is_none_of_ours_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    write(notes="hello")

    assert run(["lint", "notes"]) == 2
    assert "notes: error: nothing in this file is known (build/content)" in capsys.readouterr().out


def test_in_a_folder_what_is_no_text_hidden_or_of_others_is_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    write(**{".git__rules_yml": RULES, "node_modules__rules_yml": RULES, "notes": "hello"})
    Path("picture.png").write_bytes(b"\x89PNG\0groups:")
    Path("latin.yml").write_bytes(b"groups: [\xe9]")
    Path("gone.yml").symlink_to("nowhere")

    assert run(["lint", "."]) == 2
    assert capsys.readouterr().err == (
        "passed over latin.yml: it is not UTF-8 text\n"
        "looked at nothing that is known\n"
        "error: no file that can be judged was found in .\n"
        "    name files of rules, dashboards, Prometheus or Alertmanager, or folders with some\n"
    )


def test_what_was_passed_over_is_told_beside_what_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    write(good_yml=RULES.replace("== 1", "== 0"), other_yml="groups: [\n")
    Path("utf16.json").write_text("{}", encoding="utf-16")

    assert run(["lint", "."]) == 0
    assert capsys.readouterr().err == (
        "passed over other.yml: line 2: not YAML in column 1: did not find expected node content\n"
        "passed over utf16.json: it is not UTF-8 text\n"
        "looked at 1 rule file\n"
    )


def test_who_has_no_project_and_names_nothing_is_told_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint"]) == 2
    assert capsys.readouterr().err == (
        "dojoboards.yaml: error: cannot read dojoboards.yaml: No such file or directory\n"
        "    run dojoboards in the project's directory, or name it with -C DIR; to judge files without a project, "
        "name them: dojoboards lint .\n"
    )


def test_files_have_no_environments_and_are_not_mended(capsys: pytest.CaptureFixture[str]) -> None:
    write(rules_yml=RULES)

    assert run(["lint", "--fix", "."]) == 2
    assert "files have no environments, and are not mended" in capsys.readouterr().err


def test_the_level_and_the_checks_are_chosen_as_for_a_project(capsys: pytest.CaptureFixture[str]) -> None:
    write(rules_yml=RULES)

    assert run(["lint", "--fail-on", "error", "."]) == 0
    assert run(["lint", "--select", "series/", "."]) == 0


def test_the_document_names_files_and_lines(capsys: pytest.CaptureFixture[str]) -> None:
    write(a__rules_yml=RULES, b__rules_yml=RULES)

    assert run(["lint", "-o", "json", "a", "b", "a/rules.yml"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [(each["file"], each["line"], each["check"]) for each in document["findings"]] == [
        ("a/rules.yml", 4, "alert/upside-down"),
        ("b/rules.yml", 4, "alert/upside-down"),
    ]


def test_a_file_that_is_named_twice_is_judged_once(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write(rules_yml=RULES)

    assert run(["lint", ".", "rules.yml", "./rules.yml", f"../{folder.name}/rules.yml"]) == 1
    assert findings(capsys.readouterr().out) == SAID
