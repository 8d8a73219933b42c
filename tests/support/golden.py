"""Files that say what is expected, and that a reviewer can read. `UPDATE_GOLDENS=1 pytest` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden"


def golden(name: str, text: str) -> str:
    """Return what the file *name* below `tests/golden/` holds; it is written first where that was asked for."""
    file = GOLDEN / name
    if os.environ.get("UPDATE_GOLDENS") == "1":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return file.read_bytes().decode()
