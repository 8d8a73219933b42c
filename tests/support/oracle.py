"""What real promtool and amtool say about many small files at once."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml


def accepted(command: Sequence[str], documents: Sequence[Any], directory: Path) -> list[bool]:
    """Write each document into a file, let one run of the command check all, and return which ones it accepts."""
    files = [directory / f"{index}.yml" for index in range(len(documents))]
    for file, document in zip(files, documents, strict=True):
        file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    done = subprocess.run(
        [*command, *map(str, files)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    _, *said = done.stdout.split("Checking ")
    assert len(said) == len(documents), done.stdout
    return ["FAILED" not in each for each in said]
