"""`dojoboards doctor` with a real Prometheus and a real Alertmanager."""

import json

import pytest

from support.project import CONTENT, RULES, Builder, Shop
from support.servers import until

BROKEN = RULES.replace(
    "rules=[count, few]",
    "rules=[count, few, always, pages, broken]",
).replace(
    "    return",
    """    always = Alert(name="Watching", expr="vector(1)", severity="info", summary="s", description="d")
    pages = Alert(
        name="Burning", expr="vector(1)", severity="critical", summary="s", description="d",
        annotations={"runbook_url": "https://runbooks.example/Burning"},
    )
    broken = RecordingRule(record="a:b:c", expr='up * on () group_left () label_replace(vector(1), "x", "y", "", "")'
        ' + on () (label_replace(vector(1), "p", "1", "", "") or label_replace(vector(1), "p", "2", "", ""))')
    return""",
)


def answers(shop: Shop, capsys: pytest.CaptureFixture[str], code: int) -> list[tuple[str, str, str]]:
    """Return severity, subject and message of each finding."""
    capsys.readouterr()
    assert shop.builder.run("doctor", "--env", "prod", "-o", "json") == code
    document = json.loads(capsys.readouterr().out)
    assert document["exit"] == code
    assert [server["reached"] for server in document["servers"]] == [True, True]
    return [
        (finding["severity"], finding["subject"], finding["message"])
        for server in document["servers"]
        for finding in server["findings"]
    ]


def test_before_the_first_push_everything_is_missing_and_nothing_is_changed(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write()

    found = answers(shop, capsys, 1)

    assert ("warning", "scrape targets", "the job 'shop' has no targets") in found
    assert ("warning", "metrics", "up has no series, not seen within 7d (used by recording rule job:up:count)") in found
    assert ("warning", "rules", "it has none, though the content declares some") in found
    assert ("ok", "receivers", "none of 0 notifications failed") in found
    assert sorted(file.name for file in shop.prometheus.directory.iterdir()) == ["prometheus.yml"]


def test_what_is_down_what_fails_and_what_fires_is_told(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write({**CONTENT, "alerts/rules.py": BROKEN})
    assert shop.builder.push("--adopt", "--no-verify") == 0
    until(lambda: shop.prometheus.query("up == 0"), "the target has been scraped")
    until(
        lambda: {rule["health"] for group in shop.prometheus.rules() for rule in group["rules"]} == {"ok", "err"},
        "every rule has been evaluated",
    )

    found = answers(shop, capsys, 1)

    (down,) = [message for severity, subject, message in found if (severity, subject) == ("error", "scrape targets")]
    assert down.startswith("shop 127.0.0.1:9 (http://127.0.0.1:9/metrics) is down: ")
    assert "connection refused" in down
    (failing,) = [message for severity, subject, message in found if (severity, subject) == ("error", "rules")]
    assert failing.startswith("rule 'a:b:c' of group 'up' fails: ")
    assert "alerts/rules.py:" in failing
    fires = [(severity, message) for severity, subject, message in found if subject == "alerts"]
    assert [severity for severity, _ in fires] == ["error", "note"]
    assert fires[0][1].startswith("Burning fires (critical) for ")
    assert fires[1][1].startswith("Watching fires (info) for ")
    assert ("ok", "metrics", "1 of 2 that are used are there, in 1 series") in found


def test_each_finding_is_followed_by_what_to_do(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write()
    capsys.readouterr()

    assert shop.builder.run("doctor", "--env", "prod") == 1

    output = capsys.readouterr().out
    assert output.startswith(f"Prometheus at {shop.prometheus.url}\n  ok      version         Prometheus ")
    assert "\n  ok      clock           agrees with this machine's\n" in output
    assert (
        "\n  warning scrape targets  the job 'shop' has no targets\n"
        "                          does its discovery find something, and has this configuration been pushed?\n"
    ) in output
    assert output.splitlines()[-1] == "prod: 4 warnings"


def test_a_server_that_is_down_is_one_finding_and_if_none_answers_the_exit_code_is_3(
    builder: Builder, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = {"url": "http://127.0.0.1:1"}
    builder.write(
        {"alerts/rules.py": RULES, "alerts/scrape.py": CONTENT["alerts/scrape.py"]},
        prometheus={"directory": f"{tmp_path}/prometheus", "servers": [nobody]},
    )

    assert builder.run("doctor", "--env", "prod") == 3

    assert capsys.readouterr().out == (
        "Prometheus at http://127.0.0.1:1\n"
        "  error   reach  Prometheus at http://127.0.0.1:1 cannot be reached: [Errno 111] Connection refused\n"
        "                 is it running, and is this its address?\n"
        "prod: 1 error\n"
    )


def test_another_server_at_the_address_is_told(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write()
    shop.builder.replace("dojoboards.yaml", shop.prometheus.url, shop.alertmanager.url)
    capsys.readouterr()

    assert shop.builder.run("doctor", "--env", "prod") == 1

    output = capsys.readouterr().out
    assert output.splitlines()[1].startswith(f"  error   reach  Prometheus at {shop.alertmanager.url} answers 404")


def test_an_environment_without_servers_is_told(
    builder: Builder, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    builder.write({"alerts/rules.py": RULES}, prometheus={"directory": f"{tmp_path}/prometheus"})

    assert builder.run("doctor", "--env", "prod") == 2

    error = capsys.readouterr().err
    assert "error: the environment 'prod' names no server that could be asked" in error
    assert "give the targets in environments.prod their `servers`, and Grafana its `url`" in error
