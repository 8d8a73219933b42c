"""Template variables, and what refers to them."""

from typing import Any

from dojoboards.artifact import Artifact
from dojoboards.model import DataSourceRef, Environment
from support.lint import Case, board, panel, project, target


def variable(name: str, query: Any = "label_values(up, x)", **fields: Any) -> dict[str, Any]:
    return {"name": name, "type": "query", "query": query, "refresh": 2, **fields}


HOST = variable("host")
SEVERAL = variable("host", multi=True)
ROW = {"type": "row", "title": "Hosts", "id": 90, "panels": []}
PROMETHEUS = Environment(name="prod", data_sources={"prometheus": DataSourceRef(uid="p", type="prometheus")})


def having(
    *variables: dict[str, Any], panels: tuple[dict[str, Any], ...] = (panel("up"),), **fields: Any
) -> list[Artifact]:
    """A dashboard with these variables."""
    return [board(*panels, templating={"list": variables}, **fields)]


def asking(expr: str, *variables: dict[str, Any], **fields: Any) -> list[Artifact]:
    """A dashboard with a panel that asks this, and these variables."""
    return having(*variables, panels=(panel(expr, **fields),))


SOURCES = {"name": "source", "type": "datasource", "query": "loki"}
ANNOTATION = {"name": "Alerts", "expr": 'ALERTS{host="$hots"}'}
LOKI = {"datasource": {"type": "loki", "uid": "loki"}, "expr": '{host="$hots"}'}

