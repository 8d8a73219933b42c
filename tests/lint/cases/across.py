"""What has to fit across artifacts: rule files, runbooks, targets, and panels that show what alerts are about."""

from typing import Any

from dojoboards import names
from dojoboards.artifact import Artifact
from dojoboards.catalogue import shipped
from dojoboards.model import (
    Alert,
    Catalogue,
    Environment,
    FileDiscovery,
    Project,
    Prometheus,
    RecordingRule,
    Relabel,
    Runbooks,
    ScrapeJob,
    StaticTargets,
)
from support.lint import Case, alert, at, board, group, job, panel, project, recording


def served(patterns: str, path: str = "prometheus/rules/system.yml") -> list[Artifact]:
    """A rule file, and a Prometheus with these `rule_files`."""
    body = f"rule_files: {patterns}".encode()
    server = Artifact("prometheus-config", "prometheus", "prometheus/prometheus.yml", body, at(1))
    return [server, Artifact("rules", "system", path, b"groups: []", at(2))]


PAGES = Runbooks(path="docs/runbooks/{alert}.md", alerts=frozenset({"Down", "Slow"}))
LINKED = Environment(name="test", runbook_url="https://wiki.example.com/{alert}")
WIKI = {"runbook_url": "https://wiki.example.com/down"}


def ruled(*rules: Alert | RecordingRule, **fields: Any) -> Project:
    return project(groups=[group(*rules)], **fields)


def jobs(*given: ScrapeJob) -> Project:
    return project(scrape_jobs=given)


CATALOGUES = {"shop", "shop@1", *(each.name for each in shipped()), *(each.title for each in shipped())}
LINKS_CPU = alert(dashboard="shop", panel="CPU")
CPU = names.panel_id("CPU")
RATE = recording(record="job:requests:rate5m", expr="sum by (job) (rate(requests_total[5m]))")
FEW = alert(name="Few", expr="job:requests:rate5m < 1")
LIST = {
    "id": 2,
    "type": "alertlist",
    "title": "Alerts",
    "options": {"alertInstanceLabelFilter": '{severity="warning"}'},
}
LIBRARY = {"id": 3, "type": "library-panel-ref", "title": "Elsewhere"}

