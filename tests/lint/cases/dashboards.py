"""Dashboards as a whole, rightly and wrongly made."""

from typing import Any

from dojoboards.artifact import Artifact
from dojoboards.model import DataSourceRef, Environment, Project, Prometheus
from support.lint import Case, board, job, panel, project, target

ROW = {"type": "row", "title": "Hosts", "id": 90, "panels": []}
KNOWN = Environment(name="prod", data_sources={"prometheus": DataSourceRef(uid="prometheus", type="prometheus")})


def many(count: int) -> list[Artifact]:
    return [board(*(panel("up", id=index, title=str(index)) for index in range(1, count + 1)))]


def shown(**fields: Any) -> list[Artifact]:
    return [board(panel("up"), **fields)]


def between(start: str, end: str) -> list[Artifact]:
    return shown(time={"from": start, "to": end})


def scraped(interval: str, **fields: Any) -> Project:
    return project(prometheus=Prometheus(scrape_interval=interval), **fields)


def elsewhere(uid: str) -> dict[str, Any]:
    return {"datasource": {"type": "prometheus", "uid": uid}}


HEADERS = {"headers": [{"key": "Authorization", "value": "Bearer 0123456789"}, {"key": "Accept", "value": "*/*"}]}

BAD = [
    Case(
        "dashboard/empty",
        project(),
        ["content.py:1: the dashboard 'Shop' has no panels\n    give it some, or take it away"],
        artifacts=[board(ROW)],
    ),
    Case(
        "dashboard/size",
        project(),
        [
            (
                "content.py:1: the dashboard 'Shop' opens with 61 panels"
                "\n    put what is seldom looked at into closed rows, or on a dashboard of its own"
            )
        ],
        artifacts=many(61),
    ),
    Case(
        "dashboard/title",
        project(),
        [
            (
                "content.py:1: two dashboards have the title 'Shop': 'shop' and 'other'"
                "\n    say in one title what it is about"
            )
        ],
        artifacts=[board(panel("up")), board(panel("up"), uid="other")],
    ),
    Case(
        "dashboard/tags",
        project(),
        ["content.py:1: the dashboard 'Shop' has no tags\n    give it `tags`"],
        artifacts=shown(tags=["dojoboards:shop"]),
    ),
    Case(
        "dashboard/tags",
        project(),
        ["content.py:1: the dashboard 'Shop' has no tags\n    give it `tags`"],
        artifacts=shown(),
    ),
    Case(
        "dashboard/panel-titles",
        project(),
        [
            (
                "content.py:1: dashboard 'Shop' has 2 panels with the title 'CPU'"
                "\n    say in each title what the panel shows"
            ),
            (
                "content.py:1: dashboard 'Shop' has 3 panels with the title 'CPU' in the row 'Hosts'"
                "\n    say in each title what the panel shows"
            ),
        ],
        artifacts=[
            board(
                panel("up"),
                panel("up", id=2),
                ROW,
                panel("up", id=3),
                {**ROW, "panels": [panel("up", id=4), panel("up", id=5), panel("up", id=6)]},
            )
        ],
    ),
    Case(
        "dashboard/time",
        project(),
        [
            (
                "content.py:1: the time range of dashboard 'Shop' begins at '6h', which Grafana cannot read"
                "\n    write such as now-6h, now-1d/d or now"
            )
        ],
        artifacts=between("6h", "now"),
    ),
    Case(
        "dashboard/time",
        project(),
        [
            (
                "content.py:1: the time range of dashboard 'Shop' ends at 'tomorrow', which Grafana cannot read"
                "\n    write such as now-6h, now-1d/d or now"
            )
        ],
        artifacts=between("now-6h", "tomorrow"),
    ),
    Case(
        "dashboard/time",
        project(),
        [
            (
                "content.py:1: the time range of dashboard 'Shop' is empty: from 'now-5m' to 'now-1h'"
                "\n    let it start before it ends, such as from now-6h to now"
            )
        ],
        artifacts=between("now-5m", "now-1h"),
    ),
    Case(
        "dashboard/time",
        project(),
        [
            (
                "content.py:1: the time range of dashboard 'Shop' is empty: from 'now' to 'now'"
                "\n    let it start before it ends, such as from now-6h to now"
            )
        ],
        artifacts=between("now", "now"),
    ),
    Case(
        "dashboard/refresh",
        scraped("30s"),
        [
            (
                "content.py:1: dashboard 'Shop' is refreshed every 10s, and there are new samples every 30s"
                "\n    refresh it less often"
            )
        ],
        artifacts=shown(refresh="10s"),
    ),
    Case(
        "dashboard/refresh",
        project(),
        [
            (
                "content.py:1: dashboard 'Shop' is refreshed every 1s, and Grafana allows no less than 5s"
                "\n    refresh it less often"
            )
        ],
        artifacts=shown(refresh="1s"),
    ),
    Case(
        "dashboard/timezone",
        project(),
        [
            (
                "content.py:1: the time zone of dashboard 'Shop' is 'UTC+2'"
                "\n    write browser, utc or such as Europe/Berlin"
            )
        ],
        artifacts=shown(timezone="UTC+2"),
    ),
    Case(
        "dashboard/timezone",
        project(),
        [
            (
                "content.py:1: the time zone of dashboard 'Shop' is 'local'"
                "\n    write browser, utc or such as Europe/Berlin"
            )
        ],
        artifacts=shown(timezone="local"),
    ),
    Case(
        "dashboard/data-source",
        project(environment=KNOWN),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' asks the data source with the uid "
                "'P1809F7CD0C75ACF3', which environment 'prod' has not"
                "\n    give its name: prometheus"
            ),
            (
                "content.py:1: panel 'Memory' of dashboard 'Shop' asks the data source with the uid 'other', "
                "which environment 'prod' has not"
                "\n    give its name: prometheus"
            ),
            (
                "content.py:1: 'host' of dashboard 'Shop' asks the data source with the uid 'other', which "
                "environment 'prod' has not"
                "\n    give its name: prometheus"
            ),
            (
                "content.py:1: 'Alerts' of dashboard 'Shop' asks the data source with the uid 'other', which "
                "environment 'prod' has not"
                "\n    give its name: prometheus"
            ),
        ],
        artifacts=[
            board(
                panel(target("up", **elsewhere("P1809F7CD0C75ACF3"))),
                panel(id=2, title="Memory", **elsewhere("other")),
                templating={"list": [{"name": "host", **elsewhere("other")}]},
                annotations={"list": [{"name": "Alerts", **elsewhere("other")}]},
            )
        ],
    ),
    Case(
        "dashboard/secret",
        project(),
        [
            (
                "content.py:1: `panels[0].targets[0].url` of dashboard 'Shop' has a password in its address"
                "\n    take it out: a data source holds it in `secure_json_data`"
            ),
            (
                "content.py:1: `panels[0].targets[1].url` of dashboard 'Shop' is a secret in clear"
                "\n    take it out: a data source holds it in `secure_json_data`"
            ),
            (
                "content.py:1: `panels[0].targets[2].headers[0].value` of dashboard 'Shop' is a secret in clear"
                "\n    take it out: a data source holds it in `secure_json_data`"
            ),
        ],
        artifacts=[
            board(
                panel(
                    {"url": "https://me:0123@api.example.com/v1"},
                    {"url": "https://api.example.com/v1?api_key=0123456789"},
                    HEADERS,
                )
            )
        ],
    ),
    Case(
        "dashboard/secret",
        project(),
        [
            (
                "content.py:1: `templating.list[0].apiToken` of dashboard 'Shop' is a secret in clear"
                "\n    take it out: a data source holds it in `secure_json_data`"
            )
        ],
        artifacts=shown(templating={"list": [{"name": "token", "apiToken": "0123"}]}),
    ),
]

