"""Catalogue files: one catalogue each, as YAML, or as JSON with a metric on each line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import yaml

from dojoboards import names, schemas
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.expressions import measure, regexes
from dojoboards.model.catalogue import ANY, OPTIONAL, Catalogue, Metric, Values

_WORDS: Mapping[str, Values] = {"any": ANY, "optional": OPTIONAL}


def read(text: bytes | str, source: Source) -> Catalogue:
    """Return the catalogue that a file holds.

    Args:
        text: What is in the file, YAML or JSON.
        source: The file, for messages.

    Raises:
        DojoboardsError: it is no catalogue; all problems at once.
    """
    try:
        document = _parsed(text)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = Source(source.file, mark.line + 1) if mark else source
        said = getattr(error, "problem", None) or error
        raise DojoboardsError([Problem(f"it is not YAML: {said}", place, "", Exit.UNREADABLE)]) from None
    problems = [*_violations(document)] or [*_problems(document)]
    if problems:
        remedy = "docs/catalogue.md says what a catalogue holds"
        raise DojoboardsError([Problem(problem, source, remedy, Exit.UNREADABLE) for problem in problems])
    return catalogue(document, source)


def _parsed(text: bytes | str) -> Any:
    if text.lstrip()[:1] in ("{", b"{"):
        try:
            return orjson.loads(text)
        except ValueError:
            pass  # it may be YAML that begins with a brace, and if not, YAML's reader says where it is wrong
    return yaml.load(text, Loader=yaml.CSafeLoader)


def _violations(document: object) -> Iterator[str]:
    try:
        yield from schemas.violations("catalogue", document)
    except (TypeError, ValueError):  # YAML has more than JSON: dates, and keys that are no text
        yield "it holds something that is no text, number, list or mapping with text as keys"


def _problems(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a schema cannot say: units that nobody knows, and wrong regular expressions."""
    for name, entry in document["metrics"].items():
        unit = (entry or {}).get("unit", "")
        if unit and not measure.known(unit):
            yield f"metrics.{name}.unit: {unit!r} is no unit ({names.hint(unit, measure.GRAFANA)})"
    for key, patterns in (("jobs", document.get("jobs", ())), ("also", document.get("also", {}))):
        for pattern in patterns:
            if regexes.anchored(pattern) is None:
                yield f"{key}: the regular expression {pattern!r} is wrong, or not understood here"


def catalogue(document: Mapping[str, Any], source: Source | None = None) -> Catalogue:
    """Return the catalogue that a document is, which fits the schema."""
    metrics = {name: _metric(name, entry or {}) for name, entry in document["metrics"].items()}
    kept = ("about", "ports", "jobs", "namespaces", "includes", "open", "also")
    fields = {key: document[key] for key in kept if key in document}
    version = str(document.get("version", ""))
    return Catalogue(document["catalogue"], version, metrics=metrics, source=source, **fields)


def _metric(name: str, entry: Mapping[str, Any]) -> Metric:
    labels = {label: _values(given) for label, given in entry.get("labels", {}).items()}
    return Metric(name, entry.get("type", "unknown"), labels, entry.get("unit", ""), entry.get("help", ""))


def _values(given: str | list[str]) -> Values:
    return _WORDS[given] if isinstance(given, str) else Values(frozenset(given))


def document(catalogue: Catalogue) -> dict[str, Any]:
    """Return the document that a catalogue is; what is empty is left out."""
    whole: dict[str, Any] = {"catalogue": catalogue.name}
    for key in ("version", "about", "ports", "jobs", "namespaces", "includes", "open", "also"):
        value = getattr(catalogue, key)
        if value:
            whole[key] = dict(value) if isinstance(value, Mapping) else value if isinstance(value, str) else [*value]
    whole["metrics"] = {name: _entry(metric) for name, metric in sorted(catalogue.metrics.items())}
    return whole


def _entry(metric: Metric) -> dict[str, Any]:
    labels = {label: _told(values) for label, values in sorted(metric.labels.items())}
    entry = {"type": metric.type, "unit": metric.unit, "labels": labels, "help": metric.help}
    return {key: value for key, value in entry.items() if value}


def _told(values: Values) -> str | list[str]:
    if values.known is None:
        return "optional" if values.optional else "any"
    return sorted(values.known)


def yaml_text(catalogue: Catalogue) -> str:
    """Return a catalogue as YAML: its labels on one line each, no line broken."""
    whole = document(catalogue)
    lines = [f"{key}: {_flow(value)}" for key, value in whole.items() if key not in ("metrics", "also")]
    if "also" in whole:
        lines.append("also:")
        lines.extend(f"  {_flow(pattern)}: {_flow(why)}" for pattern, why in whole["also"].items())
    lines.append("metrics:" if whole["metrics"] else "metrics: {}")
    for name, entry in whole["metrics"].items():
        lines.append(f"  {_flow(name)}:")
        lines.extend(f"    {key}: {_flow(value)}" for key, value in entry.items())
    return "\n".join(lines) + "\n"


def _flow(value: object) -> str:
    text: str = yaml.dump(value, Dumper=yaml.CSafeDumper, default_flow_style=True, allow_unicode=True, width=2**20)
    return text.removesuffix("\n").removesuffix("\n...")


def json_text(catalogue: Catalogue) -> str:
    """Return a catalogue as JSON, a metric on each line: read much faster, and its differences as readable."""
    whole = document(catalogue)
    metrics = whole.pop("metrics")
    lines = [f"  {_json(key)}: {_json(value)}," for key, value in whole.items()]
    entries = ",\n".join(f"    {_json(name)}: {_json(entry)}" for name, entry in metrics.items())
    return "\n".join(["{", *lines, '  "metrics": {', *([entries] if entries else []), "  }", "}"]) + "\n"


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
