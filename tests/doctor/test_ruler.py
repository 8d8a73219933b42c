import pytest

from support.project import RULES, Builder
from support.ruler import ruler


def test_a_mimir_is_asked_for_rules_metrics_and_alerts(builder: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    with ruler("mimir") as server:
        target = {"url": server.url, "flavour": "mimir", "tenant": "shop"}
        builder.write({"alerts/rules.py": RULES}, prometheus=target)
        assert builder.push() == 0
        capsys.readouterr()

        assert builder.run("doctor", "--env", "prod") == 1

    output = capsys.readouterr().out
    assert output.startswith(f"Mimir at {server.url}\n")
    assert "  ok      rules    3, none fails\n" in output  # with the one that says which build it is
    assert "  ok      clock    agrees with this machine's\n" in output
    assert "  error   metrics  " in output  # the stand-in knows no queries
