"""Units of panels and of limits."""

from support.expressions import drawing, firing, plain

CASES = [
    drawing(
        "panel/unit",
        "sum(rate(flask_http_request_exceptions_total[5m])) / sum(rate(flask_http_request_total[5m]))",
        "content.py:5: panel 'Load' of dashboard 'Hosts' shows with the unit 'percent' what is a ratio"
        "\n    use the unit 'percentunit'"
        "\n    at sum(rate(flask_http_request_exceptions_total[5m])) / "
        "sum(rate(flask_http_request_total[5m]))",
        unit="percent",
    ),
    drawing(
        "panel/unit",
        "job:errors:ratio * 100",
        "content.py:5: panel 'Load' of dashboard 'Hosts' shows with the unit 'percentunit' what is "
        "percent"
        "\n    use the unit 'percent'"
        "\n    at job:errors:ratio * 100",
        unit="percentunit",
    ),
    drawing(
        "panel/unit",
        "node_memory_MemFree_bytes",
        "content.py:5: panel 'Load' of dashboard 'Hosts' shows with the unit 's' what is bytes"
        "\n    use the unit 'bytes'"
        "\n    at node_memory_MemFree_bytes",
        unit="s",
    ),
    drawing(
        "panel/unit",
        "histogram_quantile(0.9, rate(flask_http_request_duration_seconds_bucket[5m]))",
        "content.py:5: panel 'Load' of dashboard 'Hosts' shows with the unit 'ms' what is seconds"
        "\n    use the unit 's'"
        "\n    at histogram_quantile(0.9, rate(flask_http_request_duration_seconds_bucket[5m]))",
        unit="ms",
    ),
    drawing(
        "panel/unit",
        "rate(node_network_receive_bytes_total[5m])",
        "content.py:5: panel 'Load' of dashboard 'Hosts' shows with the unit 'bps' what is bytes per "
        "second"
        "\n    use the unit 'Bps'"
        "\n    at rate(node_network_receive_bytes_total[5m])",
        unit="bps",
    ),
    drawing(
        "panel/unit",
        "rate(node_network_receive_bytes_total[5m])",
        "content.py:5: panel 'Load' of dashboard 'Hosts' shows with the unit 'bytes' what is bytes per "
        "second"
        "\n    use the unit 'Bps'"
        "\n    at rate(node_network_receive_bytes_total[5m])",
        unit="bytes",
    ),
    drawing(
        "panel/unit",
        "node_boot_time_seconds",
        "content.py:5: panel 'Load' of dashboard 'Hosts' shows with the unit 'dateTimeFromNow' what is a "
        "moment, in seconds since 1970"
        "\n    Grafana counts moments in milliseconds: multiply by 1000"
        "\n    at node_boot_time_seconds",
        unit="dateTimeFromNow",
    ),
    drawing(
        "panel/limits",
        "job:errors:ratio",
        "content.py:5: panel 'Load' of dashboard 'Hosts' has a threshold of 80 with the unit "
        "'percentunit', where 1 is 100 %"
        "\n    write 0.8",
        unit="percentunit",
        defaults={"thresholds": {"mode": "absolute", "steps": [{"value": None}, {"value": 80}]}},
    ),
    drawing(
        "panel/limits",
        "shop_share",
        "content.py:5: panel 'Load' of dashboard 'Hosts' has a threshold of 5 with the unit "
        "'percentunit', where 1 is 100 %"
        "\n    write 0.05",
        unit="percentunit",
        defaults={"thresholds": {"steps": [{"value": 5}]}},
    ),
    firing(
        "alert/limit",
        "job:errors:ratio > 5",
        "content.py:2: alert 'Down' compares a ratio, where 1 is 100 %, with 5\n    write 0.05\n    at 5",
    ),
    firing(
        "alert/limit",
        "node_filesystem_avail_bytes / node_filesystem_size_bytes < 10",
        "content.py:2: alert 'Down' compares a ratio, where 1 is 100 %, with 10\n    write 0.1\n    at 10",
    ),
    firing(
        "alert/limit",
        'sum(rate(flask_http_request_total{status=~"5.."}[5m])) / sum(rate(flask_http_request_total[5m])) > 5',
        "content.py:2: alert 'Down' compares a ratio, where 1 is 100 %, with 5\n    write 0.05\n    at 5",
    ),
    firing(
        "alert/limit",
        "backup_disk_used > 90 or absent(backup_disk_used)",
        "content.py:2: alert 'Down' compares a ratio, where 1 is 100 %, with 90\n    write 0.9\n    at 90",
    ),
    firing(
        "alert/limit",
        "node_boot_time_seconds > 3600",
        "content.py:2: alert 'Down' compares a moment, in seconds since 1970, with 3600"
        "\n    compare its age: time() - ..."
        "\n    at 3600",
    ),
    firing(
        "alert/limit",
        "time() - node_boot_time_seconds > 1700000000",
        "content.py:2: alert 'Down' compares a length of time with 1700000000"
        "\n    take the moments from each other first"
        "\n    at 1700000000",
    ),
    firing(
        "alert/limit",
        "instance:latency:p95 > 500",
        "content.py:2: alert 'Down' compares an answer's time in seconds with 500"
        "\n    write 0.5 if milliseconds were meant"
        "\n    at 500",
    ),
    firing(
        "alert/limit",
        "100 < histogram_quantile(0.9, rate(flask_http_request_duration_seconds_bucket[5m]))",
        "content.py:2: alert 'Down' compares an answer's time in seconds with 100"
        "\n    write 0.1 if milliseconds were meant"
        "\n    at 100",
    ),
    firing(
        "alert/limit",
        "node_filesystem_avail_bytes < 10",
        "content.py:2: alert 'Down' compares a number of bytes with 10"
        "\n    write the limit in bytes: 10 GiB are 10 * 1024 ^ 3"
        "\n    at 10",
    ),
    firing(
        "operator/units",
        "node_memory_MemFree_bytes > node_timex_offset_seconds",
        "content.py:2: alert 'Down' compares what is not measured alike: 'node_memory_MemFree_bytes' and "
        "'node_timex_offset_seconds'"
        "\n    bring both to one unit"
        "\n    at >",
    ),
    firing(
        "operator/units",
        "node_memory_MemFree_bytes + node_timex_offset_seconds > 1e6",
        "content.py:2: alert 'Down' adds what is not measured alike: 'node_memory_MemFree_bytes' and "
        "'node_timex_offset_seconds'"
        "\n    bring both to one unit"
        "\n    at +",
    ),
    firing(
        "operator/units",
        "time() > scrape_duration_seconds",
        "content.py:2: alert 'Down' compares what is not measured alike: time() and "
        "'scrape_duration_seconds'"
        "\n    bring both to one unit"
        "\n    at >",
    ),
    firing(
        "operator/units",
        "node_timex_offset_seconds * 1000 > scrape_duration_seconds",
        "content.py:2: alert 'Down' compares what is not measured alike: 'node_timex_offset_seconds' and "
        "'scrape_duration_seconds'"
        "\n    bring both to one unit"
        "\n    at >",
    ),
]

