from typing import Any

from support.reports import told


def board(*panels: Any, **keys: Any) -> dict[str, Any]:
    return {"title": "Shop", "uid": "shop", "panels": list(panels), **keys}


def variables(*found: dict[str, Any]) -> dict[str, Any]:
    return board(templating={"list": list(found)})


def test_settings_of_the_dashboard_are_told_by_name() -> None:
    before = board(description="Old", tags=["a", "b"], time={"from": "now-6h", "to": "now"}, refresh="30s")
    after = board(tags=["b", "c"], time={"from": "now-1h", "to": "now"}, title="Store", timezone="utc")

    assert told("dashboard", before, after) == [
        "removed  description: Old",
        "removed  refresh: 30s",
        "added    timezone: utc",
        "changed  title: Shop -> Store",
        "changed  tags: a -> c",
        "changed  time range: now-6h to now -> now-1h to now",
    ]


def test_what_a_server_adds_and_empty_values_are_no_difference() -> None:
    saved = board(id=7, version=3, iteration=9, description="", links=[], gnetId=None, templating={"list": []})

    assert told("dashboard", board(), saved) == []
    assert told("dashboard", saved, board(tags=[])) == []


def test_the_order_of_tags_means_nothing() -> None:
    assert told("dashboard", board(tags=["a", "b"]), board(tags=["b", "a"])) == []


def test_variables_are_told_by_name_and_a_query_once() -> None:
    env = {
        "name": "env",
        "type": "query",
        "query": {"query": "label_values(a, env)"},
        "definition": "label_values(a, env)",
    }
    job = {"name": "job", "type": "custom", "options": [{"value": "web"}, {"value": "db"}]}
    changed = {**env, "query": {"query": "label_values(b, env)"}, "definition": "label_values(b, env)", "multi": True}
    fewer = {**job, "options": [{"value": "web"}]}

    assert told("dashboard", variables(env, job), variables(changed, fewer, {"name": "host", "type": "textbox"})) == [
        "added    variable 'env', multi: true",
        "changed  variable 'env', query.query: label_values(a, env) -> label_values(b, env)",
        "changed  variable 'job', options: web, db -> web",
        "added    variable 'host' (textbox)",
    ]
    assert told("dashboard", variables(env, job), variables(job)) == ["removed  variable 'env' (query)"]


def test_the_order_of_variables_is_that_of_the_bar_above_the_panels() -> None:
    assert told("dashboard", variables({"name": "a"}, {"name": "b"}), variables({"name": "b"}, {"name": "a"})) == [
        "moved    variables (they are in another order)"
    ]


def test_annotations_and_links_are_told_by_name() -> None:
    deploy = {"name": "Deployments", "enable": True, "iconColor": "blue"}
    before = board(annotations={"list": [deploy]}, links=[{"title": "Runbook", "url": "https://a.example"}])
    after = board(
        annotations={"list": [{**deploy, "enable": False}, {"name": "Alerts", "expr": "ALERTS"}]},
        links=[{"title": "Runbook", "url": "https://b.example"}, {"title": "More", "url": "https://c.example"}],
    )

    assert told("dashboard", before, after) == [
        "changed  annotation 'Deployments', enable: true -> false",
        "added    annotation 'Alerts'",
        "changed  link 'Runbook', url: https://a.example -> https://b.example",
        "added    link 'More'",
    ]


def test_a_dashboard_in_the_new_schema_is_told_in_one_line() -> None:
    assert told("dashboard", {"elements": {}, "layout": {}, "title": "Shop"}, board()) == [
        "changed  schema: v2 -> classic"
    ]
    assert told("dashboard", {"apiVersion": "dashboard.grafana.app/v2", "spec": {}}, board()) == [
        "changed  schema: v2 -> classic"
    ]


def test_true_is_not_one_but_one_is_one() -> None:
    assert told("dashboard", board(editable=1), board(editable=True)) == ["changed  editable: 1 -> true"]
    assert told("dashboard", board(graphTooltip=1), board(graphTooltip=1.0)) == []


def test_a_dashboard_of_another_shape_is_compared_key_by_key() -> None:
    assert told("dashboard", [1, 2], board()) == ["changed  content: [1, 2] -> {panels: [], title: Shop, uid: shop}"]
    assert told("dashboard", board(templating=[1]), board()) == ["removed  templating: [1]"]
    assert told("dashboard", board(time="now"), board(time={"from": "a", "to": "b"})) == [
        "changed  time range: now -> {from: a, to: b}"
    ]
