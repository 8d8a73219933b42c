"""Write 1,000 dashboards, one module each, of 20 panels of 2 queries and 4 variables, with 200 distinct expressions.

The same dashboards in four ways: for `generate-dashboards` and as content of ours, both as grafanalib objects; through
`dojoboards.panels`; and with the foundation SDK.
"""

from __future__ import annotations

from pathlib import Path

DASHBOARDS, PANELS, QUERIES, EXPRESSIONS = 1000, 20, 2, 200
UNITS = ("s", "percentunit", "bytes", "reqps")

CONFIG = """\
project: bench
defaults:
  data_sources:
    prometheus: {uid: prometheus, type: prometheus}
environments:
  bench:
"""


def expression(number: int) -> str:
    """Return one of the distinct expressions, of a usual length."""
    n = number % EXPRESSIONS
    selector = f'job="job{n}", instance=~"$instance", environment="$environment"'
    return (
        f"sum by (instance) (rate(requests_{n}_total{{{selector}}}[$__rate_interval])) / on () group_left () count(up)"
    )


def queries(board: int, panel: int) -> list[str]:
    """Return the expressions of one panel."""
    first = board * PANELS * QUERIES + panel * QUERIES
    return [expression(first + index) for index in range(QUERIES)]


def grafanalib(board: int) -> str:
    """Return a module with a grafanalib dashboard."""
    panels = "".join(
        f"""
        TimeSeries(
            title="Panel {panel}",
            dataSource="prometheus",
            unit="{UNITS[panel % len(UNITS)]}",
            gridPos=GridPos(h=8, w=12, x={panel % 2 * 12}, y={panel // 2 * 8}),
            targets=[
                Target(expr={queries(board, panel)[0]!r}, legendFormat="{{{{instance}}}}", refId="A"),
                Target(expr={queries(board, panel)[1]!r}, legendFormat="{{{{instance}}}} b", refId="B"),
            ],
        ),"""
        for panel in range(PANELS)
    )
    variables = "".join(
        f"""
            Template(name="{name}", dataSource="prometheus", query="label_values(up, {name})", multi=True),"""
        for name in ("environment", "instance", "zone", "cluster")
    )
    return f"""\
from grafanalib.core import Dashboard, GridPos, Target, Template, Templating, TimeSeries

dashboard = Dashboard(
    title="Board {board}",
    uid="board-{board}",
    templating=Templating(
        list=[{variables}
        ]
    ),
    panels=[{panels}
    ],
).auto_panel_ids()
"""


def ours(board: int) -> str:
    """Return a module with the same dashboard through `dojoboards.panels`."""
    panels = "".join(
        f"""
        p.timeseries(
            "Panel {panel}",
            p.query({queries(board, panel)[0]!r}, "{{{{instance}}}}"),
            p.query({queries(board, panel)[1]!r}, "{{{{instance}}}} b"),
            unit="{UNITS[panel % len(UNITS)]}",
        ),"""
        for panel in range(PANELS)
    )
    variables = "".join(
        f"""
        v.query("{name}", "label_values(up, {name})"),"""
        for name in ("environment", "instance", "zone", "cluster")
    )
    return f"""\
from dojoboards import panels as p
from dojoboards import variables as v

dashboard = p.dashboard(
    "Board {board}",
    uid="board-{board}",
    variables=[{variables}
    ],
    panels=[{panels}
    ],
)
"""


def sdk(board: int) -> str:
    """Return the part of a program that writes the same dashboard with the foundation SDK."""
    panels = "".join(
        f"""
    builder.with_panel(
        Timeseries().title("Panel {panel}").unit("{UNITS[panel % len(UNITS)]}").datasource(SOURCE).height(8).span(12)
        .with_target(Query().expr({queries(board, panel)[0]!r}).legend_format("{{{{instance}}}}").ref_id("A"))
        .with_target(Query().expr({queries(board, panel)[1]!r}).legend_format("{{{{instance}}}} b").ref_id("B"))
    )"""
        for panel in range(PANELS)
    )
    variables = "".join(
        f"""
    builder.with_variable(QueryVariable("{name}").datasource(SOURCE).query("label_values(up, {name})").multi(True))"""
        for name in ("environment", "instance", "zone", "cluster")
    )
    return f"""\
from grafana_foundation_sdk.builders.dashboard import Dashboard, QueryVariable
from grafana_foundation_sdk.builders.prometheus import Dataquery as Query
from grafana_foundation_sdk.builders.timeseries import Panel as Timeseries
from grafana_foundation_sdk.models.dashboard import DataSourceRef

SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")


def board():
    builder = Dashboard("Board {board}").uid("board-{board}"){variables}{panels}
    return builder.build()
"""


SDK_MAIN = """\
import importlib.util
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

here, out = Path(__file__).parent, Path(sys.argv[1])
out.mkdir(exist_ok=True)
for file in sorted(here.glob("board_*.py")):
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = JSONEncoder(sort_keys=True, indent=2).encode(module.board())
    (out / f"{file.stem}.json").write_text(text)
"""


def write(root: Path) -> None:
    """Write all four below *root*."""
    for name in ("theirs", "grafanalib/dashboards", "panels/dashboards", "sdk"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for project in ("grafanalib", "panels"):
        (root / project / "dojoboards.yaml").write_text(CONFIG)
    for board in range(DASHBOARDS):
        text = grafanalib(board)
        (root / f"theirs/board_{board:04}.dashboard.py").write_text(text)
        # Ids and positions are ours to give.
        own = text.replace(").auto_panel_ids()", ")")
        (root / f"grafanalib/dashboards/board_{board:04}.py").write_text(own)
        (root / f"panels/dashboards/board_{board:04}.py").write_text(ours(board))
        (root / f"sdk/board_{board:04}.py").write_text(sdk(board))
    (root / "sdk/main.py").write_text(SDK_MAIN)


if __name__ == "__main__":
    import sys

    write(Path(sys.argv[1]))
