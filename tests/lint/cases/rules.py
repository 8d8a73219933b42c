"""Rule groups and their rules, rightly and wrongly declared."""

from dojoboards.artifact import Artifact, json_bytes
from dojoboards.model import Environment
from dojoboards.names import panel_id
from support.lint import Case, alert, at, group, project, recording, rules

BOARD = Artifact(
    "dashboard",
    "main",
    "grafana/dashboards/general/main.json",
    json_bytes(
        {
            "panels": [
                {"type": "stat", "title": "Up", "id": panel_id("Up")},
                {"type": "row", "title": "Machines", "panels": []},
                {"type": "timeseries", "title": "CPU", "id": panel_id("Machines/CPU")},
                {"type": "row", "title": "More", "panels": [{"type": "stat", "title": "Disk", "id": panel_id("disk")}]},
            ]
        }
    ),
    None,
)

BAD = [
    Case(
        "group/unique",
        project(groups=[group(alert()), group(alert(), source=at(9))]),
        [
            (
                "content.py:9: the rule group 'hosts' is declared twice in the module 'system'\n"
                "    rename one; the first is at content.py:1"
            )
        ],
    ),
    Case(
        "group/interval",
        project(groups=[group(alert(), interval="1 minute")]),
        [
            (
                "content.py:1: `interval` of the rule group 'hosts': '1 minute' is not a duration such as"
                " 30s, 5m or 1h30m\n"
                "    give whole numbers with units in falling order, such as 30s, 5m or 1h30m"
            )
        ],
    ),
    Case(
        "group/interval",
        project(groups=[group(alert(), interval="0s")]),
        [
            (
                "content.py:1: `interval` of the rule group 'hosts': '0s' is no time at all\n"
                "    give whole numbers with units in falling order, such as 30s, 5m or 1h30m"
            )
        ],
    ),
    Case(
        "group/gaps",
        project(groups=[group(alert(), interval="10m")]),
        [
            (
                "content.py:1: the rule group 'hosts' is evaluated every 10m: between two times there is nothing\n"
                "    give an `interval` of at most 5m"
            )
        ],
    ),
    Case(
        "group/rules",
        rules(),
        ["content.py:1: the rule group 'hosts' has no rules\n    give it rules, or take it away"],
    ),
    Case(
        "alert/unique",
        rules(alert(labels={"a": "1", "b": "2"}), alert(labels={"b": "2", "a": "1"}, source=at(8))),
        [
            (
                "content.py:8: the alert 'Down' is in the rule group 'hosts' twice with the same labels\n"
                "    give one another name or severity; the first is at content.py:2"
            )
        ],
    ),
    Case(
        "recording/unique",
        rules(recording(), recording(source=at(8))),
        [
            (
                "content.py:8: 'job:up:sum' is recorded twice in the rule group 'hosts' with the same labels\n"
                "    rename one; the first is at content.py:2"
            )
        ],
    ),
    Case(
        "alert/severity",
        rules(alert(severity="crit")),
        [
            (
                "content.py:2: the alert 'Down' has the unknown severity 'crit'\n"
                "    did you mean 'critical'? known: critical, info, warning"
            )
        ],
    ),
    Case(
        "alert/text",
        rules(alert(summary="", description=" \n")),
        [
            "content.py:2: the alert 'Down' has no summary\n    say in `summary` what is wrong, for who is called",
            (
                "content.py:2: the alert 'Down' has no description\n"
                "    say in `description` what is wrong, for who is called"
            ),
        ],
    ),
    Case(
        "alert/template",
        rules(alert(description="{{ $label.instance }} uses {{ $value | humanizePercent }}")),
        [
            (
                "content.py:2: `description` of the alert 'Down': the variable $label does not exist\n"
                "    did you mean '$labels'? known: $externalLabels, $externalURL, $labels, $value"
            ),
            (
                "content.py:2: `description` of the alert 'Down': the function 'humanizePercent' does not exist\n"
                "    did you mean 'humanizePercentage', or the label .Labels.humanizePercent?"
            ),
        ],
    ),
    Case(
        "alert/template",
        rules(alert(description="{{ .Values }}: {{ $labels.app.name }}", annotations={"a": '{{ $labels["x"] }}'})),
        [
            (
                "content.py:2: `description` of the alert 'Down': .Values is not there: the data of an alert has no "
                "'Values'\n    did you mean 'Value'? known: ExternalLabels, ExternalURL, Labels, Value"
            ),
            (
                "content.py:2: `description` of the alert 'Down': $labels.app.name is not there: the label 'app' is a "
                "text, which has no fields\n    if its name is 'app.name', write {{ index $labels \"app.name\" }}"
            ),
            (
                "content.py:2: `a` of the alert 'Down': {{ $labels[\"x\"] }} in line 1 cannot be read at '['\n"
                "    write {{ $labels.x }}"
            ),
        ],
    ),
    Case(
        "alert/template",
        rules(alert(annotations={"action": "{{ if $value }}call"}, labels={"pod": "$labels.pod }}"})),
        [
            (
                "content.py:2: `action` of the alert 'Down': {{ if }} in line 1 has no {{ end }}\n"
                "    end it with {{ end }}"
            ),
            "content.py:2: `labels['pod']` of the alert 'Down': }} closes nothing\n    open it with {{",
        ],
    ),
    Case(
        "alert/name",
        rules(alert(name="CPU high!")),
        [
            (
                "content.py:2: 'CPU high!' is not the name of an alert\n"
                "    use letters, digits and underscores: subject and condition, such as CpuHigh"
            )
        ],
    ),
    Case(
        "alert/durations",
        rules(alert(for_="5 minutes", keep_firing_for="1m30h")),
        [
            (
                "content.py:2: `for_` of the alert 'Down': '5 minutes' is not a duration such as 30s, 5m or 1h30m\n"
                "    give whole numbers with units in falling order, such as 30s, 5m or 1h30m"
            ),
            (
                "content.py:2: `keep_firing_for` of the alert 'Down': '1m30h' is not a duration such as"
                " 30s, 5m or 1h30m\n"
                "    give whole numbers with units in falling order, such as 30s, 5m or 1h30m"
            ),
        ],
    ),
    Case(
        "alert/labels",
        rules(alert(labels={"alertname": "X", "severity": "info", "data-centre": "eu", "__tmp": "1"})),
        [
            "content.py:2: the alert 'Down': the label 'alertname' is set by Prometheus itself\n    take another name",
            (
                "content.py:2: the alert 'Down': 'data-centre' is not the name of a label: letters,"
                " digits and underscores,"
                " no digit at the start\n    take another name"
            ),
            "content.py:2: the alert 'Down': the label '__tmp' is set by Prometheus itself\n    take another name",
            "content.py:2: the alert 'Down' has the label 'severity' in `labels`\n    use the field `severity`",
        ],
    ),
    Case(
        "alert/labels",
        rules(alert(annotations={"summary": "x", "what now": "y"})),
        [
            "content.py:2: the alert 'Down' has 'summary' in `annotations`\n    use the field `summary`",
            (
                "content.py:2: the alert 'Down' has the annotation 'what now', which is not a name\n"
                "    use letters, digits and underscores"
            ),
        ],
    ),
    Case(
        "recording/name",
        rules(recording(record="cpu usage"), recording(record="cpu_usage", source=at(3)), recording(record=":a:")),
        [
            (
                "content.py:2: 'cpu usage' is not the name of a metric\n"
                "    use letters, digits, underscores and colons: level:metric:operations"
            ),
            (
                "content.py:3: the recording rule 'cpu_usage' has no colon in its name\n"
                "    name it level:metric:operations"
            ),
            "content.py:2: the recording rule ':a:' has no colon in its name\n    name it level:metric:operations",
        ],
    ),
    Case(
        "recording/labels",
        rules(recording(labels={"le-vel": "job"})),
        [
            (
                "content.py:2: the recording rule 'job:up:sum': 'le-vel' is not the name of a label:"
                " letters, digits and"
                " underscores, no digit at the start\n    take another name"
            )
        ],
    ),
    Case(
        "alert/dashboard",
        rules(alert(dashboard="man")),
        [
            (
                "content.py:2: the alert 'Down' links the dashboard 'man', which is not built\n"
                "    did you mean 'main'? known: main"
            )
        ],
        [BOARD],
    ),
    Case(
        "alert/dashboard",
        rules(alert(panel="CPU"), alert(dashboard="main", panel="CPU", severity="info", source=at(5))),
        [
            "content.py:2: the alert 'Down' links the panel 'CPU' of no dashboard\n    give `dashboard` too",
            (
                "content.py:5: the alert 'Down' links the panel 'CPU', which 'main' has not\n"
                "    give the panel's key, or its title behind that of its row"
                " (did you mean 'Machines/CPU'?)"
            ),
        ],
        [BOARD],
    ),
]

