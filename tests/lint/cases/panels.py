"""Panels, rightly and wrongly made."""

from collections.abc import Mapping
from typing import Any

from dojoboards.artifact import Artifact
from dojoboards.model import Project
from support.lint import Case, alert, board, group, panel, project, target


def drawn(*queries: str | Mapping[str, Any], **fields: Any) -> list[Artifact]:
    """A dashboard with one panel."""
    return [board(panel(*queries, **fields))]


def configured(
    *queries: str | Mapping[str, Any], overrides: Any = (), kind: str = "timeseries", **defaults: Any
) -> list[Artifact]:
    """A dashboard with one panel, whose values are shown like this."""
    return drawn(*(queries or ("up",)), type=kind, fieldConfig={"defaults": defaults, "overrides": list(overrides)})


def limits(*values: float, mode: str = "absolute") -> dict[str, Any]:
    steps = [{"color": "green", "value": None}, *({"color": "red", "value": value} for value in values)]
    return {"mode": mode, "steps": steps}


def override(by: str, what: str, **shown: Any) -> dict[str, Any]:
    return {"matcher": {"id": by, "options": what}, "properties": [shown] if shown else []}


def listed(matching: str) -> list[Artifact]:
    options = {"alertInstanceLabelFilter": matching}
    return [board({"id": 1, "type": "alertlist", "title": "Alerts", "options": options})]


def transformed(id: str, **options: Any) -> list[Artifact]:
    return drawn("up", "node_load1", transformations=[{"id": id, "options": options}])


EXPRESSION = {"type": "__expr__", "uid": "__expr__"}
CRITICAL: Project = project(groups=[group(alert())])

