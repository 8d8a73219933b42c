"""Main: is it well, and if not, where? One screen."""

from grafanalib.core import Annotations, Templating, Time
from grafanalib.core import Dashboard as Board

from alerts._expressions import CPU, DATABASE_CONNECTIONS, DISK, ERRORS_1H, ERRORS_5M, LATENCY_P95, MEMORY, REQUESTS_5M
from dashboards._common import APPLICATION, ENVIRONMENT, INFRASTRUCTURE, MAIN, E, annotations, runbooks
from dojoboards import Dashboard, Environment, Row
from dojoboards.panels import alert_list, dashboard_link, query, stat, timeseries

# What an exporter watches counts, not the exporter: where it answers, its own `..._up` decides.
STATE = (
    f'avg by (job) (up{{{E}}} * on (environment, instance, job) {{__name__=~"nginx_up|pg_up|redis_up",{E}}} '
    f"or on (environment, instance, job) up{{{E}}})"
)


def dashboard(env: Environment) -> Dashboard:
    return Dashboard(
        Board(
            title="DojoPool / Main",
            uid=MAIN,
            description="Is DojoPool well, and if not, where to look next.",
            tags=["overview"],
            panels=[_health(env), _indicators(env), _business(env)],
            templating=Templating(list=[ENVIRONMENT]),
            annotations=Annotations(list=annotations()),
            time=Time("now-6h", "now"),
            refresh="30s",
            sharedCrosshair=True,
            timezone="browser",
        ),
        folder="dojopool",
    )


def _firing(severity: str) -> str:
    return f'count(ALERTS{{alertstate="firing",severity="{severity}",environment=~"$environment|"}}) or vector(0)'


def _health(env: Environment) -> Row:
    to_targets = dashboard_link("Targets", INFRASTRUCTURE, panel="Monitoring/Targets up")
    return Row(
        "Health",
        stat(
            "Services",
            query(STATE, "{{job}}", instant=True),
            description="Share of each service's instances that work. Below 100 % some are down, at 0 % all are.",
            unit="percentunit",
            base_color="red",
            thresholds=[(0.001, "orange"), (1, "green")],
            color_mode="background",
            text_mode="value_and_name",
            links=[to_targets, *runbooks(env, "ServiceDown", "ServiceInstanceDown")],
            width=12,
        ),
        stat(
            "Critical alerts",
            query(_firing("critical"), "critical", instant=True),
            description="Alerts that call somebody. Anything but 0 is an outage or about to be one.",
            unit="none",
            thresholds=[(1, "red")],
            color_mode="background",
            links=[dashboard_link("Application", APPLICATION)],
            width=3,
        ),
        stat(
            "Warnings",
            query(_firing("warning"), "warning", instant=True),
            description="Alerts for the next working hour.",
            unit="none",
            thresholds=[(1, "orange")],
            color_mode="background",
            links=[dashboard_link("Infrastructure", INFRASTRUCTURE)],
            width=3,
        ),
        alert_list(
            "Alerts",
            matching='{severity=~"critical|warning"}',
            description="What fires or is about to.",
            width=6,
        ),
        height=5,
    )


def _indicators(env: Environment) -> Row:
    return Row(
        "Service indicators",
        timeseries(
            "Traffic",
            query(f"sum by (job) ({REQUESTS_5M}{{{E}}})", "{{job}}"),
            description="Requests per second. A sudden end is as bad as errors: look at NGINX and the network.",
            unit="reqps",
            min=0,
            links=[dashboard_link("Requests", APPLICATION, panel="Requests/Requests by status")],
        ),
        timeseries(
            "Errors",
            query(f"max by (job) ({ERRORS_5M}{{{E}}})", "5 minutes"),
            query(f"max by (job) ({ERRORS_1H}{{{E}}})", "1 hour"),
            description="Share of requests answered with 5xx. The lines are where alerts begin: warning over an hour, "
            "critical over five minutes.",
            unit="percentunit",
            min=0,
            soft_max=0.1,
            thresholds=[env.threshold("error_ratio_warning", "orange"), env.threshold("error_ratio_critical")],
            links=[
                dashboard_link("Errors", APPLICATION, panel="Errors/Error ratio"),
                *runbooks(env, "HighErrorRate"),
            ],
        ),
        timeseries(
            "Latency",
            query(f"max by (job) ({LATENCY_P95}{{{E}}})", "95 % are faster"),
            description="Within this time 95 % of requests are answered. The line is where the alert begins.",
            unit="s",
            min=0,
            thresholds=[env.threshold("latency_high", "orange")],
            links=[
                dashboard_link("Duration", APPLICATION, panel="Duration/Response time"),
                *runbooks(env, "ResponsesSlow"),
            ],
        ),
        timeseries(
            "Saturation",
            query(f"max({CPU}{{{E}}})", "CPU"),
            query(f"max({MEMORY}{{{E}}})", "memory"),
            query(f"max({DISK}{{{E}}})", "disk"),
            query(f"max({DATABASE_CONNECTIONS}{{{E}}})", "database connections"),
            description="How full the fullest host, disk and database are.",
            unit="percentunit",
            min=0,
            max=1,
            links=[
                dashboard_link("Hosts", INFRASTRUCTURE, panel="Hosts/CPU"),
                dashboard_link("Database", APPLICATION, panel="Database/Connections in use"),
            ],
        ),
        height=7,
    )


def _business(env: Environment) -> Row:
    day = f"sum(increase(dojopool_{{}}_total{{{{{E}}}}}[24h]))"
    return Row(
        "Key figures",
        stat(
            "Players now",
            query(f"sum(max by (environment) (dojopool_active_players{{{E}}}))", "players"),
            description="Players with a session that is in use.",
            unit="short",
            graph="area",
            color="blue",
            links=[dashboard_link("Business", APPLICATION, panel="Business/Players and games")],
        ),
        stat(
            "Games now",
            query(f"sum(max by (environment) (dojopool_active_games{{{E}}}))", "games"),
            description="Games that are being played.",
            unit="short",
            graph="area",
            color="blue",
            links=[dashboard_link("Business", APPLICATION, panel="Business/Players and games")],
        ),
        stat(
            "Games finished, 24 h",
            query(day.format("games_completed"), "games", instant=True),
            description="Games that ended in the last 24 hours.",
            unit="short",
            decimals=0,
            color="blue",
            links=[dashboard_link("Games", APPLICATION, panel="Business/Games started and finished")],
        ),
        stat(
            "Matches finished, 24 h",
            query(day.format("matches_completed"), "matches", instant=True),
            description="Matches that ended in the last 24 hours.",
            unit="short",
            decimals=0,
            color="blue",
            links=[dashboard_link("Matches", APPLICATION, panel="Business/Matches and check-ins")],
        ),
        stat(
            "Check-ins, 24 h",
            query(day.format("venue_checkins"), "check-ins", instant=True),
            description="Check-ins at venues in the last 24 hours.",
            unit="short",
            decimals=0,
            color="blue",
            links=[dashboard_link("Check-ins", APPLICATION, panel="Business/Matches and check-ins")],
        ),
        stat(
            "Newest backup",
            query(f"max(time() - dojopool_backup_last_success_timestamp_seconds{{{E}}})", "age", instant=True),
            description="Age of the newest good backup; red from where the alert begins.",
            unit="s",
            no_value="none",
            thresholds=[env.threshold("backup_age_max")],
            color_mode="background",
            links=[
                dashboard_link("Backups", INFRASTRUCTURE, panel="Backups/Backup age"),
                *runbooks(env, "BackupTooOld"),
            ],
        ),
        height=5,
    )
