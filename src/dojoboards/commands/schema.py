"""`dojoboards schema`: print the JSON Schema of `dojoboards.yaml`, for editors."""

from __future__ import annotations

from dojoboards.artifact import json_bytes
from dojoboards.errors import Exit
from dojoboards.schemas import schema


def print_schema() -> int:
    """Print the schema."""
    print(json_bytes(schema("config")).decode(), end="")
    return Exit.OK
