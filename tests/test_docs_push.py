"""The transcripts of docs/push.md, made anew."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dojoboards.cli import _EXIT_CODES, cli
from dojoboards.errors import Exit
from support.faults import answer
from support.grafana import Account, Grafana, grafana
from support.project import Builder

FILE = Path(__file__).parents[1] / "docs/push.md"
PAGE = FILE.read_text(encoding="utf-8")

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


BOARDS = """\
from dojoboards import Dashboard, Folder, panels

folders = [Folder(uid="shop", title="Shop")]

def board(title, expr, folder):
    uid = title.lower()
    return Dashboard(panels.dashboard(title, uid=uid, panels=[panels.stat("Now", expr, unit="short")]), folder=folder)

dashboards = [
    board("Orders", "sum(orders)", "shop"),
    board("Stock", "sum(stock)", "shop"),
    board("Machines", "count(up)", ""),
]
"""

BACKUP = """\
from dojoboards import Alert, RuleGroup

groups = [
    RuleGroup(name="backup", rules=[
        Alert(
            name="BackupOld", expr="time() - backup_time_seconds > 86400", severity="warning",
            summary="There is no fresh backup", description="The newest one is {{ $value }} seconds old.",
        )
    ])
]
"""


@dataclass
class Site:
    """The project of the page: its directory for Prometheus, its Grafana, and what was written on a terminal.

    Args:
        builder: Changes the project.
        prometheus: The directory.
        grafana: The Grafana, which has an account for a person.
        capsys: What is printed.
        lines: The transcript so far.
    """

    builder: Builder
    prometheus: Path
    grafana: Grafana
    capsys: pytest.CaptureFixture[str]
    lines: list[str] = field(default_factory=list)

    def run(self, command: str, code: int = 0) -> None:
        """Run a command as somebody does in the project's directory, and note what is seen."""
        self.capsys.readouterr()
        assert self.builder.run(*command.split()) == code
        output, error = self.capsys.readouterr()
        seen = "".join(line for line in (output + error).splitlines(keepends=True) if not line.startswith("note: "))
        for real, shown in (
            (str(self.prometheus.parent), "/etc"),
            (self.grafana.url, "https://grafana.example"),
        ):
            seen = seen.replace(real, shown)
        seen = re.sub(r"20\d\d-\d\d-\d\dT[\d:.]+Z", "2026-08-21T09:30:00Z", seen)
        self.lines.append(f"$ dojoboards {command}\n{seen}")
        self.lines.append(f"$ echo $?\n{code}\n" * bool(code))

    def push(self) -> None:
        """Push everything."""
        assert self.builder.push("--overwrite", "--adopt", "--prune") == 0

    def change(self, name: str, old: str, new: str) -> None:
        """Change the content, and build."""
        self.builder.replace(name, old, new)
        assert self.builder.run("build") == 0

    def edit(self, uid: str, title: str) -> None:
        """Give a dashboard another title in the browser."""
        self.grafana.edit(uid, lambda board: board.update(title=title), by=self.person)

    @property
    def person(self) -> Account:
        """Somebody who works in Grafana."""
        return next(one for one in self.grafana.state.accounts.values() if one.login == "ann")


@pytest.fixture
def site(
    builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Site]:
    with grafana("13") as server:
        server.account("ann", "Editor")
        monkeypatch.setenv("GRAFANA_TOKEN", server.token)
        target = {"url": server.url, "token": {"env": "GRAFANA_TOKEN"}, "retries": 0, "max_concurrent": 1}
        contents = {"alerts/service.py": SERVICE, "alerts/backup.py": BACKUP, "dashboards/boards.py": BOARDS}
        builder.write(contents, CONFIG, prometheus={"directory": str(tmp_path / "prometheus")}, grafana=target)
        assert builder.run("build") == 0
        monkeypatch.chdir(builder.root)
        yield Site(builder, tmp_path / "prometheus", server, capsys)


def create(site: Site) -> None:
    site.run("push --env prod")


