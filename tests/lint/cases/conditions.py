"""When alerts fire."""

from support import lint
from support.expressions import drawing, firing, plain, recording

CASES = [
    firing(
        "alert/condition",
        "rate(redis_evicted_keys_total[5m])",
        "content.py:2: alert 'Down' has no condition: it fires for every series that there is"
        "\n    compare it with a limit, such as `> 0`"
        "\n    at rate(redis_evicted_keys_total[5m])",
    ),
    firing(
        "alert/condition",
        "job:errors:ratio",
        "content.py:2: alert 'Down' has no condition: it fires for every series that there is"
        "\n    compare it with a limit, such as `> 0`"
        "\n    at job:errors:ratio",
    ),
    firing(
        "alert/condition",
        "node_load1 > 5 or node_load5",
        "content.py:2: alert 'Down' has no condition: it fires for every series that there is"
        "\n    compare it with a limit, such as `> 0`"
        "\n    at node_load1 > 5 or node_load5",
    ),
    firing(
        "alert/constant",
        "vector(1) > 0",
        "content.py:2: alert 'Down' compares constants: it always fires"
        "\n    compare something that is measured"
        "\n    at vector(1) > 0",
    ),
    firing(
        "alert/constant",
        "vector(0) > 1",
        "content.py:2: alert 'Down' compares constants: it never fires"
        "\n    compare something that is measured"
        "\n    at vector(0) > 1",
    ),
    firing(
        "alert/constant",
        "1 > bool 0",
        "content.py:2: alert 'Down' compares constants: it always fires"
        "\n    compare something that is measured"
        "\n    at 1 > bool 0",
    ),
    firing(
        "alert/bool",
        "up == bool 0",
        "content.py:2: alert 'Down' compares with `bool`: it always fires, with 0 or with 1"
        "\n    take `bool` away, or compare the result: (...) == 1"
        "\n    at ==",
    ),
    firing(
        "alert/bool",
        "max by (job) (node_load1 > bool 5)",
        "content.py:2: alert 'Down' compares with `bool`: it always fires, with 0 or with 1"
        "\n    take `bool` away, or compare the result: (...) == 1"
        "\n    at >",
    ),
    firing(
        "comparison/nan",
        "node_load1 == NaN",
        "content.py:2: alert 'Down': a comparison with NaN is never true\n    to find NaN, write `x != x`\n    at NaN",
    ),
    recording(
        "comparison/nan",
        "node_load1 != NaN",
        "content.py:2: recording rule 'instance:node_load:set': a comparison with NaN is always true"
        "\n    to find NaN, write `x != x`"
        "\n    at NaN",
        record="instance:node_load:set",
    ),
    firing(
        "comparison/impossible",
        "up > 1",
        "content.py:2: alert 'Down': `> 1` is never true, as up is 0 or 1\n    compare with what it can be\n    at >",
    ),
    firing(
        "comparison/impossible",
        'up{job="node"} >= 0',
        "content.py:2: alert 'Down': `>= 0` is always true, as up is 0 or 1"
        "\n    compare with what it can be"
        "\n    at >=",
    ),
    firing(
        "comparison/impossible",
        'count(up{job="node"} == 1) == 0',
        "content.py:2: alert 'Down': `== 0` is never true, as `count` of nothing gives nothing"
        "\n    ask for `absent(...)`, or give it a value: (count(...) or vector(0))"
        "\n    at ==",
    ),
    firing(
        "comparison/impossible",
        'absent(up{job="node"}) == 0',
        "content.py:2: alert 'Down': `== 0` is never true, as `absent` gives 1 or nothing"
        "\n    compare with what it can be"
        "\n    at ==",
    ),
    firing(
        "comparison/impossible",
        "rate(node_forks_total[5m]) < 0",
        "content.py:2: alert 'Down': `< 0` is never true, as `rate` is never below 0"
        "\n    compare with what it can be"
        "\n    at <",
    ),
    firing(
        "comparison/impossible",
        'ALERTS{alertstate="firing"} == 0',
        "content.py:2: alert 'Down': `== 0` is never true, as it is 1 or not there"
        "\n    compare with what it can be"
        "\n    at ==",
    ),
    firing(
        "alert/upside-down",
        "up == 1",
        "content.py:2: alert 'Down' fires while 'up' is 1, which is when all is well"
        "\n    turn it around: `== 0`"
        "\n    at ==",
    ),
    firing(
        "alert/upside-down",
        "min by (job) (up) != 0",
        "content.py:2: alert 'Down' fires while 'up' is 1, which is when all is well"
        "\n    turn it around: `== 0`"
        "\n    at !=",
    ),
    firing(
        "alert/upside-down",
        "node_filesystem_readonly == 0",
        "content.py:2: alert 'Down' fires while 'node_filesystem_readonly' is 0, which is when all is "
        "well"
        "\n    turn it around: `== 1`"
        "\n    at ==",
    ),
    firing(
        "alert/counter",
        "redis_evicted_keys_total > 100",
        "content.py:2: alert 'Down' compares the counter 'redis_evicted_keys_total' itself with a number"
        "\n    compare increase(redis_evicted_keys_total[5m])"
        "\n    at redis_evicted_keys_total",
    ),
    firing(
        "alert/counter",
        "sum(redis_evicted_keys_total) > 100 and on () node_load1 > 3",
        "content.py:2: alert 'Down' compares the counter 'redis_evicted_keys_total' itself with a number"
        "\n    compare increase(redis_evicted_keys_total[5m])"
        "\n    at redis_evicted_keys_total",
    ),
    firing(
        "alert/counts-all",
        'count(up{job="node"}) < 3',
        "content.py:2: alert 'Down' counts every 'up', also those that are 0"
        "\n    count(up == 1), or sum(up)"
        "\n    at count",
    ),
    firing(
        "alert/counts-all",
        "count by (job) (up) < 2",
        "content.py:2: alert 'Down' counts every 'up', also those that are 0"
        "\n    count(up == 1), or sum(up)"
        "\n    at count",
    ),
    firing(
        "alert/sampling",
        "topk(3, node_load1) > 10",
        "content.py:2: alert 'Down' chooses its series by `topk`, which are others from time to time"
        "\n    take `topk` away: compare all"
        "\n    at topk",
    ),
    firing(
        "alert/sampling",
        "bottomk(1, node_filesystem_avail_bytes) < 1e9",
        "content.py:2: alert 'Down' chooses its series by `bottomk`, which are others from time to time"
        "\n    take `bottomk` away: compare all"
        "\n    at bottomk",
    ),
    firing(
        "alert/irate",
        "irate(redis_evicted_keys_total[5m]) > 10",
        "content.py:2: alert 'Down' rests on `irate`, which sees two samples only\n    use `rate`\n    at irate",
    ),
    firing(
        "alert/irate",
        "idelta(node_load1[5m]) > 10",
        "content.py:2: alert 'Down' rests on `idelta`, which sees two samples only\n    use `delta`\n    at idelta",
    ),
    firing(
        "alert/absent-of-many",
        'absent(up{job=~"node|nginx"})',
        "content.py:2: alert 'Down' fires only when all of node|nginx are gone"
        '\n    ask for each by itself: job="node"'
        '\n    at job=~"node|nginx"',
    ),
    firing(
        "alert/absent-of-many",
        'absent_over_time(node_load1{instance=~"db1:9100|web1:9100"}[10m])',
        "content.py:2: alert 'Down' fires only when all of db1:9100|web1:9100 are gone"
        '\n    ask for each by itself: instance="db1:9100"'
        '\n    at instance=~"db1:9100|web1:9100"',
    ),
]

