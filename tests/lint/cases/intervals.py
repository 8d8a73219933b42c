"""Ranges and waits."""

from support.expressions import drawing, firing, plain, shop
from support.lint import Case, alert, group

CASES = [
    firing(
        "range/short",
        "rate(redis_evicted_keys_total[30s]) > 10",
        "content.py:2: alert 'Down': `rate` over 30s sees fewer than 4 scrapes, one every 15s"
        "\n    look back over 1m or more"
        "\n    at [30s]",
    ),
    drawing(
        "range/short",
        "rate(redis_evicted_keys_total[30s])",
        "content.py:5: panel 'Load' of dashboard 'Hosts': `rate` over 30s sees fewer than 4 scrapes, one "
        "every 15s"
        "\n    look back over 1m or more, or over $__rate_interval"
        "\n    at [30s]",
    ),
    drawing(
        "range/short",
        "irate(redis_evicted_keys_total[20s])",
        "content.py:5: panel 'Load' of dashboard 'Hosts': `irate` over 20s sees fewer than 2 scrapes, "
        "one every 15s"
        "\n    look back over 30s or more, or over $__rate_interval"
        "\n    at [20s]",
    ),
    firing(
        "range/short",
        "deriv(node_load1[2m:1m]) > 10",
        "content.py:2: alert 'Down': `deriv` over 2m sees fewer than 4 steps of 1m"
        "\n    look back over 4m or more"
        "\n    at [2m:1m]",
    ),
    drawing(
        "range/interval",
        "rate(redis_evicted_keys_total[$__interval])",
        "content.py:5: panel 'Load' of dashboard 'Hosts': `rate` over $__interval sees too few scrapes "
        "when zoomed in"
        "\n    look back over $__rate_interval"
        "\n    at [$__interval]",
    ),
    drawing(
        "range/interval",
        "sum(irate(shop_orders_total[${__interval}]))",
        "content.py:5: panel 'Load' of dashboard 'Hosts': `irate` over $__interval sees too few scrapes "
        "when zoomed in"
        "\n    look back over $__rate_interval"
        "\n    at [${__interval}]",
    ),
    firing(
        "alert/for",
        "node_load1 > 3",
        "content.py:2: alert 'Down' waits for 20s, which is less than two samples of what it looks at"
        '\n    wait for 30s or more: for_="30s"',
        for_="20s",
    ),
    firing(
        "alert/for",
        "job:errors:ratio > 0.1",
        "content.py:2: alert 'Down' waits for 10s, which is less than two samples of what it looks at"
        '\n    wait for 30s or more: for_="30s"',
        for_="10s",
    ),
    firing(
        "alert/no-wait",
        "node_load1 > 3",
        "content.py:2: `for_` of alert 'Down' is no time at all\n    leave it out",
        for_="0s",
    ),
    firing(
        "alert/no-wait",
        "node_load1 > 3",
        "content.py:2: `keep_firing_for` of alert 'Down' is no time at all\n    leave it out",
        keep_firing_for="0",
    ),
    firing(
        "alert/absent-at-once",
        'absent(up{job="node"})',
        "content.py:2: alert 'Down' fires at once on what is absent, as everything is when Prometheus "
        "starts"
        '\n    wait for some scrapes: for_="5m"'
        "\n    at absent",
        for_="",
    ),
    firing(
        "alert/absent-at-once",
        "absent(node_load1) or node_load1 > 5",
        "content.py:2: alert 'Down' fires at once on what is absent, as everything is when Prometheus "
        "starts"
        '\n    wait for some scrapes: for_="5m"'
        "\n    at absent",
        for_="",
    ),
]

BAD = [plain(case) for case in CASES]

GOOD = [
    firing("range/short", "rate(redis_evicted_keys_total[1m]) > 10"),
    firing("range/short", "avg_over_time(node_load1[15s]) > 10"),
    drawing("range/short", "rate(redis_evicted_keys_total[$__rate_interval])"),
    Case("range/short", shop(group(alert(expr="rate(redis_evicted_keys_total[30s]) > 1")), prometheus=None)),
    drawing("range/interval", "rate(redis_evicted_keys_total[$__rate_interval])"),
    drawing("range/interval", "avg_over_time(node_load1[$__interval])"),
    firing("alert/for", "node_load1 > 3", for_="30s"),
    firing("alert/for", "node_load1 > 3", for_=""),
    firing("alert/no-wait", "node_load1 > 3", for_="1m"),
    firing("alert/no-wait", "node_load1 > 3", for_=""),
    firing("alert/absent-at-once", 'absent(up{job="node"})', for_="5m"),
    firing("alert/absent-at-once", 'absent_over_time(up{job="node"}[10m])', for_=""),
    firing("alert/absent-at-once", "absent(rate(node_forks_total[10m]))", for_=""),
]
