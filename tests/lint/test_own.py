import re
from collections.abc import Iterator

import pytest

from dojoboards.lint import Check, Finding, own
from dojoboards.lint.every import CHECKS
from dojoboards.model import Alert, Project
from support.lint import alert, at, rules


def _odd(alert: Alert, _: Project) -> Iterator[Finding]:
    yield Finding("the first")
    raise KeyError(alert.name)


def test_a_check_that_fails_is_a_finding_and_the_others_run() -> None:
    other = Check("x/other", Alert, lambda *_: iter([Finding("the other")]))
    odd = Check("x/odd", Alert, _odd)

    found = own.judgements(rules(alert(name="Down")), [], [], checks=[odd, other])

    told = [(one.check.id, re.sub(r"\d+$", "N", one.finding.message), one.source) for one in found]
    assert told == [
        ("x/odd", "the first", at(2)),
        ("lint/crash", "the check x/odd failed on Alert 'Down': KeyError: 'Down' in lint/judging.py:N", at(2)),
        ("x/other", "the other", at(2)),
    ]


@pytest.mark.parametrize("id", own.OWN)
def test_what_lint_finds_itself_is_documented_as_checks_are(id: str) -> None:
    text = own.OWN[id].function.__doc__ or ""

    assert re.match(r".+\.\n\n", text)
    assert re.search(r"\bBad: .+\bGood: ", text, re.DOTALL)
    assert id not in CHECKS