GOOD = [
    Case("dashboard/empty", project(), artifacts=[board({**ROW, "panels": [panel("up")]})]),
    Case("dashboard/size", project(), artifacts=many(60)),
    Case("dashboard/title", project(), artifacts=[board(panel("up")), board(panel("up"), uid="other", title="Other")]),
    Case("dashboard/tags", project(), artifacts=shown(tags=["hosts", "dojoboards:shop"])),
    Case(
        "dashboard/panel-titles",
        project(),
        artifacts=[
            board(
                panel("up"), panel("up", id=2, title="Memory"), ROW, panel("up", id=3), panel(title=""), panel(title="")
            )
        ],
    ),
    Case("dashboard/time", project(), artifacts=between("now-6h", "now")),
    Case("dashboard/time", project(), artifacts=between("now/d", "now/d")),
    Case("dashboard/time", project(), artifacts=between("now-1d/d", "now-1d/d")),
    Case("dashboard/time", project(), artifacts=between("2026-01-01T00:00:00.000Z", "now")),
    Case("dashboard/time", project(), artifacts=between("1767225600000", "now")),
    Case("dashboard/time", project(), artifacts=between("now-1h", "now+1h")),
    Case("dashboard/time", project(), artifacts=between("now-1fQ/fQ", "now")),
    Case("dashboard/time", project(), artifacts=between("now-1fy", "now")),
    Case("dashboard/refresh", scraped("30s"), artifacts=shown(refresh="30s")),
    Case("dashboard/refresh", scraped("30s", scrape_jobs=[job(scrape_interval="5s")]), artifacts=shown(refresh="5s")),
    Case("dashboard/refresh", scraped("30s"), artifacts=shown(refresh="")),
    Case("dashboard/timezone", project(), artifacts=shown(timezone="browser")),
    Case("dashboard/timezone", project(), artifacts=shown(timezone="utc")),
    Case("dashboard/timezone", project(), artifacts=shown(timezone="")),
    Case("dashboard/timezone", project(), artifacts=shown(timezone="Europe/Berlin")),
    Case("dashboard/timezone", project(), artifacts=shown(timezone="America/Port-au-Prince")),
    Case("dashboard/timezone", project(), artifacts=shown(timezone="Etc/GMT+1")),
    Case("dashboard/timezone", project(), artifacts=shown(timezone="UTC")),
    Case("dashboard/timezone", project(), artifacts=shown(timezone="EST5EDT")),
    Case("dashboard/timezone", project(), artifacts=shown(timezone="America/Argentina/Buenos_Aires")),
    Case(
        "dashboard/data-source",
        project(environment=KNOWN),
        artifacts=[
            board(
                panel(
                    "up",
                    target("up", **elsewhere("${source}")),
                    {"datasource": {"type": "__expr__", "uid": "__expr__"}},
                    **elsewhere("-- Mixed --"),
                )
            )
        ],
    ),
    Case("dashboard/data-source", project(), artifacts=[board(panel(target("up", **elsewhere("other"))))]),
    Case(
        "dashboard/secret",
        project(),
        artifacts=[
            board(
                panel(
                    {"url": "https://api.example.com/v1?token=$token"},
                    {"password": "", "key": "Authorization"},
                    title="Tokens: secrets by api",
                )
            )
        ],
    ),
]
