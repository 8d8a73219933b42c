"""PostgreSQL and Redis, as their exporters see them and as the application does."""

from functools import partial

from alerts._delays import delayed
from alerts._expressions import (
    APPLICATION,
    DATABASE_CONNECTIONS,
    DATABASE_TRANSACTION,
    INSTANCE,
    OUR_DATABASES,
    REDIS_MEMORY,
    REPLICATION_LAG,
)
from dojoboards import Alert, Environment, InhibitRule, RecordingRule, RuleGroup

database = partial(Alert, team="operations", labels={"service": "database"}, dashboard="dojopool-application")
cache = partial(Alert, team="operations", labels={"service": "cache"}, dashboard="dojopool-application")


def groups(env: Environment) -> list[RuleGroup]:
    return delayed(
        env,
        RuleGroup(
            name="database",
            rules=[*_recording(), *_connection(env), *_connections(env), *_work(env), *_replication(env)],
        ),
        RuleGroup(name="cache", rules=[_cache_recording(), *_cache_connection(), *_cache(env)]),
    )


def _recording() -> list[RecordingRule]:
    """The limit has a label of its own (`server`), so both sides are brought to those of the target.

    A dump is one long transaction by design and is left out. Only a replica has a lag.
    """
    return [
        RecordingRule(
            record=DATABASE_CONNECTIONS,
            expr=f"sum by ({INSTANCE}) (pg_stat_database_numbackends) / on ({INSTANCE}) pg_settings_max_connections",
        ),
        RecordingRule(
            record=DATABASE_TRANSACTION,
            expr=f"max by ({INSTANCE}, datname) "
            f'(pg_stat_activity_max_tx_duration{{{OUR_DATABASES},application_name!="pg_dump"}})',
        ),
        RecordingRule(
            record=REPLICATION_LAG,
            expr="pg_replication_lag_seconds and pg_replication_is_replica == 1",
        ),
    ]


def _cache_recording() -> RecordingRule:
    """Redis says 0 where it has no memory limit: there is no share of nothing."""
    return RecordingRule(
        record=REDIS_MEMORY,
        expr="redis_memory_used_bytes / (redis_memory_max_bytes > 0)",
    )


def _connection(env: Environment) -> list[Alert]:
    """The exporter's view tells whether PostgreSQL runs, the application's whether it can be used from there.

    Network, credentials and an exhausted pool only show in the second. Single errors are a restart; a series is not.
    The errors of an outage that was told as such stay in the window when it is over, and must not be told then.
    """
    errors = f'increase(dojopool_database_connection_errors_total{{job="{APPLICATION}"}}[5m])'
    unreachable = 'present_over_time(ALERTS{alertname="ApplicationDatabaseUnreachable",alertstate="firing"}[5m])'
    return [
        database(
            name="DatabaseDown",
            expr='pg_up{job="postgres"} == 0',
            for_="1m",
            severity="critical",
            summary="PostgreSQL is down",
            description="The exporter at {{ $labels.instance }} cannot connect to its PostgreSQL.",
            panel="Database/Connection status",
        ),
        database(
            name="ApplicationDatabaseUnreachable",
            expr=f'dojopool_database_up{{job="{APPLICATION}"}} == 0',
            for_="1m",
            severity="critical",
            summary="DojoPool cannot reach its database",
            description="{{ $labels.instance }} of {{ $labels.job }} has no connection to PostgreSQL.",
            panel="Database/Connection status",
        ),
        database(
            name="DatabaseConnectionErrors",
            expr=f"{errors} > {env.threshold('database_connection_errors_max')} "
            f"unless on (environment, instance) {unreachable}",
            for_="2m",
            severity="critical",
            summary="Connections to the database fail",
            description="{{ $labels.instance }} failed to connect to PostgreSQL {{ $value | humanize }} times "
            "in 5 minutes.",
            panel="Database/Connection errors",
        ),
    ]


def _connections(env: Environment) -> list[Alert]:
    """At the limit PostgreSQL refuses everyone, the operator included; the warning leaves time to find the leak."""
    full = partial(
        database,
        name="DatabaseConnectionsHigh",
        summary="PostgreSQL is running out of connections",
        description="{{ $value | humanizePercentage }} of the connections of PostgreSQL at {{ $labels.instance }} "
        "are in use.",
        panel="Database/Connections in use",
    )
    return [
        full(
            expr=f"{DATABASE_CONNECTIONS} > {env.threshold('database_connections_critical')}",
            for_="2m",
            severity="critical",
        ),
        full(
            expr=f"{DATABASE_CONNECTIONS} > {env.threshold('database_connections_warning')}",
            for_="10m",
            severity="warning",
        ),
    ]


