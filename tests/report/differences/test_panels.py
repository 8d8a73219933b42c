from typing import Any

import pytest

from dojoboards.names import panel_id
from support.reports import told


def panel(title: str = "CPU", expr: str = "rate(cpu[5m])", place: str = "0,0,12,8", **keys: Any) -> dict[str, Any]:
    x, y, w, h = map(int, place.split(","))
    return {
        "id": panel_id(title),
        "title": title,
        "type": "timeseries",
        "gridPos": {"x": x, "y": y, "w": w, "h": h},
        "datasource": {"type": "prometheus", "uid": "prom"},
        "targets": [{"refId": "A", "expr": expr, "datasource": {"type": "prometheus", "uid": "prom"}}] if expr else [],
        **keys,
    }


def row(title: str, y: int, *inner: dict[str, Any], **keys: Any) -> dict[str, Any]:
    grid = {"x": 0, "y": y, "w": 24, "h": 1}
    return {
        "id": panel_id(f"row/{title}"),
        "title": title,
        "type": "row",
        "gridPos": grid,
        "panels": list(inner),
        **keys,
    }


def diff(before: list[Any], after: list[Any]) -> list[str]:
    return list(told("dashboard", {"title": "Shop", "panels": before}, {"title": "Shop", "panels": after}))


MEMORY = panel("Memory", "memory", "12,0,12,8")
DISK = panel("Disk", "disk", "0,8,12,8")


def test_a_panel_that_comes_shows_its_queries_and_one_that_goes_its_type() -> None:
    two = panel("Two", targets=[{"refId": "A", "expr": "a"}, {"refId": "B", "expr": "b"}])

    assert diff([panel(), MEMORY], [two, MEMORY]) == [
        "added    panel 'Two' (timeseries)",
        "         + a",
        "         + b",
        "removed  panel 'CPU' (timeseries)",
    ]


def test_a_panel_with_another_title_is_recognised_by_its_queries() -> None:
    assert diff([panel(), MEMORY], [panel("CPU usage"), MEMORY]) == [
        "renamed  panel: CPU -> CPU usage",
        "changed  panel ids (of 1 panel: a link to a single panel names its id)",
    ]


def test_a_panel_with_another_title_is_recognised_by_its_id_even_if_its_query_changes() -> None:
    assert diff([panel(), MEMORY], [panel("CPU usage", "irate(cpu[5m])", id=panel_id("CPU")), MEMORY]) == [
        "renamed  panel: CPU -> CPU usage",
        "changed  panel 'CPU usage', query A",
        "         - rate(cpu[5m])",
        "         + irate(cpu[5m])",
    ]


def test_panels_that_are_numbered_by_place_are_not_mixed_up() -> None:
    before = [panel(id=1), panel("Memory", "memory", "12,0,12,8", id=2)]
    after = [
        panel("New", "new", id=1),
        panel("CPU", place="12,0,12,8", id=2),
        panel("Memory", "memory", "0,8,12,8", id=3),
    ]

    assert diff(before, after) == [
        "added    panel 'New' (timeseries)",
        "         + new",
        "moved    panel 'CPU': 12x8 at 0,0 -> 12x8 at 12,0",
        "moved    panel 'Memory': 12x8 at 12,0 -> 12x8 at 0,8",
        "changed  panel ids (of 2 panels: a link to a single panel names its id)",
    ]


def test_a_text_is_recognised_by_what_it_says() -> None:
    before, after = (panel(title, "", type="text", options={"content": "Hello"}) for title in ("A", "B"))

    assert diff([before], [after])[0] == "renamed  panel: A -> B"


def test_queries_are_told_by_letter() -> None:
    before = panel(targets=[{"refId": "A", "expr": "a"}, {"refId": "B", "expr": "b", "legendFormat": "{{x}}"}])
    after = panel(targets=[{"refId": "B", "expr": "b", "legendFormat": "{{y}}"}, {"refId": "C", "expr": "c"}])

    assert diff([before], [after]) == [
        "added    panel 'CPU', query C",
        "         + c",
        "removed  panel 'CPU', query A",
        "         - a",
        "changed  panel 'CPU', query B, legend: {{x}} -> {{y}}",
    ]


