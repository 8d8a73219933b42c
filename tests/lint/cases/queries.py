"""How panels ask, rightly and wrongly."""

from collections.abc import Mapping
from typing import Any

from dojoboards.artifact import Artifact
from support.lint import Case, board, job, panel, project, target


def drawn(*queries: str | Mapping[str, Any], **fields: Any) -> list[Artifact]:
    """A dashboard with one panel."""
    return [board(panel(*queries, **fields))]


LAST = {"options": {"reduceOptions": {"calcs": ["lastNotNull"]}, "graphMode": "none"}}
WITH_GRAPH = {"options": {"reduceOptions": {"calcs": ["lastNotNull"]}, "graphMode": "area"}}
MEAN = {"options": {"reduceOptions": {"calcs": ["mean"]}, "graphMode": "none"}}
EXPRESSION = {"type": "__expr__", "uid": "__expr__"}
LIMIT = {"defaults": {"thresholds": {"steps": [{"value": None}, {"value": 5}]}}}
SPARKLINE = {"defaults": {"custom": {"cellOptions": {"type": "sparkline"}}}}
SCRAPED = project(scrape_jobs=[job()])
RATE = "rate(node_disk_io_time_seconds_total[5m])"
BUCKETS = "rate(flask_http_request_duration_seconds_bucket[$__rate_interval])"


def logs(expr: str, **fields: Any) -> list[Artifact]:
    return drawn({"datasource": {"type": "loki", "uid": "loki"}, "expr": expr}, **fields)


BAD = [
    Case(
        "query/legend-label",
        SCRAPED,
        [
            (
                "content.py:1: a legend of panel 'CPU' of dashboard 'Shop' has {{instance}}, a label that its "
                "query does not leave"
                "\n    it leaves job"
            )
        ],
        artifacts=drawn(target("sum by (job) (up)", "{{job}} {{ instance }}")),
    ),
    Case(
        "query/legend-label",
        project(),
        [
            (
                "content.py:1: a legend of panel 'CPU' of dashboard 'Shop' has {{instance}}, a label that its "
                "query does not leave"
                "\n    it leaves no labels: write a name"
            )
        ],
        artifacts=drawn(target("sum(up)", "{{instance}}")),
    ),
    Case(
        "query/legend",
        project(),
        [
            (
                "content.py:1: the queries 'A', 'B' of panel 'CPU' of dashboard 'Shop' have no legend"
                "\n    say what each shows"
            )
        ],
        artifacts=drawn("avg(up)", target("max(up)", "__auto"), target("min(up)", "least")),
    ),
    Case(
        "query/legend",
        project(),
        [("content.py:1: the query 'A' of panel 'CPU' of dashboard 'Shop' has no legend\n    say what each shows")],
        artifacts=drawn("avg(up)", target("min(up)", "least"), type="stat"),
    ),
    Case(
        "query/instant",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' asks for a whole range and shows its last value"
                "\n    give `instant=True` to its queries"
            )
        ],
        artifacts=drawn("up", type="stat", **LAST),
    ),
    Case(
        "query/instant",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' asks for a whole range and shows its last value"
                "\n    give `instant=True` to its queries"
            )
        ],
        artifacts=drawn(target("up", format="table"), type="table"),
    ),
    Case(
        "query/rate-interval",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' takes a rate over a fixed range"
                "\n    write [$__rate_interval]"
            )
        ],
        artifacts=drawn(f"sum by (device) ({RATE})"),
    ),
    Case(
        "query/heatmap",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' draws buckets that count what is in the smaller "
                "ones too"
                '\n    give format="heatmap"'
            )
        ],
        artifacts=drawn(f"sum by (le) ({BUCKETS})", type="heatmap"),
    ),
    Case(
        "query/heatmap",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' aggregates the label 'le' away, so that there are "
                "no buckets to draw"
                "\n    keep it: sum by (le) (...)"
            )
        ],
        artifacts=drawn(target(f"sum by (job) ({BUCKETS})", format="heatmap"), type="heatmap"),
    ),
    Case(
        "query/hidden",
        project(),
        [
            (
                "content.py:1: the query 'B' of panel 'CPU' of dashboard 'Shop' is hidden, and nothing uses it"
                "\n    take it away"
            )
        ],
        artifacts=drawn("up", target("node_load1", hide=True)),
    ),
    Case(
        "query/logql-range",
        project(),
        ["content.py:1: panel 'CPU' of dashboard 'Shop' looks back over a fixed range\n    write [$__auto]"],
        artifacts=logs('sum(rate({job="shop"}[5m]))'),
    ),
]

GOOD = [
    Case("query/legend-label", SCRAPED, artifacts=drawn(target("sum by (job) (up)", "{{job}} {{__name__}}"))),
    Case("query/legend-label", project(), artifacts=drawn(target("up", "{{anything}}"), target("$metric", "{{x}}"))),
    Case("query/legend", project(), artifacts=drawn("up")),
    Case("query/legend", project(), artifacts=drawn("avg(up)", target("max(up)", hide=True))),
    Case(
        "query/legend",
        project(),
        artifacts=drawn("avg(up)", "max(up)", fieldConfig={"defaults": {"displayName": "${__field.labels.job}"}}),
    ),
    Case("query/instant", project(), artifacts=drawn(target("up", instant=True), type="stat", **LAST)),
    Case("query/instant", project(), artifacts=drawn("up", type="stat", **WITH_GRAPH)),
    Case("query/instant", project(), artifacts=drawn("up", type="gauge", **MEAN)),
    Case("query/instant", project(), artifacts=drawn("up", type="table", transformations=[{"id": "reduce"}])),
    Case("query/instant", project(), artifacts=drawn("up", type="table", fieldConfig=SPARKLINE)),
    Case(
        "query/rate-interval",
        project(),
        artifacts=drawn("rate(a_total[$__rate_interval])", "increase(a_total[5m])", target(RATE, instant=True)),
    ),
    Case("query/rate-interval", project(), artifacts=drawn(RATE, fieldConfig=LIMIT)),
    Case(
        "query/heatmap",
        project(),
        artifacts=drawn(target(f"sum by (le) ({BUCKETS})", format="heatmap"), type="heatmap"),
    ),
    Case("query/heatmap", project(), artifacts=drawn("rate(requests_seconds[5m])", "up", type="heatmap")),
    Case(
        "query/heatmap",
        project(),
        artifacts=drawn(f"sum by (le) ({BUCKETS})", type="heatmap", options={"calculate": True}),
    ),
    Case(
        "query/hidden",
        project(),
        artifacts=drawn(target("up", hide=True), {"datasource": EXPRESSION, "type": "math", "expression": "$A * 100"}),
    ),
    Case("query/logql-range", project(), artifacts=logs('sum(rate({job="shop"}[$__auto]))')),
    Case("query/logql-range", project(), artifacts=logs('{job="shop"} |= "[5m]"', type="logs")),
]
