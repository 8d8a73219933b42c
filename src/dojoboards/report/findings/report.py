"""What was found in some environments, each finding once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dojoboards.errors import Source
from dojoboards.lint import Check, Finding, Judgement, Severity
from dojoboards.lint.registry import SEVERITIES


@dataclass(frozen=True, slots=True)
class Told:
    """A finding as it is told.

    Args:
        check: What found it.
        finding: What it is.
        source: Where it is, with a path below the working directory.
        environments: Where it was found.
    """

    check: Check
    finding: Finding
    source: Source | None
    environments: Sequence[str]

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return self.check.severity


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingReport:
    """What was found.

    Args:
        told: The findings, by place.
        environments: What was judged; empty where files were, which belong to none.
        checks: What judged it.
        ignored: How many findings somebody decided to live with.
        fail_on: From which severity on something is a failure.
    """

    told: Sequence[Told]
    environments: Sequence[str]
    checks: Sequence[Check]
    ignored: int
    fail_on: Severity

    @property
    def counts(self) -> Mapping[Severity, int]:
        """How many findings there are of each severity, the gravest first."""
        found = Counter(one.severity for one in self.told)
        return {severity: found[severity] for severity in reversed(SEVERITIES)}

    def fails(self, one: Told) -> bool:
        """Return whether a finding is a failure."""
        return SEVERITIES.index(one.severity) >= SEVERITIES.index(self.fail_on)

    @property
    def failed(self) -> bool:
        """Whether anything is a failure."""
        return any(self.fails(one) for one in self.told)


def merged(
    found: Mapping[str, Iterable[Judgement]],
    *,
    checks: Sequence[Check],
    fail_on: Severity = "warning",
    ignored: int = 0,
    root: str = "",
) -> FindingReport:
    """Return a report in which what several environments share is told once.

    Args:
        found: What was found, by environment; under the empty name what belongs to none.
        checks: What judged.
        fail_on: From which severity on something is a failure.
        ignored: How many findings are not told.
        root: The working directory; it is taken out of paths.
    """
    environments: dict[tuple[str, Finding, Source | None], list[str]] = {}
    by_id: dict[str, Check] = {}
    for environment, judgements in found.items():
        for judgement in judgements:
            by_id[judgement.check.id] = judgement.check
            names = environments.setdefault((judgement.check.id, *_relative(judgement, root)), [])
            if environment and environment not in names:
                names.append(environment)
    told = [Told(by_id[id], finding, source, names) for (id, finding, source), names in environments.items()]
    return FindingReport(
        told=sorted(told, key=_place),
        environments=[environment for environment in found if environment],
        checks=checks,
        ignored=ignored,
        fail_on=fail_on,
    )


def _relative(judgement: Judgement, root: str) -> tuple[Finding, Source | None]:
    """Return a finding and its place as they are told: paths below *root*, and no halves of characters."""
    finding, source = judgement.finding, judgement.source
    here = f"{root}/" if root else ""
    message, fix = _below(finding.message, here), _below(finding.fix, here)
    told = replace(finding, source=None, message=_whole(message), fix=_whole(fix), expr=_whole(finding.expr))
    return told, source and Source(_whole(source.file.removeprefix(here)), source.line)


def _below(text: str, here: str) -> str:
    return text.replace(here, "") if here else text


def _whole(text: str) -> str:
    return _HALVES.sub("\N{REPLACEMENT CHARACTER}", text)


# What no file can hold, and content can.
_HALVES = re.compile("[\ud800-\udfff]")


def _place(one: Told) -> tuple[str, int, str, str]:
    source = one.source or Source("")
    return source.file, source.line, one.check.id, one.finding.message
