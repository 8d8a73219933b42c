from textwrap import dedent

from dojoboards import importer
from dojoboards.importer import Imported

RULES = "groups: [{name: shop, rules: [{alert: Down, expr: up == 0}]}]\n"
SERVER = "scrape_configs: [{job_name: shop, static_configs: [{targets: ['shop:80']}]}]\nrule_files: [rules/*.yml]\n"
NOTIFIED = "route: {receiver: all}\nreceivers: [{name: all}]\ntemplates: [templates/*.tmpl]\n"
REFUSED = "Prometheus refuses the whole file: correct it"


def imported(**files: str) -> list[Imported]:
    return read({path.replace("__", "/").replace("_yml", ".yml"): text for path, text in files.items()})


def read(files: dict[str, str]) -> list[Imported]:
    return importer.projects({path: importer.found(path, dedent(text)) for path, text in files.items()}, files)


def one(path: str, text: str) -> Imported:
    (found,) = read({path: text})
    return found


def problems(path: str, text: str) -> list[str]:
    return [str(problem) for problem in one(path, text).problems]


def kinds(path: str, text: str) -> list[str]:
    return list(importer.found(path, text).kinds)


# What a file is


def test_a_file_is_known_by_what_it_holds_whatever_its_name() -> None:
    assert kinds("alerts.txt", RULES) == ["rules"]
    assert kinds("x", SERVER) == ["prometheus"]
    assert kinds("x.conf", NOTIFIED) == ["alertmanager"]
    assert kinds("x.yml", '{"title": "Shop", "schemaVersion": 39, "panels": []}') == ["dashboard"]
    assert kinds("x", "apiVersion: 1\nproviders: [{name: x, options: {path: /x}}]") == ["dashboard-providers"]


def test_a_file_that_was_asked_for_and_is_nothing_known_is_told() -> None:
    (problem,) = importer.found("notes.txt", "hello", named=True).problems

    assert str(problem) == (
        "notes.txt: nothing in this file is known\n    expected: rule file, dashboard, Prometheus configuration, "
        "Alertmanager configuration, file of data sources, file of dashboard providers"
    )


def test_what_cannot_be_parsed_is_told_only_where_a_parser_is_expected() -> None:
    text = "groups:\n  - name: x\n    rules:\n      - alert: x\n        expr: up\n     - y\n"

    assert [str(problem).partition("\n")[0] for problem in importer.found("x.yml", text).problems] == [
        "x.yml:6: not YAML in column 6: did not find expected key"
    ]
    assert importer.found("README.md", text).problems == []


def test_a_file_that_was_asked_for_and_cannot_be_parsed_is_told_so() -> None:
    texts = {
        "a.json": '{"a": [}',
        "b.yml": "a: [\n",
        "c.yml": "a: x\n  description: '{{ if $value }}'\n",
        "d.yml": "",
        "e.yml": "a: \x07",
    }

    told = [str(one) for path, text in texts.items() for one in importer.found(path, text, named=True).problems]

    assert [each.partition("\n")[0] for each in told] == [
        "a.json:1: not JSON in column 8: unexpected character, expected a JSON value",
        "b.yml:2: not YAML in column 1: did not find expected node content",
        "c.yml:2: not YAML in column 14: mapping values are not allowed in this context",
        "d.yml: this file is empty",
        "e.yml:1: not YAML in column 4: control characters are not allowed",
    ]
    assert importer.found("x.yml", "a: {{ .Values.x }}\n{{- if", named=True).template


def test_what_may_have_been_meant_and_cannot_be_parsed_is_passed_over_with_the_reason() -> None:
    found = importer.found("x.json", '{"a": 1,\n "groups": [}')

    assert (found.skipped, list(found.problems)) == (
        "line 2: not JSON in column 13: unexpected character, expected a JSON value",
        [],
    )
    assert importer.found("x.md", '{"groups": [').skipped == ""


def missing(*patterns: str, rules: str = "rules/system.yml", elsewhere: str = "") -> object:
    files = {"mon/prometheus.yml": f"rule_files: {list(patterns)}\nscrape_configs: []\n", f"mon/{rules}": RULES}
    read = {path: importer.found(path, text) for path, text in files.items()}
    (found,) = importer.projects(read, files, lambda pattern: pattern == elsewhere)
    return found.project.prometheus and found.project.prometheus.extra.get("rule_files")


