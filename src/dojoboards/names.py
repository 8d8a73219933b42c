"""Every naming convention: uids, slugs, panel ids, ownership marks, file names."""

from __future__ import annotations

import difflib
import re
import unicodedata
import zlib
from collections.abc import Iterable
from functools import cache

UID_PATTERN = r"^[A-Za-z0-9_-]{1,40}$"
"""What Grafana accepts as the uid of a dashboard, folder or data source."""

PROMETHEUS_TYPES = frozenset(
    {"prometheus", "grafana-amazonprometheus-datasource", "grafana-azureprometheus-datasource"}
)
"""The types of Grafana's data sources that are asked in PromQL."""

METRIC_PATTERN = r"^[A-Za-z_:][A-Za-z0-9_:]*$"
LABEL_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*$"

DURATION_PATTERN = r"^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$"
"""A Prometheus duration: whole numbers with units in falling order, such as `1h30m`."""

_DAY = 86_400_000
_MILLISECONDS = {"y": 365 * _DAY, "w": 7 * _DAY, "d": _DAY, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


def slug(text: str) -> str:
    """Return *text* as lower-case ASCII words joined by hyphens; letters without an ASCII form become a checksum.

    >>> slug("Überblick: CPU & RAM")
    'uberblick-cpu-ram'
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    words = re.sub(r"[^a-z0-9]+", "-", letters.encode("ascii", "ignore").decode()).strip("-")
    lost = any(letter.isalnum() and not letter.isascii() for letter in letters)
    checksum = f"x{zlib.crc32(_bytes(text)):08x}"
    return "-".join([words, checksum] if words and lost else [words or checksum])


def panel_id(key: str) -> int:
    """Return the id of the panel with this *key*: 1 to 2^31-1, the same in every build and at every position."""
    return zlib.crc32(_bytes(key)) % 0x7FFFFFFF + 1


def _bytes(text: str) -> bytes:
    """Return *text* in UTF-8; half a character, which no file may hold, is told when the file is to be written."""
    return text.encode("utf-8", "surrogatepass")


def panel_key(title: str, row: str = "") -> str:
    """Return the key of a panel that was given none: its title, behind that of its row."""
    return f"{row}/{title}" if row else title


def ref_id(index: int) -> str:
    """Return the refId of the query at *index* as Grafana counts them: A to Z, then AA.

    >>> ref_id(0), ref_id(26)
    ('A', 'AA')
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def variable_selector(definition: str) -> str | None:
    """Return the PromQL in a template variable's definition: the selector of `label_values(selector, label)`, say."""
    name, bracket, rest = definition.partition("(")
    inside = rest.rstrip().removesuffix(")")
    if not bracket:
        return None
    if name.strip() == "query_result":
        return inside
    if name.strip() == "label_values" and "," in inside:
        return inside.rpartition(",")[0]
    return None


def project_tag(project: str) -> str:
    """Return the tag that marks a dashboard as belonging to *project*."""
    return f"dojoboards:{project}"


@cache
def milliseconds(duration: str) -> int:
    """Return a Prometheus duration in milliseconds.

    Raises:
        ValueError: *duration* is not one.
    """
    if not duration or not re.fullmatch(DURATION_PATTERN, duration) or duration.endswith("\n"):
        raise ValueError(f"{duration!r} is not a duration such as 30s, 5m or 1h30m")
    return sum(int(number) * _MILLISECONDS[unit] for number, unit in re.findall(r"([0-9]+)(ms|[ywdhms])", duration))


_SPELT = {
    "y": ("year",),
    "w": ("week", "wk"),
    "d": ("day",),
    "h": ("hour", "hr"),
    "m": ("minute", "min"),
    "s": ("second", "sec"),
    "ms": ("millisecond", "msec", "milli"),
}
_UNITS = {word: unit for unit, words in _SPELT.items() for one in words for word in (one, f"{one}s")} | {
    unit: unit for unit in _SPELT
}
_AMOUNT = re.compile(r"([0-9]+)\s*([A-Za-z]+)\s*,?\s*")


def duration_meant(text: str) -> str:
    """Return a duration that is spelt otherwise as Prometheus spells it; empty where it is so, or might be another.

    >>> duration_meant("90 minutes"), duration_meant("30m1h"), duration_meant("5")
    ('90m', '1h30m', '')
    """
    amounts: dict[str, str] = {}
    rest = text.strip()
    while match := _AMOUNT.match(rest):
        word, rest = match[2], rest[match.end() :]
        unit = _UNITS.get(word if word in _SPELT else word.lower() if len(word) > len("ms") else "", "")
        if not unit or unit in amounts:
            return ""
        amounts[unit] = match[1]
    spelt = "".join(f"{amounts[unit]}{unit}" for unit in _SPELT if unit in amounts)
    return "" if rest or spelt == text else spelt


def a(word: str) -> str:
    """Return *word* with its article.

    >>> a("list"), a("int")
    ('a list', 'an int')
    """
    return f"an {word}" if word[:1] in tuple("aeioAEIO") else f"a {word}"


def counted(number: int, word: str) -> str:
    """Return a *number* of things, each of which is called *word*.

    >>> counted(1, "file"), counted(0, "file")
    ('1 file', '0 files')
    """
    return f"{number} {word}{'s' * (number != 1)}"


def nearest(word: str, known: Iterable[str], least: float = 0.5) -> str:
    """Return the known word that is most like *word*, or an empty string.

    Args:
        word: The unknown one.
        known: The others.
        least: How much of the two is the same, at least, from 0 to 1.
    """
    matcher, found = difflib.SequenceMatcher(b=word), ""
    for other in sorted(known):
        matcher.set_seq1(other)
        # What cannot be as like as the best so far need not be compared: `difflib` would compare it all the same.
        if matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least:
            if (ratio := matcher.ratio()) >= least:
                least, found = ratio, other
    return found


def hint(word: str, known: Iterable[str]) -> str:
    """Return a remedy for an unknown *word*: the nearest known one and all the others."""
    known = sorted(known)
    if not known:
        return "none is declared"
    near = nearest(word, known)
    return (f"did you mean {near!r}? " if near else "") + "known: " + ", ".join(known)
