"""Clients of a stand-in Grafana, for tests of the stand-in itself."""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from typing import Any, Protocol

import httpx

from support.grafana import Grafana

# Quick to make, since it reads no authorities: a stand-in is asked over plain HTTP.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Asking(Protocol):
    """Opens a client that lives as long as the test."""

    def __call__(
        self, server: Grafana, token: str | None = None, *, login: str = "", password: str = "", **settings: Any
    ) -> httpx.Client:
        """Ask with the deployer's token, another one, none (an empty one), or as a user."""
        ...


def opened_in(stack: ExitStack) -> Asking:
    """Return what opens clients that *stack* closes."""

    def asking(
        server: Grafana, token: str | None = None, *, login: str = "", password: str = "", **settings: Any
    ) -> httpx.Client:
        bearer = server.token if token is None else token
        headers = {"Authorization": f"Bearer {bearer}"} if bearer and not login else {}
        auth = (login, password or server.password) if login else None
        made = httpx.Client(base_url=server.url, auth=auth, headers=headers, trust_env=False, verify=PLAIN, **settings)
        return stack.enter_context(made)

    return asking
