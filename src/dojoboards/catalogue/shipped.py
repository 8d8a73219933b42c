"""The catalogues that come with the package: those of the standard exporters, recorded from real ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources

import orjson

from dojoboards.catalogue.document import catalogue
from dojoboards.errors import Source
from dojoboards.model.catalogue import Catalogue


@cache
def shipped() -> tuple[Catalogue, ...]:
    """Return all of them, by name, the newest version of each first."""
    files = [file for file in resources.files(__package__).joinpath("data").iterdir() if file.name.endswith(".json")]
    read = [catalogue(orjson.loads(file.read_bytes()), Source(file.name)) for file in files]
    return tuple(sorted(read, key=lambda each: (each.name, _newest_first(each.version))))


def _newest_first(version: str) -> tuple[int, ...]:
    return tuple(-int(number) for number in re.findall(r"\d+", version))


def named(name: str, known: Iterable[Catalogue]) -> Sequence[Catalogue]:
    """Return the catalogues that a scrape job means: `node` every version, `node@1.9` those that start so."""
    exporter, _, version = name.partition("@")
    return [
        each
        for each in known
        if each.name == exporter and (not version or each.version == version or each.version.startswith(f"{version}."))
    ]
