import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dojoboards import places
from dojoboards.errors import DojoboardsError, Source
from dojoboards.load import NAMES, load
from dojoboards.model import Environment, Project, Setting

Load = Callable[..., Project]

BOARD = "dashboard = {'title': 'A', 'uid': 'a', 'panels': []}\n"
GROUP = """\
from dojoboards import Alert, RuleGroup

def groups(env):
    alert = Alert(name="A", expr=f"up < {env.threshold('limit')}", severity="critical", summary="s", description="d")
    return [RuleGroup(name="g", rules=[alert])]
"""


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


@pytest.fixture
def evaluate(tmp_path: Path) -> Load:
    def evaluate(files: dict[str, str], **settings: object) -> Project:
        write(tmp_path, files)
        values = {name: Setting(value=value) for name, value in settings.items()}
        return load(tmp_path, Environment(name="test", settings=values), "shop")

    return evaluate


def problems(evaluate: Load, files: dict[str, str]) -> list[str]:
    with pytest.raises(DojoboardsError) as caught:
        list(evaluate(files).dashboards)
    assert caught.value.exit == 2
    return [
        f"{Path(problem.source.file).name if problem.source else ''}:"
        f"{problem.source.line if problem.source else 0}: {problem.message}"
        for problem in caught.value.problems
    ]


def test_constants_and_functions_of_the_environment_are_evaluated(evaluate: Load) -> None:
    project = evaluate({"dashboards/a.py": BOARD, "alerts/service.py": GROUP}, limit=1)

    (group,) = project.groups
    assert [rule.expr for rule in group.rules] == ["up < 1"]
    assert group.module == "service"
    assert [dashboard.spec["title"] for dashboard in project.dashboards] == ["A"]


def test_dashboards_can_be_read_again(evaluate: Load) -> None:
    project = evaluate({"dashboards/a.py": BOARD})

    assert [d.spec for d in project.dashboards] == [d.spec for d in project.dashboards]


def test_several_modules_contribute_in_the_order_of_their_names(evaluate: Load) -> None:
    folder = "from dojoboards import Folder\nfolders = [Folder(uid='{0}', title='{0}')]\n"

    project = evaluate({"dashboards/b.py": folder.format("b"), "alerts/z.py": folder.format("z")})

    assert [f.uid for f in project.folders] == ["z", "b"]


def test_modules_import_helpers_and_each_other_by_full_name(evaluate: Load) -> None:
    project = evaluate(
        {
            "alerts/_limits.py": "LIMIT = 7\n",
            "alerts/a.py": "from alerts._limits import LIMIT\ngroups = []\n",
            "dashboards/b.py": "from alerts.a import LIMIT\ndashboard = {'title': str(LIMIT)}\n",
        }
    )

    assert [d.spec["title"] for d in project.dashboards] == ["7"]


