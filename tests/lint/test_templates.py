import random
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
    '{{ .X | }}{{$x:=1}}{{$x}}{{ $y := 2 -}} {{ $y }}{{ (print "a" | len) }}{{ if (eq 1 .5) }}{{ end }}',
    "{{ range .X }}{{ break }}{{ end }}{{ if true }}{{ $z := 1 }}{{ else }}{{ $z }}{{ end }}",
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
    '{{ .A["x"] }}': "{{ .A[\"x\"] }} in line 1 cannot be read at '['",
    "{{ if }}x{{ end }}": "{{ if }} in line 1 has no value",
    "{{ range }}x{{ end }}": "{{ range }} in line 1 has no value",
    "{{ if .X }}{{ else }}{{ else }}{{ end }}": "{{ if }} in line 1 has a second {{ else }}, in line 1",
    "{{ with .X }}{{ else if .Y }}{{ end }}": "{{ else if .Y }} in line 1 cannot be read at 'if'",
    "{{ break }}": "{{ break }} in line 1 is in no range",
    "{{ if .X }}{{ define `x` }}{{ end }}{{ end }}": "{{ define }} in line 1 stands inside of something else",
    "{{ template x }}": "{{ template }} in line 1 has no name in quotes",
    "{{ len (.X }}": "{{ len (.X }} in line 1 has a ( that is not closed",
    "{{ .X | | len }}": "{{ .X | | len }} in line 1 lacks a value",
    "{{ .X | 3 }}": "{{ .X | 3 }} in line 1 has a value behind |, which takes none",
    "{{ 1a }}": "{{ 1a }} in line 1 cannot be read at 'a'",
    "{{ print `a``b` }}": "{{ print `a``b` }} in line 1 cannot be read at '`b`'",
    "{{ if .X }}{{ $y := 1 }}{{ end }}{{ $y }}": "the variable $y does not exist",
    "{{ end x }}": "{{ end }} in line 1 closes nothing",
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


def test_who_reads_a_label_as_python_does_is_told_how() -> None:
    texts = ['{{ $labels["job"] }}', '{{ $labels["app.name"] }}', "{{ .Alerts[0] }}", "{{ .X + 1 }}"]

    assert [fault.remedy for text in texts for fault in templates.faults(text, PROMETHEUS)] == [
        "write {{ $labels.job }}",
        'write {{ index $labels "app.name" }}',
        "write {{ index .Alerts 0 }}",
        "write a value, or a function and its arguments with spaces between",
    ]


def test_what_nests_without_end_is_no_failure() -> None:
    text = "{{ if .X }}" * 20_000 + "{{ " + "(" * 20_000

    assert list(templates.faults(text + " }}", PROMETHEUS)) == []


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


_PARTS = [
    *("{{ if .A }}", "{{ end }}", "{{ else }}", "{{ else if .B }}", "{{ range $i, $e := .C }}", "{{ range .C }}"),
    *("{{ with $x := .D }}", "{{ $e }}", "{{ $x }}", '{{ define "a" }}', '{{ template "a" . }}', '{{ block "b" . }}'),
    *("{{ break }}", "{{ continue }}", "text", "{{ with .Z }}", "{{ $y := 1 }}", "{{ $y }}"),
]
_TOKENS = [
    *(".", ".A", ".A.B", "$", "$labels", '"s"', "`r`", "'c'", "1", "-2", "1.5", "0x1F", "1e3", "(", ")", "|", "len"),
    *("print", "toUpper", "nil", "true", ",", " ", " ", " ", "$.A", "if", "end", "range", "nope", "+", "[", '"a', "-"),
]


@pytest.mark.usefixtures("programs")
def test_prometheus_agrees_about_whatever_is_put_together(tmp_path: Path) -> None:
    choose = random.Random(1)  # noqa: S311  # the same texts each time
    actions = [f"{{{{ {''.join(choose.choices(_TOKENS, k=choose.randint(1, 5)))} }}}}" for _ in range(150)]
    texts = ["".join(choose.choices(_PARTS, k=choose.randint(1, 6))) for _ in range(150)]
    given = list(dict.fromkeys([*actions, *texts]))
    documents = [
        {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up", "annotations": {"a": text}}]}]}
        for text in given
    ]

    found = accepted(["promtool", "check", "rules"], documents, tmp_path)

    assert dict(zip(given, found, strict=True)) == {text: not [*templates.faults(text, PROMETHEUS)] for text in given}


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
