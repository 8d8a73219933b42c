"""Time the emitter of rule files beside PyYAML's C dumper, in one run, on the same document.

    python benchmarks/yaml/run.py [GROUPS] [RULES] [ROUNDS]

Prints the best of the rounds for each, the size of what it wrote, and the ratio. Both outputs must read back equal.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable

import yaml

from dojoboards.artifact import yaml_bytes


def document(groups: int, rules: int) -> dict[str, object]:
    """Return rule groups as a project has them: an alert with labels and annotations, every third of two lines."""
    return {"groups": [{"name": f"group-{g}", "rules": [rule(g, r) for r in range(rules)]} for g in range(groups)]}


def rule(group: int, number: int) -> dict[str, object]:
    expr = f'sum by (job) (rate(http_requests_total{{job="job-{group}", code=~"5.."}}[5m])) > 0.{number}5'
    if number % 3 == 0:
        expr += f'\nand on (job)\nup{{job="job-{group}"}} == 1'
    return {
        "alert": f"Errors{group}Number{number}",
        "expr": expr,
        "for": "10m",
        "labels": {"severity": "critical", "team": "platform"},
        "annotations": {
            "summary": "Requests fail",
            "description": "{{ $labels.job }}: {{ $value | humanizePercentage }} of all requests fail.",
            "runbook_url": f"https://runbooks.example.com/Errors{group}Number{number}",
        },
    }


def c_dumper(value: object) -> bytes:
    return yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True).encode()


def best(function: Callable[[object], bytes], value: object, rounds: int) -> tuple[float, bytes]:
    times = []
    for _ in range(rounds):
        gc.collect()
        start = time.perf_counter()
        body = function(value)
        times.append(time.perf_counter() - start)
    return min(times), body


def main() -> int:
    groups, rules, rounds = (*map(int, sys.argv[1:4]), *(1000, 10, 3)[len(sys.argv) - 1 :])
    value = document(groups, rules)
    theirs, their_body = best(c_dumper, value, rounds)
    ours, our_body = best(yaml_bytes, value, rounds)
    equal = yaml.load(our_body, yaml.CSafeLoader) == yaml.load(their_body, yaml.CSafeLoader) == value
    print(f"{groups} groups of {rules} rules, best of {rounds}")
    print(f"PyYAML CSafeDumper  {theirs * 1000:8.1f} ms  {len(their_body):>9} bytes")
    print(f"dojoboards          {ours * 1000:8.1f} ms  {len(our_body):>9} bytes  {theirs / ours:.1f} times as fast")
    if not equal:
        print("the two outputs do not read back equal", file=sys.stderr)
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