def test_two_projects_in_one_process_do_not_meet(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for root in (one, two):
        write(root, {"dashboards/_t.py": f"T = {root.name!r}\n", "dashboards/a.py": ""})
        write(
            root, {"dashboards/a.py": "def dashboard(env):\n    from dashboards._t import T\n    return {'title': T}\n"}
        )
    projects = [load(root, Environment(name="x"), "p") for root in (one, two)]

    titles = [[d.spec["title"] for d in pair] for pair in zip(*(p.dashboards for p in projects), strict=True)]

    assert titles == [["one", "two"]]
    assert [name for name in sys.modules if name.partition(".")[0] in {"alerts", "dashboards"}] == []


def test_modules_of_the_same_name_elsewhere_are_untouched(evaluate: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = type(sys)("dashboards")
    monkeypatch.setitem(sys.modules, "dashboards", foreign)

    list(evaluate({"dashboards/a.py": BOARD}).dashboards)

    assert sys.modules["dashboards"] is foreign


def test_grafanalib_objects_know_where_they_were_made(evaluate: Load, tmp_path: Path) -> None:
    text = "from grafanalib.core import Dashboard, Stat\n\ndashboard = Dashboard(\n    title='A',\n"
    text += "    panels=[\n        Stat(title='s'),\n    ],\n)\n"
    project = evaluate({"dashboards/a.py": text})

    (dashboard,) = project.dashboards

    assert dashboard.source == Source(str(tmp_path / "dashboards/a.py"), 3)
    assert places.of(dashboard.spec.panels[0]) == Source(str(tmp_path / "dashboards/a.py"), 6)


def test_grafanalib_is_as_it_was_afterwards(evaluate: Load) -> None:
    from grafanalib.core import Stat

    before = Stat.__init__
    list(evaluate({"dashboards/a.py": "import grafanalib.core\n" + BOARD}).dashboards)

    assert Stat.__init__ is before


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"dashboards/a.py": "x = (\n"}, "a.py:1: syntax error: '(' was never closed"),
        ({"dashboards/a.py": "\n1 / 0\n"}, "a.py:2: ZeroDivisionError: division by zero"),
        (
            {"dashboards/a.py": "import nowhere_at_all\n"},
            "a.py:1: ModuleNotFoundError: No module named 'nowhere_at_all'",
        ),
        ({"dashboards/a.py": "def dashboard(env):\n    return env.nope\n"}, "a.py:2: AttributeError: "),
        ({"dashboards/a.py": "def dashboard():\n    return 1\n"}, "a.py:0: TypeError: dashboard() takes 0 positional"),
        ({"dashboards/a.py": "import sys\nsys.exit(3)\n"}, "a.py:2: the module exits the program"),
        ({"dashboards/a.py": "dashbord = 1\n"}, "a.py:0: the module defines none of the names that are collected"),
        ({"dashboards/a.py": "dashboards = 1\n"}, "a.py:0: 'dashboards' is an int, expected a list"),
        ({"dashboards/a.py": "groups = []\n"}, "a.py:0: 'groups' does not belong in dashboards/"),
        ({"alerts/a.py": "groups = ['x']\n"}, "a.py:0: 'groups' holds a str, expected RuleGroup"),
        ({"alerts/a.py": "from dojoboards import Alert\nAlert(nam='x')\n"}, "a.py:2: Alert takes no 'nam'"),
        (
            {"alerts/a.py": "def groups(env):\n    return [env.setting('limt')]\n"},
            "a.py:2: there is no setting 'limt' in dojoboards.yaml (environment test)",
        ),
    ],
)
def test_content_that_cannot_be_read_is_told_with_its_line(
    evaluate: Load, files: dict[str, str], expected: str
) -> None:
    (problem,) = problems(evaluate, files)

    assert problem.startswith(expected)


def test_problems_of_all_modules_are_told_at_once(evaluate: Load) -> None:
    found = problems(evaluate, {"alerts/a.py": "(", "dashboards/b.py": "x = 1\n", "dashboards/c.py": "1 / 0\n"})

    assert [line.partition(":")[0] for line in found] == ["a.py", "b.py", "c.py"]


def test_prometheus_is_declared_once(evaluate: Load) -> None:
    text = "from dojoboards import Prometheus\nprometheus = Prometheus()\n"

    assert problems(evaluate, {"alerts/a.py": text, "alerts/b.py": text}) == [
        "b.py:2: 'prometheus' is declared twice, here and at alerts/a.py:2"
    ]


def test_folders_through_a_star_import_are_not_silently_lost(evaluate: Load) -> None:
    helper = "from dojoboards import Folder\nfolders = [Folder(uid='a', title='a')]\n"

    found = problems(evaluate, {"dashboards/_f.py": helper, "dashboards/a.py": "from dashboards._f import *\n" + BOARD})

    assert found == ["a.py:0: 'folders' comes into the module by a star import"]


def test_an_empty_project_is_told(tmp_path: Path) -> None:
    with pytest.raises(DojoboardsError, match="there is no content here"):
        load(tmp_path, Environment(name="x"), "p")


