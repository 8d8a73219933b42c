"""`docs/metrics.md` has every metric that rules and dashboards use, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest

from support.dojopool import ENVIRONMENTS, ROOT, Built, built, queries, selectors

SCRAPING_ADDS = {"environment", "host", "instance", "job"}
CELLS = r"^\| `(?P<name>\w+)` \|(?P<type>[^|]+)\|(?P<unit>[^|]*)\|(?P<labels>[^|]*)\|(?P<meaning>.+)\|$"


@cache
def documented() -> dict[str, dict[str, str]]:
    rows = [re.match(CELLS, line) for line in (ROOT / "docs/metrics.md").read_text().splitlines()]
    return {row["name"]: {cell: text.strip() for cell, text in row.groupdict().items()} for row in rows if row}


def expressions(content: Built) -> Iterator[str]:
    for rule in content.rules():
        yield rule["expr"]
    for _, _, panel in content.all_panels():
        yield from queries(panel)
    for board in content.dashboards().values():
        yield from (mark["expr"] for mark in board["annotations"]["list"] if "expr" in mark)
        for variable in board["templating"]["list"]:
            yield from re.findall(r"label_values\((.+), \w+\)", variable["query"]["query"])


def used(environment: str) -> dict[str, set[str]]:
    """The metrics that the content selects, with the labels that it matches."""
    content = built(environment)
    found: dict[str, set[str]] = {}
    for expr in expressions(content):
        for name, labels in selectors(expr):
            found.setdefault(name, set()).update(labels)
    return found


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_metric_that_is_used_is_documented_and_the_other_way_round(environment: str) -> None:
    recorded = built(environment).recorded()

    assert used(environment).keys() - recorded.keys() == documented().keys()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_recorded_series_is_used(environment: str) -> None:
    assert built(environment).recorded().keys() - used(environment).keys() == set()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_is_matched_is_a_label_of_the_metric(environment: str) -> None:
    unknown = {
        name: labels - SCRAPING_ADDS - set(re.findall(r"`(\w+)`", documented()[name]["labels"]))
        for name, labels in used(environment).items()
        if name in documented()
    }

    assert {name: labels for name, labels in unknown.items() if labels} == {}


def test_no_metric_is_documented_twice_and_every_one_has_type_unit_and_meaning() -> None:
    lines = (ROOT / "docs/metrics.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| `")]

    assert len(rows) == len(documented())
    assert {row["type"] for row in documented().values()} == {"counter", "gauge", "histogram"}
    assert [name for name, row in documented().items() if not (row["unit"] and row["meaning"])] == []
