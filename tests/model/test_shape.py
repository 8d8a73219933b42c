import dataclasses
from pathlib import Path
from typing import Any

import pytest

from dojoboards.errors import DojoboardsError, Exit
from dojoboards.load import NAMES, load
from dojoboards.model import (
    Alert,
    Alertmanager,
    BasicAuth,
    Dashboard,
    DataSource,
    DnsDiscovery,
    Email,
    Environment,
    Folder,
    PagerDuty,
    Prometheus,
    Receiver,
    Relabel,
    Route,
    Secret,
    Slack,
    StaticTargets,
    Team,
    TimeInterval,
    Tls,
    Webhook,
    shape,
)
from support.lint import alert, at, group, job, recording

SECRET = "hunter2"


def said(declaration: object, cls: type | None = None) -> list[str]:
    found = list(shape.problems(declaration, cls or type(declaration)))
    assert all(problem.exit is Exit.UNREADABLE for problem in found)
    return [str(problem) for problem in found]


WRONG: list[tuple[Any, str]] = [
    (
        alert(expr=1),
        "content.py:2: `expr` of Alert 'Down' is 1, expected text\n    give text",
    ),
    (
        alert(for_=None),
        "content.py:2: `for_` of Alert 'Down' is None, expected text\n    give text",
    ),
    (
        alert(labels={"tier": 1}),
        "content.py:2: `labels['tier']` of Alert 'Down' is 1, expected text\n    give text",
    ),
    (
        alert(labels={1: "a"}),
        "content.py:2: a key of `labels` of Alert 'Down' is 1, expected text\n    give text",
    ),
    (
        alert(labels=["tier"]),
        "content.py:2: `labels` of Alert 'Down' is a list, expected a mapping\n    give a mapping",
    ),
    (
        recording(record=None),
        "content.py:2: `record` of RecordingRule is None, expected text\n    give text",
    ),
    (
        group("up == 0"),  # type: ignore[arg-type]
        (
            "content.py:1: `rules[0]` of RuleGroup 'hosts' is 'up == 0', expected Alert or RecordingRule\n"
            "    give Alert or RecordingRule"
        ),
    ),
    (
        group(alert(), alert(summary=3, source=at(7))),
        "content.py:7: `summary` of Alert 'Down' is 3, expected text\n    give text",
    ),
    (
        group(limit=True),
        "content.py:1: `limit` of RuleGroup 'hosts' is True, expected a whole number\n    give a whole number",
    ),
    (
        group(limit="10"),
        "content.py:1: `limit` of RuleGroup 'hosts' is '10', expected a whole number\n    give a whole number",
    ),
    (
        job(targets="node:9100"),
        "content.py:1: `targets` of ScrapeJob 'node' is 'node:9100', expected a list\n    give a list",
    ),
    (
        job(targets={"node:9100"}),
        "content.py:1: `targets` of ScrapeJob 'node' is a set, expected a list\n    give a list",
    ),
    (
        job(targets=(target for target in ["node:9100"])),
        "content.py:1: `targets` of ScrapeJob 'node' is a generator, expected a list\n    give a list",
    ),
    (
        job(targets=["node:9100", 9100]),
        "content.py:1: `targets[1]` of ScrapeJob 'node' is 9100, expected text\n    give text",
    ),
    (
        job(scheme="htps"),
        (
            "content.py:1: `scheme` of ScrapeJob 'node' is 'htps', expected one of those that are known\n"
            "    did you mean 'https'? known: http, https"
        ),
    ),
    (
        job(honor_labels="yes"),
        "content.py:1: `honor_labels` of ScrapeJob 'node' is 'yes', expected True or False\n    give True or False",
    ),
    (
        job(params={"module": "http"}),
        "content.py:1: `params['module']` of ScrapeJob 'node' is 'http', expected a list\n    give a list",
    ),
    (
        job(discovery=[DnsDiscovery(names=["a"], port="80")]),  # type: ignore[arg-type]
        "content.py:1: `port` of DnsDiscovery is '80', expected a whole number\n    give a whole number",
    ),
    (
        job(metrics_path="x" * 100 + "\n", sample_limit="x" * 100),
        "content.py:1: `sample_limit` of ScrapeJob 'node' is text, expected a whole number\n    give a whole number",
    ),
    (
        Folder(uid="a", title="A", permissions={"web": "view"}, source=at(1)),  # type: ignore[dict-item]
        (
            "content.py:1: `permissions['web']` of Folder 'A' is 'view', expected one of those that are known\n"
            "    did you mean 'View'? known: Admin, Edit, View"
        ),
    ),
    (
        Route(receiver="a", routes=[Route(receiver="b", matchers="a=b", source=at(5))], source=at(4)),
        "content.py:5: `matchers` of Route 'b' is 'a=b', expected a list\n    give a list",
    ),
    (
        Dashboard({}, folder=Folder(uid="a", title="A"), source=at(1)),  # type: ignore[arg-type]
        "content.py:1: `folder` of Dashboard is a Folder, expected text\n    give text",
    ),
    (
        TimeInterval(name="night", intervals={"weekdays": ["sunday"]}, source=at(1)),  # type: ignore[arg-type]
        "content.py:1: `intervals` of TimeInterval 'night' is a dict, expected a list\n    give a list",
    ),
]

