"""Judging Go templates, the language of an alert's texts in Prometheus and of messages in Alertmanager.

What is judged is what makes the server refuse the text, or fail when somebody should be told: actions that are not
closed, an `if` without an `end`, functions, variables and templates that do not exist.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from dojoboards import names


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BUILT_IN = _words("and call eq ge gt html index js le len lt ne not or print printf println slice urlquery")
_KEYWORDS = _words("block break continue define else end false if nil range template true with")
_OPENING = frozenset({"block", "define", "if", "range", "with"})
# What an action holds is taken as a whole, by looking ahead: the quantifier that would say so fails in Python 3.11.2.
_ACTION = re.compile(
    r"""\{\{(?:-\s)?\s*(?:/\*(?P<comment>.*?)\*/|(?P<body>(?=(?P<whole>(?:"(?:[^"\\\n]|\\.)*"|`[^`]*`"""
    r"""|'(?:[^'\\\n]|\\.)*'|[^"`'}]|\}(?!\}))*))(?P=whole)))\s*-?\}\}""",
    re.DOTALL,
)
_STRING = re.compile(r""""(?P<text>(?:[^"\\\n]|\\.)*)"|`(?P<raw>[^`]*)`|'(?:[^'\\\n]|\\.)*'""")
_NAMED = re.compile(r"\s*-?\s*(?P<word>define|block|template)\s*(?P<string>\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`)")
_DECLARED = re.compile(r"\$(\w+)\s*(?:,\s*\$(\w+)\s*)?:?=")
_FUNCTION = re.compile(r"(?<![\w.$])[^\W\d]\w*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """What a server adds to Go's templates.

    Args:
        functions: Its functions.
        variables: Its variables, without the dollar sign.
        known: Names of the templates that come with it, as a regular expression.
    """

    functions: frozenset[str]
    variables: frozenset[str] = frozenset()
    known: str = ""

    def knows(self, template: str) -> bool:
        """Whether a template of this name comes with the server."""
        return bool(self.known and re.fullmatch(self.known, template))


PROMETHEUS = Language(
    functions=_BUILT_IN
    | _words(
        """args externalURL first graphLink humanize humanize1024 humanizeDuration humanizePercentage
        humanizeTimestamp label match now parseDuration pathPrefix query reReplaceAll safeHtml sortByLabel stripDomain
        stripPort strvalue tableLink title toDuration toLower toTime toUpper urlQueryEscape value"""
    ),
    variables=_words("externalLabels externalURL labels value"),
)
ALERTMANAGER = Language(
    functions=_BUILT_IN
    | _words(
        """append date dict humanizeDuration join list match now reReplaceAll safeHtml safeUrl since stringSlice title
        toJson toLower toUpper trimSpace tz urlUnescape"""
    ),
    known=r"\w+\.default\.\w+|__(?:alertmanager(?:URL)?|subject|description|text_alert_list(?:_markdown)?)",
)


class Fault(NamedTuple):
    """What is wrong with a template, and what to do about it."""

    message: str
    remedy: str


def faults(text: str, language: Language) -> Iterator[Fault]:
    """Yield what is wrong with *text* by itself; at most one fault of its structure, as the others follow from it."""
    if "{{" not in text:
        return
    open_words: list[tuple[str, int]] = []
    bodies: list[str] = []
    for line, body in _actions(text):
        if body is None:
            yield Fault(f"{{{{ in line {line} is not closed", "close it with }}, and every quote inside it")
            return
        if not body.strip(" \t\r\n-") or body.lstrip().startswith("{"):
            yield Fault(
                f"{{{{ in line {line} holds nothing that can be written", "write {{ and }}, and a value between"
            )
            return
        bodies.append(body)
        word = _word(body)
        if word in _OPENING:
            open_words.append((word, line))
        elif word == "end" and not open_words:
            yield Fault(f"{{{{ end }}}} in line {line} closes nothing", "take it away")
            return
        elif word == "end":
            open_words.pop()
        elif word == "else" and (not open_words or open_words[-1][0] not in {"if", "range", "with"}):
            yield Fault(f"{{{{ else }}}} in line {line} belongs to no if, with or range", "take it away")
            return
    if open_words:
        word, line = open_words[-1]
        yield Fault(f"{{{{ {word} }}}} in line {line} has no {{{{ end }}}}", "end it with {{ end }}")
        return
    yield from _unknown(bodies, language)


def _unknown(bodies: Collection[str], language: Language) -> Iterator[Fault]:
    bare = [_STRING.sub('""', body) for body in bodies]
    declared = {name for body in bare for names_ in _DECLARED.findall(body) for name in names_ if name}
    variables = {*declared, *language.variables}
    seen: set[str] = set()
    for body in bare:
        for name in re.findall(r"\$(\w+)", body):
            if name not in variables and name not in seen:
                seen.add(name)
                near = names.hint(f"${name}", [f"${known}" for known in variables])
                yield Fault(
                    f"the variable ${name} does not exist", near if variables else "declare it: {{ $x := ... }}"
                )
        for name in _FUNCTION.findall(body):
            if name not in language.functions and name not in _KEYWORDS and name not in seen:
                seen.add(name)
                yield Fault(f"the function {name!r} does not exist", _near(name, language.functions))


def _near(name: str, known: Collection[str]) -> str:
    near = names.nearest(name, known)
    return f"did you mean {f'{near!r}, or ' if near else ''}the label .Labels.{name}?"


def stray(text: str) -> bool:
    """Whether *text* has a }} that closes no action. A server takes it as it is; who wrote it meant something else."""
    return "}}" in text and "}}" in _ACTION.sub("", text)


def defined(text: str) -> list[str]:
    """Return the names of the templates that *text* defines."""
    return [name for word, name in _named(text) if word != "template"]


def used(text: str) -> list[str]:
    """Return the names of the templates that *text* uses."""
    return [name for word, name in _named(text) if word == "template"]


@cache
def _named(text: str) -> tuple[tuple[str, str], ...]:
    found = [_NAMED.match(body) for _, body in _actions(text) if body is not None]
    return tuple((each["word"], re.sub(r"\\(.)", r"\1", each["string"][1:-1])) for each in found if each)


def _word(body: str) -> str:
    found = re.match(r"\s*([A-Za-z]+)\b", body)
    return found[1] if found else ""


def _actions(text: str) -> Iterator[tuple[int, str | None]]:
    """Yield the line and the inside of each action that is no comment; None for one that is not closed, the last."""
    position, line, counted = 0, 1, 0
    while (start := text.find("{{", position)) >= 0:
        line, counted = line + text.count("\n", counted, start), start
        found = _ACTION.match(text, start)
        if not found or (found["body"] or "").startswith("/*"):
            yield line, None
            return
        position = found.end()
        if found["comment"] is None:
            yield line, found["body"]
