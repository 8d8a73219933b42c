import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from dojoboards.lint import templates
from dojoboards.lint.templatedata import UNKNOWN
from dojoboards.lint.templates import ALERTMANAGER, PROMETHEUS, Language

RIGHT = {
    ALERTMANAGER: [
        "{{ .CommonLabels.job }}{{ .Receiver }}{{ .Status | toUpper }}{{ .ExternalURL }}{{ len .Alerts }}",
        "{{ range .Alerts }}{{ .Labels.a }}{{ $.CommonLabels.a }}{{ .StartsAt.Unix }}{{ .Fingerprint }}{{ end }}",
        "{{ range .Alerts.Firing }}{{ .Annotations.summary }}{{ else }}{{ .Receiver }}{{ end }}",
        '{{ (index .Alerts 0).Labels.a }}{{ (.CommonLabels.Remove (stringSlice "a")).Names | join ", " }}',
        "{{ range .CommonLabels.SortedPairs }}{{ .Name }}{{ .Value }}{{ end }}{{ .GroupLabels.Values }}",
        "{{ range $name, $text := .CommonLabels }}{{ $name }}{{ $text }}{{ end }}",
        "{{ with $x := .CommonLabels }}{{ $x.a }}{{ .b }}{{ $.Status }}{{ end }}",
        '{{ define "a" }}{{ .Labels.b }}{{ end }}{{ range .Alerts }}{{ template "a" . }}{{ end }}',
        "{{ $d := .Status }}{{ range .Alerts }}{{ $d = .Labels }}{{ end }}{{ $d.x }}",
        '{{ define "never" }}{{ .Nothing }}{{ end }}',
        '{{ define "a" }}{{ .Labels }}{{ end }}{{ with .Alerts }}{{ template "a" index . 0 }}{{ end }}',
        "{{ range slice .Alerts 0 1 }}{{ .Labels.a }}{{ end }}",
    ],
    PROMETHEUS: [
        "{{ .Labels.a }}{{ $labels.a }}{{ .Value }}{{ .ExternalLabels.b }}{{ $externalLabels.b }}{{ .ExternalURL }}",
        '{{ range query "up" }}{{ .Labels.job }}{{ .Value }}{{ $labels.job }}{{ end }}',
        '{{ with query "up" }}{{ . | first | value }}{{ (first .).Labels.job }}{{ end }}',
        "{{ range $k, $v := $labels }}{{ $k }}{{ $v }}{{ end }}{{ ($value | toTime).Year }}",
        '{{ define "x" }}{{ .arg0 }}{{ .any }}{{ end }}{{ template "x" (args 1 2) }}',
        '{{ $x := query "up" }}{{ range $x }}{{ .Labels.a }}{{ end }}',
    ],
}
WRONG = {
    ALERTMANAGER: {
        "{{ .CommonLabel.job }}": ".CommonLabel is not there: the data of a message has no 'CommonLabel'",
        "{{ .Values }}": ".Values is not there: the data of a message has no 'Values'",
        "{{ .Alerts.Fired }}": ".Alerts.Fired is not there: the list of alerts has no 'Fired'",
        "{{ .Alerts.Firing.Labels }}": ".Alerts.Firing.Labels is not there: a list of alerts has no 'Labels'",
        "{{ range .Alerts }}{{ .CommonLabels.a }}{{ end }}": (
            ".CommonLabels is not there: an alert has no 'CommonLabels'"
        ),
        "{{ (index .Alerts 0).Label.a }}": "(...).Label is not there: an alert has no 'Label'",
        "{{ with .CommonLabels }}{{ .a.b }}{{ end }}": (
            ".a.b is not there: the label 'a' is a text, which has no fields"
        ),
        "{{ range . }}{{ end }}": "{{ range }} goes over the data of a message, which is no list",
        '{{ .Receiver "x" }}': ".Receiver takes no arguments",
        "{{ range $i, $a := .Alerts }}{{ $i.x }}{{ end }}": "$i.x is not there: a number has no fields",
        "{{ range .Alerts }}{{ .StartsAt.Formt 1 }}{{ end }}": ".StartsAt.Formt is not there: a time has no 'Formt'",
        '{{ define "a" }}{{ .CommonLabel }}{{ end }}{{ template "a" . }}': (
            ".CommonLabel is not there: the data of a message has no 'CommonLabel'"
        ),
        '{{ block "b" .Alerts }}{{ .Foo }}{{ end }}': ".Foo is not there: the list of alerts has no 'Foo'",
        "{{ and .Status (not .Foo) | print }}": ".Foo is not there: the data of a message has no 'Foo'",
    },
    PROMETHEUS: {
        "{{ .Values }}": ".Values is not there: the data of an alert has no 'Values'",
        "{{ .labels.job }}": ".labels is not there: the data of an alert has no 'labels'",
        "{{ $labels.app.name }}": "$labels.app.name is not there: the label 'app' is a text, which has no fields",
        '{{ range query "up" }}{{ .Values }}{{ end }}': ".Values is not there: a sample has no 'Values'",
        '{{ (query "up" | first).Label }}': "(...).Label is not there: a sample has no 'Label'",
        '{{ $labels.job "x" }}': "$labels.job takes no arguments",
    },
}


