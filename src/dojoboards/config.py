"""`dojoboards.yaml`: read, checked and turned into environments.

Every error names the file, the line, the key, what was expected, and the nearest known key.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dojoboards import names, reading, schemas, units
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.model import (
    Api,
    DataSourceRef,
    Environment,
    Ignore,
    Lookup,
    SecretRef,
    Server,
    Setting,
    TargetSettings,
)
from dojoboards.settings import misgiven
from dojoboards.written import Place, Written, parse
from dojoboards.written import where as shown

if TYPE_CHECKING:
    from jsonschema import ValidationError

FILE = "dojoboards.yaml"

_Told = tuple[Place, str, str]
"""What is wrong: its place, the message and the remedy."""

_SECRETS = frozenset({"secrets", "password", "bearer_token", "token"})


@dataclass(frozen=True, slots=True)
class Config:
    """What `dojoboards.yaml` says.

    Args:
        root: The project's directory.
        project: The project's name.
        environments: By name, in the order of the file.
        ignores: Findings of `lint` that are not told.
    """

    root: Path
    project: str
    environments: Mapping[str, Environment]
    ignores: Sequence[Ignore] = ()

    def environment(self, name: str) -> Environment:
        """Return the environment *name*.

        Raises:
            DojoboardsError: there is none of that name.
        """
        if name not in self.environments:
            message = f"there is no environment {name!r} in {FILE}"
            source = Source(str(self.root / FILE))
            raise DojoboardsError([Problem(message, source, names.hint(name, self.environments), Exit.UNREADABLE)])
        return self.environments[name]


def read(root: Path) -> Config:
    """Read and check `dojoboards.yaml` in *root*.

    Raises:
        DojoboardsError: it is missing, is not YAML, or does not fit its schema; all problems at once.
    """
    file = root / FILE
    try:
        text = reading.read(file).decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = reading.reason(error)
        remedy = "run dojoboards in the project's directory, or name it with -C DIR"
        problem = Problem(f"cannot read {FILE}: {reason}", Source(str(file)), remedy, Exit.UNREADABLE)
        raise DojoboardsError([problem]) from None
    written = parse(text, str(file), _secret)
    _check(written)
    return Config(root, written.document["project"], _environments(written), tuple(_ignores(written)))


def _ignores(written: Written) -> Iterator[Ignore]:
    for index, one in enumerate((written.document.get("lint") or {}).get("ignore") or ()):
        yield Ignore(**one, source=written.source(("lint", "ignore", index)))


def _check(written: Written) -> None:
    if endless := [*_without_end(written.document, ())]:
        remedy = "give a number that has an end, or leave the key out"
        raise DojoboardsError(
            written.problem(place, f"{shown(place)} is {what}, which is no limit of anything", remedy)
            for place, what in endless
        )
    if schemas.fits("config", written.document):
        return
    import jsonschema  # costs 0.1 s and tells best what is wrong

    validator = jsonschema.Draft202012Validator(schemas.schema("config"))
    found = [told for error in validator.iter_errors(written.document) for told in _told(_most_telling(error))]
    if found:
        raise DojoboardsError(written.problem(*told) for told in found)


def _without_end(value: object, place: Place) -> Iterator[tuple[Place, str]]:
    """Yield the place of each number that is none, or that has no end: neither can be compared or written down."""
    if isinstance(value, float) and not math.isfinite(value):
        yield place, "not a number" if math.isnan(value) else "infinite"
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _without_end(inner, (*place, key))


def _told(error: ValidationError) -> Iterator[_Told]:
    # The stubs allow a schema to be a truth value, which ours never is.
    schema: Any = error.schema
    instance: Any = error.instance
    path: Place = tuple(error.absolute_path)
    where, description = shown(path), schema.get("description", "")
    match error.validator:
        case "additionalProperties" | "required" | "dependentRequired":
            yield from _of_keys(path, schema, instance)
        case "type" | "oneOf" | "anyOf":
            found = "text" if isinstance(instance, str) and _secret(path) else _kind(instance)
            yield path, f"{where} is {found}, expected {_wanted(error)}", description
        case "minProperties" if not instance:
            yield path, f"{where} is empty", description
        case "maxProperties":
            yield path, f"{where} has {len(instance)} keys", description
        case "pattern" if "propertyNames" in error.absolute_schema_path:
            yield (*path, instance), f"{where}: {instance!r} is not allowed as a key", description
        case "pattern":
            hidden = _secret(path) or ("url" in path and "@" in instance)  # an address with a password in it
            found = where if hidden else f"{where}: {instance!r}"
            yield path, f"{found} is not allowed here", description
        case _:
            yield path, f"{where}: {error.message}", description


def _secret(path: Place) -> bool:
    """Return whether somebody may have written a secret there instead of where it is found."""
    return not _SECRETS.isdisjoint(path)


def _of_keys(path: Place, schema: Mapping[str, Any], instance: Mapping[str, Any]) -> Iterator[_Told]:
    """Yield all that is wrong with the keys of a mapping; who asks again for another error is told the same."""
    known, where = schema.get("properties", {}), shown(path)
    if schema.get("additionalProperties") is False:
        for key in instance.keys() - known.keys():
            yield (*path, key), f"unknown key {key!r} in {where}", names.hint(key, known)
    for missing in schema.get("required", ()):
        if missing not in instance:
            yield path, f"{where}: key {missing!r} is missing", known[missing].get("description", "")
    for key, others in schema.get("dependentRequired", {}).items():
        for missing in others:
            if key in instance and missing not in instance:
                yield (*path, key), f"{where}: {key!r} needs {missing!r} beside it", ""


def _most_telling(error: ValidationError) -> ValidationError:
    """Return, of an error with alternatives, the one of the alternative that was most likely meant."""
    deeper = [
        inner
        for inner in error.context or ()
        if not (inner.validator == "type" and len(inner.absolute_path) == len(error.absolute_path))
    ]
    return _most_telling(deeper[0]) if deeper else error


def _kind(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return f"the truth value {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {value!r}"
        case list():
            return "a list"
        case _:
            return "a mapping"


def _wanted(error: ValidationError) -> str:
    words = {
        "array": "a list",
        "boolean": "a truth value",
        "null": "nothing",
        "number": "a number",
        "object": "a mapping",
        "string": "text",
    }
    types: Any
    if error.validator == "type":
        types = error.validator_value
    else:
        types = [inner.validator_value for inner in error.context or () if inner.validator == "type"]
    types = types if isinstance(types, list) else [types]
    *first, last = dict.fromkeys(words[kind] for kind in types)
    return f"{', '.join(first)} or {last}" if first else last


def _environments(written: Written) -> Mapping[str, Environment]:
    document = written.document
    problems: list[Problem] = []
    environments = {}
    for name, own in document["environments"].items():
        merged = _merge(document.get("defaults") or {}, own or {})
        environments[name] = Environment(
            name=name,
            settings=dict(_settings(name, merged, written, problems)),
            data_sources=dict(_data_sources(name, merged, written, problems)),
            secrets={secret: SecretRef(**where) for secret, where in merged.get("secrets", {}).items()},
            grafana_url=merged.get("grafana_url", "").rstrip("/"),
            runbook_url=document.get("runbook_url", ""),
            severities=tuple(document.get("severities", Environment(name="").severities)),
            targets=dict(_targets(merged.get("targets", {}))),
        )
    if problems:
        raise DojoboardsError(problems)
    return environments


def _merge(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(shared)
    for key, value in own.items():
        before = merged.get(key)
        # A reference (`{env: ...}`) is one value: keys of two references must not mix.
        whole = isinstance(value, Mapping) and bool(value.keys() & {"env", "file", "server_file"})
        whole = whole or (isinstance(value, Mapping) and isinstance(before, Mapping) and _switches(value, before))
        mergeable = isinstance(value, Mapping) and isinstance(before, Mapping) and not whole
        merged[key] = _merge(before, value) if mergeable and isinstance(before, Mapping) else value
    return merged


def _switches(value: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Return whether one is a target that is a directory, and the other one with an API."""
    return ("url" in value and "directory" in before) or ("directory" in value and "url" in before)