BAD = [
    Case(
        "variable/unknown",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' refers to the variable 'hots', which is not "
                "declared"
                "\n    did you mean 'host'? known: host"
            )
        ],
        artifacts=asking('up{host="$hots"} + up{host="${hots:regex}"}', HOST),
    ),
    Case(
        "variable/unknown",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' refers to the variable 'hots', which is not "
                "declared"
                "\n    none is declared"
            )
        ],
        artifacts=asking('up{host="[[hots]]"}'),
    ),
    Case(
        "variable/unknown",
        project(),
        [
            (
                "content.py:1: the title of panel 'CPU of $hots' of dashboard 'Shop' refers to the variable "
                "'hots', which is not declared"
                "\n    did you mean 'host'? known: host"
            ),
            (
                "content.py:1: a legend of panel 'CPU of $hots' of dashboard 'Shop' refers to the variable "
                "'hots', which is not declared"
                "\n    did you mean 'host'? known: host"
            ),
            (
                "content.py:1: panel 'CPU of $hots' of dashboard 'Shop' refers to the variable 'hots', which is "
                "not declared"
                "\n    did you mean 'host'? known: host"
            ),
            (
                "content.py:1: a link of panel 'CPU of $hots' of dashboard 'Shop' refers to the variable 'hots', "
                "which is not declared"
                "\n    did you mean 'host'? known: host"
            ),
        ],
        artifacts=having(
            HOST,
            panels=(panel(target("up", "$hots"), LOKI, title="CPU of $hots", links=[{"url": "/d/x?var-a=${hots}"}]),),
        ),
    ),
    Case(
        "variable/unknown",
        project(),
        [
            (
                "content.py:1: variable 'job' of dashboard 'Shop' refers to the variable 'hots', which is not "
                "declared"
                "\n    did you mean 'host'? known: host, job"
            ),
            (
                "content.py:1: annotation 'Alerts' of dashboard 'Shop' refers to the variable 'hots', which is "
                "not declared"
                "\n    did you mean 'host'? known: host, job"
            ),
        ],
        artifacts=having(
            HOST, variable("job", 'label_values(up{host="$hots"}, job)'), annotations={"list": [ANNOTATION]}
        ),
    ),
    Case(
        "variable/unknown",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' refers to the variable 'source', which is not "
                "declared"
                "\n    none is declared"
            )
        ],
        artifacts=having(panels=(panel(target("up", datasource={"type": "prometheus", "uid": "${source}"})),)),
    ),
    Case(
        "variable/repeat",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop' is repeated over the variable 'hots', which is "
                "not declared"
                "\n    did you mean 'host'? known: host"
            ),
            (
                "content.py:1: panel 'Memory' of dashboard 'Shop' is repeated over the variable 'host', of which "
                "one value can be chosen"
                "\n    make the variable `multi`, or take `repeat` away"
            ),
        ],
        artifacts=having(HOST, panels=(panel("up", repeat="hots"), panel("up", id=2, title="Memory", repeat="host"))),
    ),
    Case(
        "variable/repeat",
        project(),
        [
            (
                "content.py:1: row 'Hosts' of dashboard 'Shop' is repeated over the variable 'host', which is "
                "not declared"
                "\n    none is declared"
            )
        ],
        artifacts=having(panels=({**ROW, "repeat": "host"}, panel("up"))),
    ),
    Case(
        "variable/unused",
        project(),
        [
            (
                "content.py:1: nothing on dashboard 'Shop' refers to the variable 'host'"
                '\n    use it, such as host=~"$host", or take it away'
            )
        ],
        artifacts=having(HOST, variable("hostname"), panels=(panel('up{host="$hostname"}'),)),
    ),
    Case(
        "variable/name",
        project(),
        [
            "content.py:1: dashboard 'Shop' has two variables with the name 'host'\n    rename one",
            (
                "content.py:1: '__all' is not the name of a variable (dashboard 'Shop')"
                "\n    use letters, digits and underscores, no two at the start"
            ),
            (
                "content.py:1: 'a-b' is not the name of a variable (dashboard 'Shop')"
                "\n    use letters, digits and underscores, no two at the start"
            ),
        ],
        artifacts=having(HOST, HOST, variable("__all"), variable("a-b"), panels=(panel('up{x="$host"}'),)),
    ),
    Case(
        "variable/cycle",
        project(),
        [
            (
                "content.py:1: variables of dashboard 'Shop' wait for each other: 'a' for 'b' for 'c' for 'a'"
                "\n    let one of them do without the others"
            )
        ],
        artifacts=having(
            variable("a", 'label_values(up{x="$b"}, x)'),
            variable("b", 'label_values(up{x="$c"}, x)'),
            variable("c", 'label_values(up{x="$a"}, x)'),
        ),
    ),
    Case(
        "variable/cycle",
        project(),
        [
            (
                "content.py:1: variables of dashboard 'Shop' wait for each other: 'a' for 'a'"
                "\n    let one of them do without the others"
            )
        ],
        artifacts=having(variable("a", 'label_values(up{x="$a"}, x)')),
    ),
    Case(
        "variable/order",
        project(),
        [
            (
                "content.py:1: the variable 'host' of dashboard 'Shop' stands before 'job', which it needs"
                "\n    put 'job' first"
            )
        ],
        artifacts=having(
            variable("host", {"query": 'label_values(up{job="$job"}, host)', "refId": "A"}), variable("job")
        ),
    ),
    Case(
        "variable/refresh",
        project(),
        [
            (
                "content.py:1: the variable 'host' of dashboard 'Shop' asks for its values when the dashboard "
                "opens"
                "\n    give `refresh` 2"
            ),
            (
                "content.py:1: the variable 'job' of dashboard 'Shop' asks for its values only once, when it is "
                "edited"
                "\n    give `refresh` 2"
            ),
        ],
        artifacts=having({**HOST, "refresh": 1}, {**HOST, "name": "job", "refresh": 0}),
    ),
    Case(
        "variable/several",
        project(),
        [
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop': host=\"$host\" matches nothing once several values "
                "of 'host' are chosen"
                '\n    write host=~"$host"'
            ),
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop': host!=\"${host}\" leaves nothing out once several "
                "values of 'host' are chosen"
                '\n    write host!~"$host"'
            ),
            (
                "content.py:1: panel 'CPU' of dashboard 'Shop': job=\"$job\" matches nothing once several values "
                "of 'job' are chosen"
                '\n    write job=~"$job"'
            ),
        ],
        artifacts=asking(
            'up{host="$host"} or up{host!="${host}"} or up{job="$job"}', SEVERAL, variable("job", includeAll=True)
        ),
    ),
    Case(
        "variable/several",
        project(),
        [
            (
                "content.py:1: variable 'job' of dashboard 'Shop': host=\"$host\" matches nothing once several "
                "values of 'host' are chosen"
                '\n    write host=~"$host"'
            )
        ],
        artifacts=having(SEVERAL, variable("job", 'label_values(up{host="$host"}, job)')),
    ),
    Case(
        "variable/data-source",
        project(environment=PROMETHEUS),
        [
            (
                "content.py:1: the variable 'source' of dashboard 'Shop' chooses among data sources of the type "
                "'loki', of which environment 'prod' has none"
                "\n    known: prometheus"
            )
        ],
        artifacts=having(SOURCES),
    ),
]

