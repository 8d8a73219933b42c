"""The transcripts of docs/push.md, made anew."""

import re
from pathlib import Path

import pytest

from support.project import Builder

PAGE = (Path(__file__).parents[1] / "docs/push.md").read_text(encoding="utf-8")

CONFIG = """\
project: shop
defaults:
  data_sources:
    prometheus: {uid: prometheus, type: prometheus, url: "http://prometheus.example:9090"}
environments:
  prod:
"""

SERVICE = """\
from dojoboards import Alert, RecordingRule, RuleGroup

ERRORS = "sum by (job) (rate(http_errors_total[5m])) / sum by (job) (rate(http_requests_total[5m]))"
groups = [
    RuleGroup(name="service", rules=[
        RecordingRule(record="job:http_errors:ratio_rate5m", expr=ERRORS),
        Alert(
            name="ErrorRatioHigh", expr="job:http_errors:ratio_rate5m > 0.05", for_="5m", severity="warning",
            summary="Many requests fail", description="{{ $value | humanizePercentage }} of {{ $labels.job }} fail.",
        ),
        Alert(
            name="ServiceDown", expr="up == 0", for_="2m", severity="critical",
            summary="A service is down", description="{{ $labels.instance }} is down.",
        ),
    ])
]
"""

ROUTING = """\
from dojoboards import Alertmanager, Email, Receiver, Route, ScrapeJob

alertmanager = Alertmanager(receiver="operations", smtp_smarthost="mail.example:587", smtp_from="alerts@example.com")
receivers = [
    Receiver(name="operations", email=[Email(to="operations@example.com")]),
    Receiver(name="on-call", email=[Email(to="on-call@example.com")]),
]
routes = [Route(receiver="on-call", matchers=['severity="critical"'])]
scrape_jobs = [ScrapeJob(name="shop", targets=["app-1.example:8000", "app-2.example:8000"])]
"""

SHOP = """\
from dojoboards import panels

dashboard = panels.dashboard("Shop", uid="shop", panels=[
    panels.timeseries("Requests", "sum(rate(http_requests_total[5m]))", unit="reqps"),
    panels.timeseries("Errors", "job:http_errors:ratio_rate5m", unit="percentunit"),
    panels.stat("Up", "sum(up)", unit="none"),
])
"""

CHANGES = {
    "alerts/service.py": {'0.05", for_="5m"': '0.02", for_="10m"'},
    "alerts/routing.py": {
        "routes = [": "routes = [Route(receiver='operations', matchers=['team=\"data\"']), ",
        "critical\"']": "critical\"'], repeat_interval='1h'",
        '"app-2.example:8000"': '"app-2.example:8000", "app-3.example:8000"',
    },
    "dashboards/shop.py": {
        "sum(rate": "sum by (job) (rate",
        '"Errors"': '"Failed requests"',
        'panels.stat("Up", "sum(up)", unit="none")': (
            'panels.stat("Instances", "sum(up)", unit="none"), panels.table("Slowest", "topk(5, latency)")'
        ),
    },
}


@pytest.fixture
def changed(builder: Builder, tmp_path: Path) -> Builder:
    """The project of the page, pushed and then changed."""
    contents = {"alerts/service.py": SERVICE, "alerts/routing.py": ROUTING, "dashboards/shop.py": SHOP}
    targets = {system: {"directory": str(tmp_path / system)} for system in ("alertmanager", "prometheus", "grafana")}
    builder.write(contents, CONFIG, **targets)
    assert builder.push() == 0
    for name, pairs in CHANGES.items():
        for old, new in pairs.items():
            builder.replace(name, old, new)
    assert builder.run("build") == 0
    return builder


def shown(builder: Builder, capsys: pytest.CaptureFixture[str]) -> str:
    """What a diff prints, with the directories of the page."""
    capsys.readouterr()
    assert builder.run("diff", "--env", "prod") == 0
    return capsys.readouterr().out.replace(str(builder.root.parent), "/etc")


def test_the_differences_of_an_update_are_as_shown(changed: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```text\n\$ dojoboards diff --env prod\n(.*?)```", PAGE, re.DOTALL)

    assert shown(changed, capsys) == block


def test_the_differences_of_a_drift_are_as_shown(
    changed: Builder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = re.findall(r"```text\n(prometheus in /etc/prometheus\n  drifted .*?)```", PAGE, re.DOTALL)
    live = tmp_path / "prometheus/rules/service.yml"
    live.write_text(live.read_text().replace("for: 2m", "for: 30m"))

    drifted = block.partition("\n")[2]

    assert drifted in shown(changed, capsys)