def _settings(
    name: str, merged: Mapping[str, Any], written: Written, problems: list[Problem]
) -> Iterator[tuple[str, Setting]]:
    declared = written.document.get("settings") or {}
    values = merged.get("settings", {})
    for key in values:
        if key not in declared:
            path = _place_of_value(name, key, written)
            remedy = f"declare it under `settings:` with its meaning ({names.hint(key, declared)})"
            problems.append(written.problem(path, f"setting {key!r} is not declared", remedy))
    for key, setting in declared.items():
        if key not in values and "default" not in setting:
            message = f"setting {key!r} has neither a default nor a value in environment {name!r}"
            problems.append(written.problem(("settings", key), message, setting["meaning"]))
            continue
        value, unit = values.get(key, setting.get("default")), setting.get("unit", "")
        for wrong in misgiven(value, setting.get("default"), unit):
            message = f"setting {key!r} is {value!r}, expected {wrong.expected}"
            problems.append(written.problem(_place_of_value(name, key, written), message, wrong.remedy))
        if unit and not units.known(unit):
            message = f"setting {key!r}: Grafana has no unit {unit!r}"
            problems.append(written.problem(("settings", key, "unit"), message, units.remedy(unit)))
        yield key, Setting(value=value, unit=unit, meaning=setting["meaning"])


def _place_of_value(environment: str, key: str, written: Written) -> Place:
    """Return where the value of a setting stands that holds in an environment."""
    places: list[Place] = [("environments", environment, "settings", key), ("defaults", "settings", key)]
    return next((place for place in places if place in written.lines), ("settings", key, "default"))


def _data_sources(
    environment: str, merged: Mapping[str, Any], written: Written, problems: list[Problem]
) -> Iterator[tuple[str, DataSourceRef]]:
    for name, entry in merged.get("data_sources", {}).items():
        missing = [key for key in ("uid", "type") if key not in entry]
        if missing:
            path = ("environments", environment, "data_sources", name)
            message = f"data source {name!r} of environment {environment!r} has no {' and no '.join(missing)}"
            problems.append(written.problem(path, message, "give it here or under `defaults:`"))
            continue
        yield name, DataSourceRef(**entry)


def _targets(value: Mapping[str, Any]) -> Iterator[tuple[str, TargetSettings]]:
    for system, one in value.items():
        for number, each in enumerate(one if isinstance(one, list) else [one], start=1):
            yield system if number == 1 else f"{system} {number}", _target(system, each)


def _target(system: str, value: Mapping[str, Any]) -> TargetSettings:
    if "url" in value:
        return TargetSettings(system=system, api=_api(value))
    servers = tuple(_server(server) for server in value.get("servers", ()))
    return TargetSettings(**{**value, "system": system, "directory": _lookup(value["directory"]), "servers": servers})


def _server(value: Mapping[str, Any]) -> Server:
    return Server(**_connection(value))


def _api(value: Mapping[str, Any]) -> Api:
    return Api(**_connection(value))


def _connection(value: Mapping[str, Any]) -> dict[str, Any]:
    references = {key: SecretRef(**value[key]) for key in ("password", "bearer_token", "token") if key in value}
    return {**value, **references, "url": _lookup(value["url"])}


def _lookup(value: str | Mapping[str, str]) -> str | Lookup:
    return value if isinstance(value, str) else Lookup(**value)
