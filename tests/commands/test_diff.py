import json
from pathlib import Path

import pytest

from dojoboards.commands.push import Options, push
from dojoboards.config import read
from support.grafana import grafana
from support.project import BOARD, CONFIG, CONTENT, Builder, tree

SECRET = "http://127.0.0.1:9/example-hook-token"


@pytest.fixture
def directories(tmp_path: Path) -> dict[str, Path]:
    return {system: tmp_path / system for system in ("alertmanager", "prometheus", "grafana")}


@pytest.fixture
def written(builder: Builder, directories: dict[str, Path]) -> Builder:
    """A built project with a directory for each system; nobody answers at the addresses of their servers."""
    hook = builder.root.parent / "hook-url"
    hook.write_text(SECRET + "\n")
    config = CONFIG.replace("environments:", f"  secrets:\n    hook: {{file: {hook}}}\nenvironments:")
    builder.write(CONTENT, config, **{system: {"directory": str(place)} for system, place in directories.items()})
    assert builder.run("build") == 0
    return builder


@pytest.fixture
def pushed(written: Builder, capsys: pytest.CaptureFixture[str]) -> Builder:
    """The same, pushed; from then on the servers would have to answer."""
    assert written.push() == 0
    written.replace(
        "dojoboards.yaml",
        "  prometheus:\n        directory",
        "  prometheus:\n        servers: [{url: 'http://127.0.0.1:1'}]\n        directory",
    )
    assert written.run("push", "--env", "prod") == 3
    capsys.readouterr()
    return written


