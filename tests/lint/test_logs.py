"""An alert over logs is an alert: what judges alerts judges it too, but for what takes PromQL apart."""

from typing import Any

from dojoboards.lint import Artifacts, Query, judge
from dojoboards.lint.every import CHECKS
from dojoboards.model import Alert, Project, Prometheus, RecordingRule, Relabel, RuleGroup
from lint.cases.delivery import SERVER, TO_MAIL, called, route, sent
from support.expressions import drawing, shop
from support.lint import Case, alert, at, found, group, project, recording

ERRORS = 'sum by (job) (count_over_time({job="shop"} |= "error" [5m])) > 10'
ALSO_PROMQL = 'sum by (job) (count_over_time({job="shopp"}[5m])) > 10'
"""It parses as PromQL, in which it means something else."""


def logs(*rules: Alert | RecordingRule, **fields: Any) -> Project:
    return project(log_groups=[group(*rules, **fields)])


def said(whole: Project, only: str = "") -> list[str]:
    """Return the messages alone."""
    return [problem.partition(": ")[2].partition("\n")[0] for problem in found(Case("", whole), only)]


def test_its_name_severity_texts_labels_and_durations_are_judged() -> None:
    wrong = alert(name="a b", expr=ERRORS, severity="crit", summary="{{ $label.job }}", for_="5 minutes")
    whole = logs(wrong, recording(record="errors", expr=ERRORS), interval="1 minute")

    assert said(whole, "group/interval") == [
        "`interval` of the rule group 'hosts': '1 minute' is not a duration such as 30s, 5m or 1h30m"
    ]
    assert said(whole, "alert/name") == ["'a b' is not the name of an alert"]
    assert said(whole, "alert/severity") == ["the alert 'a b' has the unknown severity 'crit'"]
    assert len(said(whole, "alert/template")) == len(said(whole, "alert/durations")) == 1
    assert said(whole, "recording/name") == ["the recording rule 'errors' has no colon in its name"]


def test_the_dashboard_that_it_links_has_to_be_built() -> None:
    assert said(logs(alert(expr=ERRORS, dashboard="main")), "alert/dashboard") == [
        "the alert 'Down' links the dashboard 'main', which is not built"
    ]


def test_a_group_may_have_the_name_of_one_over_metrics_but_not_of_another_over_logs() -> None:
    metrics, over_logs = group(alert()), group(alert(expr=ERRORS))

    assert said(project(groups=[metrics], log_groups=[over_logs])) == []
    assert said(project(log_groups=[over_logs, over_logs]), "group/unique") == [
        "the rule group 'hosts' is declared twice in the module 'system'"
    ]


def test_it_goes_through_the_routes_and_keeps_a_receiver_in_use() -> None:
    over_logs = [group(called("Refused", expr=ERRORS))]

    to_others = route('severity="warning"', receiver="mail")

    assert said(sent(TO_MAIL, groups=[], log_groups=over_logs), "route/alerts") == []
    assert said(sent(TO_MAIL, groups=[], log_groups=over_logs), "receiver/alerts") == []
    assert len(said(sent(to_others, groups=[], log_groups=over_logs), "route/alerts")) == 1


def test_what_prometheus_makes_of_its_own_alerts_is_not_made_of_it() -> None:
    server = Prometheus(
        external_labels={"environment": "prod"},
        alert_relabel=[Relabel(source_labels=["severity"], regex="critical", action="drop")],
        source=at(1),
    )
    over_logs = [group(called("Refused", expr=ERRORS, annotations={"note": "{{ $externalLabels.region }}"}))]
    whole = sent(groups=[], log_groups=over_logs, prometheus=server)

    for check in ("alert/relabelled", "alert/external-label", "alert/alertmanager"):
        assert said(whole, check) == []
    assert said(sent(log_groups=over_logs, prometheus=Prometheus(source=at(1))), "alert/alertmanager") != []
    assert said(sent(log_groups=over_logs, prometheus=SERVER), "alert/alertmanager") == []


def test_no_check_of_promql_judges_it() -> None:
    texts = {"description": "{{ $labels.filename }} {{ $value | humanizeDuration }}", "for_": "5m"}
    over_logs = RuleGroup(name="logs", rules=[alert(expr=ALSO_PROMQL, **texts), alert(expr=ERRORS)], module="logs")
    whole = shop(log_groups=[over_logs])
    promql = [
        check
        for check in CHECKS.values()
        if issubclass(check.on, Query) or check.id in ("alert/text-label", "alert/text-unit")
    ]

    assert [str(one.problem) for one in judge(whole, Artifacts([]), [], promql)] == []


def test_what_it_records_is_known_to_dashboards() -> None:
    over_logs = RuleGroup(name="logs", rules=[recording(record="job:log_errors:rate5m", expr=ERRORS)], module="logs")
    panel = drawing("series/recorded", "job:log_errors:rate5m").artifacts

    assert found(Case("series/recorded", shop(log_groups=[over_logs]), artifacts=panel), "series/recorded") == []
    assert len(found(Case("series/recorded", shop(), artifacts=panel), "series/recorded")) == 1
