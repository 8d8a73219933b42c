from pathlib import Path

import orjson
import pytest

from dojoboards.artifact import Artifact
from dojoboards.doctor import metrics
from dojoboards.model import Alert, Project, RecordingRule, RuleGroup, Server
from dojoboards.targets.servers import Client
from support.answers import Reply, Request, answering
from support.boards import board, document, environment


def alert(name: str, expr: str) -> Alert:
    return Alert(name=name, expr=expr, severity="warning", summary="", description="")


RULES: list[Alert | RecordingRule] = [
    RecordingRule(record="job:up:count", expr="count by (job) (up == 1)"),
    alert("Few", 'job:up:count < 2 or absent(dead) or {__name__="named"} > 0 or ALERTS{alertname="X"}'),
]
PROJECT = Project(name="shop", environment=environment("prod"), groups=[RuleGroup(name="up", rules=RULES, module="up")])


def test_what_rules_and_dashboards_select_is_used_but_what_is_only_asked_whether_it_is_absent() -> None:
    from dojoboards import panels

    spec = board(
        panels.stat("Requests", 'sum(rate(requests_total{job=~"$job"}[$__rate_interval]))', unit="short"),
        panels.logs("Log", '{app="shop"}', datasource="loki"),
    )
    artifact = Artifact("dashboard", "shop", "grafana/dashboards/general/shop.json", orjson.dumps(document(spec)))

    assert metrics.used(PROJECT, [artifact]) == {
        "job:up:count": "alert Few",
        "named": "alert Few",
        "requests_total": "dashboard shop, panel 'Requests'",
        "up": "recording rule job:up:count",
    }


def vector(*rows: tuple[dict[str, str], str]) -> bytes:
    result = [{"metric": labels, "value": [0, value]} for labels, value in rows]
    return orjson.dumps({"status": "success", "data": {"resultType": "vector", "result": result}})


def test_metrics_without_series_are_told_with_their_age_and_many_are_asked_for_at_once(tmp_path: Path) -> None:
    used = dict.fromkeys(("gone", "here", "job:up:count", "never"), "alert A")

    def answer(request: Request) -> Reply:
        if "count+by" in request.path:
            return Reply(body=vector(({"__name__": "here"}, "3")))
        return Reply(body=vector(({}, "7205")) if "gone" in request.path else vector())

    with answering(answer) as server:
        client = Client(Server(url=server.url), "prometheus", tmp_path)
        found = [(each.severity, each.message) for each in metrics.present(client, PROJECT, used)]
        remedies = [each.remedy for each in metrics.present(client, PROJECT, used)]
        client.close()

    assert found == [
        ("warning", "gone has no series, last seen 2 h ago (used by alert A)"),
        ("warning", "job:up:count has no series, not seen within 7d (used by alert A)"),
        ("warning", "never has no series, not seen within 7d (used by alert A)"),
        ("ok", "1 of 4 that are used are there, in 3 series"),
    ]
    assert remedies[:2] == [
        "is what exposes it down, or no longer scraped?",
        "its recording rule gives nothing, or is not there: look at what it is made of",
    ]
    assert sum("count+by" in request.path for request in server.requests) == 2


@pytest.mark.parametrize("many", [1, 100, 101, 250])
def test_every_hundred_metrics_take_one_request(tmp_path: Path, many: int) -> None:
    used = {f"m{number}": "alert A" for number in range(many)}

    def answer(request: Request) -> Reply:
        return Reply(body=vector(*(({"__name__": name}, "1") for name in used)))

    with answering(answer) as server:
        client = Client(Server(url=server.url), "prometheus", tmp_path)
        list(metrics.present(client, PROJECT, used))
        client.close()

    assert len(server.requests) == -(-many // 100)