GOOD = [
    Case(
        "variable/unknown",
        project(),
        artifacts=asking('rate(up{host="$host"}[$__rate_interval]) > $__interval_ms', HOST),
    ),
    Case(
        "variable/unknown",
        project(),
        artifacts=asking('label_replace(up, "a", "$1$name", "b", "(?P<name>x)(y)$")', title="US$ 5 and $"),
    ),
    Case(
        "variable/unknown",
        project(),
        artifacts=asking("up", description="costs $dollars", options={"content": "$HOME"}),
    ),
    Case(
        "variable/unknown",
        project(),
        artifacts=asking("up", links=[{"url": "/d/x?${__url_time_range}&${__all_variables}"}]),
    ),
    Case(
        "variable/unknown",
        project(),
        artifacts=having(panels=(panel("up", datasource={"uid": "${DS}"}),), __inputs=[{"name": "DS"}]),
    ),
    Case(
        "variable/repeat",
        project(),
        artifacts=having(SEVERAL, panels=(panel("up", repeat="host"), {**ROW, "repeat": "host"})),
    ),
    Case(
        "variable/repeat",
        project(),
        artifacts=having(variable("host", includeAll=True), panels=(panel("up", repeat="host"),)),
    ),
    Case("variable/unused", project(), artifacts=having(HOST, panels=(panel("up", title="CPU of [[host]]"),))),
    Case(
        "variable/unused",
        project(),
        artifacts=having(SEVERAL, {"name": "filters", "type": "adhoc"}, panels=(panel("up", repeat="host"),)),
    ),
    Case(
        "variable/unused",
        project(),
        artifacts=having(
            HOST, variable("job", 'label_values(up{host="$host"}, job)'), panels=(panel('up{job="$job"}'),)
        ),
    ),
    Case("variable/unused", project(), artifacts=having(HOST, panels=({"type": "library-panel-ref", "id": 1},))),
    Case(
        "variable/unused",
        project(),
        artifacts=having(HOST, links=[{"type": "link", "url": "/d/x", "includeVars": True}]),
    ),
    Case("variable/name", project(), artifacts=having(HOST, variable("host_2"))),
    Case(
        "variable/cycle",
        project(),
        artifacts=having(
            HOST,
            variable("job", 'label_values(up{host="$host"}, job)'),
            variable("x", 'label_values(up{host="$host",job="$job"}, x)'),
        ),
    ),
    Case("variable/order", project(), artifacts=having(HOST, variable("job", 'label_values(up{host="$host"}, job)'))),
    Case(
        "variable/refresh",
        project(),
        artifacts=having(HOST, {"name": "step", "type": "interval"}, {**SOURCES, "refresh": 1}),
    ),
    Case("variable/several", project(), artifacts=asking('up{host=~"$host",job!~"$host"} > 0', SEVERAL)),
    Case("variable/several", project(), artifacts=asking('up{host="$host"}', HOST)),
    Case("variable/several", project(), artifacts=asking('up{host="$host"}', SEVERAL, repeat="host")),
    Case(
        "variable/several",
        project(),
        artifacts=having(SEVERAL, panels=({**ROW, "repeat": "host"}, panel('up{host="$host"}'))),
    ),
    Case("variable/data-source", project(environment=PROMETHEUS), artifacts=having({**SOURCES, "query": "prometheus"})),
    Case("variable/data-source", project(), artifacts=having(SOURCES)),
]
