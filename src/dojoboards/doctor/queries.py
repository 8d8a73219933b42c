"""A server that answers PromQL: Prometheus itself, or another one with the same interface."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.targets.servers import Client

Json = Mapping[str, Any]


def data(server: Client, path: str, **query: str) -> Any:
    """Return the `data` of what a server answers at *path* of its API.

    Raises:
        DojoboardsError: there is no answer, or it is none of Prometheus.
    """
    body = server.get(f"{path}?{urlencode(query)}" if query else path)
    try:
        return json.loads(body)["data"]
    except (ValueError, KeyError, TypeError):
        message = f"{server.name} answers {path} with something that is not Prometheus' JSON"
        remedy = "is this the address of a Prometheus?"
        raise DojoboardsError([Problem(message, None, remedy, Exit.UNREACHABLE)]) from None


def query(server: Client, expr: str) -> Sequence[tuple[Mapping[str, str], float]]:
    """Return the labels and the value of each series that an expression gives now; for a number, one without labels.

    Raises:
        DojoboardsError: there is no answer.
    """
    found = data(server, "/api/v1/query", query=expr)
    if found["resultType"] == "scalar":
        return [({}, float(found["result"][1]))]
    return [(row["metric"], float(row["value"][1])) for row in found["result"]]
