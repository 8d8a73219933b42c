"""Infrastructure: utilisation, saturation, errors (USE) of hosts, disks, network, containers; backups; monitoring."""

from grafanalib.core import Annotations, Templating, Time
from grafanalib.core import Dashboard as Board

from alerts._expressions import (
    CONTAINER_MEMORY,
    CONTAINER_RESTARTS,
    CONTAINER_THROTTLED,
    CPU,
    DISK,
    INODES,
    MEMORY,
    NETWORK_ERRORS,
    PROMETHEUS_STORAGE,
    REAL_FILE_SYSTEMS,
    REAL_INTERFACES,
)
from dashboards._common import ENVIRONMENT, INFRASTRUCTURE, OK_OR_FAILED, UP_OR_DOWN, E, annotations, runbooks
from dojoboards import Dashboard, Environment, Row, variables
from dojoboards.panels import bargauge, query, stat, state_timeline, timeseries

H = f'{E},host=~"$host"'
R = "[$__rate_interval]"

HOST = variables.query("host", f'label_values(up{{job="node",{E}}}, host)', label="Host")


def dashboard(env: Environment) -> Dashboard:
    return Dashboard(
        Board(
            title="DojoPool / Infrastructure",
            uid=INFRASTRUCTURE,
            description="How full and how well hosts, disks, network and containers are; backups; monitoring itself.",
            tags=["infrastructure"],
            panels=[
                _hosts(env),
                _disks(env),
                _network(env),
                _containers(env),
                _backups(env),
                _monitoring(env),
            ],
            templating=Templating(list=[ENVIRONMENT, HOST]),
            annotations=Annotations(list=annotations()),
            time=Time("now-6h", "now"),
            refresh="1m",
            sharedCrosshair=True,
            timezone="browser",
        ),
        folder="dojopool-machines",
    )


def _hosts(env: Environment) -> Row:
    cores = f'count by (host, instance) (node_cpu_seconds_total{{{H},mode="idle"}})'
    return Row(
        "Hosts",
        state_timeline(
            "Hosts up",
            query(
                f'max by (environment, host) (up{{{H}}}) and on (environment, host) up{{job="node",{H}}}', "{{host}}"
            ),
            description="Whether anything on each host answers.",
            unit="none",
            mappings=UP_OR_DOWN,
            links=runbooks(env, "HostDown"),
            width=6,
        ),
        timeseries(
            "CPU",
            query(f"{CPU}{{{H}}}", "{{host}}"),
            description="Share of CPU time in use. The line is where the alert begins, after 15 minutes.",
            unit="percentunit",
            min=0,
            max=1,
            thresholds=[env.threshold("cpu_high", "orange")],
            links=runbooks(env, "CpuHigh"),
            width=6,
        ),
        timeseries(
            "Load per core",
            query(f"max by (host, instance) (node_load5{{{H}}}) / {cores}", "{{host}}"),
            description="Processes that run or wait, per core, over five minutes. Above 1 some wait.",
            unit="none",
            decimals=2,
            min=0,
            width=6,
        ),
        timeseries(
            "Memory",
            query(f"{MEMORY}{{{H}}}", "{{host}}"),
            description="Share of memory that is not available for new work. The line is where the alert begins.",
            unit="percentunit",
            min=0,
            max=1,
            thresholds=[env.threshold("memory_high", "orange")],
            links=runbooks(env, "MemoryHigh"),
            width=6,
        ),
        timeseries(
            "Swapping",
            query(
                f"rate(node_vmstat_pswpin{{{H}}}{R}) + rate(node_vmstat_pswpout{{{H}}}{R})",
                "{{host}}",
            ),
            description="Pages per second to and from swap: where memory is short, this is what makes a host slow.",
            unit="ops",
            min=0,
            width=6,
        ),
        timeseries(
            "Clock offset",
            query(f"abs(node_timex_offset_seconds{{{H}}})", "{{host}}"),
            description="How far each clock is off, either way. The line is where the alert begins. "
            "0 may also mean that nothing keeps the clock.",
            unit="s",
            min=0,
            thresholds=[env.threshold("clock_skew_max", "orange")],
            links=runbooks(env, "ClockSkewed"),
            width=6,
        ),
        bargauge(
            "Certificates",
            query(
                f"min by (host, name) (dojopool_certificate_not_after_timestamp_seconds{{{H}}}) - time()",
                "{{name}} {{host}}",
                instant=True,
            ),
            description="Time until each certificate expires; red and orange from where the alerts begin.",
            unit="s",
            min=0,
            no_value="none reported",
            base_color="red",
            thresholds=[env.threshold("certificate_critical", "orange"), env.threshold("certificate_warning", "green")],
            links=runbooks(env, "CertificateExpiring", "CertificatesUnknown"),
            width=6,
        ),
        stat(
            "Uptime",
            query(f"time() - max by (host) (node_boot_time_seconds{{{H}}})", "{{host}}", instant=True),
            description="Time since each host started.",
            unit="s",
            color="blue",
            text_mode="value_and_name",
            width=6,
        ),
        height=7,
    )


