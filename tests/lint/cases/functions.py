"""What functions are given."""

from support.expressions import drawing, firing, plain, recording

CASES = [
    firing(
        "function/gauge",
        "rate(node_load1[5m]) > 1",
        "content.py:2: alert 'Down': `rate` of 'node_load1', which is a gauge"
        "\n    use `deriv`, or a counter"
        "\n    at rate",
    ),
    firing(
        "function/gauge",
        "increase(node_memory_MemFree_bytes[5m]) > 1e6",
        "content.py:2: alert 'Down': `increase` of 'node_memory_MemFree_bytes', which is a gauge"
        "\n    use `delta`, or a counter"
        "\n    at increase",
    ),
    firing(
        "function/gauge",
        "rate(job:requests:sum[5m]) > 1",
        "content.py:2: alert 'Down': `rate` of 'job:requests:sum', which is recorded as a sum of counters"
        "\n    record the sum of the rates: where one of the counters begins anew, `rate` sees a jump"
        "\n    at rate",
    ),
    firing(
        "function/gauge",
        "rate(job:errors:ratio[5m]) > 1",
        "content.py:2: alert 'Down': `rate` of 'job:errors:ratio', which a rule records and which is no "
        "counter"
        "\n    ask for job:errors:ratio itself, or record what `rate` can take"
        "\n    at rate",
    ),
    firing(
        "function/counter",
        "delta(node_forks_total[5m]) > 10",
        "content.py:2: alert 'Down': `delta` of 'node_forks_total', which is a counter"
        "\n    use `increase`"
        "\n    at delta",
    ),
    firing(
        "function/counter",
        "deriv(node_forks_total[5m]) > 10",
        "content.py:2: alert 'Down': `deriv` of 'node_forks_total', which is a counter\n    use `rate`\n    at deriv",
    ),
    firing(
        "function/counter",
        "predict_linear(node_forks_total[1h], 3600) > 10",
        "content.py:2: alert 'Down': `predict_linear` of 'node_forks_total', which is a counter"
        "\n    use it on a rate: predict_linear(rate(...)[...:...])"
        "\n    at predict_linear",
    ),
    firing(
        "function/rate-of-sum",
        "rate(sum(flask_http_request_total)[5m:15s]) > 10",
        "content.py:2: alert 'Down': `rate` of an aggregation of counters"
        "\n    aggregate what it gives: sum(rate(...[5m]))"
        "\n    at rate",
    ),
    firing(
        "function/rate-of-sum",
        "rate(rate(flask_http_request_total[5m])[10m:1m]) > 10",
        "content.py:2: alert 'Down': `rate` of what `rate` gives, which is no counter any more"
        "\n    take one of them away; for the change of a rate, `deriv(rate(...)[...:...])`"
        "\n    at rate",
    ),
    firing(
        "function/rate-of-sum",
        "increase(avg_over_time(node_load1[5m])[10m:1m]) > 10",
        "content.py:2: alert 'Down': `increase` of what is no counter\n    use `delta`\n    at increase",
    ),
    firing(
        "function/buckets",
        "histogram_quantile(0.9, sum by (job) (rate(flask_http_request_duration_seconds_bucket[5m]))) > 1",
        "content.py:2: alert 'Down': `histogram_quantile` of buckets whose label 'le' is aggregated away"
        "\n    keep it: `by (..., le)`"
        "\n    at sum",
    ),
    firing(
        "function/buckets",
        "histogram_quantile(0.9, sum without (le) (rate(flask_http_request_duration_seconds_bucket[5m]))) > 1",
        "content.py:2: alert 'Down': `histogram_quantile` of buckets whose label 'le' is aggregated away"
        "\n    take it out of `without`"
        "\n    at sum",
    ),
    firing(
        "function/buckets",
        "histogram_quantile(0.9, rate(flask_http_request_duration_seconds_count[5m])) > 1",
        "content.py:2: alert 'Down': `histogram_quantile` of "
        "'flask_http_request_duration_seconds_count', which are no buckets"
        "\n    ask for flask_http_request_duration_seconds_bucket"
        "\n    at flask_http_request_duration_seconds_count",
    ),
    firing(
        "function/buckets",
        "histogram_quantile(0.9, rate(node_forks_total[5m])) > 1",
        "content.py:2: alert 'Down': `histogram_quantile` of 'node_forks_total', which are no buckets"
        "\n    a quantile needs a histogram, whose series end in _bucket"
        "\n    at node_forks_total",
    ),
    firing(
        "function/buckets",
        "histogram_quantile(0.9, sum by (job) (rate(shop_order_seconds_bucket[5m]))) > 1",
        "content.py:2: alert 'Down': `histogram_quantile` of buckets whose label 'le' is aggregated away"
        "\n    keep it: `by (..., le)`"
        "\n    at sum",
    ),
    firing(
        "function/all-time",
        "histogram_quantile(0.9, flask_http_request_duration_seconds_bucket) > 1",
        "content.py:2: alert 'Down': `histogram_quantile` of all that "
        "'flask_http_request_duration_seconds_bucket' has counted since it began"
        "\n    take their rate: rate(flask_http_request_duration_seconds_bucket[5m])"
        "\n    at flask_http_request_duration_seconds_bucket",
    ),
    drawing(
        "function/all-time",
        "histogram_quantile(0.9, sum by (le) (flask_http_request_duration_seconds_bucket))",
        "content.py:5: panel 'Load' of dashboard 'Hosts': `histogram_quantile` of all that "
        "'flask_http_request_duration_seconds_bucket' has counted since it began"
        "\n    take their rate: rate(flask_http_request_duration_seconds_bucket[5m])"
        "\n    at flask_http_request_duration_seconds_bucket",
    ),
    firing(
        "function/quantile",
        "histogram_quantile(95, rate(flask_http_request_duration_seconds_bucket[5m])) > 1",
        "content.py:2: alert 'Down': `histogram_quantile` of 95, which is not between 0 and 1"
        "\n    write 0.95"
        "\n    at 95",
    ),
    firing(
        "function/quantile",
        "quantile(95, node_load1) > 4",
        "content.py:2: alert 'Down': `quantile` of 95, which is not between 0 and 1\n    write 0.95\n    at 95",
    ),
    firing(
        "function/quantile",
        "quantile_over_time(-1, node_load1[1h]) > 4",
        "content.py:2: alert 'Down': `quantile_over_time` of -1, which is not between 0 and 1"
        "\n    give a number from 0 to 1"
        "\n    at -1",
    ),
    firing(
        "function/mean-of-quantiles",
        "avg(histogram_quantile(0.95, rate(flask_http_request_duration_seconds_bucket[5m]))) > 1",
        "content.py:2: alert 'Down': the mean of quantiles"
        "\n    sum the buckets first: histogram_quantile(..., sum by (le) (rate(...[5m])))"
        "\n    at avg",
    ),
    firing(
        "function/mean-of-quantiles",
        "sum(instance:latency:p95) > 1",
        "content.py:2: alert 'Down': a sum of quantiles, as 'instance:latency:p95' is one"
        "\n    take `max`, or record the rates of the buckets and take a quantile of their sum"
        "\n    at sum",
    ),
    firing(
        "function/mean-of-quantiles",
        'avg by (job) (go_gc_duration_seconds{job="redis",quantile="1"}) > 1',
        "content.py:2: alert 'Down': the mean of quantiles, as 'go_gc_duration_seconds' is one"
        "\n    take `max`, or record the rates of the buckets and take a quantile of their sum"
        "\n    at avg",
    ),
    firing(
        "function/label",
        'label_replace(node_load1, "host", "$1", "node", "(.+)") > 1',
        "content.py:2: alert 'Down': `label_replace` reads the label 'node', which is not there"
        "\n    known: instance, job"
        '\n    at "node"',
    ),
    firing(
        "function/label",
        'label_replace(node_load1, "host", "$1", "instance", "(.+") > 1',
        "content.py:2: alert 'Down': `label_replace`: the regular expression '(.+' is wrong: missing ), "
        "unterminated subpattern at position 0"
        "\n    correct it; the syntax is that of RE2"
        '\n    at "(.+"',
    ),
    firing(
        "function/label",
        'label_join(node_load1, "host", "-", "job", "node") > 1',
        "content.py:2: alert 'Down': `label_join` reads the label 'node', which is not there"
        "\n    known: instance, job"
        '\n    at "node"',
    ),
    firing(
        "function/overwritten-label",
        'label_replace(node_load1, "instance", "$1", "job", "(.+)") > 1',
        "content.py:2: alert 'Down': `label_replace` writes over the label 'instance' that the series "
        "have"
        "\n    write to a label that they have not"
        '\n    at "instance"',
    ),
    drawing(
        "function/overwritten-label",
        'label_replace(node_filesystem_free_bytes, "device", "$1", "mountpoint", "(.+)")',
        "content.py:5: panel 'Load' of dashboard 'Hosts': `label_replace` writes over the label 'device' "
        "that the series have"
        "\n    write to a label that they have not"
        '\n    at "device"',
    ),
    firing(
        "function/ahead",
        "predict_linear(node_filesystem_avail_bytes[5m], 86400) < 0",
        "content.py:2: alert 'Down': `predict_linear` looks 288 times as far ahead as back"
        "\n    give a longer range"
        "\n    at [5m]",
    ),
    recording(
        "function/ahead",
        "predict_linear(node_filesystem_avail_bytes[1h], 7 * 24 * 3600)",
        "content.py:2: recording rule 'instance:space:week': `predict_linear` looks 168 times as far "
        "ahead as back"
        "\n    give a longer range"
        "\n    at [1h]",
        record="instance:space:week",
    ),
    drawing(
        "panel/counter",
        "sum(node_forks_total)",
        "content.py:5: panel 'Load' of dashboard 'Hosts' draws the counter 'node_forks_total' itself"
        "\n    draw rate(node_forks_total[$__rate_interval])"
        "\n    at node_forks_total",
    ),
    drawing(
        "panel/counter",
        "topk(5, node_network_receive_bytes_total)",
        "content.py:5: panel 'Load' of dashboard 'Hosts' draws the counter "
        "'node_network_receive_bytes_total' itself"
        "\n    draw rate(node_network_receive_bytes_total[$__rate_interval])"
        "\n    at node_network_receive_bytes_total",
    ),
    firing(
        "function/counter-offset",
        "node_forks_total - node_forks_total offset 1h > 10",
        "content.py:2: alert 'Down' takes an earlier value of the counter 'node_forks_total' from a "
        "later one"
        "\n    use increase(node_forks_total[...])"
        "\n    at node_forks_total - node_forks_total offset 1h",
    ),
    drawing(
        "function/counter-offset",
        "sum(node_forks_total) - sum(node_forks_total offset 1h)",
        "content.py:5: panel 'Load' of dashboard 'Hosts' takes an earlier value of the counter "
        "'node_forks_total' from a later one"
        "\n    use increase(node_forks_total[...])"
        "\n    at sum(node_forks_total) - sum(node_forks_total offset 1h)",
    ),
]

