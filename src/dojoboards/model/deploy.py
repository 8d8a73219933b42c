"""Where artifacts go: the targets of an environment and the servers behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """Where a secret's value is found; exactly one is set.

    Args:
        env: An environment variable of the pushing machine.
        file: A file on the pushing machine.
        server_file: A path on the server, which is written into the configuration and never read here.
    """

    env: str = ""
    file: str = ""
    server_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A value that is not secret and that the pushing machine's environment may give.

    Args:
        env: The environment variable.
        default: What holds where it is unset.
    """

    env: str
    default: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that is asked to reload and then to show what it runs.

    Args:
        url: Its address, with a path where it lives below one.
        username: For basic authentication.
        password: Likewise.
        bearer_token: Sent as `Authorization: Bearer`.
        ca_file: The certificate authority's bundle, on the pushing machine; empty is the system's.
        cert_file: Our client certificate, on the pushing machine.
        key_file: Its key.
        timeout: Seconds for one whole request.
        retries: How often a request is repeated after a fault that may pass.
    """

    url: str | Lookup
    username: str = ""
    password: SecretRef | None = None
    bearer_token: SecretRef | None = None
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    timeout: float = 10.0
    retries: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A server that is pushed to through its HTTP API. A token, or a username with its password.

    Args:
        url: Its address, with a path where it lives below one.
        flavour: Which server it is, where several speak the API: `mimir`, `cortex` or `loki`.
        tenant: Whose rules they are, where it serves several tenants; empty names none.
        token: A service account's token.
        username: For basic authentication.
        password: Likewise.
        organisation: The number of the organisation; 0 is the account's own.
        ca_file: The certificate authority's bundle, on the pushing machine; empty is the system's.
        cert_file: Our client certificate, on the pushing machine.
        key_file: Its key.
        timeout: Seconds for one whole request.
        max_concurrent: How many requests are under way at once, at most.
        retries: How often a request is repeated after a fault that may pass.
    """

    url: str | Lookup
    flavour: str = ""
    tenant: str = ""
    token: SecretRef | None = None
    username: str = ""
    password: SecretRef | None = None
    organisation: int = 0
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    timeout: float = 30.0
    max_concurrent: int = 8
    retries: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSettings:
    """Where the artifacts of one system go in one environment: into a directory, or through an API.

    Args:
        system: `prometheus`, `alertmanager`, `loki` or `grafana`.
        directory: The directory that belongs to us; relative to the project's root. Empty where there is an API.
        server_path: The same directory as the server sees it (in a container, say); empty where it is the same.
        servers: Who reads it: one server or several, reloaded and verified one after the other.
        owner: The user that the server runs as, who gets the files of secrets when root pushes; empty is the
            directory's owner.
        api: The server that takes the artifacts through its API.
        tenant: Whose rules a directory of a Loki holds; empty is the one of a Loki without tenants.
        timeout: Seconds for one order or transfer, where the directory is on another machine.
    """

    system: str
    directory: str | Lookup = ""
    server_path: str = ""
    servers: Sequence[Server] = ()
    owner: str = ""
    api: Api | None = None
    tenant: str = ""
    timeout: float = 120.0
