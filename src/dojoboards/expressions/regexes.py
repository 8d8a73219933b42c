"""Regular expressions as Prometheus reads them: RE2, anchored at both ends, tried with Python's own."""

from __future__ import annotations

import re
import warnings
from functools import cache

# What Python has and RE2 has not, what they read differently, and what only RE2 has and nothing here stands for.
_NOT_KNOWN = re.compile(r"\(\?<?[=!]|\\[1-9pPCGk]|\(\?P[=>]|\(\?\(|\(\?[imsU-]*U|[*+?}]\+|\\x\{|\\Z")
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": r"0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}


@cache
def anchored(text: str) -> re.Pattern[str] | None:
    """Return *text* compiled, for `fullmatch`; None where it is wrong, or where Python would read it differently."""
    bare = re.sub(r"\\Q(.*?)(?:\\E|$)", lambda quoted: re.escape(quoted[1]), text, flags=re.DOTALL)
    if _NOT_KNOWN.search(re.sub(r"\\\\", "", bare)):
        return None
    bare = re.sub(r"\[:(\w+):\]", lambda known: _CLASSES.get(known[1], known[0]), bare)
    bare = re.sub(r"(?<!\\)\(\?<", "(?P<", bare.replace(r"\z", r"\Z"))
    flags, rest = re.match(r"((?:\(\?[ims]+\))*)(.*)", bare, re.DOTALL).groups()  # type: ignore[union-attr]
    try:
        with warnings.catch_warnings():  # Python warns of what it may read otherwise one day
            warnings.simplefilter("error")
            return re.compile(f"{flags}(?:{rest})", re.ASCII | re.DOTALL)
    except (re.error, RecursionError, OverflowError, Warning):
        return None


def expand(replacement: str, match: re.Match[str]) -> str:
    """Return *replacement* with `$1`, `$name` and `${name}` replaced by the groups of *match*, as Go does."""

    def group(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2] or ""
        if reference[0] == "$$":
            return "$"
        known = match.re.groupindex.get(name, int(name) if name.isdecimal() else -1)
        return (match[known] or "") if 0 <= known <= match.re.groups else ""

    return re.sub(r"\$\$|\$\{(\w+)\}|\$(\w+)", group, replacement)
