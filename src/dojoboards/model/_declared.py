"""What every declaration shares: it is frozen, and it knows the place where it was written."""

from __future__ import annotations

from dataclasses import dataclass, field

from dojoboards.errors import Source, calling_source


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A declaration that remembers the file and line that made it; the place takes no part in comparison."""

    source: Source = field(default_factory=calling_source, compare=False, repr=False)
