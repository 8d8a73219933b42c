import pytest

from dojoboards.errors import Source
from dojoboards.lint import Finding, Judgement
from dojoboards.lint.every import CHECKS
from dojoboards.lint.ignoring import sifted, stale, wrong
from dojoboards.model import Ignore

CHECK = CHECKS["alert/text"]
FOUND = Judgement(
    CHECK, Finding("the alert 'CpuHigh' of Prometheus' group 'hosts' has no summary"), Source("/p/alerts/a.py", 7)
)


def ignore(check: str = "alert/text", reason: str = "so", of: str = "", line: int = 1) -> Ignore:
    return Ignore(check=check, reason=reason, of=of, source=Source("dojoboards.yaml", line))


@pytest.mark.parametrize("of", ["", "CpuHigh", "Cpu*", "hosts", "alerts/a.py", "alerts/*"])
def test_it_is_ignored_by_a_name_in_quotes_or_by_its_file(of: str) -> None:
    given = ignore(of=of)

    assert sifted([FOUND], [given], "/p") == ([], [FOUND], frozenset({given}))


@pytest.mark.parametrize("of", ["cpuhigh", "Cpu", " group ", "a.py", "/p/alerts/*", "Disk*"])
def test_it_is_told_where_the_pattern_fits_nothing(of: str) -> None:
    assert sifted([FOUND], [ignore(of=of)], "/p") == ([FOUND], [], frozenset())


def test_it_is_told_where_another_check_is_ignored_or_no_reason_is_given() -> None:
    given = [ignore("alert/name"), ignore(reason=" "), ignore("alert/nonsense")]

    assert sifted([FOUND], given, "/p") == ([FOUND], [], frozenset())


@pytest.mark.parametrize(
    ("file", "lines", "covers"),
    [
        ("/p/alerts/a.py", range(7, 9), True),
        ("/p/alerts/a.py", None, True),
        ("/p/alerts/a.py", range(8, 9), False),
        ("/p/alerts/b.py", range(7, 9), False),
    ],
)
def test_a_comment_is_about_its_file_and_lines(file: str, lines: range | None, covers: bool) -> None:
    given = Ignore(check="alert/text", reason="so", file=file, lines=lines, source=Source(file, 6))

    assert bool(sifted([FOUND], [given], "/p").ignored) is covers


def test_what_has_no_place_is_ignored_by_name_only() -> None:
    found = Judgement(CHECK, FOUND.finding, None)

    assert sifted([found], [ignore(of="CpuHigh")]).ignored == [found]
    assert sifted([found], [ignore(of="alerts/*")]).told == [found]


def test_what_is_wrong_with_what_is_ignored_is_said() -> None:
    given = [
        ignore("alert/txt"), ignore(reason=""), ignore("lint/crash"), ignore("build/refused"), ignore(""),
        ignore("", ""), ignore(),
    ]  # fmt: skip

    assert [f"{one.check.severity}: {one.problem}" for one in wrong(given)] == [
        (
            "error: dojoboards.yaml:1: there is no check 'alert/txt' that could be ignored\n"
            "    did you mean 'alert/text'? dojoboards lint --list shows all"
        ),
        (
            "error: dojoboards.yaml:1: alert/text is ignored without a reason, and so is told all the same\n"
            "    write # dojoboards: ignore[alert/runbook] and the reason behind it"
        ),
        "error: dojoboards.yaml:1: lint/crash cannot be ignored\n    mend what it tells",
        "error: dojoboards.yaml:1: build/refused cannot be ignored\n    mend what it tells",
        (
            "error: dojoboards.yaml:1: there is no check '' that could be ignored\n"
            "    dojoboards lint --list shows all"
        ),
        (
            "error: dojoboards.yaml:1: this comment for dojoboards cannot be read\n"
            "    write # dojoboards: ignore[alert/runbook] and the reason behind it"
        ),
    ]  # fmt: skip


def test_what_was_nowhere_found_is_stale_unless_its_check_did_not_run() -> None:
    used, unused, no_reason, other = ignore(), ignore(line=2, of="A*"), ignore(line=3, reason=""), ignore("alert/name")

    found = [str(one.problem) for one in stale([used, unused, no_reason, other], {used}, {"alert/text"})]

    assert found == ["dojoboards.yaml:2: alert/text of 'A*' is ignored here, and finds nothing\n    take it away"]