def _disks(env: Environment) -> Row:
    return Row(
        "Disks",
        timeseries(
            "Disk space",
            query(f"{DISK}{{{H}}}", "{{host}} {{mountpoint}}"),
            description="Share of each file system in use. The lines are where alerts begin.",
            unit="percentunit",
            min=0,
            max=1,
            thresholds=[env.threshold("disk_warning", "orange"), env.threshold("disk_critical")],
            links=runbooks(env, "DiskSpaceLow", "DiskWillFillSoon", "DiskReadOnly"),
        ),
        timeseries(
            "Free in a day",
            query(
                f"max by (host, mountpoint) "
                f"(predict_linear(node_filesystem_avail_bytes{{{H},{REAL_FILE_SYSTEMS}}}[6h], 24 * 3600))",
                "{{host}} {{mountpoint}}",
            ),
            description="What will be free in 24 hours at the pace of the last six. Below 0 the disk will be full.",
            unit="bytes",
            thresholds=[(0, "green")],
            base_color="red",
            threshold_style="line",
            links=runbooks(env, "DiskWillFillSoon"),
        ),
        timeseries(
            "Disk time",
            query(f"max by (host, device) (rate(node_disk_io_time_seconds_total{{{H}}}{R}))", "{{host}} {{device}}"),
            description="Share of time in which each disk was busy.",
            unit="percentunit",
            min=0,
            max=1,
        ),
        timeseries(
            "Inodes",
            query(f"{INODES}{{{H}}}", "{{host}} {{mountpoint}}"),
            description="Share of each file system's inodes in use. The line is where the alert begins.",
            unit="percentunit",
            min=0,
            max=1,
            thresholds=[env.threshold("inodes_high", "orange")],
            links=runbooks(env, "DiskInodesLow"),
        ),
        height=7,
    )


def _network(env: Environment) -> Row:
    devices = f"{H},{REAL_INTERFACES}"
    received, sent = (
        f"sum by (host) (rate(node_network_{way}_bytes_total{{{devices}}}{R})) * 8" for way in ("receive", "transmit")
    )
    dropped = " + ".join(
        f"sum by (host) (rate(node_network_{way}_drop_total{{{devices}}}{R}))" for way in ("receive", "transmit")
    )
    return Row(
        "Network",
        timeseries(
            "Traffic in",
            query(received, "{{host}}"),
            description="What each host receives.",
            unit="bps",
            min=0,
        ),
        timeseries(
            "Traffic out",
            query(sent, "{{host}}"),
            description="What each host sends.",
            unit="bps",
            min=0,
        ),
        timeseries(
            "Network errors",
            query(f"{NETWORK_ERRORS}{{{H}}}", "{{host}} {{device}}"),
            description="Share of packets with errors. The line is where the alert begins.",
            unit="percentunit",
            min=0,
            thresholds=[env.threshold("network_errors_high", "orange")],
            links=runbooks(env, "NetworkErrors"),
        ),
        timeseries(
            "Dropped packets",
            query(dropped, "{{host}}"),
            description="Packets per second for which there was no room.",
            unit="pps",
            min=0,
        ),
        height=7,
    )


