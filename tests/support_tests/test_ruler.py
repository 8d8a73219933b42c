from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
import yaml

from support import faults
from support.asking import PLAIN
from support.ruler import PREFIXES, Ruler, ruler

GROUP = """\
name: service
interval: 60s
rules:
- record: job:up:count
  expr: count by (job) (up == 1)
  labels: {unit: 1.50}
- alert: FewUp
  expr: job:up:count < 1
  for: 300s
  labels: {severity: critical}
  annotations: {summary: Few targets are up}
"""

CONFIG = """\
route: {receiver: nobody, routes: [{receiver: hook, matchers: ['severity="critical"']}]}
receivers: [{name: nobody}, {name: hook, webhook_configs: [{url: "http://hook.example/example-hook-token"}]}]
"""

WEBHOOK = """\
route: {{receiver: a}}
receivers: [{{name: a, webhook_configs: [{{url: b, http_config: {}}}]}}]
"""


def client_of(server: Ruler, stack: ExitStack, tenant: str = "shop") -> httpx.Client:
    headers = {"X-Scope-OrgID": tenant} if tenant else {}
    return stack.enter_context(httpx.Client(base_url=server.url, headers=headers, trust_env=False, verify=PLAIN))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(params=["mimir", "cortex", "loki"])
def server(request: pytest.FixtureRequest) -> Iterator[Ruler]:
    with ruler(request.param) as server:
        yield server


@pytest.fixture
def client(server: Ruler, stack: ExitStack) -> httpx.Client:
    return client_of(server, stack)


def read(answer: httpx.Response) -> Any:
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/yaml")
    return yaml.safe_load(answer.text)


def test_a_group_is_accepted_and_comes_back(server: Ruler, client: httpx.Client) -> None:
    prefix = PREFIXES[server.kind]
    accepted = client.post(f"{prefix}/ours", content=GROUP)
    group = read(client.get(f"{prefix}/ours/service"))

    assert (accepted.status_code, accepted.json()["status"]) == (202, "success")
    assert group == {
        "name": "service",
        "interval": "1m",
        "rules": [
            {"record": "job:up:count", "expr": "count by (job) (up == 1)", "labels": {"unit": "1.50"}},
            {
                "alert": "FewUp",
                "expr": "job:up:count < 1",
                "for": "5m",
                "labels": {"severity": "critical"},
                "annotations": {"summary": "Few targets are up"},
            },
        ],
    }
    assert read(client.get(prefix)) == {"ours": [group]}
    assert read(client.get(f"{prefix}/ours")) == {"ours": [group]}


def test_an_empty_list_is_empty_at_mimir_and_not_found_elsewhere(server: Ruler, client: httpx.Client) -> None:
    prefix = PREFIXES[server.kind]
    for path in (prefix, f"{prefix}/ours"):
        answer = client.get(path)

        assert answer.status_code == (200 if server.kind == "mimir" else 404)
        assert answer.text == ("{}\n" if server.kind == "mimir" else "no rule groups found\n")
    assert client.get(f"{prefix}/ours/service").text == "group does not exist\n"


def test_groups_and_namespaces_are_deleted_and_a_namespace_ends_with_its_last_group(
    server: Ruler, client: httpx.Client
) -> None:
    prefix = PREFIXES[server.kind]
    for namespace, name in (("a", "one"), ("a", "two"), ("b", "one"), ("b", "two")):
        client.post(f"{prefix}/{namespace}", content=GROUP.replace("service", name))
    statuses = [
        client.delete(f"{prefix}/{path}").status_code for path in ("a/one", "a/one", "a/two", "a", "b", "b", "c/one")
    ]

    assert statuses == [202, 404, 202, 404, 202, 404, 404]
    assert server.rules("shop") == {}


def test_names_in_paths_may_be_quoted(server: Ruler, client: httpx.Client) -> None:
    prefix = PREFIXES[server.kind]
    client.post(f"{prefix}/a%2Fb", content=GROUP.replace("service", "c/d e"))

    assert server.rules("shop")["a/b"].keys() == {"c/d e"}
    assert read(client.get(f"{prefix}/a%2Fb/c%2Fd%20e"))["name"] == "c/d e"


