"""Judging text that another program will read: durations, regular expressions, matchers. What is wrong, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dojoboards import names

_MATCHER = re.compile(
    r"""\s*(?:"(?P<quoted>(?:[^"\\]|\\.)+)"|(?P<name>[A-Za-z_:][A-Za-z0-9_:.-]*))\s*"""
    r"""(?P<operator>=~|!~|!=|=)\s*(?:"(?P<text>(?:[^"\\]|\\.)*)"|(?P<word>[^",{}\s][^",{}]*)?)\s*"""
)
# What Python's regular expressions have and RE2, which Prometheus and Alertmanager use, has not.
_NOT_RE2 = {
    r"\(\?<?[=!]": "looks ahead or behind",
    r"\\[1-9]": "refers back to a group",
    r"\(\?P=": "refers back to a group",
    r"\(\?>": "has an atomic group",
    r"\(\?\(": "has a condition",
    r"[*+?}]\+": "has a possessive quantifier",
}
# What RE2 has and Python's regular expressions have not, and what stands for it here.
_ONLY_RE2 = ((r"\\z", r"\\Z"), (r"\\[pP](\{\^?\w+\}|\w)", "a"), (r"\[:\^?\w+:\]", "a"), (r"\(\?<(?=\w)", "(?P<"))


def duration(text: str) -> str:
    """Return what is wrong with a Prometheus duration; empty for none, and for no duration at all."""
    if not text:
        return ""
    try:
        names.milliseconds(text)
    except ValueError as error:
        return str(error)
    return ""


def regex(text: str) -> str:
    """Return what is wrong with a regular expression in the syntax of RE2, or an empty string."""
    bare = re.sub(r"\\\\", "", text)
    for pattern, what in _NOT_RE2.items():
        if re.search(pattern, re.sub(r"\[[^\]]*\]", "a", re.sub(r"\\[^1-9]", "a", bare))):
            return f"the regular expression {text!r} {what}, which Prometheus and Alertmanager do not know"
    known = re.sub(r"\(\?[imsU-]+\)", "", text)
    for pattern, stand_in in _ONLY_RE2:
        known = re.sub(pattern, stand_in, known)
    try:
        re.compile(known)
    except (re.error, RecursionError, OverflowError) as error:
        return f"the regular expression {text!r} is wrong: {error}"
    return ""


def matchers(text: str) -> tuple[dict[str, str], str]:
    """Return the labels of one entry of a list of matchers with their values, and what is wrong with it.

    An entry is one matcher, or several with commas between them, which may stand in braces.
    """
    inner = text.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1]
    labels: dict[str, str] = {}
    for part in _split(inner):
        found = _MATCHER.fullmatch(part)
        if not found:
            return labels, f'{text!r} is not a matcher such as severity="critical" or team=~"web|db"'
        value = found["text"] if found["text"] is not None else (found["word"] or "").strip()
        if "~" in found["operator"] and (wrong := regex(value.replace("\\\\", "\\"))):
            return labels, wrong
        labels[found["quoted"] or found["name"]] = value
    return labels, "" if labels else f"{text!r} is not a matcher"


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
