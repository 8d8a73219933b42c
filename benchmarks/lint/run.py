"""Time all checks on a large project beside parsing its expressions once, in one run.

    python benchmarks/lint/run.py [BOARDS] [RULES] [ROUNDS]

Each board has 20 panels of one query. There are two projects of that shape:

- `all different`: every expression is another one, which is the worst case;
- `200 in all boards`: the boards ask 200 distinct expressions, as those of `benchmarks/dashboards` do. Parsing is timed
  for every distinct expression, which is what has to be done, and for every place where one stands.

The checks are timed in one process, and in as many as `lint` uses. Of the rounds the best is printed: wall time,
processor time of all processes, and how many times as long as parsing. What was parsed is forgotten each time.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from dojoboards import Alert, Environment, Prometheus, RecordingRule, RuleGroup, ScrapeJob, promql
from dojoboards.artifact import Artifact, json_bytes
from dojoboards.lint import Board, boards_of, own, sharing
from dojoboards.lint.every import CHECKS
from dojoboards.model import Project
from dojoboards.workers import processors

PANELS = 20
DISTINCT = 200
IN_A_GROUP = 20
IN_TEN = 10

RULES = (
    'sum by (instance) (rate(node_cpu_seconds_total{{job="node", mode!="idle"}}[5m])) > 1.{n}',
    'node_filesystem_avail_bytes{{job="node", fstype!="tmpfs"}} / node_filesystem_size_bytes{{job="node"}} < 0.1{n}1',
    "histogram_quantile(0.99, sum by (le) (rate(flask_http_request_duration_seconds_bucket[5m]))) > 2.{n}",
    'sum by (job) (rate(flask_http_request_total{{status=~"5.."}}[5m])) / sum by (job) (rate(flask_http_request_total[5m])) > {n}',  # noqa: E501
    'avg_over_time(up{{job="node"}}[{n}s]) < 1',
    'max_over_time(node_load5[1h]) > on (instance) {n} * (count by (instance) (node_cpu_seconds_total{{mode="idle"}}))',
)
QUERIES = (
    'sum by (mode) (rate(node_cpu_seconds_total{{instance=~"$instance"}}[$__rate_interval] offset {n}s))',
    "node_memory_MemAvailable_bytes offset {n}s",
    "sum by (method) (rate(flask_http_request_total[$__rate_interval] offset {n}s))",
    'rate(node_network_receive_bytes_total{{device!="lo"}}[$__rate_interval] offset {n}s)',
)


def project(rules: int) -> Project:
    made = [
        RecordingRule(record=f"instance:number_{n}:sum", expr=RULES[0].format(n=n).replace(">", "*"))
        if not n % IN_TEN
        else Alert(
            name=f"Alert{n}",
            expr=RULES[n % len(RULES)].format(n=n),
            for_="5m",
            severity="warning",
            summary="It is wrong",
            description="{{ $value | humanize }} is wrong.",
        )
        for n in range(rules)
    ]
    groups = [
        RuleGroup(name=f"group-{start}", module="rules", rules=made[start : start + IN_A_GROUP])
        for start in range(0, rules, IN_A_GROUP)
    ]
    jobs = [ScrapeJob(name="node", targets=["node:9100"]), ScrapeJob(name="flask", targets=["flask:5000"])]
    return Project(
        name="shop", environment=Environment(name="prod"), groups=groups, scrape_jobs=jobs, prometheus=Prometheus()
    )


def dashboards(count: int, distinct: int) -> list[Artifact]:
    return [
        Artifact("dashboard", f"b{n}", f"grafana/dashboards/general/b{n}.json", json_bytes(dashboard(n, distinct)))
        for n in range(count)
    ]


def dashboard(number: int, distinct: int) -> dict[str, object]:
    panels = [
        {
            "id": index + 1,
            "title": f"Panel {index}",
            "description": "What it shows.",
            "type": "timeseries",
            "datasource": {"type": "prometheus", "uid": "prom"},
            "fieldConfig": {"defaults": {"unit": "short"}, "overrides": []},
            "targets": [{"refId": "A", "expr": query((number * PANELS + index) % distinct)}],
        }
        for index in range(PANELS)
    ]
    variable = {"name": "instance", "type": "query", "query": "label_values(node_load5, instance)", "multi": True}
    return {"uid": f"b{number}", "title": f"Board {number}", "panels": panels, "templating": {"list": [variable]}}


def query(number: int) -> str:
    return QUERIES[number % len(QUERIES)].format(n=number + 1)


def forget() -> None:
    """Let the next measurement begin with nothing parsed."""
    for value in vars(promql).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()
    promql.parse("up")  # what is imported and made once is no part of it


class Taken(NamedTuple):
    """Seconds by the clock, and of all processors."""

    wall: float
    processor: float


T = TypeVar("T")


def best(function: Callable[[T], object], given: Callable[[], T], rounds: int) -> Taken:
    """Time *function* of what is *given* anew for each round, so that nothing that is known of the last is used."""
    taken = []
    for _ in range(rounds):
        forget()
        value = given()
        gc.collect()
        gc.disable()  # as the command does
        before, start = os.times(), time.perf_counter()
        function(value)
        wall, after = time.perf_counter() - start, os.times()
        taken.append(Taken(wall, sum(after[:4]) - sum(before[:4])))
        gc.enable()
    return Taken(min(one.wall for one in taken), min(one.processor for one in taken))


def parse(expressions: Iterable[tuple[str, bool]]) -> None:
    for expr, variables in expressions:
        promql.parse(expr, variables=variables)


def parse_anew(expressions: Iterable[tuple[str, bool]]) -> None:
    """Parse as if nobody remembered what was parsed before."""
    for expr, variables in expressions:
        promql.parse.cache_clear()
        promql._outcome.cache_clear()  # noqa: SLF001  # the other half of the same memory
        promql.parse(expr, variables=variables)


def measure(name: str, boards: int, rules: int, distinct: int, rounds: int) -> None:
    artifacts = dashboards(boards, distinct)
    every = [(rule.expr, False) for group in project(rules).groups for rule in group.rules]
    every += [
        (query["expr"], True) for one in boards_of(artifacts, {}) for panel in one.panels for query in panel.queries
    ]
    once = [*dict.fromkeys(every)]

    def judge(given: tuple[Project, list[Board]]) -> None:
        own.judgements(given[0], artifacts, given[1])

    print(f"{name}: {boards} boards of {PANELS} panels, {rules} rules, {len(every)} expressions, {len(once)} distinct")
    parsing = best(parse, lambda: once, rounds)
    told("parse each distinct expression once", parsing, parsing)
    if len(every) > len(once):
        told("parse each expression wherever it stands", best(parse_anew, lambda: every, rounds), parsing)
    for processes in sorted({1, processors()}):
        sharing.processors = lambda processes=processes: processes
        taken = best(judge, lambda: (project(rules), boards_of(artifacts, {})), rounds)
        told(f"{len(CHECKS)} checks, processes: {processes}", taken, parsing)


def told(what: str, taken: Taken, parsing: Taken) -> None:
    print(
        f"  {what:42}{taken.wall:7.2f} s wall, {taken.wall / parsing.wall:4.1f} times"
        f"{taken.processor:10.2f} s processor, {taken.processor / parsing.processor:4.1f} times"
    )


def main() -> int:
    boards, rules, rounds = (*map(int, sys.argv[1:4]), *(1000, 10_000, 3)[len(sys.argv) - 1 :])
    measure("all different", boards, rules, boards * PANELS, rounds)
    measure(f"{DISTINCT} in all boards", boards, rules, DISTINCT, rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
