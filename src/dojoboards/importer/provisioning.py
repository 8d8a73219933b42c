"""Files that Grafana reads at start: data sources."""

from __future__ import annotations

from collections.abc import Iterator

from dojoboards.errors import Problem
from dojoboards.importer.document import Document, mapping, mappings, text
from dojoboards.model import DataSource


def read(document: Document) -> list[DataSource]:
    """Return the data sources of a file; those of the first organisation, since each has a default of its own."""
    return [
        DataSource(
            name=text(part, "name"),
            type=text(part, "type"),
            url=text(part, "url"),
            default=part.get("isDefault") is True,
            json_data={**mapping(part, "jsonData"), **mapping(part, "secureJsonData")},
            basic_auth_user=text(part, "basicAuthUser"),
            source=document.source("datasources", index),
        )
        for index, part in mappings(document.value, "datasources")
        if part.get("orgId", 1) in (0, 1)
    ]


def problems(document: Document) -> Iterator[Problem]:
    """Yield the data sources that have no name or no type."""
    for index, part in mappings(document.value, "datasources"):
        for key in ("name", "type"):
            if not text(part, key):
                message = f"datasources[{index}]: `{key}` is missing"
                yield Problem(message, document.source("datasources", index), "Grafana does not start without it")
