from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dojoboards.commands.push import Options, push
from dojoboards.config import read
from dojoboards.errors import DojoboardsError, Problem
from dojoboards.targets.directory import DirectoryTarget
from support.project import BOARD, CONFIG, RULES, Builder, tree

TEMPLATE = """\
from dojoboards import Alertmanager, NotificationTemplate, Receiver

alertmanager = Alertmanager(receiver="nobody")
receivers = [Receiver(name="nobody")]
templates = [NotificationTemplate(name="shop", text='{{ define "shop" }}VERSION{{ end }}')]
"""

At = Callable[[Path], str]

here = pytest.mark.parametrize("at", ["here"], indirect=True)

_WRITES = frozenset({"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.truncate", "open"})
_count_down: list[int] = []


def _die(event: str, arguments: tuple[object, ...]) -> None:
    if not _count_down or event not in _WRITES:
        return
    if event == "open" and not (isinstance(flags := arguments[2], int) and flags & (os.O_WRONLY | os.O_RDWR)):
        return
    _count_down[0] -= 1
    if _count_down[0] < 0:
        os._exit(9)


sys.addaudithook(_die)  # it cannot be removed, so it only acts in a child that asked for it


@pytest.fixture
def project(builder: Builder, at: At) -> Builder:
    """A project whose three targets are directories that no server reads."""
    targets = {
        name: {"directory": at(builder.root.parent / name)} for name in ("prometheus", "alertmanager", "grafana")
    }
    contents = {
        "alerts/rules.py": RULES,
        "alerts/routing.py": TEMPLATE,
        "dashboards/overview.py": BOARD,
    }
    builder.write(contents, CONFIG, **targets)
    return builder


def second_version(builder: Builder) -> None:
    """A rule changed, a template moved, a dashboard moved and renamed, a module came and one went."""
    builder.replace("alerts/rules.py", "1m", "2m")
    builder.replace("alerts/routing.py", "VERSION", "{{ .Status }}")
    builder.change("alerts/new.py", RULES.replace('name="up"', 'name="new"').replace("FewUp", "FewNew"))
    builder.change(
        "dashboards/_f.py", "from dojoboards import Folder\n\nfolders = [Folder(uid='shop', title='Shop')]\n"
    )
    builder.change(
        "dashboards/overview.py",
        "from dashboards._f import folders\nfrom dojoboards import Dashboard, panels\n\n\ndef dashboard(env):\n"
        "    return Dashboard(panels.dashboard('Overview 2', uid='overview', panels=[]), folder='shop')\n",
    )


def directories(builder: Builder) -> list[Path]:
    return [builder.root.parent / name for name in ("prometheus", "alertmanager", "grafana")]


def pushed_undisturbed(builder: Builder) -> dict[str, tuple[bytes, int]]:
    assert builder.push("--prune", "--no-verify") == 0
    return tree(*directories(builder))


