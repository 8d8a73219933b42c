"""Judging Go templates, the language of an alert's texts in Prometheus and of messages in Alertmanager.

What is judged is what makes the server refuse the text, or fail when somebody should be told: actions that are not
closed, an `if` without an `end`, functions, variables, fields and templates that do not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from dojoboards.lint import gotemplates
from dojoboards.lint.goactions import ACTION, Fault, actions
from dojoboards.lint.gotemplates import Action, Node, Template
from dojoboards.lint.templatedata import UNKNOWN, misfits

__all__ = [
    "ALERTMANAGER",
    "PROMETHEUS",
    "Fault",
    "Language",
    "astray",
    "defined",
    "faults",
    "read",
    "stray",
    "used",
    "uses",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BUILT_IN = _words("and call eq ge gt html index js le len lt ne not or print printf println slice urlquery")
_NAMED = re.compile(r"\s*-?\s*(?P<word>define|block|template)\s*(?P<string>\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """What a server adds to Go's templates.

    Args:
        functions: Its functions.
        given: What it gives to a text, by the names of `templatedata`.
        variables: Its variables, without the dollar sign, and what they are.
        known: Names of the templates that come with it, as a regular expression.
    """

    functions: frozenset[str]
    given: str
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
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
    given="alert of a rule",
    variables={"externalLabels": "labels", "externalURL": "text", "labels": "labels", "value": UNKNOWN},
)
ALERTMANAGER = Language(
    functions=_BUILT_IN
    | _words(
        """append date dict humanizeDuration join list match now reReplaceAll safeHtml safeUrl since stringSlice title
        toJson toLower toUpper trimSpace tz urlUnescape"""
    ),
    given="message",
    known=r"\w+\.default\.\w+|__(?:alertmanager(?:URL)?|subject|description|text_alert_list(?:_markdown)?)",
)


@lru_cache(1024)
def read(text: str, language: Language) -> Template:
    """Return a text taken apart."""
    return gotemplates.read(text, language.functions, language.variables) if "{{" in text else Template()


def faults(text: str, language: Language) -> Iterator[Fault]:
    """Yield what is wrong with *text* by itself; at most one fault of its structure, as the others follow from it."""
    if not _is_plain(text, language):
        yield from read(text, language).faults


@lru_cache(1024)
def _is_plain(text: str, language: Language) -> bool:
    """Return whether a text has nothing but values that it surely is given: most texts of alerts are so."""
    return "{{" not in text or all(body and _is_value(body, language) for _, body in actions(text))


@lru_cache(1024)
def _is_value(body: str, language: Language) -> bool:
    """Return whether an action writes a value that there is, and does nothing else: the same in every text."""
    found = gotemplates.read(f"{{{{{body}}}}}", language.functions, language.variables)
    if found.faults or len(found.body) != 1 or not isinstance(found.body[0], Action) or found.body[0].pipeline.declared:
        return False
    return not misfits(found.body, language.given, language.variables, _ignored)


def uses(texts: Iterable[tuple[str, str]], language: Language) -> Mapping[str, frozenset[str]]:
    """Return of each template that is used what it is given: the kinds of `templatedata`.

    Args:
        texts: All texts, each with the kind of what it is given; `UNKNOWN` for a file of definitions.
        language: Theirs.
    """
    given = [(read(text, language), kind) for text, kind in texts]
    found: dict[str, set[str]] = {}
    for template, _ in given:
        for name in template.definitions:
            if language.knows(name):  # what the server uses itself
                found[name] = {UNKNOWN}
    waiting: list[tuple[Sequence[Node], str, Mapping[str, str]]] = [
        (template.body, kind, language.variables) for template, kind in given
    ]

    def used(name: str, kind: str) -> None:
        if kind not in found.setdefault(name, set()):
            found[name].add(kind)
            bodies = (template.definitions[name] for template, _ in given if name in template.definitions)
            waiting.extend((body, kind, {}) for body in bodies)

    while waiting:
        misfits(*waiting.pop(), used)
    return {name: frozenset(kinds) for name, kinds in found.items()}


def astray(
    text: str, language: Language, kind: str | None = None, used: Mapping[str, frozenset[str]] | None = None
) -> Iterator[Fault]:
    """Yield the fields that *text* asks for and that there are not; nothing where that cannot be known.

    Args:
        text: The text; one that cannot be read has none.
        language: Its language.
        kind: What it is given; what the language says if None.
        used: What templates are given; those of the text alone if None.
    """
    if _is_plain(text, language):
        return
    template = read(text, language)
    if template.faults or not (template.body or template.definitions):
        return
    whole = language.given if kind is None else kind
    found = misfits(template.body, whole, language.variables, _ignored)
    known = uses([(text, whole)], language) if used is None and template.definitions else used or {}
    for name, body in template.definitions.items():
        kinds = known.get(name, frozenset())
        if len(kinds) == 1:
            found += misfits(body, min(kinds), {}, _ignored)
    yield from dict.fromkeys(found)


def _ignored(_name: str, _kind: str) -> None:
    return


def stray(text: str) -> bool:
    """Whether *text* has a }} that closes no action. A server takes it as it is; who wrote it meant something else."""
    return "}}" in text and "}}" in ACTION.sub("", text)


def defined(text: str) -> list[str]:
    """Return the names of the templates that *text* defines."""
    return [name for word, name in _named(text) if word != "template"]


def used(text: str) -> list[str]:
    """Return the names of the templates that *text* uses."""
    return [name for word, name in _named(text) if word == "template"]


@cache
def _named(text: str) -> tuple[tuple[str, str], ...]:
    found = [_NAMED.match(body) for _, body in actions(text) if body is not None]
    return tuple((each["word"], re.sub(r"\\(.)", r"\1", each["string"][1:-1])) for each in found if each)
