from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from dojoboards.artifact import Artifact
from dojoboards.errors import Source
from dojoboards.model import (
    Alertmanager,
    BasicAuth,
    Environment,
    NotificationTemplate,
    Project,
    Receiver,
    RecordingRule,
    RuleGroup,
    ScrapeJob,
    Secret,
    SecretRef,
    Tls,
)
from dojoboards.render import RENDERERS
from dojoboards.targets import preflight
from dojoboards.targets.localise import localised
from support.lint import alert, at, group

pytestmark = pytest.mark.usefixtures("programs")


def project(*, secret: SecretRef | None = None, **fields: Any) -> Project:
    secrets = {"token": secret or SecretRef(env="TOKEN")}
    return Project(name="shop", environment=Environment(name="prod", secrets=secrets), **fields)


def said(system: str, of: Project, *changes: tuple[str, str]) -> Sequence[str]:
    """What the tool of a system says about a project's files, in which some text is replaced."""
    made = [entry for render in RENDERERS.values() for entry in render(of)]
    files = {}
    for entry in localised([entry for entry in made if isinstance(entry, Artifact)], f"/etc/{system}"):
        body = entry.body.decode()
        for old, new in changes:
            body = body.replace(old, new)
        files[entry.path] = Artifact(entry.kind, entry.key, entry.path, body.encode(), entry.source)
    return [str(problem).partition("\n")[0] for problem in preflight.check(system, files, of)]


def scraped(*jobs: ScrapeJob, **fields: Any) -> Project:
    return project(scrape_jobs=jobs, **fields)


def told(**fields: Any) -> Project:
    server = Alertmanager(receiver="default", source=at(1))
    return project(alertmanager=server, receivers=[Receiver(name="default", source=at(2))], **fields)


def rules(*groups: RuleGroup) -> Project:
    return project(groups=groups)


TWO = rules(
    group(alert(), source=at(1)),
    group(alert(source=at(5)), RecordingRule(record="a:b", expr="up", source=at(6)), name="up", source=at(4)),
    group(alert(source=at(9)), name="up", module="other", source=at(8)),
)


@pytest.mark.parametrize(
    ("system", "of", "changes", "expected"),
    [
        pytest.param("prometheus", TWO, [], [], id="nothing"),
        pytest.param(
            "prometheus",
            TWO,
            [("expr: up\n", "expr: sum(\n")],
            ['content.py:6: promtool: rules/system.yml: 22:15: group "up", rule 2, "a:b": could not parse expression'],
            id="a rule of a group whose name and rules are elsewhere too",
        ),
        pytest.param(
            "prometheus",
            TWO,
            [("name: hosts", "name: up")],
            ['content.py:4: promtool: rules/system.yml: 12:5: groupname: "up" is repeated in the same file'],
            id="a group",
        ),
        pytest.param(
            "prometheus",
            TWO,
            [("name: hosts", "name: hosts\n    nope: 1")],
            ["content.py:1: promtool: rules/system.yml: yaml: unmarshal errors: line 4: field nope not found in type"],
            id="a file",
        ),
        pytest.param(
            "prometheus",
            scraped(
                ScrapeJob(name="a", targets=["a:1"], source=at(3)),
                ScrapeJob(name="b", targets=["b:1"], scrape_interval="1s", scrape_timeout="1s", source=at(4)),
            ),
            [("scrape_timeout: 1s", "scrape_timeout: 2s")],
            ["content.py:4: promtool: parsing YAML file prometheus.yml: scrape timeout greater than scrape interval"],
            id="a scrape job",
        ),
        pytest.param(
            "prometheus",
            scraped(ScrapeJob(name="a", targets=["a:1"], source=at(3))),
            [("metrics_path:", "metrics_pth:"), ("global:", "globl:")],
            ["content.py:3: promtool: parsing YAML file prometheus.yml: yaml: unmarshal errors: "],
            id="a configuration that nobody declared",
        ),
        pytest.param(
            "alertmanager",
            told(),
            [("receiver: default", "receiver: nope")],
            ['content.py:1: amtool: undefined receiver "nope" used in route'],
            id="Alertmanager's configuration",
        ),
        pytest.param(
            "alertmanager",
            told(
                templates=[
                    NotificationTemplate(name="a", text='{{ define "a" }}{{ end }}', source=at(7)),
                    NotificationTemplate(name="b", text='{{ define "b" }}x{{ end }}', source=at(8)),
                ]
            ),
            [("x{{ end", "{{ nope }}{{ end")],
            ["content.py:8: amtool: template: b."],
            id="a template",
        ),
    ],
)
def test_what_a_tool_refuses_is_told_with_the_python_that_made_it(
    system: str, of: Project, changes: list[tuple[str, str]], expected: list[str]
) -> None:
    found = said(system, of, *changes)

    assert len(found) == len(expected)
    assert [line for line, start in zip(found, expected, strict=True) if not line.startswith(start)] == []


@pytest.mark.parametrize(
    "path",
    ["/etc/token", "/etc/it's: #1", '/etc/"a": b', "/etc/my secrets/token", "/etc/Schlüssel", "/etc/a\\b\tc", "/etc/#"],
)
def test_a_file_on_the_server_need_not_be_here_however_its_path_is_written(path: str) -> None:
    auth = BasicAuth(username="me", password=Secret("token"))
    jobs = [
        ScrapeJob(name="a", targets=["a:1"], basic_auth=auth, tls=Tls(ca_file=path, cert_file=path, key_file=path)),
        ScrapeJob(name="b", targets=["b:1"], authorization=Secret("token"), extra={"file_sd_configs": []}),
    ]

    assert said("prometheus", scraped(*jobs, secret=SecretRef(server_file=path))) == []


def test_a_tool_that_says_nothing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "promtool").write_text("#!/bin/sh\necho 'out of memory' >&2\nexit 1\n")
    (tmp_path / "promtool").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert said("prometheus", rules(group(alert(), source=Source("content.py", 3)))) == [
        "content.py:3: promtool: out of memory"
    ]