def in_a_child(function: Callable[[], int], steps: int) -> bool:
    """Run *function* in a child that dies at a step; return whether it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, 1)
            os.dup2(devnull, 2)
            _count_down.append(steps)
            function()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@here
def test_a_push_that_is_killed_at_any_step_is_completed_by_the_next_one(project: Builder) -> None:
    pushed_undisturbed(project)
    parent = project.root.parent
    for place in directories(project):
        shutil.copytree(place, parent / "first" / place.name)
    second_version(project)
    expected = pushed_undisturbed(project)
    assert len(list((parent / "grafana/dashboards").rglob("*.json"))) == 1

    def push() -> int:
        return project.run("push", "--env", "prod", "--prune", "--no-verify")

    steps = 0
    finished = False
    while not finished:
        for place in directories(project):
            shutil.rmtree(place)
            shutil.copytree(parent / "first" / place.name, place)

        finished = in_a_child(push, steps)

        assert push() == 0, f"after it was killed at step {steps}"
        assert tree(*directories(project)) == expected, f"after it was killed at step {steps}"
        assert not [path for path in tree(*directories(project)) if "staging" in path]
        steps += 1
    assert steps > 20


def test_a_first_push_that_fails_leaves_no_trace(project: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    (project.root.parent / "grafana").write_text("a file in the way\n")

    assert project.push() == 2

    assert sorted(path.name for path in project.root.parent.iterdir()) == ["grafana", "project"]
    assert "it is not a directory" in capsys.readouterr().err


def test_what_the_directory_is_for_root_belongs_to_its_owner(project: Builder) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    place = directories(project)[0]
    place.mkdir()
    os.chown(place, 12345, 12345)

    assert project.push() == 0

    assert {file.stat().st_uid for file in place.rglob("*")} == {12345}


def test_secrets_belong_to_whoever_the_server_runs_as(
    project: Builder, at: At, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    monkeypatch.setenv("SHOP_TOKEN", "example-token")
    project.change(
        "alerts/jobs.py",
        "from dojoboards import ScrapeJob, Secret\n\n"
        "scrape_jobs = [ScrapeJob(name='a', targets=['a:1'], authorization=Secret('token'))]\n",
    )
    project.replace("dojoboards.yaml", "defaults:\n", "defaults:\n  secrets:\n    token: {env: SHOP_TOKEN}\n")
    place = directories(project)[0]
    project.replace("dojoboards.yaml", f"directory: {at(place)}\n", f"directory: {at(place)}\n        owner: nobody\n")

    assert project.push() == 0

    assert (place / "secrets/token").owner() == "nobody"
    assert (place / "prometheus.yml").owner() == "root"
    project.replace("dojoboards.yaml", "owner: nobody", "owner: nobody-at-all")
    assert project.push() == 2
    assert "there is no such user on th" in capsys.readouterr().err


def test_a_link_that_leads_out_is_refused(project: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    outside = project.root.parent / "outside"
    outside.mkdir()
    prometheus = directories(project)[0]
    prometheus.mkdir()
    (prometheus / "rules").symlink_to(outside)

    assert project.push() == 1

    assert f"rules/rules.yml would be written to {outside}" in capsys.readouterr().err
    assert list(outside.iterdir()) == []


def test_the_server_may_see_the_directory_elsewhere(project: Builder, at: At) -> None:
    place = at(directories(project)[2])
    project.replace("dojoboards.yaml", f"directory: {place}", f"directory: {place}\n        server_path: /seen")

    assert project.push() == 0

    providers = (directories(project)[2] / "provisioning/dashboards/dojoboards.yaml").read_text()
    assert "path: /seen/dashboards/general" in providers


@here
def test_what_grafana_reads_recursively_holds_dashboards_only(project: Builder) -> None:
    pushed_undisturbed(project)

    loaded = [file for file in (directories(project)[2] / "dashboards").rglob("*") if file.is_file()]

    assert [json.loads(file.read_text())["uid"] for file in loaded] == ["overview"]


def test_what_is_put_back_keeps_its_owner_its_mode_and_its_links(project: Builder) -> None:
    """Made to fail by a server that is not there, after everything was written."""
    prometheus = directories(project)[0]
    prometheus.mkdir()
    (prometheus / "elsewhere.yml").write_text("global: {}\n")
    (prometheus / "prometheus.yml").symlink_to("elsewhere.yml")
    assert project.push("--adopt") == 0
    (prometheus / "prometheus.yml").unlink()
    (prometheus / "prometheus.yml").symlink_to("elsewhere.yml")
    (prometheus / "rules/rules.yml").chmod(0o640)
    if os.geteuid() == 0:
        os.chown(prometheus / "rules/rules.yml", 12345, 12345)
    before = (prometheus / "rules/rules.yml").stat()
    second_version(project)
    assert project.run("build") == 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DirectoryTarget, "reload", lambda _: [Problem("the server refuses it")])
        assert project.run("push", "--env", "prod", "--overwrite") == 1

    after = (prometheus / "rules/rules.yml").stat()
    assert (prometheus / "prometheus.yml").readlink() == Path("elsewhere.yml")
    assert (after.st_uid, after.st_gid, after.st_mode, after.st_mtime_ns) == (
        before.st_uid, before.st_gid, before.st_mode, before.st_mtime_ns,
    )  # fmt: skip
    assert not list(prometheus.glob(".dojoboards-*"))


@pytest.mark.parametrize("path", ["../victim", "/etc/victim", "rules/../../victim"])
def test_a_list_that_names_files_elsewhere_is_refused(
    project: Builder, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pushed_undisturbed(project)
    (project.root.parent / "victim").write_text("mine")
    manifest = directories(project)[0] / ".dojoboards/manifest.json"
    document = json.loads(manifest.read_text())
    document["files"][path] = {"kind": "rules", "key": "victim"}
    manifest.write_text(json.dumps(document))

    assert project.push("--prune", "--overwrite") == 2

    assert (project.root.parent / "victim").read_text() == "mine"
    assert "cannot read the list of what is ours: it is damaged" in capsys.readouterr().err


def test_two_targets_in_one_directory_are_refused(project: Builder, at: At, capsys: pytest.CaptureFixture[str]) -> None:
    place = directories(project)[0]
    project.replace("dojoboards.yaml", str(directories(project)[1]), str(place))

    assert project.push() == 2

    assert f"alertmanager and prometheus both go to {at(place)}" in capsys.readouterr().err
    assert not place.exists()


@here
@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("build", "part of the project's build/"),
        ("build/prod/prometheus", "part of the project's build/"),
        ("alerts", "part of the project's alerts/"),
        ("dashboards/out", "part of the project's dashboards/"),
        (".", "where the project itself is"),
        ("..", "where the project itself is"),
        ("elsewhere", "part of the project's build/"),
    ],
)
def test_a_directory_that_is_part_of_the_project_is_refused(
    project: Builder, place: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.root / "elsewhere").symlink_to("build/prod")
    project.replace("dojoboards.yaml", str(directories(project)[0]), place)
    assert project.run("build") == 0
    before = tree(project.root.parent)

    assert project.run("push", "--env", "prod", "--adopt") == 2

    assert f"prometheus goes to {(project.root / place).resolve()}, which is {why}\n" in capsys.readouterr().err
    assert tree(project.root.parent) == before


def test_the_directory_of_another_environment_is_refused_and_stays(
    project: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    pushed_undisturbed(project)
    project.replace("dojoboards.yaml", "\n  prod:\n", "\n  staging: &here\n")
    project.change("dojoboards.yaml", (project.root / "dojoboards.yaml").read_text() + "  prod: *here\n")
    second_version(project)
    assert project.run("build") == 0
    before = tree(*directories(project))

    assert project.run("push", "--env", "staging", "--overwrite", "--adopt") == 1

    told = capsys.readouterr().err
    assert "the directory belongs to the environment 'prod', not to 'staging'\n    give each environment" in told
    assert tree(*directories(project)) == before


def test_a_damaged_list_of_what_is_ours_is_told_and_nothing_is_written(
    project: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    pushed_undisturbed(project)
    (directories(project)[0] / ".dojoboards/manifest.json").write_text("{")
    second_version(project)
    before = tree(*directories(project))

    assert project.push() == 2

    assert tree(*directories(project)) == before
    assert "cannot read the list of what is ours: it is damaged" in capsys.readouterr().err


def pushed_while(project: Builder, happens: Callable[[], object]) -> int:
    """Push on a terminal, where something happens while the question is waiting for its answer."""

    def confirm(_: str) -> bool:
        happens()
        return True

    return push(read(project.root), "prod", Options(verify=False), confirm)


def test_what_somebody_changes_after_the_plan_was_shown_is_not_written_over(project: Builder) -> None:
    pushed_undisturbed(project)
    rules = project.root.parent / "prometheus/rules/rules.yml"
    second_version(project)
    assert project.run("build") == 0

    with pytest.raises(DojoboardsError) as refused:
        pushed_while(project, lambda: rules.write_text("groups: []  # mine\n"))

    message = str(refused.value)
    assert "rules/rules.yml was changed since the plan was made" in message
    assert "push again: the new plan shows what is there by now" in message
    assert rules.read_text() == "groups: []  # mine\n"
    assert not list(rules.parent.parent.glob(".dojoboards-*"))


def test_what_somebody_else_puts_in_the_way_meanwhile_stays(project: Builder) -> None:
    assert project.run("build") == 0
    strange = project.root.parent / "prometheus/rules/rules.yml"

    def arrives() -> None:
        strange.parent.mkdir(parents=True)
        strange.write_text("groups: []  # mine\n")

    with pytest.raises(DojoboardsError, match=r"rules/rules\.yml was changed since the plan was made"):
        pushed_while(project, arrives)

    assert strange.read_text() == "groups: []  # mine\n"


def test_of_two_first_pushes_at_once_the_second_sees_the_first(project: Builder) -> None:
    assert project.run("build") == 0

    with pytest.raises(DojoboardsError, match="another push was here since the plan was made"):
        pushed_while(project, lambda: pushed_undisturbed(project))


def test_what_somebody_changes_while_a_push_is_at_work_is_theirs(
    project: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    pushed_undisturbed(project)
    template = next((project.root.parent / "alertmanager/templates").iterdir())
    project.replace("alerts/rules.py", "1m", "2m")
    assert project.run("build") == 0

    assert pushed_while(project, lambda: template.write_text("mine")) == 0
    capsys.readouterr()

    assert project.push("--no-verify") == 1
    assert f"templates/{template.name}" in capsys.readouterr().err
    assert template.read_text() == "mine"
