"""What holds for documents of any kind and any shape."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards import promql, report
from dojoboards.artifact import KINDS as ARTIFACTS
from dojoboards.report.differences import KINDS, differences
from dojoboards.report.differences.values import frozen
from support.reports import body, change, report_of

BUILD = Path(__file__).parents[3] / "build/prod"
PLACES = {
    "alertmanager-config": "alertmanager/alertmanager.yml",
    "dashboard": "grafana/dashboards/*/*.json",
    "data-source": "grafana/data-sources/*.json",
    "folder": "grafana/folders/*.json",
    "notification-template": "alertmanager/templates/*.tmpl",
    "prometheus-config": "prometheus/prometheus.yml",
    "provisioning": "grafana/provisioning/*/*.yaml",
    "rules": "prometheus/rules/*.yml",
    "team": "grafana/teams/*.json",
}
STRUCTURED = sorted(PLACES.keys() - {"notification-template"})
REAL = [(kind, file) for kind, pattern in PLACES.items() for file in sorted(BUILD.glob(pattern))]

# Keys of every kind, so that documents of almost the right shape come up often.
_WORDS = """
id uid title name type panels targets refId expr gridPos x y w h datasource fieldConfig defaults overrides matcher
properties options legend links templating annotations list tags time from to groups rules alert record labels for
severity interval scrape_configs job_name global static_configs route routes receiver receivers matchers match
match_re inhibit_rules source_matchers target_matchers equal slack_configs url templates time_intervals permissions
permission team role user members providers datasources thresholds steps color value row spec elements
"""
WORDS = st.sampled_from(_WORDS.split())
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.text(max_size=6)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5), max_leaves=25
)
STRUCTURES = st.sampled_from(STRUCTURED)


@cache
def documents(kind: str) -> list[Any]:
    """The real documents of a kind, as values; of dashboards the first panels, so that each comes up often."""
    found = [KINDS[kind].read(file.read_bytes(), ()) for other, file in REAL if other == kind]
    for document in found:
        if kind == "dashboard":
            del document["panels"][8:]
    return found


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, Any, Any]:
    """A kind, a real document of it, and the same with something odd somewhere."""
    kind = draw(st.sampled_from([*STRUCTURED, *["dashboard"] * 6]))
    before = draw(st.sampled_from(documents(kind)))
    after = deepcopy(before)
    for _ in range(draw(st.sampled_from([1, 1, 1, 3]))):
        places = list(_places(after))
        if not places:
            break
        parent, key = draw(st.sampled_from(places))
        what = draw(st.sampled_from(["set", "set", "remove", "copy", "swap"]))
        if what == "remove":
            del parent[key]
        elif what == "copy" and isinstance(parent, list):
            parent.append(deepcopy(parent[key]))
        elif what == "swap" and isinstance(parent, list):
            parent[key], parent[0] = parent[0], parent[key]
        else:
            parent[key] = draw(VALUES)
    return kind, before, after


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document: what holds it, and under which key."""
    for key in sorted(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


_UNORDERED = """
tags panels properties groups scrape_configs receivers inhibit_rules time_intervals mute_time_intervals permissions
members providers datasources matchers source_matchers target_matchers
"""
UNORDERED = frozenset(_UNORDERED.split())
OF_THE_SERVER = frozenset({"id", "version", "iteration", "meta"})


def meaning(kind: str, value: Any) -> Any:
    """What of a document has to be told if it changes; some that is told as well is left out."""
    if kind == "dashboard" and isinstance(value, dict):
        value = {key: item for key, item in value.items() if key not in OF_THE_SERVER}
    return repr(frozen(_meaning(kind, "", value)))


def _meaning(kind: str, key: str, value: Any) -> Any:
    if isinstance(value, dict):
        found = {name: _meaning(kind, name, item) for name, item in value.items() if name != "pluginVersion"}
        if found.get("definition") == found.get("query") or found.get("definition") == _query(found):
            found.pop("definition", None)
        for former, operator in (("match", "="), ("match_re", "=~")):
            if kind == "alertmanager-config" and isinstance(found.get(former), dict):
                texts = [f'{name}{operator}"{text}"' for name, text in found.pop(former).items()]
                found["matchers"] = sorted([*found.get("matchers", []), *texts])
        return {name: item for name, item in found.items() if item not in (None, "", [], {}) or item is False}
    if isinstance(value, list):
        items = [_meaning(kind, key if key in ("matchers", "templates") else "", item) for item in value]
        if key == "members":
            items = list({repr(item): item for item in items}.values())
        return sorted(items, key=repr) if key in UNORDERED else items
    if key == "expr" and isinstance(value, str):
        return promql.canonical(value)
    if key.endswith("matchers") and isinstance(value, str):
        return re.sub(r'[" ]', "", value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _query(found: dict[str, Any]) -> Any:
    query = found.get("query")
    return query.get("query") if isinstance(query, dict) else query


def rendered(*changes: Any, prune: bool = False) -> list[str]:
    """A report in all its renderings."""
    found = report_of(*changes, prune=prune)
    return ["\n".join(report.as_text(found)), json.dumps(report.as_document(found)), report.as_markdown(found)]


def test_every_kind_of_artifact_can_be_compared() -> None:
    assert KINDS.keys() == ARTIFACTS.keys()


@pytest.mark.parametrize(("kind", "file"), REAL, ids=lambda value: getattr(value, "stem", value))
def test_a_document_in_another_order_and_format_has_no_differences(kind: str, file: Path) -> None:
    before = file.read_bytes()
    if kind == "notification-template":
        assert differences(kind, before, before) == ()
        return
    value = KINDS[kind].read(before, ())
    after = json.dumps(value, indent=7, sort_keys=True)[::1].encode()
    backwards = json.dumps(dict(reversed(list(value.items())))).encode()

    assert differences(kind, before, after) == differences(kind, before, backwards) == ()


@given(STRUCTURES, VALUES)
@settings(max_examples=60, deadline=None)
def test_equal_documents_have_no_differences(kind: str, value: Any) -> None:
    assert differences(kind, body(kind, value), body(kind, value) + b"\n") == ()


@given(changed())
@settings(max_examples=200, deadline=None)
def test_a_real_change_of_a_document_is_told_and_none_that_is_not_one(case: tuple[str, Any, Any]) -> None:
    kind, before, after = case

    found = differences(kind, body(kind, before), body(kind, after))

    assert not found or frozen(before) != frozen(after)
    assert found or meaning(kind, before) == meaning(kind, after)


@given(STRUCTURES, VALUES, VALUES)
@settings(max_examples=200, deadline=None)
def test_documents_of_any_shape_are_told(kind: str, before: Any, after: Any) -> None:
    found = differences(kind, body(kind, before), body(kind, after))

    assert not found or frozen(before) != frozen(after)
    assert found or meaning(kind, before) == meaning(kind, after)


@given(
    st.sampled_from(sorted(KINDS)),
    st.binary(max_size=40),
    st.binary(max_size=40),
    st.sampled_from(["update", "conflict", "drifted"]),
)
@settings(max_examples=60, deadline=None)
def test_any_bytes_can_be_told(kind: str, before: bytes, after: bytes, action: str) -> None:
    odd = replace(change(kind, None, None, action), before=before, after=after, base=after + before)

    for text in rendered(odd):
        assert text.encode()


@given(
    st.text("abcdefgh", min_size=8, max_size=20),
    st.text("ijklmnop", min_size=8, max_size=20),
    STRUCTURES,
    st.sampled_from(["update", "conflict", "drifted"]),
)
@settings(max_examples=60, deadline=None)
def test_secrets_are_in_no_rendering(old: str, new: str, kind: str, action: str) -> None:
    secret = change("secret", old, new + "\n", action, base=old + new)
    holder = documents(kind)[0]
    one, other = ({**holder, f"x{value}": [{"note": f"it is {value}"}], value: 1} for value in (old, new))
    other_one = change(kind, one, other, action, base=holder)
    template = change("notification-template", f"a\n{old}\n", f"b {new}\n", action, base=new)

    for text in rendered(secret, other_one, template):
        assert old not in text
        assert new not in text
