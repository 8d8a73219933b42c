import subprocess
import sys

import dojoboards


def test_the_public_names_are_these() -> None:
    assert dojoboards.__all__ == [
        "Alert",
        "Alertmanager",
        "BasicAuth",
        "Dashboard",
        "DataSource",
        "DnsDiscovery",
        "Email",
        "Environment",
        "FileDiscovery",
        "Folder",
        "HttpDiscovery",
        "InhibitRule",
        "KubernetesDiscovery",
        "NotificationTemplate",
        "PagerDuty",
        "Panel",
        "Prometheus",
        "Receiver",
        "RecordingRule",
        "Relabel",
        "Route",
        "Row",
        "RuleGroup",
        "ScrapeJob",
        "Secret",
        "Slack",
        "StaticTargets",
        "Team",
        "Threshold",
        "TimeInterval",
        "Tls",
        "Webhook",
        "layout",
        "panels",
        "variables",
    ]


def test_every_public_name_is_there() -> None:
    assert [name for name in dojoboards.__all__ if not hasattr(dojoboards, name)] == []


def test_help_loads_nothing_but_click() -> None:
    code = (
        "import sys; from dojoboards import cli; cli.run(['--help']);"
        "print(sorted({'yaml', 'orjson', 'httpx', 'rich', 'jsonschema', 'dojoboards.model'} & set(sys.modules)))"
    )

    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert output.splitlines()[-1] == "[]"


def test_a_build_loads_no_catalogue_of_metrics() -> None:
    code = (
        "import sys; import dojoboards.commands.build;"
        "print(sorted(name for name in sys.modules if name.startswith(('dojoboards.catalogue.', 'dojoboards.lint.e'))))"
    )

    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert output == "[]\n"
