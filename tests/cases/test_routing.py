import json
from typing import Any

import pytest

from dojoboards.cases import document, routing
from dojoboards.cases.built import Built
from dojoboards.cases.document import CaseFile
from dojoboards.cases.rules import Group
from dojoboards.errors import DojoboardsError
from dojoboards.model import Relabel
from dojoboards.written import Written

TREE: dict[str, Any] = {
    "route": {
        "receiver": "chat",
        "group_by": ["job"],
        "routes": [
            {
                "matchers": ['team="web"', "shop!~'a|b'"],
                "mute_time_intervals": ["nights"],
                "routes": [{"receiver": "pager", "match": {"severity": "critical"}, "continue": True}],
            },
            {"receiver": "mail", "match_re": {"zone": "a.*"}},
        ],
    },
    "receivers": [{"name": "chat"}, {"name": "pager"}, {"name": "mail"}],
}


def test_routes_are_numbered_from_above_and_called_by_their_matchers() -> None:
    found = routing.tree(TREE)

    assert [(route.number, route.receiver, route.title) for route in found.routes] == [
        (0, "chat", "all others -> chat"),
        (1, "chat", "team=\"web\", shop!~'a|b' -> chat"),
        (2, "pager", 'team="web", shop!~\'a|b\' > severity="critical" -> pager'),
        (3, "mail", 'zone=~"a.*" -> mail'),
    ]


def test_a_tree_for_amtool_has_a_receiver_for_each_route_and_nothing_that_needs_more() -> None:
    document = json.loads(routing.tree(TREE).text)

    assert [receiver["name"] for receiver in document["receivers"]] == ["0", "1", "2", "3"]
    assert document["route"]["routes"][0]["routes"][0] == {
        "receiver": "2",
        "match": {"severity": "critical"},
        "continue": True,
        "routes": [],
    }
    assert "nights" not in routing.tree(TREE).text


def test_alerts_that_no_matcher_tells_apart_are_one_question() -> None:
    found = routing.tree(TREE)

    assert found.asked({"team": "web", "job": "a"}) == found.asked({"team": "web", "job": "b"}) == (("team", "web"),)


@pytest.mark.parametrize("matcher", ['{team="web",job="a"}', 'team="a=b"', "!"])
def test_a_matcher_that_is_not_understood_makes_every_label_matter(matcher: str) -> None:
    found = routing.tree({"route": {"receiver": "a", "matchers": [matcher]}, "receivers": [{"name": "a"}]})

    assert found.asked({"job": "b", "team": "c"}) == (("job", "b"), ("team", "c"))


RULES = [
    {"alert": "Down", "expr": "up == 0", "labels": {"severity": "critical"}},
    {"alert": "Down", "expr": "up == 0", "labels": {"severity": "warning"}},
    {"alert": "Odd", "expr": "odd", "labels": {"severity": "info", "where": "{{ $labels.job }}"}},
]


def built(**more: Any) -> Built:
    logs = {"loki/rules/a.yml": {"groups": [{"rules": [{"alert": "Logged", "expr": "x", "labels": {"team": "a"}}]}]}}
    return Built("prod", "", {"prometheus/rules/a.yml": {"groups": [{"rules": RULES}]}}, TREE, log_files=logs, **more)


def test_alerts_have_the_labels_that_cases_expect_of_them_else_those_that_their_rules_add() -> None:
    fired = {"exp_labels": {"severity": "critical", "job": "a"}}
    check = {"alertname": "Down", "eval_time": "1m", "exp_alerts": [fired, fired]}
    groups = [Group(CaseFile("a.yml", Written("a.yml", {}, {})), 0, {"alert_rule_test": [check]})]

    assert [alert.labels for alert in routing.alerts(built(), groups)] == [
        {"alertname": "Down", "severity": "critical", "job": "a"},
        {"alertname": "Down", "severity": "warning"},
        {"alertname": "Odd", "severity": "info"},
        {"alertname": "Logged", "team": "a"},
    ]


def test_prometheus_adds_its_labels_and_relabels_what_it_sends() -> None:
    drop = [Relabel(source_labels=["severity"], regex="info", action="drop"), Relabel(regex="zone", action="labeldrop")]
    rules = built(external_labels={"environment": "prod", "severity": "none", "zone": "a"}, alert_relabel=drop)

    assert [alert.labels for alert in routing.alerts(rules, [])] == [
        {"environment": "prod", "alertname": "Down", "severity": "critical"},
        {"environment": "prod", "alertname": "Down", "severity": "warning"},
        {"alertname": "Logged", "team": "a"},
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("environment: prod\n", 1, "it has neither routes nor messages"),
        ("environment: prod\nroutes:\n- {name: a, receivers: [b]}\n", 3, "'a' needs one of `alerts` and `labels`"),
        ("environment: prod\nmessages:\n- name: a\n", 3, "in 'a' no alert fires"),
        (
            "environment: prod\nmessages:\n- name: a\n  told: [{a: b}]\n  over: 5 m\n  messages: {}\n",
            5,
            "over: '5 m' is not a duration such as 30s, 5m or 1h30m",
        ),
        (
            "environment: prod\nmessages:\n- name: a\n  told: [{a: b}]\n  over: 5m\n",
            5,
            "'a' has `over` and no `messages`",
        ),
        (
            "environment: prod\nroutes:\n- {name: a, receivers: [b], label: {}}\n",
            3,
            "routes.0: unknown key 'label', did you mean 'labels'?",
        ),
        ("environment: prod\nroutes: [a\n", 3, "not YAML: did not find expected ',' or ']'"),
        ("a: &a {b: *a}\n", 1, "a.b holds itself"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(DojoboardsError) as told:
        routing.routing_cases(document.read("tests/routing/a.yml", "a.yml", text, "routing-cases"))

    assert (told.value.problems[0].message, told.value.problems[0].source.line) == (message, line)  # type: ignore[union-attr]
    assert told.value.exit == 2
