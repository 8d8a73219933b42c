import dataclasses
import re

import pytest
from hypothesis import HealthCheck, given, settings

from dojoboards import lint
from dojoboards.artifact import Artifact
from dojoboards.lint import registry
from dojoboards.lint.every import CHECKS
from dojoboards.lint.registry import Finding, check
from dojoboards.model import (
    Alert,
    Alertmanager,
    Environment,
    Folder,
    InhibitRule,
    NotificationTemplate,
    Project,
    Receiver,
    Route,
    RuleGroup,
    ScrapeJob,
    Team,
    TimeInterval,
    shape,
)
from support.lint import Case, alert, at, found, group, project
from support.lint import rules as with_rules
from support.odd import ODD, PROJECTS


@pytest.mark.parametrize("id", CHECKS)
def test_a_check_says_what_it_is_about_with_a_bad_and_a_good_example(id: str) -> None:
    text = CHECKS[id].function.__doc__ or ""

    assert re.fullmatch(r"[a-z-]+/[a-z-]+", id)
    assert re.match(r".+\.\n\n", text), "the first line is a sentence"
    assert re.search(r"\bBad: .+\bGood: ", text, re.DOTALL)


def test_an_id_is_given_to_one_check_only() -> None:
    with pytest.raises(ValueError, match="there are two checks 'alert/name'"):
        check("alert/name", on=Alert)


def test_a_finding_stands_where_the_thing_was_declared_unless_it_says_otherwise() -> None:
    case = Case("", project(groups=[group(source=at(3)), group(alert(name="a b", source=at(5)), name="x")]))

    places = [message.partition(": ")[0] for message in found(case)]

    assert places == ["content.py:3", "content.py:5"]


def test_a_declaration_of_a_class_of_ones_own_is_checked_too() -> None:
    class Paging(Alert):
        pass

    paging = Paging(name="a b", expr="up", severity="critical", summary="s", description="d", source=at(2))

    assert len(found(Case("", with_rules(paging)))) == 1


def test_checks_are_called_with_what_they_are_about() -> None:
    seen: list[object] = []

    def note(thing: object, _: Project) -> list[Finding]:
        seen.append(thing)
        return []

    inner = Route(receiver="b")
    outer = Route(receiver="a", routes=[inner])
    given = project(routes=[outer])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lint, "CHECKS", {"x": registry.Check("x", Route, note)})  # type: ignore[arg-type]
        list(lint.check(given, ()))

    assert seen == [outer, inner]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(PROJECTS)
def test_no_value_of_the_right_type_breaks_a_check(odd: Project) -> None:
    for things, cls in ((odd.groups, RuleGroup), (odd.receivers, Receiver), (odd.scrape_jobs, ScrapeJob)):
        assert [problem for thing in things for problem in shape.problems(thing, cls)] == []
    for problem in lint.check(odd, [Artifact("dashboard", "\0", "grafana/dashboards/general/x.json", b"{}\n", None)]):
        assert problem.message


@pytest.mark.parametrize("text", ODD)
def test_an_odd_text_everywhere_breaks_no_check(text: str) -> None:
    route = Route(receiver=text, matchers=[text], group_by=[text], group_wait=text, mute_time_intervals=[text])
    odd = project(
        environment=Environment(name=text, severities=[text]),
        groups=[group(alert(name=text, severity=text, summary=text, for_=text, labels={text: text}, panel=text))],
        routes=[route, dataclasses.replace(route, routes=[route])],
        receivers=[Receiver(name=text, raw={text: [text, {text: text}]})],
        inhibitions=[InhibitRule(source_matchers=[text], target_matchers=[text], equal=[text])],
        time_intervals=[TimeInterval(name=text, intervals=[{"weekdays": [text], "months": [text], "years": [text]}])],
        templates=[NotificationTemplate(name=text, text=text)],
        folders=[Folder(uid=text, title=text, parent=text)],
        teams=[Team(name=text, members=[text])],
        scrape_jobs=[ScrapeJob(name=text, targets=[text], metrics_path=text, scrape_interval=text)],
    )

    assert found(Case("", odd))


def test_long_lists_are_checked_in_time() -> None:
    many = [str(number) for number in range(1000)]
    receivers = [Receiver(name=name) for name in many]
    odd = project(
        alertmanager=Alertmanager(receiver="0", group_by=many),
        receivers=receivers,
        routes=[Route(receiver=name, matchers=[f"a=b{name}"]) for name in many],
        groups=[group(*(alert(name=f"A{name}", description="{{ $labels.x }}" * 20) for name in many))],
        folders=[Folder(uid=name, title=name, parent=name[:-1]) for name in many],
    )

    assert found(Case("", odd)) == []