def test_a_query_is_recognised_under_another_letter() -> None:
    before = panel(targets=[{"refId": "A", "expr": "a"}, {"refId": "B", "expr": "b"}])
    after = panel(targets=[{"refId": "A", "expr": "b"}, {"refId": "B", "expr": "a"}])

    assert diff([before], [after]) == [
        "changed  panel 'CPU', query A, letter: B -> A",
        "changed  panel 'CPU', query B, letter: A -> B",
        "moved    panel 'CPU', queries (they are in another order)",
    ]


def test_a_query_that_is_only_formatted_differently_is_no_difference() -> None:
    assert diff([panel()], [panel(expr="rate( cpu[5m] )")]) == []


def test_unit_thresholds_type_description_and_data_source_are_told_by_name() -> None:
    defaults = {"unit": "short", "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": None}]}}
    before = panel(fieldConfig={"defaults": defaults, "overrides": []}, options={"legend": {"showLegend": True}})
    steps = [{"color": "green", "value": None}, {"color": "red", "value": 0.9}]
    loki = {"type": "loki", "uid": "loki"}
    after = panel(
        fieldConfig={"defaults": {"unit": "percent", "thresholds": {"mode": "percentage", "steps": steps}, "max": 100}},
        options={"legend": {"showLegend": False}},
        description="Busy",
        datasource=loki,
        targets=[{"refId": "A", "expr": "rate(cpu[5m])", "datasource": loki}],
    )

    assert diff([before], [after]) == [
        "changed  panel 'CPU', data source: prom (prometheus) -> loki (loki)",
        "changed  panel 'CPU', thresholds: green -> green, red from 0.9 (percent of the range)",
        "added    panel 'CPU', description: Busy",
        "changed  panel 'CPU', legend.showLegend: true -> false",
        "added    panel 'CPU', max: 100",
        "changed  panel 'CPU', unit: short -> percent",
    ]


def test_another_type_is_told_without_all_of_its_options() -> None:
    before = panel(options={"tooltip": {"mode": "multi"}}, fieldConfig={"defaults": {"custom": {"lineWidth": 1}}})
    after = panel(type="stat", options={"colorMode": "value", "graphMode": "area"})

    assert diff([before], [after]) == [
        "changed  panel 'CPU', type: timeseries -> stat (with the options of the new type)"
    ]


def test_links_and_overrides_are_told_by_what_they_are_for() -> None:
    override = {"matcher": {"id": "byName", "options": "errors"}, "properties": [{"id": "unit", "value": "short"}]}
    red = {**override, "properties": [{"id": "unit", "value": "percent"}, {"id": "color", "value": "red"}]}
    before = panel(fieldConfig={"defaults": {}, "overrides": [override]}, links=[{"title": "Runbook", "url": "a"}])
    after = panel(fieldConfig={"defaults": {}, "overrides": [red]}, links=[{"title": "Runbook", "url": "b"}])

    assert diff([before], [after]) == [
        "changed  panel 'CPU', link 'Runbook', url: a -> b",
        "added    panel 'CPU', override byName errors, color: red",
        "changed  panel 'CPU', override byName errors, unit: short -> percent",
    ]


def test_any_other_key_is_told_by_its_path() -> None:
    before, after = (panel(options={"reduceOptions": {"calcs": [calc]}}, interval=calc) for calc in ("mean", "max"))

    assert diff([before], [after]) == [
        "changed  panel 'CPU', interval: mean -> max",
        "changed  panel 'CPU', options.reduceOptions.calcs: mean -> max",
    ]


def test_a_panel_of_another_size_or_place_has_moved() -> None:
    assert diff([panel(), MEMORY], [panel(place="0,0,8,8"), MEMORY]) == [
        "moved    panel 'CPU': 12x8 at 0,0 -> 8x8 at 0,0"
    ]
    assert diff([panel(), DISK], [panel(place="0,8,12,8"), panel("Disk", "disk")]) == [
        "moved    panel 'Disk': 12x8 at 0,8 -> 12x8 at 0,0",
        "moved    panel 'CPU' (only up or down)",
    ]


def test_what_only_makes_room_is_counted() -> None:
    before = [panel(), MEMORY, DISK]
    lower = [{**entry, "gridPos": {**entry["gridPos"], "y": entry["gridPos"]["y"] + 4}} for entry in before]

    assert diff(before, [panel("New", "", "0,0,24,4", type="text"), *lower]) == [
        "added    panel 'New' (text)",
        "moved    3 panels (only up or down)",
    ]


