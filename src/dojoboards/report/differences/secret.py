"""Secrets: that one changes, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dojoboards.report.differences.difference import Difference


def compare_secrets(_before: Any, _after: Any) -> Iterator[Difference]:
    """Yield that the value is another one."""
    yield Difference(what="changed", where=("the value",), hidden=True)
