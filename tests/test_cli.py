import os
import subprocess
import sys
from pathlib import Path

import pytest

from dojoboards.cli import cli, run

CONFIG = "project: shop\nenvironments:\n  test:\n  prod:\n"
ROOT = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "dojoboards.yaml").write_text(CONFIG)
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts/a.py").write_text("groups = []\n")
    return tmp_path


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("dojoboards ")


@pytest.mark.parametrize("command", ["build", "diff", "push"])
def test_help_has_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert f"dojoboards {command}" in capsys.readouterr().out.partition("Examples:")[2]


@pytest.mark.parametrize(
    "arguments", [["nope"], ["build", "--nope"], ["-C", "/does/not/exist", "build"], ["push"], ["completion", "csh"]]
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(project), *arguments]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_an_unknown_environment_names_the_known_ones(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(project), "build", "--env", "prd"]) == 2
    assert "there is no environment 'prd'" in (error := capsys.readouterr().err)
    assert "did you mean 'prod'? known: prod, test" in error


def test_a_problem_shows_place_message_and_remedy_relative_to_here(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "alerts/a.py").write_text("gruops = []\n")
    monkeypatch.chdir(project)

    assert run(["build"]) == 2

    place, remedy, *_ = capsys.readouterr().err.splitlines()
    assert place == "alerts/a.py: error: the module defines none of the names that are collected"
    assert remedy.strip().startswith("did you mean 'groups'?")


def test_an_interruption_is_exit_code_130(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "alerts/a.py").write_text("raise KeyboardInterrupt\n")

    assert run(["-C", str(project), "build"]) == 130
    assert capsys.readouterr().err.strip() == "interrupted"
    assert not (project / "build").exists()


def test_the_schema_is_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    import jsonschema

    assert run(["schema"]) == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert "_DOJOBOARDS_COMPLETE" in capsys.readouterr().out


def test_environments_are_completed(project: Path) -> None:
    words = f"dojoboards -C {project} build --env p"
    variables = {"_DOJOBOARDS_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": "5"}
    program = [sys.executable, "-c", "from dojoboards.cli import main; main()"]

    output = subprocess.run(
        program, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    ).stdout

    assert output == "plain,prod\n"


def test_every_command_is_documented() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "CHANGELOG.md"]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)

    assert [name for name in cli.commands if f"dojoboards {name}" not in text] == []
    assert [name for name, command in cli.commands.items() if not command.help] == []


def test_characters_that_a_terminal_has_not_are_written_as_escapes(project: Path) -> None:
    (project / "alerts/a.py").write_text(
        "from dojoboards import ScrapeJob\nscrape_jobs = [ScrapeJob(name='a', targets=['b'])]\n"
    )
    (project / "dojoboards.yaml").write_text(CONFIG + "    targets: {prometheus: {directory: '→'}}\n")
    program = [sys.executable, "-m", "dojoboards", "-C", str(project)]
    variables = {**os.environ, "PYTHONIOENCODING": "ascii"}
    subprocess.run([*program, "build"], env=variables, capture_output=True, check=True)

    done = subprocess.run(
        [*program, "diff", "--env", "prod"], env=variables, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert r"\u2192" in done.stdout


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="there is no disk that is always full")
@pytest.mark.parametrize("arguments", [["build"], ["--help"], ["schema"]])
def test_an_output_on_a_full_disk_is_one_message(arguments: list[str], project: Path) -> None:
    program = [sys.executable, "-m", "dojoboards", "-C", str(project), *arguments]
    with FULL.open("w") as full:
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert done.stderr == "error: cannot write the output: No space left on device\n"
    assert done.returncode == 2


def test_an_output_that_nobody_reads_is_no_message(project: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    program = [sys.executable, "-m", "dojoboards", "-C", str(project), "schema"]
    try:
        done = subprocess.run(program, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writing)

    assert (done.returncode, done.stderr) == (1, "")