SHARED = {"a": ["b"]}

RIGHT: list[Any] = [
    job(extra={"b": SHARED, "c": [SHARED, SHARED]}),
    group(alert(labels={"a": "b"}), recording(), interval="1m", limit=3),
    group(),
    job(
        labels={"a": "b"},
        discovery=[StaticTargets(targets=("a:1",)), DnsDiscovery(names=["a"], type="A", port=1)],
        params={"a": ["b"]},
        basic_auth=BasicAuth(username="a", password=Secret("b")),
        tls=Tls(ca_file="/a"),
        relabel=[Relabel(source_labels=["a"], target_label="b", regex="")],
        extra={"a": [1, None, {"b": 2.5}]},
    ),
    Prometheus(external_labels={"a": "b"}, extra={"remote_write": []}),
    Alertmanager(receiver="a", slack_api_url=Secret("b"), extra={"c": object()}),
    Receiver(
        name="a",
        slack=[Slack(channel="#a", fallback="b", api_url=Secret("c"))],
        email=[Email(to="a", headers={"b": "c"})],
        webhook=[Webhook(url="https://a.example"), Webhook(url=Secret("a"))],
        pagerduty=[PagerDuty(routing_key=Secret("a"))],
        raw={"opsgenie_configs": [{"api_key_file": Secret("a")}]},
    ),
    Route(routes=[Route(routes=[Route(group_by=("a",), priority=-1)])]),
    TimeInterval(name="a", intervals=[{"weekdays": ["sunday"]}]),
    Folder(uid="a", title="b", permissions={"c": "View"}),
    Folder(uid="a", title="b", permissions=None),
    Team(name="a", members=["b"]),
    DataSource(name="a", type="b", json_data={"c": 1}, secure_json_data={"d": Secret("e")}),
    Dashboard({"title": 1}, folder="a"),
    Dashboard(None),
]

ENDLESS: dict[str, Any] = {}
ENDLESS["again"] = [ENDLESS]
DEEP: Any = "x"
for _ in range(5000):
    DEEP = [DEEP]

SECRETS: list[tuple[Any, str]] = [
    (Slack(channel="#a", api_url=SECRET), "`api_url` of Slack is text, expected Secret or None"),  # type: ignore[arg-type]
    (
        Receiver(name="a", slack=SECRET, source=at(1)),  # type: ignore[arg-type]
        "content.py:1: `slack` of Receiver 'a' is text, expected a list",
    ),
    (
        Receiver(name="a", slack=[{"api_url": SECRET}], source=at(1)),  # type: ignore[list-item]
        "content.py:1: `slack[0]` of Receiver 'a' is a dict, expected Slack",
    ),
    (
        job(basic_auth=("mira", SECRET)),
        "content.py:1: `basic_auth` of ScrapeJob 'node' is a tuple, expected BasicAuth or None",
    ),
    (
        DataSource(name="a", type="b", secure_json_data={"password": SECRET}, source=at(1)),  # type: ignore[dict-item]
        "content.py:1: `secure_json_data['password']` of DataSource 'a' is text, expected Secret",
    ),
    (
        Webhook(url=["https://a.example/" + SECRET]),  # type: ignore[arg-type]
        "`url` of Webhook is a list, expected text or Secret",
    ),
]


