"""A tenant's Alertmanager configuration as one document: made with the values of secrets, compared without. Pure.

The server refuses every setting that names a file. So `slack_api_url_file: secrets/slack` becomes `slack_api_url` with
the value, and for comparison that value becomes `secrets/slack` again.

The mark of ours is a template file with nothing but a comment, which has a digest of each part that was pushed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from dojoboards.artifact import yaml_bytes

CONFIG = "alertmanager.yml"
"""What the configuration is called in a plan and in the mark; a template file is called by its name."""

_SECRETS = "secrets/"
_LISTS = {"files": "secrets"}
_DIGITS = 16
_LONG_ENOUGH = 8
_MARK = re.compile(r"\{\{/\* dojoboards (\S+) (\S+)\n((?:\S+ sha256:[0-9a-f]+\n)*)\*/\}\}\s*")


@dataclass(frozen=True, slots=True)
class Document:
    """What a tenant has.

    Args:
        config: The configuration as text; empty: there is none.
        templates: Its template files by name.
    """

    config: str = ""
    templates: Mapping[str, str] = field(default_factory=dict)


def inlined(value: Any, values: Mapping[str, str]) -> Any:
    """Return a configuration with the values of secrets, by name, in place of the files that stand for them."""
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for key, item in value.items():
            if key in _LISTS and isinstance(item, list) and all(map(_is_secret, item)):
                found[_LISTS[key]] = [values[_name(each)] for each in item]
            elif key.endswith("_file") and _is_secret(item):
                found[key.removesuffix("_file")] = values[_name(item)]
            else:
                found[key] = inlined(item, values)
        return found
    return [inlined(item, values) for item in value] if isinstance(value, list) else value


def secret_names(value: Any) -> Iterator[str]:
    """Yield the name of each secret that a configuration refers to by a file."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key.endswith("_file") and _is_secret(item):
                yield _name(item)
            elif key in _LISTS and isinstance(item, list):
                yield from (_name(each) for each in item if _is_secret(each))
            else:
                yield from secret_names(item)
    elif isinstance(value, list):
        for item in value:
            yield from secret_names(item)


def server_files(value: Any) -> Iterator[tuple[str, str]]:
    """Yield each setting that names a file on the server, and the file."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key.endswith("_file") and isinstance(item, str) and item and not _is_secret(item):
                yield key, item
            else:
                yield from server_files(item)
    elif isinstance(value, list):
        for item in value:
            yield from server_files(item)


def with_plain_templates(config: Any) -> Any:
    """Return a configuration whose templates are named without a directory."""
    if isinstance(config, dict) and isinstance(config.get("templates"), list):
        return {**config, "templates": [str(name).rpartition("/")[2] for name in config["templates"]]}
    return config


def _is_secret(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(_SECRETS)


def _name(reference: str) -> str:
    return reference.removeprefix(_SECRETS)


@dataclass(frozen=True, slots=True)
class Veil:
    """What makes values of secrets invisible, in the same way in what is wanted and in what is there.

    Args:
        values: The values by the name of the secret.
        keys: The settings that hold secrets in what is wanted.
        plain: The texts that are no secrets in what is wanted.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    keys: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()

    def config(self, text: str) -> bytes:
        """Return a configuration without secrets, as YAML in one way of writing; *text* itself where it is none."""
        try:
            return yaml_bytes(self._walk("", _sorted(text)), header=False)
        except (yaml.YAMLError, TypeError, ValueError, RecursionError):
            return self.text(text)

    def text(self, text: str) -> bytes:
        """Return text without secrets."""
        return self._without(text).encode()

    def _walk(self, key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._walk(name, item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._walk(key, item) for item in value]
        if not isinstance(value, str):
            return value
        if key in self.keys:
            own = [name for name, secret in self.values.items() if secret == value]
            if own:
                return f"{_SECRETS}{own[0]}"
            if value not in self.plain:  # a former value, or one that somebody else has put there
                return "another secret"
        return self._without(value)

    def _without(self, text: str) -> str:
        for name, secret in self.values.items():
            if len(secret) >= _LONG_ENOUGH:
                text = text.replace(secret, f"{_SECRETS}{name}")
        return text


def veil(config: Any, values: Mapping[str, str]) -> Veil:
    """Return what hides *values* in a configuration as it was built, and in what is there instead of it."""
    keys: set[str] = set()
    plain: set[str] = set()

    def walk(key: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, item in value.items():
                walk(str(name), item)
        elif isinstance(value, list):
            for item in value:
                walk(key, item)
        elif _is_secret(value) and (key.endswith("_file") or key in _LISTS):
            keys.add(_LISTS.get(key, key.removesuffix("_file")))
        elif isinstance(value, str):
            plain.add(value)

    walk("", config)
    longest_first = dict(sorted(values.items(), key=lambda pair: -len(pair[1])))
    return Veil(longest_first, frozenset(keys), frozenset(plain))


def digest(text: str) -> str:
    """Return the digest of a part of a document, secrets included."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def config_digest(text: str) -> str:
    """Return the digest of a configuration, whichever way it is written."""
    try:
        return digest(yaml_bytes(_sorted(text), header=False).decode())
    except (yaml.YAMLError, TypeError, ValueError, RecursionError):
        return digest(text)


def _sorted(text: str) -> Any:
    """Return the value of a configuration, its keys in order: a server's own pages write them anew."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walk(value[key]) for key in sorted(value)}
        return [walk(item) for item in value] if isinstance(value, list) else value

    return walk(yaml.load(text, yaml.CSafeLoader))


def written(config: Any) -> str:
    """Return a configuration as it is stored."""
    return yaml_bytes(config).decode()


def mark_file(project: str) -> str:
    """Return the name of the template file that is the mark."""
    return f"dojoboards-{project}.tmpl"


def mark(project: str, environment: str, digests: Mapping[str, str]) -> str:
    """Return the content of the mark: a comment with a digest of each part."""
    lines = "".join(f"{name} sha256:{found}\n" for name, found in sorted(digests.items()))
    return f"{{{{/* dojoboards {project} {environment}\n{lines}*/}}}}\n"


def digests(text: str, project: str, environment: str) -> Mapping[str, str]:
    """Return the digests in a mark; none where it is another project's, another environment's, or no mark."""
    found = _MARK.fullmatch(text)
    if found is None or (found[1], found[2]) != (project, environment):
        return {}
    return {name: value for name, _, value in (line.partition(" sha256:") for line in found[3].splitlines())}
