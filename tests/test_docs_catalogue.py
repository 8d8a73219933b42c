"""`docs/catalogue.md` is true: its example is a catalogue, its table is what is shipped, its Python runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from dojoboards.catalogue import applies, document, shipped
from dojoboards.errors import Source
from dojoboards.schemas import schema
from support.lint import job, project

PAGE = Path(__file__).parents[1] / "docs/catalogue.md"
TEXT = PAGE.read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.+?)```", TEXT, re.DOTALL)
    return str(found)


def test_the_example_is_a_catalogue() -> None:
    read = document.read(block("yaml"), Source("shop.yml"))

    assert (read.title, len(read.metrics)) == ("shop@2.1", 3)
    assert read.metrics["shop_orders_total"].labels["coupon"].optional


def test_every_shipped_catalogue_is_in_the_table_with_what_suggests_it() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \| ([\d]*) ?\| (.+) \|$", TEXT, re.MULTILINE)
    told = {(name, version, port) for name, version, port, _ in rows}

    assert told == {(each.name, each.version, ",".join(map(str, each.ports))) for each in shipped() if each.version}
    for name, _, _, jobs in rows:
        for word in re.findall(r"`([^`]+)`", jobs):
            assert applies(job(name=word, targets=["x:1"]), shipped()).catalogues[0].name == name


def test_every_key_is_explained() -> None:
    explained = set(re.findall(r"^\| `(\w+)` \| [^|]+ \|$", TEXT, re.MULTILINE))

    assert set(schema("catalogue")["properties"]) - explained == set()


def test_the_python_runs() -> None:
    names: dict[str, Any] = {"project": project()}
    exec(block("python"), names)  # noqa: S102  # it is ours

    assert names["top"].labels.has("instance") is False
