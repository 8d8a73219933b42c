"""What is said of labels is what a real Prometheus gives."""

from __future__ import annotations

import random
import subprocess
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest

from dojoboards import promql
from dojoboards.expressions import Labels, Selector, Series, exactly, result, selected
from support import servers

AGE = 600
SERIES: dict[str, list[dict[str, str]]] = {
    "requests_total": [
        {"job": job, "instance": instance, "code": code} for job in "ab" for instance in "xy" for code in ("200", "500")
    ],
    "size_bytes": [{"job": job, "instance": instance} for job in "ab" for instance in "xy"],
    "wait_seconds_bucket": [{"job": job, "le": le} for job in "ab" for le in ("0.5", "1", "+Inf")],
    "limit": [{"job": "a"}, {"job": "b"}],
    "owner_info": [{"job": "a", "owner": "x"}, {"job": "b"}],
    "one": [{}],
}
LABELS = ("job", "instance", "code", "le", "owner", "new", "other")

WRITTEN = [
    "requests_total",
    'requests_total{code="200"}',
    'requests_total{owner=""}',
    "rate(requests_total[5m])",
    "sum(requests_total)",
    "sum by (job, other) (requests_total)",
    "sum without (code, other) (requests_total)",
    "topk(2, requests_total)",
    'count_values("new", limit)',
    'count_values without (instance) ("new", size_bytes)',
    "quantile by (job) (0.5, size_bytes)",
    "limit / on (job) size_bytes{instance='x'}",
    "requests_total / on (job, instance) group_left () size_bytes",
    "size_bytes * on (job) group_left (owner) owner_info",
    "owner_info * on (job) group_right (owner) size_bytes",
    "requests_total{code='200'} / ignoring (code) requests_total{code='500'}",
    "requests_total{code='200'} / ignoring (code) size_bytes",
    "size_bytes >= ignoring (instance) group_left () limit",
    "size_bytes > on (job, instance) size_bytes * 0",
    "size_bytes > bool 1",
    "1 - size_bytes",
    "size_bytes and on (job) limit",
    "size_bytes unless on (job) limit{job='a'}",
    "size_bytes or owner_info",
    "one or owner_info",
    "histogram_quantile(0.9, rate(wait_seconds_bucket[5m]))",
    "histogram_quantile(0.9, sum by (le) (rate(wait_seconds_bucket[5m])))",
    "absent(nothing{job='a', other=~'x', new='1'})",
    "absent(nothing{job='a', job='b'})",
    "absent(sum(nothing{job='a'}))",
    "absent_over_time(nothing{job='a'}[5m])",
    "vector(1)",
    "vector(time()) + 1",
    "vector(scalar(one))",
    "time() - size_bytes",
    "label_replace(size_bytes, 'new', '$1', 'job', '(a)')",
    "label_replace(size_bytes, 'new', 'fixed', 'job', '.*')",
    "label_replace(size_bytes{job='a'}, 'job', '', 'job', '.*')",
    "label_replace(owner_info, 'owner', 'z', 'owner', '')",
    "label_join(size_bytes, 'new', '-', 'job', 'instance')",
    "label_join(owner_info, 'new', '', 'other')",
    "max_over_time(size_bytes[5m:1m])",
    "changes(max by (job) (size_bytes)[5m:1m])",
    "sort_desc(size_bytes)",
    "timestamp(size_bytes)",
    "hour()",
    "day_of_week(vector(0))",
    "-size_bytes",
    "(size_bytes)",
    "predict_linear(size_bytes[5m], 60)",
    "clamp_max(abs(size_bytes), 3)",
    "group by (job) (size_bytes)",
    "size_bytes offset 1m",
]


@pytest.fixture(scope="module")
def prometheus(programs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    """One that begins with ten minutes of a few series, as if they had been scraped."""
    directory = tmp_path_factory.mktemp("oracle")
    now = int(time.time())
    lines = []
    for metric, series in SERIES.items():
        for number, labels in enumerate(series):
            pairs = ",".join(f'{name}="{value}"' for name, value in labels.items())
            lines += [f"{metric}{{{pairs}}} {number + 1 + age} {now - AGE + age}" for age in range(0, AGE + 300, 30)]
    (directory / "history.om").write_text("\n".join(lines) + "\n# EOF\n")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "history.om", "server-data"]
    subprocess.run(command, check=True, capture_output=True, cwd=directory)
    with servers.prometheus(directory / "server") as server:
        yield server