def test_the_documentation_has_every_name() -> None:
    text = (Path(__file__).parents[1] / "docs/content.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]

    for name, entry in NAMES.items():
        (row,) = [row for row in rows if row.startswith(f"| `{name}` |")]
        assert f"`{entry.type.__name__}`" in row
        assert entry.becomes in row


def test_modules_that_a_content_module_imports_are_no_content(evaluate: Load) -> None:
    imports = "import types\nprometheus = types.ModuleType('prometheus')\nfolders = types.ModuleType('folders')\n"

    project = evaluate({"dashboards/a.py": imports + BOARD, "alerts/b.py": imports + "groups = []\n"})

    assert [dashboard.spec["title"] for dashboard in project.dashboards] == ["A"]
    assert (project.prometheus, project.folders) == (None, ())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDK warns of itself
def test_builders_of_the_foundation_sdk_may_be_imported_by_their_names(evaluate: Load) -> None:
    imports = "from grafana_foundation_sdk.builders import dashboard as made, prometheus\n"

    project = evaluate({"dashboards/a.py": imports + "dashboard = made.Dashboard('A').uid('a').build()\n"})

    assert [board.spec.title for board in project.dashboards] == ["A"]


def test_a_module_that_imports_modules_only_is_told(evaluate: Load) -> None:
    found = problems(evaluate, {"alerts/a.py": "import types\nprometheus = types.ModuleType('prometheus')\n"})

    assert found == ["a.py:0: the module defines none of the names that are collected"]


def test_modules_in_subdirectories_are_told_with_what_to_do(evaluate: Load) -> None:
    files = {"alerts/sub/deep/x.py": GROUP, "dashboards/team/y.py": BOARD, "dashboards/a.py": BOARD}

    with pytest.raises(DojoboardsError) as caught:
        evaluate(files)

    assert caught.value.exit == 2
    found = {str(problem.source).partition("/alerts/")[2]: problem for problem in caught.value.problems}
    assert found["sub/deep/x.py"].message == "a module in a subdirectory is not collected"
    assert found["sub/deep/x.py"].remedy == (
        "move it up into alerts/; if sub/ holds helpers, start its name with an underscore: alerts/_sub/"
    )
    assert [str(problem.source).endswith("dashboards/team/y.py") for problem in caught.value.problems] == [False, True]


def test_subdirectories_without_content_modules_are_left_alone(evaluate: Load) -> None:
    names = ["_lib/x.py", ".git/x.py", "__pycache__/x.py", "data/x.json", "data/_x.py", "data/_lib/x.py"]

    project = evaluate({**{f"alerts/{name}": "1 / 0\n" for name in names}, "alerts/a.py": "groups = []\n"})

    assert list(project.groups) == []


@pytest.mark.parametrize("kind", ["a file", "a dangling link", "a directory that may not be read"])
def test_a_directory_of_content_that_is_none_is_told(
    evaluate: Load, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerts = tmp_path / "alerts"
    if kind == "a file":
        alerts.write_text(GROUP)
    elif kind == "a dangling link":
        alerts.symlink_to(tmp_path / "nowhere")
    else:
        alerts.mkdir()
        real = os.scandir

        def refuse(path: Path) -> object:  # who runs the tests may be allowed everything
            if Path(path) == alerts:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return real(path)

        monkeypatch.setattr(os, "scandir", refuse)

    reasons = {"a file": "Not a directory", "a dangling link": "No such file or directory"}
    assert problems(evaluate, {"dashboards/a.py": BOARD}) == [
        f"alerts:0: cannot read alerts/: {reasons.get(kind, 'Permission denied')}"
    ]


def test_an_exception_that_cannot_be_shown_is_told_by_its_name(evaluate: Load) -> None:
    text = "class Odd(Exception):\n    def __str__(self):\n        return 1 / 0\n\nraise Odd\n"

    assert problems(evaluate, {"alerts/a.py": text}) == ["a.py:5: Odd"]


@pytest.mark.parametrize("text", ["f'{SECRET}'", "str(SECRET)", "'{:>9}'.format(SECRET)", "'%s' % SECRET"])
def test_a_secret_in_a_text_is_refused_at_its_line(evaluate: Load, text: str) -> None:
    found = problems(
        evaluate, {"alerts/a.py": f"from dojoboards import Secret\nSECRET = Secret('k')\ngroups = [{text}]\n"}
    )

    assert found == ["a.py:3: the secret 'k' cannot be put into a text: its value is only known at push"]