BAD = [
    Case(
        "panel/type",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' is of the type 'grafana-piechart-panel', which "
                "Grafana no longer has"
                "\n    make it one of the type 'piechart'"
            )
        ],
        artifacts=drawn("up", type="grafana-piechart-panel"),
    ),
    Case(
        "panel/type",
        project(),
        [
            (
                "content.py:1: panel 'Up' of dashboard 'Shop' is of the type 'singlestat', which Grafana no "
                "longer has"
                "\n    make it one of the type 'stat'"
            )
        ],
        artifacts=[board({"type": "singlestat", "title": "Up"})],
    ),
    Case(
        "panel/title",
        project(),
        ["content.py:1: a panel (timeseries) of dashboard 'Shop' has no title\n    say what it shows"],
        artifacts=drawn("up", title=" "),
    ),
    Case(
        "panel/description",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' has no description"
                "\n    say what it shows, and when to worry"
            )
        ],
        artifacts=drawn("up"),
    ),
    Case(
        "panel/no-unit",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' says no unit"
                '\n    give `unit`, such as "s", "bytes" or "short"'
            )
        ],
        artifacts=drawn("up"),
    ),
    Case(
        "panel/no-query",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' has no query: it stays empty"
                "\n    give it one, or take it away"
            )
        ],
        artifacts=drawn(type="stat"),
    ),
    Case(
        "panel/hidden",
        project(),
        [
            (
                "content.py:1: all queries of panel 'CPU' of dashboard 'Shop' are hidden: it stays empty"
                "\n    take `hide` from one of them"
            )
        ],
        artifacts=drawn(target("up", hide=True), target("node_load1", hide=True)),
    ),
    Case(
        "panel/queries",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' has 13 queries"
                "\n    ask with one query `by` a label, or make two panels"
            )
        ],
        artifacts=drawn(*(f"up > {limit}" for limit in range(13))),
    ),
    Case(
        "panel/same-query",
        project(),
        [("content.py:1: queries 'A' and 'C' of panel 'CPU' of dashboard 'Shop' are the same\n    take one away")],
        artifacts=drawn("up", "node_load1", "up"),
    ),
    Case(
        "panel/scale",
        project(),
        [
            (
                "content.py:1: the scale of panel 'CPU' of dashboard 'Shop' is from 1 to 0"
                "\n    give a `min` below its `max`"
            )
        ],
        artifacts=configured(min=1, max=0),
    ),
    Case(
        "panel/threshold",
        project(),
        [
            (
                "content.py:1: the threshold 80 of panel 'CPU' of dashboard 'Shop' is beyond its scale, which "
                "ends at 1"
                "\n    give the threshold in the unit of the scale, or another `min` and `max`"
            )
        ],
        artifacts=configured(max=1, thresholds=limits(0.5, 80)),
    ),
    Case(
        "panel/threshold",
        project(),
        [
            (
                "content.py:1: the threshold -1 of panel 'CPU' of dashboard 'Shop' is below its scale, which "
                "begins at 0"
                "\n    give the threshold in the unit of the scale, or another `min` and `max`"
            )
        ],
        artifacts=configured(min=0, kind="gauge", thresholds=limits(-1)),
    ),
    Case(
        "panel/threshold",
        project(),
        [
            (
                "content.py:1: the threshold 200 of panel 'CPU' of dashboard 'Shop' is beyond its scale, which "
                "ends at 100"
                "\n    give the threshold in the unit of the scale, or another `min` and `max`"
            )
        ],
        artifacts=configured(kind="gauge", thresholds=limits(200, mode="percentage")),
    ),
    Case(
        "panel/threshold",
        project(),
        [("content.py:1: the thresholds of panel 'CPU' of dashboard 'Shop' do not rise: 5, 1\n    put them in order")],
        artifacts=configured(kind="stat", thresholds=limits(5, 1)),
    ),
    Case(
        "panel/time",
        project(),
        [
            (
                "content.py:1: `timeFrom` of panel 'CPU' of dashboard 'Shop' is 'now-24h', which Grafana cannot "
                "read"
                "\n    write such as 24h or 1m"
            ),
            (
                "content.py:1: `timeShift` of panel 'CPU' of dashboard 'Shop' is 'one day', which Grafana cannot "
                "read"
                "\n    write such as 24h or 1m"
            ),
            (
                "content.py:1: `interval` of panel 'CPU' of dashboard 'Shop' is '1 minute', which Grafana cannot "
                "read"
                "\n    write such as 24h or 1m"
            ),
        ],
        artifacts=drawn("up", timeFrom="now-24h", timeShift="one day", interval="1 minute"),
    ),
    Case(
        "panel/ref-id",
        project(),
        [
            (
                "content.py:1: an override of panel 'CPU' of dashboard 'Shop' names the query 'C', which is not "
                "there"
                "\n    the queries are A, B"
            ),
            (
                "content.py:1: an override of panel 'CPU' of dashboard 'Shop' names the query 'D', which is not "
                "there"
                "\n    the queries are A, B"
            ),
        ],
        artifacts=configured(
            "up", "node_load1", overrides=[override("byFrameRefID", "C"), override("byName", "Value #D")]
        ),
    ),
    Case(
        "panel/ref-id",
        project(),
        [
            (
                "content.py:1: the transformation 'organize' of panel 'CPU' of dashboard 'Shop' names the query "
                "'C', which is not there"
                "\n    the queries are A, B"
            )
        ],
        artifacts=transformed(
            "organize", excludeByName={"Time": True, "Value #C": True}, renameByName={"Value #A": "up"}
        ),
    ),
    Case(
        "panel/ref-id",
        project(),
        [
            (
                "content.py:1: the transformation 'configFromData' of panel 'CPU' of dashboard 'Shop' names the "
                "query 'C', which is not there"
                "\n    the queries are A, B"
            )
        ],
        artifacts=transformed("configFromData", configRefId="C"),
    ),
    Case(
        "panel/ref-id",
        project(),
        [
            (
                "content.py:1: the transformation 'reduce' of panel 'CPU' of dashboard 'Shop' names the query "
                "'B', which is not there"
                "\n    the queries are A"
            )
        ],
        artifacts=drawn("up", transformations=[{"id": "reduce", "filter": {"id": "byRefId", "options": "B"}}]),
    ),
    Case(
        "panel/ref-id",
        project(),
        [
            (
                "content.py:1: the expression 'C' of panel 'CPU' of dashboard 'Shop' names the query 'D', which "
                "is not there"
                "\n    the queries are A, B, C"
            )
        ],
        artifacts=drawn(
            "up",
            {"datasource": EXPRESSION, "type": "math", "expression": "$A / ${C}"},
            {"datasource": EXPRESSION, "type": "reduce", "expression": "D"},
        ),
    ),
    Case(
        "panel/override",
        project(),
        [
            (
                "content.py:1: an override of panel 'CPU' of dashboard 'Shop' is for 'Errors', which is none of "
                "its series"
                "\n    the series are errors"
            )
        ],
        artifacts=configured(target("up", "errors"), overrides=[override("byName", "Errors")]),
    ),
    Case(
        "panel/alert-list",
        CRITICAL,
        [
            (
                "content.py:1: panel 'Alerts' of dashboard 'Shop' lists alerts by '{severity=\"crit\"}', which no "
                "alert matches"
                "\n    correct the matchers"
            )
        ],
        artifacts=listed('{severity="crit"}'),
    ),
    Case(
        "panel/alert-list",
        CRITICAL,
        [
            (
                "content.py:1: panel 'Alerts' of dashboard 'Shop' lists alerts by '{severity}': '{severity}' is "
                'not a matcher such as severity="critical" or team=~"web|db"'
                '\n    write {label="value"}'
            )
        ],
        artifacts=listed("{severity}"),
    ),
]

