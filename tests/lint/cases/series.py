"""What is selected: metrics, jobs, labels and values that are there, and those that are not."""

from support.expressions import drawing, firing, plain, recording, shop
from support.lint import Case, alert, group

CASES = [
    firing(
        "series/metric",
        "node_lod5 > 1",
        "content.py:2: alert 'Down' asks for 'node_lod5', which nothing exposes"
        "\n    did you mean 'node_load5'?"
        "\n    at node_lod5",
    ),
    firing(
        "series/metric",
        "flask_http_request_duration_seconds > 1",
        "content.py:2: alert 'Down' asks for 'flask_http_request_duration_seconds', which nothing exposes"
        "\n    it is the name of a histogram or a summary: ask for "
        "flask_http_request_duration_seconds_bucket or flask_http_request_duration_seconds_sum or "
        "flask_http_request_duration_seconds_count"
        "\n    at flask_http_request_duration_seconds",
    ),
    firing(
        "series/metric",
        "node_xyzzy > 1",
        "content.py:2: alert 'Down' asks for 'node_xyzzy', which nothing exposes"
        "\n    did you mean 'node_load5'?"
        "\n    at node_xyzzy",
    ),
    drawing(
        "series/metric",
        'node_memory_MemAvailable{instance=~"$instance"}',
        "content.py:5: panel 'Load' of dashboard 'Hosts' asks for 'node_memory_MemAvailable', which "
        "nothing exposes"
        "\n    did you mean 'node_memory_MemAvailable_bytes'?"
        "\n    at node_memory_MemAvailable",
    ),
    firing(
        "series/metric",
        "rate(redis_evicted_keys_tota[5m]) > 1",
        "content.py:2: alert 'Down' asks for 'redis_evicted_keys_tota', which no catalogue lists"
        "\n    did you mean 'redis_evicted_keys_total'?"
        "\n    at redis_evicted_keys_tota",
    ),
    firing(
        "series/metric",
        "redis_memory_uesd_bytes > 1e9",
        "content.py:2: alert 'Down' asks for 'redis_memory_uesd_bytes', which no catalogue lists"
        "\n    did you mean 'redis_memory_used_bytes'?"
        "\n    at redis_memory_uesd_bytes",
    ),
    firing(
        "series/metric",
        "(sum by (job) (rate(flask_http_requests_total[5m])) or sum by (job) (up) * 0) > 1",
        "content.py:2: alert 'Down' asks for 'flask_http_requests_total', which nothing exposes"
        "\n    did you mean 'flask_http_request_total'?"
        "\n    at flask_http_requests_total",
    ),
    firing(
        "series/value",
        'up{job!="nodes"} < 1',
        "content.py:2: alert 'Down' leaves out job!=\"nodes\", which none of the series of 'up' has"
        "\n    did you mean 'node'?"
        '\n    at job!="nodes"',
    ),
    firing(
        "series/recorded",
        "job:errors:ratio5m > 0.1",
        "content.py:2: alert 'Down' asks for 'job:errors:ratio5m', which no rule records"
        "\n    did you mean 'job:errors:ratio'?"
        "\n    at job:errors:ratio5m",
    ),
    drawing(
        "series/recorded",
        "cluster:cpu:sum",
        "content.py:5: panel 'Load' of dashboard 'Hosts' asks for 'cluster:cpu:sum', which no rule "
        "records"
        "\n    record it, or ask for what is recorded"
        "\n    at cluster:cpu:sum",
    ),
    firing(
        "series/dropped",
        "increase(prometheus_tsdb_wal_corruptions_total[5m]) > 0",
        "content.py:2: alert 'Down' asks for 'prometheus_tsdb_wal_corruptions_total', which the scrape "
        "job 'prometheus' drops after the scrape"
        "\n    take the step 'drop' of '(go_gc|prometheus_tsdb_wal)_.+' out of `metric_relabel`, or do "
        "without the metric"
        "\n    at prometheus_tsdb_wal_corruptions_total",
    ),
    firing(
        "series/dropped",
        'go_gc_duration_seconds_sum{job="node"} > 5',
        "content.py:2: alert 'Down' asks for 'go_gc_duration_seconds_sum', which the scrape job 'node' "
        "drops after the scrape"
        "\n    take the step 'drop' of '(go_gc|prometheus_tsdb_wal)_.+' out of `metric_relabel`, or do "
        "without the metric"
        "\n    at go_gc_duration_seconds_sum",
    ),
    firing(
        "series/job",
        'node_load5{job="nodes"} > 3',
        "content.py:2: alert 'Down' asks for 'node_load5' of the scrape job 'nodes', which is not there"
        "\n    did you mean 'node'? known: node"
        '\n    at job="nodes"',
    ),
    firing(
        "series/job",
        'node_load5{job="redis"} > 3',
        "content.py:2: alert 'Down' asks for 'node_load5' of a scrape job that does not expose it"
        "\n    it is exposed by node"
        '\n    at job="redis"',
    ),
    firing(
        "series/job",
        'node_load5{job!="node"} > 3',
        "content.py:2: alert 'Down' asks for 'node_load5' of a scrape job that does not expose it"
        "\n    it is exposed by node"
        '\n    at job!="node"',
    ),
    firing(
        "series/label",
        'node_filesystem_avail_bytes{mount="/"} < 1e9',
        "content.py:2: alert 'Down' asks 'node_filesystem_avail_bytes' for the label 'mount', which it "
        "has not"
        "\n    did you mean 'mountpoint'? known: device, device_error, fstype, instance, job, mountpoint"
        '\n    at mount="/"',
    ),
    drawing(
        "series/label",
        'node_load1{host=~"$host"}',
        "content.py:5: panel 'Load' of dashboard 'Hosts' asks 'node_load1' for the label 'host', which "
        "it has not"
        "\n    known: instance, job"
        '\n    at host=~"$host"',
    ),
    firing(
        "series/value",
        'rate(node_cpu_seconds_total{mode="idel"}[5m]) < 0.1',
        "content.py:2: alert 'Down' asks for 'node_cpu_seconds_total' with mode=\"idel\", which none of "
        "its series has"
        "\n    did you mean 'idle'? known: idle, iowait, irq, nice, softirq, steal, system, user"
        '\n    at mode="idel"',
    ),
    firing(
        "series/value",
        'rate(node_cpu_seconds_total{mode=~"id|usr"}[5m]) < 0.1',
        "content.py:2: alert 'Down' asks for 'node_cpu_seconds_total' with mode=~\"id|usr\", which none of "
        "its series has"
        "\n    did you mean 'user'? known: idle, iowait, irq, nice, softirq, steal, system, user"
        '\n    at mode=~"id|usr"',
    ),
    firing(
        "series/idle",
        'node_filesystem_avail_bytes{type!="tmpfs"} < 1e9',
        "content.py:2: alert 'Down': 'node_filesystem_avail_bytes' has no label 'type', so that nothing "
        "is left out"
        "\n    did you mean 'fstype'? known: device, device_error, fstype, instance, job, mountpoint"
        '\n    at type!="tmpfs"',
    ),
    firing(
        "series/idle",
        'node_load1{zone!~"a.*"} > 5',
        "content.py:2: alert 'Down': 'node_load1' has no label 'zone', so that nothing is left out"
        "\n    known: instance, job"
        '\n    at zone!~"a.*"',
    ),
    firing(
        "series/several",
        "process_open_fds > 1000",
        "content.py:2: alert 'Down' asks for 'process_open_fds' of every scrape job that exposes it: "
        "cadvisor, flask, nginx, node, postgres, prometheus, redis"
        '\n    say which, such as process_open_fds{job="cadvisor"}, or aggregate `by (job)`'
        "\n    at process_open_fds",
    ),
    recording(
        "series/several",
        "go_goroutines",
        "content.py:2: recording rule 'instance:go_goroutines:last' asks for 'go_goroutines' of every "
        "scrape job that exposes it: cadvisor, nginx, node, postgres, prometheus, redis"
        '\n    say which, such as go_goroutines{job="cadvisor"}, or aggregate `by (job)`'
        "\n    at go_goroutines",
        record="instance:go_goroutines:last",
    ),
]

