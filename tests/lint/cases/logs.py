"""Rules over logs, rightly and wrongly declared."""

from dojoboards.model import Environment, Project, TargetSettings
from support.lint import Case, alert, group, project, recording

COUNTED = 'sum(count_over_time({job="shop"} |= "error" [5m])) > 10'


def logs(*expressions: str, systems: tuple[str, ...] = (), **fields: str) -> Project:
    targets = {system: TargetSettings(system=system, directory=system) for system in systems}
    rules = [alert(expr=expr, **fields) for expr in expressions]
    return project(log_groups=[group(*rules)], environment=Environment(name="prod", targets=targets))


BAD = [
    Case(
        "log-rule/expression",
        logs('{job="shop"} |= "error"'),
        [
            (
                "content.py:2: the expression of 'Down' is no LogQL for a rule: it gives log lines, and a rule needs"
                " numbers\n"
                '    make numbers of them: count_over_time({job="shop"} |= "error" [5m])'
            )
        ],
    ),
    Case(
        "log-rule/expression",
        project(log_groups=[group(recording(expr="sum(up)"))]),
        [
            (
                "content.py:2: the expression of 'job:up:sum' is no LogQL for a rule: it selects no log lines\n"
                '    begin with a stream selector, such as {job="shop"};'
                " PromQL goes into `groups`, not into `log_groups`"
            )
        ],
    ),
    Case(
        "log-rule/keep-firing-for",
        logs(COUNTED, keep_firing_for="10m"),
        [
            (
                "content.py:2: the alert 'Down' has `keep_firing_for`, which Loki does not know\n"
                "    take it away, and make the range of its expression longer"
            )
        ],
    ),
    Case(
        "log-rule/target",
        logs(COUNTED, systems=("prometheus",)),
        [
            (
                "content.py:1: the rules over logs are pushed nowhere: the environment 'prod' has no target for loki\n"
                "    add environments.prod.targets.loki to dojoboards.yaml"
            )
        ],
    ),
]

GOOD = [
    Case("log-rule/expression", logs(COUNTED)),
    Case("log-rule/keep-firing-for", logs(COUNTED, for_="5m")),
    Case("log-rule/target", logs(COUNTED, systems=("prometheus", "loki"))),
    Case("log-rule/target", logs(COUNTED)),
    Case("log-rule/target", project(environment=logs(COUNTED, systems=("prometheus",)).environment)),
]
