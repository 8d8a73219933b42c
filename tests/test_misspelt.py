from collections.abc import Mapping
from pathlib import Path

import pytest

from dojoboards.errors import DojoboardsError
from dojoboards.load import load
from dojoboards.model import Environment, Project

GROUPS = "from dojoboards import *\n\ngroups = []\n"
FOLDERS = "from dojoboards import *\n\nfolders = []\n"
BOARD = "panels.dashboard('A', uid='a', panels=[])"


def evaluated(root: Path, files: Mapping[str, str]) -> Project:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    project = load(root, Environment(name="test"), "shop")
    list(project.dashboards)
    return project


@pytest.mark.parametrize(
    ("name", "text", "word", "near"),
    [
        ("alerts/a.py", f"{GROUPS}recievers = [Receiver(name='a')]\n", "recievers", "receivers"),
        ("alerts/a.py", f"{GROUPS}receiver = (Receiver(name='a'),)\n", "receiver", "receivers"),
        (
            "alerts/a.py",
            f"{GROUPS}inhibition = [InhibitRule(source_matchers=[], target_matchers=[])]\n",
            "inhibition",
            "inhibitions",
        ),
        ("alerts/a.py", f"{GROUPS}scrapejobs = {{'a': ScrapeJob(name='a')}}\n", "scrapejobs", "scrape_jobs"),
        (
            "alerts/a.py",
            f"{GROUPS}if True:\n    alertmanger = Alertmanager(receiver='a')\n",
            "alertmanger",
            "alertmanager",
        ),
        ("dashboards/a.py", f"{FOLDERS}dashbords = [{BOARD}]\n", "dashbords", "dashboards"),
        ("dashboards/a.py", f"{FOLDERS}dashbaord = {BOARD}\n", "dashbaord", "dashboard"),
        ("dashboards/a.py", f"{FOLDERS}dashbord = Dashboard({BOARD})\n", "dashbord", "dashboard"),
        (
            "dashboards/a.py",
            f"{FOLDERS}from grafanalib.core import Dashboard as D\ndashbord = D(title='A')\n",
            "dashbord",
            "dashboard",
        ),
    ],
)
def test_a_misspelt_name_beside_a_good_one_is_told(name: str, text: str, word: str, near: str, tmp_path: Path) -> None:
    with pytest.raises(DojoboardsError) as caught:
        evaluated(tmp_path, {name: text})

    (problem,) = caught.value.problems
    line = next(number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith(word))
    assert str(problem) == (
        f"{tmp_path / name}:{line}: {word!r} is not collected, nor is what it holds\n"
        f"    did you mean {near!r}? The name of something else starts with an underscore"
    )
    assert caught.value.exit == 2


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("receiver = Receiver(name='a')\nreceivers = [receiver]\n", id="one of the list beside it"),
        pytest.param("folder = Folder(uid='a', title='A')\n", id="a single thing, which others import"),
        pytest.param("receivers = []\nmore_receivers = [Receiver(name='a')]\n", id="a part of the list"),
        pytest.param("pager = [Receiver(name='a')]\n", id="another word"),
        pytest.param("_recievers = [Receiver(name='a')]\n", id="an underscore"),
        pytest.param("templates_ = {'a': 'b'}\nroutess = []\ntemplate = ['{{ . }}']\n", id="other things"),
        pytest.param("def recievers(env):\n    return [Receiver(name='a')]\n", id="a function"),
    ],
)
def test_other_names_are_passed_over(text: str, tmp_path: Path) -> None:
    assert evaluated(tmp_path, {"alerts/a.py": GROUPS + text}).name == "shop"


def test_a_misspelt_name_is_told_once_where_it_is_given(tmp_path: Path) -> None:
    given = f"{GROUPS}recievers = [Receiver(name='a')]\n"

    with pytest.raises(DojoboardsError) as caught:
        evaluated(tmp_path, {"alerts/a.py": f"{GROUPS}from alerts.b import recievers\n", "alerts/b.py": given})

    assert [str(problem.source) for problem in caught.value.problems] == [f"{tmp_path}/alerts/b.py:4"]