def test_posting_again_replaces_the_group(server: Ruler, client: httpx.Client) -> None:
    for number in (1, 2):
        client.post(f"{PREFIXES[server.kind]}/ours", content=GROUP.replace("< 1", f"< {number}"))

    assert [rule["expr"] for rule in server.rules("shop")["ours"]["service"]["rules"]][1] == "job:up:count < 2"


def test_tenants_do_not_see_each_other_and_one_must_be_named(
    server: Ruler, client: httpx.Client, stack: ExitStack
) -> None:
    prefix = PREFIXES[server.kind]
    client.post(f"{prefix}/ours", content=GROUP)
    nameless = client_of(server, stack, "").get(prefix)

    assert "ours" not in client_of(server, stack, "others").get(prefix).text
    assert (nameless.status_code, nameless.text) == (401, "no org id\n")


def test_a_single_tenant_needs_no_name(stack: ExitStack) -> None:
    with ruler("mimir", tenants=False) as server:
        assert client_of(server, stack, "").post("/prometheus/config/v1/rules/a", content=GROUP).status_code == 202
        assert list(server.rules("anonymous")) == ["a"]


def test_a_gateway_may_want_credentials(stack: ExitStack) -> None:
    with ruler("cortex", authorization="Bearer example") as server:
        client = client_of(server, stack)
        without, with_them = (
            client.get("/api/v1/rules"),
            client.get("/api/v1/rules", headers={"Authorization": "Bearer example"}),
        )

        assert (without.status_code, with_them.status_code) == (401, 404)
        assert client.get("/ready").status_code == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("[", "unable to decoded rule group"),
        ("- a", "unable to decoded rule group"),
        ("name: x\nrules: 1", "unable to decoded rule group"),
        ("name: x\ninterval: 60\nrules: []", "unable to decoded rule group"),
        ("name: x\nlimit: many\nrules: []", "unable to decoded rule group"),
        ("rules: [{record: a, expr: b}]", "invalid rules configuration: rule group name must not be empty"),
        ("name: x\nrules: []", "invalid rules configuration: rule group 'x' has no rules"),
        ("name: x\nrules: [{record: a}]", 'group "x", rule 1, "a": field \'expr\' must be set in rule'),
        ("name: x\nrules: [{record: a b, expr: c}]", 'group "x", rule 1, "a b": invalid recording rule name: a b'),
        (
            "name: x\nrules: [{expr: c}]",
            "group \"x\", rule 1, \"\": one of 'record' or 'alert' must be set, and only one",
        ),
        (
            "name: x\nrules: [{record: a, expr: b, for: 1m}]",
            'group "x", rule 1, "a": invalid field \'for\' in recording rule',
        ),
        ("name: x\nrules: [{alert: A, expr: b, labels: {a-b: c}}]", 'group "x", rule 1, "A": invalid label name: a-b'),
    ],
)
def test_what_is_no_good_group_is_refused(server: Ruler, client: httpx.Client, body: str, message: str) -> None:
    refused = client.post(f"{PREFIXES[server.kind]}/ours", content=body)

    assert (refused.status_code, refused.text) == (400, f"{message}\n")
    assert server.rules("shop") == {}


def test_all_problems_of_a_group_are_told_at_once(server: Ruler, client: httpx.Client) -> None:
    body = "name: x\nrules: [{record: a, alert: A, expr: b}, {alert: B}]"
    refused = client.post(f"{PREFIXES[server.kind]}/ours", content=body).text

    assert refused == (
        "group \"x\", rule 1, \"a\": one of 'record' or 'alert' must be set, and only one, "
        'group "x", rule 2, "B": field \'expr\' must be set in rule\n'
    )


def test_only_promql_is_parsed(server: Ruler, client: httpx.Client) -> None:
    logql = yaml.safe_dump({"name": "x", "rules": [{"alert": "A", "expr": 'rate({job="a"} |= "error" [5m]) > 1'}]})
    answer = client.post(f"{PREFIXES[server.kind]}/ours", content=logql)

    assert answer.status_code == (202 if server.kind == "loki" else 400)
    assert server.kind == "loki" or 'group "x", rule 1, "A": could not parse expression' in answer.text


