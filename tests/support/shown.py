"""Everything that a test shows: what it prints and logs, and what programs print that it starts; no secret is in it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from typing import Any

import pytest

SECRET = re.compile(r"example-(?:[\w-]*-)?(?:secret|token|password)|glsa_example|hunter2|s3cret")
"""What the secrets of tests have in common: `example-secret`, `example-hook-token` and so on."""

_AROUND = 60

_noted: list[str] = []


def listen() -> None:
    """Note from now on what tests read of what was printed, and what the programs print that they run."""
    readouterr = pytest.CaptureFixture.readouterr
    communicate = subprocess.Popen.communicate

    def read(self: pytest.CaptureFixture[Any]) -> Any:
        captured = readouterr(self)
        _noted.extend(map(_text, captured))
        return captured

    def communicated(self: subprocess.Popen[Any], *given: Any, **named: Any) -> Any:
        printed = communicate(self, *given, **named)
        carries = isinstance(self.args, list) and self.args[0] == "ssh"  # files from another machine, which nobody sees
        _noted.extend(map(_text, printed[1:] if carries else printed))
        return printed

    pytest.CaptureFixture.readouterr = read  # type: ignore[method-assign]
    subprocess.Popen.communicate = communicated  # type: ignore[method-assign]


def secrets(more: Iterable[str]) -> list[str]:
    """Return each secret in what was noted since the last time and in *more*, with what stands around it."""
    texts = [*_noted, *more]
    _noted.clear()
    return [
        text[max(0, found.start() - _AROUND) : found.end() + _AROUND]
        for text in texts
        for found in SECRET.finditer(text)
    ]


def _text(printed: str | bytes | None) -> str:
    """Return what was printed; an archive that goes from one program to another is shown to nobody."""
    text = printed.decode(errors="replace") if isinstance(printed, bytes) else printed or ""
    return "" if "\0" in text else text