def _containers(env: Environment) -> Row:
    named = f'{H},name!=""'
    traffic = " + ".join(
        f"sum by (host, name) (rate(container_network_{way}_bytes_total{{{named}}}{R}))"
        for way in ("receive", "transmit")
    )
    return Row(
        "Containers",
        state_timeline(
            "Health",
            query(f"max by (host, name) (container_health_state{{{named}}}) >= 0", "{{name}} {{host}}"),
            description="What each container's health check says. A gap means that the container does not run.",
            unit="none",
            mappings=[
                {
                    "type": "value",
                    "options": {
                        "0": {"text": "unhealthy", "color": "red", "index": 0},
                        "1": {"text": "healthy", "color": "green", "index": 1},
                    },
                }
            ],
            links=runbooks(env, "ContainerUnhealthy", "ContainerMissing"),
            width=12,
        ),
        timeseries(
            "Container CPU",
            query(f"sum by (host, name) (rate(container_cpu_usage_seconds_total{{{named}}}{R}))", "{{name}} {{host}}"),
            description="Cores in use.",
            unit="suffix: cores",
            decimals=2,
            min=0,
            width=6,
        ),
        timeseries(
            "Container memory",
            query(f"max by (host, name) (container_memory_working_set_bytes{{{named}}})", "{{name}} {{host}}"),
            description="Memory that cannot be given back: what the kernel counts against the limit.",
            unit="bytes",
            min=0,
            width=6,
        ),
        timeseries(
            "Memory of limit",
            query(f"{CONTAINER_MEMORY}{{{H}}}", "{{name}} {{host}}"),
            description="Share of the memory limit, where there is one. At 100 % the container is killed. "
            "The line is where the alert begins.",
            unit="percentunit",
            min=0,
            max=1,
            no_value="no limits",
            thresholds=[env.threshold("container_memory_high", "orange")],
            links=runbooks(env, "ContainerMemoryHigh"),
            width=6,
        ),
        timeseries(
            "Throttling",
            query(f"{CONTAINER_THROTTLED}{{{H}}}", "{{name}} {{host}}"),
            description="Share of scheduling periods in which the CPU limit held a container back. "
            "The line is where the alert begins.",
            unit="percentunit",
            min=0,
            max=1,
            no_value="no limits",
            thresholds=[env.threshold("container_throttled_high", "orange")],
            links=runbooks(env, "ContainerThrottled"),
            width=6,
        ),
        timeseries(
            "Restarts",
            query(f"{CONTAINER_RESTARTS}{{{H}}}", "{{name}} {{host}}"),
            description="Restarts within an hour. The line is where the alert begins.",
            unit="short",
            min=0,
            thresholds=[env.threshold("container_restarts_max", "orange")],
            links=runbooks(env, "ContainerRestarting"),
            width=6,
        ),
        timeseries(
            "Container traffic",
            query(traffic, "{{name}} {{host}}"),
            description="What each container receives and sends.",
            unit="Bps",
            min=0,
            width=6,
        ),
        height=7,
    )


def _backups(env: Environment) -> Row:
    factor = env.threshold("backup_space_factor")
    return Row(
        "Backups",
        state_timeline(
            "Last backup",
            query(f"dojopool_backup_last_status{{{H}}}", "{{database}} {{host}}"),
            description="Whether the last backup succeeded.",
            unit="none",
            mappings=OK_OR_FAILED,
            no_value="no backup is known",
            links=runbooks(env, "BackupFailed", "BackupMissing", "BackupMetricsUnreadable"),
        ),
        timeseries(
            "Backup age",
            query(f"time() - dojopool_backup_last_success_timestamp_seconds{{{H}}}", "{{database}} made"),
            query(f"time() - dojopool_backup_verified_timestamp_seconds{{{H}}}", "{{database}} verified"),
            description="Age of the newest good backup and of the newest verified one. "
            "The lower line is where the alert on the first begins, the upper one that on the second.",
            unit="s",
            min=0,
            thresholds=[env.threshold("backup_age_max"), env.threshold("backup_verified_age_max", "orange")],
            links=runbooks(env, "BackupTooOld", "BackupNotVerified"),
        ),
        timeseries(
            "Backup size",
            query(f"dojopool_backup_size_bytes{{{H}}}", "{{database}} size"),
            query(f"dojopool_backup_available_bytes{{{H}}}", "{{database}} free"),
            query(f"{factor} * dojopool_backup_size_bytes{{{H}}}", "{{database}} needed for the next"),
            description="Size of the newest backup, and whether the next one will fit.",
            unit="bytes",
            min=0,
            log_base=2,
            links=runbooks(env, "BackupShrunk", "BackupSpaceLow"),
        ),
        state_timeline(
            "Verification",
            query(f"dojopool_backup_checksum_ok{{{H}}}", "{{database}} checksum"),
            query(f"dojopool_backup_restore_ok{{{H}}}", "{{database}} restore"),
            query(
                f"(dojopool_backup_verified_size_bytes{{{H}}} == bool dojopool_backup_size_bytes{{{H}}}) "
                f"and dojopool_backup_verified_timestamp_seconds{{{H}}} "
                f">= dojopool_backup_last_success_timestamp_seconds{{{H}}}",
                "{{database}} size",
            ),
            description="Whether the newest backup has the right checksum, can be restored, and was verified in full. "
            "A gap means that the newest one has not been verified.",
            unit="none",
            mappings=OK_OR_FAILED,
            no_value="no backup is known",
            links=runbooks(env, "BackupCorrupt", "BackupMetricsMissing"),
        ),
        timeseries(
            "Backup duration",
            query(f"dojopool_backup_duration_seconds{{{H}}}", "{{database}}"),
            description="How long the last backup took. A steady rise is growth, a jump is a lock or a slow disk.",
            unit="s",
            min=0,
        ),
        height=7,
    )


