"""Checks of what template variables ask a Prometheus for: `label_values(up, job)` and the like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dojoboards import names, promql
from dojoboards.expressions import Aggregation, Call, Expression, Selector, bare
from dojoboards.lint import texts
from dojoboards.lint.registry import Finding, check
from dojoboards.lint.things import Board, Json, mapping
from dojoboards.model import Project

_FORMS: Mapping[str, str] = {
    "label_names": "label_names()",
    "label_values": "label_values(metric, label)",
    "metrics": "metrics(regex)",
    "query_result": "query_result(expression)",
}
"""What a variable can ask for, and how it is written."""

_CALL = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)(?P<gap>\s*)\(")
_NO_LABEL = re.compile(r"[(){}=<>~\s]")
_LIKE = 0.75
"""How much of a name is the same as one that was meant."""


class _Fault(NamedTuple):
    """What is wrong, what to do about it, and which part it is."""

    message: str
    remedy: str
    span: tuple[int, int]


@check("variable/query", on=Board, severity="warning")
def variable_query(board: Board, project: Project) -> Iterator[Finding]:
    """What a variable asks a Prometheus for has one of the forms that Grafana knows.

    Anything else is taken for the name of a metric: the variable has no values, and what uses it finds nothing.
    Bad: `label_values(up, job`, `label_value(up, job)`, `label_values(rate(up[5m]), job)`.
    Good: `label_values(up, job)`, `label_names()`, `metrics(node_.*)`, `query_result(topk(5, up))`, `up{job="web"}`.
    """
    for variable in board.variables:
        definition, known = _asked(variable)
        if definition is None:
            continue
        call = _CALL.match(definition)
        if not (known or project.conventions) and (call is None or call["name"] not in _FORMS):
            continue  # it may be another language
        if fault := _fault(definition, call):
            what = f"variable {variable.get('name')!r} of dashboard {board.title!r}"
            yield Finding(f"{what}: {fault.message}", fault.remedy, expr=definition, span=fault.span)


def _asked(variable: Json) -> tuple[str | None, bool]:
    """Return what a variable asks a Prometheus for, and whether it surely is one; None where it asks for nothing."""
    query = variable.get("query")
    definition = query if isinstance(query, str) else mapping(query).get("query")
    plugin = mapping(variable.get("datasource")).get("type")
    if variable.get("type") != "query" or not isinstance(definition, str) or not definition.strip():
        return None, False
    return (definition if plugin is None or plugin in names.PROMETHEUS_TYPES else None), plugin is not None


def _fault(text: str, call: re.Match[str] | None) -> _Fault | None:
    whole = len(text) - len(text.lstrip()), len(text.rstrip())
    if call is None:
        return _of_series(text, whole)
    name, inside, end = call["name"], call.end(), whole[1]
    if name not in _FORMS:
        near = names.nearest(name, _FORMS, _LIKE)
        if near:
            return _Fault(f"{name!r} is nothing that can be asked for", f"did you mean {near!r}?", call.span("name"))
        return _of_series(text, whole)
    if call["gap"]:
        remedy = f"write {_FORMS[name]}"
        return _Fault(f"a space stands behind {name!r}, so that Grafana does not know it", remedy, call.span("gap"))
    if not text.rstrip().endswith(")"):
        return _Fault(f"the ( behind {name!r} is not closed", "close it with )", (inside - 1, inside))
    given = text[inside : end - 1]
    if not given.strip():
        return None if name == "label_names" else _Fault(f"{name!r} asks for nothing", f"write {_FORMS[name]}", whole)
    if name == "label_values":
        return _of_labels(given, inside)
    if name == "metrics":
        return _of_names(given, inside)
    return _of_selector(given, inside, "label_names") if name == "label_names" else None


def _of_series(text: str, whole: tuple[int, int]) -> _Fault | None:
    """Return what is wrong with a text that is to select series, as any other text is."""
    given = text.strip()
    if given in _FORMS:
        return _Fault(f"{given!r} is taken for the name of a metric", f"write {_FORMS[given]}", whole)
    expression = promql.parse(given)
    if expression is None:
        known = ", ".join(_FORMS.values())
        return _Fault(f"{given!r} is nothing that can be asked for", f"write one of {known}, or a selector", whole)
    if _selects(expression):
        return None
    message = "an expression stands where Grafana wants a selector"
    return _Fault(message, f"write query_result({given})", whole)


def _selects(expression: Expression) -> bool:
    """Return whether an expression is a selector, or may be one: a variable can stand for anything."""
    root = bare(expression.root)
    filled = "$" in expression.text or "[[" in expression.text
    return expression.vague or isinstance(root, Selector) or (filled and not isinstance(root, Aggregation | Call))


def _of_labels(given: str, start: int) -> _Fault | None:
    selector, comma, label = given.rpartition(",")
    at = start + len(selector) + len(comma)
    span = (at + len(label) - len(label.lstrip()), at + len(label.rstrip()))
    label = label.strip()
    if not label or (_NO_LABEL.search(label) and "$" not in label and "[[" not in label):
        message = f"{label!r} is not the name of a label" if label else "no label stands behind the comma"
        return _Fault(message, f"write {_FORMS['label_values']}", span if label else (at - 1, at))
    if not comma:
        return None
    if not selector.strip():
        return _Fault("no metric stands before the comma", f"write {_FORMS['label_values']}", (at - 1, at))
    return _of_selector(selector, start, "label_values")


def _of_selector(given: str, start: int, name: str) -> _Fault | None:
    """Return what is wrong with a selector in parentheses; what does not parse is told as such."""
    expression = promql.parse(given)
    if expression is None or _selects(expression):
        return None
    before = len(given) - len(given.lstrip())
    span = (start + before, start + len(given.rstrip()))
    return _Fault(f"{name!r} takes a selector, not an expression", 'write it as metric{label="value"}', span)


def _of_names(given: str, start: int) -> _Fault | None:
    if "$" in given or "[[" in given or "(?" in given:
        return None
    wrong = texts.regex(given)
    return _Fault(wrong, "correct it", (start, start + len(given))) if "is wrong" in wrong else None
