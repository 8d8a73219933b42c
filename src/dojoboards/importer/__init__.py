"""Files that no one wrote with this library, read into the model, so that the same checks judge them.

Which file is what is told by what it holds. Files that belong together (the rules that a Prometheus loads, the
templates of an Alertmanager) become one project; where there are several servers, each becomes one.
Nothing is read or written here: whoever calls gives texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from dojoboards import names
from dojoboards.errors import Exit, Problem, Source
from dojoboards.importer import document as documents
from dojoboards.importer import kinds
from dojoboards.importer.document import Document, Path
from dojoboards.importer.kinds import KINDS, Kind
from dojoboards.importer.parts import Part, parts_of
from dojoboards.importer.whole import Imported, imported
from dojoboards.importer.wording import in_files

ENDINGS = (".yml", ".yaml", ".json", ".rules")
"""Of files with other endings nobody expects that they can be parsed: a page about alerts has some in it."""

__all__ = ["ENDINGS", "Found", "Imported", "found", "in_files", "projects", "summary"]


@dataclass(frozen=True)
class Found:
    """What a file holds that is judged.

    Args:
        documents: Its documents, each with what it is and where in it that stands.
        problems: What is wrong with it.
        template: Whether it is what another program fills in.
        skipped: Why it is not looked at, where it may have been meant to be.
    """

    documents: Sequence[tuple[Kind, Path, Document]] = ()
    problems: Sequence[Problem] = ()
    kinds: Sequence[Kind] = ()
    template: bool = False
    skipped: str = ""


def found(path: str, text: str, *, named: bool = False) -> Found:
    """Return what a file holds.

    Args:
        path: Its path, for messages and for what other files say of it.
        text: What it holds.
        named: Whether somebody asked for this file, who has to be told if it is nothing that is judged.
    """
    text = text.removeprefix("\ufeff")
    nothing = Found(problems=[_not_known(path, text)] if named else [])
    parsed = path.lower().endswith(ENDINGS)
    if not kinds.may_be(text) and not (named and parsed):
        return nothing
    told = named or parsed
    if _is_json(path, text):
        try:
            whole = documents.json_document(path, text)
        except ValueError as error:
            return (_broken(path, text, error, sure=named and parsed) if told else None) or nothing
        known = kinds.kind(whole.value)
        if known is None:
            return nothing
        if known[0] == "dashboard":
            return Found([(*known, whole)], kinds=[known[0]])
    return _of_yaml(path, text, told=told, sure=named and parsed) or nothing


def _is_json(path: str, text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[") and not path.lower().endswith((".yml", ".yaml"))


def _of_yaml(path: str, text: str, *, told: bool, sure: bool) -> Found | None:
    read: list[tuple[Kind, Path, Document]] = []
    problems: list[Problem] = []
    try:
        for node in documents.yaml_nodes(text):
            plain, _ = documents.yaml_document(path, node, text)
            for kind, at in _kinds(plain.value):
                schema = kind if kind in ("rules", "alertmanager", "prometheus") else ""
                whole, wrong = documents.yaml_document(path, node, text, schema, at)
                problems.extend(wrong)
                read.append((kind, at, whole))
    except (yaml.YAMLError, RecursionError) as error:
        broken = _broken(path, text, error, sure=bool(read) or sure) if told or read else None
        if broken is None or broken.template or broken.skipped:
            return broken
        problems.extend(broken.problems)
        return Found(read, problems, [*(kind for kind, _, _ in read)] or broken.kinds)
    return Found(read, problems, [kind for kind, _, _ in read]) if read else None


def _kinds(value: object) -> Iterator[tuple[Kind, Path]]:
    """Yield what a document is; a list of objects of Kubernetes may be several things."""
    if isinstance(value, Mapping) and str(value.get("kind", "")).endswith("List"):
        for index, item in enumerate(documents.items(value, "items")):
            if isinstance(item, Mapping) and item.get("kind") == "PrometheusRule":
                yield "rules", ("items", index, "spec")
    elif known := kinds.kind(value):
        yield known


def _broken(path: str, text: str, error: Exception, *, sure: bool = False) -> Found | None:
    """Return what is to be told of a file that cannot be parsed: that it is not looked at, unless it is known as ours.

    Args:
        path: The file.
        text: What it holds.
        error: Why not.
        sure: Whether it is known as ours, or somebody asked for it.
    """
    kind = kinds.meant(text)
    if kinds.is_template(text, surely=sure):
        return Found(template=True) if kind or sure else None
    problem = documents.unreadable(path, text, error)
    if kind is None and not sure:
        line = f"line {problem.source.line}: " if problem.source and problem.source.line else ""
        return Found(skipped=f"{line}{problem.message}")
    return Found(problems=[problem], kinds=[kind] if kind else [])


def _not_known(path: str, text: str) -> Problem:
    what = "nothing in this file is known" if text.strip() else "this file is empty"
    expected = ", ".join(one for one, _ in KINDS.values())
    return Problem(what, Source(path), f"expected: {expected}", Exit.UNREADABLE)


def projects(
    read: Mapping[str, Found], texts: Mapping[str, str], there: Callable[[str], bool] = lambda _: False
) -> list[Imported]:
    """Return what the files say, taken together.

    Args:
        read: What each file holds, by its path.
        texts: The texts of other files by their paths, among them the templates of an Alertmanager.
        there: Whether a pattern of paths names a file that was not read.
    """
    whole = Part([each for file in read.values() for each in file.documents])
    wrong = [problem for file in read.values() for problem in file.problems]
    made = [imported(part, texts, there) for part in parts_of(whole)]
    if wrong and made:
        made[0] = made[0].with_problems(wrong)
    return made or [imported(Part([]), {}, there).with_problems(wrong)]


def summary(read: Iterable[Found]) -> str:
    """Return what was looked at: `looked at 3 rule files and 12 dashboards`."""
    files = list(read)
    counted = Counter(kind for file in files for kind in dict.fromkeys(file.kinds))
    told = [f"{count} {KINDS[kind][count > 1]}" for kind in KINDS if (count := counted[kind])]
    if others := sum(bool(file.problems) and not file.kinds for file in files):
        told.append(names.counted(others, "other file"))
    filled = sum(file.template for file in files)
    rest = f", not at {names.counted(filled, 'file')} that another program fills in" if filled else ""
    return f"looked at {', '.join(told) or 'nothing that is known'}{rest}"
