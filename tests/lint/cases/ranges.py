"""Limits that can and cannot be reached, and conditions that can and cannot be true at once."""

from dojoboards.model import Project
from support.lint import Case, alert, group, job, project

SHARE = (
    'sum by (job) (rate(prometheus_http_requests_total{code="500"}[5m])) '
    "/ sum by (job) (rate(prometheus_http_requests_total[5m]))"
)
IDLE = 'avg(rate(node_cpu_seconds_total{mode="idle"}[5m]))'


def asking(expr: str) -> Project:
    return project(
        groups=[group(alert(expr=expr))],
        scrape_jobs=[job(), job(name="prometheus", targets=["prometheus:9090"])],
    )


def never(expr: str, written: str, why: str, fix: str = "compare with what it can be") -> Case:
    message = f"content.py:2: alert 'Down': `{written}` is never true, as what is compared is {why}\n    {fix}"
    return Case("comparison/range", asking(expr), [message])


def apart(expr: str, one: str, other: str) -> Case:
    message = f"content.py:2: alert 'Down': `{one}` and `{other}` are never true together"
    fix = "    turn one of them around, or take one away"
    return Case("comparison/contradiction", asking(expr), [f"{message}\n{fix}"])


BAD = [
    never(f"1 - {IDLE} > 90", "> 90", "at most 1", "write 0.9"),
    never(f"100 - {IDLE} * 100 > 120", "> 120", "at most 100"),
    never(f"{SHARE} > 1.5", "> 1.5", "at most 1"),
    never(f"{SHARE} * 100 > 200", "> 200", "at most 100"),
    never("avg(up) > 1.5", "> 1.5", "at most 1"),
    never("hour() > 24", "> 24", "at most 23"),
    never("node_load1 > 2000 < 1000", "< 1000", "at least 2000"),
    never("clamp_max(node_load1, 5) == 6", "== 6", "at most 5"),
    never("rate(prometheus_http_requests_total[5m]) - 1 < -2", "< -2", "at least -1"),
    apart("node_load1 < 1000 and node_load1 > 2000", "node_load1 < 1000", "node_load1 > 2000"),
    apart("node_load1 > 2 unless node_load1 > 1", "node_load1 > 2", "unless node_load1 > 1"),
    apart("node_load1 > 1 and (node_load1 < 2) and 5 < node_load1", "node_load1 < 2", "node_load1 > 5"),
    apart("node_load1 == 1 and node_load1 == 2", "node_load1 == 1", "node_load1 == 2"),
]

GOOD = [
    *(
        Case("comparison/range", asking(expr))
        for expr in (
            f"1 - {IDLE} > 0.9",
            f"100 - {IDLE} * 100 > 90",
            f"{SHARE} > 0.05",
            f"{SHARE} > 90",
            "sum(rate(prometheus_http_requests_total[5m])) / sum(rate(prometheus_http_requests_total[1m])) > 2",
            "sum(rate(go_gc_cycles_total[5m])) / sum(rate(go_gc_cycles_total[5m] offset 1d)) > 2",
            'sum(rate(node_cpu_seconds_total{mode!="idle"}[5m])) > 90',
            "hour() > 8 and hour() < 20",
            "node_load1 > 1000 < 2000",
            "node_load1 * Inf > 3",
            "node_load1 / 0 > 3",
            "(node_load1 or vector(0)) < 0",
            "time() - node_boot_time_seconds < 600",
            "max(up) > 1",
            "up > 1",
        )
    ),
    *(
        Case("comparison/contradiction", asking(expr))
        for expr in (
            "node_load1 > 1000 and node_load1 < 2000",
            "node_load1 >= 2 and node_load1 <= 2",
            "node_load1 > 1 unless node_load1 > 2",
            "node_load1 < 1 and on (job) node_load1 > 2",
            "node_load1 > 1 and node_load1 offset 1h < 1",
            'node_load1{job="a"} > 1 and node_load1{job="b"} < 1',
            "node_load1 > 5 or node_load1 < 2",
            "node_load1 > 5 and node_load5 < 2",
        )
    ),
]
