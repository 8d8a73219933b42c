"""What promtool says when a case fails, read and made readable."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dojoboards.cases.built import Labels
from dojoboards.cases.rules import Fired

_ALERT = re.compile(
    r"^ {4}alertname: (?P<alert>[^\n]*), time: (?P<time>\S+), *\n {8}exp:(?:\[\]|\[\n.*?\n {12}\]), *\n"
    r" {8}got:(?P<got>\[\]|\[\n.*?\n {12}\])",
    re.MULTILINE | re.DOTALL,
)
_EXPR = re.compile(
    r'^ {4}expr: (?P<expr>"(?:[^"\\]|\\.)*"), time: (?P<time>[^\s,]+),?(?P<rest>.*(?:\n {8}.*)*)', re.MULTILINE
)
_NAME = re.compile(r"^ {4}name: (?P<name>\d+),$", re.MULTILINE)
_FIRED = re.compile(r"^ +Labels:\{(?P<labels>.*)\}\n +Annotations:\{(?P<annotations>.*)\}", re.MULTILINE)
_PAIR = re.compile(r'(?P<name>[\w:.]+|"(?:[^"\\]|\\.)*")="(?P<value>(?:[^"\\]|\\.)*)"')
_OF_NO_CASE = re.compile(r"(?:Unit Testing:.*|SUCCESS|FAILED:|name: \d+,|)")
_MARK = re.compile(r"\n#(?P<name>\d+)$")


@dataclass(frozen=True)
class Failure:
    """A check that failed.

    Args:
        group: The number that the test group has instead of a name.
        alert: The alert's name; empty for an expression.
        expr: The expression; empty for an alert.
        time: When, in promtool's words.
        fired: Which alerts fire.
        text: What promtool says about an expression.
    """

    group: int
    alert: str
    expr: str
    time: str
    fired: tuple[Fired, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Said:
    """What promtool says.

    Args:
        failures: Each check that failed.
        rest: What it says besides, and is about no check.
    """

    failures: tuple[Failure, ...]
    rest: str


def marked(expr: str, group: int) -> str:
    """Return an expression that tells its test group where promtool shows it: that does not show the group's name."""
    return f"{expr}\n#{group}"


def read(text: str) -> Said:
    """Return what promtool says, taken apart; test groups have numbers for names, and expressions are `marked`."""
    failures = [*_alerts(text), *_exprs(text)]
    rest = _EXPR.sub("", _ALERT.sub("", text))
    lines = [line.strip() for line in rest.splitlines()]
    return Said(tuple(failures), "\n".join(line for line in lines if not _OF_NO_CASE.fullmatch(line)))


def _alerts(text: str) -> Iterator[Failure]:
    names = [(match.start(), int(match["name"])) for match in _NAME.finditer(text)]
    for match in _ALERT.finditer(text):
        group = max((name for name in names if name[0] < match.start()), default=(0, -1))[1]
        yield Failure(group, match["alert"], "", match["time"], tuple(_fired(match["got"])))


def _fired(text: str) -> Iterator[Fired]:
    for match in _FIRED.finditer(text):
        labels = _pairs(match["labels"])
        labels.pop("alertname", None)
        yield Fired(labels, _pairs(match["annotations"]))


def _pairs(text: str) -> dict[str, str]:
    return {match["name"].strip('"'): _unquoted(match["value"]) for match in _PAIR.finditer(text)}


def _unquoted(text: str) -> str:
    """Return what Go has put in quotes; Python writes the same escapes."""
    return str(ast.literal_eval(f'"{text}"'))


def _exprs(text: str) -> Iterator[Failure]:
    for match in _EXPR.finditer(text):
        expr = str(ast.literal_eval(match["expr"]))
        mark = _MARK.search(expr)
        lines = [line.strip() for line in match["rest"].splitlines() if line.strip()]
        group = int(mark["name"]) if mark else -1
        yield Failure(group, "", _MARK.sub("", expr), match["time"], text="\n".join(lines))


def difference(expected: Sequence[Fired], fired: Sequence[Fired]) -> str:
    """Return how what fires differs from what was expected: `-` was expected, `+` fires."""
    if not fired:
        return "\n".join(["nothing fires; expected:", *(f"  - {_shown(each.labels)}" for each in expected)])
    if not expected:
        return "\n".join(["expected nothing; fires:", *(f"  + {_shown(each.labels)}" for each in fired)])
    left = [each for each in expected if each not in fired]
    more = [each for each in fired if each not in expected]
    lines: list[str] = []
    for want in left:
        if not more:
            lines.append(f"- {_shown(want.labels)}")
            continue
        got = max(more, key=lambda each: _likeness(want, each))
        more.remove(got)
        lines.extend(_compared(want, got))
    lines.extend(f"+ {_shown(each.labels)}" for each in more)
    return "\n".join(lines)


def _compared(want: Fired, got: Fired) -> Iterator[str]:
    if want.labels == got.labels:
        yield f"  {_shown(got.labels)}"
    else:
        yield f"- {_shown(want.labels)}"
        yield f"+ {_shown(got.labels)}"
    for name in dict.fromkeys((*want.annotations, *got.annotations)):
        before, after = want.annotations.get(name), got.annotations.get(name)
        if before != after:
            yield from (
                f"    {sign} {name}: {text}" for sign, text in (("-", before), ("+", after)) if text is not None
            )


def _likeness(left: Fired, right: Fired) -> tuple[int, int]:
    shared = len(left.labels.items() & right.labels.items())
    return shared, len(left.annotations.items() & right.annotations.items())


def _shown(labels: Labels) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items())) + "}"
