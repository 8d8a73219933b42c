"""What content may write, for the type checker: `mypy` judges this file, and nobody runs it.

An ignored error is a promise too: mypy tells of an ignore that is not needed.
"""

from __future__ import annotations

from grafanalib.core import Stat, Target

from dojoboards import Dashboard, Environment, Panel, Row, panels, variables
from dojoboards.panels import PanelOptions, Query
from support import sdk


def everything(env: Environment) -> Dashboard:
    shared: PanelOptions = {"unit": "reqps", "decimals": 1, "thresholds": [env.threshold("busy"), (0.9, "red")]}
    queries: list[Query] = [
        "up",
        panels.query("up", "{{job}}", format="table", instant=True),
        {"expr": "up", "refId": "C"},
        Target(expr="up"),
        sdk.Dataquery().expr("up"),
    ]
    row: Row = panels.row("Values", panels.stat("Up", *queries, **shared), height=4, repeat="job")
    drawn: list[Panel | Row] = [
        row,
        panels.timeseries("a", "up", legend="table", legend_calcs=["max"], stack="normal", soft_min=0, unit="s"),
        panels.gauge("b", "up", calc="mean", min=0, max=1.5),
        panels.bargauge("c", "up", display="lcd", orientation="vertical"),
        panels.table("d", "up", sort_by="Value", cell_type="color-text"),
        panels.heatmap("e", "up", calculate=True, y_unit="bytes"),
        panels.state_timeline("f", "up", mappings=[{"type": "value", "options": {}}]),
        panels.status_history("g", "up", show_value="always"),
        panels.logs("h", '{job="a"}', datasource="loki", dedup="exact"),
        panels.alert_list("i", matching='{severity="critical"}', group_by=["job"]),
        panels.text("# j", mode="markdown", key="notes"),
        Panel(Stat(title="k"), key="k", width=6),
        Panel({"type": "canvas"}, height=4),
    ]
    spec = panels.dashboard(
        "Shop",
        uid="shop",
        panels=[*drawn, Stat(title="l"), sdk.Timeseries().title("m"), {"type": "text"}],
        variables=[
            variables.query("job", "label_values(up, job)", sort="numeric"),
            variables.custom("size", {"Small": "s"}, hide="label"),
            variables.interval("step", ["1m"]),
            {"type": "textbox", "name": "word"},
        ],
        links=[panels.link("Wiki", "https://wiki.example")],
        annotations=[panels.annotation("Deployments", tags=["deploy"])],
    )
    return Dashboard(spec, folder="shop")


def refused(env: Environment) -> None:
    panels.stat("a", "up", unti="s")  # type: ignore[call-arg]
    panels.stat("a", "up", unit=7)  # type: ignore[arg-type]
    panels.stat("a", 7)  # type: ignore[arg-type]
    panels.stat("a", "up", calc="average")  # type: ignore[arg-type]
    panels.timeseries("a", "up", draw="lines")  # type: ignore[arg-type]
    panels.timeseries("a", "up", thresholds=[0.8])  # type: ignore[list-item]
    panels.timeseries("a", "up", repeat_direction="horizontal")  # type: ignore[arg-type]
    panels.query("up", format="json")  # type: ignore[arg-type]
    panels.text("a", "b")  # type: ignore[call-arg]
    panels.dashboard("a", panels=[])  # type: ignore[call-arg]
    variables.query("job", "label_values(job)", sort="up")  # type: ignore[arg-type]
    variables.custom("size", ["a"], hide="all")  # type: ignore[arg-type]
    wrong: PanelOptions = {"unti": "s"}  # type: ignore[typeddict-unknown-key]
    panels.gauge("a", "up", **wrong)
    env.threshold(7)  # type: ignore[arg-type]
