"""Rules beside each other."""

from dojoboards.model import RecordingRule
from support.expressions import plain, shop
from support.lint import Case, alert, at, group
from support.lint import recording as recording_rule

CASES = [
    Case(
        "recording/repeated",
        shop(group(RecordingRule(record="job:errors:ratio", expr="sum by (job) (up)", source=at(7)), name="more")),
        [
            (
                "content.py:7: 'job:errors:ratio' is recorded in the rule groups 'shop' and 'more'"
                "\n    take one away; the first is at content.py:70"
            )
        ],
    ),
    Case(
        "recording/repeated",
        shop(group(recording_rule()), group(recording_rule(source=at(8)), name="more")),
        [
            (
                "content.py:8: 'job:up:sum' is recorded in the rule groups 'hosts' and 'more'"
                "\n    take one away; the first is at content.py:2"
            )
        ],
    ),
    Case(
        "alert/repeated",
        shop(
            group(alert(name="Loaded", expr="node_load1 > 5"), alert(name="Busy", expr="node_load1  > 5", source=at(8)))
        ),
        [
            (
                "content.py:8: the alerts 'Loaded' and 'Busy' fire on the same condition"
                "\n    take one away; the first is at content.py:2"
            )
        ],
    ),
    Case(
        "alert/repeated",
        shop(
            group(alert(name="Away", source=at(7), severity="warning")),
            group(alert(name="Gone", source=at(8), severity="warning"), name="more"),
        ),
        [
            (
                "content.py:8: the alerts 'Away' and 'Gone' fire on the same condition"
                "\n    take one away; the first is at content.py:7"
            )
        ],
    ),
    Case(
        "alert/order",
        shop(
            group(
                alert(name="Loaded", expr="node_load1 > 5"),
                alert(name="Loaded", expr="node_load1 > 7", severity="warning"),
            )
        ),
        [
            (
                "content.py:2: the alert 'Loaded' is 'critical' at 5, before it is 'warning' at 7"
                "\n    exchange the limits"
                "\n    at 5"
            )
        ],
    ),
    Case(
        "alert/order",
        shop(
            group(
                alert(name="Full", expr="node_filesystem_avail_bytes < 2e9 and on (instance) node_load1 > 1"),
                alert(name="Full", expr="node_filesystem_avail_bytes < 1e9", severity="warning"),
            )
        ),
        [
            (
                "content.py:2: the alert 'Full' is 'critical' at 2000000000, before it is 'warning' at 1000000000"
                "\n    exchange the limits"
                "\n    at 2e9"
            )
        ],
    ),
]

BAD = [plain(case) for case in CASES]

GOOD = [
    Case(
        "recording/repeated",
        shop(group(recording_rule(labels={"of": "a"})), group(recording_rule(labels={"of": "b"}), name="more")),
    ),
    Case(
        "alert/repeated",
        shop(
            group(
                alert(name="Loaded", expr="node_load1 > 5"),
                alert(name="Busy", expr="node_load1 > 5", severity="warning"),
            )
        ),
    ),
    Case(
        "alert/order",
        shop(
            group(
                alert(name="Loaded", expr="node_load1 > 7"),
                alert(name="Loaded", expr="node_load1 > 5", severity="warning"),
            )
        ),
    ),
    Case(
        "alert/order",
        shop(
            group(
                alert(name="Loaded", expr="node_load1 > 5"),
                alert(name="Loaded", expr="node_load5 > 7", severity="warning"),
            )
        ),
    ),
]
