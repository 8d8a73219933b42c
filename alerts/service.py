"""Is DojoPool there at all: the application and the NGINX in front of it."""

from functools import partial

from alerts._delays import delayed
from alerts._expressions import APPLICATION, NGINX_DROPPED
from dojoboards import Alert, Environment, InhibitRule, RecordingRule, RuleGroup

alert = partial(Alert, team="operations", labels={"service": "application"}, dashboard="dojopool-main")


def groups(env: Environment) -> list[RuleGroup]:
    return delayed(env, RuleGroup(name="service", rules=[*_application(), *_nginx()]))


def _application() -> list[Alert]:
    """The service is down when no instance answers; one instance of several is the next working day's business.

    Two minutes are eight failed scrapes: a restart of the process is over by then.
    A target that discovery no longer gives has no `up` at all: `TargetMissing` is the companion.
    """
    up = f'up{{job="{APPLICATION}"}}'
    return [
        alert(
            name="ServiceDown",
            expr=f"max by (environment, job) ({up}) == 0",
            for_="2m",
            severity="critical",
            summary="DojoPool is down",
            description="No instance of {{ $labels.job }} answers Prometheus: players cannot use DojoPool.",
            panel="Health/Services",
        ),
        alert(
            name="ServiceInstanceDown",
            expr=f"{up} == 0",
            for_="5m",
            severity="warning",
            summary="An instance of DojoPool is down",
            description="{{ $labels.instance }} of {{ $labels.job }} has not answered Prometheus for 5 minutes.",
            panel="Health/Services",
        ),
    ]


def _nginx() -> list[Alert | RecordingRule]:
    """NGINX is the only door: while it is down, a healthy application serves nobody.

    A connection that is accepted and not handled was turned away for want of worker connections.
    stub_status has no status codes, so errors come from the application's own counters.
    """
    nginx = partial(alert, labels={"service": "proxy"}, dashboard="dojopool-application")
    return [
        RecordingRule(
            record=NGINX_DROPPED, expr="rate(nginx_connections_accepted[5m]) - rate(nginx_connections_handled[5m])"
        ),
        nginx(
            name="NginxDown",
            expr='nginx_up{job="nginx"} == 0',
            for_="2m",
            severity="critical",
            summary="NGINX is down",
            description="The exporter at {{ $labels.instance }} cannot reach its NGINX.",
            panel="Proxy/NGINX connections",
        ),
        nginx(
            name="NginxConnectionsDropped",
            expr=f"{NGINX_DROPPED} > 0",
            for_="5m",
            severity="warning",
            summary="NGINX turns connections away",
            description="NGINX at {{ $labels.instance }} drops {{ $value | humanize }} connections a second.",
            panel="Proxy/Dropped connections",
        ),
    ]


inhibitions = [
    # All instances down is one message, not one more for each; and who is down answers nothing wrong or slow.
    InhibitRule(
        source_matchers=['alertname="ServiceDown"'],
        target_matchers=['alertname=~"ServiceInstanceDown|HighErrorRate|ResponsesSlow"'],
        equal=["environment", "job"],
    )
]
