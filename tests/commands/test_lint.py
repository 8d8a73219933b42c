import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from dojoboards.lint import Check, Finding
from dojoboards.lint.every import CHECKS
from dojoboards.model import Alert, Project
from support.project import Builder

CONFIG = """\
project: shop
settings:
  wait: {meaning: How long it may be down.}
defaults:
  data_sources:
    prometheus: {uid: prom, type: prometheus, url: "http://prometheus.example:9090"}
environments:
  staging: {settings: {wait: 5 minutes}}
  prod: {settings: {wait: 5m}}
"""

RULES = """\
from dojoboards import Alert, RuleGroup

def groups(env):
    down = Alert(
        name="Shop-Down",
        expr="up == 0",
        for_=env.setting("wait"),
        severity="crit",
        summary="The shop is down",
        description="{{ $labels.instance }} is down.",
    )
    return [RuleGroup(name="shop", rules=[down], interval="1 minute")]
"""

BOARD = """\
from dojoboards import panels

def dashboard(env):
    return panels.dashboard("Shop", uid="shop", panels=[panels.stat("Up", "sum(up", unit="short")])
"""

FILES = {"alerts/rules.py": RULES, "dashboards/shop.py": BOARD}

EVERYTHING = """\
alerts/rules.py:4: error: `for_` of the alert 'Shop-Down': '5 minutes' is not a duration such as 30s, 5m or 1h30m (alert/durations)
    give whole numbers with units in falling order, such as 30s, 5m or 1h30m
    only in staging
alerts/rules.py:4: error: 'Shop-Down' is not the name of an alert (alert/name)
    use letters, digits and underscores: subject and condition, such as CpuHigh
alerts/rules.py:4: error: the alert 'Shop-Down' has the unknown severity 'crit' (alert/severity)
    did you mean 'critical'? known: critical, info, warning
alerts/rules.py:12: error: `interval` of the rule group 'shop': '1 minute' is not a duration such as 30s, 5m or 1h30m (group/interval)
    give whole numbers with units in falling order, such as 30s, 5m or 1h30m
dashboards/shop.py:4: error: panel 'Up': the expression is not PromQL: unclosed left parenthesis (build/refused)
    sum(up
       ^
    correct the expression
"""  # noqa: E501  # as it is printed
SELECTED = ("--select", "alert/durations", "--select", "alert/name", "--select", "alert/severity", "--select", "group/")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    builder = Builder(tmp_path)
    builder.write(FILES, CONFIG)
    monkeypatch.chdir(tmp_path)
    return builder


