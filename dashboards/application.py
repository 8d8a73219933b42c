"""Application: requests, errors, duration (RED), and below them what they depend on: database, cache, proxy."""

from grafanalib.core import Annotations, Templating, Time
from grafanalib.core import Dashboard as Board

from alerts._expressions import APPLICATION as JOB
from alerts._expressions import (
    DATABASE_CONNECTIONS,
    DATABASE_TRANSACTION,
    ERRORS_1H,
    ERRORS_5M,
    NGINX_DROPPED,
    OUR_DATABASES,
    REDIS_MEMORY,
    REPLICATION_LAG,
)
from dashboards._common import APPLICATION, ENVIRONMENT, UP_OR_DOWN, E, annotations, runbooks
from dojoboards import Dashboard, Environment, Row, variables
from dojoboards.panels import heatmap, query, state_timeline, table, timeseries

I = f'job="{JOB}",{E},instance=~"$instance"'  # noqa: E741  # short, as it stands in every expression
R = "[$__rate_interval]"

INSTANCE = variables.query("instance", f'label_values(up{{job="{JOB}",{E}}}, instance)', label="Instance")


def dashboard(env: Environment) -> Dashboard:
    return Dashboard(
        Board(
            title="DojoPool / Application",
            uid=APPLICATION,
            description="Requests, errors and duration, and what they depend on. "
            "The instance chosen above narrows the application's own panels.",
            tags=["application"],
            panels=[
                _requests(),
                _errors(env),
                _duration(env),
                _database(env),
                _database_work(),
                _cache(env),
                _proxy(env),
                _business(),
            ],
            templating=Templating(list=[ENVIRONMENT, INSTANCE]),
            annotations=Annotations(list=annotations()),
            time=Time("now-6h", "now"),
            refresh="30s",
            sharedCrosshair=True,
            timezone="browser",
        ),
        folder="dojopool-service",
    )


def _requests() -> Row:
    rate = f"rate(flask_http_request_duration_seconds_count{{{I}}}{R})"
    return Row(
        "Requests",
        timeseries(
            "Requests by status",
            query(f"sum by (status) (rate(flask_http_request_total{{{I}}}{R}))", "{{status}}"),
            description="Requests per second by the status of their answer.",
            unit="reqps",
            min=0,
            stack="normal",
        ),
        timeseries(
            "Requests by method",
            query(f"sum by (method) (rate(flask_http_request_total{{{I}}}{R}))", "{{method}}"),
            description="Requests per second by method: reading (GET) and changing (POST, PUT, DELETE).",
            unit="reqps",
            min=0,
            stack="normal",
        ),
        timeseries(
            "Busiest routes",
            query(f"topk(10, sum by (url_rule) ({rate}))", "{{url_rule}}"),
            description="The ten routes with the most requests per second.",
            unit="reqps",
            min=0,
            legend="table",
            legend_placement="right",
            legend_calcs=["lastNotNull", "max"],
        ),
        height=8,
    )


def _errors(env: Environment) -> Row:
    failed = f'rate(flask_http_request_duration_seconds_count{{{I},status=~"5.."}}{R})'
    return Row(
        "Errors",
        timeseries(
            "Error ratio",
            query(f"max by (job) ({ERRORS_5M}{{{E}}})", "5 minutes"),
            query(f"max by (job) ({ERRORS_1H}{{{E}}})", "1 hour"),
            description="Share of requests answered with 5xx, over all instances. The lines are where alerts begin: "
            "warning over an hour, critical over five minutes.",
            unit="percentunit",
            min=0,
            soft_max=0.1,
            thresholds=[env.threshold("error_ratio_warning", "orange"), env.threshold("error_ratio_critical")],
            links=runbooks(env, "HighErrorRate"),
        ),
        timeseries(
            "Failing routes",
            query(f"topk(10, sum by (url_rule) ({failed}) > 0)", "{{url_rule}}"),
            description="The ten routes with the most 5xx per second.",
            unit="reqps",
            min=0,
            no_value="no errors",
        ),
        timeseries(
            "Unhandled exceptions",
            query(f"sum by (instance) (rate(flask_http_request_exceptions_total{{{I}}}{R}))", "{{instance}}"),
            description="Exceptions that no handler caught, per second; each is a 500 too.",
            unit="eps",
            min=0,
            no_value="no exceptions",
        ),
        height=8,
    )


