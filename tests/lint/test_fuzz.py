"""No check fails, whatever it judges: odd projects, DojoPool's with something changed, and dashboards of any shape."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator
from functools import cache
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dojoboards import model
from dojoboards.artifact import Artifact, json_bytes
from dojoboards.compile import parts
from dojoboards.lint import Board, own
from dojoboards.lint.things import board
from dojoboards.model import Project
from support.dojopool import built
from support.lint import project
from support.odd import ODD, PLAIN, PROJECTS, TEXT, values

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
# What fails says itself in which check and line it did; to look for a smaller example takes minutes.
few = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


def failures(judged: Project, artifacts: list[Artifact], boards: list[Board]) -> list[str]:
    """Return what the checks that fail say; each must end, and what it finds must be texts."""
    found = own.judgements(judged, artifacts, boards)
    assert all(isinstance(text, str) for one in found for text in (one.finding.message, one.finding.fix))
    return [one.finding.message for one in found if one.check is own.CRASH]


def shown(documents: list[Any]) -> list[Board]:
    return [board(document, None, {}) for document in documents]


def artifact_of(document: Any, number: int) -> Artifact:
    return Artifact("dashboard", f"board-{number}", f"grafana/dashboards/general/{number}.json", json_bytes(document))


@cache
def dojopool() -> tuple[Project, tuple[Artifact, ...], tuple[Any, ...]]:
    """DojoPool's project, its artifacts, and its dashboards' documents."""
    whole, artifacts, boards, _ = parts(built("prod").project)
    return whole, tuple(artifacts), tuple(one.document for one in boards)


@cache
def expressions() -> list[str]:
    whole, _, documents = dojopool()
    ours = {rule.expr for group in whole.groups for rule in group.rules}
    return sorted({*ours, *(query["expr"] for document in documents for query in queries(document))})


def queries(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("expr"), str):
            yield value
        for item in value.values():
            yield from queries(item)
    elif isinstance(value, list):
        for item in value:
            yield from queries(item)


@st.composite
def broken(draw: st.DrawFn) -> str:
    """An expression of DojoPool with a part cut out, doubled, or replaced."""
    expr: str = draw(st.sampled_from(expressions()))
    start = draw(st.integers(0, len(expr)))
    end = draw(st.integers(start, min(len(expr), start + 20)))
    return expr[:start] + draw(st.sampled_from(["", expr[start:end] * 2, "$x", "[[y]]", "0", *ODD])) + expr[end:]


KEYS = st.sampled_from(
    ["annotations", "collapsed", "datasource", "defaults", "definition", "expr", "fieldConfig", "format", "gridPos",
     "id", "instant", "legendFormat", "links", "list", "name", "options", "overrides", "panels", "query", "refId",
     "refresh", "repeat", "rows", "steps", "target", "targets", "templating", "thresholds", "time", "title",
     "transformations", "type", "uid", "unit", "url", "value", "interval", "properties", "matcher", "min", "max"]
)  # fmt: skip
WORDS = st.sampled_from(["query", "row", "timeseries", "stat", "prometheus", "loki", "A", "percent", "s", "instant"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | WORDS | broken(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)
DOCUMENTS = st.dictionaries(KEYS, JSON, max_size=8)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A dashboard of DojoPool in which some things are something else."""
    document = copy.deepcopy(draw(st.sampled_from(dojopool()[2])))
    for _ in range(draw(st.integers(1, 4))):
        *above, last = draw(st.sampled_from(list(places(document))))
        inner = document
        for key in above:
            inner = inner[key]
        inner[last] = draw(JSON | PLAIN)
    return document


@st.composite
def changed(draw: st.DrawFn, value: Any, depth: int = 0) -> Any:
    """A declaration with one field changed, in it or in something that it holds."""
    hints = get_type_hints(type(value), localns=vars(model))
    names = [field.name for field in dataclasses.fields(value) if field.name not in ("source", "dashboards", "saved")]
    filled = [name for name in names if getattr(value, name)]
    name = draw(st.sampled_from(filled or names))
    old = getattr(value, name)
    if isinstance(old, tuple | list) and old and dataclasses.is_dataclass(old[0]) and draw(st.integers(0, 9)):
        index = draw(st.integers(0, len(old) - 1))
        new: Any = [*old[:index], draw(changed(old[index], depth + 1)), *old[index + 1 :]]
    elif dataclasses.is_dataclass(old) and draw(st.booleans()):
        new = draw(changed(old, depth + 1))
    else:
        new = draw(broken()) if name == "expr" else draw(values(hints[name], 2))
    return dataclasses.replace(value, **{name: new})


@few
@given(PROJECTS, st.lists(DOCUMENTS, max_size=2))
def test_no_check_fails_on_an_odd_project(odd: Project, documents: list[Any]) -> None:
    assert failures(odd, [artifact_of({}, 0)], shown(documents)) == []


@few
@given(st.data())
def test_no_check_fails_on_a_dashboard_of_any_shape(data: st.DataObject) -> None:
    documents = data.draw(st.lists(DOCUMENTS | mutated(), min_size=1, max_size=3))
    plain = documents if _is_plain(documents) else []

    assert failures(project(), [artifact_of(one, at) for at, one in enumerate(plain)], shown(documents)) == []


@few
@given(st.data())
def test_no_check_fails_when_something_in_dojopool_is_changed(data: st.DataObject) -> None:
    whole, artifacts, documents = dojopool()
    odd = whole
    for _ in range(data.draw(st.integers(1, 3))):
        odd = data.draw(changed(odd))
    boards = shown([*documents[:2], data.draw(mutated())])

    assert failures(odd, list(artifacts), boards) == []


def _is_plain(documents: Any) -> bool:
    try:
        return bool(json_bytes(documents))
    except (TypeError, ValueError):
        return False