BAD = [
    Case(
        "rules/loaded",
        project(),
        [
            (
                "content.py:2: no pattern of `rule_files` in prometheus/prometheus.yml matches rules/system.yml: "
                "its rules are never evaluated"
                "\n    the patterns are rules/*.yaml, other/system.yml"
            )
        ],
        artifacts=served("[rules/*.yaml, other/system.yml]"),
    ),
    Case(
        "rules/loaded",
        project(),
        [
            (
                "content.py:2: no pattern of `rule_files` in prometheus/prometheus.yml matches "
                "rules/deep/system.yml: its rules are never evaluated"
                "\n    the patterns are rules/*.yml"
            )
        ],
        artifacts=served("[rules/*.yml]", "prometheus/rules/deep/system.yml"),
    ),
    Case(
        "rules/loaded",
        project(),
        [
            (
                "content.py:2: no pattern of `rule_files` in prometheus/prometheus.yml matches rules/system.yml: "
                "its rules are never evaluated"
                "\n    the patterns are /etc/prometheus/rules/*.yaml"
            )
        ],
        artifacts=served("[/etc/prometheus/rules/*.yaml]"),
    ),
    Case(
        "rules/loaded",
        project(),
        [
            (
                "content.py:2: no pattern of `rule_files` in prometheus/prometheus.yml matches "
                "elsewhere/system.yml: its rules are never evaluated"
                "\n    give `rule_files`, such as rules/*.yml"
            )
        ],
        artifacts=served("null", "elsewhere/system.yml"),
    ),
    Case(
        "alert/runbook",
        ruled(
            alert(),
            alert(name="DownToo", source=at(3)),
            alert(name="DownToo", severity="warning", source=at(4)),
            runbooks=PAGES,
        ),
        [
            (
                "content.py:3: the alert 'DownToo' links a runbook that is not there: docs/runbooks/DownToo.md"
                "\n    write it"
            )
        ],
    ),
    Case(
        "alert/runbook",
        ruled(alert(), alert(name="Slowly", source=at(3)), runbooks=PAGES),
        [
            (
                "content.py:3: the alert 'Slowly' links a runbook that is not there: docs/runbooks/Slowly.md"
                "\n    write it, or rename that of 'Slow'"
            )
        ],
    ),
    Case(
        "alert/no-runbook",
        ruled(alert(annotations=WIKI), alert(name="Slow", source=at(3))),
        [
            (
                "content.py:3: the alert 'Slow' links no runbook, as others do"
                "\n    give `runbook_url` in dojoboards.yaml, or in its annotations"
            )
        ],
    ),
    Case(
        "runbook/alert",
        ruled(alert(), alert(name="Slowly"), runbooks=PAGES),
        ["docs/runbooks/Slow.md: no alert has the runbook docs/runbooks/Slow.md\n    rename it to 'Slowly'"],
    ),
    Case(
        "alert/shown",
        ruled(alert(), alert(name="Full", expr="node_filesystem_avail_bytes < 1", source=at(3))),
        [
            (
                "content.py:3: no dashboard shows what the alert 'Full' is about: node_filesystem_avail_bytes"
                "\n    add a panel, or a list of alerts"
            )
        ],
        artifacts=[board(panel("up"), LIST)],
    ),
    Case(
        "alert/panel",
        ruled(LINKS_CPU),
        [
            (
                "content.py:2: the alert 'Down' links the panel 'CPU' of dashboard 'Shop', which shows nothing "
                "that it is about"
                "\n    link one that shows up, or link the alert's runbook from the panel"
            )
        ],
        artifacts=[board(panel("node_load1", id=CPU))],
    ),
    Case(
        "recording/used",
        ruled(RATE, alert()),
        [("content.py:2: nothing uses 'job:requests:rate5m', which a rule records\n    use it, or take the rule away")],
        artifacts=[board(panel("up"))],
    ),
    Case(
        "job/same-target",
        jobs(job(), job(name="nginx", discovery=[StaticTargets(targets=["web:9113"])], source=at(2))),
        [
            (
                "content.py:2: the scrape jobs 'node' and 'nginx' both scrape node:9100/metrics"
                "\n    correct the port of one, or take it away"
            )
        ],
    ),
    Case(
        "job/same-target",
        jobs(job(targets=["node:9100", "node:9100"], relabel=[Relabel(target_label="zone", replacement="a")])),
        ["content.py:1: the scrape job 'node' has the target 'node:9100' twice\n    take one away"],
    ),
    Case(
        "job/interval",
        jobs(job(scrape_interval="10m")),
        [
            (
                "content.py:1: the scrape job 'node' scrapes every 10m: one missed scrape is a gap in all its "
                "series"
                "\n    give at most 150s"
            )
        ],
    ),
    Case(
        "job/interval",
        project(prometheus=Prometheus(scrape_interval="3m"), scrape_jobs=[job()]),
        [
            (
                "content.py:1: the scrape job 'node' scrapes every 3m: one missed scrape is a gap in all its "
                "series"
                "\n    give at most 150s"
            )
        ],
    ),
    Case(
        "rules/found",
        project(
            prometheus=Prometheus(extra={"rule_files": ["ruels/*.yml", "rules/sytem.yml"]}, source=at(1)),
            groups=[group(alert(), module="system.yml")],
            conventions=False,
        ),
        [
            (
                "content.py:1: `rule_files` has 'ruels/*.yml', which matches no file: Prometheus loads no rules by it\n"
                "    it is taken from the configuration's folder on"
            ),
            (
                "content.py:1: `rule_files` has 'rules/sytem.yml', which matches no file: Prometheus loads no rules by "
                "it\n    did you mean the file 'system.yml'?"
            ),
        ],
    ),
    Case(
        "job/catalogues",
        project(scrape_jobs=[job(name="shop", catalogues=["nod", "node"])], catalogues=[Catalogue("shop", "1")]),
        [
            (
                "content.py:1: the scrape job 'shop' names the catalogue 'nod', which is not there\n"
                f"    {names.hint('nod', CATALOGUES)}"
            )
        ],
    ),
    Case(
        "job/catalogue",
        jobs(job(name="shop", targets=["shop:5000"]), job()),
        [
            (
                "content.py:1: no catalogue says what the scrape job 'shop' exposes: metrics that are misspelt are "
                "not told\n    make one: dojoboards catalogue record http://shop:5000/metrics --name shop "
                "--output catalogue/shop.yml"
            ),
        ],
    ),
    Case(
        "job/catalogue",
        jobs(job(name="The Shop", targets=["shop:5000"], params={"module": ["a"]})),
        [
            (
                "content.py:1: no catalogue says what the scrape job 'The Shop' exposes: metrics that are misspelt are "
                "not told\n    make one: dojoboards catalogue record URL --name the-shop "
                "--output catalogue/the-shop.yml, and give `catalogues=['the-shop']`"
            ),
        ],
    ),
]

