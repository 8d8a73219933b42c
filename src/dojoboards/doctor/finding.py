"""What asking a server found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["ok", "note", "warning", "error"]
"""`ok`: as it should be; `note`: worth knowing; `warning` and `error`: something to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Args:
        severity: How much it matters.
        subject: What it is about, in a word or two, such as `scrape targets`.
        message: What was found.
        remedy: What to do about it; empty where there is nothing to do.
    """

    severity: Severity
    subject: str
    message: str
    remedy: str = ""

    @property
    def wrong(self) -> bool:
        """Whether something is to be done."""
        return self.severity in ("warning", "error")


def ok(subject: str, message: str) -> Finding:
    """Return that something is as it should be."""
    return Finding("ok", subject, message)


def note(subject: str, message: str, remedy: str = "") -> Finding:
    """Return something worth knowing."""
    return Finding("note", subject, message, remedy)


def warning(subject: str, message: str, remedy: str) -> Finding:
    """Return something to look at."""
    return Finding("warning", subject, message, remedy)


def error(subject: str, message: str, remedy: str) -> Finding:
    """Return something that does not work."""
    return Finding("error", subject, message, remedy)


def span(seconds: float) -> str:
    """Return a time in its largest unit, such as `3 h`."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def listed(names: list[str], most: int = 5) -> str:
    """Return names in a row, the first of many."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
