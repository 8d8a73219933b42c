"""What came of cases, as text, for machines, and as JUnit's XML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from xml.etree import ElementTree as ET

from dojoboards.cases.coverage import MEANINGS, Coverage
from dojoboards.cases.document import CaseFile
from dojoboards.written import Place


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of one check.

    Args:
        environment: Where it was run.
        file: The file of its case.
        place: Where it stands there.
        case: The name of its case.
        check: What was asked, such as `ServiceDown at 2m`.
        failure: How it failed; empty where it did not.
        skipped: Why it was not run; empty where it was.
    """

    environment: str
    file: CaseFile
    place: Place
    case: str
    check: str
    failure: str = ""
    skipped: str = ""


@dataclass(frozen=True)
class Tested:
    """What came of the cases in one environment.

    Args:
        outcomes: Of each check.
        coverage: What has a case; None where not all cases were run.
    """

    outcomes: tuple[Outcome, ...]
    coverage: Coverage | None

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """What failed."""
        return tuple(outcome for outcome in self.outcomes if outcome.failure)


def text(tested: Mapping[str, Tested], fail_under: float | None) -> Iterator[str]:
    """Yield the lines of the report.

    Args:
        tested: By environment.
        fail_under: The coverage that is asked for, in percent; None for none.
    """
    for environment, one in tested.items():
        for outcome in one.failed:
            yield f"{outcome.file.source(outcome.place)}: {environment}: {outcome.case}: {outcome.check}"
            yield from (f"    {line}" for line in outcome.failure.splitlines())
    for environment, one in tested.items():
        yield f"{environment}: {_counts(one)}"
        if one.coverage is not None:
            yield from _missing(one.coverage, fail_under)


def _counts(tested: Tested) -> str:
    skipped = sum(bool(outcome.skipped) for outcome in tested.outcomes)
    passed = len(tested.outcomes) - len(tested.failed) - skipped
    counts = [f"{passed} passed"]
    counts += [f"{len(tested.failed)} failed"] * bool(tested.failed) + [f"{skipped} skipped"] * bool(skipped)
    if tested.coverage is not None:
        counts.append(f"coverage {tested.coverage.percent:g} %")
    return ", ".join(counts)


def _missing(coverage: Coverage, fail_under: float | None) -> Iterator[str]:
    for thing, items in groupby(sorted(coverage.missing, key=lambda item: item.thing), key=lambda item: item.thing):
        yield f"  {thing}: {'; '.join(MEANINGS[item.what] for item in items)}"
    if fail_under is not None and coverage.percent < fail_under:
        yield f"  less than the {fail_under:g} % that are asked for"


def document(tested: Mapping[str, Tested]) -> dict[str, Any]:
    """Return the report for a machine."""
    return {"environments": {name: _environment(one) for name, one in tested.items()}}


def _environment(tested: Tested) -> dict[str, Any]:
    coverage = tested.coverage
    return {
        "checks": [
            {
                "file": outcome.file.path,
                "case": outcome.case,
                "check": outcome.check,
                "outcome": "failed" if outcome.failure else "skipped" if outcome.skipped else "passed",
                **({"line": outcome.file.source(outcome.place).line} if outcome.failure else {}),
                **({"message": outcome.failure or outcome.skipped} if outcome.failure or outcome.skipped else {}),
            }
            for outcome in tested.outcomes
        ],
        "coverage": None
        if coverage is None
        else {
            "percent": coverage.percent,
            "missing": [{"thing": item.thing, "what": item.what} for item in coverage.missing],
        },
    }


def junit(tested: Mapping[str, Tested]) -> bytes:
    """Return the report as JUnit's XML: a suite for each file in each environment."""
    root = ET.Element("testsuites", name="dojoboards test")
    for environment, one in tested.items():
        by_file: dict[str, list[Outcome]] = {}
        for outcome in one.outcomes:
            by_file.setdefault(outcome.file.path, []).append(outcome)
        for path, outcomes in by_file.items():
            root.append(_suite(environment, path, outcomes))
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(environment: str, path: str, outcomes: Sequence[Outcome]) -> ET.Element:
    suite = ET.Element(
        "testsuite",
        name=f"{environment}: {path}",
        tests=str(len(outcomes)),
        failures=str(sum(bool(outcome.failure) for outcome in outcomes)),
        skipped=str(sum(bool(outcome.skipped) for outcome in outcomes)),
        errors="0",
    )
    for outcome in outcomes:
        name = _allowed(f"{outcome.case}: {outcome.check}")
        case = ET.SubElement(suite, "testcase", classname=f"{environment}.{path}", name=name, file=path)
        if outcome.failure:
            case.set("line", str(outcome.file.source(outcome.place).line))
            first = outcome.failure.partition("\n")[0]
            failure = ET.SubElement(case, "failure", message=_allowed(first))
            failure.text = _allowed(outcome.failure)
        elif outcome.skipped:
            ET.SubElement(case, "skipped", message=_allowed(outcome.skipped))
    return suite


def _allowed(words: str) -> str:
    """Return text without the characters that XML knows no way to write."""
    return "".join(
        letter if letter in "\t\n" or letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in words
    )
