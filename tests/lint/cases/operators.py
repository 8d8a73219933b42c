"""Labels through aggregations, and sides that find each other."""

from support.expressions import drawing, firing, plain, recording

CASES = [
    firing(
        "operator/label",
        "sum by (host) (sum by (job) (up)) < 1",
        "content.py:2: alert 'Down' aggregates by the label 'host', which none of the series has"
        "\n    known: job"
        "\n    at host",
    ),
    firing(
        "operator/label",
        "sum by (instance) (sum by (job) (up)) < 1",
        "content.py:2: alert 'Down' aggregates by the label 'instance', which the `sum` inside drops"
        "\n    known: job"
        "\n    at instance",
    ),
    drawing(
        "operator/label",
        "sum by (mod) (rate(node_cpu_seconds_total[5m]))",
        "content.py:5: panel 'Load' of dashboard 'Hosts' aggregates by the label 'mod', which none of "
        "the series has"
        "\n    known: cpu, instance, job, mode"
        "\n    at mod",
    ),
    firing(
        "operator/on",
        "up * on (instance) group_left (nodname) node_uname_info == 0",
        "content.py:2: alert 'Down' takes over the label 'nodname', which the other side has not"
        "\n    known: domainname, instance, job, machine, nodename, release, sysname, version"
        "\n    at nodname",
    ),
    firing(
        "operator/on",
        "up * on (host) node_load1 > 3",
        "content.py:2: alert 'Down' matches on the label 'host', which neither side of `*` has"
        "\n    known: instance, job"
        "\n    at host",
    ),
    firing(
        "operator/match",
        "sum by (job) (up) / count(up) < 0.5",
        "content.py:2: alert 'Down': only the left side of `/` has the label 'job', so there is never a "
        "result"
        "\n    match on what both have: `/ on () group_left ()`, or aggregate both to the same labels"
        "\n    at /",
    ),
    firing(
        "operator/match",
        "sum(up) / on (job) count by (job) (up) < 0.5",
        "content.py:2: alert 'Down': only the right side of `/` has the label 'job', so there is never a "
        "result"
        "\n    match on labels that both have, or keep it in the aggregation"
        "\n    at /",
    ),
    firing(
        "operator/match",
        "node_load1 / redis_connected_clients > 3",
        "content.py:2: alert 'Down': the label 'instance' is never the same on both sides of `/`, so "
        "there is never a result"
        "\n    match without it: `/ ignoring (instance)`, or `on (...)` with what is the same"
        "\n    at /",
    ),
    firing(
        "operator/match",
        "node_load1 > 3 unless redis_up == 1",
        "content.py:2: alert 'Down': the label 'instance' is never the same on both sides of `unless`, "
        "so nothing is ever taken away"
        "\n    match without it: `unless ignoring (instance)`, or `on (...)` with what is the same"
        "\n    at unless",
    ),
    firing(
        "operator/match",
        'rate(node_cpu_seconds_total{mode="user"}[5m]) / rate(node_cpu_seconds_total{mode="system"}[5m]) > 3',
        "content.py:2: alert 'Down': the label 'mode' is never the same on both sides of `/`, so there "
        "is never a result"
        "\n    match without it: `/ ignoring (mode)`, or `on (...)` with what is the same"
        "\n    at /",
    ),
    firing(
        "operator/several",
        "node_filesystem_avail_bytes / on (instance) node_memory_MemTotal_bytes < 0.1",
        "content.py:2: alert 'Down': the left side of `/` has several series that differ in 'device', "
        "which is not matched"
        "\n    add `group_left ()`, or aggregate that label away"
        "\n    at /",
    ),
    firing(
        "operator/several",
        "node_load1 / on (instance) group_left () node_filesystem_files > 3",
        "content.py:2: alert 'Down': the right side of `/` has several series that differ in 'device', "
        "which is not matched"
        "\n    aggregate that label away: only the left side may have several"
        "\n    at /",
    ),
    firing(
        "operator/itself",
        'rate(flask_http_request_total{status="500"}[5m]) / rate(flask_http_request_total[5m]) > 0.1',
        "content.py:2: alert 'Down' divides each series by itself: on the right, 'status' is matched too"
        "\n    sum both sides: sum(...) / sum(...)"
        "\n    at /",
    ),
    drawing(
        "operator/itself",
        "rate(flask_http_request_total[5m]) - rate(flask_http_request_total[5m])",
        "content.py:5: panel 'Load' of dashboard 'Hosts' takes each series from itself"
        "\n    sum both sides: sum(...) - sum(...)"
        "\n    at -",
    ),
    firing(
        "operator/no-limit",
        "redis_memory_used_bytes / redis_memory_max_bytes > 0.9",
        "content.py:2: alert 'Down' divides by 'redis_memory_max_bytes', which is 0 where there is no "
        "limit"
        "\n    leave those out: (redis_memory_max_bytes > 0)"
        "\n    at redis_memory_max_bytes",
    ),
    drawing(
        "operator/no-limit",
        'max by (name) (container_memory_usage_bytes{name!=""}) / max by (name) '
        '(container_spec_memory_limit_bytes{name!=""})',
        "content.py:5: panel 'Load' of dashboard 'Hosts' divides by 'container_spec_memory_limit_bytes', "
        "which is 0 where there is no limit"
        "\n    leave those out: (container_spec_memory_limit_bytes > 0)"
        "\n    at container_spec_memory_limit_bytes",
    ),
    firing(
        "operator/spoilt-mean",
        "avg by (job) (rate(flask_http_request_exceptions_total[5m]) / rate(flask_http_request_total[5m])) > 0.1",
        "content.py:2: alert 'Down': `avg` of a division by a `rate`, which is no number for a series "
        "without any"
        "\n    divide sums: sum(...) / sum(...), or divide only by what is above 0: (... > 0)"
        "\n    at /",
    ),
    recording(
        "operator/spoilt-mean",
        "sum by (job) (rate(a_total[5m]) / rate(b_total[5m]))",
        "content.py:2: recording rule 'job:a:ratio': `sum` of a division by a `rate`, which is no number "
        "for a series without any"
        "\n    divide sums: sum(...) / sum(...), or divide only by what is above 0: (... > 0)"
        "\n    at /",
        record="job:a:ratio",
    ),
    recording(
        "recording/level",
        "max by (job) (node_load1)",
        "content.py:2: recording rule 'instance:node_load:max' is named for the label 'instance', which "
        "its expression drops"
        "\n    keep it, or name the level for what is left: job"
        "\n    at max by (job) (node_load1)",
        record="instance:node_load:max",
    ),
    recording(
        "recording/level",
        "sum without (cpu, mode) (rate(node_cpu_seconds_total[5m]))",
        "content.py:2: recording rule 'instance_mode:cpu:rate5m' is named for the label 'mode', which "
        "its expression drops"
        "\n    keep it, or name the level for what is left: instance, job"
        "\n    at sum without (cpu, mode) (rate(node_cpu_seconds_total[5m]))",
        record="instance_mode:cpu:rate5m",
    ),
]

