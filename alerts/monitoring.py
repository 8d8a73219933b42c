"""Whether the monitoring itself works: targets, Prometheus, Alertmanager, and a dead man's switch."""

from functools import partial

from alerts._delays import delayed
from alerts._expressions import APPLICATION, INSTANCE, JOBS, PROMETHEUS_STORAGE
from dojoboards import Alert, Environment, Receiver, RecordingRule, Route, RuleGroup, Secret, Webhook

alert = partial(Alert, team="operations", labels={"service": "monitoring"}, dashboard="dojopool-infrastructure")

WATCHDOG = "Watchdog"


def groups(env: Environment) -> list[RuleGroup]:
    return delayed(
        env,
        RuleGroup(name="watchdog", rules=[_watchdog()]),
        RuleGroup(name="targets", rules=_targets()),
        RuleGroup(name="monitoring", rules=[_recording(), *_prometheus(env), *_alertmanager(env)]),
    )


def _watchdog() -> Alert:
    """Always fires, so that a service outside notices when it no longer arrives: then nothing else would either."""
    return alert(
        name=WATCHDOG,
        expr="vector(1)",
        severity="none",
        summary="Alerting works",
        description="This alert always fires. Where it stays away, nothing else would arrive either.",
        panel="Monitoring/Notifications",
    )


def _targets() -> list[Alert]:
    """An alert on a target that no longer exists compares nothing and stays silent for ever.

    So each job is missed by name, whoever declares it. An exporter that does not answer is worth a look by day:
    what it watches may be well, but is not watched. The application has an alert of its own.
    """
    missing = [
        alert(
            name="TargetMissing",
            expr=f'absent(up{{job="{job}"}})',
            for_="10m",
            severity="critical",
            labels={"service": "monitoring", "job": job},
            summary="A scrape job has no targets",
            description="Prometheus knows no target of the job {{ $labels.job }}: what it watches is not watched.",
            panel="Monitoring/Targets up",
        )
        for job in JOBS
    ]
    return [
        *missing,
        alert(
            name="ExporterDown",
            expr=f'up{{job!="{APPLICATION}"}} == 0',
            for_="5m",
            severity="warning",
            summary="A target does not answer",
            description="{{ $labels.instance }} of the job {{ $labels.job }} does not answer Prometheus.",
            panel="Monitoring/Targets up",
        ),
    ]


def _recording() -> RecordingRule:
    """What Prometheus keeps on disk: its blocks and the write-ahead log."""
    return RecordingRule(
        record=PROMETHEUS_STORAGE,
        expr="prometheus_tsdb_storage_blocks_bytes + prometheus_tsdb_wal_storage_size_bytes",
    )


def _prometheus(env: Environment) -> list[Alert]:
    """A rule that fails never fires; a refused configuration is yesterday's; a dropped notification reaches nobody."""
    return [
        alert(
            name="PrometheusRuleFailures",
            expr="increase(prometheus_rule_evaluation_failures_total[5m]) > 0",
            for_="5m",
            severity="critical",
            summary="Alert rules cannot be evaluated",
            description="Rules of {{ $labels.rule_group }} failed {{ $value | humanize }} times in 5 minutes "
            "in Prometheus at {{ $labels.instance }}.",
            panel="Monitoring/Rule failures",
        ),
        alert(
            name="PrometheusReloadFailed",
            expr="prometheus_config_last_reload_successful == 0",
            for_="10m",
            severity="warning",
            summary="Prometheus refuses its configuration",
            description="Prometheus at {{ $labels.instance }} still runs its former configuration.",
            panel="Monitoring/Configuration",
        ),
        alert(
            name="PrometheusNotificationsDropped",
            expr="increase(prometheus_notifications_dropped_total[5m]) > 0",
            for_="5m",
            severity="critical",
            summary="Prometheus drops notifications",
            description="Prometheus at {{ $labels.instance }} dropped {{ $value | humanize }} alerts in 5 minutes "
            "that it should have sent to Alertmanager.",
            panel="Monitoring/Notifications",
        ),
        alert(
            name="PrometheusStorageFilling",
            expr=f"{PROMETHEUS_STORAGE} > {env.threshold('prometheus_storage_max')}",
            for_="1h",
            severity="warning",
            summary="Prometheus needs more space than it should",
            description="The data of Prometheus at {{ $labels.instance }} take {{ $value | humanize1024 }}B.",
            panel="Monitoring/Prometheus storage",
        ),
    ]


def _alertmanager(env: Environment) -> list[Alert]:
    """One receiver that fails is told by the others.

    Alertmanager counts a failure when it has given up trying again. Notifications are rare, so the window is long.
    """
    by = f"sum by ({INSTANCE}, integration)"
    failed = f"{by} (rate(alertmanager_notifications_failed_total[15m]))"
    share = f"{failed} / {by} (rate(alertmanager_notifications_total[15m]))"
    return [
        alert(
            name="AlertmanagerNotificationsFailing",
            expr=f"{share} > {env.threshold('notification_failures_max')}",
            for_="5m",
            severity="critical",
            summary="Notifications cannot be delivered",
            description="{{ $value | humanizePercentage }} of the notifications by {{ $labels.integration }} from "
            "{{ $labels.instance }} fail.",
            panel="Monitoring/Notifications",
        ),
        alert(
            name="AlertmanagerReloadFailed",
            expr="alertmanager_config_last_reload_successful == 0",
            for_="10m",
            severity="warning",
            summary="Alertmanager refuses its configuration",
            description="Alertmanager at {{ $labels.instance }} still runs its former configuration.",
            panel="Monitoring/Configuration",
        ),
    ]


def receivers(env: Environment) -> list[Receiver]:
    """The dead man's switch: a service that calls us when the webhook stays away."""
    stand_in = env.setting("notification_stand_in")
    url = f"{stand_in}/alive" if stand_in else Secret("dead_mans_switch_url")
    return [Receiver(name="dead-mans-switch", webhook=[Webhook(url=url, send_resolved=False)])]


def routes(_env: Environment) -> list[Route]:
    """First of all routes and without going on, so that it never reaches Slack or mail.

    Every minute: with a full minute to repeat, every second turn would come a moment too early and say nothing.
    """
    return [
        Route(
            receiver="dead-mans-switch",
            matchers=[f'alertname="{WATCHDOG}"'],
            group_wait="0s",
            group_interval="1m",
            repeat_interval="50s",
            priority=-10,
        )
    ]
