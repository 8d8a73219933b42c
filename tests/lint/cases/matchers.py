"""Regular expressions in matchers."""

from support.expressions import drawing, firing, plain

CASES = [
    firing(
        "matcher/literal",
        'up{job=~"node"} == 0',
        "content.py:2: alert 'Down': job=~\"node\" is a regular expression for one value"
        '\n    write job="node"'
        '\n    at job=~"node"',
    ),
    firing(
        "matcher/literal",
        'up{job!~"node"} == 0',
        "content.py:2: alert 'Down': job!~\"node\" is a regular expression for one value"
        '\n    write job!="node"'
        '\n    at job!~"node"',
    ),
    firing(
        "matcher/literal",
        'up{job=~"^n.*$"} == 0',
        "content.py:2: alert 'Down': job=~\"^n.*$\" is anchored twice, as every regular expression is"
        '\n    write job=~"n.*"'
        '\n    at job=~"^n.*$"',
    ),
    firing(
        "matcher/everything",
        'up{job=~".*"} == 0',
        "content.py:2: alert 'Down': job=~\".*\" takes every series, those without the label too"
        '\n    take it away, or write job!="" where the label must be there'
        '\n    at job=~".*"',
    ),
    drawing(
        "matcher/everything",
        'up{instance=~"$instance",job=~".*"}',
        "content.py:5: panel 'Load' of dashboard 'Hosts': job=~\".*\" takes every series, those without "
        "the label too"
        '\n    take it away, or write job!="" where the label must be there'
        '\n    at job=~".*"',
    ),
    firing(
        "matcher/nothing",
        'up{job!~".*"} == 0',
        "content.py:2: alert 'Down': job!~\".*\" leaves out every series"
        '\n    write job="" for those without the label'
        '\n    at job!~".*"',
    ),
    firing(
        "matcher/nothing",
        'up{job="node",job="nginx"} == 0',
        'content.py:2: alert \'Down\': job="node" and job="nginx" can never both hold'
        '\n    write job=~"node|..." for either, or take one away'
        '\n    at job="node"',
    ),
    firing(
        "matcher/nothing",
        'up{job="node",job!="node"} == 0',
        'content.py:2: alert \'Down\': job="node" and job!="node" can never both hold'
        '\n    write job=~"node|..." for either, or take one away'
        '\n    at job="node"',
    ),
    firing(
        "matcher/pattern",
        'rate(flask_http_request_total{status="5.."}[5m]) > 1',
        "content.py:2: alert 'Down': status=\"5..\" looks like a regular expression and is matched as text"
        '\n    write status=~"5.."'
        '\n    at status="5.."',
    ),
    firing(
        "matcher/pattern",
        'up{job!="node|nginx"} == 0',
        "content.py:2: alert 'Down': job!=\"node|nginx\" looks like a regular expression and is matched as "
        "text"
        '\n    write job!~"node|nginx"'
        '\n    at job!="node|nginx"',
    ),
    firing(
        "matcher/pattern",
        'rate(flask_http_request_total{method="P.*"}[5m]) > 1',
        "content.py:2: alert 'Down': method=\"P.*\" looks like a regular expression and is matched as text"
        '\n    write method=~"P.*"'
        '\n    at method="P.*"',
    ),
]

BAD = [plain(case) for case in CASES]

GOOD = [
    firing("matcher/literal", 'up{job=~"node|nginx"} == 0'),
    firing("matcher/literal", 'up{instance=~"web1:.+"} == 0'),
    drawing("matcher/literal", 'up{job=~"$job"}'),
    firing("matcher/everything", 'up{job=~".+"} == 0'),
    firing("matcher/everything", 'up{job!~"node.*"} == 0'),
    firing("matcher/nothing", 'up{job=~"n.*",job!="nginx"} == 0'),
    firing("matcher/nothing", 'up{job="node",job=~"n.*"} == 0'),
    firing("matcher/pattern", 'rate(flask_http_request_total{status=~"5.."}[5m]) > 1'),
    firing("matcher/pattern", 'rate(prometheus_http_requests_total{handler="/api/v1/query_range"}[5m]) > 1'),
    firing("matcher/pattern", 'node_uname_info{release="6.1.0"} == 1'),
]
