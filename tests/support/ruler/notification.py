"""The Alertmanager configuration of a tenant, as Mimir and Cortex take it.

Read in Mimir's source: the body is YAML with `alertmanager_config`, a text, and `template_files`, texts by plain name;
whatever names a file of the server, a proxy or a key of TLS is refused, and so is an empty configuration.
Of Alertmanager's own checks there are here: unknown fields at the top, the receivers and time intervals that routes
name, and Slack without an address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

_TOP = {"global", "route", "receivers", "inhibit_rules", "templates", "time_intervals", "mute_time_intervals"}
_PROXY = {"proxy_url", "proxy_from_environment"}
_TLS = {"ca", "cert", "key"}


def decoded(body: bytes) -> tuple[str, dict[str, str]]:
    """Return the configuration and the templates of a body.

    Raises:
        ValueError: it cannot be accepted; the message says why.
    """
    try:
        document = yaml.load(body, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(f"error marshalling YAML Alertmanager config: {error}") from error
    if not isinstance(document, dict):
        raise ValueError("error marshalling YAML Alertmanager config: not a mapping")  # noqa: TRY004
    text, templates = document.get("alertmanager_config") or "", document.get("template_files") or {}
    problem = next(iter(_problems(str(text), templates)), None)
    if problem:
        raise ValueError(f"error validating Alertmanager config: {problem}")
    return str(text), {str(name): str(template) for name, template in templates.items()}


def _problems(text: str, templates: Mapping[str, Any]) -> Iterator[str]:
    if not text:
        yield "configuration provided is empty, use the delete configuration endpoint to remove it"
        return
    try:
        config = yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        yield str(error)
        return
    if not isinstance(config, dict):
        yield "no route provided in config"
        return
    yield from (f"field {key} not found in type config.plain" for key in config if key not in _TOP)
    yield from _of_routes(config)
    yield from _of_slack(config)
    yield from _refused(config)
    for name in [*(config.get("templates") or []), *templates]:
        if "/" in str(name) or "\\" in str(name) or str(name) in {"", ".", ".."}:
            yield f'invalid template name "{name}": the template name cannot contain any path'


def _of_routes(config: Mapping[str, Any]) -> Iterator[str]:
    names = [receiver.get("name") for receiver in config.get("receivers") or []]
    yield from (f'notification config name "{name}" is not unique' for name in set(names) if names.count(name) > 1)
    intervals = {
        each.get("name") for key in ("time_intervals", "mute_time_intervals") for each in config.get(key) or []
    }
    route = config.get("route")
    if not route:
        yield "no route provided in config"
        return
    if not route.get("receiver"):
        yield "root route must specify a default receiver"
    for each in _routes(route):
        if each.get("receiver") and each["receiver"] not in names:
            yield f'undefined receiver "{each["receiver"]}" used in route'
        for name in [*(each.get("mute_time_intervals") or []), *(each.get("active_time_intervals") or [])]:
            if name not in intervals:
                yield f'undefined time interval "{name}" used in route'


def _routes(route: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield route
    for each in route.get("routes") or []:
        yield from _routes(each)


def _of_slack(config: Mapping[str, Any]) -> Iterator[str]:
    everywhere = config.get("global") or {}
    for receiver in config.get("receivers") or []:
        for slack in receiver.get("slack_configs") or []:
            own = {"api_url", "api_url_file"} & set(slack)
            if not own and not {"slack_api_url", "slack_api_url_file"} & set(everywhere):
                yield "no global Slack API URL set either inline or in a file"


def _refused(node: Any, *, within: str = "") -> Iterator[str]:
    """Yield the settings that name what only the server's own administrator may choose."""
    if isinstance(node, list):
        for each in node:
            yield from _refused(each, within=within)
    elif isinstance(node, dict):
        for key, value in node.items():
            secret = str(key).endswith("_file") or key in _PROXY or (within == "tls_config" and key in _TLS)
            if secret and value:
                yield f"setting {key} is not allowed"
            yield from _refused(value, within=str(key))