GOOD = [
    Case("rules/loaded", project(), artifacts=served("[rules/*.yml]")),
    Case("rules/loaded", project(), artifacts=served("['/etc/prometheus/rules/s*.yml']")),
    Case("rules/loaded", project(), artifacts=served("[rules/*/*.yml]", "prometheus/rules/deep/system.yml")),
    Case("alert/runbook", ruled(alert(), alert(name="Other", annotations=WIKI), runbooks=PAGES)),
    Case("alert/runbook", ruled(alert(name="Other"))),
    Case("alert/no-runbook", ruled(alert(annotations=WIKI), alert(name="Slow"), environment=LINKED)),
    Case("alert/no-runbook", ruled(alert(), alert(name="Slow"))),
    Case("runbook/alert", ruled(alert(), alert(name="Slow"), runbooks=PAGES)),
    Case("runbook/alert", ruled(alert(name="Other"), runbooks=PAGES)),
    Case("alert/shown", ruled(RATE, FEW), artifacts=[board(panel("requests_total"))]),
    Case("alert/shown", ruled(alert(severity="warning")), artifacts=[board(LIST)]),
    Case("alert/shown", ruled(alert(expr="vector(1)"), LINKS_CPU), artifacts=[board(panel("node_load1"))]),
    Case("alert/shown", ruled(alert()), artifacts=[board(LIBRARY)]),
    Case("alert/panel", ruled(LINKS_CPU), artifacts=[board(panel("sum(up)", id=CPU))]),
    Case(
        "alert/panel",
        ruled(LINKS_CPU),
        artifacts=[board(panel("a", id=CPU, links=[{"url": "https://wiki.example.com/Down"}]))],
    ),
    Case("alert/panel", ruled(LINKS_CPU), artifacts=[board(panel('ALERTS{alertname="Down"}', id=CPU))]),
    Case("recording/used", ruled(RATE, FEW), artifacts=[board(panel("up"))]),
    Case("recording/used", ruled(RATE), artifacts=[board(panel("job:requests:rate5m"))]),
    Case("recording/used", ruled(RATE)),
    Case(
        "job/same-target",
        jobs(job(), job(name="federate", metrics_path="/federate"), job(name="nginx", targets=["node:9113"])),
    ),
    Case(
        "job/same-target",
        jobs(job(), job(name="probe", relabel=[Relabel(source_labels=["__address__"], target_label="__param_target")])),
    ),
    Case(
        "job/same-target",
        jobs(job(), job(name="some", relabel=[Relabel(source_labels=["__address__"], regex="a.*", action="keep")])),
    ),
    Case(
        "job/same-target",
        jobs(job(discovery=[FileDiscovery(files=["a.yml"])]), job(name="b", extra={"relabel_configs": []})),
    ),
    Case("job/interval", jobs(job(scrape_interval="2m"))),
    Case("rules/found", project(prometheus=Prometheus(extra={"rule_files": ["rules.d/*.yml"]}))),
    Case("rules/found", project(prometheus=Prometheus(), conventions=False)),
    Case("job/catalogues", jobs(job(catalogues=["node"]))),
    Case("job/catalogue", jobs(job(), job(name="mine", catalogues=["node"]), job(name="x", targets=["a:9121"]))),
    Case("job/catalogue", project(scrape_jobs=[job(name="shop", targets=["a:1"])], conventions=False)),
]
