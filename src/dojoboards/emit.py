"""YAML of plain values, as people write it: block style, few quotes, several lines as a block.

This emitter knows mappings with text as keys, lists, text, numbers, truth values and None, and nothing else.
That is what configurations are made of, and it makes it many times faster than a general one
(`benchmarks/yaml/`). Whatever it writes, YAML 1.1 and 1.2 readers read back as the same value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

# Text that no reader takes for anything but text, so that it needs no quotes: it starts like a word or a bracketed
# expression, is ASCII, and has neither a comment, nor a key, nor a space at its end.
_PLAIN = re.compile(r"(?:[A-Za-z_/(](?:[!-9;-~]|:(?! |$)| (?![# ])(?!$))*|[0-9]+(?:ms|[smhdwy]))")
# What readers take for truth values, null or numbers (`.inf` and the like start with a dot, and are quoted anyway).
_WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
_RESERVED = frozenset(form for word in _WORDS for form in (word, word.title(), word.upper()))


class _Forms(NamedTuple):
    """What text may be written in which form.

    Args:
        block: A block may hold anything printable; every reader has to find the same indentation and line ends.
        literal: In single quotes nothing is escaped, so that text with double quotes or backslashes reads as it is.
        escaped: What stands escaped in double quotes.
    """

    block: re.Pattern[str]
    literal: re.Pattern[str]
    escaped: re.Pattern[str]


_ASCII = _Forms(re.compile(r"[!-~][\n -~]*"), re.compile(r"[ -&(-~]*"), re.compile(r"\x7f"))


@cache
def _unicode() -> _Forms:
    """Return the forms of all text; wide ranges take Python long to compile, and most text is ASCII."""
    wide = r"\u2030-\ud7ff\ue000-\ufdff]"
    return _Forms(
        re.compile(rf"[!-~\xa1-\u167f\u1681-\u1fff{wide}[\n -~\xa0-\u2027{wide}*"),
        re.compile(rf"[ -&(-~\xa1-\u167f\u1681-\u1fff{wide}*"),
        re.compile(r"[\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"),
    )


def _forms(text: str) -> _Forms:
    return _ASCII if text.isascii() else _unicode()


_LONGEST_KEY = 1000
"""Readers look for the colon behind a key within 1024 characters; a longer key stands on its own."""


def yaml_text(value: object) -> str:
    """Return *value* as a YAML document.

    Raises:
        TypeError: there is something in it that is not a plain value, or a key that is not text.
        ValueError: text in it is not valid Unicode.
    """
    out: list[str] = []
    if isinstance(value, dict) and value:
        _mapping(value, "", out.append, first="")
    elif isinstance(value, list | tuple) and value:
        _sequence(value, "", out.append)
    else:
        out.append(_scalar(value, "  ") + "\n")
    text = "".join(out)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("text that is not valid Unicode") from error
    return text


def _mapping(mapping: dict[str, object], indent: str, put: Callable[[str], None], *, first: str) -> None:
    """Put the entries of a mapping, the first of which stands behind *first* (`- ` in a list, or the indentation)."""
    deeper = indent + "  "
    lead = first
    for key, value in mapping.items():
        if not isinstance(key, str):
            raise TypeError(f"the key {key!r} is not text")
        name = lead + _quotable(key) + ":"
        if len(name) > _LONGEST_KEY:
            name = f"{lead}? {name[len(lead) : -1]}\n{indent}:"
        lead = indent
        if isinstance(value, str):
            put(f"{name} {_text(value, deeper)}\n")
        elif isinstance(value, dict) and value:
            put(name + "\n")
            _mapping(value, deeper, put, first=deeper)
        elif isinstance(value, list | tuple) and value:
            put(name + "\n")
            _sequence(value, deeper, put)
        else:
            put(f"{name} {_scalar(value, deeper)}\n")


def _sequence(items: list[object] | tuple[object, ...], indent: str, put: Callable[[str], None]) -> None:
    deeper = indent + "  "
    lead = indent + "- "
    for item in items:
        if isinstance(item, dict) and item:
            _mapping(item, deeper, put, first=lead)
        elif isinstance(item, list | tuple) and item:
            put(lead.rstrip() + "\n")
            _sequence(item, deeper, put)
        else:
            put(lead + _scalar(item, deeper) + "\n")


def _scalar(value: object, indent: str) -> str:
    if isinstance(value, str):
        return _text(value, indent)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    raise TypeError(f"{value!r} is neither text, nor a number, a truth value, a list or a mapping")


def _number(value: float) -> str:
    if math.isfinite(value):
        mantissa, e, exponent = float.__repr__(value).partition("e")
        if not e:
            return mantissa
        # YAML 1.1 wants a point in the mantissa and a sign before the exponent.
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"
    return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"


def _text(text: str, indent: str) -> str:
    if "\n" in text and _forms(text).block.fullmatch(text):
        body = text.rstrip("\n")
        ends = len(text) - len(body)
        if not body.endswith(" "):
            chomp = "-" if not ends else "" if ends == 1 else "+"
            lines = "\n".join([indent + line if line else "" for line in body.split("\n")])
            return f"|{chomp}\n{lines}" + "\n" * max(ends - 1, 0)
    return _quotable(text)


def _quotable(text: str) -> str:
    """Return text of one line as it is, or in quotes where a reader might take it for something else."""
    if _PLAIN.fullmatch(text) and text not in _RESERVED:
        return str.__str__(text)  # an enumeration's member is text too, and would be formatted as its name
    if ('"' in text or "\\" in text) and _forms(text).literal.fullmatch(text):
        return f"'{text}'"
    quoted = json.dumps(text, ensure_ascii=False)
    return _forms(text).escaped.sub(_escape, quoted)


def _escape(match: re.Match[str]) -> str:
    if "\ud800" <= match[0] <= "\udfff":
        raise ValueError(f"the lone surrogate {match[0]!r} is not valid Unicode")
    return f"\\u{ord(match[0]):04x}"
