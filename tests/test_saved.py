import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards import panels, saved
from dojoboards.artifact import Artifact
from dojoboards.errors import Problem, Source
from dojoboards.layout import Row
from dojoboards.model import Dashboard, Project, Saved
from dojoboards.render import dashboards
from support.boards import board, document, environment

SPEC = board(
    panels.stat("Up", "count(up)", unit="short", thresholds=[(3, "red")]),
    Row("Details", panels.timeseries("Requests", "rate(requests_total[5m])", unit="reqps"), panels.text("Read this")),
    panels.logs("Log", '{app="shop"}', datasource="loki"),
)
HERE = environment("prod")
LIVE = {**document(SPEC, HERE), "id": 7, "version": 3}

Json = dict[str, Any]
Edit = Callable[[Json], object]


def built(edited: Json, name: str = "prod") -> Json:
    """Return what is built for an environment once what Grafana holds has been pulled from `prod`."""
    pulled = json.loads(saved.as_saved(edited, HERE))
    project = Project(
        name="shop",
        environment=environment(name),
        dashboards=[Dashboard(SPEC)],
        saved={"shop": Saved(document=pulled, source=Source("shop.json"))},
    )
    (item,) = dashboards.render(project)
    assert isinstance(item, Artifact), item
    found: Json = json.loads(item.body)
    return found


def of_stats(change: Edit) -> Edit:
    """Return the edit that makes a change to every panel that is a stat."""

    def edit(live: Json) -> None:
        for panel in live["panels"]:
            if panel["type"] == "stat":
                change(panel)

    return edit


def limit(panel: Json, value: float | None) -> None:
    shown = panel.setdefault("fieldConfig", {}).setdefault("defaults", {}).setdefault("thresholds", {})
    shown.setdefault("steps", []).append({"color": "purple", "value": value})


def new(kind: str, option: Any) -> Json:
    return {"id": 99, "type": kind, "title": "New", "options": {"unheard-of": option}, "datasource": None}


VARIABLE = {"type": "datasource", "name": "ds", "query": "prometheus", "current": {"text": "P", "value": "prom-prod"}}
_texts = st.text(max_size=20)
_values = st.one_of(st.none(), st.integers(-1000, 1000), st.floats(allow_nan=False, allow_infinity=False))
_kinds = st.sampled_from(["stat", "timeseries", "table", "a-plugin-of-tomorrow"])
_edits: st.SearchStrategy[Edit] = st.one_of(
    st.builds(lambda text: lambda live: live.update(title=f"x{text}"), _texts),
    st.builds(lambda text: lambda live: live.update(description=text), _texts),
    st.builds(lambda tag: lambda live: live["tags"].insert(0, tag), _texts),
    st.builds(lambda tag: lambda live: live["tags"].append(tag), _texts),
    st.builds(lambda text: of_stats(lambda panel: panel.update(title=text)), _texts),
    st.builds(lambda value: of_stats(lambda panel: limit(panel, value)), _values),
    st.builds(
        lambda y: of_stats(lambda panel: panel.update(gridPos={"x": 0, "y": y, "w": 3, "h": 2})), st.integers(0, 999)
    ),
    st.builds(lambda kind, option: lambda live: live["panels"].append(new(kind, option)), _kinds, _values),
    st.just(lambda live: live["panels"].reverse()),
    st.just(lambda live: live.update(panels=live["panels"][1:])),
    st.just(lambda live: live["links"].clear()),
    st.just(lambda live: live["annotations"]["list"].clear()),
    st.just(lambda live: live["templating"]["list"].append(VARIABLE)),
    st.builds(lambda key, text: lambda live: live.update({f"x{key}": text}), _texts, _texts),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(_edits, max_size=4))
def test_what_was_edited_in_grafana_pulled_and_built_is_exactly_what_grafana_holds(edits: list[Edit]) -> None:
    live = copy.deepcopy(LIVE)
    for edit in edits:
        edit(live)

    expected = {key: value for key, value in live.items() if key not in {"id", "version"}}
    assert built(live) == expected


def test_data_sources_are_kept_by_name_so_that_other_environments_have_their_own() -> None:
    there = built(LIVE, "staging")

    assert there == document(SPEC, environment("staging"))


def test_an_expression_that_was_broken_in_grafana_is_told() -> None:
    live = copy.deepcopy(LIVE)
    live["panels"][0]["targets"][0]["expr"] = "rate(x[5m"
    project = Project(
        name="shop",
        environment=HERE,
        dashboards=[Dashboard(SPEC)],
        saved={"shop": Saved(document=json.loads(saved.as_saved(live, HERE)), source=Source("shop.json"))},
    )

    (problem,) = dashboards.render(project)

    assert isinstance(problem, Problem)
    assert problem.message.startswith("panel 'Up': the expression is not PromQL: ")
    assert problem.source == Source("shop.json")


def test_the_tag_of_the_project_is_put_back() -> None:
    assert built({**LIVE, "tags": ["mine"]})["tags"] == ["mine", "dojoboards:shop"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot read what was pulled from Grafana: it is not JSON: "),
        ("[]", "this is no dashboard as Grafana saves it: it is no object"),
        ('{"title": "A"}', "this is no dashboard as Grafana saves it: it has no `uid`"),
        ('{"title": " ", "uid": "a"}', "this is no dashboard as Grafana saves it: it has no `title`"),
        ('{"title": "A", "uid": "a", "elements": {}}', "this is no dashboard as Grafana saves it: it is in schema v2"),
        (
            '{"title": "A", "uid": "a", "panels": [{"panels": [1]}]}',
            "this is no dashboard as Grafana saves it: its `panels` are no list of objects",
        ),
    ],
)
def test_a_file_that_holds_something_else_is_told(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.json").write_text(text)
    problems: list[Problem] = []

    assert saved.read(tmp_path, problems) == {}
    (problem,) = problems
    assert problem.message.startswith(message)
    assert problem.source == Source(str(tmp_path / "a.json"))


def test_two_files_of_one_dashboard_are_told(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text('{"title": "A", "uid": "main"}')
    problems: list[Problem] = []

    assert list(saved.read(tmp_path, problems)) == ["main"]
    (problem,) = problems
    assert problem.message == f"the dashboard 'main' was pulled twice, here and to {tmp_path}/a.json"
    assert problem.source == Source(f"{tmp_path}/b.json")


def test_files_that_start_with_an_underscore_or_a_dot_are_something_else(tmp_path: Path) -> None:
    for name in ("_limits.json", ".schema.json", "notes.txt"):
        (tmp_path / name).write_text("{")
    problems: list[Problem] = []

    assert (saved.read(tmp_path, problems), problems) == ({}, [])