def known(selector: Selector) -> Series:
    found = SERIES.get(selector.name)
    if found is None:
        return selected(selector, Series())
    every: frozenset[str] = frozenset().union(*found)
    certain = every.intersection(*found)
    return selected(selector, Series(Labels(certain, every)))


def given(server: servers.Server, expr: str) -> list[set[str]]:
    return [set(series["metric"]) - {"__name__"} for series in server.query(expr)]


def agrees(labels: Labels, series: set[str]) -> bool:
    return all(labels.has(name) is not False for name in series) and labels.certain <= series


@pytest.mark.parametrize("expr", WRITTEN)
def test_labels_are_those_that_prometheus_gives(prometheus: servers.Server, expr: str) -> None:
    expression = promql.parse(expr)
    assert expression is not None
    labels = result(expression, known).labels
    found = given(prometheus, expr)

    assert found
    assert [series for series in found if not agrees(labels, series)] == []


@pytest.mark.parametrize(
    ("expr", "labels"),
    [
        ("sum by (job) (requests_total)", exactly("job")),
        ("sum without (code) (requests_total)", exactly("job", "instance")),
        ("histogram_quantile(0.9, rate(wait_seconds_bucket[5m]))", exactly("job")),
        (
            "size_bytes * on (job) group_left (owner) owner_info",
            Labels(frozenset({"job", "instance"}), frozenset({"job", "instance", "owner"})),
        ),
        ("absent(nothing{job='a'})", exactly("job")),
        ("label_replace(size_bytes, 'new', 'fixed', 'job', '.*')", exactly("job", "instance", "new")),
    ],
)
def test_labels_are_known_as_well_as_they_can_be(expr: str, labels: Labels) -> None:
    expression = promql.parse(expr)
    assert expression is not None

    assert result(expression, known).labels == labels


def some(chance: random.Random, depth: int) -> str:
    """A vector, nested so deep at most."""
    if not depth:
        name = chance.choice(list(SERIES))
        return name + chance.choice(["", "", '{job="a"}', '{code!=""}', '{owner=""}', " offset 1m"])
    inner = some(chance, depth - 1)
    names = ", ".join(chance.sample(LABELS, chance.randint(0, 3)))
    other = some(chance, chance.randint(0, depth - 1))
    how, many = chance.choice(["on", "ignoring"]), chance.choice(["group_left", "group_right"])
    return chance.choice(
        [
            f"{chance.choice(['sum', 'max', 'count', 'group'])} {chance.choice(['by', 'without'])} ({names}) ({inner})",
            f"{chance.choice(['topk', 'bottomk'])}(3, {inner})",
            f"{chance.choice(['abs', 'ceil', 'sort', 'timestamp', '-', '2 *', '1 <'])}({inner})",
            f"max_over_time(({inner})[2m:1m])",
            f"({inner}) {chance.choice(['and', 'or', 'unless'])} {how} ({names}) ({other})",
            f"({inner}) {chance.choice(['+', '/', '> bool', '>='])} {how} ({names}) ({other})",
            f"({inner}) * on ({names}) {many} ({chance.choice(LABELS)}) ({other})",
            f"label_replace({inner}, '{chance.choice(LABELS)}', '{chance.choice(['$1', 'x', ''])}', 'job', '(a)|b')",
            f"label_join({inner}, '{chance.choice(LABELS)}', '-', 'job', 'code')",
            f"absent({inner})",
            f"count_values('new', {inner})",
            f"({inner}) > scalar({other})",
        ]
    )


def test_labels_of_whatever_is_nested_are_those_that_prometheus_gives(prometheus: servers.Server) -> None:
    chance = random.Random(5)  # noqa: S311  # the same ones each time
    answered = 0
    for _ in range(400):
        expr = some(chance, chance.randint(1, 3))
        expression = promql.parse(expr)
        if expression is None:
            continue  # a label in two lists
        labels = result(expression, known).labels
        try:
            found = given(prometheus, expr)
        except urllib.error.HTTPError:
            continue  # several series on the side of one
        answered += bool(found)
        wrong = [series for series in found if not agrees(labels, series)]
        assert not wrong, f"{expr}\n{labels}\n{wrong}"

    assert answered > 100


def test_the_data_is_as_it_is_said_to_be(prometheus: servers.Server, tmp_path: Path) -> None:
    assert {name: len(given(prometheus, name)) for name in SERIES} == {name: len(each) for name, each in SERIES.items()}
