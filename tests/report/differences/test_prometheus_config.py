from typing import Any

from support.reports import told

KIND = "prometheus-config"
NODE = {"job_name": "node", "static_configs": [{"targets": ["a.example:9100", "b.example:9100"]}]}


def config(*jobs: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {"global": {"scrape_interval": "15s"}, **keys, "scrape_configs": list(jobs)}


def test_global_settings_are_told_by_key() -> None:
    after = config(NODE) | {"global": {"scrape_interval": "30s", "external_labels": {"environment": "prod"}}}

    assert told(KIND, config(NODE), after) == [
        "added    global settings, external_labels: {environment: prod}",
        "changed  global settings, scrape_interval: 15s -> 30s",
    ]


def test_a_scrape_job_tells_which_keys_change() -> None:
    after = {
        "job_name": "node",
        "metrics_path": "/m",
        "static_configs": [{"targets": ["a.example:9100", "b.example:9100", "c.example:9100"]}],
    }

    assert told(KIND, config(NODE), config(after)) == [
        "added    scrape job 'node', metrics_path: /m",
        "added    scrape job 'node', static_configs.targets: c.example:9100",
    ]


def test_scrape_jobs_come_and_go_and_their_order_means_nothing() -> None:
    web, mail = {"job_name": "web"}, {"job_name": "mail"}

    assert told(KIND, config(NODE, web), config(mail, NODE)) == [
        "added    scrape job 'mail'",
        "removed  scrape job 'web'",
    ]
    assert told(KIND, config(NODE, web), config(web, NODE)) == []


def test_a_relabelling_step_in_the_middle_is_one_difference() -> None:
    steps = [{"target_label": name, "replacement": "x"} for name in "abc"]
    before, after = ({**NODE, "relabel_configs": some} for some in (steps, [steps[0], steps[2]]))

    assert told(KIND, config(before), config(after)) == [
        "removed  scrape job 'node', relabel_configs[1]: {replacement: x, target_label: b}"
    ]


def test_where_alerts_are_sent_is_told() -> None:
    one, other = (
        {"alertmanagers": [{"static_configs": [{"targets": [f"alertmanager-{number}.example:9093"]}]}]}
        for number in (1, 2)
    )

    assert told(KIND, config(alerting=one), config(alerting=other)) == [
        (
            "changed  alerting.alertmanagers.static_configs.targets: "
            "alertmanager-1.example:9093 -> alertmanager-2.example:9093"
        )
    ]


def test_credentials_are_never_shown() -> None:
    one, other = (
        config(
            {
                "job_name": "web",
                "basic_auth": {"username": "u", "password": f"example-{part}"},
                "authorization": {"type": "Bearer", "credentials": f"example-{part}"},
                "static_configs": [{"targets": [f"https://u:example-{part}@web.example"]}],
                "params": {"token": [f"example-{part}"]},
            },
            remote_write=[{"url": f"https://metrics.example/write?api_key=example-{part}"}],
        )
        for part in ("one", "two")
    )

    lines = told(KIND, one, other)

    assert lines == [
        "changed  scrape job 'web', authorization.credentials: not shown",
        "changed  scrape job 'web', basic_auth.password: not shown",
        "changed  scrape job 'web', params.token: not shown",
        "changed  scrape job 'web', static_configs.targets: not shown",
        "changed  remote_write.url: not shown",
    ]


def test_a_path_of_a_secret_is_shown() -> None:
    one, other = (config({"job_name": "web", "authorization": {"credentials_file": path}}) for path in ("/a", "/b"))

    assert told(KIND, one, other) == ["changed  scrape job 'web', authorization.credentials_file: /a -> /b"]
