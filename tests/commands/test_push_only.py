import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.faults import answer
from support.grafana import Grafana, grafana
from support.project import CONFIG, CONTENT, RULES, Builder, Shop, tree

SYSTEMS = ("alertmanager", "prometheus", "grafana")

FOLDERS = """\
from dojoboards import Dashboard, Folder, Team, panels

teams = [Team(name="operations"), Team(name="developers")]
folders = [
    Folder(uid="shop", title="Shop", permissions={"operations": "Admin", "developers": "View"}),
    Folder(uid="db", title="Databases", parent="shop", permissions={"operations": "Admin"}),
]

def board(uid, title, folder=""):
    drawn = panels.dashboard(title, uid=uid, panels=[panels.stat("Up", "count(up)", unit="short")])
    return Dashboard(drawn, folder=folder)

dashboards = [board("sales", "Sales today", "shop"), board("tables", "Tables", "db"), board("plain", "Plain")]
"""


@pytest.fixture
def directories(tmp_path: Path) -> dict[str, Path]:
    return {system: tmp_path / system for system in SYSTEMS}


@pytest.fixture
def files(builder: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> Builder:
    """A project with a directory for each system, pushed once."""
    hook = builder.root.parent / "hook-url"
    hook.write_text("http://127.0.0.1:9/example-hook-token\n")
    config = CONFIG.replace("environments:", f"  secrets:\n    hook: {{file: {hook}}}\nenvironments:")
    contents = {**CONTENT, "alerts/more.py": RULES.replace("FewUp", "OtherUp").replace('name="up"', 'name="other"')}
    builder.write(contents, config, **{system: {"directory": str(place)} for system, place in directories.items()})
    assert builder.push() == 0
    capsys.readouterr()
    return builder


@pytest.fixture
def server() -> Iterator[Grafana]:
    with grafana("13") as running:
        yield running


@pytest.fixture
def api(builder: Builder, server: Grafana, monkeypatch: pytest.MonkeyPatch) -> Builder:
    """A project with folders, teams and dashboards, and a Grafana that has nothing of it yet."""
    monkeypatch.setenv("SHOP_GRAFANA_TOKEN", server.token)
    target = {"url": server.url, "token": {"env": "SHOP_GRAFANA_TOKEN"}, "retries": 0}
    builder.write({"dashboards/boards.py": FOLDERS}, grafana=target)
    assert builder.run("build") == 0
    return builder


def planned(builder: Builder, capsys: pytest.CaptureFixture[str], *patterns: str) -> tuple[list[str], int]:
    """What of a plan is chosen, as `action path`, and how much is left out."""
    capsys.readouterr()
    only = [argument for pattern in patterns for argument in ("--only", pattern)]
    assert builder.run("diff", "--env", "prod", "-o", "json", *only) == 0
    document = json.loads(capsys.readouterr().out)
    changes = [change for target in document["targets"] for change in target["changes"]]
    return [f"{change['action']} {change['path']}" for change in changes], document["left_out"]


@pytest.mark.parametrize(
    "pattern", ["plain", "PLAIN", "Plain", "dashboard/plain", "pl?in", "dashboards/general/plain.json", "General"]
)
def test_a_dashboard_is_named_by_its_key_kind_title_path_or_folder(
    api: Builder, pattern: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert planned(api, capsys, pattern) == (["create dashboards/general/plain.json"], 6)


def test_several_patterns_choose_what_any_of_them_names(api: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    chosen, left_out = planned(api, capsys, "plain", "team")

    assert chosen == [
        "create dashboards/general/plain.json",
        "create teams/developers.json",
        "create teams/operations.json",
    ]
    assert left_out == 4


def test_a_dashboard_brings_the_folder_that_is_not_there_with_those_above_it_and_their_teams(
    api: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    assert api.run("push", "--env", "prod", "--only", "tables") == 0

    assert list(server.dashboards) == ["tables"]
    assert sorted(server.folders) == ["db", "shop"]
    assert sorted(server.teams) == ["developers", "operations"]
    assert "prod: 5 to create; 2 left out\n" in capsys.readouterr().out


@pytest.mark.parametrize("pattern", ["Shop/Databases", "shop.databases", "databases", "db"])
def test_a_folder_is_named_by_its_title_or_the_titles_from_the_top_down(
    api: Builder, pattern: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert api.push() == 0
    api.replace("dashboards/boards.py", '"count(up)"', '"sum(up)"')
    assert api.run("build") == 0

    assert planned(api, capsys, pattern) == (["update dashboards/db/tables.json"], 2)
    assert planned(api, capsys, "Shop*")[0] == ["update dashboards/db/tables.json", "update dashboards/shop/sales.json"]


def test_the_next_push_of_everything_does_the_rest(
    api: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    assert api.run("push", "--env", "prod", "--only", "plain") == 0
    assert list(server.dashboards) == ["plain"]

    assert api.run("push", "--env", "prod") == 0
    assert sorted(server.dashboards) == ["plain", "sales", "tables"]
    capsys.readouterr()
    assert api.run("push", "--env", "prod") == 0
    assert "prod: 7 unchanged\n" in capsys.readouterr().out


def test_a_push_of_a_part_that_has_nothing_to_change_marks_no_deployment(api: Builder, server: Grafana) -> None:
    assert api.run("push", "--env", "prod", "--only", "plain") == 0
    assert len(server.annotations) == 1
    server.organisation.annotations.clear()

    assert api.run("push", "--env", "prod", "--only", "plain") == 0

    assert server.annotations == []


def test_what_someone_changed_elsewhere_does_not_stop_a_part(
    api: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    assert api.push() == 0
    server.edit("sales", lambda board: board.update(title="Mine"))
    api.replace("dashboards/boards.py", '"Plain"', '"Plainer"')
    assert api.run("build") == 0

    assert api.run("push", "--env", "prod", "--only", "plain") == 0

    assert server.dashboards["plain"].title == "Plainer"
    assert server.dashboards["sales"].title == "Mine"
    assert api.run("push", "--env", "prod") == 1


def test_a_pattern_that_names_nothing_tells_what_is_near(files: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    assert files.run("push", "--env", "prod", "--only", "overviw", "--only", "more", "--only", "nothing-like-it") == 2

    assert capsys.readouterr().err == (
        """\
error: --only 'nothing-like-it' names nothing that is built or ours
    A pattern is a kind, a folder, a key, a title or a path; * stands for anything
error: --only 'overviw' names nothing that is built or ours
    did you mean 'overview' or 'dashboard/overview'? A pattern is a kind, a folder, a key, a title or a path; \
* stands for anything
2 problems
"""
    )


def test_of_a_directory_only_what_is_named_is_written(
    files: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files.replace("alerts/rules.py", 'for_="1m"', 'for_="5m"')
    files.replace("alerts/more.py", 'for_="1m"', 'for_="5m"')
    files.replace("dashboards/overview.py", '"Overview"', '"Everything"')
    assert files.run("build") == 0
    before = tree(*directories.values())

    assert files.run("push", "--env", "prod", "--only", "rules/more") == 0

    written = {Path(path).name for path, what in tree(*directories.values()).items() if before.get(path) != what}
    assert written == {"more.yml", "manifest.json", "base.zip"}
    output = capsys.readouterr().out
    assert output.endswith("prod: 1 to update; 2 left out\nprod: pushed 1 change; not verified\n")

    assert files.run("push", "--env", "prod") == 0
    assert "prod: 2 to update, 6 unchanged\n" in capsys.readouterr().out
    assert files.run("push", "--env", "prod") == 0
    assert capsys.readouterr().out == "prod: 8 unchanged\nprod: nothing to change; not verified\n"


def test_a_change_by_someone_else_that_was_left_out_is_still_seen_by_the_next_push(
    files: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    rules = directories["prometheus"] / "rules"
    live = rules / "rules.yml"
    live.write_text(live.read_text().replace("for: 1m", "for: 9m"))
    (rules / "rules.yml").with_suffix(".bak").write_text("mine")
    files.replace("alerts/more.py", 'for_="1m"', 'for_="5m"')
    assert files.run("build") == 0

    assert files.run("push", "--env", "prod", "--only", "more") == 0

    assert "for: 9m" in live.read_text()
    assert "for: 5m" in (rules / "more.yml").read_text()
    capsys.readouterr()
    assert files.run("push", "--env", "prod") == 1
    output = capsys.readouterr().out
    assert "  drifted   rules/rules.yml  changed by someone since the last push\n" in output
    assert "changed  alert FewUp, for: 1m -> 9m" in output
    assert files.run("push", "--env", "prod", "--overwrite") == 0
    assert "for: 1m" in live.read_text()


def test_what_someone_took_away_and_was_left_out_is_still_seen(
    files: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (directories["prometheus"] / "rules/rules.yml").unlink()
    files.replace("alerts/more.py", 'for_="1m"', 'for_="5m"')
    assert files.run("build") == 0

    assert files.run("push", "--env", "prod", "--only", "more") == 0
    capsys.readouterr()
    assert files.run("push", "--env", "prod") == 1

    assert "  drifted   rules/rules.yml  taken away by someone since the last push\n" in capsys.readouterr().out


def test_a_configuration_goes_with_the_files_that_it_names(
    files: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files.replace("alerts/routing.py", "{{ .Status }}", "{{ .Status | toUpper }}")
    files.replace("alerts/more.py", 'for_="1m"', 'for_="5m"')
    assert files.run("build") == 0

    chosen, left_out = planned(files, capsys, "notification-template")

    assert [change.partition(".")[0] for change in chosen] == ["update alertmanager", "update templates/shop"]
    assert left_out == 1


def test_a_dashboard_in_a_new_folder_brings_the_file_that_provides_the_folder(
    files: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files.change("dashboards/boards.py", FOLDERS)
    assert files.run("build") == 0

    assert planned(files, capsys, "plain") == (["create dashboards/general/plain.json"], 3)
    assert planned(files, capsys, "tables") == (
        ["create dashboards/shop.databases/tables.json", "update provisioning/dashboards/dojoboards.yaml"],
        2,
    )


def test_what_is_no_longer_built_goes_only_if_it_is_named(files: Builder, directories: dict[str, Path]) -> None:
    (files.root / "alerts/more.py").unlink()
    (files.root / "dashboards/overview.py").unlink()
    assert files.run("build") == 0

    assert files.run("push", "--env", "prod", "--prune", "--only", "overview") == 0

    assert not (directories["grafana"] / "dashboards/general/overview.json").exists()
    assert (directories["prometheus"] / "rules/more.yml").exists()


def test_targets_of_which_nothing_is_named_are_neither_checked_nor_verified(
    files: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files.replace(
        "dojoboards.yaml",
        "  prometheus:\n        directory",
        "  prometheus:\n        servers: [{url: 'http://127.0.0.1:1'}]\n        directory",
    )
    files.replace("dashboards/overview.py", '"Overview"', '"Everything"')
    assert files.run("build") == 0

    assert files.run("push", "--env", "prod", "--only", "dashboard") == 0

    assert capsys.readouterr().out.endswith("prod: pushed 1 change; not verified\n")
    assert files.run("push", "--env", "prod") == 3


def test_a_part_is_verified_though_someone_changed_another_part(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write({**CONTENT, "alerts/more.py": RULES.replace("FewUp", "OtherUp").replace('name="up"', 'name="other"')})
    assert shop.builder.push("--adopt") == 0
    edited = shop.prometheus.directory / "rules/rules.yml"
    edited.write_text(edited.read_text().replace("count by (job) (up == 1)", "sort_by_label(up, 'job')"))
    shop.builder.replace("alerts/more.py", 'for_="1m"', 'for_="5m"')

    assert shop.builder.push("--only", "more") == 1
    assert "put back as it was" in (error := capsys.readouterr().err)
    assert "failed to reload config" in error

    edited.write_text(edited.read_text().replace("sort_by_label(up, 'job')", "sum by (job) (up)"))
    assert shop.builder.push("--only", "more") == 0
    assert capsys.readouterr().out.endswith("prod: pushed 1 change; the servers run it\n")


def test_a_part_that_fails_is_partly_applied_too(
    api: Builder, server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    server.fail(answer(500), method="POST", path="/api/dashboards/db", times=None)

    assert api.run("push", "--env", "prod", "--only", "sales") == 4

    assert f"3 of 4 changes were applied to Grafana at {server.url}; not yet: dashboards/shop/sales.json" in (
        capsys.readouterr().err
    )