BAD = [
    *map(plain, CASES),
    lint.Case(  # rules that record what they read are followed once
        "alert/condition",
        lint.rules(
            lint.recording(record="job:a:sum", expr="job:b:sum"),
            lint.recording(record="job:b:sum", expr="job:a:sum"),
            lint.alert(expr="job:a:sum"),
        ),
        [
            (
                "content.py:2: alert 'Down' has no condition: it fires for every series that there is"
                "\n    compare it with a limit, such as `> 0`"
            )
        ],
    ),
]

GOOD = [
    firing("alert/condition", "rate(redis_evicted_keys_total[5m]) > 10"),
    firing("alert/condition", "count(up == 0)"),
    firing("alert/condition", 'ALERTS{alertstate="firing"}'),
    firing("alert/condition", "up unless on (instance) node_load1"),
    firing("alert/condition", "(up == 0) * on (instance) group_left (nodename) node_uname_info"),
    firing("alert/constant", "vector(1)"),
    firing("alert/constant", "hour() > 8"),
    firing("alert/bool", "sum by (job) (up == bool 0) > 1"),
    firing("alert/bool", "up == 0"),
    firing("comparison/nan", "node_load1 != node_load1"),
    firing("comparison/impossible", "up < 1"),
    firing("comparison/impossible", '(count(up{job="node"} == 1) or vector(0)) == 0'),
    firing("comparison/impossible", "sum(up) > 1"),
    firing("comparison/impossible", "deriv(node_load1[5m]) < 0"),
    firing("alert/upside-down", "up == 0"),
    firing("alert/upside-down", "up == 1 unless on (instance) node_load1"),
    firing("alert/upside-down", "node_filesystem_readonly == 1"),
    firing("alert/upside-down", "shop_ok == 1"),
    firing("alert/counter", "increase(redis_evicted_keys_total[5m]) > 100"),
    firing("alert/counter", "redis_connected_clients > 100"),
    drawing("alert/counter", "redis_evicted_keys_total > 100"),
    firing("alert/counts-all", 'count(up{job="node"} == 1) < 3'),
    firing("alert/counts-all", "count(node_load1) < 3"),
    firing("alert/sampling", "node_load1 > 10"),
    firing("alert/sampling", "sum(topk(3, node_load1)) > 10"),
    drawing("alert/sampling", "topk(3, node_load1)"),
    firing("alert/irate", "rate(redis_evicted_keys_total[5m]) > 10"),
    drawing("alert/irate", "irate(redis_evicted_keys_total[5m])"),
    firing("alert/absent-of-many", 'absent(up{job="node"})'),
    firing("alert/absent-of-many", 'absent(up{instance=~"web.+"})'),
]