BAD = [plain(case) for case in CASES]

GOOD = [
    firing("operator/label", "sum by (job) (up) < 1"),
    firing("operator/label", "sum by (zone) (shop_orders_waiting) > 1"),
    drawing("operator/label", "sum by ($group) (up)"),
    firing("operator/on", "up * on (instance) group_left (nodename) node_uname_info == 0"),
    firing("operator/on", "up unless on () node_load1"),
    firing("operator/match", "sum by (job) (up) / on () group_left () count(up) < 0.5"),
    firing("operator/match", "node_load1 / ignoring (instance, job) group_left () sum(redis_connected_clients) > 3"),
    firing("operator/match", "node_load1 > 3 unless on () redis_up == 1"),
    drawing("operator/match", "sum by (job) (up) or vector(0)"),
    firing("operator/match", "shop_orders_waiting / shop_orders_places > 3"),
    firing(
        "operator/several", "node_filesystem_avail_bytes / on (instance) group_left () node_memory_MemTotal_bytes < 0.1"
    ),
    firing("operator/several", 'rate(node_cpu_seconds_total{cpu="0",mode="user"}[5m]) / on (instance) node_load1 > 3'),
    firing(
        "operator/several",
        "sum by (instance) (pg_stat_activity_count) / on (instance) pg_settings_max_connections > 0.8",
    ),
    firing(
        "operator/itself",
        'sum(rate(flask_http_request_total{status="500"}[5m])) / sum(rate(flask_http_request_total[5m])) > 0.1',
    ),
    firing(
        "operator/itself",
        'rate(flask_http_request_total{status="500"}[5m]) / ignoring (status) group_left () sum without '
        "(status) (rate(flask_http_request_total[5m])) > 0.1",
    ),
    firing("operator/itself", "node_load1 - node_load1 offset 1h > 10"),
    firing("operator/no-limit", "redis_memory_used_bytes / (redis_memory_max_bytes > 0) > 0.9"),
    firing(
        "operator/no-limit", "redis_memory_used_bytes / redis_memory_max_bytes > 0.9 and redis_memory_max_bytes > 0"
    ),
    firing("operator/spoilt-mean", "sum by (job) (rate(a_total[5m])) / sum by (job) (rate(b_total[5m])) > 0.1"),
    firing("operator/spoilt-mean", "avg by (job) (rate(a_total[5m]) / (rate(b_total[5m]) > 0)) > 0.1"),
    recording("recording/level", "max by (job) (node_load1)", record="job:node_load:max"),
    recording("recording/level", "max(node_load1)", record="cluster:node_load:max"),
    recording("recording/level", "sum by (instance) (shop_orders_waiting)", record="instance_zone:orders:sum"),
]
