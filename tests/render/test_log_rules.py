from dojoboards.errors import Source
from dojoboards.model import Alert, Environment, Project, RecordingRule, RuleGroup
from dojoboards.render import prometheus, rules
from support.golden import golden
from support.rendered import problems, rendered

PROD = Environment(
    name="prod",
    grafana_url="https://grafana.example.com",
    runbook_url="https://runbooks.example.com/{alert}.md",
)


def alert(**fields: object) -> Alert:
    given = {
        "name": "PaymentsRefused",
        "expr": 'sum by (job) (count_over_time({job="shop"}\n  |~ `payment \\d+ "refused"` [15m])) > 10',
        "severity": "critical",
        "summary": "Payments are refused",
        "description": "{{ $labels.job }} logged {{ $value }} of them.",
        "source": Source("alerts/logs.py", 3),
    }
    return Alert(**{**given, **fields})  # type: ignore[arg-type]


def project(*groups: RuleGroup) -> Project:
    return Project(name="shop", environment=PROD, log_groups=groups)


def test_a_rule_file_of_loki_is_written_as_one_of_prometheus() -> None:
    recorded = RecordingRule(record="job:log_errors:rate5m", expr='sum by (job) (rate({job="shop"} |= "error" [5m]))')
    full = alert(for_="5m", team="web", dashboard="shop", panel="Payments", labels={"service": "pay"})
    files = rendered(
        rules.render_logs, project(RuleGroup(name="logs", rules=[recorded, full], interval="1m", limit=5, module="web"))
    )

    assert files == {"loki/rules/web.yml": golden("rules/logs.yml", files["loki/rules/web.yml"])}


def test_each_module_has_a_file_with_its_groups_in_their_order() -> None:
    groups = [
        RuleGroup(name=name, rules=[alert()], module=module) for name, module in (("b", "x"), ("a", "w"), ("a", "x"))
    ]
    files = rendered(rules.render_logs, project(*groups))

    assert list(files) == ["loki/rules/w.yml", "loki/rules/x.yml"]
    assert files["loki/rules/x.yml"].index("name: b") < files["loki/rules/x.yml"].index("name: a")


def test_prometheus_gets_nothing_of_them() -> None:
    whole = project(RuleGroup(name="logs", rules=[alert()], module="web"))

    assert rendered(rules.render, whole) == rendered(prometheus.render, whole) == {}


def test_what_a_rule_file_does_not_allow_is_told_with_its_place() -> None:
    assert problems(
        rules.render_logs, project(RuleGroup(name="logs", rules=[alert(labels={"n": 5})], module="web"))
    ) == [
        (
            "alerts/logs.py:3: loki/rules/web.yml: groups.0.rules.0.labels.n: 5 is not text\n"
            "    see the documentation of this format's fields"
        )
    ]
