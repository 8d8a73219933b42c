"""What the names in a dashboard mean in one environment: data sources, and whether expressions parse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dojoboards import names, promql
from dojoboards.errors import Problem, Source
from dojoboards.model import DataSourceRef, Environment
from dojoboards.panels.plain import Json

GRAFANA = {"type": "grafana", "uid": "-- Grafana --"}
MIXED = {"type": "datasource", "uid": "-- Mixed --"}
EXPRESSION = {"type": "__expr__", "uid": "__expr__"}
DEFAULT_NAME = "prometheus"
"""The data source that is meant where none is named, unless there is only one."""

_OWN = {
    "-- Dashboard --": {"type": "datasource", "uid": "-- Dashboard --"},
    "-- Grafana --": GRAFANA,
    "-- Mixed --": MIXED,
    "__expr__": EXPRESSION,
}
_UNKNOWN = {"type": "prometheus", "uid": "unknown"}


class References:
    """The references of one dashboard.

    Args:
        environment: Where the dashboard is to run.
        keys: The dashboard's own keys, as `dashboard` returns them.
        place: Where the dashboard was written.
        checked: Expressions that are known to parse; grows.
        problems: Where problems go.
    """

    def __init__(
        self,
        environment: Environment,
        keys: Json,
        place: Source | None,
        *,
        checked: set[str],
        problems: list[Problem],
    ) -> None:
        self.environment = environment
        self.place = place
        self.checked = checked
        self.problems = problems
        self._resolved: dict[str, Json] = {}
        self._plugins = {entry.get("name"): entry.get("query") for entry in keys["templating"] if _is_source(entry)}
        inputs = keys.get("__inputs", ())
        self._inputs = {entry.get("name"): entry.get("pluginId") for entry in inputs if _is_source(entry)}

    def problem(
        self, message: str, place: Source | None, remedy: str, *, expr: str = "", span: tuple[int, int] | None = None
    ) -> None:
        """Note a problem; *place* None is the dashboard's own."""
        self.problems.append(Problem(message, place or self.place, remedy, expr=expr, span=span))

    def source(self, given: Any, place: Source | None) -> Json:
        """Return a data source as `{type, uid}`: by its name in the environment, as it is, or the default one."""
        if isinstance(given, dict):
            uid = given.get("uid")
            known = isinstance(uid, str) and given.get("type") and not (self._inputs and uid.startswith("$"))
            return given if known else self._completed(given, place)
        name = str(given or "")
        if name not in self._resolved:
            self._resolved[name] = self._by_name(name, place)
        return self._resolved[name]

    def _completed(self, given: Json, place: Source | None) -> Json:
        """Return a data source that lacks its type or its uid, or that stands for an input of an import."""
        uid, plugin = str(given.get("uid") or ""), str(given.get("type") or "")
        variable = uid.strip("${}") if uid.startswith("$") else ""
        if not uid or variable in self._inputs:
            plugin = plugin or str(self._inputs.get(variable) or "")
            return self.source(self._of_type(plugin) if plugin else "", place)
        if plugin:
            return given
        if variable or uid in _OWN:
            return self.source(uid, place)
        found = next((ref for ref in self.environment.data_sources.values() if ref.uid == uid), None)
        return {**given, "type": found.type} if found else given

    def _of_type(self, plugin: str) -> str:
        """Return the name of the environment's data source of a type: the one that is called so, or the only one."""
        known = self.environment.data_sources
        of_type = [name for name, ref in known.items() if ref.type == plugin]
        return of_type[0] if len(of_type) == 1 else plugin

    def _by_name(self, name: str, place: Source | None) -> Json:
        known = self.environment.data_sources
        if name in _OWN:
            return _OWN[name]
        if name.startswith("$"):
            variable = name.strip("${}")
            if variable in self._inputs:
                return self.source(self._of_type(str(self._inputs[variable])), place)
            return {"type": self._plugins.get(variable, "prometheus"), "uid": f"${{{variable}}}"}
        if not name:
            name = DEFAULT_NAME if DEFAULT_NAME in known else next(iter(known)) if len(known) == 1 else ""
        if name in known:
            return _reference(known[name])
        what = f"there is no data source {name!r} in environment {self.environment.name!r}"
        if not name:
            what = f"environment {self.environment.name!r} has no default data source: none is called {DEFAULT_NAME!r}"
        remedy = f"add it under `data_sources:` in dojoboards.yaml ({names.hint(name, known)})"
        self.problem(what, place, remedy)
        return _UNKNOWN

    def check(self, expr: Any, source: Mapping[str, Any], what: str, place: Source | None) -> None:
        """Note a problem if *expr* is a query of Prometheus that does not parse."""
        if not isinstance(expr, str) or expr in self.checked or source.get("type") not in names.PROMETHEUS_TYPES:
            return
        if reason := promql.problem(expr):
            from dojoboards.expressions.faults import fault  # where all is well, nobody needs it

            message = f"{what}: the expression is not PromQL: {reason}"
            self.problem(message, place, "correct the expression", expr=expr, span=fault(expr, reason))
        else:
            self.checked.add(expr)


def _is_source(entry: Mapping[str, Any]) -> bool:
    return entry.get("type") == "datasource"


def _reference(ref: DataSourceRef) -> Json:
    return {"type": ref.type, "uid": ref.uid}
