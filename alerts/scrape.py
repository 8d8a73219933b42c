"""What Prometheus collects, and where it sends alerts."""

from collections.abc import Sequence

from alerts._expressions import APPLICATION
from dojoboards import Environment, FileDiscovery, Prometheus, Relabel, ScrapeJob, StaticTargets


def prometheus(env: Environment) -> Prometheus:
    """Both servers of a pair have the same labels, so that Alertmanager takes their alerts for one."""
    return Prometheus(
        scrape_interval=env.setting("scrape_interval"),
        scrape_timeout=env.setting("scrape_timeout"),
        evaluation_interval=env.setting("evaluation_interval"),
        external_labels={"environment": env.name},
        alertmanagers=_discovery(env, "alertmanager"),
    )


def scrape_jobs(env: Environment) -> list[ScrapeJob]:
    """One job for each thing that is watched; the names are those in `alerts/_expressions.py`.

    Every series gets two labels: `environment`, for dashboards that show several, and `host`, the target's address
    without its port, so that a host that is down can silence what runs on it.
    """
    return [
        _job(env, APPLICATION, "application", sample_limit=20_000),
        *(_job(env, name, name) for name in ("node", "cadvisor", "nginx", "postgres", "redis")),
        *(_job(env, name, name) for name in ("prometheus", "alertmanager")),
    ]


def _job(env: Environment, name: str, kind: str, sample_limit: int = 0) -> ScrapeJob:
    return ScrapeJob(
        name=name,
        discovery=_discovery(env, kind),
        relabel=[
            Relabel(target_label="environment", replacement=env.name),
            Relabel(source_labels=["__address__"], regex="(.+):[0-9]+", target_label="host"),
        ],
        sample_limit=sample_limit,
    )


def _discovery(env: Environment, kind: str) -> list[StaticTargets | FileDiscovery]:
    targets: Sequence[str] = env.setting(f"{kind}_targets")
    files = [target for target in targets if target.endswith((".json", ".yml", ".yaml"))]
    if files:
        return [FileDiscovery(files=files)]
    return [StaticTargets(targets=targets)]
