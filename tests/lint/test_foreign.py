"""What is asked of a project only, and not of files that somebody else wrote."""

from dataclasses import replace

import pytest

from dojoboards.lint import Artifacts, judge
from dojoboards.lint.every import CHECKS
from dojoboards.model import Alertmanager, Environment, NotificationTemplate, Project, Receiver, Route, ScrapeJob, Slack
from support.lint import alert, at, group, job, project, recording, rules

ANY = Environment(name="", severities=())
TOLD = Receiver(
    name="default", slack=[Slack(channel="#x", text='{{ template "x" . }}', extra={"api_url": "https://x.example"})]
)


def found(given: Project) -> set[str]:
    checks = [CHECKS[id] for id in CHECKS if id.partition("/")[0] not in ("panel", "dashboard")]
    return {judgement.check.id for judgement in judge(given, Artifacts([]), [], checks)}


@pytest.mark.parametrize(
    ("check", "given"),
    [
        ("alert/text", rules(alert(summary="", description=""))),
        ("alert/name", rules(alert(name="Is down!"))),
        ("recording/name", rules(recording(record="up_sum"))),
        ("group/rules", project(groups=[group()])),
        ("template/name", project(templates=[NotificationTemplate(name="a b", text='{{ define "x" }}{{ end }}')])),
    ],
)
def test_conventions_are_asked_of_a_project_only(check: str, given: Project) -> None:
    assert check in found(given)
    assert check not in found(replace(given, conventions=False))


@pytest.mark.parametrize(
    ("check", "given"),
    [
        ("alert/severity", rules(alert(severity="page"))),
        (
            "route/severity",
            project(
                alertmanager=Alertmanager(receiver="default"),
                receivers=[TOLD],
                routes=[Route(matchers=["severity=page"])],
            ),
        ),
    ],
)
def test_without_severities_all_are_right(check: str, given: Project) -> None:
    assert check in found(given)
    assert check not in found(replace(given, environment=ANY))


@pytest.mark.parametrize(
    ("check", "field", "given"),
    [
        ("receiver/template", "templates", project(alertmanager=Alertmanager(receiver="default"), receivers=[TOLD])),
        ("series/recorded", "groups", project(groups=[group(alert(expr="a:b:c > 1"))], scrape_jobs=[job()])),
        (
            "series/metric",
            "scrape_jobs",
            project(groups=[group(alert(expr="node_reboot_required > 0"))], scrape_jobs=[job()]),
        ),
        ("job/watched", "groups", project(groups=[group(alert(expr="node_load1 > 1"))], scrape_jobs=[job()])),
        (
            "receiver/alerts",
            "groups",
            project(
                groups=[group(alert(team="ops"))],
                alertmanager=Alertmanager(receiver="default"),
                receivers=[TOLD, Receiver(name="web", source=at(3))],
                routes=[Route(receiver="web", matchers=["team=web"])],
            ),
        ),
    ],
)
def test_of_what_is_known_in_part_nothing_is_told_to_be_missing(check: str, field: str, given: Project) -> None:
    assert check in found(given)
    assert check not in found(replace(given, partial=frozenset({field})))


def test_where_rules_may_be_elsewhere_a_series_that_is_nearly_recorded_is_told() -> None:
    asked = group(recording(record="job:errors:rate5m"), alert(expr="job:errors:rate_5m > 1"))

    assert "series/recorded" in found(project(groups=[asked], partial=frozenset({"groups"})))


def test_a_secret_that_another_program_fills_in_is_none_in_a_file() -> None:
    def secret(value: str) -> Project:
        return project(scrape_jobs=[ScrapeJob(name="x", targets=["x:80"], extra={"bearer_token": value})])

    for value in ("${TOKEN}", "$TOKEN", "<token>", "__TOKEN__", "ENC[AES256_GCM,data:x]", "********"):
        assert "secret/literal" in found(secret(value))
        assert "secret/literal" not in found(replace(secret(value), conventions=False))
    assert "secret/literal" in found(replace(secret("0123"), conventions=False))