def _work(env: Environment) -> list[Alert]:
    """What makes a healthy server slow: deadlocks, and transactions left open."""
    deadlocks = f"increase(pg_stat_database_deadlocks{{{OUR_DATABASES}}}[15m])"
    return [
        database(
            name="DatabaseDeadlocks",
            expr=f"{deadlocks} > {env.threshold('database_deadlocks_max')}",
            for_="1m",
            severity="warning",
            team="developers",
            summary="Transactions deadlock",
            description="{{ $labels.datname }} at {{ $labels.instance }} had {{ $value | humanize }} deadlocks "
            "in 15 minutes.",
            panel="Database/Deadlocks",
        ),
        database(
            name="DatabaseTransactionLong",
            expr=f"{DATABASE_TRANSACTION} > {env.threshold('database_transaction_max')}",
            for_="5m",
            severity="warning",
            team="developers",
            summary="A transaction stays open",
            description="In {{ $labels.datname }} at {{ $labels.instance }} a transaction has been open for "
            "{{ $value | humanizeDuration }}.",
            panel="Database/Longest transaction",
        ),
    ]


def _replication(env: Environment) -> list[Alert]:
    """A replica may fall behind; one that is cut off thinks that it is up to date, and has no lag at all.

    So replicas are also counted against the connections that servers send to. A server that is down, or its exporter,
    counts nothing, and has an alert of its own.
    """
    replicas = "sum by (environment) (pg_replication_is_replica)"
    fed = 'count by (environment) (pg_stat_replication_pg_wal_lsn_diff{state=~"streaming|catchup"})'
    return [
        database(
            name="DatabaseReplicaDisconnected",
            expr=f"{replicas} - ({fed} or {replicas} * 0) > 0 "
            'unless on (environment) (pg_up == 0 or up{job="postgres"} == 0)',
            for_="5m",
            severity="warning",
            summary="A replica receives nothing",
            description="Replicas of PostgreSQL in {{ $labels.environment }} to which no server sends: {{ $value }}.",
            panel="Database/Replication lag",
        ),
        database(
            name="DatabaseReplicationLagging",
            expr=f"{REPLICATION_LAG} > {env.threshold('database_replication_lag_max')}",
            for_="10m",
            severity="warning",
            summary="A replica falls behind",
            description="The replica at {{ $labels.instance }} is {{ $value | humanizeDuration }} behind.",
            panel="Database/Replication lag",
        ),
    ]


def _cache_connection() -> list[Alert]:
    """Without Redis nobody stays logged in; one instance that cannot reach it is a matter of its network."""
    return [
        cache(
            name="RedisDown",
            expr='redis_up{job="redis"} == 0',
            for_="1m",
            severity="critical",
            summary="Redis is down",
            description="The exporter at {{ $labels.instance }} cannot connect to its Redis.",
            panel="Database/Connection status",
        ),
        cache(
            name="ApplicationRedisUnreachable",
            expr=f'dojopool_redis_up{{job="{APPLICATION}"}} == 0',
            for_="2m",
            severity="warning",
            summary="DojoPool cannot reach Redis",
            description="{{ $labels.instance }} of {{ $labels.job }} has no connection to Redis.",
            panel="Database/Connection status",
        ),
    ]


def _cache(env: Environment) -> list[Alert]:
    """A cache may evict; one that evicts all the time is too small. A rejected connection is a failed request."""
    return [
        cache(
            name="RedisMemoryHigh",
            expr=f"{REDIS_MEMORY} > {env.threshold('redis_memory_high')}",
            for_="15m",
            severity="warning",
            summary="Redis is running out of memory",
            description="Redis at {{ $labels.instance }} uses {{ $value | humanizePercentage }} of its memory limit.",
            panel="Cache/Redis memory",
        ),
        cache(
            name="RedisEvicting",
            expr=f"rate(redis_evicted_keys_total[5m]) > {env.threshold('redis_evictions_max')}",
            for_="15m",
            severity="warning",
            summary="Redis evicts keys all the time",
            description="Redis at {{ $labels.instance }} evicts {{ $value | humanize }} keys per second.",
            panel="Cache/Evictions",
        ),
        cache(
            name="RedisConnectionsRejected",
            expr="increase(redis_rejected_connections_total[5m]) > 0",
            for_="1m",
            severity="warning",
            summary="Redis rejects connections",
            description="Redis at {{ $labels.instance }} is at maxclients and rejected "
            "{{ $value | humanize }} connections in 5 minutes.",
            panel="Cache/Redis clients",
        ),
    ]


inhibitions = [
    # DatabaseDown silences nothing: it may be about a replica while the application cannot reach the primary.
    # What belongs together comes in one message all the same, by the label `service`.
    InhibitRule(
        source_matchers=['alertname="RedisDown"'],
        target_matchers=['alertname="ApplicationRedisUnreachable"'],
        equal=["environment"],
    ),
]
