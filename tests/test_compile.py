import sys
from dataclasses import replace
from pathlib import Path

from dojoboards import config
from dojoboards.compile import compile_project
from dojoboards.load import load
from dojoboards.model import Dashboard, Folder, Project
from support.lint import alert, at, group, project

ROOT = Path(__file__).parents[1]

_forbidden: list[str] | None = None


def _audit(event: str, _: object) -> None:
    if _forbidden is not None and event in {"open", "socket.connect", "subprocess.Popen", "os.listdir", "os.remove"}:
        _forbidden.append(event)


sys.addaudithook(_audit)  # it cannot be removed, so it only listens while a test says so


def dojopool() -> Project:
    settings = config.read(ROOT)
    project = load(ROOT, settings.environment("prod"), settings.project)
    return replace(project, dashboards=tuple(project.dashboards))


def test_compiling_reads_and_writes_nothing() -> None:
    global _forbidden
    project = dojopool()
    compile_project(project)  # schemas and templates are loaded once

    _forbidden = []
    try:
        compiled = compile_project(project)
        found = _forbidden
    finally:
        _forbidden = None

    assert compiled.artifacts
    assert found == []


def test_compiling_twice_gives_the_same_artifacts() -> None:
    project = dojopool()

    assert compile_project(project) == compile_project(project)


def test_a_dashboard_lies_in_a_folder_that_is_declared() -> None:
    spec = {"title": "A", "panels": []}
    boards = [
        Dashboard(spec | {"uid": "a"}, folder="shop"),
        Dashboard(spec | {"uid": "b"}, folder="Shop", source=at(5)),
    ]

    compiled = compile_project(project(dashboards=boards, folders=[Folder(uid="shop", title="Shop")]))

    assert [str(problem) for problem in compiled.problems] == [
        "content.py:5: a dashboard lies in the unknown folder 'Shop'\n    did you mean 'shop'? known: shop"
    ]


def test_where_a_dashboard_cannot_be_made_no_alert_is_told_that_it_is_missing() -> None:
    rules = [group(alert(dashboard="shop"))]
    boards = [Dashboard({"uid": "shop", "title": "Shop", "panels": [{"title": "A", "type": 3}]}, source=at(5))]

    broken = compile_project(project(dashboards=boards, groups=rules))
    without = compile_project(project(groups=rules))

    assert not [str(problem) for problem in broken.problems if "not built" in str(problem)]
    assert broken.problems
    assert [str(problem) for problem in without.problems if "not built" in str(problem)] == [
        "content.py:2: the alert 'Down' links the dashboard 'shop', which is not built\n    none is declared"
    ]