def unchanged(site: Site) -> None:
    site.push()
    site.run("push --env prod")


def update(site: Site) -> None:
    site.push()
    site.change("alerts/service.py", '0.05", for_="5m"', '0.02", for_="10m"')
    site.change("dashboards/boards.py", '"sum(orders)"', '"sum by (state) (orders)"')
    site.run("push --env prod")


def delete(site: Site) -> None:
    site.push()
    (site.builder.root / "alerts/backup.py").unlink()
    site.change("dashboards/boards.py", '    board("Stock", "sum(stock)", "shop"),\n', "")
    site.run("push --env prod")
    site.run("push --env prod --prune")


def drifted(site: Site) -> None:
    site.push()
    live = site.prometheus / "rules/service.yml"
    live.write_text(live.read_text().replace("for: 2m", "for: 30m"))
    site.edit("orders", "Orders of today")
    site.change("dashboards/boards.py", '"sum(orders)"', '"sum by (state) (orders)"')
    site.run("push --env prod", 1)


def conflict(site: Site) -> None:
    rules = site.prometheus / "rules/service.yml"
    rules.parent.mkdir(parents=True)
    rules.write_text("groups: []\n")
    site.run("push --env prod", 1)


def partly(site: Site) -> None:
    refused = answer(500, b'{"message": "database is locked"}')
    site.grafana.fail(refused, method="POST", path="/api/dashboards/db", nth=2)
    site.run("push --env prod", 4)
    site.run("push --env prod")


def carried_on(site: Site) -> None:
    refused = answer(403, b'{"message": "You need additional permissions"}')
    site.grafana.fail(refused, method="POST", path="/api/folders")
    site.run("push --env prod --on-error continue", 4)


def only(site: Site) -> None:
    site.push()
    site.change("alerts/service.py", '0.05", for_="5m"', '0.02", for_="10m"')
    site.change("dashboards/boards.py", '"sum(orders)"', '"sum by (state) (orders)"')
    site.edit("stock", "Stock of today")
    site.run("push --env prod --only rules/service")


def saved(site: Site) -> None:
    site.push()
    site.change("dashboards/boards.py", '"sum(orders)"', '"sum by (state) (orders)"')
    site.run("push --env prod --save-plan plan.json")
    site.edit("orders", "Orders of today")
    site.run("push --env prod --plan plan.json", 1)


@pytest.mark.parametrize(
    "happens", [create, unchanged, update, delete, drifted, conflict, partly, carried_on, only, saved]
)
def test_each_state_is_as_it_is_seen_on_a_terminal(site: Site, happens: Callable[[Site], None]) -> None:
    happens(site)
    text = "".join(site.lines)

    assert text == transcript(happens.__name__, text)


def transcript(name: str, text: str) -> str:
    """Return a transcript of the page; `UPDATE_GOLDENS=1` writes it anew first."""
    block = re.compile(rf"(<!-- transcript: {name} -->\n\n```text\n)(.*?)(```)", re.DOTALL)
    if os.environ.get("UPDATE_GOLDENS") == "1":
        page = FILE.read_text(encoding="utf-8")
        FILE.write_text(block.sub(lambda found: found[1] + text + found[3], page), encoding="utf-8")
    (found,) = block.findall(FILE.read_text(encoding="utf-8"))
    return str(found[1])


def test_every_exit_code_is_in_the_table_and_in_the_help() -> None:
    section = PAGE.partition("## Exit codes\n")[2].partition("\n## ")[0]
    told = [int(number) for number in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)]

    assert told == sorted(Exit) == [int(number) for number in re.findall(r"^  (\d+) ", _EXIT_CODES, re.MULTILINE)]


def test_every_option_of_a_push_is_in_the_table() -> None:
    section = PAGE.partition("## Options\n")[2].partition("\n## ")[0]
    options = {name for option in cli.commands["push"].params for name in option.opts if name.startswith("--")}

    assert set(re.findall(r"(?<![\w-])--[a-z-]+", section.replace("`-o json`", "--output"))) >= options
