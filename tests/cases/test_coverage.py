from typing import Any

import pytest

from dojoboards.cases.built import Built
from dojoboards.cases.coverage import coverage
from dojoboards.cases.document import CaseFile
from dojoboards.cases.routing import tree
from dojoboards.cases.rules import Group
from dojoboards.written import Written

DOWN = {"alert": "Down", "expr": 'up{job="a"} == 0', "labels": {"severity": "critical"}}
SLOW = {"alert": "Slow", "expr": "job:seconds:mean > 2 and on () up == 1"}
MEAN = {"record": "job:seconds:mean", "expr": "avg by (job) (seconds)"}
SILENT = {"alert": "Silent", "expr": "absent(seconds)"}
ALWAYS = {"alert": "Always", "expr": "vector(1)"}
ERRORS = [
    {"alert": "Errors", "expr": "errors > 5", "labels": {"severity": "critical", "team": "a"}},
    {"alert": "Errors", "expr": "errors > 1", "labels": {"severity": "warning", "team": "a"}},
]


def built(*rules: dict[str, Any], alertmanager: dict[str, Any] | None = None) -> Built:
    files = {"prometheus/rules/a.yml": {"groups": [{"name": "a", "rules": [*rules]}]}}
    return Built("prod", "", files, alertmanager or {})


def case(asked: dict[str, list[dict[str, str]]], **series: str) -> Group:
    """A test group that asks for alerts, each with the labels of those that are expected."""
    checks = [
        {"alertname": name, "eval_time": "1m", "exp_alerts": [{"exp_labels": labels} for labels in fired]}
        for name, fired in asked.items()
    ]
    given = [{"series": name, "values": values} for name, values in series.items()]
    return Group(CaseFile("a.yml", Written("a.yml", {}, {})), 0, {"input_series": given, "alert_rule_test": checks})


def missing(rules: Built, *groups: Group) -> set[str]:
    found = coverage(rules, groups, None, (), ())
    return {f"{item.thing}: {item.what}" for item in found.missing}


def test_an_alert_without_cases_lacks_all_of_them() -> None:
    assert missing(built(DOWN)) == {"alert Down: fires", "alert Down: silent", "alert Down: absent"}


def test_an_alert_that_rests_on_nothing_has_only_to_fire() -> None:
    assert missing(built(ALWAYS)) == {"alert Always: fires"}
    assert missing(built(ALWAYS), case({"Always": [{}]})) == set()


def test_alerts_of_one_name_are_told_apart_by_the_labels_that_they_add() -> None:
    critical = case({"Errors": [{"severity": "critical", "team": "a", "job": "x"}]}, errors="6x5")

    assert missing(built(*ERRORS), critical) == {
        "alert Errors (critical): silent",
        "alert Errors (critical): absent",
        "alert Errors (warning): fires",
        "alert Errors (warning): absent",
    }


@pytest.mark.parametrize(
    ("rules", "group", "covered"),
    [
        ([DOWN], case({"Down": []}), True),
        ([DOWN], case({"Down": []}, **{'up{job="b"}': "1x5"}), True),
        ([DOWN], case({"Down": []}, **{'up{job="a"}': "1x5"}), False),
        ([DOWN], case({"Down": []}, **{'up{job="a"}': "_x5 stale"}), True),
        ([DOWN], case({"Down": []}, up="1x5"), True),
        ([MEAN, SLOW], case({"Slow": []}, up="1x5"), True),
        ([MEAN, SLOW], case({"Slow": []}, seconds="1x5"), False),
        ([MEAN, SLOW], case({"Slow": []}, **{'{__name__="job:seconds:mean"}': "1x5"}), False),
        ([MEAN, SLOW, SILENT], case({"Silent": [{}]}, up="1x5"), True),
        ([MEAN, SLOW, SILENT], case({"Silent": []}, up="1x5"), False),
        ([MEAN, SLOW, SILENT], case({"Down": [{}]}, up="1x5"), False),
        ([MEAN, SLOW, SILENT], case({"Silent": [{}]}, seconds="1x5"), False),
    ],
)
def test_a_case_is_without_data_where_it_gives_nothing_that_the_alert_selects(
    rules: list[dict[str, Any]], group: Group, covered: bool
) -> None:
    alert = rules[min(1, len(rules) - 1)]["alert"]

    assert (f"alert {alert}: absent" not in missing(built(*rules), group)) is covered


ROUTING = {
    "route": {"receiver": "chat", "routes": [{"receiver": "pager", "matchers": ['severity="critical"']}]},
    "receivers": [{"name": "chat"}, {"name": "pager"}],
}


def test_with_an_alertmanager_alerts_need_a_route_and_routes_a_case() -> None:
    rules = built(ALWAYS, alertmanager=ROUTING)
    routes = tree(rules.alertmanager)

    nothing = coverage(rules, [case({"Always": [{}]})], routes, (), ())
    some = coverage(rules, [case({"Always": [{}]})], routes, [1], rules.alerts)

    assert [f"{item.thing}: {item.what}" for item in nothing.missing] == [
        "alert Always: routed",
        "route all others -> chat: reached",
        'route severity="critical" -> pager: reached',
    ]
    assert [item.thing for item in some.missing] == ["route all others -> chat"]
    assert (nothing.percent, some.percent) == (25.0, 75.0)


def test_a_percentage_is_never_rounded_up() -> None:
    names = [f"A{number}" for number in range(3000)]
    rules = built(*({"alert": name, "expr": "vector(1)"} for name in names))

    found = coverage(rules, [case({name: [{}] for name in names[1:]})], None, (), ())

    assert found.percent == 99.96
