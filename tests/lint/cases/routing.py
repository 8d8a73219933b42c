"""Routes, inhibit rules and time intervals, rightly and wrongly declared."""

from collections.abc import Mapping
from typing import Any

from dojoboards.model import InhibitRule, Project, Route, TimeInterval
from support.lint import Case, at, notified

WARNING, CRITICAL = 'severity="warning"', 'severity="critical"'


def route(line: int = 3, **fields: object) -> Route:
    return Route(**{"matchers": [CRITICAL], "source": at(line), **fields})  # type: ignore[arg-type]


def routes(*given: Route) -> Project:
    return notified(routes=given)


def inhibition(**fields: object) -> Project:
    given = {"source_matchers": [CRITICAL], "target_matchers": [WARNING], "source": at(3), **fields}
    return notified(inhibitions=[InhibitRule(**given)])  # type: ignore[arg-type]


def times(*intervals: Mapping[str, Any]) -> Project:
    return notified(time_intervals=[TimeInterval(name="night", intervals=intervals, source=at(3))])


WHICH = "the route 'severity=\"critical\"'"
MATCHER = '\n    write label="value"; the operators are =, !=, =~ and !~'
NOT_A_MATCHER = f'is not a matcher such as severity="critical" or team=~"web|db"{MATCHER}'
DAYS = "\n    write days in full, such as monday or monday:friday; the week begins on sunday"
NIGHT = "content.py:3: the time interval 'night'"

BAD = [
    Case(
        "route/receiver",
        routes(route(routes=[route(4, receiver="defualt")])),
        [
            (
                "content.py:4: the route to 'defualt' names the unknown receiver 'defualt'\n"
                "    did you mean 'default'? known: default"
            )
        ],
    ),
    Case(
        "route/timing",
        routes(route(group_by=["service, host", "a", "a"], group_wait="soon", group_interval="0s")),
        [
            (
                f"content.py:3: `group_wait` of {WHICH}: 'soon' is not a duration such as 30s, 5m or 1h30m\n"
                "    give whole numbers with units, such as 30s, 5m or 4h"
            ),
            (
                f"content.py:3: `group_interval` of {WHICH}: '0s' is no time at all\n"
                "    give whole numbers with units, such as 30s, 5m or 4h"
            ),
            (
                f"content.py:3: `group_by` of {WHICH} has 'service, host', which is not the name of a label\n"
                "    give one label each"
            ),
            f"content.py:3: `group_by` of {WHICH} has 'a' twice\n    take one away",
        ],
    ),
    Case(
        "route/timing",
        routes(route(receiver="default", group_by=["...", "a"])),
        [
            (
                "content.py:3: `group_by` of the route to 'default' has '...' and other labels\n"
                "    '...' is all labels: it stands alone"
            )
        ],
    ),
    Case(
        "route/matchers",
        routes(route(receiver="default", matchers=["severity", 'team=~"(web"', "{}"])),
        [
            f"content.py:3: `matchers` of the route to 'default': 'severity' {NOT_A_MATCHER}",
            (
                "content.py:3: `matchers` of the route to 'default': the regular expression '(web' is wrong:"
                f" missing ), unterminated subpattern at position 0{MATCHER}"
            ),
            f"content.py:3: `matchers` of the route to 'default': '{{}}' is not a matcher{MATCHER}",
        ],
    ),
    Case(
        "route/matchers",
        routes(route(receiver="default", matchers=[CRITICAL, 'team="web"', f'{WARNING}, job="a"'])),
        [
            (
                "content.py:3: the route to 'default' asks that severity be 'critical' and 'warning' at once\n"
                '    write severity=~"critical|warning" for one of the two, or make two routes'
            )
        ],
    ),
    Case(
        "route/severity",
        routes(route(receiver="default", matchers=['severity=~"critical|warn"', 'severity!="crit"'])),
        [
            (
                "content.py:3: the route to 'default' asks for the severity 'warn', which no alert has\n"
                "    did you mean 'warning'? known: critical, info, warning"
            ),
            (
                "content.py:3: the route to 'default' asks for the severity 'crit', which no alert has\n"
                "    did you mean 'critical'? known: critical, info, warning"
            ),
        ],
    ),
    Case(
        "route/intervals",
        notified(
            routes=[route(receiver="default", mute_time_intervals=["nihgt"], active_time_intervals=["day"])],
            time_intervals=[TimeInterval(name="night", intervals=[{"weekdays": ["sunday"]}])],
        ),
        [
            (
                "content.py:3: the route to 'default' names the unknown time interval 'nihgt'\n"
                "    did you mean 'night'? known: night"
            ),
            "content.py:3: the route to 'default' names the unknown time interval 'day'\n    known: night",
        ],
    ),
    Case(
        "route/reached",
        routes(route(3, matchers=[], priority=1), route(4), route(5, priority=2)),
        [
            (
                f"content.py:5: no alert comes to {WHICH}: the route at content.py:3 catches everything before\n"
                "    put the route without matchers last, or give it `continue_=True`"
            )
        ],
    ),
    Case(
        "route/reached",
        routes(route(routes=[route(4, matchers=[], receiver="default"), route(5, receiver="default")])),
        [
            (
                "content.py:5: no alert comes to the route to 'default': the route at content.py:4 catches everything"
                " before\n    put the route without matchers last, or give it `continue_=True`"
            )
        ],
    ),
    Case(
        "inhibition/matchers",
        inhibition(source_matchers=[], target_matchers=["severity warning"]),
        [
            (
                "content.py:3: `source_matchers` of an inhibit rule is empty, which is every alert\n"
                "    say which alerts are meant"
            ),
            f"content.py:3: `target_matchers` of an inhibit rule: 'severity warning' {NOT_A_MATCHER}",
        ],
    ),
    Case(
        "inhibition/severity",
        inhibition(target_matchers=['severity="warn"']),
        [
            (
                "content.py:3: an inhibit rule asks for the severity 'warn', which no alert has\n"
                "    did you mean 'warning'? known: critical, info, warning"
            )
        ],
    ),
    Case(
        "inhibition/equal",
        inhibition(equal=["alertname,host", "a", "a"]),
        [
            (
                "content.py:3: `equal` of an inhibit rule has 'alertname,host', which is not the name of a label\n"
                "    give one label each"
            ),
            "content.py:3: `equal` of an inhibit rule has 'a' twice\n    take one away",
        ],
    ),
    Case(
        "inhibition/effect",
        inhibition(source_matchers=[f'{CRITICAL}, team="web"'], target_matchers=["team=web", CRITICAL]),
        [
            (
                "content.py:3: an inhibit rule silences nothing: its two sides are the same alerts\n"
                "    give source_matchers that the alerts to be silenced do not match"
            )
        ],
    ),
    Case(
        "time-interval/unique",
        notified(
            time_intervals=[
                TimeInterval(name="night", intervals=[{"months": ["1"]}], source=at(3)),
                TimeInterval(name="night", intervals=[{"months": ["2"]}], source=at(4)),
            ]
        ),
        ["content.py:4: the time interval 'night' is declared twice\n    rename one; the first is at content.py:3"],
    ),
    Case(
        "time-interval/times",
        times(),
        [f"{NIGHT} has no times\n    give at least one mapping with `times`, `weekdays` or the like"],
    ),
    Case(
        "time-interval/times",
        times(
            {},
            {"times": [{"start_time": "22:00", "end_time": "06:00"}, {"start_time": "9:00", "end_time": "17:00"}]},
            {"weekdays": ["mon", "saturday:sunday", "monday:tuesday:friday"]},
            {"days_of_month": ["0", "-3:5", "29:-1", "5:1"]},
            {"months": ["13", "november:february"]},
            {"years": ["26", "2028:2026"]},
        ),
        [
            f"{NIGHT} has an entry without times, which is always\n    say when",
            (
                f"{NIGHT}: the range from 22:00 to 06:00 in `times` ends before it begins\n"
                "    make two ranges, until 24:00 and from 00:00"
            ),
            f"{NIGHT}: '9:00' in `times` is no time\n    give start_time and end_time as HH:MM",
            f"{NIGHT}: 'mon' in `weekdays` is no such range{DAYS}",
            f"{NIGHT}: 'saturday:sunday' in `weekdays` ends before it begins{DAYS}",
            f"{NIGHT}: 'monday:tuesday:friday' in `weekdays` is no such range{DAYS}",
            *(
                f"{NIGHT}: '{text}' in `days_of_month` {what}\n"
                "    write 1 to 31, or -1 to -31 counted from the end, such as 1:7 or -3:-1"
                for text, what in (
                    ("0", "is no such range"),
                    ("-3:5", "ends before it begins"),
                    ("29:-1", "ends before it begins"),
                    ("5:1", "ends before it begins"),
                )
            ),
            (
                f"{NIGHT}: '13' in `months` is no such range\n"
                "    write months in full or as 1 to 12, such as november or january:march"
            ),
            (
                f"{NIGHT}: 'november:february' in `months` ends before it begins\n"
                "    write months in full or as 1 to 12, such as november or january:march"
            ),
            f"{NIGHT}: '26' in `years` is no such range\n    write years in full, such as 2026 or 2026:2028",
            (
                f"{NIGHT}: '2028:2026' in `years` ends before it begins\n"
                "    write years in full, such as 2026 or 2026:2028"
            ),
        ],
    ),
]