GOOD = [
    Case("group/unique", project(groups=[group(alert()), group(alert(), module="other")])),
    Case("group/interval", project(groups=[group(alert(), interval="1m30s")])),
    Case("group/gaps", project(groups=[group(alert(), interval="5m"), group(alert(), name="usual")])),
    Case("group/rules", rules(alert())),
    Case("alert/unique", rules(alert(), alert(severity="warning"), alert(labels={"a": "1"}), alert(team="web"))),
    Case("recording/unique", rules(recording(), recording(labels={"level": "job"}))),
    Case("alert/severity", rules(alert(severity="info"))),
    Case(
        "alert/severity",
        project(groups=[group(alert(severity="p1"))], environment=Environment(name="test", severities=("p1", "p2"))),
    ),
    Case("alert/text", rules(alert(summary="A host is down"))),
    Case(
        "alert/template",
        rules(
            alert(description='{{ $labels.a }}: {{ printf "%.1f}}" $value }}{{ with $x := .Value }}{{ $x }}{{ end }}')
        ),
    ),
    Case("alert/name", rules(alert(name="CpuHigh_2"))),
    Case("alert/durations", rules(alert(for_="0s", keep_firing_for="1w2d"))),
    Case("alert/labels", rules(alert(team="web", labels={"service": "a"}, annotations={"runbook_url": "x"}))),
    Case("recording/name", rules(recording(record="instance:cpu_usage:rate5m"))),
    Case("recording/labels", rules(recording(labels={"level": "job"}))),
    Case("alert/dashboard", rules(alert(dashboard="main", panel="Machines/CPU")), artifacts=[BOARD]),
    Case("alert/dashboard", rules(alert(dashboard="main", panel="disk")), artifacts=[BOARD]),
    Case("alert/dashboard", rules(alert(dashboard="main")), artifacts=[BOARD]),
]