def test_a_panel_in_another_row_has_moved() -> None:
    before = [row("Hosts", 0), panel(place="0,1,12,8"), row("Disks", 9), panel("Disk", "disk", "0,10,12,8")]
    after = [row("Hosts", 0), row("Disks", 1), panel("Disk", "disk", "0,2,12,8"), panel(place="12,2,12,8")]

    assert diff(before, after) == [
        "moved    panel 'CPU': row 'Hosts', 12x8 at 0,1 -> row 'Disks', 12x8 at 12,2",
        "moved    2 panels (only up or down)",
    ]


def test_a_row_that_moves_takes_its_panels_along() -> None:
    before = [row("A", 0), panel(place="0,1,12,8"), row("B", 9), panel("Disk", "disk", "0,10,12,8")]
    after = [row("B", 0), panel("Disk", "disk", "0,1,12,8"), row("A", 9), panel(place="0,10,12,8")]

    assert diff(before, after) == [
        "moved    row 'B': 24x1 at 0,9 -> 24x1 at 0,0",
        "moved    3 panels (only up or down)",
    ]


def test_a_row_that_is_closed_or_renamed_does_not_move_its_panels() -> None:
    inner = panel(place="0,1,12,8")

    assert diff([row("Hosts", 0), inner], [row("Hosts", 0, inner, collapsed=True)]) == [
        "added    row 'Hosts', collapsed: true"
    ]
    assert diff([row("Hosts", 0), inner], [row("Machines", 0), inner]) == [
        "renamed  row: Hosts -> Machines",
        "changed  panel ids (of 1 panel: a link to a single panel names its id)",
    ]


def test_rows_come_and_go() -> None:
    assert diff([row("A", 0)], [row("B", 0)]) == [
        "added    row 'B'",
        "removed  row 'A'",
    ]


def test_panels_with_one_title_are_told_apart_by_their_rows() -> None:
    rows = [row("A", 0), panel(place="0,1,12,8"), row("B", 9), panel(expr="other", place="0,10,12,8")]
    after = [*rows[:3], {**rows[3], "description": "Second"}]

    assert diff(rows, after) == ["added    panel 'CPU' in row 'B', description: Second"]


def test_panels_that_nothing_tells_apart_are_numbered() -> None:
    before = [panel(id=1), panel(id=2, place="0,8,12,8")]
    after = [before[0], {**before[1], "description": "Second"}]

    assert diff(before, after) == ["added    panel 'CPU' #2, description: Second"]


def test_what_many_panels_have_in_common_is_told_once() -> None:
    before = [panel(f"P{number}", f"x{number}", f"0,{number * 8},12,8") for number in range(6)]
    after = [{**entry, "transparent": True} for entry in before]
    after[5]["description"] = "Last"

    assert diff(before, after) == [
        "added    6 panels, transparent: true (panel 'P0', panel 'P1', panel 'P2' and 3 more)",
        "added    panel 'P5', description: Last",
    ]


def test_the_version_of_a_plugin_is_no_difference() -> None:
    assert diff([panel(pluginVersion="11.0.0")], [panel(pluginVersion="12.1.0")]) == []


@pytest.mark.parametrize(
    "panels",
    ["none", [1], [{"type": "graph", "panels": [{"title": "x"}]}], [{"type": "row", "panels": [1]}]],
)
def test_panels_of_another_shape_are_compared_key_by_key(panels: Any) -> None:
    (line, *_) = told("dashboard", {"panels": panels}, {"panels": [panel()]})

    assert line.split()[1].startswith("panels")


def test_parts_of_a_panel_of_another_shape_are_compared_key_by_key() -> None:
    odd = panel(gridPos="top", targets="all", fieldConfig=[1], options="none", datasource=7, links="none")

    assert diff([odd], [panel()]) == [
        "changed  panel 'CPU', data source: 7 -> {type: prometheus, uid: prom}",
        (
            "changed  panel 'CPU', targets: all -> "
            "[{datasource: {type: prometheus, uid: prom}, expr: rate(cpu[5m]), refId: A}]"
        ),
        "removed  panel 'CPU', links: none",
        "removed  panel 'CPU', fieldConfig: [1]",
        "removed  panel 'CPU', options: none",
        "changed  panel 'CPU', gridPos: top -> {h: 8, w: 12, x: 0, y: 0}",
    ]
