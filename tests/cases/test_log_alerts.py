"""Alerts over logs: promtool cannot try when they fire, but who is told is tried as of any other."""

from dojoboards.artifact import Artifact, yaml_bytes
from dojoboards.cases import built, routing
from dojoboards.cases.coverage import coverage
from dojoboards.model import Environment, Project, Prometheus

REFUSED = {
    "alert": "Refused",
    "expr": 'rate({job="a"} |= "x" [5m]) > 1',
    "labels": {"severity": "critical", "n": "{{ 1 }}"},
}
RECORDED = {"record": "job:errors:rate5m", "expr": 'rate({job="a"} |= "x" [5m])'}
ALERTMANAGER = {"route": {"receiver": "chat"}, "receivers": [{"name": "chat"}]}
RULES = Artifact(
    "log-rules", "a", "loki/rules/a.yml", yaml_bytes({"groups": [{"name": "a", "rules": [RECORDED, REFUSED]}]})
)


def found() -> built.Built:
    server = Prometheus(external_labels={"environment": "prod"})
    return built.of(Project(name="shop", environment=Environment(name="prod"), prometheus=server), [RULES])


def test_they_are_among_the_alerts_of_routing_with_the_labels_that_loki_gives_them() -> None:
    (alert,) = routing.alerts(found(), [])

    assert alert.labels == {"alertname": "Refused", "severity": "critical"}
    assert alert.rule.path == "loki/rules/a.yml"


def test_a_case_that_says_who_is_told_is_all_that_they_need() -> None:
    whole = found()
    tree = routing.tree(ALERTMANAGER)

    items = {(item.thing, item.what): item.covered for item in coverage(whole, [], tree, [0], []).items}
    assert items == {("alert Refused", "routed"): False, ("route all others -> chat", "reached"): True}
