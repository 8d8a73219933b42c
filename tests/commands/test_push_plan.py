import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from dojoboards.commands import plan_file
from support.grafana import Grafana, grafana
from support.project import BOARD, CONFIG, CONTENT, RULES, Builder, tree

SECRET = "http://127.0.0.1:9/hunter2"
SYSTEMS = ("alertmanager", "prometheus", "grafana")


@pytest.fixture
def directories(tmp_path: Path) -> dict[str, Path]:
    return {system: tmp_path / system for system in SYSTEMS}


@pytest.fixture
def changed(builder: Builder, directories: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> Builder:
    """A project that was pushed, and of which a rule and a dashboard have changed since."""
    hook = builder.root.parent / "hook-url"
    hook.write_text(SECRET + "\n")
    config = CONFIG.replace("environments:", f"  secrets:\n    hook: {{file: {hook}}}\nenvironments:")
    config += "  test:\n"
    builder.write(CONTENT, config, **{system: {"directory": str(place)} for system, place in directories.items()})
    assert builder.push() == 0
    builder.replace("alerts/rules.py", 'for_="1m"', 'for_="5m"')
    builder.replace("dashboards/overview.py", '"Overview"', '"Everything"')
    assert builder.run("build") == 0
    capsys.readouterr()
    return builder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "plan.json"


def save(builder: Builder, file: Path, *arguments: str) -> None:
    assert builder.run("push", "--env", "prod", "--save-plan", str(file), *arguments) == 0


def apply(builder: Builder, file: Path, *arguments: str) -> int:
    return builder.run("push", "--env", "prod", "--plan", str(file), *arguments)


def refused(builder: Builder, file: Path, capsys: pytest.CaptureFixture[str], code: int = 1) -> str:
    """What is told of a plan that is not applied."""
    capsys.readouterr()
    before = tree(builder.root.parent)
    assert apply(builder, file) == code
    assert tree(builder.root.parent) == before
    return capsys.readouterr().err


def test_a_plan_is_saved_for_its_owner_and_nothing_is_changed(
    changed: Builder, directories: dict[str, Path], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(*directories.values())

    save(changed, file)

    assert tree(*directories.values()) == before
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert capsys.readouterr().out.endswith(
        f"prod: 2 to update, 5 unchanged\nprod: the plan is saved in {file}; nothing was changed\n"
    )
    document = json.loads(file.read_bytes())
    assert (document["format"], document["version"]) == ("dojoboards plan", 1)
    assert [target["name"] for target in document["targets"]] == [
        f"{system} in {directories[system]}" for system in SYSTEMS
    ]


def test_a_saved_plan_is_applied(
    changed: Builder, directories: dict[str, Path], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(changed, file)

    assert apply(changed, file) == 0

    assert capsys.readouterr().out.endswith("prod: pushed 2 changes; not verified\n")
    assert "for: 5m" in (directories["prometheus"] / "rules/rules.yml").read_text()


def test_a_saved_plan_can_be_looked_at_first(
    changed: Builder, directories: dict[str, Path], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(changed, file)
    before = tree(*directories.values())

    assert apply(changed, file, "--dry-run") == 0

    assert tree(*directories.values()) == before
    assert "changed  alert FewUp, for: 1m -> 5m" in capsys.readouterr().out


def test_no_secret_is_in_a_plan_nor_can_be_guessed_from_it(
    changed: Builder, directories: dict[str, Path], file: Path
) -> None:
    (changed.root.parent / "hook-url").write_text(SECRET.replace("hunter2", "hunter3") + "\n")
    save(changed, file)
    first = json.loads(file.read_bytes())

    text = file.read_text()
    assert "hunter" not in text
    (secret,) = [change for target in first["targets"] for change in target["changes"] if change["kind"] == "secret"]
    assert (secret["action"], secret["before"], secret["after"]) == ("update", "(a secret)", "(a secret)")


def test_the_same_plan_has_other_digests_each_time_it_is_saved(changed: Builder, file: Path) -> None:
    def digests() -> set[str]:
        save(changed, file)
        changes = [change for target in json.loads(file.read_bytes())["targets"] for change in target["changes"]]
        return {change[side] for change in changes for side in ("before", "after")} - {"(a secret)"}

    assert digests().isdisjoint(digests())


@pytest.mark.parametrize("kind", ["alertmanager-config", "prometheus-config", "provisioning", "data-source", "ruler"])
def test_what_may_hold_somebody_elses_password_has_a_digest_that_is_slow_to_guess_from(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []

    def scrypt(body: bytes, **_: object) -> bytes:
        seen.append(body)
        return b"slow"

    monkeypatch.setattr("hashlib.scrypt", scrypt)

    body = f"of a {kind}: hunter2, and of ours: sesame".encode()
    digest = plan_file._digest(kind, body, b"salt of this test", ("sesame",))

    assert digest == b"slow".hex()
    assert seen == [body.replace(b"sesame", b"(a secret)")]


def write_other_content(builder: Builder, _: Path) -> None:
    builder.replace("alerts/rules.py", 'for_="5m"', 'for_="6m"')
    assert builder.run("build") == 0


def write_more_content(builder: Builder, _: Path) -> None:
    builder.change("alerts/more.py", RULES.replace("FewUp", "OtherUp").replace('name="up"', 'name="other"'))
    assert builder.run("build") == 0


def take_content_back(builder: Builder, _: Path) -> None:
    builder.replace("alerts/rules.py", 'for_="5m"', 'for_="1m"')
    assert builder.run("build") == 0


def take_content_away(builder: Builder, _: Path) -> None:
    (builder.root / "dashboards/overview.py").unlink()
    assert builder.run("build") == 0


def edit_there(_: Builder, prometheus: Path) -> None:
    file = prometheus / "rules/rules.yml"
    file.write_text(file.read_text().replace("for: 1m", "for: 9m"))


def take_away_there(_: Builder, prometheus: Path) -> None:
    (prometheus / "rules/rules.yml").unlink()


def edit_what_is_unchanged(_: Builder, prometheus: Path) -> None:
    file = prometheus / "prometheus.yml"
    file.write_text(file.read_text() + "# mine\n")


def push_without_it(builder: Builder, _: Path) -> None:
    assert builder.push() == 0


@pytest.mark.parametrize(
    ("happens", "message"),
    [
        (write_other_content, "the content gives another rules/rules.yml (prometheus in {prometheus})"),
        (write_more_content, "rules/more.yml is new (prometheus in {prometheus})"),
        (take_content_back, "the content gives another rules/rules.yml (prometheus in {prometheus})"),
        (take_content_away, "the content gives another dashboards/general/overview.json (grafana in {grafana})"),
        (edit_there, "rules/rules.yml has changed there since (prometheus in {prometheus})"),
        (take_away_there, "rules/rules.yml has changed there since (prometheus in {prometheus})"),
        (edit_what_is_unchanged, "prometheus.yml has changed there since (prometheus in {prometheus})"),
        (push_without_it, "rules/rules.yml has changed there since (prometheus in {prometheus})"),
    ],
)
def test_a_plan_is_refused_where_anything_differs_from_what_was_reviewed(
    changed: Builder,
    directories: dict[str, Path],
    file: Path,
    happens: Callable[[Builder, Path], None],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    save(changed, file)
    happens(changed, directories["prometheus"])

    error = refused(changed, file, capsys)

    assert f"{file}: error: not the plan that was saved: {message.format(**directories)}\n" in error
    assert "    save a new plan with --save-plan, have it reviewed, and push that\n" in error


def test_a_plan_is_refused_where_build_is_not_what_the_content_gives(
    changed: Builder, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(changed, file)
    changed.replace("alerts/rules.py", 'for_="5m"', 'for_="6m"')

    assert "build/prod is not what the content gives" in refused(changed, file, capsys)


def test_a_plan_is_refused_where_a_target_has_gone_or_come(
    changed: Builder, directories: dict[str, Path], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(changed, file)
    changed.replace("dojoboards.yaml", str(directories["prometheus"]), str(directories["prometheus"]) + "-2")

    error = refused(changed, file, capsys)

    assert f"prometheus in {directories['prometheus']} is no longer a target\n" in error
    assert f"prometheus in {directories['prometheus']}-2 is a target that the plan has not\n" in error


def altered(file: Path, **members: Any) -> None:
    """Change members of a plan as somebody would who knows how to."""
    document = {**orjson.loads(file.read_bytes()), **members}
    document.pop("digest")
    document["digest"] = plan_file._digest_of(document)
    file.write_bytes(orjson.dumps(document))


@pytest.mark.parametrize(
    ("members", "message", "code"),
    [
        ({"project": "other"}, "the plan is of project 'other', not 'shop'", 1),
        ({"environment": "test"}, "the plan is of environment 'test', not 'prod'", 1),
        ({"dojoboards": "0.0.1"}, "the plan is of dojoboards '0.0.1', not ", 1),
        (
            {"version": 2},
            "the plan has the format 'dojoboards plan' 2, and this dojoboards reads 'dojoboards plan' 1",
            2,
        ),
        ({"format": "terraform"}, "the plan has the format 'terraform' 1, and", 2),
        ({"decisions": {"prune": False}}, "the plan is damaged: it is not as it was saved", 2),
        ({"targets": {}}, "is a target that the plan has not", 1),
        ({"targets": [1]}, "the plan is damaged: it is not as it was saved", 2),
        ({"salt": "xyz"}, "the plan is damaged: it is not as it was saved", 2),
    ],
)
def test_a_plan_of_something_else_is_refused(
    changed: Builder, file: Path, members: dict[str, Any], message: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    save(changed, file)
    altered(file, **members)

    assert message in refused(changed, file, capsys, code)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda _: "",
        lambda _: "[]",
        lambda _: "{}",
        lambda _: "null",
        lambda text: text.replace("rules/rules.yml", "rules/other.yml"),
        lambda text: text.replace('"prune": false', '"prune": true'),
    ],
)
def test_a_damaged_plan_is_refused(
    changed: Builder, file: Path, damage: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    save(changed, file)
    file.write_text(damage(file.read_text()))

    assert "damaged" in (error := refused(changed, file, capsys, 2))
    assert "Traceback" not in error


def test_a_plan_that_is_not_there_is_told(changed: Builder, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"{file}: error: cannot read the plan: No such file or directory\n" in refused(changed, file, capsys, 2)


def test_a_plan_is_applied_as_it_was_decided(
    changed: Builder, directories: dict[str, Path], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (changed.root / "dashboards/overview.py").unlink()
    live = directories["prometheus"] / "rules/rules.yml"
    live.write_text(live.read_text().replace("for: 1m", "for: 9m"))
    assert changed.run("build") == 0
    save(changed, file, "--prune", "--overwrite", "--only", "rules", "--only", "dashboard")

    assert apply(changed, file) == 0

    assert "for: 5m" in live.read_text()
    assert not (directories["grafana"] / "dashboards").exists()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("--prune",), "--prune"),
        (("--adopt", "--overwrite"), "--overwrite and --adopt"),
        (("--only", "rules"), "--only"),
    ],
)
def test_other_decisions_than_those_of_the_plan_are_refused(
    changed: Builder, file: Path, given: tuple[str, ...], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    save(changed, file)
    capsys.readouterr()

    assert apply(changed, file, *given) == 2

    assert capsys.readouterr().err == (
        f"error: {file} was saved without {named}\n"
        "    a plan is applied as it was decided: leave that out, or save a new plan\n"
    )


def test_the_same_decisions_may_be_given_again(changed: Builder, file: Path) -> None:
    save(changed, file, "--prune", "--only", "rules")

    assert apply(changed, file, "--prune", "--only", "rules") == 0


def test_a_plan_that_would_stop_is_not_saved(
    changed: Builder, directories: dict[str, Path], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live = directories["prometheus"] / "rules/rules.yml"
    live.write_text(live.read_text().replace("for: 1m", "for: 9m"))

    assert changed.run("push", "--env", "prod", "--save-plan", str(file)) == 1

    assert "was changed by someone since the last push" in capsys.readouterr().err
    assert not file.exists()


def test_a_plan_that_cannot_be_saved_is_told(
    changed: Builder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    for place in ("file", "plams"):
        assert changed.run("push", "--env", "prod", "--save-plan", str(tmp_path / place / "plan.json")) == 2

        told = capsys.readouterr()
        assert told.out == ""
        assert (
            f"Invalid value for '--save-plan': there is no directory '{tmp_path / place}': make it, or correct the path"
            in " ".join(told.err.split())
        )
    assert (tmp_path / "file").read_text() == "mine"
    assert not (tmp_path / "plams").exists()


def test_a_plan_is_either_saved_or_applied(changed: Builder, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert apply(changed, file, "--save-plan", "other.json") == 2

    assert "--save-plan and --plan exclude each other" in capsys.readouterr().err


@pytest.fixture
def server() -> Iterator[Grafana]:
    with grafana("13") as running:
        yield running


def test_a_plan_for_grafana_is_refused_once_somebody_has_saved_a_dashboard(
    builder: Builder,
    server: Grafana,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SHOP_GRAFANA_TOKEN", server.token)
    builder.write(
        {"dashboards/overview.py": BOARD},
        grafana={"url": server.url, "token": {"env": "SHOP_GRAFANA_TOKEN"}},
    )
    assert builder.push() == 0
    builder.replace("dashboards/overview.py", '"Overview"', '"Everything"')
    assert builder.run("build") == 0
    writes = len(server.writes)
    save(builder, file)
    assert len(server.writes) == writes

    server.edit("overview", lambda board: board.update(title="Mine"))
    assert "dashboards/general/overview.json has changed there since (Grafana at http" in refused(builder, file, capsys)

    server.edit("overview", lambda board: board.update(title="Overview"))
    assert apply(builder, file) == 0
    assert server.dashboards["overview"].title == "Everything"
