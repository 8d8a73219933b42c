"""Names in content modules that are nearly the ones that are collected: what they hold would be lost without a word."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dojoboards.errors import Exit, Problem, Source
from dojoboards.model import Dashboard

_ALIKE = 0.8
"""How much of two names is the same, at least, where one is taken for the other misspelt."""


def misspelt(file: Path, namespace: Mapping[str, Any], known: Mapping[str, tuple[type, bool]]) -> Iterator[Problem]:
    """Yield a problem for each name that a module gives to what belongs under a collected one that is nearly the same.

    Passed over are a name that is imported, and a single thing where a list is collected (`route` beside `routes`):
    it is likely to be used elsewhere.

    Args:
        file: The module's file.
        namespace: What the module holds, by name.
        known: The names that are collected there: the type of what they hold, and whether it is a list of it.
    """
    for word, value in namespace.items():
        if word.startswith("_") or word in known or isinstance(value, str | int | float) or callable(value):
            continue
        # Names are compared last: it takes longest, and there may be thousands of modules.
        where = [name for name, kind in known.items() if name not in namespace and _belongs(value, *kind)]
        for near in difflib.get_close_matches(word, where, n=1, cutoff=_ALIKE):
            if line := _line(file, word):
                remedy = f"did you mean {near!r}? The name of something else starts with an underscore"
                message = f"{word!r} is not collected, nor is what it holds"
                yield Problem(message, Source(str(file), line), remedy, Exit.UNREADABLE)


def _belongs(value: Any, cls: type, many: bool) -> bool:
    if not many and _is(value, cls):
        return True
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return bool(items) and all(_is(item, cls) for item in items)


def _is(item: Any, cls: type) -> bool:
    """Return whether *item* is of the type; a dashboard may also be one of a library, or a mapping."""
    is_spec = type(item).__name__ == "Dashboard" or (isinstance(item, Mapping) and "panels" in item)
    return isinstance(item, cls) or (cls is Dashboard and is_spec)


def _line(file: Path, word: str) -> int:
    """Return the line in which a module gives a name itself, or 0."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return 0
    named = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return next((node.lineno for node in named if node.id == word), 0)
