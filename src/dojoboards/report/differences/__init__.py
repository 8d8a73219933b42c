"""What differs between two versions of an artifact: by meaning, without noise and without secrets. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import yaml

from dojoboards.report.differences.alertmanager_config import compare_alertmanager_configs
from dojoboards.report.differences.dashboard import compare_dashboards
from dojoboards.report.differences.data_source import compare_data_sources
from dojoboards.report.differences.difference import Difference, What
from dojoboards.report.differences.folder import compare_folders
from dojoboards.report.differences.notification_template import compare_notification_templates
from dojoboards.report.differences.prometheus_config import compare_prometheus_configs
from dojoboards.report.differences.provisioning import compare_provisioning
from dojoboards.report.differences.rules import compare_rules
from dojoboards.report.differences.secret import compare_secrets
from dojoboards.report.differences.team import compare_teams
from dojoboards.report.differences.values import IntractableError, plain, without

__all__ = ["KINDS", "Difference", "What", "differences"]


Read = Callable[[bytes, Sequence[str]], Any]
"""Turns bytes into a plain value without the given secrets; whatever it raises means that it cannot."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How two artifacts of one kind are compared.

    Args:
        format: What they are written in.
        read: Turns bytes into a value.
        compare: Yields what differs between two values.
    """

    format: str
    read: Read
    compare: Callable[[Any, Any], Iterator[Difference]]


def _json(body: bytes, secrets: Sequence[str]) -> Any:
    return plain(orjson.loads(body), secrets)


def _yaml(body: bytes, secrets: Sequence[str]) -> Any:
    return plain(yaml.load(body, Loader=yaml.CSafeLoader), secrets)


def _text(body: bytes, secrets: Sequence[str]) -> str:
    return without(body.decode(), secrets)


def _nothing(_: bytes, __: Sequence[str]) -> None:
    return None


KINDS: Mapping[str, Kind] = {
    "alertmanager-config": Kind("YAML", _yaml, compare_alertmanager_configs),
    "dashboard": Kind("JSON", _json, compare_dashboards),
    "data-source": Kind("JSON", _json, compare_data_sources),
    "folder": Kind("JSON", _json, compare_folders),
    "log-rules": Kind("YAML", _yaml, compare_rules),
    "notification-template": Kind("text", _text, compare_notification_templates),
    "prometheus-config": Kind("YAML", _yaml, compare_prometheus_configs),
    "provisioning": Kind("YAML", _yaml, compare_provisioning),
    "rules": Kind("YAML", _yaml, compare_rules),
    "secret": Kind("bytes", _nothing, compare_secrets),
    "team": Kind("JSON", _json, compare_teams),
}
"""How the artifacts of each kind are compared."""


def differences(kind: str, before: bytes, after: bytes, *, secrets: Iterable[str] = ()) -> tuple[Difference, ...]:
    """Return what is different in *after*; nothing where the two are only written differently.

    Args:
        kind: What both are; a key of `artifact.KINDS`.
        before: The former bytes, of any shape.
        after: The new bytes.
        secrets: Values that must not be shown, wherever they stand.
    """
    if before == after:
        return ()
    known = KINDS.get(kind)
    if known is None:
        return (Difference(what="changed", where=("content",), hidden=True),)
    hidden = tuple(secrets)
    one, other = (_read(known, body, hidden) for body in (before, after))
    if isinstance(one, _Unreadable) or isinstance(other, _Unreadable):
        states = tuple(value.reason if isinstance(value, _Unreadable) else known.format for value in (one, other))
        if states[0] == states[1]:
            return (Difference(what="changed", where=("content",), note=states[0], hidden=True),)
        return (Difference(what="changed", where=("content",), before=states[0], after=states[1]),)
    return tuple(known.compare(one, other))


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """Bytes that cannot be compared, and why."""

    reason: str


def _read(kind: Kind, body: bytes, secrets: Sequence[str]) -> Any:
    try:
        return kind.read(body, secrets)
    except IntractableError as error:
        return _Unreadable(str(error))
    except Exception:  # a parser raises whatever it likes over what is not of its format
        return _Unreadable(f"not {kind.format}")
