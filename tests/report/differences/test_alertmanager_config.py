from typing import Any

from support.reports import told

KIND = "alertmanager-config"
CRITICAL = {"receiver": "mail", "matchers": ['severity="critical"'], "repeat_interval": "4h"}
WARNING = {"receiver": "slack", "matchers": ['severity="warning"']}


def config(*routes: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {"route": {"receiver": "slack", "routes": list(routes)}, **keys}


def receivers(*found: dict[str, Any]) -> dict[str, Any]:
    return config(receivers=list(found))


def test_a_route_is_known_by_its_matchers() -> None:
    after = {**CRITICAL, "repeat_interval": "1h", "continue": True}

    assert told(KIND, config(WARNING, CRITICAL), config(WARNING, after)) == [
        'added    route severity="critical" to mail, continue: true',
        'changed  route severity="critical" to mail, repeat_interval: 4h -> 1h',
    ]


def test_routes_come_and_go() -> None:
    team = {"receiver": "team", "matchers": ['team="db"', 'severity=~"critical|warning"'], "group_wait": "10s"}

    assert told(KIND, config(CRITICAL, WARNING), config(WARNING, team)) == [
        'added    route severity=~"critical|warning", team="db" to team (group_wait 10s)',
        'removed  route severity="critical" to mail',
    ]


def test_a_route_that_goes_elsewhere_is_told() -> None:
    assert told(KIND, config(CRITICAL, WARNING), config({**CRITICAL, "receiver": "pager"}, WARNING)) == [
        'changed  route severity="critical" to pager, receiver: mail -> pager'
    ]


def test_the_order_of_routes_matters_since_the_first_that_matches_wins() -> None:
    other = {"receiver": "team", "matchers": ['team="db"']}

    assert told(KIND, config(CRITICAL, WARNING, other), config(other, CRITICAL, WARNING)) == [
        'moved    route team="db" to team: place 3 -> place 1'
    ]


def test_a_route_below_another_is_called_by_the_way_to_it() -> None:
    below = {"receiver": "team", "matchers": ['team="db"']}

    assert told(KIND, config(CRITICAL), config({**CRITICAL, "routes": [below]})) == [
        'added    route severity="critical" > team="db" to team'
    ]
    assert told(KIND, config(CRITICAL, below), config({**CRITICAL, "routes": [below]})) == [
        (
            'moved    route severity="critical" > team="db" to team: '
            'below root route -> below route severity="critical" to mail'
        )
    ]


def test_a_route_whose_matchers_change_is_the_same_route_if_all_else_is() -> None:
    after = {**CRITICAL, "matchers": ['severity="critical"', 'team="db"']}

    assert told(KIND, config(WARNING, CRITICAL), config(WARNING, after)) == [
        'added    route severity="critical", team="db" to mail, matchers: team="db"'
    ]


def test_matchers_are_compared_by_meaning() -> None:
    former = {"receiver": "mail", "match": {"severity": "critical"}, "match_re": {"team": "a|b"}}
    today = {"receiver": "mail", "matchers": ['team =~ "a|b"', "severity = critical"]}

    assert told(KIND, config(former), config(today)) == []


def test_the_root_route_and_global_settings_are_told_by_key() -> None:
    before = {"global": {"resolve_timeout": "5m"}, "route": {"receiver": "slack", "group_by": ["service", "team"]}}
    after = {"global": {"resolve_timeout": "1m"}, "route": {"receiver": "slack", "group_by": ["service"]}}

    assert told(KIND, before, after) == [
        "changed  global settings, resolve_timeout: 5m -> 1m",
        "removed  root route, group_by: team",
    ]


def test_a_receiver_tells_which_integration_changes() -> None:
    before = {"name": "ops", "email_configs": [{"to": "a@example.com"}], "slack_configs": [{"channel": "#a"}]}
    after = {"name": "ops", "email_configs": [{"to": "b@example.com"}], "pagerduty_configs": [{"routing_key": "k"}]}

    assert told(KIND, receivers(before), receivers(after, {"name": "new", "email_configs": []})) == [
        "changed  receiver 'ops', email.to: a@example.com -> b@example.com",
        "added    receiver 'ops', pagerduty",
        "removed  receiver 'ops', slack",
        "added    receiver 'new' (email)",
    ]


def test_secrets_of_receivers_are_never_shown() -> None:
    one, other = (
        {
            **receivers(
                {
                    "name": "ops",
                    "slack_configs": [{"api_url": f"https://slack.example/example-{part}"}],
                    "webhook_configs": [{"url": f"https://hook.example/example-{part}"}],
                    "pagerduty_configs": [{"routing_key": f"example-{part}"}],
                }
            ),
            "global": {"smtp_auth_password": f"example-{part}"},
        }
        for part in ("one", "two")
    )

    assert told(KIND, one, other) == [
        "changed  global settings, smtp_auth_password: not shown",
        "changed  receiver 'ops', pagerduty.routing_key: not shown",
        "changed  receiver 'ops', slack.api_url: not shown",
        "changed  receiver 'ops', webhook.url: not shown",
    ]


def test_of_the_address_of_a_webhook_the_host_is_shown() -> None:
    before, after = (
        receivers({"name": "ops", "webhook_configs": [{"url": f"https://{host}.example/example-path"}]})
        for host in ("a", "b")
    )

    assert told(KIND, before, after) == [
        "changed  receiver 'ops', webhook.url: https://a.example/... -> https://b.example/..."
    ]


def test_inhibit_rules_are_known_by_what_they_match() -> None:
    down = {"source_matchers": ['alertname="HostDown"'], "target_matchers": ['host!=""'], "equal": ["host"]}
    other = {"source_matchers": ['alertname="RedisDown"'], "target_matchers": ['alertname="Slow"']}

    assert told(
        KIND, config(inhibit_rules=[other, down]), config(inhibit_rules=[{**down, "equal": ["host", "job"]}])
    ) == [
        'removed  inhibit rule alertname="RedisDown" over alertname="Slow"',
        'added    inhibit rule alertname="HostDown" over host!="", equal: job',
    ]
    assert told(KIND, config(inhibit_rules=[other, down]), config(inhibit_rules=[down, other])) == []


def test_time_intervals_are_told_by_name() -> None:
    night, day = ({"name": "night", "time_intervals": [{"times": [{"start_time": at}]}]} for at in ("22:00", "21:00"))

    assert told(KIND, config(time_intervals=[night]), config(time_intervals=[day, {"name": "weekend"}])) == [
        "changed  time interval 'night', time_intervals.times.start_time: 22:00 -> 21:00",
        "added    time interval 'weekend'",
    ]


def test_the_digest_in_the_name_of_a_template_file_is_no_difference() -> None:
    one, other = (config(templates=[f"templates/shop.{digest}.tmpl"]) for digest in ("0123456789ab", "ba9876543210"))

    assert told(KIND, one, other) == []
    assert told(KIND, one, config(templates=["templates/shop.tmpl", "templates/more.tmpl"])) == [
        "added    templates: templates/more.tmpl"
    ]


def test_a_configuration_of_another_shape_is_compared_key_by_key() -> None:
    assert told(KIND, {"route": [1]}, {"route": {"receiver": "slack"}}) == [
        "changed  route: [1] -> {receiver: slack}",
    ]
    assert told(KIND, config(receivers={"a": 1}), config(receivers=[{"name": "a"}])) == [
        "changed  receivers: {a: 1} -> [{name: a}]"
    ]