def diff(builder: Builder, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """Return what is printed."""
    capsys.readouterr()
    assert builder.run("diff", "--env", "prod", *arguments) == code
    return capsys.readouterr().out


def change(builder: Builder, name: str, old: str, new: str) -> None:
    builder.replace(name, old, new)
    assert builder.run("build") == 0


def test_before_the_first_push_everything_is_to_be_created(
    written: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    output = diff(written, capsys, "--exit-code", code=1)

    assert f"prometheus in {directories['prometheus']}\n  create    prometheus.yml\n" in output
    assert output.endswith("prod: 7 to create\n")
    assert not any(place.exists() for place in directories.values())


def test_after_a_push_there_is_nothing_to_tell(pushed: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(pushed, capsys, "--exit-code") == "prod: 7 unchanged\n"


def test_a_change_is_told_by_what_it_means_and_no_server_is_asked(
    pushed: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    change(pushed, "alerts/rules.py", 'for_="1m"', 'for_="5m"')
    change(
        pushed,
        "dashboards/overview.py",
        'panels.stat("Up", "job:up:count", unit="short")',
        'panels.stat("Targets", "job:up:count", unit="none")',
    )
    before = tree(*directories.values())

    output = diff(pushed, capsys)

    assert output == (
        f"""\
prometheus in {directories["prometheus"]}
  update    rules/rules.yml
      changed  alert FewUp, for: 1m -> 5m
grafana in {directories["grafana"]}
  update    dashboards/general/overview.json
      renamed  panel: Up -> Targets
      changed  panel 'Targets', unit: short -> none
      changed  panel ids (of 1 panel: a link to a single panel names its id)
prod: 2 to update, 5 unchanged
"""
    )
    assert tree(*directories.values()) == before


def test_the_exit_code_tells_of_pending_changes_only_where_that_was_asked_for(
    pushed: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    change(pushed, "alerts/rules.py", 'for_="1m"', 'for_="5m"')

    assert diff(pushed, capsys) == diff(pushed, capsys, "--exit-code", code=1)


def test_what_a_push_would_leave_is_pending_only_with_prune(
    pushed: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (pushed.root / "dashboards/overview.py").unlink()
    assert pushed.run("build") == 0

    assert "delete    dashboards/general/overview.json  only with --prune" in diff(pushed, capsys, "--exit-code")
    assert "delete    dashboards/general/overview.json\n" in diff(pushed, capsys, "--exit-code", "--prune", code=1)


def test_what_someone_changed_is_told_beside_what_a_push_would_change(
    pushed: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    live = directories["prometheus"] / "rules/rules.yml"
    live.write_text(live.read_text().replace("for: 1m", "for: 9m"))
    change(pushed, "alerts/rules.py", 'severity="critical"', 'severity="warning"')

    output = diff(pushed, capsys, "--exit-code", code=1)

    assert output == (
        f"""\
prometheus in {directories["prometheus"]}
  drifted   rules/rules.yml  changed by someone since the last push
      since the last push:
        changed  alert FewUp, for: 1m -> 9m
      --overwrite would change:
        changed  alert FewUp, for: 9m -> 1m
        changed  alert FewUp, severity: critical -> warning
prod: 1 drifted, 6 unchanged
"""
    )


def test_what_stands_in_the_way_is_told_without_its_secrets(
    written: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    directories["alertmanager"].mkdir()
    (directories["alertmanager"] / "alertmanager.yml").write_text(
        f"route: {{receiver: hook}}\nreceivers: [{{name: hook, webhook_configs: [{{url: '{SECRET}'}}]}}]\n"
    )

    for output in ("text", "json", "markdown"):
        told = diff(written, capsys, "-o", output)

        assert "route severity" in told
        assert "example-hook-token" not in told
    assert "conflict  alertmanager.yml" in (text := diff(written, capsys))
    assert "        changed  root route, receiver: hook -> nobody\n" in text


def test_a_push_shows_the_same_before_it_asks(pushed: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    change(pushed, "alerts/rules.py", 'for_="1m"', 'for_="5m"')
    pushed.replace("dojoboards.yaml", "servers: [{url: 'http://127.0.0.1:1'}]", "servers: []")
    shown = diff(pushed, capsys)
    seen: list[str] = []

    def confirm(question: str) -> bool:
        seen.append(capsys.readouterr().out + question)
        return False

    assert push(read(pushed.root), "prod", Options(), confirm) == 1

    assert seen == [shown + "Apply 1 change to prod?"]


def test_the_document_is_that_of_a_push(pushed: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    change(pushed, "alerts/rules.py", 'for_="1m"', 'for_="5m"')
    pushed.replace("dojoboards.yaml", "servers: [{url: 'http://127.0.0.1:1'}]", "servers: []")

    document = json.loads(diff(pushed, capsys, "-o", "json"))

    assert document["targets"][1]["changes"][0]["differences"] == [
        {"what": "changed", "where": ["alert FewUp", "for"], "before": "1m", "after": "5m"}
    ]
    assert pushed.run("push", "--env", "prod", "--dry-run", "-o", "json") == 0
    assert json.loads(capsys.readouterr().out) == {**document, "applied": False, "verified": False}


def test_markdown_is_for_a_comment(
    pushed: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    change(pushed, "alerts/rules.py", 'for_="1m"', 'for_="5m"')

    assert diff(pushed, capsys, "-o", "markdown") == (
        f"""\
### dojoboards: `prod`

**1 to update, 6 unchanged**

<details open><summary><code>prometheus in {directories["prometheus"]}</code>: 1 to update</summary>

<details><summary>update <code>rules/rules.yml</code></summary>

- **changed** `alert FewUp, for`: `1m` → `5m`

</details>

</details>
"""
    )


def test_a_dashboard_in_another_folder_has_moved(pushed: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    pushed.change(
        "dashboards/overview.py",
        """\
        from dojoboards import Dashboard, Folder, panels

        folders = [Folder(uid="shop", title="Shop")]

        def dashboard(env):
            up = panels.stat("Up", "job:up:count", unit="short")
            return Dashboard(spec=panels.dashboard("Overview", uid="overview", panels=[up]), folder="shop")
        """,
    )
    assert pushed.run("build") == 0

    output = diff(pushed, capsys)

    assert "  update    dashboards/shop/overview.json\n      moved    folder: general -> shop\n" in output
    assert "      added    dashboard provider 'shop-shop'\n" in output


def test_a_diff_is_refused_where_build_is_not_what_the_content_gives(
    pushed: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    pushed.replace("alerts/rules.py", 'for_="1m"', 'for_="5m"')

    assert diff(pushed, capsys, code=1) == ""
    assert pushed.run("diff", "--env", "prod") == 1
    assert "build/prod is not what the content gives: 1 file differs" in capsys.readouterr().err


def test_what_cannot_be_read_is_a_problem_as_with_a_push(
    pushed: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (directories["grafana"] / ".dojoboards/manifest.json").write_text("{")

    assert pushed.run("diff", "--env", "prod") == 2

    assert "cannot read the list of what is ours: it is damaged" in capsys.readouterr().err
    assert pushed.run("diff", "--env", "nowhere") == 2


def test_what_a_push_that_is_told_to_would_write_over_is_an_update(
    pushed: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    live = directories["prometheus"] / "rules/rules.yml"
    live.write_text(live.read_text().replace("for: 1m", "for: 9m"))

    output = diff(pushed, capsys, "--overwrite", "--exit-code", code=1)

    assert output == (
        f"""\
prometheus in {directories["prometheus"]}
  update    rules/rules.yml
      changed  alert FewUp, for: 9m -> 1m
prod: 1 to update, 6 unchanged
"""
    )


def test_what_a_push_that_is_told_to_would_take_as_ours_is_an_update(
    written: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    directories["prometheus"].mkdir()
    (directories["prometheus"] / "prometheus.yml").write_text("global: {scrape_interval: 7s}\n")

    assert "  conflict  prometheus.yml " in diff(written, capsys)
    assert "  update    prometheus.yml\n" in (output := diff(written, capsys, "--adopt"))
    assert "scrape_interval: 7s -> 1s\n" in output


def test_only_what_is_named_is_shown_and_pending(pushed: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    change(pushed, "alerts/rules.py", 'for_="1m"', 'for_="5m"')

    assert diff(pushed, capsys, "--only", "dashboard", "--exit-code") == "prod: 1 unchanged; 1 left out\n"
    assert diff(pushed, capsys, "--only", "rules", "--exit-code", code=1).endswith("prod: 1 to update\n")
    assert "**1 unchanged; 1 left out**" in diff(pushed, capsys, "--only", "dashboard", "-o", "markdown")


def test_who_changed_a_dashboard_in_grafana_and_when_is_told_in_every_form(
    builder: Builder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with grafana("13") as server:
        monkeypatch.setenv("SHOP_GRAFANA_TOKEN", server.token)
        target = {"url": server.url, "token": {"env": "SHOP_GRAFANA_TOKEN"}}
        builder.write({"dashboards/overview.py": BOARD}, grafana=target)
        assert builder.push() == 0
        server.edit("overview", lambda board: board.update(title="Mine"), by=server.account("mira", "Editor"))

        text, document, markdown = (diff(builder, capsys, "-o", output) for output in ("text", "json", "markdown"))

    (drifted,) = json.loads(document)["targets"][0]["changes"]
    assert drifted["edited"]["who"] == "mira"
    when = drifted["edited"]["when"]
    assert drifted["drift"] == [{"what": "changed", "where": ["title"], "before": "Overview", "after": "Mine"}]
    assert text.splitlines()[1:5] == [
        f"  drifted   dashboards/general/overview.json  changed by mira since the last push, {when}",
        "      since the last push:",
        "        changed  title: Overview -> Mine",
        "      --overwrite puts back what was pushed last",
    ]
    assert f"<code>changed by mira since the last push, {when}</code></summary>" in markdown
    assert "Since the last push:\n\n- **changed** `title`: `Overview` → `Mine`\n" in markdown


def test_a_build_that_cannot_be_read_is_told(pushed: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    built = pushed.root / "build/prod/prometheus/prometheus.yml"
    built.unlink()
    built.symlink_to("/nowhere/at/all")

    assert pushed.run("diff", "--env", "prod") == 2
    assert "prometheus.yml: error: cannot read what was built before: No such file" in capsys.readouterr().err