def _duration(env: Environment) -> Row:
    buckets = f"rate(flask_http_request_duration_seconds_bucket{{{I}}}{R})"
    worst = (
        f"histogram_quantile(0.95, sum by (le, url_rule) (rate(flask_http_request_duration_seconds_bucket{{{I}}}[1h])))"
    )
    return Row(
        "Duration",
        timeseries(
            "Response time",
            *(
                query(f"histogram_quantile({quantile}, sum by (le) ({buckets}))", legend)
                for quantile, legend in ((0.5, "half are faster"), (0.95, "95 % are faster"), (0.99, "99 % are faster"))
            ),
            description="Quantiles of the time to answer. The line is where the alert on the 95th percentile begins.",
            unit="s",
            min=0,
            thresholds=[env.threshold("latency_high", "orange")],
            links=runbooks(env, "ResponsesSlow"),
        ),
        heatmap(
            "Response time distribution",
            f"sum by (le) (increase(flask_http_request_duration_seconds_bucket{{{I}}}{R}))",
            description="How many requests took how long. Two bands are two kinds of request, or a cache that misses.",
            unit="short",
            y_unit="s",
        ),
        table(
            "Slowest routes",
            f"topk(10, {worst} > 0)",
            description="The ten routes whose 95th percentile was the highest over the last hour.",
            unit="s",
            decimals=2,
            thresholds=[env.threshold("latency_high", "orange")],
            links=runbooks(env, "ResponsesSlow"),
            cell_type="color-text",
            sort_by="p95",
            transformations=[
                {
                    "id": "organize",
                    "options": {
                        "excludeByName": {"Time": True},
                        "indexByName": {},
                        "renameByName": {"Value": "p95", "url_rule": "Route"},
                    },
                }
            ],
        ),
        height=8,
    )


def _database(env: Environment) -> Row:
    return Row(
        "Database",
        state_timeline(
            "Connection status",
            query(f"pg_up{{{E}}}", "PostgreSQL {{instance}}"),
            query(f"redis_up{{{E}}}", "Redis {{instance}}"),
            query(f"dojopool_database_up{{{I}}}", "{{instance}} to PostgreSQL"),
            query(f"dojopool_redis_up{{{I}}}", "{{instance}} to Redis"),
            description="Whether PostgreSQL and Redis run, and whether each instance of the application reaches them.",
            unit="none",
            mappings=UP_OR_DOWN,
            links=runbooks(
                env, "DatabaseDown", "ApplicationDatabaseUnreachable", "RedisDown", "ApplicationRedisUnreachable"
            ),
            width=12,
        ),
        timeseries(
            "Connections in use",
            query(f"{DATABASE_CONNECTIONS}{{{E}}}", "{{instance}}"),
            description="Share of max_connections. At 100 % PostgreSQL refuses everyone. "
            "The lines are where alerts begin.",
            unit="percentunit",
            min=0,
            max=1,
            thresholds=[
                env.threshold("database_connections_warning", "orange"),
                env.threshold("database_connections_critical"),
            ],
            links=runbooks(env, "DatabaseConnectionsHigh"),
            width=6,
        ),
        timeseries(
            "Connection errors",
            query(f"increase(dojopool_database_connection_errors_total{{{I}}}[5m])", "{{instance}}"),
            description="Connections that failed, in five minutes. The line is where the alert begins.",
            unit="short",
            min=0,
            thresholds=[env.threshold("database_connection_errors_max")],
            links=runbooks(env, "DatabaseConnectionErrors"),
            width=6,
        ),
        timeseries(
            "Query time",
            *(
                query(
                    f"histogram_quantile({quantile}, sum by (le) "
                    f"(rate(dojopool_database_query_duration_seconds_bucket{{{I}}}{R})))",
                    legend,
                )
                for quantile, legend in ((0.5, "half are faster"), (0.95, "95 % are faster"))
            ),
            description="How long the application's queries take, as it measures them.",
            unit="s",
            min=0,
            width=6,
        ),
        timeseries(
            "Deadlocks",
            query(f"increase(pg_stat_database_deadlocks{{{E},{OUR_DATABASES}}}[15m])", "{{datname}} {{instance}}"),
            description="Deadlocks in fifteen minutes. The line is where the alert begins.",
            unit="short",
            min=0,
            thresholds=[env.threshold("database_deadlocks_max", "orange")],
            links=runbooks(env, "DatabaseDeadlocks"),
            width=6,
        ),
        timeseries(
            "Longest transaction",
            query(f"{DATABASE_TRANSACTION}{{{E}}}", "{{datname}} {{instance}}"),
            description="Age of the oldest open transaction, dumps left out. The line is where the alert begins.",
            unit="s",
            min=0,
            thresholds=[env.threshold("database_transaction_max", "orange")],
            links=runbooks(env, "DatabaseTransactionLong"),
            width=6,
        ),
        timeseries(
            "Replication lag",
            query(f"{REPLICATION_LAG}{{{E}}}", "{{instance}}"),
            description="How far replicas are behind. Empty where there is none. The line is where the alert begins. "
            "One that is cut off shows 0: it does not know what it misses.",
            unit="s",
            min=0,
            no_value="no replica",
            thresholds=[env.threshold("database_replication_lag_max", "orange")],
            links=runbooks(env, "DatabaseReplicationLagging", "DatabaseReplicaDisconnected"),
            width=6,
        ),
        height=7,
    )