def _monitoring(env: Environment) -> Row:
    # Alertmanager counts for every integration that it knows; shown are those that are in use.
    in_use = f"and sum by (integration) (alertmanager_notifications_total{{{E}}}) > 0"
    sent = f"sum by (integration) (rate(alertmanager_notifications_total{{{E}}}{R})) {in_use}"
    failed = f"sum by (integration) (rate(alertmanager_notifications_failed_total{{{E}}}{R})) {in_use}"
    dropped = f"sum(rate(prometheus_notifications_dropped_total{{{E}}}{R}))"
    return Row(
        "Monitoring",
        state_timeline(
            "Targets up",
            query(f"up{{{E}}}", "{{job}} {{instance}}"),
            description="Whether each target answers Prometheus. One that is missing here is not even tried.",
            unit="none",
            mappings=UP_OR_DOWN,
            links=runbooks(env, "TargetMissing", "ExporterDown"),
            width=12,
            height=10,
        ),
        timeseries(
            "Scrape duration",
            query(f"max by (job) (scrape_duration_seconds{{{E}}})", "{{job}}"),
            description="How long the slowest target of each job takes to answer.",
            unit="s",
            min=0,
            width=6,
            height=10,
        ),
        timeseries(
            "Rule failures",
            query(
                f"sum by (instance, rule_group) (increase(prometheus_rule_evaluation_failures_total{{{E}}}[5m])) > 0",
                "{{rule_group}}",
            ),
            description="Rules that could not be evaluated, in five minutes. A rule that fails never fires.",
            unit="short",
            min=0,
            no_value="none",
            links=runbooks(env, "PrometheusRuleFailures"),
            width=6,
            height=10,
        ),
        timeseries(
            "Notifications",
            query(sent, "{{integration}} sent"),
            query(failed, "{{integration}} failed"),
            query(dropped, "dropped by Prometheus"),
            description="Notifications per second, those that failed, and alerts that never reached Alertmanager.",
            unit="ops",
            min=0,
            links=runbooks(env, "AlertmanagerNotificationsFailing", "PrometheusNotificationsDropped", "Watchdog"),
            width=12,
        ),
        timeseries(
            "Prometheus storage",
            query(f"{PROMETHEUS_STORAGE}{{{E}}}", "{{instance}}"),
            description="What Prometheus' data take on disk. The line is where the alert begins.",
            unit="bytes",
            min=0,
            thresholds=[env.threshold("prometheus_storage_max", "orange")],
            links=runbooks(env, "PrometheusStorageFilling"),
            width=6,
        ),
        timeseries(
            "Series",
            query(f"prometheus_tsdb_head_series{{{E}}}", "{{instance}}"),
            description="Series that Prometheus holds in memory. A jump is a label with too many values.",
            unit="short",
            min=0,
            width=6,
        ),
        state_timeline(
            "Configuration",
            query(f"prometheus_config_last_reload_successful{{{E}}}", "Prometheus {{instance}}"),
            query(f"alertmanager_config_last_reload_successful{{{E}}}", "Alertmanager {{instance}}"),
            description="Whether the last configuration was accepted. While it is not, the former one runs.",
            unit="none",
            mappings=OK_OR_FAILED,
            links=runbooks(env, "PrometheusReloadFailed", "AlertmanagerReloadFailed"),
            width=12,
        ),
        timeseries(
            "Samples per scrape",
            query(f"min by (job) (scrape_samples_scraped{{{E}}})", "{{job}}"),
            description="Values that the least talkative target of each job reports. "
            "A fall is a target that no longer says everything.",
            unit="short",
            min=0,
            links=runbooks(env, "ApplicationMetricsMissing"),
            width=12,
        ),
        height=7,
    )
