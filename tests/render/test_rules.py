import json
from pathlib import Path

import pytest

from dojoboards.errors import Source
from dojoboards.model import Alert, Environment, Project, RecordingRule, RuleGroup, Threshold
from dojoboards.render import rules
from support.golden import golden
from support.rendered import accepted, document, problems, rendered, write

ENVIRONMENT = Environment(
    name="prod",
    grafana_url="https://grafana.example.com",
    runbook_url="https://runbooks.example.com/{alert}.md",
)


def alert(**fields: object) -> Alert:
    given = {"name": "Down", "expr": "up == 0", "severity": "critical", "summary": "Down", "description": "It is."}
    return Alert(**{**given, "source": Source("alerts/a.py", 3), **fields})  # type: ignore[arg-type]


def project(*groups: RuleGroup, environment: Environment = ENVIRONMENT) -> Project:
    return Project(name="shop", environment=environment, groups=groups)


def group(*given: Alert | RecordingRule, **fields: object) -> RuleGroup:
    return RuleGroup(**{"name": "hosts", "rules": given, "module": "system", **fields})  # type: ignore[arg-type]


def first_alert(declared: Alert, environment: Environment = ENVIRONMENT) -> dict[str, object]:
    path = "prometheus/rules/system.yml"
    found: dict[str, object] = document(rules.render, project(group(declared), environment=environment), path)[
        "groups"
    ][0]["rules"][0]
    return found


def everything() -> Project:
    full = Threshold(0.95, unit="percentunit")
    record = RecordingRule(
        record="instance:disk_used:ratio",
        expr="1 - max by (instance) (node_filesystem_avail_bytes)\n  / max by (instance) (node_filesystem_size_bytes)",
        labels={"level": "instance"},
    )
    disk = alert(
        name="DiskFull",
        expr=f"instance:disk_used:ratio > {full}",
        for_="5m",
        keep_firing_for="10m",
        team="operations",
        summary="A disk is full",
        description="The disk of {{ $labels.instance }} is {{ $value | humanizePercentage }} full.",
        dashboard="shop-hosts",
        panel="Disks/Disk space",
        labels={"service": "host"},
        annotations={"note": "first line\nsecond line: with a colon # and a hash"},
    )
    return project(
        group(record, name="recording", interval="1m", limit=100),
        group(disk, alert(for_="2m", description='{{ $labels.job }} is "down".'), name="alerts"),
        group(alert(name="WebDown"), name="web", module="web"),
    )


def test_the_groups_of_a_module_are_one_file_that_a_reviewer_can_read() -> None:
    files = rendered(rules.render, everything())

    assert sorted(files) == ["prometheus/rules/system.yml", "prometheus/rules/web.yml"]
    assert files["prometheus/rules/system.yml"] == golden("rules/system.yml", files["prometheus/rules/system.yml"])


def test_groups_keep_their_order_in_a_module_however_modules_are_mixed() -> None:
    mixed = project(
        group(alert(), name="z"), group(alert(), name="b", module="web"), group(alert(name="Other"), name="a")
    )

    found = document(rules.render, mixed, "prometheus/rules/system.yml")

    assert [entry["name"] for entry in found["groups"]] == ["z", "a"]


def test_nothing_is_written_without_groups() -> None:
    assert rendered(rules.render, project()) == {}


def test_links_are_derived_from_the_alerts_name_its_dashboard_and_its_panel() -> None:
    found = first_alert(alert(name="DiskFull", dashboard="shop-hosts", panel="Disks/Disk space"))

    assert found["annotations"] == {
        "summary": "Down",
        "description": "It is.",
        "runbook_url": "https://runbooks.example.com/DiskFull.md",
        "dashboard_url": "https://grafana.example.com/d/shop-hosts?viewPanel=panel-1061115275",
    }


def test_a_dashboard_alone_is_linked_without_a_panel() -> None:
    found = first_alert(alert(dashboard="shop-hosts"))

    assert found["annotations"]["dashboard_url"] == "https://grafana.example.com/d/shop-hosts"  # type: ignore[index]


def test_no_link_is_written_where_the_environment_has_no_address() -> None:
    found = first_alert(alert(dashboard="shop-hosts"), Environment(name="local"))

    assert found["annotations"] == {"summary": "Down", "description": "It is."}


def test_annotations_of_its_own_replace_what_is_derived() -> None:
    found = first_alert(alert(annotations={"runbook_url": "https://wiki.example.com/down"}))

    assert found["annotations"]["runbook_url"] == "https://wiki.example.com/down"  # type: ignore[index]


def test_severity_and_team_are_labels() -> None:
    found = first_alert(alert(severity="warning", team="web", labels={"service": "shop"}))

    assert list(found["labels"].items()) == [  # type: ignore[attr-defined]
        ("severity", "warning"),
        ("team", "web"),
        ("service", "shop"),
    ]


