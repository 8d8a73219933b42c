import pytest

from dojoboards.errors import Exit, Problem, Source
from dojoboards.lint import Check, Finding, Judgement, own
from dojoboards.model import Alert, Ignore, Project
from dojoboards.report.findings import FindingReport, merged


def _metric(_: Alert, __: Project) -> list[Finding]:
    """A metric that is asked for is one that something exposes.

    A misspelt name gives no error:
    the alert never fires.

    Bad: `node_cpu_second_total > 1`. Good: `node_cpu_seconds_total > 1`.
    """
    return []


def _title(_: Alert, __: Project) -> list[Finding]:
    """A panel has a title.

    Bad: `panels.stat("", "up")`.
    Good:

        panels.stat("Up", "up")
    """
    return []


METRIC = Check("series/metric", Alert, _metric, "warning")  # type: ignore[arg-type]  # judges nothing here
TITLE = Check("panel/title", Alert, _title, "info")  # type: ignore[arg-type]  # judges nothing here
EXPR = "sum by (job) (rate(node_cpu_second_total[5m]))\n  > 0.8"
LONG = f'{{job=~"{"x" * 200}"}} == nod and up'


def at(file: str, line: int = 0) -> Source:
    return Source(f"/project/{file}", line)


def judgement(check: Check, source: Source | None, *words: str, span: tuple[int, int] | None = None) -> Judgement:
    message, fix, expr = (*words, "", "")[:3]
    return Judgement(check, Finding(message, fix, None, expr, span), source)


SHARED = judgement(
    METRIC, at("alerts/hosts.py", 7), "alert 'Cpu' asks for 'node_cpu_second_total', which nothing exposes",
    "did you mean 'node_cpu_seconds_total'?", EXPR, span=(19, 40),
)  # fmt: skip
PROD = judgement(METRIC, at("alerts/hosts.py", 9), "100% <odd> & \x1b[31mred\x07, a:b", "see /project/docs/x.md", LONG)
LATE = judgement(METRIC, at("dashboards/a,b:c.py", 3), "it stands at the end", "", LONG, span=(213, 216))
INFO = judgement(TITLE, None, "panel '' has no title\nand no description \ud800", "give it one")


@pytest.fixture
def report() -> FindingReport:
    """Findings of every severity, with and without place, expression and remedy."""
    broken = own.refused(Problem("the expression of 'X' is not PromQL", at("alerts/hosts.py", 7), "correct `expr`"))
    unread = own.refused(Problem("KeyError: 'x'", Source("/lib/shared files/x.py", 2), "", Exit.UNREADABLE))
    (stale,) = own.told(own.STALE, Ignore(check="panel/title", of="Up*", reason="-", source=at("dojoboards.yaml", 4)))
    found = {"staging": [SHARED, INFO, SHARED], "prod": [LATE, PROD, broken, SHARED, unread, INFO], "": [stale]}
    return merged(found, checks=[METRIC, TITLE, *own.OWN.values()], ignored=2, root="/project")


@pytest.fixture
def nothing() -> FindingReport:
    return merged({"prod": []}, checks=[METRIC, TITLE])
