"""Checks for secrets that are written down where content says things in another program's own words."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dojoboards.lint.registry import Finding, check
from dojoboards.model import Alertmanager, DataSource, Project, Prometheus, Receiver, ScrapeJob

_FREE = frozenset({"raw", "extra", "json_data"})
"""Fields that are passed on as they are; all others take a `Secret` where a secret belongs."""

_NAMES: Mapping[type, str] = {
    Prometheus: "Prometheus",
    ScrapeJob: "the scrape job",
    Alertmanager: "Alertmanager",
    Receiver: "the receiver",
    DataSource: "the data source",
}
_SECRET = re.compile(
    r"(?:.*_)?(?:password|passwd|passphrase|secrets?|token|credentials?|apikey|cookie)|.+_key|authorization"
)
_WORDS = re.compile(r"-|(?<=[a-z0-9])(?=[A-Z])")
LOGIN = re.compile(r"://[^/\s@:'\"{}]*:[^/\s@'\"{}]+@")
"""An address with a password in it."""
_PRIVATE = "PRIVATE KEY-----"
_FILLED_IN = re.compile(r"<[^<>]*>|\$\{?\w.*|\$\(.*\)|%\w+%|__\w+__|@\w+@|ENC\[.*|\*+|x+|X+")
"""What stands in a file for a secret that another program puts there."""
_FILE = "under the key's form for files, such as `password_file`"


@check("secret/literal", on=Project)
def secret_literal(project: Project, _: Project) -> Iterator[Finding]:
    """A secret is referred to, never written down: `build/` and the content's history would show it to everybody.

    Looked at are `raw`, `extra` and `json_data`, by the names of their keys, and passwords in addresses.
    Bad: `raw={"opsgenie_configs": [{"api_key": "0123"}]}`, `url="https://me:0123@hooks.example.com"`.
    Good: `raw={"opsgenie_configs": [{"api_key_file": Secret("opsgenie")}]}`.
    """
    singles = [single for single in (project.prometheus, project.alertmanager) if single]
    for declaration in (*singles, *project.scrape_jobs, *project.receivers, *project.data_sources):
        name = f" {declaration.name!r}" if hasattr(declaration, "name") else ""
        what = f"{_NAMES[type(declaration)]}{name}"
        for where, key, text in _texts(declaration):
            if not project.conventions:
                where = _in_file(where)  # noqa: PLW2901  # as it stands there
                if _FILLED_IN.fullmatch(text):
                    continue
            if LOGIN.search(text):
                message = f"`{where}` of {what} has a password in its address"
                yield Finding(message, "take it out: there is a field or a `Secret` for it", declaration.source)
            elif "{{" not in text and (_PRIVATE in text or (text and _is_secret(key, where))):
                form = "in `secure_json_data`" if isinstance(declaration, DataSource) else _FILE
                remedy = f"give a `Secret` {form}; dojoboards.yaml says where its value is found"
                if not project.conventions:
                    remedy = "put it into a file that is kept elsewhere, or into a variable that is filled in"
                yield Finding(f"`{where}` of {what} is a secret in clear", remedy, declaration.source)


def _in_file(where: str) -> str:
    """Return a place as the file has it: without the names of this library's fields."""
    dotted = re.sub(r"\['([^']*)'\]", r".\1", where)
    return ".".join(part for part in dotted.split(".") if part not in _FREE)


def _is_secret(key: str, where: str) -> bool:
    name = _WORDS.sub("_", key).lower()
    # The routing key of VictorOps names a team.
    return bool(_SECRET.fullmatch(name)) and not (name == "routing_key" and "victorops" in where)


def _texts(value: Any, where: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield every text in the free fields of a declaration, and its addresses: the place, the key, the text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            item, place = getattr(value, field.name), f"{where}.{field.name}".lstrip(".")
            if field.name in _FREE:
                yield from _free(item, field.name, place)
            elif field.name == "url" and isinstance(item, str):
                yield place, field.name, item
            elif field.name != "source":
                yield from _texts(item, place)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts(item, f"{where}[{index}]")


def _free(value: Any, key: str, where: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, str):
        yield where, key, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _free(item, str(name), f"{where}[{name!r}]")
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for index, item in enumerate(value):
            yield from _free(item, key, f"{where}[{index}]")