def test_what_was_not_given_is_not_written() -> None:
    found = document(
        rules.render,
        project(group(alert(), RecordingRule(record="job:up:sum", expr="up"))),
        "prometheus/rules/system.yml",
    )["groups"][0]

    assert list(found) == ["name", "rules"]
    assert [list(rule) for rule in found["rules"]] == [
        ["alert", "expr", "labels", "annotations"],
        ["record", "expr"],
    ]


@pytest.mark.parametrize(
    ("threshold", "expr"),
    [
        (Threshold(0.8), "x > 0.8"),
        (Threshold(0.1 + 0.2), "x > 0.3"),
        (Threshold(1_234_567_890_123), "x > 1234567890123"),
        (Threshold(5.0), "x > 5"),
        (Threshold(-1), "x > -1"),
        (Threshold(1e-7), "x > 1e-07"),
        (Threshold(1e21), "x > 1e+21"),
    ],
)
def test_a_threshold_is_written_as_a_number_that_promql_reads(threshold: Threshold, expr: str) -> None:
    assert first_alert(alert(expr=f"x > {threshold}"))["expr"] == expr


def test_expressions_that_do_not_parse_are_all_told_and_the_file_is_not_written() -> None:
    bad = project(
        group(
            alert(name="A", expr="sum(x", source=Source("alerts/a.py", 1)),
            RecordingRule(record="job:x:rate", expr="rate(x[$__rate_interval])", source=Source("alerts/a.py", 2)),
            alert(name="B"),
        ),
        group(alert(), module="web"),
    )

    assert problems(rules.render, bad) == [
        "alerts/a.py:1: the expression of 'A' is not PromQL: unclosed left parenthesis\n    correct `expr`",
        (
            "alerts/a.py:2: the expression of 'job:x:rate' is not PromQL: a rule knows no variables of Grafana "
            "(unexpected character inside brackets: '$')\n    correct `expr`"
        ),
    ]
    assert [item.path for item in rules.render(bad) if hasattr(item, "path")] == ["prometheus/rules/web.yml"]


def test_what_a_rule_file_cannot_hold_is_told_where_it_was_written() -> None:
    bad = alert(labels={"limit": Threshold(1)}, annotations={"number": 5})

    assert problems(rules.render, project(group(alert(), bad, source=Source("alerts/a.py", 1)))) == [
        (
            "alerts/a.py:3: prometheus/rules/system.yml: groups.0.rules.1.labels.limit: "
            "Threshold(value=1, unit='', color='red', name='') is not a plain value\n"
            "    use text, numbers, truth values, lists and mappings only"
        )
    ]


def test_a_number_where_text_is_needed_is_told() -> None:
    assert problems(rules.render, project(group(alert(annotations={"number": 5})))) == [
        (
            "alerts/a.py:3: prometheus/rules/system.yml: groups.0.rules.0.annotations.number: 5 is not text"
            "\n    see the documentation of this format's fields"
        )
    ]


def test_promtool_accepts_every_field(programs: None, tmp_path: Path) -> None:
    write(tmp_path, everything(), rules.render)

    said = accepted(
        "promtool", "check", "rules", "prometheus/rules/system.yml", "prometheus/rules/web.yml", cwd=tmp_path
    )

    assert "SUCCESS: 3 rules found" in said


STRANGE = [
    "~", "null", "yes", "off", "0o17", "0x1F", "1e3", "1_000", "12:30:00", "2001-01-01", "=", "<<", "- a", "a: b",
    "a #b", " a ", "\ta\t", "a\r\nb", "a\nb\n", "\n\na", "a\n  b\n\n", "a\x85b\u2028c", "\ufeffa", "a\x07\x7fb", "é 😀",
    "'\"\\", "%a", "@a", "`a`", "word " * 500 + "end",
]  # fmt: skip


def test_prometheus_reads_the_texts_that_were_meant(programs: None, tmp_path: Path) -> None:
    annotations = {f"a{index}": text for index, text in enumerate(STRANGE)}
    write(tmp_path, project(group(alert(annotations=annotations)), environment=Environment(name="x")), rules.render)
    every = {**annotations, "summary": "Down", "description": "It is."}
    expected = ", ".join(f"{key}: {escaped(text)}" for key, text in every.items())
    (tmp_path / "test.yml").write_text(
        "rule_files: [prometheus/rules/system.yml]\n"
        "tests:\n"
        "  - input_series: [{series: 'up{job=\"a\"}', values: '0 0'}]\n"
        "    alert_rule_test:\n"
        "      - {eval_time: 1m, alertname: Down, exp_alerts: ["
        f"{{exp_labels: {json.dumps({'job': 'a', 'severity': 'critical'})}, exp_annotations: {{{expected}}}}}]}}\n"
    )

    accepted("promtool", "test", "rules", "test.yml", cwd=tmp_path)


def escaped(text: str) -> str:
    """Return *text* in the most cautious YAML there is: each character by its number."""
    return '"' + "".join(f"\\U{ord(character):08x}" for character in text) + '"'
