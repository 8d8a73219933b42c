"""The type of the fixture that makes clients of servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from dojoboards.targets.servers import Client


class Connect(Protocol):
    """Makes a client of the server at *url*; *settings* are those of `Server`."""

    def __call__(self, url: str, root: Path = ..., **settings: Any) -> Client: ...