def _id(value: object) -> str | None:
    return value.given if isinstance(value, Language) else None


def _said(text: str, language: Language) -> list[str]:
    return [fault.message for fault in (*templates.faults(text, language), *templates.astray(text, language))]


@pytest.mark.parametrize(
    ("language", "text"), [(each, text) for each, texts in RIGHT.items() for text in texts], ids=_id
)
def test_what_a_server_gives_to_a_template_is_known(language: Language, text: str) -> None:
    assert _said(text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "message"), [(each, *item) for each, texts in WRONG.items() for item in texts.items()], ids=_id
)
def test_what_it_does_not_give_is_said(language: Language, text: str, message: str) -> None:
    assert _said(text, language) == [message]


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        (
            "{{ .CommonLabel }}",
            (
                "did you mean 'CommonLabels'? known: Alerts, CommonAnnotations, CommonLabels, ExternalURL, "
                "GroupLabels, Receiver, Status"
            ),
        ),
        ("{{ .Alerts.Labels }}", "go over it: {{ range .Alerts }}{{ .Labels }}{{ end }}"),
        (
            "{{ range .Alerts }}{{ .CommonLabels.a }}{{ end }}",
            "write $.CommonLabels: within range and with, the dot is something else",
        ),
        ("{{ .CommonLabels.app.name }}", "if its name is 'app.name', write {{ index .CommonLabels \"app.name\" }}"),
        ("{{ range .Alerts }}{{ .StartsAt.Formt 1 }}{{ end }}", "did you mean 'Format'?"),
    ],
)
def test_a_remedy_says_what_there_is(text: str, remedy: str) -> None:
    assert [fault.remedy for fault in templates.astray(text, ALERTMANAGER)] == [remedy]


def test_a_template_that_is_given_different_things_is_not_judged() -> None:
    text = '{{ define "a" }}{{ .Labels }}{{ .Nothing }}{{ end }}{{ template "a" . }}{{ template "a" .Alerts }}'

    assert list(templates.astray(text, ALERTMANAGER)) == []


def test_a_template_of_a_file_is_judged_by_what_messages_give_it() -> None:
    file = '{{ define "one" }}{{ .Lable }}{{ end }}{{ define "slack.default.text" }}{{ .Nothing }}{{ end }}'
    message = '{{ range .Alerts }}{{ template "one" . }}{{ end }}{{ template "slack.default.text" . }}'
    used = templates.uses([(file, UNKNOWN), (message, "message")], ALERTMANAGER)

    found = [fault.message for fault in templates.astray(file, ALERTMANAGER, UNKNOWN, used)]

    assert found == [".Lable is not there: an alert has no 'Lable'"]


def test_templates_that_use_each_other_come_to_an_end() -> None:
    both = '{{ define "a" }}{{ template "b" . }}{{ end }}{{ define "b" }}{{ template "a" .X }}{{ end }}'
    text = both + '{{ template "a" .Alerts }}'

    assert [fault.message for fault in templates.astray(text, ALERTMANAGER)] == []


@pytest.mark.usefixtures("programs")
def test_alertmanager_fills_in_what_is_right_and_nothing_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "none.tmpl").write_text("")
    command = ["amtool", "template", "render", f"--template.glob={tmp_path}/*.tmpl"]
    given = [*RIGHT[ALERTMANAGER], *WRONG[ALERTMANAGER]]

    took = [
        text
        for text in given
        if subprocess.run([*command, f"--template.text={text}"], capture_output=True, check=False).returncode == 0
    ]

    assert took == RIGHT[ALERTMANAGER]


@pytest.mark.usefixtures("programs")
def test_prometheus_fills_in_what_is_right_and_nothing_that_is_wrong(tmp_path: Path) -> None:
    given = [*RIGHT[PROMETHEUS], *WRONG[PROMETHEUS]]
    rules = [{"alert": f"A{index}", "expr": "up == 0", "annotations": {"a": text}} for index, text in enumerate(given)]
    asked = [{"eval_time": "1m", "alertname": f"A{index}", "exp_alerts": [{}]} for index in range(len(given))]
    series = [{"series": 'up{job="x"}', "values": "0 0"}]
    cases: dict[str, Any] = {
        "rule_files": ["rules.yml"],
        "tests": [{"interval": "1m", "input_series": series, "alert_rule_test": asked}],
    }
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": rules}]}))
    (tmp_path / "cases.yml").write_text(yaml.safe_dump(cases))

    done = subprocess.run(
        ["promtool", "test", "rules", str(tmp_path / "cases.yml")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    _, *said = done.stdout.split("alertname: A")
    failed = {given[int(part.partition(",")[0])] for part in said if "error expanding template" in part}
    assert len(said) == len(given)
    assert failed == {*WRONG[PROMETHEUS]}
