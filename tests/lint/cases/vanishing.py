"""What is no longer there."""

from dojoboards.model import DnsDiscovery, FileDiscovery, RecordingRule
from support.expressions import JOBS, drawing, firing, plain, shop
from support.lint import Case, alert, group, job

CASES = [
    firing(
        "alert/absent",
        "time() - backup_last_success_timestamp_seconds > 3600",
        "content.py:2: alert 'Down' is silent when 'backup_last_success_timestamp_seconds' is gone: it "
        "is written into a file for node exporter, and no alert misses it"
        "\n    add an alert on absent(backup_last_success_timestamp_seconds)"
        "\n    at backup_last_success_timestamp_seconds",
    ),
    Case(
        "alert/absent",
        shop(
            group(
                RecordingRule(record="database:backup_size:last", expr="max by (database) (backup_size_bytes)"),
                alert(expr="database:backup_size:last < 1e6", for_="5m"),
            )
        ),
        [
            (
                "content.py:2: alert 'Down' is silent when 'backup_size_bytes' is gone: it is written into a "
                "file for node exporter, and no alert misses it"
                "\n    add an alert on absent(backup_size_bytes)"
                "\n    at database:backup_size:last"
            )
        ],
    ),
    Case(
        "job/watched",
        shop(groups=[group(alert(expr="pg_up == 0"))]),
        [
            (
                "content.py:1: no alert tells when the targets of the scrape job 'postgres' are down, and those "
                "on 'pg_up' are silent then"
                '\n    add an alert on up{job="postgres"} == 0'
            )
        ],
    ),
    Case(
        "job/watched",
        shop(groups=[group(alert(expr="node_load1 > 3"), alert(expr='up{job="redis"} == 0'))]),
        [
            (
                "content.py:1: no alert tells when the targets of the scrape job 'node' are down, and those on "
                "'node_load1' are silent then"
                '\n    add an alert on up{job="node"} == 0'
            )
        ],
    ),
    Case(
        "job/missed",
        shop(groups=[group(alert())], scrape_jobs=[job(targets=[], discovery=[FileDiscovery(files=["node.json"])])]),
        [
            (
                "content.py:1: no alert tells when the scrape job 'node' discovers no targets: `up` is gone then"
                '\n    add an alert on absent(up{job="node"})'
            )
        ],
    ),
    Case(
        "job/missed",
        shop(
            groups=[group(alert(), alert(name="Gone", expr='absent(up{job="flask"})', for_="5m"))],
            scrape_jobs=[JOBS[1], job(targets=[], discovery=[DnsDiscovery(names=["node.example"])])],
        ),
        [
            (
                "content.py:1: no alert tells when the scrape job 'node' discovers no targets: `up` is gone then"
                '\n    add an alert on absent(up{job="node"})'
            )
        ],
    ),
]

BAD = [plain(case) for case in CASES]

GOOD = [
    Case(
        "alert/absent",
        shop(
            group(
                alert(expr="time() - backup_last_success_timestamp_seconds > 3600"),
                alert(name="Gone", expr="absent(backup_last_success_timestamp_seconds)", for_="5m"),
            )
        ),
    ),
    Case(
        "alert/absent",
        shop(
            group(
                alert(expr="backup_size_bytes < 1e6"),
                alert(name="Gone", expr='up{job="node"} == 1 unless on (instance) backup_size_bytes'),
            )
        ),
    ),
    firing("alert/absent", "node_load1 > 3"),
    drawing("alert/absent", "backup_size_bytes"),
    firing("job/watched", "pg_up == 0"),
    Case(
        "job/watched",
        shop(groups=[group(alert(expr="pg_up == 0"), alert(name="Gone", expr="absent(pg_up)", for_="5m"))]),
    ),
    Case(
        "job/missed",
        shop(
            groups=[group(alert(), alert(name="Gone", expr='absent(up{job="node"})', for_="5m"))],
            scrape_jobs=[job(targets=[], discovery=[FileDiscovery(files=["node.json"])])],
        ),
    ),
    Case("job/missed", shop(groups=[group(alert())], scrape_jobs=[job()])),
]
