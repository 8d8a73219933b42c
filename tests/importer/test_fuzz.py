"""Nothing that stands in a file makes `lint` fail."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards import importer
from dojoboards.lint import own

CORPUS = Path(__file__).with_name("corpus")
FILES = {
    str(path.relative_to(CORPUS)): path.read_text()
    for path in sorted(CORPUS.rglob("*"))
    if path.is_file() and "beside" not in path.parts
}
WORDS = """\
alert alerting annotations apiVersion continue dashboard datasource datasources expr global groups items kind labels
list match name panels providers receiver receivers record route routes rows rule_files rules schemaVersion
scrape_configs slack_configs spec targets templates templating time time_intervals title type uid
"""
KEYS = st.sampled_from(WORDS.split())
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | KEYS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=6)
)


def crashes(files: dict[str, str]) -> list[str]:
    read = {path: importer.found(path, text, named=True) for path, text in files.items()}
    importer.summary(read.values())
    return [
        importer.in_files(judgement).finding.message
        for one in importer.projects(read, files)
        for judgement in own.judgements(one.project, one.artifacts, one.boards, one.problems)
        if judgement.check is own.CRASH
    ]


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_any_document_is_judged(value: Any) -> None:
    text = yaml.safe_dump(value)

    assert crashes({"any.yml": text, "any.json": text}) == []


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_is_judged(text: str) -> None:
    assert crashes({"any.yml": "groups:\n" + text, "any.json": '{"panels":' + text, "x.tmpl": text}) == []


@given(st.randoms(use_true_random=False), st.sampled_from(sorted(FILES)))
@settings(max_examples=150, deadline=None)
def test_a_file_with_some_of_its_characters_changed_is_judged(chance: random.Random, name: str) -> None:
    text = list(FILES[name])
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(text))
        text[at : at + chance.randint(0, 6)] = chance.choice(["", "\t", "{", "]", ": ", "- ", '"', "&a ", "*a", "\n"])

    assert crashes({name: "".join(text)}) == []


@given(st.randoms(use_true_random=False), st.sampled_from([name for name in sorted(FILES) if "broken" not in name]))
@settings(max_examples=150, deadline=None)
def test_a_file_with_some_of_its_values_changed_is_judged(chance: random.Random, name: str) -> None:
    if name.endswith(".tmpl"):
        return
    documents = [orjson.loads(FILES[name])] if name.endswith(".json") else list(yaml.safe_load_all(FILES[name]))
    for _ in range(chance.randint(1, 4)):
        places = list(_places(documents))
        part, key = chance.choice(places)
        part[key] = chance.choice(
            [None, True, 0, -1, 1.5, "", "x", [], {}, [None], [[]], {"x": None}, ["x", 1], part[key]]
        )
    text = orjson.dumps(documents[0]).decode() if name.endswith(".json") else yaml.safe_dump_all(documents)

    assert crashes({name: text}) == []


def _places(part: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(part) if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ():
        yield part, key
        yield from _places(part[key])


@pytest.mark.parametrize(
    "text",
    [
        "groups: &a [*a]",
        "groups: &a\n  - rules: [{alert: x, expr: *a}]",
        "groups: " + "[" * 5000,
        "groups: " + "{a: " * 900 + "1" + "}" * 900,
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{b}: &{b} [{','.join(f'*{a}' for _ in range(9))}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        )
        + "groups: [{name: x, rules: [{alert: *i, expr: up}]}]",
        "groups:\n  - name: x\n    rules:\n      - alert: [1]\n        expr: {a: b}\n        labels: 5\n",
        "groups:\n  - {<<: *no, name: x}\n",
        "groups:\n  - ? [a]\n    : b\n    name: x\n    rules: [{record: x, expr: up}]\n",
        "groups:\n  - name: !python/object:os.system x\n    rules: [{record: 'a:b', expr: !!binary aGk=}]\n",
        "\ufeffgroups: []",
    ],
    ids=["holds itself", "below itself", "open", "deep", "billions", "types", "no alias", "odd key", "tags", "mark"],
)
def test_what_is_made_to_break_readers_is_judged(text: str) -> None:
    assert crashes({"x.yml": text}) == []
