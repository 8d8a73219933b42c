"""Backups: made, recent, of a likely size, and proved to be restorable.

`docs/metrics.md` fixes the metrics, which the backup job writes for node exporter's textfile collector at its end.
The collector keeps old values when the job dies, so nothing here trusts a value without its age.
"""

from functools import partial

from alerts._delays import delayed
from dojoboards import Alert, Environment, InhibitRule, RuleGroup

alert = partial(Alert, team="operations", labels={"service": "backup"}, dashboard="dojopool-infrastructure")

LAST_SUCCESS = "dojopool_backup_last_success_timestamp_seconds"
VERIFIED = "dojopool_backup_verified_timestamp_seconds"

REPORTED = (
    "dojopool_backup_last_status",
    "dojopool_backup_size_bytes",
    "dojopool_backup_available_bytes",
    VERIFIED,
    "dojopool_backup_verified_size_bytes",
    "dojopool_backup_checksum_ok",
    "dojopool_backup_restore_ok",
)
"""What the job reports of each database besides its last success; the other alerts rest on it."""


def groups(env: Environment) -> list[RuleGroup]:
    return delayed(env, RuleGroup(name="backup", rules=[*_made(env), *_good(env), *_next(env)]))


def _made(env: Environment) -> list[Alert]:
    """Failed is said by the job itself, too old also when it no longer runs, missing when not even the file is there.

    26 hours: a daily job that one day takes an hour longer must not wake anybody.
    Each database is asked for by name, as `absent()` of all is content with any.
    """
    return [
        alert(
            name="BackupFailed",
            expr="dojopool_backup_last_status == 0",
            for_="1m",
            severity="critical",
            summary="The last backup failed",
            description="The last backup of {{ $labels.database }} on {{ $labels.host }} failed.",
            panel="Backups/Last backup",
        ),
        alert(
            name="BackupTooOld",
            expr=f"time() - {LAST_SUCCESS} > {env.threshold('backup_age_max')}",
            for_="10m",
            severity="critical",
            summary="The newest backup is too old",
            description="The newest good backup of {{ $labels.database }} on {{ $labels.host }} is "
            "{{ $value | humanizeDuration }} old.",
            panel="Backups/Backup age",
        ),
        *(
            alert(
                name="BackupMissing",
                expr=f'absent({LAST_SUCCESS}{{database="{database}"}})',
                for_="30m",
                severity="critical",
                labels={"service": "backup", "database": database},
                summary="No backup of a database is known",
                description="No host reports a backup of {{ $labels.database }}: "
                "the backup job or its metrics file is gone.",
                panel="Backups/Last backup",
            )
            for database in env.setting("databases_expected")
        ),
    ]


def _good(env: Environment) -> list[Alert]:
    """A backup that nobody restored is a hope.

    Its checksum is read back, it is restored on trial, and what was verified is what was written: that is compared
    only where the newest backup is the one that was verified. Its size is judged against its own history of the week
    before, as a dump of an empty database is valid too.
    """
    corrupt = partial(alert, name="BackupCorrupt", for_="15m", severity="critical", panel="Backups/Verification")
    failed = "of the newest backup of {{ $labels.database }} on {{ $labels.host }} failed."
    summary = "The newest backup is not usable"
    size = "dojopool_backup_size_bytes"
    return [
        corrupt(
            expr="dojopool_backup_checksum_ok == 0",
            labels={"service": "backup", "check": "checksum"},
            summary=summary,
            description=f"The comparison of checksums {failed}",
        ),
        corrupt(
            expr="dojopool_backup_restore_ok == 0",
            labels={"service": "backup", "check": "restore"},
            summary=summary,
            description=f"The trial restore {failed}",
        ),
        corrupt(
            expr=f"dojopool_backup_verified_size_bytes != {size} and {VERIFIED} >= {LAST_SUCCESS}",
            labels={"service": "backup", "check": "size"},
            summary=summary,
            description="What was verified of the backup of {{ $labels.database }} on {{ $labels.host }} has "
            "{{ $value | humanize1024 }}B, which is not the size of the backup.",
        ),
        alert(
            name="BackupNotVerified",
            expr=f"time() - {VERIFIED} > {env.threshold('backup_verified_age_max')}",
            for_="10m",
            severity="warning",
            summary="Backups are not verified",
            description="No backup of {{ $labels.database }} on {{ $labels.host }} has been verified for "
            "{{ $value | humanizeDuration }}.",
            panel="Backups/Backup age",
        ),
        alert(
            name="BackupShrunk",
            expr=f"1 - {size} / avg_over_time({size}[7d] offset 1d) > {env.threshold('backup_shrink_max')}",
            for_="30m",
            severity="warning",
            summary="The newest backup is much smaller than usual",
            description="The newest backup of {{ $labels.database }} on {{ $labels.host }} is "
            "{{ $value | humanizePercentage }} smaller than those of the week before.",
            panel="Backups/Backup size",
        ),
    ]


def _next(env: Environment) -> list[Alert]:
    """What will make the next one fail, or keep us from hearing of it.

    A job that reports its success and not the rest leaves the alerts on the rest without anything to compare.
    """
    needed = f"{env.threshold('backup_space_factor')} * dojopool_backup_size_bytes"
    return [
        alert(
            name="BackupSpaceLow",
            expr=f"dojopool_backup_available_bytes < {needed}",
            for_="30m",
            severity="warning",
            summary="The next backup may not fit",
            description="Only {{ $value | humanize1024 }}B are free for backups of {{ $labels.database }} on "
            "{{ $labels.host }}.",
            panel="Backups/Backup size",
        ),
        alert(
            name="BackupMetricsUnreadable",
            expr="node_textfile_scrape_error == 1",
            for_="15m",
            severity="warning",
            summary="A metrics file cannot be read",
            description="node exporter at {{ $labels.instance }} cannot read a file of its textfile collector.",
            panel="Backups/Last backup",
        ),
        *(
            alert(
                name="BackupMetricsMissing",
                expr=f"{LAST_SUCCESS} unless on (environment, host, database) {metric}",
                for_="30m",
                severity="warning",
                labels={"service": "backup", "metric": metric},
                summary="The backup job does not report everything",
                description="The backup job of {{ $labels.database }} on {{ $labels.host }} does not report "
                f"{metric}.",
                panel="Backups/Verification",
            )
            for metric in REPORTED
        ),
    ]


inhibitions = [
    # What a host that is down reported is gone with it, its backups too; the alert on what is gone knows no host.
    InhibitRule(
        source_matchers=['alertname="HostDown"'],
        target_matchers=['alertname="BackupMissing"'],
        equal=["environment"],
    ),
    # A backup that failed will be too old and unverified soon: one message is enough.
    InhibitRule(
        source_matchers=['alertname="BackupFailed"'],
        target_matchers=['alertname=~"BackupTooOld|BackupNotVerified"'],
        equal=["environment", "host", "database"],
    ),
]
