from typing import Any

from support.reports import told

DOWN = {
    "alert": "ServiceDown",
    "expr": "up == 0",
    "for": "2m",
    "labels": {"severity": "critical", "team": "operations"},
    "annotations": {"summary": "It is down", "description": "{{ $labels.instance }} is down."},
}
RATIO = {"record": "job:up:ratio", "expr": "avg by (job) (up)"}


def file(*rules: dict[str, Any], name: str = "service", **group: Any) -> dict[str, Any]:
    return {"groups": [{"name": name, **group, "rules": list(rules)}]}


def with_(rule: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {**rule, **keys}


def test_what_a_rule_says_is_told_by_name_with_both_expressions_whole() -> None:
    labels = {"severity": "warning", "team": "operations", "service": "web"}
    after = with_(DOWN, expr="up < 1\nunless\nmaintenance", labels=labels, keep_firing_for="5m") | {"for": "10m"}

    assert told("rules", file(DOWN), file(after)) == [
        "changed  alert ServiceDown, expression",
        "         - up == 0",
        "         + up < 1",
        "         + unless",
        "         + maintenance",
        "changed  alert ServiceDown, for: 2m -> 10m",
        "added    alert ServiceDown, keep_firing_for: 5m",
        "added    alert ServiceDown, label 'service': web",
        "changed  alert ServiceDown, severity: critical -> warning",
    ]


def test_annotations_are_told_each() -> None:
    after = with_(DOWN, annotations={"summary": "Down", "runbook_url": "https://runbooks.example/ServiceDown"})

    assert told("rules", file(DOWN), file(after)) == [
        "removed  alert ServiceDown, annotation 'description': {{ $labels.instance }} is down.",
        "added    alert ServiceDown, annotation 'runbook_url': https://runbooks.example/ServiceDown",
        "changed  alert ServiceDown, annotation 'summary': It is down -> Down",
    ]


def test_an_expression_that_is_only_formatted_differently_is_no_difference() -> None:
    assert told("rules", file(RATIO), file(with_(RATIO, expr="avg(up) by(job) # the share"))) == []


def test_a_change_below_a_second_is_one() -> None:
    one, other = (file(with_(RATIO, expr=f"rate(x[{window}])")) for window in ("1s", "1500ms"))

    assert told("rules", one, other) == [
        "changed  recording rule job:up:ratio, expression",
        "         - rate(x[1s])",
        "         + rate(x[1500ms])",
    ]


def test_a_rule_that_comes_shows_what_it_does_and_one_that_goes_what_is_lost() -> None:
    assert told("rules", file(DOWN), file(RATIO)) == [
        "added    recording rule job:up:ratio (in group service)",
        "         + avg by (job) (up)",
        "removed  alert ServiceDown (severity critical, for 2m, in group service)",
    ]


def test_a_rule_with_another_name_is_recognised_by_its_expression_and_labels() -> None:
    after = with_(DOWN, alert="InstanceDown", **{"for": "3m"})

    assert told("rules", file(RATIO, DOWN), file(RATIO, after)) == [
        "renamed  alert: ServiceDown -> InstanceDown",
        "changed  alert InstanceDown, for: 2m -> 3m",
    ]


def test_a_rule_in_another_group_has_moved() -> None:
    before = {"groups": [{"name": "a", "rules": [DOWN, RATIO]}, {"name": "b", "rules": [{**RATIO, "record": "y"}]}]}
    after = {"groups": [{"name": "a", "rules": [RATIO]}, {"name": "b", "rules": [{**RATIO, "record": "y"}, DOWN]}]}

    assert told("rules", before, after) == ["moved    alert ServiceDown: group a -> group b"]


def test_groups_come_go_change_their_interval_and_are_renamed() -> None:
    assert told("rules", {"groups": []}, file(RATIO, name="new")) == [
        "added    group new (1 rule)",
        "added    recording rule job:up:ratio (in group new)",
        "         + avg by (job) (up)",
    ]
    assert told("rules", file(RATIO, name="old"), {"groups": []}) == [
        "removed  group old (1 rule)",
        "removed  recording rule job:up:ratio (in group old)",
    ]
    assert told("rules", file(RATIO, interval="1m"), file(RATIO, interval="30s", limit=5)) == [
        "changed  group service, interval: 1m -> 30s",
        "added    group service, limit: 5",
    ]
    assert told("rules", file(RATIO, DOWN), file(RATIO, DOWN, name="web")) == ["renamed  group: service -> web"]


def test_the_order_of_rules_in_a_group_is_told_and_that_of_groups_is_not() -> None:
    one, other = {"name": "a", "rules": [RATIO]}, {"name": "b", "rules": [DOWN]}

    assert told("rules", file(RATIO, DOWN), file(DOWN, RATIO)) == [
        "moved    group service, rules (they are in another order)"
    ]
    assert told("rules", {"groups": [one, other]}, {"groups": [other, one]}) == []


def test_rules_with_one_name_are_told_apart_by_their_labels() -> None:
    warning = with_(DOWN, labels={"severity": "warning", "team": "operations"}, expr="up < 1")

    assert told("rules", file(DOWN, warning), file(DOWN, with_(warning, **{"for": "1h"}))) == [
        "changed  alert ServiceDown (warning), for: 2m -> 1h"
    ]


def test_rules_with_one_name_and_the_same_labels_are_numbered() -> None:
    other = with_(DOWN, expr="absent(up)")

    assert told("rules", file(DOWN, other), file(DOWN, with_(other, **{"for": "1h"}))) == [
        "changed  alert ServiceDown (#2), for: 2m -> 1h"
    ]


def test_what_many_rules_have_in_common_is_told_once() -> None:
    alerts = [with_(DOWN, alert=f"Down{number}", expr=f"up == {number}") for number in range(5)]
    labels = {"severity": "critical", "team": "web"}

    assert told("rules", file(*alerts), file(*(with_(alert, labels=labels) for alert in alerts))) == [
        "changed  5 rules, label 'team': operations -> web (alert Down0, alert Down1, alert Down2 and 2 more)"
    ]


def test_a_file_of_another_shape_is_compared_key_by_key() -> None:
    assert told("rules", {"groups": "none"}, file(RATIO)) == [
        "changed  groups: none -> [{name: service, rules: [{expr: avg by (job) (up), record: job:up:ratio}]}]"
    ]
    assert told("rules", {"groups": [], "x": 1}, {"groups": [], "x": 2}) == ["changed  x: 1 -> 2"]