GOOD = [
    Case("panel/type", project(), artifacts=drawn("up", type="piechart")),
    Case("panel/title", project(), artifacts=[board({"type": "text", "id": 1}, panel("up"))]),
    Case("panel/description", project(), artifacts=drawn("up", description="Whether it answers.")),
    Case("panel/description", project(), artifacts=listed("")),
    Case("panel/no-unit", project(), artifacts=configured(unit="none")),
    Case("panel/no-unit", project(), artifacts=configured(kind="stat", mappings=[{"type": "value", "options": {}}])),
    Case("panel/no-unit", project(), artifacts=configured(overrides=[override("byName", "up", id="unit", value="s")])),
    Case("panel/no-unit", project(), artifacts=drawn("up", type="heatmap", options={"yAxis": {"unit": "s"}})),
    Case(
        "panel/no-query",
        project(),
        artifacts=[board({"type": "text", "id": 1}, {"type": "clock-panel", "id": 2}, panel("up"))],
    ),
    Case("panel/hidden", project(), artifacts=drawn(target("up", hide=True), "node_load1")),
    Case("panel/queries", project(), artifacts=drawn(*(f"up > {limit}" for limit in range(12)))),
    Case(
        "panel/same-query",
        project(),
        artifacts=drawn(target("up", "a"), target("up", "b"), target("up", "a", instant=True)),
    ),
    Case("panel/scale", project(), artifacts=configured(min=-1, max=0)),
    Case("panel/scale", project(), artifacts=configured(min=1)),
    Case("panel/threshold", project(), artifacts=configured(min=0, max=1, thresholds=limits(0, 0.8, 1))),
    Case("panel/threshold", project(), artifacts=configured(kind="stat", max=1, thresholds=limits(80))),
    Case("panel/time", project(), artifacts=drawn("up", timeFrom="24h", timeShift="1d/d", interval=">15s")),
    Case("panel/time", project(), artifacts=drawn("up", timeFrom="now/d", interval="$step")),
    Case(
        "panel/ref-id",
        project(),
        artifacts=configured(
            "up", "node_load1", overrides=[override("byFrameRefID", "B"), override("byFrameRefID", "joinByField-A-B")]
        ),
    ),
    Case(
        "panel/ref-id",
        project(),
        artifacts=drawn(
            "up",
            {"datasource": EXPRESSION, "type": "math", "expression": "$A * 100"},
            {"datasource": EXPRESSION, "type": "sql", "expression": "SELECT * FROM C"},
        ),
    ),
    Case(
        "panel/override",
        project(),
        artifacts=configured(
            target("up", "errors"),
            overrides=[override("byName", "errors"), override("byName", "Time"), override("byType", "number")],
        ),
    ),
    Case(
        "panel/override",
        project(),
        artifacts=configured(target("up", "{{job}}"), overrides=[override("byName", "node")]),
    ),
    Case("panel/alert-list", CRITICAL, artifacts=listed('{severity="critical"}')),
    Case("panel/alert-list", CRITICAL, artifacts=listed('{host="$host"}')),
    Case("panel/alert-list", project(), artifacts=listed('{severity="crit"}')),
]