def test_everything_is_told_at_once_with_what_a_build_refuses(
    shop: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.run("lint", *SELECTED, "--select", "build/") == 1

    out, err = capsys.readouterr()
    *findings, summary = out.splitlines(keepends=True)
    assert "".join(findings) == EVERYTHING
    assert summary.startswith("staging, prod: 5 errors (")
    assert err == ""


def test_nothing_found_is_exit_code_0(shop: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.run("lint", "--select", "team/unique") == 0
    assert capsys.readouterr().out == "staging, prod: nothing found (1 check)\n"


def test_one_environment_can_be_chosen(shop: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.run("lint", "--env", "prod", "--select", "alert/durations") == 0
    assert shop.run("lint", "--env", "staging", "--select", "alert/durations") == 1
    assert "only in" not in capsys.readouterr().out


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_what_is_a_failure_is_chosen(shop: Builder, severity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHECKS, "x/odd", Check("x/odd", Alert, lambda *_: iter([Finding("odd")]), severity))  # type: ignore[arg-type]  # one of two words

    codes = [shop.run("lint", "--select", "x/", "--fail-on", level) for level in ("info", "warning", "error")]

    assert codes == [1, int(severity == "warning"), 0]


@pytest.mark.parametrize(
    ("arguments", "message", "remedy"),
    [
        (["--select", "alrt/name"], "no check is called 'alrt/name'", "did you mean 'alert/name'?"),
        (["--explain", "alert/nam"], "there is no check 'alert/nam'", "did you mean 'alert/name'?"),
        (["--env", "prd"], "there is no environment 'prd'", "did you mean 'prod'?"),
        (["--list", "--explain", "alert/name"], "--list and --explain exclude each other", ""),
    ],
)
def test_wrong_usage_names_what_is_near(
    shop: Builder, arguments: list[str], message: str, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.run("lint", *arguments) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert remedy in err


def test_content_that_cannot_be_read_is_told_and_the_other_environments_are_judged(
    shop: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.change("alerts/more.py", "def groups(env):\n    return [] if env.name == 'staging' else 1 / 0\n")

    assert shop.run("lint", "--select", "alert/durations") == 2
    assert capsys.readouterr().out.splitlines()[:4] == [
        "alerts/more.py:2: error: ZeroDivisionError: division by zero (build/content)",
        "    only in prod",
        *EVERYTHING.splitlines()[:2],
    ]


def test_a_dashboard_that_cannot_be_read_is_told_whatever_was_selected(
    shop: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.change("dashboards/odd.py", "def dashboard(env):\n    raise KeyError('x')\n")

    assert shop.run("lint", "--select", "alert/durations", "-o", "json") == 2

    document = json.loads(capsys.readouterr().out)
    assert [(one["check"], one["file"], one["line"]) for one in document["findings"]] == [
        ("build/content", "dashboards/odd.py", 2)
    ]
    assert document["exit"] == 2


def test_a_check_that_fails_is_a_finding_and_no_traceback(
    shop: Builder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def odd(alert: Alert, _: Project) -> Iterator[Finding]:
        raise ValueError(alert.name)

    monkeypatch.setitem(CHECKS, "x/odd", Check("x/odd", Alert, odd, "info"))

    assert shop.run("lint", "--select", "x/odd") == 1

    first, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith(
        "alerts/rules.py:4: warning: the check x/odd failed on Alert 'Shop-Down': ValueError: Shop-Down"
    )
    assert first.endswith("(lint/crash)")


def test_a_comment_with_a_reason_ignores_a_finding(shop: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    shop.replace("alerts/rules.py", "Alert(\n", "Alert(  # dojoboards: ignore[alert/name] it is called so elsewhere\n")

    assert shop.run("lint", "--select", "alert/name", "--select", "lint/") == 0
    assert capsys.readouterr().out == "staging, prod: nothing found, 1 ignored (4 checks)\n"


def test_the_configuration_ignores_findings_by_name(shop: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    ignore = '{check: alert/name, of: "Shop-*", reason: The shop gives the names.}'
    shop.change("dojoboards.yaml", f"{CONFIG}lint:\n  ignore:\n    - {ignore}\n")

    assert shop.run("lint", "--select", "alert/name", "--select", "lint/") == 0
    assert "1 ignored" in capsys.readouterr().out


def test_a_comment_that_ignores_nothing_is_told_where_all_environments_are_judged(
    shop: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.replace("alerts/rules.py", 'expr="up', '# dojoboards: ignore[alert/text] later\n        expr="up')
    stale = "alerts/rules.py:6: warning: alert/text is ignored here, and finds nothing (lint/stale-suppression)"

    assert shop.run("lint", "--select", "alert/text", "--select", "lint/") == 1
    assert capsys.readouterr().out.splitlines()[0] == stale
    assert shop.run("lint", "--select", "alert/text", "--select", "lint/", "--env", "prod") == 0
    assert shop.run("lint", "--select", "alert/unique", "--select", "lint/") == 0


def test_what_is_found_in_one_environment_only_is_ignored_and_not_stale(shop: Builder) -> None:
    shop.replace(
        "alerts/rules.py", "down = Alert(", "# dojoboards: ignore[alert/durations] so be it\n    down = Alert("
    )

    assert shop.run("lint", "--select", "alert/durations", "--select", "lint/") == 0


def test_a_comment_without_a_reason_ignores_nothing(shop: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    shop.replace("alerts/rules.py", "Alert(\n", "Alert(  # dojoboards: ignore[alert/name]\n")

    assert shop.run("lint", "--select", "alert/name", "--select", "lint/") == 1

    found = [line.rpartition(" ")[2] for line in capsys.readouterr().out.splitlines() if "error:" in line]
    assert found == ["(alert/name)", "(lint/suppression)"]


def test_json_is_one_document(shop: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.run("lint", *SELECTED, "-o", "json") == 1

    document = json.loads(capsys.readouterr().out)
    assert document["counts"] == {"error": 4, "info": 0, "warning": 0}
    assert document["environments"] == ["staging", "prod"]
    assert document["findings"][0]["environments"] == ["staging"]
    assert (document["exit"], document["problems"]) == (1, [])


def test_the_other_formats_have_the_same_findings(shop: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.run("lint", *SELECTED, "-o", "sarif") == 1
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]

    assert shop.run("lint", *SELECTED, "-o", "junit") == 1
    failures = list(ET.fromstring(capsys.readouterr().out).iter("failure"))  # noqa: S314  # it is ours

    assert shop.run("lint", *SELECTED, "-o", "github") == 1
    commands = [line for line in capsys.readouterr().out.splitlines() if line.startswith("::error")]

    assert (len(results), len(failures), len(commands)) == (4, 4, 4)


def test_checks_are_listed_and_explained_without_a_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    builder = Builder(tmp_path / "nothing")
    (tmp_path / "nothing").mkdir()

    assert builder.run("lint", "--list", "--select", "team/") == 0
    assert capsys.readouterr().out.splitlines()[-1].split()[:2] == ["team/unique", "error"]
    assert builder.run("lint", "--explain", "team/unique") == 0
    assert capsys.readouterr().out.startswith("team/unique (error)\n\n")


def test_what_content_prints_is_no_part_of_the_result(shop: Builder, capfd: pytest.CaptureFixture[str]) -> None:
    shop.change("alerts/noise.py", "print('noise')\ngroups = []\n")

    assert shop.run("lint", "--select", "team/unique", "-o", "json") == 0

    out, err = capfd.readouterr()
    assert json.loads(out)["findings"] == []
    assert "noise" in err


FIXED = """\
--- alerts/rules.py
+++ alerts/rules.py
@@ -12 +12 @@
-    return [RuleGroup(name="shop", rules=[down], interval="1 minute")]
+    return [RuleGroup(name="shop", rules=[down], interval="1m")]
alerts/rules.py:4: left to you: '5 minutes' is to be '5m', but '5 minutes' is not written there as one literal
"""


def test_a_dry_run_shows_what_would_be_mended(shop: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    before = (shop.root / "alerts/rules.py").read_bytes()

    assert shop.run("lint", *SELECTED, "--fix", "--dry-run") == 1

    assert (shop.root / "alerts/rules.py").read_bytes() == before
    assert capsys.readouterr().out.startswith(f"{FIXED}1 would be mended, 1 left to you\n{EVERYTHING[:40]}")


def test_what_needs_no_decision_is_mended_and_shown(shop: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    file = shop.root / "alerts/rules.py"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    file.chmod(0o640)

    assert shop.run("lint", *SELECTED, "--fix") == 1

    out = capsys.readouterr().out
    assert out.startswith(f"{FIXED}1 mended, 1 left to you\n")
    assert "group/interval" not in out
    assert file.read_bytes() == RULES.replace("1 minute", "1m").replace("\n", "\r\n").encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert not list(shop.root.glob(".dojoboards*"))


def test_what_is_ignored_is_not_mended(shop: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    shop.replace(
        "alerts/rules.py", "    return [", "    # dojoboards: ignore[group/interval] it is a test\n    return ["
    )

    assert shop.run("lint", "--select", "group/interval", "--fix") == 0
    assert capsys.readouterr().out.startswith("0 mended\n")


def test_a_module_outside_the_project_is_left_alone(
    shop: Builder, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    library = tmp_path_factory.mktemp("library") / "shared.py"
    library.write_text("from dojoboards import RuleGroup\nGROUP = RuleGroup(name='g', rules=[], interval='1 minute')\n")
    shop.change("alerts/rules.py", f"import runpy\ngroups = [runpy.run_path({str(library)!r})['GROUP']]\n")

    assert shop.run("lint", "--select", "group/interval", "--fix") == 1
    assert "but it is no module of the content" in capsys.readouterr().out
    assert "1 minute" in library.read_text()


def test_a_matcher_that_needs_no_regular_expression_is_mended(
    shop: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.replace("alerts/rules.py", "up == 0", "up{job=~'^shop$',instance=~'a'} == 0")

    assert shop.run("lint", "--select", "matcher/literal", "--fix") == 0
    assert "but something else in it was mended: run it again" in capsys.readouterr().out
    assert shop.run("lint", "--select", "matcher/literal", "--fix") == 0
    assert "nothing found" in capsys.readouterr().out
    assert """expr="up{job='shop',instance='a'} == 0",""" in (shop.root / "alerts/rules.py").read_text()