BAD = [plain(case) for case in CASES]

GOOD = [
    firing("function/gauge", "rate(node_forks_total[5m]) > 1"),
    firing("function/gauge", "rate(shop_orders_waiting[5m]) > 1"),
    firing("function/gauge", "rate(flask_http_request_duration_seconds_sum[5m]) > 1"),
    firing("function/counter", "deriv(node_load1[5m]) > 1"),
    firing("function/counter", "delta(shop_orders[5m]) > 1"),
    firing("function/rate-of-sum", "sum(rate(flask_http_request_total[5m])) > 10"),
    firing("function/rate-of-sum", "max_over_time(sum(rate(flask_http_request_total[5m]))[1h:1m]) > 10"),
    firing("function/rate-of-sum", "increase(max without (instance) (shop_orders_total)[15m:1m]) > 10"),
    firing(
        "function/buckets",
        "histogram_quantile(0.9, sum by (job, le) (rate(flask_http_request_duration_seconds_bucket[5m]))) > 1",
    ),
    firing("function/buckets", "histogram_quantile(0.9, sum by (job) (rate(shop_order_seconds[5m]))) > 1"),
    firing(
        "function/all-time", "histogram_quantile(0.9, increase(flask_http_request_duration_seconds_bucket[1h])) > 1"
    ),
    firing("function/quantile", "quantile(0.95, node_load1) > 4"),
    drawing("function/quantile", "histogram_quantile($quantile, rate(flask_http_request_duration_seconds_bucket[5m]))"),
    firing("function/mean-of-quantiles", "max(instance:latency:p95) > 1"),
    firing("function/mean-of-quantiles", "avg(node_load1) > 1"),
    firing("function/label", 'label_replace(node_load1, "host", "$1", "instance", "(.+):.*") > 1'),
    firing("function/label", 'label_replace(node_load1, "host", "web", "", "") > 1'),
    firing("function/label", 'label_join(node_load1, "host", "-", "job", "instance") > 1'),
    firing("function/overwritten-label", 'label_replace(node_load1, "instance", "$1", "instance", "(.+):.*") > 1'),
    firing("function/ahead", "predict_linear(node_filesystem_avail_bytes[6h], 4 * 24 * 3600) < 0"),
    drawing("panel/counter", "sum(rate(node_forks_total[$__rate_interval]))"),
    drawing("panel/counter", "sum(node_forks_total)", kind="stat"),
    drawing("panel/counter", "node_load1"),
    firing("function/counter-offset", "increase(node_forks_total[1h]) > 10"),
    firing("function/counter-offset", "node_load1 - node_load1 offset 1h > 10"),
]
