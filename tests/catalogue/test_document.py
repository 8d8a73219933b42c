from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards.catalogue import document
from dojoboards.errors import DojoboardsError, Source
from dojoboards.model import Catalogue, Metric
from dojoboards.model.catalogue import ANY, OPTIONAL, Values

FILE = Source("catalogue/shop.yml")
SHOP = Catalogue(
    "shop",
    "1.2",
    "The shop: it sells.",
    {
        "shop_orders_total": Metric(
            "shop_orders_total", "counter", {"kind": Values(frozenset({"new", "no"})), "id": ANY}, help="Orders: all."
        ),
        "shop_size": Metric("shop_size", "gauge", {"zone": OPTIONAL}, unit="bytes"),
        "shop_odd": Metric("shop_odd"),
    },
    ports=[80],
    jobs=["shop(-.+)?"],
    namespaces=["shop"],
    includes=["python"],
    open="plug-ins tell what they like",
    also={"shop_plugin_.+": "of plug-ins"},
)

YAML = """\
catalogue: shop
version: '1.2'
about: 'The shop: it sells.'
ports: [80]
jobs: ['shop(-.+)?']
namespaces: [shop]
includes: [python]
open: plug-ins tell what they like
also:
  shop_plugin_.+: of plug-ins
metrics:
  shop_odd:
    type: unknown
  shop_orders_total:
    type: counter
    labels: {id: any, kind: [new, 'no']}
    help: 'Orders: all.'
  shop_size:
    type: gauge
    unit: bytes
    labels: {zone: optional}
"""

JSON = """\
{
  "catalogue": "shop",
  "version": "1.2",
  "about": "The shop: it sells.",
  "ports": [80],
  "jobs": ["shop(-.+)?"],
  "namespaces": ["shop"],
  "includes": ["python"],
  "open": "plug-ins tell what they like",
  "also": {"shop_plugin_.+":"of plug-ins"},
  "metrics": {
    "shop_odd": {"type":"unknown"},
    "shop_orders_total": {"type":"counter","labels":{"id":"any","kind":["new","no"]},"help":"Orders: all."},
    "shop_size": {"type":"gauge","unit":"bytes","labels":{"zone":"optional"}}
  }
}
"""


def test_a_catalogue_is_written_as_people_would_and_reads_back() -> None:
    assert document.yaml_text(SHOP) == YAML
    assert document.read(YAML, FILE) == SHOP


def test_json_has_a_metric_on_each_line_and_reads_back() -> None:
    assert document.json_text(SHOP) == JSON
    assert document.read(JSON, FILE) == SHOP


def test_the_least_that_a_catalogue_is() -> None:
    read = document.read("catalogue: x\nmetrics:\n  a:\n  b: {}\n", FILE)

    assert read == Catalogue("x", metrics={"a": Metric("a"), "b": Metric("b")})
    assert document.read(document.yaml_text(Catalogue("x")), FILE) == Catalogue("x")
    assert document.read(document.json_text(Catalogue("x")), FILE) == Catalogue("x")


VALUES = st.sampled_from([ANY, OPTIONAL]) | st.frozensets(st.text(max_size=4), min_size=1, max_size=3).map(Values)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.from_regex(r"[a-z_]{1,6}", fullmatch=True), VALUES, max_size=3),
    TEXT,
    st.sampled_from(["counter", "gauge", "histogram", "summary", "unknown"]),
)
def test_whatever_is_written_reads_back(labels: dict[str, Values], text: str, kind: str) -> None:
    metric = Metric("x", kind, labels, "s", text)  # type: ignore[arg-type]
    written = Catalogue("x", about=text, metrics={"x": metric})

    assert document.read(document.yaml_text(written), FILE) == written
    assert document.read(document.json_text(written), FILE) == written


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: [", 2, "it is not YAML: did not find expected node content"),
        ("", 0, "the document: null is not a mapping"),
        ("metrics: {}", 0, "the document: the key 'catalogue' is missing"),
        ("catalogue: x\nmetrics: {}\nport: 1", 0, "the document: unknown key 'port', did you mean 'ports'?"),
        ("catalogue: x\nmetrics: {a: {tpye: gauge}}", 0, "metrics.a: unknown key 'tpye', did you mean 'type'?"),
        ("catalogue: x\nmetrics: {a: {type: guage}}", 0, 'metrics.a.type: "guage" is not one of "counter", "gauge"'),
        ("catalogue: x\nmetrics: {a: {labels: {b: some}}}", 0, 'metrics.a.labels.b: "some" is not valid'),
        ("catalogue: x\nversion: 2024-01-02\nmetrics: {}", 0, "it holds something that is no text, number, list"),
        ("catalogue: x\njobs: ['(']\nmetrics: {}", 0, "jobs: the regular expression '(' is wrong"),
        ("catalogue: x\nalso: {'a**': b}\nmetrics: {}", 0, "also: the regular expression 'a**' is wrong"),
    ],
)
def test_what_is_no_catalogue_is_told_with_its_place(text: str, line: int, problem: str) -> None:
    with pytest.raises(DojoboardsError) as raised:
        document.read(text, FILE)

    (found,) = raised.value.problems
    assert found.message.startswith(problem)
    assert (found.source, found.remedy) == (
        Source(FILE.file, line),
        "" if line else "docs/catalogue.md says what a catalogue holds",
    )


def test_a_unit_that_nobody_knows_is_told_with_one_that_is_alike() -> None:
    with pytest.raises(DojoboardsError, match=r"metrics.a.unit: 'byte' is no unit \(did you mean 'bytes'\?"):
        document.read("catalogue: x\nmetrics: {a: {unit: byte}}", FILE)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40) | st.text(max_size=40))
def test_no_file_breaks_the_reader(text: bytes | str) -> None:
    with pytest.raises(DojoboardsError):
        document.read(text, FILE)
