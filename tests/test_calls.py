from pathlib import Path

import pytest

from support.project import Builder

HEAD = """\
from dojoboards import *
from dojoboards import panels, variables
from dojoboards.panels import query

"""


@pytest.fixture
def said(builder: Builder, capsys: pytest.CaptureFixture[str]) -> "Said":
    builder.write({})
    return Said(builder, capsys)


class Said:
    """What a build says of a module that ends with some lines, without the project's directory."""

    def __init__(self, builder: Builder, capsys: pytest.CaptureFixture[str]) -> None:
        self.builder = builder
        self.capsys = capsys

    def __call__(self, lines: str, code: int = 2) -> str:
        self.builder.change("dashboards/x.py", HEAD + lines + "\n")
        assert self.builder.run("build") == code
        return self.capsys.readouterr().err.replace(f"{Path(self.builder.root).resolve()}/", "").strip()


def stat(argument: str) -> str:
    return f"dashboard = panels.dashboard('A', uid='a', panels=[panels.stat('Up', 'up', {argument})])"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (stat("thresholds=5"), "`thresholds` of stat 'Up' is 5, expected a list\n    give a list"),
        (
            stat("thresholds=[(1, 'red'), 5]"),
            (
                "`thresholds[1]` of stat 'Up' is 5, expected Threshold or a tuple of 2\n"
                "    give Threshold or a tuple of 2"
            ),
        ),
        (stat("color=5"), "`color` of stat 'Up' is 5, expected text\n    give text"),
        ("dashboard = panels.dashboard('A', uid='a', panels=5)", "`panels` of dashboard 'A' is 5, expected a list"),
        ("dashboard = panels.dashboard('A', uid='a', panels=[], links='x')", "`links` of dashboard 'A' is 'x', exp"),
        ("variables.query('job', 'up', sort='down')", "`sort` of query 'job' is 'down', expected one of those that"),
        ("Row('a', collapsed=True).panels.x\n\ndef dashboard(env):\n    pass", "AttributeError: 'tuple' object has no"),
        ("def dashboard(env): return env.setting(5)", "`name` of Environment.setting() is 5, expected text"),
    ],
)
def test_an_argument_of_the_wrong_type_is_told_by_its_name(said: Said, lines: str, expected: str) -> None:
    assert said(lines).startswith(f"dashboards/x.py:5: error: {expected}")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "dashboard = panels.dashboard('A', uid='a', panls=[])",
            "dashboard takes no 'panls'\n    did you mean 'panels'?",
        ),
        ("folders = [Folder(uid='a', titel='A')]", "Folder takes no 'titel'\n    did you mean 'title'? known: parent,"),
        ("folders = [Folder(uid='a')]", "Folder needs `title`\n    it takes uid, title, parent, permissions"),
        (
            "rule = Alert(name='A', expr='up')",
            "Alert needs `severity` and `summary` and `description`\n    it takes name",
        ),
        ("folders = [Folder('a', title='A')]", "Folder takes what it is given by name\n    give uid=..., and so on"),
        ("variables.query('job')", "query needs `definition`\n    it takes name, definition, "),
        ("query()", "query needs `expr`\n    it takes expr, legend, "),
    ],
)
def test_a_call_that_cannot_begin_is_told_with_what_it_takes(said: Said, lines: str, expected: str) -> None:
    assert said(lines).startswith(f"dashboards/x.py:5: error: {expected}")


def test_what_is_wrong_in_the_contents_own_functions_is_told_in_the_words_of_python(said: Said) -> None:
    own = "def stat(title): return title + 1\n\n\n"

    unknown, inside = said(f"{own}stat(titel='a')"), said(f"{own}stat('a')")

    assert unknown == "dashboards/x.py:8: error: TypeError: stat() got an unexpected keyword argument 'titel'"
    assert inside == 'dashboards/x.py:5: error: TypeError: can only concatenate str (not "int") to str'


def test_an_error_in_what_is_handed_over_is_not_taken_for_that_of_the_function(said: Said) -> None:
    made = "def made():\n    yield panels.stat('Up', 'up', thresholds=5)\n\n\n"

    assert said(f"{made}dashboard = panels.dashboard('A', uid='a', panels=made())").startswith(
        "dashboards/x.py:6: error: `thresholds` of stat 'Up' is 5, expected a list"
    )
