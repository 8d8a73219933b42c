"""Checks of matchers: regular expressions that say nothing, that say it twice, and those that are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from dojoboards.catalogue import Known
from dojoboards.expressions import Matcher, Selection, Selector, variable
from dojoboards.lint.analysis import analysed
from dojoboards.lint.registry import Edit, Finding, check
from dojoboards.lint.things import Query
from dojoboards.model import Project

_REGEX = re.compile(r"[.*+?()\[\]{}|^$\\]")
"""What makes a regular expression more than a text."""
_PATTERN = re.compile(r"\.[*+]|\w\||\[[^\]]+\]|\d\.\.$|\\[dw.]")
"""What looks like a regular expression."""


@check("matcher/literal", on=Query, where={"=~", "!~"}, severity="info")
def literal(query: Query, project: Project) -> Iterator[Finding]:
    """A regular expression says more than an equality would.

    Regular expressions are always anchored at both ends, so that `^` and `$` are idle too.
    Bad: `up{job=~"node"}`, `up{job=~"^node.*$"}`. Good: `up{job="node"}`, `up{job=~"node.*"}`.
    """
    found = analysed(query, project)
    for selection in found.selections:
        for matcher in selection.selector.matchers:
            if "~" not in matcher.operator or variable(matcher.value) or not matcher.value:
                continue
            bare = matcher.value.removeprefix("^")
            bare = bare if bare.endswith("\\$") else bare.removesuffix("$")
            if not _REGEX.search(bare):
                sign = "=" if matcher.operator == "=~" else "!="
                message = f"{query.what}: {_written(matcher)} is a regular expression for one value"
                new = f'{matcher.name}{sign}"{bare}"'
                yield _mended(found.finding(message, f"write {new}", selection.selector, matcher.name), matcher, new)
            elif bare != matcher.value and "|" not in bare:
                message = f"{query.what}: {_written(matcher)} is anchored twice, as every regular expression is"
                new = f'{matcher.name}{matcher.operator}"{bare}"'
                yield _mended(found.finding(message, f"write {new}", selection.selector, matcher.name), matcher, new)


def _mended(finding: Finding, matcher: Matcher, new: str) -> Finding:
    """Return a finding with what mends it: *new* in place of the matcher, where that stands as it is read."""
    start, end = finding.span or (0, 0)
    old = rf"{re.escape(matcher.name)}\s*{matcher.operator}\s*([\"']){re.escape(matcher.value)}\1"
    written = re.fullmatch(old, finding.expr[start:end])
    if not written or re.search(r"[\\\"'\n].", new.partition('"')[2]):
        return finding
    new = new.replace('"', written[1])
    return replace(finding, edit=Edit(finding.expr, finding.expr[:start] + new + finding.expr[end:]))


@check("matcher/everything", on=Query, where={"=~"}, severity="info")
def everything(query: Query, project: Project) -> Iterator[Finding]:
    """A matcher leaves something out.

    `=~".*"` takes all series, those without the label too.
    Bad: `up{job=~".*"}`. Good: `up`, or `up{job=~".+"}` where the label must be there.
    """
    found = analysed(query, project)
    for selection in found.selections:
        for matcher in selection.selector.matchers:
            if matcher.operator == "=~" and matcher.value in (".*", "(.*)", "^.*$", ".*|.*", ".*|"):
                message = f"{query.what}: {_written(matcher)} takes every series, those without the label too"
                fix = f'take it away, or write {matcher.name}!="" where the label must be there'
                yield found.finding(message, fix, selection.selector, matcher.name)


@check("matcher/nothing", on=Query, where={"=", "!~"}, severity="warning")
def nothing(query: Query, project: Project) -> Iterator[Finding]:
    """The matchers of a selector can all be true at once.

    Bad: `up{job!~".*"}`, `up{job="node",job="nginx"}`. Good: `up{job=~"node|nginx"}`.
    """
    found = analysed(query, project)
    for selection in found.selections:
        for first, matcher in contradictions(selection.selector):
            if first is None:
                message = f"{query.what}: {_written(matcher)} leaves out every series"
                fix = f'write {matcher.name}="" for those without the label'
            else:
                message = f"{query.what}: {_written(first)} and {_written(matcher)} can never both hold"
                fix = f'write {matcher.name}=~"{first.value}|..." for either, or take one away'
            yield found.finding(message, fix, selection.selector, matcher.name)


def contradictions(selector: Selector) -> Iterator[tuple[Matcher | None, Matcher]]:
    """Yield each matcher that can never be true, with the one that it contradicts; None where it is so by itself."""
    equal: dict[str, Matcher] = {}
    for matcher in selector.matchers:
        if variable(matcher.value):
            continue
        if matcher.operator == "!~" and matcher.value in (".*", "(.*)", "^.*$"):
            yield None, matcher
        first = equal.get(matcher.name)
        if first and matcher.accepts(first.value) is False:
            yield first, matcher
        if matcher.operator == "=":
            equal.setdefault(matcher.name, matcher)


@check("matcher/pattern", on=Query, where={"=", "!="}, severity="warning")
def pattern(query: Query, project: Project) -> Iterator[Finding]:
    """What looks like a regular expression is matched as one.

    Bad: `flask_http_request_total{status="5.."}`, `up{job!="node|nginx"}`. Good: `status=~"5.."`, `job!~"node|nginx"`.
    """
    found = analysed(query, project)
    for selection in found.selections:
        for matcher in selection.selector.matchers:
            if looks_like_pattern(matcher) and not _can_have(found.known, selection, matcher):
                message = f"{query.what}: {_written(matcher)} looks like a regular expression and is matched as text"
                sign = "=~" if matcher.operator == "=" else "!~"
                fix = f'write {matcher.name}{sign}"{matcher.value}"'
                yield found.finding(message, fix, selection.selector, matcher.name)


def _can_have(known: Known, selection: Selection, matcher: Matcher) -> bool:
    """Return whether the label is known to have just this value."""
    return any(
        matcher.value in (part.labels.get(matcher.name).known or ())
        for name in selection.selector.names or ()
        for part in known.exposures(name)
    )


def _written(matcher: Matcher) -> str:
    return f'{matcher.name}{matcher.operator}"{matcher.value}"'


def looks_like_pattern(matcher: Matcher) -> bool:
    """Return whether a matcher asks for a text that looks like a regular expression."""
    if matcher.operator not in ("=", "!=") or variable(matcher.value) or matcher.name == "le":
        return False
    return _PATTERN.search(matcher.value) is not None