def _database_work() -> Row:
    ours = f"{E},{OUR_DATABASES}"
    hit, read = (f"sum by (datname) (rate(pg_stat_database_blks_{what}{{{ours}}}{R}))" for what in ("hit", "read"))
    return Row(
        "Database work",
        timeseries(
            "Transactions",
            query(f"sum by (datname) (rate(pg_stat_database_xact_commit{{{ours}}}{R}))", "{{datname}} committed"),
            query(f"sum by (datname) (rate(pg_stat_database_xact_rollback{{{ours}}}{R}))", "{{datname}} rolled back"),
            description="Transactions per second. Many that are rolled back are errors that somebody swallows.",
            unit="ops",
            min=0,
        ),
        timeseries(
            "Connections by state",
            query(f"sum by (state) (pg_stat_activity_count{{{ours}}})", "{{state}}"),
            description="What the connections do. Many that are idle in transaction are a leak in the application.",
            unit="short",
            min=0,
            stack="normal",
        ),
        timeseries(
            "Buffer hits",
            query(f"{hit} / ({hit} + {read})", "{{datname}}"),
            description="Share of blocks that were in memory. A fall means that the working set no longer fits.",
            unit="percentunit",
            max=1,
            soft_min=0.9,
        ),
        timeseries(
            "Database size",
            query(f"pg_database_size_bytes{{{ours}}}", "{{datname}} {{instance}}"),
            description="Size on disk.",
            unit="bytes",
            min=0,
        ),
        height=7,
    )


def _cache(env: Environment) -> Row:
    hits, misses = (f"sum by (instance) (rate(redis_keyspace_{what}_total{{{E}}}{R}))" for what in ("hits", "misses"))
    return Row(
        "Cache",
        timeseries(
            "Redis memory",
            query(f"{REDIS_MEMORY}{{{E}}}", "{{instance}}"),
            description="Share of maxmemory. Empty where Redis has no limit. The line is where the alert begins.",
            unit="percentunit",
            min=0,
            max=1,
            no_value="no limit",
            thresholds=[env.threshold("redis_memory_high", "orange")],
            links=runbooks(env, "RedisMemoryHigh"),
        ),
        timeseries(
            "Hits",
            query(f"{hits} / ({hits} + {misses})", "{{instance}}"),
            description="Share of lookups that found their key.",
            unit="percentunit",
            min=0,
            max=1,
        ),
        timeseries(
            "Evictions",
            query(f"rate(redis_evicted_keys_total{{{E}}}[5m])", "{{instance}}"),
            description="Keys per second that had to go for others. The line is where the alert begins.",
            unit="ops",
            min=0,
            thresholds=[env.threshold("redis_evictions_max", "orange")],
            links=runbooks(env, "RedisEvicting"),
        ),
        timeseries(
            "Redis clients",
            query(f"redis_connected_clients{{{E}}}", "{{instance}} connected"),
            query(f"increase(redis_rejected_connections_total{{{E}}}[5m])", "{{instance}} rejected in 5 minutes"),
            description="Connected clients, and those that were turned away.",
            unit="short",
            min=0,
            links=runbooks(env, "RedisConnectionsRejected"),
        ),
        height=7,
    )


def _proxy(env: Environment) -> Row:
    return Row(
        "Proxy",
        timeseries(
            "NGINX connections",
            query(f"sum by (instance) (nginx_connections_active{{{E}}})", "{{instance}} active"),
            query(f"sum by (instance) (nginx_connections_waiting{{{E}}})", "{{instance}} waiting"),
            description="Open connections, and those that wait for a next request. A gap means that NGINX is down.",
            unit="short",
            min=0,
            links=runbooks(env, "NginxDown"),
        ),
        timeseries(
            "NGINX requests",
            query(f"sum by (instance) (rate(nginx_http_requests_total{{{E}}}{R}))", "{{instance}}"),
            description="Requests per second as NGINX counts them, files included. "
            "It has no status codes; errors are in the row above that bears their name.",
            unit="reqps",
            min=0,
        ),
        timeseries(
            "Dropped connections",
            query(f"{NGINX_DROPPED}{{{E}}}", "{{instance}}"),
            description="Connections per second accepted and not handled. Anything above 0 is a limit reached.",
            unit="cps",
            min=0,
            links=runbooks(env, "NginxConnectionsDropped"),
        ),
        height=7,
    )


def _business() -> Row:
    hour = f"sum(increase(dojopool_{{}}_total{{{{{I}}}}}[1h]))"
    return Row(
        "Business",
        timeseries(
            "Players and games",
            query(f"sum(max by (environment) (dojopool_active_players{{{I}}}))", "players"),
            query(f"sum(max by (environment) (dojopool_active_games{{{I}}}))", "games"),
            description="Players with a session in use, and games that are being played.",
            unit="short",
            min=0,
        ),
        timeseries(
            "Games started and finished",
            query(hour.format("games_started"), "started"),
            query(hour.format("games_completed"), "finished"),
            description="Games in an hour. Started and not finished, for long, is a game that cannot be ended.",
            unit="short",
            min=0,
        ),
        timeseries(
            "Matches and check-ins",
            query(hour.format("matches_started"), "matches started"),
            query(hour.format("matches_completed"), "matches finished"),
            query(hour.format("venue_checkins"), "check-ins"),
            description="Matches and check-ins at venues in an hour.",
            unit="short",
            min=0,
        ),
        height=7,
    )
