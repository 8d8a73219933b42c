"""What DojoPool, its backup job and cAdvisor would tell: `docs/metrics.md` in numbers, for tests with a Prometheus."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

REQUESTS = (("GET", "200", 20.0), ("POST", "302", 4.0), ("GET", "500", 0.1))
ROUTES = ("/", "/games/<int:game>")
BOUNDS = {"0.1": 0.6, "0.5": 0.9, "1": 0.97, "2.5": 1.0, "+Inf": 1.0}
"""Buckets, with the share of requests that are answered within each."""

CONTAINERS = ("web", "nginx", "postgres", "redis")
HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class Series:
    """One series of a metric: its value when the test starts, and by how much it grows in a second."""

    metric: str
    value: float = 0.0
    growth: float = 0.0
    labels: Mapping[str, str] = field(default_factory=dict)

    def line(self, seconds: float, stamp: str = "", **labels: str) -> str:
        """Return it as it is exposed after so many seconds, with more labels and a time if they are given."""
        pairs = ",".join(f'{name}="{value}"' for name, value in {**self.labels, **labels}.items())
        return f"{self.metric}{{{pairs}}} {self.value + self.growth * seconds}{stamp}\n"


def exposition(series: Iterable[Series], seconds: float = 0.0) -> bytes:
    """Return what an exporter of these series answers after so many seconds."""
    return "".join(one.line(seconds) for one in series).encode()


def application() -> Iterator[Series]:
    """What DojoPool exposes: one request in 240 fails, and three in a hundred take longer than a second."""
    for method, status, rate in REQUESTS:
        answered = {"method": method, "status": status}
        yield Series("flask_http_request_total", growth=rate, labels=answered)
        if status == "500":
            yield Series("flask_http_request_exceptions_total", growth=rate, labels=answered)
        for route in ROUTES:
            routed = {**answered, "url_rule": route}
            yield from _histogram("flask_http_request_duration_seconds", rate / len(ROUTES), routed)
    yield from _histogram("dojopool_database_query_duration_seconds", 50, {})
    for name, value, growth in (
        ("database_up", 1, 0.0),
        ("database_connection_errors_total", 0, 0.0),
        ("redis_up", 1, 0.0),
        ("active_players", 120, 0.0),
        ("active_games", 30, 0.0),
        ("games_started_total", 1000, 0.2),
        ("games_completed_total", 990, 0.2),
        ("matches_started_total", 300, 0.1),
        ("matches_completed_total", 295, 0.1),
        ("venue_checkins_total", 2000, 0.5),
    ):
        yield Series(f"dojopool_{name}", value, growth)


def _histogram(metric: str, rate: float, labels: Mapping[str, str]) -> Iterator[Series]:
    for bound, share in BOUNDS.items():
        yield Series(f"{metric}_bucket", growth=rate * share, labels={**labels, "le": bound})
    yield Series(f"{metric}_count", growth=rate, labels=labels)


def containers() -> Iterator[Series]:
    """What cAdvisor exposes: four containers with limits, and the group of them all, which has no name."""
    now = time.time()
    told = {
        "cpu_usage_seconds_total": (100, 0.1),
        "cpu_cfs_periods_total": (1000, 10),
        "cpu_cfs_throttled_periods_total": (10, 0.1),
        "memory_working_set_bytes": (200e6, 0),
        "spec_memory_limit_bytes": (500e6, 0),
        "network_receive_bytes_total": (1e6, 1000),
        "network_transmit_bytes_total": (1e6, 1000),
        "last_seen": (now, 1),
        "start_time_seconds": (now // DAY * DAY - DAY, 0),
        "health_state": (1, 0),
    }
    groups = [{"id": "/"}, *({"id": f"/docker/{name}", "image": f"{name}:1", "name": name} for name in CONTAINERS)]
    for labels, (name, (value, growth)) in product(groups, told.items()):
        more = {"interface": "eth0"} if name.startswith("network") else {}
        yield Series(f"container_{name}", value, growth, {**labels, **more})


def backups() -> Iterator[Series]:
    """What the backup job and whoever renews certificates write: a backup of three hours ago, verified since."""
    now, size = time.time(), 4e9
    for name, value in (
        ("last_status", 1),
        ("last_success_timestamp_seconds", now - 3 * HOUR),
        ("duration_seconds", 240),
        ("size_bytes", size),
        ("verified_size_bytes", size),
        ("verified_timestamp_seconds", now - 2 * HOUR),
        ("checksum_ok", 1),
        ("restore_ok", 1),
        ("available_bytes", 100e9),
    ):
        yield Series(f"dojopool_backup_{name}", value, labels={"database": "dojopool"})
    yield Series(
        "dojopool_certificate_not_after_timestamp_seconds", now + 60 * DAY, labels={"name": "dojopool.example"}
    )


def history(series: Sequence[Series], ages: Sequence[int], **target: str) -> str:
    """Return series as OpenMetrics, with their values of so many seconds ago, as if scraped from *target*."""
    now = int(time.time())
    lines = [one.line(-age, f" {now - age}", **target) for one in series for age in ages]
    return "".join(lines)