BAD = [plain(case) for case in CASES]

GOOD = [
    drawing("panel/unit", "job:errors:ratio", unit="percentunit"),
    drawing("panel/unit", "job:errors:ratio * 100", unit="percent"),
    drawing("panel/unit", "rate(node_network_receive_bytes_total[5m]) * 8", unit="bps"),
    drawing("panel/unit", "node_boot_time_seconds * 1000", unit="dateTimeFromNow"),
    drawing("panel/unit", "shop_orders_waiting", unit="s"),
    drawing("panel/unit", "node_memory_MemFree_bytes", unit="short"),
    drawing(
        "panel/unit",
        "node_memory_MemFree_bytes",
        unit="s",
        overrides=[{"properties": [{"id": "unit", "value": "bytes"}]}],
    ),
    drawing("panel/unit", "node_memory_MemFree_bytes", unit="s", transformations=[{"id": "calculateField"}]),
    drawing(
        "panel/limits",
        "job:errors:ratio",
        unit="percentunit",
        defaults={"thresholds": {"mode": "absolute", "steps": [{"value": None}, {"value": 0.8}]}},
    ),
    drawing(
        "panel/limits",
        "job:errors:ratio",
        unit="percentunit",
        defaults={"thresholds": {"mode": "percentage", "steps": [{"value": 80}]}},
    ),
    drawing(
        "panel/limits", "job:errors:ratio * 100", unit="percent", defaults={"thresholds": {"steps": [{"value": 80}]}}
    ),
    firing("alert/limit", "job:errors:ratio > 0.05"),
    firing("alert/limit", "backup_disk_used > 0.9"),
    firing("alert/limit", "job:errors:ratio * 100 > 5"),
    firing("alert/limit", 'node_load1 / count without (cpu, mode) (node_cpu_seconds_total{mode="idle"}) > 10'),
    firing("alert/limit", "time() - node_boot_time_seconds > 3600"),
    firing("alert/limit", "node_boot_time_seconds > 1.7e9"),
    firing("alert/limit", "max_over_time(pg_stat_activity_max_tx_duration[5m]) > 900"),
    firing("alert/limit", "node_filesystem_avail_bytes < 10 * 1024 ^ 3"),
    firing("alert/limit", "rate(node_network_receive_bytes_total[5m]) < 10"),
    firing("operator/units", "node_memory_MemFree_bytes < node_memory_MemTotal_bytes * 0.1"),
    firing("operator/units", "time() - node_boot_time_seconds > 600"),
    firing("operator/units", "shop_age_seconds > shop_orders_places"),
]