@pytest.mark.parametrize(("declaration", "message"), WRONG)
def test_a_value_of_the_wrong_type_is_said_with_its_place(declaration: Any, message: str) -> None:
    assert said(declaration) == [message]


@pytest.mark.parametrize(
    ("declaration", "where"),
    [
        (job(extra=ENDLESS), "`extra['again']` of ScrapeJob 'node' is a list"),
        (job(extra={"a": DEEP}), "`extra['a']` of ScrapeJob 'node' is a list"),
        (Receiver(name="a", raw={"a": ENDLESS}, source=at(1)), "`raw['a']` of Receiver 'a' is a dict"),
        (
            Receiver(name="a", slack=[Slack(channel="#a", extra={"a": ENDLESS})], source=at(1)),
            "`extra['a']` of Slack is a dict",
        ),
        (
            DataSource(name="a", type="b", json_data=ENDLESS, source=at(1)),
            "`json_data['again']` of DataSource 'a' is a list",
        ),
    ],
)
def test_a_value_that_holds_itself_or_nests_too_deeply_is_told(declaration: Any, where: str) -> None:
    expected = "one that ends within 50 levels and does not hold itself"

    assert said(declaration) == [f"content.py:1: {where}, expected {expected}\n    give {expected}"]


@pytest.mark.parametrize("declaration", RIGHT, ids=lambda each: type(each).__name__)
def test_values_of_the_right_type_are_passed_over(declaration: Any) -> None:
    assert said(declaration) == []


@pytest.mark.parametrize(("declaration", "message"), SECRETS)
def test_what_may_be_a_secret_in_clear_is_not_shown(declaration: Any, message: str) -> None:
    (text,) = said(declaration)

    assert text.partition("\n")[0] == message
    assert SECRET not in text


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert len(said(group(alert(expr=1, for_=2), recording(labels={"a": 3}), limit="4"))) == 4


def test_a_declaration_of_a_class_of_ones_own_is_judged_by_what_it_was_made_of() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Paging(Alert):
        pager: "NotDefinedAnywhere" = None  # type: ignore[name-defined]  # noqa: F821

    paging = Paging(name="A", expr=1, severity="critical", summary="s", description="d", source=at(2))  # type: ignore[arg-type]

    assert said(group(paging)) == ["content.py:2: `expr` of Alert 'A' is 1, expected text\n    give text"]


@pytest.mark.parametrize("cls", [entry.type for entry in NAMES.values()], ids=lambda cls: cls.__name__)
def test_every_declaration_that_content_makes_can_be_judged(cls: type) -> None:
    class Nothing:
        def __getattr__(self, _name: str) -> object:
            return self

    judged = said(Nothing(), cls)

    assert len(judged) == len([field for field in dataclasses.fields(cls) if field.name != "source"]) - any_fields(cls)


def any_fields(cls: type) -> int:
    return sum(field.type == "Any" for field in dataclasses.fields(cls))


def test_content_with_values_of_the_wrong_type_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "alerts").mkdir()
    (tmp_path / "dashboards").mkdir()
    (tmp_path / "alerts/a.py").write_text(
        "from dojoboards import Alert, RuleGroup, Route\n"
        "groups = [\n"
        "    RuleGroup(name='g', rules=[\n"
        "        Alert(name='A', expr=5, severity='critical', summary='s', description='d'),\n"
        "    ]),\n"
        "]\n"
        "routes = [Route(matchers='a=b')]\n",
        encoding="utf-8",
    )
    (tmp_path / "dashboards/b.py").write_text(
        "from dojoboards import Dashboard\ndashboard = Dashboard({'title': 'B', 'panels': []}, folder=['b'])\n",
        encoding="utf-8",
    )

    with pytest.raises(DojoboardsError) as caught:
        load(tmp_path, Environment(name="test"), "shop")

    assert caught.value.exit == 2
    assert [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems] == [
        "alerts/a.py:4: `expr` of Alert 'A' is 5, expected text\n    give text",
        "alerts/a.py:7: `matchers` of Route is 'a=b', expected a list\n    give a list",
        "dashboards/b.py:2: `folder` of Dashboard is a list, expected text\n    give text",
    ]
