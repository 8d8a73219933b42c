from pathlib import Path
from typing import Any

import pytest

from dojoboards.lint import templates
from dojoboards.lint.templates import ALERTMANAGER, PROMETHEUS
from support.oracle import accepted

RIGHT = [
    "plain",
    "{{ .Labels.severity }}",
    "{{ .Labels.日本 | toUpper }}",
    "{{.X}}{{- .X -}}{{-  3 -}}{{ -3 }}{{ 1e3 }}{{ 0x1F }}{{ nil | print }}{{ true }}",
    "{{ if .X }}a{{ else if .Y }}b{{ else }}c{{ end }}",
    '{{if and (eq .A "x") (ne .B "y")}}a{{end}}',
    "{{ range $i, $e := .Alerts }}{{ $i }}{{ $e }}{{ continue }}{{ else }}{{ end }}",
    "{{ with $x := .A }}{{ $x }}{{ end }}{{ $y := 1 }}{{ $y = 2 }}{{ $.Labels }}{{ $ }}",
    "{{/* a }} comment with {{ */}}x{{- /* another */ -}}",
    '{{ "}}" }}{{ `}}"` }}{{ "a\\"b }}" }}{{ \'}\' | print }}',
    "{{ .X\n  | len }}",
    '{{ reReplaceAll "a(.*)" "$1" .X | title | toLower | safeHtml }}{{ match "a" .X }}',
    '{{ printf "%.1f" 1.0 }}{{ index .X 0 }}{{ (index .Alerts 0).Labels.x }}{{ not .X }}',
    "{{ js .X }}{{ humanizeDuration 1 }}",
    "a }} b",
]
WRONG = {
    "{{ .X }": "{{ in line 1 is not closed",
    'a\n{{ "x }}': "{{ in line 2 is not closed",
    "{{ /* x }}": "{{ in line 1 is not closed",
    "{{ }}": "{{ in line 1 holds nothing that can be written",
    "{{{ .X }}}": "{{ in line 1 holds nothing that can be written",
    "{{ if .X }}a": "{{ if }} in line 1 has no {{ end }}",
    "\n{{ range .X }}{{ with .Y }}{{ end }}": "{{ range }} in line 2 has no {{ end }}",
    "{{ end }}": "{{ end }} in line 1 closes nothing",
    "{{ if .X }}\n{{ end }}\n{{ end }}": "{{ end }} in line 3 closes nothing",
    "{{ else }}": "{{ else }} in line 1 belongs to no if, with or range",
    "{{ .X | toUper }}": "the function 'toUper' does not exist",
    "{{ instance }}": "the function 'instance' does not exist",
    "{{ $label.instance }}": "the variable $label does not exist",
}
# One more in each language, which the other does not have.
OWN = {
    PROMETHEUS: [
        '{{ $labels.a }}{{ $value | humanizePercentage }}{{ with query "up" }}{{ . | first | value }}{{ end }}'
    ],
    ALERTMANAGER: ['{{ define "a" }}{{ template "b" . }}{{ end }}{{ block `b` . }}{{ since .StartsAt }}{{ end }}'],
}


@pytest.mark.parametrize("language", [PROMETHEUS, ALERTMANAGER], ids=["prometheus", "alertmanager"])
@pytest.mark.parametrize("text", RIGHT)
def test_a_template_that_both_servers_read_is_right(text: str, language: templates.Language) -> None:
    assert list(templates.faults(text, language)) == []


@pytest.mark.parametrize("language", [PROMETHEUS, ALERTMANAGER], ids=["prometheus", "alertmanager"])
@pytest.mark.parametrize(("text", "message"), WRONG.items())
def test_what_is_wrong_with_a_template_is_said(text: str, message: str, language: templates.Language) -> None:
    assert [fault.message for fault in templates.faults(text, language)] == [message]


def test_each_server_has_words_of_its_own() -> None:
    for language, other in ((PROMETHEUS, ALERTMANAGER), (ALERTMANAGER, PROMETHEUS)):
        for text in OWN[language]:
            assert list(templates.faults(text, language)) == []
            assert list(templates.faults(text, other)) != []


def test_a_fault_has_a_remedy_that_names_what_is_near() -> None:
    text = "{{ $label.a }}{{ $value | humanizePercent }}{{ instance }}"

    assert [fault.remedy for fault in templates.faults(text, PROMETHEUS)] == [
        "did you mean '$labels'? known: $externalLabels, $externalURL, $labels, $value",
        "did you mean 'humanizePercentage', or the label .Labels.humanizePercent?",
        "did you mean 'println', or the label .Labels.instance?",
    ]


def test_a_stray_end_of_an_action_is_noticed() -> None:
    assert templates.stray("$labels.instance }} is down")
    assert templates.stray("{{ .X }} }}")
    assert not templates.stray('{{ "}}" }} {{ .X }}')
    assert not templates.stray("plain")


def test_names_that_are_defined_and_used_are_found() -> None:
    text = '{{ define "a" }}{{- template `b` . }}{{/* {{ template "c" }} */}}{{ end }}{{ block "d\\"" . }}{{ end }}'

    assert templates.defined(text) == ["a", 'd"']
    assert templates.used(text) == ["b"]


@pytest.mark.parametrize(
    "name", ["slack.default.title", "email.default.html", "jira.default.summary", "__subject", "__alertmanagerURL"]
)
def test_templates_that_come_with_alertmanager_are_known(name: str) -> None:
    assert ALERTMANAGER.knows(name)


@pytest.mark.parametrize("name", ["slack.title", "shop.text", "__subjects", ""])
def test_other_templates_are_not(name: str) -> None:
    assert not ALERTMANAGER.knows(name)
    assert not PROMETHEUS.knows("__subject")


@pytest.mark.usefixtures("programs")
def test_prometheus_agrees(tmp_path: Path) -> None:
    given = [*RIGHT, *OWN[PROMETHEUS], *WRONG]
    documents: list[Any] = [
        {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up", "annotations": {"a": text}}]}]}
        for text in given
    ]

    found = accepted(["promtool", "check", "rules"], documents, tmp_path)

    assert dict(zip(given, found, strict=True)) == {text: text not in WRONG for text in given}


@pytest.mark.usefixtures("programs")
def test_alertmanager_agrees(tmp_path: Path) -> None:
    given = [*RIGHT, *OWN[ALERTMANAGER], *WRONG]
    documents: list[Any] = []
    for index, text in enumerate(given):
        (tmp_path / f"{index}.tmpl").write_text(text, encoding="utf-8")
        config = {"route": {"receiver": "r"}, "receivers": [{"name": "r"}]}
        documents.append({**config, "templates": [str(tmp_path / f"{index}.tmpl")]})

    found = accepted(["amtool", "check-config"], documents, tmp_path)

    assert dict(zip(given, found, strict=True)) == {text: text not in WRONG for text in given}