def test_fields_that_a_group_has_not_are_dropped(server: Ruler, client: httpx.Client) -> None:
    body = "name: x\nowner: me\nrules: [{record: a, expr: b, colour: red, for: 0s, labels: null}]"
    client.post(f"{PREFIXES[server.kind]}/ours", content=body)

    assert server.rules("shop")["ours"]["x"] == {"name": "x", "rules": [{"record": "a", "expr": "b"}]}


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("90s", "1m30s"),
        ("24h", "1d"),
        ("36h", "1d12h"),
        ("7d", "1w"),
        ("8d", "8d"),
        ("1500ms", "1s500ms"),
        ("1h60m", "2h"),
    ],
)
def test_durations_come_back_as_prometheus_writes_them(stack: ExitStack, written: str, given: str) -> None:
    with ruler("mimir") as server:
        client_of(server, stack).post("/prometheus/config/v1/rules/a", content=GROUP.replace("60s", written))

        assert server.rules("shop")["a"]["service"]["interval"] == given


def test_the_limits_of_a_tenant_are_kept_also_when_a_group_is_replaced(stack: ExitStack) -> None:
    with ruler("mimir", max_groups=1, max_rules=2) as server:
        client = client_of(server, stack)
        path = "/prometheus/config/v1/rules/ours"
        first = client.post(path, content=GROUP)
        replaced, more = client.post(path, content=GROUP), client.post(path, content=GROUP.replace("service", "other"))
        big = client.post(path, content=GROUP + "- {record: c, expr: d}\n")

    limit = "per-user rule groups limit (limit: 1 actual: 2) exceeded\n"
    assert first.status_code == 202
    assert [(each.status_code, each.text) for each in (replaced, more)] == [(400, limit)] * 2
    assert big.text == "per-user rules per rule group limit (limit: 2 actual: 3) exceeded\n"


def test_mimir_protects_namespaces(stack: ExitStack) -> None:
    with ruler("mimir", protected=frozenset({"theirs"})) as server:
        client = client_of(server, stack)
        path = "/prometheus/config/v1/rules/theirs"
        statuses = [client.post(path, content=GROUP), client.delete(path), client.delete(f"{path}/service")]

    assert [each.status_code for each in statuses] == [403, 403, 403]


def test_what_is_run_can_be_asked(server: Ruler, client: httpx.Client) -> None:
    server.failing["FewUp"] = "many-to-many matching not allowed"
    client.post(f"{PREFIXES[server.kind]}/ours", content=GROUP)
    (group,) = client.get("/prometheus/api/v1/rules").json()["data"]["groups"]
    (alerts,) = client.get("/prometheus/api/v1/rules?type=alert").json()["data"]["groups"]

    assert (group["file"], group["name"], group["interval"]) == ("ours", "service", 60)
    assert [(rule["name"], rule["type"], rule["health"], rule["lastError"]) for rule in group["rules"]] == [
        ("job:up:count", "recording", "ok", ""),
        ("FewUp", "alerting", "err", "many-to-many matching not allowed"),
    ]
    assert group["rules"][1]["duration"] == 300
    assert [rule["name"] for rule in alerts["rules"]] == ["FewUp"]


def test_what_is_stored_may_be_run_later(stack: ExitStack) -> None:
    with ruler("loki", prompt=False) as server:
        client = client_of(server, stack)
        client.post("/loki/api/v1/rules/ours", content=GROUP)
        before = client.get("/prometheus/api/v1/rules").json()["data"]["groups"]
        server.evaluate()
        after = client.get("/prometheus/api/v1/rules").json()["data"]["groups"]

    assert (len(before), len(after)) == (0, 1)


def test_each_speaks_under_its_own_prefix_only(server: Ruler, client: httpx.Client) -> None:
    others = [prefix for kind, prefix in PREFIXES.items() if kind != server.kind]

    assert [client.get(prefix).status_code for prefix in others] == [404, 404]
    assert client.put(PREFIXES[server.kind]).status_code == 405


@pytest.mark.parametrize(
    ("kind", "path"), [("mimir", "/api/v1/status/buildinfo"), ("loki", "/loki/api/v1/status/buildinfo")]
)
def test_it_tells_its_version(stack: ExitStack, kind: str, path: str) -> None:
    with ruler(kind) as server:
        told = client_of(server, stack, "").get(path).json()

    assert told.get("data", told)["version"]


