"""Alerts come with the labels and end up at the receivers that Prometheus and Alertmanager would give them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dojoboards.catalogue import LabelSet
from dojoboards.lint.dispatch import deliveries, fits, integrations, made
from dojoboards.model import Project, Prometheus, Receiver, Relabel, Route, Slack
from dojoboards.model.catalogue import ANY, OPTIONAL, Values, one
from dojoboards.render import alertmanager
from support import rendered
from support.lint import alert, group, job, notified, project

NAMES = ["default", "a", "b", "c"]
RECEIVERS = [Receiver(name=name) for name in NAMES[1:]]


def sent(*routes: Route, **fields: Any) -> Project:
    return notified(*RECEIVERS, routes=routes, **fields)


def to(receiver: str, *matchers: str, **fields: Any) -> Route:
    return Route(receiver=receiver, matchers=matchers, **fields)


def receivers(judged: Project) -> list[list[tuple[str, bool]]]:
    """Return, by alert, the receivers that it reaches, and whether it surely does."""
    return [[(stop.receiver, stop.certain) for stop in each.stops] for each in deliveries(judged)]


def labelled(labels: Mapping[str, str], *routes: Route) -> Project:
    """A project with an alert that has just these labels."""
    severity = labels.get("severity", "")
    rest = {name: value for name, value in labels.items() if name != "severity"}
    return sent(*routes, groups=[group(alert(expr="sum(up) == 0", severity=severity, labels=rest))])


MATCHERS = st.sampled_from(
    [
        'severity="critical"',
        'severity!="critical"',
        'team=~"web|db"',
        'team!~"w.*"',
        'team=""',
        'site=~".+"',
        'site="a"',
    ]
)
ROUTES = st.recursive(
    st.builds(
        to,
        st.sampled_from(["", "a", "b", "c"]),
        MATCHERS,
        continue_=st.booleans(),
        priority=st.integers(0, 2),
    ),
    lambda inner: st.builds(
        to,
        st.sampled_from(["", "a", "b", "c"]),
        MATCHERS,
        MATCHERS,
        continue_=st.booleans(),
        routes=st.lists(inner, max_size=3),
    ),
    max_leaves=6,
)
LABELS = st.fixed_dictionaries(
    {},
    optional={
        "severity": st.sampled_from(["critical", "warning"]),
        "team": st.sampled_from(["web", "db", "webs"]),
        "site": st.sampled_from(["a", "b"]),
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(labels=LABELS, routes=st.lists(ROUTES, max_size=4))
def test_an_alert_whose_labels_are_known_goes_where_amtool_sends_it(
    tmp_path_factory: pytest.TempPathFactory, programs: None, labels: dict[str, str], routes: list[Route]
) -> None:
    judged = labelled(labels, *routes)
    directory: Path = tmp_path_factory.mktemp("routes")
    rendered.write(directory, judged, alertmanager.render)
    told = [f"{name}={value}" for name, value in {**labels, "alertname": "Down"}.items()]
    command = ["amtool", "config", "routes", "test", "--config.file", "alertmanager/alertmanager.yml", *told]
    said = subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True, timeout=30).stdout

    assert receivers(judged) == [[(name, True) for name in said.strip().split(",")]]


def test_what_is_not_known_of_a_label_is_not_known_of_its_way() -> None:
    down = alert(expr="up == 0")
    judged = sent(to("a", 'site="x"'), to("b", 'severity="critical"'), groups=[group(down)])

    assert receivers(judged) == [[("a", False), ("b", False)]]


def test_behind_a_route_that_may_go_on_all_others_are_reached() -> None:
    judged = sent(to("a", 'site="x"', continue_=True), to("b", 'severity="critical"'), groups=[group(alert())])

    assert receivers(judged) == [[("a", False), ("b", True)]]


def test_where_no_child_surely_matches_the_route_itself_may_be_the_end() -> None:
    judged = sent(to("a", 'severity="critical"', routes=[to("b", 'site="x"')]), groups=[group(alert())])

    assert receivers(judged) == [[("b", False), ("a", False)]]


def test_a_matcher_that_cannot_be_read_may_match() -> None:
    assert receivers(sent(to("a", "severity"), groups=[group(alert())])) == [[("a", False), ("default", False)]]


def test_labels_come_from_the_rule_the_expression_the_scrape_job_and_prometheus() -> None:
    server = Prometheus(external_labels={"environment": "test", "job": "other"})
    down = alert(expr='max by (job, instance) (up{job="node"}) == 0', team="ops", labels={"note": "{{ $value }}"})
    judged = sent(prometheus=server, scrape_jobs=[job()], groups=[group(down)])
    labels = deliveries(judged)[0].labels

    assert labels is not None
    assert {name: labels.get(name) for name in ("alertname", "severity", "team", "environment", "job")} == {
        "alertname": one("Down"),
        "severity": one("critical"),
        "team": one("ops"),
        "environment": one("test"),
        "job": one("node"),
    }
    assert labels.get("note") == OPTIONAL
    assert labels.get("zone").absent


def test_what_is_absent_has_the_labels_that_were_asked_for() -> None:
    gone = alert(expr='absent(up{job="node",instance=~"a.*"})')

    labels = made(gone, project(groups=[group(gone)]))

    assert labels.get("job") == one("node")
    assert labels.get("instance").absent


def test_relabelling_of_alerts_changes_where_they_go() -> None:
    steps = [Relabel(target_label="team", replacement="web"), Relabel(action="labeldrop", regex="severity")]
    judged = sent(to("a", 'severity!=""'), to("b", 'team="web"'), groups=[group(alert())])
    relabelled = sent(
        to("a", 'severity!=""'),
        to("b", 'team="web"'),
        groups=[group(alert())],
        prometheus=Prometheus(alert_relabel=steps),
    )

    assert receivers(judged) == [[("a", True)]]
    assert receivers(relabelled) == [[("b", True)]]


@pytest.mark.parametrize(
    ("matcher", "values", "expected"),
    [
        ('a="x"', one("x"), True),
        ('a="x"', Values(frozenset({"x", "y"})), None),
        ('a=~"x|y"', Values(frozenset({"x", "y"})), True),
        ('a="x"', ANY, None),
        ('a=""', ANY, False),
        ('a!=""', ANY, True),
        ('a!=""', OPTIONAL, None),
        ('a=~".+"', ANY, True),
        ('a!~".+"', ANY, False),
        ('a=~".*"', OPTIONAL, True),
        ('a=~"x.*"', ANY, None),
        ('b="x"', ANY, False),
        ('b!="x"', ANY, True),
    ],
)
def test_a_matcher_is_judged_by_what_its_label_can_have(matcher: str, values: Values, expected: bool | None) -> None:
    assert fits([matcher], LabelSet({"a": values})) is expected


def test_the_integrations_of_a_receiver_are_those_that_are_filled() -> None:
    receiver = Receiver(name="a", slack=[Slack(channel="#a")], raw={"opsgenie_configs": [{}], "sns_configs": []})

    assert integrations(receiver) == {"slack", "opsgenie"}
    assert integrations(Receiver(name="b")) == frozenset()
