"""How well DojoPool answers: errors, response times, and whether it tells us at all."""

from functools import partial

from alerts._delays import delayed
from alerts._expressions import (
    APPLICATION,
    ERRORS_1H,
    ERRORS_2M,
    ERRORS_5M,
    LATENCY_P95,
    REQUESTS_1H,
    REQUESTS_2M,
    REQUESTS_5M,
)
from dojoboards import Alert, Environment, RecordingRule, RuleGroup

alert = partial(Alert, team="developers", labels={"service": "application"}, dashboard="dojopool-application")

EXPECTED = (
    "flask_http_request_total",
    "flask_http_request_duration_seconds_count",
    "dojopool_database_up",
    "dojopool_database_connection_errors_total",
    "dojopool_database_query_duration_seconds_count",
    "dojopool_redis_up",
    "dojopool_active_players",
    "dojopool_active_games",
    "dojopool_games_started_total",
    "dojopool_games_completed_total",
    "dojopool_matches_started_total",
    "dojopool_matches_completed_total",
    "dojopool_venue_checkins_total",
)
"""What every instance of the application exposes; alerts and dashboards rest on it."""


def groups(env: Environment) -> list[RuleGroup]:
    return delayed(env, RuleGroup(name="application", rules=[*_recording(), *_errors(env), _latency(env), *_metrics()]))


def _recording() -> list[RecordingRule]:
    """Ratios are sums over sums: an instance with ten requests does not weigh as much as one with a thousand.

    Without a single error there is no 5xx series: the requests themselves, times nothing, stand in for it.
    """
    rules = []
    windows = {"2m": (REQUESTS_2M, ERRORS_2M), "5m": (REQUESTS_5M, ERRORS_5M), "1h": (REQUESTS_1H, ERRORS_1H)}
    for window, (requests, errors) in windows.items():
        failed = (
            f'sum by (environment, job) (rate(flask_http_request_total{{job="{APPLICATION}",status=~"5.."}}[{window}]))'
        )
        rules += [
            RecordingRule(
                record=requests,
                expr=f'sum by (environment, job) (rate(flask_http_request_total{{job="{APPLICATION}"}}[{window}]))',
            ),
            RecordingRule(record=errors, expr=f"({failed} or {requests} * 0) / {requests}"),
        ]
    buckets = f'rate(flask_http_request_duration_seconds_bucket{{job="{APPLICATION}"}}[5m])'
    quantile = f"histogram_quantile(0.95, sum by (environment, job, le) ({buckets}))"
    return [*rules, RecordingRule(record=LATENCY_P95, expr=quantile)]


def _errors(env: Environment) -> list[Alert]:
    """Five minutes notice an outage, an hour notices a slow bleed that no spike can cause.

    A spike stays in a window of five minutes for five minutes. So the critical one also wants errors in the last two:
    two minutes of errors call nobody, and the alert ends soon after the errors do.
    Both need traffic: one failed request of three in the small hours is no outage.
    The critical one silences the warning.
    """
    least, limit = env.threshold("request_rate_min"), env.threshold("error_ratio_critical")
    error = partial(alert, name="HighErrorRate", summary="Too many requests fail", panel="Errors/Error ratio")
    share = "{{ $value | humanizePercentage }} of the requests to {{ $labels.job }}"
    return [
        error(
            expr=f"{ERRORS_5M} > {limit} and {ERRORS_2M} > {limit} and {REQUESTS_5M} > {least}",
            for_="5m",
            severity="critical",
            description=f"{share} were answered with a server error in the last 5 minutes.",
        ),
        error(
            expr=f"{ERRORS_1H} > {env.threshold('error_ratio_warning')} and {REQUESTS_1H} > {least}",
            for_="15m",
            severity="warning",
            description=f"{share} were answered with a server error in the last hour.",
        ),
    ]


def _latency(env: Environment) -> Alert:
    """The 95th percentile, because an average hides the players who wait."""
    least = env.threshold("request_rate_min")
    return alert(
        name="ResponsesSlow",
        expr=f"{LATENCY_P95} > {env.threshold('latency_high')} and {REQUESTS_5M} > {least}",
        for_="10m",
        severity="warning",
        summary="DojoPool answers slowly",
        description="5 % of the requests to {{ $labels.job }} take longer than {{ $value | humanizeDuration }}.",
        panel="Duration/Response time",
    )


def _metrics() -> list[Alert]:
    """An application that is up and does not say what these alerts rest on is watched by nobody.

    Counters appear with their first event, so a new instance has half an hour.
    """
    up = f'up{{job="{APPLICATION}"}} == 1'
    return [
        alert(
            name="ApplicationMetricsMissing",
            expr=f'({up}) unless on (environment, instance) {metric}{{job="{APPLICATION}"}}',
            for_="30m",
            severity="warning",
            labels={"service": "application", "metric": metric},
            summary="DojoPool does not report all its metrics",
            description=f"{{{{ $labels.instance }}}} answers Prometheus but does not expose {metric}.",
            dashboard="dojopool-infrastructure",
            panel="Monitoring/Samples per scrape",
        )
        for metric in EXPECTED
    ]
