"""A dashboard that was saved in Grafana, written as it is there: only data sources by name get their uids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dojoboards import names
from dojoboards.errors import Problem
from dojoboards.model import Project, Saved
from dojoboards.panels.plain import Json
from dojoboards.render.references import References


def document(saved: Saved, project: Project, checked: set[str], problems: list[Problem]) -> Json:
    """Return the dashboard as it is written, with the project's tag.

    Args:
        saved: What was pulled.
        project: In the environment that it is built for.
        checked: Expressions that are known to parse; grows.
        problems: Where problems go.
    """
    given = dict(saved.document)
    templating = given.get("templating")
    variables = templating.get("list") if isinstance(templating, Mapping) else None
    keys = {"templating": [entry for entry in variables or () if isinstance(entry, Mapping)]}
    references = References(project.environment, keys, saved.source, checked=checked, problems=problems)
    tags, mark = given.get("tags"), names.project_tag(project.name)
    kept = tags if isinstance(tags, list) else []
    made: Json = _Resolved(references).value(given, {}, "the dashboard")
    return {**made, "tags": kept if mark in kept else [*kept, mark]}


class _Resolved:
    """Values with data sources by uid instead of by name; expressions are looked at on the way."""

    def __init__(self, references: References) -> None:
        self.references = references

    def value(self, given: Any, source: Any, what: str) -> Any:
        """Return *given*, which stands in *what*, where *source* is the data source unless it says another."""
        if isinstance(given, list):
            return [self.value(item, source, what) for item in given]
        if not isinstance(given, dict):
            return given
        made = dict(given)
        if isinstance(named := given.get("datasource"), str):
            made["datasource"] = self.references.source(named, None)
        source = made.get("datasource") or source
        if "type" in given and isinstance(given.get("title"), str):
            what = f"panel {given['title']!r}"
        if isinstance(source, dict):
            self.references.check(given.get("expr"), source, what, None)
        return {key: item if key == "datasource" else self.value(item, source, what) for key, item in made.items()}
