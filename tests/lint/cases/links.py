"""Links of dashboards that lead somewhere, and links that do not."""

from typing import Any

from dojoboards.artifact import Artifact
from dojoboards.model import Environment, Project, Runbooks
from support.lint import Case, alert, board, group, panel, project

HOST = {"name": "host", "type": "query", "query": "label_values(up, host)"}


def linked(*urls: str, **fields: Any) -> list[Artifact]:
    """A dashboard with a panel that has links, and another one, which has a panel 7 and a variable `host`."""
    other = board(panel("up", id=7), uid="hosts", title="Hosts", tags=["hosts"], templating={"list": [HOST]})
    links = [{"title": "There", "url": url} for url in urls]
    return [board(panel("up", links=links), tags=["shop"], **fields), other]


def of_values(url: str) -> list[Artifact]:
    """A dashboard with links of values: for all series, and for one."""
    links = [{"title": "There", "url": url}]
    config = {"defaults": {"links": links}, "overrides": [{"properties": [{"id": "links", "value": links}]}]}
    return [board(panel("up", fieldConfig=config)), board(uid="hosts", title="Hosts")]


def at_top(**fields: Any) -> list[Artifact]:
    return linked(links=[{"type": "link", "title": "There", **fields}])


GRAFANA = project(environment=Environment(name="test", grafana_url="https://grafana.example.com/"))
WIKI = "https://wiki.example.com/runbooks/"


def with_runbooks(**fields: Any) -> Project:
    environment = Environment(name="test", runbook_url=f"{WIKI}{{alert}}.md")
    return project(environment=environment, groups=[group(alert())], **fields)


BAD = [
    Case(
        "link/dashboard",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' links the dashboard 'hots', which is not built"
                "\n    did you mean 'hosts'? known: hosts, shop"
            )
        ],
        artifacts=linked("/d/hots", "d/hosts", "https://grafana.example.com/d/x"),
    ),
    Case(
        "link/dashboard",
        GRAFANA,
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' links the dashboard 'hots', which is not built"
                "\n    did you mean 'hosts'? known: hosts, shop"
            )
        ],
        artifacts=linked(
            "https://grafana.example.com/d/hots/some-slug?from=now-1h", "https://elsewhere.example.com/d/x"
        ),
    ),
    Case(
        "link/dashboard",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' links the dashboard 'hots', which is not built"
                "\n    did you mean 'hosts'? known: hosts, shop"
            ),
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' links the dashboard 'hots', which is not built"
                "\n    did you mean 'hosts'? known: hosts, shop"
            ),
        ],
        artifacts=of_values("/d/hots"),
    ),
    Case(
        "link/dashboard",
        project(),
        [
            (
                "content.py:1: a link of dashboard 'Shop' links the dashboard 'hots', which is not built"
                "\n    did you mean 'hosts'? known: hosts, shop"
            )
        ],
        artifacts=at_top(url="/d/hots?${__url_time_range}"),
    ),
    Case(
        "link/panel",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' links the panel 8 of the dashboard 'hosts', which "
                "it has not"
                "\n    give the key of a panel to `dashboard_link`"
            ),
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' links the panel 9 of the dashboard 'hosts', which "
                "it has not"
                "\n    give the key of a panel to `dashboard_link`"
            ),
        ],
        artifacts=linked(
            "/d/hosts?viewPanel=panel-8&${__url_time_range}", "/d/hosts?viewPanel=7", "/d-solo/hosts/x?panelId=9"
        ),
    ),
    Case(
        "link/variable",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' sets the variable 'server' of the dashboard "
                "'hosts', which it has not"
                "\n    known: host"
            )
        ],
        artifacts=linked("/d/hosts?var-server=$host&var-host=$host", "/d/hosts?${__all_variables}"),
    ),
    Case(
        "link/tags",
        project(),
        [
            (
                "content.py:1: a link of dashboard 'Shop' lists dashboards with the tag 'host': there is none"
                "\n    did you mean 'hosts'? known: hosts, shop"
            )
        ],
        artifacts=at_top(type="dashboards", tags=["host"]),
    ),
    Case(
        "link/tags",
        project(),
        [
            (
                "content.py:1: a link of dashboard 'Shop' lists dashboards with the tags 'hosts', 'shop': there "
                "is none"
                "\n    did you mean 'hosts'? known: hosts, shop"
            )
        ],
        artifacts=at_top(type="dashboards", tags=["hosts", "shop"]),
    ),
    Case(
        "link/runbook",
        with_runbooks(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' links the runbook of 'Dwon', which is no alert"
                "\n    did you mean 'Down'? known: Down"
            )
        ],
        artifacts=linked(f"{WIKI}Dwon.md", f"{WIKI}Down.md", WIKI),
    ),
]

GOOD = [
    Case(
        "link/dashboard",
        project(),
        artifacts=linked("/d/hosts", "/d/${uid}", "https://example.com/d/other", "/explore", "mailto:ops@example.com"),
    ),
    Case("link/dashboard", project(), artifacts=linked("/d/elsewhere")[:1]),
    Case(
        "link/panel",
        project(),
        artifacts=linked("/d/hosts?viewPanel=panel-7", "/d/hosts?orgId=1", "/d/other?viewPanel=3"),
    ),
    Case("link/variable", project(), artifacts=linked("/d/hosts?var-host=$host", "/d/other?var-a=1")),
    Case("link/tags", project(), artifacts=at_top(type="dashboards", tags=["hosts"])),
    Case("link/tags", project(), artifacts=at_top(type="link", tags=["other"], url="/d/hosts")),
    Case(
        "link/runbook",
        with_runbooks(),
        artifacts=linked(f"{WIKI}Down.md", f"{WIKI}$alert.md", "https://other.example.com/Dwon.md"),
    ),
    Case(
        "link/runbook",
        with_runbooks(runbooks=Runbooks(path="{alert}.md", alerts=frozenset({"General"}))),
        artifacts=linked(f"{WIKI}General.md"),
    ),
    Case("link/runbook", project(groups=[group(alert())]), artifacts=linked(f"{WIKI}Dwon.md")),
]
