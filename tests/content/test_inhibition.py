"""What is silenced by what, as a real Alertmanager sees it.

The labels are those of the alerts that the cases in `tests/rules/` expect, so they are what the rules really give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

from support import servers
from support.dojopool import built, expected_alerts
from support.dojopool import expected_alert as alert

Labels = Mapping[str, str]

# What fires, what it silences, and what goes on being told: one row for each thing that an inhibit rule is for.
HOST_DOWN = alert("HostDown")
SCENARIOS: dict[str, tuple[dict[str, str], list[dict[str, str]], list[dict[str, str]]]] = {
    "the service is down": (
        alert("ServiceDown"),
        [
            alert("ServiceInstanceDown", host="app-1"),
            alert("ServiceInstanceDown", host="app-2"),
            alert("HighErrorRate", severity="critical"),
            alert("HighErrorRate", severity="warning"),
            alert("ResponsesSlow"),
        ],
        [alert("NginxDown"), alert("DatabaseDown"), alert("Watchdog")],
    ),
    "a host is down": (
        HOST_DOWN,
        [
            alert("ServiceInstanceDown", host="app-1"),
            alert("ExporterDown", job="node"),
            alert("NginxDown", host="app-1"),
            alert("CpuHigh", host="app-1"),
            alert("ContainerRestarting"),
            alert("BackupMissing"),
            alert("ContainerMissing", name="web"),
        ],
        [
            HOST_DOWN,
            alert("ServiceInstanceDown", host="app-2"),
            alert("ClockSkewed", host="app-2"),
            alert("ResponsesSlow"),
            alert("DatabaseDown"),
            alert("Watchdog"),
        ],
    ),
    "a critical alert about errors has a warning": (
        alert("HighErrorRate", severity="critical"),
        [alert("HighErrorRate", severity="warning")],
        [alert("ResponsesSlow")],
    ),
    "a critical alert about one disk": (
        alert("DiskSpaceLow", severity="critical"),
        [alert("DiskSpaceLow", severity="warning", mountpoint="/", host="app-1")],
        [
            alert("DiskSpaceLow", severity="warning", mountpoint="/srv", host="app-1"),
            alert("DiskSpaceLow", severity="warning", mountpoint="/", host="app-2"),
        ],
    ),
    "a critical alert about the connections of one server": (
        alert("DatabaseConnectionsHigh", severity="critical"),
        [alert("DatabaseConnectionsHigh", severity="warning", host="db-1")],
        [alert("DatabaseConnectionsHigh", severity="warning", host="db-2")],
    ),
    "a critical alert about one certificate": (
        alert("CertificateExpiring", severity="critical"),
        [alert("CertificateExpiring", severity="warning", name="a.example")],
        [alert("CertificateExpiring", severity="warning", name="b.example")],
    ),
    "a backup failed": (
        alert("BackupFailed"),
        [alert("BackupTooOld"), alert("BackupNotVerified")],
        [alert("BackupCorrupt", check="restore"), alert("BackupSpaceLow")],
    ),
    "a database is down": (
        alert("DatabaseDown"),
        [],
        [alert("ApplicationDatabaseUnreachable")],
    ),
    "Redis is down": (alert("RedisDown"), [alert("ApplicationRedisUnreachable")], [alert("RedisMemoryHigh")]),
    "nobody looks at containers": (
        alert("ExporterDown", job="cadvisor"),
        [alert("ContainerMissing", name="web"), alert("ContainerMissing", name="redis")],
        [alert("TargetMissing", job="nginx")],
    ),
    "nobody looks at NGINX": (alert("ExporterDown", job="nginx"), [], [alert("ContainerMissing", name="web")]),
}


def test_inhibition_silences_what_follows_and_nothing_else(configuration: Path) -> None:
    # Each scenario is an environment of its own, so that none has to do with another.
    def of(scenario: str, labels: Labels) -> dict[str, str]:
        return {**labels, "environment": scenario}

    posted = [
        of(scenario, labels)
        for scenario, (source, silenced, told) in SCENARIOS.items()
        for labels in (source, *silenced, *told)
    ]
    expected = {
        frozenset(of(scenario, labels).items())
        for scenario, (_, silenced, _) in SCENARIOS.items()
        for labels in silenced
    }
    # Silenced alerts of nobody's environment: the source is elsewhere.
    elsewhere = [of("elsewhere", labels) for _, silenced, _ in SCENARIOS.values() for labels in silenced]
    elsewhere = [labels for labels in elsewhere if labels["severity"] == "warning"]

    def suppressed() -> set[frozenset[tuple[str, str]]]:
        answer = alertmanager.get("/api/v2/alerts")
        return {frozenset(one["labels"].items()) for one in answer if one["status"]["inhibitedBy"]}

    with servers.alertmanager(configuration.parent) as alertmanager:
        body = [{"labels": labels} for labels in [*posted, *elsewhere]]
        httpx.post(f"{alertmanager.url}/api/v2/alerts", json=body).raise_for_status()
        servers.until(lambda: suppressed() >= expected, "what should be silenced is", timeout=5)
        found = suppressed()

    assert found == expected


def matches(matchers: Sequence[str], labels: Labels) -> bool:
    """Whether labels match all of Alertmanager's matchers; a label that is not there is empty."""
    found = [re.fullmatch(r'(\w+)(=~|!=|=)"(.*)"', matcher) for matcher in matchers]
    assert all(found)
    judge: dict[str, Callable[[str, str], bool]] = {
        "=": lambda value, wanted: value == wanted,
        "!=": lambda value, wanted: value != wanted,
        "=~": lambda value, wanted: re.fullmatch(wanted, value) is not None,
    }
    return all(judge[one[2]](labels.get(one[1], ""), one[3]) for one in found if one)


def test_every_inhibit_rule_has_alerts_that_it_silences() -> None:
    idle = []
    for rule in built("prod").yaml("alertmanager/alertmanager.yml")["inhibit_rules"]:
        sources = [given for given in expected_alerts() if matches(rule["source_matchers"], given)]
        targets = [given for given in expected_alerts() if matches(rule["target_matchers"], given)]
        equal = [
            (source, target)
            for source in sources
            for target in targets
            if source != target and all(source.get(name, "") == target.get(name, "") for name in rule["equal"])
        ]
        if not equal:
            idle.append(rule)

    assert idle == []