BAD = [plain(case) for case in CASES]

GOOD = [
    firing("series/metric", "node_load5 > 1"),
    firing("series/metric", "shop_orders_waiting > 1"),
    firing("series/metric", "(node_cpu_total or node_procs_running) > 1"),
    firing("series/metric", "redis_mem_whatever > 1"),
    firing("series/value", 'up{job!="ingress"} < 1'),
    drawing("series/metric", '$metric{instance="$instance"}'),
    firing("series/metric", '{__name__=~"node_load5|node_load_5"} > 1'),
    firing("series/recorded", "job:errors:ratio > 0.1"),
    Case("series/recorded", shop(groups=[group(alert(expr="job:x:y > 1"))], scrape_jobs=())),
    firing("series/dropped", 'go_goroutines{job="node"} > 5'),
    firing("series/job", 'node_load5{job=~"node|nodes"} > 3'),
    drawing("series/job", 'up{job=~"$job"}'),
    firing("series/label", 'node_filesystem_avail_bytes{mountpoint="/"} < 1e9'),
    firing("series/label", 'node_load1{zone=~"eu|"} > 3'),
    firing("series/label", 'shop_orders_waiting{zone="eu"} > 3'),
    firing("series/value", 'rate(node_cpu_seconds_total{mode=~"idle|usr"}[5m]) < 0.1'),
    firing("series/value", 'node_filesystem_avail_bytes{mountpoint="/anything"} < 1e9'),
    firing("series/idle", 'node_filesystem_avail_bytes{fstype!="tmpfs"} < 1e9'),
    firing("series/several", 'process_open_fds{job="flask"} > 1000'),
    firing("series/several", "max by (job) (process_open_fds) > 1000"),
    drawing("series/several", "process_open_fds"),
]
