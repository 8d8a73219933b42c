"""Time all checks on a large project beside parsing its expressions once, in one run.

    python benchmarks/lint/run.py [BOARDS] [RULES] [ROUNDS]

Each board has 20 panels; every expression is another one, which is the worst case for either side. Prints the best of
the rounds for each, and how many times as long the checks take. What was parsed is forgotten before each measurement.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable

from dojoboards import Alert, Environment, Prometheus, RecordingRule, RuleGroup, ScrapeJob, promql
from dojoboards.artifact import Artifact, json_bytes
from dojoboards.lint import boards_of, own
from dojoboards.lint.every import CHECKS
from dojoboards.model import Project

PANELS = 20
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
        RecordingRule(record=f"instance:number_{n}:sum", expr=RULES[0].format(n=n).partition(" >")[0])
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


def dashboards(count: int) -> list[Artifact]:
    return [
        Artifact("dashboard", f"b{number}", f"grafana/dashboards/general/b{number}.json", json_bytes(dashboard(number)))
        for number in range(count)
    ]


def dashboard(number: int) -> dict[str, object]:
    panels = [
        {
            "id": index + 1,
            "title": f"Panel {index}",
            "description": "What it shows.",
            "type": "timeseries",
            "datasource": {"type": "prometheus", "uid": "prom"},
            "fieldConfig": {"defaults": {"unit": "short"}, "overrides": []},
            "targets": [{"refId": "A", "expr": QUERIES[index % len(QUERIES)].format(n=number * PANELS + index)}],
        }
        for index in range(PANELS)
    ]
    variable = {"name": "instance", "type": "query", "query": "label_values(node_load5, instance)", "multi": True}
    return {"uid": f"b{number}", "title": f"Board {number}", "panels": panels, "templating": {"list": [variable]}}


def forget() -> None:
    """Let the next measurement begin with nothing parsed."""
    for value in vars(promql).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()
    promql.parse("up")  # what is imported and made once is no part of it


def best(function: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        forget()
        gc.collect()
        gc.disable()  # as the command does
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
        gc.enable()
    return min(times)


def main() -> int:
    boards, rules, rounds = (*map(int, sys.argv[1:4]), *(1000, 10_000, 3)[len(sys.argv) - 1 :])
    artifacts = dashboards(boards)
    taken_apart = boards_of(artifacts, {})
    given = project(rules)
    in_rules = {rule.expr for group in given.groups for rule in group.rules}
    in_boards = {query["expr"] for one in taken_apart for panel in one.panels for query in panel.queries}

    def parse() -> None:
        for expr in in_rules:
            promql.parse(expr, variables=False)
        for expr in in_boards:
            promql.parse(expr)

    def judge() -> None:
        # Another project each time, so that nothing that is known of the last one is used.
        own.judgements(project(rules), artifacts, taken_apart)

    parsing, judging = best(parse, rounds), best(judge, rounds)
    print(f"{boards} boards of {PANELS} panels, {rules} rules, {len(in_rules) + len(in_boards)} expressions")
    print(f"parse each once   {parsing:8.2f} s")
    print(f"{len(CHECKS):>3} checks        {judging:8.2f} s  {judging / parsing:.1f} times as long")
    return 0


if __name__ == "__main__":
    sys.exit(main())