def test_a_pattern_that_names_no_rule_file_is_noted() -> None:
    assert missing("ruels/*.yml", "rules/*.yml", "rules/system.yaml") == ["ruels/*.yml", "rules/system.yaml"]
    assert missing("rules/*.yml", "*/system.yml", "./rules/system.yml") is None
    assert missing("../mon/rules/*.yml") is None


def test_of_a_pattern_on_another_machine_or_of_files_that_were_not_read_nothing_is_said() -> None:
    assert missing("/etc/prometheus/rulz/*.yml") is None
    assert missing("more/*.yml", elsewhere="mon/more/*.yml") is None
    assert missing("etc/rules/*.yml") is None


def test_a_small_dashboard_is_one() -> None:
    assert kinds("x.json", '{"title": "Shop", "panels": []}') == ["dashboard"]
    assert kinds("x.json", '{"title": "Shop", "panels": [{"type": "stat"}]}') == ["dashboard"]
    assert kinds("x.json", '{"title": "Comic", "panels": [{"picture": "a.png"}]}') == []
    assert [str(one).partition("\n")[0] for one in importer.found("x.json", '{"title": "x", "panels": [').problems] == [
        "x.json:1: not JSON in column 27: unexpected end of data"
    ]


def test_documents_before_one_that_cannot_be_parsed_are_judged() -> None:
    found = importer.found("x.yml", RULES + "---\ngroups: [\n")

    assert (found.kinds, len(found.documents), len(found.problems)) == (["rules"], 1, 1)


def test_an_exported_list_of_rule_objects_is_read_with_its_lines() -> None:
    text = """\
        apiVersion: v1
        kind: List
        items:
          - kind: ConfigMap
          - kind: PrometheusRule
            spec:
              groups:
                - name: shop
                  rules:
                    - alert: Down
                      expr: up ==
                      fro: 5m
    """

    assert problems("x.yml", text) == [
        "x.yml:12: items[1].spec.groups[0].rules[0]: unknown key 'fro', did you mean 'for'?\n    " + REFUSED,
        "x.yml:10: the expression of 'Down' is not PromQL: invalid promql query\n    correct `expr`",
    ]


# What it says


def test_values_are_read_as_the_servers_read_them() -> None:
    (group,) = one(
        "x.yml",
        """\
        groups:
          - name: 5
            labels: {site: 1}
            rules:
              - alert: on
                expr: 1
                for: 0
                labels: {tier: 2, ok: yes, day: 2024-01-01}
                annotations:
              - record: "a:b"
                expr: up
                labels:
        """,
    ).project.groups
    alert, recording = group.rules

    assert (group.name, alert.expr, alert.labels) == (
        "5",
        "1",
        {"site": "1", "tier": "2", "ok": "yes", "day": "2024-01-01"},
    )
    assert recording.labels == {"site": "1"}


def test_what_was_merged_is_there_and_may_be_written_anew() -> None:
    (group,) = one(
        "x.yml",
        """\
        groups:
          - name: x
            rules:
              - alert: A
                expr: up == 0
                labels: &both {severity: page, site: quay}
              - alert: B
                expr: up == 0
                labels: {<<: *both, severity: mail}
        """,
    ).project.groups

    assert [(rule.severity, rule.labels) for rule in group.rules] == [  # type: ignore[union-attr]
        ("page", {"site": "quay"}),
        ("mail", {"site": "quay"}),
    ]


def test_rules_in_logql_are_those_of_a_loki() -> None:
    text = """\
        groups:
          - name: logs
            rules:
              - {alert: Errors, expr: 'sum(rate({app="shop"} |= "error" [5m])) > 5'}
    """
    found = one("x.yml", text)

    assert (found.project.groups, len(found.project.log_groups), found.problems) == ([], 1, [])


def test_an_older_matcher_is_the_newer_one() -> None:
    text = """\
        receivers: [{name: all}]
        route:
          receiver: all
          routes:
            - match: {a: 'x"y\\z'}
              match_re: {b: x|y}
    """
    (route,) = one("x.yml", text).project.routes

    assert route.matchers == ('a="x\\"y\\\\z"', 'b=~"x|y"')
    assert route.source.line == 5


