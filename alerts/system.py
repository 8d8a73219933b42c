"""Hosts, as node exporter sees them: CPU, memory, disks, network, clock, certificates."""

from functools import partial

from alerts._delays import delayed
from alerts._expressions import (
    CPU,
    DISK,
    INODES,
    INSTANCE,
    MEMORY,
    NETWORK_ERRORS,
    REAL_FILE_SYSTEMS,
    REAL_INTERFACES,
)
from dojoboards import Alert, Environment, InhibitRule, RecordingRule, RuleGroup

alert = partial(Alert, team="operations", labels={"service": "host"}, dashboard="dojopool-infrastructure")

MOUNT = f"{INSTANCE}, mountpoint"


def groups(env: Environment) -> list[RuleGroup]:
    return delayed(
        env,
        RuleGroup(
            name="system",
            rules=[
                *_recording(),
                _host(),
                *_load(env),
                *_disks(env),
                _trend(env),
                _network(env),
                _clock(env),
                *_certificates(env),
            ],
        ),
    )


def _recording() -> list[RecordingRule]:
    """A CPU that waits for a disk is not in use; memory that caches files is available.

    What is mounted over another at one place counts once, and root's reserve is not free for anybody else (`avail`,
    not `free`). Errors are counted per packet and both ways: a bad cable or driver shows whatever the traffic.
    Interfaces are chosen once, as a sum and a ratio are only of what is on both sides.
    """
    idle = 'sum without (mode) (rate(node_cpu_seconds_total{job="node",mode=~"idle|iowait"}[5m]))'
    disk = f"{{{REAL_FILE_SYSTEMS}}}"
    errors, packets = (
        f"rate(node_network_receive_{what}_total{matchers}[5m]) + rate(node_network_transmit_{what}_total[5m])"
        for what, matchers in (("errs", ""), ("packets", f"{{{REAL_INTERFACES}}}"))
    )
    return [
        RecordingRule(record=CPU, expr=f"1 - avg by ({INSTANCE}) ({idle})"),
        RecordingRule(
            record=MEMORY,
            expr="1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes",
        ),
        RecordingRule(
            record=DISK,
            expr=f"1 - max by ({MOUNT}) (node_filesystem_avail_bytes{disk}) "
            f"/ max by ({MOUNT}) (node_filesystem_size_bytes{disk} > 0)",
        ),
        RecordingRule(
            record=INODES,
            expr=f"1 - max by ({MOUNT}) (node_filesystem_files_free{disk}) "
            f"/ max by ({MOUNT}) (node_filesystem_files{disk} > 0)",
        ),
        RecordingRule(record=NETWORK_ERRORS, expr=f"({errors}) / ({packets})"),
    ]


def _host() -> Alert:
    """Node exporter runs on every host; where everything on it is silent, the host or its network is gone.

    Where only node exporter is, a database that is down beside it must not be silenced: that is `ExporterDown`.
    """
    return alert(
        name="HostDown",
        expr='max by (environment, host) (up) == 0 and on (environment, host) up{job="node"}',
        for_="3m",
        severity="critical",
        summary="A host is down",
        description="Nothing on {{ $labels.host }} has answered Prometheus for 3 minutes.",
        panel="Hosts/Hosts up",
    )


def _load(env: Environment) -> list[Alert]:
    """Busy is no outage: it has to last, and calls nobody at night."""
    return [
        alert(
            name="CpuHigh",
            expr=f"{CPU} > {env.threshold('cpu_high')}",
            for_="15m",
            severity="warning",
            summary="A host's CPU is busy",
            description="{{ $labels.host }} has used {{ $value | humanizePercentage }} of its CPU for 15 minutes.",
            panel="Hosts/CPU",
        ),
        alert(
            name="MemoryHigh",
            expr=f"{MEMORY} > {env.threshold('memory_high')}",
            for_="10m",
            severity="warning",
            summary="A host is short of memory",
            description="{{ $labels.host }} uses {{ $value | humanizePercentage }} of its memory.",
            panel="Hosts/Memory",
        ),
    ]


