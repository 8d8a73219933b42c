"""From a Python module to a message: a real Prometheus, a real Alertmanager, and stand-ins for Slack and mail."""

from __future__ import annotations

import email
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from email.policy import default
from pathlib import Path

import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session  # noqa: TC002  # the annotations are read at run time

from dojoboards.cli import run
from support import servers
from support.answers import Answering, Reply, answering

ROOT = Path(__file__).parents[1]

FIRES = """\
from dojoboards import Alert, RuleGroup

def groups(env):
    rules = [
        Alert(
            name=name, expr=f"{env.setting('fires')} == 1", severity=severity, team="operations",
            labels={"service": name.lower()}, summary=f"{name} is tried",
            description=f"{name.lower()} is at {{{{ $value }}}}.",
        )
        for name, severity in (("CourtClosed", "critical"), ("CueBent", "warning"))
    ]
    return [RuleGroup(name="fires", interval="1s", rules=rules)]
"""

THREE_LINES = r"\[{severity}\] {name}\nDescription: {service} is at 1\.\nDuration: \d+s"


class Mailbox:
    """What aiosmtpd hands over."""

    def __init__(self) -> None:
        self.mails: list[email.message.EmailMessage] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(email.message_from_bytes(content, policy=default))
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), servers.free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture
def slack() -> Iterator[Answering]:
    with answering(lambda _: Reply(body=b"ok")) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, slack: Answering, mailbox: tuple[Mailbox, int]) -> Path:
    """DojoPool's own content, at once instead of after half a minute, with two alerts that can be switched."""
    root = tmp_path / "project"
    for directory in ("alerts", "dashboards"):
        shutil.copytree(ROOT / directory, root / directory, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "alerts/fires.py").write_text(FIRES)
    document = yaml.safe_load((ROOT / "dojoboards.yaml").read_text(encoding="utf-8"))
    document["settings"]["fires"] = {"default": "vector(1)", "meaning": "Whether the two alerts fire."}
    document["environments"]["local"]["settings"] |= {
        "notification_stand_in": slack.url,
        "smtp_smarthost": f"127.0.0.1:{mailbox[1]}",
        "notification_wait": "0s",
        "notification_interval": "1s",
    }
    (root / "dojoboards.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    return root


def texts(slack: Answering, channel: str = "#alerts") -> list[str]:
    """What was sent to a channel; the dead man's switch goes elsewhere."""
    messages = [json.loads(request.body) for request in slack.requests if request.path == "/slack"]
    assert {message["channel"] for message in messages} <= {channel}
    return [attachment["text"] for message in messages for attachment in message["attachments"]]


def test_an_alert_reaches_slack_as_three_lines_and_a_critical_one_the_mail_too(
    programs: None,
    project: Path,
    slack: Answering,
    mailbox: tuple[Mailbox, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    box = mailbox[0]
    with ExitStack() as running:
        prometheus = running.enter_context(servers.prometheus(tmp_path / "prometheus", "--rules.alert.resend-delay=1s"))
        alertmanager = running.enter_context(servers.alertmanager(tmp_path / "alertmanager"))
        for name, server in (("PROMETHEUS", prometheus), ("ALERTMANAGER", alertmanager)):
            monkeypatch.setenv(f"DOJOBOARDS_{name}_DIR", str(server.directory))
            monkeypatch.setenv(f"DOJOBOARDS_{name}_URL", server.url)
            targets = prometheus.directory / f"targets/{name.lower()}.json"
            targets.parent.mkdir(exist_ok=True)
            targets.write_text(json.dumps([{"targets": [server.url.removeprefix("http://")]}]))
        monkeypatch.setenv("DOJOBOARDS_GRAFANA_DIR", str(tmp_path / "grafana"))
        command = ["-C", str(project)]
        assert run([*command, "build", "--env", "local"]) == 0

        assert run([*command, "push", "--env", "local", "--adopt"]) == 0

        servers.until(lambda: len(texts(slack)) >= 2 and box.mails, "both alerts are told", timeout=60)
        first = {re.search(r"\] (\w+)", text)[1]: text for text in texts(slack)}  # type: ignore[index]
        critical = THREE_LINES.format(severity="Critical", name="CourtClosed", service="courtclosed")
        warning = THREE_LINES.format(severity="Warning", name="CueBent", service="cuebent")
        assert re.fullmatch(critical, first["CourtClosed"])
        assert re.fullmatch(warning, first["CueBent"])
        assert len(first["CourtClosed"].splitlines()) == 3
        (mail,) = box.mails
        (part,) = mail.iter_parts()
        assert part.get_content_type() == "text/plain"
        assert re.fullmatch(critical, part.get_content().replace("\r\n", "\n").strip())
        assert "CourtClosed" in mail["Subject"]
        servers.until(lambda: {request.path for request in slack.requests} == {"/slack", "/alive"}, "we are told alive")
        assert "Watchdog" not in "".join(texts(slack))

        document = yaml.safe_load((project / "dojoboards.yaml").read_text())
        document["environments"]["local"]["settings"]["fires"] = "vector(0)"
        (project / "dojoboards.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
        assert run([*command, "build", "--env", "local"]) == 0
        assert run([*command, "push", "--env", "local"]) == 0

        servers.until(lambda: len(texts(slack)) >= 4 and len(box.mails) >= 2, "both are told to have ended", timeout=60)
        assert re.fullmatch(critical, [text for text in texts(slack) if "CourtClosed" in text][-1])