@pytest.mark.parametrize("kind", ["mimir", "cortex"])
def test_a_tenants_alertmanager_configuration_is_stored_read_and_deleted(stack: ExitStack, kind: str) -> None:
    with ruler(kind) as server:
        client = client_of(server, stack)
        nothing = client.get("/api/v1/alerts")
        body = yaml.safe_dump({"alertmanager_config": CONFIG, "template_files": {"shop.tmpl": "{{ define }}"}})
        stored = client.post("/api/v1/alerts", content=body)
        back = read(client.get("/api/v1/alerts"))
        deleted = [client.delete("/api/v1/alerts").status_code for _ in range(2)]

        assert (nothing.status_code, nothing.text) == (404, "alertmanager storage object not found\n")
        assert (stored.status_code, stored.content) == (201, b"")
        assert back == {"alertmanager_config": CONFIG, "template_files": {"shop.tmpl": "{{ define }}"}}
        assert deleted == [200, 200]
        assert server.tenants["shop"].config is None


def test_loki_has_no_alertmanager(stack: ExitStack) -> None:
    with ruler("loki") as server:
        assert client_of(server, stack).get("/api/v1/alerts").status_code == 404


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ("", "configuration provided is empty"),
        ("a: [", "while parsing"),
        ("receivers: [{name: a}]", "no route provided in config"),
        ("route: {receiver: b}\nreceivers: [{name: a}]", 'undefined receiver "b" used in route'),
        ("route: {receiver: a}\nreceivers: [{name: a}, {name: a}]", 'notification config name "a" is not unique'),
        ("route: {receiver: a}\nreceivers: [{name: a}]\nnonsense: 1", "field nonsense not found"),
        (
            "route: {receiver: a, routes: [{mute_time_intervals: [night]}]}\nreceivers: [{name: a}]",
            'undefined time interval "night" used in route',
        ),
        ("route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{}]}]", "no global Slack API URL set"),
        (
            "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url_file: /a}]}]",
            "setting api_url_file is not allowed",
        ),
        (
            "global: {smtp_auth_password_file: /a}\nroute: {receiver: a}\nreceivers: [{name: a}]",
            "setting smtp_auth_password_file is not allowed",
        ),
        (WEBHOOK.format("{proxy_url: 'http://c.example'}"), "setting proxy_url is not allowed"),
        (WEBHOOK.format("{tls_config: {ca: c}}"), "setting ca is not allowed"),
        (
            "route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: [dir/a.tmpl]",
            'invalid template name "dir/a.tmpl": the template name cannot contain any path',
        ),
    ],
)
def test_mimir_refuses_what_its_alertmanager_must_not_have(stack: ExitStack, config: str, problem: str) -> None:
    with ruler("mimir") as server:
        refused = client_of(server, stack).post(
            "/api/v1/alerts", content=yaml.safe_dump({"alertmanager_config": config})
        )

        assert refused.status_code == 400
        assert refused.text.startswith(f"error validating Alertmanager config: {problem}")
        assert server.tenants["shop"].config is None


def test_a_configuration_may_be_too_big(stack: ExitStack) -> None:
    with ruler("mimir", max_config_bytes=20) as server:
        refused = client_of(server, stack).post(
            "/api/v1/alerts", content=yaml.safe_dump({"alertmanager_config": CONFIG})
        )

    assert (refused.status_code, refused.text) == (400, "Alertmanager configuration is too big, limit: 20 bytes\n")


def test_faults_and_requests_are_those_of_every_stand_in(server: Ruler, client: httpx.Client) -> None:
    path = f"{PREFIXES[server.kind]}/ours"
    server.fail(faults.answer(503, Retry_After="1"))
    server.fail(faults.CUT_AFTER, nth=2)
    first = client.post(path, content=GROUP)
    with pytest.raises(httpx.RemoteProtocolError):
        client.post(path, content=GROUP)

    assert (first.status_code, first.headers["Retry-After"]) == (503, "1")
    assert list(server.rules("shop")) == ["ours"]
    assert [(each.method, each.status) for each in server.requests] == [("POST", 503), ("POST", None)]