def _disks(env: Environment) -> list[Alert]:
    """A full disk stops everything on it, the database first. One that went read-only has an error underneath.

    What has been read-only all day is meant to be.
    """
    low = partial(
        alert,
        name="DiskSpaceLow",
        summary="A disk is filling up",
        description="{{ $labels.mountpoint }} of {{ $labels.host }} is {{ $value | humanizePercentage }} full.",
        panel="Disks/Disk space",
    )
    read_only = f"node_filesystem_readonly{{{REAL_FILE_SYSTEMS}}}"
    return [
        low(expr=f"{DISK} > {env.threshold('disk_critical')}", for_="5m", severity="critical"),
        low(expr=f"{DISK} > {env.threshold('disk_warning')}", for_="30m", severity="warning"),
        alert(
            name="DiskInodesLow",
            expr=f"{INODES} > {env.threshold('inodes_high')}",
            for_="30m",
            severity="warning",
            summary="A disk is running out of inodes",
            description="{{ $labels.mountpoint }} of {{ $labels.host }} has used {{ $value | humanizePercentage }} "
            "of its inodes.",
            panel="Disks/Inodes",
        ),
        alert(
            name="DiskReadOnly",
            expr=f"max by ({MOUNT}) ({read_only}) == 1 and min by ({MOUNT}) (min_over_time({read_only}[1d])) == 0",
            for_="5m",
            severity="critical",
            summary="A disk has become read-only",
            description="{{ $labels.mountpoint }} of {{ $labels.host }} could be written to within the last day "
            "and no longer can.",
            panel="Disks/Disk space",
        ),
    ]


def _trend(env: Environment) -> Alert:
    """The straight line through six hours, drawn a day ahead; a half-empty disk is left in peace."""
    ahead = f"predict_linear(node_filesystem_avail_bytes{{{REAL_FILE_SYSTEMS}}}[6h], 24 * 3600)"
    return alert(
        name="DiskWillFillSoon",
        expr=f"max by ({MOUNT}) ({ahead}) < 0 and {DISK} > {env.threshold('disk_trend_from')}",
        for_="1h",
        severity="warning",
        summary="A disk will be full within a day",
        description="At the pace of the last 6 hours, {{ $labels.mountpoint }} of {{ $labels.host }} "
        "will be full within 24 hours.",
        panel="Disks/Free in a day",
    )


def _network(env: Environment) -> Alert:
    return alert(
        name="NetworkErrors",
        expr=f"{NETWORK_ERRORS} > {env.threshold('network_errors_high')}",
        for_="15m",
        severity="warning",
        summary="A network interface has errors",
        description="{{ $value | humanizePercentage }} of the packets on {{ $labels.device }} of "
        "{{ $labels.host }} have errors.",
        panel="Network/Network errors",
    )


def _clock(env: Environment) -> Alert:
    """Sessions, certificates and this monitoring's own `time() - x` need clocks that agree.

    Without synchronisation the kernel knows no offset, but its estimate of the error grows to 16 seconds.
    """
    limit = env.threshold("clock_skew_max")
    return alert(
        name="ClockSkewed",
        expr=f"abs(node_timex_offset_seconds) > {limit} or node_timex_sync_status == 0 and "
        "node_timex_maxerror_seconds >= 16",
        for_="10m",
        severity="warning",
        summary="A host's clock is off",
        description="The clock of {{ $labels.host }} is off or not synchronised.",
        panel="Hosts/Clock offset",
    )


def _certificates(env: Environment) -> list[Alert]:
    """Renewal is automatic and has failed for days when this fires; the critical one is the last call.

    Whatever renews them reports them; where nothing does, a certificate would expire in silence.
    """
    left = "dojopool_certificate_not_after_timestamp_seconds - time()"
    expiring = partial(
        alert,
        name="CertificateExpiring",
        for_="1h",
        summary="A certificate expires soon",
        description="The certificate {{ $labels.name }} on {{ $labels.host }} expires in "
        "{{ $value | humanizeDuration }}.",
        panel="Hosts/Certificates",
    )
    return [
        expiring(expr=f"{left} < {env.threshold('certificate_critical')}", severity="critical"),
        expiring(expr=f"{left} < {env.threshold('certificate_warning')}", severity="warning"),
        alert(
            name="CertificatesUnknown",
            expr="absent(dojopool_certificate_not_after_timestamp_seconds)",
            for_="1h",
            severity="warning",
            summary="No certificate is watched",
            description="No host reports when its certificates expire.",
            panel="Hosts/Certificates",
        ),
    ]


inhibitions = [
    # What runs on a host that is down is down too. The label `host` comes from the target's address, see scrape.py.
    InhibitRule(
        source_matchers=['alertname="HostDown"'],
        target_matchers=['alertname!="HostDown"', 'host!=""'],
        equal=["environment", "host"],
    )
]