def test_a_secret_that_does_not_fit_is_not_shown() -> None:
    text = NOTIFIED + "global: {smtp_auth_password: [hunter2]}\n"

    assert problems("x.yml", text) == [
        "x.yml:4: global.smtp_auth_password: it is not what is expected here\n    "
        + REFUSED.replace("Prometheus", "Alertmanager")
    ]


def test_a_query_of_a_data_source_that_is_not_known_is_told_only_if_it_is_meant_as_promql() -> None:
    def asking(source: str, expr: str) -> list[str]:
        panel = f'{{"id": 1, "title": "P", "type": "stat", "datasource": {source}, "targets": [{{"expr": "{expr}"}}]}}'
        return problems("x.json", f'{{"title": "T", "schemaVersion": 39, "panels": [{panel}]}}')

    what = "panel 'P' of dashboard 'T': 'sum(up' is not PromQL: unclosed left parenthesis"
    wrong = [f"x.json:1: {what}\n    correct the expression"]

    assert asking("null", "sum(up") == wrong
    assert asking('{"type": "prometheus", "uid": "x"}', "sum(up") == wrong
    assert asking('"Main Prometheus"', "sum(up") == wrong
    assert asking('"Graphite"', "sum(up") == []
    assert asking("null", "{app=`x`} |= `y`") == []


# What belongs together


def test_rules_with_their_server_are_whole_and_without_it_a_part() -> None:
    (alone,) = imported(rules__a_yml=RULES)
    (together,) = imported(rules__a_yml=RULES, prometheus_yml=SERVER)

    assert {"groups", "scrape_jobs"} <= alone.project.partial
    assert not {"groups", "scrape_jobs"} & together.project.partial


def test_rule_files_that_are_elsewhere_leave_the_rules_a_part() -> None:
    (found,) = imported(prometheus_yml=SERVER)

    assert "groups" in found.project.partial
    assert "scrape_jobs" not in found.project.partial


def test_templates_are_those_that_the_configuration_names() -> None:
    texts = {"x.yml": NOTIFIED, "templates/shop.tmpl": '{{ define "shop" }}{{ end }}', "other.tmpl": "x"}

    assert [(each.name, str(each.source)) for each in one_of(texts).project.templates] == [
        ("shop", "templates/shop.tmpl:1")
    ]
    assert "templates" in one("x.yml", NOTIFIED).project.partial


def one_of(files: dict[str, str]) -> Imported:
    (found,) = read(files)
    return found


def test_servers_of_several_environments_are_judged_each_with_what_it_loads() -> None:
    files = {
        "dev/prometheus.yml": SERVER,
        "dev/rules/a.yml": RULES,
        "prod/prometheus.yml": SERVER.replace("rules/*", "../shared/*"),
        "shared/b.yml": RULES.replace("shop", "both"),
        "left/c.yml": RULES.replace("shop", "left"),
    }

    assert [[group.name for group in each.project.groups] for each in read(files)] == [["shop"], ["both"], ["left"]]


def test_several_servers_in_one_directory_are_judged_each_by_itself() -> None:
    files = {
        "a.yml": SERVER.replace("rules/*", "one"),
        "b.yml": SERVER.replace("rules/*", "two"),
        "one.yml": RULES,
        "two.yml": RULES.replace("shop", "both"),
        "am.yml": NOTIFIED,
    }

    assert [
        ([group.name for group in each.project.groups], each.project.alertmanager is not None) for each in read(files)
    ] == [(["shop"], True), (["both"], True)]


def test_jobs_in_files_of_their_own_are_those_of_the_server_that_names_them() -> None:
    files = {
        "prometheus.yml": "scrape_config_files: [jobs/*.yml]\n" + SERVER,
        "jobs/more.yml": SERVER.partition("\n")[0],
    }

    assert [job.source.file for job in one_of(files).project.scrape_jobs] == ["prometheus.yml", "jobs/more.yml"]


def test_dashboards_with_one_uid_are_told_only_within_a_directory() -> None:
    text = '{"title": "T", "uid": "t", "schemaVersion": 39, "panels": []}'
    files = {"a/one.json": text, "a/two.json": text, "b/one.json": text}

    assert [artifact.path for artifact in one_of(files).artifacts] == ["a/one.json.json", "a/two.json.json"]