GOOD = [
    Case("route/receiver", routes(route(receiver="default", routes=[route(matchers=["a=b"])]))),
    Case("route/timing", routes(route(group_by=["..."], group_wait="0s", group_interval="1m", repeat_interval="1w"))),
    Case("route/timing", routes(route(group_by=["service", "host.name"]))),
    Case("route/matchers", routes(route(matchers=['a="b", c=~"d|e"', "{f!=g}", 'h!~"\\\\d+"', "severity=critical"]))),
    Case("route/severity", routes(route(matchers=['severity=~"critical|info"', 'severity=~"warn.*"', 'severity!=""']))),
    Case(
        "route/intervals",
        notified(
            routes=[route(mute_time_intervals=["night"])],
            time_intervals=[TimeInterval(name="night", intervals=[{"weekdays": ["sunday"]}])],
        ),
    ),
    Case("route/reached", routes(route(matchers=[], priority=9), route(), route(matchers=[], continue_=True))),
    Case("inhibition/matchers", inhibition()),
    Case("inhibition/severity", inhibition(target_matchers=['severity=~"warning|info"'])),
    Case("inhibition/equal", inhibition(equal=["alertname", "host"])),
    Case("inhibition/effect", inhibition(target_matchers=[CRITICAL, 'team="web"'])),
    Case("time-interval/unique", times({"months": ["may:august"]})),
    Case(
        "time-interval/times",
        times(
            {"times": [{"start_time": "22:00", "end_time": "24:00"}, {"start_time": "00:00", "end_time": "06:00"}]},
            {"weekdays": ["saturday", "Sunday:Tuesday"], "location": "Europe/Berlin"},
            {"days_of_month": ["1", "-3:-1", "1:-1", "27:-1"], "months": ["january", "1:3", "12"]},
            {"years": ["2026", "2026:2028"]},
        ),
    ),
]
