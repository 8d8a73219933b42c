"""Containers, as cAdvisor sees them.

A container that is made anew has another `id`, so everything is aggregated to its name.
"""

from functools import partial

from alerts._delays import delayed
from alerts._expressions import CONTAINER_MEMORY, CONTAINER_RESTARTS, CONTAINER_THROTTLED
from dojoboards import Alert, Environment, InhibitRule, RecordingRule, RuleGroup

alert = partial(Alert, team="operations", labels={"service": "container"}, dashboard="dojopool-infrastructure")

BY = "by (environment, host, name)"


def groups(env: Environment) -> list[RuleGroup]:
    return delayed(
        env, RuleGroup(name="container", rules=[*_recording(), *_health(env), *_missing(env), *_limits(env)])
    )


def _recording() -> list[RecordingRule]:
    """A limit of 0 is none; a container without limits has no share of them.

    cAdvisor counts no restarts, but each one changes the time of start. What has no name is no container; it is left
    out on one side of a ratio, and so meets nothing on the other.
    """
    named = 'name!=""'
    started = f"max {BY} (container_start_time_seconds{{{named}}})"
    periods = "container_cpu_cfs{}_periods_total"
    return [
        RecordingRule(
            record=CONTAINER_MEMORY,
            expr=f"max {BY} (container_memory_working_set_bytes{{{named}}}) "
            f"/ max {BY} (container_spec_memory_limit_bytes > 0)",
        ),
        RecordingRule(
            record=CONTAINER_THROTTLED,
            expr=f"sum {BY} (rate({periods.format('_throttled')}{{{named}}}[5m])) "
            f"/ sum {BY} (rate({periods.format('')}[5m]))",
        ),
        RecordingRule(record=CONTAINER_RESTARTS, expr=f"changes({started}[1h:1m])"),
    ]


def _health(env: Environment) -> list[Alert]:
    """A crash loop between two scrapes still shows in the time of start; a single restart does not alert.

    Older versions of cAdvisor say 0 also for a container without a health check, so it must have been healthy once.
    """
    state = "container_health_state"
    return [
        alert(
            name="ContainerRestarting",
            expr=f"{CONTAINER_RESTARTS} > {env.threshold('container_restarts_max')}",
            for_="1m",
            severity="warning",
            summary="A container restarts again and again",
            description="{{ $labels.name }} on {{ $labels.host }} restarted {{ $value }} times in an hour.",
            panel="Containers/Restarts",
        ),
        alert(
            name="ContainerUnhealthy",
            expr=f'max {BY} ({state}{{name!=""}}) == 0 and max {BY} (max_over_time({state}[1d])) == 1',
            for_="5m",
            severity="warning",
            summary="A container is unhealthy",
            description="The health check of {{ $labels.name }} on {{ $labels.host }} fails.",
            panel="Containers/Health",
        ),
    ]


def _missing(env: Environment) -> list[Alert]:
    """A container that is gone has no series left to compare, so each expected one is asked for by name.

    Only while some cAdvisor answers: otherwise nothing is known about containers, and that alerts elsewhere.
    """
    return [
        alert(
            name="ContainerMissing",
            expr=f'absent(container_last_seen{{name="{name}"}}) and on () up{{job="cadvisor"}} == 1',
            for_="5m",
            severity="warning",
            labels={"service": "container", "name": name},
            summary="A container does not run",
            description="No host runs the container {{ $labels.name }}.",
            panel="Containers/Health",
        )
        for name in env.setting("containers_expected")
    ]


def _limits(env: Environment) -> list[Alert]:
    """At its memory limit a container is killed; at its CPU limit it is held back, which players feel as latency."""
    return [
        alert(
            name="ContainerMemoryHigh",
            expr=f"{CONTAINER_MEMORY} > {env.threshold('container_memory_high')}",
            for_="10m",
            severity="warning",
            summary="A container is near its memory limit",
            description="{{ $labels.name }} on {{ $labels.host }} uses {{ $value | humanizePercentage }} "
            "of its memory limit.",
            panel="Containers/Memory of limit",
        ),
        alert(
            name="ContainerThrottled",
            expr=f"{CONTAINER_THROTTLED} > {env.threshold('container_throttled_high')}",
            for_="15m",
            severity="warning",
            summary="A container is held back by its CPU limit",
            description="{{ $labels.name }} on {{ $labels.host }} is throttled in {{ $value | humanizePercentage }} "
            "of its scheduling periods.",
            panel="Containers/Throttling",
        ),
    ]


inhibitions = [
    # Containers that nobody looks at are not missing. The alert on what is gone knows no host.
    InhibitRule(
        source_matchers=['alertname="HostDown"'],
        target_matchers=['alertname="ContainerMissing"'],
        equal=["environment"],
    ),
    InhibitRule(
        source_matchers=['alertname="ExporterDown"', 'job="cadvisor"'],
        target_matchers=['alertname="ContainerMissing"'],
        equal=["environment"],
    ),
]
