"""Judging text that another program will read: durations, regular expressions, matchers. What is wrong, or nothing."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from dojoboards import names
from dojoboards.lint.registry import Edit

_MATCHER = re.compile(
    r"""\s*(?:"(?P<quoted>(?:[^"\\]|\\.)+)"|(?P<name>[^\W\d][\w:.-]*|:[\w:.-]*))\s*"""
    r"""(?P<operator>=~|!~|!=|=)\s*(?:"(?P<text>(?:[^"\\]|\\.)*)"|(?P<word>[^"{}\s][^"{}]*)?)\s*"""
)
_LONGEST = (1 << 63) // 1_000_000
"""Milliseconds of the longest duration that Prometheus and Alertmanager can hold, some 292 years."""

_CLASS = r"\[\^?\]?(?:\[:\^?\w+:\]|[^\]])*\]"
_REPEAT = r"(?:[*+?]|\{\d+(?:,\d*)?\})"
_MOST_REPEATS = 1000
# What Python's regular expressions have and RE2, which Prometheus and Alertmanager use, has not.
_NOT_RE2 = {
    r"\(\?<?[=!]": "looks ahead or behind",
    r"\\[1-9]|\\k|\(\?P=": "refers back to a group",
    rf"{_REPEAT}\??+{_REPEAT}": "repeats what is repeated already",
    r"\(\?(?!P?<\w|[imsU]*(?:-[imsU]+)?[:)])": "has an unknown kind of group",
    r"\\[A-Za-z](?<![ABDPQSWabdfnprstvwxz])": "has an unknown escape",
}
# What RE2 has and Python's regular expressions have not, and what stands for it here.
_ONLY_RE2 = {
    r"\\Q.*?(?:\\E|$)": "a",
    r"\\z": r"\\Z",
    r"\\[pP](?:\{\^?\w+\}|\w)": "a",
    r"\\x\{[0-9A-Fa-f]+\}": "a",
    r"\[:\^?\w+:\]": "a",
    r"(\\[dDsSwW])-": r"\1",
    r"\(\?<(?=\w)": "(?P<",
    r"\(\?[imsU]*(?:-[imsU]+)?:": "(?:",
    r"\(\?[imsU]*(?:-[imsU]+)?\)": "",
}


class Matcher(NamedTuple):
    """What a route asks of one label: its name, one of `=`, `!=`, `=~`, `!~`, and the value."""

    name: str
    operator: str
    value: str


def duration(text: str) -> str:
    """Return what is wrong with a Prometheus duration; empty for none, and for no duration at all."""
    if not text:
        return ""
    try:
        return f"{text!r} is longer than 292 years" if names.milliseconds(text) > _LONGEST else ""
    except ValueError:
        return f"{text!r} is not a duration such as 30s, 5m or 1h30m"


def respelt(text: str) -> Edit | None:
    """Return how to write a duration as Prometheus does; None where it is so, or could mean something else.

    >>> respelt("90 minutes"), respelt("30m1h"), respelt("5")
    (Edit(before='90 minutes', after='90m'), Edit(before='30m1h', after='1h30m'), None)
    """
    spelt = names.duration_meant(text)
    return None if not spelt or duration(spelt) else Edit(text, spelt)


def interval(text: str) -> str:
    """Return what is wrong with a duration that must not be zero; empty for none, and for no duration at all."""
    return duration(text) or (f"{text!r} is no time at all" if text and not names.milliseconds(text) else "")


def regex(text: str) -> str:
    """Return what is wrong with a regular expression in the syntax of RE2, or an empty string."""
    bare = re.sub(_CLASS, "a", re.sub(r"\\[^A-Za-z1-9]", "a", re.sub(r"\\Q.*?(?:\\E|$)", "a", text)))
    for pattern, what in _NOT_RE2.items():
        if re.search(pattern, bare):
            return f"the regular expression {text!r} {what}, which RE2 has not"
    if any(int(count[:9]) > _MOST_REPEATS for count in re.findall(r"(?<=[{,])[1-9]\d*(?=[,}])", bare)):
        return f"the regular expression {text!r} repeats something more than {_MOST_REPEATS} times"
    known = text
    for pattern, stand_in in _ONLY_RE2.items():
        known = re.sub(pattern, stand_in, known)
    try:
        with warnings.catch_warnings():  # Python warns of what it may read otherwise one day
            warnings.simplefilter("ignore")
            re.compile(known)
    except (re.error, RecursionError, OverflowError) as error:
        return f"the regular expression {text!r} is wrong: {error}"
    return ""


def matchers(text: str) -> tuple[list[Matcher], str]:
    """Return the matchers of one entry of a list of them, and what is wrong with it.

    An entry is one matcher, or several with commas between them, which may stand in braces.
    """
    inner = text.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1]
    result: list[Matcher] = []
    for part in _split(inner):
        found = _MATCHER.fullmatch(part)
        if not found:
            return result, f'{text!r} is not a matcher such as severity="critical" or team=~"web|db"'
        value = found["text"] if found["text"] is not None else (found["word"] or "").strip()
        value = re.sub(r'\\(["\\])', r"\1", value)
        if "~" in found["operator"] and (wrong := regex(value)):
            return result, wrong
        result.append(Matcher(found["quoted"] or found["name"], found["operator"], value))
    return result, "" if result else f"{text!r} is not a matcher"


def _split(text: str) -> Iterator[str]:
    """Split at commas outside quotes; one at the end is allowed."""
    parts = re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^,"]|")+', text)
    yield from (part for part in parts if part.strip())


def label(name: str, *, reserved: frozenset[str] = frozenset()) -> str:
    """Return what is wrong with the name of a label that a declaration sets, or an empty string."""
    if not re.fullmatch(names.LABEL_PATTERN, name):
        return f"{name!r} is not the name of a label: letters, digits and underscores, no digit at the start"
    if name.startswith("__") or name in reserved:
        return f"the label {name!r} is set by Prometheus itself"
    return ""
