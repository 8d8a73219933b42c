from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from dojoboards.model import Server
from dojoboards.targets.servers import Client
from support.connect import Connect


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes clients of servers, which are closed at the end."""
    with ExitStack() as opened:

        def make(url: str, root: Path = Path(), **settings: Any) -> Client:
            client = Client(Server(url=url, **settings), "prometheus", root)
            opened.callback(client.close)
            return client

        yield make
