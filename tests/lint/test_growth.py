"""What is judged twice is no more than twice the work, whatever there is twice of. Calls are counted, never time."""

import sys
from collections.abc import Callable, Sequence
from types import FrameType

import pytest

from dojoboards.artifact import Artifact
from dojoboards.lint import Artifacts, boards_of, judge
from dojoboards.lint.every import CHECKS
from dojoboards.model import Alert, InhibitRule, Project, Receiver, Route, RuleGroup, Slack
from support.expressions import BACKUPS
from support.lint import alert, board, group, job, notified, panel, project, recording

Given = tuple[Project, Sequence[Artifact]]


def service(number: int) -> Alert:
    return alert(name=f"Slow{number}", expr=f"node_load1 > {number}", for_="5m", labels={"service": f"s{number}"})


def services(count: int) -> RuleGroup:
    return group(*map(service, range(count)))


def routes(matchers: str, count: int, *, go_on: bool = False) -> Given:
    """As many alerts as routes as receivers, and a route for each alert."""
    receivers = [Receiver(name=f"r{number}", slack=[Slack(channel="#x")]) for number in range(count)]
    ways = [
        Route(receiver=f"r{number}", matchers=[matchers.format(number)], continue_=go_on) for number in range(count)
    ]
    return notified(*receivers, groups=[services(count)], routes=ways), ()


def inhibited(count: int) -> Given:
    rules = [
        InhibitRule(source_matchers=[f'service="s{number}"'], target_matchers=[f'service="s{number + 1}"'], equal=["x"])
        for number in range(count)
    ]
    return notified(groups=[services(count)], inhibitions=rules), ()


def inhibited_alike(count: int) -> Given:
    """One rule for many alerts, which are all different from those that they are compared with."""
    rule = InhibitRule(source_matchers=['team="web"'], target_matchers=['team!="web"'], equal=["team"])
    causes = [alert(name=f"Cause{n}", team="web", expr=f"sum(up) < {n}") for n in range(4 * count)]
    others = [alert(name=f"Other{n}", expr=f"count(up) < {n}") for n in range(4 * count)]
    return notified(groups=[group(*causes, *others)], inhibitions=[rule]), ()


def jobs(count: int) -> Given:
    """As many scrape jobs as alerts, each on one of them."""
    of_load = [alert(name=f"Load{n}", expr=f'node_load1{{job="node{n}"}} > 1') for n in range(count)]
    of_up = [alert(name=f"Up{n}", expr=f'up{{job="node{n}"}} == 0') for n in range(count)]
    scraped = [job(name=f"node{n}", targets=[f"h{n}:9100"]) for n in range(count)]
    return project(groups=[group(*of_load, *of_up)], scrape_jobs=scraped), ()


def recorded_by_many(count: int) -> Given:
    """Many rules that record one name, and many alerts on it."""
    rules = [recording(expr=f"sum by (job) (up == {n})", labels={"part": str(n)}) for n in range(count)]
    asking = [alert(name=f"Low{n}", expr=f'job:up:sum{{part="{n}"}} < 1') for n in range(count)]
    return project(groups=[group(*rules, *asking)], scrape_jobs=[job()]), ()


def missed(count: int) -> Given:
    """Alerts on what may be gone, and as many that tell of it."""
    of_size = [alert(name=f"Big{n}", expr=f'backup_size_bytes{{database="{n}"}} > 1') for n in range(count)]
    absent = [alert(name=f"Gone{n}", expr=f'absent(node_load1{{instance="{n}"}})') for n in range(count)]
    return project(groups=[group(*of_size, *absent)], scrape_jobs=[job()], catalogues=[BACKUPS]), ()


def listed(count: int) -> Given:
    """As many lists of alerts as alerts, each of one."""
    lists = [
        board(panel(type="alertlist", options={"alertInstanceLabelFilter": f'{{service="s{n}"}}'}), uid=f"u{n}")
        for n in range(count)
    ]
    return project(groups=[services(count)], scrape_jobs=[job()]), lists


def dashboards(count: int) -> Given:
    shown = [board(panel(f"node_load1 > {number}"), uid=f"u{number}", title=f"T{number}") for number in range(count)]
    return project(groups=[services(count)], scrape_jobs=[job()]), shown


def terms(count: int) -> Given:
    """One expression with a finding about each of its parts."""
    sides = " or ".join(f'sum by (job) (node_laod1{{instance="{number}"}})' for number in range(count))
    return project(groups=[group(alert(expr=f"({sides}) > 1"))], scrape_jobs=[job()]), ()


GROWING = {
    "routes": lambda count: routes('service="s{}"', count),
    "routes by pattern": lambda count: routes('service=~"s{0}|t{0}"', count),
    "routes that go on": lambda count: routes('service="s{}"', count, go_on=True),
    "routes without alerts": lambda count: routes('service="x{}"', count),
    "inhibited": inhibited,
    "inhibited alike": inhibited_alike,
    "jobs": jobs,
    "recorded by many": recorded_by_many,
    "missed": missed,
    "listed": listed,
    "dashboards": dashboards,
    "terms": terms,
}


def calls(given: Given) -> int:
    """Count the calls, of Python's functions and of those in C, that it takes to judge a project."""
    judged, artifacts = given
    boards, count = boards_of(artifacts, {}), 0

    def called(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        for _ in judge(judged, Artifacts(artifacts), boards, CHECKS.values()):
            pass
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("make", GROWING.values(), ids=GROWING.keys())
def test_twice_as_much_of_something_is_no_more_than_twice_the_work(make: Callable[[int], Given]) -> None:
    calls(make(5))  # what is loaded and made once is no part of it
    few, many = calls(make(30)), calls(make(60))

    assert many < 2.3 * few
